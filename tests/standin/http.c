// SPDX-License-Identifier: Apache-2.0
// Connections: reading requests, writing answers, closing. A connection is only freed when the loop
// settles, so that whoever is in the middle of something with it need not ask whether it lives.

#include "http.h"

#include "log.h"

#include "wva/util/mem.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_SIZE   ((size_t)64 << 10)
#define FILES_MAX   65535
#define FILES_OTHER 32 /* descriptors that are no connections */
#define IN_MAX      (STANDIN_HEAD_MAX + STANDIN_BODY_MAX + READ_SIZE)

static const struct {
    int status;
    const char *reason;
} reasons[] = {
    {200, "OK"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {413, "Content Too Large"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Entity"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
};

static const char *reason_of(int status)
{
    for (size_t i = 0; i < WVA_COUNT(reasons); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "";
}

/* Which events matter now: more to read while there is room for it, room to write while something
 * waits, the other side's end always. */
static void want(struct standin_conn *conn)
{
    uint32_t events = EPOLLRDHUP;
    if (!conn->busy || conn->in.len < READ_SIZE)
        events |= EPOLLIN;
    if (conn->out.len > 0)
        events |= EPOLLOUT;
    if (events != conn->events)
        standin_loop_change(conn->http->loop, conn->fd, events, &conn->source);
    conn->events = events;
}

void standin_conn_break(struct standin_conn *conn)
{
    conn->broken = true;
    conn->http->unsettled = true;
}

bool standin_conn_flush(struct standin_conn *conn)
{
    while (conn->out.len > 0 && !conn->broken) {
        ssize_t sent = send(conn->fd, conn->out.data, conn->out.len, MSG_NOSIGNAL);
        if (sent > 0)
            wva_buf_consume(&conn->out, (size_t)sent);
        else if (errno == EAGAIN)
            break;
        else if (errno != EINTR)
            standin_conn_break(conn);
    }
    if (conn->out.overflowed) /* a client that does not read */
        standin_conn_break(conn);
    if (conn->broken)
        return false;
    want(conn);
    return conn->out.len == 0;
}

static void end_exchange(struct standin_conn *conn, int status)
{
    const struct standin_request *request = &conn->request;
    if (conn->http->access_log && request->path != NULL)
        standin_log_access(conn->peer, request->method, request->path, request->http10, status);
    conn->busy = false;
    conn->resume = true;
    conn->http->unsettled = true;
    if (!request->keep_alive)
        conn->closing = true;
}

static void start_answer(struct standin_conn *conn, int status, const char *content_type)
{
    wva_buf_printf(&conn->out, "HTTP/1.1 %d %s\r\nserver: uvicorn\r\n", status, reason_of(status));
    if (content_type != NULL)
        wva_buf_printf(&conn->out, "content-type: %s\r\n", content_type);
    if (!conn->request.keep_alive)
        wva_buf_puts(&conn->out, "connection: close\r\n");
}

void standin_reply(struct standin_conn *conn, int status, const char *content_type,
                   const char *body, size_t len)
{
    start_answer(conn, status, content_type);
    wva_buf_printf(&conn->out, "content-length: %zu\r\n\r\n", len);
    if (conn->request.method == NULL || strcmp(conn->request.method, "HEAD") != 0)
        wva_buf_append(&conn->out, body, len);
    end_exchange(conn, status);
    (void)standin_conn_flush(conn);
}

void standin_stream_begin(struct standin_conn *conn, const char *content_type)
{
    if (conn->request.http10)
        conn->request.keep_alive = false;
    start_answer(conn, 200, content_type);
    wva_buf_puts(&conn->out, conn->request.http10 ? "\r\n" : "transfer-encoding: chunked\r\n\r\n");
    (void)standin_conn_flush(conn);
}

void standin_stream_add(struct standin_conn *conn, const char *data, size_t len)
{
    if (len == 0)
        return; /* would be the end */
    if (!conn->request.http10)
        wva_buf_printf(&conn->out, "%zx\r\n", len);
    wva_buf_append(&conn->out, data, len);
    if (!conn->request.http10)
        wva_buf_puts(&conn->out, "\r\n");
}

void standin_stream_end(struct standin_conn *conn)
{
    if (!conn->request.http10)
        wva_buf_puts(&conn->out, "0\r\n\r\n");
    end_exchange(conn, 200);
    (void)standin_conn_flush(conn);
}

/* What was not even a request. */
static void refuse(struct standin_conn *conn, int status)
{
    static const char words[] = "Invalid HTTP request received.";
    conn->request = (struct standin_request){0};
    standin_log_warning(words);
    standin_reply(conn, status, "text/plain; charset=utf-8", words, sizeof(words) - 1);
}

/* The next request out of what was read; true: it was handed over (and maybe answered). */
static bool take_request(struct standin_conn *conn)
{
    size_t used = 0;
    bool head = false;
    int status = 0;
    wva_arena_reset(&conn->arena);
    enum standin_parsed parsed = standin_request_parse(&conn->arena, conn->in.data, conn->in.len,
                                                       &conn->request, &used, &head, &status);
    if (parsed == STANDIN_MALFORMED)
        refuse(conn, status);
    if (parsed == STANDIN_PARTIAL && head && conn->request.expects_continue && !conn->continued) {
        conn->continued = true;
        wva_buf_puts(&conn->out, "HTTP/1.1 100 Continue\r\n\r\n");
        (void)standin_conn_flush(conn);
    }
    if (parsed != STANDIN_COMPLETE)
        return false;
    wva_buf_consume(&conn->in, used);
    conn->continued = false;
    conn->busy = true;
    conn->watcher = (struct standin_watcher){0};
    conn->http->handler(conn->http->owner, conn);
    return true;
}

/* May the next request be taken? One answer at a time, and the last one has left. */
static bool is_free(const struct standin_conn *conn)
{
    return !conn->busy && !conn->closing && !conn->broken && conn->out.len == 0;
}

static void take_requests(struct standin_conn *conn)
{
    conn->resume = false;
    while (is_free(conn) && conn->in.len > 0 && take_request(conn))
        continue;
}

static void read_some(struct standin_conn *conn)
{
    static char bytes[READ_SIZE]; /* one thread */
    ssize_t count = recv(conn->fd, bytes, sizeof(bytes), 0);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) {
        standin_conn_break(conn); /* as uvicorn: who hangs up wants no answer */
        return;
    }
    if (count < 0)
        return;
    conn->arrived = standin_now();
    wva_buf_append(&conn->in, bytes, (size_t)count);
    if (conn->in.overflowed)
        standin_conn_break(conn);
    if (conn->closing)
        wva_buf_consume(&conn->in, conn->in.len);
}

static void conn_ready(void *owner, uint32_t events)
{
    struct standin_conn *conn = owner;
    if (conn->broken)
        return;
    if ((events & (EPOLLERR | EPOLLHUP)) != 0)
        standin_conn_break(conn);
    if ((events & EPOLLOUT) != 0 && standin_conn_flush(conn) && conn->watcher.drained != NULL)
        conn->watcher.drained(conn->watcher.owner, standin_now());
    if ((events & (EPOLLIN | EPOLLRDHUP)) != 0)
        read_some(conn);
    take_requests(conn);
    if (!conn->broken)
        want(conn);
}

static void conn_free(struct standin_conn *conn)
{
    struct standin_http *http = conn->http;
    if (conn->watcher.gone != NULL)
        conn->watcher.gone(conn->watcher.owner);
    standin_loop_remove(http->loop, conn->fd);
    (void)close(conn->fd);
    if (conn->prev != NULL)
        conn->prev->next = conn->next;
    else
        http->conns = conn->next;
    if (conn->next != NULL)
        conn->next->prev = conn->prev;
    http->conn_count--;
    wva_buf_done(&conn->in);
    wva_buf_done(&conn->out);
    wva_arena_done(&conn->arena);
    free(conn);
}

/* To close with unread bytes would make the kernel reset the connection, and the answer might not
 * arrive: the client closes first. */
static void linger(struct standin_conn *conn)
{
    conn->lingering = true;
    (void)shutdown(conn->fd, SHUT_WR);
    wva_buf_consume(&conn->in, conn->in.len);
    want(conn);
}

/* After each round: closes what is to be closed and goes on with what was pipelined. */
static void settle(void *owner)
{
    struct standin_http *http = owner;
    if (!http->unsettled)
        return;
    http->unsettled = false;
    for (struct standin_conn *conn = http->conns, *next; conn != NULL; conn = next) {
        next = conn->next;
        if (conn->resume)
            take_requests(conn);
        if (conn->broken)
            conn_free(conn);
        else if (conn->closing && conn->out.len > 0)
            http->unsettled = true;
        else if (conn->closing && !conn->lingering)
            linger(conn);
    }
}

static void accept_one(void *owner, uint32_t events)
{
    struct standin_http *http = owner;
    (void)events;
    struct sockaddr_storage address;
    socklen_t len = sizeof(address);
    int fd = accept4(http->fd, (struct sockaddr *)&address, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    if (http->conn_count >= http->conn_max) {
        (void)close(fd);
        return;
    }
    int one = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    struct standin_conn *conn = wva_xcalloc(1, sizeof(*conn));
    conn->http = http;
    conn->fd = fd;
    conn->source = (struct standin_source){.ready = conn_ready, .owner = conn};
    conn->in = WVA_BUF(IN_MAX);
    conn->out = WVA_BUF(STANDIN_OUT_MAX);
    conn->events = EPOLLIN | EPOLLRDHUP;
    standin_log_peer(conn->peer, sizeof(conn->peer), &address);
    conn->next = http->conns;
    if (http->conns != NULL)
        http->conns->prev = conn;
    http->conns = conn;
    http->conn_count++;
    if (standin_loop_add(http->loop, fd, conn->events, &conn->source) < 0)
        standin_conn_break(conn);
}

int standin_http_listen(struct standin_http *http, struct wva_error *err)
{
    struct rlimit files = {.rlim_cur = 1024};
    (void)getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max < FILES_MAX ? files.rlim_max : FILES_MAX;
    (void)setrlimit(RLIMIT_NOFILE, &files); /* as vLLM does */
    http->conn_max = (size_t)files.rlim_cur - FILES_OTHER;
    http->source = (struct standin_source){.ready = accept_one, .owner = http};
    if (listen(http->fd, 2048) < 0 ||
        standin_loop_add(http->loop, http->fd, EPOLLIN, &http->source) < 0)
        return wva_error_set(err, WVA_E_NETWORK, "cannot listen: %s", strerror(errno));
    http->loop->settle = settle;
    http->loop->settle_owner = http;
    return 0;
}

void standin_http_done(struct standin_http *http)
{
    for (struct standin_conn *conn = http->conns, *next; conn != NULL; conn = next) {
        next = conn->next;
        conn_free(conn);
    }
    if (http->fd >= 0)
        (void)close(http->fd);
}
