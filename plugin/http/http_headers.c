// SPDX-License-Identifier: Apache-2.0
/*
 * The few response headers that matter, from lines as they arrive. Header lines that are not
 * understood are passed over: nothing here can fail but the total length.
 */
#include "http_priv.h"

#include "wva/util/clock.h"
#include "wva/util/mem.h"
#include "wva/util/parse.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define WARNING_TEXT_MAX 2048

struct span {
    const char *at;
    size_t len;
};

static struct span trimmed(const char *at, size_t len)
{
    while (len > 0 && (*at == ' ' || *at == '\t')) {
        at++;
        len--;
    }
    while (len > 0 && (at[len - 1] == ' ' || at[len - 1] == '\t' || at[len - 1] == '\r' ||
                       at[len - 1] == '\n'))
        len--;
    return (struct span){at, len};
}

static void content_type(struct wva_http_head *head, struct span value)
{
    struct wva_http_response *response = head->response;

    (void)snprintf(response->content_type, sizeof(response->content_type), "%.*s",
                   value.len < sizeof(response->content_type)
                       ? (int)value.len
                       : (int)sizeof(response->content_type) - 1,
                   value.at);
}

/* "Retry-After: 10", or RFC 9110's fixed date form. strptime's names are English: LC_TIME is never
 * set. */
static void retry_after(struct wva_http_head *head, struct span value)
{
    char text[40];
    struct tm date = {0};
    int64_t seconds;

    if (value.len == 0 || value.len >= sizeof(text))
        return;
    memcpy(text, value.at, value.len);
    text[value.len] = '\0';
    if (wva_parse_i64(text, value.len, &seconds) == 0) {
        if (seconds >= 0 && seconds <= INT32_MAX)
            head->response->retry_after_ms = seconds * 1000;
        return;
    }
    const char *end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &date);
    if (end == NULL || *end != '\0')
        return;
    const int64_t wait = (int64_t)timegm(&date) * 1000 - head->now_unix_ms;
    head->response->retry_after_ms = wait > 0 ? wait : 0;
}

/* A quoted string at `*at`: the text without quotes and backslashes, `*at` behind it. NULL when
 * there is none or it does not end. */
static char *unquote(struct wva_arena *arena, const char **at, const char *end)
{
    const char *in = *at;
    char *text, *out;

    if (in >= end || *in++ != '"')
        return NULL;
    text = out = wva_arena_alloc(arena, (size_t)(end - in) + 1);
    for (; in < end && *in != '"'; in++) {
        if (*in == '\\' && in + 1 < end)
            in++;
        *out++ = *in;
    }
    if (in >= end)
        return NULL;
    *out = '\0';
    *at = in + 1;
    return text;
}

static void add_warning(struct wva_http_head *head, const char *text)
{
    struct wva_http_response *response = head->response;

    if (response->warning_count == WVA_HTTP_WARNINGS_MAX || text[0] == '\0')
        return;
    if (response->warnings == NULL)
        response->warnings =
            wva_arena_calloc(head->arena, WVA_HTTP_WARNINGS_MAX + 1, sizeof(char *));
    response->warnings[response->warning_count++] = wva_arena_strndup(
        head->arena, text, strlen(text) < WARNING_TEXT_MAX ? strlen(text) : WARNING_TEXT_MAX);
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return at;
}

static const char *skip_word(const char *at, const char *end)
{
    while (at < end && *at != ' ' && *at != '\t')
        at++;
    return at;
}

/* 'Warning: 299 - "text"', several joined by commas, each with an optional quoted date behind the
 * text (RFC 7234, 5.5). Kubernetes uses 299 only; other codes are caches talking. */
static void warning(struct wva_http_head *head, struct span value)
{
    const char *at = value.at, *end = value.at + value.len;

    while (at < end) {
        const char *code = skip_blanks(at, end);
        const char *code_end = skip_word(code, end);
        const char *agent = skip_blanks(code_end, end);
        at = skip_blanks(skip_word(agent, end), end);
        const char *text = unquote(head->arena, &at, end);
        if (text == NULL)
            return;
        if (code_end - code == 3 && memcmp(code, "299", 3) == 0)
            add_warning(head, text);
        at = skip_blanks(at, end);
        if (at < end && *at == '"' && unquote(head->arena, &at, end) == NULL)
            return;
        at = skip_blanks(at, end);
        if (at < end && *at++ != ',')
            return;
    }
}

static const struct {
    const char *name;
    void (*read)(struct wva_http_head *head, struct span value);
} readers[] = {
    {"Content-Type", content_type},
    {"Retry-After", retry_after},
    {"Warning", warning},
};

/* "HTTP/1.1 200 OK": what an interim answer (100 Continue) said is forgotten. */
static void status_line(struct wva_http_head *head, const char *line, size_t len)
{
    const char *space = memchr(line, ' ', len);
    int64_t status = 0;

    head->inside = true;
    if (space != NULL && (size_t)(line + len - space) >= 4)
        (void)!wva_parse_i64(space + 1, 3, &status);
    *head->response = (struct wva_http_response){
        .status = (int)status,
        .retry_after_ms = -1,
        .body = "",
    };
}

static void header(struct wva_http_head *head, const char *line, size_t len)
{
    const char *colon = memchr(line, ':', len);

    for (size_t i = 0; colon != NULL && i < WVA_COUNT(readers); i++) {
        const size_t name_len = strlen(readers[i].name);
        if ((size_t)(colon - line) == name_len && strncasecmp(line, readers[i].name, name_len) == 0)
            readers[i].read(head, trimmed(colon + 1, (size_t)(line + len - colon) - 1));
    }
}

int wva_http_head_line(struct wva_http_head *head, const char *line, size_t len)
{
    head->bytes += len;
    if (head->bytes > WVA_HTTP_HEAD_MAX)
        return -1;
    if (head->complete) /* a trailer */
        return 0;
    if (!head->inside) {
        status_line(head, line, len);
    } else if (trimmed(line, len).len == 0) {
        head->inside = false;
        head->complete = head->response->status >= 200;
    } else {
        header(head, line, len);
    }
    return 0;
}

const char *wva_http_status_text(int status)
{
    static const struct {
        int status;
        const char *text;
    } known[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {407, "Proxy Authentication Required"},
        {408, "Request Timeout"},
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

    for (size_t i = 0; i < WVA_COUNT(known); i++)
        if (known[i].status == status)
            return known[i].text;
    return "";
}
