// SPDX-License-Identifier: Apache-2.0
/*
 * What a person sees: tables, a live line, colour. Everything is given as plain data and goes to a
 * FILE * the caller names. Strings from a server must be sanitized before (wva_str_sanitize).
 */
#ifndef WVA_UI_UI_H
#define WVA_UI_UI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct wva_term {
    FILE *file;
    bool tty;
    bool live;      /* tty whose line can be rewritten: TERM set and not "dumb" */
    bool colour;    /* live, and NO_COLOR unset or empty */
    unsigned width; /* columns: $COLUMNS, the terminal's, 80 */
};

/* `no_color`, `term_name` and `columns` are what NO_COLOR, TERM and COLUMNS say; NULL: unset. */
void wva_term_init(struct wva_term *term, FILE *file, const char *no_color, const char *term_name,
                   const char *columns);

enum wva_style {
    WVA_STYLE_PLAIN,
    WVA_STYLE_BOLD,
    WVA_STYLE_GREEN,
    WVA_STYLE_YELLOW,
    WVA_STYLE_RED,
    WVA_STYLE_DIM
};

/* Writes `text` in a style (plain when the terminal has no colour). */
void wva_term_put(const struct wva_term *term, enum wva_style style, const char *text);

/*
 * Tables as kubectl prints them: upper-case headers, columns padded by three blanks, no rules.
 * `rows` is count * columns strings, row by row; NULL prints as "-". `right` (may be NULL): which
 * columns are numbers, aligned right.
 */
void wva_table_print(FILE *out, const char *const *headers, const bool *right, size_t columns,
                     const char *const *rows, size_t count);

/*
 * Progress: on a live terminal one line that is rewritten, cut to the width; elsewhere one line
 * whenever `what` changes. `what` names the step ("level 2 of 4: 16 streams"), `detail` moves
 * ("12s, about 48s left") and is shown on terminals only; may be NULL.
 */
struct wva_progress {
    struct wva_term *term;
    bool quiet;
    char last[256];
    bool line_open;
    unsigned frame;
};

void wva_progress_init(struct wva_progress *progress, struct wva_term *term, bool quiet);
void wva_progress_update(struct wva_progress *progress, const char *what, const char *detail);
/* A line that stays, above the live one. Printed also when not a terminal; not when quiet. */
void wva_progress_note(struct wva_progress *progress, enum wva_style style, const char *text);
/* Ends the live line. */
void wva_progress_end(struct wva_progress *progress);

#endif
