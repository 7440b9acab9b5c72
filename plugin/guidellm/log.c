// SPDX-License-Identifier: Apache-2.0
/* Logs as pods, kubectl and terminals give them, made plain; and the reports embedded in them. */
#include "log_priv.h"

#include "wva/guidellm/digest.h"
#include "wva/util/buf.h"
#include "wva/util/encode.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <string.h>

#define ESCAPE '\033'

/* Length of the escape sequence at `text` (which begins with ESC), at least 1. ECMA-48: a control
 * sequence is ESC '[', parameters, and one final byte from '@' to '~'; others here are two bytes.
 */
static size_t escape_length(const char *text, size_t len)
{
    if (len < 2)
        return 1;
    if (text[1] != '[')
        return 2;
    size_t i = 2;
    while (i < len && (text[i] < '@' || text[i] > '~'))
        i++;
    return i < len ? i + 1 : len;
}

/* Copies a line without escape sequences, carriage returns, NULs and trailing blanks. */
static char *plain_line(struct wva_arena *arena, const char *text, size_t len)
{
    char *out = wva_arena_alloc(arena, len + 1);
    size_t used = 0;
    for (size_t i = 0; i < len;) {
        if (text[i] == ESCAPE) {
            i += escape_length(text + i, len - i);
            continue;
        }
        if (text[i] != '\r' && text[i] != '\0')
            out[used++] = text[i];
        i++;
    }
    while (used > 0 && (out[used - 1] == ' ' || out[used - 1] == '\t'))
        used--;
    out[used] = '\0';
    return out;
}

/* Does `text` begin like `pattern`, in which '0' is any digit? */
static bool looks_like(const char *text, const char *pattern)
{
    for (; *pattern; pattern++, text++) {
        bool digit = *text >= '0' && *text <= '9';
        if (*pattern == '0' ? !digit : *text != *pattern)
            return false;
    }
    return true;
}

/* "[pod/NAME/CONTAINER] " and "2026-11-24T18:20:00.123456789Z ", in kubectl's order. */
static const char *skip_stamps(const char *text)
{
    if (wva_str_has_prefix(text, "[pod/")) {
        const char *end = strstr(text, "] ");
        text = end ? end + 2 : text;
    }
    if (looks_like(text, "0000-00-00T00:00:00")) {
        const char *end = strchr(text, ' ');
        text = end ? end + 1 : text + strlen(text);
    }
    return text;
}

static size_t count_lines(const char *text, size_t len)
{
    size_t count = 1;
    for (size_t i = 0; i < len; i++)
        count += text[i] == '\n';
    return count;
}

void wva_log_read(struct wva_arena *arena, const char *name, const char *text, size_t len,
                  struct wva_log *ret)
{
    struct wva_log log = {
        .name = name,
        .lines = wva_arena_calloc(arena, count_lines(text, len), sizeof(*log.lines)),
    };
    const char *end = text + len;
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t line_len = (size_t)((newline ? newline : end) - text);
        log.lines[log.count] = (struct wva_log_line){
            .text = skip_stamps(plain_line(arena, text, line_len)),
            .number = log.count + 1,
        };
        log.count++;
        text += line_len + 1;
    }
    *ret = log;
}

/* The line after the begin marker: "sha256=HEX bytes=N". */
struct seal {
    char sha256[WVA_SHA256_HEX_MAX];
    int64_t bytes;
};

static int read_seal(struct wva_arena *arena, const char *text, struct seal *ret)
{
    size_t count;
    char **words = wva_str_split(arena, text, ' ', &count);
    if (count != 2 || !wva_str_has_prefix(words[0], "sha256=") ||
        !wva_str_has_prefix(words[1], "bytes="))
        return -1;
    const char *hex = words[0] + strlen("sha256=");
    const char *bytes = words[1] + strlen("bytes=");
    if (strlen(hex) != WVA_SHA256_HEX_MAX - 1)
        return -1;
    if (wva_parse_i64(bytes, strlen(bytes), &ret->bytes) < 0)
        return -1;
    memcpy(ret->sha256, hex, WVA_SHA256_HEX_MAX);
    return 0;
}

static size_t find_line(const struct wva_log *log, size_t from, const char *text)
{
    while (from < log->count && !wva_str_eq(log->lines[from].text, text))
        from++;
    return from;
}

static int decode(struct wva_arena *arena, const struct wva_log *log, size_t first, size_t end,
                  const struct seal *seal, char **ret, size_t *ret_len, struct wva_error *err)
{
    wva_auto_buf text = WVA_BUF((size_t)1 << 30);
    for (size_t i = first; i < end; i++)
        wva_buf_puts(&text, log->lines[i].text);

    wva_auto_secret bytes = {0};
    size_t bad_offset;
    if (wva_base64_decode(wva_buf_str(&text), text.len, &bytes, &bad_offset) < 0)
        return wva_error_set(err, WVA_E_INPUT, "%s: line %zu: the report is not whole base64",
                             log->name, log->lines[first].number);
    char sha256[WVA_SHA256_HEX_MAX];
    wva_sha256_hex(sha256, bytes.data, bytes.len);
    if ((int64_t)bytes.len != seal->bytes || !wva_str_eq(sha256, seal->sha256))
        return wva_error_set(err, WVA_E_INPUT,
                             "%s: line %zu: the report is damaged: %zu of %lld bytes, SHA-256 %s, "
                             "wanted %s",
                             log->name, log->lines[first].number, bytes.len, (long long)seal->bytes,
                             sha256, seal->sha256);
    *ret = wva_arena_strndup(arena, bytes.data ? bytes.data : "", bytes.len);
    *ret_len = bytes.len;
    return 0;
}

int wva_log_next_report(struct wva_arena *arena, const struct wva_log *log, size_t *at, char **ret,
                        size_t *ret_len, struct wva_error *err)
{
    size_t begin = find_line(log, *at, WVA_REPORT_BEGIN_MARKER);
    if (begin == log->count)
        return 0;
    size_t end = find_line(log, begin, WVA_REPORT_END_MARKER);
    if (end == log->count)
        return wva_error_set(err, WVA_E_INPUT,
                             "%s: line %zu: the log ends inside the report: its end marker is "
                             "missing",
                             log->name, log->lines[log->count - 1].number);
    struct seal seal;
    if (begin + 1 == end || read_seal(arena, log->lines[begin + 1].text, &seal) < 0)
        return wva_error_set(err, WVA_E_INPUT, "%s: line %zu: the report's SHA-256 is missing",
                             log->name, log->lines[begin].number + 1);
    if (decode(arena, log, begin + 2, end, &seal, ret, ret_len, err) < 0)
        return -1;
    *at = end + 1;
    return 1;
}
