// SPDX-License-Identifier: Apache-2.0
/*
 * HTTP to one server: requests, long-lived streams, deadlines, cancellation. No Kubernetes in here.
 *
 * One `struct wva_http` owns one libcurl multi handle, so that all requests and watches share
 * connections and one thread. Only http_curl*.c and url.c know libcurl.
 */
#ifndef WVA_HTTP_HTTP_H
#define WVA_HTTP_HTTP_H

#include "wva/util/arena.h"
#include "wva/util/buf.h"
#include "wva/util/secret.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* How to reach and trust the server, and who we are to it. Strings are borrowed and must outlive
 * the wva_http made from it. */
struct wva_http_profile {
    const char *base_url;        /* "https://host:6443/prefix": scheme, host, port, path prefix */
    const char *ca_pem;          /* the only trust roots; NULL: the system's */
    size_t ca_pem_len;
    const char *ca_file;         /* system roots to use when ca_pem is NULL (SSL_CERT_FILE); NULL:
                                    libcurl's default */
    bool insecure;               /* do not verify the server */
    const char *tls_server_name; /* SNI and verification name; NULL: the URL's host */
    const char *proxy;           /* proxy URL; NULL or "": none (environment is never consulted) */
    const char *user_agent;
    bool disable_compression;
    int64_t request_timeout_ms;  /* of a whole request that is no stream; 0: none */
    int verbosity;               /* kubectl's -v: 6 request lines, 7 request headers, 8 response
                                    headers and bodies cut at 1024 bytes, 9 and above whole */
    FILE *trace;                 /* where -v lines go; NULL: nowhere */
};

/* Credentials of one request; may change between requests (token refresh). Borrowed during the
 * request. Secrets never show in traces. */
struct wva_http_credentials {
    const struct wva_secret *bearer;      /* "Authorization: Bearer …" */
    const struct wva_secret *basic;       /* "user:password" */
    const struct wva_secret *client_cert; /* PEM */
    const struct wva_secret *client_key;  /* PEM */
};

struct wva_http_request {
    const char *method;         /* "GET", "POST", … */
    const char *path;           /* escaped path and query behind the base URL: "/api/v1/…" */
    const char *const *headers; /* "Name: value", ends with NULL; may be NULL */
    const struct wva_http_credentials *credentials; /* may be NULL */
    const void *body;
    size_t body_len;
    size_t body_ceiling;        /* most bytes of response body, unpacked; 0: 32 MiB */
    int64_t timeout_ms;         /* 0: the profile's request_timeout_ms; of a stream: none */
};

struct wva_http_response {
    int status;
    char content_type[128];     /* may be empty */
    int64_t retry_after_ms;     /* -1: the server gave none */
    char **warnings;            /* texts of "Warning: 299" headers, unquoted; in the arena */
    size_t warning_count;
    const char *body;           /* NUL-terminated, in the arena; "" when empty */
    size_t body_len;
    bool sent;                  /* on failure: the request may have reached the server */
};

struct wva_http;

/* Errors: WVA_E_CONFIG for a URL, certificate or proxy that makes no sense. */
int wva_http_new(const struct wva_http_profile *profile, struct wva_http **ret,
                 struct wva_error *err) WVA_MUST_USE;
void wva_http_free(struct wva_http *http); /* accepts NULL */

/* No request after this uses a connection made before: after credentials changed. */
void wva_http_forget_connections(struct wva_http *http);

/* Sends a request and reads the whole answer; any HTTP status is success here. While it waits,
 * open streams are served too. A method that cannot be repeated safely is sent at most once
 * (libcurl would repeat it when an idle connection turns out closed). `*ret` is filled, also
 * `sent` on failure. Errors: WVA_E_NETWORK, WVA_E_TLS, WVA_E_TIMEOUT, WVA_E_CANCELED,
 * WVA_E_PROTOCOL (answer too long or malformed). */
int wva_http_perform(struct wva_http *http, const struct wva_http_request *request,
                     struct wva_arena *arena, struct wva_http_response *ret,
                     struct wva_error *err) WVA_MUST_USE;

/*
 * Streams: an answer that arrives piece by piece for as long as the server likes (watch, log
 * follow). No compression is asked for (API servers may send several gzip members, which libcurl
 * cannot read) and no total timeout is set unless the request has one; TCP keepalive is.
 *
 * The functions of a sink run outside libcurl: they may send requests, open and close streams.
 */
struct wva_http_sink {
    /* Bytes of a 2xx body as they come. Return -1 with `err` set to end the stream with it. */
    int (*data)(void *ctx, const char *data, size_t len, struct wva_error *err);
    /* The stream is over: `response` has status, headers and, for a status other than 2xx, the body
     * (at most 64 KiB); `err` has a code when it broke (network, or what `data` returned). Called
     * exactly once, from within wva_http_step() or wva_http_perform(). Not called after
     * wva_http_close_stream(). */
    void (*done)(void *ctx, const struct wva_http_response *response, const struct wva_error *err);
    void *ctx;
};

struct wva_http_stream;

int wva_http_open_stream(struct wva_http *http, const struct wva_http_request *request,
                         const struct wva_http_sink *sink, struct wva_http_stream **ret,
                         struct wva_error *err) WVA_MUST_USE;

/* Ends and releases a stream. Must be called for each opened stream, also after `done`; may be
 * called from within `done`. Accepts NULL. */
void wva_http_close_stream(struct wva_http_stream *stream);

/* Serves all streams until something happened or `timeout_ms` passed. Errors: WVA_E_CANCELED
 * only. */
int wva_http_step(struct wva_http *http, int64_t timeout_ms, struct wva_error *err) WVA_MUST_USE;

/* "Not Found" for 404; "" for a status without a common name. */
const char *wva_http_status_text(int status);

#endif
