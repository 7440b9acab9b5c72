// SPDX-License-Identifier: Apache-2.0
// vLLM's command line, as far as it decides whether the server starts: `vllm serve` knows some two
// hundred options; the ones below are those of vLLM 0.9 to 0.32 that people use. An option that is
// not in the table is refused in argparse's words.

#include "vllm.h"

#include "wva/util/mem.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum kind { FLAG, TEXT, INTEGER, NUMBER, LIST, JSON };

struct option {
    const char *name;
    enum kind kind;
};

/* FLAG also accepts --no-NAME. */
static const struct option options[] = {
    {"additional-config", JSON},
    {"allow-credentials", FLAG},
    {"allowed-headers", TEXT},
    {"allowed-local-media-path", TEXT},
    {"allowed-methods", TEXT},
    {"allowed-origins", TEXT},
    {"api-key", LIST},
    {"api-server-count", INTEGER},
    {"async-scheduling", FLAG},
    {"attention-backend", TEXT},
    {"block-size", INTEGER},
    {"calculate-kv-scales", FLAG},
    {"chat-template", TEXT},
    {"chat-template-content-format", TEXT},
    {"code-revision", TEXT},
    {"collect-detailed-traces", LIST},
    {"compilation-config", JSON},
    {"config", TEXT},
    {"config-format", TEXT},
    {"cpu-offload-gb", NUMBER},
    {"cuda-graph-sizes", LIST},
    {"data-parallel-address", TEXT},
    {"data-parallel-backend", TEXT},
    {"data-parallel-hybrid-lb", FLAG},
    {"data-parallel-rank", INTEGER},
    {"data-parallel-rpc-port", INTEGER},
    {"data-parallel-size", INTEGER},
    {"data-parallel-size-local", INTEGER},
    {"data-parallel-start-rank", INTEGER},
    {"decode-context-parallel-size", INTEGER},
    {"disable-access-log-for-endpoints", TEXT},
    {"disable-cascade-attn", FLAG},
    {"disable-chunked-mm-input", FLAG},
    {"disable-custom-all-reduce", FLAG},
    {"disable-fastapi-docs", FLAG},
    {"disable-frontend-multiprocessing", FLAG},
    {"disable-hybrid-kv-cache-manager", FLAG},
    {"disable-log-requests", FLAG},
    {"disable-log-stats", FLAG},
    {"disable-sliding-window", FLAG},
    {"disable-uvicorn-access-log", FLAG},
    {"distributed-executor-backend", TEXT},
    {"download-dir", TEXT},
    {"dtype", TEXT},
    {"enable-auto-tool-choice", FLAG},
    {"enable-chunked-prefill", FLAG},
    {"enable-eplb", FLAG},
    {"enable-expert-parallel", FLAG},
    {"enable-force-include-usage", FLAG},
    {"enable-log-requests", FLAG},
    {"enable-lora", FLAG},
    {"enable-prefix-caching", FLAG},
    {"enable-prompt-embeds", FLAG},
    {"enable-prompt-tokens-details", FLAG},
    {"enable-request-id-headers", FLAG},
    {"enable-server-load-tracking", FLAG},
    {"enable-sleep-mode", FLAG},
    {"enable-tokenizer-info-endpoint", FLAG},
    {"enforce-eager", FLAG},
    {"exclude-tools-when-tool-choice-none", FLAG},
    {"fully-sharded-loras", FLAG},
    {"generation-config", TEXT},
    {"gpu-memory-utilization", NUMBER},
    {"headless", FLAG},
    {"hf-config-path", TEXT},
    {"hf-overrides", JSON},
    {"hf-token", TEXT},
    {"host", TEXT},
    {"ignore-patterns", LIST},
    {"kv-cache-dtype", TEXT},
    {"kv-cache-memory-bytes", TEXT},
    {"kv-events-config", JSON},
    {"kv-transfer-config", JSON},
    {"limit-mm-per-prompt", JSON},
    {"load-format", TEXT},
    {"logits-processors", LIST},
    {"logprobs-mode", TEXT},
    {"long-prefill-token-threshold", INTEGER},
    {"lora-dtype", TEXT},
    {"lora-modules", LIST},
    {"max-cpu-loras", INTEGER},
    {"max-log-len", INTEGER},
    {"max-logprobs", INTEGER},
    {"max-lora-rank", INTEGER},
    {"max-loras", INTEGER},
    {"max-model-len", TEXT},
    {"max-num-batched-tokens", INTEGER},
    {"max-num-partial-prefills", INTEGER},
    {"max-num-seqs", INTEGER},
    {"max-parallel-loading-workers", INTEGER},
    {"max-seq-len-to-capture", INTEGER},
    {"middleware", TEXT},
    {"mm-processor-cache-gb", NUMBER},
    {"mm-processor-kwargs", JSON},
    {"model", TEXT},
    {"model-impl", TEXT},
    {"model-loader-extra-config", JSON},
    {"num-gpu-blocks-override", INTEGER},
    {"num-lookahead-slots", INTEGER},
    {"otlp-traces-endpoint", TEXT},
    {"override-generation-config", JSON},
    {"override-neuron-config", JSON},
    {"override-pooler-config", JSON},
    {"pipeline-parallel-size", INTEGER},
    {"port", INTEGER},
    {"prefill-context-parallel-size", INTEGER},
    {"prefix-caching-hash-algo", TEXT},
    {"pt-load-map-location", TEXT},
    {"quantization", TEXT},
    {"ray-workers-use-nsight", FLAG},
    {"reasoning-parser", TEXT},
    {"response-role", TEXT},
    {"return-tokens-as-token-ids", FLAG},
    {"revision", TEXT},
    {"root-path", TEXT},
    {"rope-scaling", JSON},
    {"rope-theta", NUMBER},
    {"runner", TEXT},
    {"safetensors-load-strategy", TEXT},
    {"scheduler-cls", TEXT},
    {"scheduler-reserve-full-isl", FLAG},
    {"scheduling-policy", TEXT},
    {"seed", INTEGER},
    {"served-model-name", LIST},
    {"show-hidden-metrics-for-version", TEXT},
    {"skip-mm-profiling", FLAG},
    {"skip-tokenizer-init", FLAG},
    {"speculative-config", JSON},
    {"ssl-ca-certs", TEXT},
    {"ssl-cert-reqs", INTEGER},
    {"ssl-certfile", TEXT},
    {"ssl-keyfile", TEXT},
    {"stream-interval", INTEGER},
    {"structured-outputs-config", JSON},
    {"swap-space", NUMBER},
    {"task", TEXT},
    {"tensor-parallel-size", INTEGER},
    {"tokenizer", TEXT},
    {"tokenizer-mode", TEXT},
    {"tokenizer-revision", TEXT},
    {"tool-call-parser", TEXT},
    {"tool-parser-plugin", TEXT},
    {"trust-remote-code", FLAG},
    {"trust-request-chat-template", FLAG},
    {"uds", TEXT},
    {"use-tqdm-on-load", FLAG},
    {"uvicorn-log-level", TEXT},
    {"worker-cls", TEXT},
    {"worker-extension-cls", TEXT},
};

/* Short forms that `vllm serve` has. */
static const char *const short_forms[][2] = {
    {"-tp", "tensor-parallel-size"}, {"-pp", "pipeline-parallel-size"},
    {"-dp", "data-parallel-size"},   {"-O", "compilation-config"},
    {"-q", "quantization"},          {"-ep", "enable-expert-parallel"},
};

static bool names_vllm(const char *word)
{
    return word != NULL && (strcmp(word, "vllm") == 0 || strcmp(word, "--model") == 0 ||
                            wva_str_has_prefix(word, "--model=") ||
                            strcmp(word, "vllm.entrypoints.openai.api_server") == 0);
}

static bool list_names_vllm(const struct wva_value *list)
{
    for (size_t i = 0; list != NULL && i < list->count; i++)
        if (names_vllm(wva_value_str(list->items[i])))
            return true;
    return false;
}

bool sim_vllm_recognize(const struct wva_value *container)
{
    const char *image = wva_get_str(container, "image");
    if (image == NULL || strstr(image, "guidellm") != NULL)
        return false;
    return strstr(image, "vllm") != NULL || list_names_vllm(wva_get(container, "command")) ||
           list_names_vllm(wva_get(container, "args"));
}

struct parse {
    struct wva_arena *arena;
    char *const *argv;
    size_t at;
    struct sim_vllm *vllm;
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

/* The name behind "--max_num_seqs=4" or "-tp", "" when it is none we know the form of. */
static char *option_name(struct wva_arena *arena, const char *word)
{
    for (size_t i = 0; i < WVA_COUNT(short_forms); i++)
        if (strcmp(word, short_forms[i][0]) == 0)
            return wva_arena_strdup(arena, short_forms[i][1]);
    if (strncmp(word, "--", 2) != 0)
        return wva_arena_strdup(arena, "");
    char *name = wva_arena_strndup(arena, word + 2, strcspn(word + 2, "="));
    for (char *c = name; *c != '\0'; c++)
        if (*c == '_')
            *c = '-';
    return name;
}

static const struct option *find_option(const char *name, bool *ret_negated)
{
    for (size_t i = 0; i < WVA_COUNT(options); i++) {
        *ret_negated = options[i].kind == FLAG && strncmp(name, "no-", 3) == 0 &&
                       strcmp(name + 3, options[i].name) == 0;
        if (*ret_negated || strcmp(name, options[i].name) == 0)
            return &options[i];
    }
    /* --compilation-config.level=3 and the like */
    for (size_t i = 0; i < WVA_COUNT(options); i++)
        if (options[i].kind == JSON && wva_str_has_prefix(name, options[i].name) &&
            name[strlen(options[i].name)] == '.')
            return &options[i];
    return NULL;
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

static void check_value(struct parse *parse, const struct option *option, const char *value)
{
    double ignored;
    const char *name = option->name;
    if (option->kind == INTEGER && !is_integer(value))
        usage_error(parse, "argument --%s: invalid int value: '%s'", name, value);
    if (option->kind == NUMBER && wva_parse_double(value, strlen(value), &ignored) < 0)
        usage_error(parse, "argument --%s: invalid float value: '%s'", name, value);
    if (option->kind == JSON && !is_json(value))
        usage_error(parse, "argument --%s: Value %s cannot be converted to <function loads>.", name,
                    value);
    if (strcmp(name, "max-model-len") == 0 && !is_length(value))
        usage_error(parse, "argument --%s: invalid human_readable_int_or_auto value: '%s'", name,
                    value);
}

static void take_integer(struct sim_vllm *vllm, const char *name, const char *value)
{
    const struct {
        const char *name;
        int64_t *place;
    } places[] = {
        {"port", &vllm->port},
        {"max-num-seqs", &vllm->max_num_seqs},
        {"tensor-parallel-size", &vllm->tensor_parallel},
    };
    for (size_t i = 0; i < WVA_COUNT(places); i++)
        if (strcmp(places[i].name, name) == 0)
            *places[i].place = strtoll(value, NULL, 10);
}

static void take_value(struct parse *parse, const struct option *option, const char *value)
{
    struct sim_vllm *vllm = parse->vllm;
    check_value(parse, option, value);
    take_integer(vllm, option->name, value);
    if (strcmp(option->name, "model") == 0)
        vllm->model = value;
    if (strcmp(option->name, "max-model-len") == 0)
        vllm->max_model_len = to_length(value);
    if (strcmp(option->name, "served-model-name") == 0 && vllm->served_count < SIM_SERVED_MAX)
        vllm->served[vllm->served_count++] = value;
}

static bool is_option(const char *word)
{
    return word[0] == '-' && !isdigit((unsigned char)word[1]) && word[1] != '\0';
}

/* The words after an option that takes one, or several. */
static void take_words(struct parse *parse, const struct option *option)
{
    if (parse->argv[parse->at] == NULL || is_option(parse->argv[parse->at])) {
        usage_error(parse, "argument --%s: expected %s argument", option->name,
                    option->kind == LIST ? "at least one" : "one");
        return;
    }
    do {
        take_value(parse, option, parse->argv[parse->at++]);
    } while (option->kind == LIST && parse->argv[parse->at] != NULL &&
             !is_option(parse->argv[parse->at]));
}

/* The option at parse->at with its values. */
static void take_option(struct parse *parse)
{
    const char *word = parse->argv[parse->at++];
    bool negated = false;
    const struct option *option = find_option(option_name(parse->arena, word), &negated);
    const char *equals = strncmp(word, "--", 2) == 0 ? strchr(word, '=') : NULL;
    if (option == NULL)
        usage_error(parse, "unrecognized arguments: %s", word);
    else if (option->kind == FLAG && strcmp(option->name, "enable-prefix-caching") == 0)
        parse->vllm->prefix_caching = !negated;
    else if (option->kind == FLAG)
        return;
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
    struct sim_vllm *vllm = parse->vllm;
    if (vllm->model == NULL)
        vllm->model = "Qwen/Qwen3-0.6B"; /* vLLM's own default */
    if (vllm->served_count == 0)
        vllm->served[vllm->served_count++] = vllm->model;
    if (vllm->max_num_seqs < 1)
        return "pydantic_core._pydantic_core.ValidationError: 1 validation error for "
               "SchedulerConfig\nmax_num_seqs\n  Input should be greater than or equal to 1";
    return NULL;
}

const char *sim_vllm_parse(struct wva_arena *arena, char *const *argv, struct sim_vllm *ret,
                           int *ret_exit)
{
    ret->port = 8000;
    ret->max_num_seqs = 256;
    ret->tensor_parallel = 1;
    ret->prefix_caching = true;
    struct parse parse = {.arena = arena, .argv = argv, .at = skip_program(argv), .vllm = ret};
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

const char *sim_vllm_refuse(struct wva_arena *arena, const struct sim_vllm *vllm, char *const *env,
                            int64_t gpus)
{
    const char *port = env_value(env, "VLLM_PORT="), *token = env_value(env, "HF_TOKEN=");
    if (port != NULL && strstr(port, "://") != NULL)
        return wva_arena_printf(
            arena,
            "ValueError: VLLM_PORT '%s' appears to be a URI. This may be caused by a Kubernetes "
            "service discovery issue,check the warning in: "
            "https://docs.vllm.ai/en/stable/serving/env_vars.html",
            port);
    if (gpus > 0 && vllm->tensor_parallel > gpus)
        return wva_arena_printf(arena,
                                "ValueError: World size (%lld) is larger than the number of "
                                "available GPUs (%lld) in this node. If this is intended and you "
                                "are using:\n- ray, set '--distributed-executor-backend ray'.\n"
                                "- multiprocessing, set '--nnodes' appropriately.",
                                (long long)vllm->tensor_parallel, (long long)gpus);
    if (strstr(vllm->model, "gated") != NULL && wva_str_empty(token))
        return wva_arena_printf(
            arena,
            "OSError: You are trying to access a gated repo.\nMake sure to have access to it at "
            "https://huggingface.co/%s.\n401 Client Error.\nCannot access gated repo for url "
            "https://huggingface.co/%s/resolve/main/config.json.\nAccess to model %s is "
            "restricted. You must have access to it and be authenticated to access it. Please log "
            "in.",
            vllm->model, vllm->model, vllm->model);
    if (strstr(vllm->model, "missing") != NULL)
        return wva_arena_printf(
            arena,
            "OSError: %s is not a local folder and is not a valid model identifier listed on "
            "'https://huggingface.co/models'\nIf this is a private repository, make sure to pass a "
            "token having permission to this repo either by logging in with `hf auth login` or by "
            "passing `token=<your_token>`",
            vllm->model);
    return NULL;
}
