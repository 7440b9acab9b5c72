// SPDX-License-Identifier: Apache-2.0
/* The Prediction document: what WVA's queue model makes of parameters (fields: docs/files.md). */
#ifndef WVA_DOCUMENT_PREDICTION_H
#define WVA_DOCUMENT_PREDICTION_H

#include "wva/document/benchmark.h"
#include "wva/fit/uncertainty.h"

struct wva_prediction_point {
    struct wva_queue_point at;
    double concurrency;          /* as asked for; NAN: a rate was */
    struct wva_interval ttft_ms; /* NAN: not known, or not bounded */
    struct wva_interval itl_ms;
};

/* The highest rate within targets. */
struct wva_prediction_slo {
    struct wva_queue_targets targets;
    const char *service_class; /* of WVA, that targets were taken from; NULL: none */
    struct wva_queue_size size;
    struct wva_interval rate;
};

/* How many replicas serve a load. */
struct wva_prediction_load {
    double rate; /* requests/s */
    int64_t replicas;
    struct wva_interval interval; /* of `replicas` */
    struct wva_queue_point share; /* of one replica */
};

struct wva_prediction {
    struct wva_provenance provenance;
    const char *source; /* where the parameters were read */
    struct wva_queue queue;
    double min_rate; /* requests/s, admissible */
    double max_rate;
    struct wva_interval max_rate_interval;
    double least_ttft_ms;
    double least_itl_ms;
    const struct wva_prediction_point *points;
    size_t point_count;
    const struct wva_prediction_slo *slo;   /* NULL: no target */
    const struct wva_prediction_load *load; /* NULL: none */
    bool has_intervals;
    const char *const *warnings; /* ends with NULL; may be NULL */
};

struct wva_value *wva_prediction_to_value(struct wva_arena *arena,
                                          const struct wva_prediction *prediction);

#endif
