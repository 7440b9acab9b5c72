// SPDX-License-Identifier: Apache-2.0
/* What both queue models share: refusals, admissible rates, and one point at a rate or a
 * concurrency. */
#include "queue_priv.h"

#include <float.h>
#include <math.h>

/* pkg/analyzer: Epsilon, the distance that rates keep from 0 and from saturation. */
#define RATE_MARGIN 0.001

#define MS_A_SECOND 1000.0

static const struct wva_queue_kind *const kinds[] = {
    [WVA_QUEUE_PREFILL_DECODE] = &wva_queue_v1,
    [WVA_QUEUE_ITERATION] = &wva_queue_v2,
};

const struct wva_queue_kind *wva_queue_kind_of(const struct wva_queue *queue)
{
    return kinds[queue->model];
}

const char *wva_queue_model_name(enum wva_queue_model model)
{
    return kinds[model]->name;
}

/* NAN is in no range. */
static int check_tokens(const char *name, double tokens, double least, struct wva_error *err)
{
    if (tokens >= least && tokens <= WVA_QUEUE_TOKENS_MAX)
        return 0;
    return wva_error_set(err, WVA_E_USAGE, "%g %s tokens a request: %g to %g wanted", tokens, name,
                         least, WVA_QUEUE_TOKENS_MAX);
}

int wva_queue_check(const struct wva_queue *queue, struct wva_error *err)
{
    if (queue->max_batch_size < 1 || queue->max_batch_size > WVA_QUEUE_BATCH_MAX)
        return wva_error_set(err, WVA_E_USAGE, "a batch limit of %lld: 1 to %lld wanted",
                             (long long)queue->max_batch_size, (long long)WVA_QUEUE_BATCH_MAX);
    if (check_tokens("prompt", queue->prompt_tokens, 0, err) < 0 ||
        check_tokens("output", queue->output_tokens, 1, err) < 0)
        return -1;
    return wva_queue_kind_of(queue)->check(queue, err);
}

static struct wva_chain chain_of(const struct wva_queue *queue)
{
    return wva_queue_kind_of(queue)->chain(queue);
}

double wva_queue_min_rate(const struct wva_queue *queue)
{
    const struct wva_chain chain = chain_of(queue);

    return RATE_MARGIN * wva_chain_rate(&chain, 1) * MS_A_SECOND;
}

double wva_queue_max_rate(const struct wva_queue *queue)
{
    const struct wva_chain chain = chain_of(queue);

    return (1 - RATE_MARGIN) * wva_chain_rate(&chain, chain.servers) * MS_A_SECOND;
}

int64_t wva_queue_room(const struct wva_queue *queue)
{
    return (int64_t)chain_of(queue).room;
}

static int check_rate(const struct wva_queue *queue, double rate, struct wva_error *err)
{
    const double max = wva_queue_max_rate(queue);

    if (!(rate > 0) || !isfinite(rate))
        return wva_error_set(err, WVA_E_USAGE, "a rate of %g requests/s: one above 0 wanted", rate);
    if (rate <= max * (1 + 2 * (double)FLT_EPSILON)) /* WVA compares 32-bit floats */
        return 0;
    return wva_error_set(err, WVA_E_QUALITY,
                         "%.9g requests/s are more than one replica can take: %.9g at most", rate,
                         max);
}

/* Little's law gives what the chain does not. */
int wva_queue_analyze(const struct wva_queue *queue, double rate, struct wva_queue_point *ret,
                      struct wva_error *err)
{
    const struct wva_chain chain = chain_of(queue);
    struct wva_queue_point point = {.rate = rate};
    struct wva_chain_state state;

    if (check_rate(queue, rate, err) < 0)
        return -1;
    wva_chain_solve(&chain, rate / MS_A_SECOND, &state);
    const double service_ms = chain.base + chain.slope * state.batch;

    point.throughput = rate * state.admitted;
    const double throughput = point.throughput / MS_A_SECOND;

    point.batch = state.batch;
    point.in_service = fmin(throughput * service_ms, chain.servers);
    point.utilization = point.in_service / chain.servers;
    point.wait_ms = state.waiting > 0 ? state.waiting / throughput : 0.0;
    point.response_ms = point.wait_ms + service_ms;
    wva_queue_kind_of(queue)->latency(queue, &point);
    point.ttft_ms += point.wait_ms;
    *ret = point;
    return 0;
}

int wva_queue_at_concurrency(const struct wva_queue *queue, double concurrency,
                             struct wva_queue_point *ret, struct wva_error *err)
{
    const struct wva_queue_kind *kind = wva_queue_kind_of(queue);
    const struct wva_chain chain = chain_of(queue);

    if (!(concurrency >= 1) || !isfinite(concurrency))
        return wva_error_set(err, WVA_E_USAGE, "a concurrency of %g: one from 1 on wanted",
                             concurrency);
    const double batch = fmin(concurrency, chain.servers);
    const double rate = wva_chain_rate(&chain, batch);

    *ret = (struct wva_queue_point){
        .rate = rate * MS_A_SECOND,
        .throughput = rate * MS_A_SECOND,
        .response_ms = concurrency / rate,
        .wait_ms = (concurrency - batch) / rate,
        .ttft_ms = (concurrency - batch) / rate + kind->first_token_ms(queue, batch),
        .itl_ms = kind->decode_ms(queue, batch),
        .batch = batch,
        .in_service = batch,
        .utilization = batch / chain.servers,
    };
    return 0;
}

void wva_queue_idle(const struct wva_queue *queue, struct wva_queue_point *ret)
{
    const struct wva_chain chain = chain_of(queue);

    *ret = (struct wva_queue_point){.response_ms = chain.base + chain.slope, .batch = 1};
    wva_queue_kind_of(queue)->idle(queue, ret);
}

int64_t wva_queue_replicas(double load, double throughput)
{
    const double replicas = fmax(ceil(load / throughput), 1);

    return replicas < 0x1p63 ? (int64_t)replicas : INT64_MAX;
}
