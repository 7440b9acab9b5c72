// SPDX-License-Identifier: Apache-2.0
/*
 * The number of requests at a replica as a birth-death chain, in the steady state.
 *
 * The weights w(n + 1) = w(n) * rate / mu(n + 1) span thousands of decades at large batch limits.
 * They rise up to one n and fall from there on, so they are summed from that one outwards, with 1
 * for its weight: nothing overflows, and what is too small to count ends the sum. With all servers
 * busy the weights are a geometric series, which has a closed form, so that neither time nor memory
 * depends on the size of the waiting room.
 */
#include "queue_priv.h"

#include <math.h>

/* Of the largest weight. Even a million of these are below what a double can tell. */
#define NEGLIGIBLE 1e-22

double wva_chain_rate(const struct wva_chain *chain, double n)
{
    return n / (chain->base + chain->slope * n);
}

/* Over the states in which an arrival goes into service at once: n from 0 to servers - 1. */
struct below {
    double weight;   /* sum of w(n) */
    double batch;    /* sum of w(n) * (n + 1): what an arrival finds, itself included */
    double at_limit; /* w(servers) */
};

/* w(n) / w(n - 1) */
static double step(const struct wva_chain *chain, double rate, double n)
{
    return rate * (chain->base + chain->slope * n) / n;
}

static void add(struct below *sums, double n, double weight)
{
    sums->weight += weight;
    sums->batch += weight * (n + 1);
}

static struct below sum_below_limit(const struct wva_chain *chain, double rate)
{
    /* step() is 1 or more up to here. */
    const double mode =
        fmin(floor(rate * chain->base / (1 - rate * chain->slope)), chain->servers - 1);
    struct below sums = {0};
    double weight = 1.0;

    add(&sums, mode, weight);
    for (double n = mode; n >= 1 && weight > NEGLIGIBLE; n--) {
        weight /= step(chain, rate, n);
        add(&sums, n - 1, weight);
    }
    weight = step(chain, rate, mode + 1);
    for (double n = mode + 1; n < chain->servers && weight > NEGLIGIBLE; n++) {
        add(&sums, n, weight);
        weight *= step(chain, rate, n + 1);
    }
    sums.at_limit = weight > NEGLIGIBLE ? weight : 0.0;
    return sums;
}

void wva_chain_solve(const struct wva_chain *chain, double rate, struct wva_chain_state *ret)
{
    const struct below below = sum_below_limit(chain, rate);
    const double ratio = rate / wva_chain_rate(chain, chain->servers);
    const double last = pow(ratio, chain->room); /* the full room's weight, w(servers) being 1 */
    const double rest = 1 - ratio;

    /* Sums of ratio^j and of j * ratio^j: those that find room, and all with their number. */
    const double admitted = below.at_limit * (1 - last) / rest;
    const double waiting = below.at_limit * ratio * ((1 - last) / rest - chain->room * last) / rest;
    const double lost = below.at_limit * last;
    const double accepted = below.weight + admitted;

    ret->admitted = accepted / (accepted + lost);
    ret->batch = (below.batch + chain->servers * admitted) / accepted;
    ret->waiting = waiting / (accepted + lost);
}
