// SPDX-License-Identifier: Apache-2.0
/* Struct members to and from value trees, driven by tables: one pair of functions for each kind. */
#include "field_priv.h"

#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX  4096
#define FOUND_MAX 64

static struct wva_value *number_make(struct wva_arena *arena, const void *member)
{
    const double *number = member;

    return isfinite(*number) ? wva_double(arena, *number) : NULL;
}

static struct wva_value *count_make(struct wva_arena *arena, const void *member)
{
    const int64_t *count = member;

    return *count >= 0 ? wva_int(arena, *count) : NULL;
}

static struct wva_value *amount_make(struct wva_arena *arena, const void *member)
{
    const int64_t *amount = member;

    return *amount > 0 ? wva_int(arena, *amount) : NULL;
}

static struct wva_value *text_make(struct wva_arena *arena, const void *member)
{
    const char *const *text = member;

    return wva_str_empty(*text) ? NULL : wva_string(arena, *text);
}

static struct wva_value *chars_make(struct wva_arena *arena, const void *member)
{
    const char *text = member;

    return wva_str_empty(text) ? NULL : wva_string(arena, text);
}

static struct wva_value *flag_make(struct wva_arena *arena, const void *member)
{
    const bool *flag = member;

    return *flag ? wva_bool(arena, true) : NULL;
}

static bool number_take(struct wva_arena *arena, const struct wva_value *value, void *member,
                        size_t size)
{
    (void)arena;
    (void)size;
    return wva_value_double(value, member);
}

static bool integer_take(const struct wva_value *value, int64_t least, int64_t *member)
{
    int64_t integer;

    if (!wva_value_i64(value, &integer) || integer < least)
        return false;
    *member = integer;
    return true;
}

static bool count_take(struct wva_arena *arena, const struct wva_value *value, void *member,
                       size_t size)
{
    (void)arena;
    (void)size;
    return integer_take(value, 0, member);
}

static bool amount_take(struct wva_arena *arena, const struct wva_value *value, void *member,
                        size_t size)
{
    (void)arena;
    (void)size;
    return integer_take(value, 1, member);
}

static bool text_take(struct wva_arena *arena, const struct wva_value *value, void *member,
                      size_t size)
{
    const char **text = member;

    (void)size;
    if (value->kind != WVA_STRING)
        return false;
    *text = wva_str_sanitize(arena, value->text, value->len, TEXT_MAX, false);
    return true;
}

static bool chars_take(struct wva_arena *arena, const struct wva_value *value, void *member,
                       size_t size)
{
    if (value->kind != WVA_STRING)
        return false;
    const size_t room = size - sizeof("\xE2\x80\xA6"); /* a cut adds an ellipsis */
    snprintf(member, size, "%s", wva_str_sanitize(arena, value->text, value->len, room, false));
    return true;
}

static bool flag_take(struct wva_arena *arena, const struct wva_value *value, void *member,
                      size_t size)
{
    bool *flag = member;

    (void)arena;
    (void)size;
    if (value->kind != WVA_BOOL)
        return false;
    *flag = value->boolean;
    return true;
}

static const struct {
    const char *expected;
    /* NULL: unknown. */
    struct wva_value *(*make)(struct wva_arena *arena, const void *member);
    /* False, with the member untouched, when the value is none of this kind. */
    bool (*take)(struct wva_arena *arena, const struct wva_value *value, void *member, size_t size);
} kinds[] = {
    [WVA_FIELD_NUMBER] = {"number", number_make, number_take},
    [WVA_FIELD_COUNT] = {"whole number from 0 on", count_make, count_take},
    [WVA_FIELD_AMOUNT] = {"whole number from 1 on", amount_make, amount_take},
    [WVA_FIELD_TEXT] = {"string", text_make, text_take},
    [WVA_FIELD_CHARS] = {"string", chars_make, chars_take},
    [WVA_FIELD_FLAG] = {"boolean", flag_make, flag_take},
};

void wva_fields_put(struct wva_arena *arena, struct wva_value *object,
                    const struct wva_field *fields, size_t count, const void *base)
{
    for (size_t i = 0; i < count; i++) {
        const struct wva_field *field = &fields[i];
        struct wva_value *value =
            kinds[field->kind].make(arena, (const char *)base + field->offset);

        if (value == NULL)
            continue;
        if (field->group == NULL)
            wva_object_set(arena, object, field->name, value);
        else
            wva_put(arena, object, value, field->group, field->name);
    }
}

/* The kind, and the number itself: what is wrong with one is rarely that it is a number. */
static void describe(char out[FOUND_MAX], const struct wva_value *value)
{
    if (value->kind == WVA_NUMBER)
        snprintf(out, FOUND_MAX, "%.40s", value->text);
    else if (value->kind == WVA_STRING)
        snprintf(out, FOUND_MAX, "string of %zu bytes", value->len);
    else
        snprintf(out, FOUND_MAX, "%s", wva_kind_name(value->kind));
}

static const char *dot_before(const char *name)
{
    return name == NULL ? "" : ".";
}

static const char *or_empty(const char *name)
{
    return name == NULL ? "" : name;
}

/* `group` and `name` may be NULL: what is wrong is then the object around. */
static int refuse(const struct wva_value *value, const char *expected, const char *where,
                  const char *group, const char *name, struct wva_error *err)
{
    char found[FOUND_MAX];

    describe(found, value);
    return wva_error_set(err, WVA_E_INPUT, "%s%s%s%s%s: %s expected, %s found", where,
                         dot_before(group), or_empty(group), dot_before(name), or_empty(name),
                         expected, found);
}

static bool is_absent(const struct wva_value *value)
{
    return value == NULL || value->kind == WVA_NULL;
}

int wva_field_get(struct wva_arena *arena, const struct wva_value *object,
                  const struct wva_field *field, const char *where, void *base,
                  struct wva_error *err)
{
    const char *group = field->group;
    const struct wva_value *parent = group == NULL ? object : wva_object_get(object, group);

    if (is_absent(parent))
        return 0;
    if (parent->kind != WVA_OBJECT)
        return refuse(parent, "object", where, group, NULL, err);
    const struct wva_value *value = wva_object_get(parent, field->name);

    if (is_absent(value) ||
        kinds[field->kind].take(arena, value, (char *)base + field->offset, field->size))
        return 0;
    return refuse(value, kinds[field->kind].expected, where, group, field->name, err);
}

int wva_fields_get(struct wva_arena *arena, const struct wva_value *object,
                   const struct wva_field *fields, size_t count, const char *where, void *base,
                   struct wva_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (wva_field_get(arena, object, &fields[i], where, base, err) < 0)
            return -1;
    }
    return 0;
}
