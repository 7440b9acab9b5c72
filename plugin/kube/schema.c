// SPDX-License-Identifier: Apache-2.0
/*
 * What fields a kind has on this very server, from its OpenAPI v3 documents: readable by everyone
 * who is logged in, other than the CustomResourceDefinition itself.
 */
#include "client_priv.h"

#include "wva/util/str.h"

/* "apis/llmd.ai/v1alpha1" or "api/v1", as the index names them. */
static const char *index_key(struct wva_arena *arena, const struct wva_kube_type *type)
{
    return type->group[0] == '\0'
               ? wva_arena_printf(arena, "api/%s", type->version)
               : wva_arena_printf(arena, "apis/%s/%s", type->group, type->version);
}

static bool is_kind(const struct wva_value *schema, const struct wva_kube_type *type)
{
    const struct wva_value *kinds = wva_get(schema, "x-kubernetes-group-version-kind");

    for (size_t i = 0; kinds != NULL && kinds->kind == WVA_ARRAY && i < kinds->count; i++) {
        const struct wva_value *kind = kinds->items[i];
        if (wva_str_eq(wva_get_str(kind, "group"), type->group) &&
            wva_str_eq(wva_get_str(kind, "version"), type->version) &&
            wva_str_eq(wva_get_str(kind, "kind"), type->kind))
            return true;
    }
    return false;
}

static struct wva_value *find_schema(const struct wva_value *root, const struct wva_kube_type *type)
{
    const struct wva_value *schemas = wva_get(root, "components", "schemas");

    for (size_t i = 0; schemas != NULL && schemas->kind == WVA_OBJECT && i < schemas->count; i++)
        if (is_kind(schemas->members[i].value, type))
            return schemas->members[i].value;
    return NULL;
}

static int not_served(const struct wva_kube_type *type, struct wva_error *err)
{
    wva_error_set(err, WVA_E_NO_API, "not served");
    return wva_kube_name_api(type, err);
}

int wva_kube_schema(struct wva_kube *kube, struct wva_arena *arena,
                    const struct wva_kube_type *type, struct wva_value **ret_schema,
                    struct wva_value **ret_root, struct wva_error *err)
{
    struct wva_value *index, *root, *schema;

    if (wva_kube_get_path(kube, arena, "/openapi/v3", &index, err) < 0)
        return wva_error_wrap(err, "cannot read the server's schemas");
    const struct wva_value *entry =
        wva_object_get(wva_object_get(index, "paths"), index_key(arena, type));
    if (entry == NULL)
        return not_served(type, err);
    const char *url = wva_get_str(entry, "serverRelativeURL");
    if (!wva_str_has_prefix(url != NULL ? url : "", "/openapi/v3/"))
        return wva_error_set(err, WVA_E_PROTOCOL,
                             "cannot read the server's schemas: no serverRelativeURL for %s",
                             index_key(arena, type));
    if (wva_kube_get_path(kube, arena, url, &root, err) < 0)
        return wva_error_wrap(err, "cannot read the server's schemas");
    schema = find_schema(root, type);
    if (schema == NULL)
        return not_served(type, err);
    *ret_schema = schema;
    *ret_root = root;
    return 0;
}
