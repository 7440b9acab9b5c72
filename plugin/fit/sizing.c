// SPDX-License-Identifier: Apache-2.0
/*
 * The highest rate within targets, by the bisection that WVA does: stopped where the value is near
 * enough, so that the rate is no better than the value's slope lets it be. To search on would give
 * another answer than WVA's.
 */
#include "queue_priv.h"

#include "wva/util/mem.h"

#include <math.h>

#define TOLERANCE   1e-6 /* of the target; pkg/analyzer/utils.go: epsilon */
#define STEPS_MAX   100  /* maxIterations */
#define TPS_RESERVE 0.1  /* pkg/analyzer: StabilitySafetyFraction */

const char *wva_queue_limit_name(enum wva_queue_limit limit)
{
    static const char *const names[] = {
        [WVA_QUEUE_LIMIT_CAPACITY] = "capacity",
        [WVA_QUEUE_LIMIT_TTFT] = "ttft",
        [WVA_QUEUE_LIMIT_ITL] = "itl",
        [WVA_QUEUE_LIMIT_TPS] = "tps",
    };

    return names[limit];
}

/* At the lowest and at the highest admissible rate. */
struct ends {
    struct wva_queue_point lowest;
    struct wva_queue_point highest;
};

/* What grows with the rate, or (ITL of the iteration model at a batch limit of 1) falls. */
struct figure {
    const char *name;
    size_t offset; /* in struct wva_queue_point */
};

static const struct figure ttft = {"TTFT", offsetof(struct wva_queue_point, ttft_ms)};
static const struct figure itl = {"ITL", offsetof(struct wva_queue_point, itl_ms)};

static double value_of(const struct figure *figure, const struct wva_queue_point *point)
{
    return *(const double *)((const char *)point + figure->offset);
}

static bool is_near(double value, double target)
{
    return fabs(value - target) <= TOLERANCE * target;
}

/* `rate` is an admissible one. */
static double value_at(const struct wva_queue *queue, const struct figure *figure, double rate)
{
    struct wva_queue_point point = {0};
    struct wva_error err = {0};

    if (wva_queue_analyze(queue, rate, &point, &err) < 0)
        return (double)INFINITY;
    return value_of(figure, &point);
}

static double bisect(const struct wva_queue *queue, const struct figure *figure, double target)
{
    double low = wva_queue_min_rate(queue);
    double high = wva_queue_max_rate(queue);
    double rate = high;

    for (int i = 0; i < STEPS_MAX; i++) {
        rate = 0.5 * (low + high);
        const double value = value_at(queue, figure, rate);

        if (is_near(value, target))
            break;
        if (value > target)
            high = rate;
        else
            low = rate;
    }
    return rate;
}

static bool is_within(double value, double target)
{
    return target <= 0 || value <= target || is_near(value, target);
}

/* Highest rate at which the figure is within `target`, which is known to be in reach. */
static double rate_within(const struct wva_queue *queue, const struct figure *figure, double target,
                          const struct ends *ends)
{
    if (is_within(value_of(figure, &ends->highest), target))
        return ends->highest.rate;
    if (is_near(value_of(figure, &ends->lowest), target))
        return ends->lowest.rate;
    return bisect(queue, figure, target);
}

static int check_targets(const struct wva_queue_targets *targets, struct wva_error *err)
{
    const double values[] = {targets->ttft_ms, targets->itl_ms, targets->tokens_per_second};

    for (size_t i = 0; i < WVA_COUNT(values); i++) {
        if (!(values[i] >= 0) || !isfinite(values[i]))
            return wva_error_set(err, WVA_E_USAGE, "a target of %g: none, or one above 0, wanted",
                                 values[i]);
    }
    return 0;
}

static int check_reach(const struct wva_queue_targets *targets, double least_ttft, double least_itl,
                       struct wva_error *err)
{
    const bool ttft_ok = is_within(least_ttft, targets->ttft_ms);
    const bool itl_ok = is_within(least_itl, targets->itl_ms);

    if (ttft_ok && itl_ok)
        return 0;
    if (itl_ok)
        return wva_error_set(err, WVA_E_QUALITY,
                             "a TTFT of %.9g ms is out of reach at any rate: %.9g ms is the least",
                             targets->ttft_ms, least_ttft);
    if (ttft_ok)
        return wva_error_set(err, WVA_E_QUALITY,
                             "an ITL of %.9g ms is out of reach at any rate: %.9g ms is the least",
                             targets->itl_ms, least_itl);
    return wva_error_set(err, WVA_E_QUALITY,
                         "a TTFT of %.9g ms and an ITL of %.9g ms are out of reach at any rate: "
                         "%.9g ms and %.9g ms are the least",
                         targets->ttft_ms, targets->itl_ms, least_ttft, least_itl);
}

/* Takes the lowest of the three rates. */
static double lowest_rate(struct wva_queue_size *size, double max_rate)
{
    const struct {
        double rate;
        enum wva_queue_limit limit;
    } bounds[] = {
        {size->rate_by_ttft, WVA_QUEUE_LIMIT_TTFT},
        {size->rate_by_itl, WVA_QUEUE_LIMIT_ITL},
        {size->rate_by_tps, WVA_QUEUE_LIMIT_TPS},
    };
    double lowest = max_rate;

    size->limit = WVA_QUEUE_LIMIT_CAPACITY;
    for (size_t i = 0; i < WVA_COUNT(bounds); i++) {
        if (bounds[i].rate >= lowest)
            continue;
        lowest = bounds[i].rate;
        size->limit = bounds[i].limit;
    }
    return lowest;
}

static int find_ends(const struct wva_queue *queue, struct ends *ret, struct wva_error *err)
{
    if (wva_queue_analyze(queue, wva_queue_min_rate(queue), &ret->lowest, err) < 0)
        return -1;
    return wva_queue_analyze(queue, wva_queue_max_rate(queue), &ret->highest, err);
}

int wva_queue_size(const struct wva_queue *queue, const struct wva_queue_targets *targets,
                   struct wva_queue_size *ret, struct wva_error *err)
{
    struct wva_queue_size size = {0};
    struct ends ends;

    if (check_targets(targets, err) < 0 || find_ends(queue, &ends, err) < 0)
        return -1;
    const double max_rate = ends.highest.rate;

    size.least_ttft_ms = fmin(ends.lowest.ttft_ms, ends.highest.ttft_ms);
    size.least_itl_ms = fmin(ends.lowest.itl_ms, ends.highest.itl_ms);
    size.itl_grows = (float)ends.highest.itl_ms > (float)ends.lowest.itl_ms;
    if (check_reach(targets, size.least_ttft_ms, size.least_itl_ms, err) < 0)
        return -1;
    size.rate_by_ttft = rate_within(queue, &ttft, targets->ttft_ms, &ends);
    size.rate_by_itl = rate_within(queue, &itl, targets->itl_ms, &ends);
    size.rate_by_tps = targets->tokens_per_second > 0 ? (1 - TPS_RESERVE) * max_rate : max_rate;
    if (wva_queue_analyze(queue, lowest_rate(&size, max_rate), &size.at, err) < 0)
        return -1;
    *ret = size;
    return 0;
}
