// SPDX-License-Identifier: Apache-2.0
// The last steps of every write: identity, defaults, validation, admission, ownership, the store.

#include "api_store.h"
#include "managed.h"
#include "validate.h"

#include "wva/util/clock.h"
#include "wva/util/encode.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <stdio.h>
#include <string.h>

const char *api_manager(const struct api_request *r)
{
    const char *manager = api_param(r, "fieldManager");
    const char *agent = api_header(r, "User-Agent");
    if (!wva_str_empty(manager))
        return manager;
    if (wva_str_empty(agent))
        return "unknown";
    return wva_arena_strndup(r->arena, agent, strcspn(agent, "/"));
}

static int fail_terminating(struct api_request *r, const struct wva_value *value)
{
    const char *name = wva_get_str(value, "metadata", "name");
    struct wva_value *details = api_details(r, name), *cause = wva_object(r->arena);
    wva_put(r->arena, cause, wva_string(r->arena, "NamespaceTerminating"), "reason");
    wva_put(r->arena, details, wva_array(r->arena), "causes");
    wva_array_append(r->arena, wva_get(details, "causes"), cause);
    return api_fail(r, 403, "Forbidden", details,
                    "%s%s%s \"%s\" is forbidden: unable to create new content in namespace %s "
                    "because it is being terminated",
                    r->type->resource, r->type->group[0] != '\0' ? "." : "", r->type->group,
                    name != NULL ? name : "", r->namespace_);
}

static int check_namespace(struct api_request *r, const struct api_write *write)
{
    struct wva_value *value = write->value;
    const char *given = wva_get_str(value, "metadata", "namespace");
    if (!r->type->namespaced) {
        (void)wva_remove(value, "metadata", "namespace");
        return 0;
    }
    if (!wva_str_empty(given) && !wva_str_eq(given, r->namespace_))
        return api_fail(r, 400, "BadRequest", NULL,
                        "the namespace of the provided object does not match the namespace sent on "
                        "the request");
    wva_put(r->arena, value, wva_string(r->arena, r->namespace_), "metadata", "namespace");
    const struct sim_object *found =
        sim_store_find(r->sim, sim_type_of_kind("Namespace"), NULL, r->namespace_);
    if (found != NULL && write->old == NULL &&
        wva_get_str(found->value, "metadata", "deletionTimestamp") != NULL)
        return fail_terminating(r, value);
    if (found != NULL)
        return 0;
    struct wva_value *details = wva_object(r->arena);
    wva_put(r->arena, details, wva_string(r->arena, r->namespace_), "name");
    wva_put(r->arena, details, wva_string(r->arena, "namespaces"), "kind");
    return api_fail(r, 404, "NotFound", details, "namespaces \"%s\" not found", r->namespace_);
}

static const char *new_uid(struct wva_arena *arena)
{
    unsigned char random[16];
    char hex[WVA_SHA256_HEX_MAX];
    wva_random_bytes(random, sizeof(random));
    wva_sha256_hex(hex, random, sizeof(random));
    return wva_arena_printf(arena, "%.8s-%.4s-4%.3s-8%.3s-%.12s", hex, hex + 8, hex + 12, hex + 16,
                            hex + 20);
}

/* A Job's pods are found by its uid (pkg/registry/batch/job/strategy.go). */
static void prepare_job(struct wva_arena *arena, struct wva_value *job)
{
    const char *uid = wva_get_str(job, "metadata", "uid");
    const char *name = wva_get_str(job, "metadata", "name");
    const char *const labels[][2] = {
        {"batch.kubernetes.io/controller-uid", uid},
        {"batch.kubernetes.io/job-name", name},
        {"controller-uid", uid},
        {"job-name", name},
    };
    if (wva_get(job, "spec", "template") == NULL)
        return;
    wva_put(arena, job, wva_string(arena, uid), "spec", "selector", "matchLabels", labels[0][0]);
    for (size_t i = 0; i < WVA_COUNT(labels); i++)
        wva_put(arena, job, wva_string(arena, labels[i][1]), "spec", "template", "metadata",
                "labels", labels[i][0]);
}

/* stringData is write-only. */
static void prepare_secret(struct wva_arena *arena, struct wva_value *secret)
{
    const struct wva_value *plain = wva_get(secret, "stringData");
    for (size_t i = 0; plain != NULL && i < plain->count; i++) {
        const struct wva_value *value = plain->members[i].value;
        if (value->kind == WVA_STRING)
            wva_put(arena, secret,
                    wva_string(arena, wva_base64_encode(arena, value->text, value->len)), "data",
                    plain->members[i].name);
    }
    (void)wva_remove(secret, "stringData");
}

static void prepare_create(struct api_request *r, struct wva_value *value)
{
    static const char *const servers[] = {"uid",        "resourceVersion",   "creationTimestamp",
                                          "generation", "deletionTimestamp", "managedFields",
                                          "selfLink"};
    for (size_t i = 0; i < WVA_COUNT(servers); i++)
        (void)wva_remove(value, "metadata", servers[i]);
    if (r->type->has_status)
        (void)wva_object_remove(value, "status");
    const char *base = wva_get_str(value, "metadata", "generateName");
    if (wva_str_empty(wva_get_str(value, "metadata", "name")) && !wva_str_empty(base)) {
        const char *uid = new_uid(r->arena);
        wva_put(r->arena, value,
                wva_string(r->arena, wva_arena_printf(r->arena, "%.58s%.5s", base, uid)),
                "metadata", "name");
    }
    wva_put(r->arena, value, wva_string(r->arena, new_uid(r->arena)), "metadata", "uid");
    if (strcmp(r->type->kind, "Job") == 0)
        prepare_job(r->arena, value);
}

/* A Service keeps its addresses when an update does not name them. */
static void keep_addresses(struct wva_arena *arena, struct wva_value *service,
                           const struct wva_value *old)
{
    static const char *const addresses[] = {"clusterIP", "clusterIPs"};
    for (size_t i = 0; i < WVA_COUNT(addresses); i++) {
        const struct wva_value *was = wva_get(old, "spec", addresses[i]);
        if (wva_get(service, "spec", addresses[i]) == NULL && was != NULL)
            wva_put(arena, service, wva_clone(arena, was), "spec", addresses[i]);
    }
}

/* The status subresource changes nothing else. */
static void prepare_status_update(struct api_request *r, struct api_write *write)
{
    struct wva_value *status = wva_get(write->value, "status");
    write->value = wva_clone(r->arena, write->old->value);
    wva_put(r->arena, write->value, status != NULL ? status : wva_object(r->arena), "status");
}

/* What an update of the main resource cannot change stays as it was. */
static void prepare_update(struct api_request *r, struct api_write *write)
{
    static const char *const kept[] = {"uid",
                                       "creationTimestamp",
                                       "generation",
                                       "deletionTimestamp",
                                       "deletionGracePeriodSeconds",
                                       "managedFields"};
    const struct wva_value *old = write->old->value;
    struct wva_arena *arena = r->arena;
    for (size_t i = 0; i < WVA_COUNT(kept); i++) {
        const struct wva_value *was = wva_get(old, "metadata", kept[i]);
        if (was != NULL)
            wva_put(arena, write->value, wva_clone(arena, was), "metadata", kept[i]);
    }
    if (r->type->has_status && wva_get(old, "status") != NULL)
        wva_put(arena, write->value, wva_clone(arena, wva_get(old, "status")), "status");
    if (strcmp(r->type->kind, "Job") == 0 && wva_get(write->value, "spec", "selector") == NULL)
        prepare_job(arena, write->value);
    if (strcmp(r->type->kind, "Service") == 0)
        keep_addresses(arena, write->value, old);
}

static int check_preconditions(struct api_request *r, const struct api_write *write)
{
    const struct wva_value *value = write->value;
    const struct wva_value *old = write->old->value;
    const char *name = wva_get_str(old, "metadata", "name");
    const char *uid = wva_get_str(value, "metadata", "uid");
    const char *version = wva_get_str(value, "metadata", "resourceVersion");
    if (!wva_str_empty(uid) && !wva_str_eq(uid, wva_get_str(old, "metadata", "uid")))
        return api_fail_conflict(
            r, name,
            wva_arena_printf(r->arena,
                             "Precondition failed: UID in precondition: %s, UID in object meta: %s",
                             uid, wva_get_str(old, "metadata", "uid")));
    if (!wva_str_empty(version) &&
        !wva_str_eq(version, wva_get_str(old, "metadata", "resourceVersion")))
        return api_fail_conflict(r, name, NULL);
    return 0;
}

static const struct wva_value *pod_spec_of(const struct sim_type *type,
                                           const struct wva_value *value)
{
    if (strcmp(type->kind, "Pod") == 0)
        return wva_get(value, "spec");
    return wva_get(value, "spec", "template", "spec");
}

/* Pods are refused; for what makes pods, only Pod Security warns. */
static int admit(struct api_request *r, const struct wva_value *value)
{
    const struct wva_value *spec = pod_spec_of(r->type, value);
    if (spec == NULL || r->subresource != NULL)
        return 0;
    const char *words = sim_admit_pod(r->sim, r->arena, r->namespace_, spec);
    const char *name = wva_get_str(value, "metadata", "name");
    if (words == NULL)
        return 0;
    if (strcmp(r->type->kind, "Pod") == 0)
        return api_fail(r, 403, "Forbidden", api_details(r, name), "pods \"%s\" is forbidden: %s",
                        name, words);
    static const char violates[] = "violates PodSecurity";
    if (wva_str_has_prefix(words, violates))
        api_add_warning(
            r, wva_arena_printf(r->arena, "would violate PodSecurity%s", words + strlen(violates)));
    return 0;
}

static int validate(struct api_request *r, const struct api_write *write)
{
    struct sim_findings invalid;
    sim_findings_init(&invalid, r->arena);
    sim_validate(r->sim, r->type, write->value, write->old != NULL ? write->old->value : NULL,
                 &invalid);
    const char *name = wva_get_str(write->value, "metadata", "name");
    return invalid.count == 0 ? 0 : api_fail_invalid(r, name != NULL ? name : "", &invalid);
}

/* Equal but for managedFields and the version? */
static bool same_content(struct wva_arena *arena, const struct wva_value *a,
                         const struct wva_value *b)
{
    static const char *const ignored[] = {"managedFields", "resourceVersion", "generation"};
    struct wva_value *left = wva_clone(arena, a);
    struct wva_value *right = wva_clone(arena, b);
    for (size_t i = 0; i < WVA_COUNT(ignored); i++) {
        (void)wva_remove(left, "metadata", ignored[i]);
        (void)wva_remove(right, "metadata", ignored[i]);
    }
    return wva_value_equal(left, right);
}

static void track_owners(struct api_request *r, struct api_write *write)
{
    const struct wva_value *old = write->old != NULL ? write->old->value : NULL;
    if (write->owners != NULL) {
        wva_put(r->arena, write->value, wva_clone(r->arena, write->owners), "metadata",
                "managedFields");
        return;
    }
    if (old != NULL && same_content(r->arena, old, write->value))
        return;
    managed_track_update(r->arena, sim_place_root(r->sim, r->type), old, write->value,
                         write->manager, r->subresource);
}

/* Create without storing: what the client would have got. */
static const struct wva_value *pretend_create(struct api_request *r, struct wva_value *value)
{
    char now[WVA_RFC3339_MAX];
    wva_format_rfc3339(now, wva_clock_unix_ms());
    wva_put(r->arena, value, wva_string(r->arena, now), "metadata", "creationTimestamp");
    if (wva_get(value, "spec") != NULL)
        wva_put(r->arena, value, wva_int(r->arena, 1), "metadata", "generation");
    return value;
}

static int store_new(struct api_request *r, struct api_write *write)
{
    const char *name = wva_get_str(write->value, "metadata", "name");
    if (sim_store_find(r->sim, r->type, r->namespace_, name) != NULL)
        return api_fail(r, 409, "AlreadyExists", api_details(r, name), "%s \"%s\" already exists",
                        api_qualified_resource(r->arena, r->type), name);
    if (api_dry_run(r)) {
        api_reply_value(r, 201, pretend_create(r, write->value));
        return 0;
    }
    const struct sim_object *object = sim_store_add(r->sim, r->type, write->value);
    api_reply_value(r, 201, object->value);
    return 0;
}

/* The last finalizer of an object that waits to be deleted is gone: so is the object. */
static bool finished_deletion(const struct wva_value *value)
{
    const struct wva_value *finalizers = wva_get(value, "metadata", "finalizers");
    return wva_get(value, "metadata", "deletionTimestamp") != NULL &&
           wva_get(value, "metadata", "deletionGracePeriodSeconds") == NULL &&
           (finalizers == NULL || finalizers->count == 0);
}

static int store_over(struct api_request *r, struct api_write *write)
{
    if (api_dry_run(r)) {
        api_reply_value(r, 200, write->value);
        return 0;
    }
    sim_store_replace(r->sim, write->old, write->value);
    api_reply_value(r, 200, write->old->value);
    if (finished_deletion(write->old->value))
        sim_store_remove(r->sim, write->old);
    return 0;
}

int api_store(struct api_request *r, struct api_write *write)
{
    if (check_namespace(r, write) < 0)
        return -1;
    if (write->old == NULL) {
        prepare_create(r, write->value);
    } else {
        if (check_preconditions(r, write) < 0)
            return -1;
        if (wva_str_eq(r->subresource, "status"))
            prepare_status_update(r, write);
        else
            prepare_update(r, write);
    }
    wva_put(r->arena, write->value, wva_string(r->arena, sim_type_api_version(r->arena, r->type)),
            "apiVersion");
    wva_put(r->arena, write->value, wva_string(r->arena, r->type->kind), "kind");
    if (strcmp(r->type->kind, "Secret") == 0)
        prepare_secret(r->arena, write->value);
    sim_default_object(r->sim, r->arena, r->type, write->value);
    if (validate(r, write) < 0 || admit(r, write->value) < 0)
        return -1;
    if (strcmp(r->type->group, "llmd.ai") == 0 &&
        sim_schema_va_warning(r->sim->options.va_release) != NULL)
        api_add_warning(r, sim_schema_va_warning(r->sim->options.va_release));
    track_owners(r, write);
    return write->old == NULL ? store_new(r, write) : store_over(r, write);
}
