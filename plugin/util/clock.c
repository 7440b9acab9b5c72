// SPDX-License-Identifier: Apache-2.0
/* Clocks and RFC 3339 text. Only UTC: local time never enters a record. */
#include "wva/util/clock.h"

#include "wva/util/mem.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#define MINUTE INT64_C(60)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define YEAR   (365 * DAY)

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now); /* fails for unknown clocks only */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t wva_clock_monotonic_ms(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t wva_clock_unix_ms(void)
{
    return read_clock(CLOCK_REALTIME);
}

void wva_format_rfc3339(char out[WVA_RFC3339_MAX], int64_t unix_ms)
{
    const time_t seconds = (time_t)(unix_ms / 1000 - (unix_ms % 1000 < 0));
    struct tm tm = {0};

    (void)gmtime_r(&seconds, &tm); /* every int64_t of milliseconds has a year that fits */
    if (strftime(out, WVA_RFC3339_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        out[0] = '\0';
}

/* Reads exactly `count` digits at *s; moves *s past them. */
static bool take_digits(const char **s, int count, int *ret)
{
    int value = 0;

    for (int i = 0; i < count; i++, (*s)++) {
        if (**s < '0' || **s > '9')
            return false;
        value = value * 10 + (**s - '0');
    }
    *ret = value;
    return true;
}

static bool take_char(const char **s, char upper, char lower)
{
    if (**s != upper && **s != lower)
        return false;
    (*s)++;
    return true;
}

/* 0 for a month that does not exist. */
static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    if (month < 1 || month > 12)
        return 0;
    return days[month - 1] + (month == 2 && leap);
}

/* "2026-11-24T" */
static bool take_date(const char **s, struct tm *tm)
{
    int year, month, day;

    if (!take_digits(s, 4, &year) || !take_char(s, '-', '-') || !take_digits(s, 2, &month) ||
        !take_char(s, '-', '-') || !take_digits(s, 2, &day) || !take_char(s, 'T', 't'))
        return false;
    if (day < 1 || day > days_in_month(year, month))
        return false;
    tm->tm_year = year - 1900;
    tm->tm_mon = month - 1;
    tm->tm_mday = day;
    return true;
}

/* "18:20:00"; a leap second counts as the first of the next minute. */
static bool take_time(const char **s, struct tm *tm)
{
    return take_digits(s, 2, &tm->tm_hour) && take_char(s, ':', ':') &&
           take_digits(s, 2, &tm->tm_min) && take_char(s, ':', ':') &&
           take_digits(s, 2, &tm->tm_sec) && tm->tm_hour <= 23 && tm->tm_min <= 59 &&
           tm->tm_sec <= 60;
}

/* ".5", ".123456789" or nothing; digits below a millisecond are dropped. */
static bool take_fraction(const char **s, int *ret_ms)
{
    int digit;
    int scale = 100;
    int ms = 0;

    if (!take_char(s, '.', '.')) {
        *ret_ms = 0;
        return true;
    }
    if (**s < '0' || **s > '9')
        return false;
    for (; take_digits(s, 1, &digit); scale /= 10)
        ms += digit * scale;
    *ret_ms = ms;
    return true;
}

/* "Z", "+01:00", "-08:30". */
static bool take_offset(const char **s, int *ret_seconds)
{
    const bool east = **s == '+';
    int hours, minutes;

    if (take_char(s, 'Z', 'z')) {
        *ret_seconds = 0;
        return true;
    }
    if (!take_char(s, '+', '-') || !take_digits(s, 2, &hours) || !take_char(s, ':', ':') ||
        !take_digits(s, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *ret_seconds = (hours * 60 + minutes) * 60 * (east ? 1 : -1);
    return true;
}

int wva_parse_rfc3339(const char *s, int64_t *ret_unix_ms)
{
    struct tm tm = {0};
    int ms, offset;

    if (!take_date(&s, &tm) || !take_time(&s, &tm) || !take_fraction(&s, &ms) ||
        !take_offset(&s, &offset) || *s != '\0')
        return -1;
    *ret_unix_ms = ((int64_t)timegm(&tm) - offset) * 1000 + ms;
    return 0;
}

/* apimachinery's duration.HumanDuration: durations below `limit` seconds show the major unit and,
 * when there is one and its share is not 0, the minor. */
static const struct age {
    int64_t limit;
    int64_t major;
    int64_t minor;
    char major_name;
    char minor_name;
} ages[] = {
    {2 * MINUTE, 1, 0, 's', 0},    {10 * MINUTE, MINUTE, 1, 'm', 's'},
    {3 * HOUR, MINUTE, 0, 'm', 0}, {8 * HOUR, HOUR, MINUTE, 'h', 'm'},
    {48 * HOUR, HOUR, 0, 'h', 0},  {8 * DAY, DAY, HOUR, 'd', 'h'},
    {2 * YEAR, DAY, 0, 'd', 0},    {8 * YEAR, YEAR, DAY, 'y', 'd'},
    {INT64_MAX, YEAR, 0, 'y', 0},
};

void wva_format_age(char out[WVA_DURATION_MAX], int64_t ms)
{
    const int64_t seconds = ms > 0 ? ms / 1000 : 0;
    const struct age *age = ages;
    int64_t major;
    int minor;

    while (seconds >= age->limit)
        age++;
    major = seconds / age->major;
    minor = age->minor != 0 ? (int)(seconds % age->major / age->minor) : 0;
    if (minor != 0)
        (void)snprintf(out, WVA_DURATION_MAX, "%" PRId64 "%c%d%c", major, age->major_name, minor,
                       age->minor_name);
    else
        (void)snprintf(out, WVA_DURATION_MAX, "%" PRId64 "%c", major, age->major_name);
}
