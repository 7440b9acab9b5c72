// SPDX-License-Identifier: Apache-2.0
// The report of GuideLLM 0.3: indented, the measured figures before the requests.

#include "guidellm.h"

static void profile(struct gl_json *json, const struct gl_run *run)
{
    const struct gl_args *args = run->args;
    gl_json_begin(json, "profile", '{');
    gl_json_string(json, "type_", args->kind_name);
    gl_json_int(json, "completed_strategies", (int64_t)run->count);
    gl_json_begin(json, "measured_rates", '[');
    for (size_t i = 0; i < run->count; i++)
        gl_json_float(json, NULL, run->metrics[i].requests_per_second.by[0].mean);
    gl_json_end(json, ']');
    gl_json_begin(json, "measured_concurrencies", '[');
    for (size_t i = 0; i < run->count; i++)
        gl_json_float(json, NULL, run->metrics[i].concurrency.by[0].mean);
    gl_json_end(json, ']');
    if (args->kind == GL_CONCURRENT) {
        gl_json_begin(json, "streams", '[');
        for (size_t i = 0; i < args->rate_count; i++)
            gl_json_int(json, NULL, (int64_t)args->rates[i]);
        gl_json_end(json, ']');
    } else if (args->kind != GL_SYNCHRONOUS) {
        gl_json_null(json, "max_concurrency");
    }
    if (args->kind == GL_SWEEP) {
        gl_json_string(json, "strategy_type", "constant");
        gl_json_int(json, "rate", -1);
        gl_json_bool(json, "initial_burst", true);
        gl_json_int(json, "random_seed", 42);
        gl_json_int(json, "sweep_size", (int64_t)gl_sweep_size(args));
        gl_json_string(json, "rate_type", "constant");
    }
    gl_json_begin(json, "strategy_types", '[');
    for (size_t i = 0; i < run->count; i++)
        gl_json_string(json, NULL, gl_strategy_name(&run->benchmarks[i].load));
    gl_json_end(json, ']');
    gl_json_end(json, '}');
}

static void arguments(struct gl_json *json, const struct gl_run *run, size_t index)
{
    const struct gl_args *args = run->args;
    const struct gl_benchmark *benchmark = &run->benchmarks[index];
    gl_json_begin(json, "args", '{');
    profile(json, run);
    gl_json_int(json, "strategy_index", (int64_t)index);
    gl_json_begin(json, "strategy", '{');
    gl_json_string(json, "type_", gl_strategy_name(&benchmark->load));
    gl_json_float(json, "start_time", benchmark->epoch);
    if (benchmark->load.kind == GL_CONCURRENT)
        gl_json_int(json, "streams", benchmark->load.streams);
    else if (benchmark->load.kind != GL_SYNCHRONOUS)
        gl_json_null(json, "max_concurrency");
    if (benchmark->load.kind == GL_CONSTANT || benchmark->load.kind == GL_POISSON) {
        gl_json_float(json, "rate", benchmark->load.rate);
        gl_json_bool(json, "initial_burst", true);
    }
    gl_json_end(json, '}');
    if (args->max_requests > 0)
        gl_json_int(json, "max_number", args->max_requests);
    else
        gl_json_null(json, "max_number");
    gl_json_maybe(json, "max_duration", args->max_seconds);
    gl_json_null(json, "warmup_number");
    gl_json_maybe(json, "warmup_duration", args->warmup.percent * args->max_seconds);
    gl_json_null(json, "cooldown_number");
    gl_json_maybe(json, "cooldown_duration", args->cooldown.percent * args->max_seconds);
    gl_json_end(json, '}');
}

static void run_stats(struct gl_json *json, const struct gl_run *run, size_t index)
{
    static const char *const averages[] = {"queued_time_avg",
                                           "scheduled_time_delay_avg",
                                           "scheduled_time_sleep_avg",
                                           "worker_start_delay_avg",
                                           "worker_time_avg",
                                           "worker_start_time_targeted_delay_avg",
                                           "request_start_time_delay_avg",
                                           "request_start_time_targeted_delay_avg",
                                           "request_time_delay_avg"};
    const struct gl_benchmark *benchmark = &run->benchmarks[index];
    gl_json_begin(json, "run_stats", '{');
    gl_json_float(json, "start_time", benchmark->epoch);
    gl_json_float(json, "end_time", benchmark->epoch + benchmark->duration);
    gl_report_totals(json, "requests_made", run->metrics[index].made);
    for (size_t i = 0; i < WVA_COUNT(averages); i++)
        gl_json_float(json, averages[i], 0.001);
    gl_json_float(json, "request_time_avg", run->metrics[index].latency.total.mean);
    gl_json_end(json, '}');
}

static void worker(struct gl_json *json, const struct gl_run *run)
{
    gl_json_begin(json, "worker", '{');
    gl_json_string(json, "type_", "generative_requests_worker");
    gl_json_string(json, "backend_type", "openai_http");
    gl_json_string(json, "backend_target", run->args->target);
    gl_json_string(json, "backend_model", run->model);
    gl_json_begin(json, "backend_info", '{');
    gl_json_int(json, "max_output_tokens", 16384);
    gl_json_int(json, "timeout", 300);
    gl_json_bool(json, "http2", true);
    gl_json_bool(json, "follow_redirects", true);
    gl_json_begin(json, "headers", '{');
    gl_json_end(json, '}');
    gl_json_string(json, "text_completions_path", "/v1/completions");
    gl_json_string(json, "chat_completions_path", "/v1/chat/completions");
    gl_json_end(json, '}');
    gl_json_end(json, '}');
    gl_json_begin(json, "request_loader", '{');
    gl_json_string(json, "type_", "generative_request_loader");
    gl_json_string(json, "data", run->args->data);
    gl_json_null(json, "data_args");
    gl_json_string(json, "processor",
                   run->args->tokenizer != NULL ? run->args->tokenizer : run->model);
    gl_json_null(json, "processor_args");
    gl_json_end(json, '}');
    gl_json_begin(json, "extras", '{');
    gl_json_end(json, '}');
}

static void metrics(struct gl_json *json, struct gl_release release, const struct gl_metrics *m)
{
    const struct {
        const char *name;
        const struct gl_split *split;
    } list[] = {
        {"requests_per_second", &m->requests_per_second},
        {"request_concurrency", &m->concurrency},
        {"request_latency", &m->latency},
        {"prompt_token_count", &m->prompt_tokens},
        {"output_token_count", &m->output_tokens},
        {"time_to_first_token_ms", &m->ttft},
        {"time_per_output_token_ms", &m->tpot},
        {"inter_token_latency_ms", &m->itl},
        {"output_tokens_per_second", &m->output_rate},
        {"tokens_per_second", &m->total_rate},
    };
    gl_json_begin(json, "metrics", '{');
    for (size_t i = 0; i < WVA_COUNT(list); i++)
        gl_report_split(json, release, list[i].name, list[i].split, false);
    gl_json_end(json, '}');
}

static void scheduler_info(struct gl_json *json, const struct gl_request *request, double epoch)
{
    static const char *const starts[] = {"targeted_start_time", "queued_time",  "dequeued_time",
                                         "scheduled_time",      "worker_start", "request_start"};
    gl_json_begin(json, "scheduler_info", '{');
    gl_json_bool(json, "requested", true);
    gl_json_bool(json, "completed", request->status == GL_SUCCESSFUL);
    gl_json_bool(json, "errored", request->status != GL_SUCCESSFUL);
    gl_json_bool(json, "canceled", request->status == GL_INCOMPLETE);
    for (size_t i = 0; i < WVA_COUNT(starts); i++)
        gl_json_float(json, starts[i], epoch + request->start);
    gl_json_float(json, "request_end", epoch + request->end);
    gl_json_float(json, "worker_end", epoch + request->end);
    gl_json_int(json, "process_id", 0);
    gl_json_end(json, '}');
}

static void record(struct gl_json *json, const struct gl_run *run,
                   const struct gl_benchmark *benchmark, size_t index)
{
    wva_auto_arena arena = {0};
    const struct gl_request *r = &benchmark->measured[index];
    double latency = r->end - r->start;
    bool streamed = r->output_tokens > 0 && !isnan(r->first_token);
    gl_json_begin(json, NULL, '{');
    gl_json_string(json, "type_",
                   r->status == GL_SUCCESSFUL ? "generative_text_response"
                                              : "generative_text_error");
    gl_json_string(json, "request_id", wva_arena_printf(&arena, "%zu", index));
    gl_json_string(json, "request_type", run->args->chat ? "chat_completions" : "text_completions");
    scheduler_info(json, r, benchmark->epoch);
    gl_json_string(json, "prompt", gl_prompt_text(&arena, run->args, index));
    gl_json_string(json, "output", streamed ? " said she; and that is pretty" : "");
    gl_json_int(json, "prompt_tokens", r->prompt_tokens);
    gl_json_int(json, "output_tokens", r->output_tokens);
    gl_json_float(json, "start_time", benchmark->epoch + r->start);
    gl_json_float(json, "end_time", benchmark->epoch + r->end);
    gl_json_maybe(json, "first_token_time", benchmark->epoch + r->first_token);
    gl_json_maybe(json, "last_token_time", benchmark->epoch + r->last_token);
    if (r->status != GL_SUCCESSFUL)
        gl_json_string(json, "error",
                       r->status == GL_ERRORED ? "500 Internal Server Error"
                                               : "TimeoutError: The request timed out before "
                                                 "completing.");
    gl_json_float(json, "request_latency", latency);
    gl_json_maybe(json, "time_to_first_token_ms", 1000 * (r->first_token - r->start));
    double decode = r->last_token - r->first_token;
    gl_json_maybe(json, "time_per_output_token_ms",
                  streamed ? 1000 * decode / (double)r->output_tokens : GL_NONE);
    gl_json_maybe(json, "inter_token_latency_ms",
                  r->output_tokens > 1 ? 1000 * decode / (double)(r->output_tokens - 1) : GL_NONE);
    gl_json_float(json, "tokens_per_second",
                  (double)(r->prompt_tokens + r->output_tokens) / latency);
    gl_json_float(json, "output_tokens_per_second", (double)r->output_tokens / latency);
    gl_json_end(json, '}');
}

static void requests(struct gl_json *json, const struct gl_run *run,
                     const struct gl_benchmark *benchmark, const struct gl_metrics *m)
{
    static const char *const names[] = {"successful", "errored", "incomplete"};
    if (run->args->sample_given) {
        int64_t kept[GL_STATUSES];
        for (size_t s = 0; s < GL_STATUSES; s++)
            kept[s] = (int64_t)gl_report_kept(run, (size_t)m->totals[s]);
        gl_json_begin(json, "request_samples", '{');
        for (size_t s = 0; s < GL_STATUSES; s++)
            gl_json_int(json, names[s], kept[s]);
        gl_json_null(json, "total");
        gl_json_end(json, '}');
    } else {
        gl_json_null(json, "request_samples");
    }
    gl_json_begin(json, "requests", '{');
    for (int status = 0; status < GL_STATUSES; status++) {
        size_t left = gl_report_kept(run, (size_t)m->totals[status]);
        gl_json_begin(json, names[status], '[');
        for (size_t i = 0; i < benchmark->measured_count && left > 0; i++) {
            if ((int)benchmark->measured[i].status != status)
                continue;
            record(json, run, benchmark, i);
            left--;
        }
        gl_json_end(json, ']');
    }
    gl_json_null(json, "total");
    gl_json_end(json, '}');
}

/* Of the measured requests: the first start, the last end. */
static void borders(const struct gl_benchmark *benchmark, double *ret_start, double *ret_end)
{
    *ret_start = GL_ENDLESS;
    *ret_end = -GL_ENDLESS;
    for (size_t i = 0; i < benchmark->measured_count; i++) {
        if (benchmark->measured[i].start < *ret_start)
            *ret_start = benchmark->measured[i].start;
        if (benchmark->measured[i].end > *ret_end)
            *ret_end = benchmark->measured[i].end;
    }
    *ret_start += benchmark->epoch;
    *ret_end += benchmark->epoch;
}

void gl_report_r1(const struct gl_run *run, FILE *file)
{
    struct gl_json json = {.file = file, .indent = run->release.patch >= 1 ? 4 : 0, .first = true};
    gl_json_begin(&json, NULL, '{');
    gl_json_begin(&json, "benchmarks", '[');
    for (size_t i = 0; i < run->count; i++) {
        double start, end;
        borders(&run->benchmarks[i], &start, &end);
        gl_json_begin(&json, NULL, '{');
        gl_json_string(&json, "type_", "generative_benchmark");
        gl_report_uuid(&json, "id_", (uint64_t)run->args->seed * 100 + i);
        gl_report_uuid(&json, "run_id", (uint64_t)run->args->seed);
        arguments(&json, run, i);
        run_stats(&json, run, i);
        worker(&json, run);
        metrics(&json, run->release, &run->metrics[i]);
        gl_json_float(&json, "start_time", start);
        gl_json_float(&json, "end_time", end);
        gl_report_totals(&json, "request_totals", run->metrics[i].totals);
        requests(&json, run, &run->benchmarks[i], &run->metrics[i]);
        gl_json_float(&json, "duration", end - start);
        gl_json_end(&json, '}');
    }
    gl_json_end(&json, ']');
    gl_json_end(&json, '}');
}
