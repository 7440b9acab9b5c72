// SPDX-License-Identifier: Apache-2.0
// `guidellm run` of releases 0.7 and 0.8: `kind=` arguments, validated as pydantic validates them.

#include "guidellm.h"
#include "guidellm_schema.h"

#include "wva/codec/json.h"
#include "wva/codec/yaml.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define USAGE       "guidellm run [OPTIONS]"
#define OPEN_LIMIT  10240

static const struct gl_option options[] = {
    {"config", "--config|--scenario|-c", GL_TEXT, NULL, 7, 0},
    {"label", "--label|-l", GL_TEXT, NULL, 7, 0},
    {"backend", "--backend", GL_TEXT, NULL, 7, 0},
    {"profile", "--profile", GL_TEXT, NULL, 7, 0},
    {"constraints", "--constraint", GL_TEXT, NULL, 7, 0},
    {"tokenizer", "--tokenizer", GL_TEXT, NULL, 7, 0},
    {"data", "--data", GL_TEXT, NULL, 7, 0},
    {"data_column_mapper", "--data-column-mapper", GL_TEXT, NULL, 7, 0},
    {"data_preprocessors", "--data-preprocessor", GL_TEXT, NULL, 7, 0},
    {"data_finalizer", "--data-finalizer", GL_TEXT, NULL, 7, 0},
    {"data_loader", "--data-loader", GL_TEXT, NULL, 7, 0},
    {"seed", "--seed", GL_TEXT, NULL, 7, 0},
    {"outputs", "--output", GL_TEXT, NULL, 7, 0},
    {"metrics", "--metrics", GL_TEXT, NULL, 7, 0},
    {"override", "--override", GL_PAIR, NULL, 7, 0},
    {"disable_console", "--disable-console|--disable-console-outputs", GL_FLAG, NULL, 7, 0},
    {"disable_console_interactive", "--disable-console-interactive|--disable-progress", GL_FLAG,
     NULL, 7, 0},
    {0},
};

struct run {
    struct wva_arena *arena;
    struct gl_release release;
    struct gl_parsed parsed;
    struct wva_value *spec;
    struct wva_buf errors; /* "\n  - …" for each */
    struct wva_buf hints;  /* "'--profile' / '--data'" */
};

static bool has_kind(const struct run *run, const struct gl_kind_schema *schema)
{
    return run->release.minor >= schema->since;
}

static char *kind_usage(struct run *run, const struct gl_registry *registry)
{
    wva_auto_buf names = WVA_BUF(1024);
    for (const struct gl_kind_schema *kind = registry->kinds; kind->kind != NULL; kind++)
        if (has_kind(run, kind))
            wva_buf_printf(&names, "%s%s", names.len > 0 ? ", " : "", kind->kind);
    return wva_arena_printf(run->arena,
                            "Expected format: kind=<type>,key=value,... or JSON/YAML object with a "
                            "'kind' field\n  Valid kinds: %s",
                            wva_buf_str(&names));
}

static _Noreturn void bad_config(struct run *run, const struct gl_registry *registry,
                                 const char *words)
{
    gl_usage_error(USAGE, "Invalid value for '%s': %s\n%s", registry->option, words,
                   kind_usage(run, registry));
}

/* Notes a validation error at `place`; all are told together. */
static void invalid(struct run *run, const struct gl_registry *registry, const char *place,
                    const char *words)
{
    wva_buf_printf(&run->errors, "\n  - %s (at '%s')", words, place);
    char *hint = wva_arena_printf(run->arena, "'%s'", registry->option);
    if (strstr(wva_buf_str(&run->hints), hint) == NULL)
        wva_buf_printf(&run->hints, "%s%s", run->hints.len > 0 ? " / " : "", hint);
}

static struct wva_value *parse_yaml(struct wva_arena *arena, const char *text)
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

/* "kind=a,b.c=1" to an object; NULL when a part has no '='. */
static struct wva_value *parse_pairs(struct wva_arena *arena, const char *text)
{
    size_t count = 0;
    char **pairs = wva_str_split(arena, text, ',', &count);
    struct wva_value *object = wva_object(arena);
    for (size_t i = 0; i < count; i++) {
        char *pair = wva_str_trim(arena, pairs[i]);
        char *equals = strchr(pair, '=');
        if (equals == NULL || equals == pair)
            return NULL;
        *equals = '\0';
        struct wva_value *value = parse_yaml(arena, equals + 1);
        if (value == NULL)
            value = equals[1] == '\0' ? wva_null(arena) : wva_string(arena, equals + 1);
        size_t depth = 0;
        char **keys = wva_str_split(arena, wva_str_trim(arena, pair), '.', &depth);
        const char **path = wva_arena_calloc(arena, depth + 1, sizeof(*path));
        for (size_t k = 0; k < depth; k++)
            path[k] = keys[k];
        wva_value_put(arena, object, value, path);
    }
    return object;
}

static struct wva_value *parse_config(struct run *run, const struct gl_registry *registry,
                                      const char *text)
{
    struct wva_value *value = parse_yaml(run->arena, text);
    if (value == NULL || value->kind == WVA_STRING)
        value = parse_pairs(run->arena, text);
    if (value == NULL)
        bad_config(run, registry,
                   wva_arena_printf(run->arena,
                                    "%s must be a valid YAML, JSON, or key=value string.",
                                    registry->field));
    if (value->kind != WVA_OBJECT)
        bad_config(run, registry,
                   "invalid config value (expected key=value pairs or JSON/YAML object).");
    return value;
}

static const struct gl_kind_schema *kind_of(struct run *run, const struct gl_registry *registry,
                                            const struct wva_value *config)
{
    const char *name = wva_get_str(config, "kind");
    if (wva_get(config, "kind") == NULL)
        bad_config(run, registry, "missing required key 'kind'.");
    for (const struct gl_kind_schema *kind = registry->kinds; kind->kind != NULL; kind++)
        if (has_kind(run, kind) && wva_str_eq(kind->kind, name))
            return kind;
    bad_config(run, registry,
               wva_arena_printf(run->arena, "invalid kind '%s'.", name != NULL ? name : "None"));
}

/* The value under the field's name, with '_' or '-'. */
static struct wva_value *field_value(struct wva_arena *arena, const struct wva_value *config,
                                     const char *name)
{
    struct wva_value *value = wva_object_get(config, name);
    if (value != NULL)
        return value;
    char *hyphens = wva_arena_strdup(arena, name);
    for (char *c = hyphens; *c != '\0'; c++)
        if (*c == '_')
            *c = '-';
    return wva_object_get(config, hyphens);
}

static const char *check_number(const struct wva_value *value, bool integer, double least)
{
    double number;
    int64_t whole;
    if (value->kind == WVA_STRING &&
        wva_parse_double(value->text, value->len, &number) < 0)
        return integer ? "Input should be a valid integer, unable to parse string as an integer"
                       : "Input should be a valid number, unable to parse string as a number";
    if (value->kind != WVA_STRING && !wva_value_double(value, &number))
        return integer ? "Input should be a valid integer" : "Input should be a valid number";
    if (integer && value->kind == WVA_NUMBER && !wva_value_i64(value, &whole))
        return "Input should be a valid integer, got a number with a fractional part";
    return number > least ? NULL : "Input should be greater than 0";
}

static const char *check_list(const struct wva_value *value)
{
    if (value->kind != WVA_ARRAY)
        return check_number(value, false, 0);
    for (size_t i = 0; i < value->count; i++) {
        const char *words = check_number(value->items[i], false, 0);
        if (words != NULL)
            return words;
    }
    return value->count > 0 ? NULL : "Value error, streams requires at least one value";
}

/* What pydantic has against the value, or NULL. */
static const char *check_field(const struct gl_field *field, const struct wva_value *value)
{
    bool nullable = strcmp(field->fallback, "null") == 0 || field->type == GL_PHASE;
    if (value->kind == WVA_NULL)
        return nullable ? NULL : "Input should be a valid value";
    switch (field->type) {
    case GL_STR:
        return value->kind == WVA_STRING ? NULL : "Input should be a valid string";
    case GL_LOGICAL:
        return value->kind == WVA_BOOL ? NULL
                                       : "Input should be a valid boolean, unable to interpret input";
    case GL_POSITIVE:
        return check_number(value, true, 0);
    case GL_WHOLE:
        return check_number(value, true, -GL_ENDLESS);
    case GL_REAL:
        return check_number(value, false, -1e-300);
    case GL_POSITIVES:
        return check_list(value);
    case GL_PHASE:
        return value->kind == WVA_OBJECT ? NULL : check_number(value, false, -1e-300);
    case GL_ANY:
        return NULL;
    }
    return NULL;
}

/* {"percent":…,"value":…,"mode":…} of a number, object or null. */
static struct wva_value *phase_value(struct wva_arena *arena, const struct wva_value *given)
{
    struct wva_value *phase = wva_object(arena);
    double number = GL_NONE;
    wva_put(arena, phase, wva_null(arena), "percent");
    wva_put(arena, phase, wva_null(arena), "value");
    wva_put(arena, phase, wva_string(arena, "prefer_duration"), "mode");
    if (wva_value_double(given, &number))
        wva_put(arena, phase, wva_clone(arena, given), number < 1 ? "percent" : "value");
    for (size_t i = 0; given != NULL && given->kind == WVA_OBJECT && i < given->count; i++)
        wva_put(arena, phase, wva_clone(arena, given->members[i].value), given->members[i].name);
    return phase;
}

static struct wva_value *stored_value(struct wva_arena *arena, const struct gl_field *field,
                                      const struct wva_value *value)
{
    if (field->type == GL_PHASE)
        return phase_value(arena, value);
    bool list_field = strcmp(field->name, "streams") == 0;
    if (list_field && value->kind != WVA_ARRAY) {
        struct wva_value *list = wva_array(arena);
        wva_array_append(arena, list, wva_clone(arena, value));
        return list;
    }
    return wva_clone(arena, value);
}

static struct wva_value *parse_fallback(struct wva_arena *arena, const char *text)
{
    struct wva_value *value = NULL;
    struct wva_error err = {0};
    struct wva_json_options json = {.name = "default"};
    if (wva_json_parse(arena, text, strlen(text), &json, &value, &err) < 0)
        return wva_null(arena);
    return value;
}

static bool known_field(struct run *run, const struct gl_kind_schema *schema, const char *name)
{
    char *plain = wva_arena_strdup(run->arena, name);
    for (char *c = plain; *c != '\0'; c++)
        if (*c == '-')
            *c = '_';
    if (strcmp(plain, "kind") == 0)
        return true;
    for (size_t k = 0; k < WVA_COUNT(schema->fields); k++)
        for (const struct gl_field *field = schema->fields[k]; field->name != NULL; field++)
            if (run->release.minor >= field->since && strcmp(field->name, plain) == 0)
                return true;
    return false;
}

/* The config with all fields of its kind in order. */
static struct wva_value *validate(struct run *run, const struct gl_registry *registry,
                                  const struct wva_value *config, const char *place)
{
    const struct gl_kind_schema *schema = kind_of(run, registry, config);
    struct wva_value *out = wva_object(run->arena);
    wva_put(run->arena, out, wva_string(run->arena, schema->kind), "kind");
    for (size_t k = 0; k < WVA_COUNT(schema->fields); k++) {
        for (const struct gl_field *field = schema->fields[k]; field->name != NULL; field++) {
            if (run->release.minor < field->since)
                continue;
            char *at = wva_arena_printf(run->arena, "%s.%s.%s", place, schema->kind, field->name);
            struct wva_value *value = field_value(run->arena, config, field->name);
            const char *words = value != NULL ? check_field(field, value) : NULL;
            if (value == NULL && strcmp(field->fallback, GL_REQUIRED) == 0)
                words = "Field required";
            if (words != NULL)
                invalid(run, registry, at, words);
            else if (value == NULL)
                value = parse_fallback(run->arena, field->fallback);
            if (words == NULL)
                wva_put(run->arena, out, stored_value(run->arena, field, value), field->name);
        }
    }
    for (size_t i = 0; i < config->count; i++)
        if (!known_field(run, schema, config->members[i].name))
            invalid(run, registry,
                    wva_arena_printf(run->arena, "%s.%s.%s", place, schema->kind,
                                     config->members[i].name),
                    "Extra inputs are not permitted");
    return out;
}

static struct wva_value *default_config(struct wva_arena *arena, const char *kind)
{
    struct wva_value *config = wva_object(arena);
    wva_put(arena, config, wva_string(arena, kind), "kind");
    return config;
}

/* All configs given for an option, from the command line or GUIDELLM__SPEC__…, else the defaults. */
static size_t given_configs(struct run *run, const struct gl_registry *registry,
                            struct wva_value **out, size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < run->parsed.count && count < max; i++)
        if (strcmp(run->parsed.given[i].id, registry->field) == 0)
            out[count++] = parse_config(run, registry, run->parsed.given[i].value);
    if (count > 1 && !registry->list) {
        out[0] = out[count - 1];
        count = 1;
    }
    char *name = wva_arena_printf(run->arena, "GUIDELLM__SPEC__%s", registry->field);
    for (char *c = name; *c != '\0'; c++)
        *c = (char)toupper((unsigned char)*c);
    if (count == 0 && getenv(name) != NULL)
        out[count++] = parse_config(run, registry, getenv(name));
    bool has_default = registry->default_kind != NULL &&
                       (registry->default_until == 0 || run->release.minor <= registry->default_until);
    if (count == 0 && has_default)
        out[count++] = default_config(run->arena, registry->default_kind);
    if (count == 1 && has_default && registry->second_default != NULL &&
        gl_get(&run->parsed, registry->field) == NULL)
        out[count++] = default_config(run->arena, registry->second_default);
    return count;
}

static void read_registry(struct run *run, const struct gl_registry *registry)
{
    struct wva_value *configs[GL_RATES_MAX] = {NULL};
    size_t count = given_configs(run, registry, configs, GL_RATES_MAX);
    bool needed = strcmp(registry->field, "profile") == 0 || strcmp(registry->field, "data") == 0;
    if (count == 0 && needed)
        invalid(run, registry, registry->field, "Field required");
    struct wva_value *list = wva_array(run->arena);
    for (size_t i = 0; i < count; i++) {
        const char *place = registry->field;
        if (registry->list)
            place = wva_arena_printf(run->arena, "%s[%zu]", registry->field, i);
        wva_array_append(run->arena, list, validate(run, registry, configs[i], place));
    }
    if (registry->list)
        wva_put(run->arena, run->spec, list, registry->field);
    else if (count > 0)
        wva_put(run->arena, run->spec, list->items[0], registry->field);
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
static void take_overrides(struct run *run, struct gl_args *args)
{
    for (size_t i = 0; i < run->parsed.count; i++) {
        const struct gl_given *given = &run->parsed.given[i];
        if (strcmp(given->id, "override") != 0)
            continue;
        if (strcmp(given->value, "profile.streams") != 0 && strcmp(given->value, "profile.rate") != 0)
            gl_traceback("NotImplementedError: Differing benchmark field '%s' cannot be merged. All "
                         "sub-benchmarks must share the same value for this field.",
                         given->value);
        struct wva_value *list = parse_yaml(
            run->arena, wva_arena_printf(run->arena, "[%s]", given->second));
        args->rate_count = 0;
        take_rates(args, list);
        wva_put(run->arena, run->spec, list, "profile", given->value + strlen("profile."));
    }
}

static struct gl_phase to_phase(const struct wva_value *value)
{
    struct gl_phase phase = {GL_NONE, GL_NONE};
    (void)wva_value_double(wva_get(value, "percent"), &phase.percent);
    (void)wva_value_double(wva_get(value, "value"), &phase.value);
    return phase;
}

static void take_profile(struct run *run, struct gl_args *args)
{
    static const struct {
        const char *name;
        enum gl_kind kind;
    } kinds[] = {
        {"synchronous", GL_SYNCHRONOUS}, {"concurrent", GL_CONCURRENT},
        {"throughput", GL_THROUGHPUT},   {"constant", GL_CONSTANT},
        {"async", GL_CONSTANT},          {"poisson", GL_POISSON},
        {"sweep", GL_SWEEP},
    };
    const struct wva_value *profile = wva_get(run->spec, "profile");
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
    take_overrides(run, args);
}

static double first_number(const struct wva_value *value)
{
    double number = GL_NONE;
    if (value != NULL && value->kind == WVA_ARRAY)
        return value->count > 0 ? first_number(value->items[0]) : GL_NONE;
    return wva_value_double(value, &number) ? number : GL_NONE;
}

static void take_limits(const struct run *run, struct gl_args *args)
{
    const struct wva_value *list = wva_get(run->spec, "constraints");
    args->max_seconds = GL_NONE;
    for (size_t i = 0; i < list->count; i++) {
        const char *kind = wva_get_str(list->items[i], "kind");
        if (strcmp(kind, "max_duration") == 0)
            args->max_seconds = first_number(wva_get(list->items[i], "seconds"));
        if (strcmp(kind, "max_requests") == 0)
            args->max_requests = (int64_t)first_number(wva_get(list->items[i], "count"));
    }
}

static void take_outputs(struct run *run, struct gl_args *args)
{
    const char *dir = run->release.minor > 7 || run->release.patch >= 2
                          ? getenv("GUIDELLM__DEFAULT_RESULTS_DIR")
                          : NULL;
    const struct wva_value *list = wva_get(run->spec, "outputs");
    for (size_t i = 0; i < list->count && i < GL_OUTPUTS_MAX; i++) {
        const char *kind = wva_get_str(list->items[i], "kind");
        const char *path = wva_get_str(list->items[i], "path");
        if (path == NULL)
            path = wva_arena_printf(run->arena, "%s/benchmarks.%s", dir != NULL ? dir : ".", kind);
        args->outputs[args->output_count++] = (struct gl_output){kind, path};
        if (strcmp(kind, "console") != 0)
            wva_put(run->arena, list->items[i], wva_string(run->arena, path), "path");
    }
}

static void take_backend(struct run *run, struct gl_args *args)
{
    const struct wva_value *backend = wva_get(run->spec, "backend");
    const char *model = wva_get_str(backend, "model");
    args->target = wva_get_str(backend, "target");
    args->model = wva_str_empty(model) ? NULL : model;
    args->tokenizer = wva_get_str(run->spec, "tokenizer", "model");
    args->request_format = wva_get_str(backend, "request_format");
    args->validate_backend = wva_value_bool(wva_get(backend, "validate_backend"), true);
    args->chat = !wva_str_eq(args->request_format, "/v1/completions");
}

static void take_data(const struct run *run, struct gl_args *args)
{
    const struct wva_value *data = wva_get(run->spec, "data", "0");
    if (!wva_str_eq(wva_get_str(data, "kind"), "synthetic_text"))
        gl_traceback("guidellm.data.deserializers.deserializer.DataNotSupportedError: only "
                     "synthetic text is simulated");
    (void)wva_value_i64(wva_get(data, "prompt_tokens"), &args->prompt_tokens);
    args->output_tokens = 128;
    (void)wva_value_i64(wva_get(data, "output_tokens"), &args->output_tokens);
    args->seed = 42;
    (void)wva_value_i64(wva_get(run->spec, "seed", "value"), &args->seed);
    args->sample = -1;
    args->sample_given = wva_value_i64(wva_get(run->spec, "metrics", "sample_size"), &args->sample);
}

void gl_cli_run(struct wva_arena *arena, struct gl_release release, char **argv,
                struct gl_args *ret)
{
    struct gl_command_line line = {USAGE, options, release.minor, false};
    struct run run = {
        .arena = arena,
        .release = release,
        .parsed = gl_parse(arena, &line, argv),
        .spec = wva_object(arena),
        .errors = WVA_BUF(16384),
        .hints = WVA_BUF(1024),
    };
    for (const struct gl_registry *registry = gl_registries; registry->option != NULL; registry++)
        read_registry(&run, registry);
    if (run.errors.len > 0)
        gl_usage_error(USAGE, "Invalid value for %s: %s", wva_buf_str(&run.hints),
                       wva_buf_str(&run.errors));
    take_backend(&run, ret);
    take_data(&run, ret);
    take_profile(&run, ret);
    take_limits(&run, ret);
    take_outputs(&run, ret);
    ret->spec = run.spec;
    ret->console = gl_get(&run.parsed, "disable_console") == NULL;
    ret->progress = ret->console && gl_get(&run.parsed, "disable_console_interactive") == NULL;
    wva_buf_done(&run.errors);
    wva_buf_done(&run.hints);
}
