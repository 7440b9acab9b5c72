// SPDX-License-Identifier: Apache-2.0
/* The vLLM Deployment and Service from a template: fields set in the tree, nothing applied. */
#include "wva/run/vllm.h"

#include "wva/codec/json.h"
#include "wva/guidellm/job.h"
#include "wva/guidellm/podspec.h"
#include "wva/util/encode.h"
#include "wva/util/str.h"

#include <string.h>

#define VLLM_CONTAINER    "vllm"
#define APP_LABEL         "app.kubernetes.io/name"
#define MODEL_ANNOTATION  "kubectl-wva/model"
#define DEFAULT_GPU_LABEL "nvidia.com/gpu.product"
#define DEFAULT_GPU       "nvidia.com/gpu"
#define DEFAULT_TOKEN_KEY "token"

struct builder {
    struct wva_arena *arena;
    const struct wva_vllm_options *options;
    struct wva_value *deployment;
    struct wva_value *service;
    struct wva_value *pod_spec;
    struct wva_value *container;
};

static struct wva_value *text(const struct builder *b, const char *s)
{
    return wva_string(b->arena, s);
}

static struct wva_value *only_of_kind(struct wva_value *const *documents, size_t count,
                                      const char *kind, struct wva_error *err)
{
    struct wva_value *found = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!wva_str_eq(wva_get_str(documents[i], "kind"), kind))
            continue;
        if (found) {
            wva_error_set(err, WVA_E_INPUT, "the template has more than one %s", kind);
            return NULL;
        }
        found = documents[i];
    }
    if (!found)
        wva_error_set(err, WVA_E_INPUT, "the template has no %s", kind);
    return found;
}

static int open_template(struct builder *b, struct wva_value *const *documents, size_t count,
                         struct wva_error *err)
{
    const struct wva_value *deployment = only_of_kind(documents, count, "Deployment", err);
    if (!deployment)
        return -1;
    const struct wva_value *service = only_of_kind(documents, count, "Service", err);
    if (!service)
        return -1;
    b->deployment = wva_clone(b->arena, deployment);
    b->service = wva_clone(b->arena, service);
    b->pod_spec = wva_get(b->deployment, "spec", "template", "spec");
    b->container = wva_podspec_container(b->pod_spec, VLLM_CONTAINER);
    if (!b->container)
        return wva_error_set(err, WVA_E_INPUT,
                             "the template's Deployment has no container named \"%s\"",
                             VLLM_CONTAINER);
    return 0;
}

static void label(const struct builder *b, struct wva_value *metadata_holder)
{
    struct wva_arena *arena = b->arena;
    wva_put(arena, metadata_holder, text(b, b->options->name), "metadata", "labels", APP_LABEL);
    wva_put(arena, metadata_holder, text(b, WVA_MANAGED_BY), "metadata", "labels",
            WVA_LABEL_MANAGED_BY);
    if (b->options->run_id)
        wva_put(arena, metadata_holder, text(b, b->options->run_id), "metadata", "labels",
                WVA_LABEL_RUN);
}

static void set_names(const struct builder *b)
{
    struct wva_value *const objects[] = {b->deployment, b->service};
    for (size_t i = 0; i < 2; i++) {
        wva_put(b->arena, objects[i], text(b, b->options->name), "metadata", "name");
        wva_put(b->arena, objects[i], text(b, b->options->namespace_), "metadata", "namespace");
        wva_put(b->arena, objects[i], text(b, b->options->model), "metadata", "annotations",
                MODEL_ANNOTATION);
        label(b, objects[i]);
    }
    label(b, wva_get(b->deployment, "spec", "template"));
    wva_put(b->arena, b->deployment, text(b, b->options->name), "spec", "selector", "matchLabels",
            APP_LABEL);
    wva_put(b->arena, b->service, text(b, b->options->name), "spec", "selector", APP_LABEL);
}

static void add_argument(const struct builder *b, struct wva_value *args, const char *name,
                         const char *value)
{
    wva_array_append(
        b->arena, args,
        text(b, wva_arena_printf(b->arena, "--%s=%s", name, wva_podspec_literal(b->arena, value))));
}

static void add_number(const struct builder *b, struct wva_value *args, const char *name,
                       int64_t value)
{
    add_argument(b, args, name, wva_arena_printf(b->arena, "%lld", (long long)value));
}

static void set_arguments(const struct builder *b)
{
    const struct wva_vllm_options *options = b->options;
    struct wva_value *args = wva_array(b->arena);
    wva_array_append(b->arena, args, text(b, wva_podspec_literal(b->arena, options->model)));
    if (options->served_model)
        add_argument(b, args, "served-model-name", options->served_model);
    add_argument(b, args, "host", "0.0.0.0");
    add_number(b, args, "port", options->port);
    add_number(b, args, "max-num-seqs", options->max_batch_size);
    if (options->gpus > 1)
        add_number(b, args, "tensor-parallel-size", options->gpus);
    wva_array_append(b->arena, args, text(b, "--no-enable-prefix-caching"));
    for (const char *const *extra = options->extra_args; extra && *extra; extra++)
        wva_array_append(b->arena, args, text(b, wva_podspec_literal(b->arena, *extra)));
    wva_put(b->arena, b->container, args, "args");
}

/* The template names its ports "http"; probes and the Service refer to that name. */
static int set_port(const struct builder *b, struct wva_error *err)
{
    struct wva_value *container_port = wva_array_named(wva_get(b->container, "ports"), "http");
    struct wva_value *service_port = wva_array_named(wva_get(b->service, "spec", "ports"), "http");
    if (!container_port || !service_port)
        return wva_error_set(
            err, WVA_E_INPUT,
            "the template's container and Service must both have a port named \"http\"");
    wva_put(b->arena, container_port, wva_int(b->arena, b->options->port), "containerPort");
    wva_put(b->arena, service_port, wva_int(b->arena, b->options->port), "port");
    return 0;
}

static void set_resources(const struct builder *b)
{
    const struct wva_vllm_options *options = b->options;
    wva_podspec_set_resources(b->arena, b->container, options->cpu, options->memory);
    if (options->gpus <= 0)
        return;
    const char *resource = options->gpu_resource ? options->gpu_resource : DEFAULT_GPU;
    char *count = wva_arena_printf(b->arena, "%lld", (long long)options->gpus);
    wva_put(b->arena, b->container, text(b, count), "resources", "limits", resource);
}

static int set_scheduling(const struct builder *b, struct wva_error *err)
{
    const struct wva_vllm_options *options = b->options;
    if (options->accelerator)
        wva_put(b->arena, b->pod_spec, text(b, options->accelerator), "nodeSelector",
                options->accelerator_label ? options->accelerator_label : DEFAULT_GPU_LABEL);
    if (wva_podspec_set_node_selector(b->arena, b->pod_spec, options->node_selector, err) < 0 ||
        wva_podspec_set_tolerations(b->arena, b->pod_spec, options->tolerations, err) < 0)
        return -1;
    wva_podspec_set_service_account(b->arena, b->pod_spec, options->service_account);
    wva_podspec_set_image_pull_secret(b->arena, b->pod_spec, options->image_pull_secret);
    return 0;
}

/* In place of the cache's emptyDir. */
static int set_cache(const struct builder *b, struct wva_error *err)
{
    if (!b->options->cache_pvc)
        return 0;
    struct wva_value *volume = wva_array_named(wva_get(b->pod_spec, "volumes"), "cache");
    if (!volume)
        return wva_error_set(
            err, WVA_E_INPUT,
            "the template has no volume named \"cache\" for the PersistentVolumeClaim '%s'",
            b->options->cache_pvc);
    wva_object_remove(volume, "emptyDir");
    wva_put(b->arena, volume, text(b, b->options->cache_pvc), "persistentVolumeClaim", "claimName");
    return 0;
}

static void drop_fixed_user(const struct builder *b)
{
    wva_remove(b->pod_spec, "securityContext", "runAsUser");
    wva_remove(b->pod_spec, "securityContext", "runAsGroup");
    wva_remove(b->pod_spec, "securityContext", "fsGroup");
}

static void mark_template(const struct builder *b)
{
    struct wva_value *template_ = wva_get(b->deployment, "spec", "template");
    char digest[WVA_SHA256_HEX_MAX];
    const char *json = wva_json_text(b->arena, template_);
    wva_sha256_hex(digest, json, strlen(json));
    digest[16] = '\0'; /* enough to tell two apart */
    wva_put(b->arena, template_, text(b, digest), "metadata", "annotations",
            WVA_TEMPLATE_ANNOTATION);
}

int wva_vllm_build(struct wva_arena *arena, struct wva_value *const *documents, size_t count,
                   const struct wva_vllm_options *options, struct wva_value **ret_deployment,
                   struct wva_value **ret_service, struct wva_error *err)
{
    struct builder b = {.arena = arena, .options = options};
    if (open_template(&b, documents, count, err) < 0)
        return -1;
    set_names(&b);
    set_arguments(&b);
    if (set_port(&b, err) < 0)
        return -1;
    if (options->image)
        wva_put(arena, b.container, text(&b, options->image), "image");
    set_resources(&b);
    if (set_scheduling(&b, err) < 0 || set_cache(&b, err) < 0)
        return -1;
    if (options->hf_token_secret)
        wva_podspec_set_secret_env(arena, b.container, "HF_TOKEN", options->hf_token_secret,
                                   options->hf_token_key ? options->hf_token_key
                                                         : DEFAULT_TOKEN_KEY);
    if (options->no_fixed_user)
        drop_fixed_user(&b);
    mark_template(&b);
    *ret_deployment = b.deployment;
    *ret_service = b.service;
    return 0;
}
