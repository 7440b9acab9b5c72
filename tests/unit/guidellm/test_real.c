// SPDX-License-Identifier: Apache-2.0
/*
 * What real releases of GuideLLM wrote and printed when they ran against the vLLM stand-in
 * (tests/fixtures). Expected values come from the same files: a report's from its own JSON, the
 * console's from the report of the same run, latencies from what the stand-in delivered.
 */
#include "fixtures.h"

#include "wva/guidellm/command.h"
#include "wva/guidellm/console.h"
#include "wva/guidellm/digest.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <stdio.h>

#define NONE ((double)NAN) /* no such figure; math.h's is a float */

enum prints { MEANS, MEDIANS }; /* of latencies, on the console */

static const struct release {
    const char *text;
    struct wva_guidellm_version version;
    enum prints prints;
    bool all_runs; /* else only level, levels-80 and option */
    bool tells_version;
} releases[] = {
    {"0.3.1", {0, 3, 1}, MEANS, true, false},   {"0.4.0", {0, 4, 0}, MEDIANS, false, false},
    {"0.5.4", {0, 5, 4}, MEDIANS, false, true}, {"0.6.1", {0, 6, 1}, MEDIANS, true, true},
    {"0.7.3", {0, 7, 3}, MEDIANS, true, true},  {"0.8.1", {0, 8, 1}, MEANS, true, true},
};

/* Runs that ended well; the last one only in so far as GuideLLM did. */
static const struct run {
    const char *name;
    bool in_all_releases;
    bool digested;
    size_t levels;
} runs[] = {
    {"level", true, true, 1},       {"levels", false, false, 3}, {"levels-80", true, false, 3},
    {"throughput", false, true, 1}, {"sweep", false, false, 4},  {"errors", false, true, 1},
};

static bool has_run(const struct release *release, const struct run *run)
{
    if (!release->tells_version && strcmp(run->name, "errors") == 0)
        return false; /* 0.3 tries one request before all else, and fails */
    return release->all_runs || run->in_all_releases;
}

/* Calls `test` for each run of each release that left a report. */
static void for_each_run(void (*test)(struct wva_arena *arena, const struct release *release,
                                      const struct run *run))
{
    for (size_t i = 0; i < WVA_COUNT(releases); i++)
        for (size_t k = 0; k < WVA_COUNT(runs); k++) {
            wva_auto_arena arena = {0};
            if (has_run(&releases[i], &runs[k]))
                test(&arena, &releases[i], &runs[k]);
        }
}

static char *file_of(struct wva_arena *arena, const struct run *run, const char *extension)
{
    return wva_arena_printf(arena, "%s.%s", run->name, extension);
}

static void read_report(struct wva_arena *arena, const struct release *release,
                        const struct run *run, struct levels *levels)
{
    struct wva_error err = {0};
    size_t len;
    const char *name = file_of(arena, run, "json");
    const char *text = fixture(arena, release->text, name, &len);
    struct wva_report *report = wva_report_new(name, collect_level, levels);
    check_ok(wva_report_feed(report, text, len, &err), &err);
    check_ok(wva_report_finish(report, &err), &err);
    wva_report_free(report);
    check_int(levels->count, run->levels);
}

/* The figure at the path, NAN where there is none. */
static double figure(const struct wva_value *value)
{
    double number = NAN;
    (void)wva_value_double(value, &number);
    return number;
}

static void check_same(double figure, double wanted)
{
    if (!(figure == wanted || (isnan(figure) && isnan(wanted))))
        fail_msg("%.17g, wanted %.17g", figure, wanted);
}

static void check_stat(const struct wva_stat *stat, const struct wva_value *dist)
{
    int64_t count =
        figure(wva_get(dist, "count")) > 0 ? (int64_t)figure(wva_get(dist, "count")) : 0;
    check_int(stat->count, count);
    check_same(stat->mean, count ? figure(wva_get(dist, "mean")) : NONE);
    check_same(stat->median, count ? figure(wva_get(dist, "median")) : NONE);
    check_same(stat->std_dev, count ? figure(wva_get(dist, "std_dev")) : NONE);
    check_same(stat->min, count ? figure(wva_get(dist, "min")) : NONE);
}

static const struct wva_value *totals_of(const struct wva_value *benchmark)
{
    const struct wva_value *totals = wva_get(benchmark, "metrics", "request_totals");
    return totals ? totals : wva_get(benchmark, "request_totals");
}

static const struct wva_value *strategy_of(const struct wva_value *benchmark)
{
    const struct wva_value *strategy = wva_get(benchmark, "config", "strategy");
    return strategy ? strategy : wva_get(benchmark, "args", "strategy");
}

/* The load as the benchmark's settings have it: of rates, and of 0.3's throughput, nothing. */
static double streams_of(const struct wva_value *strategy)
{
    const char *type = wva_get_str(strategy, "type_");
    if (strcmp(type, "synchronous") == 0)
        return 1;
    if (strcmp(type, "constant") == 0)
        return NAN;
    return figure(
        wva_get(strategy, strcmp(type, "throughput") == 0 ? "max_concurrency" : "streams"));
}

static void check_level(const struct wva_level *level, const struct wva_value *benchmark)
{
    const struct wva_value *metrics = wva_get(benchmark, "metrics");
    const struct wva_value *totals = totals_of(benchmark), *strategy = strategy_of(benchmark);
    const char *figure_of_batch =
        figure(wva_get(benchmark, "args", "warmup_duration")) > 0 ? "median" : "mean";
    bool any = level->successful > 0;
    check_str(level->strategy, wva_get_str(strategy, "type_"));
    check_same(level->streams, streams_of(strategy));
    check_same(level->concurrency,
               figure(wva_get(metrics, "request_concurrency", "total", figure_of_batch)));
    check_same(level->prompt_tokens,
               any ? figure(wva_get(metrics, "prompt_token_count", "successful", "mean")) : NONE);
    check_same(level->output_tokens,
               any ? figure(wva_get(metrics, "output_token_count", "successful", "mean")) : NONE);
    check_stat(&level->itl, wva_get(metrics, "inter_token_latency_ms", "successful"));
    check_stat(&level->ttft, wva_get(metrics, "time_to_first_token_ms", "successful"));
    check_same((double)level->successful, figure(wva_get(totals, "successful")));
    check_same((double)level->errored, figure(wva_get(totals, "errored")));
    check_same((double)level->incomplete, figure(wva_get(totals, "incomplete")));
    check_same(level->duration_s, figure(wva_get(benchmark, "duration")));
    check_str(level->model, "org/model");
    check(!level->median_only);
}

static void check_report(struct wva_arena *arena, const struct release *release,
                         const struct run *run)
{
    struct levels levels = {0};
    read_report(arena, release, run, &levels);
    const struct wva_value *benchmarks =
        wva_get(fixture_json(arena, release->text, file_of(arena, run, "json")), "benchmarks");
    check_int(benchmarks->count, run->levels);
    for (size_t i = 0; i < levels.count; i++) {
        check_level(&levels.items[i], benchmarks->items[i]);
        check_str(levels.items[i].target,
                  wva_get_str(fixture_run(arena, release->text, run->name), "target"));
        check_str(levels.items[i].guidellm_version, release->tells_version ? release->text : "");
    }
}

static void reads_the_reports_as_they_are(void **state)
{
    (void)state;
    for_each_run(check_report);
}

/* Closed loops at a steady load; the client adds milliseconds to the first token only. */
static void check_delivered(struct wva_arena *arena, const struct release *release,
                            const struct run *run)
{
    static const double asked[] = {1, 4, 16};
    struct levels levels = {0};
    if (strncmp(run->name, "level", 5) != 0)
        return;
    const struct wva_value *delivered =
        wva_get(fixture_run(arena, release->text, run->name), "levels");
    read_report(arena, release, run, &levels);
    for (size_t i = 0; i < levels.count; i++) {
        const struct wva_level *level = &levels.items[i];
        const struct wva_value *wanted = delivered->items[i];
        double streams = levels.count > 1 ? asked[i] : 4;
        double late = level->ttft.median - figure(wva_get(wanted, "ttftMs"));
        check(level->streams == streams);
        check_close(level->concurrency, streams, 0.1);
        check_close(level->itl.mean, figure(wva_get(wanted, "itlMs")), 0.01);
        check(late > -1 && late < 10 + streams);
        check_close(level->prompt_tokens, figure(wva_get(wanted, "promptTokens")), 0.01);
        check_close(level->prompt_tokens, 128, 0.05);
        check_close(level->output_tokens, 32, 1e-9);
        check(figure(wva_get(wanted, "outputTokens")) == 32);
    }
}

static void finds_in_them_what_was_delivered(void **state)
{
    (void)state;
    for_each_run(check_delivered);
}

static void check_failed(struct wva_arena *arena, const struct release *release,
                         const struct run *run)
{
    struct levels levels = {0};
    if (strcmp(run->name, "errors") != 0)
        return;
    read_report(arena, release, run, &levels);
    check_int(levels.items[0].successful, 0);
    check(levels.items[0].errored > 100);
    check_int(levels.items[0].itl.count, 0);
    check_int(levels.items[0].ttft.count, 0);
}

static void finds_no_figures_where_every_request_failed(void **state)
{
    (void)state;
    for_each_run(check_failed);
}

/* The console. */

static void check_printed(double printed, double wanted)
{
    if (!(fabs(printed - wanted) <= 0.0501 || (isnan(printed) && isnan(wanted))))
        fail_msg("printed %.17g, reported %.17g", printed, wanted);
}

static void check_printed_stat(const struct wva_stat *printed, const struct wva_stat *wanted,
                               enum prints prints)
{
    check_printed(printed->median, wanted->median);
    check_printed(printed->mean, prints == MEANS ? wanted->mean : NONE);
}

/* Requests are counted by 0.3 and 0.8, loads told too; all tell the tokens of a request, those
 * between them the median only. */
static void check_printed_level(const struct wva_level *printed, const struct wva_level *wanted,
                                enum prints prints)
{
    bool counts = prints == MEANS, any = wanted->successful > 0;
    check_str(printed->strategy, wanted->strategy);
    check_printed_stat(&printed->itl, &wanted->itl, prints);
    check_printed_stat(&printed->ttft, &wanted->ttft, prints);
    check_int(printed->successful, counts || !any ? wanted->successful : -1);
    check_int(printed->errored, counts ? wanted->errored : -1);
    check_int(printed->incomplete, counts ? wanted->incomplete : -1);
    check_printed(printed->duration_s, wanted->duration_s);
    if (any)
        check(printed->median_only == (prints == MEDIANS));
    if (any)
        check_close(printed->prompt_tokens, wanted->prompt_tokens, 0.02);
    if (any)
        check_printed(printed->output_tokens, wanted->output_tokens);
    if (counts && strcmp(wanted->strategy, "concurrent") == 0)
        check(printed->streams == wanted->streams);
}

static void check_console(struct wva_arena *arena, const struct release *release,
                          const struct run *run)
{
    struct levels levels = {0}, wanted = {0};
    struct wva_error err = {0};
    size_t len;
    const char *name = file_of(arena, run, "txt");
    const char *log = fixture(arena, release->text, name, &len);
    check_ok(wva_console_parse(name, log, len, collect_level, &levels, &err), &err);
    read_report(arena, release, run, &wanted);
    check_int(levels.count, wanted.count);
    for (size_t i = 0; i < levels.count; i++)
        check_printed_level(&levels.items[i], &wanted.items[i], release->prints);
}

static void reads_the_same_from_their_consoles(void **state)
{
    (void)state;
    for_each_run(check_console);
}

/* Digests. */

static void check_near(double a, double b)
{
    if (!(isnan(a) && isnan(b)))
        check_close(a, b, 1e-9);
}

static void check_digested_stat(const struct wva_stat *digested, const struct wva_stat *wanted)
{
    check_near(digested->mean, wanted->mean);
    check_near(digested->median, wanted->median);
    check_near(digested->std_dev, wanted->std_dev);
    check_near(digested->min, wanted->min);
    check_int(digested->count, wanted->count);
}

static void check_digest(struct wva_arena *arena, const struct release *release,
                         const struct run *run)
{
    struct levels wanted = {0};
    struct wva_level level;
    struct wva_error err = {0};
    size_t len;
    if (!run->digested)
        return;
    const char *text = fixture(arena, release->text, file_of(arena, run, "digest"), &len);
    check(len < 1024);
    check_ok(wva_digest_parse(text, len, &level, &err), &err);
    read_report(arena, release, run, &wanted);
    check_str(level.strategy, wanted.items[0].strategy);
    check_str(level.guidellm_version, wanted.items[0].guidellm_version);
    check_str(level.model, wanted.items[0].model);
    check_str(level.target, wanted.items[0].target);
    check_near(level.streams, wanted.items[0].streams);
    check_near(level.concurrency, wanted.items[0].concurrency);
    check_near(level.prompt_tokens, wanted.items[0].prompt_tokens);
    check_near(level.output_tokens, wanted.items[0].output_tokens);
    check_near(level.duration_s, wanted.items[0].duration_s);
    check_digested_stat(&level.itl, &wanted.items[0].itl);
    check_digested_stat(&level.ttft, &wanted.items[0].ttft);
    check_int(level.successful, wanted.items[0].successful);
    check_int(level.errored, wanted.items[0].errored);
    check_int(level.incomplete, wanted.items[0].incomplete);
    if (level.errored > 0)
        check_has(level.first_error, "Server error '500 Internal Server Error' for url");
}

static void reads_the_same_from_their_digests(void **state)
{
    (void)state;
    for_each_run(check_digest);
}

static void tells_why_they_failed(void **state)
{
    (void)state;
    static const struct {
        const char *release, *digest, *words;
    } cases[] = {
        {"0.3.1", "option.digest", "exit status 2: Usage: guidellm benchmark run [OPTIONS]"},
        {"0.3.1", "option.digest", "Error: No such option: --nonsense"},
        {"0.6.1", "option.digest", "Error: No such option: --nonsense"},
        {"0.7.3", "option.digest", "Error: No such option '--nonsense'. Did you mean '--seed'?"},
        {"0.8.1", "option.digest", "exit status 2: Usage: guidellm run [OPTIONS]"},
        {"0.3.1", "unreachable.digest", "httpx.ConnectError: All connection attempts failed"},
        {"0.6.1", "unreachable.digest", "RuntimeError: Backend validation request failed."},
        {"0.7.3", "unreachable.digest", "RuntimeError: Backend validation request failed."},
        {"0.8.1", "unreachable.digest", "RuntimeError: Backend validation request failed."},
        {"0.3.1", "errors.digest", "Server error '500 Internal Server Error' for url"},
    };
    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        wva_auto_arena arena = {0};
        struct wva_level level;
        struct wva_error err = {0};
        size_t len;
        const char *text = fixture(&arena, cases[i].release, cases[i].digest, &len);
        check(len <= WVA_DIGEST_MAX);
        check_fails(wva_digest_parse(text, len, &level, &err), &err, WVA_E_FAILED, cases[i].words);
    }
}

/* Command lines. */

static void check_words(char *const *words, const struct wva_value *argv)
{
    for (size_t i = 0; i < argv->count; i++) {
        check(words[i] != NULL);
        check_str(words[i], argv->items[i]->text);
    }
    check(words[argv->count] == NULL);
}

/* Every variable is set so in `env`, which has COLUMNS besides. */
static void check_variables(char *const *variables, const struct wva_value *env)
{
    size_t count = 0;
    for (; variables[count] != NULL; count++) {
        char *equals = strchr(variables[count], '=');
        *equals = '\0';
        check_str(wva_value_str(wva_object_get(env, variables[count])), equals + 1);
    }
    check_int(env->count, count + 1);
}

static void check_command(const struct release *release, const char *name,
                          struct wva_guidellm_run run)
{
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    const struct wva_value *record = fixture_run(&arena, release->text, name);
    char **words;
    run.target = wva_get_str(record, "target");
    check_ok(wva_guidellm_command(&arena, release->version, &run, &words, &err), &err);
    check_words(words, wva_get(record, "argv"));
    check_variables(wva_guidellm_environment(&arena, release->version, &run),
                    wva_get(record, "env"));
}

static void ran_with_the_words_that_bench_uses(void **state)
{
    (void)state;
    struct wva_guidellm_run run = {
        .profile = WVA_PROFILE_CONCURRENT,
        .streams = 4,
        .model = "org/model",
        .tokenizer = "tokenizer",
        .prompt_tokens = 128,
        .output_tokens = 32,
        .max_seconds = 8,
        .warmup_seconds = 3,
        .seed = 7,
        .report_path = "/tmp/wva-fixtures/report.json",
    };
    for (size_t i = 0; i < WVA_COUNT(releases); i++)
        check_command(&releases[i], "level", run);
    run.profile = WVA_PROFILE_THROUGHPUT;
    run.streams = 16;
    run.max_seconds = 7;
    run.warmup_seconds = 2;
    for (size_t i = 0; i < WVA_COUNT(releases); i++)
        if (releases[i].all_runs)
            check_command(&releases[i], "throughput", run);
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(reads_the_reports_as_they_are),
    WVA_TEST(finds_in_them_what_was_delivered),
    WVA_TEST(finds_no_figures_where_every_request_failed),
    WVA_TEST(reads_the_same_from_their_consoles),
    WVA_TEST(reads_the_same_from_their_digests),
    WVA_TEST(tells_why_they_failed),
    WVA_TEST(ran_with_the_words_that_bench_uses),
};

WVA_TEST_MAIN(tests)
