// SPDX-License-Identifier: Apache-2.0
/* How long work reports what it is doing, without knowing who looks. */
#ifndef WVA_RUN_OBSERVER_H
#define WVA_RUN_OBSERVER_H

enum wva_note { WVA_NOTE_INFO, WVA_NOTE_DONE, WVA_NOTE_WARNING };

struct wva_observer {
    /* The present step and what moves within it; see wva_progress_update(). */
    void (*step)(void *ctx, const char *what, const char *detail);
    /* Something worth keeping. */
    void (*note)(void *ctx, enum wva_note kind, const char *text);
    void *ctx;
};

#endif
