// SPDX-License-Identifier: Apache-2.0
// The resource types of the simulated cluster. Objects of types without a schema (schema.c) are
// kept as they come.

#include "sim.h"

#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <string.h>

const struct sim_type sim_types[] = {
    {"", "v1", "namespaces", "Namespace", false, true, "ns", NULL},
    {"", "v1", "nodes", "Node", false, true, "no", NULL},
    {"", "v1", "pods", "Pod", true, true, "po", "all"},
    {"", "v1", "services", "Service", true, true, "svc", "all"},
    {"", "v1", "endpoints", "Endpoints", true, false, "ep", NULL},
    {"", "v1", "configmaps", "ConfigMap", true, false, "cm", NULL},
    {"", "v1", "secrets", "Secret", true, false, NULL, NULL},
    {"", "v1", "events", "Event", true, false, "ev", NULL},
    {"", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", true, true, "pvc", NULL},
    {"", "v1", "resourcequotas", "ResourceQuota", true, true, "quota", NULL},
    {"", "v1", "limitranges", "LimitRange", true, false, "limits", NULL},
    {"", "v1", "serviceaccounts", "ServiceAccount", true, false, "sa", NULL},
    {"apps", "v1", "deployments", "Deployment", true, true, "deploy", "all"},
    {"apps", "v1", "replicasets", "ReplicaSet", true, true, "rs", "all"},
    {"apps", "v1", "statefulsets", "StatefulSet", true, true, "sts", "all"},
    {"apps", "v1", "daemonsets", "DaemonSet", true, true, "ds", "all"},
    {"autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", true, true, "hpa",
     "all"},
    {"batch", "v1", "jobs", "Job", true, true, NULL, "all"},
    {"batch", "v1", "cronjobs", "CronJob", true, true, "cj", "all"},
    {"discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", true, false, NULL, NULL},
    {"rbac.authorization.k8s.io", "v1", "roles", "Role", true, false, NULL, NULL},
    {"rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding", true, false, NULL, NULL},
    {"rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", false, false, NULL, NULL},
    {"rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", false, false,
     NULL, NULL},
    {"storage.k8s.io", "v1", "storageclasses", "StorageClass", false, false, "sc", NULL},
    {"apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", false,
     true, "crd,crds", "api-extensions"},
    {"llmd.ai", "v1alpha1", "variantautoscalings", "VariantAutoscaling", true, true, "va", NULL},
    {0},
};

const struct sim_type *sim_type_find(const char *group, const char *version, const char *resource)
{
    for (const struct sim_type *type = sim_types; type->resource != NULL; type++)
        if (strcmp(type->group, group) == 0 && strcmp(type->version, version) == 0 &&
            strcmp(type->resource, resource) == 0)
            return type;
    return NULL;
}

const struct sim_type *sim_type_of_kind(const char *kind)
{
    for (const struct sim_type *type = sim_types; type->resource != NULL; type++)
        if (strcmp(type->kind, kind) == 0)
            return type;
    return NULL;
}

bool sim_type_served(const struct sim *sim, const struct sim_type *type)
{
    return strcmp(type->group, "llmd.ai") != 0 || strcmp(sim->options.va_release, "none") != 0;
}

char *sim_type_api_version(struct wva_arena *arena, const struct sim_type *type)
{
    if (type->group[0] == '\0')
        return wva_arena_strdup(arena, type->version);
    return wva_arena_printf(arena, "%s/%s", type->group, type->version);
}
