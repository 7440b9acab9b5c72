// SPDX-License-Identifier: Apache-2.0
/* Logs as pods, kubectl and terminals give them, made plain. Private to the guidellm layer. */
#ifndef WVA_GUIDELLM_LOG_PRIV_H
#define WVA_GUIDELLM_LOG_PRIV_H

#include "wva/util/arena.h"

#include <stddef.h>

struct wva_log_line {
    const char *text; /* NUL-terminated */
    size_t number;    /* in the log, from 1 */
};

struct wva_log {
    const char *name; /* for messages */
    struct wva_log_line *lines;
    size_t count;
};

/* Splits the log into lines without what others put around GuideLLM's words: carriage returns, ANSI
 * escape sequences, the prefix and time stamp of `kubectl logs --prefix --timestamps`, trailing
 * blanks. Everything lives in `arena`. */
void wva_log_read(struct wva_arena *arena, const char *name, const char *text, size_t len,
                  struct wva_log *ret);

/* The next embedded report at or after line `*at`, decoded and checked; `*at` is moved behind it.
 * 1: found, 0: there is none, -1: it is damaged. `*ret` lives in `arena`. */
int wva_log_next_report(struct wva_arena *arena, const struct wva_log *log, size_t *at, char **ret,
                        size_t *ret_len, struct wva_error *err) WVA_MUST_USE;

#endif
