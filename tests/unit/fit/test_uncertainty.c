// SPDX-License-Identifier: Apache-2.0
/* Monte Carlo against what is known in closed form, and its ends. */
#include "support/wva_test.h"

#include "wva/fit/uncertainty.h"
#include "wva/util/mem.h"

static const struct wva_queue queue = {
    .parameters = {7, 0.03, 15, 0.001},
    .max_batch_size = 64,
    .prompt_tokens = 128,
    .output_tokens = 128,
};

/* As a fit of `n` levels has it: Student's t with n - 2 degrees. */
static struct wva_spread spread_of(double share, double correlation, size_t degrees)
{
    return (struct wva_spread){
        .itl = {7 * share, 0.03 * share, correlation, degrees},
        .ttft = {15 * share, 0.001 * share, correlation, degrees},
    };
}

static void parameters_of(void *ctx, const struct wva_queue *drawn, double *ret)
{
    const struct wva_parameters *p = &drawn->parameters;
    (void)ctx;

    ret[0] = p->alpha;
    ret[1] = p->beta;
    ret[2] = p->gamma;
    ret[3] = p->delta;
    ret[4] = wva_model_itl_ms(p, 30);
}

static void parameters_have_the_fits_own_intervals(void **state)
{
    static const size_t degrees[] = {2, 6, 1000000};
    static const double best[] = {7, 0.03, 15, 0.001};
    const double share = 0.01;
    struct wva_interval intervals[5];
    struct wva_error err = {0};
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(degrees); i++) {
        const struct wva_spread spread = spread_of(share, -0.5, degrees[i]);
        const double reach = wva_student_t975(degrees[i]) * share;

        check_ok(wva_propagate(&queue, &spread, parameters_of, NULL, 5, intervals, &err), &err);
        for (size_t p = 0; p < WVA_COUNT(best); p++) {
            check_close(best[p] - intervals[p].low, best[p] * reach, 0.06);
            check_close(intervals[p].high - best[p], best[p] * reach, 0.06);
        }
    }
}

/* Variance of alpha + 30 beta: that of each, and their covariance. */
static void intercept_and_slope_deviate_together(void **state)
{
    static const double correlations[] = {0, -0.7, -1, 1};
    const double share = 0.005;
    const double a = 7 * share;
    const double b = 30 * 0.03 * share;
    struct wva_interval intervals[5];
    struct wva_error err = {0};
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(correlations); i++) {
        const struct wva_spread spread = spread_of(share, correlations[i], 20);
        const double error = sqrt(a * a + b * b + 2 * correlations[i] * a * b);

        check_ok(wva_propagate(&queue, &spread, parameters_of, NULL, 5, intervals, &err), &err);
        check_close(intervals[4].high - intervals[4].low, 2 * wva_student_t975(20) * error, 0.03);
    }
}

static void the_same_each_time(void **state)
{
    const struct wva_spread spread = spread_of(0.02, -0.5, 2);
    struct wva_interval first[5];
    struct wva_interval second[5];
    struct wva_error err = {0};
    (void)state;

    check_ok(wva_propagate(&queue, &spread, parameters_of, NULL, 5, first, &err), &err);
    check_ok(wva_propagate(&queue, &spread, parameters_of, NULL, 5, second, &err), &err);
    assert_memory_equal(first, second, sizeof(first));
    check_close(first[0].low, 6.4125, 0.02);
}

static void certain_parameters_have_no_width(void **state)
{
    const struct wva_spread spread = spread_of(0, 0, 2);
    struct wva_interval intervals[5];
    struct wva_error err = {0};
    (void)state;

    check_ok(wva_propagate(&queue, &spread, parameters_of, NULL, 5, intervals, &err), &err);
    check(intervals[0].low == 7 && intervals[0].high == 7);
}

/* Drawn again where WVA would refuse them. */
static void only_parameters_that_make_sense(void **state)
{
    const struct wva_spread spread = spread_of(0.7, -0.9, 2);
    struct wva_interval intervals[5];
    struct wva_error err = {0};
    (void)state;

    check_ok(wva_propagate(&queue, &spread, parameters_of, NULL, 5, intervals, &err), &err);
    for (size_t i = 0; i < 5; i++)
        check(intervals[i].low > 0 && intervals[i].low < intervals[i].high);
}

static void hardly_any_makes_sense(void **state)
{
    struct wva_queue edge = queue;
    struct wva_spread spread = spread_of(1000, -1, 2);
    struct wva_interval intervals[5] = {{99, 99}};
    struct wva_error err = {0};
    (void)state;

    edge.parameters = (struct wva_parameters){1e-9, 0, 1e-9, 1e-20};
    check_fails(wva_propagate(&edge, &spread, parameters_of, NULL, 5, intervals, &err), &err,
                WVA_E_QUALITY, "the fit's intervals are too wide for predictions");
    check(intervals[0].low == 99);
}

static void every_twentieth_is_too_large(void *ctx, const struct wva_queue *drawn, double *ret)
{
    size_t *calls = ctx;
    (void)drawn;

    ret[0] = (*calls)++ % 20 == 0 ? (double)INFINITY : 1.0;
}

static void an_end_that_is_not_bounded(void **state)
{
    const struct wva_spread spread = spread_of(0, 0, 2);
    struct wva_interval interval;
    struct wva_error err = {0};
    size_t calls = 0;
    (void)state;

    check_ok(
        wva_propagate(&queue, &spread, every_twentieth_is_too_large, &calls, 1, &interval, &err),
        &err);
    check_int(calls, WVA_DRAWS);
    check(interval.low == 1 && isnan(interval.high));
}

static void correlation_of_a_line(void **state)
{
    static const double two[] = {1, 64};
    static const double centred[] = {-1, 1};
    static const double zero[] = {0, 0};
    (void)state;

    check_close(wva_line_correlation(two, 2), -65 / sqrt(2 * 4097.0), 1e-15);
    check(wva_line_correlation(centred, 2) == 0);
    check(wva_line_correlation(zero, 2) == 0);
}

static void degrees_of_a_quantile(void **state)
{
    static const size_t known[] = {1, 2, 3, 6, 10, 98, 1000, 9998};
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(known); i++)
        check_int(wva_student_degrees(wva_student_t975(known[i])), known[i]);
    check_int(wva_student_degrees(4.3), 2);
    check_int(wva_student_degrees(100), 1);
    check_int(wva_student_degrees(1.9599), WVA_DEGREES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WVA_TEST(parameters_have_the_fits_own_intervals),
        WVA_TEST(intercept_and_slope_deviate_together),
        WVA_TEST(the_same_each_time),
        WVA_TEST(certain_parameters_have_no_width),
        WVA_TEST(only_parameters_that_make_sense),
        WVA_TEST(hardly_any_makes_sense),
        WVA_TEST(an_end_that_is_not_bounded),
        WVA_TEST(correlation_of_a_line),
        WVA_TEST(degrees_of_a_quantile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
