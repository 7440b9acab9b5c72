// SPDX-License-Identifier: Apache-2.0
/* clock.h: clocks, RFC 3339, ages. */
#include "support/wva_test.h"

#include "wva/util/clock.h"

#include <time.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_clocks_advance(void **state)
{
    const int64_t start = wva_clock_monotonic_ms();
    const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
    const int64_t wall = (int64_t)time(NULL) * 1000;

    (void)state;
    (void)nanosleep(&pause, NULL);
    check(wva_clock_monotonic_ms() >= start + 20);
    check(wva_clock_unix_ms() >= wall);
    check(wva_clock_unix_ms() < wall + 60 * 1000);
}

static void test_format_rfc3339(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } wanted[] = {
        {0, "1970-01-01T00:00:00Z"},
        {999, "1970-01-01T00:00:00Z"},
        {-1, "1969-12-31T23:59:59Z"},
        {-1000, "1969-12-31T23:59:59Z"},
        {-1001, "1969-12-31T23:59:58Z"},
        {INT64_C(1795544400000), "2026-11-24T18:20:00Z"},
        {INT64_C(951782400000), "2000-02-29T00:00:00Z"},
        {INT64_MAX, "292278994-08-17T07:12:55Z"},
    };
    char text[WVA_RFC3339_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(wanted); i++) {
        wva_format_rfc3339(text, wanted[i].ms);
        check_str(text, wanted[i].text);
    }
    wva_format_rfc3339(text, INT64_MIN);
    check(strlen(text) > 20);
}

static void test_parse_rfc3339(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01t00:00:00z", 0},
        {"1969-12-31T23:59:59.5Z", -500},
        {"2026-11-24T18:20:00Z", INT64_C(1795544400000)},
        {"2026-11-24T18:20:00.123456789Z", INT64_C(1795544400123)},
        {"2026-11-24T18:20:00.05Z", INT64_C(1795544400050)},
        {"2026-11-24T19:20:00+01:00", INT64_C(1795544400000)},
        {"2026-11-24T12:50:00-05:30", INT64_C(1795544400000)},
        {"2000-02-29T00:00:00-00:00", INT64_C(951782400000)},
        {"2016-12-31T23:59:60Z", INT64_C(1483228800000)},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        int64_t ms = 42;

        if (wva_parse_rfc3339(good[i].text, &ms) != 0 || ms != good[i].ms)
            fail_msg("\"%s\" gave %lld", good[i].text, (long long)ms);
    }
}

static void test_bad_parse_rfc3339(void **state)
{
    static const char *const bad[] = {
        "",
        "2026-11-24",
        "2026-11-24T18:20:00",
        "2026-11-24 18:20:00Z",
        "2026-11-24T18:20Z",
        "2026-11-24T18:20:00.Z",
        "2026-11-24T18:20:00,5Z",
        "2026-11-24T18:20:00Zx",
        " 2026-11-24T18:20:00Z",
        "2026-11-24T18:20:00+0100",
        "2026-11-24T18:20:00+24:00",
        "2026-11-24T18:20:00+01:60",
        "2026-11-24T24:00:00Z",
        "2026-11-24T18:60:00Z",
        "2026-11-24T18:20:61Z",
        "2026-00-24T18:20:00Z",
        "2026-13-24T18:20:00Z",
        "2026-11-00T18:20:00Z",
        "2026-11-31T18:20:00Z",
        "2026-02-29T18:20:00Z",
        "1900-02-29T18:20:00Z",
        "26-11-24T18:20:00Z",
        "+026-11-24T18:20:00Z",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        int64_t ms = 42;

        if (wva_parse_rfc3339(bad[i], &ms) != -1)
            fail_msg("\"%s\" was taken", bad[i]);
        check_int(ms, 42);
    }
}

static void test_format_age(void **state)
{
    static const struct {
        int64_t seconds;
        const char *text;
    } wanted[] = {
        {-5, "0s"},
        {0, "0s"},
        {95, "95s"},
        {119, "119s"},
        {120, "2m"},
        {245, "4m5s"},
        {599, "9m59s"},
        {600, "10m"},
        {57 * 60 + 59, "57m"},
        {3 * 3600 - 1, "179m"},
        {3 * 3600, "3h"},
        {5 * 3600 + 12 * 60, "5h12m"},
        {8 * 3600 - 1, "7h59m"},
        {8 * 3600, "8h"},
        {31 * 3600 + 59 * 60, "31h"},
        {48 * 3600, "2d"},
        {76 * 3600, "3d4h"},
        {8 * 86400 - 1, "7d23h"},
        {8 * 86400, "8d"},
        {200 * 86400, "200d"},
        {730 * 86400 - 1, "729d"},
        {730 * 86400, "2y"},
        {770 * 86400, "2y40d"},
        {INT64_C(8) * 365 * 86400, "8y"},
        {INT64_C(9) * 365 * 86400 + 86400, "9y"},
    };
    char text[WVA_DURATION_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(wanted); i++) {
        wva_format_age(text, wanted[i].seconds * 1000);
        check_str(text, wanted[i].text);
    }
    wva_format_age(text, 1999);
    check_str(text, "1s");
    wva_format_age(text, INT64_MAX);
    check_str(text, "292471208y");
    wva_format_age(text, INT64_MIN);
    check_str(text, "0s");
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(test_clocks_advance),    WVA_TEST(test_format_rfc3339), WVA_TEST(test_parse_rfc3339),
    WVA_TEST(test_bad_parse_rfc3339), WVA_TEST(test_format_age),
};

WVA_TEST_MAIN(tests)
