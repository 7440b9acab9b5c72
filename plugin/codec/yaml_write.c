// SPDX-License-Identifier: Apache-2.0
/*
 * Value trees to YAML as kubectl shows it: block style, a sequence's dashes in its parent's column,
 * plain scalars wherever they read back the same, "…" where a plain one would be something else
 * than a string, '…' where only YAML's syntax forbids a plain one, | for lines.
 */
#include "wva/codec/yaml.h"

#include "yaml_priv.h"

#include <string.h>

#define INDENT 2

/* A longer key is written after a '?', as libyaml's and Go's emitters do: a reader must find the
 * ':' of a simple key within 1024 characters. */
#define SIMPLE_KEY_MAX 128

/* Code point and length of the character at `s`, which is well-formed UTF-8. */
static unsigned decode(const char *s, size_t *ret_len)
{
    const unsigned char *bytes = (const unsigned char *)s;
    unsigned char lead = bytes[0];
    size_t len = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    unsigned code = len == 1 ? lead : lead & (0x7fu >> len);
    for (size_t i = 1; i < len; i++)
        code = code << 6 | (bytes[i] & 0x3fu);
    *ret_len = len;
    return code;
}

/* Must be escaped: not printable to YAML (1.1, section 5.1), or a break other than '\n'. */
static bool is_special(unsigned code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 ||
           code == 0xfeff || code == 0xfffe || code == 0xffff;
}

static bool has_special(const char *s, const char *allowed)
{
    size_t len;
    for (; *s; s += len) {
        unsigned code = decode(s, &len);
        if (is_special(code) && !(code < 0x80 && strchr(allowed, (int)code)))
            return true;
    }
    return false;
}

/* Plain style keeps the text (YAML 1.1, section 9.1.3, in block context). */
static bool plain_syntax(const char *s, size_t len)
{
    if (strchr(",[]{}#&*!|>'\"%@` ", s[0]) || s[len - 1] == ' ' || s[len - 1] == ':')
        return false;
    if (strchr("-?:", s[0]) && (s[1] == '\0' || s[1] == ' '))
        return false;
    if (strncmp(s, "---", 3) == 0 || strncmp(s, "...", 3) == 0)
        return false;
    return !strstr(s, ": ") && !strstr(s, " #");
}

/* A literal block keeps the text: lines that begin with something visible, at least one. */
static bool literal_syntax(const char *s)
{
    const char *first = s + strspn(s, "\n");
    return strchr(s, '\n') && *first != '\0' && *first != ' ' && *first != '\t' &&
           !has_special(s, "\n\t");
}

static void write_escape(struct wva_buf *buf, unsigned code)
{
    static const char short_escapes[0x80] = {
        ['"'] = '"', ['\\'] = '\\', ['\n'] = 'n', ['\t'] = 't', ['\r'] = 'r',
    };
    if (code < sizeof(short_escapes) && short_escapes[code])
        wva_buf_printf(buf, "\\%c", short_escapes[code]);
    else if (code <= 0xff)
        wva_buf_printf(buf, "\\x%02x", code);
    else
        wva_buf_printf(buf, "\\u%04x", code);
}

static void write_double_quoted(struct wva_buf *buf, const char *s)
{
    size_t len;
    wva_buf_putc(buf, '"');
    for (; *s; s += len) {
        unsigned code = decode(s, &len);
        if (is_special(code) || code == '"' || code == '\\')
            write_escape(buf, code);
        else
            wva_buf_append(buf, s, len);
    }
    wva_buf_putc(buf, '"');
}

static void write_single_quoted(struct wva_buf *buf, const char *s)
{
    wva_buf_putc(buf, '\'');
    for (; *s; s++)
        wva_buf_puts(buf, *s == '\'' ? "''" : (const char[]){*s, '\0'});
    wva_buf_putc(buf, '\'');
}

/* On one line. */
static void write_string(struct wva_buf *buf, const char *s)
{
    size_t len = strlen(s);
    if (has_special(s, "") || !wva_yaml_is_string(s, len))
        write_double_quoted(buf, s);
    else if (plain_syntax(s, len))
        wva_buf_append(buf, s, len);
    else
        write_single_quoted(buf, s);
}

static void write_blanks(struct wva_buf *buf, unsigned column)
{
    wva_buf_printf(buf, "%*s", (int)column, "");
}

static void write_literal(struct wva_buf *buf, const char *s, unsigned column)
{
    size_t len = strlen(s);
    bool ends = s[len - 1] == '\n';
    bool more = ends && len > 1 && s[len - 2] == '\n';
    wva_buf_puts(buf, more ? "|+" : ends ? "|" : "|-");
    while (*s) {
        size_t line = strcspn(s, "\n");
        wva_buf_putc(buf, '\n');
        if (line)
            write_blanks(buf, column);
        wva_buf_append(buf, s, line);
        s += line;
        s += *s == '\n';
    }
}

static void write_scalar(struct wva_buf *buf, const struct wva_value *value, unsigned column)
{
    if (value->kind == WVA_NULL)
        wva_buf_puts(buf, "null");
    else if (value->kind == WVA_BOOL)
        wva_buf_puts(buf, value->boolean ? "true" : "false");
    else if (value->kind == WVA_NUMBER)
        wva_buf_append(buf, value->text, value->len);
    else if (value->kind == WVA_ARRAY)
        wva_buf_puts(buf, "[]");
    else if (value->kind == WVA_OBJECT)
        wva_buf_puts(buf, "{}");
    else if (literal_syntax(value->text))
        write_literal(buf, value->text, column);
    else
        write_string(buf, value->text);
    wva_buf_putc(buf, '\n');
}

/* The value stands behind "- ", "? " or ": ": its first line is on this line, further ones begin at
 * `column`. */
static void write_inline(struct wva_buf *buf, const struct wva_value *value, unsigned column);

static void write_member(struct wva_buf *buf, const struct wva_member *member, unsigned column)
{
    const struct wva_value *value = member->value;
    bool simple = strlen(member->name) <= SIMPLE_KEY_MAX;
    unsigned deeper = value->kind == WVA_ARRAY && simple ? column : column + INDENT;
    wva_buf_puts(buf, simple ? "" : "? ");
    write_string(buf, member->name);
    if (!simple) {
        wva_buf_putc(buf, '\n');
        write_blanks(buf, column);
    }
    wva_buf_putc(buf, ':');
    if (simple && value->count > 0) {
        wva_buf_putc(buf, '\n');
        write_blanks(buf, deeper);
    } else {
        wva_buf_putc(buf, ' ');
    }
    write_inline(buf, value, deeper);
}

static void write_inline(struct wva_buf *buf, const struct wva_value *value, unsigned column)
{
    if (value->count == 0) {
        write_scalar(buf, value, column);
        return;
    }
    for (size_t i = 0; i < value->count; i++) {
        if (i > 0)
            write_blanks(buf, column);
        if (value->kind == WVA_OBJECT) {
            write_member(buf, &value->members[i], column);
        } else {
            wva_buf_puts(buf, "- ");
            write_inline(buf, value->items[i], column + INDENT);
        }
    }
}

void wva_yaml_write(struct wva_buf *buf, const struct wva_value *value)
{
    write_inline(buf, value, value->count > 0 ? 0 : INDENT);
}
