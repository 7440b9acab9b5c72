// SPDX-License-Identifier: Apache-2.0
// Turns the schema texts into tables and answers questions about places in objects.

#include "schema.h"
#include "schema_text.h"

#include "wva/util/mem.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define STRUCTS_MAX 96

struct sim_schemas {
    struct wva_arena arena;
    struct sim_struct structs[STRUCTS_MAX];
    size_t count;
};

static struct sim_struct *find_struct(struct sim_schemas *schemas, const char *name)
{
    for (size_t i = 0; i < schemas->count; i++)
        if (strcmp(schemas->structs[i].name, name) == 0)
            return &schemas->structs[i];
    return NULL;
}

static bool read_scalar(const char *name, enum sim_shape *ret)
{
    static const struct {
        const char *name;
        enum sim_shape shape;
    } shapes[] = {
        {"any", SIM_ANY},           {"string", SIM_STRING}, {"int32", SIM_INT32},
        {"int64", SIM_INT64},       {"bool", SIM_BOOL},     {"number", SIM_NUMBER},
        {"quantity", SIM_QUANTITY}, {"time", SIM_TIME},     {"intstr", SIM_INT_OR_STRING},
    };
    for (size_t i = 0; i < WVA_COUNT(shapes); i++)
        if (strcmp(shapes[i].name, name) == 0) {
            *ret = shapes[i].shape;
            return true;
        }
    return false;
}

/* "[]", "[k,l]", "[=]", "{}" before the type's name; returns what follows. */
static const char *read_container(struct wva_arena *arena, const char *text,
                                  struct sim_field *field)
{
    if (wva_str_has_prefix(text, "{}")) {
        field->container = SIM_MAP;
        return text + 2;
    }
    if (text[0] != '[')
        return text;
    const char *inner = wva_arena_strndup(arena, text + 1, strcspn(text + 1, "]"));
    if (inner[0] == '\0') {
        field->container = SIM_LIST;
    } else if (strcmp(inner, "=") == 0) {
        field->container = SIM_LIST_SET;
    } else {
        size_t count = 0;
        char **keys = wva_str_split(arena, inner, ',', &count);
        field->container = SIM_LIST_MAP;
        for (size_t i = 0; i < count && i < SIM_KEYS_MAX; i++)
            field->keys[i] = keys[i];
    }
    return text + strlen(inner) + 2;
}

static void read_constraint(struct sim_field *field, const char *text)
{
    const char *value = strchr(text, '=') + 1;
    int64_t number = 0;
    (void)!wva_parse_i64(value, strlen(value), &number);
    if (wva_str_has_prefix(text, "min=")) {
        field->has_min = true;
        field->min = number;
    } else if (wva_str_has_prefix(text, "minLength="))
        field->min_length = number;
    else if (wva_str_has_prefix(text, "minItems="))
        field->min_items = number;
    else if (wva_str_has_prefix(text, "minProperties="))
        field->min_properties = number;
    else if (wva_str_has_prefix(text, "pattern="))
        field->pattern = value;
    else if (wva_str_has_prefix(text, "default="))
        field->default_text = value;
}

/* "name!:[k]Type@;min=1" */
static void read_field(struct sim_schemas *schemas, char *text, struct sim_field *field)
{
    size_t count = 0;
    char **parts = wva_str_split(&schemas->arena, text, ';', &count);
    char *colon = strchr(parts[0], ':');
    const char *type = read_container(&schemas->arena, colon + 1, field);
    field->atomic = wva_str_has_suffix(type, "@");
    type = wva_arena_strndup(&schemas->arena, type, strlen(type) - field->atomic);
    field->required = colon[-1] == '!';
    colon[field->required ? -1 : 0] = '\0';
    field->name = parts[0];
    if (!read_scalar(type, &field->shape)) {
        field->shape = SIM_STRUCT;
        field->type = find_struct(schemas, type);
        assert(field->type != NULL);
    }
    for (size_t i = 1; i < count; i++)
        read_constraint(field, parts[i]);
}

static void read_struct(struct sim_schemas *schemas, const char *text)
{
    size_t count = 0;
    char **words = wva_str_split(&schemas->arena, text, ' ', &count);
    struct sim_struct *type = find_struct(schemas, words[0]);
    type->fields = wva_arena_calloc(&schemas->arena, count, sizeof(*type->fields));
    for (size_t i = 1; i < count; i++) {
        if (strcmp(words[i], "...") == 0)
            type->any = true;
        else
            read_field(schemas, words[i], &type->fields[type->count++]);
    }
}

static void declare(struct sim_schemas *schemas, const char *const *texts)
{
    for (; *texts != NULL; texts++) {
        assert(schemas->count < STRUCTS_MAX);
        struct sim_struct *type = &schemas->structs[schemas->count++];
        type->name = wva_arena_strndup(&schemas->arena, *texts, strcspn(*texts, " "));
        type->root = wva_arena_alloc(&schemas->arena, sizeof(*type->root));
        *type->root = (struct sim_field){.name = "", .shape = SIM_STRUCT, .type = type};
    }
}

static void define(struct sim_schemas *schemas, const char *const *texts)
{
    for (; *texts != NULL; texts++)
        read_struct(schemas, *texts);
}

void sim_schemas_init(struct sim *sim)
{
    const char *const *va = sim_schema_va(sim->options.va_release);
    sim->schemas = wva_xcalloc(1, sizeof(*sim->schemas));
    declare(sim->schemas, sim_schema_builtin);
    if (va != NULL)
        declare(sim->schemas, va);
    define(sim->schemas, sim_schema_builtin);
    if (va != NULL)
        define(sim->schemas, va);
}

void sim_schemas_done(struct sim *sim)
{
    if (sim->schemas == NULL)
        return;
    wva_arena_done(&sim->schemas->arena);
    free(sim->schemas);
    sim->schemas = NULL;
}

const struct sim_struct *sim_schema_named(const struct sim *sim, const char *name)
{
    return find_struct(sim->schemas, name);
}

const struct sim_struct *sim_schema_of(const struct sim *sim, const struct sim_type *type)
{
    return find_struct(sim->schemas, type->kind);
}

const struct sim_field *sim_schema_field(const struct sim_struct *type, const char *name)
{
    for (size_t i = 0; i < type->count; i++)
        if (strcmp(type->fields[i].name, name) == 0)
            return &type->fields[i];
    return NULL;
}

struct sim_place sim_place_root(const struct sim *sim, const struct sim_type *type)
{
    const struct sim_struct *root = sim_schema_of(sim, type);
    return (struct sim_place){root != NULL ? root->root : NULL, false};
}

static bool is_struct(struct sim_place place)
{
    return place.field != NULL && place.field->shape == SIM_STRUCT &&
           (place.element || place.field->container == SIM_ONE);
}

struct sim_place sim_place_member(struct sim_place place, const char *name)
{
    if (is_struct(place))
        return (struct sim_place){sim_schema_field(place.field->type, name), false};
    if (place.field != NULL && place.field->container == SIM_MAP && !place.element)
        return (struct sim_place){place.field, true};
    return (struct sim_place){0};
}

struct sim_place sim_place_element(struct sim_place place)
{
    return (struct sim_place){place.field, true};
}

enum sim_merge sim_merge_of(struct sim_place place, const struct wva_value *value)
{
    if (value == NULL || (value->kind != WVA_OBJECT && value->kind != WVA_ARRAY))
        return SIM_LEAF;
    if (value->kind == WVA_OBJECT)
        return place.field != NULL && place.field->atomic && !place.element ? SIM_LEAF
                                                                            : SIM_MEMBERS;
    if (place.field == NULL || place.element)
        return SIM_LEAF;
    if (place.field->container == SIM_LIST_MAP)
        return SIM_ITEMS_BY_KEY;
    return place.field->container == SIM_LIST_SET ? SIM_ITEMS_BY_VALUE : SIM_LEAF;
}

const struct wva_value *sim_item_key(const struct wva_value *item, const char *key)
{
    static const struct wva_value tcp = {.kind = WVA_STRING, .text = "TCP", .len = 3};
    const struct wva_value *value = wva_object_get(item, key);
    if (value == NULL && strcmp(key, "protocol") == 0)
        return &tcp;
    return value;
}

struct wva_value *sim_item_like(struct sim_place list_place, const struct wva_value *list,
                                const struct wva_value *item, size_t *ret_index)
{
    const char *const *keys = list_place.field->keys;
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        bool same = true;
        for (size_t k = 0; keys[k] != NULL; k++)
            same = same && wva_value_equal(sim_item_key(list->items[i], keys[k]),
                                           sim_item_key(item, keys[k]));
        if (same) {
            *ret_index = i;
            return list->items[i];
        }
    }
    return NULL;
}
