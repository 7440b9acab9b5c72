// SPDX-License-Identifier: Apache-2.0
// Lines as rich prints them when it is not on a terminal (wrapped at COLUMNS, 80 without it), and
// the tables of GuideLLM 0.4 and later.

#include "guidellm.h"

#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_WIDTH 80
#define COLUMNS_MAX   24
#define BREAKS_MAX    512

const char *gl_strategy_name(const struct gl_load *load)
{
    static const char *const names[] = {
        [GL_SYNCHRONOUS] = "synchronous", [GL_CONCURRENT] = "concurrent",
        [GL_THROUGHPUT] = "throughput",   [GL_CONSTANT] = "constant",
        [GL_POISSON] = "poisson",         [GL_SWEEP] = "sweep",
    };
    return names[load->kind];
}

char *gl_strategy_label(struct wva_arena *arena, const struct gl_load *load)
{
    const char *name = gl_strategy_name(load);
    if (load->kind == GL_CONCURRENT)
        return wva_arena_printf(arena, "%s@%lld", name, (long long)load->streams);
    if (load->kind == GL_CONSTANT || load->kind == GL_POISSON)
        return wva_arena_printf(arena, "%s@%.2f", name, load->rate);
    return wva_arena_strdup(arena, name);
}

/* 0.8's, which tells the load of all. */
char *gl_strategy_text(struct wva_arena *arena, const struct gl_load *load)
{
    if (load->kind == GL_THROUGHPUT)
        return wva_arena_printf(arena, "throughput@%lld", (long long)load->streams);
    return gl_strategy_label(arena, load);
}

static size_t width(void)
{
    const char *text = getenv("COLUMNS");
    int64_t columns = DEFAULT_WIDTH;
    if (text != NULL && wva_parse_i64(text, strlen(text), &columns) == 0 && columns > 0)
        return (size_t)columns;
    return DEFAULT_WIDTH;
}

/* A word with the blanks around it. */
struct word {
    size_t bare; /* without those after it */
    size_t whole;
};

static struct word word_at(const char *text)
{
    struct word word = {.bare = strspn(text, " ")};
    word.bare += strcspn(text + word.bare, " ");
    word.whole = word.bare + strspn(text + word.bare, " ");
    return word;
}

/* Breaks within a word that is longer than a line. */
static size_t cut_word(size_t at, size_t len, size_t columns, size_t *breaks, size_t count)
{
    for (size_t cut = columns; cut < len && count < BREAKS_MAX; cut += columns)
        breaks[count++] = at + cut;
    return count;
}

/* Where rich breaks the line: before words that do not fit; words longer than a line are cut. */
static size_t find_breaks(const char *text, size_t columns, size_t *breaks)
{
    size_t count = 0, used = 0;
    for (size_t at = 0; text[at] != '\0' && count < BREAKS_MAX;) {
        struct word word = word_at(text + at);
        bool fits = used + word.bare <= columns, too_long = word.bare > columns;
        if (!fits && at > 0)
            breaks[count++] = at;
        if (too_long)
            count = cut_word(at, word.bare, columns, breaks, count);
        if (!fits)
            used = 0;
        used = too_long ? word.whole % columns : used + word.whole;
        at += word.whole;
    }
    return count;
}

enum padding { PAD_NONE, PAD_WRAPPED, PAD_ALL }; /* with blanks to the whole width */

/* `margin`: printed before each line, as blanks before all but the first. `beside`: columns that
 * are not for the text, the margin's among them. */
static void print_wrapped(const char *text, const char *margin, size_t beside, enum padding padding)
{
    size_t breaks[BREAKS_MAX + 2];
    size_t columns = width() > beside ? width() - beside : 1;
    int blanks = (int)wva_utf8_width(margin);
    size_t count = strlen(text) > columns ? find_breaks(text, columns, breaks) : 0;
    bool padded = padding == PAD_ALL || (padding == PAD_WRAPPED && count > 0);
    breaks[count] = strlen(text);
    for (size_t i = 0, from = 0; i <= count; from = breaks[i++]) {
        size_t len = breaks[i] - from;
        while (len > columns && text[from + len - 1] == ' ')
            len--;
        printf("%*s%-*.*s\n", i > 0 ? blanks : 0, i > 0 ? "" : margin, padded ? (int)columns : 0,
               (int)len, text + from);
    }
}

void gl_console_indented(const char *text)
{
    print_wrapped(text, "    ", 4, PAD_WRAPPED);
}

void gl_console_line(const char *text)
{
    print_wrapped(text, "", 0, PAD_WRAPPED);
}

void gl_console_title(const char *text)
{
    print_wrapped(text, "", 0, PAD_NONE);
}

void gl_console_details(const char *text)
{
    print_wrapped(text, "  ", 2, PAD_ALL);
}

/* A table without borders: the mark, the text, and a blank after it. */
void gl_console_warning(const char *message, const char *note)
{
    print_wrapped(message, "\xE2\x9A\xA0 ", 3, PAD_ALL);
    print_wrapped(note, "  ", 3, PAD_ALL);
}

/* A table's columns while it is laid out; texts are padded with a blank on either side. */
struct table {
    size_t columns;
    size_t widths[COLUMNS_MAX];
};

static size_t padded(const char *text)
{
    return text[0] != '\0' ? wva_utf8_width(text) + 2 : 0;
}

/* The end of the span of equal headers that begins at `column` of `row`: equal, and under headers
 * that are equal too. */
static size_t span_end(const char *const *headers, size_t columns, size_t row, size_t column)
{
    const char *text = headers[row * columns + column];
    size_t end = column + 1;
    while (end < columns && text[0] != '\0' && strcmp(headers[row * columns + end], text) == 0 &&
           (row == 0 ||
            strcmp(headers[(row - 1) * columns + column], headers[(row - 1) * columns + end]) == 0))
        end++;
    return end;
}

/* Widens the columns under a header that needs more room. */
static void make_room(struct table *table, size_t from, size_t to, size_t needed)
{
    size_t there = 0;
    for (size_t i = from; i < to; i++)
        there += table->widths[i];
    if (needed <= there)
        return;
    size_t each = (needed - there) / (to - from), extra = (needed - there) % (to - from);
    for (size_t i = from; i < to; i++)
        table->widths[i] += each + (i - from < extra ? 1 : 0);
}

static void rule(const struct table *table, char c)
{
    for (size_t i = 0; i < table->columns; i++) {
        (void)putchar('|');
        for (size_t k = 0; k < table->widths[i]; k++)
            (void)putchar(c);
    }
    printf("|\n");
}

static void cell(const char *text, size_t columns)
{
    size_t used = padded(text);
    if (used > 0)
        printf(" %s ", text);
    for (; used < columns; used++)
        (void)putchar(' ');
}

static void header_row(const struct table *table, const char *const *headers, size_t row)
{
    for (size_t i = 0; i < table->columns;) {
        size_t end = span_end(headers, table->columns, row, i), columns = 0;
        /* the real one clears merged cells and joins what is empty to the cell before it */
        while (headers[row * table->columns + i][0] != '\0' && end < table->columns &&
               headers[row * table->columns + end][0] == '\0')
            end++;
        for (size_t k = i; k < end; k++)
            columns += table->widths[k];
        (void)putchar('|');
        cell(headers[row * table->columns + i], columns);
        for (size_t k = i + 1; k < end; k++)
            (void)putchar('|');
        i = end;
    }
    printf("|\n");
}

static void lay_out(struct table *table, const char *const *headers, const char *const *values,
                    size_t header_rows, size_t value_rows)
{
    for (size_t row = 0; row < value_rows; row++)
        for (size_t i = 0; i < table->columns; i++)
            if (padded(values[row * table->columns + i]) > table->widths[i])
                table->widths[i] = padded(values[row * table->columns + i]);
    for (size_t row = 0; row < header_rows; row++)
        for (size_t i = 0; i < table->columns;) {
            size_t end = span_end(headers, table->columns, row, i);
            make_room(table, i, end, padded(headers[row * table->columns + i]));
            i = end;
        }
}

static void body(const struct table *table, const char *const *headers, const char *const *values,
                 size_t header_rows, size_t value_rows)
{
    rule(table, '=');
    for (size_t row = 0; row < header_rows; row++)
        header_row(table, headers, row);
    rule(table, '-');
    for (size_t row = 0; row < value_rows; row++) {
        for (size_t i = 0; i < table->columns; i++) {
            (void)putchar('|');
            cell(values[row * table->columns + i], table->widths[i]);
        }
        printf("|\n");
    }
}

void gl_console_table(const char *title, const char *const *headers, const char *const *values,
                      size_t columns, size_t header_rows, size_t value_rows)
{
    gl_console_tables(title, 1, &headers, &values, columns, header_rows, value_rows);
}

void gl_console_tables(const char *title, size_t count, const char *const *const *headers,
                       const char *const *const *values, size_t columns, size_t header_rows,
                       size_t value_rows)
{
    struct table table = {.columns = columns};
    printf("\n\n\xE2\x84\xB9 %s\n", title);
    for (size_t t = 0; t < count; t++)
        lay_out(&table, headers[t], values[t], 0, value_rows);
    for (size_t t = 0; t < count; t++)
        lay_out(&table, headers[t], values[t], header_rows, 0);
    for (size_t t = 0; t < count; t++)
        body(&table, headers[t], values[t], header_rows, value_rows);
    rule(&table, '=');
}
