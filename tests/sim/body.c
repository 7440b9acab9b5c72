// SPDX-License-Identifier: Apache-2.0
// A JSON reader of the server's own: unlike the client's it keeps going after duplicate members and
// reports them, and a mistake in the client's codec does not hide behind the same mistake here.

#include "body.h"

#include "wva/util/buf.h"
#include "wva/util/mem.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <string.h>

#define DEPTH_MAX  100
#define STRING_MAX ((size_t)4 << 20)

struct reader {
    struct wva_arena *arena;
    const char *at, *end;
    size_t depth;
    struct body_duplicates *duplicates;
    struct wva_error *err;
};

static struct wva_value *read_value(struct reader *reader, const char *path);

static struct wva_value *bad(struct reader *reader, const char *what)
{
    if (reader->err->code == WVA_OK) {
        if (reader->at < reader->end)
            (void)wva_error_set(reader->err, WVA_E_INPUT, "invalid character '%c' %s", *reader->at,
                                what);
        else
            (void)wva_error_set(reader->err, WVA_E_INPUT, "unexpected end of JSON input");
    }
    return NULL;
}

static void skip_blanks(struct reader *reader)
{
    while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) != NULL &&
           *reader->at != '\0')
        reader->at++;
}

static bool take(struct reader *reader, char c)
{
    skip_blanks(reader);
    if (reader->at == reader->end || *reader->at != c)
        return false;
    reader->at++;
    return true;
}

static bool take_word(struct reader *reader, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(reader->end - reader->at) < len || memcmp(reader->at, word, len) != 0)
        return false;
    reader->at += len;
    return true;
}

static void put_utf8(struct wva_buf *buf, unsigned code)
{
    if (code < 0x80) {
        wva_buf_putc(buf, (char)code);
        return;
    }
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
    wva_buf_putc(buf, (char)(lead[more] | (code >> (6 * more))));
    while (more-- > 0)
        wva_buf_putc(buf, (char)(0x80 | ((code >> (6 * more)) & 0x3f)));
}

static bool read_hex4(struct reader *reader, unsigned *ret)
{
    unsigned code = 0;
    if (reader->end - reader->at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        static const char digits[] = "0123456789abcdef";
        char c = *reader->at++;
        const char *digit = c != '\0' ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;
        if (digit == NULL)
            return false;
        code = code * 16 + (unsigned)(digit - digits);
    }
    *ret = code;
    return true;
}

/* What follows "\\u": one UTF-16 unit, or two for a surrogate pair; a lone surrogate is U+FFFD. */
static bool read_unicode(struct reader *reader, struct wva_buf *buf)
{
    unsigned code = 0;
    unsigned low = 0;
    if (!read_hex4(reader, &code))
        return false;
    bool high = code >= 0xd800 && code < 0xdc00;
    bool pair = high && take_word(reader, "\\u") && read_hex4(reader, &low) && low >= 0xdc00 &&
                low < 0xe000;
    if (pair)
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    else if (code >= 0xd800 && code < 0xe000)
        code = 0xfffd;
    put_utf8(buf, code);
    return true;
}

static bool read_escape(struct reader *reader, struct wva_buf *buf)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    if (reader->at == reader->end)
        return false;
    char c = *reader->at++;
    if (c == 'u')
        return read_unicode(reader, buf);
    const char *found = c != '\0' ? strchr(from, c) : NULL;
    if (found != NULL)
        wva_buf_putc(buf, to[found - from]);
    return found != NULL;
}

static char *read_string(struct reader *reader)
{
    wva_auto_buf buf = WVA_BUF(STRING_MAX);
    while (reader->at < reader->end && *reader->at != '"') {
        char c = *reader->at++;
        if ((unsigned char)c < 0x20 || (c == '\\' && !read_escape(reader, &buf))) {
            reader->at--;
            (void)bad(reader, "in string literal");
            return NULL;
        }
        if (c != '\\')
            wva_buf_putc(&buf, c);
    }
    if (reader->at == reader->end || !wva_utf8_valid(wva_buf_str(&buf), buf.len)) {
        (void)bad(reader, "in string literal");
        return NULL;
    }
    reader->at++;
    return wva_arena_strndup(reader->arena, wva_buf_str(&buf), buf.len);
}

static void note_duplicate(struct reader *reader, const char *path)
{
    struct body_duplicates *duplicates = reader->duplicates;
    if (duplicates->count < WVA_COUNT(duplicates->paths))
        duplicates->paths[duplicates->count++] = path;
}

static bool read_member(struct reader *reader, struct wva_value *object, const char *path)
{
    if (!take(reader, '"'))
        return bad(reader, "looking for beginning of object key string") != NULL;
    char *name = read_string(reader);
    if (name == NULL)
        return false;
    if (!take(reader, ':'))
        return bad(reader, "after object key") != NULL;
    const char *below =
        path[0] == '\0' ? name : wva_arena_printf(reader->arena, "%s.%s", path, name);
    if (wva_object_get(object, name) != NULL)
        note_duplicate(reader, below);
    struct wva_value *value = read_value(reader, below);
    if (value == NULL)
        return false;
    wva_object_set(reader->arena, object, name, value);
    return true;
}

static struct wva_value *read_object(struct reader *reader, const char *path)
{
    struct wva_value *object = wva_object(reader->arena);
    if (take(reader, '}'))
        return object;
    do
        if (!read_member(reader, object, path))
            return NULL;
    while (take(reader, ','));
    return take(reader, '}') ? object : bad(reader, "after object key:value pair");
}

static struct wva_value *read_array(struct reader *reader, const char *path)
{
    struct wva_value *array = wva_array(reader->arena);
    if (take(reader, ']'))
        return array;
    do {
        struct wva_value *item =
            read_value(reader, wva_arena_printf(reader->arena, "%s[%zu]", path, array->count));
        if (item == NULL)
            return NULL;
        wva_array_append(reader->arena, array, item);
    } while (take(reader, ','));
    return take(reader, ']') ? array : bad(reader, "after array element");
}

static struct wva_value *read_number(struct reader *reader)
{
    const char *start = reader->at;
    double ignored = 0;
    while (reader->at < reader->end && *reader->at != '\0' &&
           strchr("+-.0123456789eE", *reader->at) != NULL)
        reader->at++;
    size_t len = (size_t)(reader->at - start);
    if (len == 0 || wva_parse_double(start, len, &ignored) < 0) {
        reader->at = start;
        return bad(reader, "looking for beginning of value");
    }
    return wva_number_text(reader->arena, start, len);
}

static struct wva_value *read_word(struct reader *reader)
{
    if (take_word(reader, "null"))
        return wva_null(reader->arena);
    if (take_word(reader, "true"))
        return wva_bool(reader->arena, true);
    if (take_word(reader, "false"))
        return wva_bool(reader->arena, false);
    return read_number(reader);
}

static struct wva_value *read_value(struct reader *reader, const char *path)
{
    struct wva_value *value = NULL;
    if (reader->depth >= DEPTH_MAX)
        return bad(reader, "exceeded max depth");
    reader->depth++;
    if (take(reader, '{')) {
        value = read_object(reader, path);
    } else if (take(reader, '[')) {
        value = read_array(reader, path);
    } else if (take(reader, '"')) {
        char *text = read_string(reader);
        value = text != NULL ? wva_string(reader->arena, text) : NULL;
    } else {
        value = read_word(reader);
    }
    reader->depth--;
    return value;
}

int body_parse_json(struct wva_arena *arena, const char *text, size_t len, struct wva_value **ret,
                    struct body_duplicates *duplicates, struct wva_error *err)
{
    struct reader reader = {arena, text, text + len, 0, duplicates, err};
    struct wva_value *value = read_value(&reader, "");
    if (value == NULL)
        return -1;
    skip_blanks(&reader);
    if (reader.at != reader.end) {
        (void)bad(&reader, "after top-level value");
        return -1;
    }
    *ret = value;
    return 0;
}
