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

/* Watches Job, Pods and Events together; returns as soon as the container's termination message has
 * the digest, about two seconds before the Job's Complete condition. `*ret_ended` tells, also on
 * failure, whether the Job's pod has ended (else it may still run). Errors: WVA_E_FAILED with the
 * cause in words, WVA_E_TIMEOUT, WVA_E_CANCELED. */
int wva_job_wait(const struct wva_job_wait *wait, struct wva_level *ret, bool *ret_ended,
                 struct wva_error *err) WVA_MUST_USE;

#endif
