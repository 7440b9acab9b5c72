// SPDX-License-Identifier: Apache-2.0
/* predict without a cluster: what is refused before anything is computed, and what is printed. */
#include "unit/cmd/app_fixture.h"

#include "wva/codec/json.h"
#include "wva/util/str.h"

#define NUMBERS "--alpha=6.973", "--beta=0.027", "--gamma=14.825", "--delta=0.001364"
#define SHAPE   "--max-batch-size=64", "--prompt-tokens=128", "--output-tokens=128"

static void check_error(struct app_fixture *f, int status, int wanted, const char *msg,
                        const char *hint)
{
    check_str(f->err.msg, msg);
    check_str(f->err.hint, hint);
    check_int(status, wanted);
    check_str(f->out, "");
}

static void no_parameters(void **state)
{
    check_error(*state, run_words(*state, "predict"), 2,
                "no parameters: give one of -f FILE, --va NAME, or --alpha and so on",
                "kubectl wva predict -f fit.json");
}

static void parameters_from_two_places(void **state)
{
    check_error(*state, run_words(*state, "predict", "-f", "fit.json", "--va", "x"), 2,
                "parameters from several places: give one of -f FILE, --va NAME, or --alpha and so "
                "on",
                "kubectl wva predict -f fit.json");
}

static void some_of_the_parameters(void **state)
{
    check_error(*state, run_words(*state, "predict", "--alpha=7", "--beta=1", SHAPE), 2,
                "--alpha, --beta, --gamma and --delta are needed together", "");
}

static void some_of_the_iteration_models(void **state)
{
    check_error(*state, run_words(*state, "predict", "--model=iteration", "--alpha=7", SHAPE), 2,
                "--alpha, --beta and --gamma are needed together", "");
}

static void a_delta_for_the_iteration_model(void **state)
{
    check_error(*state, run_words(*state, "predict", "--model=iteration", NUMBERS, SHAPE), 2,
                "the iteration model has no delta", "");
}

static void the_iteration_model_from_a_fit(void **state)
{
    check_error(*state, run_words(*state, "predict", "--model=iteration", "-f", "fit.json"), 2,
                "--model iteration has parameters of its own, which no Fit of the prefill-decode "
                "model holds",
                "give them by hand: --alpha, --beta and --gamma");
}

static void numbers_that_wva_would_get_wrong(void **state)
{
    struct app_fixture *f = *state;
    check_int(run_words(f, "predict", "--alpha=0", "--beta=1", "--gamma=1", "--delta=1", SHAPE), 2);
    check(wva_str_has_prefix(f->err.msg, "alpha is 0, not above 0: "));
}

static void requests_that_are_not_known(void **state)
{
    check_error(*state, run_words(*state, "predict", NUMBERS, "--prompt-tokens=128"), 2,
                "parameters from flags: --max-batch-size, --output-tokens needed as well", "");
}

static void intervals_of_flags(void **state)
{
    check_error(*state, run_words(*state, "predict", NUMBERS, SHAPE, "--interval"), 2,
                "--interval needs a Fit (-f): only that knows how sure it is", "");
}

static void options_of_va(void **state)
{
    check_error(*state, run_words(*state, "predict", NUMBERS, SHAPE, "--accelerator=H100"), 2,
                "--accelerator goes with --va", "");
}

static void options_of_va_too(void **state)
{
    check_error(*state, run_words(*state, "predict", NUMBERS, SHAPE, "--wva-namespace=x"), 2,
                "--wva-namespace goes with --va", "");
}

static void two_loads(void **state)
{
    check_error(*state, run_words(*state, "predict", NUMBERS, SHAPE, "--load=1", "--slo-tps=1000"),
                2, "--slo-tps is a load by itself: WVA does not look at another one (--load)", "");
}

static void rates_that_are_no_numbers(void **state)
{
    check_error(*state, run_words(*state, "predict", NUMBERS, SHAPE, "--rate=1,,2"), 2,
                "--rate: '' is not a finite number", "");
}

static void a_rate_of_nothing(void **state)
{
    check_error(*state, run_words(*state, "predict", NUMBERS, SHAPE, "--rate=1,0"), 2,
                "a rate of 0 requests/s: one above 0 wanted", "");
}

static void a_concurrency_of_nothing(void **state)
{
    check_error(*state, run_words(*state, "predict", NUMBERS, SHAPE, "--concurrency=0"), 2,
                "a concurrency of 0: one from 1 on wanted", "");
}

static void a_rate_above_the_highest(void **state)
{
    check_error(*state, run_words(*state, "predict", NUMBERS, SHAPE, "--rate=10,57"), 5,
                "57 requests/s are more than one replica can take: 56.5292101 at most",
                "how many replicas can: --load 57");
}

static void an_slo_out_of_reach(void **state)
{
    check_error(*state, run_words(*state, "predict", NUMBERS, SHAPE, "--slo-itl=7", "-o", "json"),
                5, "an ITL of 7 ms is out of reach at any rate: 7.000027 ms is the least", "");
}

static void a_table(void **state)
{
    struct app_fixture *f = *state;
    check_int(run_words(f, "predict", NUMBERS, SHAPE, "--rate=1,55", "--concurrency=64",
                        "--slo-ttft=20", "--slo-itl=24", "--load=100"),
              0);
    check_str(f->out,
              "prefill-decode model: alpha 6.973 ms, beta 0.027 ms/request, gamma 14.825 ms, delta "
              "0.001364 ms/(token*request)\n"
              "128 prompt and 128 output tokens a request, at most 64 in service\n"
              "\n"
              " RATE/S   SERVED/S   TTFT MS   ITL MS   WAIT MS   IN SERVICE     USED\n"
              "      1          1     15.16    7.024      0.00       0.9073     1.4%\n"
              "     55         55    484.70    8.650    459.03        61.83    96.6%\n"
              "56.5858    56.5858     26.00    8.701      0.00           64   100.0%\n"
              "\n"
              "at most: 56.5292 requests/s\n"
              "within TTFT 20 ms, ITL 24 ms: 28.4355 requests/s, limited by TTFT\n"
              "  there TTFT 20 ms, ITL 7.77329 ms, 3639.75 output tokens/s\n"
              "100 requests/s: 4 replicas\n"
              "  each 25 requests/s: TTFT 19.336 ms, ITL 7.67062 ms, 38.8% used\n");
    check_str(f->messages, "");
}

static void the_iteration_models_table(void **state)
{
    struct app_fixture *f = *state;
    check_int(run_words(f, "predict", "--model=iteration", "--alpha=6.58", "--beta=0.0193",
                        "--gamma=5.46e-5", "--max-batch-size=256", "--prompt-tokens=128",
                        "--output-tokens=128", "--rate=60"),
              0);
    check_has(f->out, "iteration model: alpha 6.58 ms, beta 0.0193 ms/token, gamma 5.46e-05 "
                      "ms/token\n");
    check_has(f->out, "    60         60     23.82   10.710      0.00        83.04   32.4%\n");
}

static void no_load_at_all(void **state)
{
    struct app_fixture *f = *state;
    check_int(run_words(f, "predict", NUMBERS, SHAPE, "--rate=1", "--load=0"), 0);
    check_has(f->out, "\n0 requests/s: 1 replica\n"
                      "  each 0 requests/s: TTFT 14.8264 ms, ITL 7 ms, 0.0% used\n");
}

#define FIT                                                                                        \
    "apiVersion: kubectl-wva/v1alpha1\nkind: Fit\nmetadata: {name: x}\nspec:\n"                    \
    "  parameters: {alpha: 6.973, beta: 0.027, gamma: 14.825, delta: 0.001364}\n"

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

#define number(value, ...) number_at((value), WVA_KEYS("spec", __VA_ARGS__))

static void a_fit_brings_what_it_knows(void **state)
{
    struct app_fixture *f = *state;
    feed_app(f, FIT "  model: org/Llama\n  maxBatchSize: 64\n  promptTokens: 999\n"
                    "  outputTokens: 100\n"
                    "  levels: [{batch: 1, promptTokens: 127}, {batch: 64, promptTokens: 129}]\n");
    check_int(run_words(f, "predict", "-f", "-", "-o", "json", "--rate=10"), 0);
    const struct wva_value *value = printed_json(f);
    check(number(value, "shape", "promptTokens") == 128); /* the levels' mean */
    check(number(value, "shape", "outputTokens") == 100); /* as asked for: levels do not tell */
    check(number(value, "maxBatchSize") == 64);
    check_close(number(value, "points", "0", "ttftMs"), 16.5, 0.05);
    check_str(wva_get_str(value, "spec", "model"), "org/Llama");
    check_str(wva_get_str(value, "spec", "source"), "standard input");
    check_str(f->messages, "");
}

static void flags_win_over_a_fit(void **state)
{
    struct app_fixture *f = *state;
    feed_app(f, FIT "  maxBatchSize: 32\n  promptTokens: 64\n");
    check_int(run_words(f, "predict", "-f", "-", "-o", "json", SHAPE), 0);
    const struct wva_value *value = printed_json(f);
    check(number(value, "maxBatchSize") == 64 && number(value, "shape", "promptTokens") == 128);
    check_str(f->messages, "warning: the parameters were measured with 64 prompt tokens a request, "
                           "not 128, and hold only near that\n");
    check_str(wva_get_str(value, "spec", "warnings", "0"),
              "the parameters were measured with 64 prompt tokens a request, not 128, and hold "
              "only near that");
}

static void a_fit_that_does_not_tell(void **state)
{
    struct app_fixture *f = *state;
    feed_app(f, FIT);
    check_error(f, run_words(f, "predict", "-f", "-"), 2,
                "parameters from standard input: --max-batch-size, --prompt-tokens, "
                "--output-tokens needed as well",
                "");
}

static void batches_that_nobody_measured(void **state)
{
    struct app_fixture *f = *state;
    feed_app(f, FIT "  levels: [{batch: 1, promptTokens: 128}, {batch: 16, promptTokens: 128}]\n");
    check_int(run_words(f, "predict", "-f", "-", SHAPE, "--rate=55"), 0);
    check_str(f->messages, "warning: no batch above 16 was measured, and figures here go up to a "
                           "batch of 62.1\n");
}

static void an_itl_that_does_not_grow(void **state)
{
    struct app_fixture *f = *state;
    check_int(run_words(f, "predict", "--alpha=7", "--beta=0", "--gamma=15", "--delta=0.001", SHAPE,
                        "--slo-itl=8", "--rate=1"),
              0);
    check_has(f->messages, "warning: ITL does not grow with the rate here, and WVA's own search "
                           "takes a target above it for out of reach");
}

#define SURE                                                                                       \
    "  maxBatchSize: 64\n  outputTokens: 128\n"                                                    \
    "  standardErrors: {alpha: 0.01, beta: 0.0003, gamma: 0.01, delta: 1e-5}\n"                    \
    "  intervals95: {alpha: [6.93, 7.016], beta: [0.02571, 0.02829], gamma: [14.78, 14.87], "      \
    "delta: [0.001321, 0.001407]}\n"

static void intervals_of_a_fit(void **state)
{
    struct app_fixture *f = *state;
    feed_app(f, FIT SURE "  levels: [{batch: 1, promptTokens: 128}, {batch: 64, promptTokens: "
                         "128}]\n");
    check_int(run_words(f, "predict", "-f", "-", "--interval", "--rate=10,56.5", "--slo-ttft=500",
                        "--load=200", "-o", "json"),
              0);
    const struct wva_value *value = printed_json(f);
    const double itl = number(value, "points", "0", "itlMs");
    const double low = number(value, "points", "0", "intervals95", "itlMs", "0");
    const double high = number(value, "points", "0", "intervals95", "itlMs", "1");
    check(low < itl && itl < high && high - low < 0.1 && high - low > 0.01);
    check(number(value, "slo", "intervals95", "ratePerSecond", "0") <
          number(value, "slo", "ratePerSecond"));
    check(number(value, "intervals95", "replicas", "0") == 4);
    check(number(value, "intervals95", "maxRatePerSecond", "1") > 56.6);
    check(wva_get(value, "spec", "points", "1", "intervals95", "ttftMs") == NULL);
    check_str(wva_get_str(value, "spec", "uncertainty", "method"), "monte-carlo");
    check_has(f->messages, "warning: from 56.5 requests/s on there is no upper end: ");
}

static void intervals_as_a_table(void **state)
{
    struct app_fixture *f = *state;
    feed_app(f, FIT SURE);
    check_int(run_words(f, "predict", "-f", "-", "--interval", "--rate=10", "--prompt-tokens=128"),
              0);
    check_has(f->out, "RATE/S   SERVED/S   TTFT MS              95%   ITL MS              95%   ");
    check_has(f->out, "at most: 56.5292 requests/s (95%: ");
    check_has(f->messages, "warning: without the Fit's levels, intercepts and slopes count as "
                           "independent");
}

static void a_fit_without_intervals(void **state)
{
    struct app_fixture *f = *state;
    feed_app(f, FIT);
    check_error(f, run_words(f, "predict", "-f", "-", SHAPE, "--interval"), 5,
                "standard input has no intervals to carry on",
                "a fit has them from three levels on: kubectl wva bench --level-count 4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        APP_TEST(no_parameters),
        APP_TEST(parameters_from_two_places),
        APP_TEST(some_of_the_parameters),
        APP_TEST(some_of_the_iteration_models),
        APP_TEST(a_delta_for_the_iteration_model),
        APP_TEST(the_iteration_model_from_a_fit),
        APP_TEST(numbers_that_wva_would_get_wrong),
        APP_TEST(requests_that_are_not_known),
        APP_TEST(intervals_of_flags),
        APP_TEST(options_of_va),
        APP_TEST(options_of_va_too),
        APP_TEST(two_loads),
        APP_TEST(rates_that_are_no_numbers),
        APP_TEST(a_rate_of_nothing),
        APP_TEST(a_concurrency_of_nothing),
        APP_TEST(a_rate_above_the_highest),
        APP_TEST(an_slo_out_of_reach),
        APP_TEST(a_table),
        APP_TEST(the_iteration_models_table),
        APP_TEST(no_load_at_all),
        APP_TEST(a_fit_brings_what_it_knows),
        APP_TEST(flags_win_over_a_fit),
        APP_TEST(a_fit_that_does_not_tell),
        APP_TEST(batches_that_nobody_measured),
        APP_TEST(an_itl_that_does_not_grow),
        APP_TEST(intervals_of_a_fit),
        APP_TEST(intervals_as_a_table),
        APP_TEST(a_fit_without_intervals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
