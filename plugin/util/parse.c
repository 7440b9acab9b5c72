// SPDX-License-Identifier: Apache-2.0
/*
 * Numbers as text. Each grammar is checked by hand before strtod sees the text, because strtod and
 * strtoll accept more than any of the formats (blanks, '+', hexadecimal, "inf", "nan"). strtod and
 * printf use '.' since the program never sets LC_NUMERIC.
 */
#include "wva/util/parse.h"

#include "wva/util/mem.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUANTITY_MAX 64 /* bytes of a quantity; the API server's canonical form has at most 20 */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* What is left of a text; the skip functions advance it past what they accept. */
struct cursor {
    const char *at;
    const char *end;
};

static bool skip_char(struct cursor *cursor, const char *any_of)
{
    if (cursor->at == cursor->end || *cursor->at == '\0' || strchr(any_of, *cursor->at) == NULL)
        return false;
    cursor->at++;
    return true;
}

static size_t skip_digits(struct cursor *cursor)
{
    const char *start = cursor->at;

    while (cursor->at < cursor->end && is_digit(*cursor->at))
        cursor->at++;
    return (size_t)(cursor->at - start);
}

/* "0" or digits that do not start with 0. */
static bool skip_integer(struct cursor *cursor)
{
    const char *start = cursor->at;
    const size_t count = skip_digits(cursor);

    return count == 1 || (count > 1 && *start != '0');
}

/* What follows the 'e' of an exponent. */
static bool skip_exponent(struct cursor *cursor)
{
    (void)skip_char(cursor, "+-");
    return skip_digits(cursor) > 0;
}

int wva_parse_i64(const char *s, size_t len, int64_t *ret)
{
    struct cursor cursor = {s, s + len};
    const bool negative = skip_char(&cursor, "-");
    const char *digit = cursor.at;
    int64_t value = 0;

    if (!skip_integer(&cursor) || cursor.at != cursor.end)
        return -1;
    for (; digit < cursor.end; digit++) { /* downwards: INT64_MIN has no positive counterpart */
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, *digit - '0', &value))
            return -1;
    }
    if (!negative && __builtin_sub_overflow(0, value, &value))
        return -1;
    *ret = value;
    return 0;
}

/* RFC 8259 section 6. */
static bool is_json_number(const char *s, size_t len)
{
    struct cursor cursor = {s, s + len};

    (void)skip_char(&cursor, "-");
    if (!skip_integer(&cursor))
        return false;
    if (skip_char(&cursor, ".") && skip_digits(&cursor) == 0)
        return false;
    if (skip_char(&cursor, "eE") && !skip_exponent(&cursor))
        return false;
    return cursor.at == cursor.end;
}

int wva_parse_double(const char *s, size_t len, double *ret)
{
    char local[64];
    wva_autofree char *heap = NULL;
    char *text = local; /* strtod wants a NUL, which `s` need not have */
    double value;

    if (!is_json_number(s, len))
        return -1;
    if (len >= sizeof(local))
        text = heap = wva_xmalloc(len + 1);
    memcpy(text, s, len);
    text[len] = '\0';
    value = strtod(text, NULL);
    if (!isfinite(value))
        return -1;
    *ret = value;
    return 0;
}

/* The units of Go's time.ParseDuration, in nanoseconds. Longer names before their prefixes. */
static const struct unit {
    const char *name;
    int64_t ns;
} units[] = {
    {"ns", 1},
    {"us", 1000},
    {"\xC2\xB5s", 1000}, /* U+00B5 micro sign */
    {"\xCE\xBCs", 1000}, /* U+03BC Greek mu */
    {"ms", 1000000},
    {"s", 1000000000},
    {"m", 60 * INT64_C(1000000000)},
    {"h", 3600 * INT64_C(1000000000)},
};

static const struct unit *skip_unit(struct cursor *cursor)
{
    for (size_t i = 0; i < WVA_COUNT(units); i++) {
        const size_t len = strlen(units[i].name);

        if (strncmp(cursor->at, units[i].name, len) == 0) {
            cursor->at += len;
            return &units[i];
        }
    }
    return NULL;
}

/* Adds the whole number of units; false when that is more than 292 years. */
static bool add_whole(int64_t *total_ns, const char *digits, size_t count, int64_t unit_ns)
{
    int64_t value = 0;

    for (size_t i = 0; i < count; i++) {
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digits[i] - '0', &value))
            return false;
    }
    return !__builtin_mul_overflow(value, unit_ns, &value) &&
           !__builtin_add_overflow(*total_ns, value, total_ns);
}

/* The same for the digits behind the point: less than one unit, whatever their count. */
static bool add_fraction(int64_t *total_ns, const char *digits, size_t count, int64_t unit_ns)
{
    int64_t value = 0;

    for (size_t i = 0; i < count && unit_ns > 1; i++) {
        unit_ns /= 10;
        value += (digits[i] - '0') * unit_ns;
    }
    return !__builtin_add_overflow(*total_ns, value, total_ns);
}

/* One "1h", "30.5s" or ".5s" of a duration. */
static bool add_term(struct cursor *cursor, int64_t *total_ns)
{
    const char *whole = cursor->at;
    const size_t whole_count = skip_digits(cursor);
    const bool point = skip_char(cursor, ".");
    const char *fraction = cursor->at;
    const size_t fraction_count = point ? skip_digits(cursor) : 0;
    const struct unit *unit;

    if (whole_count + fraction_count == 0)
        return false;
    unit = skip_unit(cursor);
    return unit != NULL && add_whole(total_ns, whole, whole_count, unit->ns) &&
           add_fraction(total_ns, fraction, fraction_count, unit->ns);
}

int wva_parse_duration_ms(const char *s, int64_t *ret_ms)
{
    struct cursor cursor = {s, s + strlen(s)};
    int64_t total = 0;

    if (skip_integer(&cursor) && cursor.at == cursor.end) {
        if (wva_parse_i64(s, strlen(s), &total) < 0 || __builtin_mul_overflow(total, 1000, &total))
            return -1;
        *ret_ms = total;
        return 0;
    }
    cursor.at = s;
    do {
        if (!add_term(&cursor, &total))
            return -1;
    } while (cursor.at < cursor.end);
    *ret_ms = total / 1000000 + (total % 1000000 != 0);
    return 0;
}

/* Suffixes of resource.Quantity: a power of two, or else of ten. */
static const struct suffix {
    const char *name;
    int binary;
    int decimal;
} suffixes[] = {
    {"", 0, 0},    {"n", 0, -9},  {"u", 0, -6},  {"m", 0, -3},  {"k", 0, 3},   {"M", 0, 6},
    {"G", 0, 9},   {"T", 0, 12},  {"P", 0, 15},  {"E", 0, 18},  {"Ki", 10, 0}, {"Mi", 20, 0},
    {"Gi", 30, 0}, {"Ti", 40, 0}, {"Pi", 50, 0}, {"Ei", 60, 0},
};

struct quantity {
    size_t number_len; /* sign, digits, point, and the exponent if there is one */
    const struct suffix *suffix;
};

static const struct suffix *find_suffix(const char *name)
{
    for (size_t i = 0; i < WVA_COUNT(suffixes); i++) {
        if (strcmp(name, suffixes[i].name) == 0)
            return &suffixes[i];
    }
    return NULL;
}

/* Unlike JSON: "5.", ".5" and leading zeros are fine, an 'e' is an exponent only before a number.
 */
static bool scan_quantity(const char *s, struct quantity *ret)
{
    struct cursor cursor = {s, s + strlen(s)};
    struct cursor exponent;
    bool has_exponent;
    size_t digits;

    if (strlen(s) > QUANTITY_MAX)
        return false;
    (void)skip_char(&cursor, "-");
    digits = skip_digits(&cursor);
    if (skip_char(&cursor, "."))
        digits += skip_digits(&cursor);
    if (digits == 0)
        return false;
    exponent = cursor;
    has_exponent = skip_char(&exponent, "eE") && skip_exponent(&exponent);
    if (has_exponent)
        cursor = exponent;
    ret->number_len = (size_t)(cursor.at - s);
    ret->suffix = find_suffix(cursor.at);
    return ret->suffix != NULL && (!has_exponent || *cursor.at == '\0');
}

int wva_check_quantity(const char *s)
{
    struct quantity unused;

    return scan_quantity(s, &unused) ? 0 : -1;
}

int wva_parse_quantity(const char *s, double *ret)
{
    char text[QUANTITY_MAX + 8];
    struct quantity quantity;
    double value;

    if (!scan_quantity(s, &quantity))
        return -1;
    /* A decimal suffix is read as the exponent it stands for: "100m" is 0.1, not 100 * 0.001. */
    (void)snprintf(text, sizeof(text), "%.*s", (int)quantity.number_len, s);
    if (quantity.suffix->decimal != 0)
        (void)snprintf(text + quantity.number_len, sizeof(text) - quantity.number_len, "e%d",
                       quantity.suffix->decimal);
    value = ldexp(strtod(text, NULL), quantity.suffix->binary);
    if (!isfinite(value))
        return -1;
    *ret = value;
    return 0;
}

void wva_format_double(char out[WVA_DOUBLE_TEXT_MAX], double value)
{
    assert(isfinite(value));
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(out, WVA_DOUBLE_TEXT_MAX, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            return;
    }
}
