// SPDX-License-Identifier: Apache-2.0
/* Strings: questions, pieces, the nearest candidate, DNS labels. UTF-8 itself is in utf8.c. */
#include "wva/util/str.h"

#include "utf8_priv.h"
#include "wva/util/encode.h"

#include <assert.h>
#include <string.h>

#define BLANKS        " \t\r\n"
#define DNS_LABEL_MAX 63
#define HASH_DIGITS   5
#define NEAREST_MAX   64 /* longer words get no suggestion */

bool wva_str_eq(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return strcmp(a, b) == 0;
}

bool wva_str_has_prefix(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool wva_str_has_suffix(const char *s, const char *suffix)
{
    const size_t len = strlen(s);
    const size_t suffix_len = strlen(suffix);

    return len >= suffix_len && memcmp(s + len - suffix_len, suffix, suffix_len) == 0;
}

bool wva_str_empty(const char *s)
{
    return s == NULL || s[0] == '\0';
}

static size_t count_char(const char *s, char c)
{
    size_t count = 0;

    for (; *s != '\0'; s++)
        count += *s == c;
    return count;
}

char **wva_str_split(struct wva_arena *arena, const char *s, char separator, size_t *ret_count)
{
    const size_t count = count_char(s, separator) + 1;
    char **parts = wva_arena_calloc(arena, count + 1, sizeof(*parts));
    char *rest = wva_arena_strdup(arena, s);

    for (size_t i = 0; i < count; i++) {
        char *end = strchr(rest, separator);

        parts[i] = rest;
        if (end != NULL) {
            *end = '\0';
            rest = end + 1;
        }
    }
    if (ret_count != NULL)
        *ret_count = count;
    return parts;
}

char *wva_str_trim(struct wva_arena *arena, const char *s)
{
    size_t len;

    s += strspn(s, BLANKS);
    len = strlen(s);
    while (len > 0 && strchr(BLANKS, s[len - 1]) != NULL)
        len--;
    return wva_arena_strndup(arena, s, len);
}

char *wva_str_sanitize(struct wva_arena *arena, const char *s, size_t len, size_t max,
                       bool keep_newlines)
{
    static const char ellipsis[] = "\xE2\x80\xA6";
    const size_t room = len < max ? len : max; /* cleaning never makes text longer */
    char *out = wva_arena_alloc(arena, room + sizeof(ellipsis));
    size_t used;
    const size_t written = wva_utf8_clean(out, room, s, len, keep_newlines, &used);

    if (used < len)
        memcpy(out + written, ellipsis, sizeof(ellipsis));
    return out;
}

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Damerau-Levenshtein distance (optimal string alignment: no part is edited twice). Three rows of
 * the matrix suffice; both words are at most NEAREST_MAX bytes. */
static size_t edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t rows[3][NEAREST_MAX + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];

    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t *oldest = before;

        before = above;
        above = row;
        row = oldest;
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            row[j] = min_size(above[j], row[j - 1]) + 1;
            row[j] = min_size(row[j], above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = min_size(row[j], before[j - 2] + 1);
        }
    }
    return row[b_len];
}

static size_t allowed_edits(size_t word_len)
{
    if (word_len <= 4)
        return 1;
    return word_len <= 8 ? 2 : 3;
}

const char *wva_str_nearest(const char *word, const char *const *candidates)
{
    const size_t len = strlen(word);
    const char *nearest = NULL;
    size_t best;

    if (len > NEAREST_MAX)
        return NULL;
    best = min_size(allowed_edits(len) + 1, len); /* a distance of `len` has nothing in common */
    for (; *candidates != NULL; candidates++) {
        const size_t candidate_len = strlen(*candidates);
        size_t distance;

        if (candidate_len > NEAREST_MAX)
            continue;
        distance = edit_distance(word, len, *candidates, candidate_len);
        if (distance < best) {
            best = distance;
            nearest = *candidates;
        }
    }
    return nearest;
}

/* [a-z0-9]; <ctype.h> answers by locale and takes no negative char. */
static bool is_label_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool wva_str_is_dns_label(const char *s)
{
    const size_t len = strlen(s);

    if (len == 0 || len > DNS_LABEL_MAX || s[0] == '-' || s[len - 1] == '-')
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!is_label_char(s[i]) && s[i] != '-')
            return false;
    }
    return true;
}

/* Writes the characters of `name` that a label may have, lower case, each run of others between two
 * of them as one '-'. Returns the length. */
static size_t copy_label_chars(char *out, const char *name)
{
    size_t len = 0;
    bool gap = false;

    for (; *name != '\0'; name++) {
        const char c = *name >= 'A' && *name <= 'Z' ? (char)(*name - 'A' + 'a') : *name;

        if (!is_label_char(c)) {
            gap = true;
            continue;
        }
        if (gap && len > 0)
            out[len++] = '-';
        gap = false;
        out[len++] = c;
    }
    return len;
}

char *wva_str_to_dns_label(struct wva_arena *arena, const char *name, size_t max)
{
    char *label = wva_arena_alloc(arena, strlen(name) + 1);
    size_t len = copy_label_chars(label, name);
    char hash[WVA_SHA256_HEX_MAX];

    assert(max > HASH_DIGITS + 1 && max <= DNS_LABEL_MAX);
    if (len == 0)
        return wva_arena_strdup(arena, "x");
    if (len <= max)
        return label;
    len = max - HASH_DIGITS - 1;
    if (label[len - 1] == '-')
        len--;
    wva_sha256_hex(hash, name, strlen(name));
    return wva_arena_printf(arena, "%.*s-%.*s", (int)len, label, HASH_DIGITS, hash);
}
