// SPDX-License-Identifier: Apache-2.0
// What pydantic has against a value of a field, in its words.

#include "guidellm.h"
#include "guidellm_schema.h"

#include "wva/util/parse.h"

#include <string.h>

#define LEAST_REAL (-1e-300) /* 0 is allowed */

static const char *not_a_number(const struct wva_value *value, bool integer)
{
    bool text = value->kind == WVA_STRING;
    if (integer)
        return text ? "Input should be a valid integer, unable to parse string as an integer"
                    : "Input should be a valid integer";
    return text ? "Input should be a valid number, unable to parse string as a number"
                : "Input should be a valid number";
}

static const char *check_number(const struct wva_value *value, bool integer, double least)
{
    double number;
    int64_t whole;
    bool read = value->kind == WVA_STRING ? wva_parse_double(value->text, value->len, &number) == 0
                                          : wva_value_double(value, &number);
    if (!read)
        return not_a_number(value, integer);
    if (integer && value->kind == WVA_NUMBER && !wva_value_i64(value, &whole))
        return "Input should be a valid integer, got a number with a fractional part";
    return number > least ? NULL : "Input should be greater than 0";
}

static bool is_zero(const struct wva_value *value)
{
    double number;
    return wva_value_double(value, &number) && number == 0;
}

static const char *check_list(const struct gl_field *field, const struct wva_value *value)
{
    bool streams = strcmp(field->name, "streams") == 0;
    if (streams && value->kind == WVA_STRING)
        return "Value error, streams must be a number or a list of numeric values, got str";
    if (streams && is_zero(value))
        return "Value error, streams requires at least one value";
    if (value->kind != WVA_ARRAY)
        return check_number(value, false, 0);
    for (size_t i = 0; i < value->count; i++) {
        const char *words = check_number(value->items[i], false, 0);
        if (words != NULL)
            return words;
    }
    return value->count > 0 ? NULL : "Value error, streams requires at least one value";
}

const char *gl_field_problem(const struct gl_field *field, const struct wva_value *value)
{
    bool nullable = strcmp(field->fallback, "null") == 0 || field->type == GL_PHASE;
    if (value->kind == WVA_NULL)
        return nullable ? NULL : "Input should be a valid value";
    switch (field->type) {
    case GL_STR:
        return value->kind == WVA_STRING ? NULL : "Input should be a valid string";
    case GL_LOGICAL:
        return value->kind == WVA_BOOL
                   ? NULL
                   : "Input should be a valid boolean, unable to interpret input";
    case GL_POSITIVE:
        return check_number(value, true, 0);
    case GL_WHOLE:
        return check_number(value, true, -GL_ENDLESS);
    case GL_REAL:
        return check_number(value, false, LEAST_REAL);
    case GL_POSITIVES:
        return check_list(field, value);
    case GL_PHASE:
        return value->kind == WVA_OBJECT ? NULL : check_number(value, false, LEAST_REAL);
    case GL_ANY:
        return NULL;
    }
    return NULL;
}
