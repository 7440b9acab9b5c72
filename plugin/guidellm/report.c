// SPDX-License-Identifier: Apache-2.0
/*
 * Native GuideLLM reports, as a stream. The table `figures` says which paths of which generation
 * carry what; everything else passes by. Generations (docs/guide.md): R1 (0.2, 0.3) keeps a
 * benchmark's settings under `args`, R2 (0.4 to 0.6) and R3 (from 0.7) under `config`; the metrics
 * are alike since 0.2.
 *
 * Deliberately not done: judging figures. A TTFT of -1e8 ms, GuideLLM's old mark for "none", is
 * reported as read and refused by wva_level_check() and the fit.
 */
#include "wva/guidellm/report.h"

#include "level_priv.h"
#include "wva/codec/json.h"
#include "wva/util/mem.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

/* A level and what is needed to understand it. */
struct benchmark {
    struct wva_level level;
    double streams; /* of a concurrent strategy */
    double limit;   /* of a throughput strategy */
    int64_t concurrency_count;
    double median_concurrency;
    double old_warmup; /* seconds, up to 0.3 */
    bool has_metrics;
};

struct wva_report {
    struct wva_json_stream *stream;
    char *name;
    wva_level_fn fn;
    void *ctx;
    struct benchmark common;  /* what the report says of all benchmarks */
    struct benchmark current; /* `common` overlaid with the benchmark being read */
    size_t count;
};

enum figure_kind {
    FIGURE_NUMBER, /* double */
    FIGURE_COUNT,  /* int64_t */
    FIGURE_TEXT,   /* char[size] */
};

struct figure {
    const char *path;
    enum figure_kind kind;
    size_t offset;
    size_t size;
};

#define FIGURE(path, kind, field)                                                                  \
    {                                                                                              \
        (path), (kind), offsetof(struct benchmark, field), sizeof(((struct benchmark *)0)->field)  \
    }
#define NUMBER(path, field) FIGURE(path, FIGURE_NUMBER, field)
#define COUNT(path, field)  FIGURE(path, FIGURE_COUNT, field)
#define TEXT(path, field)   FIGURE(path, FIGURE_TEXT, field)

#define B "benchmarks[*]."

/* clang-format off */
static const struct figure figures[] = {
    TEXT("metadata.guidellm_version",                  level.guidellm_version),
    TEXT("args.model",                                 level.model),
    TEXT("args.target",                                level.target),
    TEXT("args.backend_kwargs.model",                  level.model),
    TEXT("args.backend_kwargs.target",                 level.target),
    TEXT("config.spec.backend.model",                  level.model),
    TEXT("config.spec.backend.target",                 level.target),
    TEXT(B "worker.backend_model",                     level.model),
    TEXT(B "worker.backend_target",                    level.target),
    TEXT(B "config.backend.model",                     level.model),
    TEXT(B "config.backend.target",                    level.target),
    TEXT(B "args.strategy.type_",                      level.strategy),
    TEXT(B "config.strategy.type_",                    level.strategy),
    NUMBER(B "args.strategy.streams",                  streams),
    NUMBER(B "config.strategy.streams",                streams),
    NUMBER(B "args.strategy.max_concurrency",          limit),
    NUMBER(B "config.strategy.max_concurrency",        limit),
    NUMBER(B "duration",                               level.duration_s),
    COUNT(B "request_totals.successful",               level.successful),
    COUNT(B "request_totals.errored",                  level.errored),
    COUNT(B "request_totals.incomplete",               level.incomplete),
    COUNT(B "metrics.request_totals.successful",       level.successful),
    COUNT(B "metrics.request_totals.errored",          level.errored),
    COUNT(B "metrics.request_totals.incomplete",       level.incomplete),
    /* `successful` leaves out the requests that were cut off at the deadline. */
    NUMBER(B "metrics.request_concurrency.total.mean", level.concurrency),
    COUNT(B "metrics.request_concurrency.total.count", concurrency_count),
    NUMBER(B "metrics.request_concurrency.total.median", median_concurrency),
    NUMBER(B "args.warmup_duration",                   old_warmup),
    NUMBER(B "metrics.prompt_token_count.successful.mean",         level.prompt_tokens),
    NUMBER(B "metrics.output_token_count.successful.mean",         level.output_tokens),
    NUMBER(B "metrics.inter_token_latency_ms.successful.mean",     level.itl.mean),
    NUMBER(B "metrics.inter_token_latency_ms.successful.median",   level.itl.median),
    NUMBER(B "metrics.inter_token_latency_ms.successful.std_dev",  level.itl.std_dev),
    NUMBER(B "metrics.inter_token_latency_ms.successful.min",      level.itl.min),
    COUNT(B "metrics.inter_token_latency_ms.successful.count",     level.itl.count),
    NUMBER(B "metrics.time_to_first_token_ms.successful.mean",     level.ttft.mean),
    NUMBER(B "metrics.time_to_first_token_ms.successful.median",   level.ttft.median),
    NUMBER(B "metrics.time_to_first_token_ms.successful.std_dev",  level.ttft.std_dev),
    NUMBER(B "metrics.time_to_first_token_ms.successful.min",      level.ttft.min),
    COUNT(B "metrics.time_to_first_token_ms.successful.count",     level.ttft.count),
};
/* clang-format on */

static const struct figure *find_figure(const struct wva_json_path *path)
{
    for (size_t i = 0; i < WVA_COUNT(figures); i++)
        if (wva_json_path_match(path, figures[i].path, NULL))
            return &figures[i];
    return NULL;
}

static int fail_at(const struct wva_report *report, const struct wva_json_path *path,
                   const char *problem, struct wva_error *err)
{
    wva_auto_arena arena = {0};
    return wva_error_set(err, WVA_E_INPUT, "%s: %s %s", report->name,
                         wva_json_path_text(&arena, path), problem);
}

/* Bare NaN and Infinity arrive as a number that no double holds. */
static int read_number(const char *text, size_t len, double *ret, const char **ret_problem)
{
    if (wva_parse_double(text, len, ret) == 0)
        return 0;
    *ret_problem = "is not a finite number";
    return -1;
}

/* Counts of weighted distributions are written as a sum of weights, possibly "508.0". */
static int read_count(const char *text, size_t len, int64_t *ret, const char **ret_problem)
{
    double number;
    if (read_number(text, len, &number, ret_problem) < 0)
        return -1;
    if (number < 0 || number > 9e15 || number != floor(number)) {
        *ret_problem = "is not a count";
        return -1;
    }
    *ret = (int64_t)number;
    return 0;
}

static int store(void *where, const struct figure *figure, enum wva_kind kind, const char *text,
                 size_t len, const char **ret_problem)
{
    enum wva_kind wanted = figure->kind == FIGURE_TEXT ? WVA_STRING : WVA_NUMBER;
    if (kind != wanted) {
        *ret_problem = wanted == WVA_STRING ? "is not a string" : "is not a number";
        return -1;
    }
    if (figure->kind == FIGURE_TEXT) {
        wva_level_set_text(where, figure->size, text, len);
        return 0;
    }
    return figure->kind == FIGURE_NUMBER ? read_number(text, len, where, ret_problem)
                                         : read_count(text, len, where, ret_problem);
}

static bool in_benchmark(const struct wva_json_path *path)
{
    return path->depth > 2 && wva_str_eq(path->steps[0].key, "benchmarks");
}

static int on_scalar(void *ctx, const struct wva_json_path *path, enum wva_kind kind,
                     const char *text, size_t len, struct wva_error *err)
{
    struct wva_report *report = ctx;
    const struct figure *figure = find_figure(path);
    if (!figure || kind == WVA_NULL)
        return 0;

    struct benchmark *target = in_benchmark(path) ? &report->current : &report->common;
    const char *problem;
    if (store((char *)target + figure->offset, figure, kind, text, len, &problem) < 0)
        return fail_at(report, path, problem, err);
    return 0;
}

static int on_begin(void *ctx, const struct wva_json_path *path, enum wva_kind kind,
                    struct wva_error *err)
{
    struct wva_report *report = ctx;
    (void)kind;
    if (wva_json_path_match(path, "benchmarks[*]", NULL))
        report->current = report->common;
    else if (wva_json_path_match(path, B "metrics", NULL))
        report->current.has_metrics = true;
    else if (wva_json_path_match(path, B "benchmarks", NULL))
        return wva_error_set(err, WVA_E_INPUT,
                             "%s: this is a report of GuideLLM 0.1, which has no computed "
                             "latencies; reports from 0.2 on can be read",
                             report->name);
    return 0;
}

/* GuideLLM writes zeros where it has no data. */
static void forget_empty(struct benchmark *benchmark)
{
    struct wva_level *level = &benchmark->level;
    wva_stat_forget_if_empty(&level->itl);
    wva_stat_forget_if_empty(&level->ttft);
    if (benchmark->concurrency_count == 0)
        level->concurrency = NAN;
    if (level->successful == 0) {
        level->prompt_tokens = NAN;
        level->output_tokens = NAN;
    }
}

/* Up to 0.3, requests that started in the warm-up are missing while they go on after it. The mean
 * over time takes that for a ramp; most of the time, and so the median, is right. */
static void correct_concurrency(struct benchmark *benchmark)
{
    if (benchmark->old_warmup > 0)
        benchmark->level.concurrency = benchmark->median_concurrency;
}

static int on_end(void *ctx, const struct wva_json_path *path, enum wva_kind kind,
                  struct wva_error *err)
{
    struct wva_report *report = ctx;
    struct benchmark *benchmark = &report->current;
    (void)kind;
    if (!wva_json_path_match(path, "benchmarks[*]", NULL))
        return 0;
    if (!benchmark->has_metrics)
        return fail_at(report, path, "has no metrics: this is no report of GuideLLM", err);

    benchmark->level.streams =
        wva_level_requested(benchmark->level.strategy, benchmark->streams, benchmark->limit);
    correct_concurrency(benchmark);
    forget_empty(benchmark);
    report->count++;
    return report->fn(report->ctx, &benchmark->level, err);
}

struct wva_report *wva_report_new(const char *name, wva_level_fn fn, void *ctx)
{
    static const struct wva_json_handler handler = {
        .scalar = on_scalar,
        .begin = on_begin,
        .end = on_end,
    };
    struct wva_report *report = wva_xcalloc(1, sizeof(*report));
    report->name = wva_xstrdup(name);
    report->fn = fn;
    report->ctx = ctx;
    report->common = (struct benchmark){
        .streams = NAN,
        .limit = NAN,
        .concurrency_count = -1,
        .median_concurrency = NAN,
        .old_warmup = NAN,
    };
    wva_level_init(&report->common.level);

    const struct wva_json_stream_options options = {
        .name = report->name,
        .skip_key = "requests", /* of benchmarks[N]: up to 100 MB of records */
        .skip_depth = 3,
        .allow_nonfinite = true,
    };
    report->stream = wva_json_stream_new(&options, &handler, report);
    return report;
}

int wva_report_feed(struct wva_report *report, const char *data, size_t len, struct wva_error *err)
{
    return wva_json_stream_feed(report->stream, data, len, err);
}

int wva_report_finish(struct wva_report *report, struct wva_error *err)
{
    if (wva_json_stream_finish(report->stream, err) < 0)
        return -1;
    if (report->count == 0)
        return wva_error_set(err, WVA_E_INPUT,
                             "%s: no benchmark is in it: this is no report of GuideLLM",
                             report->name);
    return 0;
}

void wva_report_free(struct wva_report *report)
{
    if (!report)
        return;
    wva_json_stream_free(report->stream);
    free(report->name);
    free(report);
}
