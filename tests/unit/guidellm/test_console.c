// SPDX-License-Identifier: Apache-2.0
/*
 * Tables out of logs: the open layout wide and wrapped, the boxed one of each release, several
 * reports in one log, what others add to lines, and every way of being cut.
 */
#include "levels.h"

#include "wva/guidellm/console.h"
#include "wva/util/buf.h"
#include "wva/util/mem.h"

/* 0.3 at 80 columns, as a pod prints it. */
#define OPEN_METADATA                                                                              \
    "Benchmarks Metadata:\n"                                                                       \
    "    Worker:type_='generative_requests_worker' backend_type='openai_http'        \n"           \
    "    backend_target='http://vllm:8000' backend_model='org/model' \n"                           \
    "    Extras:None\n"                                                                            \
    "                \n"
#define OPEN_INFO                                                                                  \
    "Benchmarks Info:\n"                                                                           \
    "================================================================================\n"           \
    "=======================================================================         \n"           \
    "Metadata                                     |||| Requests Made  ||| Prompt     \n"           \
    "Tok/Req  ||| Output Tok/Req  ||| Prompt Tok Total  ||| Output Tok Total  ||     \n"           \
    "   Benchmark| Start Time| End Time| Duration (s)|  Comp|  Inc|  Err|   Comp|    \n"           \
    "Inc|  Err|   Comp|  Inc|  Err|   Comp|   Inc|   Err|   Comp|   Inc|   Err       \n"           \
    "------------|-----------|---------|-------------|------|-----|-----|-------|----\n"           \
    "-|-----|-------|-----|-----|-------|------|------|-------|------|------         \n"           \
    " synchronous|   08:53:20| 08:53:23|         59.5|    65|    1|    2|  129.1|    \n"           \
    "0.0|  0.0|  128.0|  0.0|  0.0|    516|     0|     0|    512|     0|     0       \n"           \
    "concurrent@4|   08:53:20| 08:53:21|         60.5|    80|    4|    0|  129.2|    \n"           \
    "0.0|  0.0|  127.0|  0.0|  0.0|   1032|     0|     0|   1024|     0|     0       \n"           \
    "================================================================================\n"           \
    "=======================================================================         \n"
#define OPEN_STATS                                                                                 \
    "                 \n"                                                                          \
    "Benchmarks Stats:\n"                                                                          \
    "================================================================================\n"           \
    "================================================================                \n"           \
    "Metadata    | Request Stats         || Out Tok/sec| Tot Tok/sec| Req Latency    \n"           \
    "(sec)  ||| TTFT (ms)       ||| ITL (ms)       ||| TPOT (ms)      ||             \n"           \
    "   Benchmark| Per Second| Concurrency|        mean|        mean|  mean|  median|\n"           \
    "p99| mean| median|  p99| mean| median| p99| mean| median| p99                   \n"           \
    "------------|-----------|------------|------------|------------|------|--------|\n"           \
    "------|-----|-------|-----|-----|-------|----|-----|-------|----                \n"           \
    " synchronous|       1.02|        0.93|       130.7|       262.6|  0.91|    0.92|\n"           \
    "0.93| 15.0|   14.8| 17.0|  7.0|    7.1| 7.2|  7.3|    7.4| 7.5                  \n"           \
    "concurrent@4|       4.19|        3.79|       535.3|      1075.2|  0.91|    0.91|\n"           \
    "0.91| 26.1|   25.9| 26.9|  8.7|    8.6| 8.8|  6.9|    6.9| 6.9                  \n"           \
    "================================================================================\n"           \
    "================================================================                \n"
#define OPEN OPEN_METADATA OPEN_INFO OPEN_STATS

/* The same stats on a wide terminal. */
#define WIDE                                                                                       \
    "==================================================================\n"                         \
    "Metadata    | Request Stats         || TTFT (ms)       ||| ITL (ms)       ||\n"               \
    "   Benchmark| Per Second| Concurrency| mean| median|  p99| mean| median| p99\n"               \
    "------------|-----------|------------|-----|-------|-----|-----|-------|----\n"               \
    " synchronous|       1.02|        0.93| 15.0|   14.8| 17.0|  7.0|    7.1| 7.2\n"               \
    "==================================================================\n"

/* 0.7: medians only. */
#define BOXED_TOKENS                                                                               \
    "ℹ Request Token Statistics (Completed Requests)\n"                                          \
    "|=============|=======|=======|=======|=======|=======|=======|=========|========|\n"         \
    "| Benchmark   | Input Tok    || Output Tok   || Total Tok    || Output Tok      ||\n"         \
    "| Strategy    | Per Req      || Per Req      || Per Req      || Per Stream Iter ||\n"         \
    "|             | Mdn   | p95   | Mdn   | p95   | Mdn   | p95   | Mdn     | p95    |\n"         \
    "|-------------|-------|-------|-------|-------|-------|-------|---------|--------|\n"         \
    "| synchronous | 129.0 | 130.0 | 128.0 | 131.0 | 257.0 | 257.0 | 1.0     | 1.0    |\n"         \
    "| concurrent  | 132.0 | 133.0 | 127.0 | 134.0 | 257.0 | 257.0 | 1.0     | 1.0    |\n"         \
    "|=============|=======|=======|=======|=======|=======|=======|=========|========|\n"
#define BOXED_LATENCY                                                                              \
    "ℹ Request Latency Statistics (Completed Requests)\n"                                        \
    "|=============|=========|========|======|======|=====|=====|=====|=====|=====|=====|\n"       \
    "| Benchmark   | Request Latency || TTFT       || TTFOT    || ITL      || TPOT     ||\n"       \
    "| Strategy    | Sec             || ms         || ms       || ms       || ms       ||\n"       \
    "|             | Mdn     | p95    | Mdn  | p95  | Mdn | p95 | Mdn | p95 | Mdn | p95 |\n"       \
    "|-------------|---------|--------|------|------|-----|-----|-----|-----|-----|-----|\n"       \
    "| synchronous | 0.9     | 0.9    | 26.0 | 26.5 | 0.0 | 0.0 | 6.9 | 7.0 | 7.1 | 7.1 |\n"       \
    "| concurrent  | 0.9     | 0.9    | 25.9 | 26.9 | --  | --  | 7.9 | 8.0 | 7.1 | 7.1 |\n"       \
    "|=============|=========|========|======|======|=====|=====|=====|=====|=====|=====|\n"
#define BOXED_THROUGHPUT                                                                           \
    "ℹ Server Throughput Statistics (All Requests)\n"                                            \
    "|=============|=======|======|=========|==============|===============|==============|\n"     \
    "| Benchmark   | Requests             ||| Input Tokens | Output Tokens | Total Tokens |\n"     \
    "| Strategy    | Concurrency || Per Sec | Per Sec      | Per Sec       | Per Sec      |\n"     \
    "|             | Mdn   | Mean | Mean                                               ||||\n"     \
    "|-------------|-------|------|---------|--------------|---------------|--------------|\n"     \
    "| synchronous | 1.0   | 0.9  | 1.0     | 171.9        | 131.8         | 264.6        |\n"     \
    "| concurrent  | 4.0   | 3.8  | 4.2     | 1030.3       | 542.9         | 1090.1       |\n"     \
    "|=============|=======|======|=========|==============|===============|==============|\n"
#define BOXED BOXED_TOKENS "\n" BOXED_LATENCY "\n\n" BOXED_THROUGHPUT

/* 0.8: means with their interval, marks, requests counted, the load in the strategy, warnings. */
#define NEWEST                                                                                     \
    "ℹ Run Summary Info\n"                                                                       \
    "|==============|==========|==========|=====|======|======|======|=====|=====|========|=====|" \
    "=====|========|=====|=====|\n"                                                                \
    "| Benchmark    | Timings                             ||||| Requests         ||| Input "       \
    "Tokens     ||| Output Tokens    |||\n"                                                        \
    "| Strategy     | Start    | End      | Dur | Warm | Cool | Comp | Inc | Err | Comp   | Inc |" \
    " Err | Comp   | Inc | Err |\n"                                                                \
    "|              |          |          | Sec | Sec  | Sec  | Tot              ||| Tot    "      \
    "          ||| Tot              |||\n"                                                         \
    "|--------------|----------|----------|-----|------|------|------|-----|-----|--------|-----|" \
    "-----|--------|-----|-----|\n"                                                                \
    "| concurrent@4 | 08:53:20 | 08:53:23 | 9.9 | 4.0  | 0.0  | 24   | 4   | 0   | 3072.0 | 0.0 |" \
    " 0.0 | 1536.0 | 0.0 | 0.0 |\n"                                                                \
    "|==============|==========|==========|=====|======|======|======|=====|=====|========|=====|" \
    "=====|========|=====|=====|\n"                                                                \
    "\n\n"                                                                                         \
    "ℹ Request Latency Statistics (Completed Requests)\n"                                        \
    "|==============|============|=======|=======|======|=====|=====|\n"                           \
    "| Benchmark    | TTFT                      ||| ITL            |||\n"                          \
    "| Strategy     | ms                        ||| ms             |||\n"                          \
    "|              | Mean       | Mdn   | p95   | Mean | Mdn | p95 |\n"                           \
    "|--------------|------------|-------|-------|------|-----|-----|\n"                           \
    "| concurrent@4 | 43.8 ± 0.8 | 43.1* | 44.8* | 20.1 | 20.2| 21* |\n"                          \
    "|==============|============|=======|=======|======|=====|=====|\n"                           \
    "* confidence interval unavailable at this sample size\n"                                      \
    "\nWarnings (concurrent@4)\n⚠ mean generation delay was 2% of | nothing\n"

static void parse(const char *log, struct levels *levels)
{
    struct wva_error err = {0};
    check_ok(wva_console_parse("job.log", log, strlen(log), collect_level, levels, &err), &err);
}

static void check_open_levels(const struct levels *levels)
{
    check_int(levels->count, 2);
    const struct wva_level *one = &levels->items[0], *four = &levels->items[1];
    check_str(one->strategy, "synchronous");
    check(one->streams == 1 && one->concurrency == 0.93);
    check(one->ttft.mean == 15.0 && one->ttft.median == 14.8);
    check(one->itl.mean == 7.0 && one->itl.median == 7.1);
    check(isnan(one->itl.std_dev) && isnan(one->itl.min));
    check_int(one->itl.count, -1);
    check_int(one->successful, 65);
    check_int(one->incomplete, 1);
    check_int(one->errored, 2);
    check(one->prompt_tokens == 129.1 && one->output_tokens == 128.0);
    check(one->duration_s == 59.5);
    check(!one->median_only);
    check_str(one->model, "org/model");
    check_str(one->target, "http://vllm:8000");
    check_str(four->strategy, "concurrent");
    check(four->streams == 4 && four->concurrency == 3.79);
    check(four->ttft.mean == 26.1 && four->itl.mean == 8.7);
    check_int(four->successful, 80);
}

static void reads_the_open_layout_wrapped_at_80_columns(void **state)
{
    (void)state;
    struct levels levels = {0};
    parse(OPEN, &levels);
    check_open_levels(&levels);
}

static void reads_the_open_layout_on_a_wide_terminal(void **state)
{
    (void)state;
    struct levels levels = {0};
    parse("something before\n" WIDE "something after\n", &levels);
    check_int(levels.count, 1);
    check(levels.items[0].ttft.mean == 15.0 && levels.items[0].itl.mean == 7.0);
    check(levels.items[0].concurrency == 0.93);
    check_int(levels.items[0].successful, -1); /* that table is not there */
    check(isnan(levels.items[0].prompt_tokens));
    check_str(levels.items[0].model, "");
}

static void reads_medians_of_the_boxed_layout(void **state)
{
    (void)state;
    struct levels levels = {0};
    parse(BOXED, &levels);
    check_int(levels.count, 2);
    const struct wva_level *one = &levels.items[0], *four = &levels.items[1];
    check(one->median_only && four->median_only);
    check(isnan(one->itl.mean) && isnan(one->ttft.mean));
    check(one->itl.median == 6.9 && one->ttft.median == 26.0);
    check(one->streams == 1 && one->concurrency == 0.9);
    check(one->prompt_tokens == 129.0 && one->output_tokens == 128.0);
    check_str(four->strategy, "concurrent");
    check(four->itl.median == 7.9 && four->ttft.median == 25.9);
    check(isnan(four->streams) && four->concurrency == 3.8);
    check(four->prompt_tokens == 132.0 && four->output_tokens == 127.0);
    check_int(four->successful, -1);
}

static void reads_means_of_the_newest_layout(void **state)
{
    (void)state;
    struct levels levels = {0};
    parse(NEWEST, &levels);
    check_int(levels.count, 1);
    const struct wva_level *level = &levels.items[0];
    check(!level->median_only);
    check_str(level->strategy, "concurrent");
    check(level->streams == 4);
    check(level->ttft.mean == 43.8 && level->ttft.median == 43.1);
    check(level->itl.mean == 20.1 && level->itl.median == 20.2);
    check_int(level->successful, 24);
    check_int(level->incomplete, 4);
    check_int(level->errored, 0);
    check(level->prompt_tokens == 128 && level->output_tokens == 64); /* totals a request */
    check(level->duration_s == 9.9);
}

static void reads_several_reports_in_one_log(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct levels levels = {0};
    parse(wva_arena_printf(&arena, "%s%s%s%s", OPEN, NEWEST, BOXED, WIDE), &levels);
    check_int(levels.count, 6);
    check(levels.items[0].itl.mean == 7.0);
    check(levels.items[2].itl.mean == 20.1);
    check(levels.items[3].itl.median == 6.9);
    check(levels.items[5].itl.mean == 7.0);
    check_int(levels.items[5].successful, -1);
}

/* Every line of `log` with something before and after it. */
static char *decorate(struct wva_arena *arena, const char *log, const char *before,
                      const char *after)
{
    wva_auto_buf out = WVA_BUF(1 << 20);
    while (*log) {
        size_t len = strcspn(log, "\n");
        wva_buf_printf(&out, "%s%.*s%s\n", before, (int)len, log, after);
        log += len + (log[len] == '\n');
    }
    return wva_arena_strdup(arena, wva_buf_str(&out));
}

static void looks_through_what_others_add_to_lines(void **state)
{
    (void)state;
    static const char *const around[][2] = {
        {"", "\r"},
        {"2026-11-24T18:20:00.123456789Z ", ""},
        {"2026-11-24T18:20:00Z ", "\r"},
        {"[pod/bench-abc/guidellm] 2026-11-24T18:20:00.1+01:00 ", ""},
        {"[pod/bench-abc/guidellm] ", ""},
        {"\033[1m", "\033[0m"},
        {"\033[38;2;255;0;0m\033[K", "   \t"},
    };
    for (size_t i = 0; i < WVA_COUNT(around); i++) {
        wva_auto_arena arena = {0};
        struct levels levels = {0};
        parse(decorate(&arena, OPEN, around[i][0], around[i][1]), &levels);
        check_open_levels(&levels);
    }
}

static void check_refused(const char *log, size_t len, const char *words)
{
    struct levels levels = {0};
    struct wva_error err = {0};
    check_fails(wva_console_parse("job.log", log, len, collect_level, &levels, &err), &err,
                WVA_E_INPUT, words);
    check_int(levels.count, 0);
}

static void refuses_a_log_without_tables(void **state)
{
    (void)state;
    static const char nothing[] = "job.log: neither a table nor a report of GuideLLM is in it";
    check_refused("", 0, nothing);
    check_refused("hello\nworld", 11, nothing);
    check_refused("\0\0\xff\xfe", 4, nothing);
    check_refused("===========\nMigration done\n===========\n", 39, nothing);
}

static void refuses_a_table_cut_in_the_middle_of_a_row(void **state)
{
    (void)state;
    /* within the first data row of the stats, on the 11th line of that table */
    const char *cut = strstr(OPEN, "0.93| 15.0|") + 11;
    check_refused(OPEN, (size_t)(cut - OPEN), "job.log: line 32: the table is cut");
    cut = strstr(BOXED, "| concurrent  | 0.9") + 19;
    check_refused(BOXED, (size_t)(cut - BOXED), "job.log: line 18: the table is cut");
}

static void refuses_a_log_that_ends_before_its_latencies(void **state)
{
    (void)state;
    check_refused(OPEN_METADATA OPEN_INFO, strlen(OPEN_METADATA OPEN_INFO),
                  "job.log: line 7: the table of latencies that follows this one is missing");
    check_refused(BOXED_TOKENS "\n" BOXED_THROUGHPUT, strlen(BOXED_TOKENS "\n" BOXED_THROUGHPUT),
                  "missing: the log is cut");
}

/* Cut anywhere, a log is either refused or gives whole levels. */
static void never_reports_half_a_table(void **state)
{
    (void)state;
    static const char *const logs[] = {OPEN_STATS, BOXED_LATENCY};
    for (size_t i = 0; i < WVA_COUNT(logs); i++) {
        size_t len = strlen(logs[i]);
        /* the last line may be cut or missing where it is the second of a wrapped rule */
        size_t needed = i == 0 ? len - 160 : len - 2;
        for (size_t cut = 0; cut < needed; cut++) {
            struct levels levels = {0};
            struct wva_error err = {0};
            if (wva_console_parse("x", logs[i], cut, collect_level, &levels, &err) == 0)
                fail_msg("log %zu cut at %zu of %zu was accepted", i, cut, len);
            check_int(err.code, WVA_E_INPUT);
            check_int(levels.count, 0);
        }
    }
}

static void refuses_damaged_tables(void **state)
{
    (void)state;
    static const struct {
        const char *log;
        const char *words;
    } cases[] = {
        {"===========\n"
         "Metadata | TTFT (ms)   || ITL (ms)\n"
         "Benchmark| mean| median| mean\n"
         "---------|-----|-------|-----\n"
         "sync     |  1.0|    2.0|  3.0| 4.0\n"
         "===========\n",
         "line 5: the row has more cells than its table has headings"},
        {"===========\n"
         "Metadata | TTFT (ms)   || ITL (ms)\n"
         "===========\n",
         "line 3: the table is cut"},
        {"|======|======|\n"
         "| a    | ITL  |\n"
         "| b    | ms   |\n"
         "|      | Mdn  |\n"
         "|------|------|\n"
         "| sync | 1x.0 |\n"
         "|======|======|\n",
         "line 6: \"1x.0\" is no figure of ITL Mdn"},
        {"|======|======|\n"
         "| a    | ITL  |\n"
         "| b    | ms   |\n"
         "|      | Mdn  |\n"
         "|------|------|\n"
         "a line of someone else\n"
         "| sync | 1.0  |\n"
         "|======|======|\n",
         "line 6: the table is cut"},
        {"|======|======|\n"
         "| a    | TTFT |\n"
         "| b    | ms   |\n"
         "|      | Mdn  |\n"
         "|------|------|\n"
         "| sync | 1.0  |\n"
         "|======|======|\n"
         "| a    | ITL  |\n"
         "| b    | ms   |\n"
         "|      | Mdn  |\n"
         "|------|------|\n"
         "| else | 1.0  |\n"
         "|======|======|\n",
         "line 7: the table's rows are not those of the table at line 1"},
    };
    for (size_t i = 0; i < WVA_COUNT(cases); i++)
        check_refused(cases[i].log, strlen(cases[i].log), cases[i].words);
}

static void takes_zeros_of_nothing_for_no_data(void **state)
{
    (void)state;
    struct levels levels = {0};
    parse("===========\n"
          "Metadata | Requests Made || TTFT (ms)| ITL (ms)\n"
          "Benchmark| Comp| Err| mean| mean\n"
          "---------|-----|----|-----|-----\n"
          "throughput@unlimited|  0|  802| 0.0| 0.0\n"
          "===========\n",
          &levels);
    check_int(levels.items[0].successful, 0);
    check_int(levels.items[0].errored, 802);
    check(isnan(levels.items[0].itl.mean) && isnan(levels.items[0].ttft.mean));
    check_int(levels.items[0].itl.count, 0);
    check_str(levels.items[0].strategy, "throughput");
    check(isnan(levels.items[0].streams));
}

/* Releases from 0.4 to 0.7 count no requests, but the tokens of those that were done. */
static void takes_zeros_of_no_tokens_for_no_data(void **state)
{
    (void)state;
    struct levels levels = {0};
    parse("|============|======|========|======|\n"
          "| Benchmark  | Input Tokens || ITL  |\n"
          "| Strategy   | Comp | Err    | ms   |\n"
          "|            | Tot  | Tot    | Mdn  |\n"
          "|------------|------|--------|------|\n"
          "| concurrent | 0.0  | 9344.0 | 0.0  |\n"
          "|============|======|========|======|\n",
          &levels);
    check_int(levels.items[0].successful, 0);
    check_int(levels.items[0].itl.count, 0);
    check(isnan(levels.items[0].itl.median));
    check(isnan(levels.items[0].prompt_tokens));
}

/* {"benchmarks":[{"metrics":{},"duration":1.5}]} */
#define EMBEDDED                                                                                   \
    "-----BEGIN KUBECTL-WVA REPORT-----\n"                                                         \
    "sha256=fae04abc85cd01cc6d0708af257b4c35f2e80f83cbd2231004b13afb1dc18210 bytes=46\n"           \
    "eyJiZW5jaG1hcmtzIjpbeyJtZXRyaWNzIjp7fSwiZHVyYXRpb24iOjEuNX1dfQ==\n"                           \
    "-----END KUBECTL-WVA REPORT-----\n"

static void prefers_reports_embedded_in_the_log(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct levels levels = {0};
    parse(wva_arena_printf(&arena, "%s%s", OPEN EMBEDDED, OPEN EMBEDDED), &levels);
    check_int(levels.count, 2);
    check(levels.items[0].duration_s == 1.5 && levels.items[1].duration_s == 1.5);
}

static void refuses_a_damaged_embedded_report_although_there_are_tables(void **state)
{
    (void)state;
    check_refused(OPEN EMBEDDED, strlen(OPEN EMBEDDED) - 10,
                  "the log ends inside the report: its end marker is missing");
}

static void stops_when_the_caller_refuses_a_level(void **state)
{
    (void)state;
    struct levels levels = {.count = 16};
    struct wva_error err = {0};
    check_fails(wva_console_parse("x", WIDE, strlen(WIDE), collect_level, &levels, &err), &err,
                WVA_E_INTERNAL, "too many levels");
}

/* The logs of the guide's own example run. */
static void reads_a_real_log(const char *name, const char *strategy, double itl, double ttft,
                             double concurrency, int64_t successful)
{
    wva_auto_arena arena = {0};
    struct levels levels = {0};
    size_t len;
    const char *log = shared_data(&arena, name, &len);
    parse(log, &levels);
    check_int(levels.count, 1);
    const struct wva_level *level = &levels.items[0];
    check_str(level->strategy, strategy);
    check(level->itl.mean == itl && level->ttft.mean == ttft);
    check(level->concurrency == concurrency);
    check(level->prompt_tokens == 129.1 && level->output_tokens == 128.0);
    check_int(level->successful, successful);
    check_int(level->errored, 0);
    check(!level->median_only);
    check_str(level->model, "unsloth/Meta-Llama-3.1-8B");
    check_str(level->target, "http://vllm:8000");
}

static void reads_the_logs_of_the_guide(void **state)
{
    (void)state;
    reads_a_real_log("guidellm-real/guidellm-0.2-sync-job-80col.log", "synchronous", 7.0, 15.0, 1.0,
                     65);
    reads_a_real_log("guidellm-real/guidellm-0.2-throughput-job-80col.log", "throughput", 8.7, 26.0,
                     63.94, 20353);
}

static void check_shape(const char *name, size_t count, bool median_only, double concurrency)
{
    static const double itl = 6.9, ttft_mean = 26.0, ttft_median = 26.0;
    wva_auto_arena arena = {0};
    struct levels levels = {0};
    size_t len;
    const char *log = shared_data(&arena, name, &len);
    parse(log, &levels);
    check_int(levels.count, count);
    const struct wva_level *one = &levels.items[0], *four = &levels.items[1];
    check_str(one->strategy, "synchronous");
    check_str(four->strategy, "concurrent");
    check(one->median_only == median_only);
    check(one->itl.median == itl && one->ttft.median == ttft_median);
    check(four->itl.median == itl && four->ttft.median == 25.9);
    check(median_only ? isnan(one->ttft.mean) : one->ttft.mean == ttft_mean);
    check(median_only ? isnan(four->itl.mean) : four->itl.mean == itl);
    check(median_only ? isnan(four->streams) : four->streams == 4);
    check(four->concurrency == concurrency);
    check(one->prompt_tokens == 129.0 && one->output_tokens == 128.0);
    check(four->duration_s == 1.9);
    if (count == 3)
        check(levels.items[2].itl.median == itl && levels.items[2].concurrency == 7.6);
}

static void reads_the_shapes_of_all_releases(void **state)
{
    (void)state;
    check_shape("guidellm-shapes/console-v0.2.1-80col.txt", 2, false, 3.79);
    check_shape("guidellm-shapes/console-v0.2.1-wide.txt", 2, false, 3.79);
    check_shape("guidellm-shapes/console-v0.3.1-80col.txt", 2, false, 3.79);
    check_shape("guidellm-shapes/console-v0.3.1-wide.txt", 2, false, 3.79);
    check_shape("guidellm-shapes/console-v0.4.0.txt", 3, true, 3.8);
    check_shape("guidellm-shapes/console-v0.5.4.txt", 3, true, 3.8);
    check_shape("guidellm-shapes/console-v0.6.1.txt", 3, true, 3.8);
    check_shape("guidellm-shapes/console-v0.7.3.txt", 3, true, 3.8);
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(reads_the_open_layout_wrapped_at_80_columns),
    WVA_TEST(reads_the_open_layout_on_a_wide_terminal),
    WVA_TEST(reads_medians_of_the_boxed_layout),
    WVA_TEST(reads_means_of_the_newest_layout),
    WVA_TEST(reads_several_reports_in_one_log),
    WVA_TEST(looks_through_what_others_add_to_lines),
    WVA_TEST(refuses_a_log_without_tables),
    WVA_TEST(refuses_a_table_cut_in_the_middle_of_a_row),
    WVA_TEST(refuses_a_log_that_ends_before_its_latencies),
    WVA_TEST(never_reports_half_a_table),
    WVA_TEST(refuses_damaged_tables),
    WVA_TEST(takes_zeros_of_nothing_for_no_data),
    WVA_TEST(takes_zeros_of_no_tokens_for_no_data),
    WVA_TEST(prefers_reports_embedded_in_the_log),
    WVA_TEST(refuses_a_damaged_embedded_report_although_there_are_tables),
    WVA_TEST(stops_when_the_caller_refuses_a_level),
    WVA_TEST(reads_the_logs_of_the_guide),
    WVA_TEST(reads_the_shapes_of_all_releases),
};

WVA_TEST_MAIN(tests)
