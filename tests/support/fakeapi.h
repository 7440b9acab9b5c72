// SPDX-License-Identifier: Apache-2.0
/*
 * A scripted HTTP server on the loopback interface, for unit tests: what it expects, what it
 * answers, and how it misbehaves, as a table.
 *
 *     static const struct fakeapi_exchange script[] = {
 *         {.method = "GET", .path = "/api/v1/pods*", .reply = {.status = 200, .body = "{}"}},
 *     };
 *     struct fakeapi *api = fakeapi_start(script, 1, NULL);
 *     … requests to fakeapi_url(api) …
 *     check_str(fakeapi_complaint(api), "");
 *     fakeapi_stop(api);
 *
 * A request takes the first exchange not used up whose method and path fit; one that fits none is
 * answered 500 and complained about. Each connection has a thread; the port is the kernel's choice.
 */
#ifndef WVA_TESTS_SUPPORT_FAKEAPI_H
#define WVA_TESTS_SUPPORT_FAKEAPI_H

#include "support/testcert.h"

#include <stdbool.h>
#include <stddef.h>

enum fakeapi_end {
    FAKEAPI_KEEP,  /* a complete answer; the connection stays open */
    FAKEAPI_CLOSE, /* a complete answer, then the connection is closed */
    FAKEAPI_CUT,   /* closed before the answer is complete */
    FAKEAPI_RESET, /* TCP reset before the answer is complete */
    FAKEAPI_STALL, /* says no more until fakeapi_release(), the client's leaving or the end; then
                      as FAKEAPI_KEEP */
};

struct fakeapi_reply {
    int status;                /* 0: not a byte, only `end` */
    const char *headers;       /* lines ending with CR LF; NULL: Content-Type: application/json */
    const char *body;          /* NULL: "" */
    size_t body_len;           /* 0: strlen(body) */
    const char *const *chunks; /* instead of `body`: chunked, ends with NULL */
    bool drip;                 /* every byte in a write of its own */
    enum fakeapi_end end;
    const char *raw; /* instead of everything above: these bytes, then `end` */
};

struct fakeapi_exchange {
    const char *method;
    const char *path;         /* with query; a pattern of fnmatch(3) */
    const char *const *has;   /* pieces of the head that must be there, ends with NULL */
    const char *const *lacks; /* and must not */
    const char *body;         /* the whole body of the request; NULL: any */
    unsigned times;           /* 0: once */
    struct fakeapi_reply reply;
};

/* What was received, as it came. */
struct fakeapi_request {
    char *head; /* request line and headers, with their CR LF */
    char *body;
    size_t connection; /* number of its connection, from 0 */
};

struct fakeapi;

/* TLS when there is a certificate. */
struct fakeapi_tls {
    const struct testcert *identity;
    const struct testcert *client_ca; /* a client certificate of this authority is required */
};

struct fakeapi *fakeapi_start(const struct fakeapi_exchange *script, size_t count,
                              const struct fakeapi_tls *tls);
const char *fakeapi_url(const struct fakeapi *api); /* "http://127.0.0.1:PORT" */
unsigned fakeapi_port(const struct fakeapi *api);

/* Lets every answer that stalls, now or later, go on. */
void fakeapi_release(struct fakeapi *api);

/* Received so far. A request is valid until fakeapi_stop(). */
size_t fakeapi_requests(struct fakeapi *api);
const struct fakeapi_request *fakeapi_request(struct fakeapi *api, size_t index);
size_t fakeapi_connections(struct fakeapi *api);

/* "" when every exchange was used and every request expected; else what is wrong. */
const char *fakeapi_complaint(struct fakeapi *api);

void fakeapi_stop(struct fakeapi *api);

#endif
