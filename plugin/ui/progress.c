// SPDX-License-Identifier: Apache-2.0
/*
 * What goes on right now: a line that is rewritten, or, where lines cannot be rewritten (a pipe, a
 * CI log, an editor's shell), one line for each step.
 */
#include "wva/ui/ui.h"

#include "wva/util/str.h"

#include <string.h>

#define LINE_BYTES    1024
#define CLEAR_TO_END  "\033[K"
#define ELLIPSIS      "\xE2\x80\xA6"
#define ELLIPSIS_SIZE (sizeof(ELLIPSIS)) /* its bytes and the NUL */

static const char frames[] = {'-', '\\', '|', '/'};

void wva_progress_init(struct wva_progress *progress, struct wva_term *term, bool quiet)
{
    *progress = (struct wva_progress){.term = term, .quiet = quiet};
}

static size_t without_last_character(const char *line, size_t len)
{
    while (len > 0 && ((unsigned char)line[len - 1] & 0xC0) == 0x80) /* UTF-8 continuation */
        len--;
    return len > 0 ? len - 1 : 0;
}

/* Cuts `line` to `columns`; "…" shows that something is missing. */
static void cut_to(char line[LINE_BYTES], size_t columns)
{
    size_t len = strlen(line);

    if (len + ELLIPSIS_SIZE < LINE_BYTES && wva_utf8_width(line) <= columns)
        return;
    do {
        len = without_last_character(line, len);
        line[len] = '\0';
    } while (len > 0 && (len + ELLIPSIS_SIZE >= LINE_BYTES || wva_utf8_width(line) >= columns));
    memcpy(line + len, ELLIPSIS, ELLIPSIS_SIZE);
}

/* The last column stays free: writing there makes some terminals wrap. */
static void draw(struct wva_progress *progress, const char *what, const char *detail)
{
    const struct wva_term *term = progress->term;
    char line[LINE_BYTES];

    snprintf(line, sizeof(line), "%c %s%s%s", frames[progress->frame % sizeof(frames)], what,
             detail == NULL ? "" : "  ", detail == NULL ? "" : detail);
    cut_to(line, term->width > 1 ? term->width - 1 : 1);
    fprintf(term->file, "\r%s" CLEAR_TO_END, line);
    fflush(term->file);
    progress->frame++;
    progress->line_open = true;
}

static void print_step(struct wva_progress *progress, const char *what)
{
    char step[sizeof(progress->last)];

    snprintf(step, sizeof(step), "%s", what);
    if (strcmp(step, progress->last) == 0)
        return;
    memcpy(progress->last, step, sizeof(step));
    fprintf(progress->term->file, "%s\n", what);
    fflush(progress->term->file);
}

void wva_progress_update(struct wva_progress *progress, const char *what, const char *detail)
{
    if (progress->quiet)
        return;
    if (progress->term->live)
        draw(progress, what, detail);
    else
        print_step(progress, what);
}

static void clear_line(struct wva_progress *progress)
{
    if (progress->line_open)
        fputs("\r" CLEAR_TO_END, progress->term->file);
    progress->line_open = false;
}

void wva_progress_note(struct wva_progress *progress, enum wva_style style, const char *text)
{
    if (progress->quiet)
        return;
    clear_line(progress);
    wva_term_put(progress->term, style, text);
    fputc('\n', progress->term->file);
    fflush(progress->term->file);
}

void wva_progress_end(struct wva_progress *progress)
{
    clear_line(progress);
    progress->last[0] = '\0';
    fflush(progress->term->file);
}
