// SPDX-License-Identifier: Apache-2.0
/* Which figures of a level are fitted: as measured from reports, as requested from console logs. */
#include "support/wva_test.h"

#include "cmd/fit_levels.h"

#include "wva/util/mem.h"

#include <stdio.h>

/* A level of a report: everything known. */
static struct wva_level report_level(double streams, double itl, double ttft)
{
    struct wva_level level;
    wva_level_init(&level);
    snprintf(level.strategy, sizeof(level.strategy), "concurrent");
    level.streams = streams;
    level.concurrency = streams * 0.98;
    level.prompt_tokens = 130;
    level.output_tokens = 100;
    level.itl = (struct wva_stat){.mean = itl, .median = itl - 1, .std_dev = 0.5, .count = 50};
    level.ttft = (struct wva_stat){.mean = ttft, .median = ttft - 1, .std_dev = 0.5, .count = 50};
    level.successful = 50;
    return level;
}

/* A level of a console log: neither spread nor request counts; concurrency too low by habit. */
static struct wva_level console_level(double streams, double itl, double ttft)
{
    struct wva_level level = report_level(streams, itl, ttft);
    level.concurrency = streams * 0.9;
    level.itl.std_dev = (double)NAN;
    level.ttft.std_dev = (double)NAN;
    level.successful = -1;
    return level;
}

struct fixture {
    struct wva_arena arena;
    struct wva_error err;
    struct wva_level levels[4];
    struct wva_benchmark benchmark;
    struct wva_fit_document document;
};

static int setup(void **state)
{
    struct fixture *f = wva_xcalloc(1, sizeof(*f));
    f->levels[0] = report_level(1, 7.0, 15.0);
    f->levels[1] = report_level(64, 8.7, 26.0);
    f->benchmark.levels = f->levels;
    f->benchmark.level_count = 2;
    f->benchmark.provenance.prompt_tokens = 128;
    f->benchmark.provenance.output_tokens = 99;
    f->document.fit.points = 77;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    wva_arena_done(&f->arena);
    free(f);
    return 0;
}

static void fit(struct fixture *f, enum wva_batch_choice choice)
{
    check_ok(wva_fit_benchmark(&f->arena, &f->benchmark, choice, &f->document, &f->err), &f->err);
}

static void fit_fails(struct fixture *f, enum wva_batch_choice choice, enum wva_code code,
                      const char *msg)
{
    check_int(wva_fit_benchmark(&f->arena, &f->benchmark, choice, &f->document, &f->err), -1);
    check_int(f->err.code, code);
    check_str(f->err.msg, msg);
    check_int(f->document.fit.points, 77); /* untouched */
    wva_error_clear(&f->err);
}

static void check_point(const struct wva_fit_point *point, double batch, double prompt, double itl,
                        double ttft)
{
    check_close(point->batch, batch, 1e-12);
    check_close(point->prompt_tokens, prompt, 1e-12);
    check_close(point->itl_ms, itl, 1e-12);
    check_close(point->ttft_ms, ttft, 1e-12);
}

/* WVA's guide, docs/tutorials/parameter-estimation.md of v0.4.2, by hand. */
static void the_two_points_of_the_guide(void **state)
{
    struct fixture *f = *state;
    f->levels[0] = console_level(1, 7.0, 15.0);
    f->levels[1] = console_level(64, 8.7, 26.0);
    fit(f, WVA_BATCH_AUTO);
    check_close(f->document.fit.parameters.alpha, 6.973016, 5e-7);
    check_close(f->document.fit.parameters.beta, 0.02698413, 5e-7);
    check_close(f->document.fit.parameters.gamma, 14.825397, 5e-7);
    check_close(f->document.fit.parameters.delta, 0.001364087, 5e-7);
}

static void a_report_is_taken_as_measured(void **state)
{
    struct fixture *f = *state;
    fit(f, WVA_BATCH_AUTO);
    check(f->document.batch_measured);
    check_int(f->document.fit.points, 2);
    check_point(&f->document.points[0], 0.98, 130, 7.0, 15.0);
    check_point(&f->document.points[1], 62.72, 130, 8.7, 26.0);
    check_close(f->document.output_tokens[1], 100, 0);
}

static void a_console_log_is_taken_as_requested(void **state)
{
    struct fixture *f = *state;
    f->levels[0] = console_level(1, 7.0, 15.0);
    f->levels[1] = console_level(64, 8.7, 26.0);
    fit(f, WVA_BATCH_AUTO);
    check(!f->document.batch_measured);
    check_point(&f->document.points[0], 1, 128, 7.0, 15.0);
    check_point(&f->document.points[1], 64, 128, 8.7, 26.0);
}

static void the_guides_method_is_taken_as_requested(void **state)
{
    struct fixture *f = *state;
    f->benchmark.provenance.method = "guide";
    fit(f, WVA_BATCH_AUTO);
    check(!f->document.batch_measured);
    check_point(&f->document.points[0], 1, 128, 7.0, 15.0);
    check_point(&f->document.points[1], 64, 128, 8.7, 26.0);
    fit(f, WVA_BATCH_MEASURED);
    check_point(&f->document.points[1], 62.72, 130, 8.7, 26.0);
}

static void both_kinds_may_be_mixed(void **state)
{
    struct fixture *f = *state;
    f->levels[1] = console_level(64, 8.7, 26.0);
    fit(f, WVA_BATCH_AUTO);
    check(!f->document.batch_measured); /* not all were */
    check_point(&f->document.points[0], 0.98, 130, 7.0, 15.0);
    check_point(&f->document.points[1], 64, 128, 8.7, 26.0);
}

static void nominal_takes_a_report_as_requested(void **state)
{
    struct fixture *f = *state;
    fit(f, WVA_BATCH_NOMINAL);
    check(!f->document.batch_measured);
    check_point(&f->document.points[1], 64, 128, 8.7, 26.0);
}

static void measured_takes_a_console_log_as_measured(void **state)
{
    struct fixture *f = *state;
    f->levels[0] = console_level(1, 7.0, 15.0);
    f->levels[1] = console_level(64, 8.7, 26.0);
    fit(f, WVA_BATCH_MEASURED);
    check(f->document.batch_measured);
    check_point(&f->document.points[1], 57.6, 130, 8.7, 26.0);
}

static void a_report_without_concurrency_is_taken_as_requested(void **state)
{
    struct fixture *f = *state;
    f->levels[0].concurrency = (double)NAN;
    f->levels[1].concurrency = (double)NAN;
    fit(f, WVA_BATCH_AUTO);
    check_point(&f->document.points[1], 64, 128, 8.7, 26.0);
    fit(f, WVA_BATCH_NOMINAL);
    f->document.fit.points = 77;
    fit_fails(f, WVA_BATCH_MEASURED, WVA_E_USAGE,
              "level 1 (concurrent): the input does not have its measured concurrency (--batch "
              "nominal uses the requested batch)");
}

/* A throughput run without a limit of its own fills the server. */
static void throughput_was_limited_by_the_server(void **state)
{
    struct fixture *f = *state;
    f->levels[0] = console_level(1, 7.0, 15.0);
    f->levels[1] = console_level((double)NAN, 8.7, 26.0);
    f->levels[1].concurrency = 57.3;
    snprintf(f->levels[1].strategy, sizeof(f->levels[1].strategy), "throughput");
    f->benchmark.provenance.max_batch_size = 64;
    fit(f, WVA_BATCH_AUTO);
    check_point(&f->document.points[1], 64, 128, 8.7, 26.0);

    f->benchmark.provenance.max_batch_size = 0; /* not known: better than nothing */
    fit(f, WVA_BATCH_AUTO);
    check_point(&f->document.points[1], 57.3, 130, 8.7, 26.0);

    f->document.fit.points = 77;
    fit_fails(f, WVA_BATCH_NOMINAL, WVA_E_USAGE,
              "level 2 (throughput): the input does not have its batch size (--max-batch-size "
              "says what limited a throughput run)");
}

static void a_prompt_length_fills_in_for_the_other(void **state)
{
    struct fixture *f = *state;
    f->levels[0].prompt_tokens = (double)NAN;
    fit(f, WVA_BATCH_AUTO);
    check_close(f->document.points[0].prompt_tokens, 128, 0);
    check_close(f->document.points[1].prompt_tokens, 130, 0);

    f->levels[0].prompt_tokens = 130;
    f->benchmark.provenance.prompt_tokens = 0;
    fit(f, WVA_BATCH_NOMINAL);
    check_close(f->document.points[0].prompt_tokens, 130, 0);

    f->levels[1].prompt_tokens = (double)NAN;
    f->document.fit.points = 77;
    fit_fails(f, WVA_BATCH_AUTO, WVA_E_USAGE,
              "level 2 (concurrent): the input does not have its prompt length (--prompt-tokens)");
}

static void a_typed_point_means_its_own_prompt_length(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < 2; i++) {
        f->levels[i] = console_level(i ? 64 : 1, i ? 8.7 : 7.0, i ? 26.0 : 15.0);
        f->levels[i].concurrency = (double)NAN;
        f->levels[i].prompt_tokens = i ? 256 : (double)NAN;
        snprintf(f->levels[i].strategy, sizeof(f->levels[i].strategy), WVA_POINT_STRATEGY);
    }
    fit(f, WVA_BATCH_AUTO);
    check_point(&f->document.points[0], 1, 128, 7.0, 15.0);
    check_point(&f->document.points[1], 64, 256, 8.7, 26.0);
}

static void output_lengths_fall_back_to_what_was_asked(void **state)
{
    struct fixture *f = *state;
    f->levels[0].output_tokens = (double)NAN;
    fit(f, WVA_BATCH_AUTO);
    check_close(f->document.output_tokens[0], 99, 0);
    check_close(f->document.output_tokens[1], 100, 0);
}

static void missing_latencies_are_named(void **state)
{
    struct fixture *f = *state;
    f->levels[1].itl = (struct wva_stat){(double)NAN, (double)NAN, (double)NAN, (double)NAN, -1};
    f->levels[1].strategy[0] = '\0';
    fit_fails(f, WVA_BATCH_MEASURED, WVA_E_QUALITY,
              "level 2 (unnamed): the input does not have an inter-token latency (ITL)");
    f->levels[1] = report_level(64, 8.7, 26.0);
    f->levels[1].ttft.mean = f->levels[1].ttft.median = (double)NAN;
    fit_fails(f, WVA_BATCH_AUTO, WVA_E_QUALITY,
              "level 2 (concurrent): the input does not have a time to first token (TTFT)");
}

/* GuideLLM writes zeros for "no data"; they are not to be fitted. */
static void a_level_without_success_is_refused(void **state)
{
    struct fixture *f = *state;
    f->levels[0].successful = 0;
    fit_fails(f, WVA_BATCH_AUTO, WVA_E_QUALITY, "level 1 (concurrent): no request succeeded");
}

static void what_the_solver_refuses_is_refused(void **state)
{
    struct fixture *f = *state;
    f->benchmark.level_count = 1;
    check_fails(wva_fit_benchmark(&f->arena, &f->benchmark, WVA_BATCH_AUTO, &f->document, &f->err),
                &f->err, WVA_E_QUALITY, "there is only one level");
    f->benchmark.level_count = 0;
    check_fails(wva_fit_benchmark(&f->arena, &f->benchmark, WVA_BATCH_AUTO, &f->document, &f->err),
                &f->err, WVA_E_QUALITY, "there is no level");
    check_int(f->document.fit.points, 77);
}

static void check_warnings(const struct fixture *f, const char *const *wanted)
{
    const char *const *warning = f->document.warnings;
    for (; *wanted; wanted++, warning++) {
        check(*warning != NULL);
        check_has(*warning, *wanted);
    }
    if (*warning)
        fail_msg("one more warning: %s", *warning);
}

#define check_warned(f, ...) check_warnings((f), (const char *const[]){__VA_ARGS__, NULL})

/* Three levels on two straight lines. */
static void three_good_levels(struct fixture *f)
{
    f->levels[1] = report_level(8, 7.8, 20.0);
    f->levels[2] = report_level(16, 8.6, 26.0);
    f->levels[0] = report_level(1, 7.1, 14.75);
    f->benchmark.level_count = 3;
}

static void good_levels_warn_of_nothing(void **state)
{
    struct fixture *f = *state;
    three_good_levels(f);
    fit(f, WVA_BATCH_AUTO);
    check_warnings(f, (const char *const[]){NULL});
}

static void two_levels_are_worth_a_warning(void **state)
{
    struct fixture *f = *state;
    fit(f, WVA_BATCH_AUTO);
    check_warned(f, "two levels fix the two lines exactly");
}

static void medians_are_worth_a_warning(void **state)
{
    struct fixture *f = *state;
    three_good_levels(f);
    f->levels[1].median_only = true;
    f->levels[1].itl.mean = f->levels[1].ttft.mean = (double)NAN;
    f->levels[1].itl.median = 7.8;
    f->levels[1].ttft.median = 20.0;
    f->levels[1].concurrency = 7.84;
    fit(f, WVA_BATCH_MEASURED);
    check_point(&f->document.points[1], 7.84, 130, 7.8, 20.0);
    check_warned(f, "the log has medians only");
}

static void be_throughput(struct wva_level *level)
{
    snprintf(level->strategy, sizeof(level->strategy), "throughput");
}

#define LEFT_OUT_BURST                                                                             \
    "left out: throughput at batch 15.68: all its requests start at once, and the wait for each "  \
    "other is in its TTFT (--all-levels keeps it)"

static void throughput_is_left_out_beside_two_others(void **state)
{
    struct fixture *f = *state;
    three_good_levels(f);
    be_throughput(&f->levels[2]);
    f->levels[2].ttft.mean = -1e8; /* its figures do not matter */
    fit(f, WVA_BATCH_AUTO);
    check_int(f->document.fit.points, 2);
    check_point(&f->document.points[1], 7.84, 130, 7.8, 20.0);
    check_warned(f, LEFT_OUT_BURST, "two levels fix the two lines exactly");
    check_str(f->document.warnings[0], LEFT_OUT_BURST);
}

static void throughput_stays_beside_one_other(void **state)
{
    struct fixture *f = *state;
    be_throughput(&f->levels[1]);
    fit(f, WVA_BATCH_AUTO);
    check_int(f->document.fit.points, 2);
    check_warned(f, "two levels fix the two lines exactly");
}

/* Two runs at one batch size do not make up for the other one. */
static void throughput_stays_where_one_batch_size_would_remain(void **state)
{
    struct fixture *f = *state;
    three_good_levels(f);
    f->levels[1] = f->levels[0];
    f->levels[1].concurrency *= 1.005;
    be_throughput(&f->levels[2]);
    fit(f, WVA_BATCH_AUTO);
    check_int(f->document.fit.points, 3);
}

static void messages_count_the_used_levels(void **state)
{
    struct fixture *f = *state;
    three_good_levels(f);
    f->levels[3] = f->levels[2];
    f->benchmark.level_count = 4;
    be_throughput(&f->levels[0]);
    f->levels[2].successful = 0;
    fit_fails(f, WVA_BATCH_AUTO, WVA_E_QUALITY, "level 2 (concurrent): no request succeeded");
}

static void a_batch_above_the_servers_limit_is_left_out(void **state)
{
    struct fixture *f = *state;
    three_good_levels(f);
    f->benchmark.provenance.max_batch_size = 8;
    fit(f, WVA_BATCH_AUTO);
    check_int(f->document.fit.points, 2);
    check_warned(f,
                 "left out: concurrent at batch 15.68: that is more than the server takes at a "
                 "time (--max-batch-size), and the wait for a place is in its TTFT (--all-levels "
                 "keeps it)",
                 "two levels fix the two lines exactly");
}

static void a_batch_within_the_margin_stays(void **state)
{
    struct fixture *f = *state;
    three_good_levels(f);
    f->benchmark.provenance.max_batch_size = 16;
    f->levels[2].concurrency = 16.32; /* 2 % above */
    fit(f, WVA_BATCH_AUTO);
    check_int(f->document.fit.points, 3);
    check_warnings(f, (const char *const[]){NULL});
}

static void a_batch_above_the_limit_stays_when_one_would_remain(void **state)
{
    struct fixture *f = *state;
    f->benchmark.provenance.max_batch_size = 8;
    fit(f, WVA_BATCH_AUTO);
    check_int(f->document.fit.points, 2);
    check_warned(f, "level 2 ran at batch 62.72, above the server's limit of 8: requests queued",
                 "two levels fix the two lines exactly");
}

/* --all-levels. */
static void all_levels_may_be_used(void **state)
{
    struct fixture *f = *state;
    struct wva_fit_levels levels;
    three_good_levels(f);
    be_throughput(&f->levels[2]);
    f->benchmark.provenance.max_batch_size = 8;
    wva_fit_levels_choose(&f->arena, &f->benchmark, WVA_BATCH_AUTO, &levels);
    check(*wva_fit_levels_left_out(&f->arena, &levels) == NULL);
    check_ok(wva_fit_levels_solve(&f->arena, &levels, &f->document, &f->err), &f->err);
    check_int(f->document.fit.points, 3);
    check_warned(f, "level 3 ran at batch 15.68, above the server's limit of 8: requests queued");
}

static void a_rate_has_no_requested_batch(void **state)
{
    struct fixture *f = *state;
    snprintf(f->levels[0].strategy, sizeof(f->levels[0].strategy), "constant");
    f->levels[0].streams = (double)NAN;
    fit_fails(f, WVA_BATCH_NOMINAL, WVA_E_USAGE,
              "level 1 (constant): the input does not have a requested batch size (--batch "
              "measured uses the measured concurrency)");
}

static void lines_that_miss_are_worth_a_warning(void **state)
{
    struct fixture *f = *state;
    three_good_levels(f);
    f->levels[1].itl.mean = 9.5;
    f->levels[1].ttft.mean = 40.0;
    fit(f, WVA_BATCH_AUTO);
    check_warned(f, "the ITL line misses a level by ", "the TTFT line misses a level by ");
}

static void provenance_goes_on(void **state)
{
    struct fixture *f = *state;
    f->benchmark.provenance.model = "org/model";
    f->benchmark.provenance.accelerator_count = 2;
    fit(f, WVA_BATCH_AUTO);
    check_str(f->document.provenance.model, "org/model");
    check_int(f->document.provenance.accelerator_count, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_two_points_of_the_guide),
        TEST(a_report_is_taken_as_measured),
        TEST(a_console_log_is_taken_as_requested),
        TEST(the_guides_method_is_taken_as_requested),
        TEST(both_kinds_may_be_mixed),
        TEST(nominal_takes_a_report_as_requested),
        TEST(measured_takes_a_console_log_as_measured),
        TEST(a_report_without_concurrency_is_taken_as_requested),
        TEST(throughput_was_limited_by_the_server),
        TEST(a_prompt_length_fills_in_for_the_other),
        TEST(a_typed_point_means_its_own_prompt_length),
        TEST(output_lengths_fall_back_to_what_was_asked),
        TEST(missing_latencies_are_named),
        TEST(a_level_without_success_is_refused),
        TEST(what_the_solver_refuses_is_refused),
        TEST(good_levels_warn_of_nothing),
        TEST(two_levels_are_worth_a_warning),
        TEST(medians_are_worth_a_warning),
        TEST(throughput_is_left_out_beside_two_others),
        TEST(throughput_stays_beside_one_other),
        TEST(throughput_stays_where_one_batch_size_would_remain),
        TEST(messages_count_the_used_levels),
        TEST(a_batch_above_the_servers_limit_is_left_out),
        TEST(a_batch_within_the_margin_stays),
        TEST(a_batch_above_the_limit_stays_when_one_would_remain),
        TEST(all_levels_may_be_used),
        TEST(a_rate_has_no_requested_batch),
        TEST(lines_that_miss_are_worth_a_warning),
        TEST(provenance_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
