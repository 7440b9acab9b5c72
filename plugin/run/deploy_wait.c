// SPDX-License-Identifier: Apache-2.0
/*
 * Waiting for a Deployment: Deployment and Pods are watched side by side, each change is judged at
 * once, and a wait that cannot end well ends in words. A failure to create pods at all shows in the
 * Deployment's ReplicaFailure condition, so Events need not be readable.
 */
#include "wva/run/deploy.h"

#include "trouble.h"
#include "watched.h"

#include "wva/kube/watch.h"
#include "wva/run/vllm.h"
#include "wva/util/clock.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <string.h>

#define CONTAINER "vllm"
#define LOG_LINES 12
#define LOG_BYTES 2400 /* of a message's 3072 */

struct waiting {
    struct wva_kube *kube;
    const char *namespace_;
    const char *name;
    const struct wva_observer *observer;
    struct wva_watched deployment;
    struct wva_watched pod; /* the newest one that is not being deleted */
    struct wva_pull_failure pull_failure;
    bool synced;
    int64_t started_ms;
    int64_t stuck_since_ms; /* 0: not stuck */
    int64_t patience_ms;
    struct wva_arena scratch;
};

static int on_deployment(void *ctx, enum wva_watch_event event, const struct wva_value *object,
                         struct wva_error *err)
{
    struct waiting *w = ctx;
    if (event == WVA_WATCH_SYNCED)
        w->synced = true;
    else if (event == WVA_WATCH_APPLIED)
        wva_watched_set(&w->deployment, object);
    else
        return wva_error_set(err, WVA_E_FAILED,
                             "Deployment '%s/%s' was deleted while it was waited for",
                             w->namespace_, w->name);
    return 0;
}

static bool newer(const struct wva_value *pod, const struct wva_value *than)
{
    const char *a = wva_get_str(pod, "metadata", "creationTimestamp");
    const char *b = wva_get_str(than, "metadata", "creationTimestamp");
    return !than || (a && b && strcmp(a, b) >= 0); /* RFC 3339 in UTC sorts as text */
}

static int on_pod(void *ctx, enum wva_watch_event event, const struct wva_value *object,
                  struct wva_error *err)
{
    (void)err;
    struct waiting *w = ctx;
    if (event == WVA_WATCH_SYNCED)
        return 0;
    bool same = wva_watched_is(&w->pod, object);
    bool leaving =
        event == WVA_WATCH_DELETED || wva_get_str(object, "metadata", "deletionTimestamp");
    if (same && leaving)
        wva_watched_set(&w->pod, NULL);
    else if (!leaving && (same || newer(object, w->pod.value)))
        wva_watched_set(&w->pod, object);
    return 0;
}

static int64_t number(const struct wva_value *object, const char *group, const char *key,
                      int64_t otherwise)
{
    int64_t value = otherwise;
    (void)wva_value_i64(wva_get(object, group, key), &value);
    return value;
}

/* Is the status about what was applied last, and not about what was there before? */
static bool is_observed(const struct wva_value *deployment)
{
    return number(deployment, "status", "observedGeneration", -2) >=
           number(deployment, "metadata", "generation", -1);
}

/* kubectl's rule for a rollout that is complete. */
static bool is_available(const struct wva_value *deployment)
{
    int64_t updated = number(deployment, "status", "updatedReplicas", 0);
    return is_observed(deployment) && updated >= number(deployment, "spec", "replicas", 1) &&
           number(deployment, "status", "replicas", 0) <= updated &&
           number(deployment, "status", "availableReplicas", 0) >= updated;
}

/* The last lines the crashed process wrote; "" when they cannot be had. While they are fetched the
 * watches go on: what was read from the pod before is gone then. */
static const char *crash_log(struct waiting *w)
{
    const char *pod = wva_arena_strdup(&w->scratch, wva_get_str(w->pod.value, "metadata", "name"));
    struct wva_log_options options = {
        .container = CONTAINER, .previous = true, .tail_lines = LOG_LINES};
    for (int try = 0; try < 2; try++) {
        char *text;
        size_t len;
        struct wva_error ignored = {0};
        if (wva_kube_logs(w->kube, &w->scratch, w->namespace_, pod, &options, &text, &len,
                          &ignored) == 0 &&
            len > 0)
            return wva_arena_printf(&w->scratch, "; its last lines:\n%s",
                                    wva_last_lines(&w->scratch, text, len, LOG_BYTES));
        options.previous = false; /* the first run may still be the present one */
    }
    return "";
}

static void hint_describe(const struct waiting *w, struct wva_error *err)
{
    const char *pod = wva_get_str(w->pod.value, "metadata", "name");
    if (pod)
        wva_error_hint(err, "kubectl describe pod %s -n %s", pod, w->namespace_);
    else
        wva_error_hint(err, "kubectl describe deployment %s -n %s", w->name, w->namespace_);
}

static int give_up(struct waiting *w, const struct wva_pod_state *state, struct wva_error *err)
{
    const char *log = state->crashed ? crash_log(w) : "";
    wva_error_set(err, WVA_E_FAILED, "Deployment '%s/%s' cannot become ready: %s%s", w->namespace_,
                  w->name, state->words, log);
    hint_describe(w, err);
    if (state->lacks_memory)
        wva_error_add_hint(err, "give it more memory: --memory");
    return -1;
}

/* Without a pod the Deployment's own conditions tell. */
static void diagnose_without_pod(struct waiting *w, struct wva_pod_state *ret)
{
    *ret = (struct wva_pod_state){.outlook = WVA_OUTLOOK_GOING, .words = "waiting for a pod"};
    const struct wva_value *failure = wva_condition(w->deployment.value, "ReplicaFailure", "True");
    if (!failure)
        return;
    const char *message = wva_get_str(failure, "message");
    ret->outlook = wva_create_failure_outlook(message);
    ret->words = wva_create_failure_words(&w->scratch, message);
}

/* A pod of the template before says nothing about this one. */
static bool is_of_template(const struct wva_value *pod, const struct wva_value *deployment)
{
    const char *wanted = wva_get_str(deployment, "spec", "template", "metadata", "annotations",
                                     WVA_TEMPLATE_ANNOTATION);
    return !wanted ||
           wva_str_eq(wanted, wva_get_str(pod, "metadata", "annotations", WVA_TEMPLATE_ANNOTATION));
}

static void diagnose(struct waiting *w, struct wva_pod_state *ret)
{
    const struct wva_value *deployment = w->deployment.value;
    if (w->pod.value && is_of_template(w->pod.value, deployment))
        wva_pod_diagnose(&w->scratch, w->pod.value, CONTAINER, ret);
    else if (is_observed(deployment))
        diagnose_without_pod(w, ret);
    else
        *ret = (struct wva_pod_state){.outlook = WVA_OUTLOOK_GOING, .words = "waiting for a pod"};
    wva_pull_failure_recall(&w->pull_failure, ret);
}

/* 1: available; 0: go on waiting; -1: over, with the reason. */
static int judge(struct waiting *w, struct wva_error *err)
{
    if (!w->synced)
        return 0;
    if (!w->deployment.value)
        return wva_error_set(err, WVA_E_NOT_FOUND, "Deployment '%s/%s' does not exist",
                             w->namespace_, w->name);
    if (is_available(w->deployment.value))
        return 1;
    struct wva_pod_state state;
    diagnose(w, &state);
    if (state.outlook == WVA_OUTLOOK_ENDED) {
        state.outlook = WVA_OUTLOOK_HOPELESS;
        state.crashed = true;
    }

    int64_t now = wva_clock_monotonic_ms();
    if (state.outlook != WVA_OUTLOOK_STUCK)
        w->stuck_since_ms = 0;
    else if (w->stuck_since_ms == 0)
        w->stuck_since_ms = now;
    bool impatient = w->stuck_since_ms != 0 && now - w->stuck_since_ms >= w->patience_ms;
    if (state.outlook == WVA_OUTLOOK_HOPELESS || impatient)
        return give_up(w, &state, err);

    char age[WVA_DURATION_MAX];
    wva_format_age(age, now - w->started_ms);
    w->observer->step(w->observer->ctx,
                      wva_arena_printf(&w->scratch, "deployment/%s: %s", w->name, state.words),
                      age);
    return 0;
}

static int timed_out(struct waiting *w, int64_t timeout_ms, struct wva_error *err)
{
    struct wva_pod_state state;
    diagnose(w, &state);
    char age[WVA_DURATION_MAX];
    wva_format_age(age, timeout_ms);
    wva_error_set(err, WVA_E_TIMEOUT, "Deployment '%s/%s' was not ready after %s: %s",
                  w->namespace_, w->name, age, state.words);
    hint_describe(w, err);
    return wva_error_add_hint(
        err, "it goes on starting; wait for it with: kubectl rollout status deployment/%s -n %s",
        w->name, w->namespace_);
}

static int wait_loop(struct waiting *w, int64_t timeout_ms, struct wva_error *err)
{
    for (;;) {
        if (wva_kube_step(w->kube, 1000, err) < 0)
            return -1;
        wva_arena_reset(&w->scratch);
        int verdict = judge(w, err);
        if (verdict != 0)
            return verdict > 0 ? 0 : -1;
        if (wva_clock_monotonic_ms() - w->started_ms >= timeout_ms)
            return timed_out(w, timeout_ms, err);
    }
}

int wva_deploy_wait(struct wva_kube *kube, const char *namespace_, const char *name,
                    int64_t timeout_ms, int64_t patience_ms, const struct wva_observer *observer,
                    struct wva_error *err)
{
    struct waiting w = {
        .kube = kube,
        .namespace_ = namespace_,
        .name = name,
        .observer = observer,
        .started_ms = wva_clock_monotonic_ms(),
        .patience_ms = patience_ms,
    };
    wva_auto_arena arena = {0};
    char *by_name = wva_arena_printf(&arena, "metadata.name=%s", name);
    char *by_label = wva_arena_printf(&arena, "app.kubernetes.io/name=%s", name);
    struct wva_watch *deployments = wva_watch_start(kube, &wva_type_deployment, namespace_, NULL,
                                                    by_name, false, on_deployment, &w);
    struct wva_watch *pods =
        wva_watch_start(kube, &wva_type_pod, namespace_, by_label, NULL, false, on_pod, &w);
    int result = wait_loop(&w, timeout_ms, err);
    wva_watch_stop(pods);
    wva_watch_stop(deployments);
    wva_watched_done(&w.pod);
    wva_watched_done(&w.deployment);
    wva_arena_done(&w.scratch);
    return result;
}
