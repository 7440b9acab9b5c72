// SPDX-License-Identifier: Apache-2.0
/*
 * HTTP/1.1 for a server that trusts nobody: requests under ceilings, one at a time on a connection
 * (what is pipelined waits its turn), answers whole or in chunks.
 */
#ifndef WVA_TESTS_STANDIN_HTTP_H
#define WVA_TESTS_STANDIN_HTTP_H

#include "loop.h"

#include "wva/util/arena.h"
#include "wva/util/buf.h"

#define STANDIN_HEAD_MAX ((size_t)64 << 10)
#define STANDIN_BODY_MAX ((size_t)8 << 20)
#define STANDIN_OUT_MAX  ((size_t)32 << 20)

struct standin_request {
    const char *method;
    const char *path;          /* without the query */
    const char *query;         /* "" when there is none */
    const char *authorization; /* header values, NULL when absent */
    const char *content_type;
    bool http10;
    bool keep_alive;
    bool expects_continue;
    bool chunked;
    const char *body;
    size_t body_len;
};

enum standin_parsed { STANDIN_PARTIAL, STANDIN_COMPLETE, STANDIN_MALFORMED };

/* Reads one request from the front of `data`. PARTIAL: more bytes are needed (`ret` tells what the
 * head said when `*ret_head` is set). COMPLETE: `*ret_used` bytes are done with. MALFORMED:
 * `*ret_status` is to be answered and the connection closed. Everything lives in `arena`. */
enum standin_parsed standin_request_parse(struct wva_arena *arena, const char *data, size_t len,
                                          struct standin_request *ret, size_t *ret_used,
                                          bool *ret_head, int *ret_status);

struct standin_http;
struct standin_conn;

/* Who is told of what becomes of an answer; all zero: nobody. */
struct standin_watcher {
    void (*drained)(void *owner, int64_t now); /* all that was written has left this process */
    void (*gone)(void *owner);                 /* the client hung up before the answer was whole */
    void *owner;
};

struct standin_conn {
    struct standin_http *http;
    struct standin_source source;
    struct standin_conn *next, *prev;
    int fd;
    uint32_t events;
    char peer[64];
    struct wva_buf in, out;
    struct wva_arena arena;         /* the request and its answer */
    struct standin_request request; /* the one that is being answered */
    struct standin_watcher watcher;
    int64_t arrived; /* ns; when the request's last byte had been read */
    bool busy;       /* a request is being answered */
    bool continued;  /* "100 Continue" was sent for the one that is arriving */
    bool closing;    /* after what is in `out` */
    bool lingering;  /* said so to the client; what it still sends is thrown away */
    bool broken;     /* closed as soon as the loop settles */
    bool resume;     /* look for what was pipelined behind the answer that ended */
};

struct standin_http {
    struct standin_loop *loop;
    struct standin_source source;
    int fd; /* the listening socket */
    size_t conn_count, conn_max;
    struct standin_conn *conns;
    bool unsettled; /* some connection is broken, closing or to be resumed */
    bool access_log;
    /* Answers conn->request, now or later. */
    void (*handler)(void *owner, struct standin_conn *conn);
    void *owner;
};

/* Binds, without listening: connections are refused until standin_http_listen(), as vLLM's are
 * while it loads. `host` is an address, "localhost" or NULL; port 0 takes a free one, and
 * `*ret_port` is what became of it. */
int standin_http_bind(struct standin_http *http, const char *host, int64_t port, int64_t *ret_port,
                      struct wva_error *err) WVA_MUST_USE;
int standin_http_listen(struct standin_http *http, struct wva_error *err) WVA_MUST_USE;
void standin_http_done(struct standin_http *http);

/* A whole answer; ends the exchange. */
void standin_reply(struct standin_conn *conn, int status, const char *content_type,
                   const char *body, size_t len);

/* An answer in pieces (chunked, or up to the end of the connection for HTTP/1.0). The pieces of one
 * event are written with one call: add() any number, then flush(). */
void standin_stream_begin(struct standin_conn *conn, const char *content_type);
void standin_stream_add(struct standin_conn *conn, const char *data, size_t len);
void standin_stream_end(struct standin_conn *conn); /* flushes; ends the exchange */
/* False: not everything has left this process yet; `drained` will tell. */
bool standin_conn_flush(struct standin_conn *conn);

/* Breaks the connection off. */
void standin_conn_break(struct standin_conn *conn);

#endif
