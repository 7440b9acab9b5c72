// SPDX-License-Identifier: Apache-2.0
/* Brings a vLLM Deployment and Service into the cluster and waits until it serves. */
#ifndef WVA_RUN_DEPLOY_H
#define WVA_RUN_DEPLOY_H

#include "wva/kube/client.h"
#include "wva/run/observer.h"

enum wva_applied { WVA_APPLIED_CREATED, WVA_APPLIED_CONFIGURED, WVA_APPLIED_UNCHANGED };

const char *wva_applied_word(enum wva_applied applied); /* "created", … */

/* An object to apply. */
struct wva_owned {
    const struct wva_kube_type *type;
    struct wva_value *object; /* as it is to be; after the call as it is stored */
    enum wva_applied applied; /* what the call did */
};

/* Server-side apply of objects of ours, in the order of `items`. All are looked at before any is
 * written: when one exists without our label, nothing is changed and the error is WVA_E_EXISTS. */
int wva_apply_owned(struct wva_kube *kube, struct wva_arena *arena, struct wva_owned *items,
                    size_t count, enum wva_dry_run dry_run, struct wva_error *err) WVA_MUST_USE;

/* Waits until the Deployment's newest generation is available. Watches Deployment and Pods
 * together, says what is going on through `observer`, and stops at what cannot
 * recover by itself: image pull (not found, denied), unschedulable (after `patience_ms`), quota,
 * Pod Security, crash (with the last log lines), progress that stopped. Errors: WVA_E_FAILED,
 * WVA_E_TIMEOUT, WVA_E_CANCELED. */
int wva_deploy_wait(struct wva_kube *kube, const char *namespace_, const char *name,
                    int64_t timeout_ms, int64_t patience_ms, const struct wva_observer *observer,
                    struct wva_error *err) WVA_MUST_USE;

#endif
