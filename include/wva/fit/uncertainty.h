// SPDX-License-Identifier: Apache-2.0
/*
 * From the uncertainty of parameters to that of what a queue model makes of them.
 *
 * By Monte Carlo: parameters are drawn from the fit's own distribution, the model is evaluated for
 * each draw, and the middle 95 % of the results are the interval. A linearization about the best
 * parameters would not do where it matters: near saturation TTFT explodes on one side only, and
 * some of the parameters that the fit allows cannot take the rate at all.
 */
#ifndef WVA_FIT_UNCERTAINTY_H
#define WVA_FIT_UNCERTAINTY_H

#include "wva/fit/queue.h"

/* Of a least-squares line. Intercept and slope deviate together: a line that starts too low is too
 * steep. */
struct wva_line_spread {
    double intercept_error; /* standard errors; finite, from 0 */
    double slope_error;
    double correlation; /* -1 to 1 */
    size_t degrees;     /* of freedom, of Student's t */
};

struct wva_spread {
    struct wva_line_spread itl;
    struct wva_line_spread ttft;
};

/* Correlation of intercept and slope of a line that was fitted at `n` >= 1 finite x, all weighted
 * the same. 0 when it cannot be told (all x are 0). */
double wva_line_correlation(const double *x, size_t n);

/* Degrees of freedom whose 97.5 % quantile is `quantile`, at least 1 and at most
 * WVA_DEGREES_MAX, where Student's t is as good as normal. */
size_t wva_student_degrees(double quantile);

#define WVA_DEGREES_MAX 1000000

struct wva_interval {
    double low; /* NAN: not bounded, or not known */
    double high;
};

#define WVA_DRAWS 2000

/* Writes the figures that a queue with drawn parameters has; INFINITY: there is no such figure, it
 * is too large. */
typedef void (*wva_figures_fn)(void *ctx, const struct wva_queue *queue, double *ret_figures);

/* 95 % intervals of `count` figures over WVA_DRAWS draws, always the same ones. Draws with which
 * wva_queue_check() would refuse the queue are not possible and are drawn again; when nearly all
 * are, WVA_E_QUALITY. For the prefill-decode model. */
int wva_propagate(const struct wva_queue *queue, const struct wva_spread *spread,
                  wva_figures_fn figures, void *ctx, size_t count, struct wva_interval *ret,
                  struct wva_error *err) WVA_MUST_USE;

#endif
