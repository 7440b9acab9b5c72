// SPDX-License-Identifier: Apache-2.0
/* What is to be had from a level's pod that has ended. */
#ifndef WVA_PLUGIN_RUN_JOB_RESULT_H
#define WVA_PLUGIN_RUN_JOB_RESULT_H

#include "trouble.h"

#include "wva/guidellm/level.h"
#include "wva/kube/client.h"

/* The level, from the termination message or, where that was lost, from the report in the log.
 * Otherwise WVA_E_FAILED with the container's own words. `state` is that of `pod`, ENDED. */
int wva_job_result(struct wva_kube *kube, struct wva_arena *arena, const struct wva_value *pod,
                   const struct wva_pod_state *state, struct wva_level *ret,
                   struct wva_error *err) WVA_MUST_USE;

/* What the pod says about who ended it before GuideLLM did; NULL: nothing. In `arena`. */
const char *wva_job_disruption(struct wva_arena *arena, const struct wva_value *pod);

#endif
