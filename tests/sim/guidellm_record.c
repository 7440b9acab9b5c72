// SPDX-License-Identifier: Apache-2.0
// One request in the reports of GuideLLM 0.4 and later.

#include "guidellm.h"

#include "wva/codec/json.h"

#include <string.h>

/* Times of a request that was cut off at the deadline: it has no end of its own. */
static void timings(struct gl_json *json, int minor, const struct gl_request *r, double epoch)
{
    static const char *const starts[] = {"queued", "dequeued", "scheduled_at", "resolve_start",
                                         "request_start"};
    bool ended = r->status != GL_INCOMPLETE;
    int64_t iterations = r->output_tokens > 0 ? r->output_tokens + GL_ITERATIONS_MORE : 0;
    gl_json_begin(json, "timings", '{');
    gl_json_float(json, "targeted_start", epoch + r->start);
    if (minor >= 8)
        gl_json_null(json, "predecessor_completed");
    for (size_t i = 0; i < WVA_COUNT(starts); i++)
        gl_json_float(json, starts[i], epoch + r->start);
    gl_json_maybe(json, "first_request_iteration", epoch + r->first_token);
    gl_json_maybe(json, "first_token_iteration", epoch + r->first_token);
    if (minor >= 7)
        gl_json_maybe(json, "first_output_token_iteration", epoch + r->first_token);
    gl_json_maybe(json, "last_token_iteration", epoch + r->last_token);
    gl_json_maybe(json, "last_request_iteration", epoch + r->last_token);
    /* 0.4 counts the empty lines between events */
    gl_json_int(json, "request_iterations", minor == 4 ? 2 * iterations : iterations);
    gl_json_int(json, "token_iterations", r->output_tokens);
    if (minor >= 8) {
        gl_json_null(json, "last_request_sent");
        gl_json_float(json, "request_sent_sum", 0);
        gl_json_int(json, "request_sent_count", 0);
        gl_json_float(json, "token_received_sum", 0);
        gl_json_int(json, "token_received_count", 0);
    }
    gl_json_maybe(json, "request_end", ended ? epoch + r->end : GL_NONE);
    gl_json_float(json, "resolve_end", epoch + r->end);
    gl_json_float(json, "finalized", epoch + r->end);
    gl_json_end(json, '}');
}

/* Its place in a conversation of one turn. */
static void conversation(struct gl_json *json, int minor, const char *id)
{
    gl_json_string(json, "conversation_id", id);
    if (minor >= 8)
        gl_json_int(json, "history_len", 0);
    gl_json_int(json, "turn_index", 0);
    if (minor < 8)
        return;
    gl_json_int(json, "preceding_nodes", 0);
    gl_json_string(json, "node_id", "main_0");
    gl_json_string(json, "agent_id", "default");
    gl_json_begin(json, "parent_node_ids", '[');
    gl_json_end(json, ']');
}

static void info(struct gl_json *json, struct gl_release release, const struct gl_request *r,
                 double epoch, const char *id)
{
    static const char *const statuses[] = {"completed", "errored", "cancelled"};
    static const char *const errors[] = {
        NULL,
        "HTTPStatusError(\"Server error '500 Internal Server Error' for url "
        "'http://vllm:8000/v1/completions'\\nFor more information check: "
        "https://developer.mozilla.org/en-US/docs/Web/HTTP/Status/500\")",
        "Request was cancelled"};
    gl_json_begin(json, "info", '{');
    gl_json_string(json, "request_id", id);
    if (release.minor >= 6)
        conversation(json, release.minor, id);
    gl_json_string(json, "status", statuses[r->status]);
    gl_json_int(json, "scheduler_node_id", 0);
    gl_json_int(json, "scheduler_process_id", 0);
    gl_json_float(json, "scheduler_start_time", epoch);
    timings(json, release.minor, r, epoch);
    if (release.minor >= 7) {
        gl_json_begin(json, "settings", '{');
        gl_json_null(json, "relative_timestamp");
        gl_json_null(json, "requeue_delay");
        if (release.minor >= 8)
            gl_json_null(json, "trace_duration");
        gl_json_end(json, '}');
    }
    gl_json_string(json, "error", errors[r->status]);
    if (release.minor >= 5)
        gl_json_null(json, "traceback");
    gl_json_float(json, "started_at", epoch + r->start);
    gl_json_float(json, "completed_at", epoch + r->end);
    gl_json_end(json, '}');
}

static void tokens(struct gl_json *json, const char *key, int64_t count, bool known)
{
    if (known)
        gl_json_int(json, key, count);
    else
        gl_json_null(json, key);
}

static void usage(struct gl_json *json, int minor, const char *key, int64_t count, bool known)
{
    static const char *const empty[] = {"image_tokens",  "image_count",   "image_pixels",
                                        "image_bytes",   "video_tokens",  "video_frames",
                                        "video_seconds", "video_bytes",   "audio_tokens",
                                        "audio_samples", "audio_seconds", "audio_bytes"};
    static const char *const tools[] = {"tool_call_tokens", "mixed_content_tool_tokens",
                                        "tool_call_count"};
    gl_json_begin(json, key, '{');
    tokens(json, "text_tokens", count, known);
    if (minor >= 8)
        gl_json_null(json, "cached_tokens");
    gl_json_int(json, "text_words", known ? count : 0);
    gl_json_int(json, "text_characters", known ? 4 * count : 0);
    for (size_t i = 0; i < WVA_COUNT(empty); i++)
        gl_json_null(json, empty[i]);
    for (size_t i = 0; minor >= 7 && i < WVA_COUNT(tools); i++)
        gl_json_null(json, tools[i]);
    tokens(json, "total_tokens", count, known);
    gl_json_end(json, '}');
}

static void latencies(struct gl_json *json, int minor, const struct gl_request *r)
{
    bool ended = r->status != GL_INCOMPLETE;
    gl_json_maybe(json, "request_latency", ended ? r->end - r->start : GL_NONE);
    if (minor < 8)
        return;
    gl_json_float(json, "request_dispatch_delay", 0.002);
    gl_json_float(json, "turn_predecessor_delay", 0);
    gl_json_float(json, "turn_scheduling_delay", 0.002);
    gl_json_maybe(json, "request_scheduled_latency", ended ? r->end - r->start : GL_NONE);
}

static void figures(struct gl_json *json, struct gl_release release, const struct gl_request *r,
                    double epoch)
{
    double latency = r->status == GL_INCOMPLETE ? GL_NONE : r->end - r->start;
    double decode = r->last_token - r->first_token, output = (double)r->output_tokens;
    bool round_trips = release.minor >= 8;
    gl_json_float(json, "request_start_time", epoch + r->start);
    gl_json_float(json, "request_end_time", epoch + r->end);
    latencies(json, release.minor, r);
    gl_json_int(json, "prompt_tokens", r->prompt_tokens);
    if (release.minor == 4)
        gl_json_int(json, "input_tokens", r->prompt_tokens);
    if (round_trips)
        gl_json_null(json, "cached_tokens");
    tokens(json, "output_tokens", r->output_tokens, r->output_tokens > 0);
    gl_json_int(json, "total_tokens", r->prompt_tokens + r->output_tokens);
    gl_json_maybe(json, "time_to_first_token_ms", 1000 * (r->first_token - r->start));
    if (round_trips) {
        gl_json_null(json, "time_to_last_round_trip_ms");
        gl_json_null(json, "avg_round_trip_time_ms");
    }
    gl_json_maybe(json, "time_per_output_token_ms",
                  output > 0 ? 1000 * (r->last_token - r->start) / output : GL_NONE);
    gl_json_maybe(json, "inter_token_latency_ms",
                  output > 1 ? 1000 * decode / (output - 1) : GL_NONE);
    gl_json_maybe(json, "tokens_per_second", ((double)r->prompt_tokens + output) / latency);
    gl_json_maybe(json, "output_tokens_per_second", output / latency);
    if (release.minor >= 7)
        gl_json_maybe(json, "time_to_first_output_token_ms", 1000 * (r->first_token - r->start));
    gl_json_maybe(json, "iter_tokens_per_iteration", output > 1 ? 1 : GL_NONE);
    gl_json_maybe(json, "output_tokens_per_iteration", output > 0 ? 1 : GL_NONE);
}

/* The request as text, as every release keeps it, prompt and all; 0.6 and later as JSON. */
static char *request_args(struct wva_arena *arena, const struct gl_run *run, size_t index)
{
    const struct gl_args *args = run->args;
    struct wva_value *whole = wva_object(arena);
    wva_put(arena, whole, wva_null(arena), "method");
    wva_put(arena, whole, wva_bool(arena, true), "stream");
    wva_put(arena, whole, wva_null(arena), "headers");
    wva_put(arena, whole, wva_null(arena), "params");
    wva_put(arena, whole, wva_string(arena, run->model), "body", "model");
    wva_put(arena, whole, wva_bool(arena, true), "body", "stream");
    wva_put(arena, whole, wva_bool(arena, true), "body", "stream_options", "include_usage");
    wva_put(arena, whole, wva_int(arena, args->output_tokens), "body",
            args->chat ? "max_completion_tokens" : "max_tokens");
    wva_put(arena, whole, wva_bool(arena, true), "body", "ignore_eos");
    wva_put(arena, whole, wva_string(arena, gl_prompt_text(arena, args, index)), "body",
            args->chat ? "messages" : "prompt");
    wva_put(arena, whole, wva_null(arena), "files");
    return run->release.minor < 6 ? gl_python_repr(arena, whole) : wva_json_text(arena, whole);
}

void gl_report_record(struct gl_json *json, const struct gl_run *run,
                      const struct gl_benchmark *benchmark, size_t index)
{
    wva_auto_arena arena = {0};
    const struct gl_request *r = &benchmark->measured[index];
    int minor = run->release.minor;
    bool stripped = run->args->sample == 0;
    char *id = wva_arena_printf(&arena, "%08zx-0000-4000-a000-%012llx", index,
                                (unsigned long long)run->args->seed);
    gl_json_begin(json, NULL, '{');
    gl_json_string(json, "type_", "generative_request_stats");
    gl_json_string(json, "request_id", id);
    if (minor <= 5)
        gl_json_string(json, "request_type",
                       run->args->chat ? "chat_completions" : "text_completions");
    if (minor >= 5)
        gl_json_string(json, "response_id", r->output_tokens == 0 ? NULL : id);
    gl_json_string(json, "request_args", stripped ? NULL : request_args(&arena, run, index));
    gl_json_string(json, "output",
                   stripped               ? NULL
                   : r->output_tokens > 0 ? " said she; and that is pretty large"
                                          : "");
    if (minor >= 7) {
        gl_json_null(json, "reasoning_output");
        gl_json_null(json, "tool_calls");
    }
    info(json, run->release, r, benchmark->epoch, id);
    usage(json, minor, "input_metrics", r->prompt_tokens, true);
    if (minor >= 8)
        gl_json_null(json, "response_metrics");
    usage(json, minor, "output_metrics", r->output_tokens, r->output_tokens > 0);
    figures(json, run->release, r, benchmark->epoch);
    gl_json_end(json, '}');
}
