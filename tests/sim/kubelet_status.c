// SPDX-License-Identifier: Apache-2.0
// A pod's status as the kubelet reports it.

#include "kubelet.h"

#include "wva/util/clock.h"
#include "wva/util/str.h"

#include <string.h>

#define RUNNING_AFTER_MS   700  /* a container is seen Running by the next relist, not at once */
#define PHASE_AFTER_END_MS 1100 /* the same as in kubelet.c */

static struct wva_value *terminated(struct wva_arena *arena, const struct sim_ending *ending)
{
    struct wva_value *value = wva_object(arena);
    wva_put(arena, value, wva_int(arena, ending->exit_code), "exitCode");
    wva_put(arena, value, wva_string(arena, ending->reason), "reason");
    if (ending->message != NULL)
        wva_put(arena, value, wva_string(arena, ending->message), "message");
    if (ending->started_unix != 0) {
        wva_put(arena, value, wva_string(arena, sim_timestamp(arena, ending->started_unix)),
                "startedAt");
        wva_put(arena, value, wva_string(arena, sim_timestamp(arena, ending->finished_unix)),
                "finishedAt");
    } else {
        wva_put(arena, value, wva_null(arena), "startedAt");
        wva_put(arena, value, wva_null(arena), "finishedAt");
    }
    struct wva_value *state = wva_object(arena);
    wva_put(arena, state, value, "terminated");
    return state;
}

static struct wva_value *waiting(struct wva_arena *arena, const char *reason, const char *message)
{
    struct wva_value *state = wva_object(arena);
    wva_put(arena, state, wva_object(arena), "waiting");
    if (message != NULL)
        wva_put(arena, state, wva_string(arena, message), "waiting", "message");
    wva_put(arena, state, wva_string(arena, reason), "waiting", "reason");
    return state;
}

static bool seen_running(struct sim *sim, const struct sim_container *container)
{
    if (container->stage != SIM_STAGE_RUNNING)
        return false;
    int64_t at = container->started + RUNNING_AFTER_MS;
    if (sim_clock(sim) >= at)
        return true;
    sim_due(sim, at);
    return false;
}

static struct wva_value *state_of(struct sim *sim, struct wva_arena *arena,
                                  const struct sim_container *container)
{
    if (container->stage == SIM_STAGE_ENDED)
        return terminated(arena, &container->ending);
    if (container->stage == SIM_STAGE_CRASH_BACKOFF && container->waiting_reason == NULL)
        return terminated(arena, &container->ending);
    if (container->stage == SIM_STAGE_CRASH_BACKOFF)
        return waiting(arena, container->waiting_reason, container->waiting_message);
    if (seen_running(sim, container)) {
        struct wva_value *state = wva_object(arena);
        wva_put(arena, state, wva_string(arena, sim_timestamp(arena, container->started_unix)),
                "running", "startedAt");
        return state;
    }
    if (container->stage == SIM_STAGE_RUNNING || container->stage == SIM_STAGE_PULLING ||
        container->stage == SIM_STAGE_NEW || container->waiting_reason == NULL)
        return waiting(arena, "ContainerCreating", NULL);
    return waiting(arena, container->waiting_reason, container->waiting_message);
}

static struct wva_value *last_state(struct wva_arena *arena, const struct sim_container *container)
{
    if (container->stage == SIM_STAGE_CRASH_BACKOFF && container->waiting_reason != NULL)
        return terminated(arena, &container->ending);
    if (container->last.reason != NULL)
        return terminated(arena, &container->last);
    return wva_object(arena);
}

static struct wva_value *container_status(struct sim *sim, struct wva_arena *arena,
                                          const struct sim_pod_run *run,
                                          const struct sim_container *container)
{
    struct wva_value *status = wva_object(arena);
    const char *id = container->ever_ran
                         ? wva_arena_printf(arena, "containerd://%s-%s-%d", run->uid,
                                            container->name, container->restarts)
                         : NULL;
    if (id != NULL)
        wva_put(arena, status, wva_string(arena, id), "containerID");
    wva_put(arena, status, wva_string(arena, container->image), "image");
    wva_put(arena, status,
            wva_string(arena, id != NULL
                                  ? wva_arena_printf(arena, "%s@sha256:5eed", container->image)
                                  : ""),
            "imageID");
    wva_put(arena, status, last_state(arena, container), "lastState");
    wva_put(arena, status, wva_string(arena, container->name), "name");
    wva_put(arena, status, wva_bool(arena, container->ready), "ready");
    wva_put(arena, status, wva_int(arena, container->restarts), "restartCount");
    bool running = seen_running(sim, container);
    wva_put(arena, status, wva_bool(arena, running), "started");
    wva_put(arena, status, state_of(sim, arena, container), "state");
    return status;
}

struct summary {
    bool all_ended, all_ready, any_failed, any_seen, all_started, unmounted;
    const char *unready; /* "vllm, sidecar", in the arena */
};

/* Has it run at least for a moment that was seen? */
static bool has_started(struct sim *sim, const struct sim_container *container)
{
    return container->stage == SIM_STAGE_ENDED || container->stage == SIM_STAGE_CRASH_BACKOFF ||
           container->restarts > 0 || seen_running(sim, container);
}

static struct summary summarize(struct sim *sim, struct wva_arena *arena,
                                const struct sim_pod_run *run)
{
    struct summary summary = {
        .all_ended = true, .all_ready = true, .all_started = true, .unready = ""};
    wva_auto_buf unready = WVA_BUF(4096);
    for (size_t i = 0; i < run->container_count; i++) {
        const struct sim_container *container = &run->containers[i];
        bool ended = container->stage == SIM_STAGE_ENDED, started = has_started(sim, container);
        summary.all_ended &= ended;
        summary.all_ready &= container->ready && started;
        summary.any_failed |= ended && container->ending.exit_code != 0;
        summary.any_seen |= container->ever_ran;
        summary.all_started &= started;
        summary.unmounted |= container->stage == SIM_STAGE_CONFIG_ERROR && !run->mounted;
        if (!container->ready)
            wva_buf_printf(&unready, "%s%s", unready.len > 0 ? " " : "", container->name);
    }
    summary.unready = wva_arena_strdup(arena, wva_buf_str(&unready));
    return summary;
}

static const char *phase_of(struct sim *sim, const struct sim_pod_run *run,
                            const struct summary *summary)
{
    if (run->evicted != NULL)
        return "Failed";
    if (summary->all_ended && sim_clock(sim) >= run->ended_at + PHASE_AFTER_END_MS)
        return summary->any_failed ? "Failed" : "Succeeded";
    return summary->all_started && summary->any_seen && !summary->all_ended ? "Running" : NULL;
}

static void put_conditions(struct wva_arena *arena, struct wva_value *pod,
                           const struct summary *summary, const char *phase)
{
    bool done = sim_pod_finished(pod), succeeded = strcmp(phase, "Succeeded") == 0;
    const char *ready = summary->all_ready && !done ? "True" : "False";
    const char *reason = NULL, *message = NULL;
    if (done) {
        reason = succeeded ? "PodCompleted" : "PodFailed";
    } else if (!summary->all_ready) {
        reason = "ContainersNotReady";
        message = wva_arena_printf(arena, "containers with unready status: [%s]", summary->unready);
    }
    const struct sim_condition_text conditions[] = {
        {"PodReadyToStartContainers", done || summary->unmounted ? "False" : "True", NULL, NULL},
        {"Initialized", "True", succeeded ? "PodCompleted" : NULL, NULL},
        {"Ready", ready, reason, message},
        {"ContainersReady", ready, reason, message},
        {"PodScheduled", "True", NULL, NULL},
    };
    for (size_t i = 0; i < WVA_COUNT(conditions); i++)
        sim_set_condition(arena, pod, &conditions[i]);
}

static void put_addresses(struct wva_arena *arena, struct wva_value *pod,
                          const struct sim_pod_run *run)
{
    wva_put(arena, pod, wva_string(arena, "192.168.0.10"), "status", "hostIP");
    wva_put(arena, pod, wva_string(arena, run->address), "status", "podIP");
    struct wva_value *list = wva_array(arena);
    struct wva_value *entry = wva_object(arena);
    wva_put(arena, entry, wva_string(arena, run->address), "ip");
    wva_array_append(arena, list, entry);
    wva_put(arena, pod, list, "status", "podIPs");
}

static void put_eviction(struct wva_arena *arena, struct wva_value *pod, const char *message)
{
    static const struct sim_condition_text disruption = {
        "DisruptionTarget", "True", "TerminationByKubelet",
        "The node was low on resource: memory. Threshold quantity: 100Mi, available: 52640Ki. "};
    wva_put(arena, pod, wva_string(arena, "Evicted"), "status", "reason");
    wva_put(arena, pod, wva_string(arena, message), "status", "message");
    sim_set_condition(arena, pod, &disruption);
}

void sim_pod_publish(struct sim *sim, struct sim_pod_run *run, struct sim_object *object)
{
    wva_auto_arena arena = {0};
    struct wva_value *pod = wva_clone(&arena, object->value);
    struct summary summary = summarize(sim, &arena, run);
    const char *phase = phase_of(sim, run, &summary);
    if (phase == NULL) /* keeps what it was: Pending before, Running at the end */
        phase = wva_get_str(pod, "status", "phase");
    if (phase == NULL)
        phase = "Pending";
    wva_put(&arena, pod, wva_string(&arena, phase), "status", "phase");
    wva_put(&arena, pod, wva_string(&arena, sim_timestamp(&arena, run->started_unix)), "status",
            "startTime");
    if (summary.any_seen)
        put_addresses(&arena, pod, run);
    struct wva_value *statuses = wva_array(&arena);
    for (size_t i = 0; i < run->container_count; i++)
        wva_array_append(&arena, statuses, container_status(sim, &arena, run, &run->containers[i]));
    wva_put(&arena, pod, statuses, "status", "containerStatuses");
    put_conditions(&arena, pod, &summary, phase);
    if (run->evicted != NULL)
        put_eviction(&arena, pod, run->evicted);
    sim_store_replace(sim, object, pod);
}
