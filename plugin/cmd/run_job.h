// SPDX-License-Identifier: Apache-2.0
/* What a run does besides measuring: member "run" of its record's plan. */
#ifndef WVA_PLUGIN_CMD_RUN_JOB_H
#define WVA_PLUGIN_CMD_RUN_JOB_H

#include "wva/codec/value.h"
#include "wva/run/record.h"

struct wva_run_job {
    const char *name; /* of Deployment and Service */
    const char *va;   /* NULL: the parameters are only shown */
    const char *va_accelerator;
    bool keep;
    int64_t timeout_ms;
    int64_t patience_ms;
    struct wva_value *objects[2]; /* Deployment, Service */
};

struct wva_value *wva_run_job_to_value(struct wva_arena *arena, const struct wva_run_job *job);

/* Errors: WVA_E_USAGE for a run of 'bench', WVA_E_INPUT. */
int wva_run_job_from_record(const struct wva_record *record, struct wva_run_job *ret,
                            struct wva_error *err) WVA_MUST_USE;

#endif
