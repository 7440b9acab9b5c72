// SPDX-License-Identifier: Apache-2.0
/*
 * A measurement: a discarded warm-up and a list of levels, one GuideLLM Job after another.
 *
 * The plan is data (JSON in the run's ConfigMap): resuming reads it back and measures what is
 * missing.
 */
#ifndef WVA_RUN_BENCH_H
#define WVA_RUN_BENCH_H

#include "wva/document/benchmark.h"
#include "wva/guidellm/check.h"
#include "wva/guidellm/command.h"
#include "wva/run/observer.h"
#include "wva/run/record.h"

#define WVA_LEVELS_MAX 64

struct wva_plan_level {
    enum wva_profile profile;
    int64_t streams;
    int64_t seed;
};

struct wva_plan {
    struct wva_provenance provenance; /* run_id, namespace, target, model, shape, image, … */
    struct wva_guidellm_version version;
    const char *tokenizer; /* NULL: provenance.model */
    bool chat;
    int64_t max_seconds;          /* of each level, its in-run warm-up included */
    int64_t level_warmup_seconds; /* cut from each level's start */
    int64_t warmup_seconds;       /* the discarded warm-up Job; 0: none */
    struct wva_plan_level levels[WVA_LEVELS_MAX];
    size_t level_count;
    struct wva_level_wanted wanted; /* checks; streams is set per level */
    const char *hf_token_secret;
    const char *hf_token_key;
    const char *service_account;
    const char *image_pull_secret;
    const char *cpu;
    const char *memory;
    const char *const *node_selector;
    const char *const *tolerations;
    const struct wva_value *template_; /* Job template */
    int64_t patience_ms;               /* how long an unschedulable pod is waited for */
};

/* `count` levels from 1 to `max_batch` in geometric steps, each once, ascending. count 1 gives
 * max_batch. Returns how many were written to `out` (fewer when max_batch is small). */
size_t wva_levels_geometric(int64_t max_batch, size_t count, int64_t out[WVA_LEVELS_MAX]);

struct wva_value *wva_plan_to_value(struct wva_arena *arena, const struct wva_plan *plan);
int wva_plan_from_value(struct wva_arena *arena, const struct wva_value *value,
                        struct wva_plan *ret, struct wva_error *err) WVA_MUST_USE;

#define WVA_WARMUP SIZE_MAX /* in place of a level's index */

/* The Job of one level; `index` counts from 0. A level that is measured again gets another
 * `attempt` (from 1), and with it another name and seed: the same prompts would hit the server's
 * prefix cache. For --dry-run and for running. */
int wva_plan_job(struct wva_arena *arena, const struct wva_plan *plan, size_t index,
                 unsigned attempt, const struct wva_value *owner, struct wva_value **ret,
                 struct wva_error *err) WVA_MUST_USE;

/* "warmup", "1", "2", …: the value of WVA_LABEL_LEVEL. In `arena`. */
char *wva_plan_level_id(struct wva_arena *arena, size_t index);

/* "level 2 of 4: 16 streams"; in `arena`. */
char *wva_plan_level_words(struct wva_arena *arena, const struct wva_plan *plan, size_t index);

/* Measures every level that `record` lacks, in order, never two at once, and stores each as it
 * ends. A Job of this run that is still there (after a lost connection) is awaited, not repeated.
 * On failure or Ctrl-C the running Job is deleted (cancel deferred meanwhile), the state recorded,
 * and the error's hint says how to resume. A level that fails its check: WVA_E_QUALITY after it is
 * recorded as failed (and is measured again on resume). */
int wva_bench_measure(struct wva_kube *kube, struct wva_arena *arena, const struct wva_plan *plan,
                      struct wva_record *record, const struct wva_observer *observer,
                      struct wva_error *err) WVA_MUST_USE;

/* Does the record hold every level of its plan? */
bool wva_bench_complete(struct wva_arena *arena, const struct wva_record *record);

enum wva_cleanup_scope {
    WVA_CLEANUP_SERVER, /* Deployment and Service */
    WVA_CLEANUP_ALL,    /* Jobs and the run's record too */
};

/* Deletes what this tool made, by uid: objects with its label and, when `run_id` is given, that
 * run's. Each is named through `observer` (may be NULL). */
int wva_cleanup(struct wva_kube *kube, struct wva_arena *arena, const char *namespace_,
                const char *run_id, enum wva_cleanup_scope scope, enum wva_dry_run dry_run,
                const struct wva_observer *observer, size_t *ret_deleted,
                struct wva_error *err) WVA_MUST_USE;

#endif
