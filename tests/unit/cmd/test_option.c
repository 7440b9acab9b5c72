// SPDX-License-Identifier: Apache-2.0
/* Command line words: every form that kubectl's parser takes, and every refusal with its hint. */
#include "unit/cmd/app_fixture.h"

#include "wva/cmd/command.h"

/* A command with one option of each kind, in two groups of which the second stands at an offset. */
struct inner {
    int64_t count;
    double share;
};

struct demo {
    bool flag;
    bool wait;
    const char *name;
    int64_t timeout_ms;
    const char *mode;
    const char *colour;
    struct wva_list items;
    int64_t any;
    struct inner inner;
};

static const char *const modes[] = {"none", "client", "server", NULL};

static const struct wva_option outer_table[] = {
    {.name = "flag", .letter = 'f', .kind = WVA_OPTION_FLAG, .offset = offsetof(struct demo, flag)},
    {.name = "wait", .letter = 'w', .kind = WVA_OPTION_FLAG, .offset = offsetof(struct demo, wait)},
    {.name = "name", .letter = 'm', .offset = offsetof(struct demo, name), .kind = WVA_OPTION_TEXT},
    {.name = "timeout", .kind = WVA_OPTION_DURATION, .offset = offsetof(struct demo, timeout_ms)},
    {.name = "mode",
     .kind = WVA_OPTION_CHOICE,
     .offset = offsetof(struct demo, mode),
     .value = "MODE",
     .choices = modes,
     .bare = "client"},
    {.name = "colour",
     .letter = 'o',
     .kind = WVA_OPTION_CHOICE,
     .offset = offsetof(struct demo, colour),
     .value = "COLOUR",
     .choices = modes},
    {.name = "item",
     .letter = 'i',
     .kind = WVA_OPTION_LIST,
     .offset = offsetof(struct demo, items)},
    {.name = "any", .kind = WVA_OPTION_INT, .offset = offsetof(struct demo, any)},
    {.name = NULL},
};

static const struct wva_option inner_table[] = {
    {.name = "count",
     .letter = 'c',
     .kind = WVA_OPTION_INT,
     .offset = offsetof(struct inner, count),
     .low = 1,
     .high = 64},
    {.name = "share",
     .kind = WVA_OPTION_NUMBER,
     .offset = offsetof(struct inner, share),
     .high = 1},
    {.name = NULL},
};

static const struct demo defaults = {.wait = true, .timeout_ms = 1000, .inner = {.count = 4}};

static const struct wva_option_group groups[] = {
    {"Outer", outer_table, 0}, {"Inner", inner_table, offsetof(struct demo, inner)}, {0}};

static const struct wva_command command = {
    .name = "demo",
    .arguments = "NAME [OTHER]",
    .groups = groups,
    .options_size = sizeof(struct demo),
    .defaults = &defaults,
    .most = 2,
};

/* What a parse gives. */
struct parsed {
    struct demo demo;
    struct wva_list arguments;
    struct wva_list rest;
    bool help;
    int result;
};

static struct parsed parse_as(struct app_fixture *f, const struct wva_command *what,
                              const char *const *words)
{
    struct parsed p = {.arguments = {.count = 77}, .rest = {.count = 77}};
    int argc = 0;
    while (words[argc])
        argc++;
    char *argv[32];
    check(argc < 32);
    for (int i = 0; i < argc; i++)
        argv[i] = wva_arena_strdup(&f->app.arena, words[i]);
    p.result = wva_options_parse(&f->app, what, argc, argv, &p.demo, &p.arguments, &p.rest, &p.help,
                                 &f->err);
    return p;
}

#define parse(f, ...) parse_as((f), &command, (const char *const[]){__VA_ARGS__, NULL})

/* Parses what must be right. */
static struct parsed good_as(struct app_fixture *f, const struct wva_command *what,
                             const char *const *words)
{
    struct parsed p = parse_as(f, what, words);
    check_ok(p.result, &f->err);
    return p;
}

#define good(f, ...) good_as((f), &command, (const char *const[]){__VA_ARGS__, NULL})

/* Parses what must fail, with exactly these words. */
static void bad_as(struct app_fixture *f, const struct wva_command *what, const char *msg,
                   const char *hint, const char *const *words)
{
    struct parsed p = parse_as(f, what, words);
    check_int(p.result, -1);
    check_int(f->err.code, WVA_E_USAGE);
    check_str(f->err.msg, msg);
    check_str(f->err.hint, hint);
    check_int(p.arguments.count, 77); /* untouched */
    check_int(p.rest.count, 77);
    wva_error_clear(&f->err);
}

#define bad(f, msg, hint, ...)                                                                     \
    bad_as((f), &command, (msg), (hint), (const char *const[]){__VA_ARGS__, NULL})

#define HELP "kubectl wva demo --help"

static void nothing_given_leaves_the_defaults(void **state)
{
    struct parsed p = parse_as(*state, &command, (const char *const[]){NULL});
    check_int(p.result, 0);
    check(!p.help);
    check(p.demo.wait && !p.demo.flag);
    check_int(p.demo.timeout_ms, 1000);
    check_int(p.demo.inner.count, 4);
    check(p.demo.name == NULL && p.demo.mode == NULL && p.demo.items.items == NULL);
    check_int(p.arguments.count, 0);
    check_int(p.rest.count, 0);
}

static void long_options_take_the_next_word_or_what_follows_the_sign(void **state)
{
    check_str(good(*state, "--name", "x").demo.name, "x");
    check_str(good(*state, "--name=x").demo.name, "x");
    check_str(good(*state, "--name=a=b").demo.name, "a=b");
    check_str(good(*state, "--name", "--flag").demo.name, "--flag"); /* as pflag does */
    check_str(good(*state, "--name", "-h").demo.name, "-h");
}

static void short_options_take_what_follows_the_letter(void **state)
{
    check_str(good(*state, "-m", "x").demo.name, "x");
    check_str(good(*state, "-mx").demo.name, "x");
    check_str(good(*state, "-m=x").demo.name, "x");
    check_str(good(*state, "-m", "-").demo.name, "-");
    check_int(good(*state, "-c9").demo.inner.count, 9);
}

static void letters_of_flags_may_be_joined(void **state)
{
    struct parsed p = good(*state, "-fm", "x");
    check(p.demo.flag);
    check_str(p.demo.name, "x");
    p = good(*state, "-fmx");
    check(p.demo.flag);
    check_str(p.demo.name, "x");
    p = good(*state, "-fw=false");
    check(p.demo.flag && !p.demo.wait);
}

static void a_flag_takes_no_further_word(void **state)
{
    struct parsed p = good(*state, "--flag", "false");
    check(p.demo.flag);
    check_int(p.arguments.count, 1);
    check_str(p.arguments.items[0], "false");
}

static void flags_take_the_words_of_go(void **state)
{
    static const char *const yes[] = {"true", "TRUE", "True", "t", "T", "1"};
    static const char *const no[] = {"false", "FALSE", "False", "f", "F", "0"};
    struct app_fixture *f = *state;
    for (size_t i = 0; i < 6; i++) {
        char *on = wva_arena_printf(&f->app.arena, "--flag=%s", yes[i]);
        char *off = wva_arena_printf(&f->app.arena, "--wait=%s", no[i]);
        struct parsed p = good(f, on, off);
        check(p.demo.flag && !p.demo.wait);
    }
    bad(f, "option --flag: 'yes' is not true or false", HELP, "--flag=yes");
    bad(f, "option --flag: '' is not true or false", HELP, "--flag=");
}

static void an_option_with_a_bare_meaning_takes_no_further_word(void **state)
{
    struct parsed p = good(*state, "--mode", "server");
    check_str(p.demo.mode, "client");
    check_str(p.arguments.items[0], "server");
    check_str(good(*state, "--mode=server").demo.mode, "server");
}

static void the_last_of_several_counts_and_lists_grow(void **state)
{
    struct parsed p = good(*state, "--name=a", "-i", "1", "--name=b", "--item=2,3", "-i3");
    check_str(p.demo.name, "b");
    check_int(p.demo.items.count, 3);
    check_str(p.demo.items.items[0], "1");
    check_str(p.demo.items.items[1], "2,3");
    check_str(p.demo.items.items[2], "3");
    check(p.demo.items.items[3] == NULL);
}

static void numbers_are_checked(void **state)
{
    struct app_fixture *f = *state;
    check_int(good(f, "--count=1").demo.inner.count, 1);
    check_int(good(f, "--count=64").demo.inner.count, 64);
    check_int(good(f, "--any=-5").demo.any, -5); /* no limits: any number */
    check_int(good(f, "--any", "-5").demo.any, -5);
    check_close(good(f, "--share=2.5e-1").demo.inner.share, 0.25, 0);

    bad(f, "option --count: '0' is not between 1 and 64", HELP, "--count=0");
    bad(f, "option --count: '65' is not between 1 and 64", HELP, "--count", "65");
    bad(f, "option --count: '' is not a whole number", HELP, "--count=");
    bad(f, "option --count: '1.5' is not a whole number", HELP, "-c1.5");
    bad(f, "option --count: '9223372036854775808' is not a whole number", HELP,
        "--count=9223372036854775808");
    bad(f, "option --share: '1.01' is not between 0 and 1", HELP, "--share=1.01");
    bad(f, "option --share: 'nan' is not a finite number", HELP, "--share=nan");
    bad(f, "option --share: '1e999' is not a finite number", HELP, "--share=1e999");
}

static void durations_are_checked(void **state)
{
    struct app_fixture *f = *state;
    check_int(good(f, "--timeout=1h30m").demo.timeout_ms, 5400000);
    check_int(good(f, "--timeout", "90").demo.timeout_ms, 90000);
    check_int(good(f, "--timeout=0").demo.timeout_ms, 0);
    bad(f, "option --timeout: '-1s' is not a duration such as 90s, 10m or 1h30m", HELP,
        "--timeout=-1s");
    bad(f, "option --timeout: 'soon' is not a duration such as 90s, 10m or 1h30m", HELP,
        "--timeout", "soon");
}

static void choices_and_texts_are_checked(void **state)
{
    struct app_fixture *f = *state;
    check_str(good(f, "-o", "none").demo.colour, "none");
    bad(f, "option --colour: 'red' is not one of none, client, server", HELP, "-ored");
    bad(f, "option --colour: '' is not one of none, client, server", HELP, "--colour=");
    bad(f, "option --name: '' is not a value: it is empty", HELP, "--name=");
    bad(f, "option --name: '' is not a value: it is empty", HELP, "--name", "");
}

static void a_missing_value_is_named(void **state)
{
    struct app_fixture *f = *state;
    bad(f, "option --colour needs a value: COLOUR", HELP, "-o");
    bad(f, "option --name needs a value: VALUE", HELP, "x", "--name");
    bad(f, "option --token needs a value: TOKEN", HELP, "--token");
}

static void unknown_options_suggest_a_near_one(void **state)
{
    struct app_fixture *f = *state;
    bad(f, "unknown option '--nmae' of 'demo'", "did you mean --name?", "--nmae=secret");
    bad(f, "unknown option '--namespce' of 'demo'", "did you mean --namespace?", "--namespce");
    bad(f, "unknown option '--zzzzzzzzzz' of 'demo'", HELP, "--zzzzzzzzzz");
    bad(f, "unknown option '-x' of 'demo'", HELP, "-x");
    bad(f, "unknown option '-fx' of 'demo'", HELP, "-fx");
    bad(f, "unknown option '--' of 'demo'", HELP, "--=x");
}

static void connection_options_go_to_the_app(void **state)
{
    struct app_fixture *f = *state;
    struct parsed p =
        good(f, "-n", "bench", "x", "--as-group=a", "--as-group", "b", "-v6", "--as=me", "-q",
             "--insecure-skip-tls-verify", "-s", "https://h", "--request-timeout=5s");
    check_int(p.arguments.count, 1);
    check_str(f->app.connection.kube.namespace_, "bench");
    check_str(f->app.connection.kube.as, "me");
    check_str(f->app.connection.kube.server, "https://h");
    check_str(f->app.connection.kube.request_timeout, "5s");
    check_int(f->app.connection.as_groups.count, 2);
    check_str(f->app.connection.as_groups.items[1], "b");
    check_int(f->app.connection.verbosity, 6);
    check(f->app.connection.quiet);
    check(f->app.connection.kube.insecure_skip_tls_verify);
    bad(f, "option --v: '11' is not between 0 and 10", HELP, "-v=11");
}

/* A value may be the default and still be given. */
static void what_was_given_is_known(void **state)
{
    struct app_fixture *f = *state;
    check(!wva_app_given(&f->app, "count"));
    (void)good(f, "-n", "bench", "x", "--count=4", "-f");
    check(wva_app_given(&f->app, "count"));
    check(wva_app_given(&f->app, "flag"));
    check(!wva_app_given(&f->app, "name"));
    check(!wva_app_given(&f->app, "namespace")); /* a connection option */
}

static void arguments_stand_anywhere(void **state)
{
    struct parsed p = good(*state, "a", "--flag", "b", "--name=n");
    check_int(p.arguments.count, 2);
    check_str(p.arguments.items[0], "a");
    check_str(p.arguments.items[1], "b");
    check(p.arguments.items[2] == NULL);
    p = good(*state, "-", "--name=n"); /* standard input is an argument */
    check_str(p.arguments.items[0], "-");
}

static void two_dashes_end_the_options(void **state)
{
    struct parsed p = good(*state, "--flag", "--", "--name", "-x");
    check_int(p.arguments.count, 2);
    check_str(p.arguments.items[0], "--name");
    check_str(p.arguments.items[1], "-x");
    check_int(p.rest.count, 0);
}

static void two_dashes_begin_the_rest_where_a_command_takes_one(void **state)
{
    struct wva_command taking = command;
    taking.takes_rest = true;
    static const char *const words[] = {"a", "--", "--dtype", "half", "--", "-h", NULL};
    struct parsed p = good_as(*state, &taking, words);
    check(!p.help);
    check_int(p.arguments.count, 1);
    check_int(p.rest.count, 4);
    check_str(p.rest.items[0], "--dtype");
    check_str(p.rest.items[2], "--");
    check_str(p.rest.items[3], "-h");
}

static void arguments_are_counted(void **state)
{
    struct app_fixture *f = *state;
    struct wva_command needing = command;
    needing.least = 1;
    bad_as(f, &needing, "'demo' needs NAME [OTHER]", HELP, (const char *const[]){NULL});
    bad(f, "'demo' does not take the argument 'c'", HELP, "a", "b", "c");
}

static void help_stops_the_parse(void **state)
{
    struct app_fixture *f = *state;
    check(parse(f, "--help").help);
    check(parse(f, "-h").help);
    check(parse(f, "a", "b", "c", "d", "-h", "--no-such").help); /* before anything is checked */
    check_int(f->err.code, WVA_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        APP_TEST(nothing_given_leaves_the_defaults),
        APP_TEST(long_options_take_the_next_word_or_what_follows_the_sign),
        APP_TEST(short_options_take_what_follows_the_letter),
        APP_TEST(letters_of_flags_may_be_joined),
        APP_TEST(a_flag_takes_no_further_word),
        APP_TEST(flags_take_the_words_of_go),
        APP_TEST(an_option_with_a_bare_meaning_takes_no_further_word),
        APP_TEST(the_last_of_several_counts_and_lists_grow),
        APP_TEST(numbers_are_checked),
        APP_TEST(durations_are_checked),
        APP_TEST(choices_and_texts_are_checked),
        APP_TEST(a_missing_value_is_named),
        APP_TEST(unknown_options_suggest_a_near_one),
        APP_TEST(connection_options_go_to_the_app),
        APP_TEST(what_was_given_is_known),
        APP_TEST(arguments_stand_anywhere),
        APP_TEST(two_dashes_end_the_options),
        APP_TEST(two_dashes_begin_the_rest_where_a_command_takes_one),
        APP_TEST(arguments_are_counted),
        APP_TEST(help_stops_the_parse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
