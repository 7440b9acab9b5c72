// SPDX-License-Identifier: Apache-2.0
// A thread per connection, joined when it is over; the acceptor collects the finished ones. What a
// request means is in api_route.c.

#include "api_server.h"
#include "tls.h"

#include "wva/codec/json.h"
#include "wva/util/clock.h"
#include "wva/util/fs.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG     64
#define ACCEPT_MS   200
#define RECORDS_MAX ((size_t)256 << 20)
#define OUT_MAX     ((size_t)256 << 20)

struct worker {
    struct sim *sim;
    struct api_conn conn;
    pthread_t thread;
    atomic_bool finished;
    struct worker *next;
};

struct sim_api {
    int listener;
    SSL_CTX *tls; /* NULL: plain */
    pthread_t acceptor;
    struct worker *workers; /* the acceptor's, the stopper's after it has joined that */
    pthread_mutex_t records_lock;
    struct wva_buf records;
    FILE *records_file;
};

static struct wva_value *record_of(struct wva_arena *arena, const struct api_request *r)
{
    const struct api_pair texts[] = {
        {"method", r->method},
        {"path", r->target},
        {"user", r->user.name},
        {"userAgent", api_header(r, "User-Agent")},
        {"contentType", api_header(r, "Content-Type")},
        {"accept", api_header(r, "Accept")},
        {"acceptEncoding", api_header(r, "Accept-Encoding")},
        {"impersonate", api_header(r, "Impersonate-User")},
    };
    struct wva_value *record = wva_object(arena);
    for (size_t i = 0; i < WVA_COUNT(texts); i++)
        if (texts[i].value != NULL)
            wva_put(arena, record,
                    wva_string(arena, wva_str_sanitize(arena, texts[i].value,
                                                       strlen(texts[i].value), 4096, true)),
                    texts[i].name);
    wva_put(arena, record, wva_int(arena, r->status), "status");
    wva_put(arena, record, wva_int(arena, wva_clock_unix_ms()), "timeMs");
    if (r->body_len > 0)
        wva_put(arena, record,
                wva_string(arena, wva_str_sanitize(arena, r->body, r->body_len, r->body_len, true)),
                "body");
    return record;
}

void api_record(struct api_request *r)
{
    struct sim_api *api = r->sim->api;
    const char *line = wva_json_text(r->arena, record_of(r->arena, r));
    pthread_mutex_lock(&api->records_lock);
    wva_buf_printf(&api->records, "%s\n", line);
    if (api->records_file != NULL) {
        fprintf(api->records_file, "%s\n", line);
        fflush(api->records_file);
    }
    pthread_mutex_unlock(&api->records_lock);
    if (r->sim->options.verbose)
        fprintf(stderr, "wva-sim: %s %s %s -> %d\n", r->user.name != NULL ? r->user.name : "-",
                r->method, r->target, r->status);
}

void api_recorded(struct sim *sim, struct wva_buf *out)
{
    pthread_mutex_lock(&sim->api->records_lock);
    wva_buf_append(out, wva_buf_str(&sim->api->records), sim->api->records.len);
    pthread_mutex_unlock(&sim->api->records_lock);
}

static const char html_page[] =
    "<!DOCTYPE html>\n<html><head><title>Sign in</title></head>\n"
    "<body><h1>Corporate gateway</h1><p>Please sign in to continue.</p></body></html>\n";

/* Faults that are an answer of their own. True when one was given. */
static bool answer_fault(struct api_request *r)
{
    const struct api_fault *fault = &r->fault;
    if (fault->retry >= 0)
        wva_buf_printf(&r->head, "Retry-After: %lld\r\n", (long long)fault->retry);
    if (fault->html != 0)
        api_reply_text(r, (int)fault->html, "text/html; charset=utf-8", html_page);
    else if (fault->status == 429)
        (void)api_fail(r, 429, "TooManyRequests", NULL,
                       "Too many requests, please try again later.");
    else if (fault->status == 503)
        (void)api_fail(r, 503, "ServiceUnavailable", NULL,
                       "the server is currently unable to handle the request");
    else if (fault->status != 0)
        (void)api_fail(r, (int)fault->status, "InternalError", NULL,
                       "Internal error occurred: a fault was asked for");
    else if (fault->gone)
        (void)api_fail(r, 410, "Expired", NULL,
                       "The resourceVersion for the provided watch is too old.");
    else
        return false;
    return true;
}

/* Faults of the connection. True when it is over. */
static bool spoil_connection(struct api_request *r)
{
    static const char noise[] = "\x16\x03\x01\x02\x00garbage\x00\xff\xfe, not HTTP\r\n\r\n";
    if (r->fault.stall_ms > 0)
        api_conn_pause(r->conn, r->fault.stall_ms);
    api_conn_spoil(r->conn, &r->fault);
    if (r->fault.garbage)
        (void)api_conn_write(r->conn, noise, sizeof(noise) - 1);
    if (r->fault.drop || r->fault.reset || r->fault.garbage) {
        api_conn_close(r->conn, r->fault.reset);
        return true;
    }
    return false;
}

static void answer(struct api_request *r)
{
    if (api_control(r)) {
        api_write_response(r);
        return;
    }
    sim_faults_match(r->sim, r->arena, r->method, r->target, &r->fault);
    bool known = api_authenticate(r) == 0;
    if (!spoil_connection(r)) {
        if (!answer_fault(r) && known)
            api_handle(r);
        if (!r->streamed)
            api_write_response(r);
    }
    api_record(r);
}

/* One request; false when the connection is over. */
static bool serve_one(struct worker *worker)
{
    wva_auto_arena arena = {0};
    struct api_request r = {
        .sim = worker->sim,
        .conn = &worker->conn,
        .arena = &arena,
        .head = WVA_BUF(OUT_MAX),
        .out = WVA_BUF(OUT_MAX),
        .fault = {.retry = -1},
    };
    int got = api_read_request(&r);
    if (got > 0)
        answer(&r);
    wva_buf_done(&r.head);
    wva_buf_done(&r.out);
    return got > 0 && r.keep_alive && !worker->conn.broken;
}

static void *work(void *ctx)
{
    struct worker *worker = ctx;
    if (api_conn_handshake(&worker->conn, worker->sim->api->tls) == 0)
        while (!atomic_load(&worker->sim->stopping) && serve_one(worker))
            continue;
    api_conn_close(&worker->conn, false);
    atomic_store(&worker->finished, true);
    return NULL;
}

/* Joins the workers that are finished, or all. */
static void reap(struct sim_api *api, bool all)
{
    for (struct worker **link = &api->workers; *link != NULL;) {
        struct worker *worker = *link;
        if (!all && !atomic_load(&worker->finished)) {
            link = &worker->next;
            continue;
        }
        if (all)
            api_conn_interrupt(&worker->conn);
        pthread_join(worker->thread, NULL);
        *link = worker->next;
        api_conn_done(&worker->conn);
        free(worker);
    }
}

static void start_worker(struct sim *sim, int fd)
{
    const int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    struct worker *worker = wva_xcalloc(1, sizeof(*worker));
    worker->sim = sim;
    api_conn_init(&worker->conn, sim, fd);
    if (pthread_create(&worker->thread, NULL, work, worker) != 0) {
        api_conn_done(&worker->conn);
        free(worker);
        return;
    }
    worker->next = sim->api->workers;
    sim->api->workers = worker;
}

static void *accept_all(void *ctx)
{
    struct sim *sim = ctx;
    while (!atomic_load(&sim->stopping)) {
        struct pollfd poller = {.fd = sim->api->listener, .events = POLLIN};
        if (poll(&poller, 1, ACCEPT_MS) > 0) {
            int fd = accept4(sim->api->listener, NULL, NULL, SOCK_CLOEXEC);
            if (fd >= 0)
                start_worker(sim, fd);
        }
        reap(sim->api, false);
    }
    return NULL;
}

static int open_listener(unsigned *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    struct sockaddr *generic = (struct sockaddr *)&address;
    if (bind(fd, generic, len) < 0 || listen(fd, BACKLOG) < 0 ||
        getsockname(fd, generic, &len) < 0) {
        close(fd);
        return -1;
    }
    *ret_port = ntohs(address.sin_port);
    return fd;
}

int sim_api_start(struct sim *sim, unsigned *ret_port)
{
    struct wva_error err = {0};
    wva_auto_arena arena = {0};
    struct sim_api *api = wva_xcalloc(1, sizeof(*api));
    api->records = WVA_BUF(RECORDS_MAX);
    pthread_mutex_init(&api->records_lock, NULL);
    sim->api = api;
    api->listener = open_listener(ret_port);
    if (api->listener < 0) {
        fprintf(stderr, "wva-sim: cannot listen on the loopback: %s\n", strerror(errno));
        return -1;
    }
    if (sim_tls_make(sim->options.state_dir, &api->tls, &err) < 0) {
        fprintf(stderr, "wva-sim: %s\n", err.msg);
        return -1;
    }
    if (sim->options.plain_http) {
        SSL_CTX_free(api->tls);
        api->tls = NULL;
    }
    api->records_file = fopen(wva_fs_join(&arena, sim->options.state_dir, "requests.jsonl"), "we");
    return pthread_create(&api->acceptor, NULL, accept_all, sim) == 0 ? 0 : -1;
}

void sim_api_stop(struct sim *sim)
{
    struct sim_api *api = sim->api;
    if (api == NULL)
        return;
    atomic_store(&sim->stopping, true);
    pthread_mutex_lock(&sim->lock);
    pthread_cond_broadcast(&sim->changed);
    pthread_mutex_unlock(&sim->lock);
    if (api->acceptor != 0)
        pthread_join(api->acceptor, NULL);
    reap(api, true);
    if (api->listener >= 0)
        close(api->listener);
    if (api->records_file != NULL)
        fclose(api->records_file);
    SSL_CTX_free(api->tls);
    wva_buf_done(&api->records);
    pthread_mutex_destroy(&api->records_lock);
    free(api);
    sim->api = NULL;
}
