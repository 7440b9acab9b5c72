// SPDX-License-Identifier: Apache-2.0
/* The parts of `predict`: its options, where parameters and targets come from, what is worked out
 * from them, and how a person reads that. */
#ifndef WVA_PLUGIN_CMD_PREDICTING_H
#define WVA_PLUGIN_CMD_PREDICTING_H

#include "wva/cmd/command.h"
#include "wva/document/fit_basis.h"
#include "wva/document/prediction.h"

/* Numbers are NAN when they were not given. */
struct wva_predict_options {
    const char *file;
    const char *va;
    const char *accelerator;
    const char *wva_namespace;
    const char *model; /* of WVA's queue models */
    double alpha, beta, gamma, delta;
    int64_t max_batch_size; /* 0: not given */
    double prompt_tokens, output_tokens;
    struct wva_list rates; /* each may be several, with commas */
    struct wva_list concurrencies;
    double slo_ttft, slo_itl, slo_tps;
    double load;
    bool interval;
    const char *output;
};

struct wva_predict_source {
    const char *name; /* of file, object or "flags" */
    struct wva_queue queue;
    struct wva_provenance provenance;
    struct wva_fit_basis basis; /* NAN and false where there are no levels */
    const char *model_id;       /* the VariantAutoscaling's; NULL: there is none */
};

/* Parameters, batch limit and tokens from a Fit, a VariantAutoscaling or flags; flags win where
 * they name the same. Asks the cluster for --va only. Errors: WVA_E_USAGE when something is still
 * missing, and what reading and wva_queue_check() refuse. */
int wva_predict_read(struct wva_app *app, const struct wva_predict_options *opts,
                     struct wva_predict_source *ret, struct wva_error *err) WVA_MUST_USE;

/* The targets that flags give and, with --va, those that WVA's service class has for the model.
 * Where that cannot be read there are none; a note says why. Fails only when canceled. */
int wva_predict_targets(struct wva_app *app, const struct wva_predict_options *opts,
                        const struct wva_predict_source *source, struct wva_prediction_slo *ret,
                        struct wva_list *warnings, struct wva_error *err) WVA_MUST_USE;

/* All figures. Errors: WVA_E_USAGE, and WVA_E_QUALITY for what is out of reach. */
int wva_predict_compute(struct wva_app *app, const struct wva_predict_options *opts,
                        const struct wva_predict_source *source,
                        const struct wva_prediction_slo *slo, struct wva_prediction *ret,
                        struct wva_error *err) WVA_MUST_USE;

/* 95 % intervals for what was computed. */
int wva_predict_intervals(struct wva_app *app, const struct wva_predict_source *source,
                          struct wva_prediction *prediction, struct wva_list *warnings,
                          struct wva_error *err) WVA_MUST_USE;

/* What makes the figures doubtful. */
void wva_predict_doubts(struct wva_app *app, const struct wva_predict_source *source,
                        const struct wva_prediction *prediction, struct wva_list *warnings);

void wva_predict_print(struct wva_app *app, const struct wva_prediction *prediction);

#endif
