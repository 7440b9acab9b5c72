// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 requests out of bytes (RFC 9112). What is ambiguous is refused: two lengths, a length
// beside chunks, folded lines, blanks before the colon.

#include "http.h"

#include "wva/util/mem.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

struct head {
    struct standin_request *request;
    int64_t content_length; /* -1: none */
    int status;             /* 0 while well */
};

static bool is_token(const char *s)
{
    for (const char *c = s; *c != '\0'; c++)
        if (!isalnum((unsigned char)*c) && strchr("!#$%&'*+-.^_`|~", *c) == NULL)
            return false;
    return *s != '\0';
}

/* "POST /v1/completions?x HTTP/1.1" */
static int take_request_line(struct wva_arena *arena, const char *line,
                             struct standin_request *request)
{
    size_t count;
    char **words = wva_str_split(arena, line, ' ', &count);
    if (count != 3 || !is_token(words[0]) || words[1][0] != '/')
        return 400;
    request->http10 = strcmp(words[2], "HTTP/1.0") == 0;
    if (!request->http10 && strcmp(words[2], "HTTP/1.1") != 0)
        return wva_str_has_prefix(words[2], "HTTP/") ? 505 : 400;
    request->keep_alive = !request->http10;
    request->method = words[0];
    char *question = strchr(words[1], '?');
    request->query = question != NULL ? question + 1 : "";
    if (question != NULL)
        *question = '\0';
    request->path = words[1];
    return 0;
}

static void take_length(struct head *head, const char *value)
{
    int64_t length;
    if (wva_parse_i64(value, strlen(value), &length) < 0 || length < 0 ||
        (head->content_length >= 0 && head->content_length != length))
        head->status = 400;
    else if ((size_t)length > STANDIN_BODY_MAX)
        head->status = 413;
    else
        head->content_length = length;
}

static void take_encoding(struct head *head, const char *value)
{
    if (strcasecmp(value, "chunked") != 0)
        head->status = 400;
    head->request->chunked = true;
}

static void take_connection(struct head *head, const char *value)
{
    if (strcasecmp(value, "close") == 0)
        head->request->keep_alive = false;
    if (strcasecmp(value, "keep-alive") == 0)
        head->request->keep_alive = true;
}

static void take_expect(struct head *head, const char *value)
{
    if (strcasecmp(value, "100-continue") == 0)
        head->request->expects_continue = true;
    else
        head->status = 417;
}

static void take_authorization(struct head *head, const char *value)
{
    head->request->authorization = value;
}

static void take_content_type(struct head *head, const char *value)
{
    head->request->content_type = value;
}

static const struct {
    const char *name;
    void (*take)(struct head *head, const char *value);
} headers[] = {
    {"authorization", take_authorization},
    {"connection", take_connection},
    {"content-length", take_length},
    {"content-type", take_content_type},
    {"expect", take_expect},
    {"transfer-encoding", take_encoding},
};

static void take_header(struct wva_arena *arena, struct head *head, char *line)
{
    char *colon = strchr(line, ':');
    if (colon == NULL) {
        head->status = 400;
        return;
    }
    *colon = '\0';
    if (!is_token(line)) {
        head->status = 400;
        return;
    }
    for (size_t i = 0; i < WVA_COUNT(headers); i++)
        if (strcasecmp(headers[i].name, line) == 0)
            headers[i].take(head, wva_str_trim(arena, colon + 1));
}

/* The head's lines up to the empty one. */
static void take_head(struct wva_arena *arena, const char *data, size_t len, struct head *head)
{
    if (memchr(data, '\0', len) != NULL) {
        head->status = 400;
        return;
    }
    size_t count;
    char **lines = wva_str_split(arena, wva_arena_strndup(arena, data, len), '\n', &count);
    for (size_t i = 0; i < count && head->status == 0; i++) {
        size_t end = strlen(lines[i]);
        if (end > 0 && lines[i][end - 1] == '\r')
            lines[i][--end] = '\0';
        if (i == 0)
            head->status = take_request_line(arena, lines[i], head->request);
        else if (end > 0)
            take_header(arena, head, lines[i]);
    }
    if (head->status == 0 && head->request->chunked && head->content_length >= 0)
        head->status = 400; /* a way to smuggle requests */
}

/* A chunk's size line at `at`: its length without the line end into *ret_line. False: incomplete or
 * bad (`*ret_status`). */
static bool chunk_size(const char *data, size_t len, size_t at, size_t *ret_size, size_t *ret_next,
                       int *ret_status)
{
    const char *end = memchr(data + at, '\n', len - at);
    if (end == NULL) {
        if (len - at > 1024)
            *ret_status = 400;
        return false;
    }
    size_t size = 0, digits = 0;
    for (const char *c = data + at; isxdigit((unsigned char)*c); c++, digits++) {
        int digit = isdigit((unsigned char)*c) ? *c - '0' : tolower((unsigned char)*c) - 'a' + 10;
        size = size * 16 + (size_t)digit;
        if (size > STANDIN_BODY_MAX) {
            *ret_status = 413;
            return false;
        }
    }
    char after = data[at + digits];
    if (digits == 0 || (after != '\r' && after != '\n' && after != ';'))
        *ret_status = 400;
    *ret_size = size;
    *ret_next = (size_t)(end - data) + 1;
    return *ret_status == 0;
}

/* The body in chunks from `at` on; the bytes after it into *ret_used. */
static enum standin_parsed take_chunks(struct wva_arena *arena, const char *data, size_t len,
                                       size_t at, struct standin_request *request, size_t *ret_used,
                                       int *ret_status)
{
    wva_auto_buf body = WVA_BUF(STANDIN_BODY_MAX);
    size_t size;
    *ret_status = 0;
    while (chunk_size(data, len, at, &size, &at, ret_status)) {
        if (len - at < size + 2)
            return STANDIN_PARTIAL;
        if (size > 0 && memcmp(data + at + size, "\r\n", 2) != 0) {
            *ret_status = 400;
            return STANDIN_MALFORMED;
        }
        if (size == 0) { /* no trailers: nobody sends any here */
            if (memcmp(data + at, "\r\n", 2) != 0) {
                *ret_status = 400;
                return STANDIN_MALFORMED;
            }
            request->body = wva_arena_strndup(arena, wva_buf_str(&body), body.len);
            request->body_len = body.len;
            *ret_used = at + 2;
            return STANDIN_COMPLETE;
        }
        wva_buf_append(&body, data + at, size);
        at += size + 2;
        if (body.overflowed)
            *ret_status = 413;
        if (*ret_status != 0)
            return STANDIN_MALFORMED;
    }
    return *ret_status == 0 ? STANDIN_PARTIAL : STANDIN_MALFORMED;
}

enum standin_parsed standin_request_parse(struct wva_arena *arena, const char *data, size_t len,
                                          struct standin_request *ret, size_t *ret_used,
                                          bool *ret_head, int *ret_status)
{
    const char *end = memmem(data, len, "\r\n\r\n", 4);
    *ret_head = false;
    if (end == NULL) {
        *ret_status = 431;
        return len > STANDIN_HEAD_MAX ? STANDIN_MALFORMED : STANDIN_PARTIAL;
    }
    size_t start = (size_t)(end - data) + 4;
    *ret = (struct standin_request){0};
    struct head head = {.request = ret, .content_length = -1};
    if (start > STANDIN_HEAD_MAX)
        head.status = 431;
    else
        take_head(arena, data, start - 4, &head);
    *ret_status = head.status;
    if (head.status != 0)
        return STANDIN_MALFORMED;
    *ret_head = true;
    if (ret->chunked)
        return take_chunks(arena, data, len, start, ret, ret_used, ret_status);
    ret->body_len = head.content_length > 0 ? (size_t)head.content_length : 0;
    if (len - start < ret->body_len)
        return STANDIN_PARTIAL;
    ret->body = wva_arena_strndup(arena, data + start, ret->body_len);
    *ret_used = start + ret->body_len;
    return STANDIN_COMPLETE;
}
