// SPDX-License-Identifier: Apache-2.0
// JSON patch (RFC 6902) with JSON pointers (RFC 6901).

#include "patch.h"

#include "wva/util/mem.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <string.h>

/* Where a pointer leads: the container and the last token in it; `parent` NULL is the root itself.
 */
struct spot {
    struct wva_value *parent;
    const char *token;
    size_t index; /* in an array; its count for "-" */
};

static const char *unescape(struct wva_arena *arena, const char *token)
{
    char *text = wva_arena_strdup(arena, token);
    char *out = text;
    for (const char *c = text; *c != '\0'; c++) {
        if (c[0] == '~' && (c[1] == '0' || c[1] == '1'))
            *out++ = *++c == '0' ? '~' : '/';
        else
            *out++ = *c;
    }
    *out = '\0';
    return text;
}

/* An index up to and including the count; -1 for anything else. */
static int64_t array_index(const struct wva_value *array, const char *token)
{
    int64_t index = 0;
    if (strcmp(token, "-") == 0)
        return (int64_t)array->count;
    if (wva_parse_i64(token, strlen(token), &index) < 0 || index < 0 ||
        index > (int64_t)array->count)
        return -1;
    return index;
}

static struct wva_value *child(const struct wva_value *value, const char *token)
{
    if (value->kind == WVA_OBJECT)
        return wva_object_get(value, token);
    int64_t index = value->kind == WVA_ARRAY ? array_index(value, token) : -1;
    return index >= 0 && index < (int64_t)value->count ? value->items[index] : NULL;
}

static int find_spot(struct wva_arena *arena, struct wva_value *root, const char *pointer,
                     struct spot *ret, struct wva_error *err)
{
    size_t count = 0;
    char **tokens = wva_str_split(arena, pointer, '/', &count);
    struct spot spot = {0};
    struct wva_value *at = root;
    if (pointer[0] != '/' && pointer[0] != '\0')
        return wva_error_set(err, WVA_E_INVALID, "not a JSON pointer: \"%s\"", pointer);
    for (size_t i = 1; i < count; i++) {
        if (at == NULL)
            return wva_error_set(err, WVA_E_INVALID, "doc is missing path: \"%s\"", pointer);
        spot.parent = at;
        spot.token = unescape(arena, tokens[i]);
        at = child(at, spot.token);
    }
    if (spot.parent != NULL && spot.parent->kind == WVA_ARRAY) {
        int64_t index = array_index(spot.parent, spot.token);
        if (index < 0)
            return wva_error_set(err, WVA_E_INVALID, "invalid index in \"%s\"", pointer);
        spot.index = (size_t)index;
    } else if (spot.parent != NULL && spot.parent->kind != WVA_OBJECT) {
        return wva_error_set(err, WVA_E_INVALID, "doc is missing path: \"%s\"", pointer);
    }
    *ret = spot;
    return 0;
}

static struct wva_value *value_at(struct wva_value *root, const struct spot *spot)
{
    return spot->parent == NULL ? root : child(spot->parent, spot->token);
}

static void add_at(struct wva_arena *arena, struct wva_value **root, const struct spot *spot,
                   struct wva_value *value)
{
    struct wva_value *parent = spot->parent;
    if (parent == NULL) {
        *root = value;
        return;
    }
    if (parent->kind == WVA_OBJECT) {
        wva_object_set(arena, parent, spot->token, value);
        return;
    }
    wva_array_append(arena, parent, value);
    for (size_t i = parent->count - 1; i > spot->index; i--)
        parent->items[i] = parent->items[i - 1];
    parent->items[spot->index] = value;
}

static void remove_at(const struct spot *spot)
{
    if (spot->parent == NULL)
        return;
    if (spot->parent->kind == WVA_OBJECT)
        (void)wva_object_remove(spot->parent, spot->token);
    else
        wva_array_remove(spot->parent, spot->index);
}

struct operation {
    struct wva_arena *arena;
    struct wva_value **root;
    const struct wva_value *op;
    struct spot spot;       /* of "path" */
    struct wva_value *from; /* move and copy: the value, else NULL */
    struct spot from_spot;
};

static int op_add(struct operation *o, struct wva_error *err)
{
    const struct wva_value *value = wva_object_get(o->op, "value");
    if (value == NULL)
        return wva_error_set(err, WVA_E_INVALID, "add operation without a value");
    add_at(o->arena, o->root, &o->spot, wva_clone(o->arena, value));
    return 0;
}

static int op_remove(struct operation *o, struct wva_error *err)
{
    if (value_at(*o->root, &o->spot) == NULL)
        return wva_error_set(err, WVA_E_INVALID,
                             "remove operation does not apply: doc is missing path: \"%s\"",
                             wva_get_str(o->op, "path"));
    remove_at(&o->spot);
    return 0;
}

static int op_replace(struct operation *o, struct wva_error *err)
{
    if (op_remove(o, err) < 0)
        return -1;
    return op_add(o, err);
}

static int op_test(struct operation *o, struct wva_error *err)
{
    const struct wva_value *wanted = wva_object_get(o->op, "value");
    const struct wva_value *value = value_at(*o->root, &o->spot);
    bool absent = wanted == NULL || wanted->kind == WVA_NULL;
    if (value == NULL ? absent : wva_value_equal(value, wanted))
        return 0;
    return wva_error_set(err, WVA_E_INVALID, "testing value %s failed: test failed",
                         wva_get_str(o->op, "path"));
}

static int op_copy(struct operation *o, struct wva_error *err)
{
    if (o->from == NULL)
        return wva_error_set(err, WVA_E_INVALID, "copy operation does not apply: missing \"from\"");
    add_at(o->arena, o->root, &o->spot, wva_clone(o->arena, o->from));
    return 0;
}

static int op_move(struct operation *o, struct wva_error *err)
{
    if (o->from == NULL)
        return wva_error_set(err, WVA_E_INVALID, "move operation does not apply: missing \"from\"");
    struct wva_value *value = wva_clone(o->arena, o->from);
    remove_at(&o->from_spot);
    add_at(o->arena, o->root, &o->spot, value);
    return 0;
}

static int run(struct operation *o, struct wva_error *err)
{
    static const struct {
        const char *name;
        int (*run)(struct operation *o, struct wva_error *err);
    } operations[] = {
        {"add", op_add},   {"remove", op_remove}, {"replace", op_replace},
        {"test", op_test}, {"copy", op_copy},     {"move", op_move},
    };
    const char *path = wva_get_str(o->op, "path");
    const char *from = wva_get_str(o->op, "from");
    if (path == NULL)
        return wva_error_set(err, WVA_E_INVALID, "operation without a path");
    if (from != NULL && find_spot(o->arena, *o->root, from, &o->from_spot, err) < 0)
        return -1;
    if (from != NULL)
        o->from = value_at(*o->root, &o->from_spot);
    if (find_spot(o->arena, *o->root, path, &o->spot, err) < 0)
        return -1;
    for (size_t i = 0; i < WVA_COUNT(operations); i++)
        if (wva_str_eq(wva_get_str(o->op, "op"), operations[i].name))
            return operations[i].run(o, err);
    return wva_error_set(err, WVA_E_INVALID, "unexpected kind of operation");
}

int patch_json(struct wva_arena *arena, struct wva_value *target, const struct wva_value *patch,
               struct wva_value **ret, struct wva_error *err)
{
    struct wva_value *root = target;
    for (size_t i = 0; i < patch->count; i++) {
        struct operation operation = {.arena = arena, .root = &root, .op = patch->items[i]};
        if (run(&operation, err) < 0)
            return -1;
    }
    *ret = root;
    return 0;
}
