// SPDX-License-Identifier: Apache-2.0
/*
 * What `bench` and `run` share when they go on with a run. What the levels are is settled at its
 * start; where their Jobs run, and what is demanded of them, may be given again: a run that failed
 * for lack of memory, say, goes on with more.
 */
#ifndef WVA_PLUGIN_CMD_RESUMING_H
#define WVA_PLUGIN_CMD_RESUMING_H

#include "benching.h"

#include "wva/run/record.h"

/* Refuses what cannot be given with --resume, by name. `more` are options the command allows beside
 * those of the Jobs and demands; it ends with NULL. */
int wva_resume_check(const struct wva_app *app, const struct wva_list *rest,
                     const char *const *more, struct wva_error *err) WVA_MUST_USE;

/* Takes the options that were given into the record's plan; wva_resume_store() stores it. */
int wva_resume_amend(struct wva_app *app, const struct wva_bench_options *options,
                     int64_t patience_ms, struct wva_record *record,
                     struct wva_error *err) WVA_MUST_USE;

int wva_resume_store(struct wva_app *app, struct wva_record *record,
                     struct wva_error *err) WVA_MUST_USE;

#endif
