// SPDX-License-Identifier: Apache-2.0
/*
 * Tables as GuideLLM prints them. Two layouts:
 *
 *     ======================      |=======|=======|
 *     Metadata | Stats    ||      | Bench | TTFT ||
 *          Name| mean| p99        | Strat | ms   ||
 *     ---------|-----|----        |       | Mdn| p95|
 *      concur@4|  1.0| 2.0        |-------|----|----|
 *     ======================      | concu | 1.0| 2.0|
 *                                 |=======|=======|
 *
 * The left one (0.2, 0.3) is wrapped between words when the terminal is narrower, as it is in a pod
 * without one; its rows are put together again by counting bars. The right one (from 0.4) is never
 * wrapped, and tables of one title share a rule. What the columns mean is in console.c.
 */
#include "console_priv.h"

#include "wva/util/buf.h"
#include "wva/util/str.h"

#include <string.h>

#define ROW_MAX ((size_t)1 << 16)

static int fail_at(const struct wva_log *log, size_t index, const char *problem,
                   struct wva_error *err)
{
    size_t last = log->count - 1;
    return wva_error_set(err, WVA_E_INPUT, "%s: line %zu: %s", log->name,
                         log->lines[index < last ? index : last].number, problem);
}

static int cut(const struct wva_log *log, size_t index, struct wva_error *err)
{
    return fail_at(log, index, "the table is cut", err);
}

static const char *line_text(const struct wva_log *log, size_t index)
{
    return index < log->count ? log->lines[index].text : "";
}

static bool made_of(const char *text, const char *characters)
{
    return *text != '\0' && text[strspn(text, characters)] == '\0';
}

static bool is_heavy_rule(const char *text)
{
    return made_of(text, "=") && strlen(text) >= 10;
}

static bool is_boxed_rule(const char *text, char stroke)
{
    return text[0] == '|' && text[1] == stroke && made_of(text, stroke == '=' ? "|=" : "|-");
}

static size_t count_bars(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == '|';
    return count;
}

static char **split_cells(struct wva_arena *arena, const char *text)
{
    size_t count;
    char **cells = wva_str_split(arena, text, '|', &count);
    for (size_t i = 0; i < count; i++)
        cells[i] = wva_str_trim(arena, cells[i]);
    return cells;
}

/* A merged heading is printed once, the cells it spans are empty. */
static void spread_headings(struct wva_arena *arena, char **cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (*cells[i] == '\0' && i > 0)
            cells[i] = cells[i - 1];
        char *unit = strstr(cells[i], " (");
        if (unit)
            cells[i] = wva_arena_strndup(arena, cells[i], (size_t)(unit - cells[i]));
    }
}

static void add_row(struct wva_arena *arena, struct wva_console_table *table, size_t line,
                    char **cells)
{
    if ((table->row_count & (table->row_count - 1)) == 0) {
        size_t cap = table->row_count ? 2 * table->row_count : 1;
        struct wva_console_row *rows = wva_arena_calloc(arena, cap, sizeof(*rows));
        if (table->row_count > 0)
            memcpy(rows, table->rows, table->row_count * sizeof(*rows));
        table->rows = rows;
    }
    table->rows[table->row_count++] = (struct wva_console_row){.line = line, .cells = cells};
}

static void set_columns(struct wva_arena *arena, struct wva_console_table *table, char **groups,
                        char **names, char **stats)
{
    table->columns = wva_arena_calloc(arena, table->column_count, sizeof(*table->columns));
    for (size_t i = 0; i < table->column_count; i++)
        table->columns[i] = (struct wva_console_column){
            .group = groups[i],
            .name = names ? names[i] : NULL,
            .stat = stats[i],
        };
}

/*
 * The open layout of 0.2 and 0.3.
 */

/* Puts one row together from line `*at` on; it may not reach `end`. A row is whole when it has all
 * its bars and something behind the last one, unless `ends_empty` (the merged end of the group
 * headings). */
static int join_row(struct wva_arena *arena, const struct wva_log *log, size_t *at, size_t end,
                    const struct wva_console_table *table, bool ends_empty, char ***ret_cells,
                    struct wva_error *err)
{
    wva_auto_buf text = WVA_BUF(ROW_MAX);
    size_t first = *at;
    while (*at < end) {
        wva_buf_printf(&text, "%s%s", text.len > 0 ? " " : "", line_text(log, (*at)++));
        size_t bars = count_bars(wva_buf_str(&text));
        if (bars >= table->column_count || text.overflowed)
            return fail_at(log, first, "the row has more cells than its table has headings", err);
        if (bars + 1 < table->column_count)
            continue;
        char **cells = split_cells(arena, wva_buf_str(&text));
        if (ends_empty || *cells[bars] != '\0') {
            *ret_cells = cells;
            return 0;
        }
    }
    return cut(log, end, err);
}

static size_t skip_heavy_rules(const struct wva_log *log, size_t at)
{
    while (is_heavy_rule(line_text(log, at)))
        at++;
    return at;
}

/* The rule under the headings, which may be wrapped anywhere, tells the number of columns. */
static int read_open_rule(const struct wva_log *log, size_t at, size_t *ret_first, size_t *ret_end,
                          size_t *ret_columns, struct wva_error *err)
{
    while (at < log->count && !made_of(line_text(log, at), "-|")) {
        if (is_heavy_rule(line_text(log, at)))
            return cut(log, at, err);
        at++;
    }
    if (at == log->count)
        return cut(log, at, err);
    *ret_first = at;
    *ret_columns = 1;
    for (; made_of(line_text(log, at), "-|"); at++)
        *ret_columns += count_bars(line_text(log, at));
    *ret_end = at;
    return 0;
}

static int read_open_headings(struct wva_arena *arena, const struct wva_log *log, size_t at,
                              size_t end, struct wva_console_table *table, struct wva_error *err)
{
    char **groups, **stats;
    if (join_row(arena, log, &at, end, table, true, &groups, err) < 0)
        return -1;
    if (join_row(arena, log, &at, end, table, false, &stats, err) < 0)
        return -1;
    spread_headings(arena, groups, table->column_count);
    spread_headings(arena, stats, table->column_count);
    set_columns(arena, table, groups, NULL, stats);
    return 0;
}

/* `*at` is the line after the rule that opens the table. */
static int read_open_table(struct wva_arena *arena, const struct wva_log *log, size_t *at,
                           struct wva_console_table *table, struct wva_error *err)
{
    size_t rule = *at, body = *at;
    if (read_open_rule(log, *at, &rule, &body, &table->column_count, err) < 0)
        return -1;
    if (read_open_headings(arena, log, *at, rule, table, err) < 0)
        return -1;
    size_t end = body;
    while (end < log->count && !is_heavy_rule(line_text(log, end)))
        end++;
    if (end == log->count)
        return cut(log, end, err);
    while (body < end) {
        size_t line = log->lines[body].number;
        char **cells;
        if (join_row(arena, log, &body, end, table, false, &cells, err) < 0)
            return -1;
        add_row(arena, table, line, cells);
    }
    *at = skip_heavy_rules(log, end);
    return 0;
}

/*
 * The boxed layout from 0.4 on.
 */

/* The cells of a boxed line, or NULL when it has not `count` of them. */
static char **boxed_cells(struct wva_arena *arena, const char *text, size_t count)
{
    size_t len = strlen(text);
    if (len < 2 || text[0] != '|' || text[len - 1] != '|' || count_bars(text) != count + 1)
        return NULL;
    return split_cells(arena, wva_arena_strndup(arena, text + 1, len - 2));
}

static int read_boxed_headings(struct wva_arena *arena, const struct wva_log *log, size_t *at,
                               struct wva_console_table *table, struct wva_error *err)
{
    char **headings[3];
    const char *rule = line_text(log, *at + 3);
    if (!is_boxed_rule(rule, '-'))
        return cut(log, *at + 3, err);
    table->column_count = count_bars(rule) - 1;
    for (size_t i = 0; i < 3; i++, (*at)++) {
        headings[i] = boxed_cells(arena, line_text(log, *at), table->column_count);
        if (!headings[i])
            return cut(log, *at, err);
        spread_headings(arena, headings[i], table->column_count);
    }
    set_columns(arena, table, headings[0], headings[1], headings[2]);
    (*at)++;
    return 0;
}

/* `*at` is the line after the rule that opens the table; it is left at the one that closes it,
 * which may open the next. */
static int read_boxed_table(struct wva_arena *arena, const struct wva_log *log, size_t *at,
                            struct wva_console_table *table, struct wva_error *err)
{
    if (read_boxed_headings(arena, log, at, table, err) < 0)
        return -1;
    for (; !is_boxed_rule(line_text(log, *at), '='); (*at)++) {
        char **cells = boxed_cells(arena, line_text(log, *at), table->column_count);
        if (!cells)
            return cut(log, *at, err);
        add_row(arena, table, log->lines[*at].number, cells);
    }
    if (count_bars(line_text(log, *at)) != table->column_count + 1)
        return cut(log, *at, err);
    return 0;
}

/* A boxed rule closes a table, opens one, or does both. */
static bool opens_table(const struct wva_log *log, size_t at)
{
    const char *next = line_text(log, at + 1);
    bool closes = at > 0 && line_text(log, at - 1)[0] == '|';
    return !closes || (next[0] == '|' && !is_boxed_rule(next, '='));
}

static int read_table_at(struct wva_arena *arena, const struct wva_log *log, size_t *at,
                         struct wva_console_table *ret, struct wva_error *err)
{
    struct wva_console_table table = {.first = *at, .line = log->lines[*at].number};
    const char *text = line_text(log, *at);
    if (is_boxed_rule(text, '=') && opens_table(log, *at)) {
        (*at)++;
        if (read_boxed_table(arena, log, at, &table, err) < 0)
            return -1;
        *ret = table;
        return 1;
    }
    /* Others print such rules too; the first heading tells GuideLLM's. */
    size_t behind = skip_heavy_rules(log, *at);
    if (behind > *at && wva_str_has_prefix(line_text(log, behind), "Metadata ")) {
        *at = behind;
        if (read_open_table(arena, log, at, &table, err) < 0)
            return -1;
        *ret = table;
        return 1;
    }
    if (behind > *at)
        *at = behind - 1; /* look at a run of rules once, however long */
    return 0;
}

int wva_console_next_table(struct wva_arena *arena, const struct wva_log *log, size_t *at,
                           struct wva_console_table *ret, struct wva_error *err)
{
    for (; *at < log->count; (*at)++) {
        int found = read_table_at(arena, log, at, ret, err);
        if (found != 0)
            return found;
    }
    return 0;
}
