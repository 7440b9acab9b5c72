// SPDX-License-Identifier: Apache-2.0
/* What the state of a pod means for someone who waits. */
#include "trouble.h"

#include "wva/util/str.h"

#include <stdio.h>
#include <string.h>

#define WORDS_MAX   400
#define REFUSAL_MAX 600 /* Pod Security names every field */

static const char *safe(struct wva_arena *arena, const char *text)
{
    return text ? wva_str_sanitize(arena, text, strlen(text), WORDS_MAX, false) : "";
}

char *wva_last_lines(struct wva_arena *arena, const char *text, size_t len, size_t max)
{
    text = wva_str_trim(arena, wva_arena_strndup(arena, text, len));
    len = strlen(text);
    if (len > max) {
        text += len - max;
        const char *line = strchr(text, '\n');
        text = line ? line + 1 : text;
    }
    return wva_str_sanitize(arena, text, strlen(text), max, true);
}

const struct wva_value *wva_condition(const struct wva_value *object, const char *type,
                                      const char *status)
{
    const struct wva_value *conditions = wva_get(object, "status", "conditions");
    for (size_t i = 0; conditions && conditions->kind == WVA_ARRAY && i < conditions->count; i++) {
        const struct wva_value *condition = conditions->items[i];
        if (wva_str_eq(wva_get_str(condition, "type"), type) &&
            wva_str_eq(wva_get_str(condition, "status"), status))
            return condition;
    }
    return NULL;
}

static const struct wva_value *container_status(const struct wva_value *pod, const char *container)
{
    return wva_array_named(wva_get(pod, "status", "containerStatuses"), container);
}

/* Reasons of a waiting container. A pull that failed for lack of the image or of rights fails
 * again; any other (a registry that is down) may not, and kubelet goes on trying. */
static const struct {
    const char *reason;
    enum wva_outlook outlook;
} waiting_reasons[] = {
    {"ErrImageNeverPull", WVA_OUTLOOK_HOPELESS},
    {"InvalidImageName", WVA_OUTLOOK_HOPELESS},
    {"CreateContainerConfigError", WVA_OUTLOOK_HOPELESS},
    {"CreateContainerError", WVA_OUTLOOK_HOPELESS},
    {"RunContainerError", WVA_OUTLOOK_HOPELESS},
    {"ErrImagePull", WVA_OUTLOOK_STUCK},
    {"ImagePullBackOff", WVA_OUTLOOK_STUCK},
    {"CrashLoopBackOff", WVA_OUTLOOK_HOPELESS},
};

static bool has_any(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; text && i < count; i++)
        if (strstr(text, words[i]))
            return true;
    return false;
}

/* Words, not status codes: a digest or a port in the message may contain "403". */
static bool pull_is_hopeless(const char *message)
{
    static const char *const final[] = {"not found",    "NotFound",     "manifest unknown",
                                        "Unauthorized", "unauthorized", "Forbidden",
                                        "denied"};
    return has_any(message, final, sizeof(final) / sizeof(final[0]));
}

/* containerd 1.6 may learn of it after the end and then says "Error". */
static bool was_killed(const struct wva_value *terminated)
{
    int64_t exit_status = -1;
    (void)wva_value_i64(wva_get(terminated, "exitCode"), &exit_status);
    return exit_status == 137 || wva_str_eq(wva_get_str(terminated, "reason"), "OOMKilled");
}

static const char *end_words(struct wva_arena *arena, const struct wva_value *terminated)
{
    int64_t exit_status = -1;
    (void)wva_value_i64(wva_get(terminated, "exitCode"), &exit_status);
    return wva_arena_printf(arena, "ended with exit status %lld (%s)", (long long)exit_status,
                            safe(arena, wva_get_str(terminated, "reason")));
}

/* ContainerCreating says no more, and that a volume cannot be mounted shows in Events alone. The
 * condition is there from Kubernetes 1.29 on; kubelets before 1.35 look only after the pull. */
static const char *creating_words(struct wva_arena *arena, const struct wva_value *pod,
                                  const struct wva_value *status)
{
    const char *image = safe(arena, wva_get_str(status, "image"));
    if (wva_condition(pod, "PodReadyToStartContainers", "False"))
        return wva_arena_printf(arena, "waiting for volumes, network and image %s", image);
    return wva_arena_printf(arena, "pulling image %s", image);
}

static void diagnose_waiting(struct wva_arena *arena, const struct wva_value *pod,
                             const struct wva_value *status, const struct wva_value *waiting,
                             struct wva_pod_state *ret)
{
    const char *reason = wva_get_str(waiting, "reason");
    const char *message = wva_get_str(waiting, "message");
    ret->outlook = WVA_OUTLOOK_GOING;
    for (size_t i = 0; i < sizeof(waiting_reasons) / sizeof(waiting_reasons[0]); i++)
        if (wva_str_eq(waiting_reasons[i].reason, reason))
            ret->outlook = waiting_reasons[i].outlook;
    if (ret->outlook == WVA_OUTLOOK_STUCK && pull_is_hopeless(message))
        ret->outlook = WVA_OUTLOOK_HOPELESS;
    ret->crashed = wva_str_eq(reason, "CrashLoopBackOff");
    const struct wva_value *last = wva_get(status, "lastState", "terminated");
    if (ret->crashed && last) { /* the message is about the pause, not about the crash */
        message = end_words(arena, last);
        ret->lacks_memory = was_killed(last);
    }
    if (ret->outlook == WVA_OUTLOOK_GOING)
        ret->words = creating_words(arena, pod, status);
    else
        ret->words = wva_arena_printf(arena, "%s: %s", safe(arena, reason), safe(arena, message));
}

static void diagnose_ended(struct wva_arena *arena, const struct wva_value *terminated,
                           struct wva_pod_state *ret)
{
    ret->outlook = WVA_OUTLOOK_ENDED;
    ret->lacks_memory = was_killed(terminated);
    ret->reason = wva_get_str(terminated, "reason");
    ret->message = wva_get_str(terminated, "message");
    ret->exit_status = -1;
    (void)wva_value_i64(wva_get(terminated, "exitCode"), &ret->exit_status);
    ret->words = end_words(arena, terminated);
}

static void diagnose_running(struct wva_arena *arena, const struct wva_value *status,
                             struct wva_pod_state *ret)
{
    if (wva_value_bool(wva_object_get(status, "ready"), false)) {
        ret->outlook = WVA_OUTLOOK_READY;
        ret->words = "ready";
    } else if (ret->restarts > 0) {
        ret->outlook = WVA_OUTLOOK_HOPELESS;
        ret->crashed = true;
        const struct wva_value *last = wva_get(status, "lastState", "terminated");
        ret->lacks_memory = was_killed(last);
        ret->words = wva_arena_printf(arena, "the container %s and was started again",
                                      last ? end_words(arena, last) : "ended");
    } else {
        ret->words = "loading";
    }
}

static void diagnose_unscheduled(struct wva_arena *arena, const struct wva_value *pod,
                                 struct wva_pod_state *ret)
{
    const struct wva_value *condition = wva_condition(pod, "PodScheduled", "False");
    if (condition && wva_str_eq(wva_get_str(condition, "reason"), "Unschedulable")) {
        ret->outlook = WVA_OUTLOOK_STUCK;
        ret->words = wva_arena_printf(arena, "unschedulable: %s",
                                      safe(arena, wva_get_str(condition, "message")));
        return;
    }
    ret->words = wva_condition(pod, "PodScheduled", "True") ? "starting" : "scheduling";
}

void wva_pod_diagnose(struct wva_arena *arena, const struct wva_value *pod, const char *container,
                      struct wva_pod_state *ret)
{
    *ret = (struct wva_pod_state){.outlook = WVA_OUTLOOK_GOING, .words = "scheduling"};
    const struct wva_value *status = container_status(pod, container);
    const char *phase = wva_get_str(pod, "status", "phase");
    if (!status && wva_str_eq(phase, "Failed")) { /* evicted, or its node is gone */
        ret->outlook = WVA_OUTLOOK_HOPELESS;
        ret->words =
            wva_arena_printf(arena, "%s: %s", safe(arena, wva_get_str(pod, "status", "reason")),
                             safe(arena, wva_get_str(pod, "status", "message")));
        return;
    }
    if (!status) {
        diagnose_unscheduled(arena, pod, ret);
        return;
    }
    (void)wva_value_i64(wva_object_get(status, "restartCount"), &ret->restarts);
    const struct wva_value *waiting = wva_get(status, "state", "waiting");
    const struct wva_value *terminated = wva_get(status, "state", "terminated");
    if (terminated)
        diagnose_ended(arena, terminated, ret);
    else if (waiting)
        diagnose_waiting(arena, pod, status, waiting, ret);
    else
        diagnose_running(arena, status, ret);
}

void wva_pull_failure_recall(struct wva_pull_failure *last, struct wva_pod_state *state)
{
    if (wva_str_has_prefix(state->words, "ErrImagePull: "))
        snprintf(last->words, sizeof(last->words), "%s", state->words);
    else if (last->words[0] && wva_str_has_prefix(state->words, "ImagePullBackOff: "))
        state->words = last->words;
}

enum wva_outlook wva_create_failure_outlook(const char *message)
{
    /* Nobody changes those rules while we wait. Quota may become free, a new namespace gets its
     * service account a moment later, and a webhook that does not answer comes back. */
    static const char *const final[] = {"violates PodSecurity", "denied the request"};
    return has_any(message, final, sizeof(final) / sizeof(final[0])) ? WVA_OUTLOOK_HOPELESS
                                                                     : WVA_OUTLOOK_STUCK;
}

const char *wva_create_failure_words(struct wva_arena *arena, const char *message)
{
    static const char refusal[] = "\" is forbidden: ";
    const char *why = message ? strstr(message, refusal) : NULL;
    if (!message)
        return "no pod can be created";
    const char *text = why ? why + strlen(refusal) : message;
    return wva_arena_printf(arena, "%s%s", why ? "pod refused: " : "",
                            wva_str_sanitize(arena, text, strlen(text), REFUSAL_MAX, false));
}
