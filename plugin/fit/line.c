// SPDX-License-Identifier: Apache-2.0
/* A straight line through points by ordinary least squares, and how far it can be trusted. */
#include "wva/fit/fit.h"

#include <math.h>

static bool all_equal(const double *values, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (values[i] != values[0])
            return false;
    }
    return true;
}

static double mean_of(const double *values, size_t n)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return sum / (double)n;
}

/* Sum of (a - mean a) * (b - mean b). */
static double centered_sum(const double *a, double a_mean, const double *b, double b_mean, size_t n)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += (a[i] - a_mean) * (b[i] - b_mean);
    return sum;
}

/* `error_factor` is the standard error of the estimate for residuals of variance 1. */
static void set_uncertainty(struct wva_estimate *estimate, double variance, double error_factor,
                            size_t n)
{
    estimate->std_error = estimate->low = estimate->high = NAN;
    if (n < 3)
        return;
    estimate->std_error = sqrt(variance) * error_factor;
    const double reach = wva_student_t975(n - 2) * estimate->std_error;
    estimate->low = estimate->value - reach;
    estimate->high = estimate->value + reach;
}

/* Sets the relative deviations and returns the sum of squared residuals. */
static double measure_residuals(const double *x, const double *y, size_t n, struct wva_line *line)
{
    double squares = 0.0;
    double sum = 0.0;
    double worst = 0.0;

    for (size_t i = 0; i < n; i++) {
        const double residual = y[i] - (line->intercept.value + line->slope.value * x[i]);
        const double relative = fabs(residual / y[i]);

        squares += residual * residual;
        sum += relative;
        worst = fmax(worst, relative);
    }
    line->worst_relative = worst;
    line->mean_relative = sum / (double)n;
    return squares;
}

int wva_line_fit(const double *x, const double *y, size_t n, struct wva_line *ret,
                 struct wva_error *err)
{
    struct wva_line line = {0};

    if (n < 2)
        return wva_error_set(err, WVA_E_QUALITY, "a line needs two points, not %zu", n);
    if (all_equal(x, n))
        return wva_error_set(err, WVA_E_QUALITY,
                             "a line needs points at different x, all are at %g", x[0]);
    const double x_mean = mean_of(x, n);
    const double y_mean = mean_of(y, n);
    const double sxx = centered_sum(x, x_mean, x, x_mean, n);
    const double sxy = centered_sum(x, x_mean, y, y_mean, n);
    const double syy = centered_sum(y, y_mean, y, y_mean, n);

    if (!isnormal(sxx) || !isfinite(sxy) || !isfinite(syy))
        return wva_error_set(err, WVA_E_QUALITY,
                             "figures are too large or too small to compute with");
    line.slope.value = sxy / sxx;
    line.intercept.value = y_mean - line.slope.value * x_mean;

    const double squares = measure_residuals(x, y, n, &line);
    const double variance = squares / ((double)n - 2);

    set_uncertainty(&line.slope, variance, 1 / sqrt(sxx), n);
    set_uncertainty(&line.intercept, variance, sqrt(1 / (double)n + x_mean * x_mean / sxx), n);
    line.r_squared = all_equal(y, n) ? (double)NAN : 1 - squares / syy;
    *ret = line;
    return 0;
}
