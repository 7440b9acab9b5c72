// SPDX-License-Identifier: Apache-2.0
/*
 * Typing of plain scalars the way Kubernetes does it, which is the way of go-yaml v2 (resolve.go)
 * under sigs.k8s.io/yaml: YAML 1.1 booleans; integers with 0x, 0o, 0b or a leading 0 for octal;
 * underscores anywhere in a number that starts with a digit or sign; "08" is not octal and so a
 * decimal; timestamps and sexagesimals ("1:30") are strings. Numbers that overflow a double and
 * ones of more than WVA_JSON_NUMBER_MAX characters are strings too.
 */
#include "yaml_priv.h"

#include "wva/util/mem.h"
#include "wva/util/parse.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DIGITS "0123456789"

static const struct word {
    const char *text;
    enum wva_kind kind;
    bool boolean;
    bool nonfinite;
} words[] = {
    {"", WVA_NULL, false, false},       {"~", WVA_NULL, false, false},
    {"null", WVA_NULL, false, false},   {"Null", WVA_NULL, false, false},
    {"NULL", WVA_NULL, false, false},   {"true", WVA_BOOL, true, false},
    {"True", WVA_BOOL, true, false},    {"TRUE", WVA_BOOL, true, false},
    {"y", WVA_BOOL, true, false},       {"Y", WVA_BOOL, true, false},
    {"yes", WVA_BOOL, true, false},     {"Yes", WVA_BOOL, true, false},
    {"YES", WVA_BOOL, true, false},     {"on", WVA_BOOL, true, false},
    {"On", WVA_BOOL, true, false},      {"ON", WVA_BOOL, true, false},
    {"false", WVA_BOOL, false, false},  {"False", WVA_BOOL, false, false},
    {"FALSE", WVA_BOOL, false, false},  {"n", WVA_BOOL, false, false},
    {"N", WVA_BOOL, false, false},      {"no", WVA_BOOL, false, false},
    {"No", WVA_BOOL, false, false},     {"NO", WVA_BOOL, false, false},
    {"off", WVA_BOOL, false, false},    {"Off", WVA_BOOL, false, false},
    {"OFF", WVA_BOOL, false, false},    {".nan", WVA_NUMBER, false, true},
    {".NaN", WVA_NUMBER, false, true},  {".NAN", WVA_NUMBER, false, true},
    {".inf", WVA_NUMBER, false, true},  {".Inf", WVA_NUMBER, false, true},
    {".INF", WVA_NUMBER, false, true},  {"+.inf", WVA_NUMBER, false, true},
    {"+.Inf", WVA_NUMBER, false, true}, {"+.INF", WVA_NUMBER, false, true},
    {"-.inf", WVA_NUMBER, false, true}, {"-.Inf", WVA_NUMBER, false, true},
    {"-.INF", WVA_NUMBER, false, true},
};

static const struct word *find_word(const char *text, size_t len)
{
    for (size_t i = 0; i < WVA_COUNT(words); i++) {
        if (strlen(words[i].text) == len && memcmp(words[i].text, text, len) == 0)
            return &words[i];
    }
    return NULL;
}

/* The base that a number's first digits name, and behind them its own. */
static unsigned read_base(const char **digits)
{
    static const struct {
        const char *prefix;
        unsigned base;
    } bases[] = {{"0x", 16}, {"0X", 16}, {"0b", 2}, {"0B", 2}, {"0o", 8}, {"0O", 8}};
    for (size_t i = 0; i < WVA_COUNT(bases); i++) {
        if (strncmp(*digits, bases[i].prefix, 2) == 0) {
            *digits += 2;
            return bases[i].base;
        }
    }
    return **digits == '0' && (*digits)[1] != '\0' ? 8 : 10;
}

static unsigned digit_value(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;
    return at ? (unsigned)(at - digits) : UINT32_MAX;
}

static bool read_digits(const char *digits, unsigned base, uint64_t *ret)
{
    uint64_t number = 0;
    for (; *digits; digits++) {
        unsigned digit = digit_value(*digits);
        if (digit >= base || __builtin_mul_overflow(number, base, &number) ||
            __builtin_add_overflow(number, digit, &number))
            return false;
    }
    *ret = number;
    return true;
}

static bool is_sign(char c)
{
    return c == '-' || c == '+';
}

/* "0x1f", "-0755": integers that are not decimal, to decimal. */
static bool read_based(const char *text, char *ret_number)
{
    bool negative = *text == '-';
    const char *digits = text + is_sign(*text);
    unsigned base = read_base(&digits);
    uint64_t number;
    if (base == 10 || *digits == '\0' || !read_digits(digits, base, &number))
        return false;
    if (negative && number > (uint64_t)INT64_MAX + 1)
        return false;
    snprintf(ret_number, WVA_JSON_NUMBER_MAX + 1, "%s%" PRIu64, negative && number ? "-" : "",
             number);
    return true;
}

struct decimal {
    const char *whole, *fraction, *exponent;
    size_t whole_len, fraction_len;
};

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?) and the rest, which is an exponent or nonsense. */
static bool split_decimal(const char *text, struct decimal *ret)
{
    struct decimal d = {.whole = text + is_sign(*text)};
    d.whole_len = strspn(d.whole, DIGITS);
    bool point = d.whole[d.whole_len] == '.';
    d.fraction = d.whole + d.whole_len + point;
    d.fraction_len = point ? strspn(d.fraction, DIGITS) : 0;
    d.exponent = d.fraction + d.fraction_len;
    if (d.whole_len + d.fraction_len == 0)
        return false;
    *ret = d;
    return true;
}

/* To JSON's narrower grammar without touching the digits that count. */
static bool read_decimal(const char *text, char *ret_number)
{
    struct decimal d;
    if (!split_decimal(text, &d))
        return false;
    while (d.whole_len > 1 && *d.whole == '0')
        d.whole++, d.whole_len--;
    if (d.whole_len == 0)
        d.whole = "0", d.whole_len = 1;

    char number[2 * WVA_JSON_NUMBER_MAX];
    double value;
    int len = snprintf(number, sizeof(number), "%s%.*s%s%.*s%s", *text == '-' ? "-" : "",
                       (int)d.whole_len, d.whole, d.fraction_len ? "." : "", (int)d.fraction_len,
                       d.fraction, d.exponent);
    if (len > WVA_JSON_NUMBER_MAX || wva_parse_double(number, (size_t)len, &value) < 0)
        return false;
    memcpy(ret_number, number, (size_t)len + 1);
    return true;
}

static bool read_number(const char *text, size_t len, char *ret_number)
{
    char plain[WVA_JSON_NUMBER_MAX + 1];
    size_t kept = 0;
    if (len == 0 || len > WVA_JSON_NUMBER_MAX || !memchr("+-." DIGITS, *text, strlen("+-." DIGITS)))
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] != '_' || *text == '.')
            plain[kept++] = text[i];
    }
    plain[kept] = '\0';
    return strlen(plain) == kept &&
           (read_based(plain, ret_number) || read_decimal(plain, ret_number));
}

struct wva_yaml_scalar wva_yaml_resolve(const char *text, size_t len)
{
    struct wva_yaml_scalar scalar = {.kind = WVA_STRING};
    const struct word *word = find_word(text, len);
    if (word) {
        scalar.kind = word->kind;
        scalar.boolean = word->boolean;
        scalar.nonfinite = word->nonfinite;
    } else if (read_number(text, len, scalar.number)) {
        scalar.kind = WVA_NUMBER;
    }
    return scalar;
}

/* Bytes at `s` that are digits, if between `least` and `most`; else 0. */
static size_t count_digits(const char *s, size_t least, size_t most)
{
    size_t count = strspn(s, DIGITS);
    return count >= least && count <= most ? count : 0;
}

/* "2026-11-24", "2026-11-24T18:20:00Z": a timestamp to YAML 1.1, and kubectl quotes it. */
static bool is_timestamp(const char *text)
{
    size_t year = count_digits(text, 4, 4);
    if (!year || text[4] != '-')
        return false;
    text += 5;
    size_t month = count_digits(text, 1, 2);
    if (!month || text[month] != '-')
        return false;
    text += month + 1;
    size_t day = count_digits(text, 1, 2);
    return day && (text[day] == '\0' || strchr("Tt \t", text[day]));
}

/* "1:30", "-12:00:59.5": a number of base 60 to YAML 1.1, and kubectl quotes it. */
static bool is_sexagesimal(const char *text)
{
    text += is_sign(*text);
    if (!isdigit((unsigned char)*text))
        return false;
    text += strspn(text, DIGITS "_");
    bool parts = *text == ':';
    while (*text == ':') {
        size_t digits = count_digits(text + 1, 1, 2);
        if (!digits || (digits == 2 && text[1] > '5'))
            return false;
        text += 1 + digits;
    }
    if (parts && *text == '.')
        text += 1 + strspn(text + 1, DIGITS "_");
    return parts && *text == '\0';
}

/* Words that mean something to YAML 1.1 and nothing to us, and numbers too long for us. */
static bool is_special_elsewhere(const char *text, size_t len)
{
    bool digits = strspn(text, DIGITS "+-._eE") == len;
    return strcmp(text, "<<") == 0 || strcmp(text, "=") == 0 ||
           (digits && len > WVA_JSON_NUMBER_MAX);
}

bool wva_yaml_is_string(const char *text, size_t len)
{
    return wva_yaml_resolve(text, len).kind == WVA_STRING && !is_special_elsewhere(text, len) &&
           !is_timestamp(text) && !is_sexagesimal(text);
}
