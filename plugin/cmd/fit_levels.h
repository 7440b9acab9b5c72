// SPDX-License-Identifier: Apache-2.0
/* From a Benchmark to a Fit: which figures of each level are used, and what is worth a warning. */
#ifndef WVA_PLUGIN_CMD_FIT_LEVELS_H
#define WVA_PLUGIN_CMD_FIT_LEVELS_H

#include "wva/document/fit.h"

/* `strategy` of a level that a person typed: its figures are exactly what was meant. */
#define WVA_POINT_STRATEGY "point"

enum wva_batch_choice {
    WVA_BATCH_AUTO, /* measured where it was measured well; requested for console logs */
    WVA_BATCH_MEASURED,
    WVA_BATCH_NOMINAL, /* as requested, with the prompt length as requested */
};

/* Fits a Benchmark's levels. `document` gets everything; lists live in `arena`. Errors:
 * WVA_E_QUALITY and WVA_E_INPUT, naming the level. */
int wva_fit_benchmark(struct wva_arena *arena, const struct wva_benchmark *benchmark,
                      enum wva_batch_choice choice, struct wva_fit_document *ret,
                      struct wva_error *err) WVA_MUST_USE;

/* The Fit as a person reads it: parameters, the guide's verification, levels, warnings. */
struct wva_app;
void wva_fit_print(struct wva_app *app, const struct wva_fit_document *document);

#endif
