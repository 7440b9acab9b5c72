// SPDX-License-Identifier: Apache-2.0
/* Applying objects of ours: server-side, and never over somebody else's. */
#include "wva/run/deploy.h"

#include "wva/guidellm/job.h"
#include "wva/util/str.h"

const char *wva_applied_word(enum wva_applied applied)
{
    static const char *const words[] = {
        [WVA_APPLIED_CREATED] = "created",
        [WVA_APPLIED_CONFIGURED] = "configured",
        [WVA_APPLIED_UNCHANGED] = "unchanged",
    };
    return words[applied];
}

/* Refuses an object that exists and does not carry our label. `*ret` is NULL when there is none. */
static int look(struct wva_kube *kube, struct wva_arena *arena, const struct wva_owned *item,
                struct wva_value **ret, struct wva_error *err)
{
    const char *namespace_ = wva_get_str(item->object, "metadata", "namespace");
    const char *name = wva_get_str(item->object, "metadata", "name");
    struct wva_value *existing = NULL;
    if (wva_kube_get(kube, arena, item->type, namespace_, name, &existing, err) < 0) {
        if (err->code != WVA_E_NOT_FOUND)
            return -1;
        wva_error_clear(err);
        *ret = NULL;
        return 0;
    }
    if (!wva_str_eq(wva_get_str(existing, "metadata", "labels", WVA_LABEL_MANAGED_BY),
                    WVA_MANAGED_BY)) {
        wva_error_set(
            err, WVA_E_EXISTS,
            "%s in namespace %s exists and was not made by kubectl-wva: it is left as it is",
            wva_kube_object_name(arena, item->type, name), namespace_);
        return wva_error_hint(
            err, "choose another name, or measure what is there: kubectl wva bench %s/%s -n %s",
            item->type == &wva_type_service ? "service" : "deployment", name, namespace_);
    }
    *ret = existing;
    return 0;
}

/* Without what the API server and the controllers keep in an object. */
static const struct wva_value *content(struct wva_arena *arena, const struct wva_value *object)
{
    struct wva_value *copy = wva_clone(arena, object);
    wva_remove(copy, "metadata", "managedFields");
    wva_remove(copy, "metadata", "resourceVersion");
    wva_remove(copy, "status");
    return copy;
}

/* The resource version would not do: a dry run leaves it as it is. */
static enum wva_applied difference(struct wva_arena *arena, const struct wva_value *before,
                                   const struct wva_value *after)
{
    if (!before)
        return WVA_APPLIED_CREATED;
    return wva_value_equal(content(arena, before), content(arena, after)) ? WVA_APPLIED_UNCHANGED
                                                                          : WVA_APPLIED_CONFIGURED;
}

int wva_apply_owned(struct wva_kube *kube, struct wva_arena *arena, struct wva_owned *items,
                    size_t count, enum wva_dry_run dry_run, struct wva_error *err)
{
    struct wva_value **before = wva_arena_calloc(arena, count, sizeof(struct wva_value *));
    for (size_t i = 0; i < count; i++)
        if (look(kube, arena, &items[i], &before[i], err) < 0)
            return -1;
    for (size_t i = 0; i < count; i++) {
        struct wva_owned *item = &items[i];
        struct wva_value *stored;
        if (wva_kube_apply(kube, arena, item->type, item->object, dry_run, &stored, err) < 0)
            return wva_error_wrap(
                err, "cannot apply %s",
                wva_kube_object_name(arena, item->type,
                                     wva_get_str(item->object, "metadata", "name")));
        item->applied = difference(arena, before[i], stored);
        item->object = stored;
    }
    return 0;
}
