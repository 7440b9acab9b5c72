// SPDX-License-Identifier: Apache-2.0
/*
 * kubectl wva run: the whole job. The run's record holds the plan and the exact objects before
 * anything else is made, so that whatever happens next can be gone on with or cleaned up.
 */
#include "apply_va.h"
#include "benching.h"
#include "deploying.h"
#include "fit_levels.h"

#include "wva/cmd/output.h"
#include "wva/codec/json.h"
#include "wva/guidellm/job.h"
#include "wva/util/str.h"

#include <string.h>

struct options {
    struct wva_deploy_options deploy;
    struct wva_bench_options bench;
    const char *va;
    const char *va_accelerator;
    bool keep;
    const char *resume;
    const char *dry_run;
    const char *output;
};

static const struct options defaults = {.deploy = WVA_DEPLOY_DEFAULTS, .bench = WVA_BENCH_DEFAULTS};

#define AT(member) offsetof(struct options, member)

static const struct wva_option table[] = {
    {.name = "va",
     .kind = WVA_OPTION_TEXT,
     .offset = AT(va),
     .value = "NAME",
     .help = "VariantAutoscaling to write the parameters into; without it they are only shown"},
    {.name = "va-accelerator",
     .kind = WVA_OPTION_TEXT,
     .offset = AT(va_accelerator),
     .value = "NAME",
     .help =
         "Its entry to change, by WVA's name for the accelerator; else the one its label names"},
    {.name = "keep",
     .kind = WVA_OPTION_FLAG,
     .offset = AT(keep),
     .help = "Leave the Deployment and Service at the end"},
    {.name = "resume",
     .kind = WVA_OPTION_TEXT,
     .offset = AT(resume),
     .value = "ID",
     .help = "Go on with a run where it stopped"},
    WVA_DRY_RUN_OPTION(struct options, dry_run),
    WVA_OUTPUT_OPTION(struct options, output),
    {.name = NULL},
};

/* What a run does besides measuring; kept in the record's plan as member "run". */
struct job {
    const char *name; /* of Deployment and Service */
    const char *va;
    const char *va_accelerator;
    bool keep;
    int64_t timeout_ms;
    int64_t patience_ms;
    struct wva_value *objects[2];
};

static struct wva_value *job_to_value(struct wva_arena *arena, const struct job *job)
{
    struct wva_value *value = wva_object(arena);
    struct wva_value *objects = wva_array(arena);
    wva_array_append(arena, objects, job->objects[0]);
    wva_array_append(arena, objects, job->objects[1]);
    wva_put(arena, value, wva_string(arena, job->name), "name");
    wva_put(arena, value, wva_string(arena, job->va), "va");
    wva_put(arena, value, wva_string(arena, job->va_accelerator), "vaAccelerator");
    wva_put(arena, value, wva_bool(arena, job->keep), "keep");
    wva_put(arena, value, wva_int(arena, job->timeout_ms), "timeoutMs");
    wva_put(arena, value, wva_int(arena, job->patience_ms), "patienceMs");
    wva_put(arena, value, objects, "objects");
    return value;
}

static int job_from_record(const struct wva_record *record, struct job *ret, struct wva_error *err)
{
    const struct wva_value *value = wva_get(record->plan, "run");
    if (!value) {
        wva_error_set(err, WVA_E_USAGE, "run %s was started with 'bench', not with 'run'",
                      record->run_id);
        return wva_error_hint(err, "kubectl wva bench --resume %s -n %s", record->run_id,
                              record->namespace_);
    }
    *ret = (struct job){
        .name = wva_get_str(value, "name"),
        .va = wva_get_str(value, "va"),
        .va_accelerator = wva_get_str(value, "vaAccelerator"),
        .keep = wva_value_bool(wva_get(value, "keep"), false),
        .timeout_ms = 40 * 60 * 1000,
        .patience_ms = 15 * 1000,
        .objects = {wva_get(value, "objects", "0"), wva_get(value, "objects", "1")},
    };
    (void)wva_value_i64(wva_get(value, "timeoutMs"), &ret->timeout_ms);
    (void)wva_value_i64(wva_get(value, "patienceMs"), &ret->patience_ms);
    if (!ret->name || !ret->objects[0] || !ret->objects[1])
        return wva_error_set(err, WVA_E_INPUT,
                             "the plan of run %s is damaged: no objects to deploy", record->run_id);
    return 0;
}

/* Everything about the server is known from our own options; nothing has to be discovered. */
static void target_of_options(struct wva_app *app, const struct options *opts, const char *name,
                              struct wva_target *ret)
{
    *ret = (struct wva_target){
        .url = wva_arena_printf(&app->arena, "http://%s.%s.svc:%lld", name, wva_app_namespace(app),
                                (long long)opts->deploy.port),
        .model = opts->deploy.model,
        .served_model = opts->deploy.served_model ? opts->deploy.served_model : opts->deploy.model,
        .max_batch_size = opts->deploy.max_batch_size,
        .accelerator = opts->deploy.accelerator,
        .accelerator_count = opts->deploy.gpus,
    };
}

/* WVA makes a VariantAutoscaling the dependent of the Deployment of its name: deleting that one at
 * the end would delete the VariantAutoscaling with it. */
static int check_names(const struct options *opts, const char *name, struct wva_error *err)
{
    if (!opts->va || opts->keep || !wva_str_eq(opts->va, name))
        return 0;
    wva_error_set(
        err, WVA_E_USAGE,
        "the benchmark Deployment must not have the VariantAutoscaling's name '%s': WVA ties the "
        "two together, and deleting the Deployment at the end would delete the VariantAutoscaling",
        name);
    return wva_error_hint(err, "kubectl wva run %s-bench --model %s --va %s", name,
                          opts->deploy.model, opts->va);
}

/* A Deployment that this run did not make is never touched, not even one that `deploy` made. */
static int check_absent(struct wva_app *app, const char *name, const char *run_id,
                        struct wva_error *err)
{
    struct wva_value *existing;
    if (wva_kube_get(app->kube, &app->arena, &wva_type_deployment, wva_app_namespace(app), name,
                     &existing, err) < 0) {
        if (err->code != WVA_E_NOT_FOUND)
            return -1;
        wva_error_clear(err);
        return 0;
    }
    if (wva_str_eq(wva_get_str(existing, "metadata", "labels", WVA_LABEL_RUN), run_id))
        return 0;
    wva_error_set(err, WVA_E_EXISTS,
                  "Deployment '%s/%s' exists and is not this run's: it is left as it is",
                  wva_app_namespace(app), name);
    return wva_error_hint(
        err, "measure it as it is: kubectl wva bench deployment/%s -n %s; or choose another name",
        name, wva_app_namespace(app));
}

/* Better told now than after an hour of measuring. */
static int check_va(struct wva_app *app, const struct job *job, struct wva_error *err)
{
    if (!job->va)
        return 0;
    const struct wva_apply apply = {
        .namespace_ = wva_app_namespace(app),
        .name = job->va,
        .profile = {.accelerator = job->va_accelerator},
    };
    return wva_apply_check(app, &apply, err);
}

static int plan_run(struct wva_app *app, const struct options *opts, const char *name,
                    const struct wva_list *rest, struct wva_plan *ret_plan, struct job *ret_job,
                    struct wva_error *err)
{
    char id[WVA_RUN_ID_MAX];
    wva_run_id_new(id);
    struct wva_target target;
    target_of_options(app, opts, name, &target);
    struct wva_bench_overrides overrides = {
        .hf_token_secret = opts->deploy.hf_token_secret,
        .patience_ms = opts->deploy.patience_ms,
    };
    struct job job = {
        .name = name,
        .va = opts->va,
        .va_accelerator = opts->va_accelerator,
        .keep = opts->keep,
        .timeout_ms = opts->deploy.timeout_ms,
        .patience_ms = opts->deploy.patience_ms,
    };
    enum wva_dry_run dry_run = wva_dry_run_of(opts->dry_run);
    if (wva_deploy_build(app, &opts->deploy, name, id, rest, dry_run, job.objects, err) < 0 ||
        wva_bench_plan(app, &opts->bench, &target, &overrides, id, ret_plan, err) < 0)
        return -1;
    ret_plan->provenance.vllm_image =
        wva_get_str(job.objects[0], "spec", "template", "spec", "containers", "0", "image");
    *ret_job = job;
    return 0;
}

/* Everything a run would create, in order. */
static int dry_run(struct wva_app *app, const struct options *opts, const struct wva_plan *plan,
                   struct job *job, struct wva_error *err)
{
    struct wva_value *all[WVA_LEVELS_MAX + 3] = {job->objects[0], job->objects[1]};
    size_t count = 2;
    if (plan->warmup_seconds > 0 &&
        wva_plan_job(&app->arena, plan, WVA_WARMUP, 1, NULL, &all[count++], err) < 0)
        return -1;
    for (size_t i = 0; i < plan->level_count; i++)
        if (wva_plan_job(&app->arena, plan, i, 1, NULL, &all[count++], err) < 0)
            return -1;
    enum wva_dry_run mode = wva_dry_run_of(opts->dry_run);
    if (mode == WVA_DRY_RUN_SERVER) {
        enum wva_applied applied[2];
        if (wva_deploy_apply(app, job->objects, mode, applied, err) < 0)
            return -1;
        for (size_t i = 2; i < count; i++)
            if (wva_kube_create(app->kube, &app->arena, &wva_type_job, all[i], mode, NULL, err) < 0)
                return -1;
    }
    if (wva_output_is_document(opts->output)) {
        wva_output_values(app, opts->output, all, count);
        return 0;
    }
    static const struct wva_kube_type *const types[] = {&wva_type_deployment, &wva_type_service,
                                                        &wva_type_job};
    for (size_t i = 0; i < count; i++)
        fprintf(app->out.file, "%s created%s\n",
                wva_kube_object_name(&app->arena, types[i < 2 ? i : 2],
                                     wva_get_str(all[i], "metadata", "name")),
                wva_dry_run_suffix(mode));
    return 0;
}

static int bring_up(struct wva_app *app, struct job *job, const struct wva_observer *observer,
                    struct wva_error *err)
{
    enum wva_applied applied[2];
    if (wva_deploy_apply(app, job->objects, WVA_DRY_RUN_NONE, applied, err) < 0)
        return -1;
    observer->note(observer->ctx, WVA_NOTE_INFO,
                   wva_arena_printf(&app->arena, "deployment.apps/%s %s", job->name,
                                    wva_applied_word(applied[0])));
    if (wva_deploy_wait(app->kube, wva_app_namespace(app), job->name, job->timeout_ms,
                        job->patience_ms, observer, err) < 0)
        return -1;
    observer->note(observer->ctx, WVA_NOTE_DONE,
                   wva_arena_printf(&app->arena, "deployment/%s is ready", job->name));
    return 0;
}

static int write_va(struct wva_app *app, const struct job *job, const struct wva_fit_document *fit,
                    const struct wva_observer *observer, struct wva_error *err)
{
    struct wva_apply apply = {
        .namespace_ = wva_app_namespace(app),
        .name = job->va,
        .profile =
            {
                .accelerator = job->va_accelerator,
                .accelerator_count = fit->provenance.accelerator_count,
                .max_batch_size = fit->provenance.max_batch_size,
                .parameters = fit->fit.parameters,
            },
    };
    struct wva_apply_result result;
    wva_progress_end(&app->progress);
    if (wva_apply_parameters(app, &apply, &result, err) < 0)
        return -1;
    observer->note(
        observer->ctx, WVA_NOTE_DONE,
        wva_arena_printf(&app->arena, "%s %s",
                         wva_kube_object_name(&app->arena, &wva_type_variantautoscaling, job->va),
                         result.word));
    return 0;
}

/* Only what carries this run's label goes, by uid. The record and the Jobs' logs stay until
 * `cleanup`. */
static int take_down(struct wva_app *app, const struct wva_record *record,
                     const struct wva_observer *observer, struct wva_error *err)
{
    size_t deleted;
    if (wva_cleanup(app->kube, &app->arena, record->namespace_, record->run_id, WVA_CLEANUP_SERVER,
                    WVA_DRY_RUN_NONE, observer, &deleted, err) < 0)
        return wva_error_wrap(err, "the parameters are done, but cleaning up failed");
    return 0;
}

static int fit_and_write(struct wva_app *app, const struct job *job, struct wva_record *record,
                         const struct wva_benchmark *benchmark, const struct wva_observer *observer,
                         struct wva_fit_document *ret, struct wva_error *err)
{
    if (wva_fit_benchmark(&app->arena, benchmark, WVA_BATCH_AUTO, ret, err) < 0)
        return wva_error_wrap(err, "cannot fit run %s", record->run_id);
    if (job->va && write_va(app, job, ret, observer, err) < 0)
        return -1;
    char *text = wva_json_text(&app->arena, wva_fit_to_value(&app->arena, ret));
    if (wva_record_put(app->kube, &app->arena, record, "result", text, err) < 0)
        return -1;
    return wva_record_put(app->kube, &app->arena, record, "state", job->va ? "applied" : "fitted",
                          err);
}

static int carry_out(struct wva_app *app, const struct options *opts, struct job *job,
                     struct wva_record *record, struct wva_error *err)
{
    struct wva_observer observer = wva_app_observer(app);
    observer.note(observer.ctx, WVA_NOTE_INFO,
                  wva_arena_printf(&app->arena, "run %s in namespace %s", record->run_id,
                                   record->namespace_));
    struct wva_benchmark benchmark;
    struct wva_fit_document fit;
    bool measured = wva_bench_complete(&app->arena, record);
    if ((!measured && bring_up(app, job, &observer, err) < 0) ||
        wva_bench_go_on(app, record, &benchmark, err) < 0 ||
        fit_and_write(app, job, record, &benchmark, &observer, &fit, err) < 0)
        return wva_record_hint_resume(record, "run", err);
    if (!job->keep && take_down(app, record, &observer, err) < 0)
        return -1;
    wva_progress_end(&app->progress);
    if (wva_output_is_document(opts->output))
        wva_output_value(app, opts->output, wva_fit_to_value(&app->arena, &fit));
    else if (wva_str_eq(opts->output, "name"))
        fprintf(app->out.file, "%s\n", record->run_id);
    else
        wva_fit_print(app, &fit);
    return 0;
}

static int resume(struct wva_app *app, const struct options *opts, struct wva_error *err)
{
    struct wva_record record;
    struct job job;
    if (wva_record_load(app->kube, &app->arena, wva_app_namespace(app), opts->resume, &record,
                        err) < 0 ||
        job_from_record(&record, &job, err) < 0 ||
        check_absent(app, job.name, record.run_id, err) < 0)
        return -1;
    return carry_out(app, opts, &job, &record, err);
}

static int start(struct wva_app *app, const struct options *opts, const char *name,
                 const struct wva_list *rest, struct wva_error *err)
{
    struct wva_plan plan = {0};
    struct job job;
    if (plan_run(app, opts, name, rest, &plan, &job, err) < 0 || check_names(opts, name, err) < 0)
        return -1;
    if (opts->dry_run && !wva_str_eq(opts->dry_run, "none"))
        return dry_run(app, opts, &plan, &job, err);
    if (check_absent(app, name, plan.provenance.run_id, err) < 0 || check_va(app, &job, err) < 0)
        return -1;
    struct wva_value *value = wva_plan_to_value(&app->arena, &plan);
    wva_put(&app->arena, value, job_to_value(&app->arena, &job), "run");
    struct wva_record record;
    if (wva_record_create(app->kube, &app->arena, wva_app_namespace(app), plan.provenance.run_id,
                          value, &record, err) < 0)
        return -1;
    return carry_out(app, opts, &job, &record, err);
}

static int run(struct wva_app *app, const void *opaque, const struct wva_list *arguments,
               const struct wva_list *rest, struct wva_error *err)
{
    const struct options *opts = opaque;
    if (opts->resume && arguments->count > 0)
        return wva_error_set(err, WVA_E_USAGE,
                             "--resume goes on with what the run deploys: no name is given");
    if (opts->resume && wva_dry_run_of(opts->dry_run) != WVA_DRY_RUN_NONE)
        return wva_error_set(err, WVA_E_USAGE, "--dry-run is about a new run, not --resume");
    if (!opts->resume && arguments->count == 0) {
        wva_error_set(err, WVA_E_USAGE, "'run' needs a name for the benchmark Deployment");
        return wva_error_hint(err, "%s run NAME --model ID --va VA", app->program);
    }
    bool offline = wva_dry_run_of(opts->dry_run) == WVA_DRY_RUN_CLIENT;
    if ((offline ? wva_app_stay_offline(app, err) : wva_app_connect(app, err)) < 0)
        return -1;
    return opts->resume ? resume(app, opts, err) : start(app, opts, arguments->items[0], rest, err);
}

const struct wva_command wva_command_run = {
    .name = "run",
    .summary = "Deploy, measure, fit and apply in one go",
    .arguments = "NAME --model ID [--va VA] [-- VLLM-ARG…]",
    .description = "The whole way: deploys the model on vLLM under NAME, waits until it is\n"
                   "ready, measures several batch sizes, fits alpha, beta, gamma and delta,\n"
                   "writes them into the VariantAutoscaling VA, and deletes the Deployment and\n"
                   "Service again. A Deployment that this run did not make is never touched.\n\n"
                   "All of it is recorded in the ConfigMap wva-run-ID. After an interruption or\n"
                   "a failure, --resume ID goes on where it stopped; 'cleanup ID' removes what\n"
                   "is left.",
    .examples = "# from nothing to parameters in a VariantAutoscaling\n"
                "kubectl wva run llama-bench --model meta-llama/Llama-3.1-8B-Instruct \\\n"
                "    --accelerator NVIDIA-H100-80GB-HBM3 --hf-token-secret hf-token \\\n"
                "    --va llama --va-accelerator H100\n"
                "# only the numbers\n"
                "kubectl wva run llama-bench --model my/model -o json\n"
                "# go on\n"
                "kubectl wva run --resume k3x9qz7f2m\n",
    .groups = (const struct wva_option_group[]){{"Server", wva_deploy_table, AT(deploy)},
                                                {"Measurement", wva_bench_table, AT(bench)},
                                                {"Options", table, 0},
                                                {0}},
    .options_size = sizeof(struct options),
    .defaults = &defaults,
    .most = 1,
    .takes_rest = true,
    .run = run,
};
