// SPDX-License-Identifier: Apache-2.0
// What a validated spec of `guidellm run` asks for.

#include "guidellm.h"

#include "wva/codec/yaml.h"
#include "wva/util/str.h"

#include <stdlib.h>
#include <string.h>

#define OPEN_LIMIT 10240 /* requests in flight of a loop without a limit of its own */

struct spec {
    struct wva_arena *arena;
    struct gl_release release;
    const struct gl_parsed *parsed;
    struct wva_value *value;
};

struct wva_value *gl_parse_yaml(struct wva_arena *arena, const char *text)
{
    struct wva_value **documents = NULL;
    size_t count = 0;
    struct wva_error err = {0};
    struct wva_yaml_options yaml = {.name = "option"};
    if (wva_yaml_parse(arena, text, strlen(text), &yaml, &documents, &count, &err) < 0 ||
        count != 1)
        return NULL;
    return documents[0];
}

static void take_rates(struct gl_args *args, const struct wva_value *value)
{
    double number;
    if (value != NULL && value->kind == WVA_ARRAY) {
        for (size_t i = 0; i < value->count; i++)
            take_rates(args, value->items[i]);
    } else if (wva_value_double(value, &number) && args->rate_count < GL_RATES_MAX) {
        args->rates[args->rate_count++] = number;
    }
}

/* --override profile.streams 1,2,4 */
static void take_overrides(struct spec *spec, struct gl_args *args)
{
    for (size_t i = 0; i < spec->parsed->count; i++) {
        const struct gl_given *given = &spec->parsed->given[i];
        if (strcmp(given->id, "override") != 0)
            continue;
        if (strcmp(given->value, "profile.streams") != 0 &&
            strcmp(given->value, "profile.rate") != 0)
            gl_traceback(
                "NotImplementedError: Differing benchmark field '%s' cannot be merged. All "
                "sub-benchmarks must share the same value for this field.",
                given->value);
        struct wva_value *list =
            gl_parse_yaml(spec->arena, wva_arena_printf(spec->arena, "[%s]", given->second));
        args->rate_count = 0;
        take_rates(args, list);
        wva_put(spec->arena, spec->value, list, "profile", given->value + strlen("profile."));
    }
}

static struct gl_phase to_phase(const struct wva_value *value)
{
    struct gl_phase phase = {GL_NONE, GL_NONE};
    (void)wva_value_double(wva_get(value, "percent"), &phase.percent);
    (void)wva_value_double(wva_get(value, "value"), &phase.value);
    return phase;
}

static void take_profile(struct spec *spec, struct gl_args *args)
{
    static const struct {
        const char *name;
        enum gl_kind kind;
    } kinds[] = {
        {"synchronous", GL_SYNCHRONOUS},
        {"concurrent", GL_CONCURRENT},
        {"throughput", GL_THROUGHPUT},
        {"constant", GL_CONSTANT},
        {"async", GL_CONSTANT},
        {"poisson", GL_POISSON},
        {"sweep", GL_SWEEP},
    };
    const struct wva_value *profile = wva_get(spec->value, "profile");
    args->kind_name = wva_get_str(profile, "kind");
    bool known = false;
    for (size_t i = 0; i < WVA_COUNT(kinds); i++) {
        if (strcmp(kinds[i].name, args->kind_name) != 0)
            continue;
        args->kind = kinds[i].kind;
        known = true;
    }
    if (!known)
        gl_traceback("RuntimeError: the profile '%s' is not simulated", args->kind_name);
    take_rates(args, wva_get(profile, "streams"));
    take_rates(args, wva_get(profile, "rate"));
    take_rates(args, wva_get(profile, "sweep_size"));
    args->max_concurrency = OPEN_LIMIT;
    args->max_concurrency_known = true;
    (void)wva_value_i64(wva_get(profile, "max_concurrency"), &args->max_concurrency);
    args->warmup = to_phase(wva_get(profile, "warmup"));
    args->cooldown = to_phase(wva_get(profile, "cooldown"));
    (void)wva_value_double(wva_get(profile, "rampup_duration"), &args->rampup);
    take_overrides(spec, args);
}

static double first_number(const struct wva_value *value)
{
    double number = GL_NONE;
    if (value != NULL && value->kind == WVA_ARRAY)
        return value->count > 0 ? first_number(value->items[0]) : GL_NONE;
    return wva_value_double(value, &number) ? number : GL_NONE;
}

static void take_limits(const struct spec *spec, struct gl_args *args)
{
    const struct wva_value *list = wva_get(spec->value, "constraints");
    args->max_seconds = GL_NONE;
    for (size_t i = 0; i < list->count; i++) {
        const char *kind = wva_get_str(list->items[i], "kind");
        if (strcmp(kind, "max_duration") == 0)
            args->max_seconds = first_number(wva_get(list->items[i], "seconds"));
        if (strcmp(kind, "max_requests") == 0)
            args->max_requests = (int64_t)first_number(wva_get(list->items[i], "count"));
    }
}

static void take_outputs(struct spec *spec, struct gl_args *args)
{
    const char *dir = spec->release.minor > 7 || spec->release.patch >= 2
                          ? getenv("GUIDELLM__DEFAULT_RESULTS_DIR")
                          : NULL;
    const struct wva_value *list = wva_get(spec->value, "outputs");
    for (size_t i = 0; i < list->count && i < GL_OUTPUTS_MAX; i++) {
        const char *kind = wva_get_str(list->items[i], "kind");
        const char *path = wva_get_str(list->items[i], "path");
        if (path == NULL)
            path = wva_arena_printf(spec->arena, "%s/benchmarks.%s", dir != NULL ? dir : ".", kind);
        args->outputs[args->output_count++] = (struct gl_output){kind, path};
        if (strcmp(kind, "console") != 0)
            wva_put(spec->arena, list->items[i], wva_string(spec->arena, path), "path");
    }
}

static void take_backend(struct spec *spec, struct gl_args *args)
{
    const struct wva_value *backend = wva_get(spec->value, "backend");
    const char *model = wva_get_str(backend, "model");
    args->target = wva_get_str(backend, "target");
    args->model = wva_str_empty(model) ? NULL : model;
    args->tokenizer = wva_get_str(spec->value, "tokenizer", "model");
    args->request_format = wva_get_str(backend, "request_format");
    args->validate_backend = wva_value_bool(wva_get(backend, "validate_backend"), true);
    args->chat = !wva_str_eq(args->request_format, "/v1/completions");
}

static void take_data(const struct spec *spec, struct gl_args *args)
{
    const struct wva_value *data = wva_get(spec->value, "data", "0");
    if (!wva_str_eq(wva_get_str(data, "kind"), "synthetic_text"))
        gl_traceback("guidellm.data.deserializers.deserializer.DataNotSupportedError: only "
                     "synthetic text is simulated");
    (void)wva_value_i64(wva_get(data, "prompt_tokens"), &args->prompt_tokens);
    args->output_tokens = 128;
    (void)wva_value_i64(wva_get(data, "output_tokens"), &args->output_tokens);
    args->seed = 42;
    (void)wva_value_i64(wva_get(spec->value, "seed", "value"), &args->seed);
    args->sample = -1;
    args->sample_given =
        wva_value_i64(wva_get(spec->value, "metrics", "sample_size"), &args->sample);
}

void gl_spec_to_args(struct wva_arena *arena, struct gl_release release,
                     const struct gl_parsed *parsed, struct wva_value *value, struct gl_args *ret)
{
    struct spec spec = {arena, release, parsed, value};
    take_backend(&spec, ret);
    take_data(&spec, ret);
    take_profile(&spec, ret);
    take_limits(&spec, ret);
    take_outputs(&spec, ret);
}
