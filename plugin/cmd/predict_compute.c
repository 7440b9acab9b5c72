// SPDX-License-Identifier: Apache-2.0
/* The figures of a prediction: points, the highest rate within targets, replicas; and what they are
 * worth. */
#include "predicting.h"

#include "wva/util/mem.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <math.h>
#include <string.h>

#define POINTS_MAX 1000

/* Without --rate: shares of the highest one, close together where latencies rise. */
static const double shares[] = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1};

/* Numbers of a list option, whose items may hold several. */
static int parse_numbers(struct wva_arena *arena, const char *option, const struct wva_list *list,
                         double **ret, size_t *ret_count, struct wva_error *err)
{
    double *numbers = wva_arena_calloc(arena, POINTS_MAX, sizeof(*numbers));
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        char **words = wva_str_split(arena, list->items[i], ',', NULL);
        for (; *words; words++) {
            if (count == POINTS_MAX)
                return wva_error_set(err, WVA_E_USAGE, "--%s: more than %d numbers", option,
                                     POINTS_MAX);
            if (wva_parse_double(*words, strlen(*words), &numbers[count++]) < 0)
                return wva_error_set(err, WVA_E_USAGE, "--%s: '%s' is not a finite number", option,
                                     *words);
        }
    }
    *ret = numbers;
    *ret_count = count;
    return 0;
}

static struct wva_prediction_point new_point(double concurrency)
{
    const struct wva_interval unknown = {(double)NAN, (double)NAN};
    return (struct wva_prediction_point){
        .concurrency = concurrency, .ttft_ms = unknown, .itl_ms = unknown};
}

/* A rate above the highest is answered by more replicas. */
static int add_rate(const struct wva_queue *queue, double rate, struct wva_prediction_point *point,
                    struct wva_error *err)
{
    *point = new_point((double)NAN);
    if (wva_queue_analyze(queue, rate, &point->at, err) == 0)
        return 0;
    return err->code == WVA_E_QUALITY
               ? wva_error_hint(err, "how many replicas can: --load %.9g", rate)
               : -1;
}

static int add_concurrency(const struct wva_queue *queue, double concurrency,
                           struct wva_prediction_point *point, struct wva_error *err)
{
    *point = new_point(concurrency);
    return wva_queue_at_concurrency(queue, concurrency, &point->at, err);
}

static void default_rates(struct wva_arena *arena, const struct wva_queue *queue, double **ret,
                          size_t *ret_count)
{
    const double max = wva_queue_max_rate(queue);
    double *rates = wva_arena_calloc(arena, WVA_COUNT(shares), sizeof(*rates));
    for (size_t i = 0; i < WVA_COUNT(shares); i++)
        rates[i] = shares[i] * max;
    *ret = rates;
    *ret_count = WVA_COUNT(shares);
}

static int add_points(struct wva_app *app, const struct wva_predict_options *opts,
                      struct wva_prediction *prediction, struct wva_error *err)
{
    struct wva_arena *arena = &app->arena;
    double *rates, *concurrencies;
    size_t rate_count, concurrency_count;
    if (parse_numbers(arena, "rate", &opts->rates, &rates, &rate_count, err) < 0 ||
        parse_numbers(arena, "concurrency", &opts->concurrencies, &concurrencies,
                      &concurrency_count, err) < 0)
        return -1;
    if (rate_count + concurrency_count == 0)
        default_rates(arena, &prediction->queue, &rates, &rate_count);
    struct wva_prediction_point *points =
        wva_arena_calloc(arena, rate_count + concurrency_count, sizeof(*points));
    for (size_t i = 0; i < rate_count; i++)
        if (add_rate(&prediction->queue, rates[i], &points[i], err) < 0)
            return -1;
    for (size_t i = 0; i < concurrency_count; i++)
        if (add_concurrency(&prediction->queue, concurrencies[i], &points[rate_count + i], err) < 0)
            return -1;
    prediction->points = points;
    prediction->point_count = rate_count + concurrency_count;
    return 0;
}

static bool is_demanding(const struct wva_queue_targets *targets)
{
    return targets->ttft_ms > 0 || targets->itl_ms > 0 || targets->tokens_per_second > 0;
}

/* A throughput that is demanded is a load itself, as WVA has it. */
static double load_of(const struct wva_predict_options *opts, const struct wva_queue *queue,
                      const struct wva_queue_targets *targets)
{
    if (targets->tokens_per_second > 0)
        return targets->tokens_per_second / queue->output_tokens;
    return opts->load;
}

static int add_load(struct wva_app *app, double rate, const struct wva_queue_size *size,
                    struct wva_prediction *prediction, struct wva_error *err)
{
    struct wva_prediction_load *load = wva_arena_alloc(&app->arena, sizeof(*load));
    load->rate = rate;
    load->replicas = wva_queue_replicas(rate, size->at.throughput);
    prediction->load = load;
    if (rate <= 0) {
        wva_queue_idle(&prediction->queue, &load->share);
        return 0;
    }
    return wva_queue_analyze(&prediction->queue, rate / (double)load->replicas, &load->share, err);
}

int wva_predict_compute(struct wva_app *app, const struct wva_predict_options *opts,
                        const struct wva_predict_source *source,
                        const struct wva_prediction_slo *slo, struct wva_prediction *ret,
                        struct wva_error *err)
{
    const struct wva_queue *queue = &source->queue;
    struct wva_prediction prediction = {
        .provenance = source->provenance,
        .source = source->name,
        .queue = *queue,
        .min_rate = wva_queue_min_rate(queue),
        .max_rate = wva_queue_max_rate(queue),
    };
    struct wva_prediction_slo *sized = wva_arena_alloc(&app->arena, sizeof(*sized));
    *sized = *slo;
    if (add_points(app, opts, &prediction, err) < 0)
        return -1;
    if (wva_queue_size(queue, &slo->targets, &sized->size, err) < 0)
        return slo->service_class
                   ? wva_error_hint(err,
                                    "the SLO is that of service class %s; without it: "
                                    "--slo-ttft 0 --slo-itl 0",
                                    slo->service_class)
                   : -1;
    if (is_demanding(&slo->targets))
        prediction.slo = sized;
    const double load = load_of(opts, queue, &slo->targets);
    if (!isnan(load) && add_load(app, load, &sized->size, &prediction, err) < 0)
        return -1;
    prediction.least_ttft_ms = sized->size.least_ttft_ms;
    prediction.least_itl_ms = sized->size.least_itl_ms;
    *ret = prediction;
    return 0;
}

static double largest_batch(const struct wva_prediction *prediction)
{
    double most = prediction->slo ? prediction->slo->size.at.batch : 0;
    for (size_t i = 0; i < prediction->point_count; i++)
        most = fmax(most, prediction->points[i].at.batch);
    return most;
}

/* More than a tenth off. */
static bool is_other(double used, double measured)
{
    return fabs(used - measured) > 0.1 * measured; /* never when not known */
}

static void doubt_tokens(struct wva_arena *arena, const char *which, double used, double measured,
                         struct wva_list *warnings)
{
    if (!is_other(used, measured))
        return;
    wva_list_add(arena, warnings,
                 wva_arena_printf(arena,
                                  "the parameters were measured with %.5g %s tokens a request, not "
                                  "%.5g, and hold only near that",
                                  measured, which, used));
}

void wva_predict_doubts(struct wva_app *app, const struct wva_predict_source *source,
                        const struct wva_prediction *prediction, struct wva_list *warnings)
{
    const struct wva_fit_basis *basis = &source->basis;
    const struct wva_queue *queue = &prediction->queue;
    const double batch = largest_batch(prediction);
    struct wva_arena *arena = &app->arena;
    doubt_tokens(arena, "prompt", queue->prompt_tokens, basis->prompt_tokens, warnings);
    doubt_tokens(arena, "output", queue->output_tokens, basis->output_tokens, warnings);
    if (batch > 1.1 * basis->batch_max)
        wva_list_add(arena, warnings,
                     wva_arena_printf(arena,
                                      "no batch above %.4g was measured, and figures here go up "
                                      "to a batch of %.4g",
                                      basis->batch_max, batch));
    if (prediction->slo && prediction->slo->targets.itl_ms > 0 && !prediction->slo->size.itl_grows)
        wva_list_add(arena, warnings,
                     "ITL does not grow with the rate here, and WVA's own search takes a target "
                     "above it for out of reach: it would not scale this variant at all");
}
