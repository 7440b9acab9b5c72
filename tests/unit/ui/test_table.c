// SPDX-License-Identifier: Apache-2.0
/* Tables to the byte. */
#include "support/wva_test.h"

#include "wva/ui/ui.h"

#include <stdio.h>

static void check_table(const char *const *headers, const bool *right, size_t columns,
                        const char *const *rows, size_t count, const char *wanted)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    wva_table_print(out, headers, right, columns, rows, count);
    fclose(out);
    check_str(text, wanted);
    free(text);
}

static const char *const names[] = {"name", "levels", "state"};

static void three_blanks_between_columns(void **state)
{
    static const char *const rows[] = {"a", "4", "Done", "llama-3", "12", "Running"};
    (void)state;

    check_table(names, NULL, 3, rows, 2,
                "NAME      LEVELS   STATE\n"
                "a         4        Done\n"
                "llama-3   12       Running\n");
}

static void numbers_align_right(void **state)
{
    static const bool right[] = {true, false, true};
    static const char *const rows[] = {"a", "4", "7.0", "llama-3", "12", "123.456"};
    (void)state;

    check_table(names, right, 3, rows, 2,
                "   NAME   LEVELS     STATE\n"
                "      a   4            7.0\n"
                "llama-3   12       123.456\n");
}

static void no_line_ends_in_blanks(void **state)
{
    static const char *const rows[] = {"a", "", "", "", "b", "", NULL, NULL, NULL, "", "", ""};
    (void)state;

    check_table(names, NULL, 3, rows, 4,
                "NAME   LEVELS   STATE\n"
                "a\n"
                "       b\n"
                "-      -        -\n"
                "\n");
}

/* U+00E9 takes one column in two bytes, U+4E2D two columns in three. */
static void widths_are_columns(void **state)
{
    static const char *const headers[] = {"n", "next"};
    static const char *const rows[] = {"\xC3\xA9\xC3\xA9", "x", "\xE4\xB8\xAD\xE4\xB8\xAD", "y"};
    (void)state;

    check_table(headers, NULL, 2, rows, 2,
                "N      NEXT\n"
                "\xC3\xA9\xC3\xA9     x\n"
                "\xE4\xB8\xAD\xE4\xB8\xAD   y\n");
}

static void only_ascii_headers_are_raised(void **state)
{
    static const char *const headers[] = {"ttft p50 \xC3\xA9 {z}"};
    (void)state;

    check_table(headers, NULL, 1, NULL, 0, "TTFT P50 \xC3\xA9 {Z}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WVA_TEST(three_blanks_between_columns),  WVA_TEST(numbers_align_right),
        WVA_TEST(no_line_ends_in_blanks),        WVA_TEST(widths_are_columns),
        WVA_TEST(only_ascii_headers_are_raised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
