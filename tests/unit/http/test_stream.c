// SPDX-License-Identifier: Apache-2.0
/* Streams: pieces as they come, one end each, and sinks that do as they like. */
#include "support/fakeapi.h"
#include "support/wva_test.h"

#include "wva/http/http.h"
#include "wva/util/clock.h"
#include "wva/util/mem.h"

#include <stdio.h>

#define PATIENCE_MS 20000 /* only a failing test waits this long */

/* What a sink saw. Callbacks record; tests assert afterwards. */
struct seen {
    struct wva_http *http;
    struct wva_http_stream *stream;
    struct wva_buf data;
    unsigned data_calls, done_calls;
    int status;
    char error_body[64];
    struct wva_error err;

    const char *refuse; /* `data` fails with these words */
    bool close_in_data, close_in_done;
    const char *ask; /* `data` sends this request, once */
    int64_t ask_timeout_ms;
    struct wva_http_response answer;
    struct wva_arena arena;
};

static int on_data(void *ctx, const char *data, size_t len, struct wva_error *err)
{
    struct seen *seen = ctx;

    seen->data_calls++;
    wva_buf_append(&seen->data, data, len);
    if (seen->refuse != NULL)
        return wva_error_set(err, WVA_E_INPUT, "%s", seen->refuse);
    if (seen->ask != NULL) {
        struct wva_error ask_err = {0};
        const struct wva_http_request request = {
            .method = "GET", .path = seen->ask, .timeout_ms = seen->ask_timeout_ms};
        seen->ask = NULL;
        (void)!wva_http_perform(seen->http, &request, &seen->arena, &seen->answer, &ask_err);
    }
    if (seen->close_in_data) {
        wva_http_close_stream(seen->stream);
        seen->stream = NULL;
    }
    return 0;
}

static void on_done(void *ctx, const struct wva_http_response *response,
                    const struct wva_error *err)
{
    struct seen *seen = ctx;

    seen->done_calls++;
    seen->status = response->status;
    seen->err = *err;
    (void)snprintf(seen->error_body, sizeof(seen->error_body), "%s", response->body);
    if (seen->close_in_done) {
        wva_http_close_stream(seen->stream);
        seen->stream = NULL;
    }
}

struct fixture {
    struct fakeapi *api;
    struct wva_http *http;
    struct wva_error err;
};

static void setup(struct fixture *f, const struct fakeapi_exchange *script, size_t count)
{
    *f = (struct fixture){.api = fakeapi_start(script, count, NULL)};
    const struct wva_http_profile profile = {.base_url = fakeapi_url(f->api)};
    check_ok(wva_http_new(&profile, &f->http, &f->err), &f->err);
}

static void teardown(struct fixture *f)
{
    wva_http_free(f->http);
    check_str(fakeapi_complaint(f->api), "");
    fakeapi_stop(f->api);
}

static void open_stream(struct fixture *f, struct seen *seen, const char *path)
{
    const struct wva_http_sink sink = {.data = on_data, .done = on_done, .ctx = seen};
    const struct wva_http_request request = {.method = "GET", .path = path};

    seen->http = f->http;
    seen->data = WVA_BUF((size_t)64 << 20);
    check_ok(wva_http_open_stream(f->http, &request, &sink, &seen->stream, &f->err), &f->err);
}

static void close_stream(struct seen *seen)
{
    wva_http_close_stream(seen->stream);
    wva_buf_done(&seen->data);
    wva_arena_done(&seen->arena);
}

/* Steps until `*flag` is not zero. */
static void step_until(struct fixture *f, const unsigned *flag)
{
    const int64_t deadline = wva_clock_monotonic_ms() + PATIENCE_MS;

    while (*flag == 0 && wva_clock_monotonic_ms() < deadline)
        check_ok(wva_http_step(f->http, 100, &f->err), &f->err);
    check(*flag != 0);
}

static void hands_over_pieces_and_the_end(void **state)
{
    const struct fakeapi_exchange script[] = {
        {.method = "GET",
         .path = "/watch",
         .lacks = (const char *[]){"Accept-Encoding", NULL},
         .reply = {.status = 200,
                   .chunks = (const char *[]){"one\n", "two\n", NULL},
                   .end = FAKEAPI_STALL}}};
    struct fixture f;
    struct seen seen = {0};

    (void)state;
    setup(&f, script, 1);
    open_stream(&f, &seen, "/watch");
    while (seen.data.len < 8)
        check_ok(wva_http_step(f.http, 100, &f.err), &f.err);
    check_str(seen.data.data, "one\ntwo\n");
    check_int(seen.done_calls, 0);
    fakeapi_release(f.api);
    step_until(&f, &seen.done_calls);
    check_int(seen.status, 200);
    check_int(seen.err.code, WVA_OK);
    for (int i = 0; i < 3; i++)
        check_ok(wva_http_step(f.http, 0, &f.err), &f.err);
    check_int(seen.done_calls, 1);
    close_stream(&seen);
    teardown(&f);
}

static void gives_the_same_byte_by_byte(void **state)
{
    const struct fakeapi_exchange script[] = {
        {.method = "GET",
         .path = "/watch",
         .reply = {.status = 200,
                   .chunks = (const char *[]){"{\"type\":", "\"ADDED\"}\n", NULL},
                   .drip = true}}};
    struct fixture f;
    struct seen seen = {0};

    (void)state;
    setup(&f, script, 1);
    open_stream(&f, &seen, "/watch");
    step_until(&f, &seen.done_calls);
    check_str(seen.data.data, "{\"type\":\"ADDED\"}\n");
    close_stream(&seen);
    teardown(&f);
}

static void keeps_an_error_body_from_the_sink(void **state)
{
    const struct fakeapi_exchange script[] = {
        {.method = "GET", .path = "/watch", .reply = {.status = 410, .body = "{\"code\":410}"}}};
    struct fixture f;
    struct seen seen = {0};

    (void)state;
    setup(&f, script, 1);
    open_stream(&f, &seen, "/watch");
    step_until(&f, &seen.done_calls);
    check_int(seen.status, 410);
    check_str(seen.error_body, "{\"code\":410}");
    check_int(seen.data_calls, 0);
    check_int(seen.err.code, WVA_OK);
    close_stream(&seen);
    teardown(&f);
}

static void tells_a_drop_from_an_end(void **state)
{
    const struct fakeapi_exchange script[] = {
        {.method = "GET",
         .path = "/watch",
         .reply = {.status = 200, .chunks = (const char *[]){"one\n", NULL}, .end = FAKEAPI_CUT}}};
    struct fixture f;
    struct seen seen = {0};

    (void)state;
    setup(&f, script, 1);
    open_stream(&f, &seen, "/watch");
    step_until(&f, &seen.done_calls);
    check_str(seen.data.data, "one\n");
    check_int(seen.err.code, WVA_E_NETWORK);
    check_int(seen.status, 200);
    close_stream(&seen);
    teardown(&f);
}

static void ends_when_the_sink_refuses(void **state)
{
    const struct fakeapi_exchange script[] = {{.method = "GET",
                                               .path = "/watch",
                                               .reply = {.status = 200,
                                                         .chunks = (const char *[]){"one\n", NULL},
                                                         .end = FAKEAPI_STALL}}};
    struct fixture f;
    struct seen seen = {.refuse = "enough"};

    (void)state;
    setup(&f, script, 1);
    open_stream(&f, &seen, "/watch");
    step_until(&f, &seen.done_calls);
    check_int(seen.err.code, WVA_E_INPUT);
    check_str(seen.err.msg, "enough");
    check_int(seen.data_calls, 1);
    close_stream(&seen);
    teardown(&f);
}

static void may_be_closed_from_its_sink(void **state)
{
    const struct fakeapi_exchange script[] = {
        {.method = "GET",
         .path = "/watch",
         .times = 2,
         .reply = {.status = 200, .chunks = (const char *[]){"one\n", NULL}}}};
    struct fixture f;
    struct seen in_data = {.close_in_data = true};
    struct seen in_done = {.close_in_done = true};

    (void)state;
    setup(&f, script, 1);
    open_stream(&f, &in_data, "/watch");
    open_stream(&f, &in_done, "/watch");
    step_until(&f, &in_done.done_calls);
    step_until(&f, &in_data.data_calls);
    check_int(in_data.done_calls, 0);
    check(in_data.stream == NULL && in_done.stream == NULL);
    close_stream(&in_data);
    close_stream(&in_done);
    teardown(&f);
}

static void are_served_while_a_request_waits(void **state)
{
    const struct fakeapi_exchange script[] = {
        {.method = "GET",
         .path = "/watch",
         .reply = {.status = 200, .chunks = (const char *[]){"one\n", NULL}}},
        {.method = "GET", .path = "/slow", .reply = {.end = FAKEAPI_STALL}}};
    struct fixture f;
    struct seen seen = {0};
    wva_auto_arena arena = {0};
    struct wva_http_response response;

    (void)state;
    setup(&f, script, 2);
    open_stream(&f, &seen, "/watch");
    check_fails(wva_http_perform(
                    f.http,
                    &(struct wva_http_request){.method = "GET", .path = "/slow", .timeout_ms = 300},
                    &arena, &response, &f.err),
                &f.err, WVA_E_TIMEOUT, "no answer");
    check_str(seen.data.data, "one\n");
    check_int(seen.done_calls, 1);
    close_stream(&seen);
    teardown(&f);
}

static void may_send_requests_from_its_sink(void **state)
{
    const struct fakeapi_exchange script[] = {
        {.method = "GET",
         .path = "/watch",
         .reply = {.status = 200, .chunks = (const char *[]){"one\n", NULL}}},
        {.method = "GET", .path = "/pod", .reply = {.status = 200, .body = "pod"}}};
    struct fixture f;
    struct seen seen = {.ask = "/pod"};

    (void)state;
    setup(&f, script, 2);
    open_stream(&f, &seen, "/watch");
    step_until(&f, &seen.done_calls);
    check_str(seen.answer.body, "pod");
    close_stream(&seen);
    teardown(&f);
}

/* While its sink is busy with a slow request, more arrives than is kept: the server has to wait,
 * and nothing is lost. */
static void holds_back_what_a_busy_sink_cannot_take(void **state)
{
    const size_t size = (size_t)12 << 20;
    wva_autofree char *body = wva_xmalloc(size);
    memset(body, 'x', size);
    const struct fakeapi_exchange script[] = {
        {.method = "GET",
         .path = "/watch",
         .reply = {.status = 200, .body = body, .body_len = size, .end = FAKEAPI_CLOSE}},
        {.method = "GET", .path = "/slow", .reply = {.end = FAKEAPI_STALL}}};
    struct fixture f;
    struct seen seen = {.ask = "/slow", .ask_timeout_ms = 300};

    (void)state;
    setup(&f, script, 2);
    open_stream(&f, &seen, "/watch");
    step_until(&f, &seen.done_calls);
    check_int(seen.err.code, WVA_OK);
    check_int(seen.data.len, size);
    close_stream(&seen);
    teardown(&f);
}

static void waits_no_longer_than_asked(void **state)
{
    struct fixture f;

    (void)state;
    setup(&f, NULL, 0);
    const int64_t start = wva_clock_monotonic_ms();
    check_ok(wva_http_step(f.http, 30, &f.err), &f.err);
    check(wva_clock_monotonic_ms() - start >= 25);
    check_ok(wva_http_step(f.http, -5, &f.err), &f.err);
    teardown(&f);
}

static void ends_with_its_owner(void **state)
{
    const struct fakeapi_exchange script[] = {{.method = "GET",
                                               .path = "/watch",
                                               .reply = {.status = 200,
                                                         .chunks = (const char *[]){"one\n", NULL},
                                                         .end = FAKEAPI_STALL}}};
    struct fixture f;
    struct seen seen = {0};

    (void)state;
    setup(&f, script, 1);
    open_stream(&f, &seen, "/watch");
    step_until(&f, &seen.data_calls);
    teardown(&f); /* releases the stream too; the leak checker looks */
    check_int(seen.done_calls, 0);
    wva_buf_done(&seen.data);
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(hands_over_pieces_and_the_end),
    WVA_TEST(gives_the_same_byte_by_byte),
    WVA_TEST(keeps_an_error_body_from_the_sink),
    WVA_TEST(tells_a_drop_from_an_end),
    WVA_TEST(ends_when_the_sink_refuses),
    WVA_TEST(may_be_closed_from_its_sink),
    WVA_TEST(are_served_while_a_request_waits),
    WVA_TEST(may_send_requests_from_its_sink),
    WVA_TEST(holds_back_what_a_busy_sink_cannot_take),
    WVA_TEST(waits_no_longer_than_asked),
    WVA_TEST(ends_with_its_owner),
};

WVA_TEST_MAIN(tests)
