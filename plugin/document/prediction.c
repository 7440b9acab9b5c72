// SPDX-License-Identifier: Apache-2.0
/* The Prediction document, written; nobody reads it back. */
#include "wva/document/prediction.h"

#include "document_priv.h"
#include "field_priv.h"
#include "wva/util/mem.h"

#include <math.h>

#define POINT(name, member) WVA_FIELD(NULL, name, WVA_FIELD_NUMBER, struct wva_queue_point, member)
#define PARAMETER(name)                                                                            \
    WVA_FIELD("parameters", #name, WVA_FIELD_NUMBER, struct wva_queue, parameters.name)
#define NUMBER(group, name, type, member) WVA_FIELD(group, name, WVA_FIELD_NUMBER, type, member)

static const struct wva_field point_fields[] = {
    POINT("ratePerSecond", rate),
    POINT("throughputPerSecond", throughput),
    POINT("ttftMs", ttft_ms),
    POINT("itlMs", itl_ms),
    POINT("waitMs", wait_ms),
    POINT("responseMs", response_ms),
    POINT("batch", batch),
    POINT("inService", in_service),
    POINT("utilization", utilization),
};

/* The iteration model has no delta. */
static const struct wva_field parameter_fields[] = {
    PARAMETER(alpha),
    PARAMETER(beta),
    PARAMETER(gamma),
    PARAMETER(delta),
};

static const struct wva_field shape_fields[] = {
    NUMBER("shape", "promptTokens", struct wva_queue, prompt_tokens),
    NUMBER("shape", "outputTokens", struct wva_queue, output_tokens),
};

static const struct wva_field limit_fields[] = {
    NUMBER(NULL, "minRatePerSecond", struct wva_prediction, min_rate),
    NUMBER(NULL, "maxRatePerSecond", struct wva_prediction, max_rate),
    NUMBER("least", "ttftMs", struct wva_prediction, least_ttft_ms),
    NUMBER("least", "itlMs", struct wva_prediction, least_itl_ms),
};

static struct wva_value *point_to_value(struct wva_arena *arena, const struct wva_queue_point *at)
{
    struct wva_value *value = wva_object(arena);

    wva_fields_put(arena, value, point_fields, WVA_COUNT(point_fields), at);
    return value;
}

/* Intervals that are open on one side have no place in a pair of numbers. */
static void put_interval(struct wva_arena *arena, struct wva_value *object, const char *name,
                         const struct wva_interval *interval)
{
    struct wva_value *pair = wva_array(arena);

    if (!isfinite(interval->low) || !isfinite(interval->high))
        return;
    wva_array_append(arena, pair, wva_double(arena, interval->low));
    wva_array_append(arena, pair, wva_double(arena, interval->high));
    wva_put(arena, object, pair, "intervals95", name);
}

static struct wva_value *points_to_value(struct wva_arena *arena,
                                         const struct wva_prediction *prediction)
{
    struct wva_value *list = wva_array(arena);

    for (size_t i = 0; i < prediction->point_count; i++) {
        const struct wva_prediction_point *point = &prediction->points[i];
        struct wva_value *value = point_to_value(arena, &point->at);

        if (isfinite(point->concurrency))
            wva_object_set(arena, value, "concurrency", wva_double(arena, point->concurrency));
        if (prediction->has_intervals) {
            put_interval(arena, value, "ttftMs", &point->ttft_ms);
            put_interval(arena, value, "itlMs", &point->itl_ms);
        }
        wva_array_append(arena, list, value);
    }
    return list;
}

static struct wva_value *slo_to_value(struct wva_arena *arena, const struct wva_prediction *from)
{
    const struct wva_prediction_slo *slo = from->slo;
    const struct wva_queue_size *size = &slo->size;
    const struct {
        double target;
        const char *name;
        double rate;
        const char *rate_name;
    } targets[] = {
        {slo->targets.ttft_ms, "ttftMs", size->rate_by_ttft, "ttft"},
        {slo->targets.itl_ms, "itlMs", size->rate_by_itl, "itl"},
        {slo->targets.tokens_per_second, "tokensPerSecond", size->rate_by_tps, "tps"},
    };
    struct wva_value *value = wva_object(arena);
    struct wva_value *rates = wva_object(arena);

    for (size_t i = 0; i < WVA_COUNT(targets); i++) {
        if (targets[i].target <= 0)
            continue;
        wva_object_set(arena, value, targets[i].name, wva_double(arena, targets[i].target));
        wva_object_set(arena, rates, targets[i].rate_name, wva_double(arena, targets[i].rate));
    }
    if (slo->service_class != NULL)
        wva_object_set(arena, value, "serviceClass", wva_string(arena, slo->service_class));
    wva_object_set(arena, value, "ratePerSecond", wva_double(arena, size->at.rate));
    wva_object_set(arena, value, "limitedBy", wva_string(arena, wva_queue_limit_name(size->limit)));
    wva_object_set(arena, value, "ratesPerSecond", rates);
    wva_object_set(arena, value, "point", point_to_value(arena, &size->at));
    if (from->has_intervals)
        put_interval(arena, value, "ratePerSecond", &slo->rate);
    return value;
}

static void put_load(struct wva_arena *arena, struct wva_value *spec,
                     const struct wva_prediction *from)
{
    const struct wva_prediction_load *load = from->load;

    wva_object_set(arena, spec, "loadPerSecond", wva_double(arena, load->rate));
    wva_object_set(arena, spec, "replicas", wva_int(arena, load->replicas));
    wva_object_set(arena, spec, "perReplica", point_to_value(arena, &load->share));
    if (from->has_intervals)
        put_interval(arena, spec, "replicas", &load->interval);
}

static void put_model(struct wva_arena *arena, struct wva_value *spec,
                      const struct wva_queue *queue)
{
    const size_t parameters = queue->model == WVA_QUEUE_ITERATION ? WVA_COUNT(parameter_fields) - 1
                                                                  : WVA_COUNT(parameter_fields);

    wva_object_set(arena, spec, "queueModel",
                   wva_string(arena, wva_queue_model_name(queue->model)));
    wva_fields_put(arena, spec, parameter_fields, parameters, queue);
    wva_fields_put(arena, spec, shape_fields, WVA_COUNT(shape_fields), queue);
}

static void put_uncertainty(struct wva_arena *arena, struct wva_value *spec,
                            const struct wva_prediction *prediction)
{
    put_interval(arena, spec, "maxRatePerSecond", &prediction->max_rate_interval);
    wva_put(arena, spec, wva_string(arena, "monte-carlo"), "uncertainty", "method");
    wva_put(arena, spec, wva_int(arena, WVA_DRAWS), "uncertainty", "draws");
}

static struct wva_value *warnings_to_value(struct wva_arena *arena, const char *const *warnings)
{
    struct wva_value *list = wva_array(arena);

    for (; warnings != NULL && *warnings != NULL; warnings++)
        wva_array_append(arena, list, wva_string(arena, *warnings));
    return list;
}

struct wva_value *wva_prediction_to_value(struct wva_arena *arena,
                                          const struct wva_prediction *prediction)
{
    const char *run_id = prediction->provenance.run_id;
    struct wva_value *spec;
    struct wva_value *value =
        wva_document_new(arena, WVA_KIND_PREDICTION, run_id == NULL ? "prediction" : run_id, &spec);

    put_model(arena, spec, &prediction->queue);
    wva_fields_put(arena, spec, limit_fields, WVA_COUNT(limit_fields), prediction);
    if (prediction->has_intervals)
        put_uncertainty(arena, spec, prediction);
    wva_object_set(arena, spec, "points", points_to_value(arena, prediction));
    if (prediction->slo != NULL)
        wva_object_set(arena, spec, "slo", slo_to_value(arena, prediction));
    if (prediction->load != NULL)
        put_load(arena, spec, prediction);
    wva_object_set(arena, spec, "warnings", warnings_to_value(arena, prediction->warnings));
    if (prediction->source != NULL)
        wva_object_set(arena, spec, "source", wva_string(arena, prediction->source));
    wva_provenance_put(arena, spec, &prediction->provenance);
    return value;
}
