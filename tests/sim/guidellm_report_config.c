// SPDX-License-Identifier: Apache-2.0
// `benchmarks[].config` of GuideLLM 0.4 and later: what one benchmark was asked to do.

#include "guidellm.h"

#define WORKERS_MAX 10

static void strategy(struct gl_json *json, const struct gl_run *run, const struct gl_load *load)
{
    int64_t limit = load->streams > 0 ? load->streams : run->args->max_concurrency;
    gl_json_begin(json, "strategy", '{');
    gl_json_string(json, "type_", gl_strategy_name(load));
    gl_json_int(json, "worker_count", limit < WORKERS_MAX ? limit : WORKERS_MAX);
    gl_json_int(json, "max_concurrency", limit);
    if (load->kind == GL_CONCURRENT)
        gl_json_int(json, "streams", load->streams);
    if (load->kind == GL_CONSTANT || load->kind == GL_POISSON)
        gl_json_float(json, "rate", load->rate);
    if (load->kind != GL_SYNCHRONOUS)
        gl_json_float(json, "rampup_duration", run->args->rampup);
    gl_json_end(json, '}');
}

static void transient(struct gl_json *json, const char *key, struct gl_phase phase)
{
    gl_json_begin(json, key, '{');
    gl_json_maybe(json, "percent", phase.percent);
    gl_json_maybe(json, "value", phase.value);
    gl_json_string(json, "mode", "prefer_duration");
    gl_json_end(json, '}');
}

static void constraints(struct gl_json *json, const struct gl_run *run)
{
    const struct gl_args *args = run->args;
    bool new_form = run->release.minor >= 7;
    gl_json_begin(json, "constraints", '{');
    if (!isnan(args->max_seconds)) {
        gl_json_begin(json, new_form ? "max_duration" : "max_seconds", '{');
        gl_json_float(json, "max_duration", args->max_seconds);
        gl_json_end(json, '}');
    }
    if (args->max_requests > 0) {
        gl_json_begin(json, "max_requests", '{');
        gl_json_int(json, "max_num", args->max_requests);
        gl_json_end(json, '}');
    }
    gl_json_end(json, '}');
}

/* R2 tells the profile itself, R3 the validated argument. */
static void profile(struct gl_json *json, const struct gl_run *run)
{
    const struct gl_args *args = run->args;
    if (run->release.minor >= 7) {
        gl_json_value(json, "profile", wva_get(args->spec, "profile"));
        return;
    }
    gl_json_begin(json, "profile", '{');
    gl_json_string(json, "type_", args->kind_name);
    gl_json_begin(json, "completed_strategies", '[');
    gl_json_end(json, ']');
    gl_json_begin(json, "constraints", '{');
    gl_json_maybe(json, "max_seconds", args->max_seconds);
    gl_json_end(json, '}');
    gl_json_float(json, "rampup_duration", args->rampup);
    if (args->kind == GL_CONCURRENT) {
        gl_json_begin(json, "streams", '[');
        for (size_t i = 0; i < args->rate_count; i++)
            gl_json_int(json, NULL, (int64_t)args->rates[i]);
        gl_json_end(json, ']');
    } else if (args->kind == GL_THROUGHPUT) {
        gl_json_int(json, "max_concurrency", args->max_concurrency);
    }
    gl_json_begin(json, "strategy_types", '[');
    for (size_t i = 0; i < run->count; i++)
        gl_json_string(json, NULL, gl_strategy_name(&run->benchmarks[i].load));
    gl_json_end(json, ']');
    gl_json_end(json, '}');
}

static void backend(struct gl_json *json, const struct gl_run *run)
{
    if (run->release.minor >= 7) {
        gl_json_value(json, "backend", wva_get(run->args->spec, "backend"));
        return;
    }
    gl_json_begin(json, "backend", '{');
    gl_json_string(json, "target", run->args->target);
    gl_json_string(json, "model", run->model);
    gl_json_end(json, '}');
}

void gl_report_config(struct gl_json *json, const struct gl_run *run, size_t index)
{
    const struct gl_args *args = run->args;
    const char *sample = run->release.minor >= 7 ? "sample_size" : "sample_requests";
    gl_json_begin(json, "config", '{');
    gl_report_uuid(json, "id_", (uint64_t)args->seed * 100 + index);
    gl_report_uuid(json, "run_id", (uint64_t)args->seed);
    gl_json_int(json, "run_index", (int64_t)index);
    strategy(json, run, &run->benchmarks[index].load);
    constraints(json, run);
    if (args->sample >= 0)
        gl_json_int(json, sample, args->sample);
    else
        gl_json_null(json, sample);
    transient(json, "warmup", args->warmup);
    transient(json, "cooldown", args->cooldown);
    gl_json_bool(json, "prefer_response_metrics", true);
    if (run->release.minor >= 8) {
        gl_json_null(json, "slo");
        gl_json_float(json, "confidence", 0.95);
        gl_json_null(json, "warnings");
    }
    profile(json, run);
    gl_json_begin(json, "requests", '{');
    gl_json_string(json, "data", args->data != NULL ? args->data : "synthetic_text");
    gl_json_end(json, '}');
    backend(json, run);
    gl_json_begin(json, "environment", '{');
    gl_json_string(json, "type", "NonDistributedEnvironment");
    gl_json_end(json, '}');
    gl_json_end(json, '}');
}
