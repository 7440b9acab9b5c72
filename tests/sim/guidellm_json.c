// SPDX-License-Identifier: Apache-2.0
// JSON as Python's json.dump writes it, straight to a file: ", " and ": " on one line, or indented
// by blanks. A report of any size costs no memory.

#include "guidellm.h"

#include "wva/util/parse.h"

#include <string.h>

static void put(struct gl_json *json, const char *text)
{
    (void)fputs(text, json->file);
    json->written += (int64_t)strlen(text);
}

static void newline(struct gl_json *json)
{
    put(json, "\n");
    for (unsigned i = 0; i < json->depth * json->indent; i++)
        put(json, " ");
}

static void quoted(struct gl_json *json, const char *text)
{
    put(json, "\"");
    for (const char *c = text; *c != '\0'; c++) {
        char piece[8] = {*c, '\0'};
        if (*c == '"' || *c == '\\')
            snprintf(piece, sizeof(piece), "\\%c", *c);
        else if (*c == '\n')
            snprintf(piece, sizeof(piece), "\\n");
        else if ((unsigned char)*c < 0x20)
            snprintf(piece, sizeof(piece), "\\u%04x", (unsigned)(unsigned char)*c);
        put(json, piece);
    }
    put(json, "\"");
}

/* What stands before a value: the comma, the line, the key. */
static void lead(struct gl_json *json, const char *key)
{
    if (json->depth > 0) {
        if (!json->first)
            put(json, json->indent > 0 ? "," : ", ");
        if (json->indent > 0)
            newline(json);
    }
    json->first = false;
    if (key != NULL) {
        quoted(json, key);
        put(json, ": ");
    }
}

void gl_json_begin(struct gl_json *json, const char *key, char bracket)
{
    lead(json, key);
    put(json, (char[]){bracket, '\0'});
    json->depth++;
    json->first = true;
}

void gl_json_end(struct gl_json *json, char bracket)
{
    json->depth--;
    if (json->indent > 0 && !json->first)
        newline(json);
    json->first = false;
    put(json, (char[]){bracket, '\0'});
}

void gl_json_string(struct gl_json *json, const char *key, const char *text)
{
    lead(json, key);
    if (text == NULL)
        put(json, "null");
    else
        quoted(json, text);
}

void gl_json_int(struct gl_json *json, const char *key, int64_t number)
{
    char text[32];
    snprintf(text, sizeof(text), "%lld", (long long)number);
    lead(json, key);
    put(json, text);
}

void gl_json_float(struct gl_json *json, const char *key, double number)
{
    char text[WVA_DOUBLE_TEXT_MAX];
    lead(json, key);
    if (!isfinite(number)) {
        put(json, isnan(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity");
        return;
    }
    wva_format_double(text, number);
    put(json, text);
    if (strpbrk(text, ".e") == NULL)
        put(json, ".0"); /* a Python float shows that it is one */
}

void gl_json_maybe(struct gl_json *json, const char *key, double number)
{
    if (isnan(number))
        gl_json_null(json, key);
    else
        gl_json_float(json, key, number);
}

void gl_json_given(struct gl_json *json, const char *key, double number)
{
    if (number == floor(number) && fabs(number) < 1e15)
        gl_json_int(json, key, (int64_t)number);
    else
        gl_json_maybe(json, key, number);
}

void gl_json_bool(struct gl_json *json, const char *key, bool value)
{
    lead(json, key);
    put(json, value ? "true" : "false");
}

void gl_json_null(struct gl_json *json, const char *key)
{
    lead(json, key);
    put(json, "null");
}

void gl_json_value(struct gl_json *json, const char *key, const struct wva_value *value)
{
    if (value == NULL || value->kind == WVA_NULL) {
        gl_json_null(json, key);
    } else if (value->kind == WVA_BOOL) {
        gl_json_bool(json, key, value->boolean);
    } else if (value->kind == WVA_STRING) {
        gl_json_string(json, key, value->text);
    } else if (value->kind == WVA_NUMBER) {
        lead(json, key);
        put(json, value->text);
    } else if (value->kind == WVA_ARRAY) {
        gl_json_begin(json, key, '[');
        for (size_t i = 0; i < value->count; i++)
            gl_json_value(json, NULL, value->items[i]);
        gl_json_end(json, ']');
    } else {
        gl_json_begin(json, key, '{');
        for (size_t i = 0; i < value->count; i++)
            gl_json_value(json, value->members[i].name, value->members[i].value);
        gl_json_end(json, '}');
    }
}
