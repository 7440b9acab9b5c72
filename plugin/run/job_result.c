// SPDX-License-Identifier: Apache-2.0
/*
 * The result of a level's pod. A digest with figures was written after GuideLLM had ended well, so
 * it counts whatever became of the container after that, unless a process of it was killed for lack
 * of memory: one of GuideLLM's workers perhaps, of which it need not notice. A message that is lost
 * or cut is no loss as long as the log still has the report.
 */
#include "job_result.h"

#include "wva/guidellm/digest.h"
#include "wva/guidellm/job.h"
#include "wva/guidellm/report.h"
#include "wva/util/str.h"

#include <string.h>

#define TAIL_MAX 600 /* of a message; beside what is said before it */

static int keep_level(void *ctx, const struct wva_level *level, struct wva_error *err)
{
    (void)err;
    struct wva_level *kept = ctx;
    *kept = *level;
    return 0;
}

static int level_of_report(const char *text, size_t len, struct wva_level *ret,
                           struct wva_error *err)
{
    struct wva_level level;
    struct wva_report *report = wva_report_new("the report in the log", keep_level, &level);
    int result = wva_report_feed(report, text, len, err);
    if (result == 0)
        result = wva_report_finish(report, err);
    wva_report_free(report);
    if (result == 0)
        *ret = level;
    return result;
}

static int from_log(struct wva_kube *kube, struct wva_arena *arena, const struct wva_value *pod,
                    struct wva_level *ret, struct wva_error *err)
{
    static const struct wva_log_options options = {.container = WVA_GUIDELLM_CONTAINER};
    char *log, *report;
    size_t log_len, report_len;
    if (wva_kube_logs(kube, arena, wva_get_str(pod, "metadata", "namespace"),
                      wva_get_str(pod, "metadata", "name"), &options, &log, &log_len, err) < 0 ||
        wva_digest_extract_report(arena, log, log_len, &report, &report_len, err) < 0)
        return -1;
    return level_of_report(report, report_len, ret, err);
}

static int from_message(const struct wva_pod_state *state, struct wva_level *ret,
                        struct wva_error *err)
{
    if (!state->message)
        return wva_error_set(err, WVA_E_INPUT, "the container left no termination message");
    return wva_digest_parse(state->message, strlen(state->message), ret, err);
}

/* It says itself that it ended well: then only the message is lost. */
static int recover(struct wva_kube *kube, struct wva_arena *arena, const struct wva_value *pod,
                   const struct wva_error *lost, struct wva_level *ret, struct wva_error *err)
{
    struct wva_error log_err = {0};
    if (from_log(kube, arena, pod, ret, &log_err) == 0)
        return 0;
    if (log_err.code == WVA_E_CANCELED) {
        *err = log_err;
        return -1;
    }
    return wva_error_set(err, WVA_E_FAILED, "GuideLLM ended well, but its result is lost: %s; %s",
                         lost->msg, log_err.msg);
}

int wva_job_result(struct wva_kube *kube, struct wva_arena *arena, const struct wva_value *pod,
                   const struct wva_pod_state *state, struct wva_level *ret, struct wva_error *err)
{
    struct wva_error why = {0};
    if (wva_str_eq(state->reason, "OOMKilled")) /* what was printed last is not the cause */
        return wva_error_set(err, WVA_E_FAILED, "%s", state->words);
    if (from_message(state, ret, &why) == 0)
        return 0;
    if (why.code == WVA_E_FAILED)
        return wva_error_set(err, WVA_E_FAILED, "%s", why.msg);
    if (state->exit_status == 0)
        return recover(kube, arena, pod, &why, ret, err);
    if (state->message)
        return wva_error_set(
            err, WVA_E_FAILED, "%s\n%s", state->words,
            wva_last_lines(arena, state->message, strlen(state->message), TAIL_MAX));
    return wva_error_set(err, WVA_E_FAILED, "%s", state->words);
}

static const char *safe(struct wva_arena *arena, const char *text)
{
    return text ? wva_str_trim(arena, wva_str_sanitize(arena, text, strlen(text), TAIL_MAX, false))
                : "";
}

/* Evictions leave a reason in the pod's status; what drains nodes, takes them away or preempts pods
 * leaves the condition DisruptionTarget (Kubernetes 1.26 and later). */
const char *wva_job_disruption(struct wva_arena *arena, const struct wva_value *pod)
{
    const char *reason = wva_get_str(pod, "status", "reason");
    const struct wva_value *condition = wva_condition(pod, "DisruptionTarget", "True");
    if (reason)
        return wva_arena_printf(arena, "%s: %s", safe(arena, reason),
                                safe(arena, wva_get_str(pod, "status", "message")));
    if (condition)
        return wva_arena_printf(arena, "its pod was ended: %s (%s)",
                                safe(arena, wva_get_str(condition, "message")),
                                safe(arena, wva_get_str(condition, "reason")));
    return NULL;
}
