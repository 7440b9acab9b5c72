// SPDX-License-Identifier: Apache-2.0
/* kubectl wva bench: ITL and TTFT at several batch sizes, measured in the cluster. */
#include "resuming.h"

#include "wva/cmd/output.h"
#include "wva/util/str.h"

struct options {
    struct wva_bench_options bench;
    const char *model;
    const char *served_model;
    int64_t max_batch_size;
    const char *accelerator;
    int64_t accelerator_count;
    const char *hf_token_secret;
    int64_t patience_ms;
    const char *resume;
    const char *dry_run;
    const char *output;
};

static const struct options defaults = {.bench = WVA_BENCH_DEFAULTS, .patience_ms = 15 * 1000};

#define AT(member) offsetof(struct options, member)

static const struct wva_option table[] = {
    {.name = "model",
     .kind = WVA_OPTION_TEXT,
     .offset = AT(model),
     .value = "ID",
     .help = "Model (Hugging Face id, also of the tokenizer); else what the Deployment says"},
    {.name = "served-model-name",
     .kind = WVA_OPTION_TEXT,
     .offset = AT(served_model),
     .value = "NAME",
     .help = "Name in requests; else what the Deployment says"},
    {.name = "max-batch-size",
     .kind = WVA_OPTION_INT,
     .offset = AT(max_batch_size),
     .value = "N",
     .low = 1,
     .high = 100000,
     .help = "The server's --max-num-seqs; else what the Deployment says"},
    {.name = "accelerator",
     .kind = WVA_OPTION_TEXT,
     .offset = AT(accelerator),
     .value = "NAME",
     .help = "Accelerator to record, by WVA's name for it"},
    {.name = "accelerator-count",
     .kind = WVA_OPTION_INT,
     .offset = AT(accelerator_count),
     .value = "N",
     .low = 1,
     .high = 1024,
     .help = "Accelerators a replica; else what the Deployment says"},
    {.name = "hf-token-secret",
     .kind = WVA_OPTION_TEXT,
     .offset = AT(hf_token_secret),
     .value = "NAME[:KEY]",
     .help = "Secret with a Hugging Face token for the tokenizer; else the Deployment's"},
    {.name = "patience",
     .kind = WVA_OPTION_DURATION,
     .offset = AT(patience_ms),
     .value = "TIME",
     .help = "How long to wait for what may still come right: a free node, quota, a registry "
             "(default 15s)"},
    {.name = "resume",
     .kind = WVA_OPTION_TEXT,
     .offset = AT(resume),
     .value = "ID",
     .help = "Go on with a run: measure only the levels it lacks"},
    WVA_DRY_RUN_OPTION(struct options, dry_run),
    WVA_OUTPUT_OPTION(struct options, output),
    {.name = NULL},
};

static void warn_prefix_caching(struct wva_app *app, const char *what)
{
    if (app->connection.quiet)
        return;
    wva_term_put(&app->err, WVA_STYLE_YELLOW, "warning:");
    fprintf(app->err.file,
            " %s does not run with --no-enable-prefix-caching: cache hits would make its TTFT look "
            "better than it is\n",
            what);
}

/* One server must get the whole load: spread over several, no level is at its batch size. */
static int check_replicas(struct wva_app *app, const struct wva_target *target, bool must_be_ready,
                          struct wva_error *err)
{
    const char *name = target->deployment, *namespace_ = wva_app_namespace(app);
    if (!name)
        return 0;
    if (target->replicas != 1) {
        wva_error_set(err, WVA_E_FAILED,
                      "%s leads to %lld replicas, and the load of a level is for one", target->url,
                      (long long)target->replicas);
        return wva_error_hint(err, "kubectl scale deployment %s --replicas=1 -n %s", name,
                              namespace_);
    }
    if (target->ready_replicas > 0 || !must_be_ready)
        return 0;
    wva_error_set(err, WVA_E_FAILED, "Deployment '%s/%s' is not ready", namespace_, name);
    return wva_error_hint(err, "kubectl rollout status deployment %s -n %s", name, namespace_);
}

static int find_target(struct wva_app *app, const char *what, bool must_be_ready,
                       struct wva_target *ret, struct wva_error *err)
{
    if (wva_target_find(app->kube, &app->arena, wva_app_namespace(app), what, ret, err) < 0 ||
        check_replicas(app, ret, must_be_ready, err) < 0)
        return -1;
    if (ret->prefix_caching && ret->model)
        warn_prefix_caching(app, what);
    return 0;
}

static int print_jobs(struct wva_app *app, const struct wva_plan *plan, enum wva_dry_run mode,
                      const char *output, struct wva_error *err)
{
    struct wva_value *jobs[WVA_LEVELS_MAX + 1];
    size_t count;
    if (wva_bench_jobs(app, plan, jobs, &count, err) < 0)
        return -1;
    if (wva_output_is_document(output)) {
        wva_output_values(app, output, jobs, count);
        return 0;
    }
    const char *what = wva_str_eq(output, "name") ? "" : " created";
    const char *suffix = wva_str_eq(output, "name") ? "" : wva_dry_run_suffix(mode);
    for (size_t i = 0; i < count; i++)
        fprintf(app->out.file, "job.batch/%s%s%s\n", wva_get_str(jobs[i], "metadata", "name"), what,
                suffix);
    return 0;
}

/* Has the API server check one Job of the plan; the others differ in numbers only. */
static int check_on_server(struct wva_app *app, const struct wva_plan *plan, struct wva_error *err)
{
    struct wva_value *job;
    if (wva_plan_job(&app->arena, plan, 0, 1, NULL, &job, err) < 0)
        return -1;
    return wva_kube_create(app->kube, &app->arena, &wva_type_job, job, WVA_DRY_RUN_SERVER, NULL,
                           err);
}

static int make_plan(struct wva_app *app, const struct options *opts, const char *what,
                     struct wva_plan *ret, struct wva_error *err)
{
    struct wva_target target;
    bool for_real = wva_dry_run_of(opts->dry_run) == WVA_DRY_RUN_NONE;
    if (find_target(app, what, for_real, &target, err) < 0)
        return -1;
    struct wva_bench_overrides overrides = {
        .model = opts->model,
        .served_model = opts->served_model,
        .max_batch_size = opts->max_batch_size,
        .accelerator = opts->accelerator,
        .accelerator_count = opts->accelerator_count,
        .hf_token_secret = opts->hf_token_secret,
        .patience_ms = opts->patience_ms,
    };
    char id[WVA_RUN_ID_MAX];
    wva_run_id_new(id);
    return wva_bench_plan(app, &opts->bench, &target, &overrides, id, ret, err);
}

static int resume(struct wva_app *app, const struct options *opts, struct wva_record *ret,
                  struct wva_error *err)
{
    static const struct wva_list nothing;
    static const char *const none[] = {NULL};
    if (wva_resume_check(app, &nothing, none, err) < 0 ||
        wva_record_load(app->kube, &app->arena, wva_app_namespace(app), opts->resume, ret, err) < 0)
        return -1;
    if (!wva_str_eq(wva_record_command(ret), "bench")) {
        wva_error_set(err, WVA_E_USAGE, "run %s was started with 'run', not with 'bench'",
                      ret->run_id);
        return wva_error_hint(err, "%s run --resume %s -n %s", app->program, ret->run_id,
                              ret->namespace_);
    }
    if (wva_resume_amend(app, &opts->bench, opts->patience_ms, ret, err) < 0)
        return -1;
    return wva_resume_store(app, ret, err);
}

static int open_record(struct wva_app *app, const struct options *opts,
                       const struct wva_list *arguments, struct wva_record *ret, bool *ret_dry,
                       struct wva_error *err)
{
    *ret_dry = false;
    if (opts->resume)
        return resume(app, opts, ret, err);
    struct wva_plan plan;
    if (make_plan(app, opts, arguments->items[0], &plan, err) < 0)
        return -1;
    enum wva_dry_run dry_run = wva_dry_run_of(opts->dry_run);
    if (dry_run != WVA_DRY_RUN_NONE) {
        *ret_dry = true;
        if (dry_run == WVA_DRY_RUN_SERVER && check_on_server(app, &plan, err) < 0)
            return -1;
        return print_jobs(app, &plan, dry_run, opts->output, err);
    }
    return wva_record_create(app->kube, &app->arena, wva_app_namespace(app), plan.provenance.run_id,
                             wva_plan_to_value(&app->arena, &plan), ret, err);
}

static int check_arguments(struct wva_app *app, const struct options *opts,
                           const struct wva_list *arguments, struct wva_error *err)
{
    if (opts->resume && arguments->count > 0)
        return wva_error_set(err, WVA_E_USAGE,
                             "--resume goes on with what the run measures: no target is given");
    if (opts->resume && wva_dry_run_of(opts->dry_run) != WVA_DRY_RUN_NONE)
        return wva_error_set(err, WVA_E_USAGE, "--dry-run is about a new run, not --resume");
    if (!opts->resume && arguments->count == 0) {
        wva_error_set(err, WVA_E_USAGE, "'bench' needs something to measure");
        return wva_error_hint(err, "%s bench deployment/NAME", app->program);
    }
    return 0;
}

static int run(struct wva_app *app, const void *opaque, const struct wva_list *arguments,
               const struct wva_list *rest, struct wva_error *err)
{
    (void)rest;
    const struct options *opts = opaque;
    if (check_arguments(app, opts, arguments, err) < 0 || wva_app_connect(app, err) < 0)
        return -1;
    struct wva_record record;
    bool dry;
    if (open_record(app, opts, arguments, &record, &dry, err) < 0)
        return -1;
    if (dry)
        return 0;
    struct wva_observer observer = wva_app_observer(app);
    observer.note(
        observer.ctx, WVA_NOTE_INFO,
        wva_arena_printf(&app->arena, "run %s in namespace %s", record.run_id, record.namespace_));
    struct wva_benchmark benchmark;
    if (wva_bench_go_on(app, &record, &benchmark, err) < 0)
        return wva_record_hint_resume(&record, err);
    wva_progress_end(&app->progress);
    if (wva_output_is_document(opts->output))
        wva_output_value(app, opts->output, wva_benchmark_to_value(&app->arena, &benchmark));
    else if (wva_str_eq(opts->output, "name"))
        fprintf(app->out.file, "%s\n", record.run_id);
    else
        wva_bench_print(app, &benchmark);
    return 0;
}

const struct wva_command wva_command_bench = {
    .name = "bench",
    .summary = "Measure ITL and TTFT at several batch sizes with GuideLLM",
    .arguments = "[deployment/NAME|service/NAME|URL]",
    .description = "Runs one GuideLLM Job after another in the cluster: a short warm-up that is\n"
                   "thrown away, then one level for each batch size. Model, served name, port\n"
                   "and --max-num-seqs are read from the Deployment and its Service; options\n"
                   "override them. It must have one replica: load that a Service spreads over\n"
                   "several is at none of them the batch size that was asked for.\n\n"
                   "Each level is checked (requests succeeded, concurrency as wanted, tokens as\n"
                   "asked) and kept in the ConfigMap wva-run-ID as soon as it ends, so that a\n"
                   "lost connection or workstation loses no finished level: --resume ID goes\n"
                   "on. It takes anew what no measured level depends on: --patience, GuideLLM's\n"
                   "image, where its Jobs run (--job-…), and what is demanded of a level\n"
                   "(--allow-…).\n\n"
                   "Ctrl-C stops the running Job and says how to go on; a second one stops at\n"
                   "once.",
    .examples = "# four levels from 1 to the server's --max-num-seqs\n"
                "kubectl wva bench deployment/vllm\n"
                "# these levels, longer prompts, as a document\n"
                "kubectl wva bench deployment/vllm --levels 1,8,32 --prompt-tokens 1024 \\\n"
                "    -o json > bench.json\n"
                "# go on after an interruption\n"
                "kubectl wva bench --resume k3x9qz7f2m\n",
    .groups = (const struct wva_option_group[]){{"Measurement", wva_bench_table,
                                                 offsetof(struct options, bench)},
                                                {"Options", table, 0},
                                                {0}},
    .options_size = sizeof(struct options),
    .defaults = &defaults,
    .most = 1,
    .run = run,
};
