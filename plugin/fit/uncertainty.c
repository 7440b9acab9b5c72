// SPDX-License-Identifier: Apache-2.0
/*
 * Monte Carlo over the parameters of the prefill-decode model. The points come from a sequence that
 * fills the space evenly instead of from random numbers: that is worth several times as many draws,
 * and the same fit has the same intervals, here and on any machine.
 */
#include "wva/fit/uncertainty.h"

#include "wva/util/mem.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#define TRIES_A_DRAW 20
#define TAIL         0.025 /* of the draws, on either side of the interval */

double wva_line_correlation(const double *x, size_t n)
{
    double sum = 0.0;
    double squares = 0.0;

    for (size_t i = 0; i < n; i++) {
        sum += x[i];
        squares += x[i] * x[i];
    }
    return squares > 0 ? -sum / sqrt((double)n * squares) : 0.0;
}

size_t wva_student_degrees(double quantile)
{
    size_t low = 1;
    size_t high = WVA_DEGREES_MAX;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        /* Between two of them the nearer one. */
        if (wva_student_t975(middle) + wva_student_t975(middle + 1) > 2 * quantile)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

enum { DIMENSIONS = 4 };

/* A point of the unit cube: multiples of the powers of 1 / g, where g is the root of g^5 = g + 1
 * (M. Roberts, The unreasonable effectiveness of quasirandom sequences, 2018). */
static void next_point(size_t index, double ret[DIMENSIONS])
{
    const double g = 1.16730397826141868;
    double step = 1.0;

    for (size_t i = 0; i < DIMENSIONS; i++) {
        step /= g;
        const double at = 0.5 + step * (double)index;

        ret[i] = at - floor(at);
    }
}

/* Two numbers of one bivariate t with the degrees of freedom of a fit: the errors of its two
 * estimates share the estimate of the variance. By Bailey's polar method (Math. Comp. 62, 1994). */
static void draw_line(const double point[2], const struct wva_line_spread *spread,
                      double *intercept, double *slope)
{
    static const double two_pi = 6.28318530717958647693;
    const double degrees = (double)spread->degrees;
    const double radius = sqrt(degrees * expm1(-2 / degrees * log(fmax(point[0], DBL_EPSILON))));
    const double angle = two_pi * point[1];
    const double first = radius * cos(angle);
    const double second = radius * sin(angle);
    const double common = spread->correlation;

    *slope += spread->slope_error * first;
    *intercept += spread->intercept_error * (common * first + sqrt(1 - common * common) * second);
}

static int draw_queue(size_t *index, const struct wva_queue *best, const struct wva_spread *spread,
                      struct wva_queue *ret, struct wva_error *err)
{
    for (int i = 0; i < TRIES_A_DRAW; i++) {
        struct wva_parameters *p = &ret->parameters;
        struct wva_error refusal = {0};
        double point[DIMENSIONS];

        *ret = *best;
        next_point(++*index, point);
        draw_line(point, &spread->itl, &p->alpha, &p->beta);
        draw_line(point + 2, &spread->ttft, &p->gamma, &p->delta);
        if (wva_queue_check(ret, &refusal) == 0)
            return 0;
    }
    return wva_error_set(err, WVA_E_QUALITY,
                         "the fit's intervals are too wide for predictions: nearly all parameters "
                         "within them make no sense");
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

/* A quantile of sorted values, between its two neighbours. */
static double quantile_of(const double *sorted, double share)
{
    const double at = share * (WVA_DRAWS - 1);
    const size_t below = (size_t)at;
    const double part = at - (double)below;

    if (!isfinite(sorted[below + 1]))
        return (double)NAN;
    return sorted[below] + part * (sorted[below + 1] - sorted[below]);
}

/* Figure by figure, from rows of `count` figures. */
static void find_intervals(const double *rows, size_t count, struct wva_interval *ret)
{
    double values[WVA_DRAWS];

    for (size_t i = 0; i < count; i++) {
        for (size_t draw = 0; draw < WVA_DRAWS; draw++)
            values[draw] = rows[draw * count + i];
        qsort(values, WVA_DRAWS, sizeof(*values), compare);
        ret[i].low = quantile_of(values, TAIL);
        ret[i].high = quantile_of(values, 1 - TAIL);
    }
}

int wva_propagate(const struct wva_queue *queue, const struct wva_spread *spread,
                  wva_figures_fn figures, void *ctx, size_t count, struct wva_interval *ret,
                  struct wva_error *err)
{
    wva_autofree double *rows = wva_xcalloc(WVA_DRAWS, count * sizeof(*rows));
    size_t index = 0;

    for (size_t draw = 0; draw < WVA_DRAWS; draw++) {
        struct wva_queue drawn;

        if (draw_queue(&index, queue, spread, &drawn, err) < 0)
            return -1;
        figures(ctx, &drawn, rows + draw * count);
    }
    find_intervals(rows, count, ret);
    return 0;
}
