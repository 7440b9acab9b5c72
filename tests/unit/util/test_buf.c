// SPDX-License-Identifier: Apache-2.0
/* buf.h: growth, the ceiling, and what is left after passing it. */
#include "support/wva_test.h"

#include "wva/util/buf.h"

static void test_empty(void **state)
{
    wva_auto_buf buf = WVA_BUF(10);

    (void)state;
    check(buf.data == NULL);
    check_str(wva_buf_str(&buf), "");
    wva_buf_append(&buf, NULL, 0);
    check_str(wva_buf_str(&buf), "");
    check_int(buf.len, 0);
    check(!buf.overflowed);
    wva_buf_consume(&buf, 0);
    wva_buf_clear(&buf);
}

static void test_all_kinds_of_append(void **state)
{
    wva_auto_buf buf = WVA_BUF(1000);

    (void)state;
    wva_buf_puts(&buf, "a");
    wva_buf_putc(&buf, 'b');
    wva_buf_append(&buf, "c\0d", 3);
    wva_buf_printf(&buf, "%d%s", 42, "x");
    check_int(buf.len, 8);
    assert_memory_equal(buf.data, "abc\0d42x", 9);
}

static void test_grows_far(void **state)
{
    wva_auto_buf buf = WVA_BUF(1 << 20);

    (void)state;
    for (int i = 0; i < 100000; i++)
        wva_buf_putc(&buf, (char)('a' + i % 26));
    check_int(buf.len, 100000);
    check_int(buf.data[99999], 'a' + 99999 % 26);
    check_int(buf.data[100000], '\0');
    check(!buf.overflowed);
}

static void test_ceiling_is_reached_exactly(void **state)
{
    wva_auto_buf buf = WVA_BUF(4);

    (void)state;
    wva_buf_puts(&buf, "abcd");
    check(!buf.overflowed);
    wva_buf_putc(&buf, 'e');
    check(buf.overflowed);
    check_str(wva_buf_str(&buf), "abcd");
}

static void test_overflow_appends_nothing_and_stays(void **state)
{
    wva_auto_buf buf = WVA_BUF(4);

    (void)state;
    wva_buf_puts(&buf, "ab");
    wva_buf_puts(&buf, "cde");
    check(buf.overflowed);
    check_str(wva_buf_str(&buf), "ab");
    wva_buf_putc(&buf, 'f'); /* would fit, but behind a hole */
    check_str(wva_buf_str(&buf), "ab");
    wva_buf_consume(&buf, 1);
    check(buf.overflowed);
    wva_buf_clear(&buf);
    check(!buf.overflowed);
    wva_buf_printf(&buf, "%s", "wxyz");
    check_str(wva_buf_str(&buf), "wxyz");
    wva_buf_printf(&buf, "%d", 1);
    check(buf.overflowed);
    check_str(wva_buf_str(&buf), "wxyz");
}

static void test_ceiling_of_zero(void **state)
{
    wva_auto_buf buf = WVA_BUF(0);

    (void)state;
    wva_buf_puts(&buf, "");
    check(!buf.overflowed);
    wva_buf_putc(&buf, 'a');
    check(buf.overflowed);
    check_int(buf.len, 0);
}

static void test_arithmetic_does_not_wrap(void **state)
{
    wva_auto_buf buf = WVA_BUF(SIZE_MAX);

    (void)state;
    wva_buf_putc(&buf, 'a');
    wva_buf_append(&buf, "", SIZE_MAX); /* len + SIZE_MAX wraps to 0 */
    check(buf.overflowed);
    check_str(wva_buf_str(&buf), "a");
    wva_buf_clear(&buf);
    wva_buf_append(&buf, "", SIZE_MAX); /* no room for the NUL */
    check(buf.overflowed);
    check_int(buf.len, 0);
}

static void test_consume(void **state)
{
    wva_auto_buf buf = WVA_BUF(100);

    (void)state;
    wva_buf_puts(&buf, "one\ntwo\n");
    wva_buf_consume(&buf, 4);
    check_str(wva_buf_str(&buf), "two\n");
    wva_buf_consume(&buf, 4);
    check_int(buf.len, 0);
    check_str(wva_buf_str(&buf), "");
}

static void test_done_keeps_the_ceiling(void **state)
{
    struct wva_buf buf = WVA_BUF(3);

    (void)state;
    wva_buf_puts(&buf, "abcd");
    wva_buf_done(&buf);
    check(buf.data == NULL && !buf.overflowed);
    check_int(buf.ceiling, 3);
    wva_buf_puts(&buf, "abc");
    check_str(wva_buf_str(&buf), "abc");
    wva_buf_done(&buf);
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(test_empty),
    WVA_TEST(test_all_kinds_of_append),
    WVA_TEST(test_grows_far),
    WVA_TEST(test_ceiling_is_reached_exactly),
    WVA_TEST(test_overflow_appends_nothing_and_stays),
    WVA_TEST(test_ceiling_of_zero),
    WVA_TEST(test_arithmetic_does_not_wrap),
    WVA_TEST(test_consume),
    WVA_TEST(test_done_keeps_the_ceiling),
};

WVA_TEST_MAIN(tests)
