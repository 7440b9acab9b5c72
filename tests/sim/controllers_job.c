// SPDX-License-Identifier: Apache-2.0
// The Job controller: one pod after another until one succeeds, the backoff limit or the deadline.
// The order of conditions and the pauses between them are those of a real node (Kubernetes 1.35).
// Indexed Jobs, success policies and pod failure policies are not simulated.

#include "workload.h"

#include "wva/util/clock.h"
#include "wva/util/str.h"

#include <string.h>

#define END_TO_CRITERION_MS    900 /* pod's phase to SuccessCriteriaMet or FailureTarget */
#define CRITERION_TO_END_MS    20  /* from there to Complete or Failed */
#define RETRY_AFTER_FAILURE_MS (10 * SIM_SECOND)
#define RETRY_DOUBLINGS_MAX    6
#define DEFAULT_BACKOFF_LIMIT  6

struct job {
    struct sim *sim;
    struct sim_object *object;
    struct sim_memo *memo;
    struct sim_pod_counts pods;
    int64_t failed; /* pods that failed, were deleted or are being deleted */
    struct wva_arena *arena;
    struct wva_value *value; /* a copy to write status into */
};

static const struct sim_condition_text reached = {"SuccessCriteriaMet", "True",
                                                  "CompletionsReached",
                                                  "Reached expected number of succeeded pods"};
static const struct sim_condition_text too_often = {"FailureTarget", "True", "BackoffLimitExceeded",
                                                    "Job has reached the specified backoff limit"};
static const struct sim_condition_text too_long = {"FailureTarget", "True", "DeadlineExceeded",
                                                   "Job was active longer than specified deadline"};

static bool finished(const struct wva_value *job)
{
    return sim_condition_true(job, "Complete") || sim_condition_true(job, "Failed");
}

/* Labels that the controller adds to its pods (the API server adds them to the template in real
 * life; both give the same pods). */
static struct wva_value *job_labels(struct wva_arena *arena, const struct wva_value *job)
{
    struct wva_value *labels = wva_object(arena);
    wva_put(arena, labels, wva_string(arena, sim_uid(job)), "batch.kubernetes.io/controller-uid");
    wva_put(arena, labels, wva_string(arena, sim_name(job)), "batch.kubernetes.io/job-name");
    wva_put(arena, labels, wva_string(arena, sim_uid(job)), "controller-uid");
    wva_put(arena, labels, wva_string(arena, sim_name(job)), "job-name");
    return labels;
}

static void put_count(struct job *job, const char *name, int64_t count, bool keep_zero)
{
    if (count != 0 || keep_zero)
        wva_put(job->arena, job->value, wva_int(job->arena, count), "status", name);
    else
        wva_remove(job->value, "status", name);
}

/* A pod that is being deleted has failed, but is counted only when the verdict is given. */
static int64_t counted_failures(const struct job *job)
{
    bool judged = sim_condition(job->value, "FailureTarget") != NULL;
    return judged ? job->failed : job->failed - job->pods.terminating;
}

static void put_counts(struct job *job)
{
    if (wva_get(job->value, "status", "startTime") == NULL)
        wva_put(job->arena, job->value,
                wva_string(job->arena, sim_timestamp(job->arena, wva_clock_unix_ms())), "status",
                "startTime");
    put_count(job, "active", job->pods.active, false);
    put_count(job, "succeeded", job->pods.succeeded, false);
    put_count(job, "failed", counted_failures(job), false);
    put_count(job, "ready", job->pods.ready, true);
    put_count(job, "terminating", job->pods.terminating, true);
    if (wva_get(job->value, "status", "uncountedTerminatedPods") == NULL)
        wva_put(job->arena, job->value, wva_object(job->arena), "status",
                "uncountedTerminatedPods");
}

/* Sets Complete or Failed once the criterion is old enough and no pod is left running. */
static void finish(struct job *job, const struct wva_value *criterion, bool success)
{
    int64_t now = sim_clock(job->sim);
    if (job->memo->ended_at == 0)
        job->memo->ended_at = now;
    int64_t at = job->memo->ended_at + CRITERION_TO_END_MS;
    if (job->pods.active + job->pods.terminating > 0 || now < at) {
        sim_due(job->sim, at);
        return;
    }
    struct sim_condition_text text = {success ? "Complete" : "Failed", "True",
                                      wva_get_str(criterion, "reason"),
                                      wva_get_str(criterion, "message")};
    sim_set_condition(job->arena, job->value, &text);
    if (success)
        wva_put(job->arena, job->value,
                wva_string(job->arena, sim_timestamp(job->arena, wva_clock_unix_ms())), "status",
                "completionTime");
    job->memo->progress_at = now;
    if (success)
        sim_event(job->sim, job->value, "Normal", "Completed", "Job completed");
    else
        sim_event(job->sim, job->value, "Warning", text.reason, text.message);
}

static void delete_active(struct job *job)
{
    SIM_EACH(pod, job->sim, "Pod")
    {
        if (!wva_str_eq(sim_controller_uid(pod->value), sim_uid(job->value)) ||
            !sim_pod_active(pod->value))
            continue;
        sim_event(job->sim, job->value, "Normal", "SuccessfulDelete",
                  wva_arena_printf(job->arena, "Deleted pod: %s", sim_name(pod->value)));
        if (sim_delete_pod(job->sim, pod)) {
            delete_active(job);
            return;
        }
    }
}

/* Writes SuccessCriteriaMet or FailureTarget a moment after the end was seen. */
static void judge(struct job *job, const struct sim_condition_text *verdict)
{
    int64_t now = sim_clock(job->sim);
    if (job->memo->ended_at == 0)
        job->memo->ended_at = now;
    int64_t at = job->memo->ended_at + END_TO_CRITERION_MS;
    if (now < at) {
        sim_due(job->sim, at);
        return;
    }
    job->memo->ended_at = 0;
    sim_set_condition(job->arena, job->value, verdict);
}

static bool past_deadline(const struct job *job)
{
    int64_t seconds = sim_int(wva_get(job->value, "spec", "activeDeadlineSeconds"), -1);
    if (seconds < 0)
        return false;
    int64_t at = job->memo->seen_at + seconds * SIM_SECOND;
    if (sim_clock(job->sim) >= at)
        return true;
    sim_due(job->sim, at);
    return false;
}

/* After the n-th failure the next pod waits 10 s, 20 s, 40 s … */
static void note_failures(struct job *job)
{
    if (job->failed <= job->memo->progress)
        return;
    job->memo->progress = job->failed;
    int64_t doublings = job->failed - 1;
    if (doublings > RETRY_DOUBLINGS_MAX)
        doublings = RETRY_DOUBLINGS_MAX;
    job->memo->retry_at = sim_clock(job->sim) + (RETRY_AFTER_FAILURE_MS << doublings);
}

static void start_pods(struct job *job)
{
    note_failures(job);
    int64_t wanted = sim_int(wva_get(job->value, "spec", "completions"), 1) - job->pods.succeeded;
    int64_t parallelism = sim_int(wva_get(job->value, "spec", "parallelism"), 1);
    if (wanted > parallelism)
        wanted = parallelism;
    if (wva_value_bool(wva_get(job->value, "spec", "suspend"), false))
        wanted = 0;
    while (job->pods.active < wanted) {
        if (sim_clock(job->sim) < job->memo->retry_at) {
            sim_due(job->sim, job->memo->retry_at);
            return;
        }
        struct wva_value *labels = job_labels(job->arena, job->value);
        if (sim_create_pod(job->sim, job->arena, job->value, labels) != NULL)
            return;
        job->memo->created++;
        job->pods.active++;
    }
}

static void advance(struct job *job)
{
    const struct wva_value *met = sim_condition(job->value, "SuccessCriteriaMet");
    const struct wva_value *target = sim_condition(job->value, "FailureTarget");
    int64_t limit = sim_int(wva_get(job->value, "spec", "backoffLimit"), DEFAULT_BACKOFF_LIMIT);
    if (met != NULL) {
        finish(job, met, true);
    } else if (target != NULL) {
        delete_active(job);
        finish(job, target, false);
    } else if (job->pods.succeeded >= sim_int(wva_get(job->value, "spec", "completions"), 1)) {
        judge(job, &reached);
    } else if (job->failed > limit) {
        judge(job, &too_often);
    } else if (past_deadline(job)) {
        sim_set_condition(job->arena, job->value, &too_long);
    } else {
        start_pods(job);
    }
}

static void expire(struct sim *sim, struct sim_object *object)
{
    int64_t ttl = sim_int(wva_get(object->value, "spec", "ttlSecondsAfterFinished"), -1);
    if (ttl < 0)
        return;
    int64_t at = sim_memo_of(sim, object->value)->progress_at + ttl * SIM_SECOND;
    if (sim_clock(sim) >= at)
        sim_store_remove(sim, object);
    else
        sim_due(sim, at);
}

static void reconcile_job(struct sim *sim, struct sim_object *object)
{
    wva_auto_arena arena = {0};
    struct job job = {
        .sim = sim,
        .object = object,
        .memo = sim_memo_of(sim, object->value),
        .pods = sim_count_pods(sim, sim_uid(object->value)),
        .arena = &arena,
        .value = wva_clone(&arena, object->value),
    };
    job.failed = job.memo->created - job.pods.active - job.pods.succeeded;
    advance(&job);
    put_counts(&job);
    sim_store_replace(sim, object, job.value);
}

void sim_reconcile_jobs(struct sim *sim)
{
    struct sim_object *next;
    for (struct sim_object *job = sim_next(sim, "Job", NULL); job != NULL; job = next) {
        next = sim_next(sim, "Job", job);
        if (finished(job->value))
            expire(sim, job);
        else if (!sim_deleting(job->value))
            reconcile_job(sim, job);
    }
}
