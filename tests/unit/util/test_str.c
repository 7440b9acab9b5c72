// SPDX-License-Identifier: Apache-2.0
/* str.h without its UTF-8 part. */
#include "support/wva_test.h"

#include "wva/util/str.h"

static void test_questions(void **state)
{
    (void)state;
    check(wva_str_eq(NULL, NULL));
    check(!wva_str_eq(NULL, ""));
    check(!wva_str_eq("", NULL));
    check(wva_str_eq("a", "a"));
    check(!wva_str_eq("a", "A"));
    check(wva_str_has_prefix("level", ""));
    check(wva_str_has_prefix("level", "lev"));
    check(!wva_str_has_prefix("le", "lev"));
    check(wva_str_has_suffix("level", ""));
    check(wva_str_has_suffix("level", "vel"));
    check(!wva_str_has_suffix("el", "vel"));
    check(wva_str_empty(NULL));
    check(wva_str_empty(""));
    check(!wva_str_empty(" "));
}

static void check_split(const char *s, size_t wanted_count, const char *const *wanted)
{
    wva_auto_arena arena = {0};
    size_t count = 99;
    char **parts = wva_str_split(&arena, s, ',', &count);

    check_int(count, wanted_count);
    for (size_t i = 0; i < count; i++)
        check_str(parts[i], wanted[i]);
    check(parts[count] == NULL);
}

static void test_split_keeps_empty_parts(void **state)
{
    wva_auto_arena arena = {0};

    (void)state;
    check_split("", 1, (const char *[]){""});
    check_split("a", 1, (const char *[]){"a"});
    check_split(",", 2, (const char *[]){"", ""});
    check_split("1,,22,", 4, (const char *[]){"1", "", "22", ""});
    check_str(wva_str_split(&arena, "a b", ' ', NULL)[1], "b");
}

static void test_trim(void **state)
{
    wva_auto_arena arena = {0};

    (void)state;
    check_str(wva_str_trim(&arena, ""), "");
    check_str(wva_str_trim(&arena, " \t\r\n"), "");
    check_str(wva_str_trim(&arena, "\r\n a b\t"), "a b");
    check_str(wva_str_trim(&arena, "\v"), "\v");
}

static void test_sanitize_replaces(void **state)
{
    static const char nul[] = "a\0b";
    static const char hostile[] = "\x1B[2J\xC2\x85\xE2\x80\xAE\xF8\xE2\x82";
    wva_auto_arena arena = {0};

    (void)state;
    check_str(wva_str_sanitize(&arena, nul, 3, 10, false), "a?b");
    check_str(wva_str_sanitize(&arena, "a\nb\tc", 5, 10, false), "a?b?c");
    check_str(wva_str_sanitize(&arena, "a\nb\tc", 5, 10, true), "a\nb?c");
    check_str(wva_str_sanitize(&arena, "caf\xC3\xA9\x7F", 6, 10, false), "caf\xC3\xA9?");
    check_str(wva_str_sanitize(&arena, hostile, sizeof(hostile) - 1, 99, false), "?[2J?????");
    check_str(wva_str_sanitize(&arena, NULL, 0, 10, false), "");
}

static void test_sanitize_cuts_between_characters(void **state)
{
    wva_auto_arena arena = {0};

    (void)state;
    check_str(wva_str_sanitize(&arena, "abc", 3, 3, false), "abc");
    check_str(wva_str_sanitize(&arena, "abcd", 4, 3, false), "abc\xE2\x80\xA6");
    check_str(wva_str_sanitize(&arena, "ab\xC3\xA9", 4, 3, false), "ab\xE2\x80\xA6");
    check_str(wva_str_sanitize(&arena, "a", 1, 0, false), "\xE2\x80\xA6");
    /* two bytes of C1 become one: everything fits */
    check_str(wva_str_sanitize(&arena, "ab\xC2\x9B", 4, 3, false), "ab?");
}

static void test_nearest(void **state)
{
    static const char *const names[] = {"deploy", "bench", "fit", "apply", "run", NULL};
    static const char *const none[] = {NULL};

    (void)state;
    check_str(wva_str_nearest("run", names), "run");
    check_str(wva_str_nearest("rnu", names), "run"); /* a swap is one edit */
    check_str(wva_str_nearest("bnech", names), "bench");
    check_str(wva_str_nearest("deplyo", names), "deploy");
    check_str(wva_str_nearest("depoly2", names), "deploy");
    check_str(wva_str_nearest("fits", names), "fit");
    check(wva_str_nearest("fixt", (const char *[]){"fit", NULL}) != NULL);
    check(wva_str_nearest("fxyt", names) == NULL); /* two edits in four bytes */
    check(wva_str_nearest("zzzzzz", names) == NULL);
    check(wva_str_nearest("", names) == NULL);
    check(wva_str_nearest("run", none) == NULL);
}

static void test_nearest_limits(void **state)
{
    static const char *const options[] = {"max-level", "max-levels", "b", NULL};
    char exact[65], longer[66];
    const char *candidates[] = {longer, exact, NULL};

    (void)state;
    check_str(wva_str_nearest("max-levle", options), "max-level"); /* first of equals */
    check_str(wva_str_nearest("max-levelz", options), "max-level");
    check_str(wva_str_nearest("mix-lavel", options), "max-level");
    check(wva_str_nearest("mox-livl-s", (const char *[]){"max-level", NULL}) == NULL);
    check(wva_str_nearest("a", options) == NULL); /* one edit would be the whole word */
    memset(exact, 'w', 64);
    exact[64] = '\0';
    memset(longer, 'w', 65);
    longer[65] = '\0';
    check(wva_str_nearest(exact, candidates) == exact);
    check(wva_str_nearest(longer, candidates) == NULL);
}

static void test_is_dns_label(void **state)
{
    char label[65];

    (void)state;
    memset(label, 'a', sizeof(label));
    label[64] = '\0';
    check(!wva_str_is_dns_label(label));
    label[63] = '\0';
    check(wva_str_is_dns_label(label));
    check(wva_str_is_dns_label("a"));
    check(wva_str_is_dns_label("0-9"));
    check(!wva_str_is_dns_label(""));
    check(!wva_str_is_dns_label("-a"));
    check(!wva_str_is_dns_label("a-"));
    check(!wva_str_is_dns_label("A"));
    check(!wva_str_is_dns_label("a.b"));
    check(!wva_str_is_dns_label("caf\xC3\xA9"));
}

static void test_to_dns_label(void **state)
{
    wva_auto_arena arena = {0};

    (void)state;
    check_str(wva_str_to_dns_label(&arena, "Meta-Llama/Llama-3.1-8B", 63),
              "meta-llama-llama-3-1-8b");
    check_str(wva_str_to_dns_label(&arena, "--a__b--", 63), "a-b");
    check_str(wva_str_to_dns_label(&arena,
                                   "caf\xC3\xA9"
                                   "9",
                                   63),
              "caf-9");
    check_str(wva_str_to_dns_label(&arena, "", 63), "x");
    check_str(wva_str_to_dns_label(&arena, "///", 63), "x");
    check_str(wva_str_to_dns_label(&arena, "abcdefg", 7), "abcdefg");
}

static void test_cut_dns_labels_stay_distinct(void **state)
{
    wva_auto_arena arena = {0};
    char name[300];
    char *a, *b;

    (void)state;
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    a = wva_str_to_dns_label(&arena, name, 63);
    name[298] = 'm';
    b = wva_str_to_dns_label(&arena, name, 63);
    check_int(strlen(a), 63);
    check(wva_str_is_dns_label(a) && wva_str_is_dns_label(b));
    check(strcmp(a, b) != 0);
    /* The digits are those `printf abc/defghijk | sha256sum` begins with. A cut behind a '-' leaves
     * no second one. */
    check_str(wva_str_to_dns_label(&arena, "abc/defghijk", 10), "abc-49f7d");
    check_str(wva_str_to_dns_label(&arena, "abc/defghijk", 11), "abc-d-49f7d");
    check_str(wva_str_to_dns_label(&arena, "abc/defghijk", 7), "a-49f7d");
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(test_questions),
    WVA_TEST(test_split_keeps_empty_parts),
    WVA_TEST(test_trim),
    WVA_TEST(test_sanitize_replaces),
    WVA_TEST(test_sanitize_cuts_between_characters),
    WVA_TEST(test_nearest),
    WVA_TEST(test_nearest_limits),
    WVA_TEST(test_is_dns_label),
    WVA_TEST(test_to_dns_label),
    WVA_TEST(test_cut_dns_labels_stay_distinct),
};

WVA_TEST_MAIN(tests)
