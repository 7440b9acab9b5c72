// SPDX-License-Identifier: Apache-2.0
/*
 * Value trees to JSON. Numbers keep their text and UTF-8 stays as it is, except that DEL and the C1
 * controls are escaped like the C0 ones: output may go to a terminal and a server chose the text.
 */
#include "wva/codec/json.h"

#include <string.h>

static void write_value(struct wva_buf *buf, const struct wva_value *value, unsigned indent,
                        unsigned column);

/* Bytes at `s` that form one control character, 0 when it is none. NUL ends a string before. */
static size_t control_len(const char *s)
{
    unsigned char c = (unsigned char)s[0], next = (unsigned char)s[1];
    if (c < 0x20 || c == 0x7f)
        return 1;
    return c == 0xc2 && next >= 0x80 && next < 0xa0 ? 2 : 0; /* U+0080 to U+009F */
}

static void write_escape(struct wva_buf *buf, const char *s, size_t len)
{
    static const char short_escapes[UINT8_MAX + 1] = {
        ['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
        ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't',
    };
    unsigned char c = (unsigned char)s[len - 1]; /* of U+0080 to U+009F the code point itself */
    if (short_escapes[c])
        wva_buf_printf(buf, "\\%c", short_escapes[c]);
    else
        wva_buf_printf(buf, "\\u%04x", c);
}

static void write_string(struct wva_buf *buf, const char *s)
{
    wva_buf_putc(buf, '"');
    const char *start = s;
    while (*s) {
        size_t len = *s == '"' || *s == '\\' ? 1 : control_len(s);
        if (len == 0) {
            s++;
            continue;
        }
        wva_buf_append(buf, start, (size_t)(s - start));
        write_escape(buf, s, len);
        start = s += len;
    }
    wva_buf_append(buf, start, (size_t)(s - start));
    wva_buf_putc(buf, '"');
}

static void break_line(struct wva_buf *buf, unsigned indent, unsigned column)
{
    if (indent)
        wva_buf_printf(buf, "\n%*s", (int)column, "");
}

static void write_array(struct wva_buf *buf, const struct wva_value *array, unsigned indent,
                        unsigned column)
{
    wva_buf_putc(buf, '[');
    for (size_t i = 0; i < array->count; i++) {
        wva_buf_puts(buf, i > 0 ? "," : "");
        break_line(buf, indent, column + indent);
        write_value(buf, array->items[i], indent, column + indent);
    }
    if (array->count)
        break_line(buf, indent, column);
    wva_buf_putc(buf, ']');
}

static void write_object(struct wva_buf *buf, const struct wva_value *object, unsigned indent,
                         unsigned column)
{
    wva_buf_putc(buf, '{');
    for (size_t i = 0; i < object->count; i++) {
        wva_buf_puts(buf, i > 0 ? "," : "");
        break_line(buf, indent, column + indent);
        write_string(buf, object->members[i].name);
        wva_buf_puts(buf, indent ? ": " : ":");
        write_value(buf, object->members[i].value, indent, column + indent);
    }
    if (object->count)
        break_line(buf, indent, column);
    wva_buf_putc(buf, '}');
}

static void write_value(struct wva_buf *buf, const struct wva_value *value, unsigned indent,
                        unsigned column)
{
    switch (value->kind) {
    case WVA_NULL:
        wva_buf_puts(buf, "null");
        break;
    case WVA_BOOL:
        wva_buf_puts(buf, value->boolean ? "true" : "false");
        break;
    case WVA_NUMBER:
        wva_buf_append(buf, value->text, value->len);
        break;
    case WVA_STRING:
        write_string(buf, value->text);
        break;
    case WVA_ARRAY:
        write_array(buf, value, indent, column);
        break;
    case WVA_OBJECT:
        write_object(buf, value, indent, column);
        break;
    }
}

void wva_json_write(struct wva_buf *buf, const struct wva_value *value, unsigned indent)
{
    write_value(buf, value, indent, 0);
}

char *wva_json_text(struct wva_arena *arena, const struct wva_value *value)
{
    wva_auto_buf buf = WVA_BUF(SIZE_MAX / 2);
    wva_json_write(&buf, value, 0);
    return wva_arena_strndup(arena, wva_buf_str(&buf), buf.len);
}
