// SPDX-License-Identifier: Apache-2.0
/* mem.h: allocation that ends the process instead of failing. */
#include "fork_child.h"

#include "wva/util/mem.h"

static void test_sizes_of_zero(void **state)
{
    (void)state;
    wva_autofree char *a = wva_xmalloc(0);
    wva_autofree char *b = wva_xcalloc(0, 8);
    wva_autofree char *c = wva_xrealloc(NULL, 0);

    check(a != NULL && b != NULL && c != NULL);
}

static void test_copies(void **state)
{
    (void)state;
    wva_autofree char *whole = wva_xstrdup("level");
    wva_autofree char *part = wva_xstrndup("level", 3);
    wva_autofree char *beyond = wva_xstrndup("level", 99);

    check_str(whole, "level");
    check_str(part, "lev");
    check_str(beyond, "level");
}

static void test_calloc_zeroes_and_realloc_keeps(void **state)
{
    (void)state;
    wva_autofree unsigned char *bytes = wva_xcalloc(3, 5);

    for (size_t i = 0; i < 15; i++)
        check_int(bytes[i], 0);
    memset(bytes, 7, 15);
    bytes = wva_xrealloc(bytes, 100000);
    for (size_t i = 0; i < 15; i++)
        check_int(bytes[i], 7);
}

static void test_free_ptr_clears_the_pointer(void **state)
{
    char *text = wva_xstrdup("x");

    (void)state;
    wva_free_ptr(&text);
    check(text == NULL);
    wva_free_ptr(&text);
    check(text == NULL);
}

static int overflow_calloc(void)
{
    void *ptr = wva_xcalloc(SIZE_MAX / 2, 3);

    free(ptr);
    return 77;
}

static void test_overflow_ends_the_process(void **state)
{
    char printed[256];
    int status = run_in_child(overflow_calloc, printed, sizeof(printed));

    (void)state;
    check(WIFEXITED(status));
    check_int(WEXITSTATUS(status), 1);
    check_str(printed, "error: out of memory\n");
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(test_sizes_of_zero),
    WVA_TEST(test_copies),
    WVA_TEST(test_calloc_zeroes_and_realloc_keeps),
    WVA_TEST(test_free_ptr_clears_the_pointer),
    WVA_TEST(test_overflow_ends_the_process),
};

WVA_TEST_MAIN(tests)
