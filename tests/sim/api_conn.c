// SPDX-License-Identifier: Apache-2.0
// Blocking reads and writes. A connection ends by shutdown() from the main thread; no timeouts
// here: clients are our own tests.

#include "api_conn.h"

#include "wva/util/clock.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define IN_MAX     ((size_t)8 << 20)
#define READ_SIZE  16384
#define PAUSE_STEP 50
#define DRIP_NANOS 20000L
#define HANG_MS    (3600 * INT64_C(1000))

void api_conn_init(struct api_conn *conn, struct sim *sim, int fd)
{
    *conn = (struct api_conn){.sim = sim, .fd = fd, .in = WVA_BUF(IN_MAX)};
    pthread_mutex_init(&conn->fd_lock, NULL);
}

int api_conn_handshake(struct api_conn *conn, SSL_CTX *ctx)
{
    if (ctx == NULL)
        return 0;
    conn->ssl = SSL_new(ctx);
    if (conn->ssl == NULL || !SSL_set_fd(conn->ssl, conn->fd) || SSL_accept(conn->ssl) != 1) {
        conn->broken = true;
        return -1;
    }
    return 0;
}

void api_conn_done(struct api_conn *conn)
{
    api_conn_close(conn, false);
    SSL_free(conn->ssl);
    wva_buf_done(&conn->in);
    pthread_mutex_destroy(&conn->fd_lock);
}

static ssize_t receive(struct api_conn *conn, char *data, size_t size)
{
    if (conn->ssl != NULL)
        return SSL_read(conn->ssl, data, (int)size);
    ssize_t got;
    do
        got = recv(conn->fd, data, size, 0);
    while (got < 0 && errno == EINTR);
    return got;
}

int api_conn_fill(struct api_conn *conn)
{
    char data[READ_SIZE];
    if (conn->broken)
        return -1;
    ssize_t got = receive(conn, data, sizeof(data));
    if (got <= 0) {
        conn->broken = true;
        return -1;
    }
    wva_buf_append(&conn->in, data, (size_t)got);
    return conn->in.overflowed ? -1 : 0;
}

void api_conn_spoil(struct api_conn *conn, const struct api_fault *fault)
{
    conn->drip = fault->drip;
    conn->cut = fault->cut;
    conn->hang = fault->hang;
}

static int send_all(struct api_conn *conn, const char *data, size_t len)
{
    while (len > 0) {
        size_t part = conn->drip ? 1 : len < INT_MAX ? len : INT_MAX;
        ssize_t sent = conn->ssl != NULL ? SSL_write(conn->ssl, data, (int)part)
                                         : send(conn->fd, data, part, MSG_NOSIGNAL);
        if (sent < 0 && conn->ssl == NULL && errno == EINTR)
            continue;
        if (sent <= 0) {
            conn->broken = true;
            return -1;
        }
        data += sent;
        len -= (size_t)sent;
        if (conn->drip)
            nanosleep(&(struct timespec){.tv_nsec = DRIP_NANOS}, NULL);
    }
    return 0;
}

/* How much of `len` may go out before `*left` runs out; `*over` when that is now. */
static size_t within(int64_t *left, size_t len, bool *over)
{
    *over = false;
    if (*left == 0)
        return len;
    if ((int64_t)len < *left) {
        *left -= (int64_t)len;
        return len;
    }
    *over = true;
    return (size_t)*left;
}

int api_conn_write(struct api_conn *conn, const void *data, size_t len)
{
    bool cut = false;
    bool hang = false;
    if (conn->broken)
        return -1;
    size_t part = within(&conn->cut, within(&conn->hang, len, &hang), &cut);
    if (send_all(conn, data, part) < 0)
        return -1;
    if (cut) {
        api_conn_close(conn, false);
        return -1;
    }
    if (hang) {
        api_conn_pause(conn, HANG_MS);
        api_conn_close(conn, false);
        return -1;
    }
    return 0;
}

bool api_conn_gone(struct api_conn *conn)
{
    if (conn->broken)
        return true;
    struct pollfd poller = {.fd = conn->fd, .events = POLLIN};
    return poll(&poller, 1, 0) > 0;
}

void api_conn_pause(struct api_conn *conn, int64_t ms)
{
    int64_t end = wva_clock_monotonic_ms() + ms;
    while (!atomic_load(&conn->sim->stopping)) {
        int64_t left = end - wva_clock_monotonic_ms();
        if (left <= 0)
            return;
        struct pollfd poller = {.fd = conn->fd, .events = POLLIN};
        if (poll(&poller, 1, (int)(left < PAUSE_STEP ? left : PAUSE_STEP)) > 0)
            return;
    }
}

void api_conn_close(struct api_conn *conn, bool reset)
{
    conn->broken = true;
    pthread_mutex_lock(&conn->fd_lock);
    if (conn->fd >= 0) {
        const struct linger now = {.l_onoff = 1, .l_linger = 0};
        if (reset)
            (void)setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
        close(conn->fd);
    }
    conn->fd = -1;
    pthread_mutex_unlock(&conn->fd_lock);
}

void api_conn_interrupt(struct api_conn *conn)
{
    pthread_mutex_lock(&conn->fd_lock);
    if (conn->fd >= 0)
        (void)shutdown(conn->fd, SHUT_RDWR);
    pthread_mutex_unlock(&conn->fd_lock);
}
