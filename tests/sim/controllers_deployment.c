// SPDX-License-Identifier: Apache-2.0
// The Deployment controller: one ReplicaSet a template, the newest scaled up, the others down.
// Recreate and RollingUpdate differ as they should; surge and unavailability counts, pausing and
// rollback are not simulated.

#include "workload.h"

#include "wva/codec/json.h"
#include "wva/util/encode.h"
#include "wva/util/str.h"

#include <string.h>

#define HASH_LENGTH 10
#define REVISION    "deployment.kubernetes.io/revision"

struct deployment {
    struct sim *sim;
    struct wva_arena *arena;
    struct wva_value *value; /* a copy to write status into */
    struct sim_object *newest;
    int64_t wanted;
    int64_t replicas, updated, ready;
};

/* Ten letters from the template, as pod-template-hash looks. */
static char *template_hash(struct wva_arena *arena, const struct wva_value *template_)
{
    static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
    char hex[WVA_SHA256_HEX_MAX];
    const char *text = wva_json_text(arena, template_);
    wva_sha256_hex(hex, text, strlen(text));
    char *hash = wva_arena_calloc(arena, HASH_LENGTH + 1, 1);
    for (size_t i = 0; i < HASH_LENGTH; i++)
        hash[i] =
            letters[((size_t)hex[2 * i] * 7 + (size_t)hex[2 * i + 1]) % (sizeof(letters) - 1)];
    return hash;
}

static bool owns(const struct deployment *deployment, const struct sim_object *set)
{
    return wva_str_eq(sim_controller_uid(set->value), sim_uid(deployment->value));
}

static int64_t set_replicas(const struct sim_object *set)
{
    return sim_int(wva_get(set->value, "spec", "replicas"), 0);
}

static int64_t newest_revision(const struct deployment *deployment)
{
    int64_t newest = 0;
    SIM_EACH(set, deployment->sim, "ReplicaSet")
    if (owns(deployment, set))
        newest += 1;
    return newest;
}

static struct wva_value *new_set(const struct deployment *deployment, const char *hash)
{
    struct wva_arena *arena = deployment->arena;
    const struct wva_value *spec = wva_get(deployment->value, "spec");
    struct wva_value *set = wva_object(arena);
    wva_put(arena, set, wva_string(arena, "apps/v1"), "apiVersion");
    wva_put(arena, set, wva_string(arena, "ReplicaSet"), "kind");
    char *name = wva_arena_printf(arena, "%s-%s", sim_name(deployment->value), hash);
    wva_put(arena, set, wva_string(arena, name), "metadata", "name");
    wva_put(arena, set, wva_string(arena, sim_namespace(deployment->value)), "metadata",
            "namespace");
    struct wva_value *template_ = wva_clone(arena, wva_get(spec, "template"));
    wva_put(arena, template_, wva_string(arena, hash), "metadata", "labels", "pod-template-hash");
    wva_put(arena, set, wva_clone(arena, wva_get(template_, "metadata", "labels")), "metadata",
            "labels");
    char *revision = wva_arena_printf(arena, "%lld", (long long)newest_revision(deployment) + 1);
    wva_put(arena, set, wva_string(arena, revision), "metadata", "annotations", REVISION);
    struct wva_value *owners = wva_array(arena);
    wva_array_append(arena, owners, sim_owner_reference(arena, deployment->value));
    wva_put(arena, set, owners, "metadata", "ownerReferences");
    wva_put(arena, set, wva_int(arena, 0), "spec", "replicas");
    wva_put(arena, set, wva_clone(arena, wva_get(spec, "selector")), "spec", "selector");
    wva_put(arena, set, wva_string(arena, hash), "spec", "selector", "matchLabels",
            "pod-template-hash");
    wva_put(arena, set, template_, "spec", "template");
    return set;
}

/* The ReplicaSet of the present template, made when it is missing. */
static struct sim_object *find_newest(struct deployment *deployment)
{
    struct wva_arena *arena = deployment->arena;
    char *hash = template_hash(arena, wva_get(deployment->value, "spec", "template"));
    struct wva_value *set = new_set(deployment, hash);
    const struct sim_type *type = sim_type_of_kind("ReplicaSet");
    struct sim_object *found =
        sim_store_find(deployment->sim, type, sim_namespace(set), sim_name(set));
    if (found != NULL)
        return found;
    found = sim_store_add(deployment->sim, type, set);
    struct sim_condition_text text = {
        "Progressing", "True", "NewReplicaSetCreated",
        wva_arena_printf(arena, "Created new replica set \"%s\"", sim_name(set))};
    sim_set_condition(arena, deployment->value, &text);
    sim_memo_of(deployment->sim, deployment->value)->progress_at = sim_clock(deployment->sim);
    return found;
}

static void scale(struct deployment *deployment, struct sim_object *set, int64_t replicas)
{
    int64_t before = set_replicas(set);
    if (before == replicas)
        return;
    struct wva_arena *arena = deployment->arena;
    char *words = wva_arena_printf(arena, "Scaled %s replica set %s from %lld to %lld",
                                   replicas > before ? "up" : "down", sim_name(set->value),
                                   (long long)before, (long long)replicas);
    struct wva_value *value = wva_clone(arena, set->value);
    wva_put(arena, value, wva_int(arena, replicas), "spec", "replicas");
    sim_store_replace(deployment->sim, set, value);
    sim_event(deployment->sim, deployment->value, "Normal", "ScalingReplicaSet", words);
}

/* Scales the old ones down when it is their time; true when none of their pods is left. */
static bool retire_old(struct deployment *deployment, bool now)
{
    bool gone = true;
    SIM_EACH(set, deployment->sim, "ReplicaSet")
    {
        if (set == deployment->newest || !owns(deployment, set))
            continue;
        if (now)
            scale(deployment, set, 0);
        gone = gone && sim_count_pods(deployment->sim, sim_uid(set->value)).total == 0;
    }
    return gone;
}

static void roll(struct deployment *deployment)
{
    const char *strategy = wva_get_str(deployment->value, "spec", "strategy", "type");
    if (wva_str_eq(strategy, "Recreate")) {
        if (retire_old(deployment, true))
            scale(deployment, deployment->newest, deployment->wanted);
        return;
    }
    scale(deployment, deployment->newest, deployment->wanted);
    int64_t available =
        sim_int(wva_get(deployment->newest->value, "status", "availableReplicas"), 0);
    (void)retire_old(deployment, available >= deployment->wanted);
}

static void count(struct deployment *deployment)
{
    SIM_EACH(set, deployment->sim, "ReplicaSet")
    {
        if (!owns(deployment, set))
            continue;
        int64_t replicas = sim_int(wva_get(set->value, "status", "replicas"), 0);
        deployment->replicas += replicas;
        deployment->ready += sim_int(wva_get(set->value, "status", "readyReplicas"), 0);
        if (set == deployment->newest)
            deployment->updated = replicas;
    }
}

static void put_counts(struct deployment *deployment)
{
    const struct {
        const char *name;
        int64_t count;
    } counts[] = {
        {"replicas", deployment->replicas},
        {"updatedReplicas", deployment->updated},
        {"readyReplicas", deployment->ready},
        {"availableReplicas", deployment->ready},
        {"unavailableReplicas", deployment->wanted - deployment->ready},
    };
    struct wva_arena *arena = deployment->arena;
    for (size_t i = 0; i < WVA_COUNT(counts); i++)
        if (counts[i].count > 0)
            wva_put(arena, deployment->value, wva_int(arena, counts[i].count), "status",
                    counts[i].name);
        else
            wva_remove(deployment->value, "status", counts[i].name);
    int64_t generation = sim_int(wva_get(deployment->value, "metadata", "generation"), 1);
    wva_put(arena, deployment->value, wva_int(arena, generation), "status", "observedGeneration");
}

static void put_available(struct deployment *deployment)
{
    static const struct sim_condition_text yes = {"Available", "True", "MinimumReplicasAvailable",
                                                  "Deployment has minimum availability."};
    static const struct sim_condition_text no = {"Available", "False", "MinimumReplicasUnavailable",
                                                 "Deployment does not have minimum availability."};
    bool available = deployment->ready >= deployment->wanted;
    sim_set_condition(deployment->arena, deployment->value, available ? &yes : &no);
}

static void put_failure(struct deployment *deployment)
{
    const struct wva_value *failure = sim_condition(deployment->newest->value, "ReplicaFailure");
    if (failure == NULL) {
        sim_drop_condition(deployment->value, "ReplicaFailure");
        return;
    }
    struct sim_condition_text text = {"ReplicaFailure", "True", wva_get_str(failure, "reason"),
                                      wva_get_str(failure, "message")};
    sim_set_condition(deployment->arena, deployment->value, &text);
}

/* True once nothing has moved for progressDeadlineSeconds. */
static bool stuck(struct deployment *deployment)
{
    struct sim_memo *memo = sim_memo_of(deployment->sim, deployment->value);
    int64_t sum = deployment->updated * 1000 + deployment->ready;
    if (sum != memo->progress) {
        memo->progress = sum;
        memo->progress_at = sim_clock(deployment->sim);
    }
    int64_t deadline = sim_int(wva_get(deployment->value, "spec", "progressDeadlineSeconds"), 600);
    int64_t at = memo->progress_at + deadline * SIM_SECOND;
    if (sim_clock(deployment->sim) >= at)
        return true;
    sim_due(deployment->sim, at);
    return false;
}

/* What the rollout has come to; NULL reason: nothing new to say. */
static struct sim_condition_text progress(struct deployment *deployment)
{
    const char *name = sim_name(deployment->newest->value);
    const char *before = wva_get_str(sim_condition(deployment->value, "Progressing"), "reason");
    bool whole =
        deployment->updated == deployment->wanted && deployment->replicas == deployment->wanted;
    if (whole && deployment->ready == deployment->wanted)
        return (struct sim_condition_text){
            "Progressing", "True", "NewReplicaSetAvailable",
            wva_arena_printf(deployment->arena, "ReplicaSet \"%s\" has successfully progressed.",
                             name)};
    if (whole && wva_str_eq(before, "NewReplicaSetAvailable"))
        return (struct sim_condition_text){0}; /* finished, though a pod stopped being ready */
    if (stuck(deployment))
        return (struct sim_condition_text){
            "Progressing", "False", "ProgressDeadlineExceeded",
            wva_arena_printf(deployment->arena, "ReplicaSet \"%s\" has timed out progressing.",
                             name)};
    if (deployment->updated == 0)
        return (struct sim_condition_text){0}; /* NewReplicaSetCreated until there is a pod */
    return (struct sim_condition_text){
        "Progressing", "True", "ReplicaSetUpdated",
        wva_arena_printf(deployment->arena, "ReplicaSet \"%s\" is progressing.", name)};
}

static void put_progress(struct deployment *deployment)
{
    struct sim_condition_text text = progress(deployment);
    if (text.reason != NULL)
        sim_set_condition(deployment->arena, deployment->value, &text);
}

static void reconcile_deployment(struct sim *sim, struct sim_object *object)
{
    wva_auto_arena arena = {0};
    struct deployment deployment = {
        .sim = sim,
        .arena = &arena,
        .value = wva_clone(&arena, object->value),
        .wanted = sim_int(wva_get(object->value, "spec", "replicas"), 1),
    };
    deployment.newest = find_newest(&deployment);
    roll(&deployment);
    count(&deployment);
    put_counts(&deployment);
    put_available(&deployment);
    put_failure(&deployment);
    put_progress(&deployment);
    const char *revision =
        wva_get_str(deployment.newest->value, "metadata", "annotations", REVISION);
    wva_put(&arena, deployment.value, wva_string(&arena, revision), "metadata", "annotations",
            REVISION);
    sim_store_replace(sim, object, deployment.value);
}

void sim_reconcile_deployments(struct sim *sim)
{
    SIM_EACH(object, sim, "Deployment")
    if (!sim_deleting(object->value))
        reconcile_deployment(sim, object);
}
