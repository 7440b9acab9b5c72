// SPDX-License-Identifier: Apache-2.0
// `guidellm run` of releases 0.7 and 0.8: `kind=` arguments, validated as pydantic validates them.

#include "guidellm.h"
#include "guidellm_schema.h"

#include "wva/codec/json.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define USAGE "guidellm run [OPTIONS]"

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
        struct wva_value *value = gl_parse_yaml(arena, equals + 1);
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
    struct wva_value *value = gl_parse_yaml(run->arena, text);
    struct wva_value *pairs = NULL;
    if (value == NULL || value->kind == WVA_STRING)
        pairs = parse_pairs(run->arena, text);
    if (pairs != NULL)
        value = pairs;
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

/* One field of the config, or its default; NULL with the error noted when it is not valid. */
static struct wva_value *validate_field(struct run *run, const struct gl_registry *registry,
                                        const struct gl_field *field,
                                        const struct wva_value *config, const char *place)
{
    struct wva_value *value = field_value(run->arena, config, field->name);
    const char *words = NULL;
    if (value != NULL)
        words = gl_field_problem(field, value);
    else if (strcmp(field->fallback, GL_REQUIRED) == 0)
        words = "Field required";
    else
        value = parse_fallback(run->arena, field->fallback);
    if (words == NULL)
        return stored_value(run->arena, field, value);
    invalid(run, registry, wva_arena_printf(run->arena, "%s.%s", place, field->name), words);
    return NULL;
}

static void refuse_unknown(struct run *run, const struct gl_registry *registry,
                           const struct gl_kind_schema *schema, const struct wva_value *config,
                           const char *place)
{
    for (size_t i = 0; i < config->count; i++)
        if (!known_field(run, schema, config->members[i].name))
            invalid(run, registry,
                    wva_arena_printf(run->arena, "%s.%s", place, config->members[i].name),
                    "Extra inputs are not permitted");
}

/* The config with all fields of its kind in order. */
static struct wva_value *validate(struct run *run, const struct gl_registry *registry,
                                  const struct wva_value *config, const char *place)
{
    const struct gl_kind_schema *schema = kind_of(run, registry, config);
    const char *inner = wva_arena_printf(run->arena, "%s.%s", place, schema->kind);
    struct wva_value *out = wva_object(run->arena);
    wva_put(run->arena, out, wva_string(run->arena, schema->kind), "kind");
    for (size_t k = 0; k < WVA_COUNT(schema->fields); k++) {
        for (const struct gl_field *field = schema->fields[k]; field->name != NULL; field++) {
            if (run->release.minor < field->since)
                continue;
            struct wva_value *value = validate_field(run, registry, field, config, inner);
            if (value != NULL)
                wva_put(run->arena, out, value, field->name);
        }
    }
    refuse_unknown(run, registry, schema, config, inner);
    return out;
}

static struct wva_value *default_config(struct wva_arena *arena, const char *kind)
{
    struct wva_value *config = wva_object(arena);
    wva_put(arena, config, wva_string(arena, kind), "kind");
    return config;
}

static bool has_default(const struct run *run, const struct gl_registry *registry)
{
    return registry->default_kind != NULL &&
           (registry->default_until == 0 || run->release.minor <= registry->default_until);
}

/* The value of GUIDELLM__SPEC__FIELD, or NULL. */
static const char *environment_config(struct run *run, const struct gl_registry *registry)
{
    char *name = wva_arena_printf(run->arena, "GUIDELLM__SPEC__%s", registry->field);
    for (char *c = name; *c != '\0'; c++)
        *c = (char)toupper((unsigned char)*c);
    return getenv(name);
}

/* All configs given for an option: on the command line, else in the environment, else the
 * defaults. Of an option that does not repeat the last one counts. */
static size_t given_configs(struct run *run, const struct gl_registry *registry,
                            struct wva_value **out, size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < run->parsed.count && count < max; i++) {
        if (strcmp(run->parsed.given[i].id, registry->field) != 0)
            continue;
        count = registry->list ? count : 0;
        out[count++] = parse_config(run, registry, run->parsed.given[i].value);
    }
    const char *text = count == 0 ? environment_config(run, registry) : NULL;
    if (text != NULL)
        out[count++] = parse_config(run, registry, text);
    if (count > 0 || !has_default(run, registry))
        return count;
    out[count++] = default_config(run->arena, registry->default_kind);
    if (registry->second_default != NULL)
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

/* An option for a config that nothing follows is told what could. */
static void refuse_a_bare_end(struct run *run, char *const *argv)
{
    const char *last = "";
    for (; *argv != NULL; argv++)
        last = *argv;
    for (const struct gl_registry *registry = gl_registries; registry->option != NULL; registry++)
        if (strcmp(registry->option, last) == 0)
            bad_config(run, registry, "option requires a value.");
}

void gl_cli_run(struct wva_arena *arena, struct gl_release release, char **argv,
                struct gl_args *ret)
{
    struct gl_command_line line = {USAGE, options, release.minor, false,
                                   gl_quotes_options(release)};
    struct run run = {
        .arena = arena,
        .release = release,
        .spec = wva_object(arena),
        .errors = WVA_BUF(16384),
        .hints = WVA_BUF(1024),
    };
    refuse_a_bare_end(&run, argv);
    run.parsed = gl_parse(arena, &line, argv);
    for (const struct gl_registry *registry = gl_registries; registry->option != NULL; registry++)
        read_registry(&run, registry);
    if (run.errors.len > 0)
        gl_usage_error(USAGE, "Invalid value for %s: %s", wva_buf_str(&run.hints),
                       wva_buf_str(&run.errors));
    gl_spec_to_args(arena, release, &run.parsed, run.spec, ret);
    ret->spec = run.spec;
    ret->console = gl_get(&run.parsed, "disable_console") == NULL;
    ret->progress = ret->console && gl_get(&run.parsed, "disable_console_interactive") == NULL;
    wva_buf_done(&run.errors);
    wva_buf_done(&run.hints);
}
