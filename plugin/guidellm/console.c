// SPDX-License-Identifier: Apache-2.0
/*
 * Levels from GuideLLM's console output. The table `rules` says which headings carry what, in every
 * release; tables of one report have a row for each benchmark, in the same order, and are merged by
 * it.
 *
 * A log of our own Job carries the whole report too, which then wins: it is more exact.
 */
#include "wva/guidellm/console.h"

#include "console_priv.h"
#include "level_priv.h"
#include "wva/util/mem.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <math.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* A level and what is needed to complete it. */
struct benchmark {
    struct wva_level level;
    char *label; /* "concurrent@4" */
    double prompt_total;
    double output_total;
};

struct rule {
    const char *group;
    const char *name; /* NULL: any */
    const char *stat;
    bool is_count;
    size_t offset; /* in struct benchmark, of a double or an int64_t */
};

#define NUMBER(field) false, offsetof(struct benchmark, field)
#define COUNT(field)  true, offsetof(struct benchmark, field)

static const struct rule rules[] = {
    /* 0.2, 0.3 */
    {"TTFT", NULL, "mean", NUMBER(level.ttft.mean)},
    {"TTFT", NULL, "median", NUMBER(level.ttft.median)},
    {"ITL", NULL, "mean", NUMBER(level.itl.mean)},
    {"ITL", NULL, "median", NUMBER(level.itl.median)},
    {"Request Stats", NULL, "Concurrency", NUMBER(level.concurrency)},
    {"Requests Made", NULL, "Comp", COUNT(level.successful)},
    {"Requests Made", NULL, "Err", COUNT(level.errored)},
    {"Requests Made", NULL, "Inc", COUNT(level.incomplete)},
    {"Prompt Tok/Req", NULL, "Comp", NUMBER(level.prompt_tokens)},
    {"Output Tok/Req", NULL, "Comp", NUMBER(level.output_tokens)},
    {"Metadata", NULL, "Duration", NUMBER(level.duration_s)},
    /* 0.4 to 0.8; means of TTFT and ITL only from 0.8 on, by the rules above */
    {"TTFT", NULL, "Mdn", NUMBER(level.ttft.median)},
    {"ITL", NULL, "Mdn", NUMBER(level.itl.median)},
    {"Requests", "Concurrency", "Mean", NUMBER(level.concurrency)},
    {"Requests", "Comp", "Tot", COUNT(level.successful)},
    {"Requests", "Err", "Tot", COUNT(level.errored)},
    {"Requests", "Inc", "Tot", COUNT(level.incomplete)},
    {"Input Tok", "Per Req", "Mdn", NUMBER(level.prompt_tokens)},
    {"Output Tok", "Per Req", "Mdn", NUMBER(level.output_tokens)},
    {"Input Tokens", "Comp", "Tot", NUMBER(prompt_total)},
    {"Output Tokens", "Comp", "Tot", NUMBER(output_total)},
    {"Timings", "Dur", "Sec", NUMBER(level.duration_s)},
};

/* The tables of one report, so far. */
struct report {
    struct wva_arena *arena;
    const struct wva_log *log;
    struct benchmark *benchmarks;
    size_t count;
    bool seen[WVA_COUNT(rules)];
    size_t last_line;  /* of the last table's first line */
    const char *model; /* "" when not told */
    const char *target;
    wva_level_fn fn;
    void *ctx;
};

static const struct rule *find_rule(const struct wva_console_column *column)
{
    for (size_t i = 0; i < WVA_COUNT(rules); i++) {
        const struct rule *rule = &rules[i];
        if (strcasecmp(rule->group, column->group) == 0 &&
            strcasecmp(rule->stat, column->stat) == 0 &&
            (!rule->name || (column->name && strcasecmp(rule->name, column->name) == 0)))
            return rule;
    }
    return NULL;
}

/* "15.0", "43.8 ± 0.8" (95 % interval), "44.8*" (a footnote), "--" (none). */
static int read_cell(const char *text, double *ret)
{
    if (wva_str_eq(text, "--")) {
        *ret = NAN;
        return 0;
    }
    size_t len = strcspn(text, " *");
    const char *rest = text + len;
    if (*rest != '\0' && !wva_str_eq(rest, "*") && !wva_str_has_prefix(rest, " ±"))
        return -1;
    return wva_parse_double(text, len, ret);
}

static int store(void *where, const struct rule *rule, double value)
{
    if (!rule->is_count) {
        *(double *)where = value;
        return 0;
    }
    if (isnan(value))
        return 0;
    if (value < 0 || value > 9e15 || value != floor(value))
        return -1;
    *(int64_t *)where = (int64_t)value;
    return 0;
}

static int apply_column(struct report *report, const struct wva_console_table *table, size_t column,
                        const struct rule *rule, struct wva_error *err)
{
    for (size_t i = 0; i < table->row_count; i++) {
        const struct wva_console_row *row = &table->rows[i];
        void *where = (char *)&report->benchmarks[i] + rule->offset;
        double value;
        if (read_cell(row->cells[column], &value) < 0 || store(where, rule, value) < 0)
            return wva_error_set(err, WVA_E_INPUT, "%s: line %zu: \"%s\" is no figure of %s %s",
                                 report->log->name, row->line, row->cells[column], rule->group,
                                 rule->stat);
    }
    return 0;
}

static void begin_report(struct report *report, const struct wva_console_table *table)
{
    memset(report->seen, 0, sizeof(report->seen));
    report->count = table->row_count;
    report->benchmarks =
        wva_arena_calloc(report->arena, table->row_count + 1, sizeof(*report->benchmarks));
    for (size_t i = 0; i < table->row_count; i++) {
        struct benchmark *benchmark = &report->benchmarks[i];
        wva_level_init(&benchmark->level);
        benchmark->label = table->rows[i].cells[0];
        benchmark->prompt_total = NAN;
        benchmark->output_total = NAN;
    }
}

static bool same_rows(const struct report *report, const struct wva_console_table *table)
{
    if (table->row_count != report->count)
        return false;
    for (size_t i = 0; i < report->count; i++)
        if (!wva_str_eq(table->rows[i].cells[0], report->benchmarks[i].label))
            return false;
    return true;
}

/* 0.8 prints totals of tokens and requests, and of the tokens a request only the median. */
static void set_tokens(double *tokens, double total, int64_t requests)
{
    if (requests > 0 && isfinite(total))
        *tokens = total / (double)requests;
}

static void complete(const struct report *report, struct benchmark *benchmark)
{
    struct wva_level *level = &benchmark->level;
    char *at = strchr(benchmark->label, '@');
    double load = NAN;
    if (at) {
        *at = '\0';
        if (wva_parse_double(at + 1, strlen(at + 1), &load) < 0)
            load = NAN; /* "throughput@unlimited" */
    }
    wva_level_set_text(level->strategy, sizeof(level->strategy), benchmark->label,
                       strlen(benchmark->label));
    level->streams = wva_level_requested(level->strategy, load, load);
    wva_level_set_text(level->model, sizeof(level->model), report->model, strlen(report->model));
    wva_level_set_text(level->target, sizeof(level->target), report->target,
                       strlen(report->target));
    set_tokens(&level->prompt_tokens, benchmark->prompt_total, level->successful);
    set_tokens(&level->output_tokens, benchmark->output_total, level->successful);
    level->median_only = isnan(level->itl.mean) && isnan(level->ttft.mean);
}

/* Tables show 0.0 where there is no data. Releases from 0.4 to 0.7 do not count requests, but a
 * request that is done has tokens. */
static void forget_empty(struct wva_level *level, double prompt_total)
{
    if (level->successful < 0 && prompt_total == 0)
        level->successful = 0;
    if (level->successful != 0)
        return;
    level->itl.count = 0;
    level->ttft.count = 0;
    wva_stat_forget_if_empty(&level->itl);
    wva_stat_forget_if_empty(&level->ttft);
    level->prompt_tokens = NAN;
    level->output_tokens = NAN;
}

static bool has_latencies(const struct report *report)
{
    for (size_t i = 0; i < WVA_COUNT(rules); i++)
        if (report->seen[i] && strcmp(rules[i].group, "ITL") == 0)
            return true;
    return false;
}

static int end_report(struct report *report, struct wva_error *err)
{
    if (report->count == 0)
        return 0;
    if (!has_latencies(report))
        return wva_error_set(err, WVA_E_INPUT,
                             "%s: line %zu: the table of latencies that follows this one is "
                             "missing: the log is cut",
                             report->log->name, report->last_line);
    for (size_t i = 0; i < report->count; i++) {
        struct benchmark *benchmark = &report->benchmarks[i];
        complete(report, benchmark);
        forget_empty(&benchmark->level, benchmark->prompt_total);
        if (report->fn(report->ctx, &benchmark->level, err) < 0)
            return -1;
    }
    report->count = 0;
    return 0;
}

/* Has a table of this report told the figure that `rule` is about, under whatever heading? */
static bool is_told(const struct report *report, const struct rule *rule)
{
    for (size_t i = 0; i < WVA_COUNT(rules); i++)
        if (report->seen[i] && rules[i].offset == rule->offset)
            return true;
    return false;
}

/* Finds what each column is about; NULL for the unwanted. False when all are. */
static bool match_columns(const struct wva_console_table *table, const struct rule **matches)
{
    bool any = false;
    for (size_t i = 0; i < table->column_count; i++) {
        matches[i] = find_rule(&table->columns[i]);
        any = any || matches[i];
    }
    return any;
}

/* A table that tells again what is known belongs to the next report; one with other rows too, if
 * this report can be complete. */
static bool begins_another(const struct report *report, const struct wva_console_table *table,
                           const struct rule *const *matches)
{
    if (!same_rows(report, table) && has_latencies(report))
        return true;
    for (size_t i = 0; i < table->column_count; i++)
        if (matches[i] && is_told(report, matches[i]))
            return true;
    return false;
}

static int apply_columns(struct report *report, const struct wva_console_table *table,
                         const struct rule *const *matches, struct wva_error *err)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (!matches[i])
            continue;
        report->seen[matches[i] - rules] = true;
        if (apply_column(report, table, i, matches[i], err) < 0)
            return -1;
    }
    return 0;
}

static int apply_table(struct report *report, const struct wva_console_table *table,
                       struct wva_error *err)
{
    const struct rule **matches =
        wva_arena_calloc(report->arena, table->column_count, sizeof(*matches));
    if (!match_columns(table, matches))
        return 0;
    if (begins_another(report, table, matches) && end_report(report, err) < 0)
        return -1;
    if (report->count == 0)
        begin_report(report, table);
    if (!same_rows(report, table))
        return wva_error_set(err, WVA_E_INPUT,
                             "%s: line %zu: the table's rows are not those of the table at line "
                             "%zu: something is missing between them",
                             report->log->name, table->line, report->last_line);
    report->last_line = table->line;
    return apply_columns(report, table, matches, err);
}

/* 0.2 and 0.3 print the worker's settings, among them key='value', before the tables. */
static void read_setting(struct report *report, const char *line, const char *key,
                         const char **setting)
{
    const char *value = strstr(line, key);
    if (!value)
        return;
    value += strlen(key);
    *setting = wva_arena_strndup(report->arena, value, strcspn(value, "'"));
}

static int parse_tables(struct wva_arena *arena, const struct wva_log *log, wva_level_fn fn,
                        void *ctx, struct wva_error *err)
{
    struct report report = {
        .arena = arena, .log = log, .model = "", .target = "", .fn = fn, .ctx = ctx};
    struct wva_console_table table;
    bool any = false;
    size_t at = 0;
    size_t text_from = 0;
    int found;
    while ((found = wva_console_next_table(arena, log, &at, &table, err)) > 0) {
        any = true;
        if (apply_table(&report, &table, err) < 0)
            return -1;
        for (; text_from < table.first; text_from++) {
            read_setting(&report, log->lines[text_from].text, "backend_model='", &report.model);
            read_setting(&report, log->lines[text_from].text, "backend_target='", &report.target);
        }
    }
    if (found < 0)
        return -1;
    if (!any)
        return wva_error_set(err, WVA_E_INPUT,
                             "%s: neither a table nor a report of GuideLLM is in it", log->name);
    return end_report(&report, err);
}

/* 1 when the log carried reports, 0 when not. */
static int parse_embedded(struct wva_arena *arena, const struct wva_log *log, wva_level_fn fn,
                          void *ctx, struct wva_error *err)
{
    size_t at = 0;
    int result = 0;
    for (;;) {
        char *text;
        size_t len;
        int found = wva_log_next_report(arena, log, &at, &text, &len, err);
        if (found <= 0)
            return found < 0 ? -1 : result;
        struct wva_report *report = wva_report_new(log->name, fn, ctx);
        int failed =
            wva_report_feed(report, text, len, err) < 0 || wva_report_finish(report, err) < 0;
        wva_report_free(report);
        if (failed)
            return -1;
        result = 1;
    }
}

int wva_console_parse(const char *name, const char *log, size_t len, wva_level_fn fn, void *ctx,
                      struct wva_error *err)
{
    wva_auto_arena arena = {0};
    struct wva_log lines;
    wva_log_read(&arena, name, log, len, &lines);
    int embedded = parse_embedded(&arena, &lines, fn, ctx, err);
    if (embedded != 0)
        return embedded < 0 ? -1 : 0;
    return parse_tables(&arena, &lines, fn, ctx, err);
}
