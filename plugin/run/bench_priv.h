// SPDX-License-Identifier: Apache-2.0
/* What the parts of a measurement share: the levels and their record (bench.c), the Jobs
 * (level_job.c). */
#ifndef WVA_PLUGIN_RUN_BENCH_PRIV_H
#define WVA_PLUGIN_RUN_BENCH_PRIV_H

#include "job_wait.h"

#include "wva/run/bench.h"

struct wva_bench {
    struct wva_kube *kube;
    struct wva_arena *arena;
    const struct wva_plan *plan;
    struct wva_record *record;
    const struct wva_observer *observer;
};

/* Puts a key into the record where one can do without: a failure is no more than a warning. */
void wva_bench_remember(const struct wva_bench *b, const char *key, const char *text);

struct wva_level_job {
    unsigned number; /* of the try, from 1 */
    enum wva_job_end end;
};

/* Runs a Job of one level (or WVA_WARMUP) to its figures: one that is still there, or a new one
 * under the next number; those up to `spent` are not taken up. `*ret_job` is set also on failure; a
 * Job that may still run is then deleted. */
int wva_level_job_measure(const struct wva_bench *b, size_t index, unsigned spent,
                          struct wva_level *ret, struct wva_level_job *ret_job,
                          struct wva_error *err) WVA_MUST_USE;

#endif
