// SPDX-License-Identifier: Apache-2.0
/*
 * From measured levels to WVA's four parameters, and the refusal of all that WVA itself would take
 * without a word. What its analyzer makes of such numbers was tried on release v0.4.2.
 */
#include "wva/fit/fit.h"

#include "wva/util/mem.h"

#include <math.h>

#define MEASURE_HINT                                                                               \
    "measure levels from 1 to the server's --max-num-seqs, none with a queue: "                    \
    "kubectl wva bench deployment/NAME"

double wva_model_itl_ms(const struct wva_parameters *p, double batch)
{
    return p->alpha + p->beta * batch;
}

double wva_model_ttft_ms(const struct wva_parameters *p, double prompt_tokens, double batch)
{
    return p->gamma + p->delta * prompt_tokens * batch;
}

struct parameter {
    const char *name;
    double value;
    bool is_intercept;
    const char *wrong; /* what WVA does with one of the wrong sign */
};

/* WVA reads its parameters as 32-bit floats: what counts is what is left of a number then. */
static int check_parameter(const struct parameter *parameter, struct wva_error *err)
{
    const float seen = (float)parameter->value;

    if (!isfinite(seen))
        return wva_error_set(
            err, WVA_E_QUALITY,
            "%s is %g, no finite 32-bit number: WVA takes nan and inf as they are and computes "
            "with them, and a number beyond its range leaves the variant without any allocation",
            parameter->name, parameter->value);
    if (seen > 0.0F || (seen == 0.0F && !parameter->is_intercept))
        return 0;
    return wva_error_set(err, WVA_E_QUALITY, "%s is %.9g, %s: %s", parameter->name,
                         parameter->value, parameter->is_intercept ? "not above 0" : "below 0",
                         parameter->wrong);
}

int wva_parameters_check(const struct wva_parameters *p, struct wva_error *err)
{
    const struct parameter parameters[] = {
        {"alpha", p->alpha, true,
         "it is the time of a decode step of a lone request, and WVA's queue model turns to nan or "
         "negative service rates on it"},
        {"beta", p->beta, false,
         "decoding would get faster the more requests share a batch, and WVA computes negative "
         "rates from it"},
        {"gamma", p->gamma, true,
         "it is the time of a lone request's prefill, and WVA accepts it without a word and "
         "expects first tokens sooner than there can be any"},
        {"delta", p->delta, false,
         "prefill would get faster the longer the prompts, and WVA accepts it without a word and "
         "expects first tokens too soon under load"},
    };

    for (size_t i = 0; i < WVA_COUNT(parameters); i++) {
        if (check_parameter(&parameters[i], err) < 0)
            return wva_error_hint(err, MEASURE_HINT);
    }
    if ((float)p->beta > 0.0F || (float)p->delta > 0.0F)
        return 0;
    wva_error_set(
        err, WVA_E_QUALITY,
        "beta and delta are both 0: load would change nothing, and WVA divides by them and "
        "gets nan for ITL and TTFT");
    return wva_error_hint(err, MEASURE_HINT);
}

/* A figure of one level; `meaning` completes "not above 0: …". */
struct figure {
    const char *name;
    double value;
    const char *unit;
    const char *meaning;
};

static int check_figure(const struct figure *figure, size_t level, struct wva_error *err)
{
    if (!isfinite(figure->value))
        return wva_error_set(err, WVA_E_QUALITY, "level %zu: %s is %g, not a finite number", level,
                             figure->name, figure->value);
    if (figure->value > 0)
        return 0;
    return wva_error_set(err, WVA_E_QUALITY, "level %zu: %s is %.9g%s, not above 0: %s", level,
                         figure->name, figure->value, figure->unit, figure->meaning);
}

static int check_point(const struct wva_fit_point *point, size_t level, struct wva_error *err)
{
    const struct figure figures[] = {
        {"batch", point->batch, "", "nothing was in service"},
        {"prompt length", point->prompt_tokens, " tokens", "there was nothing to prefill"},
        {"ITL", point->itl_ms, " ms", "no request had a second token"},
        {"TTFT", point->ttft_ms, " ms",
         "no first token comes before its request, and WVA would take the gamma and delta of it; "
         "GuideLLM up to 0.3 writes such numbers for requests without a token"},
    };

    for (size_t i = 0; i < WVA_COUNT(figures); i++) {
        if (check_figure(&figures[i], level, err) < 0)
            return wva_error_hint(err, "measure that level again, or fit without it");
    }
    return 0;
}

static int check_spread(const struct wva_fit_point *points, size_t n, struct wva_error *err)
{
    double least = points[0].batch;
    double most = points[0].batch;

    for (size_t i = 1; i < n; i++) {
        least = fmin(least, points[i].batch);
        most = fmax(most, points[i].batch);
    }
    if (most - least > WVA_FIT_SAME_BATCH * most)
        return 0;
    return wva_error_set(
        err, WVA_E_QUALITY,
        "all %zu levels are at one batch size (%.4g): how latency grows with the batch, "
        "which is beta and delta, cannot be told from them",
        n, most);
}

static int check_points(const struct wva_fit_point *points, size_t n, struct wva_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (check_point(&points[i], i + 1, err) < 0)
            return -1;
    }
    if (n < 2)
        wva_error_set(err, WVA_E_QUALITY,
                      "%s: four parameters need at least two levels, at different batch sizes",
                      n == 0 ? "there is no level" : "there is only one level");
    else if (check_spread(points, n, err) == 0)
        return 0;
    return wva_error_hint(err, MEASURE_HINT);
}

int wva_fit_solve(const struct wva_fit_point *points, size_t n, struct wva_fit *ret,
                  struct wva_error *err)
{
    struct wva_fit fit = {.points = n};

    if (check_points(points, n, err) < 0)
        return -1;
    wva_autofree double *columns = wva_xcalloc(n, 4 * sizeof(*columns));
    double *batch = columns;
    double *load = columns + n;
    double *itl = columns + 2 * n;
    double *ttft = columns + 3 * n;

    for (size_t i = 0; i < n; i++) {
        batch[i] = points[i].batch;
        load[i] = points[i].prompt_tokens * points[i].batch;
        itl[i] = points[i].itl_ms;
        ttft[i] = points[i].ttft_ms;
    }
    if (wva_line_fit(batch, itl, n, &fit.itl, err) < 0)
        return wva_error_wrap(err, "ITL over batch");
    if (wva_line_fit(load, ttft, n, &fit.ttft, err) < 0)
        return wva_error_wrap(err, "TTFT over inputTokens * batch");
    fit.parameters = (struct wva_parameters){
        .alpha = fit.itl.intercept.value,
        .beta = fit.itl.slope.value,
        .gamma = fit.ttft.intercept.value,
        .delta = fit.ttft.slope.value,
    };
    if (wva_parameters_check(&fit.parameters, err) < 0)
        return -1;
    *ret = fit;
    return 0;
}
