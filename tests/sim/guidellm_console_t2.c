// SPDX-License-Identifier: Apache-2.0
// The tables of GuideLLM 0.4 and later: which columns each has in which release.

#include "guidellm.h"

#include "wva/util/str.h"

#include <stddef.h>
#include <string.h>
#include <time.h>

#define COLUMNS_MAX 20
#define ROWS        3 /* of headers: group, name, statistic */
#define P95_INDEX   8 /* in gl_percentile_names */

/* The last two: as 0.8 shows latencies, with an interval and marked where there is none. */
enum stat { MEAN, MEDIAN, P95, SUM, MEAN_INTERVAL, P95_MARKED };

struct column {
    const char *group, *name, *units;
    size_t offset; /* of the split in struct gl_metrics */
    int status;    /* GL_STATUSES: total */
    enum stat stat;
    int since, until; /* minor releases; 0: no end */
};

#define AT(member) offsetof(struct gl_metrics, member)
#define PAIR(group, name, member)                                                                  \
    {group, name, "Mdn", AT(member), GL_SUCCESSFUL, MEDIAN, 4, 0},                                 \
    {                                                                                              \
        group, name, "p95", AT(member), GL_SUCCESSFUL, P95, 4, 0                                   \
    }
/* Latencies: 0.8 puts the mean before the two. */
#define LATENCY(group, name, member, first)                                                        \
    {group, name, "Mean", AT(member), GL_SUCCESSFUL, MEAN_INTERVAL, 8, 0},                         \
        {group, name, "Mdn", AT(member), GL_SUCCESSFUL, MEDIAN, first, 0},                         \
    {                                                                                              \
        group, name, "p95", AT(member), GL_SUCCESSFUL, P95_MARKED, first, 0                        \
    }
#define TOTAL(group, name, units, member, stat, since, until)                                      \
    {                                                                                              \
        group, name, units, AT(member), GL_STATUSES, stat, since, until                            \
    }

/* Lengths of texts, a request's and a second's. */
#define LENGTHS(group, member, rate)                                                               \
    PAIR(group, "Per Request", member),                                                            \
        {group, "Per Second", "Mdn", AT(rate), GL_SUCCESSFUL, MEDIAN, 4, 0},                       \
    {                                                                                              \
        group, "Per Second", "Mean", AT(rate), GL_SUCCESSFUL, MEAN, 4, 0                           \
    }

static const struct column input_text[] = {
    LENGTHS("Input Tokens", prompt_tokens, prompt_rate),
    LENGTHS("Input Words", words.input, words.input_rate),
    LENGTHS("Input Characters", characters.input, characters.input_rate),
    {0}};
static const struct column output_text[] = {
    LENGTHS("Output Tokens", output_tokens, output_rate),
    LENGTHS("Output Words", words.output, words.output_rate),
    LENGTHS("Output Characters", characters.output, characters.output_rate),
    {0}};
static const struct column counts[] = {PAIR("Input Tok", "Per Req", prompt_tokens),
                                       PAIR("Output Tok", "Per Req", output_tokens),
                                       PAIR("Total Tok", "Per Req", total_tokens),
                                       PAIR("Stream Iter", "Per Req", iterations),
                                       PAIR("Output Tok", "Per Stream Iter", tokens_per_iteration),
                                       {0}};
static const struct column latencies[] = {LATENCY("Request Latency", "Sec", latency, 4),
                                          LATENCY("TTFT", "ms", ttft, 4),
                                          LATENCY("TTFOT", "ms", ttfot, 7),
                                          LATENCY("ITL", "ms", itl, 4),
                                          LATENCY("TPOT", "ms", tpot, 4),
                                          {0}};
static const struct column throughput[] = {
    TOTAL("Requests", "Per Sec", "Mdn", requests_per_second, MEDIAN, 4, 5),
    TOTAL("Requests", "Per Sec", "Mean", requests_per_second, MEAN, 4, 5),
    TOTAL("Requests", "Concurrency", "Mdn", concurrency, MEDIAN, 4, 0),
    TOTAL("Requests", "Concurrency", "Mean", concurrency, MEAN, 4, 0),
    TOTAL("Requests", "Per Sec", "Mean", requests_per_second, MEAN, 6, 0),
    TOTAL("Input Tokens", "Per Sec", "Mdn", prompt_rate, MEDIAN, 4, 5),
    TOTAL("Input Tokens", "Per Sec", "Mean", prompt_rate, MEAN, 4, 0),
    TOTAL("Output Tokens", "Per Sec", "Mdn", output_rate, MEDIAN, 4, 5),
    TOTAL("Output Tokens", "Per Sec", "Mean", output_rate, MEAN, 4, 0),
    TOTAL("Total Tokens", "Per Sec", "Mdn", total_rate, MEDIAN, 4, 5),
    TOTAL("Total Tokens", "Per Sec", "Mean", total_rate, MEAN, 4, 0),
    {0}};

/* 0.8 says the load in the strategy's cell, as 0.3 did. */
static const char *strategy_cell(struct wva_arena *arena, const struct gl_run *run, size_t index)
{
    const struct gl_load *load = &run->benchmarks[index].load;
    return run->release.minor < 8 ? gl_strategy_name(load) : gl_strategy_text(arena, load);
}

static double figure(const struct gl_dist *dist, enum stat stat)
{
    switch (stat) {
    case MEAN:
    case MEAN_INTERVAL:
        return dist->mean;
    case MEDIAN:
        return dist->median;
    case P95:
    case P95_MARKED:
        return dist->percentiles[P95_INDEX];
    case SUM:
        return dist->total_sum;
    }
    return 0;
}

static const struct gl_split *split_of(const struct gl_metrics *metrics,
                                       const struct column *column)
{
    return (const struct gl_split *)(const void *)((const char *)metrics + column->offset);
}

static const struct gl_dist *dist_of(const struct gl_metrics *metrics, const struct column *column)
{
    const struct gl_split *split = split_of(metrics, column);
    return column->status == GL_STATUSES ? &split->total : &split->by[column->status];
}

static const struct gl_dist *sample_of(const struct gl_run *run, const struct gl_metrics *metrics,
                                       const struct column *column)
{
    const struct gl_dist *dist = dist_of(metrics, column);
    bool estimated = run->release.minor >= 8 && split_of(metrics, column)->sampled;
    return estimated && dist->count > 1 ? dist : NULL;
}

/* Half of a mean's interval, with as many digits as show one that is not 0, up to four. */
static char *margin_text(struct wva_arena *arena, double margin)
{
    int digits = 1;
    while (margin > 0 && digits < 4 && margin < 0.5 * pow(10, -digits))
        digits++;
    return wva_arena_printf(arena, "%.*f", digits, margin);
}

/* 0.8 writes "43.8 ± 0.8" for means of samples, "49.6*" for percentiles without an interval. */
static char *value_text(struct wva_arena *arena, const struct gl_run *run,
                        const struct gl_metrics *metrics, const struct column *column)
{
    const struct gl_dist *sample = sample_of(run, metrics, column);
    double value = figure(dist_of(metrics, column), column->stat);
    if (sample != NULL && column->stat == MEAN_INTERVAL)
        return wva_arena_printf(arena, "%.1f \xC2\xB1 %s", value,
                                margin_text(arena, gl_mean_margin(sample)));
    if (sample != NULL && column->stat == P95_MARKED &&
        !gl_percentile_is_bounded(sample, P95_INDEX))
        return wva_arena_printf(arena, "%.1f*", value);
    return wva_arena_printf(arena, "%.1f", value);
}

struct sheet {
    const char *headers[ROWS * COLUMNS_MAX];
    const char **values;
    size_t columns;
};

static bool has_column(const struct gl_run *run, const struct column *column)
{
    return run->release.minor >= column->since &&
           (column->until == 0 || run->release.minor <= column->until);
}

static void fill(struct wva_arena *arena, const struct gl_run *run, const struct column *columns,
                 struct sheet *sheet)
{
    const struct column *list[COLUMNS_MAX] = {NULL};
    size_t count = 1;
    for (const struct column *column = columns; column->group != NULL; column++)
        if (has_column(run, column) && count < COLUMNS_MAX)
            list[count++] = column;
    sheet->columns = count;
    for (size_t i = 0; i < count; i++) {
        sheet->headers[i] = i == 0 ? "Benchmark" : list[i]->group;
        sheet->headers[count + i] = i == 0 ? "Strategy" : list[i]->name;
        sheet->headers[2 * count + i] = i == 0 ? "" : list[i]->units;
    }
    sheet->values = wva_arena_calloc(arena, run->count * count, sizeof(*sheet->values));
    for (size_t row = 0; row < run->count; row++) {
        sheet->values[row * count] = strategy_cell(arena, run, row);
        for (size_t i = 1; i < count; i++)
            sheet->values[row * count + i] = value_text(arena, run, &run->metrics[row], list[i]);
    }
}

static void print_sheet(struct wva_arena *arena, const struct gl_run *run, const char *title,
                        const struct column *columns)
{
    struct sheet sheet = {0};
    fill(arena, run, columns, &sheet);
    gl_console_table(title, sheet.headers, sheet.values, sheet.columns, ROWS, run->count);
}

static void print_text(struct wva_arena *arena, const struct gl_run *run)
{
    struct sheet input = {0}, output = {0};
    fill(arena, run, input_text, &input);
    fill(arena, run, output_text, &output);
    const char *const *headers[] = {input.headers, output.headers};
    const char *const *values[] = {input.values, output.values};
    bool any_output = false;
    for (size_t i = 0; i < run->count; i++)
        any_output = any_output || gl_has_output(&run->metrics[i]);
    gl_console_tables("Text Metrics Statistics (Completed Requests)", any_output ? 2 : 1, headers,
                      values, input.columns, ROWS, run->count);
}

static char *clock_text(struct wva_arena *arena, double epoch)
{
    char text[16];
    time_t seconds = (time_t)epoch;
    struct tm local;
    (void)localtime_r(&seconds, &local);
    (void)strftime(text, sizeof(text), "%H:%M:%S", &local);
    return wva_arena_strdup(arena, text);
}

/* The summary's columns; those with a status are counts of that status. */
static const struct summary_column {
    const char *group, *name, *units;
    enum { LABEL, START, END, DURATION, WARMUP, COOLDOWN, REQUESTS, PROMPTS, OUTPUTS } what;
    int status, since;
} summary_columns[] = {
    {"Benchmark", "Strategy", "", LABEL, 0, 4},
    {"Timings", "Start", "", START, 0, 4},
    {"Timings", "End", "", END, 0, 4},
    {"Timings", "Dur", "Sec", DURATION, 0, 4},
    {"Timings", "Warm", "Sec", WARMUP, 0, 4},
    {"Timings", "Cool", "Sec", COOLDOWN, 0, 4},
    {"Requests", "Comp", "Tot", REQUESTS, GL_SUCCESSFUL, 8},
    {"Requests", "Inc", "Tot", REQUESTS, GL_INCOMPLETE, 8},
    {"Requests", "Err", "Tot", REQUESTS, GL_ERRORED, 8},
    {"Input Tokens", "Comp", "Tot", PROMPTS, GL_SUCCESSFUL, 4},
    {"Input Tokens", "Inc", "Tot", PROMPTS, GL_INCOMPLETE, 4},
    {"Input Tokens", "Err", "Tot", PROMPTS, GL_ERRORED, 4},
    {"Output Tokens", "Comp", "Tot", OUTPUTS, GL_SUCCESSFUL, 4},
    {"Output Tokens", "Inc", "Tot", OUTPUTS, GL_INCOMPLETE, 4},
    {"Output Tokens", "Err", "Tot", OUTPUTS, GL_ERRORED, 4},
};

static const char *summary_cell(struct wva_arena *arena, const struct gl_run *run, size_t row,
                                const struct summary_column *column)
{
    const struct gl_benchmark *b = &run->benchmarks[row];
    const struct gl_metrics *m = &run->metrics[row];
    const double figures[] = {
        [DURATION] = b->window_end - b->window_start,
        [WARMUP] = b->window_start,
        [COOLDOWN] = b->duration - b->window_end,
        [PROMPTS] = m->prompt_tokens.by[column->status].total_sum,
        [OUTPUTS] = m->output_tokens.by[column->status].total_sum,
    };
    if (column->what == LABEL)
        return strategy_cell(arena, run, row);
    if (column->what == START)
        return clock_text(arena, b->epoch + b->window_start);
    if (column->what == END)
        return clock_text(arena, b->epoch + b->window_end);
    if (column->what == REQUESTS)
        return wva_arena_printf(arena, "%lld", (long long)m->totals[column->status]);
    return wva_arena_printf(arena, "%.1f", figures[column->what]);
}

static void print_summary(struct wva_arena *arena, const struct gl_run *run)
{
    const struct summary_column *list[WVA_COUNT(summary_columns)];
    const char *headers[ROWS * WVA_COUNT(summary_columns)];
    size_t count = 0;
    for (size_t i = 0; i < WVA_COUNT(summary_columns); i++)
        if (run->release.minor >= summary_columns[i].since)
            list[count++] = &summary_columns[i];
    const char **values = wva_arena_calloc(arena, run->count * count, sizeof(*values));
    for (size_t i = 0; i < count; i++) {
        headers[i] = list[i]->group;
        headers[count + i] = list[i]->name;
        headers[2 * count + i] = list[i]->units;
        for (size_t row = 0; row < run->count; row++)
            values[row * count + i] = summary_cell(arena, run, row, list[i]);
    }
    gl_console_table("Run Summary Info", headers, values, count, ROWS, run->count);
}

/* Says under the table of latencies what the mark in it means. */
static void print_footnote(const struct gl_run *run)
{
    for (size_t i = 0; i < run->count; i++)
        for (const struct column *column = latencies; column->group != NULL; column++) {
            const struct gl_dist *sample = sample_of(run, &run->metrics[i], column);
            if (sample == NULL || column->stat != P95_MARKED ||
                gl_percentile_is_bounded(sample, P95_INDEX))
                continue;
            printf("* confidence interval unavailable at this sample size\n");
            return;
        }
}

static void print_warnings(const struct gl_run *run)
{
    wva_auto_arena arena = {0};
    for (size_t i = 0; i < run->count; i++) {
        struct gl_warning warning = gl_warning_of(&run->metrics[i]);
        if (warning.code == NULL)
            continue;
        printf("\n\nWarnings (%s)\n", gl_strategy_text(&arena, &run->benchmarks[i].load));
        gl_console_warning(warning.message, warning.note);
    }
}

void gl_console_t2(const struct gl_run *run)
{
    wva_auto_arena arena = {0};
    bool early = run->release.minor == 4 || (run->release.minor == 5 && run->release.patch < 2);
    print_summary(&arena, run);
    print_text(&arena, run);
    print_sheet(&arena, run, "Request Token Statistics (Completed Requests)", counts);
    print_sheet(&arena, run, "Request Latency Statistics (Completed Requests)", latencies);
    print_footnote(run);
    print_sheet(&arena, run,
                early ? "Server Throughput Statistics"
                      : "Server Throughput Statistics (All Requests)",
                throughput);
    if (run->release.minor >= 8)
        print_warnings(run);
}
