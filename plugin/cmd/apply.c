// SPDX-License-Identifier: Apache-2.0
/* kubectl wva apply: parameters into a VariantAutoscaling, and nothing else. */
#include "apply_va.h"
#include "fit_file.h"
#include "fit_levels.h"

#include "wva/cmd/output.h"
#include "wva/run/record.h"
#include "wva/util/str.h"

#include <math.h>
#include <string.h>

struct apply_options {
    const char *file;
    const char *run;
    double alpha, beta, gamma, delta;
    const char *accelerator;
    int64_t accelerator_count;
    int64_t max_batch_size;
    bool create;
    const char *deployment;
    const char *model;
    const char *dry_run;
    const char *output;
};

static const struct apply_options defaults = {
    .alpha = (double)NAN,
    .beta = (double)NAN,
    .gamma = (double)NAN,
    .delta = (double)NAN,
};

#define AT(member) offsetof(struct apply_options, member)

static const struct wva_option options[] = {
    {.name = "filename",
     .letter = 'f',
     .kind = WVA_OPTION_TEXT,
     .offset = AT(file),
     .value = "FILE",
     .help = "Fit document; '-' is standard input"},
    {.name = "run",
     .kind = WVA_OPTION_TEXT,
     .offset = AT(run),
     .value = "ID",
     .help = "Fit the levels of a run recorded in the cluster"},
    {.name = "alpha",
     .kind = WVA_OPTION_NUMBER,
     .offset = AT(alpha),
     .value = "MS",
     .help = "alpha by hand"},
    {.name = "beta",
     .kind = WVA_OPTION_NUMBER,
     .offset = AT(beta),
     .value = "MS",
     .help = "beta by hand"},
    {.name = "gamma",
     .kind = WVA_OPTION_NUMBER,
     .offset = AT(gamma),
     .value = "MS",
     .help = "gamma by hand"},
    {.name = "delta",
     .kind = WVA_OPTION_NUMBER,
     .offset = AT(delta),
     .value = "MS",
     .help = "delta by hand"},
    {.name = "accelerator",
     .kind = WVA_OPTION_TEXT,
     .offset = AT(accelerator),
     .value = "NAME",
     .help = "Entry to change; else the Fit's, else the one the VariantAutoscaling's label names"},
    {.name = "accelerator-count",
     .kind = WVA_OPTION_INT,
     .offset = AT(accelerator_count),
     .value = "N",
     .low = 1,
     .high = 1024,
     .help = "Accelerators a replica, for a new entry"},
    {.name = "max-batch-size",
     .kind = WVA_OPTION_INT,
     .offset = AT(max_batch_size),
     .value = "N",
     .low = 1,
     .high = 1000000,
     .help = "maxBatchSize; else the Fit's, else as it is"},
    {.name = "create",
     .kind = WVA_OPTION_FLAG,
     .offset = AT(create),
     .help = "Make the VariantAutoscaling if it does not exist"},
    {.name = "deployment",
     .kind = WVA_OPTION_TEXT,
     .offset = AT(deployment),
     .value = "NAME",
     .help = "Deployment it scales, for --create"},
    {.name = "model",
     .kind = WVA_OPTION_TEXT,
     .offset = AT(model),
     .value = "ID",
     .help = "Model id, for --create; else the Fit's"},
    WVA_DRY_RUN_OPTION(struct apply_options, dry_run),
    WVA_OUTPUT_OPTION(struct apply_options, output),
    {.name = NULL},
};

static int fit_from_run(struct wva_app *app, const char *id, struct wva_fit_document *ret,
                        struct wva_error *err)
{
    struct wva_record record;
    struct wva_benchmark benchmark = {0};
    if (wva_record_load(app->kube, &app->arena, wva_app_namespace(app), id, &record, err) < 0 ||
        wva_record_benchmark(&app->arena, &record, &benchmark, err) < 0)
        return -1;
    if (wva_fit_benchmark(&app->arena, &benchmark, WVA_BATCH_AUTO, ret, err) < 0)
        return wva_error_wrap(err, "cannot fit run %s", id);
    return 0;
}

static int fit_from_flags(const struct apply_options *opts, struct wva_fit_document *ret,
                          struct wva_error *err)
{
    struct wva_parameters parameters = {opts->alpha, opts->beta, opts->gamma, opts->delta};
    if (isnan(opts->alpha) || isnan(opts->beta) || isnan(opts->gamma) || isnan(opts->delta))
        return wva_error_set(err, WVA_E_USAGE,
                             "--alpha, --beta, --gamma and --delta are needed together");
    if (wva_parameters_check(&parameters, err) < 0) {
        err->code = WVA_E_USAGE;
        return -1;
    }
    *ret = (struct wva_fit_document){.fit = {.parameters = parameters}};
    return 0;
}

static int check_sources(struct wva_app *app, const struct apply_options *opts, bool by_hand,
                         struct wva_error *err)
{
    int sources = (opts->file != NULL) + (opts->run != NULL) + by_hand;
    if (sources == 1)
        return 0;
    wva_error_set(err, WVA_E_USAGE, "%s: give one of -f FILE, --run ID, or the four numbers",
                  sources == 0 ? "no parameters" : "parameters from several places");
    return wva_error_hint(err, "%s apply VA -f fit.json", app->program);
}

/* The document decides before the cluster is asked: a bad file must not need a kubeconfig to be
 * told. */
static int read_parameters(struct wva_app *app, const struct apply_options *opts,
                           struct wva_fit_document *ret, struct wva_error *err)
{
    bool by_hand =
        !isnan(opts->alpha) || !isnan(opts->beta) || !isnan(opts->gamma) || !isnan(opts->delta);
    if (check_sources(app, opts, by_hand, err) < 0)
        return -1;
    if (opts->file && wva_fit_file_read(app, opts->file, "apply VA", ret, NULL, NULL, err) < 0)
        return -1;
    if (by_hand && fit_from_flags(opts, ret, err) < 0)
        return -1;
    if (wva_app_connect(app, err) < 0)
        return -1;
    return opts->run ? fit_from_run(app, opts->run, ret, err) : 0;
}

static void print_result(struct wva_app *app, const struct apply_options *opts,
                         const struct wva_apply *apply, const struct wva_apply_result *result)
{
    if (wva_output_is_document(opts->output)) {
        wva_output_value(app, opts->output, result->object);
        return;
    }
    char *name = wva_kube_object_name(&app->arena, &wva_type_variantautoscaling, apply->name);
    if (wva_str_eq(opts->output, "name"))
        fprintf(app->out.file, "%s\n", name);
    else
        fprintf(app->out.file, "%s %s%s\n", name, result->word, wva_dry_run_suffix(apply->dry_run));
}

static int run(struct wva_app *app, const void *opaque, const struct wva_list *arguments,
               const struct wva_list *rest, struct wva_error *err)
{
    (void)rest;
    const struct apply_options *opts = opaque;
    struct wva_fit_document fit = {0};
    if (read_parameters(app, opts, &fit, err) < 0)
        return -1;
    const struct wva_provenance *from = &fit.provenance;
    struct wva_apply apply = {
        .namespace_ = wva_app_namespace(app),
        .name = arguments->items[0],
        .profile =
            {
                .accelerator = opts->accelerator ? opts->accelerator : from->accelerator,
                .accelerator_count =
                    opts->accelerator_count > 0 ? opts->accelerator_count : from->accelerator_count,
                .max_batch_size =
                    opts->max_batch_size > 0 ? opts->max_batch_size : from->max_batch_size,
                .parameters = fit.fit.parameters,
            },
        .create = opts->create,
        .deployment = opts->deployment,
        .model_id =
            opts->model ? opts->model : (from->served_model ? from->served_model : from->model),
        .dry_run = wva_dry_run_of(opts->dry_run),
        .quiet = app->connection.quiet || wva_output_is_document(opts->output),
    };
    struct wva_apply_result result;
    if (wva_apply_parameters(app, &apply, &result, err) < 0)
        return -1;
    print_result(app, opts, &apply, &result);
    return 0;
}

const struct wva_command wva_command_apply = {
    .name = "apply",
    .summary = "Write the parameters into a VariantAutoscaling",
    .arguments = "VA",
    .description = "Writes alpha, beta, gamma, delta and maxBatchSize into one entry of\n"
                   "spec.modelProfile.accelerators of a VariantAutoscaling and leaves everything\n"
                   "else as it is. Shows the numbers before and after, writes under the resource\n"
                   "version that it read (and tries again when another writer was first), has\n"
                   "the API server validate strictly, and reads back.\n\n"
                   "For WVA v0.0.5 to v0.4.2. Where the served VariantAutoscaling has no\n"
                   "modelProfile (v0.5 and later) it refuses and says so. WVA uses the numbers\n"
                   "only with EXPERIMENTAL_HYBRID_OPTIMIZATION set to \"model-only\".",
    .examples =
        "# from a fit\n"
        "kubectl wva apply vllm -f fit.json\n"
        "# what would change\n"
        "kubectl wva apply vllm -f fit.json --dry-run=server\n"
        "# by hand, into a VariantAutoscaling that does not exist yet\n"
        "kubectl wva apply vllm --alpha 6.97 --beta 0.027 --gamma 14.8 --delta 0.00136 \\\n"
        "    --max-batch-size 64 --create --deployment vllm --accelerator H100 --model my/model\n",
    .groups = (const struct wva_option_group[]){{"Options", options, 0}, {0}},
    .options_size = sizeof(struct apply_options),
    .defaults = &defaults,
    .least = 1,
    .most = 1,
    .run = run,
};
