// SPDX-License-Identifier: Apache-2.0
/* The Fit as a person reads it: parameters, observed against fitted, warnings. */
#include "fit_levels.h"

#include "wva/cmd/app.h"
#include "wva/util/str.h"

#include <math.h>

struct parameter_row {
    const char *name;
    const char *unit;
    const struct wva_estimate *estimate;
};

static const char *interval_text(struct wva_arena *arena, const struct wva_estimate *estimate)
{
    if (isnan(estimate->low))
        return NULL;
    return wva_arena_printf(arena, "%.6g to %.6g", estimate->low, estimate->high);
}

static const char *error_text(struct wva_arena *arena, double value)
{
    return isnan(value) ? NULL : wva_arena_printf(arena, "%.3g", value);
}

static void print_parameters(struct wva_app *app, const struct wva_fit *fit)
{
    const struct parameter_row rows[] = {
        {"alpha", "ms", &fit->itl.intercept},
        {"beta", "ms/request", &fit->itl.slope},
        {"gamma", "ms", &fit->ttft.intercept},
        {"delta", "ms/(token*request)", &fit->ttft.slope},
    };
    enum { COLUMNS = 5, ROWS = 4 };
    static const char *const headers[COLUMNS] = {"parameter", "value", "std error", "95% interval",
                                                 "unit"};
    const char *cells[ROWS * COLUMNS];
    for (size_t i = 0; i < ROWS; i++) {
        const struct wva_estimate *estimate = rows[i].estimate;
        cells[i * COLUMNS + 0] = rows[i].name;
        cells[i * COLUMNS + 1] = wva_arena_printf(&app->arena, "%.7g", estimate->value);
        cells[i * COLUMNS + 2] = error_text(&app->arena, estimate->std_error);
        cells[i * COLUMNS + 3] = interval_text(&app->arena, estimate);
        cells[i * COLUMNS + 4] = rows[i].unit;
    }
    wva_table_print(app->out.file, headers, NULL, COLUMNS, cells, ROWS);
}

static const char *deviation_text(struct wva_arena *arena, double observed, double fitted)
{
    return wva_arena_printf(arena, "%+.2f%%", 100 * (fitted - observed) / observed);
}

/* The guide's verification for every level: what the lines say at its batch, against what was
 * measured. */
static void print_levels(struct wva_app *app, const struct wva_fit_document *document)
{
    enum { COLUMNS = 8 };
    static const char *const headers[COLUMNS] = {"batch", "prompt",  "itl ms", "fitted",
                                                 "off",   "ttft ms", "fitted", "off"};
    static const bool right[COLUMNS] = {true, true, true, true, true, true, true, true};
    const struct wva_parameters *p = &document->fit.parameters;
    size_t count = document->fit.points;
    const char **cells = wva_arena_calloc(&app->arena, count * COLUMNS, sizeof(*cells));
    for (size_t i = 0; i < count; i++) {
        const struct wva_fit_point *point = &document->points[i];
        double itl = wva_model_itl_ms(p, point->batch);
        double ttft = wva_model_ttft_ms(p, point->prompt_tokens, point->batch);
        const char **row = cells + i * COLUMNS;
        row[0] = wva_arena_printf(&app->arena, "%.4g", point->batch);
        row[1] = wva_arena_printf(&app->arena, "%.5g", point->prompt_tokens);
        row[2] = wva_arena_printf(&app->arena, "%.3f", point->itl_ms);
        row[3] = wva_arena_printf(&app->arena, "%.3f", itl);
        row[4] = deviation_text(&app->arena, point->itl_ms, itl);
        row[5] = wva_arena_printf(&app->arena, "%.2f", point->ttft_ms);
        row[6] = wva_arena_printf(&app->arena, "%.2f", ttft);
        row[7] = deviation_text(&app->arena, point->ttft_ms, ttft);
    }
    wva_table_print(app->out.file, headers, right, COLUMNS, cells, count);
}

static void print_check(struct wva_app *app, const struct wva_fit_document *document,
                        const struct wva_fit_point *point)
{
    const struct wva_parameters *p = &document->fit.parameters;
    fprintf(app->out.file,
            "ITL(%.4g) = %.3f ms, observed %.3f; TTFT(%.4g) = %.2f ms, observed %.2f\n",
            point->batch, wva_model_itl_ms(p, point->batch), point->itl_ms, point->batch,
            wva_model_ttft_ms(p, point->prompt_tokens, point->batch), point->ttft_ms);
}

/* The guide checks the smallest and the largest batch. */
static void print_verification(struct wva_app *app, const struct wva_fit_document *document)
{
    const struct wva_fit_point *least = document->points, *most = document->points;
    for (size_t i = 1; i < document->fit.points; i++) {
        const struct wva_fit_point *point = &document->points[i];
        least = point->batch < least->batch ? point : least;
        most = point->batch > most->batch ? point : most;
    }
    print_check(app, document, least);
    print_check(app, document, most);
}

void wva_fit_print_warnings(struct wva_app *app, const char *const *warnings)
{
    if (app->connection.quiet || !warnings)
        return;
    for (; *warnings; warnings++) {
        wva_term_put(&app->err, WVA_STYLE_YELLOW, "warning:");
        fprintf(app->err.file, " %s\n", *warnings);
    }
}

void wva_fit_print(struct wva_app *app, const struct wva_fit_document *document)
{
    print_parameters(app, &document->fit);
    fputc('\n', app->out.file);
    print_levels(app, document);
    fputc('\n', app->out.file);
    print_verification(app, document);
    wva_fit_print_warnings(app, document->warnings);
}

/* NULL, which prints as a dash, when not known. */
static const char *number_text(struct wva_arena *arena, double value, int digits)
{
    return isnan(value) ? NULL : wva_arena_printf(arena, "%.*g", digits, value);
}

static const char *count_text(struct wva_arena *arena, int64_t count)
{
    return count < 0 ? NULL : wva_arena_printf(arena, "%lld", (long long)count);
}

static const char *name_text(struct wva_arena *arena, const struct wva_level *level)
{
    const char *strategy = level->strategy[0] ? level->strategy : "unnamed";
    return isnan(level->streams) ? strategy
                                 : wva_arena_printf(arena, "%s@%.4g", strategy, level->streams);
}

void wva_fit_print_levels(struct wva_app *app, const struct wva_fit_levels *levels)
{
    enum { COLUMNS = 8 };
    static const char *const headers[COLUMNS] = {"#",      "level",   "batch",    "prompt",
                                                 "itl ms", "ttft ms", "requests", "errors"};
    static const bool right[COLUMNS] = {true, false, true, true, true, true, true, true};
    struct wva_arena *arena = &app->arena;
    const char **cells = wva_arena_calloc(arena, levels->count * COLUMNS, sizeof(*cells));
    size_t number = 0;
    for (size_t i = 0; i < levels->count; i++) {
        const struct wva_fit_level *item = &levels->items[i];
        const char **row = cells + i * COLUMNS;
        row[0] = item->left_out ? NULL : wva_arena_printf(arena, "%zu", ++number);
        row[1] = name_text(arena, item->level);
        row[2] = number_text(arena, item->point.batch, 4);
        row[3] = number_text(arena, item->point.prompt_tokens, 5);
        row[4] = number_text(arena, item->point.itl_ms, 6);
        row[5] = number_text(arena, item->point.ttft_ms, 6);
        row[6] = count_text(arena, item->level->successful);
        row[7] = count_text(arena, item->level->errored);
    }
    wva_table_print(app->err.file, headers, right, COLUMNS, cells, levels->count);
}
