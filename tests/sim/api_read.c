// SPDX-License-Identifier: Apache-2.0
// get and list. A list is sorted as etcd's keys are, by namespace and name; a page that is
// continued shows the present, not the past (the token only expires with the history).

#include "api.h"
#include "api_select.h"

#include "wva/codec/json.h"
#include "wva/util/encode.h"
#include "wva/util/mem.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <stdlib.h>
#include <string.h>

static const char expired_continue[] =
    "The provided continue parameter is too old to display a consistent list result. You can start "
    "a new list without the continue parameter, or use the continue token in this response to "
    "retrieve the remainder of the results. Continuing with the provided token results in an "
    "inconsistent list - objects that were created, modified, or deleted between the time the "
    "first "
    "chunk was returned and now may show up in the list.";

void api_get(struct api_request *r)
{
    struct sim_object *object = sim_store_find(r->sim, r->type, r->namespace_, r->name);
    if (object == NULL) {
        (void)api_fail_not_found(r, r->name);
        return;
    }
    api_reply_value(r, 200, api_wants_table(r) ? api_table(r, object->value, true) : object->value);
}

int api_check_version(struct api_request *r, int64_t *ret)
{
    const char *text = api_param(r, "resourceVersion");
    int64_t version = 0;
    if (wva_str_empty(text)) {
        *ret = 0;
        return 0;
    }
    if (wva_parse_i64(text, strlen(text), &version) < 0 || version < 0)
        return api_fail(r, 400, "BadRequest", NULL,
                        "resourceVersion: Invalid value: \"%s\": strconv.ParseUint: parsing "
                        "\"%s\": invalid syntax",
                        text, text);
    if (version > r->sim->store.version) {
        struct wva_value *cause = wva_object(r->arena);
        wva_put(r->arena, cause, wva_string(r->arena, "ResourceVersionTooLarge"), "reason");
        wva_put(r->arena, cause, wva_string(r->arena, "Too large resource version"), "message");
        struct wva_value *details = wva_object(r->arena);
        struct wva_value *causes = wva_array(r->arena);
        wva_array_append(r->arena, causes, cause);
        wva_put(r->arena, details, causes, "causes");
        wva_put(r->arena, details, wva_int(r->arena, 1), "retryAfterSeconds");
        return api_fail(r, 504, "Timeout", details,
                        "Timeout: Too large resource version: %lld, current: %lld",
                        (long long)version, (long long)r->sim->store.version);
    }
    *ret = version;
    return 0;
}

/* Which fields a selector may name; others are refused in these words. */
static bool known_field(const struct sim_type *type, const char *path)
{
    static const char *const fields[][2] = {
        {"pods", " spec.nodeName spec.restartPolicy spec.schedulerName spec.serviceAccountName "
                 "spec.hostNetwork status.phase status.podIP status.nominatedNodeName "},
        {"events", " involvedObject.kind involvedObject.namespace involvedObject.name "
                   "involvedObject.uid involvedObject.apiVersion involvedObject.resourceVersion "
                   "involvedObject.fieldPath reason reportingComponent source type "},
        {"nodes", " spec.unschedulable "},
        {"namespaces", " status.phase "},
        {"secrets", " type "},
        {"jobs", " status.successful "},
        {"replicasets", " status.replicas "},
        {"services", " spec.clusterIP spec.type "},
    };
    wva_auto_arena arena = {0};
    const char *word = wva_arena_printf(&arena, " %s ", path);
    if (strcmp(path, "metadata.name") == 0 || strcmp(path, "metadata.namespace") == 0)
        return true;
    for (size_t i = 0; i < WVA_COUNT(fields); i++)
        if (strcmp(fields[i][0], type->resource) == 0)
            return strstr(fields[i][1], word) != NULL;
    return false;
}

int api_check_selectors(struct api_request *r)
{
    const char *selector = api_param(r, "fieldSelector");
    size_t count = 0;
    if (wva_str_empty(selector))
        return 0;
    char **parts = wva_str_split(r->arena, selector, ',', &count);
    for (size_t i = 0; i < count; i++) {
        const char *path = wva_arena_strndup(r->arena, parts[i], strcspn(parts[i], "!="));
        if (strchr(parts[i], '=') == NULL)
            return api_fail(r, 400, "BadRequest", NULL,
                            "invalid selector: '%s'; can't understand '%s'", selector, parts[i]);
        if (!known_field(r->type, path))
            return api_fail(r, 400, "BadRequest", NULL, "field label not supported: %s", path);
    }
    return 0;
}

bool api_selected(const struct api_request *r, const struct wva_value *object)
{
    if (r->namespace_ != NULL && r->type->namespaced &&
        !wva_str_eq(wva_get_str(object, "metadata", "namespace"), r->namespace_))
        return false;
    return sim_match_labels(object, api_param(r, "labelSelector")) &&
           sim_match_fields(object, api_param(r, "fieldSelector"));
}

static const char *key_of(struct wva_arena *arena, const struct wva_value *object)
{
    const char *namespace_ = wva_get_str(object, "metadata", "namespace");
    return wva_arena_printf(arena, "%s/%s", namespace_ != NULL ? namespace_ : "",
                            wva_get_str(object, "metadata", "name"));
}

struct row {
    const char *key;
    struct wva_value *value;
};

static int compare_rows(const void *a, const void *b)
{
    return strcmp(((const struct row *)a)->key, ((const struct row *)b)->key);
}

struct api_rows {
    struct row *at;
    size_t count;
};

static struct api_rows select_rows(struct api_request *r, const char *start)
{
    struct api_rows rows = {0};
    size_t total = 0;
    for (struct sim_object *object = r->sim->store.objects; object != NULL; object = object->next)
        total += object->type == r->type;
    rows.at = wva_arena_calloc(r->arena, total + 1, sizeof(*rows.at));
    for (struct sim_object *object = r->sim->store.objects; object != NULL; object = object->next) {
        if (object->type != r->type || !api_selected(r, object->value))
            continue;
        const char *key = key_of(r->arena, object->value);
        if (start != NULL && strcmp(key, start) <= 0)
            continue;
        rows.at[rows.count++] = (struct row){key, object->value};
    }
    qsort(rows.at, rows.count, sizeof(*rows.at), compare_rows);
    return rows;
}

/* The continue token: base64 of "VERSION NAMESPACE/NAME". */
static int read_continue(struct api_request *r, const char **ret_start, int64_t *ret_version)
{
    const char *token = api_param(r, "continue");
    size_t bad = 0;
    if (wva_str_empty(token))
        return 0;
    wva_auto_secret plain = {0};
    char *space = NULL;
    if (wva_base64_decode(token, strlen(token), &plain, &bad) == 0 && plain.data != NULL)
        space = strchr(plain.data, ' ');
    if (space == NULL)
        return api_fail(r, 400, "BadRequest", NULL, "continue key is not valid: %s", token);
    if (strtoll(plain.data, NULL, 10) < r->sim->store.oldest_version)
        return api_fail(r, 410, "Expired", NULL, "%s", expired_continue);
    *ret_version = strtoll(plain.data, NULL, 10);
    *ret_start = wva_arena_strdup(r->arena, space + 1);
    return 0;
}

static void put_list_metadata(struct api_request *r, struct wva_value *list, int64_t version,
                              const struct api_rows *rows, size_t shown)
{
    struct wva_arena *arena = r->arena;
    wva_put(arena, list, wva_string(arena, wva_arena_printf(arena, "%lld", (long long)version)),
            "metadata", "resourceVersion");
    if (shown == rows->count)
        return;
    const char *token =
        wva_arena_printf(arena, "%lld %s", (long long)version, rows->at[shown - 1].key);
    wva_put(arena, list, wva_string(arena, wva_base64_encode(arena, token, strlen(token))),
            "metadata", "continue");
    if (wva_str_empty(api_param(r, "labelSelector")) &&
        wva_str_empty(api_param(r, "fieldSelector")))
        wva_put(arena, list, wva_int(arena, (int64_t)(rows->count - shown)), "metadata",
                "remainingItemCount");
}

void api_list(struct api_request *r)
{
    const char *start = NULL;
    int64_t version = 0;
    int64_t asked = 0;
    if (api_check_version(r, &asked) < 0 || api_check_selectors(r) < 0)
        return;
    version = r->sim->store.version;
    if (read_continue(r, &start, &version) < 0)
        return;
    struct api_rows rows = select_rows(r, start);
    const char *limit = api_param(r, "limit");
    int64_t most = 0;
    if (limit != NULL)
        (void)!wva_parse_i64(limit, strlen(limit), &most);
    size_t shown = most > 0 && (size_t)most < rows.count ? (size_t)most : rows.count;
    struct wva_value *items = wva_array(r->arena);
    for (size_t i = 0; i < shown; i++)
        wva_array_append(r->arena, items, rows.at[i].value);
    struct wva_value *list = wva_object(r->arena);
    wva_put(r->arena, list,
            wva_string(r->arena, wva_arena_printf(r->arena, "%sList", r->type->kind)), "kind");
    wva_put(r->arena, list, wva_string(r->arena, sim_type_api_version(r->arena, r->type)),
            "apiVersion");
    put_list_metadata(r, list, version, &rows, shown);
    wva_put(r->arena, list, items, "items");
    api_reply_value(r, 200, api_wants_table(r) ? api_table(r, list, true) : list);
}
