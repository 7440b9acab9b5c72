// SPDX-License-Identifier: Apache-2.0
// Schema tables to OpenAPI v3. References are by component name for the group documents and inlined
// for the CRD, as the real server has them.

#include "openapi.h"

#include "wva/codec/json.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <string.h>

struct writer {
    struct wva_arena *arena;
    bool inlined; /* structs in place instead of $ref */
};

static struct wva_value *struct_schema(const struct writer *w, const struct sim_struct *type);

static void put(struct wva_arena *arena, struct wva_value *object, const char *name,
                const char *text)
{
    wva_put(arena, object, wva_string(arena, text), name);
}

static struct wva_value *scalar_schema(const struct writer *w, enum sim_shape shape)
{
    static const struct {
        const char *type, *format;
    } forms[] = {
        {"object", NULL},     {"string", NULL},        {"integer", "int32"},
        {"integer", "int64"}, {"boolean", NULL},       {"number", NULL},
        {"string", NULL},     {NULL, "int-or-string"}, {"string", "date-time"},
    };
    struct wva_value *schema = wva_object(w->arena);
    if (shape == SIM_ANY) {
        put(w->arena, schema, "type", "object");
        wva_put(w->arena, schema, wva_bool(w->arena, true), "x-kubernetes-preserve-unknown-fields");
        return schema;
    }
    if (forms[shape].type != NULL)
        put(w->arena, schema, "type", forms[shape].type);
    if (forms[shape].format != NULL)
        put(w->arena, schema, "format", forms[shape].format);
    return schema;
}

static struct wva_value *element_schema(const struct writer *w, const struct sim_field *field)
{
    if (field->shape != SIM_STRUCT)
        return scalar_schema(w, field->shape);
    if (w->inlined)
        return struct_schema(w, field->type);
    struct wva_value *schema = wva_object(w->arena);
    put(w->arena, schema, "$ref",
        wva_arena_printf(w->arena, "#/components/schemas/%s", field->type->name));
    return schema;
}

static void put_limit(const struct writer *w, struct wva_value *schema, const char *name,
                      int64_t limit)
{
    if (limit > 0)
        wva_put(w->arena, schema, wva_int(w->arena, limit), name);
}

static void put_constraints(const struct writer *w, const struct sim_field *field,
                            struct wva_value *schema)
{
    struct wva_error err = {0};
    struct wva_value *fallback = NULL;
    if (field->has_min)
        wva_put(w->arena, schema, wva_int(w->arena, field->min), "minimum");
    put_limit(w, schema, "minLength", field->min_length);
    put_limit(w, schema, "minItems", field->min_items);
    put_limit(w, schema, "minProperties", field->min_properties);
    if (field->pattern != NULL)
        put(w->arena, schema, "pattern", field->pattern);
    if (field->default_text != NULL &&
        wva_json_parse(w->arena, field->default_text, strlen(field->default_text),
                       &(struct wva_json_options){.name = "a default"}, &fallback, &err) == 0)
        wva_put(w->arena, schema, fallback, "default");
    if (field->atomic)
        put(w->arena, schema, "x-kubernetes-map-type", "atomic");
}

static struct wva_value *list_schema(const struct writer *w, const struct sim_field *field)
{
    struct wva_value *schema = wva_object(w->arena);
    put(w->arena, schema, "type", "array");
    wva_put(w->arena, schema, element_schema(w, field), "items");
    if (field->container == SIM_LIST) {
        if (!w->inlined)
            put(w->arena, schema, "x-kubernetes-list-type", "atomic");
        return schema;
    }
    bool set = field->container == SIM_LIST_SET;
    put(w->arena, schema, "x-kubernetes-list-type", set ? "set" : "map");
    put(w->arena, schema, "x-kubernetes-patch-strategy", "merge");
    if (set)
        return schema;
    struct wva_value *keys = wva_array(w->arena);
    for (const char *const *key = field->keys; *key != NULL; key++)
        wva_array_append(w->arena, keys, wva_string(w->arena, *key));
    wva_put(w->arena, schema, keys, "x-kubernetes-list-map-keys");
    put(w->arena, schema, "x-kubernetes-patch-merge-key", field->keys[0]);
    return schema;
}

static struct wva_value *field_schema(const struct writer *w, const struct sim_field *field)
{
    struct wva_value *schema = NULL;
    if (field->container == SIM_ONE) {
        schema = element_schema(w, field);
    } else if (field->container == SIM_MAP) {
        schema = wva_object(w->arena);
        put(w->arena, schema, "type", "object");
        wva_put(w->arena, schema, element_schema(w, field), "additionalProperties");
    } else {
        schema = list_schema(w, field);
    }
    put_constraints(w, field, schema);
    return schema;
}

static struct wva_value *struct_schema(const struct writer *w, const struct sim_struct *type)
{
    struct wva_value *schema = wva_object(w->arena);
    struct wva_value *properties = wva_object(w->arena);
    struct wva_value *required = wva_array(w->arena);
    put(w->arena, schema, "type", "object");
    for (size_t i = 0; i < type->count; i++) {
        const struct sim_field *field = &type->fields[i];
        struct wva_value *one = w->inlined && strcmp(field->name, "metadata") == 0
                                    ? scalar_schema(w, SIM_ANY)
                                    : field_schema(w, field);
        if (w->inlined && strcmp(field->name, "metadata") == 0)
            (void)wva_object_remove(one, "x-kubernetes-preserve-unknown-fields");
        wva_object_set(w->arena, properties, field->name, one);
        if (field->required)
            wva_array_append(w->arena, required, wva_string(w->arena, field->name));
    }
    wva_put(w->arena, schema, properties, "properties");
    if (required->count > 0)
        wva_put(w->arena, schema, required, "required");
    return schema;
}

static void put_type_meta(const struct writer *w, struct wva_value *schema)
{
    put(w->arena, wva_get(schema, "properties"), "apiVersion", "");
    wva_put(w->arena, schema, scalar_schema(w, SIM_STRING), "properties", "apiVersion");
    wva_put(w->arena, schema, scalar_schema(w, SIM_STRING), "properties", "kind");
}

static struct wva_value *gvk(struct wva_arena *arena, const struct sim_type *type)
{
    struct wva_value *one = wva_object(arena);
    put(arena, one, "group", type->group);
    put(arena, one, "kind", type->kind);
    put(arena, one, "version", type->version);
    return one;
}

/* Every struct that `type` needs, once. */
static void collect(const struct writer *w, struct wva_value *schemas,
                    const struct sim_struct *type)
{
    if (wva_object_get(schemas, type->name) != NULL)
        return;
    wva_object_set(w->arena, schemas, type->name, struct_schema(w, type));
    for (size_t i = 0; i < type->count; i++)
        if (type->fields[i].shape == SIM_STRUCT)
            collect(w, schemas, type->fields[i].type);
}

static void put_schema(const struct sim *sim, const struct writer *w, struct wva_value *schemas,
                       const struct sim_type *type)
{
    const struct sim_struct *known = sim_schema_of(sim, type);
    const char *name = type->kind;
    if (known != NULL)
        collect(w, schemas, known);
    else
        wva_object_set(w->arena, schemas, name, scalar_schema(w, SIM_ANY));
    struct wva_value *schema = wva_object_get(schemas, name);
    struct wva_value *kinds = wva_array(w->arena);
    wva_array_append(w->arena, kinds, gvk(w->arena, type));
    wva_put(w->arena, schema, kinds, "x-kubernetes-group-version-kind");
    if (known != NULL)
        put_type_meta(w, schema);
}

/* kubectl looks for fieldValidation and dryRun at the PATCH of a kind. */
static struct wva_value *patch_operation(struct wva_arena *arena, const struct sim_type *type)
{
    static const char *const names[] = {"dryRun", "fieldManager", "fieldValidation", "force"};
    struct wva_value *parameters = wva_array(arena);
    struct wva_value *operation = wva_object(arena);
    for (size_t i = 0; i < WVA_COUNT(names); i++) {
        struct wva_value *parameter = wva_object(arena);
        put(arena, parameter, "name", names[i]);
        put(arena, parameter, "in", "query");
        wva_put(arena, parameter,
                wva_string(arena, strcmp(names[i], "force") == 0 ? "boolean" : "string"), "schema",
                "type");
        wva_array_append(arena, parameters, parameter);
    }
    wva_put(arena, operation, parameters, "parameters");
    wva_put(arena, operation, wva_object(arena), "responses");
    put(arena, operation, "x-kubernetes-action", "patch");
    wva_put(arena, operation, gvk(arena, type), "x-kubernetes-group-version-kind");
    return operation;
}

static void put_path(struct wva_arena *arena, struct wva_value *paths, const struct sim_type *type)
{
    const char *root = type->group[0] == '\0'
                           ? wva_arena_printf(arena, "/api/%s", type->version)
                           : wva_arena_printf(arena, "/apis/%s/%s", type->group, type->version);
    const char *path =
        wva_arena_printf(arena, "%s/%s%s/{name}", root,
                         type->namespaced ? "namespaces/{namespace}/" : "", type->resource);
    wva_put(arena, paths, patch_operation(arena, type), path, "patch");
}

struct wva_value *openapi_document(const struct sim *sim, struct wva_arena *arena,
                                   const char *group, const char *version)
{
    const struct writer w = {arena, false};
    struct wva_value *paths = wva_object(arena);
    struct wva_value *schemas = wva_object(arena);
    for (const struct sim_type *type = sim_types; type->resource != NULL; type++) {
        if (strcmp(type->group, group) != 0 || strcmp(type->version, version) != 0 ||
            !sim_type_served(sim, type))
            continue;
        put_schema(sim, &w, schemas, type);
        put_path(arena, paths, type);
    }
    if (paths->count == 0)
        return NULL;
    struct wva_value *document = wva_object(arena);
    put(arena, document, "openapi", "3.0.0");
    wva_put(arena, document, wva_string(arena, "Kubernetes"), "info", "title");
    wva_put(arena, document, wva_string(arena, "v1.35.4"), "info", "version");
    wva_put(arena, document, paths, "paths");
    wva_put(arena, document, schemas, "components", "schemas");
    return document;
}

static struct wva_value *crd_version(const struct sim *sim, struct wva_arena *arena,
                                     const struct sim_type *type)
{
    const struct writer w = {arena, true};
    struct wva_value *version = wva_object(arena);
    struct wva_value *schema = struct_schema(&w, sim_schema_of(sim, type));
    const char *warning = sim_schema_va_warning(sim->options.va_release);
    put_type_meta(&w, schema);
    put(arena, version, "name", type->version);
    wva_put(arena, version, wva_bool(arena, true), "served");
    wva_put(arena, version, wva_bool(arena, true), "storage");
    if (warning != NULL) {
        wva_put(arena, version, wva_bool(arena, true), "deprecated");
        put(arena, version, "deprecationWarning", warning);
    }
    wva_put(arena, version, wva_object(arena), "subresources", "status");
    wva_put(arena, version, schema, "schema", "openAPIV3Schema");
    return version;
}

static void put_crd_status(struct wva_arena *arena, struct wva_value *crd)
{
    static const char *const conditions[][2] = {{"NamesAccepted", "NoConflicts"},
                                                {"Established", "InitialNamesAccepted"}};
    struct wva_value *list = wva_array(arena);
    for (size_t i = 0; i < WVA_COUNT(conditions); i++) {
        struct wva_value *condition = wva_object(arena);
        put(arena, condition, "type", conditions[i][0]);
        put(arena, condition, "status", "True");
        put(arena, condition, "reason", conditions[i][1]);
        wva_array_append(arena, list, condition);
    }
    wva_put(arena, crd, list, "status", "conditions");
}

struct wva_value *openapi_crd(const struct sim *sim, struct wva_arena *arena)
{
    const struct sim_type *type = sim_type_of_kind("VariantAutoscaling");
    struct wva_value *crd = wva_object(arena);
    struct wva_value *versions = wva_array(arena);
    struct wva_value *names = wva_object(arena);
    struct wva_value *short_names = wva_array(arena);
    wva_array_append(arena, short_names, wva_string(arena, "va"));
    put(arena, names, "kind", type->kind);
    put(arena, names, "listKind", "VariantAutoscalingList");
    put(arena, names, "plural", type->resource);
    put(arena, names, "singular", "variantautoscaling");
    wva_put(arena, names, short_names, "shortNames");
    put(arena, crd, "apiVersion", "apiextensions.k8s.io/v1");
    put(arena, crd, "kind", "CustomResourceDefinition");
    wva_put(arena, crd, wva_string(arena, "variantautoscalings.llmd.ai"), "metadata", "name");
    wva_put(arena, crd, wva_string(arena, type->group), "spec", "group");
    wva_put(arena, crd, names, "spec", "names");
    wva_put(arena, crd, wva_string(arena, "Namespaced"), "spec", "scope");
    wva_array_append(arena, versions, crd_version(sim, arena, type));
    wva_put(arena, crd, versions, "spec", "versions");
    put_crd_status(arena, crd);
    return crd;
}
