// SPDX-License-Identifier: Apache-2.0
// Server-side apply, after structured-merge-diff: what the manager says is merged into the object,
// what it no longer says and nobody else owns is removed, what another manager owns with another
// value is a conflict unless forced.

#include "api_store.h"
#include "managed.h"
#include "patch.h"

#include "wva/codec/json.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <string.h>

struct apply {
    struct api_request *r;
    struct sim_place root;
    const char *manager;
    const struct wva_value *live; /* NULL: create */
    struct wva_value *applied;
    struct wva_value *fields;   /* the leaves of `applied` */
    struct wva_value *managers; /* entries of the others, to be stored */
    struct wva_value *former;   /* what this manager applied before */
    struct wva_value *others;   /* union of the others' fields */
    struct wva_value *causes;   /* conflicts */
};

static int refuse_options(struct api_request *r, const char *what)
{
    return api_fail(r, 422, "Invalid", NULL, "PatchOptions.meta.k8s.io \"\" is invalid: %s", what);
}

static int check_body(struct apply *apply)
{
    struct api_request *r = apply->r;
    const struct wva_value *body = apply->applied;
    const char *name = wva_get_str(body, "metadata", "name");
    if (wva_str_empty(api_param(r, "fieldManager")))
        return refuse_options(r, "fieldManager: Required value: is required for apply patch");
    if (body->kind != WVA_OBJECT || wva_get_str(body, "apiVersion") == NULL ||
        wva_get_str(body, "kind") == NULL)
        return api_fail(r, 400, "BadRequest", NULL,
                        "invalid object type: missing apiVersion or kind");
    if (wva_get(body, "metadata", "managedFields") != NULL)
        return api_fail(r, 400, "BadRequest", NULL, "metadata.managedFields must be nil");
    if (name != NULL && !wva_str_eq(name, r->name))
        return api_fail(r, 400, "BadRequest", NULL,
                        "the name of the object (%s) does not match the name on the URL (%s)", name,
                        r->name);
    wva_put(r->arena, apply->applied, wva_string(r->arena, r->name), "metadata", "name");
    return 0;
}

/* Fields that the schema does not have are no warning here: the object cannot be typed. */
static int check_typed(struct apply *apply)
{
    struct api_request *r = apply->r;
    const struct sim_struct *schema = sim_schema_of(r->sim, r->type);
    struct sim_findings unknown;
    sim_findings_init(&unknown, r->arena);
    unknown.keyed = true;
    if (schema == NULL)
        return 0;
    sim_schema_prune(schema, wva_clone(r->arena, apply->applied), &unknown);
    if (unknown.count == 0)
        return 0;
    const char *text = "";
    for (const struct sim_finding *one = unknown.first; one != NULL; one = one->next)
        text = wva_arena_printf(r->arena, "%s%s.%s: field not declared in schema", text,
                                unknown.count > 1 ? "\n  " : "", one->field);
    return api_fail(r, 500, NULL, NULL,
                    "failed to create typed patch object (%s/%s; %s, Kind=%s): %s%s",
                    r->namespace_ != NULL ? r->namespace_ : "", r->name,
                    sim_type_api_version(r->arena, r->type), r->type->kind,
                    unknown.count > 1 ? "errors:" : "", text);
}

static bool is_own(const struct apply *apply, const struct wva_value *entry)
{
    return wva_str_eq(wva_get_str(entry, "manager"), apply->manager) &&
           wva_str_eq(wva_get_str(entry, "operation"), "Apply") &&
           wva_str_eq(wva_get_str(entry, "subresource"), apply->r->subresource);
}

struct conflict {
    struct apply *apply;
    const char *who;
};

static void add_conflict(void *ctx, const char *path)
{
    struct conflict *conflict = ctx;
    struct apply *apply = conflict->apply;
    struct wva_arena *arena = apply->r->arena;
    struct wva_value *cause = wva_object(arena);
    wva_put(arena, cause, wva_string(arena, "FieldManagerConflict"), "reason");
    wva_put(arena, cause,
            wva_string(arena, wva_arena_printf(arena, "conflict with %s", conflict->who)),
            "message");
    wva_put(arena, cause, wva_string(arena, path), "field");
    wva_array_append(arena, apply->causes, cause);
}

/* Fields that the other owns, that we apply, and that would change. */
static struct wva_value *conflicting(struct apply *apply, const struct wva_value *theirs)
{
    struct wva_arena *arena = apply->r->arena;
    struct wva_value *merged = patch_apply(arena, apply->root, apply->live, apply->applied);
    struct wva_value *changed = managed_changed(arena, apply->root, apply->live, merged);
    return managed_common(arena, managed_common(arena, theirs, apply->fields), changed);
}

static void meet_other(struct apply *apply, const struct wva_value *entry)
{
    struct wva_arena *arena = apply->r->arena;
    const struct wva_value *theirs = wva_get(entry, "fieldsV1");
    struct wva_value *disputed = conflicting(apply, theirs);
    struct wva_value *kept = wva_clone(arena, entry);
    if (disputed->count > 0) {
        const char *who = wva_arena_printf(arena, "\"%s\"", wva_get_str(entry, "manager"));
        if (wva_get_str(entry, "subresource") != NULL)
            who = wva_arena_printf(arena, "%s with subresource \"%s\"", who,
                                   wva_get_str(entry, "subresource"));
        if (wva_str_eq(wva_get_str(entry, "operation"), "Update"))
            who = wva_arena_printf(arena, "%s using %s", who, wva_get_str(entry, "apiVersion"));
        struct conflict conflict = {apply, who};
        managed_each(arena, disputed, "", add_conflict, &conflict);
        wva_put(arena, kept, managed_without(arena, theirs, disputed), "fieldsV1");
    }
    apply->others = managed_union(arena, apply->others, wva_get(kept, "fieldsV1"));
    if (wva_get(kept, "fieldsV1")->count > 0)
        wva_array_append(arena, apply->managers, kept);
}

static void meet_managers(struct apply *apply)
{
    struct wva_arena *arena = apply->r->arena;
    const struct wva_value *entries = wva_get(apply->live, "metadata", "managedFields");
    apply->managers = wva_array(arena);
    apply->others = wva_object(arena);
    apply->former = wva_object(arena);
    apply->causes = wva_array(arena);
    for (size_t i = 0; entries != NULL && i < entries->count; i++) {
        if (is_own(apply, entries->items[i]))
            apply->former = wva_get(entries->items[i], "fieldsV1");
        else
            meet_other(apply, entries->items[i]);
    }
}

/* "conflict with X: .path" or, for several, grouped by manager. */
static const char *conflict_text(const struct apply *apply)
{
    struct wva_arena *arena = apply->r->arena;
    const char *text = "";
    const char *last = "";
    for (size_t i = 0; i < apply->causes->count; i++) {
        const char *who = wva_get_str(apply->causes->items[i], "message");
        const char *field = wva_get_str(apply->causes->items[i], "field");
        if (apply->causes->count == 1)
            return wva_arena_printf(arena, "%s: %s", who, field);
        if (strcmp(who, last) != 0)
            text = wva_arena_printf(arena, "%s%sconflicts%s:", text, i > 0 ? "\n" : "",
                                    who + strlen("conflict"));
        text = wva_arena_printf(arena, "%s\n- %s", text, field);
        last = who;
    }
    return text;
}

static int check_conflicts(const struct apply *apply)
{
    struct api_request *r = apply->r;
    if (r->fault.conflict)
        return api_fail_conflict(r, r->name, NULL);
    if (apply->causes->count == 0 || api_param_is(r, "force", "true"))
        return 0;
    struct wva_value *details = wva_object(r->arena);
    wva_put(r->arena, details, apply->causes, "causes");
    return api_fail(r, 409, "Conflict", details, "Apply failed with %zu conflict%s: %s",
                    apply->causes->count, apply->causes->count == 1 ? "" : "s",
                    conflict_text(apply));
}

static struct wva_value *merge(const struct apply *apply)
{
    struct wva_arena *arena = apply->r->arena;
    struct wva_value *merged = patch_apply(arena, apply->root, apply->live, apply->applied);
    struct wva_value *dropped =
        managed_without(arena, managed_without(arena, apply->former, apply->fields), apply->others);
    managed_remove(arena, apply->root, merged, dropped);
    return merged;
}

static const struct wva_value *owners(const struct apply *apply)
{
    struct wva_arena *arena = apply->r->arena;
    wva_array_append(arena, apply->managers,
                     managed_entry(arena, apply->manager, "Apply",
                                   wva_get_str(apply->applied, "apiVersion"), apply->r->subresource,
                                   apply->fields));
    return apply->managers;
}

/* An apply that changes nothing keeps the entry's time, and so the object. */
static void keep_times(const struct apply *apply, struct wva_value *managers)
{
    const struct wva_value *old = wva_get(apply->live, "metadata", "managedFields");
    for (size_t i = 0; i < managers->count; i++)
        for (size_t k = 0; old != NULL && k < old->count; k++) {
            const struct wva_value *was = old->items[k];
            struct wva_value *now = managers->items[i];
            if (wva_str_eq(wva_get_str(was, "manager"), wva_get_str(now, "manager")) &&
                wva_str_eq(wva_get_str(was, "operation"), wva_get_str(now, "operation")) &&
                wva_value_equal(wva_get(was, "fieldsV1"), wva_get(now, "fieldsV1")))
                wva_put(apply->r->arena, now, wva_string(apply->r->arena, wva_get_str(was, "time")),
                        "time");
        }
}

void api_apply(struct api_request *r)
{
    struct body_duplicates duplicates;
    struct apply apply = {.r = r, .root = sim_place_root(r->sim, r->type)};
    struct sim_object *old = sim_store_find(r->sim, r->type, r->namespace_, r->name);
    if (api_parse_body(r, &apply.applied, &duplicates) < 0 || check_body(&apply) < 0 ||
        check_typed(&apply) < 0 || api_decode(r, apply.applied, &duplicates, false) < 0)
        return;
    apply.manager = api_param(r, "fieldManager");
    apply.live = old != NULL ? old->value : NULL;
    apply.fields = managed_fields_of(r->arena, apply.root, apply.applied);
    meet_managers(&apply);
    if (check_conflicts(&apply) < 0)
        return;
    struct wva_value *managers = wva_clone(r->arena, owners(&apply));
    keep_times(&apply, managers);
    struct api_write write = {
        .old = old, .value = merge(&apply), .manager = apply.manager, .owners = managers};
    const char *version = wva_get_str(apply.applied, "metadata", "resourceVersion");
    if (version == NULL && old != NULL)
        wva_put(r->arena, write.value,
                wva_string(r->arena, wva_get_str(old->value, "metadata", "resourceVersion")),
                "metadata", "resourceVersion");
    (void)api_store(r, &write);
}
