// SPDX-License-Identifier: Apache-2.0
// delete and deletecollection: preconditions, propagation, grace. What becomes of dependents and of
// what is in a namespace is the garbage collector's, of running Pods the kubelet's (see sim.h).

#include "api_store.h"

#include "wva/util/clock.h"
#include "wva/util/mem.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <string.h>

struct options {
    const char *propagation; /* NULL: the type's default */
    const char *uid, *version;
    int64_t grace; /* -1: the object's own */
    bool dry_run;
};

static int read_options(struct api_request *r, struct options *ret)
{
    struct body_duplicates duplicates;
    struct wva_value *body = NULL;
    struct options options = {
        .propagation = api_param(r, "propagationPolicy"), .grace = -1, .dry_run = api_dry_run(r)};
    const char *grace = api_param(r, "gracePeriodSeconds");
    if (grace != NULL)
        (void)!wva_parse_i64(grace, strlen(grace), &options.grace);
    if (r->body_len > 0 && r->body[0] == '{') {
        if (api_parse_body(r, &body, &duplicates) < 0)
            return -1;
        if (wva_get_str(body, "propagationPolicy") != NULL)
            options.propagation = wva_get_str(body, "propagationPolicy");
        options.uid = wva_get_str(body, "preconditions", "uid");
        options.version = wva_get_str(body, "preconditions", "resourceVersion");
        (void)wva_value_i64(wva_get(body, "gracePeriodSeconds"), &options.grace);
        if (wva_str_eq(wva_get_str(body, "dryRun", "0"), "All"))
            options.dry_run = true;
    }
    if (options.propagation != NULL && strcmp(options.propagation, "Background") != 0 &&
        strcmp(options.propagation, "Foreground") != 0 &&
        strcmp(options.propagation, "Orphan") != 0)
        return api_fail(
            r, 422, "Invalid", NULL,
            "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported "
            "value: \"%s\": supported values: \"Foreground\", \"Background\", \"Orphan\"",
            options.propagation);
    *ret = options;
    return 0;
}

static int check_preconditions(struct api_request *r, const struct wva_value *value,
                               const struct options *options)
{
    const char *uid = wva_get_str(value, "metadata", "uid");
    const char *version = wva_get_str(value, "metadata", "resourceVersion");
    const char *name = wva_get_str(value, "metadata", "name");
    if (options->uid != NULL && !wva_str_eq(options->uid, uid))
        return api_fail_conflict(
            r, name,
            wva_arena_printf(r->arena,
                             "Precondition failed: UID in precondition: %s, UID in object meta: %s",
                             options->uid, uid));
    if (options->version != NULL && !wva_str_eq(options->version, version))
        return api_fail_conflict(
            r, name,
            wva_arena_printf(r->arena,
                             "Precondition failed: ResourceVersion in precondition: %s, "
                             "ResourceVersion in object meta: %s",
                             options->version, version));
    return 0;
}

static bool owned_by(const struct wva_value *reference, const char *uid)
{
    return wva_str_eq(wva_get_str(reference, "uid"), uid);
}

/* Takes the reference to `uid` out of the object, if there is one. */
static void disown(struct sim *sim, struct sim_object *object, const char *uid)
{
    const struct wva_value *references = wva_get(object->value, "metadata", "ownerReferences");
    for (size_t i = 0; references != NULL && i < references->count; i++) {
        if (!owned_by(references->items[i], uid))
            continue;
        wva_auto_arena arena = {0};
        struct wva_value *value = wva_clone(&arena, object->value);
        wva_array_remove(wva_get(value, "metadata", "ownerReferences"), i);
        if (references->count == 1)
            (void)wva_remove(value, "metadata", "ownerReferences");
        sim_store_replace(sim, object, value);
        return;
    }
}

static void orphan_dependents(struct sim *sim, const struct wva_value *owner)
{
    wva_auto_arena arena = {0};
    const char *uid = wva_arena_strdup(&arena, wva_get_str(owner, "metadata", "uid"));
    for (struct sim_object *object = sim->store.objects; object != NULL; object = object->next)
        disown(sim, object, uid);
}

static void mark_deleted(struct api_request *r, struct sim_object *object, int64_t grace,
                         const char *finalizer)
{
    char when[WVA_RFC3339_MAX];
    struct wva_value *value = wva_clone(r->arena, object->value);
    int64_t seconds = grace > 0 ? grace : 0;
    wva_format_rfc3339(when, wva_clock_unix_ms() + seconds * 1000);
    wva_put(r->arena, value, wva_string(r->arena, when), "metadata", "deletionTimestamp");
    if (grace >= 0)
        wva_put(r->arena, value, wva_int(r->arena, grace), "metadata",
                "deletionGracePeriodSeconds");
    if (finalizer != NULL) {
        struct wva_value *finalizers = wva_get(value, "metadata", "finalizers");
        if (finalizers == NULL) {
            finalizers = wva_array(r->arena);
            wva_put(r->arena, value, finalizers, "metadata", "finalizers");
        }
        wva_array_append(r->arena, finalizers, wva_string(r->arena, finalizer));
    }
    if (strcmp(object->type->kind, "Namespace") == 0)
        wva_put(r->arena, value, wva_string(r->arena, "Terminating"), "status", "phase");
    sim_store_replace(r->sim, object, value);
}

/* Seconds that the kubelet has for a Pod; 0 when there is nothing for it to do. */
static int64_t grace_of_pod(const struct wva_value *pod, int64_t asked)
{
    const char *phase = wva_get_str(pod, "status", "phase");
    int64_t grace = 30;
    if (wva_get_str(pod, "spec", "nodeName") == NULL || wva_str_eq(phase, "Succeeded") ||
        wva_str_eq(phase, "Failed"))
        return 0;
    (void)wva_value_i64(wva_get(pod, "spec", "terminationGracePeriodSeconds"), &grace);
    return asked >= 0 ? asked : grace;
}

/* Deletes after the options. True when the object is gone, false when it waits (then it is still
 * there). */
static bool delete_now(struct api_request *r, struct sim_object *object,
                       const struct options *options)
{
    const char *kind = object->type->kind;
    bool job = strcmp(kind, "Job") == 0;
    const char *policy = options->propagation;
    if (policy == NULL)
        policy = job ? "Orphan" : "Background";
    if (strcmp(policy, "Orphan") == 0)
        orphan_dependents(r->sim, object->value);
    if (strcmp(kind, "Namespace") == 0) { /* it empties before it goes */
        mark_deleted(r, object, -1, NULL);
        return false;
    }
    const struct wva_value *finalizers = wva_get(object->value, "metadata", "finalizers");
    if (strcmp(policy, "Foreground") == 0 && strcmp(kind, "Pod") != 0) {
        mark_deleted(r, object, -1, "foregroundDeletion");
        return false;
    }
    if (finalizers != NULL && finalizers->count > 0) {
        mark_deleted(r, object, -1, NULL);
        return false;
    }
    int64_t grace = strcmp(kind, "Pod") == 0 ? grace_of_pod(object->value, options->grace) : 0;
    if (grace > 0) {
        mark_deleted(r, object, grace, NULL);
        return false;
    }
    sim_store_remove(r->sim, object);
    return true;
}

static void warn_of_orphans(struct api_request *r, const struct options *options)
{
    if (strcmp(r->type->kind, "Job") == 0 && options->propagation == NULL)
        api_add_warning(r, "child pods are preserved by default when jobs are deleted; set "
                           "propagationPolicy=Background to remove them or set "
                           "propagationPolicy=Orphan to suppress this warning");
}

static void reply_deleted(struct api_request *r, const char *name, const char *uid)
{
    struct wva_value *details = api_details(r, name);
    wva_put(r->arena, details, wva_string(r->arena, uid), "uid");
    api_reply_value(r, 200, api_status_value(r->arena, 200, NULL, NULL, details));
}

void api_delete(struct api_request *r)
{
    struct options options;
    struct sim_object *object = sim_store_find(r->sim, r->type, r->namespace_, r->name);
    if (strcmp(r->type->kind, "Namespace") == 0)
        object = sim_store_find(r->sim, r->type, NULL, r->name);
    if (object == NULL) {
        (void)api_fail_not_found(r, r->name);
        return;
    }
    if (read_options(r, &options) < 0 || check_preconditions(r, object->value, &options) < 0)
        return;
    if (r->fault.conflict) {
        (void)api_fail_conflict(r, r->name, NULL);
        return;
    }
    warn_of_orphans(r, &options);
    const char *uid = wva_arena_strdup(r->arena, wva_get_str(object->value, "metadata", "uid"));
    if (options.dry_run || delete_now(r, object, &options))
        reply_deleted(r, r->name, uid);
    else
        api_reply_value(r, 200, object->value);
}

void api_delete_collection(struct api_request *r)
{
    struct options options;
    if (read_options(r, &options) < 0)
        return;
    warn_of_orphans(r, &options);
    struct sim_object *next;
    struct wva_value *items = wva_array(r->arena);
    for (struct sim_object *object = r->sim->store.objects; object != NULL; object = next) {
        next = object->next;
        if (object->type != r->type ||
            (r->namespace_ != NULL &&
             !wva_str_eq(wva_get_str(object->value, "metadata", "namespace"), r->namespace_)) ||
            !sim_match_labels(object->value, api_param(r, "labelSelector")) ||
            !sim_match_fields(object->value, api_param(r, "fieldSelector")))
            continue;
        wva_array_append(r->arena, items, wva_clone(r->arena, object->value));
        if (!options.dry_run)
            (void)delete_now(r, object, &options);
    }
    struct wva_value *list = wva_object(r->arena);
    wva_put(r->arena, list,
            wva_string(r->arena, wva_arena_printf(r->arena, "%sList", r->type->kind)), "kind");
    wva_put(r->arena, list, wva_string(r->arena, sim_type_api_version(r->arena, r->type)),
            "apiVersion");
    wva_put(
        r->arena, list,
        wva_string(r->arena, wva_arena_printf(r->arena, "%lld", (long long)r->sim->store.version)),
        "metadata", "resourceVersion");
    wva_put(r->arena, list, items, "items");
    api_reply_value(r, 200, list);
}
