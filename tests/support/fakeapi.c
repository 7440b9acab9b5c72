// SPDX-License-Identifier: Apache-2.0
/*
 * The accepting thread starts one thread a connection; all shared state is behind one mutex.
 * Threads never assert (cmocka's longjmp would leave their stack): they complain, and the test
 * looks.
 */
#include "support/fakeapi.h"

#include "wva/util/buf.h"
#include "wva/util/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fnmatch.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MAX 256
#define REQUESTS_MAX    1024
#define REQUEST_CEILING ((size_t)8 << 20)

struct fakeapi {
    const struct fakeapi_exchange *script;
    size_t count;
    unsigned *uses; /* of each exchange */
    SSL_CTX *tls;
    int listener;
    unsigned port;
    char url[48];
    pthread_t acceptor;

    pthread_mutex_t mutex;
    bool released, stopping;
    struct fakeapi_request requests[REQUESTS_MAX];
    size_t request_count;
    int sockets[CONNECTIONS_MAX]; /* -1 once closed */
    pthread_t threads[CONNECTIONS_MAX];
    size_t connection_count;
    char complaint[1024];
};

struct peer {
    struct fakeapi *api;
    size_t number;
    int fd;
    SSL *ssl;
    struct wva_buf in;
};

static void need(bool ok, const char *what)
{
    if (ok)
        return;
    (void)fprintf(stderr, "fakeapi: %s failed: %s\n", what, strerror(errno));
    exit(99);
}

/*
 * Bytes.
 */

static bool peer_write(struct peer *peer, const char *data, size_t len, bool drip)
{
    while (len > 0) {
        const size_t piece = drip ? 1 : len;
        const ssize_t done = peer->ssl != NULL ? SSL_write(peer->ssl, data, (int)piece)
                                               : send(peer->fd, data, piece, MSG_NOSIGNAL);
        if (done <= 0)
            return false;
        data += done;
        len -= (size_t)done;
    }
    return true;
}

/* Reads more into peer->in; false at the end. */
static bool peer_read(struct peer *peer)
{
    char piece[4096];
    const ssize_t got = peer->ssl != NULL ? SSL_read(peer->ssl, piece, sizeof(piece))
                                          : recv(peer->fd, piece, sizeof(piece), 0);

    if (got <= 0)
        return false;
    wva_buf_append(&peer->in, piece, (size_t)got);
    return !peer->in.overflowed;
}

static size_t content_length(const char *head)
{
    const char *at = strcasestr(head, "\r\nContent-Length:");

    return at != NULL ? (size_t)strtoul(strchr(at, ':') + 1, NULL, 10) : 0;
}

/* A TLS handshake on a plain port is answered as Go's server does. */
static bool refuse_tls(struct peer *peer)
{
    static const char answer[] = "HTTP/1.0 400 Bad Request\r\n\r\n"
                                 "400 Bad Request\n";

    if (peer->in.len == 0 || peer->in.data[0] != 0x16)
        return false;
    (void)peer_write(peer, answer, sizeof(answer) - 1, false);
    return true;
}

/* Closing with bytes unread would be a reset, which overtakes what was written last. */
static void drain(struct peer *peer)
{
    char piece[512];

    (void)shutdown(peer->fd, SHUT_WR);
    while (recv(peer->fd, piece, sizeof(piece), 0) > 0)
        continue;
}

/* One request out of the connection. False when the client is gone. */
static bool read_request(struct peer *peer, struct fakeapi_request *ret)
{
    const char *end;

    while ((end = strstr(wva_buf_str(&peer->in), "\r\n\r\n")) == NULL)
        if (!peer_read(peer) || refuse_tls(peer))
            return false;
    const size_t head_len = (size_t)(end - peer->in.data) + 2;
    ret->head = wva_xstrndup(peer->in.data, head_len);
    wva_buf_consume(&peer->in, head_len + 2);

    const size_t body_len = content_length(ret->head);
    while (peer->in.len < body_len) {
        if (!peer_read(peer)) {
            free(ret->head);
            return false;
        }
    }
    ret->body = wva_xstrndup(wva_buf_str(&peer->in), body_len);
    wva_buf_consume(&peer->in, body_len);
    ret->connection = peer->number;
    return true;
}

/*
 * The script. All with the mutex held.
 */

static void complain(struct fakeapi *api, const char *what, const char *detail)
{
    if (api->complaint[0] == '\0')
        (void)snprintf(api->complaint, sizeof(api->complaint), "%s: %s", what, detail);
}

static void check_request(struct fakeapi *api, const struct fakeapi_exchange *exchange,
                          const struct fakeapi_request *request)
{
    for (size_t i = 0; exchange->has != NULL && exchange->has[i] != NULL; i++)
        if (strstr(request->head, exchange->has[i]) == NULL)
            complain(api, exchange->has[i], "missing in the head");
    for (size_t i = 0; exchange->lacks != NULL && exchange->lacks[i] != NULL; i++)
        if (strstr(request->head, exchange->lacks[i]) != NULL)
            complain(api, exchange->lacks[i], "unwanted in the head");
    if (exchange->body != NULL && strcmp(exchange->body, request->body) != 0)
        complain(api, "unexpected body", request->body);
}

static const struct fakeapi_exchange *find_exchange(struct fakeapi *api,
                                                    const struct fakeapi_request *request)
{
    char method[16], path[4096];

    const size_t method_len = strcspn(request->head, " ");
    const size_t path_len = strcspn(request->head + method_len + 1, " ");
    (void)snprintf(method, sizeof(method), "%.*s", (int)method_len, request->head);
    (void)snprintf(path, sizeof(path), "%.*s", (int)path_len, request->head + method_len + 1);
    for (size_t i = 0; i < api->count; i++) {
        const struct fakeapi_exchange *exchange = &api->script[i];
        const unsigned times = exchange->times > 0 ? exchange->times : 1;
        if (api->uses[i] >= times || strcmp(exchange->method, method) != 0 ||
            fnmatch(exchange->path, path, 0) != 0)
            continue;
        api->uses[i]++;
        check_request(api, exchange, request);
        return exchange;
    }
    return NULL;
}

static const struct fakeapi_reply *answer_to(struct fakeapi *api,
                                             const struct fakeapi_request *request)
{
    static const struct fakeapi_reply unexpected = {.status = 500, .body = "\"unexpected\""};
    const struct fakeapi_exchange *exchange;

    (void)pthread_mutex_lock(&api->mutex);
    need(api->request_count < REQUESTS_MAX, "counting requests");
    api->requests[api->request_count++] = *request;
    exchange = find_exchange(api, request);
    if (exchange == NULL)
        complain(api, "unexpected request", request->head);
    (void)pthread_mutex_unlock(&api->mutex);
    return exchange != NULL ? &exchange->reply : &unexpected;
}

/*
 * Answers.
 */

static void stall(struct peer *peer)
{
    struct fakeapi *api = peer->api;

    (void)pthread_mutex_lock(&api->mutex);
    while (!api->released && !api->stopping) {
        struct pollfd gone = {.fd = peer->fd, .events = POLLIN};
        (void)pthread_mutex_unlock(&api->mutex);
        const bool left = poll(&gone, 1, 5) > 0; /* nothing but the end can come now */
        (void)pthread_mutex_lock(&api->mutex);
        if (left)
            break;
    }
    (void)pthread_mutex_unlock(&api->mutex);
}

static void reset(struct peer *peer)
{
    const struct linger linger = {.l_onoff = 1, .l_linger = 0};

    (void)setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

static bool write_head(struct peer *peer, const struct fakeapi_reply *reply, size_t body_len)
{
    wva_auto_buf head = WVA_BUF(REQUEST_CEILING);

    wva_buf_printf(&head, "HTTP/1.1 %d Scripted\r\n%s", reply->status,
                   reply->headers != NULL ? reply->headers : "Content-Type: application/json\r\n");
    if (reply->chunks != NULL)
        wva_buf_puts(&head, "Transfer-Encoding: chunked\r\n");
    else
        wva_buf_printf(&head, "Content-Length: %zu\r\n", body_len);
    if (reply->end == FAKEAPI_CLOSE)
        wva_buf_puts(&head, "Connection: close\r\n");
    wva_buf_puts(&head, "\r\n");
    return peer_write(peer, head.data, head.len, reply->drip);
}

static bool write_chunks(struct peer *peer, const struct fakeapi_reply *reply)
{
    for (size_t i = 0; reply->chunks[i] != NULL; i++) {
        wva_auto_buf chunk = WVA_BUF(REQUEST_CEILING);
        wva_buf_printf(&chunk, "%zx\r\n%s\r\n", strlen(reply->chunks[i]), reply->chunks[i]);
        if (!peer_write(peer, chunk.data, chunk.len, reply->drip))
            return false;
    }
    if (reply->end == FAKEAPI_STALL)
        stall(peer);
    if (reply->end == FAKEAPI_CUT || reply->end == FAKEAPI_RESET)
        return false;
    return peer_write(peer, "0\r\n\r\n", 5, false);
}

static bool write_body(struct peer *peer, const struct fakeapi_reply *reply)
{
    const char *body = reply->body != NULL ? reply->body : "";
    const size_t len = reply->body_len > 0 ? reply->body_len : strlen(body);
    const bool whole = reply->end == FAKEAPI_KEEP || reply->end == FAKEAPI_CLOSE;
    const size_t first = whole ? len : len / 2;

    if (!write_head(peer, reply, len) || !peer_write(peer, body, first, reply->drip))
        return false;
    if (reply->end == FAKEAPI_STALL)
        stall(peer);
    if (reply->end == FAKEAPI_CUT || reply->end == FAKEAPI_RESET)
        return false;
    return peer_write(peer, body + first, len - first, reply->drip);
}

/* False when the connection is to be closed. */
static bool write_reply(struct peer *peer, const struct fakeapi_reply *reply)
{
    bool open;

    if (reply->end == FAKEAPI_RESET)
        reset(peer);
    if (reply->raw != NULL || reply->status == 0) {
        const char *raw = reply->raw != NULL ? reply->raw : "";
        open = peer_write(peer, raw, strlen(raw), reply->drip);
        if (reply->end == FAKEAPI_STALL)
            stall(peer);
    } else if (reply->chunks != NULL) {
        open = write_head(peer, reply, 0) && write_chunks(peer, reply);
    } else {
        open = write_body(peer, reply);
    }
    return open && (reply->end == FAKEAPI_KEEP || reply->end == FAKEAPI_STALL);
}

/*
 * Threads.
 */

static void *serve_connection(void *ctx)
{
    struct peer *peer = ctx;
    struct fakeapi *api = peer->api;
    struct fakeapi_request request;
    bool open = true;

    if (api->tls != NULL) {
        peer->ssl = SSL_new(api->tls);
        open =
            peer->ssl != NULL && SSL_set_fd(peer->ssl, peer->fd) == 1 && SSL_accept(peer->ssl) == 1;
    }
    if (!open)
        drain(peer);
    while (open && read_request(peer, &request))
        open = write_reply(peer, answer_to(api, &request));

    (void)pthread_mutex_lock(&api->mutex);
    api->sockets[peer->number] = -1;
    (void)pthread_mutex_unlock(&api->mutex);
    SSL_free(peer->ssl);
    (void)close(peer->fd);
    wva_buf_done(&peer->in);
    free(peer);
    return NULL;
}

static void *accept_connections(void *ctx)
{
    struct fakeapi *api = ctx;
    const int on = 1;
    int fd;

    while ((fd = accept(api->listener, NULL, NULL)) >= 0) {
        struct peer *peer = wva_xcalloc(1, sizeof(*peer));
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        peer->api = api;
        peer->fd = fd;
        peer->in = WVA_BUF(REQUEST_CEILING);
        (void)pthread_mutex_lock(&api->mutex);
        need(api->connection_count < CONNECTIONS_MAX, "counting connections");
        peer->number = api->connection_count++;
        api->sockets[peer->number] = fd;
        if (api->stopping)
            (void)shutdown(fd, SHUT_RDWR);
        need(pthread_create(&api->threads[peer->number], NULL, serve_connection, peer) == 0,
             "pthread_create");
        (void)pthread_mutex_unlock(&api->mutex);
    }
    return NULL;
}

static SSL_CTX *tls_context(const struct fakeapi_tls *tls)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    BIO *cert_bio = BIO_new_mem_buf(tls->identity->cert, -1);
    BIO *key_bio = BIO_new_mem_buf(tls->identity->key, -1);
    X509 *cert = PEM_read_bio_X509(cert_bio, NULL, NULL, NULL);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(key_bio, NULL, NULL, NULL);

    need(SSL_CTX_use_certificate(ctx, cert) == 1 && SSL_CTX_use_PrivateKey(ctx, key) == 1,
         "loading the certificate");
    X509_free(cert);
    EVP_PKEY_free(key);
    BIO_free(cert_bio);
    BIO_free(key_bio);
    if (tls->client_ca != NULL) {
        BIO *ca_bio = BIO_new_mem_buf(tls->client_ca->cert, -1);
        X509 *ca = PEM_read_bio_X509(ca_bio, NULL, NULL, NULL);
        need(X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), ca) == 1, "trusting clients");
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
        X509_free(ca);
        BIO_free(ca_bio);
    }
    return ctx;
}

static void listen_on_any_port(struct fakeapi *api)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);

    api->listener = socket(AF_INET, SOCK_STREAM, 0);
    need(api->listener >= 0 &&
             bind(api->listener, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
             listen(api->listener, 64) == 0 &&
             getsockname(api->listener, (struct sockaddr *)&address, &len) == 0,
         "listening");
    api->port = ntohs(address.sin_port);
    (void)snprintf(api->url, sizeof(api->url), "%s://127.0.0.1:%u",
                   api->tls != NULL ? "https" : "http", api->port);
}

struct fakeapi *fakeapi_start(const struct fakeapi_exchange *script, size_t count,
                              const struct fakeapi_tls *tls)
{
    struct fakeapi *api = wva_xcalloc(1, sizeof(*api));

    (void)signal(SIGPIPE, SIG_IGN); /* OpenSSL writes with write(2) */
    api->script = script;
    api->count = count;
    api->uses = wva_xcalloc(count + 1, sizeof(*api->uses));
    api->tls = tls != NULL ? tls_context(tls) : NULL;
    (void)pthread_mutex_init(&api->mutex, NULL);
    listen_on_any_port(api);
    need(pthread_create(&api->acceptor, NULL, accept_connections, api) == 0, "pthread_create");
    return api;
}

const char *fakeapi_url(const struct fakeapi *api)
{
    return api->url;
}

unsigned fakeapi_port(const struct fakeapi *api)
{
    return api->port;
}

void fakeapi_release(struct fakeapi *api)
{
    (void)pthread_mutex_lock(&api->mutex);
    api->released = true;
    (void)pthread_mutex_unlock(&api->mutex);
}

size_t fakeapi_requests(struct fakeapi *api)
{
    (void)pthread_mutex_lock(&api->mutex);
    const size_t count = api->request_count;
    (void)pthread_mutex_unlock(&api->mutex);
    return count;
}

const struct fakeapi_request *fakeapi_request(struct fakeapi *api, size_t index)
{
    need(index < fakeapi_requests(api), "looking up a request");
    return &api->requests[index];
}

size_t fakeapi_connections(struct fakeapi *api)
{
    (void)pthread_mutex_lock(&api->mutex);
    const size_t count = api->connection_count;
    (void)pthread_mutex_unlock(&api->mutex);
    return count;
}

const char *fakeapi_complaint(struct fakeapi *api)
{
    (void)pthread_mutex_lock(&api->mutex);
    for (size_t i = 0; i < api->count; i++) {
        const unsigned times = api->script[i].times > 0 ? api->script[i].times : 1;
        if (api->uses[i] < times)
            complain(api, "request that did not come", api->script[i].path);
    }
    (void)pthread_mutex_unlock(&api->mutex);
    return api->complaint;
}

void fakeapi_stop(struct fakeapi *api)
{
    (void)pthread_mutex_lock(&api->mutex);
    api->stopping = true;
    for (size_t i = 0; i < api->connection_count; i++)
        if (api->sockets[i] >= 0)
            (void)shutdown(api->sockets[i], SHUT_RDWR);
    (void)pthread_mutex_unlock(&api->mutex);
    (void)shutdown(api->listener, SHUT_RDWR);
    (void)pthread_join(api->acceptor, NULL);
    for (size_t i = 0; i < api->connection_count; i++)
        (void)pthread_join(api->threads[i], NULL);

    (void)close(api->listener);
    for (size_t i = 0; i < api->request_count; i++) {
        free(api->requests[i].head);
        free(api->requests[i].body);
    }
    SSL_CTX_free(api->tls);
    (void)pthread_mutex_destroy(&api->mutex);
    free(api->uses);
    free(api);
}
