// SPDX-License-Identifier: Apache-2.0
/*
 * What the parts of the libcurl user share: http_curl.c runs transfers, http_curl_setup.c says
 * how each is to be done,
 * http_curl_result.c what became of it.
 */
#ifndef WVA_PLUGIN_HTTP_HTTP_CURL_PRIV_H
#define WVA_PLUGIN_HTTP_HTTP_CURL_PRIV_H

#include "http_priv.h"
#include "libcurl.h"

#define WVA_HTTP_SPARE_MAX 4

struct wva_http {
    struct wva_http_profile profile;
    struct wva_http_target target;
    struct wva_http_trace trace;
    struct wva_arena arena;
    CURLM *multi;
    struct wva_http_stream *streams; /* all, also those that are done */
    int64_t forgot_ms;               /* connections made before are not to be used; 0: all may */
    CURL *spare[WVA_HTTP_SPARE_MAX]; /* reset handles */
    size_t spare_count;
};

struct wva_http_stream {
    struct wva_http *http;
    struct wva_http_stream *next;
    CURL *easy; /* NULL once finished */
    struct wva_arena arena;
    const char *method, *url, *path;
    struct wva_secret authorization;
    struct wva_http_response response;
    struct wva_http_head head;
    struct wva_buf body; /* all of it, or what the sink has not taken yet */
    bool has_sink;
    struct wva_http_sink sink;
    struct wva_error err; /* why it ended, when not by the server's will */
    char detail[CURL_ERROR_SIZE];
    int64_t started_ms;
    bool finished;   /* libcurl is through with it */
    bool paused;     /* libcurl holds data back until the sink has caught up */
    bool delivering; /* a function of the sink is on the stack */
    bool told;       /* `done` was called */
    bool closed;     /* released as soon as `delivering` ends */
};

/* Everything but the callbacks and where they find `stream`. */
CURLcode wva_http_curl_setup(struct wva_http_stream *stream,
                             const struct wva_http_request *request) WVA_MUST_USE;

/* Bytes of the request itself left us, to the best of libcurl's knowledge. */
bool wva_http_curl_was_sent(CURL *easy);

/* Sets stream->err for a `code` other than CURLE_OK. */
void wva_http_curl_explain(struct wva_http_stream *stream, CURLcode code);

#endif
