// SPDX-License-Identifier: Apache-2.0
/* What a Fit rests on, read back from documents that were written and from others. */
#include "support/wva_test.h"

#include "wva/codec/json.h"
#include "wva/document/fit.h"
#include "wva/document/fit_basis.h"
#include "wva/util/mem.h"

static const struct wva_fit_point points[] = {
    {1, 128, 7.0, 15.0}, {4, 129, 7.1, 15.9}, {16, 130, 7.5, 17.8}, {64, 129, 8.7, 26.0}};

static struct wva_value *fit_of(struct wva_arena *arena, size_t n, struct wva_fit *ret)
{
    static const double output_tokens[] = {100, 100, 102, 102};
    struct wva_error err = {0};

    check_ok(wva_fit_solve(points, n, ret, &err), &err);
    const struct wva_fit_document document = {
        .fit = *ret, .points = points, .output_tokens = output_tokens};
    return wva_fit_to_value(arena, &document);
}

static struct wva_fit_basis basis_of(struct wva_arena *arena, const struct wva_value *value)
{
    struct wva_fit_basis basis = {0};
    struct wva_error err = {0};

    check_ok(wva_fit_basis_from_value(arena, value, "fit.json", &basis, &err), &err);
    return basis;
}

static void four_levels(void **state)
{
    wva_auto_arena arena = {0};
    struct wva_fit fit;
    (void)state;

    const struct wva_fit_basis basis = basis_of(&arena, fit_of(&arena, 4, &fit));
    check(basis.prompt_tokens == 129 && basis.output_tokens == 101 && basis.batch_max == 64);
    check(basis.has_spread && basis.correlated);
    check(basis.spread.itl.intercept_error == fit.itl.intercept.std_error);
    check(basis.spread.itl.slope_error == fit.itl.slope.std_error);
    check(basis.spread.ttft.intercept_error == fit.ttft.intercept.std_error);
    check(basis.spread.ttft.slope_error == fit.ttft.slope.std_error);
    check_int(basis.spread.itl.degrees, 2);
    check_int(basis.spread.ttft.degrees, 2);
    const double squares = 1 + 16 + 256 + 4096;
    check_close(basis.spread.itl.correlation, -85 / sqrt(4 * squares), 1e-15);
    check(basis.spread.ttft.correlation < -0.6 && basis.spread.ttft.correlation > -0.7);
}

/* The intervals of the document are those that the spread gives: nothing is lost on the way. */
static void the_spread_gives_the_fits_intervals(void **state)
{
    wva_auto_arena arena = {0};
    struct wva_fit fit;
    (void)state;

    const struct wva_fit_basis basis = basis_of(&arena, fit_of(&arena, 4, &fit));
    const double reach = wva_student_t975(basis.spread.itl.degrees);
    check_close(fit.itl.slope.high, fit.itl.slope.value + reach * basis.spread.itl.slope_error,
                1e-14);
}

static void two_levels_have_no_spread(void **state)
{
    wva_auto_arena arena = {0};
    struct wva_fit fit;
    (void)state;

    const struct wva_fit_basis basis = basis_of(&arena, fit_of(&arena, 2, &fit));
    check(!basis.has_spread && basis.batch_max == 4 && basis.prompt_tokens == 128.5);
}

static struct wva_value *parse(struct wva_arena *arena, const char *text)
{
    static const struct wva_json_options options = {.name = "test"};
    struct wva_error err = {0};
    struct wva_value *value = NULL;

    check_ok(wva_json_parse(arena, text, strlen(text), &options, &value, &err), &err);
    return value;
}

#define ERRORS                                                                                     \
    "\"standardErrors\":{\"alpha\":0.5,\"beta\":0,\"gamma\":1,\"delta\":0.5},"                     \
    "\"intervals95\":{\"alpha\":[6,8],\"beta\":[1,1],\"gamma\":[2,6],\"delta\":[0,2]}"

static void documents_of_others(void **state)
{
    wva_auto_arena arena = {0};
    (void)state;

    struct wva_fit_basis basis = basis_of(&arena, parse(&arena, "{\"spec\":{" ERRORS "}}"));
    check(basis.has_spread && !basis.correlated);
    check(isnan(basis.prompt_tokens) && isnan(basis.output_tokens) && isnan(basis.batch_max));
    check(basis.spread.itl.correlation == 0 && basis.spread.itl.degrees == 1);
    check_int(basis.spread.ttft.degrees, 60); /* t = 2 */
    basis = basis_of(&arena, parse(&arena, "{\"spec\":{" ERRORS ",\"levels\":[{\"batch\":3},"
                                           "{\"batch\":5,\"promptTokens\":7}]}}"));
    check(basis.has_spread && !basis.correlated && basis.batch_max == 5);
    check(isnan(basis.prompt_tokens));
    basis = basis_of(&arena, parse(&arena, "{\"spec\":{\"intervals95\":{\"alpha\":[1]}}}"));
    check(!basis.has_spread);
}

static void what_is_wrong_is_named(void **state)
{
    static const struct {
        const char *text;
        const char *words;
    } cases[] = {
        {"{\"spec\":{\"levels\":3}}", "fit.json: spec.levels: array expected, number found"},
        {"{\"spec\":{\"levels\":[{},{\"batch\":\"3\"}]}}",
         "fit.json: spec.levels[1].batch: number expected, string of 1 bytes found"},
    };
    struct wva_fit_basis basis = {.batch_max = 99};
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        const struct wva_value *value = parse(&arena, cases[i].text);

        check_fails(wva_fit_basis_from_value(&arena, value, "fit.json", &basis, &err), &err,
                    WVA_E_INPUT, cases[i].words);
        check(basis.batch_max == 99);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WVA_TEST(four_levels),
        WVA_TEST(the_spread_gives_the_fits_intervals),
        WVA_TEST(two_levels_have_no_spread),
        WVA_TEST(documents_of_others),
        WVA_TEST(what_is_wrong_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
