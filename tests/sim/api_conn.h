// SPDX-License-Identifier: Apache-2.0
/* One client's connection: bytes in and out, through TLS or not, and the ways in which answers may
 * be spoilt on purpose. Used by one thread; only api_conn_interrupt() may come from another. */
#ifndef WVA_TESTS_SIM_API_CONN_H
#define WVA_TESTS_SIM_API_CONN_H

#include "faults.h"

#include "wva/util/buf.h"

#include <openssl/ssl.h>

struct api_conn {
    struct sim *sim;
    pthread_mutex_t fd_lock; /* guards closing `fd` against api_conn_interrupt() */
    int fd;                  /* -1 once closed */
    SSL *ssl;                /* NULL: plain */
    struct wva_buf in;       /* received, not consumed yet */
    bool broken;             /* nothing more can be written or read */
    bool drip;
    int64_t cut;  /* bytes left until the connection is closed; 0: no */
    int64_t hang; /* bytes left until silence; 0: no */
};

/* Takes `fd` over. The handshake is done by the first call of the connection's own thread. */
void api_conn_init(struct api_conn *conn, struct sim *sim, int fd);
int api_conn_handshake(struct api_conn *conn, SSL_CTX *ctx);
void api_conn_done(struct api_conn *conn);

/* Reads more into `in`: 0, or -1 at the end or on failure. */
int api_conn_fill(struct api_conn *conn);

/* Sets how the next answer is spoilt. */
void api_conn_spoil(struct api_conn *conn, const struct api_fault *fault);

/* All or nothing (then `broken`). */
int api_conn_write(struct api_conn *conn, const void *data, size_t len);

/* Has the client hung up (or sent something while we were still answering)? */
bool api_conn_gone(struct api_conn *conn);

/* Sleeps, at most until the cluster stops or the client hangs up. */
void api_conn_pause(struct api_conn *conn, int64_t ms);

/* Ends the connection; with `reset` by a TCP reset. */
void api_conn_close(struct api_conn *conn, bool reset);

/* Wakes the connection's thread from whatever it reads or writes. */
void api_conn_interrupt(struct api_conn *conn);

#endif
