// SPDX-License-Identifier: Apache-2.0
// vLLM's command line: what it accepts, and the words it refuses with. An option that is not in the
// table is refused as argparse does it.

#include "command.h"

#include "options_priv.h"

#include "wva/util/mem.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct parse {
    struct wva_arena *arena;
    char *const *argv;
    size_t at;
    struct vllm_command *command;
    const char *words;
};

static void usage_error(struct parse *parse, const char *format, ...) WVA_PRINTF(2, 3);

static void usage_error(struct parse *parse, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *words = wva_arena_vprintf(parse->arena, format, args);
    va_end(args);
    parse->words = wva_arena_printf(
        parse->arena, "usage: vllm serve [model_tag] [options]\nvllm serve: error: %s", words);
}

static bool is_integer(const char *text)
{
    int64_t ignored;
    return wva_parse_i64(text, strlen(text), &ignored) == 0;
}

/* "8192", "8k", "8K", "-1" or "auto". */
static bool is_length(const char *text)
{
    size_t len = strlen(text);
    if (strcmp(text, "auto") == 0 || strcmp(text, "-1") == 0)
        return true;
    if (len > 1 && strchr("kKmMgG", text[len - 1]) != NULL)
        len--;
    int64_t number;
    return wva_parse_i64(text, len, &number) == 0 && number > 0;
}

static int64_t to_length(const char *text)
{
    int64_t number = 0;
    size_t len = strlen(text);
    if (wva_parse_i64(text, len, &number) == 0)
        return number > 0 ? number : 0;
    if (len < 2 || wva_parse_i64(text, len - 1, &number) < 0)
        return 0;
    return number * (text[len - 1] == 'k' ? 1000 : text[len - 1] == 'K' ? 1024 : 1000000);
}

static bool is_json(const char *text)
{
    return text[0] == '{' || text[0] == '[' || is_integer(text) || strchr(text, '=') != NULL;
}

static void check_value(struct parse *parse, const struct vllm_option *option, const char *value)
{
    double ignored;
    const char *name = option->name;
    if (option->kind == VLLM_INTEGER && !is_integer(value))
        usage_error(parse, "argument --%s: invalid int value: '%s'", name, value);
    if (option->kind == VLLM_NUMBER && wva_parse_double(value, strlen(value), &ignored) < 0)
        usage_error(parse, "argument --%s: invalid float value: '%s'", name, value);
    if (option->kind == VLLM_JSON && !is_json(value))
        usage_error(parse, "argument --%s: Value %s cannot be converted to <function loads>.", name,
                    value);
    if (strcmp(name, "max-model-len") == 0 && !is_length(value))
        usage_error(parse, "argument --%s: invalid human_readable_int_or_auto value: '%s'", name,
                    value);
}

static void take_integer(struct vllm_command *command, const char *name, const char *value)
{
    const struct {
        const char *name;
        int64_t *place;
    } places[] = {
        {"port", &command->port},
        {"max-num-seqs", &command->max_num_seqs},
        {"max-num-batched-tokens", &command->max_num_batched_tokens},
        {"tensor-parallel-size", &command->tensor_parallel},
    };
    for (size_t i = 0; i < WVA_COUNT(places); i++)
        if (strcmp(places[i].name, name) == 0)
            *places[i].place = strtoll(value, NULL, 10);
}

static void take_flag(struct vllm_command *command, const char *name, bool on)
{
    const struct {
        const char *name;
        bool *place;
    } places[] = {
        {"enable-prefix-caching", &command->prefix_caching},
        {"enable-prompt-tokens-details", &command->prompt_tokens_details},
        {"enable-force-include-usage", &command->force_include_usage},
        {"disable-uvicorn-access-log", &command->no_access_log},
        {"disable-log-stats", &command->no_log_stats},
    };
    for (size_t i = 0; i < WVA_COUNT(places); i++)
        if (strcmp(places[i].name, name) == 0)
            *places[i].place = on;
}

static void take_value(struct parse *parse, const struct vllm_option *option, const char *value)
{
    struct vllm_command *command = parse->command;
    check_value(parse, option, value);
    take_integer(command, option->name, value);
    if (strcmp(option->name, "model") == 0)
        command->model = value;
    if (strcmp(option->name, "host") == 0)
        command->host = value;
    if (strcmp(option->name, "api-key") == 0 && command->api_key_count < VLLM_API_KEYS_MAX)
        command->api_keys[command->api_key_count++] = value;
    if (strcmp(option->name, "max-model-len") == 0)
        command->max_model_len = to_length(value);
    if (strcmp(option->name, "served-model-name") == 0 && command->served_count < VLLM_SERVED_MAX)
        command->served[command->served_count++] = value;
}

static bool is_option(const char *word)
{
    return word[0] == '-' && !isdigit((unsigned char)word[1]) && word[1] != '\0';
}

/* The words after an option that takes one, or several. */
static void take_words(struct parse *parse, const struct vllm_option *option)
{
    if (parse->argv[parse->at] == NULL || is_option(parse->argv[parse->at])) {
        usage_error(parse, "argument --%s: expected %s argument", option->name,
                    option->kind == VLLM_LIST ? "at least one" : "one");
        return;
    }
    do {
        take_value(parse, option, parse->argv[parse->at++]);
    } while (option->kind == VLLM_LIST && parse->argv[parse->at] != NULL &&
             !is_option(parse->argv[parse->at]));
}

/* The option at parse->at with its values. */
static void take_option(struct parse *parse)
{
    const char *word = parse->argv[parse->at++];
    bool negated = false;
    const struct vllm_option *option =
        vllm_option_find(vllm_option_name(parse->arena, word), &negated);
    const char *equals = strncmp(word, "--", 2) == 0 ? strchr(word, '=') : NULL;
    if (option == NULL)
        usage_error(parse, "unrecognized arguments: %s", word);
    else if (option->kind == VLLM_FLAG)
        take_flag(parse->command, option->name, !negated);
    else if (equals != NULL)
        take_value(parse, option, equals + 1);
    else
        take_words(parse, option);
}

/* Skips `vllm serve`, `python3 -m vllm.entrypoints.openai.api_server` or nothing (the image's own
 * entrypoint). */
static size_t skip_program(char *const *argv)
{
    for (size_t i = 0; argv[i] != NULL; i++)
        if (strcmp(argv[i], "serve") == 0 ||
            strcmp(argv[i], "vllm.entrypoints.openai.api_server") == 0)
            return i + 1;
    return 0;
}

static const char *check_limits(struct parse *parse)
{
    struct vllm_command *command = parse->command;
    if (command->model == NULL)
        command->model = "Qwen/Qwen3-0.6B"; /* vLLM's own default */
    if (command->served_count == 0)
        command->served[command->served_count++] = command->model;
    if (command->max_num_seqs < 1)
        return "pydantic_core._pydantic_core.ValidationError: 1 validation error for "
               "SchedulerConfig\nmax_num_seqs\n  Input should be greater than or equal to 1";
    return NULL;
}

const char *vllm_command_parse(struct wva_arena *arena, char *const *argv, struct vllm_command *ret,
                               int *ret_exit)
{
    ret->port = 8000;
    ret->max_num_seqs = 256;
    ret->tensor_parallel = 1;
    ret->max_num_batched_tokens = 8192;
    ret->prefix_caching = true;
    struct parse parse = {.arena = arena, .argv = argv, .at = skip_program(argv), .command = ret};
    *ret_exit = 2;
    while (parse.words == NULL && argv[parse.at] != NULL) {
        if (is_option(argv[parse.at]))
            take_option(&parse);
        else if (ret->model == NULL)
            ret->model = argv[parse.at++];
        else
            usage_error(&parse, "unrecognized arguments: %s", argv[parse.at]);
    }
    if (parse.words != NULL)
        return parse.words;
    *ret_exit = 1;
    return check_limits(&parse);
}

/* What follows "NAME=", or NULL. */
static const char *env_value(char *const *env, const char *prefix)
{
    for (size_t i = 0; env[i] != NULL; i++)
        if (wva_str_has_prefix(env[i], prefix))
            return env[i] + strlen(prefix);
    return NULL;
}

const char *vllm_command_refuse(struct wva_arena *arena, const struct vllm_command *command,
                                char *const *env, int64_t gpus)
{
    const char *port = env_value(env, "VLLM_PORT="), *token = env_value(env, "HF_TOKEN=");
    if (port != NULL && strstr(port, "://") != NULL)
        return wva_arena_printf(
            arena,
            "ValueError: VLLM_PORT '%s' appears to be a URI. This may be caused by a Kubernetes "
            "service discovery issue,check the warning in: "
            "https://docs.vllm.ai/en/stable/serving/env_vars.html",
            port);
    if (gpus > 0 && command->tensor_parallel > gpus)
        return wva_arena_printf(arena,
                                "ValueError: World size (%lld) is larger than the number of "
                                "available GPUs (%lld) in this node. If this is intended and you "
                                "are using:\n- ray, set '--distributed-executor-backend ray'.\n"
                                "- multiprocessing, set '--nnodes' appropriately.",
                                (long long)command->tensor_parallel, (long long)gpus);
    if (strstr(command->model, "gated") != NULL && wva_str_empty(token))
        return wva_arena_printf(
            arena,
            "OSError: You are trying to access a gated repo.\nMake sure to have access to it at "
            "https://huggingface.co/%s.\n401 Client Error.\nCannot access gated repo for url "
            "https://huggingface.co/%s/resolve/main/config.json.\nAccess to model %s is "
            "restricted. You must have access to it and be authenticated to access it. Please log "
            "in.",
            command->model, command->model, command->model);
    if (strstr(command->model, "missing") != NULL)
        return wva_arena_printf(
            arena,
            "OSError: %s is not a local folder and is not a valid model identifier listed on "
            "'https://huggingface.co/models'\nIf this is a private repository, make sure to pass a "
            "token having permission to this repo either by logging in with `hf auth login` or by "
            "passing `token=<your_token>`",
            command->model);
    return NULL;
}
