// SPDX-License-Identifier: Apache-2.0
/*
 * List and watch: what a collection holds now, and every change after, across dropped connections,
 * bookmarks, 410 Gone and API server restarts.
 *
 * Several watches of one client run side by side; wva_kube_step() serves them all. After a relist
 * objects that vanished meanwhile are reported deleted, so a watcher never waits for an event that
 * was missed; those that did not change are not reported again. Until the first list is complete
 * only what wva_kube_list() retries is retried; after that a watch gives up only on what cannot
 * pass.
 */
#ifndef WVA_KUBE_WATCH_H
#define WVA_KUBE_WATCH_H

#include "wva/kube/client.h"

enum wva_watch_event {
    WVA_WATCH_APPLIED,   /* added or modified; also for each object of the first list */
    WVA_WATCH_DELETED,   /* the last state known */
    WVA_WATCH_SYNCED,    /* the first list is complete; object is NULL */
    WVA_WATCH_FORBIDDEN, /* an optional watch that the server forbids; the last; object is NULL */
};

struct wva_watch;

/* `object` is valid during the call only (clone what must stay). Return -1 with `err` set to stop:
 * wva_kube_step() then returns that error. */
typedef int (*wva_watch_fn)(void *ctx, enum wva_watch_event event, const struct wva_value *object,
                            struct wva_error *err);

/* Starts with the next wva_kube_step(). The strings are copied. `optional`: when the server forbids
 * it (403), the watch ends with WVA_WATCH_FORBIDDEN instead of failing the step. */
struct wva_watch *wva_watch_start(struct wva_kube *kube, const struct wva_kube_type *type,
                                  const char *namespace_, const char *selector,
                                  const char *field_selector, bool optional, wva_watch_fn fn,
                                  void *ctx);
void wva_watch_stop(struct wva_watch *watch); /* accepts NULL; may be called from its callback */

#endif
