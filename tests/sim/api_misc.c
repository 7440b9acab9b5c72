// SPDX-License-Identifier: Apache-2.0
// Smaller endpoints: SelfSubject reviews, pod logs, the services' and pods' proxy, and the
// simulated cluster's own /sim/….

#include "api_server.h"
#include "api_store.h"

#include "wva/util/clock.h"
#include "wva/util/mem.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <string.h>

#define FOLLOW_MS 100

static void review_access(struct api_request *r, struct wva_value *review)
{
    const struct wva_value *asked = wva_get(review, "spec", "resourceAttributes");
    const char *path = wva_get_str(review, "spec", "nonResourceAttributes", "path");
    bool allowed = r->user.rules == NULL || path != NULL;
    if (asked != NULL) {
        const char *group = wva_get_str(asked, "group");
        const char *verb = wva_get_str(asked, "verb");
        const char *resource = wva_get_str(asked, "resource");
        allowed = api_may(&r->user, wva_get_str(asked, "namespace"), verb != NULL ? verb : "",
                          group != NULL ? group : "", resource != NULL ? resource : "",
                          wva_get_str(asked, "subresource"));
    }
    wva_put(r->arena, review, wva_bool(r->arena, allowed), "status", "allowed");
    if (allowed && r->user.rules != NULL)
        wva_put(r->arena, review, wva_string(r->arena, "RBAC: allowed by RoleBinding \"wva-sim\""),
                "status", "reason");
}

static void review_user(struct api_request *r, struct wva_value *review)
{
    struct wva_value *groups = wva_array(r->arena);
    for (size_t i = 0; r->user.groups[i] != NULL; i++)
        wva_array_append(r->arena, groups, wva_string(r->arena, r->user.groups[i]));
    wva_put(r->arena, review, wva_string(r->arena, r->user.name), "status", "userInfo", "username");
    wva_put(r->arena, review, groups, "status", "userInfo", "groups");
}

void api_review(struct api_request *r, const char *resource)
{
    struct body_duplicates duplicates;
    struct wva_value *review = NULL;
    if (api_parse_body(r, &review, &duplicates) < 0)
        return;
    if (strcmp(resource, "selfsubjectaccessreviews") == 0)
        review_access(r, review);
    else if (strcmp(resource, "selfsubjectreviews") == 0)
        review_user(r, review);
    else {
        (void)api_fail_page(r);
        return;
    }
    api_reply_value(r, 201, review);
}

/* The container asked for, or the only one: 0, or -1 with 400 answered. */
static int choose_container(struct api_request *r, const struct wva_value *pod, const char **ret)
{
    const struct wva_value *containers = wva_get(pod, "spec", "containers");
    const char *asked = api_param(r, "container");
    const char *names = "";
    for (size_t i = 0; containers != NULL && i < containers->count; i++) {
        const char *name = wva_get_str(containers->items[i], "name");
        if (wva_str_empty(asked) ? containers->count == 1 : wva_str_eq(asked, name)) {
            *ret = name;
            return 0;
        }
        names = wva_arena_printf(r->arena, "%s%s%s", names, i > 0 ? " " : "", name);
    }
    if (wva_str_empty(asked))
        return api_fail(r, 400, "BadRequest", NULL,
                        "a container name must be specified for pod %s, choose one of: [%s]",
                        r->name, names);
    return api_fail(r, 400, "BadRequest", NULL, "container %s is not valid for pod %s", asked,
                    r->name);
}

struct log {
    struct api_request *r;
    const char *container;
    size_t sent; /* bytes of the log that went out */
    bool over;   /* nothing more will come */
};

static bool pod_over(const struct wva_value *pod, const char *container)
{
    const struct wva_value *statuses = wva_get(pod, "status", "containerStatuses");
    for (size_t i = 0; statuses != NULL && i < statuses->count; i++)
        if (wva_str_eq(wva_get_str(statuses->items[i], "name"), container))
            return wva_get(statuses->items[i], "state", "terminated") != NULL;
    return false;
}

/* The log as it is now, in `arena`; NULL with the reason. Takes the lock. */
static const char *read_log(struct log *log, struct wva_arena *arena, const char **ret_reason)
{
    struct api_request *r = log->r;
    pthread_mutex_lock(&r->sim->lock);
    const struct sim_object *pod = sim_store_find(r->sim, r->type, r->namespace_, r->name);
    const char *text = sim_container_log(r->sim, arena, r->namespace_, r->name, log->container,
                                         api_param_is(r, "previous", "true"), ret_reason);
    log->over = pod == NULL || pod_over(pod->value, log->container);
    pthread_mutex_unlock(&r->sim->lock);
    return text;
}

/* Where the last `lines` lines begin. */
static const char *last_lines(const char *text, int64_t lines)
{
    const char *start = text + strlen(text);
    if (start > text && start[-1] == '\n')
        start--;
    while (start > text && !(start[-1] == '\n' && --lines == 0))
        start--;
    return lines < 0 ? text + strlen(text) : start;
}

/* tailLines, limitBytes and timestamps of a log that is not followed. */
static const char *cut_log(struct api_request *r, const char *text)
{
    const char *lines_text = api_param(r, "tailLines");
    const char *bytes_text = api_param(r, "limitBytes");
    int64_t lines = -1;
    int64_t bytes = -1;
    if (lines_text != NULL)
        (void)!wva_parse_i64(lines_text, strlen(lines_text), &lines);
    if (bytes_text != NULL)
        (void)!wva_parse_i64(bytes_text, strlen(bytes_text), &bytes);
    const char *start = lines < 0 ? text : last_lines(text, lines);
    if (bytes >= 0 && (size_t)bytes < strlen(start))
        return wva_arena_strndup(r->arena, start, (size_t)bytes);
    return start;
}

static const char *with_timestamps(struct api_request *r, const char *text)
{
    wva_auto_buf out = WVA_BUF((size_t)256 << 20);
    char now[WVA_RFC3339_MAX];
    wva_format_rfc3339(now, wva_clock_unix_ms());
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        len += text[len] == '\n';
        wva_buf_printf(&out, "%s ", now);
        wva_buf_append(&out, text, len);
        text += len;
    }
    return wva_arena_strdup(r->arena, wva_buf_str(&out));
}

/* Sends what is new until the container has ended and all is sent. */
static void follow_log(struct log *log)
{
    struct api_request *r = log->r;
    bool stamps = api_param_is(r, "timestamps", "true");
    if (api_stream_begin(r, "text/plain") < 0)
        return;
    while (!atomic_load(&r->sim->stopping)) {
        wva_auto_arena arena = {0};
        const char *reason = NULL;
        const char *text = read_log(log, &arena, &reason);
        size_t len = text != NULL ? strlen(text) : 0;
        const char *fresh = len > log->sent ? text + log->sent : "";
        if (stamps)
            fresh = with_timestamps(r, fresh);
        log->sent = len > log->sent ? len : log->sent;
        if (api_stream_write(r, fresh, strlen(fresh)) < 0)
            return;
        if (log->over)
            break;
        api_conn_pause(r->conn, FOLLOW_MS);
        if (api_conn_gone(r->conn))
            return;
    }
    api_stream_end(r);
}

void api_log(struct api_request *r)
{
    struct log log = {.r = r};
    pthread_mutex_lock(&r->sim->lock);
    const struct sim_object *pod = sim_store_find(r->sim, r->type, r->namespace_, r->name);
    int chosen = pod == NULL ? api_fail_not_found(r, r->name)
                             : choose_container(r, pod->value, &log.container);
    const bool scheduled = pod != NULL && wva_get_str(pod->value, "spec", "nodeName") != NULL;
    if (log.container != NULL)
        log.container = wva_arena_strdup(r->arena, log.container);
    pthread_mutex_unlock(&r->sim->lock);
    if (chosen < 0)
        return;
    if (!scheduled) {
        api_reply_text(r, 204, NULL, "");
        return;
    }
    const char *reason = NULL;
    const char *text = read_log(&log, r->arena, &reason);
    if (text == NULL)
        (void)api_fail(r, 400, "BadRequest", NULL, "%s",
                       reason != NULL ? reason : "the container's log is not there");
    else if (api_param_is(r, "follow", "true"))
        follow_log(&log);
    else {
        text = cut_log(r, text);
        if (api_param_is(r, "timestamps", "true"))
            text = with_timestamps(r, text);
        api_reply_text(r, 200, "text/plain", text);
    }
}

/* "[SCHEME:]NAME[:PORT]" */
static void split_proxy_name(struct api_request *r, const char **ret_name, const char **ret_port)
{
    size_t count = 0;
    char **parts = wva_str_split(r->arena, r->name, ':', &count);
    *ret_name = count == 3 ? parts[1] : parts[0];
    *ret_port = count == 1 ? "" : parts[count - 1];
}

void api_proxy(struct api_request *r)
{
    const char *name = NULL;
    const char *port = NULL;
    const char *reason = NULL;
    int status = 503;
    split_proxy_name(r, &name, &port);
    pthread_mutex_lock(&r->sim->lock);
    const char *text = NULL;
    if (sim_store_find(r->sim, r->type, r->namespace_, name) == NULL)
        (void)api_fail_not_found(r, name);
    else {
        text = sim_service_get(r->sim, r->arena, r->namespace_, name,
                               strcmp(r->resource, "pods") == 0, port, r->rest, &status, &reason);
        if (text == NULL)
            (void)api_fail(r, status, status == 503 ? "ServiceUnavailable" : "NotFound", NULL, "%s",
                           reason != NULL ? reason : "error trying to reach service");
    }
    pthread_mutex_unlock(&r->sim->lock);
    if (text != NULL)
        api_reply_text(r, 200, text[0] == '{' ? "application/json" : "text/plain; charset=utf-8",
                       text);
}

static void control_faults(struct api_request *r)
{
    struct wva_error err = {0};
    size_t count = 0;
    if (strcmp(r->method, "DELETE") == 0)
        sim_faults_clear(r->sim);
    char **lines = wva_str_split(r->arena, r->body != NULL ? r->body : "", '\n', &count);
    for (size_t i = 0; strcmp(r->method, "POST") == 0 && i < count; i++) {
        const char *line = wva_str_trim(r->arena, lines[i]);
        if (line[0] != '\0' && sim_faults_add(r->sim, line, &err) < 0) {
            api_reply_text(r, 400, "text/plain; charset=utf-8",
                           wva_arena_printf(r->arena, "%s\n", err.msg));
            return;
        }
    }
    api_reply_text(r, 200, "text/plain; charset=utf-8", "");
    sim_faults_list(r->sim, &r->out);
}

bool api_control(struct api_request *r)
{
    if (strcmp(r->path, "/sim/faults") == 0) {
        control_faults(r);
        return true;
    }
    if (strcmp(r->path, "/sim/log") == 0) {
        api_reply_text(r, 200, "application/x-ndjson", "");
        api_recorded(r->sim, &r->out);
        return true;
    }
    return false;
}
