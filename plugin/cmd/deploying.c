// SPDX-License-Identifier: Apache-2.0
/* What `deploy` and `run` share: the options of a vLLM server, and bringing it up. */
#include "deploying.h"

#include "wva/codec/yaml.h"
#include "wva/kube/type.h"
#include "wva/run/vllm.h"
#include "wva/util/fs.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <string.h>

#define TEMPLATE_MAX ((size_t)1 << 20)

#define AT(member) offsetof(struct wva_deploy_options, member)
#define TEXT(flag, member, value_, help_)                                                          \
    {                                                                                              \
        .name = (flag), .kind = WVA_OPTION_TEXT, .offset = AT(member), .value = (value_),          \
        .help = (help_)                                                                            \
    }

const struct wva_option wva_deploy_table[] = {
    TEXT("model", model, "ID", "Model to serve (Hugging Face id)"),
    TEXT("served-model-name", served_model, "NAME", "Name in requests; else the model's id"),
    TEXT("image", image, "IMAGE", "vLLM image; else the template's"),
    TEXT("template", template_, "FILE",
         "YAML with a Deployment and a Service in place of the built-in one"),
    TEXT("accelerator", accelerator, "NAME", "GPU product to run on: value of the node label"),
    TEXT("accelerator-label", accelerator_label, "LABEL",
         "Node label of the GPU product; else nvidia.com/gpu.product"),
    TEXT("gpu-resource", gpu_resource, "NAME", "Resource to ask for; else nvidia.com/gpu"),
    {.name = "gpus",
     .kind = WVA_OPTION_INT,
     .offset = AT(gpus),
     .value = "N",
     .high = 1024,
     .help = "GPUs a replica, which is the tensor parallel size; 0 for none (default 1)"},
    {.name = "max-batch-size",
     .kind = WVA_OPTION_INT,
     .offset = AT(max_batch_size),
     .value = "N",
     .low = 1,
     .high = 100000,
     .help = "Most requests in service at once, vLLM's --max-num-seqs (default 64)"},
    TEXT("hf-token-secret", hf_token_secret, "NAME[:KEY]",
         "Secret with a Hugging Face token, for gated models"),
    TEXT("cache-pvc", cache_pvc, "NAME", "PersistentVolumeClaim that keeps the model between runs"),
    {.name = "vllm-arg",
     .kind = WVA_OPTION_LIST,
     .offset = AT(vllm_args),
     .value = "ARG",
     .help = "Argument for vLLM; those after -- count too"},
    TEXT("cpu", cpu, "QUANTITY", "CPU to request"),
    TEXT("memory", memory, "QUANTITY", "Memory to request, also its limit"),
    {.name = "node-selector",
     .kind = WVA_OPTION_LIST,
     .offset = AT(node_selector),
     .value = "KEY=VALUE",
     .help = "Node label to require"},
    {.name = "toleration",
     .kind = WVA_OPTION_LIST,
     .offset = AT(tolerations),
     .value = "KEY[=VALUE][:EFFECT]",
     .help = "Taint to tolerate"},
    TEXT("service-account", service_account, "NAME", "Service account of the server's pod"),
    TEXT("image-pull-secret", image_pull_secret, "NAME", "Secret to pull images with"),
    {.name = "port",
     .kind = WVA_OPTION_INT,
     .offset = AT(port),
     .value = "N",
     .low = 1,
     .high = 65535,
     .help = "Port of the server and its Service (default 8000)"},
    {.name = "timeout",
     .kind = WVA_OPTION_DURATION,
     .offset = AT(timeout_ms),
     .value = "TIME",
     .help = "Longest wait for the server to be ready (default 40m)"},
    {.name = "patience",
     .kind = WVA_OPTION_DURATION,
     .offset = AT(patience_ms),
     .value = "TIME",
     .help = "How long to wait for what may still come right: a free GPU, quota, a registry "
             "(default 15s)"},
    {.name = NULL},
};

int wva_split_secret(struct wva_arena *arena, const char *text, const char **ret_name,
                     const char **ret_key, struct wva_error *err)
{
    const char *colon = text ? strchr(text, ':') : NULL;
    if (colon && (colon == text || colon[1] == '\0'))
        return wva_error_set(err, WVA_E_USAGE, "--hf-token-secret: '%s' is not NAME or NAME:KEY",
                             text);
    *ret_name = colon ? wva_arena_strndup(arena, text, (size_t)(colon - text)) : text;
    *ret_key = colon ? colon + 1 : NULL;
    return 0;
}

int wva_check_quantity_option(const char *flag, const char *text, struct wva_error *err)
{
    if (!text || wva_check_quantity(text) == 0)
        return 0;
    return wva_error_set(err, WVA_E_USAGE, "%s: '%s' is no quantity such as 500m or 16Gi", flag,
                         text);
}

int wva_template_read(struct wva_app *app, const char *path, const char *embedded, const char *name,
                      struct wva_value ***ret_docs, size_t *ret_count, struct wva_error *err)
{
    struct wva_yaml_options options = {.name = path ? path : name};
    if (!path)
        return wva_yaml_parse(&app->arena, embedded, strlen(embedded), &options, ret_docs,
                              ret_count, err);
    char *text;
    size_t len;
    if (wva_fs_read(path, TEMPLATE_MAX, &app->arena, &text, &len, err) < 0)
        return -1;
    return wva_yaml_parse(&app->arena, text, len, &options, ret_docs, ret_count, err);
}

/* OpenShift gives each namespace a range of uids and refuses others. */
static int is_openshift(struct wva_app *app, bool *ret, struct wva_error *err)
{
    struct wva_value *group;
    if (wva_kube_get_path(app->kube, &app->arena, "/apis/security.openshift.io", &group, err) ==
        0) {
        *ret = true;
        return 0;
    }
    if (err->code != WVA_E_NOT_FOUND && err->code != WVA_E_NO_API && err->code != WVA_E_FORBIDDEN)
        return -1;
    wva_error_clear(err);
    *ret = false;
    return 0;
}

static int check_options(const struct wva_deploy_options *options, const char *name,
                         struct wva_error *err)
{
    if (!options->model)
        return wva_error_set(err, WVA_E_USAGE, "no model: --model ID is needed");
    if (options->model[0] == '-')
        return wva_error_set(err, WVA_E_USAGE,
                             "--model: '%s' begins with '-', vLLM would take it for an option",
                             options->model);
    if (!wva_str_is_dns_label(name))
        return wva_error_set(err, WVA_E_USAGE,
                             "'%s' is no name for a Deployment and a Service: 1 to 63 of a-z, 0-9 "
                             "and '-', no '-' at either end",
                             name);
    if (wva_check_quantity_option("--cpu", options->cpu, err) < 0)
        return -1;
    return wva_check_quantity_option("--memory", options->memory, err);
}

int wva_deploy_build(struct wva_app *app, const struct wva_deploy_options *options,
                     const char *name, const char *run_id, const struct wva_list *rest,
                     enum wva_dry_run dry_run, struct wva_value *ret_objects[2],
                     struct wva_error *err)
{
    if (check_options(options, name, err) < 0)
        return -1;
    struct wva_list extra = options->vllm_args;
    for (size_t i = 0; rest && i < rest->count; i++)
        wva_list_add(&app->arena, &extra, rest->items[i]);
    struct wva_vllm_options vllm = {
        .name = name,
        .namespace_ = wva_app_namespace(app),
        .run_id = run_id,
        .model = options->model,
        .served_model = options->served_model,
        .image = options->image,
        .accelerator = options->accelerator,
        .accelerator_label = options->accelerator_label,
        .gpu_resource = options->gpu_resource,
        .gpus = options->gpus,
        .max_batch_size = options->max_batch_size,
        .port = options->port,
        .cache_pvc = options->cache_pvc,
        .cpu = options->cpu,
        .memory = options->memory,
        .service_account = options->service_account,
        .image_pull_secret = options->image_pull_secret,
        .node_selector = options->node_selector.items,
        .tolerations = options->tolerations.items,
        .extra_args = extra.items,
    };
    if (wva_split_secret(&app->arena, options->hf_token_secret, &vllm.hf_token_secret,
                         &vllm.hf_token_key, err) < 0)
        return -1;
    if (dry_run != WVA_DRY_RUN_CLIENT && is_openshift(app, &vllm.no_fixed_user, err) < 0)
        return -1;
    struct wva_value **docs;
    size_t count;
    if (wva_template_read(app, options->template_, wva_manifest_vllm, "manifests/vllm.yaml", &docs,
                          &count, err) < 0)
        return -1;
    return wva_vllm_build(&app->arena, docs, count, &vllm, &ret_objects[0], &ret_objects[1], err);
}

/* The Service first: where that is refused, no server is left running on a GPU. */
int wva_deploy_apply(struct wva_app *app, struct wva_value *objects[2], enum wva_dry_run dry_run,
                     enum wva_applied applied[2], struct wva_error *err)
{
    struct wva_owned items[2] = {{.type = &wva_type_service, .object = objects[1]},
                                 {.type = &wva_type_deployment, .object = objects[0]}};
    if (wva_apply_owned(app->kube, &app->arena, items, 2, dry_run, err) < 0)
        return -1;
    for (size_t i = 0; i < 2; i++) {
        objects[i] = items[1 - i].object;
        applied[i] = items[1 - i].applied;
    }
    return 0;
}
