// SPDX-License-Identifier: Apache-2.0
/*
 * Getting one request through. Retries follow client-go: whatever the method, when the server says
 * "later" (429 or 5xx with Retry-After); after a broken connection only what may be repeated. One
 * step further than client-go, a 401 is answered with fresh credentials at once.
 */
#include "client_priv.h"

#include "wva/codec/json.h"
#include "wva/http/url.h"
#include "wva/kube/status.h"
#include "wva/util/buf.h"
#include "wva/util/clock.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <string.h>

#define LATER_TRIES_MAX  10 /* client-go's */
#define BROKEN_TRIES_MAX 4
#define LATER_MS_MAX     120000 /* who is told to wait longer had better tell the user */
#define WARNINGS_MAX     256
#define WARNING_TEXT_MAX 1024

struct tries {
    unsigned later, broken;
    bool refreshed;
};

/* Header lines of `call`, in `arena`, ending with NULL. */
static const char *const *headers(struct wva_kube *kube, struct wva_arena *arena,
                                  const char *accept, const char *content_type)
{
    size_t count = 0;
    size_t at = 0;

    while (kube->identity[count] != NULL)
        count++;
    const char **lines = wva_arena_calloc(arena, count + 3, sizeof(*lines));
    lines[at++] =
        wva_arena_printf(arena, "Accept: %s", accept != NULL ? accept : "application/json");
    if (content_type != NULL)
        lines[at++] = wva_arena_printf(arena, "Content-Type: %s", content_type);
    for (size_t i = 0; i < count; i++)
        lines[at++] = kube->identity[i];
    return lines;
}

static int credentials(struct wva_kube *kube, struct wva_http_credentials *ret,
                       struct wva_error *err)
{
    *ret = (struct wva_http_credentials){0};
    return kube->auth != NULL ? wva_kube_auth_get(kube->auth, ret, err) : 0;
}

static bool was_shown(struct wva_kube *kube, const char *text)
{
    for (size_t i = 0; i < kube->warning_count; i++)
        if (strcmp(kube->warnings[i], text) == 0)
            return true;
    if (kube->warning_count == WARNINGS_MAX)
        return true;
    if (kube->warnings == NULL)
        kube->warnings = wva_arena_calloc(&kube->arena, WARNINGS_MAX, sizeof(*kube->warnings));
    kube->warnings[kube->warning_count++] = wva_arena_strdup(&kube->arena, text);
    return false;
}

void wva_kube_show_warnings(struct wva_kube *kube, const struct wva_http_response *response)
{
    wva_auto_arena arena = {0};

    for (size_t i = 0; i < response->warning_count && kube->options.messages != NULL; i++) {
        const char *text = wva_str_sanitize(&arena, response->warnings[i],
                                            strlen(response->warnings[i]), WARNING_TEXT_MAX, false);
        if (!was_shown(kube, text))
            (void)fprintf(kube->options.messages, "Warning: %s\n", text);
    }
}

static int send_once(struct wva_kube *kube, struct wva_arena *arena,
                     const struct wva_kube_call *call, struct wva_http_response *ret,
                     struct wva_error *err)
{
    wva_auto_arena scratch = {0};
    struct wva_http_credentials who;

    *ret = (struct wva_http_response){.retry_after_ms = -1, .body = ""};
    if (credentials(kube, &who, err) < 0)
        return -1;
    const struct wva_http_request request = {
        .method = call->method,
        .path = call->path,
        .headers = headers(kube, &scratch, call->accept, call->content_type),
        .credentials = &who,
        .body = call->body,
        .body_len = call->body != NULL ? strlen(call->body) : 0,
        .body_ceiling = call->ceiling,
    };
    if (wva_http_perform(kube->http, &request, arena, ret, err) < 0)
        return -1;
    kube->reached = true;
    wva_kube_show_warnings(kube, ret);
    return ret->status / 100 == 2 ? 0 : wva_kube_status_error(ret, err);
}

bool wva_kube_refresh(struct wva_kube *kube, bool *refreshed)
{
    if (*refreshed || kube->auth == NULL)
        return false;
    *refreshed = true;
    if (!wva_kube_auth_refresh(kube->auth))
        return false;
    wva_http_forget_connections(kube->http); /* they may know us by the old certificate */
    return true;
}

static bool is_told_later(const struct wva_http_response *response)
{
    return (response->status == 429 || response->status >= 500) && response->retry_after_ms >= 0 &&
           response->retry_after_ms <= LATER_MS_MAX;
}

/* A server never seen is more likely a wrong address than a restart. */
static bool is_passing_break(const struct wva_kube *kube, const struct wva_http_response *response,
                             const struct wva_error *err)
{
    return err->code == WVA_E_NETWORK && (kube->reached || response->sent);
}

/* How long to wait before the next try; -1: there is none. */
static int64_t wait_before_retry(struct wva_kube *kube, const struct wva_kube_call *call,
                                 const struct wva_http_response *response,
                                 const struct wva_error *err, struct tries *tries)
{
    if (response->status == 401)
        return wva_kube_refresh(kube, &tries->refreshed) ? 0 : -1;
    if (is_told_later(response) && tries->later++ < LATER_TRIES_MAX)
        return response->retry_after_ms;
    if (call->repeatable && is_passing_break(kube, response, err) &&
        tries->broken++ < BROKEN_TRIES_MAX)
        return kube->pace.retry_ms;
    return -1;
}

static int wait_for(struct wva_kube *kube, int64_t ms, struct wva_error *err)
{
    const int64_t until = wva_clock_monotonic_ms() + ms;

    for (int64_t left = ms; left > 0; left = until - wva_clock_monotonic_ms())
        if (wva_http_step(kube->http, left, err) < 0)
            return -1;
    return 0;
}

int wva_kube_send(struct wva_kube *kube, struct wva_arena *arena, const struct wva_kube_call *call,
                  struct wva_http_response *ret, struct wva_error *err)
{
    struct wva_http_response response;
    struct tries tries = {0};

    while (send_once(kube, arena, call, &response, err) < 0) {
        const int64_t wait = wait_before_retry(kube, call, &response, err, &tries);
        if (wait < 0) {
            const bool unknown = err->code == WVA_E_NETWORK || err->code == WVA_E_TIMEOUT;
            if (unknown && response.sent && call->look != NULL)
                wva_error_hint(err, "the server may have carried it out all the same: %s",
                               call->look);
            return -1;
        }
        wva_error_clear(err);
        if (wait_for(kube, wait, err) < 0)
            return -1;
    }
    *ret = response;
    return 0;
}

/* A login page or a proxy's apology comes with 200 too. */
static int not_an_api_server(struct wva_kube *kube, const struct wva_http_response *response,
                             struct wva_error *err)
{
    const char *type = response->content_type;

    wva_error_set(
        err, WVA_E_PROTOCOL,
        "%s is not a Kubernetes API server (login page or proxy?): it answered %d %s with "
        "%.*s",
        kube->config->server, response->status, wva_http_status_text(response->status),
        type[0] != '\0' ? (int)strcspn(type, ";") : 10, type[0] != '\0' ? type : "no content");
    err->http_status = response->status;
    return -1;
}

/* The API server gives its index of schemas no type, so that Go guesses text/plain. */
static bool may_be_json(const struct wva_http_response *response)
{
    if (wva_str_has_prefix(response->content_type, "text/plain"))
        return response->body_len > 0 && response->body[0] == '{';
    return wva_str_has_prefix(response->content_type, "application/json");
}

int wva_kube_send_json(struct wva_kube *kube, struct wva_arena *arena,
                       const struct wva_kube_call *call, struct wva_value **ret,
                       struct wva_error *err)
{
    struct wva_http_response response;
    struct wva_value *value;

    if (wva_kube_send(kube, arena, call, &response, err) < 0)
        return -1;
    if (!may_be_json(&response))
        return not_an_api_server(kube, &response, err);
    if (wva_json_parse(arena, response.body, response.body_len,
                       &(struct wva_json_options){.name = call->path}, &value, err) < 0) {
        err->code = WVA_E_PROTOCOL;
        return wva_error_wrap(err, "cannot read the answer of %s", kube->config->server);
    }
    if (ret != NULL)
        *ret = value;
    return 0;
}

int wva_kube_open(struct wva_kube *kube, const char *path, int64_t timeout_ms,
                  const struct wva_http_sink *sink, struct wva_http_stream **ret,
                  struct wva_error *err)
{
    wva_auto_arena scratch = {0};
    struct wva_http_credentials who;

    if (credentials(kube, &who, err) < 0)
        return -1;
    const struct wva_http_request request = {
        .method = "GET",
        .path = path,
        .headers = headers(kube, &scratch, NULL, NULL),
        .credentials = &who,
        .timeout_ms = timeout_ms,
    };
    return wva_http_open_stream(kube->http, &request, sink, ret, err);
}

int wva_kube_name_api(const struct wva_kube_type *type, struct wva_error *err)
{
    struct wva_error named = {0};

    if (err->code != WVA_E_NO_API)
        return -1;
    wva_error_set(&named, WVA_E_NO_API, "the server does not have the resource type %s%s%s (%s)",
                  type->resource, type->group[0] != '\0' ? "." : "", type->group, type->version);
    wva_error_hint(&named, "kubectl api-resources --api-group=%s", type->group);
    named.http_status = err->http_status;
    memcpy(named.reason, err->reason, sizeof(named.reason));
    *err = named;
    return -1;
}

char *wva_kube_query(struct wva_arena *arena, const char *const *pairs)
{
    char *query = wva_arena_strdup(arena, "");

    for (; pairs[0] != NULL; pairs += 2)
        if (!wva_str_empty(pairs[1]))
            query = wva_arena_printf(arena, "%s%c%s=%s", query, query[0] == '\0' ? '?' : '&',
                                     pairs[0], wva_url_escape(arena, pairs[1]));
    return query;
}
