// SPDX-License-Identifier: Apache-2.0
/* WVA's model of v0.6.0 to v0.9: every iteration takes a time of its own, which depends on the
 * tokens that it computes (beta) and on those that it reads back (gamma). */
#include "queue_priv.h"

#include <math.h>

/* The controller's queue limit, whatever the batch limit. */
#define ROOM 100.0

/* Tokens that one request has in the key-value cache in the mean over its decode steps. */
static double held_tokens(const struct wva_queue *queue)
{
    return queue->prompt_tokens + queue->output_tokens / 2;
}

/* What each request adds to an iteration. */
static double slope_of(const struct wva_queue *queue)
{
    const struct wva_parameters *p = &queue->parameters;
    const double out = queue->output_tokens;

    return p->beta * (queue->prompt_tokens + out) / (out + 1) + p->gamma * held_tokens(queue);
}

static double iteration_ms(const struct wva_queue *queue, double batch)
{
    return queue->parameters.alpha + slope_of(queue) * batch;
}

static double prefill_ms(const struct wva_queue *queue, double batch)
{
    const struct wva_parameters *p = &queue->parameters;
    const double tokens = queue->prompt_tokens;

    return tokens <= 0 ? 0.0 : iteration_ms(queue, batch) + (p->beta + p->gamma) * tokens;
}

static double decode_ms(const struct wva_queue *queue, double batch)
{
    const struct wva_parameters *p = &queue->parameters;

    return iteration_ms(queue, batch) + p->beta + p->gamma * held_tokens(queue);
}

/* Prefill alone makes no token in this model. */
static double first_token_ms(const struct wva_queue *queue, double batch)
{
    return prefill_ms(queue, batch) + decode_ms(queue, batch);
}

static struct wva_chain chain_of(const struct wva_queue *queue)
{
    const double out = queue->output_tokens;
    const double prefills = queue->prompt_tokens <= 0 ? 0.0 : 1.0;

    return (struct wva_chain){
        .base = prefill_ms(queue, 0) + out * decode_ms(queue, 0),
        .slope = (prefills + out) * slope_of(queue),
        .servers = (double)queue->max_batch_size,
        .room = ROOM,
    };
}

static int check(const struct wva_queue *queue, struct wva_error *err)
{
    const struct wva_parameters *p = &queue->parameters;
    const struct {
        const char *name;
        double value;
        bool is_base;
    } parameters[] = {
        {"alpha", p->alpha, true}, {"beta", p->beta, false}, {"gamma", p->gamma, false}};

    for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
        const float seen = (float)parameters[i].value;

        if (!isfinite(seen))
            return wva_error_set(err, WVA_E_QUALITY, "%s is %g, no finite 32-bit number",
                                 parameters[i].name, parameters[i].value);
        if (seen < 0.0F || (seen == 0.0F && parameters[i].is_base))
            return wva_error_set(err, WVA_E_QUALITY,
                                 "%s is %.9g, %s: no iteration takes such a time",
                                 parameters[i].name, parameters[i].value,
                                 parameters[i].is_base ? "not above 0" : "below 0");
    }
    if ((float)p->beta > 0.0F || (float)p->gamma > 0.0F)
        return 0;
    return wva_error_set(err, WVA_E_QUALITY,
                         "beta and gamma are both 0: load would change nothing");
}

/* WVA takes prefill at the mean over time, and gives decoding what is left of the service time. The
 * difference is worked out before the subtraction: the two can be large, and what is left small. */
static void latency(const struct wva_queue *queue, struct wva_queue_point *point)
{
    const double left = slope_of(queue) * (point->batch - point->in_service);

    point->itl_ms = decode_ms(queue, point->batch);
    if (queue->prompt_tokens > 0)
        point->itl_ms += left / queue->output_tokens;
    point->ttft_ms = prefill_ms(queue, point->in_service) + point->itl_ms;
}

const struct wva_queue_kind wva_queue_v2 = {
    .name = "iteration",
    .check = check,
    .chain = chain_of,
    .first_token_ms = first_token_ms,
    .decode_ms = decode_ms,
    .latency = latency,
    .idle = latency,
};
