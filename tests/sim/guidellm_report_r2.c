// SPDX-License-Identifier: Apache-2.0
// The reports of GuideLLM 0.4 and later: `args` up to 0.6 (R2), `config` from 0.7 on (R3), and what
// 0.8 added.

#include "guidellm.h"

#include <string.h>

static void metadata(struct gl_json *json, const struct gl_run *run)
{
    gl_json_begin(json, "metadata", '{');
    gl_json_int(json, "version", run->release.minor >= 7 ? 2 : 1);
    gl_json_string(json, "guidellm_version", run->release.text);
    gl_json_string(json, "python_version", "3.13.7");
    gl_json_string(json, "platform", "Linux-6.12.0-x86_64-with-glibc2.42");
    gl_json_end(json, '}');
}

static void progress(struct gl_json *json, const struct gl_run *run, const struct gl_benchmark *b)
{
    gl_json_begin(json, "progress", '{');
    gl_json_null(json, "remaining_requests");
    gl_json_null(json, "total_requests");
    gl_json_float(json, "remaining_duration", 0);
    gl_json_maybe(json, "total_duration", run->args->max_seconds);
    gl_json_float(json, "stop_time", b->epoch + b->duration);
    gl_json_end(json, '}');
}

/* What a constraint on the duration last said. */
static void constraints_state(struct gl_json *json, const struct gl_run *run,
                              const struct gl_benchmark *b, const char *key)
{
    bool new_form = run->release.minor >= 7;
    gl_json_begin(json, key, '{');
    if (!isnan(run->world->faults.nan)) { /* as the over-saturation constraint leaves behind */
        gl_json_begin(json, "over_saturation", '{');
        gl_json_float(json, "ttft_slope_moe", GL_NONE);
        gl_json_float(json, "concurrent_slope_moe", GL_ENDLESS);
        gl_json_end(json, '}');
    }
    if (!isnan(run->args->max_seconds)) {
        gl_json_begin(json, new_form ? "max_duration" : "max_seconds", '{');
        gl_json_string(json, "request_queuing", "stop");
        gl_json_string(json, "request_processing", "stop_local");
        if (new_form)
            gl_json_string(json, "stopping_scope", "current");
        gl_json_begin(json, "metadata", '{');
        (new_form ? gl_json_given : gl_json_float)(json, "max_duration", run->args->max_seconds);
        gl_json_float(json, "elapsed_time", b->duration);
        gl_json_bool(json, "duration_exceeded", true);
        gl_json_float(json, "start_time", b->epoch);
        gl_json_float(json, "current_time", b->epoch + b->duration);
        gl_json_float(json, "stop_time", b->epoch + b->duration);
        gl_json_end(json, '}');
        progress(json, run, b);
        gl_json_end(json, '}');
    }
    gl_json_end(json, '}');
}

static void scheduler_state(struct gl_json *json, const struct gl_run *run, size_t index)
{
    const struct gl_benchmark *b = &run->benchmarks[index];
    const int64_t *made = run->metrics[index].made;
    int64_t total = made[0] + made[1] + made[2];
    double end = b->epoch + b->duration;
    gl_json_begin(json, "scheduler_state", '{');
    gl_json_int(json, "node_id", 0);
    gl_json_int(json, "num_processes", b->load.streams < 10 ? b->load.streams : 10);
    gl_json_float(json, "start_time", b->epoch);
    gl_json_float(json, "end_time", end);
    if (run->release.minor >= 5) {
        gl_json_float(json, "start_requests_time", b->epoch);
        gl_json_float(json, "end_requests_time", end);
    }
    gl_json_float(json, "end_queuing_time", end);
    constraints_state(json, run, b, "end_queuing_constraints");
    gl_json_float(json, "end_processing_time", end);
    constraints_state(json, run, b, "end_processing_constraints");
    constraints_state(json, run, b, "scheduler_constraints");
    progress(json, run, b);
    gl_json_int(json, "created_requests", total);
    gl_json_int(json, "queued_requests", 0);
    gl_json_int(json, "pending_requests", 0);
    gl_json_int(json, "processing_requests", 0);
    gl_json_int(json, "processed_requests", total);
    gl_json_int(json, "successful_requests", made[GL_SUCCESSFUL]);
    gl_json_int(json, "errored_requests", made[GL_ERRORED]);
    gl_json_int(json, "cancelled_requests", made[GL_INCOMPLETE]);
    gl_json_end(json, '}');
}

static void scheduler_metrics(struct gl_json *json, const struct gl_run *run, size_t index)
{
    static const char *const averages[] = {
        "queued_time_avg", "resolve_start_delay_avg", "resolve_targeted_start_delay_avg",
        "request_start_delay_avg", "request_targeted_start_delay_avg"};
    static const char *const later[] = {"resolve_end_delay_avg", "resolve_time_avg",
                                        "finalized_delay_avg", "processed_delay_avg"};
    const struct gl_benchmark *b = &run->benchmarks[index];
    const struct gl_dist delays = gl_delays(&run->metrics[index]);
    gl_json_begin(json, "scheduler_metrics", '{');
    gl_json_float(json, "start_time", b->epoch);
    gl_json_float(json, "request_start_time", b->epoch);
    gl_json_float(json, "measure_start_time", b->epoch + b->window_start);
    gl_json_float(json, "measure_end_time", b->epoch + b->window_end);
    gl_json_float(json, "request_end_time", b->epoch + b->duration);
    gl_json_float(json, "end_time", b->epoch + b->duration);
    gl_report_totals(json, "requests_made", run->metrics[index].made);
    if (run->release.minor >= 8)
        gl_report_dist(json, run->release, "generation_delay", &delays, false);
    for (size_t i = 0; i < WVA_COUNT(averages); i++)
        gl_json_float(json, averages[i], 0.0001);
    gl_json_float(json, "request_time_avg", run->metrics[index].latency.total.mean);
    for (size_t i = 0; i < WVA_COUNT(later); i++)
        gl_json_float(json, later[i], 0.0001);
    if (run->release.minor >= 8) {
        gl_json_bool(json, "dataset_incomplete", true);
        gl_json_string(json, "strategy_type", gl_strategy_name(&b->load));
    }
    gl_json_end(json, '}');
}

/* {"NAME": {"input": …, "input_per_second": …, …}} with nothing in it. */
static void empty_kind(struct gl_json *json, const char *name)
{
    static const char *const fields[] = {"input",  "input_per_second",  "input_concurrency",
                                         "output", "output_per_second", "output_concurrency",
                                         "total",  "total_per_second",  "total_concurrency"};
    gl_json_begin(json, name, '{');
    for (size_t i = 0; i < WVA_COUNT(fields); i++)
        gl_json_null(json, fields[i]);
    gl_json_end(json, '}');
}

static void lengths(struct gl_json *json, struct gl_release release, const char *name,
                    const struct gl_metrics *m, const struct gl_lengths *lengths)
{
    const bool known = gl_has_output(m);
    const struct {
        const char *name;
        const struct gl_split *split;
        bool known;
    } list[] = {
        {"input", &lengths->input, true},
        {"input_per_second", &lengths->input_rate, true},
        {"input_concurrency", &m->concurrency, true},
        {"output", &lengths->output, known},
        {"output_per_second", &lengths->output_rate, known},
        {"output_concurrency", &m->concurrency, known},
        {"total", &lengths->total, true},
        {"total_per_second", &lengths->total_rate, true},
        {"total_concurrency", &m->concurrency, true},
    };
    gl_json_begin(json, name, '{');
    for (size_t i = 0; i < WVA_COUNT(list); i++)
        if (list[i].known)
            gl_report_split(json, release, list[i].name, list[i].split, false);
        else
            gl_json_null(json, list[i].name);
    gl_json_end(json, '}');
}

static void text_kind(struct gl_json *json, struct gl_release release, const struct gl_metrics *m)
{
    const struct gl_lengths tokens = {
        m->prompt_tokens, m->output_tokens, m->total_tokens,
        m->prompt_rate,   m->output_rate,   m->total_rate,
    };
    gl_json_begin(json, "text", '{');
    lengths(json, release, "tokens", m, &tokens);
    lengths(json, release, "words", m, &m->words);
    lengths(json, release, "characters", m, &m->characters);
    gl_json_end(json, '}');
}

static void modalities(struct gl_json *json, struct gl_release release, const struct gl_metrics *m)
{
    static const struct {
        const char *name;
        const char *kinds[4];
        int since;
    } list[] = {
        {"image", {"tokens", "images", "pixels", "bytes"}, 4},
        {"video", {"tokens", "frames", "seconds", "bytes"}, 4},
        {"audio", {"tokens", "samples", "seconds", "bytes"}, 4},
        {"tool_call", {"tokens", "mixed_tokens", "count", NULL}, 7},
    };
    text_kind(json, release, m);
    for (size_t i = 0; i < WVA_COUNT(list); i++) {
        if (release.minor < list[i].since)
            continue;
        gl_json_begin(json, list[i].name, '{');
        for (size_t k = 0; k < WVA_COUNT(list[i].kinds) && list[i].kinds[k] != NULL; k++)
            empty_kind(json, list[i].kinds[k]);
        gl_json_end(json, '}');
    }
}

struct named {
    const char *name;
    const struct gl_split *split; /* NULL: null */
    int since;
};

/* A zero for each request, of what only a conversation has. */
static struct gl_split zeros(const struct gl_metrics *m)
{
    struct gl_split split = {.sampled = true};
    for (int status = 0; status < GL_STATUSES; status++) {
        split.by[status].count = m->totals[status];
        split.total.count += m->totals[status];
    }
    return split;
}

static void metrics(struct gl_json *json, struct gl_release release, const struct gl_metrics *m)
{
    const struct gl_split delays = {.total = gl_delays(m)}, none = zeros(m);
    const struct named list[] = {
        {"requests_per_second", &m->requests_per_second, 4},
        {"request_concurrency", &m->concurrency, 4},
        {"request_latency", &m->latency, 4},
        {"request_dispatch_delay", NULL, 8},
        {"request_scheduled_latency", NULL, 8},
        {"turn_predecessor_delay", NULL, 8},
        {"turn_scheduling_delay", NULL, 8},
        {"root_dispatch_delay", &delays, 8},
        {"request_streaming_iterations_count", &m->iterations, 4},
        {"prompt_token_count", &m->prompt_tokens, 4},
        {"output_token_count", &m->output_tokens, 4},
        {"total_token_count", &m->total_tokens, 4},
        {"time_to_first_token_ms", &m->ttft, 4},
        {"time_to_first_output_token_ms", &m->ttfot, 7},
        {"time_per_output_token_ms", &m->tpot, 4},
        {"inter_token_latency_ms", &m->itl, 4},
        {"time_to_last_round_trip_ms", &none, 8},
        {"avg_round_trip_time_ms", &none, 8},
        {"prompt_tokens_per_second", &m->prompt_rate, 4},
        {"output_tokens_per_second", &m->output_rate, 4},
        {"tokens_per_second", &m->total_rate, 4},
        {"output_tokens_per_iteration", &m->tokens_per_iteration, 4},
        {"iter_tokens_per_iteration", &m->tokens_per_iteration, 4},
    };
    gl_json_begin(json, "metrics", '{');
    gl_report_totals(json, "request_totals", m->totals);
    for (size_t i = 0; i < WVA_COUNT(list); i++) {
        if (release.minor < list[i].since)
            continue;
        if (list[i].split == &delays) /* the only one that is not split by status */
            gl_report_dist(json, release, list[i].name, &delays.total, false);
        else if (list[i].split != NULL)
            gl_report_split(json, release, list[i].name, list[i].split, list[i].split->sampled);
        else
            gl_json_null(json, list[i].name);
    }
    modalities(json, release, m);
    if (release.minor >= 8) {
        gl_json_null(json, "turns");
        gl_json_null(json, "slo_attainment");
        gl_json_int(json, "slo_determined_requests", 0);
        gl_json_null(json, "request_goodput");
    }
    gl_json_end(json, '}');
}

static void requests(struct gl_json *json, const struct gl_run *run, size_t index)
{
    static const char *const names[] = {"successful", "errored", "incomplete"};
    const struct gl_benchmark *benchmark = &run->benchmarks[index];
    gl_json_begin(json, "requests", '{');
    for (int status = 0; status < GL_STATUSES; status++) {
        size_t left = gl_report_kept(run, (size_t)run->metrics[index].totals[status]);
        gl_json_begin(json, names[status], '[');
        for (size_t i = 0; i < benchmark->measured_count && left > 0; i++) {
            if ((int)benchmark->measured[i].status != status)
                continue;
            gl_report_record(json, run, benchmark, i);
            left--;
        }
        gl_json_end(json, ']');
    }
    gl_json_null(json, "total");
    gl_json_end(json, '}');
}

static void warnings(struct gl_json *json, const struct gl_run *run, size_t index)
{
    struct gl_warning warning = gl_warning_of(&run->metrics[index]);
    gl_json_begin(json, "warnings", '[');
    if (warning.code != NULL) {
        gl_json_begin(json, NULL, '{');
        gl_json_string(json, "code", warning.code);
        gl_json_string(json, "message", warning.message);
        gl_json_float(json, "observed", 0.05);
        gl_json_float(json, "threshold", 0.01);
        gl_json_string(json, "unit", "ratio");
        gl_json_int(json, "sample_count", run->metrics[index].latency.total.count);
        gl_json_string(json, "note", warning.note);
        gl_json_end(json, '}');
    }
    gl_json_end(json, ']');
}

static void benchmark(struct gl_json *json, const struct gl_run *run, size_t index)
{
    const struct gl_benchmark *b = &run->benchmarks[index];
    gl_json_begin(json, NULL, '{');
    gl_json_string(json, "type_", "generative_benchmark");
    gl_report_config(json, run, index);
    scheduler_state(json, run, index);
    scheduler_metrics(json, run, index);
    metrics(json, run->release, &run->metrics[index]);
    requests(json, run, index);
    if (run->release.minor >= 8) {
        warnings(json, run, index);
    }
    gl_json_float(json, "start_time", b->epoch + b->window_start);
    gl_json_float(json, "end_time", b->epoch + b->window_end);
    gl_json_float(json, "duration", b->window_end - b->window_start);
    gl_json_float(json, "warmup_duration", b->window_start);
    gl_json_float(json, "cooldown_duration", b->duration - b->window_end);
    gl_json_end(json, '}');
}

static void phase(struct gl_json *json, const char *key, struct gl_phase value)
{
    bool percent = !isnan(value.percent), absolute = !isnan(value.value);
    if (percent || absolute)
        gl_json_given(json, key, percent ? value.percent : value.value);
    else
        gl_json_null(json, key);
}

static void number_or_null(struct gl_json *json, const char *key, int64_t number, bool there)
{
    if (there)
        gl_json_int(json, key, number);
    else
        gl_json_null(json, key);
}

/* Where the request goes: top level up to 0.5, in backend_kwargs in 0.6. */
static void backend_args(struct gl_json *json, const struct gl_run *run)
{
    gl_json_string(json, "backend", "openai_http");
    if (run->release.minor < 6) {
        gl_json_null(json, "backend_kwargs");
        gl_json_string(json, "model", run->args->model);
        return;
    }
    gl_json_begin(json, "backend_kwargs", '{');
    gl_json_string(json, "target", run->args->target);
    gl_json_string(json, "model", run->args->model);
    gl_json_string(json, "request_format", run->args->request_format);
    gl_json_end(json, '}');
}

static void data_args(struct gl_json *json, const struct gl_run *run)
{
    gl_json_string(json, "processor", run->args->tokenizer);
    gl_json_null(json, "processor_args");
    gl_json_begin(json, "data_args", '[');
    gl_json_end(json, ']');
    gl_json_int(json, "data_samples", -1);
    gl_json_string(json, "data_column_mapper", "generative_column_mapper");
    if (run->release.minor >= 6) {
        gl_json_begin(json, "data_preprocessors", '[');
        gl_json_string(json, NULL, "encode_media");
        gl_json_end(json, ']');
        gl_json_begin(json, "data_preprocessors_kwargs", '{');
        gl_json_end(json, '}');
        gl_json_string(json, "data_finalizer", "generative");
    } else {
        gl_json_string(json, "data_request_formatter",
                       run->args->chat ? "chat_completions" : "text_completions");
    }
    gl_json_string(json, "data_collator", "generative");
    gl_json_null(json, "data_sampler");
    gl_json_int(json, "data_num_workers", 1);
    gl_json_null(json, "dataloader_kwargs");
}

static void arguments(struct gl_json *json, const struct gl_run *run)
{
    const struct gl_args *args = run->args;
    gl_json_begin(json, "args", '{');
    if (run->release.minor < 6)
        gl_json_string(json, "target", args->target);
    gl_json_begin(json, "data", '[');
    gl_json_string(json, NULL, args->data);
    gl_json_end(json, ']');
    gl_json_string(json, "profile", args->kind_name);
    if (args->rate_count > 0) {
        gl_json_begin(json, "rate", '[');
        for (size_t i = 0; i < args->rate_count; i++)
            gl_json_float(json, NULL, args->rates[i]);
        gl_json_end(json, ']');
    } else {
        gl_json_null(json, "rate");
    }
    backend_args(json, run);
    data_args(json, run);
    gl_json_int(json, "random_seed", args->seed);
    gl_json_begin(json, "outputs", '[');
    for (size_t i = 0; i < args->output_count; i++) {
        const char *slash = strrchr(args->outputs[i].path, '/');
        gl_json_string(json, NULL, slash != NULL ? slash + 1 : args->outputs[i].path);
    }
    gl_json_end(json, ']');
    gl_json_string(json, "output_dir", args->output_dir);
    number_or_null(json, "sample_requests", args->sample, args->sample >= 0);
    phase(json, "warmup", args->warmup);
    phase(json, "cooldown", args->cooldown);
    gl_json_float(json, "rampup", args->rampup);
    gl_json_bool(json, "prefer_response_metrics", true);
    gl_json_maybe(json, "max_seconds", args->max_seconds);
    number_or_null(json, "max_requests", args->max_requests, args->max_requests > 0);
    gl_json_null(json, "max_errors");
    gl_json_null(json, "max_error_rate");
    gl_json_null(json, "max_global_error_rate");
    if (run->release.minor >= 5)
        gl_json_null(json, "over_saturation");
    gl_json_end(json, '}');
}

static void config(struct gl_json *json, const struct gl_run *run)
{
    gl_json_begin(json, "config", '{');
    gl_json_begin(json, "metadata", '{');
    gl_json_begin(json, "labels", '{');
    gl_json_end(json, '}');
    gl_json_end(json, '}');
    gl_json_value(json, "spec", run->args->spec);
    gl_json_begin(json, "benchmarks", '[');
    gl_json_null(json, NULL);
    gl_json_end(json, ']');
    gl_json_end(json, '}');
}

void gl_report_r2(const struct gl_run *run, FILE *file)
{
    struct gl_json json = {.file = file, .first = true};
    gl_json_begin(&json, NULL, '{');
    if (run->release.minor >= 5)
        metadata(&json, run);
    if (gl_generation_of(run->release) == GL_R3)
        config(&json, run);
    else
        arguments(&json, run);
    gl_json_begin(&json, "benchmarks", '[');
    for (size_t i = 0; i < run->count; i++)
        benchmark(&json, run, i);
    gl_json_end(&json, ']');
    if (run->release.minor >= 8) {
        gl_json_begin(&json, "conclusions", '[');
        gl_json_end(&json, ']');
    }
    gl_json_end(&json, '}');
}
