// SPDX-License-Identifier: Apache-2.0
/* What `deploy` and `run` share: the options of a vLLM server, and bringing it up. */
#ifndef WVA_PLUGIN_CMD_DEPLOYING_H
#define WVA_PLUGIN_CMD_DEPLOYING_H

#include "wva/cmd/command.h"
#include "wva/run/deploy.h"

struct wva_deploy_options {
    const char *model;
    const char *served_model;
    const char *image;
    const char *template_;
    const char *accelerator;
    const char *accelerator_label;
    const char *gpu_resource;
    int64_t gpus;
    int64_t max_batch_size;
    const char *hf_token_secret;
    const char *cache_pvc;
    struct wva_list vllm_args;
    const char *cpu;
    const char *memory;
    struct wva_list node_selector;
    struct wva_list tolerations;
    const char *service_account;
    const char *image_pull_secret;
    int64_t port;
    int64_t timeout_ms;
    int64_t patience_ms;
};

#define WVA_DEPLOY_DEFAULTS                                                                        \
    {                                                                                              \
        .gpus = 1, .max_batch_size = 64, .port = 8000, .timeout_ms = 40 * 60 * 1000,               \
        .patience_ms = 15 * 1000,                                                                  \
    }

extern const struct wva_option wva_deploy_table[];

/* Deployment and Service, filled in. `run_id` may be NULL; `rest` are more arguments for vLLM.
 * Sends at most one read (OpenShift or not), none with WVA_DRY_RUN_CLIENT. */
int wva_deploy_build(struct wva_app *app, const struct wva_deploy_options *options,
                     const char *name, const char *run_id, const struct wva_list *rest,
                     enum wva_dry_run dry_run, struct wva_value *ret_objects[2],
                     struct wva_error *err) WVA_MUST_USE;

/* Applies both; `applied` says what happened to each. */
int wva_deploy_apply(struct wva_app *app, struct wva_value *objects[2], enum wva_dry_run dry_run,
                     enum wva_applied applied[2], struct wva_error *err) WVA_MUST_USE;

/* NAME[:KEY] of --hf-token-secret, or NULL. `*ret_key` is NULL when there is none. */
int wva_split_secret(struct wva_arena *arena, const char *text, const char **ret_name,
                     const char **ret_key, struct wva_error *err) WVA_MUST_USE;

/* Refuses what is no quantity; NULL, an option that was not given, is fine. */
int wva_check_quantity_option(const char *flag, const char *text,
                              struct wva_error *err) WVA_MUST_USE;

/* A template file, or the embedded one, as documents. */
int wva_template_read(struct wva_app *app, const char *path, const char *embedded, const char *name,
                      struct wva_value ***ret_docs, size_t *ret_count,
                      struct wva_error *err) WVA_MUST_USE;

#endif
