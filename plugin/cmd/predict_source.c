// SPDX-License-Identifier: Apache-2.0
/* Where the parameters of a prediction come from, and the requests that they are for. */
#include "predicting.h"

#include "fit_file.h"

#include "wva/util/mem.h"
#include "wva/util/str.h"
#include "wva/wva/variantautoscaling.h"

#include <math.h>

static double tokens_asked(int64_t tokens)
{
    return tokens > 0 ? (double)tokens : (double)NAN;
}

static int read_fit(struct wva_app *app, const char *path, struct wva_predict_source *source,
                    struct wva_error *err)
{
    struct wva_fit_document fit;
    struct wva_value *value;
    if (wva_fit_file_read(app, path, "predict", &fit, &value, &source->name, err) < 0 ||
        wva_fit_basis_from_value(&app->arena, value, source->name, &source->basis, err) < 0)
        return -1;
    const struct wva_provenance *from = &fit.provenance;
    if (isnan(source->basis.prompt_tokens))
        source->basis.prompt_tokens = tokens_asked(from->prompt_tokens);
    if (isnan(source->basis.output_tokens))
        source->basis.output_tokens = tokens_asked(from->output_tokens);
    source->provenance = *from;
    source->queue.parameters = fit.fit.parameters;
    source->queue.max_batch_size = from->max_batch_size;
    source->queue.prompt_tokens = source->basis.prompt_tokens;
    source->queue.output_tokens = source->basis.output_tokens;
    return 0;
}

/* WVA from v0.5.0 on has no place for parameters, so a VariantAutoscaling without entries is no
 * mistake of its owner. */
static int read_profile(const struct wva_value *va, const char *wanted, struct wva_va_profile *ret,
                        struct wva_error *err)
{
    const char *accelerator;
    if (wva_va_pick_accelerator(va, wanted, &accelerator, err) == 0 &&
        wva_va_profile_get(va, accelerator, ret, err) == 0)
        return 0;
    if (!wva_get(va, "spec", "modelProfile"))
        return wva_error_hint(err, "releases of WVA from v0.5.0 on have no modelProfile; give the "
                                   "parameters with -f or --alpha");
    return -1;
}

static int read_va(struct wva_app *app, const struct wva_predict_options *opts,
                   struct wva_predict_source *source, struct wva_error *err)
{
    struct wva_value *va;
    struct wva_va_profile profile;
    if (wva_app_connect(app, err) < 0)
        return -1;
    const char *namespace_ = wva_app_namespace(app);
    if (wva_kube_get(app->kube, &app->arena, &wva_type_variantautoscaling, namespace_, opts->va,
                     &va, err) < 0)
        return wva_error_hint(err, "kubectl get variantautoscalings -n %s", namespace_);
    if (read_profile(va, opts->accelerator, &profile, err) < 0)
        return -1;
    const struct wva_va_tokens tokens = wva_va_tokens_get(va);
    source->name = wva_arena_printf(&app->arena, "variantautoscaling %s/%s, accelerator %s",
                                    namespace_, opts->va, profile.accelerator);
    source->model_id = wva_get_str(va, "spec", "modelID");
    source->queue.parameters = profile.parameters;
    source->queue.max_batch_size = profile.max_batch_size;
    source->queue.prompt_tokens = tokens.prompt;
    source->queue.output_tokens = tokens.output;
    source->provenance = (struct wva_provenance){
        .served_model = source->model_id,
        .accelerator = profile.accelerator,
        .accelerator_count = profile.accelerator_count,
    };
    return 0;
}

static int read_flags(const struct wva_predict_options *opts, struct wva_predict_source *source,
                      struct wva_error *err)
{
    bool iteration = source->queue.model == WVA_QUEUE_ITERATION;
    if (iteration && !isnan(opts->delta))
        return wva_error_set(err, WVA_E_USAGE, "the iteration model has no delta");
    if (isnan(opts->alpha) || isnan(opts->beta) || isnan(opts->gamma) ||
        (!iteration && isnan(opts->delta)))
        return wva_error_set(err, WVA_E_USAGE, "--alpha, --beta%s are needed together",
                             iteration ? " and --gamma" : ", --gamma and --delta");
    source->name = "flags";
    source->queue.parameters = (struct wva_parameters){opts->alpha, opts->beta, opts->gamma,
                                                       iteration ? 0.0 : opts->delta};
    return 0;
}

/* A Fit and an entry hold the parameters of one model only. */
static int check_model(const struct wva_predict_options *opts, bool by_hand, struct wva_error *err)
{
    if (by_hand || !wva_str_eq(opts->model, wva_queue_model_name(WVA_QUEUE_ITERATION)))
        return 0;
    wva_error_set(err, WVA_E_USAGE,
                  "--model iteration has parameters of its own, which no %s holds",
                  opts->file ? "Fit of the prefill-decode model" : "VariantAutoscaling");
    return wva_error_hint(err, "give them by hand: --alpha, --beta and --gamma");
}

static int check_sources(struct wva_app *app, const struct wva_predict_options *opts, bool by_hand,
                         struct wva_error *err)
{
    int sources = (opts->file != NULL) + (opts->va != NULL) + by_hand;
    if (sources != 1) {
        wva_error_set(err, WVA_E_USAGE, "%s: give one of -f FILE, --va NAME, or --alpha and so on",
                      sources == 0 ? "no parameters" : "parameters from several places");
        return wva_error_hint(err, "%s predict -f fit.json", app->program);
    }
    if (!opts->va && (opts->accelerator || opts->wva_namespace))
        return wva_error_set(err, WVA_E_USAGE, "%s goes with --va",
                             opts->accelerator ? "--accelerator" : "--wva-namespace");
    if (opts->interval && !opts->file)
        return wva_error_set(err, WVA_E_USAGE,
                             "--interval needs a Fit (-f): only that knows how sure it is");
    return check_model(opts, by_hand, err);
}

static int check_complete(struct wva_app *app, const struct wva_predict_source *source,
                          struct wva_error *err)
{
    const struct wva_queue *queue = &source->queue;
    const struct {
        const char *option;
        bool missing;
    } needed[] = {
        {"--max-batch-size", queue->max_batch_size <= 0},
        {"--prompt-tokens", queue->prompt_tokens < 0},
        {"--output-tokens", queue->output_tokens < 0},
    };
    const char *list = NULL;
    for (size_t i = 0; i < WVA_COUNT(needed); i++)
        if (needed[i].missing)
            list = list ? wva_arena_printf(&app->arena, "%s, %s", list, needed[i].option)
                        : needed[i].option;
    if (!list)
        return 0;
    return wva_error_set(err, WVA_E_USAGE, "parameters from %s: %s needed as well", source->name,
                         list);
}

/* What flags say wins; what nothing says is -1. A prompt without tokens is one that a flag wants.
 */
static void fill_in(const struct wva_predict_options *opts, struct wva_queue *queue)
{
    if (opts->max_batch_size > 0)
        queue->max_batch_size = opts->max_batch_size;
    if (!isnan(opts->prompt_tokens))
        queue->prompt_tokens = opts->prompt_tokens;
    else if (!(queue->prompt_tokens > 0))
        queue->prompt_tokens = -1;
    if (!isnan(opts->output_tokens))
        queue->output_tokens = opts->output_tokens;
    else if (!(queue->output_tokens > 0))
        queue->output_tokens = -1;
}

/* As reading a Fit or an entry would, but what is wrong is the command line. */
static int check_queue(const struct wva_queue *queue, bool by_hand, struct wva_error *err)
{
    if (wva_queue_check(queue, err) == 0)
        return 0;
    if (by_hand)
        err->code = WVA_E_USAGE;
    return -1;
}

int wva_predict_read(struct wva_app *app, const struct wva_predict_options *opts,
                     struct wva_predict_source *ret, struct wva_error *err)
{
    const double unknown = (double)NAN;
    struct wva_predict_source source = {
        .basis = {.prompt_tokens = unknown, .output_tokens = unknown, .batch_max = unknown},
    };
    bool by_hand =
        !isnan(opts->alpha) || !isnan(opts->beta) || !isnan(opts->gamma) || !isnan(opts->delta);
    if (check_sources(app, opts, by_hand, err) < 0)
        return -1;
    if (wva_str_eq(opts->model, wva_queue_model_name(WVA_QUEUE_ITERATION)))
        source.queue.model = WVA_QUEUE_ITERATION;
    if (opts->file && read_fit(app, opts->file, &source, err) < 0)
        return -1;
    if (opts->va && read_va(app, opts, &source, err) < 0)
        return -1;
    if (by_hand && read_flags(opts, &source, err) < 0)
        return -1;
    fill_in(opts, &source.queue);
    if (check_complete(app, &source, err) < 0 || check_queue(&source.queue, by_hand, err) < 0)
        return -1;
    source.provenance.max_batch_size = source.queue.max_batch_size;
    source.provenance.tool_version = WVA_VERSION;
    *ret = source;
    return 0;
}
