// SPDX-License-Identifier: Apache-2.0
/* Kubernetes resource types this program talks to, and the paths they live at. */
#ifndef WVA_KUBE_TYPE_H
#define WVA_KUBE_TYPE_H

#include "wva/codec/value.h"
#include "wva/util/arena.h"

#include <stdbool.h>

struct wva_kube_type {
    const char *group;    /* "" for core */
    const char *version;
    const char *resource; /* plural, lower case: "deployments" */
    const char *kind;     /* "Deployment" */
    bool namespaced;
};

extern const struct wva_kube_type wva_type_configmap;
extern const struct wva_kube_type wva_type_event;
extern const struct wva_kube_type wva_type_pod;
extern const struct wva_kube_type wva_type_service;
extern const struct wva_kube_type wva_type_namespace;
extern const struct wva_kube_type wva_type_deployment;
extern const struct wva_kube_type wva_type_replicaset;
extern const struct wva_kube_type wva_type_job;
extern const struct wva_kube_type wva_type_variantautoscaling;

/* "apps/v1" or "v1"; in `arena`. */
char *wva_kube_api_version(struct wva_arena *arena, const struct wva_kube_type *type);

/* "deployment.apps/vllm" as kubectl prints object names; in `arena`. */
char *wva_kube_object_name(struct wva_arena *arena, const struct wva_kube_type *type,
                           const char *name);

/* Escaped path of a collection (name NULL) or an object:
 * "/apis/apps/v1/namespaces/x/deployments/y". In `arena`. */
char *wva_kube_path(struct wva_arena *arena, const struct wva_kube_type *type,
                    const char *namespace_, const char *name);

/* A new object tree with apiVersion, kind, metadata.name and metadata.namespace set. */
struct wva_value *wva_kube_object(struct wva_arena *arena, const struct wva_kube_type *type,
                                  const char *namespace_, const char *name);

#endif
