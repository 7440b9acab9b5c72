// SPDX-License-Identifier: Apache-2.0
// What GuideLLM 0.4 and later tell of the parts of a run, before it on the console and in the
// report: from 0.7 on the validated arguments, before that a description that each part gives of
// itself.

#include "guidellm.h"

#include "wva/codec/json.h"
#include "wva/util/str.h"

#include <string.h>

#define OLD_PATHS                                                                                  \
    "{\"health\":\"health\",\"models\":\"v1/models\",\"text_completions\":\"v1/completions\","     \
    "\"chat_completions\":\"v1/chat/completions\","                                                \
    "\"audio_transcriptions\":\"v1/audio/transcriptions\","                                        \
    "\"audio_translations\":\"v1/audio/translations\"}"
#define PATHS                                                                                      \
    "{\"/health\":\"health\",\"/v1/models\":\"v1/models\",\"/v1/completions\":\"v1/completions\"," \
    "\"/v1/chat/completions\":\"v1/chat/completions\",\"/v1/responses\":\"v1/responses\","         \
    "\"/v1/audio/transcriptions\":\"v1/audio/transcriptions\","                                    \
    "\"/v1/audio/translations\":\"v1/audio/translations\",\"/pooling\":\"pooling\"}"

static struct wva_value *parsed(struct wva_arena *arena, const char *text)
{
    static const struct wva_json_options options = {.name = "description"};
    struct wva_value *value = NULL;
    struct wva_error err = {0};
    if (wva_json_parse(arena, text, strlen(text), &options, &value, &err) < 0)
        gl_traceback("AssertionError: %s: %s", text, err.msg);
    return value;
}

static struct wva_value *texts(struct wva_arena *arena, const char *const *list)
{
    struct wva_value *array = wva_array(arena);
    for (; *list != NULL; list++)
        wva_array_append(arena, array, wva_string(arena, *list));
    return array;
}

/* 8.0 */
static struct wva_value *real(struct wva_arena *arena, double number)
{
    const char *text = wva_arena_printf(arena, number == floor(number) ? "%.1f" : "%.17g", number);
    return wva_number_text(arena, text, strlen(text));
}

struct wva_value *gl_info_backend(struct wva_arena *arena, const struct gl_run *run)
{
    struct wva_value *info = wva_object(arena);
    if (run->args->spec != NULL)
        return wva_get(run->args->spec, "backend");
    wva_object_set(arena, info, "target", wva_string(arena, run->args->target));
    wva_object_set(arena, info, "model", wva_string(arena, run->model));
    if (run->release.minor < 6) {
        wva_object_set(arena, info, "timeout", real(arena, 60));
    } else {
        wva_object_set(arena, info, "timeout", wva_null(arena));
        wva_object_set(arena, info, "timeout_connect", real(arena, 5));
    }
    wva_object_set(arena, info, "http2", wva_bool(arena, true));
    wva_object_set(arena, info, "follow_redirects", wva_bool(arena, true));
    wva_object_set(arena, info, "verify", wva_bool(arena, false));
    wva_object_set(arena, info, "openai_paths",
                   parsed(arena, run->release.minor < 6 ? OLD_PATHS : PATHS));
    const char *url = wva_arena_printf(arena, "%s/health", run->args->target);
    wva_put(arena, info, wva_string(arena, "GET"), "validate_backend", "method");
    wva_put(arena, info, wva_string(arena, url), "validate_backend", "url");
    return info;
}

struct wva_value *gl_info_loader(struct wva_arena *arena, const struct gl_run *run)
{
    static const char *const encoder[] = {"GenerativeColumnMapper", "MediaEncoder", NULL};
    static const char *const text[] = {"GenerativeColumnMapper",
                                       "GenerativeTextCompletionsRequestFormatter", NULL};
    static const char *const chat[] = {"GenerativeColumnMapper",
                                       "GenerativeChatCompletionsRequestFormatter", NULL};
    const struct gl_args *args = run->args;
    bool formats = run->release.minor < 6;
    if (args->spec != NULL)
        return wva_get(args->spec, "data_loader");
    struct wva_value *info = wva_object(arena);
    const char *data = wva_arena_printf(arena, "['%s']", args->data);
    wva_object_set(arena, info, "data", wva_string(arena, data));
    wva_object_set(arena, info, "data_args", wva_string(arena, "[]"));
    wva_object_set(arena, info, "data_samples", wva_int(arena, -1));
    wva_object_set(arena, info, "preprocessors",
                   texts(arena, !formats     ? encoder
                                : args->chat ? chat
                                             : text));
    if (!formats)
        wva_object_set(arena, info, "finalizer", wva_string(arena, "GenerativeRequestFinalizer"));
    wva_object_set(arena, info, "collator", wva_string(arena, "GenerativeRequestCollator"));
    wva_object_set(arena, info, "sampler", wva_string(arena, "None"));
    wva_object_set(arena, info, "num_workers", wva_int(arena, 1));
    wva_object_set(arena, info, "random_seed", wva_int(arena, args->seed));
    return info;
}

/* What a sweep knows before it began: nothing. */
static void add_sweep(struct wva_arena *arena, const struct gl_args *args, struct wva_value *info)
{
    static const char *const unknown[] = {"synchronous_rate", "throughput_rate"};
    static const char *const empty[] = {"async_rates", "measured_rates"};
    wva_object_set(arena, info, "sweep_size", wva_int(arena, (int64_t)gl_sweep_size(args)));
    wva_object_set(arena, info, "strategy_type", wva_string(arena, "constant"));
    wva_object_set(arena, info, "max_concurrency", wva_null(arena));
    wva_object_set(arena, info, "random_seed", wva_int(arena, args->seed));
    for (size_t i = 0; i < WVA_COUNT(unknown); i++)
        wva_object_set(arena, info, unknown[i], real(arena, -1));
    for (size_t i = 0; i < WVA_COUNT(empty); i++)
        wva_object_set(arena, info, empty[i], wva_array(arena));
}

struct wva_value *gl_info_profile(struct wva_arena *arena, const struct gl_run *run)
{
    const struct gl_args *args = run->args;
    if (args->spec != NULL)
        return wva_get(args->spec, "profile");
    struct wva_value *info = wva_object(arena), *limits = wva_object(arena);
    wva_object_set(arena, info, "type_", wva_string(arena, args->kind_name));
    wva_object_set(arena, info, "completed_strategies", wva_array(arena));
    if (!isnan(args->max_seconds))
        wva_object_set(arena, limits, "max_seconds", real(arena, args->max_seconds));
    wva_object_set(arena, info, "constraints", limits);
    wva_object_set(arena, info, "rampup_duration", real(arena, args->rampup));
    if (args->kind == GL_CONCURRENT) {
        struct wva_value *streams = wva_array(arena);
        for (size_t i = 0; i < args->rate_count; i++)
            wva_array_append(arena, streams, wva_int(arena, (int64_t)args->rates[i]));
        wva_object_set(arena, info, "streams", streams);
    } else if (args->kind == GL_THROUGHPUT) {
        wva_object_set(arena, info, "max_concurrency", wva_int(arena, args->max_concurrency));
    } else if (args->kind == GL_SWEEP) {
        add_sweep(arena, args, info);
    }
    return info;
}

/* Python's repr() of what JSON says. */
static void represent(struct wva_buf *out, const struct wva_value *value)
{
    if (value == NULL || value->kind == WVA_NULL)
        wva_buf_puts(out, "None");
    else if (value->kind == WVA_BOOL)
        wva_buf_puts(out, value->boolean ? "True" : "False");
    else if (value->kind == WVA_NUMBER)
        wva_buf_puts(out, value->text);
    else if (value->kind == WVA_STRING && strchr(value->text, '\'') != NULL)
        wva_buf_printf(out, "\"%s\"", value->text);
    else if (value->kind == WVA_STRING)
        wva_buf_printf(out, "'%s'", value->text);
    if (value == NULL || value->kind < WVA_ARRAY)
        return;
    wva_buf_putc(out, value->kind == WVA_ARRAY ? '[' : '{');
    for (size_t i = 0; i < value->count; i++) {
        wva_buf_puts(out, i > 0 ? ", " : "");
        if (value->kind == WVA_OBJECT)
            wva_buf_printf(out, "'%s': ", value->members[i].name);
        represent(out, value->kind == WVA_OBJECT ? value->members[i].value : value->items[i]);
    }
    wva_buf_putc(out, value->kind == WVA_ARRAY ? ']' : '}');
}

char *gl_python_repr(struct wva_arena *arena, const struct wva_value *value)
{
    wva_auto_buf out = WVA_BUF((size_t)1 << 16);
    represent(&out, value);
    return wva_arena_strdup(arena, wva_buf_str(&out));
}

/* "type_='concurrent' streams=[4]": a pydantic model as text. */
char *gl_python_model(struct wva_arena *arena, const struct wva_value *value)
{
    wva_auto_buf out = WVA_BUF((size_t)1 << 16);
    for (size_t i = 0; i < value->count; i++) {
        wva_buf_printf(&out, "%s%s=", i > 0 ? " " : "", value->members[i].name);
        represent(&out, value->members[i].value);
    }
    return wva_arena_strdup(arena, wva_buf_str(&out));
}
