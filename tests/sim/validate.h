// SPDX-License-Identifier: Apache-2.0
/* Is this object one that the real API server would take? */
#ifndef WVA_TESTS_SIM_VALIDATE_H
#define WVA_TESTS_SIM_VALIDATE_H

#include "schema.h"

/* Names, labels, and what the type demands; `old` is NULL on create. Findings in the real words. */
void sim_validate(struct sim *sim, const struct sim_type *type, const struct wva_value *value,
                  const struct wva_value *old, struct sim_findings *invalid);

/* validate_pod.c: a pod spec at `path`; `policies` are the restart policies allowed. */
void sim_validate_pod_spec(const struct wva_value *spec, const char *path, const char *policies,
                           struct sim_findings *invalid);

/* validate.c: label keys and values of the map at `path`. */
void sim_validate_labels(const struct wva_value *labels, const char *path,
                         struct sim_findings *invalid);

#endif
