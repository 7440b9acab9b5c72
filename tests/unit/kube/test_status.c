// SPDX-License-Identifier: Apache-2.0
/* Answers other than 2xx, one by one, to error code, words, reason and hint. */
#include "support/wva_test.h"

#include "wva/codec/json.h"
#include "wva/kube/status.h"
#include "wva/util/mem.h"

#include <stdio.h>

struct answer {
    int status;
    const char *type;
    const char *body;
    enum wva_code code;
    const char *msg;
    const char *reason;
    const char *hint;
};

static void check_answer(const struct answer *answer)
{
    struct wva_http_response response = {.status = answer->status,
                                         .retry_after_ms = -1,
                                         .body = answer->body,
                                         .body_len = strlen(answer->body)};
    struct wva_error err = {0};

    (void)snprintf(response.content_type, sizeof(response.content_type), "%s", answer->type);
    check_int(wva_kube_status_error(&response, &err), -1);
    check_str(err.msg, answer->msg);
    check_int(err.code, answer->code);
    check_int(err.http_status, answer->status);
    check_str(err.reason, answer->reason != NULL ? answer->reason : "");
    check_str(err.hint, answer->hint != NULL ? answer->hint : "");
    check_int(err.retry_after_ms, 0);
}

#define STATUS(reason, message)                                                                    \
    "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"message\":\"" message     \
    "\",\"reason\":\"" reason "\"}"
#define JSON "application/json"

static void keeps_the_servers_words(void **state)
{
    static const struct answer answers[] = {
        {401, JSON, STATUS("Unauthorized", "Unauthorized"), WVA_E_AUTH,
         "you must be logged in to the server (Unauthorized)", "Unauthorized",
         "kubectl auth whoami"},
        {401, JSON, STATUS("Unauthorized", "token expired"), WVA_E_AUTH,
         "you must be logged in to the server: token expired", "Unauthorized",
         "kubectl auth whoami"},
        {404, JSON, STATUS("NotFound", "the server could not find the requested resource"),
         WVA_E_NO_API, "the server could not find the requested resource", "NotFound", NULL},
        {404, JSON,
         "{\"kind\":\"Status\",\"message\":\"pods \\\"x\\\" not found\",\"reason\":\"NotFound\","
         "\"details\":{\"name\":\"x\",\"kind\":\"pods\"},\"code\":404}",
         WVA_E_NOT_FOUND, "pods \"x\" not found", "NotFound", NULL},
        {404, JSON,
         "{\"kind\":\"Status\",\"message\":\"namespaces \\\"x\\\" not found\",\"reason\":"
         "\"NotFound\",\"details\":{\"name\":\"x\",\"kind\":\"namespaces\"}}",
         WVA_E_NOT_FOUND, "namespaces \"x\" not found", "NotFound", "kubectl get namespaces"},
        {409, JSON, STATUS("AlreadyExists", "jobs.batch \\\"x\\\" already exists"), WVA_E_EXISTS,
         "jobs.batch \"x\" already exists", "AlreadyExists", NULL},
        {409, JSON, STATUS("Conflict", "the object has been modified"), WVA_E_CONFLICT,
         "the object has been modified", "Conflict", NULL},
        {410, JSON, STATUS("Expired", "too old resource version"), WVA_E_GONE,
         "too old resource version", "Expired", NULL},
        {410, JSON, STATUS("Gone", "gone"), WVA_E_GONE, "gone", "Gone", NULL},
        {400, JSON, STATUS("BadRequest", "strict decoding error: unknown field"), WVA_E_INVALID,
         "strict decoding error: unknown field", "BadRequest", NULL},
        {413, JSON, STATUS("RequestEntityTooLarge", "limit is 3145728"), WVA_E_INVALID,
         "limit is 3145728", "RequestEntityTooLarge", NULL},
        {415, JSON, STATUS("UnsupportedMediaType", "no"), WVA_E_INVALID, "no",
         "UnsupportedMediaType", NULL},
        {429, JSON, STATUS("TooManyRequests", "slow down"), WVA_E_THROTTLED, "slow down",
         "TooManyRequests", NULL},
        {500, JSON, STATUS("InternalError", "an error on the server"), WVA_E_UNAVAILABLE,
         "an error on the server", "InternalError", NULL},
        {500, JSON,
         STATUS("", "failed to create typed patch object (x): .spec.foo: field not declared in "
                    "schema"),
         WVA_E_INVALID,
         "failed to create typed patch object (x): .spec.foo: field not declared in schema", NULL,
         NULL},
        {504, JSON, STATUS("Timeout", "Too large resource version"), WVA_E_UNAVAILABLE,
         "Too large resource version", "Timeout", NULL},
        {503, JSON, "{\"kind\":\"Status\"}", WVA_E_UNAVAILABLE,
         "the server answered 503 Service Unavailable", NULL, NULL},
        {418, JSON, STATUS("IAmATeapot", "short and stout"), WVA_E_INVALID, "short and stout",
         "IAmATeapot", NULL},
        {599, JSON, STATUS("", "odd"), WVA_E_UNAVAILABLE, "odd", NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < WVA_COUNT(answers); i++)
        check_answer(&answers[i]);
}

static void says_how_to_check_a_permission(void **state)
{
#define CANNOT(rest) "pods is forbidden: User \\\"jane\\\" cannot " rest
#define PLAIN(rest)  "pods is forbidden: User \"jane\" cannot " rest
    static const struct answer answers[] = {
        {403, JSON,
         STATUS("Forbidden", CANNOT("list resource \\\"pods\\\" in API group \\\"\\\" in the "
                                    "namespace \\\"default\\\"")),
         WVA_E_FORBIDDEN,
         PLAIN("list resource \"pods\" in API group \"\" in the namespace \"default\""),
         "Forbidden", "kubectl auth can-i list pods -n default"},
        {403, JSON,
         STATUS("Forbidden", CANNOT("create resource \\\"jobs\\\" in API group \\\"batch\\\" at "
                                    "the cluster scope")),
         WVA_E_FORBIDDEN,
         PLAIN("create resource \"jobs\" in API group \"batch\" at the cluster scope"), "Forbidden",
         "kubectl auth can-i create jobs.batch"},
        {403, JSON, STATUS("Forbidden", "User \\\"system:anonymous\\\" cannot get path \\\"/\\\""),
         WVA_E_FORBIDDEN, "User \"system:anonymous\" cannot get path \"/\"", "Forbidden",
         "no credentials were sent: kubectl config view --minify"},
        {403, JSON, STATUS("Forbidden", "exceeded quota: q, requested: pods=1"), WVA_E_FORBIDDEN,
         "exceeded quota: q, requested: pods=1", "Forbidden", NULL},
        /* nothing that a shell would take apart is put into a command */
        {403, JSON,
         STATUS("Forbidden", CANNOT("list resource \\\"$(reboot)\\\" in API group \\\"\\\"")),
         WVA_E_FORBIDDEN, PLAIN("list resource \"$(reboot)\" in API group \"\""), "Forbidden",
         NULL},
        {403, JSON, STATUS("Forbidden", CANNOT("--x resource \\\"a\\\" in API group \\\"\\\"")),
         WVA_E_FORBIDDEN, PLAIN("--x resource \"a\" in API group \"\""), "Forbidden", NULL},
    };

    (void)state;
    for (size_t i = 0; i < WVA_COUNT(answers); i++)
        check_answer(&answers[i]);
}

#define INVALID(causes)                                                                            \
    "{\"kind\":\"Status\",\"message\":\"all of it\",\"reason\":\"Invalid\",\"details\":{"          \
    "\"name\":\"x\",\"kind\":\"Job\",\"causes\":" causes "}}"

static void lists_the_causes(void **state)
{
    static const struct answer answers[] = {
        {422, JSON, INVALID("[{\"message\":\"too long\",\"field\":\"metadata.name\"}]"),
         WVA_E_INVALID, "the Job \"x\" is invalid: metadata.name: too long", "Invalid", NULL},
        {422, JSON,
         INVALID("[{\"message\":\"a\",\"field\":\"f\"},{\"message\":\"b\"},"
                 "{\"message\":\"a\",\"field\":\"f\"}]"),
         WVA_E_INVALID, "the Job \"x\" is invalid:\n* f: a\n* b", "Invalid", NULL},
        {422, JSON, INVALID("[]"), WVA_E_INVALID, "all of it", "Invalid", NULL},
        {422, JSON, INVALID("{}"), WVA_E_INVALID, "all of it", "Invalid", NULL},
    };

    (void)state;
    for (size_t i = 0; i < WVA_COUNT(answers); i++)
        check_answer(&answers[i]);
}

static void shows_what_a_proxy_sent(void **state)
{
    static const struct answer answers[] = {
        {502, "text/html; charset=utf-8",
         "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body></html>",
         WVA_E_UNAVAILABLE, "the server answered 502 Bad Gateway with text/html: 502 Bad Gateway",
         NULL, NULL},
        {503, "text/plain", "\n\nupstream connect error\nmore", WVA_E_UNAVAILABLE,
         "the server answered 503 Service Unavailable with text/plain: upstream connect error",
         NULL, NULL},
        {500, "", "", WVA_E_UNAVAILABLE,
         "the server answered 500 Internal Server Error with no content", NULL, NULL},
        {302, "text/html", "<a href=\"/login\">Found</a>.", WVA_E_PROTOCOL,
         "the server answered 302 Found with text/html: Found.", NULL, NULL},
        {401, "text/html", "<h1>Log in</h1>", WVA_E_AUTH,
         "you must be logged in to the server (Unauthorized)", NULL, "kubectl auth whoami"},
        {403, "text/plain", "denied by gateway", WVA_E_FORBIDDEN,
         "the server answered 403 Forbidden with text/plain: denied by gateway", NULL, NULL},
        {404, "text/plain; charset=utf-8", "404 page not found\n", WVA_E_NO_API,
         "the server could not find the requested resource", NULL, NULL},
        {404, "text/html", "<title>default backend</title>", WVA_E_PROTOCOL,
         "the server answered 404 Not Found with text/html: default backend", NULL, NULL},
        {500, JSON, "{\"kind\":\"Pod\"}", WVA_E_UNAVAILABLE,
         "the server answered 500 Internal Server Error with application/json: {\"kind\":\"Pod\"}",
         NULL, NULL},
        {500, JSON, "{\"kind\":\"Status\"", WVA_E_UNAVAILABLE,
         "the server answered 500 Internal Server Error with application/json: "
         "{\"kind\":\"Status\"",
         NULL, NULL},
        {500, "text/plain", "\033[31mred", WVA_E_UNAVAILABLE,
         "the server answered 500 Internal Server Error with text/plain: ?[31mred", NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < WVA_COUNT(answers); i++)
        check_answer(&answers[i]);
}

static void cuts_a_long_page(void **state)
{
    char page[4000];
    struct wva_http_response response = {.status = 500, .content_type = "text/plain"};
    struct wva_error err = {0};

    (void)state;
    memset(page, 'x', sizeof(page));
    page[sizeof(page) - 1] = '\0';
    response.body = page;
    response.body_len = sizeof(page) - 1;
    check_int(wva_kube_status_error(&response, &err), -1);
    check(strlen(err.msg) < 300);
    check_has(err.msg, "xxx\xe2\x80\xa6");
}

static void knows_how_long_to_wait(void **state)
{
    static const char body[] =
        "{\"kind\":\"Status\",\"reason\":\"TooManyRequests\",\"message\":\"m\","
        "\"details\":{\"retryAfterSeconds\":7}}";
    struct wva_http_response response = {.status = 429,
                                         .content_type = JSON,
                                         .retry_after_ms = -1,
                                         .body = body,
                                         .body_len = sizeof(body) - 1};
    struct wva_error err = {0};

    (void)state;
    check_int(wva_kube_status_error(&response, &err), -1);
    check_int(err.retry_after_ms, 7000);
    check_str(err.hint, "the server asks to try again in 7s");
    wva_error_clear(&err);
    response.retry_after_ms = 2000;
    check_int(wva_kube_status_error(&response, &err), -1);
    check_int(err.retry_after_ms, 2000);
}

static void reads_a_watchs_error_event(void **state)
{
    static const char text[] =
        "{\"kind\":\"Status\",\"message\":\"too old\",\"reason\":\"Expired\",\"code\":410}";
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    struct wva_value *status;

    (void)state;
    check_ok(wva_json_parse(&arena, text, sizeof(text) - 1, &(struct wva_json_options){.name = "t"},
                            &status, &err),
             &err);
    check_fails(wva_kube_status_object_error(status, &err), &err, WVA_E_GONE, "too old");
    wva_remove(status, "reason");
    check_int(wva_kube_status_object_error(status, &err), -1);
    check_int(err.code, WVA_E_GONE);
    check_int(err.http_status, 410);
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(keeps_the_servers_words),    WVA_TEST(says_how_to_check_a_permission),
    WVA_TEST(lists_the_causes),           WVA_TEST(shows_what_a_proxy_sent),
    WVA_TEST(cuts_a_long_page),           WVA_TEST(knows_how_long_to_wait),
    WVA_TEST(reads_a_watchs_error_event),
};

WVA_TEST_MAIN(tests)
