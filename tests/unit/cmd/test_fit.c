// SPDX-License-Identifier: Apache-2.0
/* `fit` as a person runs it, from typed points and from standard input. No cluster is asked. */
#include "unit/cmd/app_fixture.h"

#include "wva/codec/json.h"
#include "wva/document/benchmark.h"
#include "wva/util/str.h"

#define POINT_1  "--point", "batch=1,itl=7.0,ttft=15.0"
#define POINT_64 "--point", "batch=64,itl=8.7,ttft=26.0"

static struct wva_value *printed_json(struct app_fixture *f)
{
    struct wva_json_options options = {.name = "output"};
    struct wva_error err = {0};
    struct wva_value *value;
    check_ok(wva_json_parse(&f->app.arena, f->out, f->out_len, &options, &value, &err), &err);
    return value;
}

static double number_at(const struct wva_value *value, const char *const *keys)
{
    double number = (double)NAN;
    check(wva_value_double(wva_value_at(value, keys), &number));
    return number;
}

#define number(value, ...) number_at((value), WVA_KEYS(__VA_ARGS__))

static void points_as_a_table(void **state)
{
    struct app_fixture *f = *state;
    check_int(run_words(f, "fit", POINT_1, POINT_64, "--prompt-tokens", "128"), 0);
    check_str(f->out, "PARAMETER   VALUE         STD ERROR   95% INTERVAL   UNIT\n"
                      "alpha       6.973016      -           -              ms\n"
                      "beta        0.02698413    -           -              ms/request\n"
                      "gamma       14.8254       -           -              ms\n"
                      "delta       0.001364087   -           -              ms/(token*request)\n"
                      "\n"
                      "BATCH   PROMPT   ITL MS   FITTED      OFF   TTFT MS   FITTED      OFF\n"
                      "    1      128    7.000    7.000   +0.00%     15.00    15.00   +0.00%\n"
                      "   64      128    8.700    8.700   +0.00%     26.00    26.00   +0.00%\n"
                      "\n"
                      "ITL(1) = 7.000 ms, observed 7.000; TTFT(1) = 15.00 ms, observed 15.00\n"
                      "ITL(64) = 8.700 ms, observed 8.700; TTFT(64) = 26.00 ms, observed 26.00\n");
    check_int(strncmp(f->messages, "warning: two levels fix the two lines exactly", 45), 0);
}

static void points_as_a_document(void **state)
{
    struct app_fixture *f = *state;
    check_int(run_words(f, "fit", POINT_1, POINT_64, "--prompt-tokens=128", "--max-batch-size=64",
                        "--accelerator=H100", "--accelerator-count=2", "--model=org/m", "-o",
                        "json"),
              0);
    struct wva_value *value = printed_json(f);
    check_str(wva_get_str(value, "apiVersion"), "kubectl-wva/v1alpha1");
    check_str(wva_get_str(value, "kind"), "Fit");
    check_close(number(value, "spec", "parameters", "alpha"), 7.0 - 1.7 / 63, 1e-14);
    check_close(number(value, "spec", "parameters", "beta"), 1.7 / 63, 1e-13);
    check_close(number(value, "spec", "parameters", "gamma"), 15.0 - 11.0 / 63, 1e-14);
    check_close(number(value, "spec", "parameters", "delta"), 11.0 / (63 * 128), 1e-13);
    check_close(number(value, "spec", "levels", "1", "ttft", "observedMs"), 26, 0);
    const char *warning = wva_get_str(value, "spec", "warnings", "0");
    check_has(warning, "two levels");
    check_str(f->messages, wva_arena_printf(&f->app.arena, "warning: %s\n", warning));
}

static void yaml_is_yaml(void **state)
{
    struct app_fixture *f = *state;
    check_int(run_words(f, "fit", POINT_1, POINT_64, "--prompt-tokens=128", "-oyaml"), 0);
    check(wva_str_has_prefix(f->out, "apiVersion: kubectl-wva/v1alpha1\nkind: Fit\n"));
}

/* What `bench -o json` prints: the guide's two levels, measured at 1 and 63.5 requests. */
static void feed_benchmark(struct app_fixture *f, size_t count)
{
    struct wva_level levels[2];
    for (size_t i = 0; i < 2; i++) {
        wva_level_init(&levels[i]);
        levels[i].streams = i ? 64 : 1;
        levels[i].concurrency = i ? 63.5 : 1;
        levels[i].prompt_tokens = 128;
        levels[i].itl = (struct wva_stat){.mean = i ? 8.7 : 7.0, .std_dev = 0.1};
        levels[i].ttft = (struct wva_stat){.mean = i ? 26.0 : 15.0, .std_dev = 0.1};
    }
    struct wva_benchmark benchmark = {.levels = levels, .level_count = count};
    feed_app(f, wva_json_text(&f->app.arena, wva_benchmark_to_value(&f->app.arena, &benchmark)));
}

static void a_benchmark_from_standard_input(void **state)
{
    struct app_fixture *f = *state;
    feed_benchmark(f, 2);
    check_int(run_words(f, "fit", "-", "-o", "json"), 0);
    struct wva_value *value = printed_json(f);
    check_close(number(value, "spec", "parameters", "beta"), 1.7 / 62.5, 1e-12);
    check_close(number(value, "spec", "levels", "1", "batch"), 63.5, 0);
}

static void points_join_a_file(void **state)
{
    struct app_fixture *f = *state;
    feed_benchmark(f, 1);
    check_int(run_words(f, "fit", "-", POINT_64, "--prompt-tokens=64", "-o", "json"), 0);
    struct wva_value *value = printed_json(f);
    check_close(number(value, "spec", "levels", "0", "promptTokens"), 128, 0);
    check_close(number(value, "spec", "levels", "1", "promptTokens"), 64, 0);
}

static void a_point_may_tell_its_prompt_length(void **state)
{
    struct app_fixture *f = *state;
    check_int(run_words(f, "fit", "--point=batch=1,itl=7,ttft=15,prompt=256", POINT_64,
                        "--prompt-tokens=128", "-o", "json"),
              0);
    struct wva_value *value = printed_json(f);
    check_close(number(value, "spec", "levels", "0", "promptTokens"), 256, 0);
    check_close(number(value, "spec", "levels", "1", "promptTokens"), 128, 0);
}

static void check_error(struct app_fixture *f, int status, int wanted, const char *msg,
                        const char *hint)
{
    check_int(status, wanted);
    check_str(f->err.msg, msg);
    check_str(f->err.hint, hint);
    check_str(f->out, "");
}

static void nothing_to_fit(void **state)
{
    check_error(*state, run_words(*state, "fit"), 2,
                "nothing to fit: no file, no --point and no --run", "kubectl wva fit report.json");
}

#define EXAMPLE "--point batch=1,itl=7.0,ttft=15.0"

static void a_point_lacks_a_figure(void **state)
{
    check_error(*state, run_words(*state, "fit", "--point", "batch=1,itl=7"), 2,
                "--point batch=1,itl=7: batch, itl and ttft are all needed", EXAMPLE);
}

static void a_point_has_a_word(void **state)
{
    check_error(*state, run_words(*state, "fit", "--point", "batch=1,itl=x,ttft=3"), 2,
                "--point batch=1,itl=x,ttft=3: itl: 'x' is not a finite number", EXAMPLE);
}

static void a_point_has_an_unknown_figure(void **state)
{
    check_error(
        *state, run_words(*state, "fit", "--point", "batch=1,bitl=7"), 2,
        "--point batch=1,bitl=7: 'bitl=7' is none of batch=, itl=, ttft=, prompt=", EXAMPLE);
}

static void a_point_has_a_figure_twice(void **state)
{
    check_error(*state, run_words(*state, "fit", "--point", "batch=1,itl=7,ttft=3,itl=8"), 2,
                "--point batch=1,itl=7,ttft=3,itl=8: itl is given twice", EXAMPLE);
}

static void a_point_has_no_batch(void **state)
{
    check_error(*state, run_words(*state, "fit", "--point", "batch=0,itl=7,ttft=3"), 2,
                "--point batch=0,itl=7,ttft=3: batch must be above 0", EXAMPLE);
}

static void a_file_that_is_not_there(void **state)
{
    check_error(*state, run_words(*state, "fit", "/nonexistent/report.json"), 1,
                "cannot read /nonexistent/report.json: No such file or directory", "");
}

/* Exit status 5: measured, but not good enough; what was measured is shown. */
static void parameters_that_wva_would_get_wrong(void **state)
{
    struct app_fixture *f = *state;
    int status = run_words(f, "fit", "--point=batch=1,itl=9,ttft=15,prompt=128",
                           "--point=batch=64,itl=7,ttft=26,prompt=128");
    check_int(status, 5);
    check(wva_str_has_prefix(f->err.msg, "cannot fit: beta is -0.0317460317, below 0: "));
    check_str(f->out, "");
    check_str(f->messages,
              "#   LEVEL      BATCH   PROMPT   ITL MS   TTFT MS   REQUESTS   ERRORS\n"
              "1   point@1        1      128        9        15          -        -\n"
              "2   point@64      64      128        7        26          -        -\n");
}

static void quiet_shows_the_error_only(void **state)
{
    struct app_fixture *f = *state;
    check_int(run_words(f, "fit", "--quiet", POINT_1, "--prompt-tokens=128"), 5);
    check_str(f->messages, "");
}

static void quiet_keeps_warnings_to_the_document(void **state)
{
    struct app_fixture *f = *state;
    check_int(run_words(f, "fit", "-q", POINT_1, POINT_64, "--prompt-tokens=128", "-ojson"), 0);
    check_str(f->messages, "");
    check_has(f->out, "two levels fix the two lines exactly");
}

#define THREE_POINTS POINT_1, "--point=batch=16,itl=7.4,ttft=18", POINT_64, "--prompt-tokens=128"

static void a_batch_above_the_limit_is_left_out(void **state)
{
    struct app_fixture *f = *state;
    check_int(run_words(f, "fit", THREE_POINTS, "--max-batch-size=16", "-o", "json"), 0);
    const struct wva_value *value = printed_json(f);
    check_int(wva_get(value, "spec", "levels")->count, 2);
    check_has(wva_get_str(value, "spec", "warnings", "0"), "left out: point at batch 64: ");
    check_has(f->messages, "warning: left out: point at batch 64: ");
}

static void all_levels_leaves_none_out(void **state)
{
    struct app_fixture *f = *state;
    check_int(run_words(f, "fit", THREE_POINTS, "--max-batch-size=16", "--all-levels", "-o=json"),
              0);
    check_int(wva_get(printed_json(f), "spec", "levels")->count, 3);
    check_has(f->messages, "warning: level 3 ran at batch 64, above the server's limit of 16: ");
}

static void one_batch_size_only(void **state)
{
    struct app_fixture *f = *state;
    check_int(run_words(f, "fit", POINT_1, POINT_1, "--prompt-tokens=1"), 5);
    check(wva_str_has_prefix(f->err.msg, "cannot fit: all 2 levels are at one batch size (1): "));
}

static void a_prompt_length_is_needed(void **state)
{
    struct app_fixture *f = *state;
    check_error(f, run_words(f, "fit", POINT_1, POINT_64), 2,
                "cannot fit: level 1 (point): the input does not have its prompt length "
                "(--prompt-tokens)",
                "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        APP_TEST(points_as_a_table),
        APP_TEST(points_as_a_document),
        APP_TEST(yaml_is_yaml),
        APP_TEST(a_benchmark_from_standard_input),
        APP_TEST(points_join_a_file),
        APP_TEST(a_point_may_tell_its_prompt_length),
        APP_TEST(nothing_to_fit),
        APP_TEST(a_point_lacks_a_figure),
        APP_TEST(a_point_has_a_word),
        APP_TEST(a_point_has_an_unknown_figure),
        APP_TEST(a_point_has_a_figure_twice),
        APP_TEST(a_point_has_no_batch),
        APP_TEST(a_file_that_is_not_there),
        APP_TEST(parameters_that_wva_would_get_wrong),
        APP_TEST(quiet_shows_the_error_only),
        APP_TEST(quiet_keeps_warnings_to_the_document),
        APP_TEST(a_batch_above_the_limit_is_left_out),
        APP_TEST(all_levels_leaves_none_out),
        APP_TEST(one_batch_size_only),
        APP_TEST(a_prompt_length_is_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
