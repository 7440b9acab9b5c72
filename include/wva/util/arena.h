// SPDX-License-Identifier: Apache-2.0
/*
 * An arena: allocations that share one lifetime and are released together.
 *
 * Whatever outlives a function's locals lives in an arena the caller names: value trees, strings
 * built for requests, decoded objects. "Lives in `arena`" in a header means: valid until that arena
 * is reset or released; nobody frees it singly. A zeroed struct is an empty arena.
 */
#ifndef WVA_UTIL_ARENA_H
#define WVA_UTIL_ARENA_H

#include "wva/util/error.h"

#include <stdarg.h>
#include <stddef.h>

struct wva_arena_block;

struct wva_arena {
    struct wva_arena_block *blocks; /* newest first */
    size_t used;                    /* bytes handed out since the last reset */
};

/* Zeroed memory, aligned for any type. Never NULL. */
void *wva_arena_alloc(struct wva_arena *arena, size_t size);
void *wva_arena_calloc(struct wva_arena *arena, size_t count, size_t size);

/* NUL-terminated copies; wva_arena_strndup() takes exactly `n` bytes, whatever they are. */
char *wva_arena_strdup(struct wva_arena *arena, const char *s);
char *wva_arena_strndup(struct wva_arena *arena, const char *s, size_t n);
char *wva_arena_printf(struct wva_arena *arena, const char *fmt, ...) WVA_PRINTF(2, 3);
char *wva_arena_vprintf(struct wva_arena *arena, const char *fmt, va_list args) WVA_PRINTF(2, 0);

/* Forgets all allocations; keeps one block for reuse. */
void wva_arena_reset(struct wva_arena *arena);

/* Releases everything; the arena is empty and usable again. */
void wva_arena_done(struct wva_arena *arena);

#define wva_auto_arena __attribute__((cleanup(wva_arena_done))) struct wva_arena

#endif
