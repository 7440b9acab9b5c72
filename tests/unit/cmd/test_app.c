// SPDX-License-Identifier: Apache-2.0
/* From words to a command: where its name may stand, help in all its forms, unknown words. */
#include "unit/cmd/app_fixture.h"

#include "wva/cmd/command.h"

static void check_general_help(struct app_fixture *f, int status)
{
    check_int(status, 0);
    check_has(f->out, "Usage:\n  kubectl wva COMMAND [OPTIONS]\n");
    check_has(f->out, "\nCommands:\n  run        Deploy, measure, fit and apply in one go\n");
    check_has(f->out, "Exit status: 0 done, 1 failed, 2 usage,");
    check_str(f->messages, "");
}

static void no_word_is_a_wish_for_help(void **state)
{
    check_general_help(*state, run_app(*state, (const char *const[]){NULL}));
}

static void help_has_three_names(void **state)
{
    check_general_help(*state, run_words(*state, "help"));
}

static void help_short(void **state)
{
    check_general_help(*state, run_words(*state, "-h"));
}

static void help_long(void **state)
{
    check_general_help(*state, run_words(*state, "--help"));
}

static void help_after_connection_options(void **state)
{
    check_general_help(*state, run_words(*state, "-n", "bench", "-q", "-h"));
}

static void connection_options_alone_are_a_wish_for_help(void **state)
{
    check_general_help(*state, run_words(*state, "--namespace=bench"));
}

static void general_help_names_every_command(void **state)
{
    struct app_fixture *f = *state;
    run_words(f, "help");
    for (const struct wva_command *const *command = wva_commands; *command; command++)
        check_has(f->out, wva_arena_printf(&f->app.arena, "\n  %-10s %s\n", (*command)->name,
                                           (*command)->summary));
}

static void check_version_help(struct app_fixture *f, int status)
{
    check_int(status, 0);
    check_int(strncmp(f->out, "Prints the version of kubectl-wva.", 34), 0);
    check_has(f->out, "Usage:\n  kubectl wva version [OPTIONS]\n");
}

static void help_of_a_command_before(void **state)
{
    check_version_help(*state, run_words(*state, "help", "version"));
}

static void help_of_a_command_after(void **state)
{
    check_version_help(*state, run_words(*state, "version", "--help"));
}

static void help_of_a_command_beats_its_errors(void **state)
{
    check_version_help(*state, run_words(*state, "version", "too", "many", "-h"));
}

static void version_prints_one_line(void **state)
{
    struct app_fixture *f = *state;
    check_int(run_words(f, "version"), 0);
    check_str(f->out, "kubectl-wva " WVA_VERSION "\n");
    check_str(f->messages, "");
}

static void version_as_a_document(void **state)
{
    struct app_fixture *f = *state;
    check_int(run_words(f, "version", "-o", "yaml"), 0);
    check_str(f->out, "clientVersion:\n  version: " WVA_VERSION "\n");
}

/* kubectl users write `kubectl wva -n bench deploy …`. */
static void options_may_stand_before_the_command(void **state)
{
    static const char *const lines[][6] = {
        {"-n", "bench", "version"},
        {"-nbench", "version"},
        {"-n=bench", "version"},
        {"--namespace", "bench", "version"},
        {"--namespace=bench", "version"},
        {"-q", "--namespace", "bench", "-v6", "version"},
        {"--insecure-skip-tls-verify", "-n", "bench", "version"},
        {"-n", "version", "version", "--namespace", "bench"},
        {"version", "-n", "bench"},
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        void *fresh = NULL;
        app_setup(&fresh);
        struct app_fixture *f = fresh;
        check_int(run_app(f, lines[i]), 0);
        check_str(f->out, "kubectl-wva " WVA_VERSION "\n");
        check_str(f->app.connection.kube.namespace_, "bench");
        app_teardown(&fresh);
    }
    (void)state;
}

static void check_usage(struct app_fixture *f, int status, const char *msg, const char *hint)
{
    check_int(status, 2);
    check_str(f->err.msg, msg);
    check_str(f->err.hint, hint);
    check_str(f->out, "");
}

static void an_unknown_command_suggests_a_near_one(void **state)
{
    check_usage(*state, run_words(*state, "benhc"), "unknown command 'benhc'",
                "did you mean 'kubectl wva bench'?");
}

static void an_unknown_command_like_none(void **state)
{
    check_usage(*state, run_words(*state, "frobnicate"), "unknown command 'frobnicate'",
                "kubectl wva --help");
}

static void help_of_an_unknown_command(void **state)
{
    check_usage(*state, run_words(*state, "help", "deplyo"), "unknown command 'deplyo'",
                "did you mean 'kubectl wva deploy'?");
}

static void an_unknown_option_before_the_command(void **state)
{
    check_usage(*state, run_words(*state, "--zzzzzzzz", "version"), "unknown option '--zzzzzzzz'",
                "kubectl wva --help");
}

static void an_option_without_its_value(void **state)
{
    check_usage(*state, run_words(*state, "-n"), "option --namespace needs a value: NAME",
                "kubectl wva --help");
}

static void arguments_where_none_are_taken(void **state)
{
    check_usage(*state, run_words(*state, "version", "x"),
                "'version' does not take the argument 'x'", "kubectl wva version --help");
}

static void bench_needs_a_target(void **state)
{
    check_usage(*state, run_words(*state, "bench"), "'bench' needs something to measure",
                "kubectl wva bench deployment/NAME");
}

static void bench_resume_takes_no_target(void **state)
{
    check_usage(*state, run_words(*state, "bench", "x", "--resume", "abc"),
                "--resume goes on with what the run measures: no target is given", "");
}

static void run_needs_a_name(void **state)
{
    check_usage(*state, run_words(*state, "run"), "'run' needs a name for the benchmark Deployment",
                "kubectl wva run NAME --model ID --va VA");
}

static void run_resume_takes_no_name(void **state)
{
    check_usage(*state, run_words(*state, "run", "x", "--resume=abc"),
                "--resume goes on with what the run deploys: no name is given", "");
}

static void a_resumed_run_is_no_dry_run(void **state)
{
    const char *msg = "--dry-run is about a new run, not --resume";
    check_usage(*state, run_words(*state, "bench", "--resume", "abc", "--dry-run"), msg, "");
    ((struct app_fixture *)*state)->err = (struct wva_error){0};
    check_usage(*state, run_words(*state, "run", "--resume", "abc", "--dry-run=server"), msg, "");
}

static void cleanup_needs_to_know_what(void **state)
{
    check_usage(*state, run_words(*state, "cleanup"), "which run? give its id, or --all",
                "kubectl wva runs");
}

static void cleanup_takes_one_or_all(void **state)
{
    check_usage(*state, run_words(*state, "cleanup", "abc", "--all"), "either one run or --all",
                "kubectl wva runs");
}

/* It becomes part of a label selector: "x,y" would select something else. */
static void cleanup_takes_ids_only(void **state)
{
    check_usage(*state, run_words(*state, "cleanup", "a,b=c"), "'a,b=c' is no run id", "");
}

static void errors_print_once_with_their_hint(void **state)
{
    struct app_fixture *f = *state;
    struct wva_error err = {
        .code = WVA_E_FAILED, .msg = "cannot do it", .hint = "kubectl wva runs"};
    wva_app_print_error(&f->app, &err);
    fflush(f->app.err.file);
    check_str(f->messages, "error: cannot do it\nhint: kubectl wva runs\n");
}

static void each_line_of_a_hint_is_one(void **state)
{
    struct app_fixture *f = *state;
    const struct wva_error err = {.code = WVA_E_FAILED, .msg = "no", .hint = "one\ntwo"};
    wva_app_print_error(&f->app, &err);
    (void)fflush(f->app.err.file);
    check_str(f->messages, "error: no\nhint: one\nhint: two\n");
}

static void errors_without_a_hint(void **state)
{
    struct app_fixture *f = *state;
    struct wva_error err = {.code = WVA_E_FAILED, .msg = "two\nlines"};
    wva_app_print_error(&f->app, &err);
    fflush(f->app.err.file);
    check_str(f->messages, "error: two\nlines\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        APP_TEST(no_word_is_a_wish_for_help),
        APP_TEST(help_has_three_names),
        APP_TEST(help_short),
        APP_TEST(help_long),
        APP_TEST(help_after_connection_options),
        APP_TEST(connection_options_alone_are_a_wish_for_help),
        APP_TEST(general_help_names_every_command),
        APP_TEST(help_of_a_command_before),
        APP_TEST(help_of_a_command_after),
        APP_TEST(help_of_a_command_beats_its_errors),
        APP_TEST(version_prints_one_line),
        APP_TEST(version_as_a_document),
        WVA_TEST(options_may_stand_before_the_command),
        APP_TEST(an_unknown_command_suggests_a_near_one),
        APP_TEST(an_unknown_command_like_none),
        APP_TEST(help_of_an_unknown_command),
        APP_TEST(an_unknown_option_before_the_command),
        APP_TEST(an_option_without_its_value),
        APP_TEST(arguments_where_none_are_taken),
        APP_TEST(bench_needs_a_target),
        APP_TEST(bench_resume_takes_no_target),
        APP_TEST(run_needs_a_name),
        APP_TEST(run_resume_takes_no_name),
        APP_TEST(a_resumed_run_is_no_dry_run),
        APP_TEST(cleanup_needs_to_know_what),
        APP_TEST(cleanup_takes_one_or_all),
        APP_TEST(cleanup_takes_ids_only),
        APP_TEST(errors_print_once_with_their_hint),
        APP_TEST(each_line_of_a_hint_is_one),
        APP_TEST(errors_without_a_hint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
