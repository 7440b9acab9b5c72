// SPDX-License-Identifier: Apache-2.0
/* Members that are skipped unread: the filter in front of yajl and its walk over brackets. */
#include "support/wva_test.h"

#include "events.h"
#include "random_tree.h"
#include "wva/util/fs.h"
#include "wva/util/mem.h"

#define WHOLE SIZE_MAX

static const struct wva_json_stream_options requests = {
    .name = "r", .skip_key = "requests", .skip_depth = 3, .allow_nonfinite = true};
static const struct wva_json_stream_options at_root = {
    .name = "r", .skip_key = "k", .skip_depth = 1};

static void reports(const char *text, const struct wva_json_stream_options *options,
                    const char *wanted)
{
    size_t len = strlen(text);
    for (size_t first = 0; first <= len + 1; first++) {
        wva_auto_buf events = WVA_BUF(1 << 20);
        struct wva_error err = {0};
        size_t piece = first == 0 ? 1 : WHOLE;
        check_ok(record_events(text, len, first, piece, options, &events, &err), &err);
        check_str(wva_buf_str(&events), wanted);
    }
}

static void fails(const char *text, const struct wva_json_stream_options *options,
                  const char *message)
{
    size_t len = strlen(text);
    for (size_t first = 0; first <= len; first++) {
        wva_auto_buf events = WVA_BUF(1 << 20);
        struct wva_error err = {0};
        size_t piece = first == 0 ? 1 : WHOLE;
        check_int(record_events(text, len, first, piece, options, &events, &err), -1);
        check_str(err.msg, message);
    }
}

static void test_the_value_reaches_the_handler_as_null(void **state)
{
    (void)state;
    reports(
        "{\"requests\":1,\"benchmarks\":[{\"config\":{\"requests\":2},\"requests\" :\n"
        "{\"successful\":[{\"output\":\"}]\\\\\\\"{[\",\"t\":[1,[2]]},{}],\"e\":null},\"end\":3},"
        "{\"requests\":[]}]}",
        &requests,
        "$ {\n"
        "requests number 1\n"
        "benchmarks [\n"
        "benchmarks[0] {\n"
        "benchmarks[0].config {\n"
        "benchmarks[0].config.requests number 2\n"
        "benchmarks[0].config }\n"
        "benchmarks[0].requests null null\n"
        "benchmarks[0].end number 3\n"
        "benchmarks[0] }\n"
        "benchmarks[1] {\n"
        "benchmarks[1].requests null null\n"
        "benchmarks[1] }\n"
        "benchmarks ]\n"
        "$ }\n");
}

static void test_values_of_every_kind_are_skipped(void **state)
{
    (void)state;
    const char *const values[] = {"null",
                                  "true",
                                  "-1.5e3",
                                  "\"\"",
                                  "\"a,}]\"",
                                  "\"\\\"\"",
                                  "\"\\\\\"",
                                  "[]",
                                  "{}",
                                  "[[],[]]",
                                  "{\"a\":{}}",
                                  " [ ] ",
                                  "[\"\\\\\\\"\"]",
                                  "[NaN]",
                                  "[\"\\ud834\"]",
                                  "[1,\"]\",{\"}\":[]}]"};
    for (size_t i = 0; i < WVA_COUNT(values); i++) {
        wva_auto_buf last = WVA_BUF(256), middle = WVA_BUF(256);
        wva_buf_printf(&last, "{\"a\":1,\"k\":%s}", values[i]);
        wva_buf_printf(&middle, "{\"k\" : %s,\"a\":1}", values[i]);
        reports(last.data, &at_root, "$ {\na number 1\nk null null\n$ }\n");
        reports(middle.data, &at_root, "$ {\nk null null\na number 1\n$ }\n");
    }
}

static void test_only_that_member_is_skipped(void **state)
{
    (void)state;
    reports("{\"kk\":1,\"\":2,\"j\":{\"k\":3},\"x\":\"k\",\"y\":[\"k\",4],\"\\u006b\":5}", &at_root,
            "$ {\nkk number 1\n number 2\nj {\nj.k number 3\nj }\nx string k\n"
            "y [\ny[0] string k\ny[1] number 4\ny ]\nk number 5\n$ }\n");
    reports("[\"k\",{\"k\":1}]", &at_root,
            "$ [\n[0] string k\n[1] {\n[1].k number 1\n[1] }\n$ ]\n");
}

static void test_what_follows_is_still_checked(void **state)
{
    (void)state;
    fails(
        "{\"k\":[1\n,2],\n\"a\" 1}", &at_root,
        "r: not JSON (object key and value must be separated by a colon (':')) at byte 18 (line 3),"
        " in a");
    fails("{\"k\":[]]", &at_root,
          "r: not JSON (after key and value, inside map, I expect ',' or '}') "
          "at byte 7 (line 1), in k");
    fails(
        "{\"k\" [1]}", &at_root,
        "r: not JSON (object key and value must be separated by a colon (':')) at byte 6 (line 1),"
        " in k");
    fails("{\"k\":}", &at_root,
          "r: not JSON (unallowed token at this point in JSON text) at byte 6 (line 1), in k");
    fails(
        "{\"k\"}", &at_root,
        "r: not JSON (object key and value must be separated by a colon (':')) at byte 5 (line 1),"
        " in k");
}

static void test_input_that_ends_inside_is_noticed(void **state)
{
    (void)state;
    const char text[] = "{\"k\":{\"a\":[\"x\\\"\",{}]}}";
    for (size_t len = 1; len < strlen(text); len++) {
        wva_auto_buf events = WVA_BUF(4096);
        struct wva_error err = {0};
        check_fails(record_events(text, len, 1, 1, &at_root, &events, &err), &err, WVA_E_INPUT,
                    "r: ends in the middle of a document at byte ");
    }
    fails("{\"k\":[{]}", &at_root, "r: ends in the middle of a document at byte 9 (line 1), in k");
    fails("{\"k\":\"abc}", &at_root,
          "r: ends in the middle of a document at byte 10 (line 1), in k");
}

/* With and without skipping the same is reported, but for what lies below the member. */
static void test_skipping_agrees_with_reading(void **state)
{
    (void)state;
    uint64_t seed = 20260102;
    for (int i = 0; i < 1500; i++) {
        wva_auto_arena arena = {0};
        wva_auto_buf text = WVA_BUF(1 << 20), skipped = WVA_BUF(1 << 20), read = WVA_BUF(1 << 20);
        struct wva_value *root = wva_object(&arena);
        struct wva_error err = {0};
        wva_object_set(&arena, root, "before", random_tree(&arena, &seed, 2));
        wva_object_set(&arena, root, "k", random_tree(&arena, &seed, 5));
        wva_object_set(&arena, root, "after", random_tree(&arena, &seed, 2));
        wva_json_write(&text, root, random_below(&seed, 3));
        size_t first = random_below(&seed, 200), piece = 1 + random_below(&seed, 200);
        check_ok(record_events(text.data, text.len, first, piece, &at_root, &skipped, &err), &err);

        wva_object_set(&arena, root, "k", wva_null(&arena));
        const char *without = wva_json_text(&arena, root);
        const struct wva_json_stream_options plain = {.name = "p"};
        check_ok(record_events(without, strlen(without), WHOLE, 1, &plain, &read, &err), &err);
        check_str(wva_buf_str(&skipped), wva_buf_str(&read));
    }
}

/* Real reports, and every one of them in odd pieces. */
static void test_real_reports_lose_their_requests_only(void **state)
{
    (void)state;
    const char *const names[] = {"report-v0.2.1.json", "report-v0.4.0.json", "report-v0.7.3.json"};
    for (size_t i = 0; i < WVA_COUNT(names); i++) {
        wva_auto_arena arena = {0};
        wva_auto_buf events = WVA_BUF(64 << 20), again = WVA_BUF(64 << 20);
        struct wva_error err = {0};
        char *text = NULL;
        size_t len = 0;
        const char *path = wva_fs_join(&arena, "../shared/data/guidellm-shapes", names[i]);
        if (wva_fs_read(path, 8 << 20, &arena, &text, &len, &err) < 0) {
            wva_arena_done(&arena); /* skip() jumps out of the cleanup's reach */
            skip();
        }
        check_ok(record_events(text, len, WHOLE, 1, &requests, &events, &err), &err);
        check_ok(record_events(text, len, 17, 61, &requests, &again, &err), &err);
        check_has(events.data, "\nbenchmarks[0].requests null null\n");
        check(strstr(events.data, "\nbenchmarks[0].requests.") == NULL);
        check_has(events.data, ".inter_token_latency_ms.successful.mean number ");
        check(events.len == again.len && memcmp(events.data, again.data, events.len) == 0);
    }
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(test_the_value_reaches_the_handler_as_null),
    WVA_TEST(test_values_of_every_kind_are_skipped),
    WVA_TEST(test_only_that_member_is_skipped),
    WVA_TEST(test_what_follows_is_still_checked),
    WVA_TEST(test_input_that_ends_inside_is_noticed),
    WVA_TEST(test_skipping_agrees_with_reading),
    WVA_TEST(test_real_reports_lose_their_requests_only),
};

WVA_TEST_MAIN(tests)
