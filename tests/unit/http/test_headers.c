// SPDX-License-Identifier: Apache-2.0
/* Response heads line by line, and failures in words. */
#include "support/wva_test.h"

#include "http_priv.h"
#include "wva/util/mem.h"

#define NOV_6_1994 784111777000LL /* "Sun, 06 Nov 1994 08:49:37 GMT" */

static int read_head(struct wva_arena *arena, struct wva_http_response *response,
                     const char *const *lines)
{
    struct wva_http_head head = {
        .response = response, .arena = arena, .now_unix_ms = NOV_6_1994 - 5000};

    *response = (struct wva_http_response){.retry_after_ms = -1};
    for (size_t i = 0; lines[i] != NULL; i++)
        if (wva_http_head_line(&head, lines[i], strlen(lines[i])) < 0)
            return -1;
    return head.complete ? 1 : 0;
}

static void reads_status_and_type(void **state)
{
    wva_auto_arena arena = {0};
    struct wva_http_response response;

    (void)state;
    check_int(read_head(&arena, &response,
                        (const char *[]){"HTTP/1.1 404 Not Found\r\n",
                                         "content-TYPE:\t application/json; charset=utf-8 \r\n",
                                         "Content-Type-Options: nosniff\r\n", "\r\n", NULL}),
              1);
    check_int(response.status, 404);
    check_str(response.content_type, "application/json; charset=utf-8");
    check_int(response.retry_after_ms, -1);
    check_int(response.warning_count, 0);
}

static void forgets_interim_answers_and_trailers(void **state)
{
    wva_auto_arena arena = {0};
    struct wva_http_response response;

    (void)state;
    check_int(read_head(&arena, &response,
                        (const char *[]){"HTTP/1.1 100 Continue\r\n", "Retry-After: 9\r\n",
                                         "Warning: 299 - \"interim\"\r\n", "\r\n", NULL}),
              0);
    check_int(
        read_head(&arena, &response,
                  (const char *[]){"HTTP/1.1 103 Early Hints\r\n", "Retry-After: 9\r\n", "\r\n",
                                   "HTTP/2 200 \r\n", "HTTP/odd: header\r\n", "\r\n",
                                   "Content-Type: text/html\r\n", "HTTP/1.1 500 no\r\n", NULL}),
        1);
    check_int(response.status, 200);
    check_int(response.retry_after_ms, -1);
    check_str(response.content_type, "");
}

static void reads_retry_after(void **state)
{
    static const struct {
        const char *line;
        int64_t ms;
    } cases[] = {
        {"Retry-After: 10\r\n", 10000},
        {"retry-after:0\r\n", 0},
        {"Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", 5000},
        {"Retry-After: Sun, 06 Nov 1994 08:00:00 GMT\r\n", 0},
        {"Retry-After: -1\r\n", -1},
        {"Retry-After: 1.5\r\n", -1},
        {"Retry-After: soon\r\n", -1},
        {"Retry-After: 99999999999999999999\r\n", -1},
        {"Retry-After: Sun, 06 Nov 1994 08:49:37 GMT and then some\r\n", -1},
        {"Retry-After:\r\n", -1},
    };

    (void)state;
    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        wva_auto_arena arena = {0};
        struct wva_http_response response;
        check_int(read_head(&arena, &response,
                            (const char *[]){"HTTP/1.1 503 x\r\n", cases[i].line, "\r\n", NULL}),
                  1);
        check_int(response.retry_after_ms, cases[i].ms);
    }
}

static void reads_warnings(void **state)
{
    static const struct {
        const char *line;
        const char *texts[3];
    } cases[] = {
        {"Warning: 299 - \"a b\"\r\n", {"a b"}},
        {"Warning: 299 - \"say \\\"hi\\\" \\\\o\"\r\n", {"say \"hi\" \\o"}},
        {"Warning: 299 - \"one\", 299 - \"two, too\"\r\n", {"one", "two, too"}},
        {"Warning: 299 - \"dated\" \"Sun, 06 Nov 1994 08:49:37 GMT\",299 - \"x\"\r\n",
         {"dated", "x"}},
        {"Warning: 110 - \"stale\", 299 k8s \"kept\"\r\n", {"kept"}},
        {"Warning: 299 - unquoted\r\n", {NULL}},
        {"Warning: 299 - \"endless\r\n", {NULL}},
        {"Warning: 299 - \"good\", 299 - \"endless\r\n", {"good"}},
        {"Warning: 299 - \"\"\r\n", {NULL}},
        {"Warning: 299\r\n", {NULL}},
        {"Warning:\r\n", {NULL}},
        {"Warning: 299 - \"a\\\r\n", {NULL}},
    };

    (void)state;
    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        wva_auto_arena arena = {0};
        struct wva_http_response response;
        size_t wanted = 0;
        check_int(read_head(&arena, &response,
                            (const char *[]){"HTTP/1.1 200 x\r\n", cases[i].line, "\r\n", NULL}),
                  1);
        while (cases[i].texts[wanted] != NULL)
            wanted++;
        check_int(response.warning_count, wanted);
        for (size_t j = 0; j < wanted; j++)
            check_str(response.warnings[j], cases[i].texts[j]);
    }
}

static void keeps_a_bounded_number_of_warnings(void **state)
{
    wva_auto_arena arena = {0};
    struct wva_http_response response;
    const char *lines[WVA_HTTP_WARNINGS_MAX + 4] = {"HTTP/1.1 200 x\r\n"};

    (void)state;
    for (size_t i = 1; i < WVA_HTTP_WARNINGS_MAX + 3; i++)
        lines[i] = "Warning: 299 - \"again\"\r\n";
    check_int(read_head(&arena, &response, lines), 0);
    check_int(response.warning_count, WVA_HTTP_WARNINGS_MAX);
}

static void refuses_an_endless_head(void **state)
{
    wva_auto_arena arena = {0};
    struct wva_http_response response = {0};
    struct wva_http_head head = {.response = &response, .arena = &arena};
    static char line[1024];

    (void)state;
    memset(line, 'a', sizeof(line));
    for (size_t i = 0; i < WVA_HTTP_HEAD_MAX / sizeof(line); i++)
        check_int(wva_http_head_line(&head, line, sizeof(line)), 0);
    check_int(wva_http_head_line(&head, "a", 1), -1);
}

static void puts_failures_into_words(void **state)
{
    static const struct {
        struct wva_http_failure failure;
        enum wva_code code;
        const char *message;
    } cases[] = {
        {{.fault = WVA_FAULT_LOOKUP, .detail = "Could not resolve host"},
         WVA_E_NETWORK,
         "cannot connect to https://h:6443: no such host"},
        {{.fault = WVA_FAULT_CONNECT, .detail = "Failed to connect", .os_errno = 111},
         WVA_E_NETWORK,
         "cannot connect to https://h:6443: connection refused"},
        {{.fault = WVA_FAULT_PROXY, .detail = "CONNECT tunnel failed, response 407"},
         WVA_E_NETWORK,
         "cannot connect to https://h:6443 through the proxy: CONNECT tunnel failed, response 407"},
        {{.fault = WVA_FAULT_TIMEOUT, .elapsed_ms = 30000, .detail = ""},
         WVA_E_TIMEOUT,
         "cannot connect to https://h:6443: timed out after 30.0 seconds"},
        {{.fault = WVA_FAULT_TIMEOUT, .elapsed_ms = 1500, .detail = "", .connected = true},
         WVA_E_TIMEOUT,
         "GET https://h:6443: no answer within 1.5 seconds"},
        {{.fault = WVA_FAULT_TIMEOUT, .detail = "", .connected = true, .answered = true},
         WVA_E_TIMEOUT,
         "GET https://h:6443: the answer did not end within 0.0 seconds"},
        {{.fault = WVA_FAULT_BROKEN, .detail = "Recv failure: Connection reset by peer"},
         WVA_E_NETWORK,
         "the connection to https://h:6443 broke: connection reset by peer"},
        {{.fault = WVA_FAULT_TRUNCATED, .detail = "", .answered = true},
         WVA_E_NETWORK,
         "the connection to https://h:6443 broke in the middle of the answer"},
        {{.fault = WVA_FAULT_TRUNCATED, .detail = ""},
         WVA_E_NETWORK,
         "https://h:6443 closed the connection without an answer"},
        {{.fault = WVA_FAULT_CERTIFICATE, .verify_result = 10, .detail = ""},
         WVA_E_TLS,
         "cannot connect to https://h:6443: its certificate has expired"},
        {{.fault = WVA_FAULT_BROKEN,
          .detail = "OpenSSL SSL_read: SSL routines::tlsv13 alert certificate required"},
         WVA_E_TLS,
         "https://h:6443 does not accept the client certificate, or wants one"},
        {{.fault = WVA_FAULT_MALFORMED, .detail = "Received HTTP/0.9 when not allowed"},
         WVA_E_PROTOCOL,
         "the answer from https://h:6443 is malformed: Received HTTP/0.9 when not allowed"},
    };

    (void)state;
    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        struct wva_http_failure failure = cases[i].failure;
        struct wva_error err = {0};
        failure.origin = "https://h:6443";
        failure.host = "h";
        failure.method = "GET";
        check_int(wva_http_failure_error(&failure, &err), -1);
        check_int(err.code, cases[i].code);
        check_str(err.msg, cases[i].message);
    }
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(reads_status_and_type),
    WVA_TEST(forgets_interim_answers_and_trailers),
    WVA_TEST(reads_retry_after),
    WVA_TEST(reads_warnings),
    WVA_TEST(keeps_a_bounded_number_of_warnings),
    WVA_TEST(refuses_an_endless_head),
    WVA_TEST(puts_failures_into_words),
};

WVA_TEST_MAIN(tests)
