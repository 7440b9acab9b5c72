// SPDX-License-Identifier: Apache-2.0
/* The two halves of pod admission; see sim_admit_pod() in sim.h. */
#ifndef WVA_TESTS_SIM_ADMIT_H
#define WVA_TESTS_SIM_ADMIT_H

#include "workload.h"

/* NULL, or `exceeded quota: …` / `failed quota: …` in `arena`. */
char *sim_quota_refusal(struct sim *sim, struct wva_arena *arena, const char *namespace_,
                        const struct wva_value *pod_spec);

#endif
