// SPDX-License-Identifier: Apache-2.0
// The garbage collector: dependents of what is gone, foreground deletion, namespaces, and the
// controllers' own memory of what is gone.

#include "workload.h"

#include "wva/util/str.h"

#include <stdlib.h>
#include <string.h>

#define FOREGROUND "foregroundDeletion"

static bool exists(struct sim *sim, const char *uid)
{
    for (struct sim_object *object = sim->store.objects; object != NULL; object = object->next)
        if (wva_str_eq(wva_get_str(object->value, "metadata", "uid"), uid))
            return true;
    return false;
}

static bool has_owner(const struct wva_value *object, const char *uid)
{
    const struct wva_value *owners = wva_get(object, "metadata", "ownerReferences");
    for (size_t i = 0; owners != NULL && i < owners->count; i++)
        if (wva_str_eq(wva_get_str(owners->items[i], "uid"), uid))
            return true;
    return false;
}

/* Has owners, and none of them is there any more. */
static bool orphaned(struct sim *sim, const struct wva_value *object)
{
    const struct wva_value *owners = wva_get(object, "metadata", "ownerReferences");
    if (owners == NULL || owners->count == 0)
        return false;
    for (size_t i = 0; i < owners->count; i++)
        if (exists(sim, wva_get_str(owners->items[i], "uid")))
            return false;
    return true;
}

/* True when the object went away at once, so that the store must be walked afresh. */
static bool collect(struct sim *sim, struct sim_object *object)
{
    if (strcmp(object->type->kind, "Pod") == 0)
        return sim_delete_pod(sim, object);
    sim_store_remove(sim, object);
    return true;
}

static bool collect_orphan(struct sim *sim)
{
    for (struct sim_object *object = sim->store.objects; object != NULL; object = object->next)
        if (orphaned(sim, object->value) && collect(sim, object))
            return true;
    return false;
}

static bool foreground(const struct wva_value *object)
{
    const struct wva_value *finalizers = wva_get(object, "metadata", "finalizers");
    for (size_t i = 0; finalizers != NULL && i < finalizers->count; i++)
        if (wva_str_eq(wva_value_str(finalizers->items[i]), FOREGROUND))
            return sim_deleting(object);
    return false;
}

/* The dependents first, the owner once none is left. True as for collect(). */
static bool collect_foreground(struct sim *sim, struct sim_object *owner)
{
    bool alone = true;
    const char *uid = sim_uid(owner->value);
    for (struct sim_object *object = sim->store.objects; object != NULL; object = object->next) {
        if (!has_owner(object->value, uid))
            continue;
        alone = false;
        if (collect(sim, object))
            return true;
    }
    if (alone)
        sim_store_remove(sim, owner);
    return alone;
}

static bool collect_owner(struct sim *sim)
{
    for (struct sim_object *object = sim->store.objects; object != NULL; object = object->next)
        if (foreground(object->value) && collect_foreground(sim, object))
            return true;
    return false;
}

/* Which objects of a namespace go in this round: a real one empties in no certain order; here the
 * ConfigMaps wait for the pods, so that a record may outlive its Jobs. */
enum turn { AT_ONCE, PODS, LAST };

static enum turn turn_of(const struct sim_object *object)
{
    if (strcmp(object->type->kind, "ConfigMap") == 0)
        return LAST;
    return strcmp(object->type->kind, "Pod") == 0 ? PODS : AT_ONCE;
}

/* True as for collect(); `*ret_left`: something goes on being there. */
static bool empty(struct sim *sim, const char *namespace_, enum turn turn, bool *ret_left)
{
    for (struct sim_object *object = sim->store.objects; object != NULL; object = object->next) {
        if (turn_of(object) != turn ||
            !wva_str_eq(wva_get_str(object->value, "metadata", "namespace"), namespace_))
            continue;
        if (collect(sim, object))
            return true;
        *ret_left = true;
    }
    return false;
}

static bool collect_namespace(struct sim *sim)
{
    for (struct sim_object *object = sim_next(sim, "Namespace", NULL); object != NULL;
         object = sim_next(sim, "Namespace", object)) {
        bool left = false;
        if (!sim_deleting(object->value))
            continue;
        for (enum turn turn = AT_ONCE; turn <= LAST && !left; turn++)
            if (empty(sim, wva_get_str(object->value, "metadata", "name"), turn, &left))
                return true;
        if (!left) {
            sim_store_remove(sim, object);
            return true;
        }
    }
    return false;
}

static void forget(struct sim *sim)
{
    struct sim_memo **link = &sim->workload->memos;
    while (*link != NULL) {
        struct sim_memo *memo = *link;
        if (exists(sim, memo->uid)) {
            link = &memo->next;
            continue;
        }
        *link = memo->next;
        free(memo);
    }
}

void sim_collect_garbage(struct sim *sim)
{
    while (collect_orphan(sim) || collect_owner(sim) || collect_namespace(sim))
        ;
    forget(sim);
}
