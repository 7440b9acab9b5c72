// SPDX-License-Identifier: Apache-2.0
/* What would end a run badly, found before it has made anything: better told now than after an hour
 * of measuring. */
#ifndef WVA_PLUGIN_CMD_RUN_CHECK_H
#define WVA_PLUGIN_CMD_RUN_CHECK_H

#include "run_job.h"

#include "wva/cmd/app.h"
#include "wva/run/bench.h"

/* WVA_E_USAGE when the names of Deployment and VariantAutoscaling do not go together. */
int wva_run_check_names(const struct wva_run_job *job, struct wva_error *err) WVA_MUST_USE;

/* WVA_E_EXISTS when there is a Deployment or Service of that name that this run did not make. */
int wva_run_check_absent(struct wva_app *app, const char *name, const char *run_id,
                         struct wva_error *err) WVA_MUST_USE;

/* Is the VariantAutoscaling there, with one entry to write into, and would the API server take it?
 */
int wva_run_check_va(struct wva_app *app, const struct wva_run_job *job,
                     struct wva_error *err) WVA_MUST_USE;

/* Would the API server take the Jobs: rights, admission, and what a template may have wrong? */
int wva_run_check_job(struct wva_app *app, const struct wva_plan *plan,
                      struct wva_error *err) WVA_MUST_USE;

#endif
