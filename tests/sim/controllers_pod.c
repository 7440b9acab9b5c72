// SPDX-License-Identifier: Apache-2.0
// Pods as their controllers see them: counting, making, deleting.

#include "workload.h"

#include "wva/util/clock.h"
#include "wva/util/encode.h"
#include "wva/util/str.h"

#include <string.h>

#define RETRY_FIRST_MS (1 * SIM_SECOND)
#define RETRY_MAX_MS   (60 * SIM_SECOND)
#define DEFAULT_GRACE  30

static const char *phase_of(const struct wva_value *pod)
{
    const char *phase = wva_get_str(pod, "status", "phase");
    return phase != NULL ? phase : "Pending";
}

bool sim_pod_finished(const struct wva_value *pod)
{
    return strcmp(phase_of(pod), "Succeeded") == 0 || strcmp(phase_of(pod), "Failed") == 0;
}

bool sim_pod_active(const struct wva_value *pod)
{
    return !sim_pod_finished(pod) && !sim_deleting(pod);
}

bool sim_pod_ready(const struct wva_value *pod)
{
    return !sim_deleting(pod) && sim_condition_true(pod, "Ready");
}

struct sim_pod_counts sim_count_pods(struct sim *sim, const char *controller_uid)
{
    struct sim_pod_counts counts = {0};
    SIM_EACH(pod, sim, "Pod")
    {
        if (!wva_str_eq(sim_controller_uid(pod->value), controller_uid))
            continue;
        counts.total++;
        counts.active += sim_pod_active(pod->value);
        counts.ready += sim_pod_ready(pod->value);
        counts.terminating += sim_deleting(pod->value) && !sim_pod_finished(pod->value);
        counts.succeeded += strcmp(phase_of(pod->value), "Succeeded") == 0;
        counts.failed += strcmp(phase_of(pod->value), "Failed") == 0;
    }
    return counts;
}

static char *pod_name(struct wva_arena *arena, const struct wva_value *owner)
{
    static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
    unsigned char random[5];
    char suffix[sizeof(random) + 1] = {0};
    wva_random_bytes(random, sizeof(random));
    for (size_t i = 0; i < sizeof(random); i++)
        suffix[i] = letters[random[i] % (sizeof(letters) - 1)];
    return wva_arena_printf(arena, "%.57s-%s", sim_name(owner), suffix);
}

static struct wva_value *pod_from_template(struct wva_arena *arena, const struct wva_value *owner,
                                           const struct wva_value *labels)
{
    const struct wva_value *template_ = wva_get(owner, "spec", "template");
    const struct wva_value *metadata = wva_get(template_, "metadata");
    struct wva_value *pod = wva_object(arena);
    wva_put(arena, pod, wva_string(arena, "v1"), "apiVersion");
    wva_put(arena, pod, wva_string(arena, "Pod"), "kind");
    wva_put(arena, pod, metadata != NULL ? wva_clone(arena, metadata) : wva_object(arena),
            "metadata");
    wva_remove(pod, "metadata", "creationTimestamp");
    wva_put(arena, pod, wva_string(arena, pod_name(arena, owner)), "metadata", "name");
    wva_put(arena, pod, wva_string(arena, wva_arena_printf(arena, "%s-", sim_name(owner))),
            "metadata", "generateName");
    wva_put(arena, pod, wva_string(arena, sim_namespace(owner)), "metadata", "namespace");
    for (size_t i = 0; labels != NULL && i < labels->count; i++)
        wva_put(arena, pod, wva_clone(arena, labels->members[i].value), "metadata", "labels",
                labels->members[i].name);
    struct wva_value *owners = wva_array(arena);
    wva_array_append(arena, owners, sim_owner_reference(arena, owner));
    wva_put(arena, pod, owners, "metadata", "ownerReferences");
    wva_put(arena, pod, wva_clone(arena, wva_get(template_, "spec")), "spec");
    return pod;
}

/* Retries after 1, 2, 4, 8, 16, 32, 60 s, as on a real cluster. */
static void plan_retry(struct sim *sim, const struct wva_value *owner)
{
    struct sim_memo *memo = sim_memo_of(sim, owner);
    memo->retry_delay = memo->retry_delay == 0 ? RETRY_FIRST_MS : 2 * memo->retry_delay;
    if (memo->retry_delay > RETRY_MAX_MS)
        memo->retry_delay = RETRY_MAX_MS;
    memo->retry_at = sim_clock(sim) + memo->retry_delay;
    sim_due(sim, memo->retry_at);
}

char *sim_create_pod(struct sim *sim, struct wva_arena *arena, const struct wva_value *owner,
                     const struct wva_value *labels)
{
    struct wva_value *pod = pod_from_template(arena, owner, labels);
    sim_default_object(sim, arena, sim_type_of_kind("Pod"), pod);
    const char *words = sim_admit_pod(sim, arena, sim_namespace(owner), wva_get(pod, "spec"));
    if (words != NULL) {
        char *refusal =
            wva_arena_printf(arena, "pods \"%s\" is forbidden: %s", sim_name(pod), words);
        sim_event(sim, owner, "Warning", "FailedCreate",
                  wva_arena_printf(arena, "Error creating: %s", refusal));
        plan_retry(sim, owner);
        return refusal;
    }
    sim_memo_of(sim, owner)->retry_delay = 0;
    (void)sim_store_add(sim, sim_type_of_kind("Pod"), pod);
    sim_event(sim, owner, "Normal", "SuccessfulCreate",
              wva_arena_printf(arena, "Created pod: %s", sim_name(pod)));
    return NULL;
}

bool sim_delete_pod(struct sim *sim, struct sim_object *pod)
{
    bool runs =
        wva_get_str(pod->value, "spec", "nodeName") != NULL && !sim_pod_finished(pod->value);
    if (!runs) {
        sim_store_remove(sim, pod);
        return true;
    }
    if (sim_deleting(pod->value))
        return false;
    wva_auto_arena arena = {0};
    struct wva_value *value = wva_clone(&arena, pod->value);
    int64_t grace = sim_int(wva_get(value, "spec", "terminationGracePeriodSeconds"), DEFAULT_GRACE);
    char *at = sim_timestamp(&arena, wva_clock_unix_ms() + grace * SIM_SECOND);
    wva_put(&arena, value, wva_string(&arena, at), "metadata", "deletionTimestamp");
    wva_put(&arena, value, wva_int(&arena, grace), "metadata", "deletionGracePeriodSeconds");
    sim_store_replace(sim, pod, value);
    return false;
}
