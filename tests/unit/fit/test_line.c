// SPDX-License-Identifier: Apache-2.0
/* Least squares against figures worked out by hand and NIST's certified ones. */
#include "support/wva_test.h"

#include "wva/fit/fit.h"
#include "wva/util/mem.h"

static void two_points_are_met_and_have_no_uncertainty(void **state)
{
    static const double x[] = {1, 64};
    static const double y[] = {7.0, 8.7};
    struct wva_error err = {0};
    struct wva_line line;
    (void)state;

    check_ok(wva_line_fit(x, y, 2, &line, &err), &err);
    check_close(line.slope.value, 1.7 / 63, 1e-14);
    check_close(line.intercept.value, 7.0 - 1.7 / 63, 1e-14);
    check_close(line.r_squared, 1.0, 1e-14);
    check(line.worst_relative < 1e-14);
    check(line.mean_relative < 1e-14);
    check(isnan(line.slope.std_error) && isnan(line.slope.low) && isnan(line.slope.high));
    check(isnan(line.intercept.std_error) && isnan(line.intercept.low) &&
          isnan(line.intercept.high));
}

/* x 1 2 3 4, y 2 4 5 8: slope 1.9, intercept 0, residuals 0.1 0.2 -0.7 0.4, their squares 0.7. */
static void four_points_by_hand(void **state)
{
    static const double x[] = {1, 2, 3, 4};
    static const double y[] = {2, 4, 5, 8};
    struct wva_error err = {0};
    struct wva_line line;
    (void)state;

    check_ok(wva_line_fit(x, y, 4, &line, &err), &err);
    check_close(line.slope.value, 1.9, 1e-14);
    check(fabs(line.intercept.value) < 1e-14);
    check_close(line.slope.std_error, sqrt(0.35 / 5), 1e-13);
    check_close(line.intercept.std_error, sqrt(0.35 * 1.5), 1e-13);
    check_close(line.slope.low, 1.9 - 4.3026527297494639 * sqrt(0.35 / 5), 1e-12);
    check_close(line.slope.high, 1.9 + 4.3026527297494639 * sqrt(0.35 / 5), 1e-12);
    check_close(line.intercept.high, 4.3026527297494639 * sqrt(0.35 * 1.5), 1e-12);
    check_close(line.intercept.low, -line.intercept.high, 1e-12);
    check_close(line.r_squared, 1 - 0.7 / 18.75, 1e-14);
    check_close(line.worst_relative, 0.7 / 5, 1e-13);
    check_close(line.mean_relative, (0.1 / 2 + 0.2 / 4 + 0.7 / 5 + 0.4 / 8) / 4, 1e-13);
}

/* NIST Statistical Reference Datasets, "Norris" (36 observations: y, x; certified values). */
static void norris(void **state)
{
    static const double pairs[][2] = {
        {0.1, 0.2},     {338.8, 337.4}, {118.1, 118.2}, {888.0, 884.6}, {9.2, 10.1},
        {228.1, 226.5}, {668.5, 666.3}, {998.5, 996.3}, {449.1, 448.6}, {778.9, 777.0},
        {559.2, 558.2}, {0.3, 0.4},     {0.1, 0.6},     {778.1, 775.5}, {668.8, 666.9},
        {339.3, 338.0}, {448.9, 447.5}, {10.8, 11.6},   {557.7, 556.0}, {228.3, 228.1},
        {998.0, 995.8}, {888.8, 887.6}, {119.6, 120.2}, {0.3, 0.3},     {0.6, 0.3},
        {557.6, 556.8}, {339.3, 339.1}, {888.0, 887.2}, {998.5, 999.0}, {778.9, 779.0},
        {10.2, 11.1},   {117.6, 118.3}, {228.9, 229.2}, {668.4, 669.1}, {449.2, 448.9},
        {0.2, 0.5},
    };
    double x[WVA_COUNT(pairs)];
    double y[WVA_COUNT(pairs)];
    struct wva_error err = {0};
    struct wva_line line;
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(pairs); i++) {
        y[i] = pairs[i][0];
        x[i] = pairs[i][1];
    }
    check_ok(wva_line_fit(x, y, WVA_COUNT(pairs), &line, &err), &err);
    check_close(line.intercept.value, -0.262323073774029, 1e-11);
    check_close(line.slope.value, 1.00211681802045, 1e-13);
    check_close(line.intercept.std_error, 0.232818234301152, 1e-12);
    check_close(line.slope.std_error, 0.429796848199937e-03, 1e-12);
    check_close(line.r_squared, 0.999993745883712, 1e-14);
}

/* A sum of squares that is not centered has no digit of the slope left here. */
static void far_away_x_lose_no_digits(void **state)
{
    static const double x[] = {1e9 + 1, 1e9 + 2, 1e9 + 3};
    static const double y[] = {10, 11, 12};
    struct wva_error err = {0};
    struct wva_line line;
    (void)state;

    check_ok(wva_line_fit(x, y, 3, &line, &err), &err);
    check_close(line.slope.value, 1, 1e-14);
}

static void constant_y_has_no_r_squared(void **state)
{
    static const double x[] = {1, 2, 3};
    static const double y[] = {0.1, 0.1, 0.1}; /* their mean is not 0.1 in doubles */
    struct wva_error err = {0};
    struct wva_line line;
    (void)state;

    check_ok(wva_line_fit(x, y, 3, &line, &err), &err);
    check(fabs(line.slope.value) < 1e-16);
    check(isnan(line.r_squared));
}

static void refusals_leave_the_output_alone(void **state)
{
    static const double same[] = {0.1, 0.1, 0.1};
    static const double y[] = {1, 2, 3};
    static const double huge[] = {1, 2, 1e300};
    struct wva_error err = {0};
    struct wva_line line = {.r_squared = 42};
    (void)state;

    check_fails(wva_line_fit(y, y, 1, &line, &err), &err, WVA_E_QUALITY,
                "a line needs two points, not 1");
    check_fails(wva_line_fit(same, y, 3, &line, &err), &err, WVA_E_QUALITY,
                "a line needs points at different x, all are at 0.1");
    check_fails(wva_line_fit(huge, y, 3, &line, &err), &err, WVA_E_QUALITY,
                "figures are too large or too small to compute with");
    check_fails(wva_line_fit(y, huge, 3, &line, &err), &err, WVA_E_QUALITY,
                "figures are too large or too small to compute with");
    check(line.r_squared == 42);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WVA_TEST(two_points_are_met_and_have_no_uncertainty),
        WVA_TEST(four_points_by_hand),
        WVA_TEST(norris),
        WVA_TEST(far_away_x_lose_no_digits),
        WVA_TEST(constant_y_has_no_r_squared),
        WVA_TEST(refusals_leave_the_output_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
