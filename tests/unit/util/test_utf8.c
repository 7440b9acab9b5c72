// SPDX-License-Identifier: Apache-2.0
/* The UTF-8 part of str.h. */
#include "support/wva_test.h"

#include "wva/util/str.h"

#define VALID(literal) wva_utf8_valid("" literal, sizeof(literal) - 1)

static void test_valid(void **state)
{
    (void)state;
    check(wva_utf8_valid(NULL, 0));
    check(VALID("plain"));
    check(VALID("a\0b"));
    check(VALID("\x7F"));
    check(VALID("\xC2\x80"));
    check(VALID("\xDF\xBF"));
    check(VALID("\xE0\xA0\x80"));
    check(VALID("\xED\x9F\xBF"));
    check(VALID("\xEE\x80\x80"));
    check(VALID("\xEF\xBF\xBF"));
    check(VALID("\xF0\x90\x80\x80"));
    check(VALID("\xF4\x8F\xBF\xBF"));
}

static void test_overlong_forms(void **state)
{
    (void)state;
    check(!VALID("\xC0\x80"));
    check(!VALID("\xC1\xBF"));
    check(!VALID("\xE0\x80\x80"));
    check(!VALID("\xE0\x9F\xBF"));
    check(!VALID("\xF0\x80\x80\x80"));
    check(!VALID("\xF0\x8F\xBF\xBF"));
}

static void test_surrogates_and_beyond(void **state)
{
    (void)state;
    check(!VALID("\xED\xA0\x80"));
    check(!VALID("\xED\xBF\xBF"));
    check(!VALID("\xF4\x90\x80\x80"));
    check(!VALID("\xF5\x80\x80\x80"));
    check(!VALID("\xFE"));
    check(!VALID("\xFF"));
}

static void test_cut_or_wrong_sequences(void **state)
{
    (void)state;
    check(!VALID("\x80"));
    check(!VALID("\xC3"));
    check(!VALID("\xE2\x82"));
    check(!VALID("\xF0\x9F\x98"));
    check(!VALID("a\xC3 b"));
    check(!VALID("\xE2\x28\xAC"));
    check(!VALID("\xE2\x82\x28"));
    check(!VALID("\xF0\x9F\x98\x28"));
    /* the end counts, not the bytes behind it */
    check(!wva_utf8_valid("\xE2\x82\xAC", 2));
}

static void test_width(void **state)
{
    (void)state;
    check_int(wva_utf8_width(""), 0);
    check_int(wva_utf8_width("plain"), 5);
    check_int(wva_utf8_width("caf\xC3\xA9"), 4);
    check_int(wva_utf8_width("cafe\xCC\x81"), 4);             /* combining acute accent */
    check_int(wva_utf8_width("\xE6\xA8\xA1\xE5\x9E\x8B"), 4); /* two ideographs */
    check_int(wva_utf8_width("\xED\x95\x9C"), 2);             /* a Hangul syllable */
    check_int(wva_utf8_width("\xF0\x9F\x9A\x80"), 2);         /* U+1F680 rocket */
    check_int(wva_utf8_width("\xE2\x9A\xA0"), 1);             /* U+26A0 warning sign */
    check_int(wva_utf8_width("\xE2\x9A\xA1"), 2);             /* U+26A1 high voltage */
    check_int(wva_utf8_width("\xE2\x80\xA6"), 1);             /* the ellipsis */
    check_int(wva_utf8_width("a\xE2\x80\x8B"
                             "b"),
              2);                                 /* zero width space */
    check_int(wva_utf8_width("\xEF\xBC\xA1"), 2); /* full-width A */
    check_int(wva_utf8_width("a\xFF"
                             "b"),
              3); /* shown as '?' */
    check_int(wva_utf8_width("\x01\x7F"), 0);
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(test_valid),
    WVA_TEST(test_overlong_forms),
    WVA_TEST(test_surrogates_and_beyond),
    WVA_TEST(test_cut_or_wrong_sequences),
    WVA_TEST(test_width),
};

WVA_TEST_MAIN(tests)
