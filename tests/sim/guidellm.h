// SPDX-License-Identifier: Apache-2.0
/*
 * A double of GuideLLM, releases 0.3.1 to 0.8.1: the command lines they accept, the servers they
 * would not talk to, the reports and tables they write. What it measures comes from a model of vLLM
 * with known parameters instead of a server; the world file (kubelet_world.c) says which.
 *
 *     cli (legacy | run) -> struct gl_args -> run -> model -> struct gl_benchmark -> report,
 * console
 */
#ifndef WVA_TESTS_SIM_GUIDELLM_H
#define WVA_TESTS_SIM_GUIDELLM_H

#include "wva/codec/value.h"
#include "wva/util/buf.h"
#include "wva/util/error.h"
#include "wva/util/mem.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* math.h's are floats, and a double is promoted from them all over. */
#define GL_NONE    ((double)NAN) /* no such figure */
#define GL_ENDLESS ((double)INFINITY)

/* Of a stream beyond its tokens: one with the usage, one that ends it. */
#define GL_ITERATIONS_MORE 2

#define GL_RATES_MAX   64
#define GL_OUTPUTS_MAX 8

struct gl_release {
    int minor; /* of 0.minor.patch */
    int patch;
    const char *text; /* "0.7.3" */
};

enum gl_generation { GL_R1, GL_R2, GL_R3 }; /* of reports: 0.3; 0.4 to 0.6; 0.7 and later */
enum gl_generation gl_generation_of(struct gl_release release);

enum gl_kind { GL_SYNCHRONOUS, GL_CONCURRENT, GL_THROUGHPUT, GL_CONSTANT, GL_POISSON, GL_SWEEP };

/* The first or last part of a run that does not count. GL_NONE: not set. */
struct gl_phase {
    double percent; /* share of the duration, below 1 */
    double value;   /* seconds */
};

struct gl_output {
    const char *kind; /* "json", "csv", … */
    const char *path;
};

/* What a command line of any release asks for. */
struct gl_args {
    const char *target;
    const char *model;     /* NULL: the server's first */
    const char *tokenizer; /* NULL: the model's name */
    bool chat;
    bool validate_backend;
    const char *request_format; /* as given, or NULL */
    enum gl_kind kind;
    const char *kind_name;
    double rates[GL_RATES_MAX]; /* streams, requests a second, or the sweep's size */
    size_t rate_count;
    int64_t max_concurrency; /* of throughput and the open loops */
    bool
        max_concurrency_known; /* the report tells it (0.3 does not, when the environment set it) */
    double max_seconds;        /* GL_NONE: none */
    int64_t max_requests;      /* 0: none */
    const char *data;          /* as given */
    int64_t prompt_tokens;
    int64_t output_tokens;
    int64_t seed;
    int64_t sample; /* records kept for each status; -1: all */
    bool sample_given;
    struct gl_phase warmup, cooldown;
    double rampup;
    struct gl_output outputs[GL_OUTPUTS_MAX];
    size_t output_count;
    const char *output_dir; /* 0.4 to 0.6: as the report tells it */
    bool console, progress;
    const char
        *complaint; /* of the data or the profile, which are read after the server answered */
    const struct wva_value *spec; /* 0.7 and later: the validated spec with its defaults */
};

struct gl_truth {
    double alpha, beta, gamma, delta, noise;
    int64_t seed;
};

struct gl_service {
    const char *namespace_, *name, *address;
    const struct wva_value *ports; /* array of numbers */
    const struct wva_value *served;
    const char *model; /* NULL: no vLLM behind it */
    int64_t max_num_seqs, ready;
    bool prefix_caching;
};

/* Faults: GL_NONE not set, else their number (1 for those without). */
struct gl_faults {
    double fail, errors, hang, low_concurrency, zero_ttft, no_output, nan, overhead_ms;
};

struct gl_world {
    const char *namespace_;
    double speed;
    struct gl_truth truth;
    const char *ledger; /* NULL: none */
    struct gl_service *services;
    size_t service_count;
    struct gl_faults faults;
};

enum gl_status { GL_SUCCESSFUL, GL_ERRORED, GL_INCOMPLETE, GL_STATUSES };

/* One request; times in seconds since the benchmark's start. */
struct gl_request {
    enum gl_status status;
    double start, first_token, last_token, end; /* GL_NONE where it did not get that far */
    int64_t prompt_tokens, output_tokens;
};

struct gl_load {
    enum gl_kind kind;
    int64_t streams; /* closed loop: requests in flight */
    double rate;     /* open loop: requests a second */
};

/* What one benchmark came to. */
struct gl_benchmark {
    struct gl_load load;
    double epoch; /* unix time of its start */
    double duration;
    double window_start, window_end;
    struct gl_request *requests; /* in order of their end */
    size_t count;
    struct gl_request *measured; /* those the release counts */
    size_t measured_count;
};

/* guidellm_click.c: command lines as click parses them. */
enum gl_option_kind { GL_FLAG, GL_TEXT, GL_INT, GL_FLOAT, GL_CHOICE, GL_PAIR };
struct gl_option {
    const char
        *id; /* click's parameter name; with GUIDELLM_ before it, in capitals, the environment's */
    const char *names; /* "--profile|--rate-type" */
    enum gl_option_kind kind;
    const char *choices; /* GL_CHOICE: "a|b|c" */
    int since, until;    /* minor releases that have it; until 0: all later ones */
};
struct gl_given {
    const char *id;
    const char *value;  /* "" for flags */
    const char *second; /* GL_PAIR */
};
struct gl_parsed {
    struct gl_given *given; /* in order */
    size_t count;
};
struct gl_command_line {
    const char *usage;               /* "guidellm benchmark run [OPTIONS]" */
    const struct gl_option *options; /* ends with a NULL id */
    int minor;
    bool env; /* unset options are taken from GUIDELLM_… */
    bool quotes_options;
};
/* Which click the release came with tells in how it speaks of unknown options. */
bool gl_quotes_options(struct gl_release release);
struct gl_parsed gl_parse(struct wva_arena *arena, const struct gl_command_line *line, char **argv);
const char *gl_get(const struct gl_parsed *parsed, const char *id); /* the last; NULL: none */
/* "'--profile' / '--rate-type'", as click names an option in errors. */
char *gl_hint(struct wva_arena *arena, const struct gl_command_line *line, const char *id);

/* Prints usage and "Error: …", exits with 2. */
_Noreturn void gl_usage_error(const char *usage, const char *format, ...) WVA_PRINTF(2, 3);
/* Prints a Python traceback that ends with this line, exits with 1. */
_Noreturn void gl_traceback(const char *format, ...) WVA_PRINTF(1, 2);
/* What click says of an option that is none; `candidates` may be the ones that are. */
_Noreturn void gl_no_such_option(const char *usage, bool quotes, const char *word,
                                 const char *const *candidates);

/* guidellm_cli_legacy.c, guidellm_cli_run.c: read the command line; exit on errors. */
void gl_cli_legacy(struct wva_arena *arena, struct gl_release release, char **argv,
                   struct gl_args *ret);
void gl_cli_run(struct wva_arena *arena, struct gl_release release, char **argv,
                struct gl_args *ret);

/* guidellm_spec.c: what a validated spec of 0.7 and later asks for; completes `value` where the
 * command line overrides it. */
void gl_spec_to_args(struct wva_arena *arena, struct gl_release release,
                     const struct gl_parsed *parsed, struct wva_value *value, struct gl_args *ret);
struct wva_value *gl_parse_yaml(struct wva_arena *arena, const char *text); /* NULL: it is none */

/* guidellm_world.c */
int gl_world_read(struct wva_arena *arena, const char *path, struct gl_world *ret,
                  struct gl_release *release, struct wva_error *err);
int gl_release_parse(struct wva_arena *arena, const char *text, struct gl_release *ret);
/* The Service that the URL names, NULL when nothing answers there. */
const struct gl_service *gl_world_find(const struct gl_world *world, const char *target);
/* Has this seed been used against the service before? Notes it. */
bool gl_ledger_seed_seen(struct wva_arena *arena, const struct gl_world *world,
                         const struct gl_service *service, int64_t seed);
/* A benchmark began (`running` streams) or ended (NULL benchmark: only the gauge changes). */
void gl_ledger_add(struct wva_arena *arena, const struct gl_world *world,
                   const struct gl_service *service, int64_t running,
                   const struct gl_benchmark *benchmark, int64_t seed);

/* guidellm_model.c */
struct gl_situation {
    const struct gl_world *world;
    const struct gl_service *service;
    const struct gl_args *args;
    bool prompts_seen; /* the prefix cache knows them */
};
void gl_simulate(struct wva_arena *arena, const struct gl_situation *situation,
                 struct gl_release release, const struct gl_load *load, struct gl_benchmark *ret);

/* guidellm_run.c: all loads of the run; those that depend on others without their rates. */
size_t gl_sweep_size(const struct gl_args *args);
size_t gl_plan_all(const struct gl_args *args, struct gl_load *loads);

/* guidellm_stats.c: the distribution objects of the reports. */
#define GL_PERCENTILES 11
extern const char *const gl_percentile_names[GL_PERCENTILES];
struct gl_dist {
    double mean, median, mode, variance, std_dev, min, max, total_sum;
    int64_t count;
    double percentiles[GL_PERCENTILES];
};
struct gl_sample {
    double value, weight;
};
struct gl_split {
    struct gl_dist by[GL_STATUSES];
    struct gl_dist total;
    bool sampled; /* one value a request, of equal weight: 0.8 estimates intervals */
};
/* Lengths of texts, of a request and a second. */
struct gl_lengths {
    struct gl_split input, output, total, input_rate, output_rate, total_rate;
};
/* `function` gives a request's value and weight; false: it has none. */
typedef bool (*gl_value_fn)(const struct gl_benchmark *benchmark, const struct gl_request *request,
                            struct gl_sample *ret);

/* All statistics of a benchmark that any release reports. */
struct gl_metrics {
    int64_t totals[GL_STATUSES]; /* in the window */
    int64_t made[GL_STATUSES];   /* in the whole run */
    struct gl_split requests_per_second, concurrency, latency, iterations, prompt_tokens,
        output_tokens, total_tokens, ttft, ttfot, tpot, itl, prompt_rate, output_rate, total_rate,
        tokens_per_iteration;
    struct gl_lengths words, characters;
};
/* 0.8's confidence intervals of samples: half a mean's, and whether a percentile has one. */
double gl_mean_margin(const struct gl_dist *dist);
bool gl_percentile_is_bounded(const struct gl_dist *dist, size_t percentile);
/* Of making and handing out prompts, in seconds. */
struct gl_dist gl_delays(const struct gl_metrics *metrics);
/* Without a token the texts' lengths are unknown, not 0. */
bool gl_has_output(const struct gl_metrics *metrics);
/* What 0.8 remarks on nearly every benchmark: the time it took to make prompts. */
struct gl_warning {
    const char *code; /* NULL: nothing */
    const char *message, *note;
};
struct gl_warning gl_warning_of(const struct gl_metrics *metrics);
void gl_metrics_compute(struct gl_release release, const struct gl_benchmark *benchmark,
                        struct gl_metrics *ret);

/* guidellm_json.c: JSON as Python's json module writes it, straight to a file. */
struct gl_json {
    FILE *file;
    unsigned indent; /* 0: one line */
    unsigned depth;
    bool first;
    int64_t written; /* bytes */
};
void gl_json_begin(struct gl_json *json, const char *key, char bracket);      /* '{' or '[' */
void gl_json_end(struct gl_json *json, char bracket);                         /* '}' or ']' */
void gl_json_string(struct gl_json *json, const char *key, const char *text); /* NULL: null */
void gl_json_int(struct gl_json *json, const char *key, int64_t number);
void gl_json_float(struct gl_json *json, const char *key, double number); /* NaN as Python does */
void gl_json_maybe(struct gl_json *json, const char *key, double number); /* GL_NONE: null */
void gl_json_bool(struct gl_json *json, const char *key, bool value);
void gl_json_null(struct gl_json *json, const char *key);
void gl_json_value(struct gl_json *json, const char *key, const struct wva_value *value);
void gl_json_given(struct gl_json *json, const char *key, double number); /* 3 for 3.0 */

/* guidellm_report_*.c */
struct gl_run {
    struct gl_release release;
    const struct gl_args *args;
    const struct gl_world *world;
    const struct gl_service *service;
    const char *model;
    struct gl_benchmark *benchmarks;
    struct gl_metrics *metrics;
    size_t count;
};
/* guidellm_info.c: how the parts of a run describe themselves, and Python's repr() of that. */
struct wva_value *gl_info_backend(struct wva_arena *arena, const struct gl_run *run);
struct wva_value *gl_info_loader(struct wva_arena *arena, const struct gl_run *run);
struct wva_value *gl_info_profile(struct wva_arena *arena, const struct gl_run *run);
char *gl_python_repr(struct wva_arena *arena, const struct wva_value *value);
char *gl_python_model(struct wva_arena *arena, const struct wva_value *value);

void gl_report_r1(const struct gl_run *run, FILE *file);
void gl_report_r2(const struct gl_run *run, FILE *file); /* R2a, R2b and R3 */
void gl_report_dist(struct gl_json *json, struct gl_release release, const char *key,
                    const struct gl_dist *dist, bool sampled);
void gl_report_split(struct gl_json *json, struct gl_release release, const char *key,
                     const struct gl_split *split, bool sampled);
void gl_report_totals(struct gl_json *json, const char *key, const int64_t totals[GL_STATUSES]);
void gl_report_uuid(struct gl_json *json, const char *key, uint64_t seed);
void gl_report_config(struct gl_json *json, const struct gl_run *run, size_t index);
void gl_report_record(struct gl_json *json, const struct gl_run *run,
                      const struct gl_benchmark *benchmark, size_t index);
/* How many records of a status the report keeps. */
size_t gl_report_kept(const struct gl_run *run, size_t there);
char *gl_prompt_text(struct wva_arena *arena, const struct gl_args *args, size_t index);
void gl_report_csv(const struct gl_run *run, FILE *file);

/* guidellm_console*.c */
const char *gl_strategy_name(const struct gl_load *load);                     /* "concurrent" */
char *gl_strategy_label(struct wva_arena *arena, const struct gl_load *load); /* "concurrent@4" */
char *gl_strategy_text(struct wva_arena *arena, const struct gl_load *load);  /* of 0.8 */
void gl_console_t1(const struct gl_run *run);
void gl_console_t2(const struct gl_run *run);
/* Lines wrapped at COLUMNS as rich does; padded to that width when wrapped, never, always. */
void gl_console_line(const char *text);
void gl_console_indented(const char *text); /* by four */
void gl_console_title(const char *text);
void gl_console_details(const char *text); /* indented under a title */
void gl_console_warning(const char *message, const char *note);
/* guidellm_intro.c: what is printed before the first benchmark. */
void gl_console_variables(struct gl_release release);
void gl_console_intro(const struct gl_run *run);
void gl_console_table(const char *title, const char *const *headers, const char *const *values,
                      size_t columns, size_t header_rows, size_t value_rows);
/* Several tables of the same widths, one below the other. */
void gl_console_tables(const char *title, size_t count, const char *const *const *headers,
                       const char *const *const *values, size_t columns, size_t header_rows,
                       size_t value_rows);

/* guidellm_big.c, guidellm_warden.c: other uses of the same program. */
int gl_big_report(const char *bytes, const char *path);
int gl_warden(const char *pods_dir);

#endif
