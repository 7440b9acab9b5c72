// SPDX-License-Identifier: Apache-2.0
// `benchmarks[].config` of GuideLLM 0.4 and later: what one benchmark was asked to do.

#include "guidellm.h"

#include "wva/util/str.h"

#define WORKERS_MAX 10

static void strategy(struct gl_json *json, const char *key, const struct gl_run *run,
                     const struct gl_load *load)
{
    int64_t limit = load->streams > 0 ? load->streams : run->args->max_concurrency;
    gl_json_begin(json, key, '{');
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
    gl_json_given(json, "percent", phase.percent);
    gl_json_given(json, "value", phase.value);
    gl_json_string(json, "mode", "prefer_duration");
    gl_json_end(json, '}');
}

static void constraint(struct gl_json *json, const char *name, const char *type, const char *field,
                       double value)
{
    gl_json_begin(json, name, '{');
    gl_json_string(json, "type_", type);
    gl_json_float(json, field, value);
    gl_json_int(json, "current_index", 0);
    gl_json_end(json, '}');
}

/* R2 tells the constraint's own fields, R3 the validated argument. */
static void constraints(struct gl_json *json, const struct gl_run *run)
{
    const struct gl_args *args = run->args;
    const struct wva_value *list = wva_get(args->spec, "constraints");
    gl_json_begin(json, "constraints", '{');
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const char *kind = wva_get_str(list->items[i], "kind");
        gl_json_begin(json, kind, '{');
        gl_json_string(json, "type_", kind);
        gl_json_value(json, "args", list->items[i]);
        gl_json_int(json, "current_index", 0);
        gl_json_end(json, '}');
    }
    if (list == NULL && !isnan(args->max_seconds))
        constraint(json, "max_seconds", "max_duration", "max_duration", args->max_seconds);
    if (list == NULL && args->max_requests > 0)
        constraint(json, "max_requests", "max_number", "max_num", (double)args->max_requests);
    gl_json_end(json, '}');
}

/* Up to 0.6 the profile goes on telling what has become of it. */
static void profile(struct gl_json *json, const struct gl_run *run)
{
    wva_auto_arena arena = {0};
    const struct wva_value *info = gl_info_profile(&arena, run);
    if (run->args->spec != NULL) {
        gl_json_value(json, "profile", info);
        return;
    }
    gl_json_begin(json, "profile", '{');
    for (size_t i = 0; i < info->count; i++) {
        const struct wva_member *member = &info->members[i];
        if (!wva_str_eq(member->name, "completed_strategies")) {
            gl_json_value(json, member->name, member->value);
            continue;
        }
        gl_json_begin(json, member->name, '[');
        for (size_t k = 0; k < run->count; k++)
            strategy(json, NULL, run, &run->benchmarks[k].load);
        gl_json_end(json, ']');
    }
    gl_json_begin(json, "strategy_types", '[');
    for (size_t i = 0; i < run->count; i++)
        gl_json_string(json, NULL, gl_strategy_name(&run->benchmarks[i].load));
    gl_json_end(json, ']');
    gl_json_end(json, '}');
}

static void environment(struct gl_json *json)
{
    gl_json_begin(json, "environment", '{');
    gl_json_string(json, "str",
                   "<guidellm.scheduler.environments.NonDistributedEnvironment object at "
                   "0x7f299bf8c050>");
    gl_json_string(json, "type", "NonDistributedEnvironment");
    gl_json_string(json, "class", "NonDistributedEnvironment");
    gl_json_string(json, "module", "guidellm.scheduler.environments");
    gl_json_begin(json, "attributes", '{');
    gl_json_begin(json, "run_errors", '[');
    gl_json_end(json, ']');
    gl_json_end(json, '}');
    gl_json_end(json, '}');
}

void gl_report_config(struct gl_json *json, const struct gl_run *run, size_t index)
{
    wva_auto_arena arena = {0};
    const struct gl_args *args = run->args;
    const char *sample = run->release.minor >= 7 ? "sample_size" : "sample_requests";
    gl_json_begin(json, "config", '{');
    gl_report_uuid(json, "id_", (uint64_t)args->seed * 100 + index);
    gl_report_uuid(json, "run_id", (uint64_t)args->seed);
    gl_json_int(json, "run_index", (int64_t)index);
    strategy(json, "strategy", run, &run->benchmarks[index].load);
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
        gl_json_value(json, "warnings", wva_get(args->spec, "metrics", "warnings"));
    }
    profile(json, run);
    gl_json_value(json, "requests", gl_info_loader(&arena, run));
    gl_json_value(json, "backend", gl_info_backend(&arena, run));
    environment(json);
    gl_json_end(json, '}');
}
