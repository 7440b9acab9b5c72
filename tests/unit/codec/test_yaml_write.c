// SPDX-License-Identifier: Apache-2.0
#include "support/wva_test.h"

#include <stdio.h>

#include "random_tree.h"
#include "wva/codec/json.h"
#include "wva/codec/yaml.h"
#include "wva/util/mem.h"

/* `json` written as YAML. */
static const char *to_yaml(struct wva_arena *arena, const char *json)
{
    const struct wva_json_options options = {.name = "json"};
    struct wva_error err = {0};
    struct wva_value *value = NULL;
    wva_auto_buf buf = WVA_BUF(1 << 20);
    check_ok(wva_json_parse(arena, json, strlen(json), &options, &value, &err), &err);
    wva_yaml_write(&buf, value);
    return wva_arena_strdup(arena, wva_buf_str(&buf));
}

static void writes(const char *json, const char *yaml)
{
    wva_auto_arena arena = {0};
    check_str(to_yaml(&arena, json), yaml);
}

static void test_blocks_look_like_kubectls(void **state)
{
    (void)state;
    writes("{\"apiVersion\":\"v1\",\"metadata\":{\"labels\":{\"a\":\"b\"},\"annotations\":{}},"
           "\"spec\":{\"containers\":[{\"name\":\"c\",\"args\":[\"--model\",\"-x\"],\"ports\":[],"
           "\"env\":[{\"name\":\"A\",\"value\":null}]},{\"name\":\"d\"}],\"num\":1.50,\"b\":true}}",
           "apiVersion: v1\n"
           "metadata:\n"
           "  labels:\n"
           "    a: b\n"
           "  annotations: {}\n"
           "spec:\n"
           "  containers:\n"
           "  - name: c\n"
           "    args:\n"
           "    - --model\n"
           "    - -x\n"
           "    ports: []\n"
           "    env:\n"
           "    - name: A\n"
           "      value: null\n"
           "  - name: d\n"
           "  num: 1.50\n"
           "  b: true\n");
}

static void test_nested_sequences_share_lines(void **state)
{
    (void)state;
    writes("[[1,[2,3]],[],{},[{\"a\":[4]}]]", "- - 1\n"
                                              "  - - 2\n"
                                              "    - 3\n"
                                              "- []\n"
                                              "- {}\n"
                                              "- - a:\n"
                                              "    - 4\n");
}

static void test_roots_may_be_anything(void **state)
{
    (void)state;
    writes("{}", "{}\n");
    writes("[]", "[]\n");
    writes("null", "null\n");
    writes("\"a\"", "a\n");
    writes("\"a\\nb\"", "|-\n  a\n  b\n");
}

static void test_strings_are_quoted_exactly_where_needed(void **state)
{
    (void)state;
    static const struct {
        const char *text, *yaml;
    } cases[] = {
        {"a", "a"},
        {"a b", "a b"},
        {"é😀", "é😀"},
        {"a:b", "a:b"},
        {"a#b", "a#b"},
        {"a'b", "a'b"},
        {"a\"b", "a\"b"},
        {"a{b}", "a{b}"},
        {"a,b", "a,b"},
        {"vllm/vllm-openai:v0.8", "vllm/vllm-openai:v0.8"},
        {"-a", "-a"},
        {"--a=b", "--a=b"},
        {"?a", "?a"},
        {":a", ":a"},
        {"500m", "500m"},
        {"1Gi", "1Gi"},
        {"a-", "a-"},
        {"http://x", "http://x"},
        {"..", ".."},
        {"yess", "yess"},
        {"8000:8000", "8000:8000"},
        {"2026-11-24a", "2026-11-24a"},
        {"1e", "1e"},
        /* would be something else */
        {"", "\"\""},
        {"null", "\"null\""},
        {"~", "\"~\""},
        {"true", "\"true\""},
        {"No", "\"No\""},
        {"y", "\"y\""},
        {"on", "\"on\""},
        {"1", "\"1\""},
        {"-1", "\"-1\""},
        {"1.5", "\"1.5\""},
        {"0x1f", "\"0x1f\""},
        {"010", "\"010\""},
        {"1_000", "\"1_000\""},
        {"1e3", "\"1e3\""},
        {".5", "\".5\""},
        {".inf", "\".inf\""},
        {"<<", "\"<<\""},
        {"=", "\"=\""},
        {"1:30", "\"1:30\""},
        {"2026-11-24", "\"2026-11-24\""},
        {"2026-11-24T18:20:00Z", "\"2026-11-24T18:20:00Z\""},
        /* not allowed plain */
        {"- a", "'- a'"},
        {"-", "'-'"},
        {"?", "'?'"},
        {": a", "': a'"},
        {"a: b", "'a: b'"},
        {"a:", "'a:'"},
        {"a #b", "'a #b'"},
        {"#a", "'#a'"},
        {"*a", "'*a'"},
        {"&a", "'&a'"},
        {"!a", "'!a'"},
        {"|", "'|'"},
        {">a", "'>a'"},
        {"%a", "'%a'"},
        {"@a", "'@a'"},
        {"`a", "'`a'"},
        {"{a", "'{a'"},
        {"[a", "'[a'"},
        {",a", "',a'"},
        {"}a", "'}a'"},
        {"]a", "']a'"},
        {"'a", "'''a'"},
        {"\"a", "'\"a'"},
        {" a", "' a'"},
        {"a ", "'a '"},
        {"---", "'---'"},
        {"--- a", "'--- a'"},
        {"...", "'...'"},
        {"'", "''''"},
        {"it's: so", "'it''s: so'"},
        /* only with escapes */
        {"a\tb", "\"a\\tb\""},
        {"a\rb", "\"a\\rb\""},
        {"\x1b[0m", "\"\\x1b[0m\""},
        {"\x7f", "\"\\x7f\""},
        {"\xc2\x85", "\"\\x85\""},
        {"\xc2\x9b"
         "0m",
         "\"\\x9b0m\""},
        {"\xe2\x80\xa8", "\"\\u2028\""},
        {"\xef\xbb\xbf", "\"\\ufeff\""},
        {"\"\\\x01", "\"\\\"\\\\\\x01\""},
    };
    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        wva_auto_arena arena = {0};
        wva_auto_buf buf = WVA_BUF(4096), wanted = WVA_BUF(4096);
        struct wva_value *value = wva_object(&arena);
        wva_object_set(&arena, value, cases[i].text, wva_string(&arena, cases[i].text));
        wva_yaml_write(&buf, value);
        wva_buf_printf(&wanted, "%s: %s\n", cases[i].yaml, cases[i].yaml);
        check_str(wva_buf_str(&buf), wva_buf_str(&wanted));
    }
}

static void test_lines_become_literal_blocks(void **state)
{
    (void)state;
    writes("{\"a\":\"x\\n  y\\n\\nz\\n\",\"b\":[\"#!/bin/sh\\nexit "
           "1\",\"x\\n\\n\"],\"c\":\"\\nx\\t: #\\n\"}",
           "a: |\n"
           "  x\n"
           "    y\n"
           "\n"
           "  z\n"
           "b:\n"
           "- |-\n"
           "  #!/bin/sh\n"
           "  exit 1\n"
           "- |+\n"
           "  x\n"
           "\n"
           "c: |\n"
           "\n"
           "  x\t: #\n");
}

static void test_lines_that_no_block_can_hold_are_quoted(void **state)
{
    (void)state;
    writes("[\" x\\ny\",\"\\n\",\"\\tx\\ny\",\"a\\r\\nb\",\"\\n x\",\"x\\n\\u001b\"]",
           "- \" x\\ny\"\n"
           "- \"\\n\"\n"
           "- \"\\tx\\ny\"\n"
           "- \"a\\r\\nb\"\n"
           "- \"\\n x\"\n"
           "- \"x\\n\\x1b\"\n");
    writes("{\"a\\nb\":1}", "\"a\\nb\": 1\n");
}

static void test_long_keys_are_written_out(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    char json[400], yaml[400];
    snprintf(json, sizeof(json), "{\"%0129d\":{\"a\":[1]},\"b\":2}", 7);
    snprintf(yaml, sizeof(yaml), "? \"%0129d\"\n: a:\n  - 1\nb: 2\n", 7);
    check_str(to_yaml(&arena, json), yaml);
}

/* Random trees, written and read. */
static void test_what_is_written_reads_back_the_same(void **state)
{
    (void)state;
    const struct wva_yaml_options options = {.name = "yaml"};
    uint64_t seed = 20260103;
    for (int i = 0; i < 4000; i++) {
        wva_auto_arena arena = {0};
        wva_auto_buf buf = WVA_BUF(1 << 20);
        struct wva_error err = {0};
        struct wva_value **docs = NULL, *tree = random_tree(&arena, &seed, 5);
        size_t count = 0;
        wva_yaml_write(&buf, tree);
        check_ok(wva_yaml_parse(&arena, buf.data, buf.len, &options, &docs, &count, &err), &err);
        if (count != 1 || !wva_value_equal(tree, docs[0]))
            fail_msg("%s written as\n%s\nbecame %s", wva_json_text(&arena, tree), buf.data,
                     count ? wva_json_text(&arena, docs[0]) : "nothing");
    }
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(test_blocks_look_like_kubectls),
    WVA_TEST(test_nested_sequences_share_lines),
    WVA_TEST(test_roots_may_be_anything),
    WVA_TEST(test_strings_are_quoted_exactly_where_needed),
    WVA_TEST(test_lines_become_literal_blocks),
    WVA_TEST(test_lines_that_no_block_can_hold_are_quoted),
    WVA_TEST(test_long_keys_are_written_out),
    WVA_TEST(test_what_is_written_reads_back_the_same),
};

WVA_TEST_MAIN(tests)
