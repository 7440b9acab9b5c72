// SPDX-License-Identifier: Apache-2.0
/* From a Benchmark to a Fit: which levels and which of their figures are used, and what is worth a
 * warning. */
#ifndef WVA_PLUGIN_CMD_FIT_LEVELS_H
#define WVA_PLUGIN_CMD_FIT_LEVELS_H

#include "wva/document/fit.h"

/* `strategy` of a level that a person typed: its figures are exactly what was meant. */
#define WVA_POINT_STRATEGY "point"

/* A level whose batch is above the server's limit by more than this share had a queue; below, it is
 * the measurement's own blur. */
#define WVA_BATCH_MARGIN 0.02

enum wva_batch_choice {
    WVA_BATCH_AUTO, /* measured where it was measured well; requested for logs and --method guide */
    WVA_BATCH_MEASURED,
    WVA_BATCH_NOMINAL, /* as requested, with the prompt length as requested */
};

/* A level as the fit sees it. */
struct wva_fit_level {
    const struct wva_level *level;
    struct wva_fit_point point; /* NAN: not known */
    bool measured;              /* batch as measured, not as requested */
    const char *left_out;       /* why; NULL: used */
};

struct wva_fit_levels {
    const struct wva_benchmark *benchmark;
    struct wva_fit_level *items; /* one for each level of the benchmark */
    size_t count;
};

/* Chooses the figures of each level; all levels are used so far. */
void wva_fit_levels_choose(struct wva_arena *arena, const struct wva_benchmark *benchmark,
                           enum wva_batch_choice choice, struct wva_fit_levels *ret);

/* Leaves out what cannot be a steady state, as long as two batch sizes remain: throughput levels
 * and levels above the server's limit. */
void wva_fit_levels_leave_out(struct wva_arena *arena, struct wva_fit_levels *levels);

/* One sentence for each level that is left out; ends with NULL. */
const char *const *wva_fit_levels_left_out(struct wva_arena *arena,
                                           const struct wva_fit_levels *levels);

/* Fits the used levels, which messages count from 1. `ret` gets everything; lists live in `arena`.
 * Errors: WVA_E_QUALITY, and WVA_E_USAGE when an option can supply what a level lacks. */
int wva_fit_levels_solve(struct wva_arena *arena, const struct wva_fit_levels *levels,
                         struct wva_fit_document *ret, struct wva_error *err) WVA_MUST_USE;

/* The three of them in a row. */
int wva_fit_benchmark(struct wva_arena *arena, const struct wva_benchmark *benchmark,
                      enum wva_batch_choice choice, struct wva_fit_document *ret,
                      struct wva_error *err) WVA_MUST_USE;

struct wva_app;

/* The Fit as a person reads it: parameters, the guide's verification, levels, warnings. */
void wva_fit_print(struct wva_app *app, const struct wva_fit_document *document);

/* On standard error: the levels as they were read, numbered as messages count them. */
void wva_fit_print_levels(struct wva_app *app, const struct wva_fit_levels *levels);

/* On standard error; `warnings` ends with NULL and may be NULL. */
void wva_fit_print_warnings(struct wva_app *app, const char *const *warnings);

#endif
