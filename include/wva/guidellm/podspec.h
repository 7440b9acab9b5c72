// SPDX-License-Identifier: Apache-2.0
/*
 * Fields of a pod spec that users set with flags, put into a parsed template: what the benchmark's
 * Job and the vLLM Deployment have in common.
 *
 * `pod_spec` is the value of spec.template.spec, `container` an element of its `containers`. A NULL
 * list or text leaves the template as it is. What is added follows what the template has; an
 * environment variable of the same name is replaced.
 */
#ifndef WVA_GUIDELLM_PODSPEC_H
#define WVA_GUIDELLM_PODSPEC_H

#include "wva/codec/value.h"

/* The container of that name, or NULL. */
struct wva_value *wva_podspec_container(const struct wva_value *pod_spec, const char *name);

/* Each "key[=value][:effect]" as `kubectl taint` writes them: without a value any value is
 * tolerated, without an effect any effect. The list ends with NULL. WVA_E_USAGE quotes the bad one.
 */
int wva_podspec_set_tolerations(struct wva_arena *arena, struct wva_value *pod_spec,
                                const char *const *list, struct wva_error *err) WVA_MUST_USE;

/* Each "key=value". The list ends with NULL. WVA_E_USAGE quotes the bad one. */
int wva_podspec_set_node_selector(struct wva_arena *arena, struct wva_value *pod_spec,
                                  const char *const *list, struct wva_error *err) WVA_MUST_USE;

void wva_podspec_set_image_pull_secret(struct wva_arena *arena, struct wva_value *pod_spec,
                                       const char *name);
void wva_podspec_set_service_account(struct wva_arena *arena, struct wva_value *pod_spec,
                                     const char *name);

/* Requests, and the limit of memory: a container that grows beyond it ends instead of its node. */
void wva_podspec_set_resources(struct wva_arena *arena, struct wva_value *container,
                               const char *cpu, const char *memory);

/* A variable with exactly this value. */
void wva_podspec_set_env(struct wva_arena *arena, struct wva_value *container, const char *name,
                         const char *value);

/* A variable from a key of a Secret. The reference is optional: the container starts without it. */
void wva_podspec_set_secret_env(struct wva_arena *arena, struct wva_value *container,
                                const char *name, const char *secret, const char *key);

/* `text` for `args`, `command` or an environment value: Kubernetes replaces $(NAME) there, "$$"
 * stands for one '$'. Lives in `arena`. */
char *wva_podspec_literal(struct wva_arena *arena, const char *text);

#endif
