// SPDX-License-Identifier: Apache-2.0
/*
 * A run's memory: the ConfigMap wva-run-ID. It holds the plan, the state and each finished level,
 * and owns the run's Jobs, so that neither a lost connection nor a lost workstation loses a
 * measurement.
 *
 * data: "plan" (JSON), "state" (word), "level-N" (JSON, one member of a Benchmark's spec.levels),
 * "failed-level-N" (the same of one that failed its check, and the number of its "try"), "tries-N"
 * (how many Jobs were made for the level), "warmup" and "tries-warmup" likewise, "finishedAt",
 * "result" (JSON Fit document, when there is one).
 */
#ifndef WVA_RUN_RECORD_H
#define WVA_RUN_RECORD_H

#include "wva/document/benchmark.h"
#include "wva/kube/client.h"
#include "wva/run/observer.h"

#define WVA_RUN_ID_MAX 16

/* Ten characters [a-z0-9], starting with a letter. */
void wva_run_id_new(char out[WVA_RUN_ID_MAX]);
bool wva_run_id_valid(const char *id);

/* "wva-run-ID"; in `arena`. */
char *wva_record_name(struct wva_arena *arena, const char *run_id);

struct wva_record {
    const char *run_id;
    const char *namespace_;
    struct wva_value *object; /* the ConfigMap as last stored */
    struct wva_value *plan;
    struct wva_observer observer; /* hears of outages; zero: nobody does */
    const char *gone;             /* what took the ConfigMap away, for a message; NULL: nothing */
};

int wva_record_create(struct wva_kube *kube, struct wva_arena *arena, const char *namespace_,
                      const char *run_id, const struct wva_value *plan, struct wva_record *ret,
                      struct wva_error *err) WVA_MUST_USE;
int wva_record_load(struct wva_kube *kube, struct wva_arena *arena, const char *namespace_,
                    const char *run_id, struct wva_record *ret, struct wva_error *err) WVA_MUST_USE;

/* Merge-patches one key of data, and bears some minutes without an API server. */
int wva_record_put(struct wva_kube *kube, struct wva_arena *arena, struct wva_record *record,
                   const char *key, const char *text, struct wva_error *err) WVA_MUST_USE;

const char *wva_record_text(const struct wva_record *record, const char *key); /* NULL: absent */

/* The command that made the run and goes on with it: "run" or "bench". */
const char *wva_record_command(const struct wva_record *record);

/* Notes that work on the run stopped for the reason in `err`: state "interrupted" or "failed". Best
 * effort, and not interrupted by the signal that led here. When the record itself is gone, or about
 * to go with its namespace, `err` is wrapped in that. Always returns -1. */
int wva_record_stop(struct wva_kube *kube, struct wva_arena *arena, struct wva_record *record,
                    struct wva_error *err);

/* Adds to an error's hints what is left of the run, how to go on with it and how to remove it.
 * Always returns -1. */
int wva_record_hint_resume(const struct wva_record *record, struct wva_error *err);

/* The Benchmark that plan and finished levels make up. */
int wva_record_benchmark(struct wva_arena *arena, const struct wva_record *record,
                         struct wva_benchmark *ret, struct wva_error *err) WVA_MUST_USE;

#endif
