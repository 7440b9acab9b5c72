// SPDX-License-Identifier: Apache-2.0
// From path and method to the handler.

#include "api.h"

#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <string.h>

#define PARTS_MAX 64

/* The decoded segments of a path. Splits before decoding, so that a %2F stays inside its segment.
 */
struct parts {
    const char *at[PARTS_MAX];
    size_t count;
};

static void split_path(struct api_request *r, struct parts *parts)
{
    size_t count = 0;
    char **pieces = wva_str_split(r->arena, r->path + 1, '/', &count);
    for (size_t i = 0; i < count && parts->count < PARTS_MAX; i++)
        if (pieces[i][0] != '\0')
            parts->at[parts->count++] = pieces[i];
}

/* What remains of the path after the first `count` segments, with its slash. */
static const char *rest_after(const char *path, size_t count)
{
    const char *c = path;
    for (size_t i = 0; i < count; i++) {
        c = strchr(c + 1, '/');
        if (c == NULL)
            return "/";
    }
    return c;
}

/* The path after /api/V or /apis/G/V: [namespaces/NS/]RESOURCE[/NAME[/SUBRESOURCE[/…]]]. */
static void resolve_resource(struct api_request *r, const struct parts *parts, size_t i)
{
    size_t left = parts->count - i;
    bool in_namespaces = strcmp(parts->at[i], "namespaces") == 0;
    const char *third = left > 2 ? parts->at[i + 2] : "status";
    /* RBAC looks at a Namespace as being in itself. */
    if (in_namespaces && left > 1)
        r->namespace_ = parts->at[i + 1];
    if (in_namespaces && strcmp(third, "status") != 0 && strcmp(third, "finalize") != 0) {
        i += 2;
        left -= 2;
    }
    r->resource = parts->at[i];
    r->name = left > 1 ? parts->at[i + 1] : NULL;
    r->subresource = left > 2 ? parts->at[i + 2] : NULL;
    r->rest = left > 3 ? rest_after(r->path, i + 3) : "/";
}

/* Fills in what the path addresses; false when it is not below /api/V or /apis/G/V. */
static bool resolve(struct api_request *r)
{
    struct parts parts = {0};
    split_path(r, &parts);
    bool core = parts.count > 2 && strcmp(parts.at[0], "api") == 0;
    bool grouped = parts.count > 3 && strcmp(parts.at[0], "apis") == 0;
    if (!core && !grouped)
        return false;
    r->group = core ? "" : parts.at[1];
    r->version = parts.at[core ? 1 : 2];
    resolve_resource(r, &parts, core ? 2 : 3);
    r->type = sim_type_find(r->group, r->version, r->resource);
    if (r->type != NULL && !sim_type_served(r->sim, r->type))
        r->type = NULL;
    return true;
}

static bool is_watch(const struct api_request *r)
{
    const char *watch = api_param(r, "watch");
    return watch != NULL && strcmp(watch, "0") != 0 && strcmp(watch, "false") != 0;
}

/* RBAC's verb for a method on one object or on the collection. */
static const char *verb_of(const struct api_request *r)
{
    static const struct {
        const char *method, *one, *all;
    } verbs[] = {
        {"GET", "get", "list"},       {"HEAD", "get", "list"},
        {"POST", "create", "create"}, {"PUT", "update", "update"},
        {"PATCH", "patch", "patch"},  {"DELETE", "delete", "deletecollection"},
    };
    if (strcmp(r->method, "GET") == 0 && r->name == NULL && is_watch(r))
        return "watch";
    for (size_t i = 0; i < WVA_COUNT(verbs); i++)
        if (strcmp(verbs[i].method, r->method) == 0)
            return r->name != NULL ? verbs[i].one : verbs[i].all;
    return "";
}

static void method_not_allowed(struct api_request *r)
{
    (void)api_fail(r, 405, "MethodNotAllowed", api_details(r, NULL),
                   "the server does not allow this method on the requested resource");
}

static void unknown_resource(struct api_request *r)
{
    (void)api_fail(r, 404, "NotFound", wva_object(r->arena),
                   "the server could not find the requested resource");
}

struct handler {
    const char *verb;
    void (*handle)(struct api_request *r);
};

static const struct handler object_handlers[] = {
    {"get", api_get},
    {"list", api_list},
    {"create", api_create},
    {"update", api_update},
    {"patch", api_patch},
    {"delete", api_delete},
    {"deletecollection", api_delete_collection},
};

static void handle_object(struct api_request *r)
{
    if (r->name == NULL && (strcmp(r->verb, "update") == 0 || strcmp(r->verb, "patch") == 0)) {
        method_not_allowed(r);
        return;
    }
    if (r->name != NULL && strcmp(r->verb, "create") == 0) {
        method_not_allowed(r);
        return;
    }
    if (strcmp(r->verb, "watch") == 0) {
        api_watch(r);
        return;
    }
    for (size_t i = 0; i < WVA_COUNT(object_handlers); i++) {
        if (strcmp(object_handlers[i].verb, r->verb) != 0)
            continue;
        pthread_mutex_lock(&r->sim->lock);
        object_handlers[i].handle(r);
        pthread_mutex_unlock(&r->sim->lock);
        return;
    }
    method_not_allowed(r);
}

static void handle_subresource(struct api_request *r)
{
    const char *sub = r->subresource;
    bool pod = strcmp(r->resource, "pods") == 0;
    bool scalable = strcmp(r->group, "apps") == 0;
    if (strcmp(sub, "status") == 0 && r->type->has_status)
        handle_object(r);
    else if (strcmp(sub, "log") == 0 && pod)
        api_log(r);
    else if (strcmp(sub, "proxy") == 0 && (pod || strcmp(r->resource, "services") == 0))
        api_proxy(r);
    else if (strcmp(sub, "scale") == 0 && scalable)
        api_scale(r);
    else
        unknown_resource(r);
}

static bool is_review(const struct api_request *r)
{
    return strcmp(r->verb, "create") == 0 && (strcmp(r->group, "authorization.k8s.io") == 0 ||
                                              strcmp(r->group, "authentication.k8s.io") == 0);
}

static void handle_resource(struct api_request *r)
{
    if (is_review(r)) {
        api_review(r, r->resource);
        return;
    }
    if (r->type == NULL || (r->type->namespaced && r->name != NULL && r->namespace_ == NULL)) {
        (void)api_fail_page(r);
        return;
    }
    if (r->subresource != NULL)
        handle_subresource(r);
    else if (r->type->namespaced && r->namespace_ == NULL && strcmp(r->verb, "create") == 0)
        method_not_allowed(r);
    else
        handle_object(r);
}

void api_handle(struct api_request *r)
{
    bool resource = resolve(r);
    r->verb = verb_of(r);
    if (api_authorize(r) < 0)
        return;
    if (resource) {
        handle_resource(r);
        return;
    }
    if (!api_discovery(r) && !api_openapi(r))
        (void)api_fail_page(r);
}
