// SPDX-License-Identifier: Apache-2.0
/* The fit's uncertainty in every figure of a prediction. */
#include "predicting.h"

#include <math.h>

/* Order of the figures of one draw: these, then TTFT and ITL of each point. */
enum { MAX_RATE, SLO_RATE, REPLICAS, FIRST_POINT };

/* Figures that the drawn queue cannot have are beyond all bounds; without any rate within the
 * targets there are no replicas that would do. */
static void size_draw(const struct wva_prediction *prediction, const struct wva_queue *queue,
                      double *figures)
{
    static const struct wva_queue_targets none = {0};
    struct wva_queue_size size;
    struct wva_error ignored = {0};
    figures[MAX_RATE] = wva_queue_max_rate(queue);
    figures[SLO_RATE] = 0;
    figures[REPLICAS] = (double)INFINITY;
    if (!prediction->slo && !prediction->load)
        return;
    if (wva_queue_size(queue, prediction->slo ? &prediction->slo->targets : &none, &size,
                       &ignored) < 0)
        return;
    figures[SLO_RATE] = size.at.rate;
    if (prediction->load)
        figures[REPLICAS] = (double)wva_queue_replicas(prediction->load->rate, size.at.throughput);
}

static void evaluate_draw(void *ctx, const struct wva_queue *queue, double *figures)
{
    const struct wva_prediction *prediction = ctx;
    size_draw(prediction, queue, figures);
    figures += FIRST_POINT;
    for (size_t i = 0; i < prediction->point_count; i++) {
        const struct wva_prediction_point *point = &prediction->points[i];
        struct wva_queue_point at = {.ttft_ms = (double)INFINITY, .itl_ms = (double)INFINITY};
        struct wva_error ignored = {0};
        if (isnan(point->concurrency))
            (void)!wva_queue_analyze(queue, point->at.rate, &at, &ignored);
        else
            (void)!wva_queue_at_concurrency(queue, point->concurrency, &at, &ignored);
        figures[2 * i] = at.ttft_ms;
        figures[2 * i + 1] = at.itl_ms;
    }
}

/* Copies, so that what was computed stays as it is. */
static void put(struct wva_arena *arena, const struct wva_interval *intervals,
                struct wva_prediction *prediction)
{
    struct wva_prediction_point *points =
        wva_arena_calloc(arena, prediction->point_count, sizeof(*points));
    for (size_t i = 0; i < prediction->point_count; i++) {
        points[i] = prediction->points[i];
        points[i].ttft_ms = intervals[FIRST_POINT + 2 * i];
        points[i].itl_ms = intervals[FIRST_POINT + 2 * i + 1];
    }
    prediction->points = points;
    prediction->max_rate_interval = intervals[MAX_RATE];
    if (prediction->slo) {
        struct wva_prediction_slo *slo = wva_arena_alloc(arena, sizeof(*slo));
        *slo = *prediction->slo;
        slo->rate = intervals[SLO_RATE];
        prediction->slo = slo;
    }
    if (prediction->load) {
        struct wva_prediction_load *load = wva_arena_alloc(arena, sizeof(*load));
        *load = *prediction->load;
        load->interval.low = floor(intervals[REPLICAS].low);
        load->interval.high = ceil(intervals[REPLICAS].high);
        prediction->load = load;
    }
    prediction->has_intervals = true;
}

/* Rates that some of the possible parameters cannot take have no upper end. */
static void tell_unbounded(struct wva_arena *arena, const struct wva_prediction *prediction,
                           struct wva_list *warnings)
{
    for (size_t i = 0; i < prediction->point_count; i++) {
        const struct wva_prediction_point *point = &prediction->points[i];
        if (!isnan(point->ttft_ms.high))
            continue;
        wva_list_add(arena, warnings,
                     wva_arena_printf(arena,
                                      "from %.6g requests/s on there is no upper end: by "
                                      "parameters that the fit allows a replica cannot take it",
                                      point->at.rate));
        return;
    }
}

int wva_predict_intervals(struct wva_app *app, const struct wva_predict_source *source,
                          struct wva_prediction *prediction, struct wva_list *warnings,
                          struct wva_error *err)
{
    struct wva_arena *arena = &app->arena;
    const size_t count = FIRST_POINT + 2 * prediction->point_count;
    struct wva_interval *intervals = wva_arena_calloc(arena, count, sizeof(*intervals));
    if (!source->basis.has_spread) {
        wva_error_set(err, WVA_E_QUALITY, "%s has no intervals to carry on", source->name);
        return wva_error_hint(err, "a fit has them from three levels on: %s bench --level-count 4",
                              app->program);
    }
    if (wva_propagate(&prediction->queue, &source->basis.spread, evaluate_draw, prediction, count,
                      intervals, err) < 0)
        return -1;
    put(arena, intervals, prediction);
    tell_unbounded(arena, prediction, warnings);
    if (!source->basis.correlated)
        wva_list_add(arena, warnings,
                     "without the Fit's levels, intercepts and slopes count as independent: the "
                     "intervals are wider than they should be");
    return 0;
}
