// SPDX-License-Identifier: Apache-2.0
/* A table of GuideLLM's console output, whatever its layout. Private to the guidellm layer. */
#ifndef WVA_GUIDELLM_CONSOLE_PRIV_H
#define WVA_GUIDELLM_CONSOLE_PRIV_H

#include "log_priv.h"

/* A column's headings, without their unit in parentheses. Merged headings stand in each column they
 * span. */
struct wva_console_column {
    const char *group; /* "TTFT" */
    const char *name;  /* "ms"; NULL where tables have two rows of headings (GuideLLM <= 0.3) */
    const char *stat;  /* "mean" */
};

struct wva_console_row {
    size_t line; /* number of its first line */
    char **cells;
};

struct wva_console_table {
    size_t first; /* index of its first line */
    size_t line;  /* number of that line */
    struct wva_console_column *columns;
    size_t column_count;
    struct wva_console_row *rows;
    size_t row_count;
};

/* The next table at or after line index `*at`, which is moved behind it. 1: found, 0: there is
 * none, -1: one is cut or ragged (WVA_E_INPUT naming the line). Lives in `arena`. */
int wva_console_next_table(struct wva_arena *arena, const struct wva_log *log, size_t *at,
                           struct wva_console_table *ret, struct wva_error *err) WVA_MUST_USE;

#endif
