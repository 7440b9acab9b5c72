// SPDX-License-Identifier: Apache-2.0
// The ReplicaSet controller: as many pods as asked for, and what became of them.

#include "workload.h"

#include "wva/util/str.h"

static void put_count(struct wva_arena *arena, struct wva_value *set, const char *name,
                      int64_t count)
{
    if (count != 0)
        wva_put(arena, set, wva_int(arena, count), "status", name);
    else
        wva_remove(set, "status", name);
}

static void put_failure(struct wva_arena *arena, struct wva_value *set, const char *refusal)
{
    if (refusal == NULL) {
        sim_drop_condition(set, "ReplicaFailure");
        return;
    }
    struct sim_condition_text text = {"ReplicaFailure", "True", "FailedCreate", refusal};
    sim_set_condition(arena, set, &text);
}

/* Makes what is missing. True when it tried; the refusal, if any, in `*ret_refusal`. */
static bool add_pods(struct sim *sim, struct wva_arena *arena, const struct wva_value *set,
                     int64_t missing, const char **ret_refusal)
{
    struct sim_memo *memo = sim_memo_of(sim, set);
    if (missing > 0 && sim_clock(sim) < memo->retry_at) {
        sim_due(sim, memo->retry_at);
        return false;
    }
    *ret_refusal = NULL;
    while (missing-- > 0 && *ret_refusal == NULL)
        *ret_refusal = sim_create_pod(sim, arena, set, NULL);
    return true;
}

static void remove_pods(struct sim *sim, struct wva_arena *arena, const struct wva_value *set,
                        int64_t surplus)
{
    struct sim_object *next;
    for (struct sim_object *pod = sim_next(sim, "Pod", NULL); pod != NULL && surplus > 0;
         pod = next) {
        next = sim_next(sim, "Pod", pod);
        if (!wva_str_eq(sim_controller_uid(pod->value), sim_uid(set)) ||
            !sim_pod_active(pod->value))
            continue;
        surplus--;
        char *words = wva_arena_printf(arena, "Deleted pod: %s", sim_name(pod->value));
        sim_event(sim, set, "Normal", "SuccessfulDelete", words);
        (void)sim_delete_pod(sim, pod);
    }
}

static void reconcile_set(struct sim *sim, struct sim_object *object)
{
    wva_auto_arena arena = {0};
    struct wva_value *set = wva_clone(&arena, object->value);
    struct sim_pod_counts pods = sim_count_pods(sim, sim_uid(set));
    int64_t wanted = sim_int(wva_get(set, "spec", "replicas"), 1);
    const char *refusal = NULL;
    if (add_pods(sim, &arena, set, wanted - pods.active, &refusal))
        put_failure(&arena, set, refusal);
    remove_pods(sim, &arena, set, pods.active - wanted);

    pods = sim_count_pods(sim, sim_uid(set));
    wva_put(&arena, set, wva_int(&arena, pods.active), "status", "replicas");
    put_count(&arena, set, "fullyLabeledReplicas", pods.active);
    put_count(&arena, set, "readyReplicas", pods.ready);
    put_count(&arena, set, "availableReplicas", pods.ready);
    wva_put(&arena, set, wva_int(&arena, sim_int(wva_get(set, "metadata", "generation"), 1)),
            "status", "observedGeneration");
    sim_store_replace(sim, object, set);
}

void sim_reconcile_replicasets(struct sim *sim)
{
    SIM_EACH(object, sim, "ReplicaSet")
    if (!sim_deleting(object->value))
        reconcile_set(sim, object);
}
