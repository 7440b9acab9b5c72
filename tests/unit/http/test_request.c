// SPDX-License-Identifier: Apache-2.0
/* Requests that are waited for, against a scripted server: bytes both ways, limits, breakages. */
#include "support/fakeapi.h"
#include "support/wva_test.h"

#include "wva/http/http.h"
#include "wva/util/cancel.h"
#include "wva/util/mem.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define SCRIPT(...)                                                                                \
    const struct fakeapi_exchange script[] = {__VA_ARGS__};                                        \
    struct fixture f;                                                                              \
    (void)state;                                                                                   \
    setup(&f, script, WVA_COUNT(script))

struct fixture {
    struct fakeapi *api;
    struct wva_http_profile profile;
    struct wva_http *http;
    struct wva_arena arena;
    struct wva_error err;
    struct wva_http_response response;
};

static void setup(struct fixture *f, const struct fakeapi_exchange *script, size_t count)
{
    *f = (struct fixture){.api = fakeapi_start(script, count, NULL)};
    f->profile = (struct wva_http_profile){
        .base_url = fakeapi_url(f->api), .user_agent = "kubectl-wva/test", .proxy = ""};
    check_ok(wva_http_new(&f->profile, &f->http, &f->err), &f->err);
}

static void teardown(struct fixture *f)
{
    wva_http_free(f->http);
    wva_arena_done(&f->arena);
    check_str(fakeapi_complaint(f->api), "");
    fakeapi_stop(f->api);
}

static int perform(struct fixture *f, const struct wva_http_request *request)
{
    return wva_http_perform(f->http, request, &f->arena, &f->response, &f->err);
}

static int get(struct fixture *f, const char *path)
{
    return perform(f, &(struct wva_http_request){.method = "GET", .path = path});
}

static void sends_exactly_this(void **state)
{
    SCRIPT({.method = "GET", .path = "/api/v1/pods?limit=1", .reply = {.status = 200}});
    char wanted[512];

    check_ok(perform(&f,
                     &(struct wva_http_request){
                         .method = "GET",
                         .path = "/api/v1/pods?limit=1",
                         .headers = (const char *[]){"Accept: application/json", NULL},
                     }),
             &f.err);
    (void)snprintf(wanted, sizeof(wanted),
                   "GET /api/v1/pods?limit=1 HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
                   "User-Agent: kubectl-wva/test\r\nAccept-Encoding: gzip\r\n"
                   "Accept: application/json\r\n",
                   fakeapi_port(f.api));
    check_str(fakeapi_request(f.api, 0)->head, wanted);
    check_str(fakeapi_request(f.api, 0)->body, "");
    teardown(&f);
}

static void sends_bodies_and_credentials(void **state)
{
    SCRIPT({.method = "POST",
            .path = "/x",
            .has = (const char *[]){"\r\nAuthorization: Bearer t0ken\r\n",
                                    "\r\nContent-Type: application/json\r\n",
                                    "\r\nContent-Length: 7\r\n", NULL},
            .lacks = (const char *[]){"Expect", "urlencoded", NULL},
            .body = "{\"a\":1}",
            .reply = {.status = 201, .body = "{}"}},
           {.method = "DELETE",
            .path = "/x/y",
            .has = (const char *[]){"\r\nAuthorization: Basic dTpw\r\n", NULL},
            .body = "{}",
            .reply = {.status = 200}},
           {.method = "PATCH", .path = "/x/y", .body = "[]", .reply = {.status = 200}},
           {.method = "DELETE", .path = "/x/z", .body = "", .reply = {.status = 200}});
    wva_auto_secret bearer = {0};
    wva_auto_secret basic = {0};
    wva_secret_set(&bearer, "t0ken", 5);
    wva_secret_set(&basic, "u:p", 3);

    check_ok(perform(&f,
                     &(struct wva_http_request){
                         .method = "POST",
                         .path = "/x",
                         .headers = (const char *[]){"Content-Type: application/json", NULL},
                         .credentials =
                             &(struct wva_http_credentials){.bearer = &bearer, .basic = &basic},
                         .body = "{\"a\":1}",
                         .body_len = 7,
                     }),
             &f.err);
    check_int(f.response.status, 201);
    check_ok(perform(&f,
                     &(struct wva_http_request){
                         .method = "DELETE",
                         .path = "/x/y",
                         .credentials = &(struct wva_http_credentials){.basic = &basic},
                         .body = "{}",
                         .body_len = 2,
                     }),
             &f.err);
    check_ok(perform(&f,
                     &(struct wva_http_request){
                         .method = "PATCH", .path = "/x/y", .body = "[]", .body_len = 2}),
             &f.err);
    check_ok(perform(&f, &(struct wva_http_request){.method = "DELETE", .path = "/x/z"}), &f.err);
    teardown(&f);
}

static void reads_the_whole_answer(void **state)
{
    SCRIPT(
        {.method = "GET",
         .path = "/x",
         .reply = {.status = 404,
                   .headers = "Content-Type: text/plain\r\nRetry-After: 3\r\n"
                              "Warning: 299 - \"careful\"\r\n",
                   .body = "404 page not found"}},
        {.method = "GET", .path = "/zero", .reply = {.status = 200, .body = "a\0b", .body_len = 3}},
        {.method = "GET", .path = "/empty", .reply = {.status = 204}});

    check_ok(get(&f, "/x"), &f.err);
    check_int(f.response.status, 404);
    check_str(f.response.content_type, "text/plain");
    check_int(f.response.retry_after_ms, 3000);
    check_int(f.response.warning_count, 1);
    check_str(f.response.warnings[0], "careful");
    check_str(f.response.body, "404 page not found");
    check_int(f.response.body_len, 18);
    check_ok(get(&f, "/zero"), &f.err);
    check_int(f.response.body_len, 3);
    check(memcmp(f.response.body, "a\0b", 4) == 0);
    check_ok(get(&f, "/empty"), &f.err);
    check_str(f.response.body, "");
    check_int(f.response.retry_after_ms, -1);
    teardown(&f);
}

static void reads_the_same_byte_by_byte(void **state)
{
    SCRIPT({.method = "GET",
            .path = "/a",
            .reply = {.status = 200, .body = "{\"k\":\"\xc3\xa9\"}", .drip = true}},
           {.method = "GET",
            .path = "/b",
            .reply = {.status = 200,
                      .chunks = (const char *[]){"{\"k\"", ":\"\xc3", "\xa9\"}", NULL},
                      .drip = true}});

    check_ok(get(&f, "/a"), &f.err);
    check_str(f.response.body, "{\"k\":\"\xc3\xa9\"}");
    check_str(f.response.content_type, "application/json");
    check_ok(get(&f, "/b"), &f.err);
    check_str(f.response.body, "{\"k\":\"\xc3\xa9\"}");
    teardown(&f);
}

static void uses_one_connection_for_reads(void **state)
{
    SCRIPT({.method = "GET", .path = "/x", .times = 3, .reply = {.status = 200}},
           {.method = "POST", .path = "/x", .reply = {.status = 200}},
           {.method = "GET", .path = "/y", .reply = {.status = 200}});

    for (int i = 0; i < 3; i++)
        check_ok(get(&f, "/x"), &f.err);
    check_int(fakeapi_connections(f.api), 1);
    check_ok(perform(&f, &(struct wva_http_request){.method = "POST", .path = "/x"}), &f.err);
    check_int(fakeapi_connections(f.api), 2);
    wva_http_forget_connections(f.http);
    check_ok(get(&f, "/y"), &f.err);
    check_int(fakeapi_connections(f.api), 3);
    teardown(&f);
}

/* libcurl by itself would send it again, since the connection was idle before. */
static void sends_a_post_once(void **state)
{
    SCRIPT({.method = "GET", .path = "/x", .reply = {.status = 200}},
           {.method = "POST", .path = "/x", .reply = {.end = FAKEAPI_CLOSE}});

    check_ok(get(&f, "/x"), &f.err);
    check_fails(perform(&f, &(struct wva_http_request){.method = "POST", .path = "/x"}), &f.err,
                WVA_E_NETWORK, "closed the connection without an answer");
    check(f.response.sent);
    check_int(fakeapi_requests(f.api), 2);
    teardown(&f);
}

static void keeps_to_the_ceiling(void **state)
{
    SCRIPT({.method = "GET",
            .path = "/x",
            .times = 2,
            .reply = {.status = 200, .body = "0123456789"}});

    check_ok(
        perform(&f, &(struct wva_http_request){.method = "GET", .path = "/x", .body_ceiling = 10}),
        &f.err);
    check_str(f.response.body, "0123456789");
    check_fails(
        perform(&f, &(struct wva_http_request){.method = "GET", .path = "/x", .body_ceiling = 9}),
        &f.err, WVA_E_PROTOCOL, "to GET /x is longer than 9 bytes");
    teardown(&f);
}

/* 55 bytes of gzip that unpack to 20,000: the ceiling is about what is kept. */
static void counts_unpacked_bytes(void **state)
{
    static const char gzip[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xed\xc1\x31\x01\x00\x00"
                               "\x00\xc2\xa0\xac\xeb\x5f\xc2\x1a\x1e\x40\x01\x00\x00\x00\x00\x00"
                               "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xf0\x60\x31"
                               "\x87\xbd\xca\x20\x4e\x00\x00";
    SCRIPT({.method = "GET",
            .path = "/x",
            .reply = {.status = 200,
                      .headers = "Content-Encoding: gzip\r\n",
                      .body = gzip,
                      .body_len = sizeof(gzip) - 1}});

    check_fails(
        perform(&f,
                &(struct wva_http_request){.method = "GET", .path = "/x", .body_ceiling = 1000}),
        &f.err, WVA_E_PROTOCOL, "is longer than 1000 bytes");
    teardown(&f);
}

static void says_how_the_connection_broke(void **state)
{
    const struct {
        struct fakeapi_reply reply;
        enum wva_code code;
        const char *words;
    } cases[] = {
        {{.status = 200, .body = "0123456789", .end = FAKEAPI_CUT},
         WVA_E_NETWORK,
         "broke in the middle of the answer"},
        {{.status = 200, .chunks = (const char *[]){"{}", NULL}, .end = FAKEAPI_CUT},
         WVA_E_NETWORK,
         "broke"},
        {{.end = FAKEAPI_CLOSE}, WVA_E_NETWORK, "closed the connection without an answer"},
        {{.raw = "HTTP/1.1 200 OK\r\nContent-Type: applic", .end = FAKEAPI_CLOSE},
         WVA_E_NETWORK,
         "closed the connection without an answer"},
        {{.raw = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", .end = FAKEAPI_CLOSE},
         WVA_E_NETWORK,
         "closed the connection without an answer"},
        {{.status = 200, .body = "0123456789", .end = FAKEAPI_RESET}, WVA_E_NETWORK, "broke"},
        {{.raw = "hello\r\n\r\n", .end = FAKEAPI_CLOSE}, WVA_E_PROTOCOL, "HTTP/0.9"},
        {{.raw = "HTTP/1.1 200 OK\r\nContent-Length: -7\r\n\r\n", .end = FAKEAPI_CLOSE},
         WVA_E_PROTOCOL,
         "malformed"},
        {{.raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
          .end = FAKEAPI_CLOSE},
         WVA_E_NETWORK,
         "broke"},
    };

    (void)state;
    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        const struct fakeapi_exchange script = {
            .method = "POST", .path = "/x", .reply = cases[i].reply};
        struct fixture f;
        setup(&f, &script, 1);
        check_fails(perform(&f, &(struct wva_http_request){.method = "POST", .path = "/x"}), &f.err,
                    cases[i].code, cases[i].words);
        check(f.response.sent);
        check_str(f.response.body, i == 0 ? "01234" : f.response.body);
        teardown(&f);
    }
}

static void names_a_server_that_is_not_there(void **state)
{
    struct wva_http_profile profile = {.proxy = ""};
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    struct wva_http_response response;
    struct wva_http *http;
    char words[128];

    (void)state;
    struct fakeapi *api = fakeapi_start(NULL, 0, NULL); /* a port that is free a moment later */
    profile.base_url = wva_arena_printf(&arena, "%s/prefix", fakeapi_url(api));
    (void)snprintf(words, sizeof(words), "cannot connect to %s: connection refused",
                   fakeapi_url(api));
    fakeapi_stop(api);
    check_ok(wva_http_new(&profile, &http, &err), &err);
    check_int(wva_http_perform(http, &(struct wva_http_request){.method = "GET", .path = "/x"},
                               &arena, &response, &err),
              -1);
    check_int(err.code, WVA_E_NETWORK);
    check_str(err.msg, words);
    check(!response.sent);
    wva_http_free(http);
}

static void names_the_proxy_that_is_not_there(void **state)
{
    const struct wva_http_profile profile = {.base_url = "https://h.invalid:6443",
                                             .proxy = "http://u:pw@127.0.0.1:1"};
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    struct wva_http_response response;
    struct wva_http *http;

    (void)state;
    check_ok(wva_http_new(&profile, &http, &err), &err);
    check_int(wva_http_perform(http, &(struct wva_http_request){.method = "GET", .path = "/x"},
                               &arena, &response, &err),
              -1);
    check_int(err.code, WVA_E_NETWORK);
    check_str(err.msg,
              "cannot connect to https://h.invalid:6443 through the proxy: connection refused");
    check(!response.sent);
    wva_http_free(http);
}

static void gives_up_at_the_deadline(void **state)
{
    SCRIPT({.method = "GET",
            .path = "/x",
            .reply = {.status = 200, .body = "{}", .end = FAKEAPI_STALL}},
           {.method = "GET", .path = "/y", .reply = {.end = FAKEAPI_STALL}});

    check_fails(
        perform(&f, &(struct wva_http_request){.method = "GET", .path = "/x", .timeout_ms = 100}),
        &f.err, WVA_E_TIMEOUT, "the answer did not end within 0.1 seconds");
    check_fails(
        perform(&f, &(struct wva_http_request){.method = "GET", .path = "/y", .timeout_ms = 100}),
        &f.err, WVA_E_TIMEOUT, "no answer within 0.1 seconds");
    check(f.response.sent);
    teardown(&f);
}

static void obeys_the_profile_deadline(void **state)
{
    SCRIPT({.method = "GET", .path = "/x", .reply = {.end = FAKEAPI_STALL}});
    struct wva_http *http;

    f.profile.request_timeout_ms = 100;
    check_ok(wva_http_new(&f.profile, &http, &f.err), &f.err);
    check_fails(wva_http_perform(http, &(struct wva_http_request){.method = "GET", .path = "/x"},
                                 &f.arena, &f.response, &f.err),
                &f.err, WVA_E_TIMEOUT, "no answer");
    wva_http_free(http);
    teardown(&f);
}

static void stops_when_canceled(void **state)
{
    SCRIPT({.method = "GET", .path = "/after", .reply = {.status = 200}});

    wva_cancel_raise_for_test(SIGINT);
    check_fails(get(&f, "/x"), &f.err, WVA_E_CANCELED, "canceled");
    check(!f.response.sent);
    check_fails(wva_http_step(f.http, 60000, &f.err), &f.err, WVA_E_CANCELED, "canceled");
    wva_cancel_reset_for_test();
    check_ok(get(&f, "/after"), &f.err);
    teardown(&f);
}

static void stops_when_canceled_while_waiting(void **state)
{
    SCRIPT({.method = "GET", .path = "/x", .reply = {.end = FAKEAPI_STALL}});

    wva_cancel_install();
    const pid_t child = fork();
    if (child == 0) {
        (void)usleep(50 * 1000);
        (void)kill(getppid(), SIGTERM);
        _exit(0);
    }
    check_fails(get(&f, "/x"), &f.err, WVA_E_CANCELED, "canceled");
    (void)waitpid(child, NULL, 0);
    wva_cancel_reset_for_test();
    teardown(&f);
}

static void follows_no_redirect(void **state)
{
    SCRIPT({.method = "GET",
            .path = "/x",
            .reply = {.status = 302, .headers = "Location: /elsewhere\r\n"}});

    check_ok(get(&f, "/x"), &f.err);
    check_int(f.response.status, 302);
    check_int(fakeapi_requests(f.api), 1);
    teardown(&f);
}

static void refuses_what_would_end_a_line(void **state)
{
    SCRIPT({.method = "GET", .path = "/ok", .reply = {.status = 200}});
    wva_auto_secret token = {0};

    check_fails(get(&f, "no/slash"), &f.err, WVA_E_CONFIG, "path \"no/slash\"");
    check_fails(get(&f, "/a b"), &f.err, WVA_E_CONFIG, "path \"/a b\"");
    check_fails(get(&f, "/a\r\nX: y"), &f.err, WVA_E_CONFIG, "cannot send a request for the path");
    check_fails(perform(&f,
                        &(struct wva_http_request){
                            .method = "GET",
                            .path = "/x",
                            .headers = (const char *[]){"Impersonate-User: a\r\nX: y", NULL}}),
                &f.err, WVA_E_CONFIG,
                "cannot send the header Impersonate-User: control character in its value");
    wva_secret_set(&token, "abc\ndef", 7);
    check_fails(perform(&f,
                        &(struct wva_http_request){
                            .method = "GET",
                            .path = "/x",
                            .credentials = &(struct wva_http_credentials){.bearer = &token}}),
                &f.err, WVA_E_AUTH, "cannot send the bearer token: control character in it");
    check_ok(get(&f, "/ok"), &f.err);
    teardown(&f);
}

static void refuses_profiles_that_make_no_sense(void **state)
{
    static const struct {
        struct wva_http_profile profile;
        const char *words;
    } cases[] = {
        {{.base_url = "h:6443"}, "it has no scheme"},
        {{.base_url = "ftp://h"}, "unsupported scheme \"ftp\", must be http or https"},
        {{.base_url = "https://u:p@h"}, "it has user information before the host"},
        {{.base_url = "https://h", .ca_pem = "abc", .ca_pem_len = 3}, "no PEM block in it"},
        {{.base_url = "https://h", .proxy = "ftp://p"},
         "unsupported scheme \"ftp\", must be http, https or socks5"},
        {{.base_url = "https://h", .proxy = "p:80"}, "cannot use the proxy: "},
    };

    (void)state;
    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        struct wva_error err = {0};
        struct wva_http *http = NULL;
        check_fails(wva_http_new(&cases[i].profile, &http, &err), &err, WVA_E_CONFIG,
                    cases[i].words);
        check(http == NULL);
    }
}

static void asks_a_proxy_when_told(void **state)
{
    SCRIPT({.method = "GET",
            .path = "http://k8s.example:8001/base/x",
            .reply = {.status = 200, .body = "{}"}});
    struct wva_http *http;

    f.profile.proxy = fakeapi_url(f.api);
    f.profile.base_url = "http://k8s.example:8001/base/";
    check_ok(wva_http_new(&f.profile, &http, &f.err), &f.err);
    check_ok(wva_http_perform(http, &(struct wva_http_request){.method = "GET", .path = "/x"},
                              &f.arena, &f.response, &f.err),
             &f.err);
    check_str(f.response.body, "{}");
    wva_http_free(http);
    teardown(&f);
}

static void ignores_proxies_of_the_environment(void **state)
{
    SCRIPT({.method = "GET", .path = "/x", .reply = {.status = 200}});

    (void)setenv("http_proxy", "http://127.0.0.1:9", 1);
    (void)setenv("ALL_PROXY", "http://127.0.0.1:9", 1);
    check_ok(get(&f, "/x"), &f.err);
    (void)unsetenv("http_proxy");
    (void)unsetenv("ALL_PROXY");
    teardown(&f);
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(sends_exactly_this),
    WVA_TEST(sends_bodies_and_credentials),
    WVA_TEST(reads_the_whole_answer),
    WVA_TEST(reads_the_same_byte_by_byte),
    WVA_TEST(uses_one_connection_for_reads),
    WVA_TEST(sends_a_post_once),
    WVA_TEST(keeps_to_the_ceiling),
    WVA_TEST(counts_unpacked_bytes),
    WVA_TEST(says_how_the_connection_broke),
    WVA_TEST(names_a_server_that_is_not_there),
    WVA_TEST(names_the_proxy_that_is_not_there),
    WVA_TEST(gives_up_at_the_deadline),
    WVA_TEST(obeys_the_profile_deadline),
    WVA_TEST(stops_when_canceled),
    WVA_TEST(stops_when_canceled_while_waiting),
    WVA_TEST(follows_no_redirect),
    WVA_TEST(refuses_what_would_end_a_line),
    WVA_TEST(refuses_profiles_that_make_no_sense),
    WVA_TEST(asks_a_proxy_when_told),
    WVA_TEST(ignores_proxies_of_the_environment),
};

WVA_TEST_MAIN(tests)
