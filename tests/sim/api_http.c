// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 as far as clients of a Kubernetes API use it: keep-alive, Content-Length and chunked
// bodies in, both out, Expect: 100-continue.

#include "api.h"

#include "wva/util/clock.h"
#include "wva/util/encode.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HEAD_MAX    ((size_t)64 << 10)
#define BODY_MAX    ((size_t)3 << 20) /* apiserver's MaxRequestBodyBytes */
#define HEADERS_MAX 100
#define PARAMS_MAX  64
#define OUT_MAX     ((size_t)256 << 20)

const char *api_header(const struct api_request *r, const char *name)
{
    for (size_t i = 0; i < r->header_count; i++)
        if (strcasecmp(r->headers[i].name, name) == 0)
            return r->headers[i].value;
    return NULL;
}

const char *api_param(const struct api_request *r, const char *name)
{
    for (size_t i = 0; i < r->param_count; i++)
        if (strcmp(r->params[i].name, name) == 0)
            return r->params[i].value;
    return NULL;
}

bool api_param_is(const struct api_request *r, const char *name, const char *value)
{
    return wva_str_eq(api_param(r, name), value);
}

bool api_dry_run(const struct api_request *r)
{
    return api_param_is(r, "dryRun", "All");
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static char *percent_decode(struct wva_arena *arena, const char *text, size_t len, bool plus)
{
    char *out = wva_arena_alloc(arena, len + 1);
    size_t used = 0;
    for (size_t i = 0; i < len; i++) {
        int high = text[i] == '%' && i + 2 < len ? hex(text[i + 1]) : -1;
        int low = high >= 0 ? hex(text[i + 2]) : -1;
        if (low >= 0) {
            out[used++] = (char)(high * 16 + low);
            i += 2;
        } else {
            out[used++] = plus && text[i] == '+' ? ' ' : text[i];
        }
    }
    out[used] = '\0';
    return out;
}

static void read_params(struct api_request *r, const char *query)
{
    r->params = wva_arena_calloc(r->arena, PARAMS_MAX, sizeof(*r->params));
    while (*query != '\0' && r->param_count < PARAMS_MAX) {
        size_t len = strcspn(query, "&");
        size_t name = strcspn(query, "=&");
        const char *value = name < len ? query + name + 1 : query + len;
        r->params[r->param_count++] = (struct api_pair){
            .name = percent_decode(r->arena, query, name, true),
            .value = percent_decode(r->arena, value, (size_t)(query + len - value), true),
        };
        query += len + (query[len] == '&');
    }
}

static int bad_request(struct api_request *r, const char *why)
{
    r->keep_alive = false;
    api_reply_text(r, 400, "text/plain; charset=utf-8", why);
    api_write_response(r);
    return -1;
}

/* "GET /path?query HTTP/1.1" */
static int read_request_line(struct api_request *r, char *line)
{
    char *target = strchr(line, ' ');
    char *version = target != NULL ? strchr(target + 1, ' ') : NULL;
    if (version == NULL || strncmp(version, " HTTP/1.", 8) != 0)
        return bad_request(r, "400 Bad Request");
    *target++ = '\0';
    *version++ = '\0';
    r->method = line;
    r->target = target;
    r->keep_alive = strcmp(version, "HTTP/1.1") == 0;
    size_t path = strcspn(target, "?");
    r->path = percent_decode(r->arena, target, path, false);
    read_params(r, target[path] == '?' ? target + path + 1 : "");
    return 0;
}

static int read_head(struct api_request *r, char *head)
{
    size_t count = 0;
    char **lines = wva_str_split(r->arena, head, '\n', &count);
    if (read_request_line(r, wva_str_trim(r->arena, lines[0])) < 0)
        return -1;
    r->headers = wva_arena_calloc(r->arena, HEADERS_MAX, sizeof(*r->headers));
    for (size_t i = 1; i < count && r->header_count < HEADERS_MAX; i++) {
        const char *colon = strchr(lines[i], ':');
        if (colon == NULL)
            continue;
        r->headers[r->header_count++] = (struct api_pair){
            .name = wva_arena_strndup(r->arena, lines[i], (size_t)(colon - lines[i])),
            .value = wva_str_trim(r->arena, colon + 1),
        };
    }
    const char *connection = api_header(r, "Connection");
    if (connection != NULL)
        r->keep_alive = strcasecmp(connection, "close") != 0;
    return 0;
}

static int need(struct api_conn *conn, size_t len)
{
    while (conn->in.len < len)
        if (api_conn_fill(conn) < 0)
            return -1;
    return 0;
}

/* Takes one line off the input, without its end. */
static char *take_line(struct api_request *r)
{
    struct wva_buf *in = &r->conn->in;
    const char *end;
    while ((end = in->len > 0 ? memchr(in->data, '\n', in->len) : NULL) == NULL)
        if (in->len > HEAD_MAX || api_conn_fill(r->conn) < 0)
            return NULL;
    size_t len = (size_t)(end - in->data);
    char *line = wva_str_trim(r->arena, wva_arena_strndup(r->arena, in->data, len));
    wva_buf_consume(in, len + 1);
    return line;
}

static int read_chunked(struct api_request *r)
{
    wva_auto_buf body = WVA_BUF(BODY_MAX);
    for (;;) {
        char *line = take_line(r);
        if (line == NULL)
            return -1;
        size_t size = strtoul(line, NULL, 16);
        if (size == 0)
            break;
        if (size > BODY_MAX || need(r->conn, size + 2) < 0)
            return -1;
        wva_buf_append(&body, r->conn->in.data, size);
        wva_buf_consume(&r->conn->in, size + 2);
    }
    for (char *line = take_line(r); line != NULL && line[0] != '\0';)
        line = take_line(r);
    r->body = wva_arena_strndup(r->arena, wva_buf_str(&body), body.len);
    r->body_len = body.len;
    return 0;
}

static int refuse_large(struct api_request *r)
{
    r->keep_alive = false;
    (void)api_fail(r, 413, "RequestEntityTooLarge", NULL, "Request entity too large: limit is %zu",
                   BODY_MAX);
    api_write_response(r);
    return -1;
}

static int read_body(struct api_request *r)
{
    const char *expect = api_header(r, "Expect");
    const char *encoding = api_header(r, "Transfer-Encoding");
    const char *length = api_header(r, "Content-Length");
    int64_t len = 0;
    if (length != NULL && (wva_parse_i64(length, strlen(length), &len) < 0 || len < 0))
        return bad_request(r, "400 Bad Request");
    if ((size_t)len > BODY_MAX)
        return refuse_large(r);
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    if (expect != NULL && api_conn_write(r->conn, go_on, sizeof(go_on) - 1) < 0)
        return -1;
    if (encoding != NULL && strcasecmp(encoding, "chunked") == 0)
        return read_chunked(r);
    if (need(r->conn, (size_t)len) < 0)
        return -1;
    r->body = wva_arena_strndup(r->arena, wva_buf_str(&r->conn->in), (size_t)len);
    r->body_len = (size_t)len;
    wva_buf_consume(&r->conn->in, (size_t)len);
    return 0;
}

int api_read_request(struct api_request *r)
{
    struct wva_buf *in = &r->conn->in;
    const char *end;
    while ((end = in->len > 0 ? memmem(in->data, in->len, "\r\n\r\n", 4) : NULL) == NULL) {
        if (in->len > HEAD_MAX)
            return bad_request(r, "431 Request Header Fields Too Large");
        if (api_conn_fill(r->conn) < 0)
            return 0;
    }
    size_t len = (size_t)(end - in->data);
    char *head = wva_arena_strndup(r->arena, in->data, len);
    wva_buf_consume(in, len + 4);
    if (read_head(r, head) < 0 || read_body(r) < 0)
        return -1;
    return 1;
}

static const char *phrase(int status)
{
    static const struct {
        int status;
        const char *text;
    } phrases[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {409, "Conflict"},
        {410, "Gone"},
        {413, "Request Entity Too Large"},
        {415, "Unsupported Media Type"},
        {422, "Unprocessable Entity"},
        {429, "Too Many Requests"},
        {500, "Internal Server Error"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    };
    for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
        if (phrases[i].status == status)
            return phrases[i].text;
    return "Unknown";
}

static void put_head(struct api_request *r, struct wva_buf *head)
{
    unsigned char id[16];
    char hex_id[WVA_SHA256_HEX_MAX];
    wva_random_bytes(id, sizeof(id));
    wva_sha256_hex(hex_id, id, sizeof(id));
    wva_buf_printf(head, "HTTP/1.1 %d %s\r\n", r->status, phrase(r->status));
    wva_buf_printf(head, "Audit-Id: %.8s-%.4s-%.4s-%.4s-%.12s\r\n", hex_id, hex_id + 8, hex_id + 12,
                   hex_id + 16, hex_id + 20);
    wva_buf_puts(head, "Cache-Control: no-cache, private\r\n");
    if (r->content_type != NULL)
        wva_buf_printf(head, "Content-Type: %s\r\n", r->content_type);
    if (r->fault.warning != NULL)
        wva_buf_printf(head, "Warning: 299 - \"%s\"\r\n", r->fault.warning);
    wva_buf_puts(head, wva_buf_str(&r->head));
    if (!r->keep_alive)
        wva_buf_puts(head, "Connection: close\r\n");
}

void api_write_response(struct api_request *r)
{
    wva_auto_buf all = WVA_BUF(OUT_MAX);
    put_head(r, &all);
    if (r->status != 204)
        wva_buf_printf(&all, "Content-Length: %zu\r\n", r->out.len);
    wva_buf_puts(&all, "\r\n");
    if (strcmp(r->method != NULL ? r->method : "", "HEAD") != 0)
        wva_buf_append(&all, wva_buf_str(&r->out), r->out.len);
    (void)api_conn_write(r->conn, wva_buf_str(&all), all.len);
}

int api_stream_begin(struct api_request *r, const char *content_type)
{
    wva_auto_buf all = WVA_BUF(OUT_MAX);
    r->status = 200;
    r->content_type = content_type;
    r->streamed = true;
    put_head(r, &all);
    wva_buf_puts(&all, "Transfer-Encoding: chunked\r\n\r\n");
    return api_conn_write(r->conn, wva_buf_str(&all), all.len);
}

int api_stream_write(struct api_request *r, const char *data, size_t len)
{
    wva_auto_buf chunk = WVA_BUF(OUT_MAX);
    if (len == 0)
        return 0;
    wva_buf_printf(&chunk, "%zx\r\n", len);
    wva_buf_append(&chunk, data, len);
    wva_buf_puts(&chunk, "\r\n");
    return api_conn_write(r->conn, wva_buf_str(&chunk), chunk.len);
}

void api_stream_end(struct api_request *r)
{
    (void)api_conn_write(r->conn, "0\r\n\r\n", 5);
}
