// SPDX-License-Identifier: Apache-2.0
/* Waiting for one level's Job, up to its digest. */
#ifndef WVA_PLUGIN_RUN_JOB_WAIT_H
#define WVA_PLUGIN_RUN_JOB_WAIT_H

#include "wva/guidellm/level.h"
#include "wva/kube/client.h"
#include "wva/run/observer.h"

struct wva_job_wait {
    struct wva_kube *kube;
    const char *namespace_;
    const char *name;     /* of the Job */
    const char *words;    /* "level 2 of 4: 16 streams" */
    int64_t load_seconds; /* how long GuideLLM loads the server */
    int64_t timeout_ms;
    int64_t patience_ms; /* for an unschedulable pod or a full quota */
    const struct wva_observer *observer;
};

/* How the Job stands when the wait is over. */
enum wva_job_end {
    WVA_JOB_RUNS,   /* or may still run */
    WVA_JOB_OVER,   /* with a result, or ended from outside */
    WVA_JOB_FAILED, /* by itself */
};

/* Watches Job, Pods and Events together; returns as soon as the container's termination message has
 * the digest, about two seconds before the Job's Complete condition. `*ret_end` is set also on
 * failure. Errors: WVA_E_FAILED with the cause in words, WVA_E_TIMEOUT, WVA_E_CANCELED. */
int wva_job_wait(const struct wva_job_wait *wait, struct wva_level *ret, enum wva_job_end *ret_end,
                 struct wva_error *err) WVA_MUST_USE;

#endif
