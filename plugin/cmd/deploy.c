// SPDX-License-Identifier: Apache-2.0
/* kubectl wva deploy: a vLLM server to measure, up and ready. */
#include "deploying.h"

#include "wva/cmd/output.h"
#include "wva/util/str.h"

struct options {
    struct wva_deploy_options deploy;
    bool wait;
    const char *dry_run;
    const char *output;
};

static const struct options defaults = {.deploy = WVA_DEPLOY_DEFAULTS, .wait = true};

static const struct wva_option table[] = {
    {.name = "wait",
     .kind = WVA_OPTION_FLAG,
     .offset = offsetof(struct options, wait),
     .help = "Wait until the server is ready; --wait=false returns at once"},
    WVA_DRY_RUN_OPTION(struct options, dry_run),
    WVA_OUTPUT_OPTION(struct options, output),
    {.name = NULL},
};

static const char *endpoint(struct wva_app *app, const char *name, int64_t port)
{
    return wva_arena_printf(&app->arena, "http://%s.%s.svc:%lld", name, wva_app_namespace(app),
                            (long long)port);
}

static void print_result(struct wva_app *app, const struct options *opts, const char *name,
                         struct wva_value *const objects[2], const enum wva_applied applied[2],
                         enum wva_dry_run dry_run)
{
    static const struct wva_kube_type *const types[2] = {&wva_type_deployment, &wva_type_service};
    if (wva_output_is_document(opts->output)) {
        wva_output_values(app, opts->output, objects, 2);
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        char *shown = wva_kube_object_name(&app->arena, types[i], name);
        if (wva_str_eq(opts->output, "name"))
            fprintf(app->out.file, "%s\n", shown);
        else
            fprintf(app->out.file, "%s %s%s\n", shown, wva_applied_word(applied[i]),
                    wva_dry_run_suffix(dry_run));
    }
}

static int run(struct wva_app *app, const void *opaque, const struct wva_list *arguments,
               const struct wva_list *rest, struct wva_error *err)
{
    const struct options *opts = opaque;
    const char *name = arguments->items[0];
    enum wva_dry_run dry_run = wva_dry_run_of(opts->dry_run);
    bool offline = dry_run == WVA_DRY_RUN_CLIENT;
    if ((offline ? wva_app_stay_offline(app, err) : wva_app_connect(app, err)) < 0)
        return -1;
    struct wva_value *objects[2];
    enum wva_applied applied[2] = {WVA_APPLIED_CREATED, WVA_APPLIED_CREATED};
    if (wva_deploy_build(app, &opts->deploy, name, NULL, rest, dry_run, objects, err) < 0)
        return -1;
    if (!offline && wva_deploy_apply(app, objects, dry_run, applied, err) < 0)
        return -1;
    print_result(app, opts, name, objects, applied, dry_run);
    if (dry_run != WVA_DRY_RUN_NONE || !opts->wait)
        return 0;

    (void)fflush(app->out.file);
    struct wva_observer observer = wva_app_observer(app);
    if (wva_deploy_wait(app->kube, wva_app_namespace(app), name, opts->deploy.timeout_ms,
                        opts->deploy.patience_ms, &observer, err) < 0) {
        if (err->code != WVA_E_CANCELED)
            return -1;
        return wva_error_hint(
            err,
            "it goes on starting; wait for it with: kubectl rollout status deployment/%s -n %s",
            name, wva_app_namespace(app));
    }
    observer.note(observer.ctx, WVA_NOTE_DONE,
                  wva_arena_printf(&app->arena, "deployment/%s is ready at %s", name,
                                   endpoint(app, name, opts->deploy.port)));
    return 0;
}

const struct wva_command wva_command_deploy = {
    .name = "deploy",
    .summary = "Deploy a model on vLLM for benchmarking",
    .arguments = "NAME --model ID [-- VLLM-ARG…]",
    .description = "Applies a Deployment and a Service called NAME that serve the model with\n"
                   "vLLM, set up for measuring: prefix caching off, a start-up probe that\n"
                   "survives slow downloads, restricted pod security. Waits until it is ready,\n"
                   "says what it waits for, and stops at what cannot come right: an image that\n"
                   "is not there, no node with such a GPU, quota, pod security, a crash (with\n"
                   "the last lines of its log).\n\n"
                   "Applying the same again changes nothing. An object of that name that\n"
                   "kubectl-wva did not make is left alone. Nothing but permission to apply and\n"
                   "watch is needed: no Secret, volume claim or monitoring API.",
    .examples =
        "# a model on one H100\n"
        "kubectl wva deploy llama --model meta-llama/Llama-3.1-8B-Instruct \\\n"
        "    --accelerator NVIDIA-H100-80GB-HBM3 --hf-token-secret hf-token\n"
        "# two GPUs a replica, more arguments for vLLM\n"
        "kubectl wva deploy mixtral --model mistralai/Mixtral-8x7B-Instruct-v0.1 --gpus 2 \\\n"
        "    -- --dtype bfloat16\n"
        "# the manifests only\n"
        "kubectl wva deploy llama --model my/model --dry-run=client -o yaml\n",
    .groups = (const struct wva_option_group[]){{"Server", wva_deploy_table,
                                                 offsetof(struct options, deploy)},
                                                {"Options", table, 0},
                                                {0}},
    .options_size = sizeof(struct options),
    .defaults = &defaults,
    .least = 1,
    .most = 1,
    .takes_rest = true,
    .run = run,
};
