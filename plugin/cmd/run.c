// SPDX-License-Identifier: Apache-2.0
/*
 * kubectl wva run: the whole job. The run's record holds the plan and the exact objects before
 * anything else is made, so that whatever happens next can be gone on with or cleaned up.
 */
#include "apply_va.h"
#include "benching.h"
#include "deploying.h"
#include "fit_levels.h"
#include "resuming.h"
#include "run_check.h"

#include "wva/cmd/output.h"
#include "wva/codec/json.h"
#include "wva/guidellm/job.h"
#include "wva/util/cancel.h"
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

/* Two batch sizes make two lines: better told now than after the measurement. */
static int check_batches(const struct wva_plan *plan, struct wva_error *err)
{
    for (size_t i = 1; i < plan->level_count; i++)
        if (plan->levels[i].streams != plan->levels[0].streams)
            return 0;
    wva_error_set(err, WVA_E_USAGE,
                  "all levels are at batch %lld: four parameters need at least two batch sizes",
                  (long long)plan->levels[0].streams);
    return wva_error_hint(err, "--levels 1,4,16,64, or --max-batch-size above 1");
}

static int plan_run(struct wva_app *app, const struct options *opts, const char *name,
                    const struct wva_list *rest, struct wva_plan *ret_plan,
                    struct wva_run_job *ret_job, struct wva_error *err)
{
    char id[WVA_RUN_ID_MAX];
    wva_run_id_new(id);
    struct wva_target target;
    target_of_options(app, opts, name, &target);
    struct wva_bench_overrides overrides = {
        .hf_token_secret = opts->deploy.hf_token_secret,
        .patience_ms = opts->deploy.patience_ms,
    };
    struct wva_run_job job = {
        .name = name,
        .va = opts->va,
        .va_accelerator = opts->va_accelerator,
        .keep = opts->keep,
        .timeout_ms = opts->deploy.timeout_ms,
        .patience_ms = opts->deploy.patience_ms,
    };
    enum wva_dry_run dry_run = wva_dry_run_of(opts->dry_run);
    if (wva_deploy_build(app, &opts->deploy, name, id, rest, dry_run, job.objects, err) < 0 ||
        wva_bench_plan(app, &opts->bench, &target, &overrides, id, ret_plan, err) < 0 ||
        check_batches(ret_plan, err) < 0)
        return -1;
    ret_plan->provenance.vllm_image =
        wva_get_str(job.objects[0], "spec", "template", "spec", "containers", "0", "image");
    *ret_job = job;
    return 0;
}

/* Everything a run would create, in order. */
static int dry_run(struct wva_app *app, const struct options *opts, const struct wva_plan *plan,
                   struct wva_run_job *job, struct wva_error *err)
{
    struct wva_value *all[WVA_LEVELS_MAX + 3] = {job->objects[0], job->objects[1]};
    size_t count;
    if (wva_bench_jobs(app, plan, all + 2, &count, err) < 0)
        return -1;
    count += 2;
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

static int bring_up(struct wva_app *app, struct wva_run_job *job,
                    const struct wva_observer *observer, struct wva_error *err)
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

static int write_va(struct wva_app *app, const struct wva_run_job *job,
                    const struct wva_fit_document *fit, const struct wva_observer *observer,
                    struct wva_error *err)
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

static int fit(struct wva_app *app, const struct wva_record *record,
               const struct wva_benchmark *benchmark, struct wva_fit_document *ret,
               struct wva_error *err)
{
    if (wva_fit_benchmark(&app->arena, benchmark, WVA_BATCH_AUTO, ret, err) < 0)
        return wva_error_wrap(err, "cannot fit run %s", record->run_id);
    return 0;
}

static int write_result(struct wva_app *app, const struct wva_run_job *job,
                        struct wva_record *record, const struct wva_fit_document *fitted,
                        const struct wva_observer *observer, struct wva_error *err)
{
    if (job->va && write_va(app, job, fitted, observer, err) < 0)
        return wva_error_wrap(err, "cannot write the parameters");
    char *text = wva_json_text(&app->arena, wva_fit_to_value(&app->arena, fitted));
    if (wva_record_put(app->kube, &app->arena, record, "result", text, err) < 0)
        return -1;
    return wva_record_put(app->kube, &app->arena, record, "state", job->va ? "applied" : "fitted",
                          err);
}

static bool is_finished(const struct wva_record *record)
{
    const char *state = wva_record_text(record, "state");
    return wva_str_eq(state, "applied") || wva_str_eq(state, "fitted");
}

/* The server is up, and every level is measured. */
static int measure(struct wva_app *app, struct wva_run_job *job, struct wva_record *record,
                   struct wva_benchmark *ret, struct wva_error *err)
{
    if (!wva_bench_complete(&app->arena, record) && bring_up(app, job, &record->observer, err) < 0)
        return wva_record_stop(app->kube, &app->arena, record, err);
    return wva_bench_go_on(app, record, ret, err);
}

/* Once there are figures that fit, the server is not needed any more, whatever comes of them. */
static int conclude(struct wva_app *app, const struct wva_run_job *job, struct wva_record *record,
                    const struct wva_benchmark *benchmark, struct wva_fit_document *ret,
                    struct wva_error *err)
{
    const struct wva_observer *observer = &record->observer;
    struct wva_error down = {0};
    if (fit(app, record, benchmark, ret, err) < 0)
        return -1;
    int result = is_finished(record) ? 0 : write_result(app, job, record, ret, observer, err);
    if (job->keep || err->code == WVA_E_CANCELED || take_down(app, record, observer, &down) == 0)
        return result;
    if (result == 0)
        *err = down;
    else
        observer->note(observer->ctx, WVA_NOTE_WARNING, down.msg);
    return -1;
}

/* A failed run leaves the server, as going on would need it; but it occupies GPUs. */
static void hint_server(struct wva_app *app, const struct wva_run_job *job,
                        const struct wva_record *record, struct wva_error *err)
{
    struct wva_value *deployment;
    struct wva_error ignored = {0};
    int64_t available = 0;
    wva_cancel_defer_begin();
    int found = wva_kube_get(app->kube, &app->arena, &wva_type_deployment, record->namespace_,
                             job->name, &deployment, &ignored);
    wva_cancel_defer_end();
    if (found < 0)
        return;
    (void)wva_value_i64(wva_get(deployment, "status", "availableReplicas"), &available);
    wva_error_add_hint(err,
                       available > 0 ? "deployment/%s goes on running"
                                     : "deployment/%s is there, but not ready",
                       job->name);
}

static void print_result(struct wva_app *app, const char *output, const struct wva_record *record,
                         const struct wva_fit_document *fitted)
{
    wva_progress_end(&app->progress);
    if (wva_output_is_document(output))
        wva_output_value(app, output, wva_fit_to_value(&app->arena, fitted));
    else if (wva_str_eq(output, "name"))
        fprintf(app->out.file, "%s\n", record->run_id);
    else
        wva_fit_print(app, fitted);
}

static int carry_out(struct wva_app *app, const struct options *opts, struct wva_run_job *job,
                     struct wva_record *record, struct wva_error *err)
{
    struct wva_benchmark benchmark;
    struct wva_fit_document fitted;
    record->observer = wva_app_observer(app);
    record->observer.note(record->observer.ctx, WVA_NOTE_INFO,
                          wva_arena_printf(&app->arena, "run %s in namespace %s%s", record->run_id,
                                           record->namespace_,
                                           is_finished(record) ? " was finished before" : ""));
    if (measure(app, job, record, &benchmark, err) < 0 ||
        conclude(app, job, record, &benchmark, &fitted, err) < 0) {
        if (err->code != WVA_E_NETWORK)
            hint_server(app, job, record, err);
        return wva_record_hint_resume(record, err);
    }
    print_result(app, opts->output, record, &fitted);
    return 0;
}

/* What a resumed run may be told anew. A VariantAutoscaling that is named now is still to be
 * written, whatever was before. */
static int amend_job(struct wva_app *app, const struct options *opts, struct wva_record *record,
                     struct wva_run_job *job, struct wva_error *err)
{
    if (opts->va)
        job->va = opts->va;
    if (opts->va_accelerator)
        job->va_accelerator = opts->va_accelerator;
    if (wva_app_given(app, "keep"))
        job->keep = opts->keep;
    if (wva_app_given(app, "timeout"))
        job->timeout_ms = opts->deploy.timeout_ms;
    if (wva_app_given(app, "patience"))
        job->patience_ms = opts->deploy.patience_ms;
    wva_put(&app->arena, record->plan, wva_run_job_to_value(&app->arena, job), "run");
    if (!opts->va || !is_finished(record))
        return 0;
    return wva_record_put(app->kube, &app->arena, record, "state", "measured", err);
}

static int resume(struct wva_app *app, const struct options *opts, const struct wva_list *rest,
                  struct wva_error *err)
{
    static const char *const more[] = {"va", "va-accelerator", "keep", "timeout", NULL};
    struct wva_record record;
    struct wva_run_job job;
    if (wva_resume_check(app, rest, more, err) < 0 ||
        wva_record_load(app->kube, &app->arena, wva_app_namespace(app), opts->resume, &record,
                        err) < 0 ||
        wva_run_job_from_record(&record, &job, err) < 0 ||
        wva_resume_amend(app, &opts->bench, opts->deploy.patience_ms, &record, err) < 0 ||
        amend_job(app, opts, &record, &job, err) < 0 || wva_run_check_names(&job, err) < 0)
        return -1;
    if (!wva_bench_complete(&app->arena, &record) &&
        (wva_run_check_absent(app, job.name, record.run_id, err) < 0 ||
         wva_run_check_va(app, &job, err) < 0))
        return -1;
    if (wva_resume_store(app, &record, err) < 0)
        return -1;
    return carry_out(app, opts, &job, &record, err);
}

static int start(struct wva_app *app, const struct options *opts, const char *name,
                 const struct wva_list *rest, struct wva_error *err)
{
    struct wva_plan plan = {0};
    struct wva_run_job job;
    if (plan_run(app, opts, name, rest, &plan, &job, err) < 0 || wva_run_check_names(&job, err) < 0)
        return -1;
    if (opts->dry_run && !wva_str_eq(opts->dry_run, "none"))
        return dry_run(app, opts, &plan, &job, err);
    if (wva_run_check_absent(app, name, plan.provenance.run_id, err) < 0 ||
        wva_run_check_va(app, &job, err) < 0 || wva_run_check_job(app, &plan, err) < 0)
        return -1;
    struct wva_value *value = wva_plan_to_value(&app->arena, &plan);
    wva_put(&app->arena, value, wva_run_job_to_value(&app->arena, &job), "run");
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
    return opts->resume ? resume(app, opts, rest, err)
                        : start(app, opts, arguments->items[0], rest, err);
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
                   "is left. --resume takes anew what no measured level depends on: --va,\n"
                   "--keep, --timeout, --patience, GuideLLM's image, where its Jobs run\n"
                   "(--job-…), and what is demanded of a level (--allow-…). Without --keep the\n"
                   "server goes once its figures are fitted, even if they cannot be written.",
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
