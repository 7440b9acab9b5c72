// SPDX-License-Identifier: Apache-2.0
/*
 * What the files of the http layer share: http_curl.c drives libcurl and leaves to the others all
 * that can be said without it.
 */
#ifndef WVA_PLUGIN_HTTP_HTTP_PRIV_H
#define WVA_PLUGIN_HTTP_HTTP_PRIV_H

#include "wva/http/http.h"
#include "wva/http/url.h"

/* http_target.c: a profile, checked and put into the words libcurl needs. */
struct wva_http_target {
    bool tls;
    const char *origin;      /* "https://host:6443", for messages and traces */
    const char *prefix;      /* path prefix of every request; may be "" */
    const char *host;        /* the name the certificate must have */
    const char *curl_base;   /* origin with the TLS server name in the host's place, and prefix */
    const char *connect_to;  /* "NAME:PORT:HOST:PORT" for that name; NULL: none */
    const char *host_header; /* "Host: …" for that name; NULL: none */
    const char *proxy;       /* "": none */
    unsigned proxy_port;
};

/* Errors: WVA_E_CONFIG. */
int wva_http_target_init(struct wva_arena *arena, const struct wva_http_profile *profile,
                         struct wva_http_target *ret, struct wva_error *err) WVA_MUST_USE;

/* Nothing in method, path or headers may end a line. Errors: WVA_E_CONFIG. */
int wva_http_check_request(const struct wva_http_request *request,
                           struct wva_error *err) WVA_MUST_USE;

/* "Authorization: Bearer …" into `ret` (empty before); it stays empty without a token. Errors:
 * WVA_E_AUTH for a token that cannot be sent. */
int wva_http_authorization(const struct wva_http_credentials *credentials, struct wva_secret *ret,
                           struct wva_error *err) WVA_MUST_USE;

/* May the request be sent again when nobody knows whether it arrived? */
bool wva_http_is_repeatable(const struct wva_http_request *request);

/* http_headers.c: the head of an answer, line by line. */
struct wva_http_head {
    struct wva_http_response *response; /* filled */
    struct wva_arena *arena;            /* of its strings */
    int64_t now_unix_ms;                /* what a Retry-After date is counted from */
    size_t bytes;                       /* seen so far */
    bool inside;                        /* between a status line and the empty line */
    bool complete;                      /* the empty line of the final head was seen */
};

#define WVA_HTTP_HEAD_MAX     ((size_t)256 * 1024)
#define WVA_HTTP_WARNINGS_MAX 32

/* Takes one line with or without its line end. -1 when the head is too long (no error set). */
int wva_http_head_line(struct wva_http_head *head, const char *line, size_t len);

/* http_failure.c: what went wrong, in words. */
enum wva_http_fault {
    WVA_FAULT_OTHER,
    WVA_FAULT_LOOKUP, /* no address for the server's name */
    WVA_FAULT_PROXY_LOOKUP,
    WVA_FAULT_PROXY, /* the proxy refused */
    WVA_FAULT_CONNECT,
    WVA_FAULT_TIMEOUT,
    WVA_FAULT_BROKEN,    /* the connection ended where it must not */
    WVA_FAULT_TRUNCATED, /* in the middle of the answer */
    WVA_FAULT_NO_ANSWER, /* before the answer */
    WVA_FAULT_HANDSHAKE,
    WVA_FAULT_CERTIFICATE, /* the server's */
    WVA_FAULT_CLIENT_CERT, /* ours */
    WVA_FAULT_MALFORMED,   /* not HTTP, or not as announced */
};

struct wva_http_failure {
    enum wva_http_fault fault;
    const char *origin;
    const char *host;
    const char *method;
    const char *detail; /* libcurl's words; may be "" */
    int os_errno;       /* of the connect, 0 unknown */
    long verify_result; /* OpenSSL's X509_V_ERR_…, 0 none */
    bool connected;     /* the request was on its way */
    bool answered;      /* the head of an answer was complete */
    int64_t elapsed_ms;
};

/* Always returns -1 with `err` set. */
int wva_http_failure_error(const struct wva_http_failure *failure, struct wva_error *err);

/* http_trace.c: kubectl's -v on `file`. Nothing is printed below the level each takes. */
struct wva_http_trace {
    FILE *file; /* NULL: off */
    int verbosity;
};

void wva_http_trace_request(const struct wva_http_trace *trace, const char *url,
                            const struct wva_http_request *request);
/* The request's head as sent, lines ending with CR LF. */
void wva_http_trace_request_head(const struct wva_http_trace *trace, const char *head, size_t len);
void wva_http_trace_response_line(const struct wva_http_trace *trace, const char *line, size_t len);
/* Once the head is complete, or nothing came (status 0). */
void wva_http_trace_status(const struct wva_http_trace *trace, const char *method, const char *url,
                           int status, int64_t elapsed_ms);
void wva_http_trace_body(const struct wva_http_trace *trace, const char *what, const char *path,
                         const char *body, size_t len);

#endif
