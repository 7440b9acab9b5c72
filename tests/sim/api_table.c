// SPDX-License-Identifier: Apache-2.0
// Tables for kubectl get: one JSON object per row, cells per type. Columns of the
// VariantAutoscaling follow its CRD's printer columns.

#include "api.h"

#include "wva/util/clock.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <string.h>

typedef struct wva_value *cell_function(struct wva_arena *arena, const struct wva_value *object);

struct column {
    const char *resource; /* NULL: of every type */
    const char *name;
    const char *type;
    int priority;
    cell_function *cell; /* NULL: the value at `path` */
    const char *path;
};

static const char *age_of(struct wva_arena *arena, const char *time)
{
    int64_t then = 0;
    char age[WVA_DURATION_MAX];
    if (time == NULL || wva_parse_rfc3339(time, &then) < 0)
        return "<unknown>";
    int64_t ms = wva_clock_unix_ms() - then;
    wva_format_age(age, ms < 0 ? 0 : ms);
    return wva_arena_strdup(arena, age);
}

static struct wva_value *cell_age(struct wva_arena *arena, const struct wva_value *object)
{
    return wva_string(arena, age_of(arena, wva_get_str(object, "metadata", "creationTimestamp")));
}

static struct wva_value *cell_name(struct wva_arena *arena, const struct wva_value *object)
{
    return wva_string(arena, wva_get_str(object, "metadata", "name"));
}

static int64_t number_at(const struct wva_value *value)
{
    int64_t number = 0;
    (void)wva_value_i64(value, &number);
    return number;
}

static struct wva_value *cell_pod_ready(struct wva_arena *arena, const struct wva_value *pod)
{
    const struct wva_value *statuses = wva_get(pod, "status", "containerStatuses");
    const struct wva_value *containers = wva_get(pod, "spec", "containers");
    int ready = 0;
    for (size_t i = 0; statuses != NULL && i < statuses->count; i++)
        ready += wva_value_bool(wva_get(statuses->items[i], "ready"), false);
    return wva_string(arena, wva_arena_printf(arena, "%d/%zu", ready,
                                              containers != NULL ? containers->count : (size_t)0));
}

/* kubectl's STATUS: the waiting or terminated reason before the phase. */
static struct wva_value *cell_pod_status(struct wva_arena *arena, const struct wva_value *pod)
{
    const char *status = wva_get_str(pod, "status", "phase");
    const char *reason = wva_get_str(pod, "status", "reason");
    const char *waiting =
        wva_get_str(pod, "status", "containerStatuses", "0", "state", "waiting", "reason");
    const char *ended =
        wva_get_str(pod, "status", "containerStatuses", "0", "state", "terminated", "reason");
    if (reason != NULL)
        status = reason;
    if (waiting != NULL)
        status = waiting;
    if (ended != NULL)
        status = ended;
    if (wva_get_str(pod, "metadata", "deletionTimestamp") != NULL)
        status = "Terminating";
    return wva_string(arena, status != NULL ? status : "Unknown");
}

static struct wva_value *cell_pod_restarts(struct wva_arena *arena, const struct wva_value *pod)
{
    int64_t count = number_at(wva_get(pod, "status", "containerStatuses", "0", "restartCount"));
    return wva_string(arena, wva_arena_printf(arena, "%lld", (long long)count));
}

static struct wva_value *cell_ready_of(struct wva_arena *arena, const struct wva_value *object)
{
    return wva_string(
        arena, wva_arena_printf(arena, "%lld/%lld",
                                (long long)number_at(wva_get(object, "status", "readyReplicas")),
                                (long long)number_at(wva_get(object, "spec", "replicas"))));
}

static struct wva_value *cell_job_completions(struct wva_arena *arena, const struct wva_value *job)
{
    return wva_string(arena,
                      wva_arena_printf(arena, "%lld/%lld",
                                       (long long)number_at(wva_get(job, "status", "succeeded")),
                                       (long long)number_at(wva_get(job, "spec", "completions"))));
}

static bool condition_is_true(const struct wva_value *object, const char *type)
{
    const struct wva_value *conditions = wva_get(object, "status", "conditions");
    for (size_t i = 0; conditions != NULL && i < conditions->count; i++)
        if (wva_str_eq(wva_get_str(conditions->items[i], "type"), type))
            return wva_str_eq(wva_get_str(conditions->items[i], "status"), "True");
    return false;
}

static struct wva_value *cell_job_status(struct wva_arena *arena, const struct wva_value *job)
{
    static const char *const states[] = {"Complete", "Failed", "FailureTarget",
                                         "SuccessCriteriaMet"};
    for (size_t i = 0; i < WVA_COUNT(states); i++)
        if (condition_is_true(job, states[i]))
            return wva_string(arena, states[i]);
    return wva_string(arena, "Running");
}

static struct wva_value *cell_job_duration(struct wva_arena *arena, const struct wva_value *job)
{
    const char *start = wva_get_str(job, "status", "startTime");
    const char *end = wva_get_str(job, "status", "completionTime");
    int64_t from = 0;
    int64_t to = wva_clock_unix_ms();
    char text[WVA_DURATION_MAX] = "";
    if (start != NULL && wva_parse_rfc3339(start, &from) == 0 &&
        (end == NULL || wva_parse_rfc3339(end, &to) == 0))
        wva_format_age(text, to > from ? to - from : 0);
    return wva_string(arena, text);
}

static struct wva_value *cell_node_status(struct wva_arena *arena, const struct wva_value *node)
{
    return wva_string(arena, condition_is_true(node, "Ready") ? "Ready" : "NotReady");
}

static struct wva_value *cell_node_roles(struct wva_arena *arena, const struct wva_value *node)
{
    (void)node;
    return wva_string(arena, "<none>");
}

static struct wva_value *cell_ports(struct wva_arena *arena, const struct wva_value *service)
{
    const struct wva_value *ports = wva_get(service, "spec", "ports");
    const char *text = "";
    for (size_t i = 0; ports != NULL && i < ports->count; i++)
        text = wva_arena_printf(arena, "%s%s%lld/%s", text, i > 0 ? "," : "",
                                (long long)number_at(wva_get(ports->items[i], "port")),
                                wva_get_str(ports->items[i], "protocol"));
    return wva_string(arena, text);
}

static struct wva_value *cell_no_external_ip(struct wva_arena *arena,
                                             const struct wva_value *service)
{
    (void)service;
    return wva_string(arena, "<none>");
}

static struct wva_value *cell_data(struct wva_arena *arena, const struct wva_value *map)
{
    const struct wva_value *data = wva_get(map, "data");
    return wva_int(arena, data != NULL ? (int64_t)data->count : 0);
}

static struct wva_value *cell_event_seen(struct wva_arena *arena, const struct wva_value *event)
{
    return wva_string(arena, age_of(arena, wva_get_str(event, "lastTimestamp")));
}

static struct wva_value *cell_event_object(struct wva_arena *arena, const struct wva_value *event)
{
    const char *kind = wva_get_str(event, "involvedObject", "kind");
    char *text = wva_arena_printf(arena, "%s/%s", kind != NULL ? kind : "",
                                  wva_get_str(event, "involvedObject", "name"));
    for (char *c = text; *c != '\0' && *c != '/'; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return wva_string(arena, text);
}

static const struct column columns[] = {
    {NULL, "Name", "string", 0, cell_name, NULL},
    {"pods", "Ready", "string", 0, cell_pod_ready, NULL},
    {"pods", "Status", "string", 0, cell_pod_status, NULL},
    {"pods", "Restarts", "string", 0, cell_pod_restarts, NULL},
    {"deployments", "Ready", "string", 0, cell_ready_of, NULL},
    {"deployments", "Up-to-date", "integer", 0, NULL, "status.updatedReplicas"},
    {"deployments", "Available", "integer", 0, NULL, "status.availableReplicas"},
    {"replicasets", "Desired", "integer", 0, NULL, "spec.replicas"},
    {"replicasets", "Current", "integer", 0, NULL, "status.replicas"},
    {"replicasets", "Ready", "integer", 0, NULL, "status.readyReplicas"},
    {"jobs", "Status", "string", 0, cell_job_status, NULL},
    {"jobs", "Completions", "string", 0, cell_job_completions, NULL},
    {"jobs", "Duration", "string", 0, cell_job_duration, NULL},
    {"services", "Type", "string", 0, NULL, "spec.type"},
    {"services", "Cluster-IP", "string", 0, NULL, "spec.clusterIP"},
    {"services", "External-IP", "string", 0, cell_no_external_ip, NULL},
    {"services", "Port(s)", "string", 0, cell_ports, NULL},
    {"nodes", "Status", "string", 0, cell_node_status, NULL},
    {"nodes", "Roles", "string", 0, cell_node_roles, NULL},
    {"configmaps", "Data", "integer", 0, cell_data, NULL},
    {"secrets", "Type", "string", 0, NULL, "type"},
    {"secrets", "Data", "integer", 0, cell_data, NULL},
    {"namespaces", "Status", "string", 0, NULL, "status.phase"},
    {"persistentvolumeclaims", "Status", "string", 0, NULL, "status.phase"},
    {"events", "Last Seen", "string", 0, cell_event_seen, NULL},
    {"events", "Type", "string", 0, NULL, "type"},
    {"events", "Reason", "string", 0, NULL, "reason"},
    {"events", "Object", "string", 0, cell_event_object, NULL},
    {"events", "Message", "string", 0, NULL, "message"},
    {"variantautoscalings", "Model", "string", 0, NULL, "spec.modelID"},
    {"variantautoscalings", "Accelerator", "string", 0, NULL, "status.currentAlloc.accelerator"},
    {"variantautoscalings", "CurrentReplicas", "integer", 0, NULL,
     "status.currentAlloc.numReplicas"},
    {"variantautoscalings", "Optimized", "string", 0, NULL,
     "status.desiredOptimizedAlloc.numReplicas"},
    {NULL, "Age", "string", 0, cell_age, NULL},
    {"pods", "IP", "string", 1, NULL, "status.podIP"},
    {"pods", "Node", "string", 1, NULL, "spec.nodeName"},
    {"nodes", "Version", "string", 0, NULL, "status.nodeInfo.kubeletVersion"},
};

static bool applies(const struct column *column, const struct sim_type *type)
{
    /* Events have neither name nor age in kubectl's table. */
    if (column->resource == NULL)
        return strcmp(type->resource, "events") != 0;
    return strcmp(column->resource, type->resource) == 0;
}

static struct wva_value *cell_at(struct wva_arena *arena, const struct column *column,
                                 const struct wva_value *object)
{
    const char *keys[9] = {0};
    size_t count = 0;
    if (column->cell != NULL)
        return column->cell(arena, object);
    char **parts = wva_str_split(arena, column->path, '.', &count);
    for (size_t i = 0; i < count && i < 8; i++)
        keys[i] = parts[i];
    struct wva_value *value = wva_value_at(object, keys);
    if (value != NULL)
        return value;
    if (strcmp(column->type, "integer") == 0)
        return wva_int(arena, 0);
    return wva_string(arena, "<none>");
}

static struct wva_value *column_definitions(struct wva_arena *arena, const struct sim_type *type)
{
    struct wva_value *definitions = wva_array(arena);
    for (size_t i = 0; i < WVA_COUNT(columns); i++) {
        if (!applies(&columns[i], type))
            continue;
        struct wva_value *definition = wva_object(arena);
        bool name = strcmp(columns[i].name, "Name") == 0;
        wva_put(arena, definition, wva_string(arena, columns[i].name), "name");
        wva_put(arena, definition, wva_string(arena, columns[i].type), "type");
        wva_put(arena, definition, wva_string(arena, name ? "name" : ""), "format");
        wva_put(arena, definition, wva_string(arena, columns[i].name), "description");
        wva_put(arena, definition, wva_int(arena, columns[i].priority), "priority");
        wva_array_append(arena, definitions, definition);
    }
    return definitions;
}

static struct wva_value *row_object(const struct api_request *r, const struct wva_value *object)
{
    if (api_param_is(r, "includeObject", "Object"))
        return wva_clone(r->arena, object);
    struct wva_value *partial = wva_object(r->arena);
    wva_put(r->arena, partial, wva_string(r->arena, "PartialObjectMetadata"), "kind");
    wva_put(r->arena, partial, wva_string(r->arena, "meta.k8s.io/v1"), "apiVersion");
    wva_put(r->arena, partial, wva_clone(r->arena, wva_get(object, "metadata")), "metadata");
    return partial;
}

static struct wva_value *row(const struct api_request *r, const struct wva_value *object)
{
    struct wva_value *cells = wva_array(r->arena);
    for (size_t i = 0; i < WVA_COUNT(columns); i++)
        if (applies(&columns[i], r->type))
            wva_array_append(r->arena, cells, cell_at(r->arena, &columns[i], object));
    struct wva_value *result = wva_object(r->arena);
    wva_put(r->arena, result, cells, "cells");
    wva_put(r->arena, result, row_object(r, object), "object");
    return result;
}

bool api_wants_table(const struct api_request *r)
{
    const char *accept = api_header(r, "Accept");
    return accept != NULL && strstr(accept, "as=Table") != NULL;
}

struct wva_value *api_table(struct api_request *r, const struct wva_value *object,
                            bool with_columns)
{
    struct wva_arena *arena = r->arena;
    const struct wva_value *items = wva_get(object, "items");
    struct wva_value *rows = wva_array(arena);
    if (items == NULL)
        wva_array_append(arena, rows, row(r, object));
    for (size_t i = 0; items != NULL && i < items->count; i++)
        wva_array_append(arena, rows, row(r, items->items[i]));
    struct wva_value *table = wva_object(arena);
    wva_put(arena, table, wva_string(arena, "Table"), "kind");
    wva_put(arena, table, wva_string(arena, "meta.k8s.io/v1"), "apiVersion");
    if (items != NULL)
        wva_put(arena, table, wva_clone(arena, wva_get(object, "metadata")), "metadata");
    else
        wva_put(arena, table, wva_clone(arena, wva_get(object, "metadata", "resourceVersion")),
                "metadata", "resourceVersion");
    wva_put(arena, table, with_columns ? column_definitions(arena, r->type) : wva_null(arena),
            "columnDefinitions");
    wva_put(arena, table, rows, "rows");
    return table;
}
