// SPDX-License-Identifier: Apache-2.0
/*
 * Outliving an API server that restarts. The client retries what one request may retry; a
 * measurement that took an hour should bear a few minutes more.
 *
 *     struct wva_outage outage = {.kube = kube, .observer = observer};
 *     while (attempt(…, err) < 0)
 *         if (wva_outage_wait(&outage, err) < 0)
 *             return -1;
 */
#ifndef WVA_PLUGIN_RUN_OUTAGE_H
#define WVA_PLUGIN_RUN_OUTAGE_H

#include "wva/kube/client.h"
#include "wva/run/observer.h"

struct wva_outage {
    struct wva_kube *kube;
    const struct wva_observer *observer; /* may be NULL */
    int64_t since_ms;                    /* of the first failure; 0: there was none */
    int64_t pause_ms;
};

/* May the failure be over in a while? */
bool wva_outage_may_pass(const struct wva_error *err);

/* After a failed attempt: 0, with `err` cleared, when another one is due; -1 when the failure will
 * not pass, has lasted too long, or the user wants to stop (wva_cancel_signal()). Says once that
 * there is trouble. */
int wva_outage_wait(struct wva_outage *outage, struct wva_error *err) WVA_MUST_USE;

/* Creates an object whose name is ours alone, through outages. That it exists already means that an
 * attempt whose answer was lost did arrive, or that another client of the same run made it. */
int wva_outage_create(struct wva_outage *outage, struct wva_arena *arena,
                      const struct wva_kube_type *type, const struct wva_value *object,
                      struct wva_value **ret, struct wva_error *err) WVA_MUST_USE;

#endif
