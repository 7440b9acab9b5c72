// SPDX-License-Identifier: Apache-2.0
/* The digest of a termination message, and the report between its markers in a log. */
#include "support/wva_test.h"

#include "wva/guidellm/digest.h"
#include "wva/util/buf.h"
#include "wva/util/encode.h"
#include "wva/util/mem.h"

static const char good[] =
    "{\"digest\":1,\"guidellm\":\"0.8.1\",\"model\":\"org/m\",\"target\":\"http://vllm:8000\","
    "\"strategy\":\"concurrent\",\"streams\":4.0,\"successful\":24,\"errored\":1,"
    "\"incomplete\":4,\"firstError\":\"ReadTimeout\",\"duration\":9.98,\"concurrency\":3.97,"
    "\"promptTokens\":129.1,"
    "\"outputTokens\":64.0,\"itl\":{\"mean\":20.1,\"median\":20.2,\"stdDev\":0.1,\"min\":19.5,"
    "\"count\":1512},\"ttft\":{\"mean\":43.4,\"median\":43.1,\"stdDev\":1.5,\"min\":41.25,"
    "\"count\":20},\"sha256\":\"00\",\"bytes\":12}";

static void reads_every_figure(void **state)
{
    (void)state;
    struct wva_error err = {0};
    struct wva_level level;
    check_ok(wva_digest_parse(good, strlen(good), &level, &err), &err);
    check_str(level.guidellm_version, "0.8.1");
    check_str(level.model, "org/m");
    check_str(level.target, "http://vllm:8000");
    check_str(level.strategy, "concurrent");
    check(level.streams == 4 && level.concurrency == 3.97);
    check(level.prompt_tokens == 129.1 && level.output_tokens == 64);
    check(level.itl.mean == 20.1 && level.itl.median == 20.2);
    check(level.itl.std_dev == 0.1 && level.itl.min == 19.5);
    check_int(level.itl.count, 1512);
    check(level.ttft.mean == 43.4 && level.ttft.median == 43.1);
    check(level.ttft.std_dev == 1.5 && level.ttft.min == 41.25);
    check_int(level.ttft.count, 20);
    check_int(level.successful, 24);
    check_int(level.errored, 1);
    check_int(level.incomplete, 4);
    check_str(level.first_error, "ReadTimeout");
    check(level.duration_s == 9.98);
    check(!level.median_only);
}

static void takes_null_and_absent_for_unknown(void **state)
{
    (void)state;
    struct wva_error err = {0};
    struct wva_level level;
    static const char text[] =
        "{\"digest\":1,\"streams\":null,\"strategy\":null,"
        "\"successful\":0,\"itl\":{\"mean\":null,\"count\":0},\"ttft\":null}";
    check_ok(wva_digest_parse(text, strlen(text), &level, &err), &err);
    check(isnan(level.streams) && isnan(level.concurrency) && isnan(level.itl.mean));
    check(isnan(level.ttft.mean));
    check_int(level.itl.count, 0);
    check_int(level.ttft.count, -1);
    check_int(level.successful, 0);
    check_int(level.errored, -1);
    check_str(level.strategy, "");
    check_str(level.first_error, "");
}

static void tells_a_failure_in_the_script_s_words(void **state)
{
    (void)state;
    struct wva_error err = {0};
    struct wva_level level, before;
    memset(&level, 0x55, sizeof(level));
    before = level;
    static const char two[] =
        "{\"digest\":1,\"exit\":2,\"error\":\"Error: No such option '--x'.\\nDid you mean\"}";
    check_int(wva_digest_parse(two, strlen(two), &level, &err), -1);
    check_int(err.code, WVA_E_FAILED);
    check_str(err.msg,
              "GuideLLM failed with exit status 2: Error: No such option '--x'.\nDid you mean");
    wva_error_clear(&err);
    static const char none[] = "{\"digest\":1,\"error\":\"no report\"}";
    check_int(wva_digest_parse(none, strlen(none), &level, &err), -1);
    check_str(err.msg, "GuideLLM failed: no report");
    check(memcmp(&level, &before, sizeof(level)) == 0);
}

/* Callers put where it happened before it, and an error's message has an end. */
static void of_a_long_failure_the_end_is_told(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    struct wva_level level;
    char frames[700];
    memset(frames, 'x', sizeof(frames));
    char *text =
        wva_arena_printf(&arena, "{\"digest\":1,\"exit\":1,\"error\":\"%.700s\\nin run\\n%s\"}",
                         frames, "RuntimeError: the cause");
    check_int(wva_digest_parse(text, strlen(text), &level, &err), -1);
    check_str(err.msg, "GuideLLM failed with exit status 1: in run\nRuntimeError: the cause");
    wva_error_clear(&err);
    text = wva_arena_printf(&arena, "{\"digest\":1,\"exit\":1,\"error\":\"%.100s\u20ac%.639s\"}",
                            frames, frames);
    check_int(wva_digest_parse(text, strlen(text), &level, &err), -1);
    check_str(err.msg,
              wva_arena_printf(&arena, "GuideLLM failed with exit status 1: %.639s", frames));
}

static void refuses_what_is_no_digest(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *words;
    } cases[] = {
        {"", "digest in the termination message"},
        {"Traceback (most recent call last):", "digest in the termination message"},
        {"{}", "the container left no digest"},
        {"[1]", "the container left no digest"},
        {"{\"digest\":2}", "the digest has another version than 1"},
        {"{\"digest\":\"1\"}", "the digest has another version than 1"},
        {"{\"digest\":1,\"streams\":\"4\"}", "the digest's field streams is not of its kind"},
        {"{\"digest\":1,\"itl\":{\"mean\":\"4\"}}", "field itl.mean is not of its kind"},
        {"{\"digest\":1,\"errored\":-1}", "field errored is not of its kind"},
        {"{\"digest\":1,\"errored\":1.5}", "field errored is not of its kind"},
        {"{\"digest\":1,\"streams\":1e999}", "field streams is not of its kind"},
        {"{\"digest\":1,\"model\":7}", "field model is not of its kind"},
    };
    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        struct wva_error err = {0};
        struct wva_level level;
        check_fails(wva_digest_parse(cases[i].text, strlen(cases[i].text), &level, &err), &err,
                    WVA_E_INPUT, cases[i].words);
    }
}

static void refuses_a_digest_cut_at_either_end(void **state)
{
    (void)state;
    for (size_t cut = 1; cut < sizeof(good) - 1; cut++) {
        struct wva_error err = {0};
        struct wva_level level;
        check_fails(wva_digest_parse(good, cut, &level, &err), &err, WVA_E_INPUT, "digest");
        check_fails(wva_digest_parse(good + cut, sizeof(good) - 1 - cut, &level, &err), &err,
                    WVA_E_INPUT, "digest");
    }
}

static void refuses_more_than_a_termination_message_holds(void **state)
{
    (void)state;
    wva_auto_buf text = WVA_BUF(8192);
    struct wva_error err = {0};
    struct wva_level level;
    wva_buf_puts(&text, "{\"digest\":1,\"model\":\"");
    while (text.len <= WVA_DIGEST_MAX)
        wva_buf_putc(&text, 'a');
    wva_buf_puts(&text, "\"}");
    check_fails(wva_digest_parse(text.data, text.len, &level, &err), &err, WVA_E_INPUT, "digest");
}

/* A log as the script writes it, each line with `stamp` before it. */
static void write_log(struct wva_buf *log, const char *stamp, const char *report, size_t len)
{
    wva_auto_arena arena = {0};
    char sha256[WVA_SHA256_HEX_MAX];
    wva_sha256_hex(sha256, report, len);
    wva_buf_printf(log, "%sgenerated 1 benchmark\n", stamp);
    wva_buf_printf(log, "%s%s\n%ssha256=%s bytes=%zu\n", stamp, WVA_REPORT_BEGIN_MARKER, stamp,
                   sha256, len);
    for (size_t at = 0; at < len; at += 3000) {
        size_t part = len - at < 3000 ? len - at : 3000;
        wva_buf_printf(log, "%s%s\n", stamp, wva_base64_encode(&arena, report + at, part));
    }
    wva_buf_printf(log, "%s%s\n", stamp, WVA_REPORT_END_MARKER);
}

static void finds_the_report_in_a_log(void **state)
{
    (void)state;
    static const char *const stamps[] = {"", "2026-11-24T18:20:00.5Z ", "[pod/p/guidellm] "};
    char report[10000];
    for (size_t i = 0; i < sizeof(report); i++)
        report[i] = (char)('!' + i * 7 % 90);
    for (size_t i = 0; i < WVA_COUNT(stamps); i++) {
        wva_auto_arena arena = {0};
        wva_auto_buf log = WVA_BUF(1 << 20);
        struct wva_error err = {0};
        char *text;
        size_t len;
        write_log(&log, stamps[i], report, sizeof(report));
        check_ok(wva_digest_extract_report(&arena, log.data, log.len, &text, &len, &err), &err);
        check_int(len, sizeof(report));
        check_int(memcmp(text, report, len), 0);
    }
}

static void refuses_a_log_without_a_whole_report(void **state)
{
    (void)state;
    static const char begin[] = WVA_REPORT_BEGIN_MARKER "\n", end[] = WVA_REPORT_END_MARKER "\n";
    static const char seal[] =
        "sha256=2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae bytes=3\n";
    const struct {
        const char *parts[4];
        const char *words;
    } cases[] = {
        {{"nothing\n"}, "the log holds no report: its begin marker is missing"},
        {{end}, "its begin marker is missing"},
        {{begin, seal, "Zm9v\n"}, "the log: line 3: the log ends inside the report"},
        {{begin, end}, "line 2: the report's SHA-256 is missing"},
        {{begin, "Zm9v\n", end}, "line 2: the report's SHA-256 is missing"},
        {{begin, "sha256=00 bytes=3\n", "Zm9v\n", end}, "SHA-256 is missing"},
        {{begin, seal, "Zm9v!\n", end}, "line 3: the report is not whole base64"},
        {{begin, seal, "Zm9\n", end}, "line 3: the report is not whole base64"},
        {{begin, seal, "YmFy\n", end}, "line 3: the report is damaged: 3 of 3 bytes, SHA-256 "},
        {{begin, seal, "Zg==\n", end}, "the report is damaged: 1 of 3 bytes"},
        {{begin, seal, end}, "the report is damaged: 0 of 3 bytes"},
    };
    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        wva_auto_arena arena = {0};
        wva_auto_buf log = WVA_BUF(4096);
        struct wva_error err = {0};
        char *text = NULL;
        size_t len = 42;
        for (size_t j = 0; j < 4 && cases[i].parts[j]; j++)
            wva_buf_puts(&log, cases[i].parts[j]);
        check_fails(wva_digest_extract_report(&arena, log.data, log.len, &text, &len, &err), &err,
                    WVA_E_INPUT, cases[i].words);
        check(text == NULL);
        check_int(len, 42);
    }
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(reads_every_figure),
    WVA_TEST(takes_null_and_absent_for_unknown),
    WVA_TEST(tells_a_failure_in_the_script_s_words),
    WVA_TEST(of_a_long_failure_the_end_is_told),
    WVA_TEST(refuses_what_is_no_digest),
    WVA_TEST(refuses_a_digest_cut_at_either_end),
    WVA_TEST(refuses_more_than_a_termination_message_holds),
    WVA_TEST(finds_the_report_in_a_log),
    WVA_TEST(refuses_a_log_without_a_whole_report),
};

WVA_TEST_MAIN(tests)
