// SPDX-License-Identifier: Apache-2.0
#include "support/wva_test.h"

#include <stdio.h>

#include "wva/codec/json.h"
#include "wva/codec/yaml.h"
#include "wva/util/mem.h"

static const struct wva_yaml_options options = {.name = "y.yaml"};
static const struct wva_yaml_options secret = {.name = "y.yaml", .secret = true};

/* The documents as JSON, one a line. */
static const char *read_all(struct wva_arena *arena, const char *text)
{
    struct wva_error err = {0};
    struct wva_value **docs = NULL;
    size_t count = 0;
    wva_auto_buf lines = WVA_BUF(1 << 20);
    check_ok(wva_yaml_parse(arena, text, strlen(text), &options, &docs, &count, &err), &err);
    for (size_t i = 0; i < count; i++) {
        wva_json_write(&lines, docs[i], 0);
        wva_buf_puts(&lines, i + 1 < count ? "\n" : "");
    }
    return wva_arena_strdup(arena, wva_buf_str(&lines));
}

static void reads(const char *text, const char *wanted)
{
    wva_auto_arena arena = {0};
    check_str(read_all(&arena, text), wanted);
}

static void refuses_with(const struct wva_yaml_options *used, const char *text, const char *message)
{
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    struct wva_value *one = NULL, **docs = &one;
    size_t count = 77;
    wva_autofree char *copy = wva_xmalloc(strlen(text) + 1);
    memcpy(copy, text, strlen(text));
    check_int(wva_yaml_parse(&arena, copy, strlen(text), used, &docs, &count, &err), -1);
    check_int(err.code, WVA_E_INPUT);
    check_str(err.msg, message);
    check(docs == &one);
    check_int(count, 77);
}

static void refuses(const char *text, const char *message)
{
    refuses_with(&options, text, message);
}

static void test_plain_scalars_are_typed_as_kubernetes_does(void **state)
{
    (void)state;
    static const struct {
        const char *plain, *json;
    } cases[] = {
        {"null", "null"},
        {"Null", "null"},
        {"NULL", "null"},
        {"~", "null"},
        {"nULL", "\"nULL\""},
        {"true", "true"},
        {"True", "true"},
        {"TRUE", "true"},
        {"tRUE", "\"tRUE\""},
        {"y", "true"},
        {"Y", "true"},
        {"yes", "true"},
        {"Yes", "true"},
        {"YES", "true"},
        {"on", "true"},
        {"On", "true"},
        {"ON", "true"},
        {"yES", "\"yES\""},
        {"false", "false"},
        {"False", "false"},
        {"FALSE", "false"},
        {"n", "false"},
        {"N", "false"},
        {"no", "false"},
        {"No", "false"},
        {"NO", "false"},
        {"off", "false"},
        {"Off", "false"},
        {"OFF", "false"},
        {"ofF", "\"ofF\""},
        {"0", "0"},
        {"-0", "-0"},
        {"12", "12"},
        {"-7", "-7"},
        {"+7", "7"},
        {"1_000", "1000"},
        {"1_", "1"},
        {"_1", "\"_1\""},
        {"-_1", "-1"},
        {"0x1F", "31"},
        {"0X1f", "31"},
        {"-0x10", "-16"},
        {"0b101", "5"},
        {"0o17", "15"},
        {"017", "15"},
        {"-017", "-15"},
        {"00", "0"},
        {"08", "8"},
        {"0x", "\"0x\""},
        {"0xg", "\"0xg\""},
        {"0b2", "\"0b2\""},
        {"0o8", "\"0o8\""},
        {"0xffffffffffffffff", "18446744073709551615"},
        {"0x10000000000000000", "\"0x10000000000000000\""},
        {"-0x8000000000000000", "-9223372036854775808"},
        {"-0x8000000000000001", "\"-0x8000000000000001\""},
        {"9223372036854775807", "9223372036854775807"},
        {"123456789012345678901234567890", "123456789012345678901234567890"},
        {"1.5", "1.5"},
        {"1.50", "1.50"},
        {".5", "0.5"},
        {"-.5", "-0.5"},
        {"+.5e3", "0.5e3"},
        {"1.", "1"},
        {"1.e5", "1e5"},
        {"1e3", "1e3"},
        {"1E+3", "1E+3"},
        {"08.50", "8.50"},
        {"1_0.2_5", "10.25"},
        {"._5", "\"._5\""},
        {".", "\".\""},
        {"+", "\"+\""},
        {"1e", "\"1e\""},
        {"1.2.3", "\"1.2.3\""},
        {"e5", "\"e5\""},
        {"1e999", "\"1e999\""},
        {"--1", "\"--1\""},
        {"+-1", "\"+-1\""},
        {"1k", "\"1k\""},
        {"500m", "\"500m\""},
        {"inf", "\"inf\""},
        {"nan", "\"nan\""},
        {"1:30", "\"1:30\""},
        {"2026-11-24", "\"2026-11-24\""},
        {"2026-11-24T18:20:00Z", "\"2026-11-24T18:20:00Z\""},
        {"'true'", "\"true\""},
        {"\"1\"", "\"1\""},
        {"''", "\"\""},
        {"a b", "\"a b\""},
        {"é", "\"é\""},
    };
    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        wva_auto_arena arena = {0};
        char text[80];
        snprintf(text, sizeof(text), "- %s", cases[i].plain); /* [%s] might be JSON */
        char wanted[80];
        snprintf(wanted, sizeof(wanted), "[%s]", cases[i].json);
        check_str(read_all(&arena, text), wanted);
    }
}

static void test_numbers_longer_than_any_are_strings(void **state)
{
    (void)state;
    char digits[2 * WVA_JSON_NUMBER_MAX] = "1";
    wva_auto_arena arena = {0};
    memset(digits, '7', WVA_JSON_NUMBER_MAX);
    check(read_all(&arena, digits)[0] == '7');
    digits[WVA_JSON_NUMBER_MAX] = '7';
    check(read_all(&arena, digits)[0] == '"');
    digits[1] = '_'; /* 64 digits are left */
    check(read_all(&arena, digits)[0] == '"');
}

static void test_keys_become_strings(void **state)
{
    (void)state;
    reads("on: 1\n8080: 2\n0x10: 3\n\"on\": 4\n1.50: 5\n",
          "{\"true\":1,\"8080\":2,\"16\":3,\"on\":4,\"1.50\":5}");
    refuses("~: 1", "y.yaml: line 1, column 1: a key that is null");
    refuses("a: {~: 1}", "y.yaml: line 1, column 5: a key that is null");
    refuses("on: 1\nyes: 2", "y.yaml: line 2, column 1: duplicate key \"true\"");
}

static void test_collections_nest_in_both_styles(void **state)
{
    (void)state;
    reads("a:\n- 1\n-   - b: c\n      d:\n    - {e: [f, ], g: }\nh: {}\ni: []\nj:\n",
          "{\"a\":[1,[{\"b\":\"c\",\"d\":null},{\"e\":[\"f\"],\"g\":null}]],\"h\":{},\"i\":[],"
          "\"j\":null}");
    reads("a: |\n  x\n   y\n\nb: >-\n  x\n  y\nc: |+\n  z\n\n",
          "{\"a\":\"x\\n y\\n\",\"b\":\"x y\",\"c\":\"z\\n\\n\"}");
}

static void test_json_is_yaml(void **state)
{
    (void)state;
    reads("\n {\"a\": \"\\ud83d\\ude00\\/\",\t\"b\": [1e999, 12]}\n",
          "{\"a\":\"😀/\",\"b\":[1e999,12]}");
    wva_auto_arena arena = {0};
    char text[3000];
    snprintf(text, sizeof(text), "{\"%02000d\":1}", 0); /* too long a key for libyaml */
    check_str(read_all(&arena, text), text);
    reads("{a: 1}", "{\"a\":1}");
    refuses("{\"a\": 1,\n \"a\": 2}", "y.yaml: line 2, column 2: duplicate key \"a\"");
    refuses("{\"a\": [1}", "y.yaml: line 1, column 9: did not find expected ',' or ']'");
}

static void test_empty_documents_are_left_out(void **state)
{
    (void)state;
    reads("", "");
    reads("# only a comment\n", "");
    reads("---\n---\na: 1\n---\n# nothing\n---\n~\n---\n''\n...\n", "{\"a\":1}\nnull\n\"\"");
    reads("\xef\xbb\xbf"
          "a: 1\n",
          "{\"a\":1}");
}

static void test_nodes_know_their_line(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    struct wva_value **docs = NULL;
    size_t count = 0;
    const char text[] = "# c\na: 1\nb:\n  c: |\n    x\n  d: [e,\n    f]\n";
    check_ok(wva_yaml_parse(&arena, text, strlen(text), &options, &docs, &count, &err), &err);
    check_int(count, 1);
    check_int(docs[0]->line, 2);
    check_int(wva_get(docs[0], "a")->line, 2);
    check_int(wva_get(docs[0], "b")->line, 4);
    check_int(wva_get(docs[0], "b", "d", "1")->line, 7);
}

static void test_aliases_are_copies(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    struct wva_value **docs = NULL;
    size_t count = 0;
    const char text[] = "a: &x {k: [1, &y two]}\nb: *x\nc: *y\nd: &x 3\ne: *x\n&z f: *z\n";
    check_ok(wva_yaml_parse(&arena, text, strlen(text), &options, &docs, &count, &err), &err);
    wva_put(&arena, docs[0], wva_int(&arena, 9), "b", "k", "0");
    check_str(wva_json_text(&arena, docs[0]),
              "{\"a\":{\"k\":[1,\"two\"]},\"b\":{\"k\":[9,\"two\"]},\"c\":\"two\",\"d\":3,\"e\":3,"
              "\"f\":\"f\"}");
    refuses("a: *x", "y.yaml: line 1, column 4: unknown anchor \"x\"");
    refuses("a: &x 1\n---\nb: *x", "y.yaml: line 3, column 4: unknown anchor \"x\"");
    refuses("a: &x [b, *x]",
            "y.yaml: line 1, column 11: a value that contains itself, by the alias "
            "\"x\"");
    refuses("a: &x b\n*x : 1",
            "y.yaml: line 2, column 1: a key that is not a plain or quoted scalar");
}

static void test_aliases_cannot_explode(void **state)
{
    (void)state;
    wva_auto_buf text = WVA_BUF(1 << 16);
    wva_buf_puts(&text, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i <= 9; i++) {
        int of = i - 1;
        wva_buf_printf(&text, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i,
                       i, of, of, of, of, of, of, of, of, of, of);
    }
    refuses(text.data, "y.yaml: line 6, column 10: aliases that make the document too large");

    wva_buf_clear(&text); /* few nodes, but long ones */
    wva_buf_printf(&text, "a: &a %030000d\nb: [", 1);
    for (int i = 0; i < 300; i++)
        wva_buf_puts(&text, "*a,");
    wva_buf_puts(&text, "]");
    refuses(text.data, "y.yaml: line 2, column 842: aliases that make the document too large");

    wva_buf_clear(&text);
    for (int i = 0; i < 40; i++)
        wva_buf_puts(&text, i ? "[" : "a: &a [");
    for (int i = 0; i < 40; i++)
        wva_buf_puts(&text, "]");
    wva_buf_puts(&text, "\nb: ");
    for (int i = 0; i < 30; i++)
        wva_buf_puts(&text, "[");
    wva_buf_puts(&text, "*a");
    refuses(text.data, "y.yaml: line 2, column 34: nested deeper than 64 levels");
}

static void test_what_is_not_supported_is_refused(void **state)
{
    (void)state;
    refuses("<<: {a: 1}", "y.yaml: line 1, column 1: merge keys are not supported");
    refuses("? [a]\n: 1", "y.yaml: line 1, column 3: a key that is not a plain or quoted scalar");
    refuses("? {a: 1}\n: 1",
            "y.yaml: line 1, column 3: a key that is not a plain or quoted scalar");
    refuses("a: !!binary aGk=",
            "y.yaml: line 1, column 4: unsupported tag \"tag:yaml.org,2002:binary\"");
    refuses("a: !mine {}", "y.yaml: line 1, column 4: unsupported tag \"!mine\"");
    refuses("a: !!set []", "y.yaml: line 1, column 4: unsupported tag \"tag:yaml.org,2002:set\"");
    refuses("a: 1\nb:\n  - .inf", "y.yaml: line 3, column 5: a number that is not finite");
    refuses("- -.Inf", "y.yaml: line 1, column 3: a number that is not finite");
    refuses("- .NaN", "y.yaml: line 1, column 3: a number that is not finite");
    refuses("a: \"x\\0y\"", "y.yaml: line 1, column 4: a string with a NUL character");
    refuses("\"\\0\": 1", "y.yaml: line 1, column 1: a string with a NUL character");
    refuses("a: 1\nb: 2\na: 3", "y.yaml: line 3, column 1: duplicate key \"a\"");
    reads("'<<': 1", "{\"<<\":1}");
}

static void test_core_tags_decide(void **state)
{
    (void)state;
    reads(
        "[!!str 12, ! 12, !!int '12', !!float \"1.5\", !!bool yes, !!null '', !!map {}, !!seq []]",
        "[\"12\",\"12\",12,1.5,true,null,{},[]]");
    refuses("!!int abc", "y.yaml: line 1, column 1: a value that is not what its tag says");
    refuses("!!bool 1", "y.yaml: line 1, column 1: a value that is not what its tag says");
    refuses("!!map []", "y.yaml: line 1, column 1: unsupported tag \"tag:yaml.org,2002:map\"");
}

static void test_errors_of_syntax_have_line_and_column(void **state)
{
    (void)state;
    refuses("a:\n\t- b", "y.yaml: line 2, column 1: found character that cannot start any token");
    refuses("a: b: c", "y.yaml: line 1, column 5: mapping values are not allowed in this context");
    refuses("a: [1\n", "y.yaml: line 2, column 1: did not find expected ',' or ']'");
    refuses("a: 1\nb: \x01", "y.yaml: line 2, column 4: control characters are not allowed");
    refuses("a: 1\nb: x\xff", "y.yaml: line 2, column 5: invalid leading UTF-8 octet");
    refuses("\"\xed\xa0\x80\"", "y.yaml: line 1, column 2: invalid Unicode character");
    refuses("\xc3", "y.yaml: line 1, column 1: incomplete UTF-8 octet sequence");
    refuses("a: \"\\ud800\"",
            "y.yaml: line 1, column 7: found invalid Unicode character escape code");
}

static void test_secret_documents_are_never_quoted(void **state)
{
    (void)state;
    refuses_with(&secret, "s3cr3t: 1\ns3cr3t: 2", "y.yaml: line 2, column 1: duplicate key");
    refuses_with(&secret, "a: *s3cr3t", "y.yaml: line 1, column 4: unknown anchor");
    refuses_with(&secret, "a: !s3cr3t b", "y.yaml: line 1, column 4: unsupported tag");
    refuses_with(&secret, "a: &s [*s]",
                 "y.yaml: line 1, column 8: a value that contains itself, by the alias");
    refuses_with(&secret, "token: s3cr3t: b",
                 "y.yaml: line 1, column 14: mapping values are not allowed in this context");
}

static void test_sizes_are_limited(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    struct wva_value **docs = NULL;
    size_t count = 0, len = WVA_YAML_TEXT_MAX + 1;
    wva_autofree char *text = wva_xmalloc(len);
    memset(text, '[', len);
    check_fails(wva_yaml_parse(&arena, text, len, &options, &docs, &count, &err), &err, WVA_E_INPUT,
                "y.yaml: larger than 8388608 bytes");
    check_fails(wva_yaml_parse(&arena, text, 100000, &options, &docs, &count, &err), &err,
                WVA_E_INPUT, "y.yaml: line 1, column 65: nested deeper than 64 levels");
    for (size_t i = 0; i + 4 <= len; i += 4)
        memcpy(text + i, "- x\n", 4);
    check_fails(
        wva_yaml_parse(&arena, text, 4 * (WVA_YAML_NODES_MAX + 1), &options, &docs, &count, &err),
        &err, WVA_E_INPUT, "y.yaml: line 200000, column 3: too many values");
}

static void test_nesting_up_to_the_limit_is_fine(void **state)
{
    (void)state;
    char text[2 * WVA_JSON_DEPTH_MAX + 4] = "";
    memset(text, '[', WVA_JSON_DEPTH_MAX);
    text[WVA_JSON_DEPTH_MAX] = 'x'; /* not JSON */
    memset(text + WVA_JSON_DEPTH_MAX + 1, ']', WVA_JSON_DEPTH_MAX);
    wva_auto_arena arena = {0};
    check_int(strlen(read_all(&arena, text)), 2 * WVA_JSON_DEPTH_MAX + 3);
}

static void test_large_mappings_are_searched_for_duplicates(void **state)
{
    (void)state;
    wva_auto_buf text = WVA_BUF(1 << 20);
    for (int i = 0; i < 1000; i++)
        wva_buf_printf(&text, "k%d: %d\n", i, i);
    wva_buf_puts(&text, "k777: x\n");
    refuses(text.data, "y.yaml: line 1002, column 1: the end of a mapping with the duplicate key "
                       "\"k777\"");
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(test_plain_scalars_are_typed_as_kubernetes_does),
    WVA_TEST(test_numbers_longer_than_any_are_strings),
    WVA_TEST(test_keys_become_strings),
    WVA_TEST(test_collections_nest_in_both_styles),
    WVA_TEST(test_json_is_yaml),
    WVA_TEST(test_empty_documents_are_left_out),
    WVA_TEST(test_nodes_know_their_line),
    WVA_TEST(test_aliases_are_copies),
    WVA_TEST(test_aliases_cannot_explode),
    WVA_TEST(test_what_is_not_supported_is_refused),
    WVA_TEST(test_core_tags_decide),
    WVA_TEST(test_errors_of_syntax_have_line_and_column),
    WVA_TEST(test_secret_documents_are_never_quoted),
    WVA_TEST(test_sizes_are_limited),
    WVA_TEST(test_nesting_up_to_the_limit_is_fine),
    WVA_TEST(test_large_mappings_are_searched_for_duplicates),
};

WVA_TEST_MAIN(tests)
