// SPDX-License-Identifier: Apache-2.0
#include "support/wva_test.h"

#include "random_tree.h"
#include "wva/codec/json.h"
#include "wva/util/fs.h"
#include "wva/util/mem.h"

static const struct wva_json_options options = {.name = "x.json"};

static struct wva_value *parse(struct wva_arena *arena, const char *text, size_t len)
{
    struct wva_error err = {0};
    struct wva_value *value = NULL;
    check_ok(wva_json_parse(arena, text, len, &options, &value, &err), &err);
    return value;
}

/* The text must be refused with exactly this message and leave the output alone. */
static void refuses(const char *text, size_t len, const char *message)
{
    wva_auto_arena arena = {0};
    wva_autofree char *copy = wva_xmalloc(len + 1); /* exactly as long: no NUL to run into */
    struct wva_error err = {0};
    struct wva_value untouched, *value = &untouched;
    memcpy(copy, text, len);
    check_int(wva_json_parse(&arena, copy, len, &options, &value, &err), -1);
    check_int(err.code, WVA_E_INPUT);
    check_str(err.msg, message);
    check(value == &untouched);
}

static void test_documents_keep_order_numbers_and_lines(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    const char text[] =
        " {\"z\": 1.500,\n \"a\": [true, false,\n null, \"\\u00e9\\n\\ud834\\udd1e\"],"
        "\n\n\"e\": {}, \"\": -9223372036854775808} \n";
    struct wva_value *value = parse(&arena, text, strlen(text));
    check_str(wva_json_text(&arena, value),
              "{\"z\":1.500,\"a\":[true,false,null,\"é\\n𝄞\"],\"e\":{},\"\":-9223372036854775808}");
    check_int(value->line, 1);
    check_int(wva_get(value, "a")->line, 2);
    check_int(wva_get(value, "a", "3")->line, 3);
    check_int(wva_get(value, "e")->line, 5);
    check_int(wva_get(value, "a", "3")->len, 7);
}

static void test_scalars_are_documents_too(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    check_str(parse(&arena, "12", 2)->text, "12"); /* ends with the input: no byte follows */
    check_str(parse(&arena, "\"\"", 2)->text, "");
    check_int(parse(&arena, " null ", 6)->kind, WVA_NULL);
}

static const struct refusal {
    const char *text, *message;
} refusals[] = {
    {"", "x.json: holds no complete document at byte 0 (line 1)"},
    {" \n ", "x.json: holds no complete document at byte 3 (line 2)"},
    {"tru", "x.json: holds no complete document at byte 3 (line 1)"},
    {"\"abc", "x.json: holds no complete document at byte 4 (line 1)"},
    {"{\"a\":1", "x.json: ends in the middle of a document at byte 6 (line 1), in a"},
    {"{\"a\":[1,{\"b\":",
     "x.json: ends in the middle of a document at byte 13 (line 1), in a[1].b"},
    {"{\"a\":1,\n \"b\":2,\n \"a\":3}", "x.json: a duplicate key at byte 22 (line 3), in a"},
    {"{\"o\":{\"\\u0061\":1,\"a\":2}}", "x.json: a duplicate key at byte 22 (line 1), in o.a"},
    {"[\"\\u0000\"]", "x.json: a string with a NUL character at byte 9 (line 1), in [0]"},
    {"{\"a\\u0000b\":1}", "x.json: a key with a NUL character at byte 11 (line 1)"},
    {"[\"\xc0\x80\"]", "x.json: a string that is not UTF-8 at byte 5 (line 1), in [0]"},
    {"[\"\xed\xa0\x80\"]", "x.json: a string that is not UTF-8 at byte 6 (line 1), in [0]"},
    {"[\"\xf5\x80\x80\x80\"]", "x.json: a string that is not UTF-8 at byte 7 (line 1), in [0]"},
    {"[\"\xff\"]", "x.json: a string that is not UTF-8 at byte 4 (line 1), in [0]"},
    {"{\"\xe9\":1}", "x.json: a key that is not UTF-8 at byte 4 (line 1)"},
    {"[1,\"\\udd1e\"]", "x.json: a lone surrogate escape (\\uD800 to \\uDFFF) at byte 10 (line 1), "
                        "in [0]"},
    {"\"\\ud834\"", "x.json: a lone surrogate escape (\\uD800 to \\uDFFF) at byte 7 (line 1)"},
    {"\"\\ud834x\"", "x.json: a lone surrogate escape (\\uD800 to \\uDFFF) at byte 8 (line 1)"},
    {"\"\\ud834\\n\"", "x.json: a lone surrogate escape (\\uD800 to \\uDFFF) at byte 8 (line 1)"},
    {"\"\\ud834\\u0041\"",
     "x.json: a lone surrogate escape (\\uD800 to \\uDFFF) at byte 13 (line 1)"},
    {"\"\\uD834\\uD834\"",
     "x.json: a lone surrogate escape (\\uD800 to \\uDFFF) at byte 13 (line 1)"},
    {"{} x", "x.json: not JSON (trailing garbage) at byte 4 (line 1)"},
    {"{}{}", "x.json: not JSON (trailing garbage) at byte 3 (line 1)"},
    {"\xef\xbb\xbf{}", "x.json: not JSON (invalid char in json text) at byte 1 (line 1)"},
    {"[NaN]", "x.json: not JSON (invalid char in json text) at byte 2 (line 1)"},
    {"[1,]", "x.json: not JSON (unallowed token at this point in JSON text) at byte 4 (line 1), "
             "in [0]"},
    {"[01]",
     "x.json: not JSON (after array element, I expect ',' or ']') at byte 3 (line 1), in [0]"},
    {"[1.]", "x.json: not JSON (malformed number, a digit is required after the decimal point) at "
             "byte 3 (line 1)"},
    {"[\"a\tb\"]", "x.json: not JSON (invalid character inside string) at byte 3 (line 1)"},
    {"/* */1",
     "x.json: not JSON (probable comment found in input text, comments are not enabled) at "
     "byte 0 (line 1)"},
    {"[.5]", NULL},
    {"[+1]", NULL},
    {"{'a':1}", NULL},
    {"{\"a\":1,}", NULL},
    {"[1}", NULL},
    {"nul", NULL},
    {"[-]", NULL},
    {"{1:2}", NULL},
    {"{\"a\"}", NULL},
    {"]", NULL},
};

static void test_what_is_not_json_is_refused_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < WVA_COUNT(refusals); i++) {
        wva_auto_arena arena = {0};
        struct wva_error err = {0};
        struct wva_value *value = NULL;
        const char *text = refusals[i].text;
        if (refusals[i].message)
            refuses(text, strlen(text), refusals[i].message);
        else
            check_fails(wva_json_parse(&arena, text, strlen(text), &options, &value, &err), &err,
                        WVA_E_INPUT, "x.json: ");
    }
    refuses("[1,2\0]", 6,
            "x.json: not JSON (invalid char in json text) at byte 5 (line 1), in [1]");
}

static void test_messages_never_quote_values(void **state)
{
    (void)state;
    const char *const texts[] = {"{\"token\":\"s3cr3t\"x", "{\"token\":\"s3cr3t",
                                 "{\"token\": s3cr3t}", "{\"token\":\"s3cr3t\\q\"}",
                                 "{\"token\":\"s3cr3t\",\"token\":1}"};
    for (size_t i = 0; i < WVA_COUNT(texts); i++) {
        wva_auto_arena arena = {0};
        struct wva_error err = {0};
        struct wva_value *value = NULL;
        check_int(wva_json_parse(&arena, texts[i], strlen(texts[i]), &options, &value, &err), -1);
        check(strstr(err.msg, "s3cr3t") == NULL);
    }
}

static void test_sizes_are_limited(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    const struct wva_json_options small = {.name = "x.json", .max_bytes = 4};
    struct wva_error err = {0};
    struct wva_value *value = NULL;
    check_ok(wva_json_parse(&arena, "[10]", 4, &small, &value, &err), &err);
    check_fails(wva_json_parse(&arena, "[100]", 5, &small, &value, &err), &err, WVA_E_INPUT,
                "x.json: larger than 4 bytes");

    char number[WVA_JSON_NUMBER_MAX + 2];
    memset(number, '7', sizeof(number));
    check_int(parse(&arena, number, WVA_JSON_NUMBER_MAX)->len, WVA_JSON_NUMBER_MAX);
    refuses(number, WVA_JSON_NUMBER_MAX + 1,
            "x.json: a number longer than 64 bytes at byte 65 (line 1)");

    wva_autofree char *string = wva_xmalloc(WVA_JSON_STRING_MAX + 3);
    memset(string, 'a', WVA_JSON_STRING_MAX + 3);
    string[0] = string[WVA_JSON_STRING_MAX + 1] = '"';
    check_int(parse(&arena, string, WVA_JSON_STRING_MAX + 2)->len, WVA_JSON_STRING_MAX);
    string[WVA_JSON_STRING_MAX + 1] = 'a';
    string[WVA_JSON_STRING_MAX + 2] = '"';
    refuses(string, WVA_JSON_STRING_MAX + 3,
            "x.json: a string longer than 4194304 bytes at byte 4194307 (line 1)");
}

static void test_nesting_is_limited(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    char text[2 * WVA_JSON_DEPTH_MAX + 2];
    memset(text, '[', WVA_JSON_DEPTH_MAX);
    memset(text + WVA_JSON_DEPTH_MAX, ']', WVA_JSON_DEPTH_MAX);
    const struct wva_value *value = parse(&arena, text, (size_t)2 * WVA_JSON_DEPTH_MAX);
    for (int i = 1; i < WVA_JSON_DEPTH_MAX; i++)
        value = value->items[0];
    check_int(value->count, 0);

    memset(text, '[', WVA_JSON_DEPTH_MAX + 1);
    struct wva_error err = {0};
    struct wva_value *ret = NULL;
    check_fails(wva_json_parse(&arena, text, WVA_JSON_DEPTH_MAX + 1, &options, &ret, &err), &err,
                WVA_E_INPUT, "x.json: nested deeper than 64 levels at byte 65 (line 1), in [0][0]");

    size_t many = 5000000;
    wva_autofree char *deep = wva_xmalloc(many);
    memset(deep, '[', many);
    check_fails(wva_json_parse(&arena, deep, many, &options, &ret, &err), &err, WVA_E_INPUT,
                "nested deeper");
}

static void test_the_number_of_values_is_limited(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    size_t count = WVA_JSON_NODES_MAX; /* and the array itself */
    wva_autofree char *text = wva_xmalloc(2 * count + 1);
    for (size_t i = 0; i < count; i++)
        memcpy(text + 2 * i, ",1", 2);
    text[0] = '[';
    text[2 * count] = ']';
    struct wva_error err = {0};
    struct wva_value *value = NULL;
    check_fails(wva_json_parse(&arena, text, 2 * count + 1, &options, &value, &err), &err,
                WVA_E_INPUT, "more than 1048576 values");
}

/* 100,000 members; a duplicate among them is found, and in far less than quadratic time. */
static void test_large_objects_are_searched_for_duplicates(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    wva_auto_buf text = WVA_BUF(16 << 20);
    for (int i = 0; i < 100000; i++)
        wva_buf_printf(&text, "%c\"key-%d\":%d", i ? ',' : '{', i, i);
    wva_buf_puts(&text, "}");
    check_int(parse(&arena, text.data, text.len)->count, 100000);

    text.len--;
    wva_buf_puts(&text, ",\"key-77777\":0}");
    struct wva_error err = {0};
    struct wva_value *value = NULL;
    check_fails(wva_json_parse(&arena, text.data, text.len, &options, &value, &err), &err,
                WVA_E_INPUT,
                "x.json: an object with a duplicate key ends at byte 1777795 (line 1)");
}

static void test_every_part_of_a_document_is_refused(void **state)
{
    (void)state;
    const char text[] = "{\"a\":[1.5e3,\"\\ud83d\\ude00\\\\\",true],\"b\":{\"c\":null}}";
    for (size_t len = 0; len < strlen(text); len++) {
        wva_auto_arena arena = {0};
        struct wva_error err = {0};
        struct wva_value *value = NULL;
        check_int(wva_json_parse(&arena, text, len, &options, &value, &err), -1);
    }
}

static void test_output_is_indented_like_kubectls(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    wva_auto_buf buf = WVA_BUF(4096);
    const char text[] = "{\"a\":{\"b\":[1,{\"c\":\"d\"},[]]},\"e\":{},\"f\":null}";
    wva_json_write(&buf, parse(&arena, text, strlen(text)), 4);
    check_str(wva_buf_str(&buf), "{\n"
                                 "    \"a\": {\n"
                                 "        \"b\": [\n"
                                 "            1,\n"
                                 "            {\n"
                                 "                \"c\": \"d\"\n"
                                 "            },\n"
                                 "            []\n"
                                 "        ]\n"
                                 "    },\n"
                                 "    \"e\": {},\n"
                                 "    \"f\": null\n"
                                 "}");
}

static void test_strings_are_escaped_where_needed(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_value *value = wva_object(&arena);
    wva_object_set(&arena, value, "k\"\n", wva_string(&arena, "\"\\/\b\f\n\r\t\x01\x1f<>&é😀"));
    wva_object_set(&arena, value, "c",
                   wva_string(&arena, "\x7f|\xc2\x80|\xc2\x9b|\xc2\x9f|\xc2\xa0"));
    check_str(wva_json_text(&arena, value),
              "{\"k\\\"\\n\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f<>&é😀\","
              "\"c\":\"\\u007f|\\u0080|\\u009b|\\u009f|\u00a0\"}");
}

static void test_a_full_buffer_says_so(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    wva_auto_buf buf = WVA_BUF(8);
    wva_json_write(&buf, wva_string(&arena, "longer than that"), 0);
    check(buf.overflowed);
}

static void test_what_is_written_reads_back_the_same(void **state)
{
    (void)state;
    uint64_t seed = 20260101;
    for (int i = 0; i < 3000; i++) {
        wva_auto_arena arena = {0};
        wva_auto_buf buf = WVA_BUF(1 << 20);
        struct wva_value *tree = random_tree(&arena, &seed, 5);
        wva_json_write(&buf, tree, (unsigned)i % 3);
        const char *text = wva_buf_str(&buf);
        struct wva_value *back = parse(&arena, text, buf.len);
        if (!wva_value_equal(tree, back))
            fail_msg("%s became %s", text, wva_json_text(&arena, back));
    }
}

static void test_real_reports_survive(void **state)
{
    (void)state;
    const char *path = "../shared/data/guidellm-shapes/report-v0.7.3.json";
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    char *text = NULL;
    size_t len = 0;
    if (wva_fs_read(path, WVA_JSON_DOC_MAX, &arena, &text, &len, &err) < 0)
        skip();
    struct wva_value *report = parse(&arena, text, len);
    check_int(wva_get(report, "metadata", "version")->kind, WVA_NUMBER);
    const char *again = wva_json_text(&arena, report);
    check(wva_value_equal(report, parse(&arena, again, strlen(again))));
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(test_documents_keep_order_numbers_and_lines),
    WVA_TEST(test_scalars_are_documents_too),
    WVA_TEST(test_what_is_not_json_is_refused_with_its_place),
    WVA_TEST(test_messages_never_quote_values),
    WVA_TEST(test_sizes_are_limited),
    WVA_TEST(test_nesting_is_limited),
    WVA_TEST(test_the_number_of_values_is_limited),
    WVA_TEST(test_large_objects_are_searched_for_duplicates),
    WVA_TEST(test_every_part_of_a_document_is_refused),
    WVA_TEST(test_output_is_indented_like_kubectls),
    WVA_TEST(test_strings_are_escaped_where_needed),
    WVA_TEST(test_a_full_buffer_says_so),
    WVA_TEST(test_what_is_written_reads_back_the_same),
    WVA_TEST(test_real_reports_survive),
};

WVA_TEST_MAIN(tests)
