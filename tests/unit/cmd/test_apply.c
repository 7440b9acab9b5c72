// SPDX-License-Identifier: Apache-2.0
/* apply up to where a cluster is needed: a bad document or number is told without one. */
#include "unit/cmd/app_fixture.h"

#include "wva/util/str.h"

static void check_error(struct app_fixture *f, int status, int wanted, const char *msg,
                        const char *hint)
{
    check_int(status, wanted);
    check_str(f->err.msg, msg);
    check_str(f->err.hint, hint);
    check_str(f->out, "");
}

#define NUMBERS "--alpha=7", "--beta=0.03", "--gamma=15", "--delta=0.001"

static void no_parameters(void **state)
{
    check_error(*state, run_words(*state, "apply", "va"), 2,
                "no parameters: give one of -f FILE, --run ID, or the four numbers",
                "kubectl wva apply VA -f fit.json");
}

static void a_name_is_needed(void **state)
{
    struct app_fixture *f = *state;
    check_int(run_words(f, "apply", NUMBERS), 2);
    check(wva_str_has_prefix(f->err.msg, "'apply' needs VA"));
}

static void parameters_from_two_places(void **state)
{
    check_error(
        *state, run_words(*state, "apply", "va", "-f", "fit.json", NUMBERS), 2,
        "parameters from several places: give one of -f FILE, --run ID, or the four numbers",
        "kubectl wva apply VA -f fit.json");
}

static void some_of_the_four_numbers(void **state)
{
    check_error(*state, run_words(*state, "apply", "va", "--alpha=7", "--gamma=15"), 2,
                "--alpha, --beta, --gamma and --delta are needed together", "");
}

static void numbers_that_wva_would_get_wrong(void **state)
{
    struct app_fixture *f = *state;
    check_int(run_words(f, "apply", "va", "--alpha=0", "--beta=1", "--gamma=1", "--delta=1"), 2);
    check(wva_str_has_prefix(f->err.msg, "alpha is 0, not above 0: "));
}

static void a_file_that_is_not_there(void **state)
{
    struct app_fixture *f = *state;
    check_int(run_words(f, "apply", "va", "-f", "/nonexistent.json"), 1);
    check_has(f->err.msg, "/nonexistent.json");
}

static void several_documents(void **state)
{
    struct app_fixture *f = *state;
    feed_app(f, "a: 1\n---\nb: 2\n");
    check_error(f, run_words(f, "apply", "va", "-f", "-"), 1,
                "standard input: 2 documents, wanted one Fit",
                "kubectl wva fit … -o json | kubectl wva apply VA -f -");
}

static void nothing_on_standard_input(void **state)
{
    struct app_fixture *f = *state;
    feed_app(f, "");
    check_int(run_words(f, "apply", "va", "-f", "-"), 1);
    check_str(f->err.msg, "standard input: 0 documents, wanted one Fit");
}

static void a_document_of_another_kind(void **state)
{
    struct app_fixture *f = *state;
    feed_app(f, "apiVersion: kubectl-wva/v1alpha1\nkind: Benchmark\nspec: {levels: []}\n");
    check_int(run_words(f, "apply", "va", "-f", "-"), 1);
    check(wva_str_has_prefix(f->err.msg, "standard input: "));
    check_has(f->err.msg, "Benchmark");
}

/* Exit status 5: a Fit, but of no use. */
static void a_fit_that_wva_would_get_wrong(void **state)
{
    struct app_fixture *f = *state;
    feed_app(f, "apiVersion: kubectl-wva/v1alpha1\nkind: Fit\nmetadata: {name: x}\n"
                "spec: {parameters: {alpha: 7, beta: -0.5, gamma: 15, delta: 0.001}}\n");
    check_int(run_words(f, "apply", "va", "-f", "-"), 5);
    check_has(f->err.msg, "beta is -0.5, below 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        APP_TEST(no_parameters),
        APP_TEST(a_name_is_needed),
        APP_TEST(parameters_from_two_places),
        APP_TEST(some_of_the_four_numbers),
        APP_TEST(numbers_that_wva_would_get_wrong),
        APP_TEST(a_file_that_is_not_there),
        APP_TEST(several_documents),
        APP_TEST(nothing_on_standard_input),
        APP_TEST(a_document_of_another_kind),
        APP_TEST(a_fit_that_wva_would_get_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
