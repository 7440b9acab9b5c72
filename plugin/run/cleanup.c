// SPDX-License-Identifier: Apache-2.0
/* Deletes what this tool made, and nothing else: found by label, deleted by uid. */
#include "wva/run/bench.h"

#include "wva/guidellm/job.h"
#include "wva/util/str.h"

/* Jobs first: nothing is to load a server that goes. The record goes last: it is what finds the
 * rest. */
static const struct {
    const struct wva_kube_type *type;
    bool is_server;
} made[] = {
    {&wva_type_job, false},
    {&wva_type_deployment, true},
    {&wva_type_service, true},
    {&wva_type_configmap, false},
};

struct cleaner {
    struct wva_kube *kube;
    struct wva_arena *arena;
    const char *namespace_;
    enum wva_dry_run dry_run;
    const struct wva_observer *observer;
    size_t deleted;
};

static int delete_one(struct cleaner *c, const struct wva_kube_type *type,
                      const struct wva_value *object, struct wva_error *err)
{
    static const char *const suffixes[] = {
        [WVA_DRY_RUN_NONE] = "",
        [WVA_DRY_RUN_CLIENT] = " (dry run)",
        [WVA_DRY_RUN_SERVER] = " (server dry run)",
    };
    const char *name = wva_get_str(object, "metadata", "name");
    const char *uid = wva_get_str(object, "metadata", "uid");
    char *shown = wva_kube_object_name(c->arena, type, name);
    int result = 0;
    if (c->dry_run == WVA_DRY_RUN_NONE)
        result = wva_kube_delete(c->kube, type, c->namespace_, name, uid, err);
    else if (c->dry_run == WVA_DRY_RUN_SERVER)
        result = wva_kube_delete_check(c->kube, type, c->namespace_, name, uid, err);
    if (result < 0)
        return wva_error_wrap(err, "cannot delete %s in namespace %s", shown, c->namespace_);
    c->deleted++;
    if (c->observer)
        c->observer->note(c->observer->ctx, WVA_NOTE_INFO,
                          wva_arena_printf(c->arena, "%s deleted%s", shown, suffixes[c->dry_run]));
    return 0;
}

static int delete_type(struct cleaner *c, const struct wva_kube_type *type, const char *selector,
                       struct wva_error *err)
{
    struct wva_value *objects;
    if (wva_kube_list(c->kube, c->arena, type, c->namespace_, selector, NULL, &objects, NULL, err) <
        0)
        return -1;
    for (size_t i = 0; i < objects->count; i++)
        if (delete_one(c, type, objects->items[i], err) < 0)
            return -1;
    return 0;
}

int wva_cleanup(struct wva_kube *kube, struct wva_arena *arena, const char *namespace_,
                const char *run_id, enum wva_cleanup_scope scope, enum wva_dry_run dry_run,
                const struct wva_observer *observer, size_t *ret_deleted, struct wva_error *err)
{
    struct cleaner c = {
        .kube = kube,
        .arena = arena,
        .namespace_ = namespace_,
        .dry_run = dry_run,
        .observer = observer,
    };
    char *selector = wva_arena_printf(arena, "%s=%s", WVA_LABEL_MANAGED_BY, WVA_MANAGED_BY);
    if (run_id)
        selector = wva_arena_printf(arena, "%s,%s=%s", selector, WVA_LABEL_RUN, run_id);
    for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
        if (scope == WVA_CLEANUP_SERVER && !made[i].is_server)
            continue;
        if (delete_type(&c, made[i].type, selector, err) < 0)
            return -1;
    }
    *ret_deleted = c.deleted;
    return 0;
}
