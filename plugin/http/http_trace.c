// SPDX-License-Identifier: Apache-2.0
/*
 * kubectl's -v: 6 one line a request, 7 the heads, 8 bodies cut, 9 whole. The lines are our own:
 * what libcurl prints of itself may contain credentials in forms that change from release to
 * release.
 */
#include "http_priv.h"

#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <string.h>
#include <strings.h>

#define LEVEL_LINE   6
#define LEVEL_HEADS  7
#define LEVEL_BODIES 8
#define LEVEL_WHOLE  9

#define BODY_CUT 1024

static bool wants(const struct wva_http_trace *trace, int level)
{
    return trace->file != NULL && trace->verbosity >= level;
}

/* Remote text must not drive the terminal. */
static void print_clean(const struct wva_http_trace *trace, const char *text, size_t len)
{
    wva_auto_arena arena = {0};

    (void)fputs(wva_str_sanitize(&arena, text, len, len + 1, true), trace->file);
}

static bool is_secret_header(const char *name, size_t len)
{
    static const char *const exact[] = {"Authorization", "Proxy-Authorization", "Cookie",
                                        "Set-Cookie"};
    static const char prefix[] = "Impersonate-";

    for (size_t i = 0; i < WVA_COUNT(exact); i++)
        if (strlen(exact[i]) == len && strncasecmp(name, exact[i], len) == 0)
            return true;
    return len >= sizeof(prefix) - 1 && strncasecmp(name, prefix, sizeof(prefix) - 1) == 0;
}

static void print_header(const struct wva_http_trace *trace, const char *line, size_t len)
{
    const char *colon = memchr(line, ':', len);

    while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == '\n'))
        len--;
    if (len == 0 || colon == NULL)
        return;
    (void)fputs("    ", trace->file);
    if (is_secret_header(line, (size_t)(colon - line))) {
        print_clean(trace, line, (size_t)(colon - line));
        (void)fputs(": <masked>\n", trace->file);
        return;
    }
    print_clean(trace, line, len);
    (void)fputc('\n', trace->file);
}

void wva_http_trace_request(const struct wva_http_trace *trace, const char *url,
                            const struct wva_http_request *request)
{
    if (!wants(trace, LEVEL_HEADS))
        return;
    (void)fprintf(trace->file, "%s %s\n", request->method, url);
    wva_http_trace_body(trace, "Request Body", request->path, request->body, request->body_len);
}

void wva_http_trace_request_head(const struct wva_http_trace *trace, const char *head, size_t len)
{
    const char *end = head + len;

    if (!wants(trace, LEVEL_HEADS))
        return;
    (void)fputs("Request Headers:\n", trace->file);
    for (const char *line = head; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *next = newline != NULL ? newline + 1 : end;
        if (line != head) /* the request line is in ours already */
            print_header(trace, line, (size_t)(next - line));
        line = next;
    }
}

void wva_http_trace_response_line(const struct wva_http_trace *trace, const char *line, size_t len)
{
    if (!wants(trace, LEVEL_BODIES))
        return;
    if (len >= 5 && memcmp(line, "HTTP/", 5) == 0)
        (void)fputs("Response Headers:\n", trace->file);
    else
        print_header(trace, line, len);
}

void wva_http_trace_status(const struct wva_http_trace *trace, const char *method, const char *url,
                           int status, int64_t elapsed_ms)
{
    if (!wants(trace, LEVEL_LINE))
        return;
    if (status == 0)
        (void)fprintf(trace->file, "%s %s no answer in %lld milliseconds\n", method, url,
                      (long long)elapsed_ms);
    else
        (void)fprintf(trace->file, "%s %s %d %s in %lld milliseconds\n", method, url, status,
                      wva_http_status_text(status), (long long)elapsed_ms);
}

/* Objects and answers that are credentials: Secrets, TokenRequests, TokenReviews. */
static bool is_secret_path(const char *path)
{
    return strstr(path, "/secrets") != NULL || strcasestr(path, "token") != NULL;
}

void wva_http_trace_body(const struct wva_http_trace *trace, const char *what, const char *path,
                         const char *body, size_t len)
{
    if (!wants(trace, LEVEL_BODIES) || len == 0)
        return;
    (void)fprintf(trace->file, "%s: ", what);
    if (is_secret_path(path)) {
        (void)fputs("<masked>\n", trace->file);
        return;
    }
    const size_t shown = trace->verbosity < LEVEL_WHOLE && len > BODY_CUT ? BODY_CUT : len;
    print_clean(trace, body, shown);
    if (shown < len)
        (void)fprintf(trace->file, " [truncated %zu bytes]", len - shown);
    (void)fputc('\n', trace->file);
}
