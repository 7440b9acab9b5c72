// SPDX-License-Identifier: Apache-2.0
/* What a stream can show. Asks the terminal once; a resize during a command is not followed. */
#include "wva/ui/ui.h"

#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DEFAULT_WIDTH 80
#define MAX_WIDTH     10000 /* no terminal is wider; COLUMNS can say anything */

static unsigned window_width(int fd)
{
    struct winsize size = {0};

    return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/* COLUMNS wins over the terminal, as in ls and git: it is how people and tests ask for a width. */
static unsigned width_of(const struct wva_term *term, const char *columns)
{
    int64_t asked;

    if (columns != NULL && wva_parse_i64(columns, strlen(columns), &asked) == 0 && asked > 0)
        return asked < MAX_WIDTH ? (unsigned)asked : MAX_WIDTH;
    const unsigned window = term->tty ? window_width(fileno(term->file)) : 0;

    return window > 0 ? window : DEFAULT_WIDTH;
}

void wva_term_init(struct wva_term *term, FILE *file, const char *no_color, const char *term_name,
                   const char *columns)
{
    const int fd = fileno(file); /* -1 for a stream in memory */

    *term = (struct wva_term){.file = file, .tty = fd >= 0 && isatty(fd) == 1};
    term->live = term->tty && !wva_str_empty(term_name) && !wva_str_eq(term_name, "dumb");
    term->colour = term->live && wva_str_empty(no_color);
    term->width = width_of(term, columns);
}

void wva_term_put(const struct wva_term *term, enum wva_style style, const char *text)
{
    /* ECMA-48, select graphic rendition. */
    static const char *const codes[] = {
        [WVA_STYLE_PLAIN] = NULL,  [WVA_STYLE_BOLD] = "1", [WVA_STYLE_GREEN] = "32",
        [WVA_STYLE_YELLOW] = "33", [WVA_STYLE_RED] = "31", [WVA_STYLE_DIM] = "2",
    };

    if (term->colour && codes[style] != NULL)
        fprintf(term->file, "\033[%sm%s\033[0m", codes[style], text);
    else
        fputs(text, term->file);
}
