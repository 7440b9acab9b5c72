// SPDX-License-Identifier: Apache-2.0
// The tables of GuideLLM 0.4 and later: which columns each has in which release.

#include "guidellm.h"

#include "wva/util/str.h"

#include <stddef.h>
#include <string.h>
#include <time.h>

#define COLUMNS_MAX 20
#define ROWS        3 /* of headers: group, name, statistic */

enum stat { MEAN, MEDIAN, P95, SUM };

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
    {group, name, "Mean", AT(member), GL_SUCCESSFUL, MEAN, 8, 0},                                  \
        {group, name, "Mdn", AT(member), GL_SUCCESSFUL, MEDIAN, first, 0},                         \
    {                                                                                              \
        group, name, "p95", AT(member), GL_SUCCESSFUL, P95, first, 0                               \
    }
#define TOTAL(group, name, units, member, stat, since, until)                                      \
    {                                                                                              \
        group, name, units, AT(member), GL_STATUSES, stat, since, until                            \
    }

static const struct column input_text[] = {
    PAIR("Input Tokens", "Per Request", prompt_tokens),
    {"Input Tokens", "Per Second", "Mdn", AT(prompt_rate), GL_SUCCESSFUL, MEDIAN, 4, 0},
    {"Input Tokens", "Per Second", "Mean", AT(prompt_rate), GL_SUCCESSFUL, MEAN, 4, 0},
    {0}};
static const struct column output_text[] = {
    PAIR("Output Tokens", "Per Request", output_tokens),
    {"Output Tokens", "Per Second", "Mdn", AT(output_rate), GL_SUCCESSFUL, MEDIAN, 4, 0},
    {"Output Tokens", "Per Second", "Mean", AT(output_rate), GL_SUCCESSFUL, MEAN, 4, 0},
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
    if (run->release.minor < 8)
        return gl_strategy_name(load);
    if (load->kind == GL_THROUGHPUT)
        return wva_arena_printf(arena, "throughput@%lld", (long long)load->streams);
    return gl_strategy_label(arena, load);
}

static double figure(const struct gl_dist *dist, enum stat stat)
{
    switch (stat) {
    case MEAN:
        return dist->mean;
    case MEDIAN:
        return dist->median;
    case P95:
        return dist->percentiles[8];
    case SUM:
        return dist->total_sum;
    }
    return 0;
}

static const struct gl_dist *dist_of(const struct gl_metrics *metrics, const struct column *column)
{
    const struct gl_split *split =
        (const struct gl_split *)(const void *)((const char *)metrics + column->offset);
    return column->status == GL_STATUSES ? &split->total : &split->by[column->status];
}

/* "43.8 ± 0.8" for 0.8's means of times that have an interval, "44.8*" where it has too few. */
static char *value_text(struct wva_arena *arena, const struct gl_run *run,
                        const struct gl_dist *dist, const struct column *column)
{
    double value = figure(dist, column->stat);
    bool interval = run->release.minor >= 8 && column->stat == MEAN && column->since == 8 &&
                    (strcmp(column->group, "TTFT") == 0 || strcmp(column->group, "TTFOT") == 0 ||
                     strcmp(column->group, "Request Latency") == 0);
    if (!interval)
        return wva_arena_printf(arena, "%.1f", value);
    if (dist->count < 20)
        return wva_arena_printf(arena, "%.1f*", value);
    return wva_arena_printf(arena, "%.1f \xC2\xB1 %.1f", value,
                            1.96 * dist->std_dev / sqrt((double)dist->count));
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
            sheet->values[row * count + i] =
                value_text(arena, run, dist_of(&run->metrics[row], list[i]), list[i]);
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
    gl_console_tables("Text Metrics Statistics (Completed Requests)", 2, headers, values,
                      input.columns, ROWS, run->count);
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

static void print_summary(struct wva_arena *arena, const struct gl_run *run)
{
    static const char *const headers[] = {"Benchmark",
                                          "Timings",
                                          "Timings",
                                          "Timings",
                                          "Timings",
                                          "Timings",
                                          "Input Tokens",
                                          "Input Tokens",
                                          "Input Tokens",
                                          "Output Tokens",
                                          "Output Tokens",
                                          "Output Tokens",
                                          "Strategy",
                                          "Start",
                                          "End",
                                          "Dur",
                                          "Warm",
                                          "Cool",
                                          "Comp",
                                          "Inc",
                                          "Err",
                                          "Comp",
                                          "Inc",
                                          "Err",
                                          "",
                                          "",
                                          "",
                                          "Sec",
                                          "Sec",
                                          "Sec",
                                          "Tot",
                                          "Tot",
                                          "Tot",
                                          "Tot",
                                          "Tot",
                                          "Tot"};
    static const int order[] = {GL_SUCCESSFUL, GL_INCOMPLETE, GL_ERRORED};
    const size_t columns = WVA_COUNT(headers) / ROWS;
    const char **values = wva_arena_calloc(arena, run->count * columns, sizeof(*values));
    for (size_t row = 0; row < run->count; row++) {
        const struct gl_benchmark *b = &run->benchmarks[row];
        const struct gl_metrics *m = &run->metrics[row];
        const char **cells = values + row * columns;
        double times[] = {b->window_end - b->window_start, b->window_start,
                          b->duration - b->window_end};
        cells[0] = strategy_cell(arena, run, row);
        cells[1] = clock_text(arena, b->epoch + b->window_start);
        cells[2] = clock_text(arena, b->epoch + b->window_end);
        for (size_t i = 0; i < 3; i++) {
            cells[3 + i] = wva_arena_printf(arena, "%.1f", times[i]);
            cells[6 + i] = wva_arena_printf(arena, "%.1f", m->prompt_tokens.by[order[i]].total_sum);
            cells[9 + i] = wva_arena_printf(arena, "%.1f", m->output_tokens.by[order[i]].total_sum);
        }
    }
    gl_console_table("Run Summary Info", headers, values, columns, ROWS, run->count);
}

void gl_console_t2(const struct gl_run *run)
{
    wva_auto_arena arena = {0};
    bool early = run->release.minor == 4 || (run->release.minor == 5 && run->release.patch < 2);
    print_summary(&arena, run);
    print_text(&arena, run);
    print_sheet(&arena, run, "Request Token Statistics (Completed Requests)", counts);
    print_sheet(&arena, run, "Request Latency Statistics (Completed Requests)", latencies);
    for (size_t i = 0; run->release.minor >= 8 && i < run->count; i++)
        if (run->metrics[i].ttft.by[GL_SUCCESSFUL].count < 20) {
            printf("* confidence interval unavailable at this sample size\n");
            break;
        }
    print_sheet(&arena, run,
                early ? "Server Throughput Statistics"
                      : "Server Throughput Statistics (All Requests)",
                throughput);
}
