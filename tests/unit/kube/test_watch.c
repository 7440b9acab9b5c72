// SPDX-License-Identifier: Apache-2.0
/* Watches across everything that ends them. What a watcher is told is compared as one line of text.
 */
#include "kube_fixture.h"
#include "support/wva_test.h"

#include "wva/util/clock.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <unistd.h>

#define PATIENCE_MS 20000 /* only a failing test waits this long */

#define PODS       "/api/v1/namespaces/ns/pods"
#define LIST       PODS "?limit=500"
#define WATCH(ver) PODS "?watch=1&resourceVersion=" ver "&allowWatchBookmarks=true&timeoutSeconds=*"

#define META(name, ver)                                                                            \
    "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"ns\",\"uid\":\"u-" name                  \
    "\",\"resourceVersion\":\"" ver "\"}}"
#define ITEMS(ver, items)   "{\"metadata\":{\"resourceVersion\":\"" ver "\"},\"items\":[" items "]}"
#define EVENT(type, object) "{\"type\":\"" type "\",\"object\":" object "}\n"
#define GONE                                                                                       \
    "{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\",\"message\":\"too old\"}"

#define LISTED(ver, list_items)                                                                    \
    {                                                                                              \
        .method = "GET", .path = LIST, .reply = {.status = 200, .body = ITEMS(ver, list_items) }   \
    }
/* A stream that stays open after its events. */
#define STREAM(ver, ...)                                                                           \
    {                                                                                              \
        .method = "GET", .path = WATCH(ver), .reply = {                                            \
            .status = 200,                                                                         \
            .chunks = (const char *[]){__VA_ARGS__, NULL},                                         \
            .end = FAKEAPI_STALL                                                                   \
        }                                                                                          \
    }
#define STREAM_ENDS(ver, how, ...)                                                                 \
    {                                                                                              \
        .method = "GET", .path = WATCH(ver), .reply = {                                            \
            .status = 200,                                                                         \
            .chunks = (const char *[]){__VA_ARGS__, NULL},                                         \
            .end = (how)                                                                           \
        }                                                                                          \
    }

/* Writes "+name@version", "-name" or "synced" for what it is told. */
struct watcher {
    struct kube_fixture *f;
    struct wva_watch *watch;
    char log[512];
    const char *fail_at; /* with "enough", when this was written */
    const char *stop_at;
    struct wva_watch **stops;
    const char *ask_at; /* asks the server for a pod */
    int asked;          /* what that returned, plus 1 */
};

static void act(struct watcher *w)
{
    if (w->stop_at != NULL && wva_str_has_suffix(w->log, w->stop_at)) {
        wva_watch_stop(*w->stops);
        *w->stops = NULL;
    }
    if (w->ask_at != NULL && wva_str_has_suffix(w->log, w->ask_at)) {
        struct wva_error err = {0};
        struct wva_value *pod;
        w->asked =
            wva_kube_get(w->f->kube, &w->f->arena, &wva_type_pod, "ns", "asked", &pod, &err) + 1;
    }
}

static int on_event(void *ctx, enum wva_watch_event event, const struct wva_value *object,
                    struct wva_error *err)
{
    struct watcher *w = ctx;
    const char *name = wva_get_str(object, "metadata", "name");
    const char *version = wva_get_str(object, "metadata", "resourceVersion");
    char *end = w->log + strlen(w->log);
    const size_t room = sizeof(w->log) - strlen(w->log);
    const char *gap = w->log[0] == '\0' ? "" : " ";

    if (event == WVA_WATCH_SYNCED)
        (void)snprintf(end, room, "%ssynced", gap);
    else if (event == WVA_WATCH_FORBIDDEN)
        (void)snprintf(end, room, "%sforbidden", gap);
    else if (event == WVA_WATCH_APPLIED)
        (void)snprintf(end, room, "%s+%s@%s", gap, name, version);
    else
        (void)snprintf(end, room, "%s-%s", gap, name);
    act(w);
    if (w->fail_at != NULL && wva_str_has_suffix(w->log, w->fail_at))
        return wva_error_set(err, WVA_E_FAILED, "enough");
    return 0;
}

static void start(struct kube_fixture *f, struct watcher *w)
{
    w->f = f;
    w->watch = wva_watch_start(f->kube, &wva_type_pod, "ns", NULL, NULL, false, on_event, w);
}

static void step_until(struct kube_fixture *f, const struct watcher *w, const char *log)
{
    const int64_t deadline = wva_clock_monotonic_ms() + PATIENCE_MS;

    while (strcmp(w->log, log) != 0 && wva_clock_monotonic_ms() < deadline &&
           strlen(w->log) < strlen(log))
        check_ok(wva_kube_step(f->kube, 50, &f->err), &f->err);
    check_str(w->log, log);
}

/* Steps until `count` requests were received, to let a new stream open. */
static void step_until_requests(struct kube_fixture *f, size_t count)
{
    const int64_t deadline = wva_clock_monotonic_ms() + PATIENCE_MS;

    while (fakeapi_requests(f->api) < count && wva_clock_monotonic_ms() < deadline)
        check_ok(wva_kube_step(f->kube, 5, &f->err), &f->err);
    check_int(fakeapi_requests(f->api), count);
}

/* Steps until it fails. */
static void step_until_failure(struct kube_fixture *f)
{
    const int64_t deadline = wva_clock_monotonic_ms() + PATIENCE_MS;

    while (wva_clock_monotonic_ms() < deadline)
        if (wva_kube_step(f->kube, 50, &f->err) < 0)
            return;
    fail_msg("no step failed");
}

static void lists_then_watches(void **state)
{
    KUBE_SCRIPT(LISTED("10", META("a", "3") "," META("b", "9")),
                STREAM("10", EVENT("ADDED", META("c", "11")) EVENT("MODIFIED", META("a", "12")),
                       EVENT("DELETED", META("b", "13"))));
    struct watcher w = {0};

    start(&f, &w);
    check_str(w.log, "");
    step_until(&f, &w, "+a@3 +b@9 synced +c@11 +a@12 -b");
    wva_watch_stop(w.watch);
    kube_fixture_stop(&f);
}

static void reads_events_cut_anywhere(void **state)
{
    KUBE_SCRIPT(LISTED("1", ""),
                {.method = "GET",
                 .path = WATCH("1"),
                 .reply = {.status = 200,
                           .chunks = (const char *[]){EVENT("ADDED", META("a", "2")) "\r\n \n",
                                                      EVENT("ADDED", META("b", "3")), NULL},
                           .drip = true,
                           .end = FAKEAPI_STALL}});
    struct watcher w = {0};

    start(&f, &w);
    step_until(&f, &w, "synced +a@2 +b@3");
    wva_watch_stop(w.watch);
    kube_fixture_stop(&f);
}

static void goes_on_from_the_last_version(void **state)
{
    KUBE_SCRIPT(LISTED("10", ""), STREAM_ENDS("10", FAKEAPI_KEEP, EVENT("ADDED", META("a", "11"))),
                STREAM_ENDS("11", FAKEAPI_CUT, EVENT("BOOKMARK", META("", "20"))),
                STREAM_ENDS("20", FAKEAPI_RESET, EVENT("ADDED", META("b", "21")) "{\"type\":\"ADD"),
                STREAM("21", EVENT("DELETED", META("a", "22"))));
    struct watcher w = {0};

    start(&f, &w);
    step_until(&f, &w, "synced +a@11 +b@21 -a");
    wva_watch_stop(w.watch);
    kube_fixture_stop(&f);
}

static void lists_again_when_the_version_is_too_old(void **state)
{
    KUBE_SCRIPT(LISTED("10", META("a", "1") "," META("b", "2") "," META("c", "3")),
                {.method = "GET", .path = WATCH("10"), .reply = {.status = 410, .body = GONE}},
                LISTED("30", META("b", "2") "," META("c", "25") "," META("d", "26")),
                STREAM("30", EVENT("ADDED", META("e", "31"))));
    struct watcher w = {0};

    start(&f, &w);
    step_until(&f, &w, "+a@1 +b@2 +c@3 synced +c@25 +d@26 -a +e@31");
    wva_watch_stop(w.watch);
    kube_fixture_stop(&f);
}

/* What was reported deleted is not reported again. */
static void lists_again_after_a_410_event(void **state)
{
    KUBE_SCRIPT(LISTED("10", META("a", "1") "," META("z", "2")),
                STREAM("10", EVENT("ADDED", META("b", "11")) EVENT("DELETED", META("z", "12")),
                       EVENT("ERROR", GONE)),
                LISTED("30", META("b", "11")), STREAM("30", EVENT("ADDED", META("c", "31"))));
    struct watcher w = {0};

    start(&f, &w);
    step_until(&f, &w, "+a@1 +z@2 synced +b@11 -z -a +c@31");
    wva_watch_stop(w.watch);
    kube_fixture_stop(&f);
}

/* The first time at once, then with pauses. */
static void survives_410_again_and_again(void **state)
{
    KUBE_SCRIPT(
        {.method = "GET",
         .path = LIST,
         .times = 4,
         .reply = {.status = 200, .body = ITEMS("10", META("a", "1"))}},
        {.method = "GET", .path = WATCH("10"), .times = 3, .reply = {.status = 410, .body = GONE}},
        STREAM("10", EVENT("ADDED", META("b", "11"))));
    struct watcher w = {0};
    f.kube->pace.backoff_ms = 20;
    f.kube->pace.backoff_max_ms = 40;

    start(&f, &w);
    const int64_t begin = wva_clock_monotonic_ms();
    step_until(&f, &w, "+a@1 synced +b@11");
    check(wva_clock_monotonic_ms() - begin >= 10 + 20);
    wva_watch_stop(w.watch);
    kube_fixture_stop(&f);
}

static void waits_out_what_may_pass(void **state)
{
    KUBE_SCRIPT(
        LISTED("10", ""),
        {.method = "GET",
         .path = WATCH("10"),
         .reply = {.status = 503, .headers = "Retry-After: 0\r\n", .body = "starting"}},
        {.method = "GET", .path = WATCH("10"), .reply = {.status = 429, .body = "busy"}},
        {.method = "GET", .path = WATCH("10"), .reply = {.end = FAKEAPI_CLOSE}},
        STREAM("10", "this is no event\n"), STREAM("10", EVENT("ADDED", "[]")),
        STREAM("10", EVENT("ERROR", "{\"code\":500,\"message\":\"etcd leader changed\"}")),
        STREAM("10", "{\"type\":\"NEWER\",\"object\":{}}\n" EVENT("ADDED", META("a", "11"))));
    struct watcher w = {0};

    start(&f, &w);
    step_until(&f, &w, "synced +a@11");
    wva_watch_stop(w.watch);
    kube_fixture_stop(&f);
}

static void lists_until_it_can_again(void **state)
{
    KUBE_SCRIPT(LISTED("10", ""), STREAM("10", EVENT("ERROR", GONE)),
                {.method = "GET", .path = LIST, .times = 3, .reply = {.status = 500, .body = "no"}},
                LISTED("20", META("a", "15")), STREAM("20", EVENT("BOOKMARK", META("", "21"))));
    struct watcher w = {0};

    start(&f, &w);
    step_until(&f, &w, "synced +a@15");
    step_until_requests(&f, 7);
    wva_watch_stop(w.watch);
    kube_fixture_stop(&f);
}

/* An open stream that ends at once without a word must not be a busy loop: each is followed by a
 * pause, and pauses grow. */
static void pauses_between_empty_streams(void **state)
{
    KUBE_SCRIPT(LISTED("10", ""),
                {.method = "GET",
                 .path = WATCH("10"),
                 .times = 3,
                 .reply = {.status = 200, .chunks = (const char *[]){NULL}}},
                STREAM("10", EVENT("ADDED", META("a", "11"))));
    struct watcher w = {0};
    f.kube->pace.backoff_ms = 20;
    f.kube->pace.backoff_max_ms = 40;

    start(&f, &w);
    const int64_t begin = wva_clock_monotonic_ms();
    step_until(&f, &w, "synced +a@11");
    check(wva_clock_monotonic_ms() - begin >= 10 + 20 + 20);
    wva_watch_stop(w.watch);
    kube_fixture_stop(&f);
}

static void fails_when_the_first_list_does(void **state)
{
    KUBE_SCRIPT({.method = "GET", .path = LIST, .reply = {.status = 500, .body = "no"}});
    struct watcher w = {0};

    start(&f, &w);
    step_until_failure(&f);
    check_int(f.err.code, WVA_E_UNAVAILABLE);
    wva_error_clear(&f.err);
    check_ok(wva_kube_step(f.kube, 0, &f.err), &f.err); /* said once */
    check_str(w.log, "");
    wva_watch_stop(w.watch);
    kube_fixture_stop(&f);
}

#define FORBIDDEN "{\"kind\":\"Status\",\"reason\":\"Forbidden\",\"message\":\"pods is forbidden\"}"

static void fails_when_forbidden(void **state)
{
    KUBE_SCRIPT(
        LISTED("10", ""),
        {.method = "GET", .path = WATCH("10"), .reply = {.status = 403, .body = FORBIDDEN}});
    struct watcher w = {0};

    start(&f, &w);
    step_until_failure(&f);
    check_int(f.err.code, WVA_E_FORBIDDEN);
    check_str(f.err.msg, "pods is forbidden");
    wva_watch_stop(w.watch);
    kube_fixture_stop(&f);
}

static void tells_when_forbidden_and_optional(void **state)
{
    KUBE_SCRIPT({.method = "GET",
                 .path = "/api/v1/namespaces/ns/events?limit=500",
                 .reply = {.status = 403, .body = FORBIDDEN}},
                LISTED("10", ""), STREAM("10", EVENT("ADDED", META("a", "11"))));
    struct watcher events = {.f = &f};
    struct watcher w = {0};

    events.watch =
        wva_watch_start(f.kube, &wva_type_event, "ns", NULL, NULL, true, on_event, &events);
    start(&f, &w);
    step_until(&f, &w, "synced +a@11");
    check_str(events.log, "forbidden");
    check_int(fakeapi_requests(f.api), 3);
    wva_watch_stop(w.watch);
    wva_watch_stop(events.watch);
    kube_fixture_stop(&f);
}

static void copies_and_sends_selectors(void **state)
{
    KUBE_SCRIPT(
        {.method = "GET",
         .path = "/api/v1/pods?limit=500&labelSelector=a%3Db&fieldSelector=metadata.name%3Dx",
         .reply = {.status = 200, .body = ITEMS("5", "")}},
        {.method = "GET",
         .path = "/api/v1/pods?watch=1&resourceVersion=5&allowWatchBookmarks=true&"
                 "timeoutSeconds=*&labelSelector=a%3Db&fieldSelector=metadata.name%3Dx",
         .reply = {.status = 200,
                   .chunks = (const char *[]){EVENT("ADDED", META("x", "6")), NULL},
                   .end = FAKEAPI_STALL}});
    struct watcher w = {.f = &f};
    char selector[] = "a=b", field[] = "metadata.name=x";
    long seconds;

    w.watch = wva_watch_start(f.kube, &wva_type_pod, NULL, selector, field, false, on_event, &w);
    memset(selector, '!', 3);
    memset(field, '!', 3);
    step_until(&f, &w, "synced +x@6");
    seconds = strtol(strstr(fakeapi_request(f.api, 1)->head, "timeoutSeconds=") + 15, NULL, 10);
    check(seconds >= 300 && seconds <= 600);
    wva_watch_stop(w.watch);
    kube_fixture_stop(&f);
}

static void runs_several_at_once(void **state)
{
    KUBE_SCRIPT(LISTED("10", ""), STREAM("10", EVENT("ADDED", META("a", "11"))),
                {.method = "GET",
                 .path = "/api/v1/namespaces/ns/services?limit=500",
                 .reply = {.status = 200, .body = ITEMS("7", META("s", "7"))}},
                {.method = "GET",
                 .path = "/api/v1/namespaces/ns/services?watch=1&resourceVersion=7&*",
                 .reply = {.status = 200,
                           .chunks = (const char *[]){EVENT("DELETED", META("s", "8")), NULL},
                           .end = FAKEAPI_STALL}});
    struct watcher pods = {0};
    struct watcher services = {.f = &f};

    start(&f, &pods);
    services.watch =
        wva_watch_start(f.kube, &wva_type_service, "ns", NULL, NULL, false, on_event, &services);
    step_until(&f, &pods, "synced +a@11");
    step_until(&f, &services, "+s@7 synced -s");
    wva_watch_stop(pods.watch);
    wva_watch_stop(services.watch);
    kube_fixture_stop(&f);
}

/*
 * Watchers that act.
 */

static void returns_a_watchers_error(void **state)
{
    KUBE_SCRIPT(LISTED("10", META("a", "1")),
                STREAM("10", EVENT("ADDED", META("b", "11")) EVENT("ADDED", META("c", "12"))));
    struct watcher w = {.fail_at = "+b@11"};

    start(&f, &w);
    step_until_failure(&f);
    check_int(f.err.code, WVA_E_FAILED);
    check_str(f.err.msg, "enough");
    check_str(w.log, "+a@1 synced +b@11");
    wva_error_clear(&f.err);
    check_ok(wva_kube_step(f.kube, 0, &f.err), &f.err);
    wva_watch_stop(w.watch);
    kube_fixture_stop(&f);
}

static void returns_a_watchers_error_from_the_list(void **state)
{
    KUBE_SCRIPT(LISTED("10", META("a", "1") "," META("b", "2")));
    struct watcher w = {.fail_at = "+a@1"};

    start(&f, &w);
    check_fails(wva_kube_step(f.kube, 50, &f.err), &f.err, WVA_E_FAILED, "enough");
    check_str(w.log, "+a@1");
    wva_watch_stop(w.watch);
    kube_fixture_stop(&f);
}

static void may_be_stopped_by_its_watcher(void **state)
{
    KUBE_SCRIPT(LISTED("10", ""),
                STREAM("10", EVENT("ADDED", META("a", "11")) EVENT("ADDED", META("b", "12"))));
    struct watcher w = {.stop_at = "+a@11"};

    w.stops = &w.watch;
    start(&f, &w);
    step_until(&f, &w, "synced +a@11");
    for (int i = 0; i < 3; i++)
        check_ok(wva_kube_step(f.kube, 5, &f.err), &f.err);
    check_str(w.log, "synced +a@11");
    check(f.kube->watches == NULL);
    kube_fixture_stop(&f);
}

static void may_be_stopped_during_the_list(void **state)
{
    KUBE_SCRIPT(LISTED("10", META("a", "1") "," META("b", "2")));
    struct watcher w = {.stop_at = "+a@1"};

    w.stops = &w.watch;
    start(&f, &w);
    check_ok(wva_kube_step(f.kube, 5, &f.err), &f.err);
    check_str(w.log, "+a@1");
    check(f.kube->watches == NULL);
    kube_fixture_stop(&f);
}

/* The newer watch lists first. */
static void may_be_stopped_by_another_watcher(void **state)
{
    KUBE_SCRIPT({.method = "GET",
                 .path = "/api/v1/namespaces/ns/services?limit=500",
                 .reply = {.status = 200, .body = ITEMS("7", META("s", "7"))}});
    struct watcher pods = {0};
    struct watcher services = {.f = &f, .stop_at = "+s@7", .fail_at = "synced"};

    start(&f, &pods);
    services.watch =
        wva_watch_start(f.kube, &wva_type_service, "ns", NULL, NULL, false, on_event, &services);
    services.stops = &pods.watch;
    check_fails(wva_kube_step(f.kube, 5, &f.err), &f.err, WVA_E_FAILED, "enough");
    check(pods.watch == NULL);
    wva_watch_stop(services.watch);
    check(f.kube->watches == NULL);
    check_str(pods.log, "");
    kube_fixture_stop(&f);
}

static void lets_its_watcher_ask_the_server(void **state)
{
    KUBE_SCRIPT(LISTED("10", ""),
                STREAM("10", EVENT("ADDED", META("a", "11")), EVENT("ADDED", META("b", "12"))),
                {.method = "GET", .path = PODS "/asked", .reply = {.status = 200, .body = "{}"}});
    struct watcher w = {.ask_at = "+a@11"};

    start(&f, &w);
    step_until(&f, &w, "synced +a@11 +b@12");
    check_int(w.asked, 1);
    wva_watch_stop(w.watch);
    kube_fixture_stop(&f);
}

static void is_released_with_its_client(void **state)
{
    KUBE_SCRIPT(LISTED("10", ""), STREAM("10", EVENT("ADDED", META("a", "11"))));
    struct watcher w = {0};

    start(&f, &w);
    step_until(&f, &w, "synced +a@11");
    kube_fixture_stop(&f);
}

static void sleeps_when_there_is_nothing_to_watch(void **state)
{
    struct kube_fixture f;

    (void)state;
    kube_fixture_start(&f, NULL, 0, NULL);
    kube_fixture_connect(&f);
    const int64_t begin = wva_clock_monotonic_ms();
    check_ok(wva_kube_step(f.kube, 30, &f.err), &f.err);
    check(wva_clock_monotonic_ms() - begin >= 25);
    kube_fixture_stop(&f);
}

/* The token expires under an open watch: the next stream is refused once and opened with another.
 */
static void refreshes_credentials(void **state)
{
    static const char unauthorized[] =
        "{\"kind\":\"Status\",\"reason\":\"Unauthorized\",\"message\":\"Unauthorized\"}";
    const struct fakeapi_exchange script[] = {
        LISTED("10", ""),
        {.method = "GET", .path = WATCH("10"), .reply = {.status = 401, .body = unauthorized}},
        {.method = "GET",
         .path = WATCH("10"),
         .has = (const char *[]){"Bearer new\r\n", NULL},
         .reply = {.status = 200,
                   .chunks = (const char *[]){EVENT("ADDED", META("a", "11")), NULL}}},
        {.method = "GET",
         .path = WATCH("11"),
         .times = 2,
         .reply = {.status = 401, .body = unauthorized}},
    };
    static struct testcert ca, server;
    char path[] = "/tmp/wva-test-token-XXXXXX";
    const int fd = mkstemp(path);
    struct watcher w = {0};
    struct kube_fixture f;

    (void)state;
    testcert_make(&ca, "authority", NULL, NULL, 1);
    testcert_make(&server, "server", "IP:127.0.0.1", &ca, 1);
    check(fd >= 0 && write(fd, "old", 3) == 3);
    kube_fixture_start(&f, script, WVA_COUNT(script), &(struct fakeapi_tls){.identity = &server});
    f.config.ca_pem = ca.cert;
    f.config.ca_pem_len = strlen(ca.cert);
    f.config.token_file = path;
    kube_fixture_connect(&f);
    start(&f, &w);
    check_ok(wva_kube_step(f.kube, 50, &f.err), &f.err);
    check(pwrite(fd, "new", 3, 0) == 3);
    step_until(&f, &w, "synced +a@11");
    step_until_failure(&f);
    check_int(f.err.code, WVA_E_AUTH);
    wva_watch_stop(w.watch);
    (void)close(fd);
    (void)unlink(path);
    kube_fixture_stop(&f);
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(lists_then_watches),
    WVA_TEST(reads_events_cut_anywhere),
    WVA_TEST(goes_on_from_the_last_version),
    WVA_TEST(lists_again_when_the_version_is_too_old),
    WVA_TEST(lists_again_after_a_410_event),
    WVA_TEST(survives_410_again_and_again),
    WVA_TEST(waits_out_what_may_pass),
    WVA_TEST(lists_until_it_can_again),
    WVA_TEST(pauses_between_empty_streams),
    WVA_TEST(fails_when_the_first_list_does),
    WVA_TEST(fails_when_forbidden),
    WVA_TEST(tells_when_forbidden_and_optional),
    WVA_TEST(copies_and_sends_selectors),
    WVA_TEST(runs_several_at_once),
    WVA_TEST(returns_a_watchers_error),
    WVA_TEST(returns_a_watchers_error_from_the_list),
    WVA_TEST(may_be_stopped_by_its_watcher),
    WVA_TEST(may_be_stopped_during_the_list),
    WVA_TEST(may_be_stopped_by_another_watcher),
    WVA_TEST(lets_its_watcher_ask_the_server),
    WVA_TEST(is_released_with_its_client),
    WVA_TEST(sleeps_when_there_is_nothing_to_watch),
    WVA_TEST(refreshes_credentials),
};

WVA_TEST_MAIN(tests)
