// SPDX-License-Identifier: Apache-2.0
/* The four parameters: the guide's example, real measurements, and every refusal in its own words.
 */
#include "support/wva_test.h"

#include "wva/fit/fit.h"
#include "wva/util/mem.h"

#include <stdio.h>

static const struct wva_fit_point guide[] = {
    {.batch = 1, .prompt_tokens = 128, .itl_ms = 7.0, .ttft_ms = 15.0},
    {.batch = 64, .prompt_tokens = 128, .itl_ms = 8.7, .ttft_ms = 26.0},
};

static void the_guides_example(void **state)
{
    struct wva_error err = {0};
    struct wva_fit fit;
    (void)state;

    check_ok(wva_fit_solve(guide, 2, &fit, &err), &err);
    check_int(fit.points, 2);
    check_close(fit.parameters.alpha, 7.0 - 1.7 / 63, 1e-13);
    check_close(fit.parameters.beta, 1.7 / 63, 1e-13);
    check_close(fit.parameters.gamma, 15.0 - 11.0 / 63, 1e-13);
    check_close(fit.parameters.delta, 11.0 / (63 * 128), 1e-13);
    check_close(fit.parameters.alpha, 6.973016, 3e-7);
    check_close(fit.parameters.beta, 0.02698413, 3e-7);
    check_close(fit.parameters.gamma, 14.825397, 3e-7);
    check_close(fit.parameters.delta, 0.001364087, 3e-7);
    check(fit.itl.intercept.value == fit.parameters.alpha);
    check(fit.ttft.slope.value == fit.parameters.delta);
    check(isnan(fit.itl.slope.std_error) && isnan(fit.ttft.intercept.high));
}

static void the_model_gives_the_levels_back(void **state)
{
    struct wva_error err = {0};
    struct wva_fit fit;
    (void)state;

    check_ok(wva_fit_solve(guide, 2, &fit, &err), &err);
    check_close(wva_model_itl_ms(&fit.parameters, 1), 7.0, 1e-14);
    check_close(wva_model_itl_ms(&fit.parameters, 64), 8.7, 1e-14);
    check_close(wva_model_ttft_ms(&fit.parameters, 128, 64), 26.0, 1e-14);
    check_close(wva_model_ttft_ms(&fit.parameters, 256, 32), 26.0, 1e-14);
}

/* Levels on known lines come back as those lines whatever their order and prompt lengths. */
static void known_lines_are_found(void **state)
{
    const struct wva_parameters truth = {
        .alpha = 20.58, .beta = 0.41, .gamma = 5.2, .delta = 1.7e-6};
    static const double batches[] = {16, 1, 63.94, 4.02};
    static const double tokens[] = {129.1, 128, 130, 127.5};
    struct wva_fit_point points[4];
    struct wva_error err = {0};
    struct wva_fit fit;
    (void)state;

    for (size_t i = 0; i < 4; i++)
        points[i] =
            (struct wva_fit_point){batches[i], tokens[i], wva_model_itl_ms(&truth, batches[i]),
                                   wva_model_ttft_ms(&truth, tokens[i], batches[i])};
    check_ok(wva_fit_solve(points, 4, &fit, &err), &err);
    check_close(fit.parameters.alpha, truth.alpha, 1e-12);
    check_close(fit.parameters.beta, truth.beta, 1e-12);
    check_close(fit.parameters.gamma, truth.gamma, 1e-12);
    check_close(fit.parameters.delta, truth.delta, 1e-9);
    check_close(fit.itl.r_squared, 1, 1e-12);
    check(fit.itl.worst_relative < 1e-14);
}

struct parameters_case {
    struct wva_parameters parameters;
    const char *words;
};

static void parameters_are_refused_in_words(void **state)
{
    static const struct parameters_case cases[] = {
        {{(double)NAN, 0.1, 1, 0.1},
         "alpha is nan, no finite 32-bit number: WVA takes nan and inf"},
        {{1, (double)INFINITY, 1, 0.1}, "beta is inf, no finite 32-bit number"},
        {{1, 0.1, 1e39, 0.1}, "gamma is 1e+39, no finite 32-bit number"},
        {{0, 0.1, 1, 0.1}, "alpha is 0, not above 0: it is the time of a decode step"},
        {{-1, 0.1, 1, 0.1}, "alpha is -1, not above 0"},
        {{1e-50, 0.1, 1, 0.1}, "alpha is 1e-50, not above 0"},
        {{1, -0.25, 1, 0.1}, "beta is -0.25, below 0: decoding would get faster"},
        {{1, 0.1, 0, 0.1}, "gamma is 0, not above 0: it is the time of a lone request's prefill"},
        {{1, 0.1, -190, 0.1}, "gamma is -190, not above 0"},
        {{1, 0.1, 1, -1.5e-6}, "delta is -1.5e-06, below 0: prefill would get faster"},
        {{1, 0, 1, 0}, "beta and delta are both 0: load would change nothing, and WVA divides"},
        {{1, 1e-60, 1, 1e-60}, "beta and delta are both 0"},
    };
    struct wva_error err = {0};
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        check_int(wva_parameters_check(&cases[i].parameters, &err), -1);
        check_has(err.hint, "kubectl wva bench deployment/NAME");
        check_int(err.code, WVA_E_QUALITY);
        check_has(err.msg, cases[i].words);
        wva_error_clear(&err);
    }
}

static void borderline_parameters_are_taken(void **state)
{
    static const struct wva_parameters good[] = {
        {6.973, 0.027, 14.825, 0.001364},
        {1, 0, 1, 1e-9},
        {1, 1e-9, 1, 0},
        {1e-30, 3e38, 3e38, 0},
    };
    struct wva_error err = {0};
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(good); i++)
        check_ok(wva_parameters_check(&good[i], &err), &err);
}

struct points_case {
    struct wva_fit_point points[2];
    const char *words;
    const char *hint;
};

static void levels_are_refused_in_words(void **state)
{
    static const char again[] = "measure that level again, or fit without it";
    static const char bench[] = "kubectl wva bench deployment/NAME";
    static const struct points_case cases[] = {
        {{{1, 128, 7, 15}, {64, 128, 8.7, -1e8}},
         "level 2: TTFT is -100000000 ms, not above 0: no first token comes before its request",
         again},
        {{{1, 128, 7, 0}, {64, 128, 8.7, 26}}, "level 1: TTFT is 0 ms, not above 0", again},
        {{{1, 128, 0, 15}, {64, 128, 8.7, 26}},
         "level 1: ITL is 0 ms, not above 0: no request had a second token",
         again},
        {{{1, 128, 7, 15}, {0, 128, 8.7, 26}},
         "level 2: batch is 0, not above 0: nothing was in service",
         again},
        {{{1, 128, 7, 15}, {64, -5, 8.7, 26}},
         "level 2: prompt length is -5 tokens, not above 0: there was nothing to prefill",
         again},
        {{{1, 128, (double)NAN, 15}, {64, 128, 8.7, 26}},
         "level 1: ITL is nan, not a finite number",
         again},
        {{{1, 128, 7, 15}, {(double)INFINITY, 128, 8.7, 26}},
         "level 2: batch is inf, not a finite number",
         again},
        {{{64, 128, 7, 15}, {64, 128, 8.7, 26}},
         "all 2 levels are at one batch size (64): how latency grows with the batch",
         bench},
        {{{63.6, 128, 7, 15}, {64, 128, 8.7, 26}},
         "all 2 levels are at one batch size (64)",
         bench},
        {{{1, 128, 7, 15}, {2, 64, 8.7, 26}},
         "TTFT over inputTokens * batch: a line needs points at different x, all are at 128",
         ""},
        {{{1, 128, 8, 15}, {64, 128, 7, 26}}, "beta is -0.0158730159, below 0", bench},
        {{{1, 128, 7, 15}, {64, 128, 700, 26}}, "alpha is -4, not above 0", bench},
        {{{1, 128, 7, 15}, {64, 128, 7, 15}}, "beta and delta are both 0", bench},
    };
    struct wva_fit fit = {.points = 77};
    struct wva_error err = {0};
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        check_int(wva_fit_solve(cases[i].points, 2, &fit, &err), -1);
        check_has(err.msg, cases[i].words);
        check_has(err.hint, cases[i].hint);
        check_int(err.code, WVA_E_QUALITY);
        check_int(fit.points, 77);
        wva_error_clear(&err);
    }
}

static void too_few_levels(void **state)
{
    struct wva_fit fit = {.points = 77};
    struct wva_error err = {0};
    (void)state;

    check_fails(
        wva_fit_solve(guide, 1, &fit, &err), &err, WVA_E_QUALITY,
        "there is only one level: four parameters need at least two levels, at different batch "
        "sizes");
    check_fails(wva_fit_solve(NULL, 0, &fit, &err), &err, WVA_E_QUALITY, "there is no level: ");
    check_int(fit.points, 77);
}

static void two_per_cent_apart_are_two_batches(void **state)
{
    static const struct wva_fit_point near[] = {{63, 128, 8.6, 25}, {64, 128, 8.65, 25.1}};
    struct wva_error err = {0};
    struct wva_fit fit;
    (void)state;

    check_ok(wva_fit_solve(near, 2, &fit, &err), &err);
}

/* One token shape of the measured stages: synchronous and the unqueued constant rates. */
static size_t read_stages(const char *shape, struct wva_fit_point *points, size_t max)
{
    FILE *file = fopen("../shared/data/measured-stages.csv", "r");
    char line[512];
    size_t count = 0;

    if (file == NULL)
        skip();
    while (count < max && fgets(line, sizeof(line), file) != NULL) {
        double cell[9];
        char *at = strchr(line, ',');

        if (strncmp(line, shape, strlen(shape)) != 0 || strstr(line, ",throughput,") != NULL)
            continue;
        at = strchr(at + 1, ',');
        for (size_t i = 0; i < 8; i++)
            cell[i] = strtod(at + 1, &at);
        points[count++] = (struct wva_fit_point){cell[0], cell[2], cell[4], cell[7]};
    }
    fclose(file);
    return count;
}

static void real_measurements_fit_within_a_few_per_cent(void **state)
{
    struct wva_fit_point points[16];
    struct wva_error err = {0};
    struct wva_fit fit;
    (void)state;

    const size_t n = read_stages("sweep-i1024-o256", points, 16);
    check(n >= 8);
    check_ok(wva_fit_solve(points, n, &fit, &err), &err);
    check(fit.itl.r_squared > 0.97);
    check(fit.itl.mean_relative < 0.07);
    check(fit.parameters.alpha > 6 && fit.parameters.alpha < 8);
    check(fit.itl.slope.low < fit.parameters.beta && fit.parameters.beta < fit.itl.slope.high);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WVA_TEST(the_guides_example),
        WVA_TEST(the_model_gives_the_levels_back),
        WVA_TEST(known_lines_are_found),
        WVA_TEST(parameters_are_refused_in_words),
        WVA_TEST(borderline_parameters_are_taken),
        WVA_TEST(levels_are_refused_in_words),
        WVA_TEST(too_few_levels),
        WVA_TEST(two_per_cent_apart_are_two_batches),
        WVA_TEST(real_measurements_fit_within_a_few_per_cent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
