// SPDX-License-Identifier: Apache-2.0
// create, update and patch.

#include "api_store.h"
#include "managed.h"
#include "patch.h"

#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <string.h>

#define JSON_PATCH_MAX 10000

/* A rival writes the object, as the fault "conflict-write" demands. */
static void write_by_rival(struct api_request *r, struct sim_object *object)
{
    if (!r->fault.conflict_write)
        return;
    struct wva_value *value = wva_clone(r->arena, object->value);
    wva_put(
        r->arena, value,
        wva_string(r->arena, wva_arena_printf(r->arena, "%lld", (long long)r->sim->store.version)),
        "metadata", "annotations", "wva-sim/rival");
    sim_store_replace(r->sim, object, value);
}

/* The object addressed; the faults that concern writes happen here. NULL: answered. */
static struct sim_object *find_for_write(struct api_request *r)
{
    struct sim_object *object = sim_store_find(r->sim, r->type, r->namespace_, r->name);
    if (object == NULL) {
        (void)api_fail_not_found(r, r->name);
        return NULL;
    }
    write_by_rival(r, object);
    if (r->fault.conflict) {
        (void)api_fail_conflict(r, r->name, NULL);
        return NULL;
    }
    return object;
}

void api_create(struct api_request *r)
{
    struct api_write write = {.manager = api_manager(r)};
    struct body_duplicates duplicates;
    if (api_parse_body(r, &write.value, &duplicates) < 0 ||
        api_decode(r, write.value, &duplicates, false) < 0)
        return;
    if (r->fault.conflict) {
        const char *name = wva_get_str(write.value, "metadata", "name");
        (void)api_fail(r, 409, "AlreadyExists", api_details(r, name), "%s \"%s\" already exists",
                       api_qualified_resource(r->arena, r->type), name);
        return;
    }
    (void)api_store(r, &write);
}

static int check_url_name(struct api_request *r, const struct wva_value *value)
{
    const char *name = wva_get_str(value, "metadata", "name");
    if (wva_str_eq(name, r->name))
        return 0;
    return api_fail(r, 400, "BadRequest", NULL,
                    "the name of the object (%s) does not match the name on the URL (%s)",
                    name != NULL ? name : "", r->name);
}

void api_update(struct api_request *r)
{
    struct api_write write = {.manager = api_manager(r)};
    struct body_duplicates duplicates;
    if (api_parse_body(r, &write.value, &duplicates) < 0 ||
        api_decode(r, write.value, &duplicates, false) < 0 || check_url_name(r, write.value) < 0)
        return;
    write.old = find_for_write(r);
    if (write.old != NULL)
        (void)api_store(r, &write);
}

static int refuse_patch_type(struct api_request *r)
{
    bool custom = strcmp(r->type->group, "llmd.ai") == 0;
    return api_fail(r, 415, "UnsupportedMediaType", wva_object(r->arena),
                    "the body of the request was in an unknown format - accepted media types "
                    "include: application/json-patch+json, application/merge-patch+json%s, "
                    "application/apply-patch+yaml",
                    custom ? "" : ", application/strategic-merge-patch+json");
}

static int apply_json_patch(struct api_request *r, struct wva_value **value,
                            const struct wva_value *patch)
{
    struct wva_error err = {0};
    if (patch->kind != WVA_ARRAY)
        return api_fail(r, 400, "BadRequest", NULL,
                        "error decoding patch: json: cannot unmarshal object into Go value of type "
                        "jsonpatch.Patch");
    if (patch->count > JSON_PATCH_MAX)
        return api_fail(r, 413, "RequestEntityTooLarge", NULL,
                        "The allowed maximum operations in a JSON patch is %d, got %zu",
                        JSON_PATCH_MAX, patch->count);
    if (patch_json(r->arena, *value, patch, value, &err) < 0)
        return api_fail(r, 422, "Invalid", wva_object(r->arena),
                        "the server rejected our request due to an error in our request");
    return 0;
}

/* Changes `*value`, a copy of the object, by the patch in the body. */
static int run_patch(struct api_request *r, struct wva_value **value, const struct wva_value *patch)
{
    const char *type = api_header(r, "Content-Type");
    bool custom = strcmp(r->type->group, "llmd.ai") == 0;
    if (type == NULL)
        return refuse_patch_type(r);
    if (strstr(type, "application/json-patch+json") != NULL)
        return apply_json_patch(r, value, patch);
    if (patch->kind != WVA_OBJECT)
        return api_fail(r, 400, "BadRequest", NULL, "error decoding patch: not an object");
    if (strstr(type, "application/merge-patch+json") != NULL)
        patch_merge(r->arena, *value, patch);
    else if (strstr(type, "application/strategic-merge-patch+json") != NULL && !custom)
        patch_strategic(r->arena, sim_place_root(r->sim, r->type), *value, patch);
    else
        return refuse_patch_type(r);
    return 0;
}

static int check_patch_options(struct api_request *r)
{
    if (api_param(r, "force") == NULL)
        return 0;
    return api_fail(r, 422, "Invalid", NULL,
                    "PatchOptions.meta.k8s.io \"\" is invalid: force: Forbidden: may not be "
                    "specified for non-apply patch");
}

/* A patch that names no version is run on whatever is there; one that names it must name the
 * present one. */
static void keep_version(struct api_request *r, struct wva_value *value,
                         const struct wva_value *old, const struct wva_value *patch)
{
    const char *asked = wva_get_str(patch, "metadata", "resourceVersion");
    const char *now = wva_get_str(old, "metadata", "resourceVersion");
    if (patch->kind != WVA_OBJECT)
        asked = wva_get_str(value, "metadata", "resourceVersion");
    wva_put(r->arena, value, wva_string(r->arena, wva_str_empty(asked) ? now : asked), "metadata",
            "resourceVersion");
}

void api_patch(struct api_request *r)
{
    const char *content = api_header(r, "Content-Type");
    struct api_write write = {.manager = api_manager(r)};
    struct body_duplicates duplicates;
    struct wva_value *patch = NULL;
    if (content != NULL && strstr(content, "application/apply-patch+yaml") != NULL) {
        api_apply(r);
        return;
    }
    if (check_patch_options(r) < 0 || api_parse_body(r, &patch, &duplicates) < 0)
        return;
    write.old = find_for_write(r);
    if (write.old == NULL)
        return;
    write.value = wva_clone(r->arena, write.old->value);
    if (run_patch(r, &write.value, patch) < 0 ||
        api_decode(r, write.value, &duplicates, true) < 0 || check_url_name(r, write.value) < 0)
        return;
    keep_version(r, write.value, write.old->value, patch);
    (void)api_store(r, &write);
}

/* autoscaling/v1 Scale of a Deployment, ReplicaSet or StatefulSet. */
static struct wva_value *scale_of(struct api_request *r, const struct wva_value *object)
{
    static const char *const kept[] = {"name", "namespace", "uid", "resourceVersion",
                                       "creationTimestamp"};
    struct wva_value *scale = wva_object(r->arena);
    int64_t replicas = 0;
    int64_t present = 0;
    (void)wva_value_i64(wva_get(object, "spec", "replicas"), &replicas);
    (void)wva_value_i64(wva_get(object, "status", "replicas"), &present);
    wva_put(r->arena, scale, wva_string(r->arena, "Scale"), "kind");
    wva_put(r->arena, scale, wva_string(r->arena, "autoscaling/v1"), "apiVersion");
    for (size_t i = 0; i < WVA_COUNT(kept); i++)
        wva_put(r->arena, scale, wva_clone(r->arena, wva_get(object, "metadata", kept[i])),
                "metadata", kept[i]);
    wva_put(r->arena, scale, wva_int(r->arena, replicas), "spec", "replicas");
    wva_put(r->arena, scale, wva_int(r->arena, present), "status", "replicas");
    return scale;
}

static void write_scale(struct api_request *r, struct sim_object *object)
{
    struct body_duplicates duplicates;
    struct wva_value *body = NULL;
    int64_t replicas = 0;
    if (api_parse_body(r, &body, &duplicates) < 0)
        return;
    const char *version = wva_get_str(body, "metadata", "resourceVersion");
    if (!wva_value_i64(wva_get(body, "spec", "replicas"), &replicas) || replicas < 0) {
        (void)api_fail(r, 422, "Invalid", NULL,
                       "Scale.autoscaling \"%s\" is invalid: spec.replicas: Invalid value",
                       r->name);
        return;
    }
    if (!wva_str_empty(version) &&
        !wva_str_eq(version, wva_get_str(object->value, "metadata", "resourceVersion"))) {
        (void)api_fail_conflict(r, r->name, NULL);
        return;
    }
    struct wva_value *value = wva_clone(r->arena, object->value);
    wva_put(r->arena, value, wva_int(r->arena, replicas), "spec", "replicas");
    managed_track_update(r->arena, sim_place_root(r->sim, r->type), object->value, value,
                         api_manager(r), "scale");
    if (!api_dry_run(r))
        sim_store_replace(r->sim, object, value);
    api_reply_value(r, 200, scale_of(r, api_dry_run(r) ? value : object->value));
}

void api_scale(struct api_request *r)
{
    pthread_mutex_lock(&r->sim->lock);
    struct sim_object *object = find_for_write(r);
    if (object != NULL && strcmp(r->verb, "get") == 0)
        api_reply_value(r, 200, scale_of(r, object->value));
    else if (object != NULL)
        write_scale(r, object);
    pthread_mutex_unlock(&r->sim->lock);
}
