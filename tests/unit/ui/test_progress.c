// SPDX-License-Identifier: Apache-2.0
/* The live line and its plain counterpart, to the byte. */
#include "support/wva_test.h"

#include "wva/ui/ui.h"

#include <stdio.h>

#define CLEAR "\r\033[K"

/* A progress that writes to memory. */
struct screen {
    char *text;
    size_t len;
    struct wva_term term;
    struct wva_progress progress;
};

static void screen_open(struct screen *screen, bool live, unsigned width, bool quiet)
{
    *screen = (struct screen){.term = {.tty = live, .live = live, .width = width}};
    screen->term.file = open_memstream(&screen->text, &screen->len);
    wva_progress_init(&screen->progress, &screen->term, quiet);
}

static void screen_check(struct screen *screen, const char *wanted)
{
    fclose(screen->term.file);
    check_str(screen->text, wanted);
    free(screen->text);
}

static void a_live_line_is_rewritten(void **state)
{
    struct screen screen;
    (void)state;

    screen_open(&screen, true, 80, false);
    wva_progress_update(&screen.progress, "level 2 of 4", NULL);
    wva_progress_update(&screen.progress, "level 2 of 4", "12s");
    wva_progress_update(&screen.progress, "level 3 of 4", "1s");
    wva_progress_update(&screen.progress, "level 3 of 4", "2s");
    wva_progress_update(&screen.progress, "level 3 of 4", "3s");
    wva_progress_end(&screen.progress);
    wva_progress_end(&screen.progress);
    screen_check(&screen, "\r- level 2 of 4\033[K"
                          "\r\\ level 2 of 4  12s\033[K"
                          "\r| level 3 of 4  1s\033[K"
                          "\r/ level 3 of 4  2s\033[K"
                          "\r- level 3 of 4  3s\033[K" CLEAR);
}

static void a_live_line_is_cut_to_the_width(void **state)
{
    static const struct {
        unsigned width;
        const char *what;
        const char *line;
    } cases[] = {
        {9, "123456", "- 123456"},
        {8, "123456", "- 1234\xE2\x80\xA6"},
        {8,
         "12345\xCC\x81"
         "6",
         "- 1234\xE2\x80\xA6"},
        {8, "\xE4\xB8\xAD\xE4\xB8\xAD\xE4\xB8\xAD", "- \xE4\xB8\xAD\xE4\xB8\xAD\xE2\x80\xA6"},
        {2, "123456", "\xE2\x80\xA6"},
        {1, "123456", "\xE2\x80\xA6"},
        {0, "123456", "\xE2\x80\xA6"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct screen screen;
        char wanted[64];

        screen_open(&screen, true, cases[i].width, false);
        wva_progress_update(&screen.progress, cases[i].what, NULL);
        snprintf(wanted, sizeof(wanted), "\r%s\033[K", cases[i].line);
        screen_check(&screen, wanted);
    }
}

/* 600 characters of two bytes: cut by the line's own buffer, on a character's end. */
static void an_endless_line_is_cut_between_characters(void **state)
{
    char what[1201] = "";
    char wanted[1201] = "\r- ";
    struct screen screen;
    (void)state;

    for (size_t i = 0; i < 600; i++)
        memcpy(what + 2 * i, "\xC3\xA9", 3);
    screen_open(&screen, true, 10000, false);
    wva_progress_update(&screen.progress, what, NULL);
    for (size_t i = 0; i < 508; i++)
        memcpy(wanted + 3 + 2 * i, "\xC3\xA9", 3);
    memcpy(wanted + 3 + 2 * 508, "\xE2\x80\xA6\033[K", 7);
    screen_check(&screen, wanted);
}

static void elsewhere_each_step_is_a_line(void **state)
{
    struct screen screen;
    (void)state;

    screen_open(&screen, false, 10, false);
    wva_progress_update(&screen.progress, "level 1 of 4: 1 stream", "1s");
    wva_progress_update(&screen.progress, "level 1 of 4: 1 stream", "2s");
    wva_progress_update(&screen.progress, "level 2 of 4: 4 streams", NULL);
    wva_progress_note(&screen.progress, WVA_STYLE_GREEN, "level 2 done");
    wva_progress_update(&screen.progress, "level 2 of 4: 4 streams", NULL);
    wva_progress_end(&screen.progress);
    wva_progress_update(&screen.progress, "level 2 of 4: 4 streams", NULL);
    screen_check(&screen, "level 1 of 4: 1 stream\n"
                          "level 2 of 4: 4 streams\n"
                          "level 2 done\n"
                          "level 2 of 4: 4 streams\n");
}

/* The memory of the last step is shorter than a step may be. */
static void long_steps_are_printed_once(void **state)
{
    char what[400];
    char wanted[402];
    struct screen screen;
    (void)state;

    memset(what, 'x', sizeof(what) - 1);
    what[sizeof(what) - 1] = '\0';
    screen_open(&screen, false, 80, false);
    wva_progress_update(&screen.progress, what, NULL);
    wva_progress_update(&screen.progress, what, NULL);
    snprintf(wanted, sizeof(wanted), "%s\n", what);
    screen_check(&screen, wanted);
}

static void notes_stay_above_the_live_line(void **state)
{
    struct screen screen;
    (void)state;

    screen_open(&screen, true, 80, false);
    screen.term.colour = true;
    wva_progress_note(&screen.progress, WVA_STYLE_PLAIN, "first");
    wva_progress_update(&screen.progress, "step", NULL);
    wva_progress_note(&screen.progress, WVA_STYLE_RED, "second");
    wva_progress_note(&screen.progress, WVA_STYLE_PLAIN, "third");
    wva_progress_update(&screen.progress, "step", NULL);
    wva_progress_end(&screen.progress);
    screen_check(&screen, "first\n"
                          "\r- step\033[K" CLEAR "\033[31msecond\033[0m\n"
                          "third\n"
                          "\r\\ step\033[K" CLEAR);
}

static void quiet_says_nothing(void **state)
{
    (void)state;
    for (int live = 0; live < 2; live++) {
        struct screen screen;

        screen_open(&screen, live == 1, 80, true);
        wva_progress_update(&screen.progress, "step", "detail");
        wva_progress_note(&screen.progress, WVA_STYLE_RED, "note");
        wva_progress_end(&screen.progress);
        screen_check(&screen, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WVA_TEST(a_live_line_is_rewritten),
        WVA_TEST(a_live_line_is_cut_to_the_width),
        WVA_TEST(an_endless_line_is_cut_between_characters),
        WVA_TEST(elsewhere_each_step_is_a_line),
        WVA_TEST(long_steps_are_printed_once),
        WVA_TEST(notes_stay_above_the_live_line),
        WVA_TEST(quiet_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
