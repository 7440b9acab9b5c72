// SPDX-License-Identifier: Apache-2.0
/* parse.h: what each grammar takes and refuses; outputs stay as they were on failure. */
#include "support/wva_test.h"

#include "wva/util/parse.h"

#include <float.h>
#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_i64(void **state)
{
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {
        {"0", 0},
        {"-0", 0},
        {"7", 7},
        {"-15", -15},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        int64_t value = 42;

        check_int(wva_parse_i64(good[i].text, strlen(good[i].text), &value), 0);
        check(value == good[i].value);
    }
}

static void test_bad_i64(void **state)
{
    static const char *const bad[] = {
        "",
        "-",
        "--1",
        "+1",
        " 1",
        "1 ",
        "1\n",
        "01",
        "-01",
        "0x1",
        "1.",
        "1e3",
        "1_0",
        "abc",
        "\xD9\xA1",
        "9223372036854775808",
        "-9223372036854775809",
        "99999999999999999999999999999999",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        int64_t value = 42;

        if (wva_parse_i64(bad[i], strlen(bad[i]), &value) != -1)
            fail_msg("\"%s\" was taken", bad[i]);
        check_int(value, 42);
    }
}

static void test_length_counts_not_the_nul(void **state)
{
    int64_t i = 42;
    double d = 42;

    (void)state;
    check_int(wva_parse_i64("12345", 2, &i), 0);
    check_int(i, 12);
    check_int(wva_parse_i64("12\0", 3, &i), -1);
    check_int(wva_parse_double("1.5e7", 3, &d), 0);
    check(d == 1.5);
    check_int(wva_parse_double("1\0", 2, &d), -1);
    check_int(wva_parse_double("1.5", 2, &d), -1);
}

static void test_double(void **state)
{
    static const struct {
        const char *text;
        double value;
    } good[] = {
        {"0", 0},
        {"10", 10},
        {"-1.5", -1.5},
        {"0.1", 0.1},
        {"1e3", 1000},
        {"1E+3", 1000},
        {"25e-1", 2.5},
        {"1e007", 1e7},
        {"1.7976931348623157e308", DBL_MAX},
        {"5e-324", 5e-324},
        {"1e-999", 0}, /* too small is 0, as in every JSON parser */
        {"123456789012345678901234567890", 123456789012345678901234567890.0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        double value = 42;

        check_int(wva_parse_double(good[i].text, strlen(good[i].text), &value), 0);
        check(value == good[i].value);
    }
}

static void test_bad_double(void **state)
{
    static const char *const bad[] = {
        "",    "-",        ".5",  "5.",    "01",     "-01",   "00",  "+1",   " 1",
        "1 ",  "1e",       "1e+", "e1",    "1.e1",   "0x1",   "inf", "-inf", "nan",
        "NaN", "Infinity", "1,5", "1e999", "-1e999", "1e1.5", "1d3", "1f",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        double value = 42;

        if (wva_parse_double(bad[i], strlen(bad[i]), &value) != -1)
            fail_msg("\"%s\" was taken", bad[i]);
        check(value == 42);
    }
}

static void test_double_keeps_the_sign_of_zero(void **state)
{
    double value = 42;

    (void)state;
    check_int(wva_parse_double("-0", 2, &value), 0);
    check(value == 0 && signbit(value));
}

static void test_double_of_any_length(void **state)
{
    char text[400];
    double value = 42;

    (void)state;
    memset(text, '9', sizeof(text));
    check_int(wva_parse_double(text, 308, &value), 0);
    check(value == 1e308);
    for (size_t len = 60; len < 70; len++) { /* around the size of the buffer on the stack */
        check_int(wva_parse_double(text, len, &value), 0);
        check_close(value, pow(10, (double)len), 1e-15);
    }
    value = 42;
    check_int(wva_parse_double(text, sizeof(text), &value), -1);
    check(value == 42);
}

static void test_duration(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {
        {"0", 0},
        {"30", 30000},
        {"0s", 0},
        {"250ms", 250},
        {"1h15m30.5s", 4530500},
        {"1.5h", 5400000},
        {".5s", 500},
        {"1.s", 1000},
        {"007s", 7000},
        {"0.1s", 100},
        {"1m", 60000},
        {"1m1ms", 60001},
        {"1us", 1},
        {"1\xC2\xB5s", 1},
        {"1\xCE\xBCs", 1},
        {"1ns", 1},
        {"1000001ns", 2},
        {"1500us", 2},
        {"0ns", 0},
        {"2562047h", INT64_C(2562047) * 3600 * 1000},
        {"9223372036854775", INT64_C(9223372036854775000)},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        int64_t ms = 42;

        if (wva_parse_duration_ms(good[i].text, &ms) != 0 || ms != good[i].ms)
            fail_msg("\"%s\" gave %lld", good[i].text, (long long)ms);
    }
}

static void test_bad_duration(void **state)
{
    static const char *const bad[] = {
        "",
        "s",
        ".",
        ".s",
        "1.5",
        "-1",
        "-1s",
        "+1s",
        "1 s",
        " 1s",
        "1s ",
        "1d",
        "1S",
        "1h30",
        "1sec",
        "1e3s",
        "01",
        "1..5s",
        "1\xC2s",
        "2562048h",
        "9223372036854775808ns",
        "9223372036854776",
        "99999999999999999999s",
        "2562047h2562047h",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        int64_t ms = 42;

        if (wva_parse_duration_ms(bad[i], &ms) != -1)
            fail_msg("\"%s\" was taken", bad[i]);
        check_int(ms, 42);
    }
}

static void test_duration_with_endless_digits(void **state)
{
    char text[300] = "0.";
    int64_t ms = 42;

    (void)state;
    memset(text + 2, '9', 290);
    memcpy(text + 292, "h", 2);
    check_int(wva_parse_duration_ms(text, &ms), 0);
    check_int(ms, 3600000);
}

static void test_quantity(void **state)
{
    static const struct {
        const char *text;
        double value;
    } good[] = {
        {"4", 4},
        {"0", 0},
        {"500m", 0.5},
        {"100m", 0.1},
        {"1Ki", 1024},
        {"1Mi", 1048576},
        {"1Gi", 1073741824},
        {"2Ti", 2199023255552.0},
        {"1Pi", 0x1p50},
        {"1Ei", 0x1p60},
        {"1k", 1000},
        {"1M", 1e6},
        {"2G", 2e9},
        {"1T", 1e12},
        {"1P", 1e15},
        {"1E", 1e18},
        {"2e3", 2000},
        {"2E3", 2000},
        {"1e+2", 100},
        {"25e-1", 2.5},
        {"1.5Gi", 1610612736},
        {".5", 0.5},
        {"5.", 5},
        {"007", 7},
        {"-1", -1},
        {"250u", 250e-6},
        {"3n", 3e-9},
        {"0.1", 0.1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        double value = 42;

        if (wva_check_quantity(good[i].text) != 0 ||
            wva_parse_quantity(good[i].text, &value) != 0 || value != good[i].value)
            fail_msg("\"%s\" gave %.17g", good[i].text, value);
    }
}

static void test_bad_quantity(void **state)
{
    static const char *const bad[] = {
        "",      "m",    "Gi",  ".",    "-",   "+1",   " 1",    "1 ",   "1g",
        "1K",    "1KI",  "1ki", "1Gib", "1e",  "1e3m", "1e3Ki", "1E3E", "1mm",
        "1.2.3", "0x10", "1,5", "nan",  "inf", "--1",  "1e+",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        double value = 42;

        if (wva_check_quantity(bad[i]) != -1 || wva_parse_quantity(bad[i], &value) != -1)
            fail_msg("\"%s\" was taken", bad[i]);
        check(value == 42);
    }
}

static void test_quantity_limits(void **state)
{
    char text[66];
    double value = 42;

    (void)state;
    memset(text, '1', sizeof(text));
    text[65] = '\0';
    check_int(wva_check_quantity(text), -1);
    text[64] = '\0';
    check_int(wva_parse_quantity(text, &value), 0);
    check_close(value, 1.1111111111111111e63, 1e-15);
    memcpy(text + 62, "Ei", 3);
    check_int(wva_parse_quantity(text, &value), 0);
    value = 42;
    check_int(wva_check_quantity("1e999"), 0); /* well-formed, but no double */
    check_int(wva_parse_quantity("1e999", &value), -1);
    check(value == 42);
}

static void check_round_trip(double value)
{
    char text[WVA_DOUBLE_TEXT_MAX];
    double again = 42;

    wva_format_double(text, value);
    check_int(wva_parse_double(text, strlen(text), &again), 0);
    check(memcmp(&again, &value, sizeof(value)) == 0);
}

static void test_format_double(void **state)
{
    static const struct {
        double value;
        const char *text;
    } wanted[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {0.1, "0.1"},
        {-2.5, "-2.5"},
        {100000, "100000"},
        {1e20, "1e+20"},
        {1e-5, "1e-05"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1.0 / 3, "0.3333333333333333"},
        {9007199254740993.0, "9007199254740992"},
        {DBL_MAX, "1.7976931348623157e+308"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(wanted); i++) {
        char text[WVA_DOUBLE_TEXT_MAX];

        wva_format_double(text, wanted[i].value);
        check_str(text, wanted[i].text);
        check_round_trip(wanted[i].value);
    }
    check_round_trip(DBL_MIN);
    check_round_trip(DBL_TRUE_MIN);
    check_round_trip(-DBL_MAX);
}

static void test_random_doubles_round_trip(void **state)
{
    uint64_t bits = UINT64_C(0x9E3779B97F4A7C15);

    (void)state;
    for (int i = 0; i < 20000; i++) {
        double value;

        bits = bits * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        memcpy(&value, &bits, sizeof(value));
        if (isfinite(value))
            check_round_trip(value);
    }
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(test_i64),
    WVA_TEST(test_bad_i64),
    WVA_TEST(test_length_counts_not_the_nul),
    WVA_TEST(test_double),
    WVA_TEST(test_bad_double),
    WVA_TEST(test_double_keeps_the_sign_of_zero),
    WVA_TEST(test_double_of_any_length),
    WVA_TEST(test_duration),
    WVA_TEST(test_bad_duration),
    WVA_TEST(test_duration_with_endless_digits),
    WVA_TEST(test_quantity),
    WVA_TEST(test_bad_quantity),
    WVA_TEST(test_quantity_limits),
    WVA_TEST(test_format_double),
    WVA_TEST(test_random_doubles_round_trip),
};

WVA_TEST_MAIN(tests)
