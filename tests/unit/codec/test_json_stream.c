// SPDX-License-Identifier: Apache-2.0
#include "support/wva_test.h"

#include <stdio.h>

#include "events.h"
#include "wva/util/mem.h"

#define WHOLE SIZE_MAX

static const struct wva_json_stream_options single = {.name = "s"};
static const struct wva_json_stream_options multiple = {.name = "s", .multiple = true};
static const struct wva_json_stream_options nonfinite = {.name = "s", .allow_nonfinite = true};

/* The same events whole, byte by byte and cut in two anywhere. */
static void reports(const char *text, const struct wva_json_stream_options *options,
                    const char *wanted)
{
    size_t len = strlen(text);
    for (size_t first = 0; first <= len + 1; first++) {
        wva_auto_buf events = WVA_BUF(1 << 16);
        struct wva_error err = {0};
        size_t piece = first == 0 ? 1 : WHOLE;
        check_ok(record_events(text, len, first, piece, options, &events, &err), &err);
        check_str(wva_buf_str(&events), wanted);
    }
}

/* Fails so when fed whole, and in whatever pieces. */
static void fails(const char *text, const struct wva_json_stream_options *options,
                  const char *message)
{
    size_t len = strlen(text);
    for (size_t first = 0; first <= len; first++) {
        wva_auto_buf events = WVA_BUF(1 << 16);
        struct wva_error err = {0};
        size_t piece = first == 0 ? 1 : WHOLE;
        check_int(record_events(text, len, first, piece, options, &events, &err), -1);
        check_str(err.msg, message);
    }
}

static void test_events_come_in_order_with_their_paths(void **state)
{
    (void)state;
    reports("{\"a\": {\"b\": [1, -2.50e3, [\"x\\u00e9\"], {\"c\": null}], \"d\": true}, \"\": []}",
            &single,
            "$ {\n"
            "a {\n"
            "a.b [\n"
            "a.b[0] number 1\n"
            "a.b[1] number -2.50e3\n"
            "a.b[2] [\n"
            "a.b[2][0] string xé\n"
            "a.b[2] ]\n"
            "a.b[3] {\n"
            "a.b[3].c null null\n"
            "a.b[3] }\n"
            "a.b ]\n"
            "a.d boolean true\n"
            "a }\n"
            " [\n"
            " ]\n"
            "$ }\n");
    reports(" 12", &single, "$ number 12\n");
}

static void test_duplicate_keys_pass_a_stream(void **state)
{
    (void)state;
    reports("{\"a\":1,\"a\":2}", &single, "$ {\na number 1\na number 2\n$ }\n");
}

static void test_documents_follow_each_other(void **state)
{
    (void)state;
    reports("{\"a\":1}\n[2] \n\t\"x\"\n3 4", &multiple,
            "$ {\na number 1\n$ }\n$ [\n[0] number 2\n$ ]\n$ string x\n$ number 3\n$ number 4\n");
    fails("{}{}", &multiple, "s: two documents without a blank between them at byte 2 (line 1)");
    fails("\"a\"1", &multiple, "s: two documents without a blank between them at byte 3 (line 1)");
    fails("{} {\"a\"", &multiple, "s: ends in the middle of a document at byte 7 (line 1), in a");
    fails(" \n", &multiple, "s: holds no complete document at byte 2 (line 2)");
    fails("", &multiple, "s: holds no complete document at byte 0 (line 1)");
    fails("{} {}", &single, "s: not JSON (trailing garbage) at byte 4 (line 1)");
}

static void test_each_document_ends_at_depth_0_at_once(void **state)
{
    (void)state;
    wva_auto_buf events = WVA_BUF(1 << 16);
    struct wva_error err = {0};
    check_int(record_events("{\"n\":1}\n{\"n\"", 12, 8, WHOLE, &multiple, &events, &err), -1);
    check_str(wva_buf_str(&events), "$ {\nn number 1\n$ }\n$ {\n");
}

static void test_failures_name_their_place_however_the_input_is_cut(void **state)
{
    (void)state;
    fails("{\"a\":\n[1,2 3]}", &single,
          "s: not JSON (after array element, I expect ',' or ']') at byte 12 (line 2), in a[1]");
    fails("[\"\\ud834\\u0041\"]", &single,
          "s: a lone surrogate escape (\\uD800 to \\uDFFF) at byte 14 (line 1)");
    fails("[\"a\xc0\x80\"]", &single, "s: a string that is not UTF-8 at byte 6 (line 1), in [0]");
    fails("{\"k\\u0000\":1}", &single, "s: a key with a NUL character at byte 10 (line 1)");
    fails("[[[", &single, "s: ends in the middle of a document at byte 3 (line 1), in [0][0]");
}

static void test_long_paths_are_cut_in_messages(void **state)
{
    (void)state;
    wva_auto_buf text = WVA_BUF(1 << 16), events = WVA_BUF(1 << 16);
    struct wva_error err = {0};
    for (int i = 0; i < 40; i++)
        wva_buf_puts(&text, "{\"twenty-character-key\":");
    check_int(record_events(text.data, text.len, WHOLE, 1, &single, &events, &err), -1);
    check_has(err.msg, "twenty-character-key.twenty-character-key");
    check_str(err.msg + strlen(err.msg) - strlen("-key…"), "-key…");
    check(strlen(err.msg) < 700);
}

static void test_numbers_that_are_not_finite_pass_if_allowed(void **state)
{
    (void)state;
    reports("{\"a\": NaN, \"b\":-Infinity,\"c\":[Infinity , NaN,NaN], \"NaN\": \"Infinity\"}",
            &nonfinite,
            "$ {\n"
            "a number 1e999\n"
            "b number -1e999\n"
            "c [\n"
            "c[0] number 1e999\n"
            "c[1] number 1e999\n"
            "c[2] number 1e999\n"
            "c ]\n"
            "NaN string Infinity\n"
            "$ }\n");
    reports("NaN", &nonfinite, "$ number 1e999\n");
    fails("[NaN]", &single, "s: not JSON (invalid char in json text) at byte 2 (line 1)");
}

static void test_only_pythons_words_pass(void **state)
{
    (void)state;
    const char *const texts[] = {"[nan]",        "[NAN]",       "[Nan]",       "[Na]",
                                 "[NaN5]",       "[1NaN]",      "[-NaN]",      "[NaNx]",
                                 "[Inf]",        "[infinity]",  "[+Infinity]", "[1Infinity]",
                                 "[--Infinity]", "[Infinity1]", "{NaN:1}",     "[InfinityInfinity]",
                                 "[NaNNaN]",     "[Infinit",    "Na"};
    for (size_t i = 0; i < WVA_COUNT(texts); i++) {
        for (size_t first = 0; first <= strlen(texts[i]); first++) {
            wva_auto_buf events = WVA_BUF(1 << 16);
            struct wva_error err = {0};
            size_t piece = first == 0 ? 1 : WHOLE;
            if (record_events(texts[i], strlen(texts[i]), first, piece, &nonfinite, &events,
                              &err) == 0)
                fail_msg("%s passed as %s", texts[i], wva_buf_str(&events));
        }
    }
}

static void test_the_handler_can_stop_the_stream(void **state)
{
    (void)state;
    wva_auto_buf events = WVA_BUF(1 << 16);
    struct wva_error err = {0};
    const char text[] = "[1,\"stop\",2]";
    check_int(record_events(text, strlen(text), WHOLE, 1, &single, &events, &err), -1);
    check_int(err.code, WVA_E_FAILED);
    check_str(err.msg, "the handler says stop");
    check_str(wva_buf_str(&events), "$ [\n[0] number 1\n");
}

static int count_scalar(void *ctx, const struct wva_json_path *path, enum wva_kind kind,
                        const char *text, size_t len, struct wva_error *err)
{
    (void)path, (void)kind, (void)text, (void)len, (void)err;
    ++*(size_t *)ctx;
    return 0;
}

static void test_a_failed_stream_stays_failed(void **state)
{
    (void)state;
    const struct wva_json_handler handler = {.scalar = count_scalar};
    size_t count = 0;
    struct wva_error err = {0};
    struct wva_json_stream *stream = wva_json_stream_new(&single, &handler, &count);
    check_fails(wva_json_stream_feed(stream, "[1,}", 4, &err), &err, WVA_E_INPUT, "not JSON");
    check_fails(wva_json_stream_feed(stream, "2]", 2, &err), &err, WVA_E_INTERNAL,
                "s: read on after a failure");
    check_fails(wva_json_stream_finish(stream, &err), &err, WVA_E_INTERNAL,
                "s: read on after a failure");
    check_int(count, 1);
    wva_json_stream_free(stream);
    wva_json_stream_free(NULL);
}

/* yajl looks at a token from its start with every chunk; a token that never ends is given up. */
static void test_one_endless_token_is_given_up(void **state)
{
    (void)state;
    const struct wva_json_handler handler = {.scalar = count_scalar};
    const char *const beginnings[] = {"[\"", "[1", "{\"", "[ "};
    for (size_t i = 0; i < WVA_COUNT(beginnings); i++) {
        size_t count = 0, fed = 0, chunk_len = 64 << 10;
        wva_autofree char *chunk = wva_xmalloc(chunk_len);
        memset(chunk, i == 3 ? ' ' : '1', chunk_len);
        struct wva_error err = {0};
        struct wva_json_stream *stream = wva_json_stream_new(&single, &handler, &count);
        check_ok(wva_json_stream_feed(stream, beginnings[i], 2, &err), &err);
        while (fed < 2 * WVA_JSON_STRING_MAX &&
               wva_json_stream_feed(stream, chunk, chunk_len, &err) == 0)
            fed += chunk_len;
        check_has(err.msg, "s: a token longer than 4 MiB at byte ");
        check(fed <= WVA_JSON_STRING_MAX + chunk_len);
        check_int(count, 0);
        wva_json_stream_free(stream);
    }
}

static void test_names_are_limited(void **state)
{
    (void)state;
    wva_autofree char *text = wva_xmalloc(WVA_JSON_KEY_MAX + 8);
    size_t len =
        (size_t)snprintf(text, WVA_JSON_KEY_MAX + 8, "{\"%0*d\":1}", (int)WVA_JSON_KEY_MAX, 0);
    wva_auto_buf events = WVA_BUF(1 << 20);
    struct wva_error err = {0};
    check_ok(record_events(text, len, WHOLE, 1, &single, &events, &err), &err);
    memcpy(text + WVA_JSON_KEY_MAX + 2, "0\":1}", 6);
    check_fails(record_events(text, len + 1, WHOLE, 1, &single, &events, &err), &err, WVA_E_INPUT,
                "s: a key longer than 65536 bytes at byte 65540 (line 1)");
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(test_events_come_in_order_with_their_paths),
    WVA_TEST(test_duplicate_keys_pass_a_stream),
    WVA_TEST(test_documents_follow_each_other),
    WVA_TEST(test_each_document_ends_at_depth_0_at_once),
    WVA_TEST(test_failures_name_their_place_however_the_input_is_cut),
    WVA_TEST(test_long_paths_are_cut_in_messages),
    WVA_TEST(test_numbers_that_are_not_finite_pass_if_allowed),
    WVA_TEST(test_only_pythons_words_pass),
    WVA_TEST(test_the_handler_can_stop_the_stream),
    WVA_TEST(test_a_failed_stream_stays_failed),
    WVA_TEST(test_one_endless_token_is_given_up),
    WVA_TEST(test_names_are_limited),
};

WVA_TEST_MAIN(tests)
