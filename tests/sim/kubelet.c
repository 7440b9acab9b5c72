// SPDX-License-Identifier: Apache-2.0
// The kubelet's loop over pods: takes on what the scheduler bound, advances containers, ends what
// is deleted, evicts on demand, and lets go of what is gone.

#include "kubelet.h"

#include "wva/util/clock.h"
#include "wva/util/fs.h"
#include "wva/util/str.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PHASE_AFTER_END_MS 1100 /* containers' end to the pod's phase, as on a real node */
#define REMOVE_AFTER_MS    300  /* pod's end to its removal, when it was deleted */
#define VLLM_STOP_MS       (1 * SIM_SECOND)

struct sim_pod_run *sim_pod_run_of(struct sim *sim, const char *uid)
{
    for (struct sim_pod_run *run = sim->workload->pods; run != NULL; run = run->next)
        if (strcmp(run->uid, uid) == 0)
            return run;
    return NULL;
}

struct sim_object *sim_pod_object(struct sim *sim, const struct sim_pod_run *run)
{
    struct sim_object *pod =
        sim_store_find(sim, sim_type_of_kind("Pod"), run->namespace_, run->name);
    return pod != NULL && strcmp(sim_uid(pod->value), run->uid) == 0 ? pod : NULL;
}

/* Job's containers, and those of bare pods, are processes; a Deployment's never end by themselves.
 */
static bool runs_processes(const struct wva_value *pod)
{
    const struct wva_value *owners = wva_get(pod, "metadata", "ownerReferences");
    for (size_t i = 0; owners != NULL && i < owners->count; i++)
        if (wva_str_eq(wva_get_str(owners->items[i], "kind"), "ReplicaSet"))
            return false;
    return true;
}

static void init_container(struct sim_pod_run *run, struct sim_container *container,
                           const struct wva_value *spec)
{
    container->spec = spec;
    container->name = wva_get_str(spec, "name");
    container->image = wva_get_str(spec, "image");
    container->waiting_reason = "ContainerCreating";
    container->due = SIM_NEVER;
    if (sim_vllm_recognize(spec))
        container->vllm = wva_arena_alloc(&run->arena, sizeof(*container->vllm));
    container->is_process = container->vllm == NULL && runs_processes(run->pod);
    container->log_path = wva_arena_printf(&run->arena, "%s/%s.log", run->dir, container->name);
    container->message_path =
        wva_arena_printf(&run->arena, "%s/%s.message", run->dir, container->name);
}

static void take_on(struct sim *sim, struct sim_object *pod)
{
    struct sim_workload *workload = sim->workload;
    struct sim_pod_run *run = wva_xcalloc(1, sizeof(*run));
    snprintf(run->uid, sizeof(run->uid), "%s", sim_uid(pod->value));
    run->pod = wva_clone(&run->arena, pod->value);
    run->namespace_ = sim_namespace(run->pod);
    run->name = sim_name(run->pod);
    run->node = wva_get_str(run->pod, "spec", "nodeName");
    run->taken_at = sim_clock(sim);
    run->started_unix = wva_clock_unix_ms();
    run->dir = wva_arena_printf(&run->arena, "%s/%s_%s_%.8s", workload->pods_dir, run->namespace_,
                                run->name, run->uid);
    (void)mkdir(run->dir, 0755);
    unsigned address = ++workload->next_address;
    run->address = wva_arena_printf(&run->arena, "10.244.%u.%u", address / 250, address % 250 + 2);
    const struct wva_value *specs = wva_get(run->pod, "spec", "containers");
    run->container_count = specs != NULL ? specs->count : 0;
    run->containers =
        wva_arena_calloc(&run->arena, run->container_count + 1, sizeof(*run->containers));
    for (size_t i = 0; i < run->container_count; i++)
        init_container(run, &run->containers[i], specs->items[i]);
    run->next = workload->pods;
    workload->pods = run;
}

static bool all_ended(const struct sim_pod_run *run)
{
    for (size_t i = 0; i < run->container_count; i++)
        if (run->containers[i].stage != SIM_STAGE_ENDED)
            return false;
    return true;
}

/* Ends what never ran, asks processes to stop, and after the grace period makes them. */
static void stop_container(struct sim *sim, struct sim_pod_run *run,
                           struct sim_container *container)
{
    int64_t now = sim_clock(sim);
    if (container->stage == SIM_STAGE_ENDED)
        return;
    if (container->stage != SIM_STAGE_RUNNING) {
        container->stage = SIM_STAGE_ENDED;
        container->ending = (struct sim_ending){
            .exit_code = 137,
            .reason = "ContainerStatusUnknown",
            .message = "The container could not be located when the pod was terminated"};
        return;
    }
    if (container->pid == 0) {
        if (now >= container->due)
            sim_container_end(sim, run, container, 0, "Completed");
        return;
    }
    int exit_code = 0;
    if (now >= run->kill_at)
        sim_process_kill(container);
    if (sim_process_ended(container, &exit_code))
        sim_container_end(sim, run, container, exit_code, exit_code == 0 ? "Completed" : "Error");
}

static void begin_stop(struct sim *sim, struct sim_pod_run *run, int64_t grace_ms)
{
    run->kill_at = sim_clock(sim) + grace_ms;
    for (size_t i = 0; i < run->container_count; i++) {
        struct sim_container *container = &run->containers[i];
        if (container->stage != SIM_STAGE_RUNNING)
            continue;
        wva_auto_arena arena = {0};
        struct sim_object *pod = sim_pod_object(sim, run);
        if (pod != NULL && run->evicted == NULL)
            sim_event(sim, pod->value, "Normal", "Killing",
                      wva_arena_printf(&arena, "Stopping container %s", container->name));
        container->ready = false;
        if (container->pid != 0)
            sim_process_terminate(container);
        else
            container->due = sim_clock(sim) + (grace_ms < VLLM_STOP_MS ? grace_ms : VLLM_STOP_MS);
    }
}

static void stop_pod(struct sim *sim, struct sim_pod_run *run)
{
    int64_t due = run->kill_at;
    for (size_t i = 0; i < run->container_count; i++) {
        stop_container(sim, run, &run->containers[i]);
        if (run->containers[i].pid == 0 && run->containers[i].due < due)
            due = run->containers[i].due;
    }
    if (!all_ended(run))
        sim_due(sim, due);
}

static void free_run(struct sim *sim, struct sim_pod_run *run)
{
    for (size_t i = 0; i < run->container_count; i++) {
        int exit_code;
        struct sim_container *container = &run->containers[i];
        while (container->pid != 0 && !sim_process_ended(container, &exit_code)) {
            sim_process_kill(container);
            usleep(1000);
        }
    }
    struct sim_pod_run **link = &sim->workload->pods;
    while (*link != run)
        link = &(*link)->next;
    *link = run->next;
    wva_arena_done(&run->arena);
    free(run);
}

static void begin_eviction(struct sim *sim, struct sim_pod_run *run, const struct sim_object *pod)
{
    if (run->evicted != NULL || run->kill_at != 0 || !sim_fault_active(sim, "evict", run->name))
        return;
    run->evicted = "The node was low on resource: memory. Threshold quantity: 100Mi, available: "
                   "52640Ki. ";
    sim_event(sim, pod->value, "Warning", "Evicted", run->evicted);
    begin_stop(sim, run, 0);
}

static bool running(const struct sim_pod_run *run)
{
    for (size_t i = 0; i < run->container_count; i++)
        if (run->containers[i].stage == SIM_STAGE_RUNNING)
            return true;
    return false;
}

/* True when the pod was removed, and with it `run`. */
static bool finish_deletion(struct sim *sim, struct sim_pod_run *run, struct sim_object *pod)
{
    if (!sim_deleting(pod->value) || !all_ended(run))
        return false;
    if (run->remove_at == 0)
        run->remove_at = sim_clock(sim) + REMOVE_AFTER_MS;
    if (sim_clock(sim) < run->remove_at) {
        sim_due(sim, run->remove_at);
        return false;
    }
    sim_store_remove(sim, pod);
    free_run(sim, run);
    return true;
}

static void advance(struct sim *sim, struct sim_pod_run *run, struct sim_object *pod)
{
    if (sim_deleting(pod->value) && run->kill_at == 0) {
        int64_t grace = sim_int(wva_get(pod->value, "metadata", "deletionGracePeriodSeconds"), 30);
        begin_stop(sim, run, grace * SIM_SECOND);
    }
    if (running(run))
        begin_eviction(sim, run, pod);
    if (run->kill_at != 0) {
        stop_pod(sim, run);
    } else {
        for (size_t i = 0; i < run->container_count; i++)
            sim_container_advance(sim, run, &run->containers[i]);
    }
    if (all_ended(run) && run->ended_at == 0)
        run->ended_at = sim_clock(sim);
    if (run->ended_at != 0 && sim_clock(sim) < run->ended_at + PHASE_AFTER_END_MS)
        sim_due(sim, run->ended_at + PHASE_AFTER_END_MS);
    sim_pod_publish(sim, run, pod);
}

void sim_kubelet(struct sim *sim)
{
    SIM_EACH(pod, sim, "Pod")
    if (wva_get_str(pod->value, "spec", "nodeName") != NULL && !sim_pod_finished(pod->value) &&
        sim_pod_run_of(sim, sim_uid(pod->value)) == NULL)
        take_on(sim, pod);
    struct sim_pod_run *next;
    for (struct sim_pod_run *run = sim->workload->pods; run != NULL; run = next) {
        next = run->next;
        struct sim_object *pod = sim_pod_object(sim, run);
        if (pod == NULL) {
            free_run(sim, run);
            continue;
        }
        bool settled = sim_pod_finished(pod->value) && !sim_deleting(pod->value) && all_ended(run);
        if (settled || sim_node_lost(sim, run->node))
            continue;
        advance(sim, run, pod);
        (void)finish_deletion(sim, run, pod);
    }
}

bool sim_kubelet_has_children(const struct sim *sim)
{
    for (const struct sim_pod_run *run = sim->workload->pods; run != NULL; run = run->next)
        for (size_t i = 0; i < run->container_count; i++)
            if (run->containers[i].pid != 0)
                return true;
    return false;
}

void sim_kubelet_start(struct sim *sim)
{
    struct sim_workload *workload = sim->workload;
    struct wva_arena arena = {0};
    workload->bin_dir = wva_xstrdup(wva_fs_join(&arena, sim->options.state_dir, "bin"));
    workload->pods_dir = wva_xstrdup(wva_fs_join(&arena, sim->options.state_dir, "pods"));
    workload->ledger = wva_xstrdup(wva_fs_join(&arena, sim->options.state_dir, "ledger.jsonl"));
    (void)mkdir(workload->bin_dir, 0755);
    (void)mkdir(workload->pods_dir, 0755);
    char *link = wva_fs_join(&arena, workload->bin_dir, "guidellm");
    (void)unlink(link);
    if (symlink(sim->options.guidellm, link) < 0)
        fprintf(stderr, "wva-sim: cannot make %s: %s\n", link, strerror(errno));
    wva_arena_done(&arena);
    sim_warden_start(sim);
}

void sim_kubelet_stop(struct sim *sim)
{
    while (sim->workload->pods != NULL)
        free_run(sim, sim->workload->pods);
    sim_warden_stop(sim);
    sim_images_free(sim);
    free(sim->workload->bin_dir);
    free(sim->workload->pods_dir);
    free(sim->workload->ledger);
}
