// SPDX-License-Identifier: Apache-2.0
// watch: first what is there already (without a resourceVersion, or with sendInitialEvents), then
// the history from a version on, then whatever happens, until timeoutSeconds or the client's end.

#include "api.h"
#include "api_select.h"

#include "wva/codec/json.h"
#include "wva/util/clock.h"
#include "wva/util/mem.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define EVENT_MAX       ((size_t)16 << 20)
#define BOOKMARK_MS     10000
#define POLL_MS         100
#define TIMEOUT_DEFAULT 1800

struct watch {
    struct api_request *r;
    int64_t version; /* everything up to here was sent */
    int64_t end_ms;  /* on the monotonic clock */
    int64_t bookmark_ms;
    bool bookmarks;
    bool first; /* the next Table has columns */
    struct wva_buf pending;
};

static void put_event(struct watch *watch, struct wva_arena *arena, const char *event,
                      const struct wva_value *object)
{
    if (api_wants_table(watch->r) && strcmp(event, "ERROR") != 0) {
        object = api_table(watch->r, object, watch->first);
        watch->first = false;
    }
    wva_buf_printf(&watch->pending, "{\"type\":\"%s\",\"object\":%s}\n", event,
                   wva_json_text(arena, object));
}

static struct wva_value *parse(struct wva_arena *arena, const char *text)
{
    const struct wva_json_options options = {.name = "the history"};
    struct wva_error err = {0};
    struct wva_value *value = NULL;
    return wva_json_parse(arena, text, strlen(text), &options, &value, &err) == 0 ? value : NULL;
}

/* Was the object selected before this change? What is no longer in the history counts as yes. */
static bool selected_before(struct watch *watch, struct wva_arena *arena,
                            const struct sim_change *change)
{
    const struct sim_store *store = &watch->r->sim->store;
    if (change->previous == 0)
        return false;
    for (const struct sim_change *older = change; older >= store->history; older--)
        if (older->version == change->previous)
            return api_selected(watch->r, parse(arena, older->text));
    return true;
}

static void put_change(struct watch *watch, const struct sim_change *change)
{
    wva_auto_arena arena = {0};
    const struct api_request *r = watch->r;
    if (change->type != r->type || (r->type->namespaced && r->namespace_ != NULL &&
                                    strcmp(change->namespace_, r->namespace_) != 0))
        return;
    struct wva_value *object = parse(&arena, change->text);
    bool now = strcmp(change->event, "DELETED") != 0 && api_selected(r, object);
    bool before = selected_before(watch, &arena, change);
    if (now)
        put_event(watch, &arena, before ? "MODIFIED" : "ADDED", object);
    else if (before)
        put_event(watch, &arena, "DELETED", object);
}

static void put_bookmark(struct watch *watch, bool initial_end)
{
    wva_auto_arena arena = {0};
    const struct sim_type *type = watch->r->type;
    struct wva_value *object = wva_object(&arena);
    wva_put(&arena, object, wva_string(&arena, type->kind), "kind");
    wva_put(&arena, object, wva_string(&arena, sim_type_api_version(&arena, type)), "apiVersion");
    wva_put(&arena, object,
            wva_string(&arena, wva_arena_printf(&arena, "%lld", (long long)watch->version)),
            "metadata", "resourceVersion");
    wva_put(&arena, object, wva_null(&arena), "metadata", "creationTimestamp");
    if (initial_end)
        wva_put(&arena, object, wva_string(&arena, "true"), "metadata", "annotations",
                "k8s.io/initial-events-end");
    put_event(watch, &arena, "BOOKMARK", object);
    watch->bookmark_ms = wva_clock_monotonic_ms() + BOOKMARK_MS;
}

static void put_gone(struct watch *watch)
{
    wva_auto_arena arena = {0};
    const char *message =
        wva_arena_printf(&arena, "too old resource version: %lld (%lld)", (long long)watch->version,
                         (long long)watch->r->sim->store.oldest_version);
    put_event(watch, &arena, "ERROR", api_status_value(&arena, 410, "Expired", message, NULL));
}

/* Everything newer than what was sent. Lock held. False when the history does not reach back. */
static bool put_news(struct watch *watch)
{
    const struct sim_store *store = &watch->r->sim->store;
    if (watch->version < store->oldest_version) {
        put_gone(watch);
        return false;
    }
    size_t first = store->history_count;
    while (first > 0 && store->history[first - 1].version > watch->version)
        first--;
    for (size_t i = first; i < store->history_count; i++)
        put_change(watch, &store->history[i]);
    watch->version = store->version;
    if (watch->bookmarks && wva_clock_monotonic_ms() >= watch->bookmark_ms)
        put_bookmark(watch, false);
    return true;
}

static void put_present(struct watch *watch)
{
    wva_auto_arena arena = {0};
    for (struct sim_object *object = watch->r->sim->store.objects; object != NULL;
         object = object->next)
        if (object->type == watch->r->type && api_selected(watch->r, object->value))
            put_event(watch, &arena, "ADDED", object->value);
    watch->version = watch->r->sim->store.version;
}

static int flush(struct watch *watch)
{
    int result = api_stream_write(watch->r, wva_buf_str(&watch->pending), watch->pending.len);
    wva_buf_clear(&watch->pending);
    return result;
}

/* Waits for a change; the lock is held before and after. */
static void wait_change(struct sim *sim)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += POLL_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    (void)pthread_cond_timedwait(&sim->changed, &sim->lock, &until);
}

/* Lock held at the start and the end, not while writing. */
static void follow(struct watch *watch)
{
    struct sim *sim = watch->r->sim;
    bool going = true;
    while (going && !atomic_load(&sim->stopping)) {
        going = put_news(watch) && wva_clock_monotonic_ms() < watch->end_ms;
        bool written = watch->pending.len > 0;
        pthread_mutex_unlock(&sim->lock);
        bool lost = flush(watch) < 0 || api_conn_gone(watch->r->conn);
        pthread_mutex_lock(&sim->lock);
        if (lost)
            return;
        if (going && !written && watch->version == sim->store.version)
            wait_change(sim);
    }
}

/* The initial events; false when the request was refused. A version that is too old is no refusal:
 * as behind the real watch cache, the stream begins and says so. Lock held. */
static bool begin(struct watch *watch)
{
    struct api_request *r = watch->r;
    int64_t version = 0;
    if (api_check_version(r, &version) < 0 || api_check_selectors(r) < 0)
        return false;
    bool initial = api_param_is(r, "sendInitialEvents", "true");
    watch->version = version;
    if (version == 0 || initial)
        put_present(watch);
    if (initial && watch->bookmarks)
        put_bookmark(watch, true);
    return true;
}

static int64_t timeout_seconds(const struct api_request *r)
{
    const char *text = api_param(r, "timeoutSeconds");
    int64_t seconds = 0;
    if (text == NULL || wva_parse_i64(text, strlen(text), &seconds) < 0 || seconds <= 0)
        return TIMEOUT_DEFAULT;
    return seconds;
}

void api_watch(struct api_request *r)
{
    int64_t now = wva_clock_monotonic_ms();
    struct watch watch = {
        .r = r,
        .end_ms = now + timeout_seconds(r) * 1000,
        .bookmark_ms = now + BOOKMARK_MS,
        .bookmarks = api_param_is(r, "allowWatchBookmarks", "true") ||
                     api_param_is(r, "allowWatchBookmarks", "1"),
        .first = true,
        .pending = WVA_BUF(EVENT_MAX),
    };
    pthread_mutex_lock(&r->sim->lock);
    bool begun = begin(&watch);
    pthread_mutex_unlock(&r->sim->lock);
    if (begun && api_stream_begin(r, "application/json") == 0) {
        if (r->fault.watch_gone)
            put_gone(&watch);
        if (r->fault.watch_gone || r->fault.watch_close) {
            (void)flush(&watch);
        } else {
            pthread_mutex_lock(&r->sim->lock);
            follow(&watch);
            pthread_mutex_unlock(&r->sim->lock);
        }
        api_stream_end(r);
    }
    wva_buf_done(&watch.pending);
}
