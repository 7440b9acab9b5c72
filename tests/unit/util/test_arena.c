// SPDX-License-Identifier: Apache-2.0
/* arena.h: alignment, large blocks, reuse. */
#include "fork_child.h"

#include "wva/util/arena.h"

#include <stdalign.h>

static void check_zeroed(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        check_int(bytes[i], 0);
}

static void test_every_size_is_aligned_and_zeroed(void **state)
{
    wva_auto_arena arena = {0};

    (void)state;
    for (size_t size = 0; size < 200; size++) {
        unsigned char *ptr = wva_arena_alloc(&arena, size);

        check_int((uintptr_t)ptr % alignof(max_align_t), 0);
        check_zeroed(ptr, size);
        memset(ptr, 0xAA, size);
    }
}

static void test_allocations_are_distinct(void **state)
{
    wva_auto_arena arena = {0};
    char *empty = wva_arena_alloc(&arena, 0);
    char *other = wva_arena_alloc(&arena, 0);
    unsigned char *pieces[300];

    (void)state;
    check(empty != other);
    for (size_t i = 0; i < 300; i++) {
        pieces[i] = wva_arena_alloc(&arena, i * 7);
        memset(pieces[i], (int)(i & 0xFF), i * 7);
    }
    for (size_t i = 0; i < 300; i++) {
        for (size_t j = 0; j < i * 7; j++)
            check_int(pieces[i][j], i & 0xFF);
    }
}

static void test_large_block_leaves_the_room_of_the_small(void **state)
{
    wva_auto_arena arena = {0};
    const char *before = wva_arena_alloc(&arena, 16);
    unsigned char *large = wva_arena_alloc(&arena, 10 << 20);
    const char *after = wva_arena_alloc(&arena, 16);

    (void)state;
    check_zeroed(large, 10 << 20);
    check(after > before && after - before < 256);
}

static void test_large_block_comes_first(void **state)
{
    wva_auto_arena arena = {0};
    unsigned char *large = wva_arena_alloc(&arena, 1 << 20);
    char *small = wva_arena_strdup(&arena, "small");

    (void)state;
    memset(large, 1, 1 << 20);
    check_str(small, "small");
}

static void test_reset_forgets_and_zeroes_again(void **state)
{
    wva_auto_arena arena = {0};
    unsigned char *first = wva_arena_alloc(&arena, 100);
    unsigned char *again;

    (void)state;
    memset(first, 0xFF, 100);
    (void)wva_arena_alloc(&arena, 1 << 20);
    for (int i = 0; i < 100; i++)
        (void)wva_arena_alloc(&arena, 1000);
    check(arena.used > 1 << 20);
    wva_arena_reset(&arena);
    check_int(arena.used, 0);
    again = wva_arena_alloc(&arena, 4000);
    check_zeroed(again, 4000);
}

static void test_reset_of_empty_and_of_large_only(void **state)
{
    wva_auto_arena arena = {0};

    (void)state;
    wva_arena_reset(&arena);
    check(arena.blocks == NULL);
    (void)wva_arena_alloc(&arena, 1 << 20);
    wva_arena_reset(&arena);
    check_int(arena.used, 0);
    check_str(wva_arena_strdup(&arena, "usable"), "usable");
}

static void test_done_leaves_a_usable_arena(void **state)
{
    struct wva_arena arena = {0};

    (void)state;
    (void)wva_arena_alloc(&arena, 10);
    wva_arena_done(&arena);
    check(arena.blocks == NULL);
    check_int(arena.used, 0);
    check_str(wva_arena_strdup(&arena, "again"), "again");
    wva_arena_done(&arena);
}

static void test_strings(void **state)
{
    wva_auto_arena arena = {0};
    char *bytes = wva_arena_strndup(&arena, "a\0b", 3);
    char *text;

    (void)state;
    check_str(wva_arena_strdup(&arena, ""), "");
    check_str(wva_arena_strndup(&arena, "level", 2), "le");
    check_str(wva_arena_strndup(&arena, NULL, 0), "");
    assert_memory_equal(bytes, "a\0b", 4);
    check_str(wva_arena_printf(&arena, "%s-%d", "rate", 12), "rate-12");
    text = wva_arena_printf(&arena, "%0100000d", 1);
    check_int(strlen(text), 100000);
    check_int(text[99999], '1');
}

static int overflow_calloc(void)
{
    struct wva_arena arena = {0};

    (void)wva_arena_calloc(&arena, SIZE_MAX / 4, 8);
    return 77;
}

static int overflow_alloc(void)
{
    struct wva_arena arena = {0};

    (void)wva_arena_alloc(&arena, SIZE_MAX - 3);
    return 77;
}

static int overflow_block(void)
{
    struct wva_arena arena = {0};

    (void)wva_arena_alloc(&arena, SIZE_MAX - 47);
    return 77;
}

static void test_overflow_ends_the_process(void **state)
{
    int (*const bodies[])(void) = {overflow_calloc, overflow_alloc, overflow_block};
    char printed[256];

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        const int status = run_in_child(bodies[i], printed, sizeof(printed));

        check(WIFEXITED(status));
        check_int(WEXITSTATUS(status), 1);
        check_str(printed, "error: out of memory\n");
    }
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(test_every_size_is_aligned_and_zeroed),
    WVA_TEST(test_allocations_are_distinct),
    WVA_TEST(test_large_block_leaves_the_room_of_the_small),
    WVA_TEST(test_large_block_comes_first),
    WVA_TEST(test_reset_forgets_and_zeroes_again),
    WVA_TEST(test_reset_of_empty_and_of_large_only),
    WVA_TEST(test_done_leaves_a_usable_arena),
    WVA_TEST(test_strings),
    WVA_TEST(test_overflow_ends_the_process),
};

WVA_TEST_MAIN(tests)
