// SPDX-License-Identifier: Apache-2.0
/*
 * Stands between the input and yajl. It follows strings and brackets only as far as it must to
 *   - leave out the value of one member that nobody reads (wva_json_skip) and say `null` instead,
 *   - turn Python's NaN and Infinity into a number that overflows,
 *   - refuse lone surrogate escapes, which yajl 2.1 silently turns into other characters.
 * It is no second parser: whatever else is wrong goes on to yajl, which says so.
 *
 * What passes through is handed on in place, in runs as long as the chunk allows.
 */
#include "json_priv.h"

#include <string.h>

#define NO_MATCH SIZE_MAX

/* The space ends the number: "NaN5" must not become 1e9995. */
#define TOO_LARGE "1e999 "

static const char null_text[] = "null";

struct wva_json_filter wva_json_filter_make(const struct wva_json_stream_options *options)
{
    const char *key = options->skip_key;
    return (struct wva_json_filter){
        .skip_key = key,
        .skip_key_len = key ? strlen(key) : 0,
        .skip_depth = key ? options->skip_depth : 0,
        .allow_nonfinite = options->allow_nonfinite,
        .last = ' ',
    };
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool at_skip_depth(const struct wva_json_filter *filter)
{
    return filter->in_object && filter->depth == filter->skip_depth;
}

static void open_bracket(struct wva_json_filter *filter, char c)
{
    filter->depth++;
    if (filter->depth == filter->skip_depth)
        filter->in_object = c == '{';
    filter->at_name = at_skip_depth(filter);
}

static void close_bracket(struct wva_json_filter *filter)
{
    filter->depth -= filter->depth > 0;
    filter->at_name = false;
}

static void begin_string(struct wva_json_filter *filter)
{
    filter->matched = filter->at_name ? 0 : NO_MATCH;
    filter->at_name = false;
    filter->state = WVA_JSON_STRING;
}

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c);
}

/* At an 'N' or 'I' outside strings: one of Python's words begins where a value may begin. */
static bool begin_word(struct wva_json_filter *filter, const struct wva_json_chunk *chunk)
{
    char c = *chunk->at;
    char before = chunk->at > chunk->begin ? chunk->at[-1] : filter->last;
    bool negative = before == '-' && c == 'I';
    if (!filter->allow_nonfinite || (!negative && !is_one_of(before, " \t\n\r[,:")))
        return false;
    filter->word = c == 'N' ? "NaN" : "Infinity";
    filter->matched = 0;
    filter->state = WVA_JSON_WORD;
    return true;
}

enum mark { ORDINARY, OPEN, CLOSE, COMMA, QUOTE, WORD };

static void note_structure(struct wva_json_filter *filter, enum mark mark, char c)
{
    if (mark == OPEN)
        open_bracket(filter, c);
    else if (mark == CLOSE)
        close_bracket(filter);
    else
        filter->at_name = at_skip_depth(filter);
}

/* Consumes bytes outside strings up to something that changes the state. */
static void scan_text(struct wva_json_filter *filter, struct wva_json_chunk *chunk)
{
    static const unsigned char marks[UINT8_MAX + 1] = {
        ['{'] = OPEN,  ['['] = OPEN,  ['}'] = CLOSE, [']'] = CLOSE,
        [','] = COMMA, ['"'] = QUOTE, ['N'] = WORD,  ['I'] = WORD,
    };
    for (; chunk->at < chunk->end; chunk->at++) {
        enum mark mark = marks[(unsigned char)*chunk->at];
        if (mark == ORDINARY)
            continue;
        if (mark == QUOTE) {
            chunk->at++;
            begin_string(filter);
            return;
        }
        if (mark != WORD)
            note_structure(filter, mark, *chunk->at);
        else if (begin_word(filter, chunk))
            return;
    }
}

static void match_name(struct wva_json_filter *filter, const char *piece, size_t len)
{
    if (filter->matched == NO_MATCH)
        return;
    bool fits = len <= filter->skip_key_len - filter->matched;
    bool same = fits && memcmp(filter->skip_key + filter->matched, piece, len) == 0;
    filter->matched = same ? filter->matched + len : NO_MATCH;
}

static void break_off(struct wva_json_filter *filter, const char *problem)
{
    filter->problem = problem;
    filter->state = WVA_JSON_BROKEN;
}

static void lone_surrogate(struct wva_json_filter *filter)
{
    break_off(filter, "a lone surrogate escape (\\uD800 to \\uDFFF)");
}

static void end_string(struct wva_json_filter *filter)
{
    bool skipped = filter->matched != NO_MATCH && filter->matched == filter->skip_key_len;
    filter->state = skipped ? WVA_JSON_NAMED : WVA_JSON_TEXT;
}

static void scan_string(struct wva_json_filter *filter, struct wva_json_chunk *chunk)
{
    const char *start = chunk->at, *at = start;
    while (at < chunk->end && *at != '"' && *at != '\\')
        at++;
    chunk->at = at;
    match_name(filter, start, (size_t)(at - start));
    bool escape = at < chunk->end && *at == '\\';
    if (filter->high_surrogate && !(escape && at == start)) {
        lone_surrogate(filter);
        return;
    }
    if (at == chunk->end)
        return;
    chunk->at++;
    if (*at == '"') {
        end_string(filter);
        return;
    }
    filter->matched = NO_MATCH; /* a name written with escapes is not skipped, only read */
    filter->escape_len = 0;
    filter->state = WVA_JSON_ESCAPE;
}

static unsigned hex_digit(char c)
{
    unsigned digit = (unsigned char)c;
    return digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}

/* A complete \u escape. */
static void end_unit(struct wva_json_filter *filter)
{
    unsigned high_bits = filter->escape_unit & 0xfc00;
    bool low = high_bits == 0xdc00;
    filter->state = WVA_JSON_STRING;
    if (low != filter->high_surrogate)
        lone_surrogate(filter);
    filter->high_surrogate = high_bits == 0xd800;
}

/* Consumes one byte behind a backslash. Of \u escapes only well-formed ones matter: yajl refuses
 * the rest. */
static void scan_escape(struct wva_json_filter *filter, struct wva_json_chunk *chunk)
{
    char c = *chunk->at;
    if (filter->escape_len == 0 && c != 'u') {
        if (filter->high_surrogate) {
            lone_surrogate(filter);
            return;
        }
        filter->state = WVA_JSON_STRING;
    } else if (filter->escape_len++ == 0) {
        filter->escape_unit = 0;
    } else {
        filter->escape_unit = filter->escape_unit << 4 | (hex_digit(c) & 0xf);
    }
    chunk->at++;
    if (filter->escape_len == 5)
        end_unit(filter);
}

static void scan_named(struct wva_json_filter *filter, struct wva_json_chunk *chunk)
{
    char c = *chunk->at;
    if (is_blank(c))
        chunk->at++;
    else if (c == ':' && filter->state == WVA_JSON_NAMED)
        chunk->at++, filter->state = WVA_JSON_VALUE;
    else if (filter->state == WVA_JSON_VALUE && !is_one_of(c, ",:]}"))
        filter->state = WVA_JSON_SKIP_BEGIN;
    else
        filter->state = WVA_JSON_TEXT; /* ill-formed: yajl's to say */
}

/* Bytes in these states go on to yajl as they are. */
static void (*const pass[])(struct wva_json_filter *, struct wva_json_chunk *) = {
    [WVA_JSON_TEXT] = scan_text,   [WVA_JSON_STRING] = scan_string, [WVA_JSON_ESCAPE] = scan_escape,
    [WVA_JSON_NAMED] = scan_named, [WVA_JSON_VALUE] = scan_named,   [WVA_JSON_BROKEN] = NULL,
};

static bool begin_skip(struct wva_json_filter *filter, struct wva_json_chunk *chunk,
                       struct wva_json_run *ret_run)
{
    *ret_run = (struct wva_json_run){null_text, strlen(null_text), chunk->at, true};
    filter->skip = (struct wva_json_skip){0};
    filter->state = WVA_JSON_SKIP;
    return true;
}

static bool skip(struct wva_json_filter *filter, struct wva_json_chunk *chunk)
{
    chunk->at = wva_json_skip(&filter->skip, chunk->at, chunk->end);
    if (chunk->at < chunk->end)
        filter->state = WVA_JSON_TEXT;
    return false;
}

/* Another byte of NaN or Infinity. Anything else is passed on as the word's first letter, for yajl
 * to stumble over. */
static bool read_word(struct wva_json_filter *filter, struct wva_json_chunk *chunk,
                      struct wva_json_run *ret_run)
{
    bool matches = *chunk->at == filter->word[filter->matched];
    if (matches) {
        chunk->at++;
        if (filter->word[++filter->matched] != '\0')
            return false;
    }
    const char *text = matches ? TOO_LARGE : filter->word;
    size_t len = matches ? strlen(TOO_LARGE) : 1;
    *ret_run = (struct wva_json_run){text, len, chunk->at, true};
    filter->state = WVA_JSON_TEXT;
    return true;
}

/* Runs the states that swallow input; true when something goes to yajl in its place. */
static bool swallow(struct wva_json_filter *filter, struct wva_json_chunk *chunk,
                    struct wva_json_run *ret_run)
{
    if (filter->state == WVA_JSON_SKIP_BEGIN)
        return begin_skip(filter, chunk, ret_run);
    if (filter->state == WVA_JSON_SKIP)
        return skip(filter, chunk);
    return read_word(filter, chunk, ret_run);
}

bool wva_json_filter_next(struct wva_json_filter *filter, struct wva_json_chunk *chunk,
                          struct wva_json_run *ret_run)
{
    while (chunk->at < chunk->end && !filter->problem) {
        const char *start = chunk->at;
        while (chunk->at < chunk->end && pass[filter->state])
            pass[filter->state](filter, chunk);
        if (chunk->at > start) {
            filter->last = chunk->at[-1];
            *ret_run = (struct wva_json_run){start, (size_t)(chunk->at - start), start, false};
            return true;
        }
        if (!filter->problem && swallow(filter, chunk, ret_run))
            return true;
    }
    return false;
}
