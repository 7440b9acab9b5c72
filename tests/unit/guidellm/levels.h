// SPDX-License-Identifier: Apache-2.0
/* Collects the levels that a reader reports; shared data that may be absent. */
#ifndef WVA_TESTS_GUIDELLM_LEVELS_H
#define WVA_TESTS_GUIDELLM_LEVELS_H

#include "support/wva_test.h"

#include "wva/guidellm/report.h"
#include "wva/util/fs.h"

#include <stdio.h>
#include <unistd.h>

struct levels {
    struct wva_level items[16];
    size_t count;
};

/* A wva_level_fn; `ctx` is a struct levels. Must not assert: a parser is on the stack. */
static inline int collect_level(void *ctx, const struct wva_level *level, struct wva_error *err)
{
    struct levels *levels = ctx;
    if (levels->count == sizeof(levels->items) / sizeof(levels->items[0]))
        return wva_error_set(err, WVA_E_INTERNAL, "too many levels for the test");
    levels->items[levels->count++] = *level;
    return 0;
}

/* Reads ../shared/data/NAME, or skips the test where it is absent; `arena` must still be empty, for
 * a skip leaves without releasing anything. */
static inline char *shared_data(struct wva_arena *arena, const char *name, size_t *ret_len)
{
    struct wva_error err = {0};
    char *text = NULL;
    char path[256];
    snprintf(path, sizeof(path), "../shared/data/%s", name);
    if (access(path, R_OK) != 0)
        skip();
    check_ok(wva_fs_read(path, (size_t)64 << 20, arena, &text, ret_len, &err), &err);
    return text;
}

#endif
