// SPDX-License-Identifier: Apache-2.0
/* WVA's model of v0.0.2 to v0.5.1: prefill and decode each a line over the batch. (v0.0.1 lacks the
 * one decode step of a request without prompt and with one output token.) */
#include "queue_priv.h"

#include <math.h>

/* pkg/config: MaxQueueToBatchRatio */
#define ROOM_A_SERVER 10.0

static double prefill_ms(const struct wva_queue *queue, double batch)
{
    const bool nothing = queue->prompt_tokens <= 0;

    return nothing ? 0.0 : wva_model_ttft_ms(&queue->parameters, queue->prompt_tokens, batch);
}

static double decode_ms(const struct wva_queue *queue, double batch)
{
    return wva_model_itl_ms(&queue->parameters, batch);
}

/* One for each output token but the first, which prefill makes. */
static double decode_steps(const struct wva_queue *queue)
{
    const double steps = queue->output_tokens - 1;

    return queue->prompt_tokens <= 0 && steps <= 0 ? 1.0 : steps;
}

static struct wva_chain chain_of(const struct wva_queue *queue)
{
    const struct wva_parameters *p = &queue->parameters;
    const double steps = decode_steps(queue);

    return (struct wva_chain){
        .base = prefill_ms(queue, 0) + steps * p->alpha,
        .slope = p->delta * queue->prompt_tokens + steps * p->beta,
        .servers = (double)queue->max_batch_size,
        .room = (double)queue->max_batch_size * ROOM_A_SERVER,
    };
}

static int check(const struct wva_queue *queue, struct wva_error *err)
{
    if (wva_parameters_check(&queue->parameters, err) < 0)
        return -1;
    if (chain_of(queue).slope > 0 || queue->prompt_tokens <= 0)
        return 0;
    return wva_error_set(
        err, WVA_E_QUALITY,
        "with delta or the prompt at 0, and beta or all but one output token, load "
        "would change nothing: WVA divides 0 by 0");
}

/* EffectiveConcurrency(): the batch at which service would take as long as it does on average. That
 * is the batch that requests see, except that WVA counts prefill here also where there is none. */
static double effective_concurrency(const struct wva_queue *queue, double batch)
{
    const struct wva_parameters *p = &queue->parameters;
    const double steps = queue->output_tokens - 1;
    const double service_ms = decode_steps(queue) * decode_ms(queue, batch);
    const double numerator = service_ms - (p->gamma + p->alpha * steps);
    const double denominator = p->beta * steps;

    if (queue->prompt_tokens > 0)
        return batch;
    if (numerator <= 0)
        return 0.0;
    return fmin(denominator > 0 ? numerator / denominator : (double)INFINITY,
                (double)queue->max_batch_size);
}

static void latency(const struct wva_queue *queue, struct wva_queue_point *point)
{
    const double batch = effective_concurrency(queue, point->batch);

    point->ttft_ms = prefill_ms(queue, batch);
    point->itl_ms = decode_ms(queue, batch);
}

static void idle(const struct wva_queue *queue, struct wva_queue_point *point)
{
    const struct wva_parameters *p = &queue->parameters;

    point->ttft_ms = p->gamma + p->delta;
    point->itl_ms = p->alpha + p->beta;
}

const struct wva_queue_kind wva_queue_v1 = {
    .name = "prefill-decode",
    .check = check,
    .chain = chain_of,
    .first_token_ms = prefill_ms,
    .decode_ms = decode_ms,
    .latency = latency,
    .idle = idle,
};
