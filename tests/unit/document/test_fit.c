// SPDX-License-Identifier: Apache-2.0
/* Fit documents: what is written, that parameters read back exactly, what is refused. */
#include "support/wva_test.h"

#include "wva/codec/json.h"
#include "wva/document/fit.h"
#include "wva/util/mem.h"

#define DOCUMENT(spec)                                                                             \
    "{\"apiVersion\":\"kubectl-wva/v1alpha1\",\"kind\":\"Fit\",\"spec\":" spec "}"

static struct wva_value *parse(struct wva_arena *arena, const char *text)
{
    static const struct wva_json_options options = {.name = "test"};
    struct wva_error err = {0};
    struct wva_value *value = NULL;

    check_ok(wva_json_parse(arena, text, strlen(text), &options, &value, &err), &err);
    return value;
}

static struct wva_fit solve(const struct wva_fit_point *points, size_t n)
{
    struct wva_error err = {0};
    struct wva_fit fit = {0};

    check_ok(wva_fit_solve(points, n, &fit, &err), &err);
    return fit;
}

/* Figures that are exact in doubles, so that the document can be compared to the byte. */
static void two_points_to_the_byte(void **state)
{
    static const struct wva_fit_point points[] = {{1, 128, 7.25, 15}, {65, 128, 23.25, 31}};
    static const double output_tokens[] = {128, (double)NAN};
    static const char *const warnings[] = {"first", "second", NULL};
    const struct wva_fit_document document = {
        .provenance = {.run_id = "k3x9", .model = "org/Llama", .max_batch_size = 64},
        .fit = solve(points, 2),
        .points = points,
        .output_tokens = output_tokens,
        .warnings = warnings,
        .batch_measured = true,
    };
    wva_auto_arena arena = {0};
    (void)state;

    check_str(
        wva_json_text(&arena, wva_fit_to_value(&arena, &document)),
        "{\"apiVersion\":\"kubectl-wva/"
        "v1alpha1\",\"kind\":\"Fit\",\"metadata\":{\"name\":\"k3x9\"},"
        "\"spec\":{\"parameters\":{\"alpha\":7,\"beta\":0.25,\"gamma\":14.75,\"delta\":0.001953125}"
        ","
        "\"goodness\":{\"itl\":{\"rSquared\":1,\"worstRelativeError\":0,\"meanRelativeError\":0},"
        "\"ttft\":{\"rSquared\":1,\"worstRelativeError\":0,\"meanRelativeError\":0}},"
        "\"batch\":\"measured\",\"levels\":[{\"batch\":1,\"promptTokens\":128,\"outputTokens\":128,"
        "\"itl\":{\"observedMs\":7.25,\"fittedMs\":7.25,\"residualMs\":0},"
        "\"ttft\":{\"observedMs\":15,\"fittedMs\":15,\"residualMs\":0}},"
        "{\"batch\":65,\"promptTokens\":128,"
        "\"itl\":{\"observedMs\":23.25,\"fittedMs\":23.25,\"residualMs\":0},"
        "\"ttft\":{\"observedMs\":31,\"fittedMs\":31,\"residualMs\":0}}],"
        "\"warnings\":[\"first\",\"second\"],\"model\":\"org/Llama\",\"maxBatchSize\":64,"
        "\"runID\":\"k3x9\"}}");
}

static double number_at(const struct wva_value *root, const char *const *keys)
{
    double number = (double)NAN;

    check(wva_value_double(wva_value_at(root, keys), &number));
    return number;
}

#define NUMBER_AT(root, ...) number_at((root), WVA_KEYS(__VA_ARGS__))

static void four_points_have_intervals(void **state)
{
    static const struct wva_fit_point points[] = {
        {1, 128, 7.0, 15.0}, {4, 128, 7.1, 15.9}, {16, 128, 7.5, 17.8}, {64, 128, 8.7, 26.0}};
    const struct wva_fit_document document = {.fit = solve(points, 4), .points = points};
    const struct wva_fit *fit = &document.fit;
    wva_auto_arena arena = {0};
    (void)state;

    struct wva_value *value = wva_fit_to_value(&arena, &document);
    const struct wva_value *spec = wva_get(value, "spec");
    check_str(wva_get_str(value, "metadata", "name"), "fit");
    check_str(wva_get_str(spec, "batch"), "nominal");
    check(NUMBER_AT(spec, "standardErrors", "alpha") == fit->itl.intercept.std_error);
    check(NUMBER_AT(spec, "standardErrors", "beta") == fit->itl.slope.std_error);
    check(NUMBER_AT(spec, "standardErrors", "gamma") == fit->ttft.intercept.std_error);
    check(NUMBER_AT(spec, "standardErrors", "delta") == fit->ttft.slope.std_error);
    check(NUMBER_AT(spec, "intervals95", "alpha", "0") == fit->itl.intercept.low);
    check(NUMBER_AT(spec, "intervals95", "alpha", "1") == fit->itl.intercept.high);
    check(NUMBER_AT(spec, "intervals95", "beta", "1") == fit->itl.slope.high);
    check(NUMBER_AT(spec, "intervals95", "gamma", "0") == fit->ttft.intercept.low);
    check(NUMBER_AT(spec, "intervals95", "delta", "0") == fit->ttft.slope.low);
    check(NUMBER_AT(spec, "goodness", "itl", "rSquared") == fit->itl.r_squared);
    check(NUMBER_AT(spec, "goodness", "ttft", "worstRelativeError") == fit->ttft.worst_relative);
    check(NUMBER_AT(spec, "goodness", "ttft", "meanRelativeError") == fit->ttft.mean_relative);
    check_int(wva_get(spec, "levels")->count, 4);
    check_int(wva_get(spec, "warnings")->count, 0);
    check_close(NUMBER_AT(spec, "levels", "2", "ttft", "residualMs"),
                17.8 - NUMBER_AT(spec, "levels", "2", "ttft", "fittedMs"), 1e-15);
    check(wva_get(spec, "levels", "0", "outputTokens") == NULL);
}

static void parameters_read_back_exactly(void **state)
{
    const struct wva_parameters odd = {0.1 + 0.2, 1.0 / 3, 14.825396825396826,
                                       1.2345678901234567e-6};
    const struct wva_fit_document document = {
        .provenance = {.accelerator = "H100", .accelerator_count = 2, .max_batch_size = 64},
        .fit = {.parameters = odd},
        .batch_measured = true,
    };
    struct wva_fit_document back;
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    (void)state;

    const char *text = wva_json_text(&arena, wva_fit_to_value(&arena, &document));
    check_ok(wva_fit_from_value(&arena, parse(&arena, text), "fit.json", &back, &err), &err);
    check(back.fit.parameters.alpha == odd.alpha && back.fit.parameters.beta == odd.beta);
    check(back.fit.parameters.gamma == odd.gamma && back.fit.parameters.delta == odd.delta);
    check(back.fit.itl.slope.value == odd.beta && isnan(back.fit.itl.slope.std_error));
    check(back.fit.ttft.intercept.value == odd.gamma && isnan(back.fit.ttft.r_squared));
    check_int(back.fit.points, 0);
    check(back.points == NULL && back.warnings == NULL);
    check(back.batch_measured);
    check_str(back.provenance.accelerator, "H100");
    check_int(back.provenance.accelerator_count, 2);
    check_int(back.provenance.max_batch_size, 64);
}

#define GOOD "\"alpha\":7,\"beta\":0.25,\"gamma\":14.75"

static void documents_are_refused_in_words(void **state)
{
    static const struct {
        const char *document;
        enum wva_code code;
        const char *words;
        const char *hint;
    } cases[] = {
        {"{\"apiVersion\":\"kubectl-wva/v1alpha1\",\"kind\":\"Benchmark\",\"spec\":{}}",
         WVA_E_INPUT, "fit.json: kind: Fit expected, Benchmark found",
         "kubectl wva fit FILE -o json makes a Fit of it"},
        {DOCUMENT("{}"), WVA_E_INPUT,
         "fit.json: spec.parameters.alpha: number expected, none found", ""},
        {DOCUMENT("{\"parameters\":{" GOOD "}}"), WVA_E_INPUT,
         "fit.json: spec.parameters.delta: number expected, none found", ""},
        {DOCUMENT("{\"parameters\":{" GOOD ",\"delta\":null}}"), WVA_E_INPUT,
         "fit.json: spec.parameters.delta: number expected, none found", ""},
        {DOCUMENT("{\"parameters\":{" GOOD ",\"delta\":\"0.1\"}}"), WVA_E_INPUT,
         "fit.json: spec.parameters.delta: number expected, string of 3 bytes found", ""},
        {DOCUMENT("{\"parameters\":{" GOOD ",\"delta\":-0.5}}"), WVA_E_QUALITY,
         "fit.json: spec.parameters: delta is -0.5, below 0: prefill would get faster",
         "kubectl wva bench deployment/NAME"},
        {DOCUMENT("{\"parameters\":{" GOOD ",\"delta\":0.5},\"acceleratorCount\":1.5}"),
         WVA_E_INPUT, "fit.json: spec.acceleratorCount: whole number from 1 on expected, 1.5 found",
         ""},
    };
    struct wva_fit_document back = {.fit = {.points = 99}};
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        struct wva_value *value = parse(&arena, cases[i].document);
        check_int(wva_fit_from_value(&arena, value, "fit.json", &back, &err), -1);
        check_has(err.msg, cases[i].words);
        check_has(err.hint, cases[i].hint);
        check_int(err.code, cases[i].code);
        check_int(back.fit.points, 99);
        wva_error_clear(&err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WVA_TEST(two_points_to_the_byte),
        WVA_TEST(four_points_have_intervals),
        WVA_TEST(parameters_read_back_exactly),
        WVA_TEST(documents_are_refused_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
