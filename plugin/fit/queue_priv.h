// SPDX-License-Identifier: Apache-2.0
/* What the two queue models are made of; for the fit layer only. */
#ifndef WVA_FIT_QUEUE_PRIV_H
#define WVA_FIT_QUEUE_PRIV_H

#include "wva/fit/queue.h"

/* Requests that arrive at random, are served up to `servers` at once, each for `base` + `slope` * n
 * when n are, and wait in a room for `room` of them. */
struct wva_chain {
    double base;  /* any unit of time; above 0 */
    double slope; /* from 0 */
    double servers;
    double room;
};

/* Means in the steady state. */
struct wva_chain_state {
    double admitted; /* share of the arrivals that find room */
    double batch;    /* in service, as each of them sees it, itself included */
    double waiting;  /* number that waits */
};

/* Service rate with `n` in service. */
double wva_chain_rate(const struct wva_chain *chain, double n);

/* `rate` above 0 and below wva_chain_rate(servers). */
void wva_chain_solve(const struct wva_chain *chain, double rate, struct wva_chain_state *ret);

/* One of the two models: service times as lines over the number in service, and what a request sees
 * of them. */
struct wva_queue_kind {
    const char *name;
    int (*check)(const struct wva_queue *queue, struct wva_error *err);
    struct wva_chain (*chain)(const struct wva_queue *queue);
    /* While the number in service stays as it is. */
    double (*first_token_ms)(const struct wva_queue *queue, double batch);
    double (*decode_ms)(const struct wva_queue *queue, double batch);
    /* While it varies: sets TTFT, without the wait, and ITL from point->batch and
     * point->in_service. */
    void (*latency)(const struct wva_queue *queue, struct wva_queue_point *point);
    void (*idle)(const struct wva_queue *queue, struct wva_queue_point *point);
};

extern const struct wva_queue_kind wva_queue_v1;
extern const struct wva_queue_kind wva_queue_v2;

const struct wva_queue_kind *wva_queue_kind_of(const struct wva_queue *queue);

#endif
