// SPDX-License-Identifier: Apache-2.0
/*
 * A watch is a small machine: list, then watch from the list's version, for ever. What ends a
 * stream decides where it goes on: its ordinary end at once from the last version seen, a version
 * too old at the list, anything that may pass after a pause that grows. What cannot pass ends the
 * watch with an error, which wva_kube_step() returns.
 */
#include "client_priv.h"
#include "watch_priv.h"

#include "wva/codec/json.h"
#include "wva/kube/status.h"
#include "wva/util/buf.h"
#include "wva/util/clock.h"
#include "wva/util/encode.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <stdlib.h>
#include <string.h>

#define FRAME_CEILING ((size_t)8 << 20) /* etcd takes objects of 1.5 MiB */
#define SECONDS_MIN   300               /* of one stream, as client-go: 5 to 10 minutes */
#define SECONDS_SPAN  300
#define GRACE_MS      30000 /* for the server to end a stream by itself */

enum state {
    LISTING, /* at `due_ms` */
    OPENING, /* at `due_ms` */
    STREAMING,
    ENDED,
};

struct wva_watch {
    struct wva_kube *kube;
    struct wva_watch *next;
    struct wva_arena arena; /* of the strings */
    const struct wva_kube_type *type;
    const char *namespace_, *selector, *field_selector;
    bool optional;
    wva_watch_fn fn;
    void *ctx;

    enum state state;
    bool synced;
    bool stopped;         /* by its owner, and ENDED; released when no longer busy */
    unsigned busy;        /* our functions on the stack */
    struct wva_error err; /* to be returned by wva_kube_step() */

    int64_t due_ms;
    int64_t pause_ms; /* the last one; 0: there was no trouble lately */
    bool refreshed;   /* credentials, since the last event */
    bool too_old;     /* 410, since the last event */

    char *version;
    struct wva_known known;
    struct wva_http_stream *stream;
    int64_t opened_ms;
    bool got_event; /* on this stream */
    struct wva_buf frames;
    size_t scanned; /* of `frames`, without a line end */
};

/*
 * What comes next.
 */

static void go_on(struct wva_watch *watch, enum state state, int64_t wait_ms)
{
    watch->state = state;
    watch->due_ms = wva_clock_monotonic_ms() + wait_ms;
}

static void end(struct wva_watch *watch, const struct wva_error *err)
{
    watch->state = ENDED;
    watch->err = *err;
}

/* Half of it fixed and half at random, so that many clients do not come back together. */
static int64_t next_pause(struct wva_watch *watch)
{
    const struct wva_kube_pace *pace = &watch->kube->pace;
    uint32_t random;

    watch->pause_ms = watch->pause_ms == 0 ? pace->backoff_ms : watch->pause_ms * 2;
    if (watch->pause_ms > pace->backoff_max_ms)
        watch->pause_ms = pace->backoff_max_ms;
    wva_random_bytes(&random, sizeof(random));
    return watch->pause_ms / 2 + (int64_t)(random % (uint32_t)(watch->pause_ms / 2 + 1));
}

static int64_t longest(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static bool may_pass(enum wva_code code)
{
    static const enum wva_code passing[] = {WVA_E_NETWORK, WVA_E_TIMEOUT, WVA_E_UNAVAILABLE,
                                            WVA_E_THROTTLED, WVA_E_PROTOCOL};

    for (size_t i = 0; i < WVA_COUNT(passing); i++)
        if (passing[i] == code)
            return true;
    return false;
}

/* Tells the watcher. 0: go on; -1: the watch ended, or was stopped by its owner. */
static int tell(struct wva_watch *watch, enum wva_watch_event event, const struct wva_value *object)
{
    struct wva_error err = {0};

    watch->busy++;
    if (watch->fn(watch->ctx, event, object, &err) < 0)
        end(watch, &err);
    watch->busy--;
    return watch->state == ENDED ? -1 : 0;
}

/* After `err` in `state`. Before the first list is complete nothing is known to work, so only
 * wva_kube_list()'s own retries count then. */
static void settle(struct wva_watch *watch, enum state state, const struct wva_error *err)
{
    if (err->code == WVA_E_GONE) {
        go_on(watch, LISTING, watch->too_old ? next_pause(watch) : 0);
        watch->too_old = true;
    } else if (may_pass(err->code) && watch->synced) {
        go_on(watch, state, longest(next_pause(watch), err->retry_after_ms));
    } else if (err->http_status == 401 && wva_kube_refresh(watch->kube, &watch->refreshed)) {
        go_on(watch, state, 0);
    } else if (err->code == WVA_E_FORBIDDEN && watch->optional) {
        watch->state = ENDED;
        (void)tell(watch, WVA_WATCH_FORBIDDEN, NULL);
    } else {
        end(watch, err);
    }
}

static void set_version(struct wva_watch *watch, const char *version)
{
    if (wva_str_empty(version))
        return;
    char *copy = wva_xstrdup(version);
    free(watch->version);
    watch->version = copy;
}

static int tell_list(struct wva_watch *watch, struct wva_arena *arena,
                     const struct wva_value *items)
{
    const struct wva_value *gone;

    wva_known_start_list(&watch->known);
    for (size_t i = 0; i < items->count; i++)
        if (wva_known_put(&watch->known, items->items[i]) &&
            tell(watch, WVA_WATCH_APPLIED, items->items[i]) < 0)
            return -1;
    while ((gone = wva_known_take_vanished(&watch->known, arena)) != NULL)
        if (tell(watch, WVA_WATCH_DELETED, gone) < 0)
            return -1;
    if (watch->synced)
        return 0;
    watch->synced = true;
    return tell(watch, WVA_WATCH_SYNCED, NULL);
}

static void read_list(struct wva_watch *watch)
{
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    struct wva_value *items;
    const char *version;

    watch->busy++;
    const int rc = wva_kube_list(watch->kube, &arena, watch->type, watch->namespace_,
                                 watch->selector, watch->field_selector, &items, &version, &err);
    if (rc < 0 && !watch->stopped)
        settle(watch, LISTING, &err);
    if (rc == 0 && !watch->stopped) {
        set_version(watch, version);
        go_on(watch, OPENING, 0);
        (void)tell_list(watch, &arena, items);
    }
    watch->busy--;
}

static void close_stream(struct wva_watch *watch)
{
    wva_http_close_stream(watch->stream);
    watch->stream = NULL;
}

/*
 * Events. A handler returns -1 with `err` set to end the stream.
 */

static void note_life(struct wva_watch *watch, const struct wva_value *object)
{
    watch->got_event = true;
    watch->refreshed = false;
    watch->too_old = false;
    set_version(watch, wva_get_str(object, "metadata", "resourceVersion"));
}

static int on_applied(struct wva_watch *watch, const struct wva_value *object,
                      struct wva_error *err)
{
    (void)err;
    note_life(watch, object);
    (void)wva_known_put(&watch->known, object);
    (void)tell(watch, WVA_WATCH_APPLIED, object);
    return 0;
}

static int on_deleted(struct wva_watch *watch, const struct wva_value *object,
                      struct wva_error *err)
{
    (void)err;
    note_life(watch, object);
    wva_known_remove(&watch->known, object);
    (void)tell(watch, WVA_WATCH_DELETED, object);
    return 0;
}

static int on_bookmark(struct wva_watch *watch, const struct wva_value *object,
                       struct wva_error *err)
{
    (void)err;
    note_life(watch, object);
    return 0;
}

static int on_error(struct wva_watch *watch, const struct wva_value *object, struct wva_error *err)
{
    (void)watch;
    return wva_kube_status_object_error(object, err);
}

static int take_frame(struct wva_watch *watch, const char *text, size_t len, struct wva_error *err)
{
    static const struct {
        const char *type;
        int (*take)(struct wva_watch *watch, const struct wva_value *object, struct wva_error *err);
    } events[] = {
        {"ADDED", on_applied},     {"MODIFIED", on_applied}, {"DELETED", on_deleted},
        {"BOOKMARK", on_bookmark}, {"ERROR", on_error},
    };
    wva_auto_arena arena = {0};
    struct wva_value *frame;

    if (wva_json_parse(&arena, text, len, &(struct wva_json_options){.name = "watch event"}, &frame,
                       err) < 0) {
        err->code = WVA_E_PROTOCOL;
        return -1;
    }
    const char *type = wva_get_str(frame, "type");
    const struct wva_value *object = wva_get(frame, "object");
    if (type == NULL || object == NULL || object->kind != WVA_OBJECT)
        return wva_error_set(err, WVA_E_PROTOCOL, "watch event: no type or no object in it");
    for (size_t i = 0; i < WVA_COUNT(events); i++)
        if (strcmp(events[i].type, type) == 0)
            return events[i].take(watch, object, err);
    return 0; /* of a newer server */
}

static bool is_blank(const char *text, size_t len)
{
    return strspn(text, " \t\r\n") >= len;
}

/* API servers send one event a line. */
static int on_data(void *ctx, const char *data, size_t len, struct wva_error *err)
{
    struct wva_watch *watch = ctx;
    size_t start = 0;
    const char *newline;

    wva_buf_append(&watch->frames, data, len);
    if (watch->frames.overflowed)
        return wva_error_set(err, WVA_E_PROTOCOL, "watch event: longer than %zu bytes",
                             FRAME_CEILING);
    while ((newline = memchr(watch->frames.data + watch->scanned, '\n',
                             watch->frames.len - watch->scanned)) != NULL) {
        const char *frame = watch->frames.data + start;
        const size_t frame_len = (size_t)(newline - frame);
        start += frame_len + 1;
        watch->scanned = start;
        if (is_blank(frame, frame_len))
            continue;
        if (take_frame(watch, frame, frame_len, err) < 0)
            return -1;
        if (watch->state == ENDED) {
            close_stream(watch);
            return 0;
        }
    }
    wva_buf_consume(&watch->frames, start);
    watch->scanned = watch->frames.len;
    return 0;
}

static void on_done(void *ctx, const struct wva_http_response *response,
                    const struct wva_error *err)
{
    struct wva_watch *watch = ctx;
    struct wva_error why = *err;
    const int64_t lasted = wva_clock_monotonic_ms() - watch->opened_ms;

    if (why.code == WVA_OK && response->status / 100 != 2)
        (void)wva_kube_status_error(response, &why);
    wva_kube_show_warnings(watch->kube, response);
    close_stream(watch);
    if (watch->state == ENDED)
        return;
    if (lasted >= watch->kube->pace.healthy_ms)
        watch->pause_ms = 0;
    if (why.code != WVA_OK)
        settle(watch, OPENING, &why);
    else /* an end without a word is no good sign, and must not become a busy loop */
        go_on(watch, OPENING,
              watch->got_event || lasted >= watch->kube->pace.short_ms ? 0 : next_pause(watch));
}

static void open_stream(struct wva_watch *watch)
{
    const struct wva_http_sink sink = {.data = on_data, .done = on_done, .ctx = watch};
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    uint32_t random;

    wva_random_bytes(&random, sizeof(random));
    const unsigned seconds = SECONDS_MIN + random % (SECONDS_SPAN + 1);
    const char *query = wva_kube_query(
        &arena, (const char *const[]){
                    "watch", "1", "resourceVersion", watch->version, "allowWatchBookmarks", "true",
                    "timeoutSeconds", wva_arena_printf(&arena, "%u", seconds), "labelSelector",
                    watch->selector, "fieldSelector", watch->field_selector, NULL});
    const char *path = wva_arena_printf(
        &arena, "%s%s", wva_kube_path(&arena, watch->type, watch->namespace_, NULL), query);

    watch->opened_ms = wva_clock_monotonic_ms();
    watch->got_event = false;
    watch->scanned = 0;
    wva_buf_clear(&watch->frames);
    if (wva_kube_open(watch->kube, path, (int64_t)seconds * 1000 + GRACE_MS, &sink, &watch->stream,
                      &err) < 0)
        settle(watch, OPENING, &err);
    else
        watch->state = STREAMING;
}

/*
 * The interface.
 */

struct wva_watch *wva_watch_start(struct wva_kube *kube, const struct wva_kube_type *type,
                                  const char *namespace_, const char *selector,
                                  const char *field_selector, bool optional, wva_watch_fn fn,
                                  void *ctx)
{
    struct wva_watch *watch = wva_xcalloc(1, sizeof(*watch));

    watch->kube = kube;
    watch->type = type;
    watch->namespace_ = namespace_ != NULL ? wva_arena_strdup(&watch->arena, namespace_) : NULL;
    watch->selector = selector != NULL ? wva_arena_strdup(&watch->arena, selector) : NULL;
    watch->field_selector =
        field_selector != NULL ? wva_arena_strdup(&watch->arena, field_selector) : NULL;
    watch->optional = optional;
    watch->fn = fn;
    watch->ctx = ctx;
    watch->frames = WVA_BUF(FRAME_CEILING);
    go_on(watch, LISTING, 0);
    watch->next = kube->watches;
    kube->watches = watch;
    return watch;
}

static void release(struct wva_watch *watch)
{
    struct wva_watch **at = &watch->kube->watches;

    while (*at != watch)
        at = &(*at)->next;
    *at = watch->next;
    close_stream(watch);
    wva_known_done(&watch->known);
    wva_buf_done(&watch->frames);
    wva_arena_done(&watch->arena);
    free(watch->version);
    free(watch);
}

static void release_stopped(struct wva_kube *kube)
{
    struct wva_watch *next;

    for (struct wva_watch *watch = kube->watches; watch != NULL; watch = next) {
        next = watch->next;
        if (watch->stopped && watch->busy == 0)
            release(watch);
    }
}

void wva_watch_stop(struct wva_watch *watch)
{
    if (watch == NULL)
        return;
    watch->stopped = true;
    watch->state = ENDED;
    watch->err = (struct wva_error){0};
    close_stream(watch);
    if (watch->busy == 0 && watch->kube->depth == 0)
        release(watch);
}

void wva_kube_free_watches(struct wva_kube *kube)
{
    while (kube->watches != NULL)
        release(kube->watches);
}

/* The error of a watch that ended with one; each is returned once. */
static int take_failure(struct wva_kube *kube, struct wva_error *err)
{
    for (struct wva_watch *watch = kube->watches; watch != NULL; watch = watch->next) {
        if (watch->err.code == WVA_OK)
            continue;
        *err = watch->err;
        watch->err = (struct wva_error){0};
        return -1;
    }
    return 0;
}

/* Does what is due. Returns how long nothing will be, at most `most_ms`; 0 when something was. */
static int64_t run_due(struct wva_kube *kube, int64_t most_ms)
{
    bool acted = false;

    for (struct wva_watch *watch = kube->watches; watch != NULL; watch = watch->next) {
        if (watch->busy > 0 || (watch->state != LISTING && watch->state != OPENING))
            continue;
        const int64_t wait = watch->due_ms - wva_clock_monotonic_ms();
        if (wait > 0) {
            most_ms = wait < most_ms ? wait : most_ms;
            continue;
        }
        acted = true;
        if (watch->state == LISTING)
            read_list(watch);
        else
            open_stream(watch);
    }
    return acted ? 0 : most_ms;
}

static int step(struct wva_kube *kube, int64_t timeout_ms, struct wva_error *err)
{
    const int64_t wait = run_due(kube, timeout_ms);

    if (take_failure(kube, err) < 0 || wva_http_step(kube->http, wait, err) < 0)
        return -1;
    return take_failure(kube, err);
}

int wva_kube_step(struct wva_kube *kube, int64_t timeout_ms, struct wva_error *err)
{
    kube->depth++;
    const int rc = step(kube, timeout_ms, err);
    kube->depth--;
    if (kube->depth == 0)
        release_stopped(kube);
    return rc;
}
