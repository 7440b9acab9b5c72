// SPDX-License-Identifier: Apache-2.0
/*
 * Transfers on one libcurl multi handle. A request that is waited for and a stream are the same
 * thing here, a `struct wva_http_stream`; they differ in who takes the body.
 *
 * libcurl's callbacks only store; sinks are called from deliver(), when libcurl is not on the
 * stack, because libcurl refuses to be called from its own callbacks and a watcher may want to ask
 * the server something about what it just saw.
 */
#include "http_curl_priv.h"

#include "wva/util/cancel.h"
#include "wva/util/clock.h"
#include "wva/util/mem.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define BODY_CEILING       ((size_t)32 << 20)
#define ERROR_BODY_CEILING ((size_t)64 << 10) /* of a stream that was refused */
#define PENDING_CEILING    ((size_t)16 << 20) /* of a stream, not yet taken by its sink */
#define PENDING_PAUSE      ((size_t)4 << 20)  /* from here on the server has to wait */
#define STEP_MAX_MS        1000

/*
 * Callbacks: they store, and refuse what is too much.
 */

static bool is_success(const struct wva_http_stream *stream)
{
    return stream->response.status / 100 == 2;
}

static size_t on_head(char *line, size_t size, size_t count, void *ctx)
{
    struct wva_http_stream *stream = ctx;
    const bool was_complete = stream->head.complete;

    if (wva_http_head_line(&stream->head, line, size * count) < 0) {
        wva_error_set(&stream->err, WVA_E_PROTOCOL,
                      "the headers of the answer from %s are too long",
                      stream->http->target.origin);
        return 0;
    }
    wva_http_trace_response_line(&stream->http->trace, line, size * count);
    if (stream->head.complete && !was_complete) {
        wva_http_trace_status(&stream->http->trace, stream->method, stream->url,
                              stream->response.status,
                              wva_clock_monotonic_ms() - stream->started_ms);
        if (stream->has_sink)
            stream->body.ceiling = is_success(stream) ? PENDING_CEILING : ERROR_BODY_CEILING;
    }
    return size * count;
}

static size_t on_body(char *data, size_t size, size_t count, void *ctx)
{
    struct wva_http_stream *stream = ctx;
    const size_t len = size * count;

    if (stream->has_sink && is_success(stream) && stream->body.len >= PENDING_PAUSE) {
        stream->paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    wva_buf_append(&stream->body, data, len);
    if (!stream->body.overflowed || (stream->has_sink && !is_success(stream)))
        return len;
    wva_error_set(&stream->err, WVA_E_PROTOCOL,
                  "the answer from %s to %s %s is longer than %zu bytes",
                  stream->http->target.origin, stream->method, stream->path, stream->body.ceiling);
    return 0;
}

static int on_debug(CURL *easy, curl_infotype type, char *data, size_t len, void *ctx)
{
    struct wva_http_stream *stream = ctx;

    (void)easy;
    if (type == CURLINFO_HEADER_OUT)
        wva_http_trace_request_head(&stream->http->trace, data, len);
    return 0;
}

#define SET(option, value)                                                                         \
    do {                                                                                           \
        if (rc == CURLE_OK)                                                                        \
            rc = curl_easy_setopt(easy, (option), (value));                                        \
    } while (0)

static CURLcode set_callbacks(struct wva_http_stream *stream)
{
    CURL *easy = stream->easy;
    CURLcode rc = CURLE_OK;

    SET(CURLOPT_PRIVATE, stream);
    SET(CURLOPT_ERRORBUFFER, stream->detail);
    SET(CURLOPT_HEADERFUNCTION, on_head);
    SET(CURLOPT_HEADERDATA, stream);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, stream);
    if (stream->http->trace.file != NULL && stream->http->trace.verbosity > 6) {
        SET(CURLOPT_VERBOSE, 1L);
        SET(CURLOPT_DEBUGFUNCTION, on_debug);
        SET(CURLOPT_DEBUGDATA, stream);
    }
    return rc;
}

static void check_multi(CURLMcode code)
{
    if (code != CURLM_OK) /* out of memory, or a bug: there is no such network condition */
        wva_fatal(curl_multi_strerror(code));
}

/*
 * Life of a transfer: start, (callbacks,) finish, deliver, release.
 */

static CURL *take_easy(struct wva_http *http)
{
    CURL *easy = http->spare_count > 0 ? http->spare[--http->spare_count] : curl_easy_init();

    if (easy == NULL)
        wva_fatal("out of memory");
    return easy;
}

static void give_easy(struct wva_http *http, CURL *easy)
{
    curl_easy_reset(easy);
    if (http->spare_count < WVA_HTTP_SPARE_MAX)
        http->spare[http->spare_count++] = easy;
    else
        curl_easy_cleanup(easy);
}

static void release(struct wva_http_stream *stream)
{
    struct wva_http_stream **at = &stream->http->streams;

    while (*at != stream)
        at = &(*at)->next;
    *at = stream->next;
    wva_secret_done(&stream->authorization);
    wva_buf_done(&stream->body);
    wva_arena_done(&stream->arena);
    free(stream);
}

static void finish(struct wva_http_stream *stream, CURLcode code)
{
    struct wva_http *http = stream->http;

    /* libcurl 7.88 takes headers that just stop for an answer without a body */
    if (code == CURLE_OK && !stream->head.complete)
        code = CURLE_PARTIAL_FILE;
    stream->response.sent = wva_http_curl_was_sent(stream->easy);
    if (code != CURLE_OK && code != CURLE_ABORTED_BY_CALLBACK && stream->err.code == WVA_OK)
        wva_http_curl_explain(stream, code);
    if (!stream->head.complete)
        wva_http_trace_status(&http->trace, stream->method, stream->url, 0,
                              wva_clock_monotonic_ms() - stream->started_ms);
    check_multi(curl_multi_remove_handle(http->multi, stream->easy));
    give_easy(http, stream->easy);
    stream->easy = NULL;
    wva_secret_done(&stream->authorization);
    stream->finished = true;
}

static struct wva_http_stream *new_stream(struct wva_http *http,
                                          const struct wva_http_request *request,
                                          const struct wva_http_sink *sink, struct wva_arena *arena)
{
    struct wva_http_stream *stream = wva_xcalloc(1, sizeof(*stream));

    stream->http = http;
    stream->next = http->streams;
    http->streams = stream;
    stream->easy = take_easy(http);
    stream->method = wva_arena_strdup(&stream->arena, request->method);
    stream->path = wva_arena_strdup(&stream->arena, request->path);
    stream->url = wva_arena_printf(&stream->arena, "%s%s%s", http->target.origin,
                                   http->target.prefix, request->path);
    stream->response = (struct wva_http_response){.retry_after_ms = -1, .body = ""};
    stream->head = (struct wva_http_head){
        .response = &stream->response,
        .arena = arena != NULL ? arena : &stream->arena,
        .now_unix_ms = wva_clock_unix_ms(),
    };
    stream->body = WVA_BUF(request->body_ceiling > 0 ? request->body_ceiling : BODY_CEILING);
    stream->has_sink = sink != NULL;
    if (sink != NULL)
        stream->sink = *sink;
    stream->started_ms = wva_clock_monotonic_ms();
    return stream;
}

static int start(struct wva_http *http, const struct wva_http_request *request,
                 const struct wva_http_sink *sink, struct wva_arena *arena,
                 struct wva_http_stream **ret, struct wva_error *err)
{
    wva_auto_secret authorization = {0};
    struct wva_http_stream *stream;
    CURLcode rc;

    if (wva_http_check_request(request, err) < 0 ||
        wva_http_authorization(request->credentials, &authorization, err) < 0)
        return -1;
    stream = new_stream(http, request, sink, arena);
    stream->authorization = authorization;
    authorization = (struct wva_secret){0};

    rc = wva_http_curl_setup(stream, request);
    if (rc == CURLE_OK)
        rc = set_callbacks(stream);
    if (rc != CURLE_OK) {
        give_easy(http, stream->easy);
        release(stream);
        return wva_error_set(err, WVA_E_CONFIG, "cannot set up a request to %s: %s",
                             http->target.origin, curl_easy_strerror(rc));
    }
    wva_http_trace_request(&http->trace, stream->url, request);
    check_multi(curl_multi_add_handle(http->multi, stream->easy));
    *ret = stream;
    return 0;
}

static bool has_news(const struct wva_http_stream *stream)
{
    if (!stream->has_sink || stream->delivering || stream->closed || stream->told)
        return false;
    return stream->finished ||
           (stream->head.complete && is_success(stream) && stream->body.len > 0);
}

static void deliver_data(struct wva_http_stream *stream)
{
    wva_auto_buf piece = stream->body;
    struct wva_error err = {0};

    stream->body = WVA_BUF(PENDING_CEILING);
    if (stream->sink.data(stream->sink.ctx, piece.data, piece.len, &err) < 0) {
        if (!stream->finished)
            finish(stream, CURLE_ABORTED_BY_CALLBACK);
        wva_buf_clear(&stream->body);
        stream->err = err;
    } else if (stream->paused && !stream->finished) {
        stream->paused = false;
        (void)curl_easy_pause(stream->easy, CURLPAUSE_CONT);
    }
}

static void deliver_end(struct wva_http_stream *stream)
{
    stream->told = true;
    if (!is_success(stream)) {
        stream->response.body = wva_buf_str(&stream->body);
        stream->response.body_len = stream->body.len;
    }
    stream->sink.done(stream->sink.ctx, &stream->response, &stream->err);
}

static void deliver(struct wva_http_stream *stream)
{
    stream->delivering = true;
    if (is_success(stream) && stream->body.len > 0)
        deliver_data(stream);
    else
        deliver_end(stream);
    stream->delivering = false;
    if (stream->closed)
        release(stream);
}

/* Moves all transfers as far as they go without waiting. True when anything came of it. */
static bool serve(struct wva_http *http)
{
    bool happened = false;
    struct wva_http_stream *stream;
    CURLMsg *message;
    int count;

    check_multi(curl_multi_perform(http->multi, &count));
    while ((message = curl_multi_info_read(http->multi, &count)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        const CURLcode result = message->data.result; /* gone with the handle */
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &stream);
        finish(stream, result);
        happened = true;
    }
    /* from the start each time: a sink may have closed or opened any stream */
    for (stream = http->streams; stream != NULL;) {
        if (!has_news(stream)) {
            stream = stream->next;
            continue;
        }
        deliver(stream);
        happened = true;
        stream = http->streams;
    }
    return happened;
}

static int check_canceled(struct wva_error *err)
{
    if (!wva_cancel_requested())
        return 0;
    return wva_error_set(err, WVA_E_CANCELED, "canceled");
}

int wva_http_step(struct wva_http *http, int64_t timeout_ms, struct wva_error *err)
{
    struct curl_waitfd cancel = {.fd = wva_cancel_fd(), .events = CURL_WAIT_POLLIN};
    const int wait = timeout_ms < 0 ? 0 : timeout_ms < INT_MAX ? (int)timeout_ms : INT_MAX;

    if (check_canceled(err) < 0)
        return -1;
    if (serve(http))
        return 0;
    check_multi(curl_multi_poll(http->multi, &cancel, cancel.fd >= 0 ? 1 : 0, wait, NULL));
    if (check_canceled(err) < 0)
        return -1;
    (void)serve(http);
    return 0;
}

/*
 * The interface.
 */

int wva_http_new(const struct wva_http_profile *profile, struct wva_http **ret,
                 struct wva_error *err)
{
    struct wva_arena arena = {0};
    struct wva_http_target target;
    struct wva_http *http;

    if (wva_libcurl_load(err) < 0)
        return -1;
    if (wva_http_target_init(&arena, profile, &target, err) < 0) {
        wva_arena_done(&arena);
        return -1;
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) /* counted by libcurl */
        wva_fatal("cannot set up libcurl");
    http = wva_xcalloc(1, sizeof(*http));
    http->profile = *profile;
    http->target = target;
    http->trace = (struct wva_http_trace){profile->trace, profile->verbosity};
    http->arena = arena;
    http->multi = curl_multi_init();
    if (http->multi == NULL)
        wva_fatal("out of memory");
    *ret = http;
    return 0;
}

void wva_http_free(struct wva_http *http)
{
    if (http == NULL)
        return;
    while (http->streams != NULL) {
        struct wva_http_stream *stream = http->streams;
        if (!stream->finished)
            finish(stream, CURLE_ABORTED_BY_CALLBACK);
        release(stream);
    }
    while (http->spare_count > 0)
        curl_easy_cleanup(http->spare[--http->spare_count]);
    (void)curl_multi_cleanup(http->multi);
    curl_global_cleanup();
    wva_arena_done(&http->arena);
    free(http);
}

void wva_http_forget_connections(struct wva_http *http)
{
    http->forgot_ms = wva_clock_monotonic_ms();
}

/* Hands the outcome of a finished transfer over. */
static int conclude(struct wva_http_stream *stream, struct wva_arena *arena,
                    struct wva_http_response *ret, struct wva_error *err)
{
    stream->response.body_len = stream->body.len;
    stream->response.body = wva_arena_strndup(arena, wva_buf_str(&stream->body), stream->body.len);
    *ret = stream->response;
    if (stream->err.code == WVA_OK) {
        wva_http_trace_body(&stream->http->trace, "Response Body", stream->path,
                            stream->response.body, stream->response.body_len);
        return 0;
    }
    *err = stream->err;
    return -1;
}

int wva_http_perform(struct wva_http *http, const struct wva_http_request *request,
                     struct wva_arena *arena, struct wva_http_response *ret, struct wva_error *err)
{
    struct wva_http_stream *stream;
    int rc = 0;

    *ret = (struct wva_http_response){.retry_after_ms = -1, .body = ""};
    if (start(http, request, NULL, arena, &stream, err) < 0)
        return -1;
    while (!stream->finished && rc == 0)
        rc = wva_http_step(http, STEP_MAX_MS, err);
    if (rc == 0) {
        rc = conclude(stream, arena, ret, err);
    } else {
        if (!stream->finished)
            finish(stream, CURLE_ABORTED_BY_CALLBACK);
        ret->sent = stream->response.sent;
    }
    release(stream);
    return rc;
}

int wva_http_open_stream(struct wva_http *http, const struct wva_http_request *request,
                         const struct wva_http_sink *sink, struct wva_http_stream **ret,
                         struct wva_error *err)
{
    return start(http, request, sink, NULL, ret, err);
}

void wva_http_close_stream(struct wva_http_stream *stream)
{
    if (stream == NULL)
        return;
    if (!stream->finished)
        finish(stream, CURLE_ABORTED_BY_CALLBACK);
    if (stream->delivering)
        stream->closed = true;
    else
        release(stream);
}
