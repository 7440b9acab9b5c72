// SPDX-License-Identifier: Apache-2.0
// /version, health, and the lists of groups and resources, plain and aggregated
// (apidiscovery.k8s.io/v2).

#include "api.h"

#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <string.h>

#define GROUPS_MAX 32

static const char version_json[] =
    "{\"major\":\"1\",\"minor\":\"35\",\"gitVersion\":\"v1.35.4\",\"gitCommit\":\"wva-sim\","
    "\"gitTreeState\":\"clean\",\"buildDate\":\"2026-01-01T00:00:00Z\",\"goVersion\":\"none\","
    "\"compiler\":\"none\",\"platform\":\"linux/amd64\"}\n";

static const char *const reviews[][3] = {
    {"authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview"},
    {"authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"},
};

/* The groups served, each once, without core. */
static size_t list_groups(const struct sim *sim, const struct sim_type *groups[GROUPS_MAX])
{
    size_t count = 0;
    for (const struct sim_type *type = sim_types; type->resource != NULL; type++) {
        bool known = type->group[0] == '\0' || !sim_type_served(sim, type);
        for (size_t i = 0; i < count; i++)
            known = known || strcmp(groups[i]->group, type->group) == 0;
        if (!known && count < GROUPS_MAX)
            groups[count++] = type;
    }
    return count;
}

static void put(struct wva_arena *arena, struct wva_value *object, const char *name,
                const char *text)
{
    wva_put(arena, object, wva_string(arena, text), name);
}

static struct wva_value *words(struct wva_arena *arena, const char *list)
{
    struct wva_value *array = wva_array(arena);
    size_t count = 0;
    char **parts = wva_str_split(arena, list, ',', &count);
    for (size_t i = 0; i < count; i++)
        wva_array_append(arena, array, wva_string(arena, parts[i]));
    return array;
}

static const char all_verbs[] = "create,delete,deletecollection,get,list,patch,update,watch";

static const char *lower(struct wva_arena *arena, const char *kind)
{
    char *text = wva_arena_strdup(arena, kind);
    for (char *c = text; *c != '\0'; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return text;
}

static struct wva_value *resource_entry(struct wva_arena *arena, const char *name, const char *kind,
                                        bool namespaced, const char *verbs)
{
    struct wva_value *entry = wva_object(arena);
    put(arena, entry, "name", name);
    put(arena, entry, "singularName", strchr(name, '/') == NULL ? lower(arena, kind) : "");
    wva_put(arena, entry, wva_bool(arena, namespaced), "namespaced");
    put(arena, entry, "kind", kind);
    wva_put(arena, entry, words(arena, verbs), "verbs");
    return entry;
}

static void add_resource(struct wva_arena *arena, struct wva_value *list,
                         const struct sim_type *type)
{
    struct wva_value *entry =
        resource_entry(arena, type->resource, type->kind, type->namespaced, all_verbs);
    if (type->short_names != NULL)
        wva_put(arena, entry, words(arena, type->short_names), "shortNames");
    if (type->categories != NULL)
        wva_put(arena, entry, words(arena, type->categories), "categories");
    wva_array_append(arena, list, entry);
    if (type->has_status)
        wva_array_append(arena, list,
                         resource_entry(arena, wva_arena_printf(arena, "%s/status", type->resource),
                                        type->kind, type->namespaced, "get,patch,update"));
    if (strcmp(type->kind, "Pod") == 0)
        wva_array_append(arena, list, resource_entry(arena, "pods/log", "Pod", true, "get"));
    if (strcmp(type->kind, "Deployment") != 0)
        return;
    struct wva_value *scale =
        resource_entry(arena, "deployments/scale", "Scale", true, "get,patch,update");
    put(arena, scale, "group", "autoscaling");
    put(arena, scale, "version", "v1");
    wva_array_append(arena, list, scale);
}

static struct wva_value *resource_list(struct api_request *r, const char *group,
                                       const char *version)
{
    struct wva_arena *arena = r->arena;
    struct wva_value *resources = wva_array(arena);
    for (const struct sim_type *type = sim_types; type->resource != NULL; type++)
        if (strcmp(type->group, group) == 0 && strcmp(type->version, version) == 0 &&
            sim_type_served(r->sim, type))
            add_resource(arena, resources, type);
    for (size_t i = 0; i < WVA_COUNT(reviews); i++)
        if (strcmp(reviews[i][0], group) == 0 && strcmp(version, "v1") == 0)
            wva_array_append(arena, resources,
                             resource_entry(arena, reviews[i][1], reviews[i][2], false, "create"));
    if (resources->count == 0)
        return NULL;
    struct wva_value *list = wva_object(arena);
    put(arena, list, "kind", "APIResourceList");
    put(arena, list, "apiVersion", "v1");
    put(arena, list, "groupVersion",
        group[0] == '\0' ? version : wva_arena_printf(arena, "%s/%s", group, version));
    wva_put(arena, list, resources, "resources");
    return list;
}

static struct wva_value *group_version(struct wva_arena *arena, const char *group,
                                       const char *version)
{
    struct wva_value *entry = wva_object(arena);
    put(arena, entry, "groupVersion", wva_arena_printf(arena, "%s/%s", group, version));
    put(arena, entry, "version", version);
    return entry;
}

static struct wva_value *group_entry(struct wva_arena *arena, const char *group,
                                     const char *version)
{
    struct wva_value *entry = wva_object(arena);
    struct wva_value *versions = wva_array(arena);
    put(arena, entry, "name", group);
    wva_array_append(arena, versions, group_version(arena, group, version));
    wva_put(arena, entry, versions, "versions");
    wva_put(arena, entry, group_version(arena, group, version), "preferredVersion");
    return entry;
}

static struct wva_value *group_list(struct api_request *r)
{
    const struct sim_type *groups[GROUPS_MAX];
    size_t count = list_groups(r->sim, groups);
    struct wva_arena *arena = r->arena;
    struct wva_value *list = wva_object(arena);
    struct wva_value *entries = wva_array(arena);
    for (size_t i = 0; i < count; i++)
        wva_array_append(arena, entries, group_entry(arena, groups[i]->group, groups[i]->version));
    for (size_t i = 0; i < WVA_COUNT(reviews); i++)
        wva_array_append(arena, entries, group_entry(arena, reviews[i][0], "v1"));
    put(arena, list, "kind", "APIGroupList");
    put(arena, list, "apiVersion", "v1");
    wva_put(arena, list, entries, "groups");
    return list;
}

/* Aggregated. */

static struct wva_value *kind_of(struct wva_arena *arena, const struct sim_type *type)
{
    struct wva_value *kind = wva_object(arena);
    put(arena, kind, "group", type->group);
    put(arena, kind, "version", type->version);
    put(arena, kind, "kind", type->kind);
    return kind;
}

static struct wva_value *aggregated_resource(struct wva_arena *arena, const struct sim_type *type)
{
    struct wva_value *entry = wva_object(arena);
    put(arena, entry, "resource", type->resource);
    wva_put(arena, entry, kind_of(arena, type), "responseKind");
    put(arena, entry, "scope", type->namespaced ? "Namespaced" : "Cluster");
    put(arena, entry, "singularResource", lower(arena, type->kind));
    wva_put(arena, entry, words(arena, all_verbs), "verbs");
    if (type->short_names != NULL)
        wva_put(arena, entry, words(arena, type->short_names), "shortNames");
    if (type->categories != NULL)
        wva_put(arena, entry, words(arena, type->categories), "categories");
    if (type->has_status) {
        struct wva_value *subresources = wva_array(arena);
        struct wva_value *status = wva_object(arena);
        put(arena, status, "subresource", "status");
        wva_put(arena, status, kind_of(arena, type), "responseKind");
        wva_put(arena, status, words(arena, "get,patch,update"), "verbs");
        wva_array_append(arena, subresources, status);
        wva_put(arena, entry, subresources, "subresources");
    }
    return entry;
}

static struct wva_value *aggregated_group(struct api_request *r, const char *group,
                                          const char *version)
{
    struct wva_arena *arena = r->arena;
    struct wva_value *resources = wva_array(arena);
    for (const struct sim_type *type = sim_types; type->resource != NULL; type++)
        if (strcmp(type->group, group) == 0 && sim_type_served(r->sim, type))
            wva_array_append(arena, resources, aggregated_resource(arena, type));
    struct wva_value *entry = wva_object(arena);
    struct wva_value *versions = wva_array(arena);
    struct wva_value *one = wva_object(arena);
    if (group[0] != '\0')
        wva_put(arena, entry, wva_string(arena, group), "metadata", "name");
    else
        wva_put(arena, entry, wva_object(arena), "metadata");
    put(arena, one, "version", version);
    put(arena, one, "freshness", "Current");
    wva_put(arena, one, resources, "resources");
    wva_array_append(arena, versions, one);
    wva_put(arena, entry, versions, "versions");
    return entry;
}

static bool wants_aggregated(const struct api_request *r)
{
    const char *accept = api_header(r, "Accept");
    return accept != NULL && strstr(accept, "as=APIGroupDiscoveryList") != NULL &&
           strstr(accept, "v=v2;") != NULL;
}

static void reply_aggregated(struct api_request *r, bool core)
{
    const struct sim_type *groups[GROUPS_MAX];
    struct wva_arena *arena = r->arena;
    struct wva_value *items = wva_array(arena);
    size_t count = core ? 0 : list_groups(r->sim, groups);
    if (core)
        wva_array_append(arena, items, aggregated_group(r, "", "v1"));
    for (size_t i = 0; i < count; i++)
        wva_array_append(arena, items, aggregated_group(r, groups[i]->group, groups[i]->version));
    struct wva_value *list = wva_object(arena);
    put(arena, list, "kind", "APIGroupDiscoveryList");
    put(arena, list, "apiVersion", "apidiscovery.k8s.io/v2");
    wva_put(arena, list, wva_object(arena), "metadata");
    wva_put(arena, list, items, "items");
    api_reply_value(r, 200, list);
    r->content_type = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
}

static void reply_or_page(struct api_request *r, const struct wva_value *value)
{
    if (value != NULL)
        api_reply_value(r, 200, value);
    else
        (void)api_fail_page(r);
}

static void reply_versions(struct api_request *r)
{
    struct wva_value *list = wva_object(r->arena);
    put(r->arena, list, "kind", "APIVersions");
    wva_put(r->arena, list, words(r->arena, "v1"), "versions");
    api_reply_value(r, 200, list);
}

static bool reply_group_path(struct api_request *r)
{
    size_t count = 0;
    char **parts = wva_str_split(r->arena, r->path + strlen("/apis/"), '/', &count);
    if (count > 1 && parts[1][0] != '\0') {
        reply_or_page(r, resource_list(r, parts[0], parts[1]));
        return true;
    }
    const struct wva_value *groups = wva_get(group_list(r), "groups");
    for (size_t i = 0; i < groups->count; i++) {
        if (!wva_str_eq(wva_get_str(groups->items[i], "name"), parts[0]))
            continue;
        struct wva_value *group = wva_clone(r->arena, groups->items[i]);
        put(r->arena, group, "kind", "APIGroup");
        put(r->arena, group, "apiVersion", "v1");
        api_reply_value(r, 200, group);
        return true;
    }
    (void)api_fail_page(r);
    return true;
}

bool api_discovery(struct api_request *r)
{
    static const char *const healthy[] = {"/livez", "/readyz", "/healthz"};
    for (size_t i = 0; i < WVA_COUNT(healthy); i++)
        if (wva_str_has_prefix(r->path, healthy[i])) {
            api_reply_text(r, 200, "text/plain; charset=utf-8", "ok");
            return true;
        }
    if (strcmp(r->path, "/version") == 0)
        api_reply_text(r, 200, "application/json", version_json);
    else if (strcmp(r->path, "/api") == 0 && wants_aggregated(r))
        reply_aggregated(r, true);
    else if (strcmp(r->path, "/api") == 0)
        reply_versions(r);
    else if (strcmp(r->path, "/api/v1") == 0)
        reply_or_page(r, resource_list(r, "", "v1"));
    else if (strcmp(r->path, "/apis") == 0 && wants_aggregated(r))
        reply_aggregated(r, false);
    else if (strcmp(r->path, "/apis") == 0)
        api_reply_value(r, 200, group_list(r));
    else if (wva_str_has_prefix(r->path, "/apis/"))
        return reply_group_path(r);
    else
        return false;
    return true;
}
