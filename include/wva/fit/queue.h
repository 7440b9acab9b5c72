// SPDX-License-Identifier: Apache-2.0
/*
 * WVA's two queue models: what a replica with given parameters does to TTFT and ITL under load.
 *
 * Requests arrive at random at some rate; up to `max_batch_size` of them are in service and share
 * each decode step, the rest wait, and what finds the waiting room full is lost. With n requests in
 * service each takes
 *
 *     prefill-decode:  prefill(n) + (out - 1) * decode(n)
 *         prefill(n) = gamma + delta * in * n         0 when in = 0
 *         decode(n)  = alpha + beta * n
 *     iteration:       prefill(n) + out * decode(n)
 *         T(n)       = alpha + n * (beta * (in + out) / (out + 1) + gamma * (in + out / 2))
 *         prefill(n) = T(n) + (beta + gamma) * in     0 when in = 0
 *         decode(n)  = T(n) + beta + gamma * (in + out / 2)
 *
 * so that the number of requests is a birth-death chain. Source: llm-d Workload Variant Autoscaler,
 * pkg/analyzer/queueanalyzer.go, of v0.0.2 to v0.5.1 (prefill-decode; waiting room 10 * N) and of
 * v0.6.0 to v0.9 (iteration; 100). WVA computes in 32-bit floats, this in doubles: they agree to
 * about five digits. Nothing here is ever NAN: what would be is refused.
 */
#ifndef WVA_FIT_QUEUE_H
#define WVA_FIT_QUEUE_H

#include "wva/fit/fit.h"

#include <stdint.h>

enum wva_queue_model {
    WVA_QUEUE_PREFILL_DECODE, /* alpha, beta, gamma, delta: WVA up to v0.5.1 */
    WVA_QUEUE_ITERATION,      /* alpha, beta, gamma: WVA from v0.6.0 on */
};

/* "prefill-decode", "iteration" */
const char *wva_queue_model_name(enum wva_queue_model model);

#define WVA_QUEUE_BATCH_MAX  INT64_C(1000000)
#define WVA_QUEUE_TOKENS_MAX 1e7

/* One replica and the requests that it gets. */
struct wva_queue {
    enum wva_queue_model model;
    struct wva_parameters parameters; /* iteration: alpha in ms, beta and gamma in ms a token */
    int64_t max_batch_size;           /* most in service, vLLM's --max-num-seqs; from 1 */
    double prompt_tokens;             /* mean of a request; from 0 */
    double output_tokens;             /* from 1 */
};

/* All figures are means in the steady state. */
struct wva_queue_point {
    double rate; /* requests/s that arrive */
    double
        throughput; /* requests/s that are served; less where the waiting room is full at times */
    double response_ms;
    double wait_ms; /* before prefill; part of TTFT */
    double ttft_ms;
    double itl_ms;
    double batch;       /* requests in service as one of them sees it, itself included */
    double in_service;  /* over time */
    double utilization; /* in_service / max_batch_size */
};

/* Refuses what WVA would get wrong or could not compute with. WVA_E_QUALITY: parameters (as
 * wva_parameters_check(), for either model), and one output token where only decoding depends on
 * the batch. WVA_E_USAGE: batch size and tokens out of range. Everything below wants a queue that
 * passed. */
int wva_queue_check(const struct wva_queue *queue, struct wva_error *err) WVA_MUST_USE;

/* WVA's admissible rates in requests/s: from a thousandth of what one request alone would make, to
 * a thousandth below what a full batch makes. */
double wva_queue_min_rate(const struct wva_queue *queue);
double wva_queue_max_rate(const struct wva_queue *queue);

int64_t wva_queue_room(const struct wva_queue *queue); /* requests that may wait */

/* WVA's Analyze(). Errors: WVA_E_USAGE when `rate` is not above 0, WVA_E_QUALITY when it is above
 * the highest one. */
int wva_queue_analyze(const struct wva_queue *queue, double rate, struct wva_queue_point *ret,
                      struct wva_error *err) WVA_MUST_USE;

/* As many requests as `concurrency` (from 1; WVA_E_USAGE) at any time, the next one sent when one
 * is answered: what a benchmark level with that many streams measures. Not one of WVA's. Those
 * above the batch limit wait. */
int wva_queue_at_concurrency(const struct wva_queue *queue, double concurrency,
                             struct wva_queue_point *ret, struct wva_error *err) WVA_MUST_USE;

/* Without load. prefill-decode as WVA's zeroLoadAllocation(): ITL = alpha + beta, TTFT = gamma +
 * delta, where the prompt's length is left out. iteration: a lone request. */
void wva_queue_idle(const struct wva_queue *queue, struct wva_queue_point *ret);

/* What is demanded; 0: nothing. */
struct wva_queue_targets {
    double ttft_ms;           /* at most */
    double itl_ms;            /* at most */
    double tokens_per_second; /* a throughput in output tokens: WVA then keeps a tenth in reserve */
};

/* What keeps the rate from being higher. */
enum wva_queue_limit {
    WVA_QUEUE_LIMIT_CAPACITY, /* the highest admissible rate meets all targets */
    WVA_QUEUE_LIMIT_TTFT,
    WVA_QUEUE_LIMIT_ITL,
    WVA_QUEUE_LIMIT_TPS,
};

/* "capacity", "ttft", "itl", "tps" */
const char *wva_queue_limit_name(enum wva_queue_limit limit);

struct wva_queue_size {
    double rate_by_ttft; /* highest rate within each target; without one, the highest of all */
    double rate_by_itl;
    double rate_by_tps;
    enum wva_queue_limit limit;
    struct wva_queue_point at; /* at the least of the three */
    double least_ttft_ms;      /* that there are, over the admissible rates */
    double least_itl_ms;
    bool itl_grows; /* with the rate, as WVA's 32-bit floats see it */
};

/* WVA's Size(): bisection to 1e-6 of the target, at most 100 steps. Errors: WVA_E_USAGE for a
 * target below 0 or not finite, WVA_E_QUALITY when one is out of reach, naming the least possible.
 * One difference: where ITL does not grow with the rate (beta 0, or the iteration model at a batch
 * limit of 1), WVA's search takes what is within the target for out of reach, and the reverse. */
int wva_queue_size(const struct wva_queue *queue, const struct wva_queue_targets *targets,
                   struct wva_queue_size *ret, struct wva_error *err) WVA_MUST_USE;

/* Replicas for `load` requests/s when one serves `throughput`: rounded up, at least 1; INT64_MAX
 * when there is no such number. */
int64_t wva_queue_replicas(double load, double throughput);

#endif
