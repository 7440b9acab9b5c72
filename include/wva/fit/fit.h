// SPDX-License-Identifier: Apache-2.0
/*
 * The four numbers of WVA's model analyzer, from measured levels. Numbers in, parameters out.
 *
 *     ITL  = alpha + beta  * batch                 ms   (decode)
 *     TTFT = gamma + delta * inputTokens * batch   ms   (prefill)
 *
 * Source of the model: llm-d Workload Variant Autoscaler, docs/tutorials/parameter-estimation.md
 * (v0.4.2) and pkg/analyzer (v0.0.1 to v0.5.1).
 */
#ifndef WVA_FIT_FIT_H
#define WVA_FIT_FIT_H

#include "wva/util/error.h"

#include <stdbool.h>
#include <stddef.h>

struct wva_parameters {
    double alpha; /* ms */
    double beta;  /* ms a request in service */
    double gamma; /* ms */
    double delta; /* ms a token and request in service */
};

double wva_model_itl_ms(const struct wva_parameters *p, double batch);
double wva_model_ttft_ms(const struct wva_parameters *p, double prompt_tokens, double batch);

/* What WVA needs and does not check itself: all finite, alpha > 0, gamma > 0, beta >= 0, delta >=
 * 0, beta and delta not both 0, seen as the 32-bit floats that WVA reads. WVA_E_QUALITY, naming the
 * number and why WVA would get it wrong. */
int wva_parameters_check(const struct wva_parameters *p, struct wva_error *err) WVA_MUST_USE;

/* Batch sizes closer together than this share count as one, measured twice. */
#define WVA_FIT_SAME_BATCH 0.01

/* One level, ready to fit. */
struct wva_fit_point {
    double batch;         /* requests in service, > 0 */
    double prompt_tokens; /* > 0 */
    double itl_ms;        /* > 0 */
    double ttft_ms;       /* > 0 */
};

/* An estimate with its uncertainty. With two points there is none: NAN. */
struct wva_estimate {
    double value;
    double std_error;
    double low; /* 95 % interval, Student's t with n - 2 degrees of freedom */
    double high;
};

/* y = intercept + slope * x by ordinary least squares. */
struct wva_line {
    struct wva_estimate intercept;
    struct wva_estimate slope;
    double r_squared;      /* NAN when all y are equal */
    double worst_relative; /* largest |y - fitted| / |y|; y not 0 */
    double mean_relative;  /* their mean */
};

/* `n` >= 2 finite points, not all x equal; else WVA_E_QUALITY, also when the sums overflow.
 * Centered sums, so that large x lose no digits. */
int wva_line_fit(const double *x, const double *y, size_t n, struct wva_line *ret,
                 struct wva_error *err) WVA_MUST_USE;

/* 97.5 % quantile of Student's t; degrees >= 1. */
double wva_student_t975(size_t degrees);

struct wva_fit {
    struct wva_parameters parameters;
    struct wva_line itl;  /* x: batch; intercept alpha, slope beta */
    struct wva_line ttft; /* x: prompt_tokens * batch; intercept gamma, slope delta */
    size_t points;
};

/* Fits both lines and checks the parameters. Refuses (WVA_E_QUALITY): fewer than two points, all
 * within WVA_FIT_SAME_BATCH of each other, a value that is not finite or not above 0 (naming the
 * level, from 1), parameters that wva_parameters_check() refuses. */
int wva_fit_solve(const struct wva_fit_point *points, size_t n, struct wva_fit *ret,
                  struct wva_error *err) WVA_MUST_USE;

#endif
