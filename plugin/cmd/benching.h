// SPDX-License-Identifier: Apache-2.0
/* What `bench` and `run` share: the options of a measurement, its plan, and doing it. */
#ifndef WVA_PLUGIN_CMD_BENCHING_H
#define WVA_PLUGIN_CMD_BENCHING_H

#include "wva/cmd/command.h"
#include "wva/run/bench.h"
#include "wva/run/target.h"

struct wva_bench_options {
    struct wva_list levels;
    int64_t level_count;
    const char *method;
    int64_t prompt_tokens;
    int64_t output_tokens;
    int64_t max_seconds;
    int64_t warmup_seconds;
    int64_t level_warmup_seconds;
    const char *image;
    const char *guidellm_version;
    const char *template_;
    const char *request_format;
    const char *tokenizer;
    int64_t seed;
    const char *cpu;
    const char *memory;
    struct wva_list node_selector;
    struct wva_list tolerations;
    const char *service_account;
    const char *image_pull_secret;
    double max_error_share;
    double concurrency_margin;
    bool allow_errors, allow_concurrency, allow_tokens;
};

#define WVA_BENCH_DEFAULTS                                                                         \
    {                                                                                              \
        .level_count = 4, .prompt_tokens = 128, .output_tokens = 128, .max_seconds = -1,           \
        .warmup_seconds = 15, .level_warmup_seconds = -1, .max_error_share = 0.02,                 \
        .concurrency_margin = 0.15,                                                                \
    }

extern const struct wva_option wva_bench_table[];

/* A plan for a new run against `target`. `max_batch_size`, `model`, … override what the target
 * tells. */
struct wva_bench_overrides {
    const char *model;
    const char *served_model;
    int64_t max_batch_size;
    const char *accelerator;
    int64_t accelerator_count;
    const char *hf_token_secret; /* NAME[:KEY] */
    int64_t patience_ms;
};

int wva_bench_plan(struct wva_app *app, const struct wva_bench_options *options,
                   const struct wva_target *target, const struct wva_bench_overrides *overrides,
                   const char *run_id, struct wva_plan *ret, struct wva_error *err) WVA_MUST_USE;

/* All Jobs of the plan in order, as they would be sent. */
int wva_bench_jobs(struct wva_app *app, const struct wva_plan *plan,
                   struct wva_value *jobs[WVA_LEVELS_MAX + 1], size_t *ret_count,
                   struct wva_error *err) WVA_MUST_USE;

/* Measures what the record's plan wants and the record lacks, and gives the Benchmark. */
int wva_bench_go_on(struct wva_app *app, struct wva_record *record, struct wva_benchmark *ret,
                    struct wva_error *err) WVA_MUST_USE;

/* The levels as a table. */
void wva_bench_print(struct wva_app *app, const struct wva_benchmark *benchmark);

#endif
