// SPDX-License-Identifier: Apache-2.0
/*
 * A list of blocks, each filled from the front. A request that is large for a block gets a block of
 * its own behind the newest, whose free room then stays in use.
 *
 * Under the address sanitizer everything not handed out is poisoned and allocations keep a gap, so
 * that overruns and use after a reset are reported as they are for malloc.
 */
#include "wva/util/arena.h"

#include "wva/util/mem.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define GAP alignof(max_align_t)
#else
#define ASAN_POISON_MEMORY_REGION(address, size)   ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define GAP                                        0
#endif

#define BLOCK_SIZE ((size_t)16 * 1024)
#define LARGE_SIZE (BLOCK_SIZE / 4)

struct wva_arena_block {
    struct wva_arena_block *next;
    size_t size;
    size_t used;
    alignas(max_align_t) unsigned char data[];
};

/* Room that `size` bytes take in a block: at least one byte, so that pointers differ. */
static size_t room_for(size_t size)
{
    const size_t mask = alignof(max_align_t) - 1;
    size_t room;

    if (__builtin_add_overflow(size > 0 ? size : 1, mask + GAP, &room))
        wva_fatal("out of memory");
    return room & ~mask;
}

static struct wva_arena_block *add_block(struct wva_arena *arena, size_t room)
{
    const bool large = room > LARGE_SIZE;
    const size_t size = large ? room : BLOCK_SIZE;
    struct wva_arena_block *block;
    size_t total;

    if (__builtin_add_overflow(sizeof(*block), size, &total))
        wva_fatal("out of memory");
    block = wva_xmalloc(total);
    block->size = size;
    block->used = 0;
    ASAN_POISON_MEMORY_REGION(block->data, size);

    struct wva_arena_block **at = &arena->blocks;
    if (large && arena->blocks != NULL)
        at = &arena->blocks->next;
    block->next = *at;
    *at = block;
    return block;
}

void *wva_arena_alloc(struct wva_arena *arena, size_t size)
{
    const size_t room = room_for(size);
    struct wva_arena_block *block = arena->blocks;
    void *ptr;

    if (block == NULL || block->size - block->used < room)
        block = add_block(arena, room);
    ptr = block->data + block->used;
    block->used += room;
    arena->used += room;
    ASAN_UNPOISON_MEMORY_REGION(ptr, size);
    return memset(ptr, 0, size);
}

void *wva_arena_calloc(struct wva_arena *arena, size_t count, size_t size)
{
    size_t total;

    if (__builtin_mul_overflow(count, size, &total))
        wva_fatal("out of memory");
    return wva_arena_alloc(arena, total);
}

char *wva_arena_strdup(struct wva_arena *arena, const char *s)
{
    return wva_arena_strndup(arena, s, strlen(s));
}

char *wva_arena_strndup(struct wva_arena *arena, const char *s, size_t n)
{
    size_t total;
    char *copy;

    if (__builtin_add_overflow(n, 1, &total))
        wva_fatal("out of memory");
    copy = wva_arena_alloc(arena, total);
    if (n > 0)
        memcpy(copy, s, n);
    return copy;
}

char *wva_arena_printf(struct wva_arena *arena, const char *fmt, ...)
{
    va_list args;
    char *text;

    va_start(args, fmt);
    text = wva_arena_vprintf(arena, fmt, args);
    va_end(args);
    return text;
}

char *wva_arena_vprintf(struct wva_arena *arena, const char *fmt, va_list args)
{
    va_list again;
    char *text;
    int len;

    va_copy(again, args);
    len = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (len < 0) /* longer than INT_MAX: nothing else fails without wide characters */
        wva_fatal("out of memory");
    text = wva_arena_alloc(arena, (size_t)len + 1);
    (void)vsnprintf(text, (size_t)len + 1, fmt, args);
    return text;
}

/* Frees all blocks but `kept` (NULL: all). */
static void free_blocks(struct wva_arena *arena, const struct wva_arena_block *kept)
{
    struct wva_arena_block *next;

    for (struct wva_arena_block *block = arena->blocks; block != NULL; block = next) {
        next = block->next;
        if (block != kept)
            free(block);
    }
}

void wva_arena_reset(struct wva_arena *arena)
{
    struct wva_arena_block *kept = arena->blocks;

    while (kept != NULL && kept->size != BLOCK_SIZE)
        kept = kept->next;
    free_blocks(arena, kept);
    arena->blocks = kept;
    arena->used = 0;
    if (kept != NULL) {
        kept->next = NULL;
        kept->used = 0;
        ASAN_POISON_MEMORY_REGION(kept->data, kept->size);
    }
}

void wva_arena_done(struct wva_arena *arena)
{
    free_blocks(arena, NULL);
    *arena = (struct wva_arena){0};
}
