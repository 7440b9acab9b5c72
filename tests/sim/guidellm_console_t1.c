// SPDX-License-Identifier: Apache-2.0
// The tables of GuideLLM 0.3, which wrap like any other text.

#include "guidellm.h"

#include "wva/util/str.h"

#include <string.h>
#include <time.h>

#define CELLS_MAX 24

struct section {
    const char *name;
    size_t first, last;
};

struct table {
    const char *title;
    const struct section *sections;
    size_t section_count;
    const char *const *headers;
    size_t columns;
    char *const *rows; /* rows * columns */
    size_t row_count;
};

/* Two empty lines as wide as the title, then the title. */
static void heading(const char *title)
{
    int columns = (int)strlen(title) + 1;
    printf("%*s\n%*s\n%s:\n", columns, "", columns, "", title);
}

static void widths_of(const struct table *table, size_t widths[CELLS_MAX])
{
    for (size_t i = 0; i < table->columns; i++) {
        widths[i] = strlen(table->headers[i]);
        for (size_t row = 0; row < table->row_count; row++)
            if (strlen(table->rows[row * table->columns + i]) > widths[i])
                widths[i] = strlen(table->rows[row * table->columns + i]);
    }
    for (size_t s = 0; s < table->section_count; s++) {
        const struct section *section = &table->sections[s];
        size_t count = section->last - section->first + 1;
        size_t needed = strlen(section->name) + count - 1, there = 2 * (count - 1);
        for (size_t i = section->first; i <= section->last; i++)
            there += widths[i];
        for (size_t i = section->first; needed > there && i <= section->last; i++)
            widths[i] += (needed - there + count - 1) / count;
    }
}

static void repeat(struct wva_buf *line, char c, size_t count)
{
    for (size_t i = 0; i < count; i++)
        wva_buf_putc(line, c);
}

static void divider(const size_t *widths, size_t columns, bool separators)
{
    wva_auto_buf line = WVA_BUF(8192);
    for (size_t i = 0; i < columns; i++) {
        repeat(&line, separators ? '-' : '=', widths[i]);
        if (i + 1 < columns)
            wva_buf_puts(&line, separators ? "|-" : "==");
    }
    gl_console_line(wva_buf_str(&line));
}

static void section_row(const struct table *table, const size_t *widths)
{
    wva_auto_buf line = WVA_BUF(8192);
    for (size_t s = 0; s < table->section_count; s++) {
        const struct section *section = &table->sections[s];
        size_t separators = section->last - section->first, length = 2 * (separators + 1);
        for (size_t i = section->first; i <= section->last; i++)
            length += widths[i];
        wva_buf_puts(&line, section->name);
        repeat(&line, ' ', length - strlen(section->name) - separators - 2);
        repeat(&line, '|', separators);
        if (s + 1 < table->section_count)
            wva_buf_puts(&line, "| ");
    }
    gl_console_line(wva_buf_str(&line));
}

static void cell_row(const char *const *cells, const size_t *widths, size_t columns)
{
    wva_auto_buf line = WVA_BUF(8192);
    for (size_t i = 0; i < columns; i++)
        wva_buf_printf(&line, "%*s%s", (int)widths[i], cells[i], i + 1 < columns ? "| " : "");
    gl_console_line(wva_buf_str(&line));
}

static void print_table(const struct table *table)
{
    size_t widths[CELLS_MAX];
    widths_of(table, widths);
    heading(table->title);
    divider(widths, table->columns, false);
    section_row(table, widths);
    cell_row(table->headers, widths, table->columns);
    divider(widths, table->columns, true);
    for (size_t row = 0; row < table->row_count; row++)
        cell_row((const char *const *)table->rows + row * table->columns, widths, table->columns);
    divider(widths, table->columns, false);
}

static void labeled(const char *label, const char *value)
{
    wva_auto_arena arena = {0};
    gl_console_indented(wva_arena_printf(&arena, "%s:%s", label, value));
}

/* "type=concurrent, strategies=['concurrent', 'concurrent'], streams=[1, 4]" */
static char *profile_text(struct wva_arena *arena, const struct gl_run *run)
{
    struct wva_value *strategies = wva_array(arena), *streams = wva_array(arena);
    for (size_t i = 0; i < run->count; i++) {
        const struct gl_load *load = &run->benchmarks[i].load;
        wva_array_append(arena, strategies, wva_string(arena, gl_strategy_name(load)));
        wva_array_append(arena, streams, wva_int(arena, load->streams));
    }
    const char *more = "";
    if (run->args->kind == GL_CONCURRENT)
        more = wva_arena_printf(arena, ", streams=%s", gl_python_repr(arena, streams));
    else if (run->args->kind != GL_SYNCHRONOUS)
        more = ", max_concurrency=None";
    return wva_arena_printf(arena, "type=%s, strategies=%s%s", run->args->kind_name,
                            gl_python_repr(arena, strategies), more);
}

static char *phase_text(struct wva_arena *arena, const struct gl_run *run, struct gl_phase phase)
{
    if (isnan(phase.percent))
        return wva_arena_strdup(arena, "None");
    return wva_arena_printf(arena, "%.1f", phase.percent * run->args->max_seconds);
}

static void metadata(const struct gl_run *run)
{
    wva_auto_arena arena = {0};
    const struct gl_benchmark *last = &run->benchmarks[run->count - 1];
    double seconds = last->epoch + last->duration - run->benchmarks[0].epoch;
    heading("Benchmarks Metadata");
    labeled("Run id", "00000000-0000-0000-0000-000000000000");
    labeled("Duration", wva_arena_printf(&arena, "%.1f seconds", seconds));
    labeled("Profile", profile_text(&arena, run));
    labeled("Args",
            wva_arena_printf(&arena,
                             "max_number=None, max_duration=%.1f, warmup_number=None, "
                             "warmup_duration=%s, cooldown_number=None, cooldown_duration=%s",
                             run->args->max_seconds, phase_text(&arena, run, run->args->warmup),
                             phase_text(&arena, run, run->args->cooldown)));
    labeled("Worker", wva_arena_printf(&arena,
                                       "type_='generative_requests_worker' "
                                       "backend_type='openai_http' backend_target='%s' "
                                       "backend_model='%s' backend_info={'max_output_tokens': "
                                       "16384, 'timeout': 300, 'http2': True, "
                                       "'follow_redirects': True, 'headers': {}, "
                                       "'text_completions_path': '/v1/completions', "
                                       "'chat_completions_path': '/v1/chat/completions'}",
                                       run->args->target, run->model));
    labeled("Request Loader",
            wva_arena_printf(&arena,
                             "type_='generative_request_loader' data='%s' data_args=None "
                             "processor='%s' processor_args=None",
                             run->args->data,
                             run->args->tokenizer != NULL ? run->args->tokenizer : run->model));
    labeled("Extras", "None");
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

static void info_row(struct wva_arena *arena, const struct gl_run *run, size_t index, char **row)
{
    static const int order[] = {GL_SUCCESSFUL, GL_INCOMPLETE, GL_ERRORED};
    const struct gl_benchmark *b = &run->benchmarks[index];
    const struct gl_metrics *m = &run->metrics[index];
    size_t n = 0;
    row[n++] = gl_strategy_label(arena, &b->load);
    row[n++] = clock_text(arena, b->epoch);
    row[n++] = clock_text(arena, b->epoch + b->duration);
    row[n++] = wva_arena_printf(arena, "%.1f", b->duration);
    for (size_t i = 0; i < 3; i++)
        row[n++] = wva_arena_printf(arena, "%lld", (long long)m->totals[order[i]]);
    for (size_t i = 0; i < 3; i++)
        row[n++] = wva_arena_printf(arena, "%.1f", m->prompt_tokens.by[order[i]].mean);
    for (size_t i = 0; i < 3; i++)
        row[n++] = wva_arena_printf(arena, "%.1f", m->output_tokens.by[order[i]].mean);
    for (size_t i = 0; i < 3; i++)
        row[n++] = wva_arena_printf(arena, "%.0f", m->prompt_tokens.by[order[i]].total_sum);
    for (size_t i = 0; i < 3; i++)
        row[n++] = wva_arena_printf(arena, "%.0f", m->output_tokens.by[order[i]].total_sum);
}

static void stats_row(struct wva_arena *arena, const struct gl_run *run, size_t index, char **row)
{
    const struct gl_metrics *m = &run->metrics[index];
    const struct gl_split *groups[] = {&m->latency, &m->ttft, &m->itl, &m->tpot};
    size_t n = 0;
    row[n++] = gl_strategy_label(arena, &run->benchmarks[index].load);
    row[n++] = wva_arena_printf(arena, "%.2f", m->requests_per_second.by[0].mean);
    row[n++] = wva_arena_printf(arena, "%.2f", m->concurrency.by[0].mean);
    row[n++] = wva_arena_printf(arena, "%.1f", m->output_rate.by[0].mean);
    row[n++] = wva_arena_printf(arena, "%.1f", m->total_rate.by[0].mean);
    for (size_t g = 0; g < WVA_COUNT(groups); g++) {
        const struct gl_dist *dist = &groups[g]->by[0];
        double figures[] = {dist->mean, dist->median, dist->percentiles[9]};
        for (size_t i = 0; i < WVA_COUNT(figures); i++)
            row[n++] = wva_arena_printf(arena, g == 0 ? "%.2f" : "%.1f", figures[i]);
    }
}

void gl_console_t1(const struct gl_run *run)
{
    static const struct section info_sections[] = {
        {"Metadata", 0, 3},         {"Requests Made", 4, 6},      {"Prompt Tok/Req", 7, 9},
        {"Output Tok/Req", 10, 12}, {"Prompt Tok Total", 13, 15}, {"Output Tok Total", 16, 18}};
    static const char *const info_headers[] = {
        "Benchmark", "Start Time", "End Time", "Duration (s)", "Comp", "Inc", "Err",
        "Comp",      "Inc",        "Err",      "Comp",         "Inc",  "Err", "Comp",
        "Inc",       "Err",        "Comp",     "Inc",          "Err"};
    static const struct section stats_sections[] = {
        {"Metadata", 0, 0},    {"Request Stats", 1, 2},     {"Out Tok/sec", 3, 3},
        {"Tot Tok/sec", 4, 4}, {"Req Latency (sec)", 5, 7}, {"TTFT (ms)", 8, 10},
        {"ITL (ms)", 11, 13},  {"TPOT (ms)", 14, 16}};
    static const char *const stats_headers[] = {
        "Benchmark", "Per Second", "Concurrency", "mean",   "mean", "mean", "median", "p99", "mean",
        "median",    "p99",        "mean",        "median", "p99",  "mean", "median", "p99"};
    wva_auto_arena arena = {0};
    char **info = wva_arena_calloc(&arena, run->count * WVA_COUNT(info_headers), sizeof(*info));
    char **stats = wva_arena_calloc(&arena, run->count * WVA_COUNT(stats_headers), sizeof(*stats));
    for (size_t i = 0; i < run->count; i++) {
        info_row(&arena, run, i, info + i * WVA_COUNT(info_headers));
        stats_row(&arena, run, i, stats + i * WVA_COUNT(stats_headers));
    }
    const struct table tables[] = {
        {"Benchmarks Info", info_sections, WVA_COUNT(info_sections), info_headers,
         WVA_COUNT(info_headers), info, run->count},
        {"Benchmarks Stats", stats_sections, WVA_COUNT(stats_sections), stats_headers,
         WVA_COUNT(stats_headers), stats, run->count},
    };
    metadata(run);
    for (size_t i = 0; i < WVA_COUNT(tables); i++)
        print_table(&tables[i]);
}
