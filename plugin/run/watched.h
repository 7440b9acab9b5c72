// SPDX-License-Identifier: Apache-2.0
/* The last state of a watched object, in an arena of its own that each change resets. */
#ifndef WVA_PLUGIN_RUN_WATCHED_H
#define WVA_PLUGIN_RUN_WATCHED_H

#include "wva/codec/value.h"
#include "wva/util/str.h"

struct wva_watched {
    struct wva_arena arena;
    struct wva_value *value; /* NULL: not seen, or deleted */
};

static inline void wva_watched_set(struct wva_watched *watched, const struct wva_value *value)
{
    wva_arena_reset(&watched->arena);
    watched->value = value ? wva_clone(&watched->arena, value) : NULL;
}

static inline bool wva_watched_is(const struct wva_watched *watched, const struct wva_value *value)
{
    return wva_str_eq(wva_get_str(watched->value, "metadata", "uid"),
                      wva_get_str(value, "metadata", "uid"));
}

static inline void wva_watched_done(struct wva_watched *watched)
{
    wva_arena_done(&watched->arena);
    watched->value = NULL;
}

#endif
