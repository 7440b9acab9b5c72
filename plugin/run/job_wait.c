// SPDX-License-Identifier: Apache-2.0
/*
 * Waiting for one level's Job. The pod's terminated state carries the digest and comes first; a pod
 * that is deleted takes digest and log with it, and only who watched the pod has them; a pod that
 * could not be created shows in Events alone. So all three are watched, as streams that overtake
 * one another: why a pod was ended, its Job may say a moment later.
 */
#include "job_wait.h"

#include "job_result.h"
#include "outage.h"
#include "watched.h"

#include "wva/guidellm/job.h"
#include "wva/kube/watch.h"
#include "wva/util/clock.h"
#include "wva/util/mem.h"

#include <string.h>

#define MOMENT_MS   2000 /* for the Job to say why its pod is gone */
#define POD_DELETED "its pod was deleted before it had a result"

struct waiting {
    const struct wva_job_wait *wait;
    struct wva_watch *watches[3];
    struct wva_watched job;
    struct wva_watched pod;
    struct wva_pull_failure pull_failure;
    bool job_seen, job_gone, pod_gone;
    bool looked; /* at the pods themselves, after the Job's end */
    bool events_forbidden;
    char create_failure[600]; /* of the newest FailedCreate Event */
    char last_words[600];     /* the pod's last known trouble, kept when the pod goes */
    int64_t started_ms;
    int64_t running_since_ms; /* 0: the container has not started */
    int64_t stuck_since_ms;
    int64_t puzzled_since_ms; /* 0: nothing is to be explained by the Job */
    int64_t deleted_since_ms; /* 0: the pod is not being deleted */
    struct wva_outage outage;
    struct wva_arena scratch;
};

static int on_job(void *ctx, enum wva_watch_event event, const struct wva_value *object,
                  struct wva_error *err)
{
    (void)err;
    struct waiting *w = ctx;
    if (event == WVA_WATCH_SYNCED) {
        w->job_gone = !w->job_seen; /* listed, and not there */
        w->outage.since_ms = 0;
        return 0;
    }
    w->job_seen = true;
    w->job_gone = event == WVA_WATCH_DELETED;
    if (!w->job_gone)
        wva_watched_set(&w->job, object);
    return 0;
}

static int on_pod(void *ctx, enum wva_watch_event event, const struct wva_value *object,
                  struct wva_error *err)
{
    (void)err;
    struct waiting *w = ctx;
    if (event == WVA_WATCH_SYNCED)
        return 0;
    w->pod_gone = event == WVA_WATCH_DELETED;
    /* The relist's DELETED carries less than the last state we have. */
    if (!w->pod_gone)
        wva_watched_set(&w->pod, object);
    return 0;
}

static int on_event(void *ctx, enum wva_watch_event event, const struct wva_value *object,
                    struct wva_error *err)
{
    (void)err;
    struct waiting *w = ctx;
    if (event == WVA_WATCH_FORBIDDEN)
        w->events_forbidden = true;
    if (event != WVA_WATCH_APPLIED || !wva_str_eq(wva_get_str(object, "reason"), "FailedCreate"))
        return 0;
    const char *message = wva_get_str(object, "message");
    if (!message)
        return 0;
    char *words = wva_str_sanitize(&w->scratch, message, strlen(message),
                                   sizeof(w->create_failure) - 8, false);
    snprintf(w->create_failure, sizeof(w->create_failure), "%s", words);
    return 0;
}

static const char *pods_of(struct waiting *w, struct wva_arena *arena)
{
    return wva_arena_printf(arena, "job-name=%s", w->wait->name);
}

static void start_watches(struct waiting *w)
{
    const struct wva_job_wait *wait = w->wait;
    wva_auto_arena arena = {0};
    char *by_name = wva_arena_printf(&arena, "metadata.name=%s", wait->name);
    char *about =
        wva_arena_printf(&arena, "involvedObject.kind=Job,involvedObject.name=%s", wait->name);
    w->job_seen = false;
    w->watches[0] = wva_watch_start(wait->kube, &wva_type_job, wait->namespace_, NULL, by_name,
                                    false, on_job, w);
    w->watches[1] = wva_watch_start(wait->kube, &wva_type_pod, wait->namespace_, pods_of(w, &arena),
                                    NULL, false, on_pod, w);
    w->watches[2] = wva_watch_start(wait->kube, &wva_type_event, wait->namespace_, NULL, about,
                                    true, on_event, w);
}

static void stop_watches(struct waiting *w)
{
    for (size_t i = 0; i < WVA_COUNT(w->watches); i++) {
        wva_watch_stop(w->watches[i]);
        w->watches[i] = NULL;
    }
}

static int fail(struct waiting *w, const char *words, struct wva_error *err)
{
    return wva_error_set(err, WVA_E_FAILED, "Job '%s/%s' failed: %s", w->wait->namespace_,
                         w->wait->name, words);
}

/* Is there still something to hear about the end that was seen? */
static bool puzzled(struct waiting *w)
{
    int64_t now = wva_clock_monotonic_ms();
    if (w->puzzled_since_ms == 0)
        w->puzzled_since_ms = now;
    return now - w->puzzled_since_ms < MOMENT_MS;
}

/* Why the Job itself says that it is over; NULL when it does not, or says no more than that its pod
 * failed. */
static const char *job_words(struct waiting *w)
{
    if (w->job_gone)
        return "it was deleted while it was waited for";
    const struct wva_value *failed = wva_condition(w->job.value, "FailureTarget", "True");
    if (!failed)
        failed = wva_condition(w->job.value, "Failed", "True");
    const char *reason = wva_get_str(failed, "reason");
    const char *message = wva_get_str(failed, "message");
    if (!failed || wva_str_eq(reason, "BackoffLimitExceeded"))
        return NULL;
    return wva_arena_printf(&w->scratch, "%s (%s)", message ? message : "no message",
                            reason ? reason : "no reason");
}

/* The container has ended: with a result, or for a reason of its own or of somebody else's. */
static int judge_ended(struct waiting *w, const struct wva_pod_state *state, struct wva_level *ret,
                       enum wva_job_end *ret_end, struct wva_error *err)
{
    *ret_end = WVA_JOB_OVER;
    if (wva_job_result(w->wait->kube, &w->scratch, w->pod.value, state, ret, err) == 0)
        return 1;
    if (err->code == WVA_E_CANCELED)
        return -1;
    const char *words = job_words(w);
    bool deleted = wva_get(w->pod.value, "metadata", "deletionTimestamp") != NULL;
    if (!words)
        words = wva_job_disruption(&w->scratch, w->pod.value);
    if (!words && deleted && puzzled(w)) {
        wva_error_clear(err);
        return 0;
    }
    if (!words && deleted)
        words = POD_DELETED;
    if (words) {
        wva_error_clear(err);
        return fail(w, words, err);
    }
    *ret_end = WVA_JOB_FAILED;
    wva_error_wrap(err, "Job '%s/%s' failed", w->wait->namespace_, w->wait->name);
    wva_error_hint(err, "kubectl logs job/%s -n %s", w->wait->name, w->wait->namespace_);
    if (state->lacks_memory)
        wva_error_add_hint(err, "give it more memory: --resume with --job-memory");
    return -1;
}

/* Does the pod come to its end without our seeing it? One that is deleted has its grace period for
 * that; on a node that is lost, no end ever shows. */
static const char *lost_words(struct waiting *w)
{
    const char *words = wva_job_disruption(&w->scratch, w->pod.value);
    int64_t now = wva_clock_monotonic_ms(), grace = 0;
    if (words || !wva_get(w->pod.value, "metadata", "deletionTimestamp"))
        return words;
    (void)wva_value_i64(wva_get(w->pod.value, "metadata", "deletionGracePeriodSeconds"), &grace);
    if (w->deleted_since_ms == 0)
        w->deleted_since_ms = now;
    return now - w->deleted_since_ms < grace * 1000 + MOMENT_MS ? NULL : POD_DELETED;
}

/* Nothing of a pod: either not yet, or its creation fails, which only Events tell. */
static void diagnose_without_pod(struct waiting *w, struct wva_pod_state *ret)
{
    *ret = (struct wva_pod_state){.outlook = WVA_OUTLOOK_GOING, .words = "waiting for a pod"};
    if (w->events_forbidden)
        *ret = (struct wva_pod_state){
            .outlook = WVA_OUTLOOK_STUCK,
            .words = "no pod is created for it; Events would say why, but may not be read"};
    if (!w->create_failure[0])
        return;
    ret->outlook = wva_create_failure_outlook(w->create_failure);
    ret->words = wva_create_failure_words(&w->scratch, w->create_failure);
}

/* Has the Job ended, or its pod gone, without a result that we saw? */
static int judge_job(struct waiting *w, enum wva_job_end *ret_end, struct wva_error *err)
{
    const char *words = job_words(w);
    if (words)
        words = wva_arena_printf(&w->scratch, "%s%s%s", words,
                                 w->last_words[0] ? "; before that: " : "", w->last_words);
    else if (w->pod_gone && !puzzled(w))
        words = wva_condition(w->job.value, "Complete", "True")
                    ? "it has ended, but its pod is gone, and the result with it"
                    : POD_DELETED;
    else
        words = lost_words(w);
    if (!words)
        return 0;
    *ret_end = WVA_JOB_OVER;
    return fail(w, words, err);
}

static bool ran_out_of_patience(struct waiting *w, const struct wva_pod_state *state)
{
    int64_t now = wva_clock_monotonic_ms();
    if (state->outlook != WVA_OUTLOOK_STUCK)
        w->stuck_since_ms = 0;
    else if (w->stuck_since_ms == 0)
        w->stuck_since_ms = now;
    return w->stuck_since_ms != 0 && now - w->stuck_since_ms >= w->wait->patience_ms;
}

/* "12s, about 48s left", and at the end, while GuideLLM works out its report, "1m2s, finishing". */
static const char *progress_words(struct waiting *w, int64_t running_ms)
{
    int64_t remaining = w->wait->load_seconds * 1000 - running_ms;
    char elapsed[WVA_DURATION_MAX], left[WVA_DURATION_MAX];
    wva_format_age(elapsed, running_ms);
    if (remaining <= 0)
        return wva_arena_printf(&w->scratch, "%s, finishing", elapsed);
    wva_format_age(left, remaining);
    return wva_arena_printf(&w->scratch, "%s, about %s left", elapsed, left);
}

static void report(struct waiting *w, const struct wva_pod_state *state)
{
    int64_t now = wva_clock_monotonic_ms();
    const struct wva_value *running =
        wva_get(w->pod.value, "status", "containerStatuses", "0", "state", "running");
    if (running && w->running_since_ms == 0)
        w->running_since_ms = now;
    char age[WVA_DURATION_MAX];
    wva_format_age(age, now - w->started_ms);
    const char *detail = w->running_since_ms
                             ? progress_words(w, now - w->running_since_ms)
                             : wva_arena_printf(&w->scratch, "%s, %s", state->words, age);
    w->wait->observer->step(w->wait->observer->ctx, w->wait->words, detail);
}

/* A Job that has ended while our picture of its pod has not: either events are late, or the pod was
 * gone before we came. The list tells. */
static int look_at_pods(struct waiting *w, struct wva_error *err)
{
    struct wva_value *pods;
    if (w->looked || (!wva_condition(w->job.value, "Complete", "True") &&
                      !wva_condition(w->job.value, "Failed", "True")))
        return 0;
    if (wva_kube_list(w->wait->kube, &w->scratch, &wva_type_pod, w->wait->namespace_,
                      pods_of(w, &w->scratch), NULL, &pods, NULL, err) < 0)
        return -1;
    w->looked = true;
    w->pod_gone = pods->count == 0;
    if (!w->pod_gone)
        wva_watched_set(&w->pod, pods->items[pods->count - 1]);
    return 0;
}

static void diagnose(struct waiting *w, struct wva_pod_state *ret)
{
    if (w->pod.value)
        wva_pod_diagnose(&w->scratch, w->pod.value, WVA_GUIDELLM_CONTAINER, ret);
    else
        diagnose_without_pod(w, ret);
    wva_pull_failure_recall(&w->pull_failure, ret);
}

/* 1: the level is in `*ret`; 0: go on; -1: over. */
static int judge(struct waiting *w, struct wva_level *ret, enum wva_job_end *ret_end,
                 struct wva_error *err)
{
    struct wva_pod_state state;
    diagnose(w, &state);
    if (state.outlook != WVA_OUTLOOK_ENDED && look_at_pods(w, err) < 0)
        return -1;
    diagnose(w, &state);
    if (state.outlook == WVA_OUTLOOK_ENDED)
        return judge_ended(w, &state, ret, ret_end, err);
    if (state.outlook == WVA_OUTLOOK_HOPELESS || ran_out_of_patience(w, &state))
        return fail(w, state.words, err);
    if (state.outlook == WVA_OUTLOOK_STUCK)
        snprintf(w->last_words, sizeof(w->last_words), "%s", state.words);
    if (judge_job(w, ret_end, err) < 0)
        return -1;
    report(w, &state);
    return 0;
}

static int timed_out(struct waiting *w, struct wva_error *err)
{
    char age[WVA_DURATION_MAX];
    wva_format_age(age, w->wait->timeout_ms);
    return wva_error_set(err, WVA_E_TIMEOUT, "Job '%s/%s' had no result after %s%s%s",
                         w->wait->namespace_, w->wait->name, age, w->last_words[0] ? ": " : "",
                         w->last_words);
}

/* One step and what it comes to: as judge(). */
static int step(struct waiting *w, struct wva_level *ret, enum wva_job_end *ret_end,
                struct wva_error *err)
{
    if (wva_kube_step(w->wait->kube, 1000, err) < 0)
        return -1;
    int verdict = judge(w, ret, ret_end, err);
    wva_arena_reset(&w->scratch);
    return verdict;
}

static int wait_loop(struct waiting *w, struct wva_level *ret, enum wva_job_end *ret_end,
                     struct wva_error *err)
{
    for (;;) {
        int verdict = step(w, ret, ret_end, err);
        if (verdict > 0)
            return 0;
        if (verdict < 0) {
            stop_watches(w); /* those that work wait for those that do not */
            if (wva_outage_wait(&w->outage, err) < 0)
                return -1;
            start_watches(w);
        }
        if (wva_clock_monotonic_ms() - w->started_ms >= w->wait->timeout_ms)
            return timed_out(w, err);
    }
}

int wva_job_wait(const struct wva_job_wait *wait, struct wva_level *ret, enum wva_job_end *ret_end,
                 struct wva_error *err)
{
    struct waiting w = {
        .wait = wait,
        .started_ms = wva_clock_monotonic_ms(),
        .outage = {.kube = wait->kube, .observer = wait->observer},
    };
    struct wva_level level;
    *ret_end = WVA_JOB_RUNS;
    start_watches(&w);
    int result = wait_loop(&w, &level, ret_end, err);
    stop_watches(&w);
    wva_watched_done(&w.job);
    wva_watched_done(&w.pod);
    wva_arena_done(&w.scratch);
    if (result == 0)
        *ret = level;
    return result;
}
