// SPDX-License-Identifier: Apache-2.0
// One request in the reports of GuideLLM 0.4 and later.

#include "guidellm.h"

#include <string.h>

static void timings(struct gl_json *json, int minor, const struct gl_request *r, double epoch)
{
    static const char *const starts[] = {"targeted_start", "queued",        "dequeued",
                                         "scheduled_at",   "resolve_start", "request_start"};
    static const char *const ends[] = {"request_end", "resolve_end", "finalized"};
    gl_json_begin(json, "timings", '{');
    for (size_t i = 0; i < WVA_COUNT(starts); i++)
        gl_json_float(json, starts[i], epoch + r->start);
    gl_json_maybe(json, "first_request_iteration", epoch + r->first_token);
    gl_json_maybe(json, "first_token_iteration", epoch + r->first_token);
    if (minor >= 7)
        gl_json_maybe(json, "first_output_token_iteration", epoch + r->first_token);
    gl_json_maybe(json, "last_token_iteration", epoch + r->last_token);
    gl_json_maybe(json, "last_request_iteration", epoch + r->last_token);
    gl_json_int(json, "request_iterations", r->output_tokens > 0 ? r->output_tokens + 3 : 0);
    gl_json_int(json, "token_iterations", r->output_tokens);
    for (size_t i = 0; i < WVA_COUNT(ends); i++)
        gl_json_float(json, ends[i], epoch + r->end);
    gl_json_end(json, '}');
}

static void info(struct gl_json *json, struct gl_release release, const struct gl_request *r,
                 double epoch, const char *id)
{
    static const char *const statuses[] = {"completed", "errored", "cancelled"};
    static const char *const links[] = {"agent_id", "parent_node_ids", "preceding_nodes"};
    gl_json_begin(json, "info", '{');
    gl_json_string(json, "request_id", id);
    if (release.minor >= 6) {
        gl_json_null(json, "conversation_id");
        gl_json_int(json, "turn_index", 0);
    }
    if (release.minor >= 8) {
        gl_json_string(json, "node_id", id);
        for (size_t i = 0; i < WVA_COUNT(links); i++)
            gl_json_null(json, links[i]);
    }
    gl_json_string(json, "status", statuses[r->status]);
    gl_json_int(json, "scheduler_node_id", 0);
    gl_json_int(json, "scheduler_process_id", 0);
    gl_json_float(json, "scheduler_start_time", epoch);
    timings(json, release.minor, r, epoch);
    if (release.minor >= 7) {
        gl_json_begin(json, "settings", '{');
        gl_json_null(json, "relative_timestamp");
        gl_json_null(json, "requeue_delay");
        gl_json_end(json, '}');
    }
    gl_json_string(json, "error",
                   r->status == GL_ERRORED ? "Server error '500 Internal Server Error' for url"
                                           : NULL);
    if (release.minor >= 5)
        gl_json_null(json, "traceback");
    gl_json_float(json, "started_at", epoch + r->start);
    gl_json_float(json, "completed_at", epoch + r->end);
    gl_json_end(json, '}');
}

static void usage(struct gl_json *json, int minor, const char *key, int64_t tokens, bool known)
{
    static const char *const empty[] = {
        "text_words",   "text_characters", "image_tokens",  "image_count",   "image_pixels",
        "image_bytes",  "video_tokens",    "video_frames",  "video_seconds", "video_bytes",
        "audio_tokens", "audio_samples",   "audio_seconds", "audio_bytes"};
    static const char *const tools[] = {"tool_call_tokens", "mixed_content_tool_tokens",
                                        "tool_call_count"};
    gl_json_begin(json, key, '{');
    if (known)
        gl_json_int(json, "text_tokens", tokens);
    else
        gl_json_null(json, "text_tokens");
    for (size_t i = 0; i < WVA_COUNT(empty); i++)
        gl_json_null(json, empty[i]);
    for (size_t i = 0; minor >= 7 && i < WVA_COUNT(tools); i++)
        gl_json_null(json, tools[i]);
    if (known)
        gl_json_int(json, "total_tokens", tokens);
    else
        gl_json_null(json, "total_tokens");
    gl_json_end(json, '}');
}

static void figures(struct gl_json *json, struct gl_release release, const struct gl_request *r,
                    double epoch)
{
    double latency = r->end - r->start, decode = r->last_token - r->first_token;
    double output = (double)r->output_tokens;
    bool errored = r->status == GL_ERRORED;
    int64_t prompt = errored ? 0 : r->prompt_tokens;
    gl_json_float(json, "request_start_time", epoch + r->start);
    gl_json_float(json, "request_end_time", epoch + r->end);
    gl_json_float(json, "request_latency", latency);
    gl_json_int(json, "prompt_tokens", prompt);
    if (release.minor == 4)
        gl_json_int(json, "input_tokens", prompt);
    gl_json_int(json, "output_tokens", r->output_tokens);
    gl_json_int(json, "total_tokens", prompt + r->output_tokens);
    gl_json_maybe(json, "time_to_first_token_ms", 1000 * (r->first_token - r->start));
    gl_json_maybe(json, "time_per_output_token_ms",
                  output > 0 ? 1000 * (r->last_token - r->start) / output : GL_NONE);
    gl_json_maybe(json, "inter_token_latency_ms",
                  output > 1 ? 1000 * decode / (output - 1) : GL_NONE);
    gl_json_float(json, "tokens_per_second", ((double)prompt + output) / latency);
    gl_json_float(json, "output_tokens_per_second", output / latency);
    if (release.minor >= 7)
        gl_json_maybe(json, "time_to_first_output_token_ms", 1000 * (r->first_token - r->start));
    gl_json_maybe(json, "iter_tokens_per_iteration", output > 1 ? 1 : GL_NONE);
    gl_json_maybe(json, "output_tokens_per_iteration", output > 0 ? 1 : GL_NONE);
}

/* The request as text, as every release keeps it, prompt and all. */
static char *request_args(struct wva_arena *arena, const struct gl_run *run, size_t index)
{
    const char *prompt = gl_prompt_text(arena, run->args, index);
    const char *tail = "'stream': True, 'stream_options': {'include_usage': True, "
                       "'continuous_usage_stats': True}, ";
    if (run->args->chat)
        return wva_arena_printf(arena,
                                "{'method': None, 'stream': True, 'headers': None, 'params': None, "
                                "'body': {'model': '%s', %s'max_completion_tokens': %lld, "
                                "'ignore_eos': True, 'messages': [{'role': 'user', 'content': "
                                "[{'type': 'text', 'text': '%s'}]}]}, 'files': None}",
                                run->model, tail, (long long)run->args->output_tokens, prompt);
    return wva_arena_printf(arena,
                            "{'method': None, 'stream': True, 'headers': None, 'params': None, "
                            "'body': {'model': '%s', %s'max_tokens': %lld, 'ignore_eos': True, "
                            "'prompt': '%s'}, 'files': None}",
                            run->model, tail, (long long)run->args->output_tokens, prompt);
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
        gl_json_string(json, "response_id", r->status == GL_ERRORED ? NULL : id);
    gl_json_string(json, "request_args", stripped ? NULL : request_args(&arena, run, index));
    gl_json_string(json, "output",
                   stripped || r->output_tokens == 0 ? NULL
                                                     : " said she; and that is pretty large");
    if (minor >= 7) {
        gl_json_null(json, "reasoning_output");
        gl_json_null(json, "tool_calls");
    }
    if (minor >= 8)
        gl_json_null(json, "response_metrics");
    info(json, run->release, r, benchmark->epoch, id);
    usage(json, minor, "input_metrics", r->prompt_tokens, r->status != GL_ERRORED);
    usage(json, minor, "output_metrics", r->output_tokens, r->status != GL_ERRORED);
    figures(json, run->release, r, benchmark->epoch);
    gl_json_end(json, '}');
}
