// SPDX-License-Identifier: Apache-2.0
// `guidellm benchmark [run]` of releases 0.3 to 0.6.

#include "guidellm.h"

#include "wva/codec/json.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define KINDS      "synchronous|concurrent|throughput|constant|poisson|async|sweep"
#define OPEN_LIMIT 512 /* GUIDELLM__MAX_CONCURRENCY's default */

static const struct gl_option options[] = {
    {"scenario", "--scenario", GL_TEXT, NULL, 3, 3},
    {"scenario", "--scenario|-c", GL_TEXT, NULL, 4, 0},
    {"target", "--target", GL_TEXT, NULL, 3, 0},
    {"data", "--data", GL_TEXT, NULL, 3, 0},
    {"rate_type", "--rate-type", GL_CHOICE, KINDS, 3, 3},
    {"profile", "--profile|--rate-type", GL_CHOICE, KINDS, 4, 0},
    {"rate", "--rate", GL_TEXT, NULL, 3, 0},
    {"backend_type", "--backend-type", GL_CHOICE, "openai_http", 3, 3},
    {"backend", "--backend|--backend-type", GL_CHOICE, "openai_http", 4, 5},
    {"backend", "--backend|--backend-type", GL_CHOICE, "openai_http|vllm_python", 6, 0},
    {"backend_args", "--backend-args", GL_TEXT, NULL, 3, 3},
    {"backend_kwargs", "--backend-kwargs|--backend-args", GL_TEXT, NULL, 4, 0},
    {"model", "--model", GL_TEXT, NULL, 3, 0},
    {"request_type", "--request-type", GL_CHOICE,
     "text_completions|chat_completions|audio_transcriptions|audio_translations", 4, 5},
    {"request_format", "--request-format|--request-type", GL_TEXT, NULL, 6, 0},
    {"request_formatter_kwargs", "--request-formatter-kwargs", GL_TEXT, NULL, 4, 5},
    {"processor", "--processor", GL_TEXT, NULL, 3, 0},
    {"processor_args", "--processor-args", GL_TEXT, NULL, 3, 0},
    {"data_args", "--data-args", GL_TEXT, NULL, 3, 0},
    {"data_samples", "--data-samples", GL_INT, NULL, 4, 0},
    {"data_column_mapper", "--data-column-mapper", GL_TEXT, NULL, 4, 0},
    {"data_preprocessors", "--data-preprocessors", GL_TEXT, NULL, 6, 0},
    {"data_preprocessors_kwargs", "--data-preprocessors-kwargs", GL_TEXT, NULL, 6, 0},
    {"data_finalizer", "--data-finalizer", GL_TEXT, NULL, 6, 0},
    {"data_sampler", "--data-sampler", GL_CHOICE, "random", 3, 3},
    {"data_sampler", "--data-sampler", GL_CHOICE, "shuffle", 4, 0},
    {"data_num_workers", "--data-num-workers", GL_INT, NULL, 4, 0},
    {"dataloader_kwargs", "--dataloader-kwargs", GL_TEXT, NULL, 4, 0},
    {"random_seed", "--random-seed", GL_INT, NULL, 3, 0},
    {"output_dir", "--output-dir", GL_TEXT, NULL, 4, 0},
    {"outputs", "--outputs", GL_TEXT, NULL, 4, 0},
    {"output_path", "--output-path", GL_TEXT, NULL, 3, 0},
    {"output_extras", "--output-extras", GL_TEXT, NULL, 3, 3},
    {"disable_console_outputs", "--disable-console-outputs", GL_FLAG, NULL, 3, 3},
    {"disable_console", "--disable-console|--disable-console-outputs", GL_FLAG, NULL, 4, 0},
    {"disable_progress", "--disable-progress", GL_FLAG, NULL, 3, 3},
    {"disable_console_interactive", "--disable-console-interactive|--disable-progress", GL_FLAG,
     NULL, 4, 0},
    {"display_scheduler_stats", "--display-scheduler-stats", GL_FLAG, NULL, 3, 3},
    {"warmup_percent", "--warmup-percent", GL_FLOAT, NULL, 3, 3},
    {"cooldown_percent", "--cooldown-percent", GL_FLOAT, NULL, 3, 3},
    {"warmup", "--warmup|--warmup-percent", GL_TEXT, NULL, 4, 0},
    {"cooldown", "--cooldown|--cooldown-percent", GL_TEXT, NULL, 4, 0},
    {"rampup", "--rampup", GL_FLOAT, NULL, 4, 0},
    {"output_sampling", "--output-sampling", GL_INT, NULL, 3, 3},
    {"sample_requests", "--sample-requests|--output-sampling", GL_INT, NULL, 4, 0},
    {"max_seconds", "--max-seconds", GL_FLOAT, NULL, 3, 0},
    {"max_requests", "--max-requests", GL_INT, NULL, 3, 0},
    {"max_errors", "--max-errors", GL_INT, NULL, 4, 0},
    {"max_error_rate", "--max-error-rate", GL_FLOAT, NULL, 4, 0},
    {"max_global_error_rate", "--max-global-error-rate", GL_FLOAT, NULL, 4, 0},
    {"over_saturation", "--over-saturation", GL_TEXT, NULL, 5, 0},
    {"over_saturation", "--detect-saturation|--default-over-saturation", GL_FLAG, NULL, 5, 0},
    {0},
};

struct legacy {
    struct wva_arena *arena;
    struct gl_release release;
    struct gl_command_line line;
    struct gl_parsed parsed;
    struct gl_args *args;
};

static const char *get(const struct legacy *legacy, const char *id)
{
    return gl_get(&legacy->parsed, id);
}

static double number(const char *text, double fallback)
{
    double value;
    return text != NULL && wva_parse_double(text, strlen(text), &value) == 0 ? value : fallback;
}

static struct wva_value *parse_json(struct wva_arena *arena, const char *text)
{
    struct wva_value *value = NULL;
    struct wva_error err = {0};
    struct wva_json_options json = {.name = "option"};
    if (text == NULL || wva_json_parse(arena, text, strlen(text), &json, &value, &err) < 0)
        return NULL;
    return value;
}

/* The first complaint counts. */
static void complain(const struct legacy *legacy, const char *text)
{
    if (legacy->args->complaint == NULL)
        legacy->args->complaint = text;
}

static void bad_data(const struct legacy *legacy, const char *data)
{
    if (legacy->release.minor == 3)
        complain(legacy, wva_arena_printf(legacy->arena,
                                          "ValueError: Unsupported data type: <class 'str'> given "
                                          "for %s. ",
                                          data));
    else
        complain(legacy, wva_arena_printf(legacy->arena,
                                          "guidellm.data.deserializers.deserializer."
                                          "DataNotSupportedError: No suitable deserializer found "
                                          "for data %s",
                                          data));
}

static bool known_key(const char *name)
{
    static const char *const known[] = {"prompt_tokens",
                                        "prompt_tokens_stdev",
                                        "prompt_tokens_min",
                                        "prompt_tokens_max",
                                        "output_tokens",
                                        "output_tokens_stdev",
                                        "output_tokens_min",
                                        "output_tokens_max",
                                        "samples",
                                        "source",
                                        "prefix_tokens",
                                        "prefix_buckets",
                                        "turns"};
    for (size_t i = 0; i < WVA_COUNT(known); i++)
        if (strcmp(known[i], name) == 0)
            return true;
    return false;
}

/* "prompt_tokens=128,output_tokens=128" as an object. */
static struct wva_value *data_pairs(const struct legacy *legacy, const char *data)
{
    size_t count = 0;
    char **pairs = wva_str_split(legacy->arena, data, ',', &count);
    struct wva_value *object = wva_object(legacy->arena);
    for (size_t i = 0; i < count; i++) {
        char *equals = strchr(pairs[i], '=');
        if (equals == NULL) {
            bad_data(legacy, data);
            break;
        }
        *equals = '\0';
        wva_object_set(legacy->arena, object, wva_str_trim(legacy->arena, pairs[i]),
                       wva_number_text(legacy->arena, equals + 1, strlen(equals + 1)));
    }
    return object;
}

static void read_data(struct legacy *legacy)
{
    struct gl_args *args = legacy->args;
    args->data = get(legacy, "data");
    if (args->data == NULL && legacy->release.minor == 3)
        gl_usage_error(legacy->line.usage, "Invalid value for --data: Field required");
    if (args->data == NULL) {
        complain(legacy, "ValueError: Data must be a non-empty list, got [].");
        return;
    }
    struct wva_value *data = parse_json(legacy->arena, args->data);
    if (data == NULL)
        data = data_pairs(legacy, args->data);
    for (size_t i = 0; i < data->count; i++)
        if (!known_key(data->members[i].name))
            bad_data(legacy, args->data);
    if (!wva_value_i64(wva_get(data, "prompt_tokens"), &args->prompt_tokens) ||
        !wva_value_i64(wva_get(data, "output_tokens"), &args->output_tokens))
        bad_data(legacy, args->data);
}

static void read_rates(struct legacy *legacy)
{
    for (size_t i = 0; i < legacy->parsed.count; i++) {
        if (strcmp(legacy->parsed.given[i].id, "rate") != 0)
            continue;
        size_t count = 0;
        char **parts = wva_str_split(legacy->arena, legacy->parsed.given[i].value, ',', &count);
        for (size_t k = 0; k < count && legacy->args->rate_count < GL_RATES_MAX; k++) {
            double rate = number(wva_str_trim(legacy->arena, parts[k]), GL_NONE);
            if (isnan(rate))
                gl_usage_error(
                    legacy->line.usage,
                    "Invalid value for '--rate': could not convert string to float: '%s'",
                    parts[k]);
            legacy->args->rates[legacy->args->rate_count++] = rate;
        }
    }
}

static int64_t environment_limit(void)
{
    const char *text = getenv("GUIDELLM__MAX_CONCURRENCY");
    int64_t limit = OPEN_LIMIT;
    if (text != NULL && wva_parse_i64(text, strlen(text), &limit) < 0)
        gl_traceback("pydantic_core._pydantic_core.ValidationError: 1 validation error for "
                     "Settings\nmax_concurrency\n  Input should be a valid integer");
    return limit;
}

#define NO_STREAMS                                                                                 \
    "1 validation error for ConcurrentProfile\nstreams\n  Input should be a valid list "           \
    "[type=list_type, input_value=None, input_type=NoneType]\n    For further information visit "  \
    "https://errors.pydantic.dev/2.14/v/list_type"

/* What each release has against a rate, or the lack of one. */
static const struct {
    enum gl_kind kind;
    bool given;
    int since, until; /* minor releases; 0: no end */
    const char *words;
} rate_rules[] = {
    {GL_SYNCHRONOUS, true, 3, 3,
     "Rate does not apply to synchronous profile, it must be set to None."},
    {GL_SYNCHRONOUS, true, 4, 0, "SynchronousProfile does not accept a rate parameter"},
    {GL_THROUGHPUT, true, 3, 3,
     "Rate does not apply to throughput profile, it must be set to None."},
    {GL_THROUGHPUT, false, 5, 0, "ThroughputProfile requires a rate parameter"},
    {GL_CONCURRENT, false, 3, 3, "Rate (streams) must be provided for concurrent profile."},
    {GL_CONCURRENT, false, 4, 0, NO_STREAMS},
    {GL_CONSTANT, false, 3, 0, "AsyncProfile requires a rate parameter"},
    {GL_POISSON, false, 3, 0, "AsyncProfile requires a rate parameter"},
};

static void check_rates(const struct legacy *legacy)
{
    int minor = legacy->release.minor;
    for (size_t i = 0; i < WVA_COUNT(rate_rules); i++)
        if (rate_rules[i].kind == legacy->args->kind && minor >= rate_rules[i].since &&
            (rate_rules[i].until == 0 || minor <= rate_rules[i].until) &&
            rate_rules[i].given == (legacy->args->rate_count > 0))
            complain(legacy,
                     wva_arena_printf(legacy->arena, "ValueError: %s", rate_rules[i].words));
}

static void read_profile(struct legacy *legacy)
{
    static const struct {
        const char *name;
        enum gl_kind kind;
    } kinds[] = {
        {"synchronous", GL_SYNCHRONOUS},
        {"concurrent", GL_CONCURRENT},
        {"throughput", GL_THROUGHPUT},
        {"constant", GL_CONSTANT},
        {"poisson", GL_POISSON},
        {"async", GL_CONSTANT},
        {"sweep", GL_SWEEP},
    };
    struct gl_args *args = legacy->args;
    const char *name = get(legacy, legacy->release.minor == 3 ? "rate_type" : "profile");
    if (name == NULL && legacy->release.minor == 3)
        gl_usage_error(
            legacy->line.usage, "Missing option '--rate-type'. Choose from:\n\t%s",
            "synchronous,\n\tconcurrent,\n\tthroughput,\n\tconstant,\n\tpoisson,\n\tasync,"
            "\n\tsweep");
    args->kind_name = name != NULL ? name : "sweep";
    for (size_t i = 0; i < WVA_COUNT(kinds); i++)
        if (strcmp(kinds[i].name, args->kind_name) == 0)
            args->kind = kinds[i].kind;
    read_rates(legacy);
    check_rates(legacy);
    args->max_concurrency = environment_limit();
    args->max_concurrency_known = legacy->release.minor >= 4;
    if (args->kind == GL_THROUGHPUT && args->rate_count > 0)
        args->max_concurrency = (int64_t)args->rates[0];
}

/* Below 1 a share, else seconds; or {"percent":…,"value":…,"mode":…}. */
static struct gl_phase read_phase(const struct legacy *legacy, const char *id, const char *old_id)
{
    struct gl_phase phase = {GL_NONE, GL_NONE};
    if (legacy->release.minor == 3) {
        phase.percent = number(get(legacy, old_id), GL_NONE);
        if (phase.percent <= 0 || phase.percent > 1)
            gl_usage_error(legacy->line.usage, "Invalid value for --%s-percent: Input should be %s",
                           id, phase.percent > 1 ? "less than or equal to 1" : "greater than 0");
        return phase;
    }
    const char *text = get(legacy, id);
    struct wva_value *json = parse_json(legacy->arena, text);
    double value = number(text, GL_NONE);
    if (text != NULL && json == NULL)
        gl_usage_error(legacy->line.usage,
                       "Invalid value for '--%s' / '--%s-percent': %s must be a "
                       "valid JSON string.",
                       id, id, id);
    if (json != NULL && json->kind == WVA_OBJECT) {
        (void)wva_value_double(wva_get(json, "percent"), &phase.percent);
        (void)wva_value_double(wva_get(json, "value"), &phase.value);
    } else if (!isnan(value)) {
        *(value < 1 ? &phase.percent : &phase.value) = value;
    }
    return phase;
}

static void add_output(struct gl_args *args, const char *kind, const char *path)
{
    if (args->output_count < GL_OUTPUTS_MAX)
        args->outputs[args->output_count++] = (struct gl_output){kind, path};
}

/* "x.json" is a file of that kind, "json" the default file. */
static void add_named(struct legacy *legacy, const char *dir, const char *name)
{
    static const char *const kinds[] = {"json", "csv", "html", "yaml", "console"};
    const char *dot = strrchr(name, '.');
    const char *kind = dot != NULL ? dot + 1 : name;
    for (size_t i = 0; i < WVA_COUNT(kinds); i++) {
        if (strcmp(kinds[i], kind) != 0)
            continue;
        char *file = dot != NULL ? wva_arena_strdup(legacy->arena, name)
                                 : wva_arena_printf(legacy->arena, "benchmarks.%s", kind);
        add_output(legacy->args, kinds[i], wva_arena_printf(legacy->arena, "%s/%s", dir, file));
        return;
    }
    gl_traceback("ValueError: Unsupported file type: %s", name);
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static const char *default_outputs(int minor)
{
    if (minor == 3)
        return "json";
    return minor < 6 ? "json,csv,html" : "json,csv";
}

static void read_output_path(struct legacy *legacy, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *dir =
        slash == NULL ? "." : wva_arena_strndup(legacy->arena, path, (size_t)(slash - path));
    legacy->args->output_dir = dir;
    add_named(legacy, dir, slash != NULL ? slash + 1 : path);
}

/* Files of the default names in a folder. */
static void read_output_names(struct legacy *legacy, const char *dir)
{
    size_t count = 0;
    const char *names = get(legacy, "outputs");
    if (names == NULL)
        names = default_outputs(legacy->release.minor);
    legacy->args->output_dir = dir;
    char **parts = wva_str_split(legacy->arena, names, ',', &count);
    for (size_t i = 0; i < count; i++)
        add_named(legacy, dir, wva_str_trim(legacy->arena, parts[i]));
}

static void read_outputs(struct legacy *legacy)
{
    int minor = legacy->release.minor;
    const char *path = get(legacy, "output_path");
    const char *dir = get(legacy, "output_dir");
    if (minor == 3 && path == NULL)
        path = "benchmarks.json";
    if (path == NULL) {
        read_output_names(legacy, dir != NULL ? dir : ".");
        return;
    }
    if (dir != NULL && minor >= 6)
        gl_usage_error(legacy->line.usage,
                       "Invalid value: Cannot use --output-path with --output-dir.");
    if (is_folder(path))
        read_output_names(legacy, path);
    else
        read_output_path(legacy, path);
}

/* Which endpoint: 0.3 by environment, later by option. */
static void read_endpoint(struct legacy *legacy)
{
    static const char *const text_names[] = {"text_completions", "/v1/completions"};
    static const char *const chat_names[] = {"chat_completions", "/v1/chat/completions"};
    struct gl_args *args = legacy->args;
    if (legacy->release.minor == 3) {
        args->chat = wva_str_eq(getenv("GUIDELLM__PREFERRED_ROUTE"), "chat_completions");
        return;
    }
    args->request_format =
        get(legacy, legacy->release.minor >= 6 ? "request_format" : "request_type");
    args->chat = true;
    if (args->request_format == NULL)
        return;
    for (size_t i = 0; i < WVA_COUNT(text_names); i++) {
        if (strcmp(text_names[i], args->request_format) == 0)
            args->chat = false;
        if (strcmp(text_names[i], args->request_format) == 0 ||
            strcmp(chat_names[i], args->request_format) == 0)
            return;
    }
    gl_usage_error(legacy->line.usage,
                   "Invalid value for --backend-kwargs: Value error, Invalid request_format '%s'. "
                   "Must be one of: /pooling, /v1/audio/transcriptions, /v1/audio/translations, "
                   "/v1/chat/completions, /v1/completions, /v1/responses, audio_transcriptions, "
                   "audio_translations, chat_completions, text_completions",
                   args->request_format);
}

static void read_target(struct legacy *legacy)
{
    struct gl_args *args = legacy->args;
    args->target = get(legacy, "target");
    args->model = get(legacy, "model");
    args->tokenizer = get(legacy, "processor");
    if (args->target == NULL)
        gl_usage_error(legacy->line.usage, "Invalid value for --target: Field required");
    struct wva_value *backend = parse_json(
        legacy->arena, get(legacy, legacy->release.minor == 3 ? "backend_args" : "backend_kwargs"));
    args->validate_backend = wva_value_bool(wva_get(backend, "validate_backend"), true);
}

static void read_limits(struct legacy *legacy)
{
    struct gl_args *args = legacy->args;
    const char *requests = get(legacy, "max_requests");
    const char *seed = get(legacy, "random_seed");
    const char *sample =
        get(legacy, legacy->release.minor == 3 ? "output_sampling" : "sample_requests");
    args->max_seconds = number(get(legacy, "max_seconds"), GL_NONE);
    args->max_requests = requests != NULL ? strtoll(requests, NULL, 10) : 0;
    args->seed = seed != NULL ? strtoll(seed, NULL, 10) : 42;
    args->sample_given = sample != NULL;
    args->sample = sample != NULL ? strtoll(sample, NULL, 10) : -1;
    args->rampup = number(get(legacy, "rampup"), 0);
}

void gl_cli_legacy(struct wva_arena *arena, struct gl_release release, char **argv,
                   struct gl_args *ret)
{
    struct legacy legacy = {
        .arena = arena,
        .release = release,
        .line = {"guidellm benchmark run [OPTIONS]", options, release.minor, true, false},
        .args = ret,
    };
    legacy.parsed = gl_parse(arena, &legacy.line, argv);
    read_outputs(&legacy);
    read_target(&legacy);
    read_data(&legacy);
    read_endpoint(&legacy);
    ret->warmup = ret->cooldown = (struct gl_phase){GL_NONE, GL_NONE};
    if (release.minor > 3 || get(&legacy, "warmup_percent") != NULL)
        ret->warmup = read_phase(&legacy, "warmup", "warmup_percent");
    if (release.minor > 3 || get(&legacy, "cooldown_percent") != NULL)
        ret->cooldown = read_phase(&legacy, "cooldown", "cooldown_percent");
    read_limits(&legacy);
    read_profile(&legacy);
    const char *quiet = release.minor == 3 ? "disable_console_outputs" : "disable_console";
    const char *still = release.minor == 3 ? "disable_progress" : "disable_console_interactive";
    ret->console = get(&legacy, quiet) == NULL;
    ret->progress = get(&legacy, still) == NULL && (release.minor == 3 || ret->console);
}
