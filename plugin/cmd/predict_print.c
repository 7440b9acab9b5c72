// SPDX-License-Identifier: Apache-2.0
/* A prediction as a person reads it. */
#include "predicting.h"

#include <math.h>

static const char *const units[2][4] = {
    [WVA_QUEUE_PREFILL_DECODE] = {"ms", "ms/request", "ms", "ms/(token*request)"},
    [WVA_QUEUE_ITERATION] = {"ms", "ms/token", "ms/token", NULL},
};

static void print_model(struct wva_app *app, const struct wva_prediction *prediction)
{
    const struct wva_queue *queue = &prediction->queue;
    const struct wva_parameters *p = &queue->parameters;
    const char *const *unit = units[queue->model];
    FILE *out = app->out.file;
    fprintf(out, "%s model: alpha %.7g %s, beta %.7g %s, gamma %.7g %s",
            wva_queue_model_name(queue->model), p->alpha, unit[0], p->beta, unit[1], p->gamma,
            unit[2]);
    if (unit[3])
        fprintf(out, ", delta %.7g %s", p->delta, unit[3]);
    fprintf(out, "\n%.5g prompt and %.5g output tokens a request, at most %lld in service\n\n",
            queue->prompt_tokens, queue->output_tokens, (long long)queue->max_batch_size);
}

static const char *interval_text(struct wva_arena *arena, const struct wva_interval *interval)
{
    if (isnan(interval->low))
        return NULL;
    if (isnan(interval->high))
        return wva_arena_printf(arena, "%.4g or more", interval->low);
    return wva_arena_printf(arena, "%.4g to %.4g", interval->low, interval->high);
}

enum { RATE, SERVED, TTFT, TTFT_95, ITL, ITL_95, WAIT, IN_SERVICE, USED, COLUMNS };

static const char *const headers[COLUMNS] = {
    "rate/s", "served/s", "ttft ms", "95%", "itl ms", "95%", "wait ms", "in service", "used",
};

static void fill_row(struct wva_arena *arena, const struct wva_prediction_point *point,
                     const char **row)
{
    const struct wva_queue_point *at = &point->at;
    row[RATE] = wva_arena_printf(arena, "%.6g", at->rate);
    row[SERVED] = wva_arena_printf(arena, "%.6g", at->throughput);
    row[TTFT] = wva_arena_printf(arena, "%.2f", at->ttft_ms);
    row[TTFT_95] = interval_text(arena, &point->ttft_ms);
    row[ITL] = wva_arena_printf(arena, "%.3f", at->itl_ms);
    row[ITL_95] = interval_text(arena, &point->itl_ms);
    row[WAIT] = wva_arena_printf(arena, "%.2f", at->wait_ms);
    row[IN_SERVICE] = wva_arena_printf(arena, "%.4g", at->in_service);
    row[USED] = wva_arena_printf(arena, "%.1f%%", 100 * at->utilization);
}

/* Leaves the columns of intervals out where there are none. */
static size_t select_columns(const char **cells, size_t rows, bool intervals)
{
    size_t kept = 0;
    for (size_t i = 0; i < rows * COLUMNS; i++)
        if (intervals || (i % COLUMNS != TTFT_95 && i % COLUMNS != ITL_95))
            cells[kept++] = cells[i];
    return kept / rows;
}

static void print_points(struct wva_app *app, const struct wva_prediction *prediction)
{
    static const bool right[COLUMNS] = {true, true, true, true, true, true, true, true, true};
    struct wva_arena *arena = &app->arena;
    const size_t rows = prediction->point_count + 1;
    const char **cells = wva_arena_calloc(arena, rows * COLUMNS, sizeof(*cells));
    for (size_t i = 0; i < COLUMNS; i++)
        cells[i] = headers[i];
    for (size_t i = 0; i < prediction->point_count; i++)
        fill_row(arena, &prediction->points[i], cells + (i + 1) * COLUMNS);
    const size_t columns = select_columns(cells, rows, prediction->has_intervals);
    wva_table_print(app->out.file, cells, right, columns, cells + columns, prediction->point_count);
    fputc('\n', app->out.file);
}

/* " (95%: 1 to 2)", or nothing. */
static const char *in_brackets(struct wva_arena *arena, bool known,
                               const struct wva_interval *interval)
{
    const char *text = known ? interval_text(arena, interval) : NULL;
    return text ? wva_arena_printf(arena, " (95%%: %s)", text) : "";
}

static const char *join(struct wva_arena *arena, const char *text, const char *more)
{
    return *text ? wva_arena_printf(arena, "%s, %s", text, more) : more;
}

static const char *targets_text(struct wva_arena *arena, const struct wva_queue_targets *targets)
{
    const char *text = "";
    if (targets->ttft_ms > 0)
        text = wva_arena_printf(arena, "TTFT %.6g ms", targets->ttft_ms);
    if (targets->itl_ms > 0)
        text = join(arena, text, wva_arena_printf(arena, "ITL %.6g ms", targets->itl_ms));
    if (targets->tokens_per_second > 0)
        text =
            join(arena, text, wva_arena_printf(arena, "%.6g tokens/s", targets->tokens_per_second));
    return text;
}

static void print_slo(struct wva_app *app, const struct wva_prediction *prediction)
{
    static const char *const limits[] = {
        [WVA_QUEUE_LIMIT_CAPACITY] = "what a replica can take",
        [WVA_QUEUE_LIMIT_TTFT] = "TTFT",
        [WVA_QUEUE_LIMIT_ITL] = "ITL",
        [WVA_QUEUE_LIMIT_TPS] = "the tenth that WVA keeps in reserve for a throughput",
    };
    const struct wva_prediction_slo *slo = prediction->slo;
    const struct wva_queue_point *at = &slo->size.at;
    struct wva_arena *arena = &app->arena;
    fprintf(app->out.file,
            "within %s%s%s: %.6g requests/s%s, limited by %s\n"
            "  there TTFT %.6g ms, ITL %.6g ms, %.6g output tokens/s\n",
            targets_text(arena, &slo->targets), slo->service_class ? " of service class " : "",
            slo->service_class ? slo->service_class : "", at->rate,
            in_brackets(arena, prediction->has_intervals, &slo->rate), limits[slo->size.limit],
            at->ttft_ms, at->itl_ms, at->throughput * prediction->queue.output_tokens);
}

static void print_load(struct wva_app *app, const struct wva_prediction *prediction)
{
    const struct wva_prediction_load *load = prediction->load;
    const struct wva_queue_point *share = &load->share;
    fprintf(app->out.file,
            "%.6g requests/s: %lld replica%s%s\n"
            "  each %.6g requests/s: TTFT %.6g ms, ITL %.6g ms, %.1f%% used\n",
            load->rate, (long long)load->replicas, load->replicas == 1 ? "" : "s",
            in_brackets(&app->arena, prediction->has_intervals, &load->interval), share->rate,
            share->ttft_ms, share->itl_ms, 100 * share->utilization);
}

void wva_predict_print(struct wva_app *app, const struct wva_prediction *prediction)
{
    print_model(app, prediction);
    print_points(app, prediction);
    fprintf(app->out.file, "at most: %.6g requests/s%s\n", prediction->max_rate,
            in_brackets(&app->arena, prediction->has_intervals, &prediction->max_rate_interval));
    if (prediction->slo)
        print_slo(app, prediction);
    if (prediction->load)
        print_load(app, prediction);
}
