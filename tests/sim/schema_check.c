// SPDX-License-Identifier: Apache-2.0
// Objects against the schema: unknown fields (apimachinery's strict decoder), wrong types in
// built-in types (Go's decoder stops at the first) and in CRDs (the OpenAPI validator lists all),
// defaults.

#include "schema.h"

#include "wva/codec/json.h"
#include "wva/util/mem.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <regex.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void sim_findings_init(struct sim_findings *findings, struct wva_arena *arena)
{
    *findings = (struct sim_findings){.arena = arena};
    findings->last = &findings->first;
}

void sim_findings_add(struct sim_findings *findings, const char *field, const char *reason,
                      const char *fmt, ...)
{
    struct sim_finding *finding = wva_arena_alloc(findings->arena, sizeof(*finding));
    va_list args;
    va_start(args, fmt);
    finding->text = wva_arena_vprintf(findings->arena, fmt, args);
    va_end(args);
    finding->field = field;
    finding->reason = reason;
    *findings->last = finding;
    findings->last = &finding->next;
    findings->count++;
}

static const char *member_path(struct wva_arena *arena, const char *path, const char *name)
{
    return path[0] == '\0' ? wva_arena_strdup(arena, name)
                           : wva_arena_printf(arena, "%s.%s", path, name);
}

static const char *element_path(struct wva_arena *arena, const char *path, size_t index)
{
    return wva_arena_printf(arena, "%s[%zu]", path, index);
}

/* "path[0]", or "path[name=\"x\"]" for findings that want keys. */
static const char *item_path(const struct sim_findings *findings, const struct sim_field *field,
                             const char *path, const struct wva_value *item, size_t index)
{
    const char *text = "";
    if (!findings->keyed || field->container != SIM_LIST_MAP)
        return element_path(findings->arena, path, index);
    for (const char *const *key = field->keys; *key != NULL; key++) {
        const struct wva_value *value = sim_item_key(item, *key);
        text =
            wva_arena_printf(findings->arena, "%s%s%s=%s", text, text[0] != '\0' ? "," : "", *key,
                             value != NULL ? wva_json_text(findings->arena, value) : "null");
    }
    return wva_arena_printf(findings->arena, "%s[%s]", path, text);
}

static void prune_field(const struct sim_field *field, struct wva_value *value, const char *path,
                        struct sim_findings *unknown);

static void prune_struct(const struct sim_struct *type, struct wva_value *value, const char *path,
                         struct sim_findings *unknown)
{
    if (value == NULL || value->kind != WVA_OBJECT)
        return;
    for (size_t i = 0; i < value->count;) {
        const char *name = value->members[i].name;
        const char *below = member_path(unknown->arena, path, name);
        const struct sim_field *field = sim_schema_field(type, name);
        bool root =
            path[0] == '\0' && (strcmp(name, "apiVersion") == 0 || strcmp(name, "kind") == 0);
        if (field == NULL && !type->any && !root) {
            sim_findings_add(unknown, below, "unknown", "unknown field \"%s\"", below);
            (void)wva_object_remove(value, name);
            continue;
        }
        if (field != NULL)
            prune_field(field, value->members[i].value, below, unknown);
        i++;
    }
}

static void prune_field(const struct sim_field *field, struct wva_value *value, const char *path,
                        struct sim_findings *unknown)
{
    if (field->shape != SIM_STRUCT || value == NULL)
        return;
    if (field->container == SIM_ONE) {
        prune_struct(field->type, value, path, unknown);
    } else if (field->container == SIM_MAP && value->kind == WVA_OBJECT) {
        for (size_t i = 0; i < value->count; i++)
            prune_struct(field->type, value->members[i].value,
                         member_path(unknown->arena, path, value->members[i].name), unknown);
    } else if (value->kind == WVA_ARRAY) {
        for (size_t i = 0; i < value->count; i++)
            prune_struct(field->type, value->items[i],
                         item_path(unknown, field, path, value->items[i], i), unknown);
    }
}

void sim_schema_prune(const struct sim_struct *type, struct wva_value *value,
                      struct sim_findings *unknown)
{
    prune_struct(type, value, "", unknown);
}

/* Go's decoder. */

static bool integer_fits(const struct wva_value *value, enum sim_shape shape)
{
    int64_t number = 0;
    return wva_value_i64(value, &number) &&
           (shape == SIM_INT64 || (number >= INT32_MIN && number <= INT32_MAX));
}

static bool scalar_fits(enum sim_shape shape, const struct wva_value *value)
{
    switch (shape) {
    case SIM_STRING:
    case SIM_TIME:
        return value->kind == WVA_STRING;
    case SIM_INT32:
    case SIM_INT64:
        return value->kind == WVA_NUMBER && integer_fits(value, shape);
    case SIM_BOOL:
        return value->kind == WVA_BOOL;
    case SIM_NUMBER:
        return value->kind == WVA_NUMBER;
    case SIM_QUANTITY:
        return value->kind == WVA_NUMBER ||
               (value->kind == WVA_STRING && wva_check_quantity(value->text) == 0);
    case SIM_INT_OR_STRING:
        return value->kind == WVA_STRING || integer_fits(value, SIM_INT32);
    case SIM_STRUCT:
        return value->kind == WVA_OBJECT;
    case SIM_ANY:
        break;
    }
    return true;
}

static const char *go_kind(const struct wva_value *value)
{
    static const char *const names[] = {"null", "bool", "number", "string", "array", "object"};
    return names[value->kind];
}

static const char *go_type(struct wva_arena *arena, const struct sim_field *field, bool element)
{
    static const char *const names[] = {
        "interface {}",       "string", "int32", "int64", "bool", "float64", "resource.Quantity",
        "intstr.IntOrString", "v1.Time"};
    const char *name = field->shape == SIM_STRUCT
                           ? wva_arena_printf(arena, "v1.%s", field->type->name)
                           : names[field->shape];
    if (element || field->container == SIM_ONE)
        return name;
    return wva_arena_printf(arena, field->container == SIM_MAP ? "map[string]%s" : "[]%s", name);
}

struct go_decoder {
    struct wva_arena *arena;
    const char *error;
};

static void go_struct(struct go_decoder *go, const struct sim_struct *type,
                      const struct wva_value *value, const char *path);

static void go_mismatch(struct go_decoder *go, const struct sim_struct *owner,
                        const struct sim_field *field, bool element, const struct wva_value *value,
                        const char *path)
{
    if (field->shape == SIM_QUANTITY && value->kind == WVA_STRING) {
        go->error = "quantities must match the regular expression "
                    "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
        return;
    }
    const char *kind = go_kind(value);
    if (value->kind == WVA_NUMBER && (field->shape == SIM_INT32 || field->shape == SIM_INT64))
        kind = wva_arena_printf(go->arena, "number %s", value->text);
    go->error = wva_arena_printf(go->arena,
                                 "json: cannot unmarshal %s into Go struct field %s.%s of type %s",
                                 kind, owner->name, path, go_type(go->arena, field, element));
}

static void go_element(struct go_decoder *go, const struct sim_struct *owner,
                       const struct sim_field *field, bool element, const struct wva_value *value,
                       const char *path)
{
    if (go->error != NULL || value->kind == WVA_NULL)
        return;
    if (!scalar_fits(field->shape, value))
        go_mismatch(go, owner, field, element, value, path);
    else if (field->shape == SIM_STRUCT)
        go_struct(go, field->type, value, path);
}

static void go_field(struct go_decoder *go, const struct sim_struct *owner,
                     const struct sim_field *field, const struct wva_value *value, const char *path)
{
    if (value->kind == WVA_NULL)
        return;
    if (field->container == SIM_ONE) {
        go_element(go, owner, field, false, value, path);
        return;
    }
    bool map = field->container == SIM_MAP;
    if (value->kind != (map ? WVA_OBJECT : WVA_ARRAY)) {
        go_mismatch(go, owner, field, false, value, path);
        return;
    }
    for (size_t i = 0; i < value->count; i++)
        go_element(go, owner, field, true, map ? value->members[i].value : value->items[i], path);
}

static void go_struct(struct go_decoder *go, const struct sim_struct *type,
                      const struct wva_value *value, const char *path)
{
    for (size_t i = 0; i < value->count && go->error == NULL; i++) {
        const struct sim_field *field = sim_schema_field(type, value->members[i].name);
        if (field != NULL)
            go_field(go, type, field, value->members[i].value,
                     member_path(go->arena, path, field->name));
    }
}

const char *sim_schema_go_error(const struct sim_struct *type, const struct wva_value *value,
                                struct wva_arena *arena)
{
    struct go_decoder go = {.arena = arena};
    if (value->kind == WVA_OBJECT)
        go_struct(&go, type, value, "");
    return go.error;
}

/* The OpenAPI validator of CRDs. */

static void validate_struct(const struct sim_struct *type, const struct wva_value *value,
                            const char *path, struct sim_findings *invalid);

static const char *openapi_kind(const struct wva_value *value)
{
    int64_t ignored = 0;
    if (value->kind == WVA_NUMBER && wva_value_i64(value, &ignored))
        return "integer";
    static const char *const names[] = {"null", "boolean", "number", "string", "array", "object"};
    return names[value->kind];
}

static const char *openapi_type(const struct sim_field *field, bool element)
{
    static const char *const names[] = {"object", "string", "integer", "integer", "boolean",
                                        "number", "string", "string",  "string",  "object"};
    if (!element && field->container == SIM_MAP)
        return "object";
    return !element && field->container != SIM_ONE ? "array" : names[field->shape];
}

static void wrong_type(struct sim_findings *invalid, const char *path,
                       const struct wva_value *value, const char *wanted)
{
    sim_findings_add(invalid, path, "FieldValueTypeInvalid",
                     "Invalid value: \"%s\": %s in body must be of type %s: \"%s\"",
                     openapi_kind(value), path, wanted, openapi_kind(value));
}

/* ECMA's \d is unknown to POSIX. */
static bool matches(struct wva_arena *arena, const char *pattern, const char *text)
{
    size_t count = 0;
    char **parts = wva_str_split(arena, pattern, '\\', &count);
    const char *posix = parts[0];
    for (size_t i = 1; i < count; i++)
        posix = parts[i][0] == 'd' ? wva_arena_printf(arena, "%s[0-9]%s", posix, parts[i] + 1)
                                   : wva_arena_printf(arena, "%s\\%s", posix, parts[i]);
    regex_t regex;
    if (regcomp(&regex, posix, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    bool matched = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return matched;
}

static void validate_scalar(const struct sim_field *field, const struct wva_value *value,
                            const char *path, struct sim_findings *invalid)
{
    double number = 0;
    if (value->kind == WVA_STRING && (int64_t)value->len < field->min_length)
        sim_findings_add(invalid, path, "FieldValueInvalid",
                         "Invalid value: \"%s\": %s in body should be at least %lld chars long",
                         value->text, path, (long long)field->min_length);
    if (value->kind == WVA_STRING && field->pattern != NULL &&
        !matches(invalid->arena, field->pattern, value->text))
        sim_findings_add(invalid, path, "FieldValueInvalid",
                         "Invalid value: \"%s\": %s in body should match '%s'", value->text, path,
                         field->pattern);
    if (field->has_min && wva_value_double(value, &number) && number < (double)field->min)
        sim_findings_add(invalid, path, "FieldValueInvalid",
                         "Invalid value: %s: %s in body should be greater than or equal to %lld",
                         value->text, path, (long long)field->min);
}

static void validate_element(const struct sim_field *field, bool element,
                             const struct wva_value *value, const char *path,
                             struct sim_findings *invalid)
{
    if (!scalar_fits(field->shape, value)) {
        wrong_type(invalid, path, value, openapi_type(field, element));
        return;
    }
    if (field->shape == SIM_STRUCT)
        validate_struct(field->type, value, path, invalid);
    else
        validate_scalar(field, value, path, invalid);
}

static void validate_list(const struct sim_field *field, const struct wva_value *value,
                          const char *path, struct sim_findings *invalid)
{
    if ((int64_t)value->count < field->min_items)
        sim_findings_add(invalid, path, "FieldValueInvalid",
                         "Invalid value: %zu: %s in body should have at least %lld items",
                         value->count, path, (long long)field->min_items);
    for (size_t i = 0; i < value->count; i++)
        validate_element(field, true, value->items[i], element_path(invalid->arena, path, i),
                         invalid);
}

static void validate_map(const struct sim_field *field, const struct wva_value *value,
                         const char *path, struct sim_findings *invalid)
{
    if ((int64_t)value->count < field->min_properties)
        sim_findings_add(invalid, path, "FieldValueInvalid",
                         "Invalid value: %zu: %s in body should have at least %lld properties",
                         value->count, path, (long long)field->min_properties);
    for (size_t i = 0; i < value->count; i++)
        validate_element(field, true, value->members[i].value,
                         member_path(invalid->arena, path, value->members[i].name), invalid);
}

static void validate_field(const struct sim_field *field, const struct wva_value *value,
                           const char *path, struct sim_findings *invalid)
{
    if (field->container == SIM_ONE)
        validate_element(field, false, value, path, invalid);
    else if (value->kind != (field->container == SIM_MAP ? WVA_OBJECT : WVA_ARRAY))
        wrong_type(invalid, path, value, openapi_type(field, false));
    else if (field->container == SIM_MAP)
        validate_map(field, value, path, invalid);
    else
        validate_list(field, value, path, invalid);
}

static void validate_struct(const struct sim_struct *type, const struct wva_value *value,
                            const char *path, struct sim_findings *invalid)
{
    for (size_t i = 0; i < type->count; i++) {
        const struct sim_field *field = &type->fields[i];
        const struct wva_value *member = wva_object_get(value, field->name);
        const char *below = member_path(invalid->arena, path, field->name);
        if (member != NULL)
            validate_field(field, member, below, invalid);
        else if (field->required)
            sim_findings_add(invalid, below, "FieldValueRequired", "Required value");
    }
}

void sim_schema_validate(const struct sim_struct *type, const struct wva_value *value,
                         struct sim_findings *invalid)
{
    validate_struct(type, value, "", invalid);
}

void sim_schema_default(const struct sim_struct *type, struct wva_arena *arena,
                        struct wva_value *value)
{
    if (value == NULL || value->kind != WVA_OBJECT)
        return;
    for (size_t i = 0; i < type->count; i++) {
        const struct sim_field *field = &type->fields[i];
        struct wva_value *member = wva_object_get(value, field->name);
        struct wva_error err = {0};
        struct wva_value *fallback = NULL;
        if (member == NULL && field->default_text != NULL &&
            wva_json_parse(arena, field->default_text, strlen(field->default_text),
                           &(struct wva_json_options){.name = "a default"}, &fallback, &err) == 0)
            wva_object_set(arena, value, field->name, fallback);
        if (member != NULL && field->shape == SIM_STRUCT && field->container == SIM_ONE)
            sim_schema_default(field->type, arena, member);
    }
}
