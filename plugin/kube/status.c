// SPDX-License-Identifier: Apache-2.0
/*
 * What an API server, or whatever stands in front of it, answers instead of 2xx, as one error. The
 * server's words are kept where there are any; they are those kubectl's users search for.
 */
#include "wva/kube/status.h"

#include "wva/codec/json.h"
#include "wva/util/buf.h"
#include "wva/util/clock.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <stdio.h>
#include <string.h>

#define CAUSES_MAX     20
#define WORD_MAX       128 /* of what goes into a command */
#define FIRST_TEXT_MAX 120

static const struct {
    const char *reason; /* apimachinery's StatusReason; "" stands for the HTTP status alone */
    int status;
    enum wva_code code;
} kinds[] = {
    {"BadRequest", 400, WVA_E_INVALID},
    {"Unauthorized", 401, WVA_E_AUTH},
    {"Forbidden", 403, WVA_E_FORBIDDEN},
    {"NotFound", 404, WVA_E_NOT_FOUND},
    {"MethodNotAllowed", 405, WVA_E_INVALID},
    {"NotAcceptable", 406, WVA_E_PROTOCOL},
    {"AlreadyExists", 0, WVA_E_EXISTS}, /* before Conflict: both are 409 */
    {"Conflict", 409, WVA_E_CONFLICT},
    {"Gone", 410, WVA_E_GONE},
    {"Expired", 410, WVA_E_GONE},
    {"RequestEntityTooLarge", 413, WVA_E_INVALID},
    {"UnsupportedMediaType", 415, WVA_E_INVALID},
    {"Invalid", 422, WVA_E_INVALID},
    {"TooManyRequests", 429, WVA_E_THROTTLED},
    {"InternalError", 500, WVA_E_UNAVAILABLE},
    {"ServiceUnavailable", 503, WVA_E_UNAVAILABLE},
    {"ServerTimeout", 0, WVA_E_UNAVAILABLE},
    {"Timeout", 504, WVA_E_UNAVAILABLE},
};

static enum wva_code code_of(const char *reason, int status)
{
    for (size_t i = 0; i < WVA_COUNT(kinds); i++)
        if (wva_str_eq(kinds[i].reason, reason))
            return kinds[i].code;
    for (size_t i = 0; i < WVA_COUNT(kinds); i++)
        if (kinds[i].status == status)
            return kinds[i].code;
    if (status >= 500)
        return WVA_E_UNAVAILABLE;
    return status >= 400 ? WVA_E_INVALID : WVA_E_PROTOCOL;
}

/*
 * Status documents.
 */

/* Copies what stands between `before` and '"' into `out` when it is nothing but a resource name:
 * it goes into a command that people paste. */
static bool take_word(const char *text, const char *before, char end, char out[WORD_MAX])
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789.-/";
    const char *at = strstr(text, before);

    out[0] = '\0';
    if (at == NULL)
        return false;
    at += strlen(before);
    const size_t len = strspn(at, allowed);
    if (len >= WORD_MAX || at[len] != end || (len > 0 && at[0] == '-'))
        return false;
    (void)snprintf(out, WORD_MAX, "%.*s", (int)len, at);
    return true;
}

/* 'User "jane" cannot list resource "pods" in API group "" in the namespace "default"' */
static void hint_permission(const char *message, struct wva_error *err)
{
    char verb[WORD_MAX], resource[WORD_MAX], group[WORD_MAX], namespace_[WORD_MAX];

    if (strstr(message, "system:anonymous") != NULL) {
        wva_error_hint(err, "no credentials were sent: kubectl config view --minify");
        return;
    }
    if (!take_word(message, " cannot ", ' ', verb) ||
        !take_word(message, "resource \"", '"', resource) ||
        !take_word(message, "API group \"", '"', group))
        return;
    const bool in_namespace = take_word(message, "in the namespace \"", '"', namespace_);
    wva_error_hint(err, "kubectl auth can-i %s %s%s%s%s%s", verb, resource,
                   group[0] != '\0' ? "." : "", group, in_namespace ? " -n " : "", namespace_);
}

static bool is_filled_array(const struct wva_value *value)
{
    return value != NULL && value->kind == WVA_ARRAY && value->count > 0;
}

static bool is_repeated(const struct wva_value *causes, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (wva_value_equal(causes->items[i], causes->items[index]))
            return true;
    return false;
}

/* "field: why", or only why. */
static void put_cause(struct wva_buf *text, const struct wva_value *cause)
{
    const char *field = wva_get_str(cause, "field");

    if (field != NULL)
        wva_buf_printf(text, "%s: ", field);
    wva_buf_puts(text, wva_get_str(cause, "message"));
}

/* kubectl's form: "The Deployment "x" is invalid: field: why", or a bullet for each cause. */
static const char *invalid_words(struct wva_arena *arena, const struct wva_value *status)
{
    const char *kind = wva_get_str(status, "details", "kind");
    const char *name = wva_get_str(status, "details", "name");
    const struct wva_value *causes = wva_get(status, "details", "causes");
    wva_auto_buf text = WVA_BUF(sizeof(((struct wva_error *)NULL)->msg) * 2);

    if (kind == NULL || name == NULL || !is_filled_array(causes))
        return NULL;
    wva_buf_printf(&text, "the %s \"%s\" is invalid:", kind, name);
    for (size_t i = 0; i < causes->count && i < CAUSES_MAX; i++) {
        if (wva_get_str(causes->items[i], "message") == NULL || is_repeated(causes, i))
            continue;
        wva_buf_puts(&text, causes->count > 1 ? "\n* " : " ");
        put_cause(&text, causes->items[i]);
    }
    return wva_arena_strdup(arena, wva_buf_str(&text));
}

/* A 404 is about an object when the server names one, else about the whole resource. Server-side
 * apply reports a field the schema lacks as 500. */
static enum wva_code refine(enum wva_code code, const struct wva_value *status, const char *message)
{
    if (code == WVA_E_NOT_FOUND && wva_str_empty(wva_get_str(status, "details", "name")))
        return WVA_E_NO_API;
    if (code == WVA_E_UNAVAILABLE && strstr(message, "failed to create typed patch object") != NULL)
        return WVA_E_INVALID;
    return code;
}

static void add_hint(enum wva_code code, const struct wva_value *status, const char *message,
                     struct wva_error *err)
{
    if (code == WVA_E_AUTH)
        wva_error_hint(err, "kubectl auth whoami");
    else if (code == WVA_E_FORBIDDEN)
        hint_permission(message, err);
    else if (code == WVA_E_NOT_FOUND &&
             wva_str_eq(wva_get_str(status, "details", "kind"), "namespaces"))
        wva_error_hint(err, "kubectl get namespaces");
}

static const char *words_of(struct wva_arena *arena, enum wva_code code,
                            const struct wva_value *status, int http_status)
{
    const char *message = wva_get_str(status, "message");
    const char *words = NULL;

    if (code == WVA_E_AUTH)
        return wva_str_empty(message) || strcmp(message, "Unauthorized") == 0
                   ? "you must be logged in to the server (Unauthorized)"
                   : wva_arena_printf(arena, "you must be logged in to the server: %s", message);
    if (code == WVA_E_INVALID)
        words = invalid_words(arena, status);
    if (words == NULL && !wva_str_empty(message))
        words = message;
    if (words == NULL)
        words = wva_arena_printf(arena, "the server answered %d %s", http_status,
                                 wva_http_status_text(http_status));
    return words;
}

/* `status` is a Status document; `http_status` what came with it, 0 for none. */
static int status_error(const struct wva_value *status, int http_status, struct wva_error *err)
{
    wva_auto_arena arena = {0};
    const char *reason = wva_get_str(status, "reason");
    const char *message = wva_get_str(status, "message");
    int64_t number;

    if (http_status == 0 && wva_value_i64(wva_get(status, "code"), &number) && number >= 100 &&
        number <= 999)
        http_status = (int)number;
    if (message == NULL)
        message = "";
    const enum wva_code code = refine(code_of(reason, http_status), status, message);
    wva_error_set(err, code, "%s", words_of(&arena, code, status, http_status));
    err->http_status = http_status;
    if (reason != NULL)
        (void)snprintf(
            err->reason, sizeof(err->reason), "%s",
            wva_str_sanitize(&arena, reason, strlen(reason), sizeof(err->reason) - 4, false));
    if (wva_value_i64(wva_get(status, "details", "retryAfterSeconds"), &number) && number > 0 &&
        number <= INT32_MAX)
        err->retry_after_ms = number * 1000;
    add_hint(code, status, message, err);
    return -1;
}

int wva_kube_status_object_error(const struct wva_value *status, struct wva_error *err)
{
    return status_error(status, 0, err);
}

/*
 * Everything else: proxies, ingresses, login pages.
 */

/* The text that HTML has outside of its tags; `text` itself when it is none. */
static char *without_tags(struct wva_arena *arena, const char *text)
{
    char *out = wva_arena_alloc(arena, strlen(text) + 1);
    char *at = out;
    bool in_tag = false;

    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '<')
            in_tag = true;
        else if (*c == '>' && in_tag)
            in_tag = false;
        else if (!in_tag)
            *at++ = *c;
    }
    *at = '\0';
    return out;
}

/* The first line with anything on it. */
static const char *first_line(struct wva_arena *arena, const char *text)
{
    text += strspn(text, " \t\r\n");
    const size_t len = strcspn(text, "\r\n");

    return wva_str_sanitize(arena, text, len, FIRST_TEXT_MAX, false);
}

static int text_error(const struct wva_http_response *response, struct wva_error *err)
{
    wva_auto_arena arena = {0};
    const bool html = strncmp(response->content_type, "text/html", 9) == 0;
    const char *type =
        wva_arena_strndup(&arena, response->content_type, strcspn(response->content_type, "; "));
    const char *text =
        first_line(&arena, html ? without_tags(&arena, response->body) : response->body);
    enum wva_code code = code_of("", response->status);

    if (code == WVA_E_AUTH)
        wva_error_set(err, code, "you must be logged in to the server (Unauthorized)");
    else if (response->status == 404 && strcmp(text, "404 page not found") == 0)
        wva_error_set(err, code = WVA_E_NO_API, "the server could not find the requested resource");
    else
        wva_error_set(err, code == WVA_E_NOT_FOUND ? WVA_E_PROTOCOL : code,
                      "the server answered %d %s with %s%s%s", response->status,
                      wva_http_status_text(response->status), type[0] != '\0' ? type : "no content",
                      text[0] != '\0' ? ": " : "", text);
    err->http_status = response->status;
    if (code == WVA_E_AUTH)
        wva_error_hint(err, "kubectl auth whoami");
    return -1;
}

static struct wva_value *parse_status(struct wva_arena *arena,
                                      const struct wva_http_response *response)
{
    struct wva_error ignored = {0};
    struct wva_value *status;

    if (wva_json_parse(arena, response->body, response->body_len,
                       &(struct wva_json_options){.name = "status"}, &status, &ignored) < 0)
        return NULL;
    return wva_str_eq(wva_get_str(status, "kind"), "Status") ? status : NULL;
}

int wva_kube_status_error(const struct wva_http_response *response, struct wva_error *err)
{
    wva_auto_arena arena = {0};
    const struct wva_value *status = parse_status(&arena, response);

    if (status != NULL)
        (void)status_error(status, response->status, err);
    else
        (void)text_error(response, err);
    if (response->retry_after_ms > 0)
        err->retry_after_ms = response->retry_after_ms;
    if (err->retry_after_ms > 0) {
        char wait[WVA_DURATION_MAX];
        wva_format_age(wait, err->retry_after_ms);
        wva_error_add_hint(err, "the server asks to try again in %s", wait);
    }
    return -1;
}
