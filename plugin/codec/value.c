// SPDX-License-Identifier: Apache-2.0
/*
 * The value tree: nodes, one-level and deep access, comparison.
 *
 * Trees that were parsed are at most WVA_JSON_DEPTH_MAX deep and trees made by us are shallower, so
 * the functions that visit a whole tree may recurse. Members are looked up linearly: a Kubernetes
 * object has a handful in any one place.
 */
#include "wva/codec/value.h"

#include "value_priv.h"

#include "wva/util/mem.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOT_FOUND     SIZE_MAX
#define FIRST_CAP     4
#define I64_TEXT_MAX  32
#define EXACT_INT_MAX 9007199254740992.0 /* 2^53: the doubles up to here are exact integers */

const char *wva_kind_name(enum wva_kind kind)
{
    static const char *const names[] = {
        [WVA_NULL] = "null",     [WVA_BOOL] = "boolean", [WVA_NUMBER] = "number",
        [WVA_STRING] = "string", [WVA_ARRAY] = "array",  [WVA_OBJECT] = "object",
    };
    return names[kind];
}

static struct wva_value *make(struct wva_arena *arena, enum wva_kind kind)
{
    struct wva_value *value = wva_arena_alloc(arena, sizeof(*value));
    value->kind = kind;
    return value;
}

static struct wva_value *make_text(struct wva_arena *arena, enum wva_kind kind, const char *text,
                                   size_t len)
{
    struct wva_value *value = make(arena, kind);
    value->text = wva_arena_strndup(arena, text, len);
    value->len = len;
    return value;
}

struct wva_value *wva_null(struct wva_arena *arena)
{
    return make(arena, WVA_NULL);
}

struct wva_value *wva_bool(struct wva_arena *arena, bool boolean)
{
    struct wva_value *value = make(arena, WVA_BOOL);
    value->boolean = boolean;
    return value;
}

struct wva_value *wva_int(struct wva_arena *arena, int64_t number)
{
    char text[I64_TEXT_MAX];
    int len = snprintf(text, sizeof(text), "%" PRId64, number);
    return make_text(arena, WVA_NUMBER, text, (size_t)len);
}

struct wva_value *wva_double(struct wva_arena *arena, double number)
{
    if (!isfinite(number))
        return wva_null(arena);
    char text[WVA_DOUBLE_TEXT_MAX];
    wva_format_double(text, number);
    return make_text(arena, WVA_NUMBER, text, strlen(text));
}

struct wva_value *wva_string(struct wva_arena *arena, const char *s)
{
    return s ? make_text(arena, WVA_STRING, s, strlen(s)) : wva_null(arena);
}

struct wva_value *wva_stringn(struct wva_arena *arena, const char *s, size_t len)
{
    return make_text(arena, WVA_STRING, s, len);
}

struct wva_value *wva_number_text(struct wva_arena *arena, const char *text, size_t len)
{
    return make_text(arena, WVA_NUMBER, text, len);
}

struct wva_value *wva_array(struct wva_arena *arena)
{
    return make(arena, WVA_ARRAY);
}

struct wva_value *wva_object(struct wva_arena *arena)
{
    return make(arena, WVA_OBJECT);
}

struct wva_value *wva_clone(struct wva_arena *arena, const struct wva_value *value)
{
    struct wva_value *copy = make(arena, value->kind);
    copy->boolean = value->boolean;
    copy->line = value->line;
    if (value->text) {
        copy->text = wva_arena_strndup(arena, value->text, value->len);
        copy->len = value->len;
    }
    copy->count = copy->cap = value->count;
    if (value->kind == WVA_ARRAY) {
        copy->items = wva_arena_calloc(arena, value->count, sizeof(*copy->items));
        for (size_t i = 0; i < value->count; i++)
            copy->items[i] = wva_clone(arena, value->items[i]);
    }
    if (value->kind == WVA_OBJECT) {
        copy->members = wva_arena_calloc(arena, value->count, sizeof(*copy->members));
        for (size_t i = 0; i < value->count; i++) {
            copy->members[i].name = wva_arena_strdup(arena, value->members[i].name);
            copy->members[i].value = wva_clone(arena, value->members[i].value);
        }
    }
    return copy;
}

static size_t find_member(const struct wva_value *object, const char *name)
{
    if (!object || object->kind != WVA_OBJECT)
        return NOT_FOUND;
    for (size_t i = 0; i < object->count; i++) {
        if (strcmp(object->members[i].name, name) == 0)
            return i;
    }
    return NOT_FOUND;
}

struct wva_value *wva_object_get(const struct wva_value *object, const char *name)
{
    size_t i = find_member(object, name);
    return i == NOT_FOUND ? NULL : object->members[i].value;
}

/* Room for one more child of `size` bytes. An arena cannot release, so the space of the smaller
 * list is lost; doubling keeps that below the size of the list itself. */
static void *grow(struct wva_arena *arena, struct wva_value *value, void *children, size_t size)
{
    if (value->count < value->cap)
        return children;
    value->cap = value->cap ? value->cap * 2 : FIRST_CAP;
    void *grown = wva_arena_calloc(arena, value->cap, size);
    if (value->count)
        memcpy(grown, children, value->count * size);
    return grown;
}

void wva_object_append(struct wva_arena *arena, struct wva_value *object, const char *name,
                       struct wva_value *value)
{
    object->members = grow(arena, object, object->members, sizeof(*object->members));
    object->members[object->count++] = (struct wva_member){.name = name, .value = value};
}

static int compare_names(const void *a, const void *b)
{
    const char *const *name_a = a, *const *name_b = b;
    return strcmp(*name_a, *name_b);
}

const char *wva_object_duplicate(const struct wva_value *object)
{
    wva_autofree const char **names = wva_xcalloc(object->count + 1, sizeof(*names));
    for (size_t i = 0; i < object->count; i++)
        names[i] = object->members[i].name;
    qsort(names, object->count, sizeof(*names), compare_names);
    for (size_t i = 1; i < object->count; i++) {
        if (strcmp(names[i - 1], names[i]) == 0)
            return names[i];
    }
    return NULL;
}

void wva_object_set(struct wva_arena *arena, struct wva_value *object, const char *name,
                    struct wva_value *value)
{
    assert(object->kind == WVA_OBJECT);
    size_t i = find_member(object, name);
    if (i != NOT_FOUND) {
        object->members[i].value = value;
        return;
    }
    wva_object_append(arena, object, wva_arena_strdup(arena, name), value);
}

bool wva_object_remove(struct wva_value *object, const char *name)
{
    size_t i = find_member(object, name);
    if (i == NOT_FOUND)
        return false;
    object->count--;
    memmove(&object->members[i], &object->members[i + 1],
            (object->count - i) * sizeof(*object->members));
    return true;
}

void wva_array_append(struct wva_arena *arena, struct wva_value *array, struct wva_value *value)
{
    assert(array->kind == WVA_ARRAY);
    array->items = grow(arena, array, array->items, sizeof(*array->items));
    array->items[array->count++] = value;
}

void wva_array_remove(struct wva_value *array, size_t index)
{
    assert(array->kind == WVA_ARRAY && index < array->count);
    array->count--;
    memmove(&array->items[index], &array->items[index + 1],
            (array->count - index) * sizeof(*array->items));
}

struct wva_value *wva_array_named(const struct wva_value *array, const char *name)
{
    if (!array || array->kind != WVA_ARRAY || !name)
        return NULL;
    for (size_t i = 0; i < array->count; i++)
        if (wva_str_eq(wva_get_str(array->items[i], "name"), name))
            return array->items[i];
    return NULL;
}

/* Where the child named `key` of `parent` is kept; NULL when there is none. */
static struct wva_value **slot(const struct wva_value *parent, const char *key)
{
    if (parent && parent->kind == WVA_ARRAY) {
        int64_t index = -1;
        if (wva_parse_i64(key, strlen(key), &index) < 0 || index < 0)
            return NULL;
        return (uint64_t)index < parent->count ? &parent->items[index] : NULL;
    }
    size_t i = find_member(parent, key);
    return i == NOT_FOUND ? NULL : &parent->members[i].value;
}

struct wva_value *wva_value_at(const struct wva_value *root, const char *const *keys)
{
    assert(keys[0]);
    struct wva_value **at = slot(root, *keys);
    while (at && *++keys)
        at = slot(*at, *keys);
    return at ? *at : NULL;
}

static bool is_container(const struct wva_value *value)
{
    return value->kind == WVA_OBJECT || value->kind == WVA_ARRAY;
}

static void put_child(struct wva_arena *arena, struct wva_value *parent, const char *key,
                      struct wva_value *value)
{
    struct wva_value **at = slot(parent, key);
    if (at)
        *at = value;
    else if (parent->kind == WVA_OBJECT)
        wva_object_set(arena, parent, key, value);
    else
        assert(!"a deep put never makes an array element");
}

void wva_value_put(struct wva_arena *arena, struct wva_value *root, struct wva_value *value,
                   const char *const *keys)
{
    assert(is_container(root) && keys[0]);
    struct wva_value *parent = root;
    for (; keys[1]; keys++) {
        struct wva_value **at = slot(parent, *keys);
        struct wva_value *child = at ? *at : NULL;
        if (!child || !is_container(child)) {
            child = wva_object(arena);
            put_child(arena, parent, *keys, child);
        }
        parent = child;
    }
    put_child(arena, parent, *keys, value);
}

bool wva_value_remove_at(struct wva_value *root, const char *const *keys)
{
    assert(keys[0]);
    struct wva_value *parent = root;
    for (; keys[1]; keys++) {
        struct wva_value **at = slot(parent, *keys);
        if (!at)
            return false;
        parent = *at;
    }
    if (!parent || parent->kind != WVA_ARRAY)
        return wva_object_remove(parent, *keys);
    struct wva_value **at = slot(parent, *keys);
    if (at)
        wva_array_remove(parent, (size_t)(at - parent->items));
    return at != NULL;
}

const char *wva_value_str(const struct wva_value *value)
{
    return value && value->kind == WVA_STRING ? value->text : NULL;
}

bool wva_value_bool(const struct wva_value *value, bool fallback)
{
    return value && value->kind == WVA_BOOL ? value->boolean : fallback;
}

bool wva_value_double(const struct wva_value *value, double *ret)
{
    return value && value->kind == WVA_NUMBER &&
           wva_parse_double(value->text, value->len, ret) == 0;
}

bool wva_value_i64(const struct wva_value *value, int64_t *ret)
{
    if (!value || value->kind != WVA_NUMBER)
        return false;
    if (wva_parse_i64(value->text, value->len, ret) == 0)
        return true;
    double number; /* "1.0" and "1e3" are integers too */
    if (!wva_value_double(value, &number) || number > EXACT_INT_MAX || number < -EXACT_INT_MAX)
        return false;
    int64_t whole = (int64_t)number;
    if ((double)whole != number)
        return false;
    *ret = whole;
    return true;
}

static bool same_number(const struct wva_value *a, const struct wva_value *b)
{
    int64_t int_a, int_b;
    if (wva_parse_i64(a->text, a->len, &int_a) == 0 && wva_parse_i64(b->text, b->len, &int_b) == 0)
        return int_a == int_b;
    double double_a, double_b;
    if (wva_value_double(a, &double_a) && wva_value_double(b, &double_b))
        return double_a == double_b;
    return wva_str_eq(a->text, b->text);
}

static bool same_scalar(const struct wva_value *a, const struct wva_value *b)
{
    if (a->kind == WVA_BOOL)
        return a->boolean == b->boolean;
    if (a->kind == WVA_NUMBER)
        return same_number(a, b);
    if (a->kind == WVA_STRING)
        return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
    return true;
}

static bool covers(const struct wva_value *whole, const struct wva_value *part, bool exactly);

static bool covers_items(const struct wva_value *whole, const struct wva_value *part, bool exactly)
{
    if (whole->count != part->count)
        return false;
    for (size_t i = 0; i < part->count; i++) {
        if (!covers(whole->items[i], part->items[i], exactly))
            return false;
    }
    return true;
}

static bool covers_members(const struct wva_value *whole, const struct wva_value *part,
                           bool exactly)
{
    if (exactly && whole->count != part->count)
        return false;
    for (size_t i = 0; i < part->count; i++) {
        const struct wva_value *found = wva_object_get(whole, part->members[i].name);
        if (!found || !covers(found, part->members[i].value, exactly))
            return false;
    }
    return true;
}

/* `exactly`: objects have no further members either. */
static bool covers(const struct wva_value *whole, const struct wva_value *part, bool exactly)
{
    if (!whole || !part)
        return whole == part;
    if (whole->kind != part->kind)
        return false;
    if (part->kind == WVA_ARRAY)
        return covers_items(whole, part, exactly);
    if (part->kind == WVA_OBJECT)
        return covers_members(whole, part, exactly);
    return same_scalar(whole, part);
}

bool wva_value_equal(const struct wva_value *a, const struct wva_value *b)
{
    return covers(a, b, true);
}

bool wva_value_contains(const struct wva_value *whole, const struct wva_value *part)
{
    return covers(whole, part, false);
}
