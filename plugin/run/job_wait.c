// SPDX-License-Identifier: Apache-2.0
/*
 * Waiting for one level's Job. The pod's terminated state carries the digest and comes first; a pod
 * that is deleted takes digest and log with it, and only who watched the pod has them; a pod that
 * could not be created shows in Events alone. So all three are watched.
 */
#include "job_wait.h"

#include "trouble.h"
#include "watched.h"

#include "wva/guidellm/digest.h"
#include "wva/guidellm/job.h"
#include "wva/kube/watch.h"
#include "wva/util/clock.h"

#include <string.h>

struct waiting {
    const struct wva_job_wait *wait;
    struct wva_watched job;
    struct wva_watched pod;
    bool job_seen, job_gone, pod_seen, pod_gone;
    char create_failure[600]; /* of the newest FailedCreate Event */
    char last_words[600];     /* the pod's last known trouble, kept when the pod goes */
    int64_t started_ms;
    int64_t running_since_ms; /* 0: the container has not started */
    int64_t stuck_since_ms;
    struct wva_arena scratch;
};

static int on_job(void *ctx, enum wva_watch_event event, const struct wva_value *object,
                  struct wva_error *err)
{
    (void)err;
    struct waiting *w = ctx;
    if (event == WVA_WATCH_SYNCED) {
        w->job_gone = !w->job_seen; /* listed, and not there */
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
    w->pod_seen = true;
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

static int fail(struct waiting *w, const char *words, struct wva_error *err)
{
    wva_error_set(err, WVA_E_FAILED, "Job '%s/%s' failed: %s", w->wait->namespace_, w->wait->name,
                  words);
    return wva_error_hint(err, "kubectl describe job %s -n %s", w->wait->name, w->wait->namespace_);
}

/* The container has ended: good only with a digest that says so. */
static int judge_ended(struct waiting *w, const struct wva_pod_state *state, struct wva_level *ret,
                       struct wva_error *err)
{
    if (state->message) {
        struct wva_error digest_err = {0};
        if (wva_digest_parse(state->message, strlen(state->message), ret, &digest_err) == 0) {
            if (state->exit_status == 0 && wva_str_eq(state->reason, "Completed"))
                return 1;
        } else if (state->exit_status == 0 || digest_err.code == WVA_E_FAILED) {
            return fail(w, digest_err.msg, err);
        }
    }
    const char *message = state->message ? state->message : "no termination message";
    size_t len = strlen(message);
    size_t from = len > 600 ? len - 600 : 0; /* a traceback's end is what tells */
    char *tail = wva_str_sanitize(&w->scratch, message + from, len - from, 600, true);
    fail(w, wva_arena_printf(&w->scratch, "%s\n%s", state->words, tail), err);
    return -1;
}

/* Nothing of a pod: either not yet, or its creation fails. */
static void diagnose_without_pod(struct waiting *w, struct wva_pod_state *ret)
{
    *ret = (struct wva_pod_state){.outlook = WVA_OUTLOOK_GOING, .words = "waiting for a pod"};
    if (!w->create_failure[0])
        return;
    ret->outlook = wva_create_failure_outlook(w->create_failure);
    ret->words = wva_create_failure_words(&w->scratch, w->create_failure);
}

/* 0 unless the Job itself says it is over (or is gone) and no pod state says more. */
static int judge_job(struct waiting *w, struct wva_error *err)
{
    if (w->job_gone)
        return fail(w, "it was deleted while it was waited for", err);
    const struct wva_value *failed = wva_condition(w->job.value, "FailureTarget", "True");
    if (!failed)
        failed = wva_condition(w->job.value, "Failed", "True");
    if (failed) {
        const char *message = wva_get_str(failed, "message");
        return fail(w,
                    wva_arena_printf(&w->scratch, "%s (%s)%s%s",
                                     message ? message : "no reason given",
                                     wva_get_str(failed, "reason"),
                                     w->last_words[0] ? "; before that: " : "", w->last_words),
                    err);
    }
    if (w->pod_seen && w->pod_gone)
        return fail(w,
                    wva_arena_printf(&w->scratch, "its pod was deleted before it had a result%s%s",
                                     w->last_words[0] ? "; last seen: " : "", w->last_words),
                    err);
    return 0;
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

static void report(struct waiting *w, const struct wva_pod_state *state)
{
    int64_t now = wva_clock_monotonic_ms();
    const struct wva_value *running =
        wva_get(w->pod.value, "status", "containerStatuses", "0", "state", "running");
    if (running && w->running_since_ms == 0)
        w->running_since_ms = now;
    char elapsed[WVA_DURATION_MAX], left[WVA_DURATION_MAX];
    const char *detail;
    if (w->running_since_ms) {
        int64_t remaining = w->wait->load_seconds * 1000 - (now - w->running_since_ms);
        wva_format_age(elapsed, now - w->running_since_ms);
        wva_format_age(left, remaining > 0 ? remaining : 0);
        detail = wva_arena_printf(&w->scratch, "%s, about %s left", elapsed, left);
    } else {
        wva_format_age(elapsed, now - w->started_ms);
        detail = wva_arena_printf(&w->scratch, "%s, %s", state->words, elapsed);
    }
    w->wait->observer->step(w->wait->observer->ctx, w->wait->words, detail);
}

/* 1: the level is in `*ret`; 0: go on; -1: over. */
static int judge(struct waiting *w, struct wva_level *ret, bool *ret_ended, struct wva_error *err)
{
    struct wva_pod_state state;
    if (w->pod.value)
        wva_pod_diagnose(&w->scratch, w->pod.value, WVA_GUIDELLM_CONTAINER, &state);
    else
        diagnose_without_pod(w, &state);
    if (state.outlook == WVA_OUTLOOK_ENDED) {
        *ret_ended = true;
        return judge_ended(w, &state, ret, err);
    }
    if (state.outlook == WVA_OUTLOOK_HOPELESS || ran_out_of_patience(w, &state))
        return fail(w, state.words, err);
    if (state.outlook == WVA_OUTLOOK_STUCK)
        snprintf(w->last_words, sizeof(w->last_words), "%s", state.words);
    if (judge_job(w, err) < 0)
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

static int wait_loop(struct waiting *w, struct wva_level *ret, bool *ret_ended,
                     struct wva_error *err)
{
    for (;;) {
        if (wva_kube_step(w->wait->kube, 1000, err) < 0)
            return -1;
        int verdict = judge(w, ret, ret_ended, err);
        wva_arena_reset(&w->scratch);
        if (verdict != 0)
            return verdict > 0 ? 0 : -1;
        if (wva_clock_monotonic_ms() - w->started_ms >= w->wait->timeout_ms)
            return timed_out(w, err);
    }
}

int wva_job_wait(const struct wva_job_wait *wait, struct wva_level *ret, bool *ret_ended,
                 struct wva_error *err)
{
    struct waiting w = {.wait = wait, .started_ms = wva_clock_monotonic_ms()};
    struct wva_level level;
    wva_auto_arena arena = {0};
    char *by_name = wva_arena_printf(&arena, "metadata.name=%s", wait->name);
    char *by_job = wva_arena_printf(&arena, "job-name=%s", wait->name);
    char *about =
        wva_arena_printf(&arena, "involvedObject.kind=Job,involvedObject.name=%s", wait->name);
    *ret_ended = false;

    struct wva_watch *jobs = wva_watch_start(wait->kube, &wva_type_job, wait->namespace_, NULL,
                                             by_name, false, on_job, &w);
    struct wva_watch *pods = wva_watch_start(wait->kube, &wva_type_pod, wait->namespace_, by_job,
                                             NULL, false, on_pod, &w);
    struct wva_watch *events = wva_watch_start(wait->kube, &wva_type_event, wait->namespace_, NULL,
                                               about, true, on_event, &w);
    int result = wait_loop(&w, &level, ret_ended, err);
    wva_watch_stop(events);
    wva_watch_stop(pods);
    wva_watch_stop(jobs);
    wva_watched_done(&w.job);
    wva_watched_done(&w.pod);
    wva_arena_done(&w.scratch);
    if (result == 0)
        *ret = level;
    return result;
}
