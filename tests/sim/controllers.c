// SPDX-License-Identifier: Apache-2.0
// The thread that runs controllers, scheduler and kubelet, its clock and its memory of objects.

#include "workload.h"

#include "wva/util/clock.h"
#include "wva/util/fs.h"
#include "wva/util/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS_MAX  64  /* reconcilers that never agree are a bug; do not starve the API server */
#define IDLE_MS     500 /* longest sleep in real time */
#define CHILDREN_MS 5   /* while processes run: how often their end is looked for */

int64_t sim_clock(const struct sim *sim)
{
    double real = (double)(wva_clock_monotonic_ms() - sim->workload->epoch_ms);
    return (int64_t)(real * sim->options.speed) + 1;
}

void sim_due(struct sim *sim, int64_t at)
{
    if (at < sim->workload->due)
        sim->workload->due = at;
}

struct sim_memo *sim_memo_of(struct sim *sim, const struct wva_value *object)
{
    const char *uid = sim_uid(object);
    for (struct sim_memo *memo = sim->workload->memos; memo != NULL; memo = memo->next)
        if (strcmp(memo->uid, uid) == 0)
            return memo;
    struct sim_memo *memo = wva_xcalloc(1, sizeof(*memo));
    snprintf(memo->uid, sizeof(memo->uid), "%s", uid);
    memo->seen_at = sim_clock(sim);
    memo->progress_at = memo->seen_at;
    memo->next = sim->workload->memos;
    sim->workload->memos = memo;
    return memo;
}

struct sim_object *sim_next(struct sim *sim, const char *kind, struct sim_object *after)
{
    const struct sim_type *type = sim_type_of_kind(kind);
    struct sim_object *object = after != NULL ? after->next : sim->store.objects;
    while (object != NULL && object->type != type)
        object = object->next;
    return object;
}

static void reconcile(struct sim *sim)
{
    static void (*const reconcilers[])(struct sim *) = {
        sim_reconcile_nodes,
        sim_collect_garbage,
        sim_reconcile_deployments,
        sim_reconcile_replicasets,
        sim_reconcile_jobs,
        sim_schedule,
        sim_kubelet,
        sim_reconcile_endpoints,
    };
    for (int round = 0; round < ROUNDS_MAX; round++) {
        int64_t before = sim->store.version;
        sim->workload->due = SIM_NEVER;
        for (size_t i = 0; i < WVA_COUNT(reconcilers); i++)
            reconcilers[i](sim);
        if (sim->store.version == before)
            return;
    }
}

/* How long to sleep in real milliseconds. */
static int64_t pause_ms(const struct sim *sim)
{
    int64_t longest = sim_kubelet_has_children(sim) ? CHILDREN_MS : IDLE_MS;
    if (sim->workload->due == SIM_NEVER)
        return longest;
    double real = (double)(sim->workload->due - sim_clock(sim)) / sim->options.speed;
    if (real < 1)
        return 1;
    return real < (double)longest ? (int64_t)real : longest;
}

static void wait_for_change(struct sim *sim)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + pause_ms(sim) * 1000000;
    until.tv_sec += ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    (void)pthread_cond_timedwait(&sim->changed, &sim->lock, &until);
}

static void *run(void *arg)
{
    struct sim *sim = arg;
    pthread_mutex_lock(&sim->lock);
    while (!atomic_load(&sim->stopping)) {
        reconcile(sim);
        wait_for_change(sim);
    }
    pthread_mutex_unlock(&sim->lock);
    return NULL;
}

void sim_controllers_start(struct sim *sim)
{
    struct sim_workload *workload = wva_xcalloc(1, sizeof(*workload));
    workload->epoch_ms = wva_clock_monotonic_ms();
    workload->due = SIM_NEVER;
    sim->workload = workload;
    pthread_mutex_lock(&sim->lock);
    sim_kubelet_start(sim);
    sim_nodes_create(sim);
    pthread_mutex_unlock(&sim->lock);
    if (pthread_create(&workload->thread, NULL, run, sim) != 0)
        abort(); /* a test program without its cluster is of no use */
}

void sim_controllers_stop(struct sim *sim)
{
    struct sim_workload *workload = sim->workload;
    if (workload == NULL)
        return;
    pthread_mutex_lock(&sim->lock);
    atomic_store(&sim->stopping, true);
    pthread_cond_broadcast(&sim->changed);
    pthread_mutex_unlock(&sim->lock);
    pthread_join(workload->thread, NULL);
    sim_kubelet_stop(sim);
    struct sim_memo *next;
    for (struct sim_memo *memo = workload->memos; memo != NULL; memo = next) {
        next = memo->next;
        free(memo);
    }
    sim->workload = NULL;
    free(workload);
}
