// SPDX-License-Identifier: Apache-2.0
/*
 * The Jobs of one level, of which the last one counts. Whoever resumes a run finds in the cluster
 * what its predecessor left: a Job that runs or has ended is taken up, and its name keeps two
 * clients from making it twice. Nothing is started before every other pod of the run has ended.
 */
#include "bench_priv.h"
#include "outage.h"
#include "trouble.h"

#include "wva/guidellm/job.h"
#include "wva/util/cancel.h"
#include "wva/util/clock.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <string.h>

/* Beyond the Job's own deadline, for the API server to notice. */
#define WAIT_ALLOWANCE_MS (120 * 1000)

/* A pod that is deleted has 10 s to end, or what the user's template says. */
#define QUIET_MS (120 * 1000)
#define LOOK_MS  500

/* What is there of a level. */
struct survey {
    struct wva_value *jobs; /* of the level */
    struct wva_value *pods; /* of the run */
};

static int list(const struct wva_bench *b, struct survey *ret, const char *level_id,
                struct wva_error *err)
{
    struct survey survey;
    const char *namespace_ = b->record->namespace_;
    char *of_run = wva_arena_printf(b->arena, "%s=%s", WVA_LABEL_RUN, b->record->run_id);
    char *of_level = wva_arena_printf(b->arena, "%s,%s=%s", of_run, WVA_LABEL_LEVEL, level_id);
    if (wva_kube_list(b->kube, b->arena, &wva_type_job, namespace_, of_level, NULL, &survey.jobs,
                      NULL, err) < 0)
        return wva_error_wrap(err, "cannot look for Jobs of run %s", b->record->run_id);
    /* the server's pods have the run's label too, but no level */
    char *loads = wva_arena_printf(b->arena, "%s,%s", of_run, WVA_LABEL_LEVEL);
    if (wva_kube_list(b->kube, b->arena, &wva_type_pod, namespace_, loads, NULL, &survey.pods, NULL,
                      err) < 0)
        return wva_error_wrap(err, "cannot look for pods of run %s", b->record->run_id);
    *ret = survey;
    return 0;
}

static int look(const struct wva_bench *b, const char *level_id, struct survey *ret,
                struct wva_error *err)
{
    struct wva_outage outage = {.kube = b->kube, .observer = b->observer};
    while (list(b, ret, level_id, err) < 0)
        if (wva_outage_wait(&outage, err) < 0)
            return -1;
    return 0;
}

/* "wva-ID-LEVEL" is the first try, "wva-ID-LEVEL-tryN" the others (wva_plan_job()). */
static unsigned try_of(const struct wva_value *job)
{
    static const char mark[] = "-try";
    const char *name = wva_get_str(job, "metadata", "name"), *number = NULL;
    for (const char *at = name; at && (at = strstr(at, mark)); at++)
        number = at + strlen(mark);
    int64_t value;
    if (!number || wva_parse_i64(number, strlen(number), &value) < 0 || value < 1 ||
        value > INT32_MAX)
        return 1;
    return (unsigned)value;
}

/* A pod that is gone is counted at once, but not yet among the failed ones. */
static bool has_failed(const struct wva_value *job)
{
    int64_t failed = 0;
    (void)wva_value_i64(wva_get(job, "status", "failed"), &failed);
    return failed > 0 || wva_get(job, "status", "uncountedTerminatedPods", "failed", "0") ||
           wva_condition(job, "FailureTarget", "True") ||
           wva_get_str(job, "metadata", "deletionTimestamp");
}

static const struct wva_value *pod_of(const struct wva_value *job, const struct wva_value *pods)
{
    for (size_t i = 0; i < pods->count; i++)
        if (wva_str_eq(wva_get_str(pods->items[i], "metadata", "labels", "job-name"),
                       wva_get_str(job, "metadata", "name")))
            return pods->items[i];
    return NULL;
}

/* It failed or is being taken away, which its Job will say in a second or two. */
static bool is_lost(const struct wva_value *pod)
{
    const struct wva_value *ended =
        wva_get(pod, "status", "containerStatuses", "0", "state", "terminated");
    int64_t exit_status = 0;
    if (!ended)
        return wva_get_str(pod, "metadata", "deletionTimestamp") ||
               wva_str_eq(wva_get_str(pod, "status", "phase"), "Failed");
    (void)wva_value_i64(wva_get(ended, "exitCode"), &exit_status);
    return exit_status != 0;
}

/* The result is in the pod: a Job that has outlived it is of no use. */
static bool is_of_use(const struct wva_value *job, const struct wva_value *pods)
{
    const struct wva_value *pod = pod_of(job, pods);
    return !has_failed(job) && (pod ? !is_lost(pod) : !wva_condition(job, "Complete", "True"));
}

static struct wva_value *job_to_take_up(const struct survey *survey, unsigned spent)
{
    struct wva_value *found = NULL;
    for (size_t i = 0; i < survey->jobs->count; i++) {
        struct wva_value *job = survey->jobs->items[i];
        if (try_of(job) <= spent || !is_of_use(job, survey->pods))
            continue;
        if (!found || try_of(job) > try_of(found))
            found = job;
    }
    return found;
}

static bool may_load(const struct wva_value *pod)
{
    const char *phase = wva_get_str(pod, "status", "phase");
    const struct wva_value *state = wva_get(pod, "status", "containerStatuses", "0", "state");
    if (wva_str_eq(phase, "Succeeded") || wva_str_eq(phase, "Failed") ||
        wva_get(state, "terminated"))
        return false;
    return wva_get(state, "running") || !wva_get(pod, "metadata", "deletionTimestamp");
}

static const char *loading_pod(const struct survey *survey)
{
    for (size_t i = 0; i < survey->pods->count; i++)
        if (may_load(survey->pods->items[i]))
            return wva_get_str(survey->pods->items[i], "metadata", "name");
    return NULL;
}

static int wait_for_quiet(const struct wva_bench *b, const char *pod, int64_t since_ms,
                          struct wva_error *err)
{
    const char *namespace_ = b->record->namespace_;
    b->observer->step(b->observer->ctx,
                      wva_arena_printf(b->arena, "waiting for pod %s to end", pod), NULL);
    if (wva_clock_monotonic_ms() - since_ms < QUIET_MS)
        return wva_kube_step(b->kube, LOOK_MS, err);
    wva_error_set(err, WVA_E_TIMEOUT, "pod '%s/%s' of an earlier Job does not end", namespace_,
                  pod);
    return wva_error_hint(err, "kubectl delete pod %s -n %s --force", pod, namespace_);
}

/*
 * Numbers of tries. A Job may be gone when its level is measured again, so the record keeps how
 * many there were: another number is another seed.
 */

static const char *tries_key(const struct wva_bench *b, const char *level_id)
{
    return wva_arena_printf(b->arena, "tries-%s", level_id);
}

static unsigned tries_so_far(const struct wva_bench *b, const char *level_id,
                             const struct wva_value *jobs)
{
    const char *text = wva_record_text(b->record, tries_key(b, level_id));
    int64_t recorded;
    unsigned tries = 0;
    if (text && wva_parse_i64(text, strlen(text), &recorded) == 0 && recorded > 0 &&
        recorded < INT32_MAX)
        tries = (unsigned)recorded;
    for (size_t i = 0; i < jobs->count; i++)
        if (try_of(jobs->items[i]) > tries)
            tries = try_of(jobs->items[i]);
    return tries;
}

/* What still runs is stopped: it would load the server for nothing. Best effort, and not
 * interrupted by the signal that led here. */
static void stop_job(const struct wva_bench *b, const struct wva_value *job)
{
    const char *name = wva_get_str(job, "metadata", "name");
    struct wva_error err = {0};
    wva_cancel_defer_begin();
    b->observer->step(b->observer->ctx, wva_arena_printf(b->arena, "stopping Job %s", name), NULL);
    if (wva_kube_delete(b->kube, &wva_type_job, b->record->namespace_, name,
                        wva_get_str(job, "metadata", "uid"), &err) < 0)
        b->observer->note(b->observer->ctx, WVA_NOTE_WARNING,
                          wva_arena_printf(b->arena, "Job %s is still there: %s", name, err.msg));
    wva_cancel_defer_end();
}

static int create_job(const struct wva_bench *b, size_t index, unsigned number,
                      struct wva_value **ret, struct wva_error *err)
{
    struct wva_outage outage = {.kube = b->kube, .observer = b->observer};
    struct wva_value *job = NULL;
    if (wva_plan_job(b->arena, b->plan, index, number, b->record->object, &job, err) < 0)
        return -1;
    if (wva_outage_create(&outage, b->arena, &wva_type_job, job, ret, err) == 0)
        return 0;
    if (err->code == WVA_E_CANCELED) /* before the answer: it may have been made */
        stop_job(b, job);
    return wva_error_wrap(err, "cannot create Job '%s/%s'", b->record->namespace_,
                          wva_get_str(job, "metadata", "name"));
}

/* The Job to wait for: one that is still there from before, or a new one. */
static int start_job(const struct wva_bench *b, size_t index, unsigned spent,
                     struct wva_value **ret, struct wva_error *err)
{
    const char *level_id = wva_plan_level_id(b->arena, index), *pod;
    int64_t started_ms = wva_clock_monotonic_ms();
    struct survey survey;
    for (;;) {
        if (look(b, level_id, &survey, err) < 0)
            return -1;
        *ret = job_to_take_up(&survey, spent);
        if (*ret)
            return 0;
        pod = loading_pod(&survey);
        if (!pod)
            break;
        if (wait_for_quiet(b, pod, started_ms, err) < 0)
            return -1;
    }
    unsigned number = tries_so_far(b, level_id, survey.jobs) + 1;
    if (create_job(b, index, number, ret, err) < 0)
        return -1;
    wva_bench_remember(b, tries_key(b, level_id), wva_arena_printf(b->arena, "%u", number));
    return 0;
}

int wva_level_job_measure(const struct wva_bench *b, size_t index, unsigned spent,
                          struct wva_level *ret, struct wva_level_job *ret_job,
                          struct wva_error *err)
{
    struct wva_value *job = NULL;
    *ret_job = (struct wva_level_job){.end = WVA_JOB_OVER};
    if (start_job(b, index, spent, &job, err) < 0)
        return -1;
    int64_t seconds = index == WVA_WARMUP ? b->plan->warmup_seconds : b->plan->max_seconds;
    int64_t deadline = seconds;
    (void)wva_value_i64(wva_get(job, "spec", "activeDeadlineSeconds"), &deadline);
    struct wva_job_wait wait = {
        .kube = b->kube,
        .namespace_ = b->record->namespace_,
        .name = wva_get_str(job, "metadata", "name"),
        .words = wva_plan_level_words(b->arena, b->plan, index),
        .load_seconds = seconds,
        .timeout_ms = deadline * 1000 + WAIT_ALLOWANCE_MS,
        .patience_ms = b->plan->patience_ms,
        .observer = b->observer,
    };
    ret_job->number = try_of(job);
    int result = wva_job_wait(&wait, ret, &ret_job->end, err);
    if (result < 0 && ret_job->end == WVA_JOB_RUNS)
        stop_job(b, job);
    return result;
}
