// SPDX-License-Identifier: Apache-2.0
/* The resource types as data, and their names and paths. */
#include "wva/kube/type.h"

#include "wva/http/url.h"
#include "wva/util/str.h"

#include <ctype.h>

const struct wva_kube_type wva_type_configmap = {"", "v1", "configmaps", "ConfigMap", true};
const struct wva_kube_type wva_type_event = {"", "v1", "events", "Event", true};
const struct wva_kube_type wva_type_pod = {"", "v1", "pods", "Pod", true};
const struct wva_kube_type wva_type_service = {"", "v1", "services", "Service", true};
const struct wva_kube_type wva_type_namespace = {"", "v1", "namespaces", "Namespace", false};
const struct wva_kube_type wva_type_deployment = {"apps", "v1", "deployments", "Deployment", true};
const struct wva_kube_type wva_type_replicaset = {"apps", "v1", "replicasets", "ReplicaSet", true};
const struct wva_kube_type wva_type_job = {"batch", "v1", "jobs", "Job", true};
const struct wva_kube_type wva_type_variantautoscaling = {
    "llmd.ai", "v1alpha1", "variantautoscalings", "VariantAutoscaling", true};

char *wva_kube_api_version(struct wva_arena *arena, const struct wva_kube_type *type)
{
    return type->group[0] == '\0' ? wva_arena_strdup(arena, type->version)
                                  : wva_arena_printf(arena, "%s/%s", type->group, type->version);
}

char *wva_kube_object_name(struct wva_arena *arena, const struct wva_kube_type *type,
                           const char *name)
{
    char *kind = wva_arena_strdup(arena, type->kind);

    for (char *c = kind; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    return wva_arena_printf(arena, "%s%s%s/%s", kind, type->group[0] != '\0' ? "." : "",
                            type->group, name);
}

char *wva_kube_path(struct wva_arena *arena, const struct wva_kube_type *type,
                    const char *namespace_, const char *name)
{
    const char *root = type->group[0] == '\0' ? "/api" : "/apis/";
    const char *scope = "", *object = "";

    if (type->namespaced && !wva_str_empty(namespace_))
        scope = wva_arena_printf(arena, "/namespaces/%s", wva_url_escape(arena, namespace_));
    if (name != NULL)
        object = wva_arena_printf(arena, "/%s", wva_url_escape(arena, name));
    return wva_arena_printf(arena, "%s%s/%s%s/%s%s", root, wva_url_escape(arena, type->group),
                            wva_url_escape(arena, type->version), scope,
                            wva_url_escape(arena, type->resource), object);
}

struct wva_value *wva_kube_object(struct wva_arena *arena, const struct wva_kube_type *type,
                                  const char *namespace_, const char *name)
{
    struct wva_value *object = wva_object(arena);

    wva_put(arena, object, wva_string(arena, wva_kube_api_version(arena, type)), "apiVersion");
    wva_put(arena, object, wva_string(arena, type->kind), "kind");
    wva_put(arena, object, wva_string(arena, name), "metadata", "name");
    if (type->namespaced && namespace_ != NULL)
        wva_put(arena, object, wva_string(arena, namespace_), "metadata", "namespace");
    return object;
}
