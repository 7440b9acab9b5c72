// SPDX-License-Identifier: Apache-2.0
/* Terminal facts, asked of a real pseudo-terminal and of streams that are none. */
#include "support/wva_test.h"

#include "wva/ui/ui.h"
#include "wva/util/mem.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The program's side of a new pseudo-terminal of the given width; closing it is the caller's. The
 * other side stays open in `*ret_master`. */
static FILE *open_terminal(unsigned short width, int *ret_master)
{
    const struct winsize size = {.ws_row = 24, .ws_col = width};
    const int master = posix_openpt(O_RDWR | O_NOCTTY);

    if (master < 0)
        skip();
    check_int(grantpt(master), 0);
    check_int(unlockpt(master), 0);
    const int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    check(slave >= 0);
    check_int(ioctl(slave, TIOCSWINSZ, &size), 0);
    *ret_master = master;
    return fdopen(slave, "w");
}

struct facts {
    const char *no_color;
    const char *term_name;
    const char *columns;
    unsigned short window;
    bool live;
    bool colour;
    unsigned width;
};

static void a_terminal(void **state)
{
    static const struct facts cases[] = {
        {NULL, "xterm", NULL, 132, true, true, 132},
        {"", "xterm", NULL, 132, true, true, 132},
        {"1", "xterm", NULL, 132, true, false, 132},
        {NULL, "dumb", NULL, 132, false, false, 132},
        {NULL, NULL, NULL, 132, false, false, 132},
        {NULL, "xterm", "40", 132, true, true, 40},
        {NULL, "xterm", "0", 132, true, true, 132},
        {NULL, "xterm", "-5", 132, true, true, 132},
        {NULL, "xterm", "wide", 132, true, true, 132},
        {NULL, "xterm", "99999999", 132, true, true, 10000},
        {NULL, "xterm", NULL, 0, true, true, 80},
    };
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        const struct facts *facts = &cases[i];
        struct wva_term term;
        int master;
        FILE *file = open_terminal(facts->window, &master);

        wva_term_init(&term, file, facts->no_color, facts->term_name, facts->columns);
        check(term.file == file);
        check(term.tty);
        check_int(term.live, facts->live);
        check_int(term.colour, facts->colour);
        check_int(term.width, facts->width);
        fclose(file);
        close(master);
    }
}

static void no_terminal(void **state)
{
    char *text = NULL;
    size_t len;
    FILE *streams[] = {fopen("/dev/null", "w"), open_memstream(&text, &len)};
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(streams); i++) {
        struct wva_term term;

        wva_term_init(&term, streams[i], NULL, "xterm", NULL);
        check(!term.tty && !term.live && !term.colour);
        check_int(term.width, 80);
        wva_term_init(&term, streams[i], NULL, "xterm", "100");
        check_int(term.width, 100);
        fclose(streams[i]);
    }
    free(text);
}

static void styles(void **state)
{
    static const struct {
        enum wva_style style;
        const char *coloured;
    } cases[] = {
        {WVA_STYLE_PLAIN, "text"},
        {WVA_STYLE_BOLD, "\033[1mtext\033[0m"},
        {WVA_STYLE_GREEN, "\033[32mtext\033[0m"},
        {WVA_STYLE_YELLOW, "\033[33mtext\033[0m"},
        {WVA_STYLE_RED, "\033[31mtext\033[0m"},
        {WVA_STYLE_DIM, "\033[2mtext\033[0m"},
    };
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        for (int colour = 0; colour < 2; colour++) {
            char *text = NULL;
            size_t len;
            struct wva_term term = {.file = open_memstream(&text, &len), .colour = colour == 1};

            wva_term_put(&term, cases[i].style, "text");
            fclose(term.file);
            check_str(text, colour == 1 ? cases[i].coloured : "text");
            free(text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WVA_TEST(a_terminal),
        WVA_TEST(no_terminal),
        WVA_TEST(styles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
