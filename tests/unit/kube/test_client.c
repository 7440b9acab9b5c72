// SPDX-License-Identifier: Apache-2.0
/* Each verb's bytes on the wire, and what gets through how often. */
#include "kube_fixture.h"
#include "support/wva_test.h"

#include "wva/codec/json.h"
#include "wva/util/cancel.h"
#include "wva/util/mem.h"

#include <signal.h>
#include <unistd.h>

#define POD_PATH "/api/v1/namespaces/ns/pods/p"
#define STATUS(reason, message)                                                                    \
    "{\"kind\":\"Status\",\"reason\":\"" reason "\",\"message\":\"" message "\"}"
#define LATER "Content-Type: application/json\r\nRetry-After: 0\r\n"

static int get_pod(struct kube_fixture *f)
{
    struct wva_value *pod;

    return wva_kube_get(f->kube, &f->arena, &wva_type_pod, "ns", "p", &pod, &f->err);
}

static struct wva_value *config_map(struct kube_fixture *f)
{
    return wva_kube_object(&f->arena, &wva_type_configmap, "ns", "c");
}

#define CONFIG_MAP                                                                                 \
    "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"c\",\"namespace\":"    \
    "\"ns\"}}"
#define WRITE_QUERY "fieldManager=kubectl-wva&fieldValidation=Strict"

static void gets_an_object(void **state)
{
    KUBE_SCRIPT({.method = "GET",
                 .path = POD_PATH,
                 .has = (const char *[]){"\r\nAccept: application/json\r\n",
                                         "\r\nUser-Agent: kubectl-wva/", NULL},
                 .lacks = (const char *[]){"Authorization", "Impersonate", "Content-Type", NULL},
                 .body = "",
                 .reply = {.status = 200, .body = "{\"kind\":\"Pod\"}"}});
    struct wva_value *pod;

    check_ok(wva_kube_get(f.kube, &f.arena, &wva_type_pod, "ns", "p", &pod, &f.err), &f.err);
    check_str(wva_get_str(pod, "kind"), "Pod");
    kube_fixture_stop(&f);
}

static void tells_a_missing_object_from_a_missing_api(void **state)
{
    KUBE_SCRIPT(
        {.method = "GET",
         .path = POD_PATH,
         .reply = {.status = 404,
                   .body = "{\"kind\":\"Status\",\"reason\":\"NotFound\",\"message\":\"pods "
                           "\\\"p\\\" not found\",\"details\":{\"name\":\"p\"}}"}},
        {.method = "GET",
         .path = "/apis/llmd.ai/v1alpha1/namespaces/ns/variantautoscalings/v",
         .reply = {.status = 404,
                   .headers = "Content-Type: text/plain\r\n",
                   .body = "404 page not found\n"}});
    struct wva_value *object = NULL;

    check_fails(wva_kube_get(f.kube, &f.arena, &wva_type_pod, "ns", "p", &object, &f.err), &f.err,
                WVA_E_NOT_FOUND, "pods \"p\" not found");
    check_int(
        wva_kube_get(f.kube, &f.arena, &wva_type_variantautoscaling, "ns", "v", &object, &f.err),
        -1);
    check_int(f.err.code, WVA_E_NO_API);
    check_str(f.err.msg, "the server does not have the resource type variantautoscalings.llmd.ai "
                         "(v1alpha1)");
    check_str(f.err.hint, "kubectl api-resources --api-group=llmd.ai");
    check(object == NULL);
    kube_fixture_stop(&f);
}

static void creates(void **state)
{
    KUBE_SCRIPT({.method = "POST",
                 .path = "/api/v1/namespaces/ns/configmaps?" WRITE_QUERY,
                 .has = (const char *[]){"\r\nContent-Type: application/json\r\n", NULL},
                 .body = CONFIG_MAP,
                 .reply = {.status = 201, .body = "{\"stored\":true}"}},
                {.method = "POST",
                 .path = "/api/v1/namespaces/ns/configmaps?" WRITE_QUERY "&dryRun=All",
                 .times = 2,
                 .reply = {.status = 201, .body = "{}"}});
    struct wva_value *stored;

    check_ok(wva_kube_create(f.kube, &f.arena, &wva_type_configmap, config_map(&f),
                             WVA_DRY_RUN_NONE, &stored, &f.err),
             &f.err);
    check(wva_value_bool(wva_get(stored, "stored"), false));
    check_ok(wva_kube_create(f.kube, &f.arena, &wva_type_configmap, config_map(&f),
                             WVA_DRY_RUN_SERVER, NULL, &f.err),
             &f.err);
    check_ok(wva_kube_create(f.kube, &f.arena, &wva_type_configmap, config_map(&f),
                             WVA_DRY_RUN_CLIENT, NULL, &f.err),
             &f.err);
    kube_fixture_stop(&f);
}

static void applies(void **state)
{
    KUBE_SCRIPT(
        {.method = "PATCH",
         .path = "/api/v1/namespaces/ns/configmaps/c?" WRITE_QUERY,
         .has = (const char *[]){"\r\nContent-Type: application/apply-patch+yaml\r\n", NULL},
         .body = CONFIG_MAP,
         .reply = {.status = 200, .body = "{}"}},
        {.method = "PATCH",
         .path = "/api/v1/namespaces/ns/configmaps/c?" WRITE_QUERY "&dryRun=All",
         .reply = {.status = 409, .body = STATUS("Conflict", "Apply failed with 1 conflict")}},
        {.method = "PATCH",
         .path = "/api/v1/namespaces/ns/configmaps/c?" WRITE_QUERY,
         .reply = {.status = 403,
                   .body = STATUS("Forbidden", "configmaps \\\"c\\\" is forbidden: ")}});
    struct wva_value *nameless = wva_object(&f.arena);

    check_ok(wva_kube_apply(f.kube, &f.arena, &wva_type_configmap, config_map(&f), WVA_DRY_RUN_NONE,
                            NULL, &f.err),
             &f.err);
    check_fails(wva_kube_apply(f.kube, &f.arena, &wva_type_configmap, config_map(&f),
                               WVA_DRY_RUN_SERVER, NULL, &f.err),
                &f.err, WVA_E_CONFLICT, "Apply failed with 1 conflict");
    check_int(wva_kube_apply(f.kube, &f.arena, &wva_type_configmap, config_map(&f),
                             WVA_DRY_RUN_NONE, NULL, &f.err),
              -1);
    check_str(f.err.hint, "kubectl auth can-i create configmaps -n ns");
    check_fails(-1, &f.err, WVA_E_FORBIDDEN,
                "configmaps \"c\" is forbidden: it may be patched, but not created");
    check_fails(wva_kube_apply(f.kube, &f.arena, &wva_type_configmap, nameless, WVA_DRY_RUN_NONE,
                               NULL, &f.err),
                &f.err, WVA_E_INVALID, "cannot apply a ConfigMap without metadata.name");
    kube_fixture_stop(&f);
}

static void patches(void **state)
{
    KUBE_SCRIPT(
        {.method = "PATCH",
         .path = "/api/v1/namespaces/ns/configmaps/c?" WRITE_QUERY,
         .has = (const char *[]){"\r\nContent-Type: application/merge-patch+json\r\n", NULL},
         .body = "{\"data\":{\"k\":\"v\"}}",
         .reply = {.status = 200, .body = "{}"}});
    struct wva_value *patch = wva_object(&f.arena);

    wva_put(&f.arena, patch, wva_string(&f.arena, "v"), "data", "k");
    check_ok(wva_kube_merge_patch(f.kube, &f.arena, &wva_type_configmap, "ns", "c", patch,
                                  WVA_DRY_RUN_NONE, NULL, &f.err),
             &f.err);
    kube_fixture_stop(&f);
}

#define JOB_PATH "/apis/batch/v1/namespaces/ns/jobs/j"

static void deletes(void **state)
{
    KUBE_SCRIPT({.method = "DELETE",
                 .path = JOB_PATH,
                 .body = "{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\",\"propagationPolicy\":"
                         "\"Background\",\"preconditions\":{\"uid\":\"u-1\"}}",
                 .reply = {.status = 200, .body = STATUS("", "")}},
                {.method = "DELETE",
                 .path = "/api/v1/namespaces/ns/configmaps/c",
                 .body = "{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\",\"propagationPolicy\":"
                         "\"Background\"}",
                 .reply = {.status = 200, .body = "{}"}},
                {.method = "DELETE",
                 .path = JOB_PATH,
                 .body = "{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\",\"propagationPolicy\":"
                         "\"Background\",\"preconditions\":{\"uid\":\"u-1\"},\"dryRun\":[\"All\"]}",
                 .reply = {.status = 200, .body = "{}"}});

    check_ok(wva_kube_delete(f.kube, &wva_type_job, "ns", "j", "u-1", &f.err), &f.err);
    check_ok(wva_kube_delete(f.kube, &wva_type_configmap, "ns", "c", NULL, &f.err), &f.err);
    check_ok(wva_kube_delete_check(f.kube, &wva_type_job, "ns", "j", "u-1", &f.err), &f.err);
    kube_fixture_stop(&f);
}

static void takes_gone_for_deleted(void **state)
{
    KUBE_SCRIPT(
        {.method = "DELETE",
         .path = JOB_PATH,
         .reply = {.status = 404,
                   .body = "{\"kind\":\"Status\",\"reason\":\"NotFound\",\"details\":{\"name\":"
                           "\"j\"}}"}},
        {.method = "DELETE",
         .path = JOB_PATH,
         .reply = {.status = 409,
                   .body = STATUS("Conflict", "Precondition failed: UID in precondition: u-1, UID "
                                              "in object meta: u-2")}},
        {.method = "DELETE",
         .path = JOB_PATH,
         .reply = {.status = 409,
                   .body = STATUS("Conflict", "the UID in the precondition (u-1) does not match "
                                              "the UID in record (u-2)")}},
        {.method = "DELETE",
         .path = JOB_PATH,
         .reply = {.status = 409, .body = STATUS("Conflict", "another reason")}},
        {.method = "DELETE",
         .path = JOB_PATH,
         .reply = {.status = 403, .body = STATUS("Forbidden", "no")}});

    for (int i = 0; i < 3; i++)
        check_ok(wva_kube_delete(f.kube, &wva_type_job, "ns", "j", "u-1", &f.err), &f.err);
    check_fails(wva_kube_delete(f.kube, &wva_type_job, "ns", "j", "u-1", &f.err), &f.err,
                WVA_E_CONFLICT, "another reason");
    check_fails(wva_kube_delete(f.kube, &wva_type_job, "ns", "j", NULL, &f.err), &f.err,
                WVA_E_FORBIDDEN, "no");
    kube_fixture_stop(&f);
}

static void lists_page_by_page(void **state)
{
    KUBE_SCRIPT(
        {.method = "GET",
         .path = "/apis/batch/v1/namespaces/ns/jobs?limit=500&labelSelector=a%3Db%2Cc&"
                 "fieldSelector=metadata.name%3Dx",
         .reply = {.status = 200,
                   .body = "{\"kind\":\"JobList\",\"metadata\":{\"resourceVersion\":\"7\","
                           "\"continue\":\"t/1\"},\"items\":[{\"metadata\":{\"name\":\"one\"}}]}"}},
        {.method = "GET",
         .path = "/apis/batch/v1/namespaces/ns/jobs?limit=500&labelSelector=a%3Db%2Cc&"
                 "fieldSelector=metadata.name%3Dx&continue=t%2F1",
         .reply = {.status = 200,
                   .body = "{\"metadata\":{\"resourceVersion\":\"7\",\"continue\":\"\"},\"items\":["
                           "{\"metadata\":{\"name\":\"two\"}}]}"}});
    struct wva_value *jobs;
    const char *version;

    check_ok(wva_kube_list(f.kube, &f.arena, &wva_type_job, "ns", "a=b,c", "metadata.name=x", &jobs,
                           &version, &f.err),
             &f.err);
    check_str(version, "7");
    check_str(wva_json_text(&f.arena, jobs),
              "[{\"metadata\":{\"name\":\"one\"},\"apiVersion\":\"batch/v1\",\"kind\":\"Job\"},"
              "{\"metadata\":{\"name\":\"two\"},\"apiVersion\":\"batch/v1\",\"kind\":\"Job\"}]");
    kube_fixture_stop(&f);
}

static void starts_a_list_over_when_its_token_expired(void **state)
{
    KUBE_SCRIPT(
        {.method = "GET",
         .path = "/api/v1/pods?limit=500",
         .reply = {.status = 200, .body = "{\"metadata\":{\"continue\":\"t\"},\"items\":[{},{}]}"}},
        {.method = "GET",
         .path = "/api/v1/pods?limit=500&continue=t",
         .reply = {.status = 410, .body = STATUS("Expired", "too old")}},
        {.method = "GET",
         .path = "/api/v1/pods?limit=500",
         .reply = {.status = 200, .body = "{\"metadata\":{},\"items\":[{}]}"}},
        {.method = "GET",
         .path = "/api/v1/services?limit=500",
         .reply = {.status = 410, .body = STATUS("Expired", "without a token")}});
    struct wva_value *pods;

    check_ok(wva_kube_list(f.kube, &f.arena, &wva_type_pod, NULL, NULL, NULL, &pods, NULL, &f.err),
             &f.err);
    check_int(pods->count, 1);
    check_fails(
        wva_kube_list(f.kube, &f.arena, &wva_type_service, NULL, NULL, NULL, &pods, NULL, &f.err),
        &f.err, WVA_E_GONE, "without a token");
    kube_fixture_stop(&f);
}

static void refuses_lists_that_are_none(void **state)
{
    KUBE_SCRIPT({.method = "GET",
                 .path = "/api/v1/pods*",
                 .reply = {.status = 200, .body = "{\"items\":null}"}},
                {.method = "GET",
                 .path = "/api/v1/pods*",
                 .reply = {.status = 200, .body = "{\"items\":{}}"}},
                {.method = "GET",
                 .path = "/api/v1/pods*",
                 .reply = {.status = 200, .body = "{\"items\":[1]}"}});
    struct wva_value *pods;

    check_ok(wva_kube_list(f.kube, &f.arena, &wva_type_pod, NULL, NULL, NULL, &pods, NULL, &f.err),
             &f.err);
    check_int(pods->count, 0);
    check_fails(
        wva_kube_list(f.kube, &f.arena, &wva_type_pod, NULL, NULL, NULL, &pods, NULL, &f.err),
        &f.err, WVA_E_PROTOCOL, "cannot read the list of pods: items is no array");
    check_fails(
        wva_kube_list(f.kube, &f.arena, &wva_type_pod, NULL, NULL, NULL, &pods, NULL, &f.err),
        &f.err, WVA_E_PROTOCOL, "cannot read the list of pods: items[0] is no object");
    kube_fixture_stop(&f);
}

static void reads_logs(void **state)
{
    KUBE_SCRIPT(
        {.method = "GET",
         .path = POD_PATH "/log?container=bench&previous=true&tailLines=20",
         .reply = {.status = 200, .headers = "Content-Type: text/plain\r\n", .body = "a\033b\n"}},
        {.method = "GET",
         .path = POD_PATH "/log",
         .reply = {.status = 400, .body = STATUS("BadRequest", "container is waiting to start")}});
    char *text;
    size_t len;

    check_ok(wva_kube_logs(f.kube, &f.arena, "ns", "p",
                           &(struct wva_log_options){
                               .container = "bench", .previous = true, .tail_lines = 20},
                           &text, &len, &f.err),
             &f.err);
    check_str(text, "a\033b\n");
    check_int(len, 4);
    check_fails(wva_kube_logs(f.kube, &f.arena, "ns", "p", &(struct wva_log_options){0}, &text,
                              &len, &f.err),
                &f.err, WVA_E_INVALID, "container is waiting to start");
    kube_fixture_stop(&f);
}

/*
 * Trying again.
 */

static void obeys_retry_after_for_any_method(void **state)
{
    KUBE_SCRIPT(
        {.method = "POST",
         .path = "/api/v1/namespaces/ns/configmaps*",
         .times = 3,
         .reply = {.status = 503, .headers = LATER, .body = STATUS("ServiceUnavailable", "x")}},
        {.method = "POST",
         .path = "/api/v1/namespaces/ns/configmaps*",
         .reply = {.status = 201, .body = "{}"}});

    check_ok(wva_kube_create(f.kube, &f.arena, &wva_type_configmap, config_map(&f),
                             WVA_DRY_RUN_NONE, NULL, &f.err),
             &f.err);
    kube_fixture_stop(&f);
}

static void gives_up_after_ten_retries(void **state)
{
    KUBE_SCRIPT(
        {.method = "GET",
         .path = POD_PATH,
         .times = 11,
         .reply = {.status = 429, .headers = LATER, .body = STATUS("TooManyRequests", "busy")}});

    check_fails(get_pod(&f), &f.err, WVA_E_THROTTLED, "busy");
    check_int(fakeapi_requests(f.api), 11);
    kube_fixture_stop(&f);
}

static void does_not_retry_without_being_asked(void **state)
{
    KUBE_SCRIPT({.method = "GET",
                 .path = POD_PATH,
                 .reply = {.status = 500, .body = STATUS("InternalError", "broken")}},
                {.method = "GET",
                 .path = POD_PATH,
                 .reply = {.status = 503,
                           .headers = "Retry-After: 100000\r\n",
                           .body = STATUS("ServiceUnavailable", "tomorrow")}});

    check_fails(get_pod(&f), &f.err, WVA_E_UNAVAILABLE, "broken");
    check_int(get_pod(&f), -1);
    check_int(f.err.code, WVA_E_UNAVAILABLE);
    check_int(f.err.retry_after_ms, 100000 * 1000);
    kube_fixture_stop(&f);
}

/* (On a connection kept open libcurl would add a try of its own, so the good answer closes it.) */
static void reads_again_when_the_connection_broke(void **state)
{
    KUBE_SCRIPT({.method = "GET", .path = POD_PATH, .reply = {.end = FAKEAPI_CLOSE}},
                {.method = "GET",
                 .path = POD_PATH,
                 .reply = {.status = 200, .body = "{}", .end = FAKEAPI_RESET}},
                {.method = "GET",
                 .path = POD_PATH,
                 .reply = {.status = 200, .body = "{}", .end = FAKEAPI_CUT}},
                {.method = "GET",
                 .path = POD_PATH,
                 .reply = {.status = 200, .body = "{}", .end = FAKEAPI_CLOSE}},
                {.method = "GET", .path = POD_PATH, .times = 5, .reply = {.end = FAKEAPI_RESET}});

    check_ok(get_pod(&f), &f.err);
    check_int(fakeapi_requests(f.api), 4);
    check_fails(get_pod(&f), &f.err, WVA_E_NETWORK, "");
    check_int(fakeapi_requests(f.api), 9);
    kube_fixture_stop(&f);
}

static void never_repeats_a_create_that_may_have_arrived(void **state)
{
    KUBE_SCRIPT({.method = "POST",
                 .path = "/api/v1/namespaces/ns/configmaps*",
                 .reply = {.end = FAKEAPI_RESET}});

    check_int(wva_kube_create(f.kube, &f.arena, &wva_type_configmap, config_map(&f),
                              WVA_DRY_RUN_NONE, NULL, &f.err),
              -1);
    check_int(f.err.code, WVA_E_NETWORK);
    check_str(f.err.hint,
              "the server may have carried it out all the same: kubectl get configmap/c "
              "-n ns");
    check_int(fakeapi_requests(f.api), 1);
    kube_fixture_stop(&f);
}

static void repeats_writes_that_say_the_same_twice(void **state)
{
    KUBE_SCRIPT(
        {.method = "PATCH", .path = "*/configmaps/c*", .reply = {.end = FAKEAPI_CLOSE}},
        {.method = "PATCH", .path = "*/configmaps/c*", .reply = {.status = 200, .body = "{}"}},
        {.method = "DELETE",
         .path = JOB_PATH,
         .reply = {.status = 200, .body = "{}", .end = FAKEAPI_CUT}},
        {.method = "DELETE",
         .path = JOB_PATH,
         .reply = {.status = 404,
                   .body = "{\"kind\":\"Status\",\"reason\":\"NotFound\",\"details\":{"
                           "\"name\":\"j\"}}"}});

    check_ok(wva_kube_apply(f.kube, &f.arena, &wva_type_configmap, config_map(&f), WVA_DRY_RUN_NONE,
                            NULL, &f.err),
             &f.err);
    check_ok(wva_kube_delete(f.kube, &wva_type_job, "ns", "j", "u-1", &f.err), &f.err);
    kube_fixture_stop(&f);
}

/* A server never seen is more likely a wrong address than a restart. */
static void fails_at_once_when_nobody_was_ever_there(void **state)
{
    KUBE_SCRIPT({.method = "GET", .path = POD_PATH, .reply = {.status = 200, .body = "{}"}});
    struct kube_fixture lost = {.config = {.server = "http://127.0.0.1:1"}};

    check_ok(get_pod(&f), &f.err);
    kube_fixture_stop(&f);
    lost.messages = open_memstream(&lost.text, &lost.size);
    kube_fixture_connect(&lost);
    lost.kube->pace.retry_ms = 3600 * 1000;
    check_fails(get_pod(&lost), &lost.err, WVA_E_NETWORK,
                "cannot connect to http://127.0.0.1:1: connection refused");
    wva_kube_free(lost.kube);
    wva_arena_done(&lost.arena);
    (void)fclose(lost.messages);
    free(lost.text);
}

static void stops_waiting_when_canceled(void **state)
{
    KUBE_SCRIPT({.method = "GET",
                 .path = POD_PATH,
                 .reply = {.status = 503,
                           .headers = "Retry-After: 100\r\n",
                           .body = STATUS("ServiceUnavailable", "x")}});

    wva_cancel_install();
    const pid_t child = fork();
    if (child == 0) {
        (void)usleep(50 * 1000);
        (void)kill(getppid(), SIGINT);
        _exit(0);
    }
    check_fails(get_pod(&f), &f.err, WVA_E_CANCELED, "canceled");
    wva_cancel_reset_for_test();
    kube_fixture_stop(&f);
}

/*
 * Who we are.
 */

static struct testcert ca, server;

static int make_certificates(void **state)
{
    (void)state;
    testcert_make(&ca, "authority", NULL, NULL, 1);
    testcert_make(&server, "server", "IP:127.0.0.1", &ca, 1);
    return 0;
}

static void start_with_tls(struct kube_fixture *f, const struct fakeapi_exchange *script,
                           size_t count)
{
    kube_fixture_start(f, script, count, &(struct fakeapi_tls){.identity = &server});
    f->config.ca_pem = ca.cert;
    f->config.ca_pem_len = strlen(ca.cert);
}

static void set_token(struct kube_fixture *f, const char *token)
{
    wva_secret_set(&f->config.token, token, strlen(token));
}

static void sends_a_token_over_tls(void **state)
{
    const struct fakeapi_exchange script[] = {
        {.method = "GET",
         .path = POD_PATH,
         .has = (const char *[]){"\r\nAuthorization: Bearer abc\r\n", NULL},
         .reply = {.status = 200, .body = "{}"}}};
    struct kube_fixture f;

    (void)state;
    start_with_tls(&f, script, 1);
    set_token(&f, "abc");
    kube_fixture_connect(&f);
    check_ok(get_pod(&f), &f.err);
    check_str(kube_fixture_messages(&f), "");
    wva_secret_done(&f.config.token);
    kube_fixture_stop(&f);
}

static void sends_no_credentials_over_plain_http(void **state)
{
    const struct fakeapi_exchange script[] = {
        {.method = "GET",
         .path = POD_PATH,
         .times = 2,
         .lacks = (const char *[]){"Authorization", "abc", NULL},
         .has = (const char *[]){"\r\nImpersonate-User: jane\r\n", NULL},
         .reply = {.status = 200, .body = "{}"}}};
    struct kube_fixture f;
    char wanted[128];

    (void)state;
    kube_fixture_start(&f, script, 1, NULL);
    set_token(&f, "abc");
    f.config.credentials_dropped = true;
    f.config.as = "jane";
    kube_fixture_connect(&f);
    check_ok(get_pod(&f), &f.err);
    check_ok(get_pod(&f), &f.err);
    (void)snprintf(wanted, sizeof(wanted),
                   "Warning: credentials are not sent: %s is not an https URL\n",
                   fakeapi_url(f.api));
    check_str(kube_fixture_messages(&f), wanted);
    wva_secret_done(&f.config.token);
    kube_fixture_stop(&f);
}

static void impersonates(void **state)
{
    const struct fakeapi_exchange script[] = {
        {.method = "GET",
         .path = POD_PATH,
         .has = (const char *[]){"\r\nImpersonate-User: jane\r\nImpersonate-Uid: 42\r\n"
                                 "Impersonate-Group: dev\r\nImpersonate-Group: ops\r\n"
                                 "Impersonate-Extra-acme.com%2Fproject: x=y\r\n",
                                 NULL},
         .reply = {.status = 200, .body = "{}"}}};
    struct kube_fixture f;

    (void)state;
    kube_fixture_start(&f, script, 1, NULL);
    f.config.as = "jane";
    f.config.as_uid = "42";
    f.config.as_groups = (const char *const[]){"dev", "ops", NULL};
    f.config.as_extra = (const char *const[]){"Acme.com/Project=x=y", NULL};
    kube_fixture_connect(&f);
    check_ok(get_pod(&f), &f.err);
    kube_fixture_stop(&f);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    check(file != NULL);
    check(fputs(text, file) >= 0);
    check_int(fclose(file), 0);
}

/* The token file rotates between the first and the second request. */
static void refreshes_credentials_once_on_401(void **state)
{
    const struct fakeapi_exchange script[] = {
        {.method = "GET",
         .path = POD_PATH,
         .has = (const char *[]){"Bearer old\r\n", NULL},
         .reply = {.status = 200, .body = "{}"}},
        {.method = "GET",
         .path = POD_PATH,
         .has = (const char *[]){"Bearer old\r\n", NULL},
         .reply = {.status = 401, .body = STATUS("Unauthorized", "Unauthorized")}},
        {.method = "GET",
         .path = POD_PATH,
         .has = (const char *[]){"Bearer new\r\n", NULL},
         .reply = {.status = 200, .body = "{}"}},
        {.method = "GET",
         .path = POD_PATH,
         .times = 2,
         .reply = {.status = 401, .body = STATUS("Unauthorized", "Unauthorized")}}};
    char path[] = "/tmp/wva-test-token-XXXXXX";
    const int fd = mkstemp(path);
    struct kube_fixture f;

    (void)state;
    check(fd >= 0);
    (void)close(fd);
    start_with_tls(&f, script, WVA_COUNT(script));
    f.config.token_file = path;
    kube_fixture_connect(&f);
    write_file(path, "old\n");
    check_ok(get_pod(&f), &f.err);
    write_file(path, "new\n");
    check_ok(get_pod(&f), &f.err);
    check_int(get_pod(&f), -1);
    check_int(f.err.code, WVA_E_AUTH);
    check_str(f.err.hint, "kubectl auth whoami");
    check_int(fakeapi_requests(f.api), 5);
    (void)unlink(path);
    kube_fixture_stop(&f);
}

static void does_not_repeat_a_static_token(void **state)
{
    const struct fakeapi_exchange script[] = {
        {.method = "GET",
         .path = POD_PATH,
         .reply = {.status = 401, .body = STATUS("Unauthorized", "Unauthorized")}}};
    struct kube_fixture f;

    (void)state;
    start_with_tls(&f, script, 1);
    set_token(&f, "abc");
    kube_fixture_connect(&f);
    check_fails(get_pod(&f), &f.err, WVA_E_AUTH, "you must be logged in to the server");
    wva_secret_done(&f.config.token);
    kube_fixture_stop(&f);
}

/*
 * Odd answers.
 */

static void shows_each_warning_once(void **state)
{
    KUBE_SCRIPT({.method = "GET",
                 .path = POD_PATH,
                 .times = 2,
                 .reply = {.status = 200,
                           .headers = "Content-Type: application/json\r\n"
                                      "Warning: 299 - \"one \033[2J\"\r\n"
                                      "Warning: 299 - \"two\"\r\nWarning: 299 - \"two\"\r\n",
                           .body = "{}"}},
                {.method = "GET",
                 .path = POD_PATH,
                 .reply = {.status = 403,
                           .headers = "Warning: 299 - \"three\"\r\n",
                           .body = STATUS("Forbidden", "no")}});

    check_ok(get_pod(&f), &f.err);
    check_ok(get_pod(&f), &f.err);
    check_int(get_pod(&f), -1);
    check_str(kube_fixture_messages(&f), "Warning: one ?[2J\nWarning: two\nWarning: three\n");
    kube_fixture_stop(&f);
}

static void names_what_is_no_api_server(void **state)
{
    KUBE_SCRIPT({.method = "GET",
                 .path = POD_PATH,
                 .reply = {.status = 200,
                           .headers = "Content-Type: text/html; charset=utf-8\r\n",
                           .body = "<html>log in</html>"}},
                {.method = "GET",
                 .path = POD_PATH,
                 .reply = {.status = 200, .headers = "X: y\r\n", .body = "hello"}},
                {.method = "GET", .path = POD_PATH, .reply = {.status = 200, .body = "{\"kind\":"}},
                {.method = "GET",
                 .path = POD_PATH,
                 .reply = {.status = 200, .headers = "Content-Type: text/plain\r\n", .body = "ok"}},
                {.method = "GET",
                 .path = POD_PATH,
                 .reply = {.status = 302, .headers = "Location: /login\r\n"}});

    check_fails(get_pod(&f), &f.err, WVA_E_PROTOCOL,
                " is not a Kubernetes API server (login page or proxy?): it answered 200 OK with "
                "text/html");
    check_fails(get_pod(&f), &f.err, WVA_E_PROTOCOL, "it answered 200 OK with no content");
    check_fails(get_pod(&f), &f.err, WVA_E_PROTOCOL, "cannot read the answer of http://127.0.0.1:");
    check_fails(get_pod(&f), &f.err, WVA_E_PROTOCOL, "it answered 200 OK with text/plain");
    check_fails(get_pod(&f), &f.err, WVA_E_PROTOCOL, "the server answered 302 Found");
    kube_fixture_stop(&f);
}

static void keeps_to_a_path_prefix(void **state)
{
    const struct fakeapi_exchange script[] = {{.method = "GET",
                                               .path = "/k8s/clusters/c-1" POD_PATH,
                                               .reply = {.status = 200, .body = "{}"}}};
    struct kube_fixture f;

    (void)state;
    kube_fixture_start(&f, script, 1, NULL);
    f.config.server = wva_arena_printf(&f.arena, "%s/k8s/clusters/c-1", fakeapi_url(f.api));
    kube_fixture_connect(&f);
    check_ok(get_pod(&f), &f.err);
    kube_fixture_stop(&f);
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(gets_an_object),
    WVA_TEST(tells_a_missing_object_from_a_missing_api),
    WVA_TEST(creates),
    WVA_TEST(applies),
    WVA_TEST(patches),
    WVA_TEST(deletes),
    WVA_TEST(takes_gone_for_deleted),
    WVA_TEST(lists_page_by_page),
    WVA_TEST(starts_a_list_over_when_its_token_expired),
    WVA_TEST(refuses_lists_that_are_none),
    WVA_TEST(reads_logs),
    WVA_TEST(obeys_retry_after_for_any_method),
    WVA_TEST(gives_up_after_ten_retries),
    WVA_TEST(does_not_retry_without_being_asked),
    WVA_TEST(reads_again_when_the_connection_broke),
    WVA_TEST(never_repeats_a_create_that_may_have_arrived),
    WVA_TEST(repeats_writes_that_say_the_same_twice),
    WVA_TEST(fails_at_once_when_nobody_was_ever_there),
    WVA_TEST(stops_waiting_when_canceled),
    WVA_TEST(sends_a_token_over_tls),
    WVA_TEST(sends_no_credentials_over_plain_http),
    WVA_TEST(impersonates),
    WVA_TEST(refreshes_credentials_once_on_401),
    WVA_TEST(does_not_repeat_a_static_token),
    WVA_TEST(shows_each_warning_once),
    WVA_TEST(names_what_is_no_api_server),
    WVA_TEST(keeps_to_a_path_prefix),
};

int main(void)
{
    return cmocka_run_group_tests(tests, make_certificates, NULL);
}
