// SPDX-License-Identifier: Apache-2.0
/* Tables as kubectl prints them. Widths are terminal columns, so that wide characters line up. */
#include "wva/ui/ui.h"

#include "wva/util/mem.h"
#include "wva/util/str.h"

#define GAP 3 /* blanks between columns */

struct table {
    FILE *out;
    const bool *right;
    size_t columns;
    size_t *widths;
};

static const char *cell_text(const char *cell)
{
    return cell == NULL ? "-" : cell;
}

static void measure(struct table *table, const char *const *cells)
{
    for (size_t i = 0; i < table->columns; i++) {
        const size_t width = wva_utf8_width(cell_text(cells[i]));

        if (width > table->widths[i])
            table->widths[i] = width;
    }
}

static void put_as_is(FILE *out, const char *text)
{
    fputs(text, out);
}

/* ASCII only: headers are ours, and <ctype.h> depends on the locale. */
static void put_upper(FILE *out, const char *text)
{
    for (; *text != '\0'; text++)
        fputc(*text >= 'a' && *text <= 'z' ? *text - 'a' + 'A' : *text, out);
}

/* Blanks are owed until text follows them, so that no line ends in blanks. */
static void print_row(const struct table *table, const char *const *cells,
                      void (*put)(FILE *out, const char *text))
{
    size_t owed = 0;

    for (size_t i = 0; i < table->columns; i++) {
        const char *text = cell_text(cells[i]);
        const size_t padding = table->widths[i] - wva_utf8_width(text);
        const bool right = table->right != NULL && table->right[i];

        if (right)
            owed += padding;
        if (text[0] != '\0') {
            fprintf(table->out, "%*s", (int)owed, "");
            put(table->out, text);
            owed = 0;
        }
        owed += GAP + (right ? 0 : padding);
    }
    fputc('\n', table->out);
}

void wva_table_print(FILE *out, const char *const *headers, const bool *right, size_t columns,
                     const char *const *rows, size_t count)
{
    wva_autofree size_t *widths = wva_xcalloc(columns, sizeof(*widths));
    struct table table = {.out = out, .right = right, .columns = columns, .widths = widths};

    measure(&table, headers);
    for (size_t i = 0; i < count; i++)
        measure(&table, rows + i * columns);
    print_row(&table, headers, put_upper);
    for (size_t i = 0; i < count; i++)
        print_row(&table, rows + i * columns, put_as_is);
}
