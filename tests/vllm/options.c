// SPDX-License-Identifier: Apache-2.0
// vLLM's options, as far as they decide whether the server starts: `vllm serve` knows some two
// hundred; the ones below are those of vLLM 0.9 to 0.32 that people use.

#include "options_priv.h"

#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <string.h>

/* FLAG also accepts --no-NAME. */
static const struct vllm_option options[] = {
    {"additional-config", VLLM_JSON},
    {"allow-credentials", VLLM_FLAG},
    {"allowed-headers", VLLM_TEXT},
    {"allowed-local-media-path", VLLM_TEXT},
    {"allowed-methods", VLLM_TEXT},
    {"allowed-origins", VLLM_TEXT},
    {"api-key", VLLM_LIST},
    {"api-server-count", VLLM_INTEGER},
    {"async-scheduling", VLLM_FLAG},
    {"attention-backend", VLLM_TEXT},
    {"block-size", VLLM_INTEGER},
    {"calculate-kv-scales", VLLM_FLAG},
    {"chat-template", VLLM_TEXT},
    {"chat-template-content-format", VLLM_TEXT},
    {"code-revision", VLLM_TEXT},
    {"collect-detailed-traces", VLLM_LIST},
    {"compilation-config", VLLM_JSON},
    {"config", VLLM_TEXT},
    {"config-format", VLLM_TEXT},
    {"cpu-offload-gb", VLLM_NUMBER},
    {"cuda-graph-sizes", VLLM_LIST},
    {"data-parallel-address", VLLM_TEXT},
    {"data-parallel-backend", VLLM_TEXT},
    {"data-parallel-hybrid-lb", VLLM_FLAG},
    {"data-parallel-rank", VLLM_INTEGER},
    {"data-parallel-rpc-port", VLLM_INTEGER},
    {"data-parallel-size", VLLM_INTEGER},
    {"data-parallel-size-local", VLLM_INTEGER},
    {"data-parallel-start-rank", VLLM_INTEGER},
    {"decode-context-parallel-size", VLLM_INTEGER},
    {"disable-access-log-for-endpoints", VLLM_TEXT},
    {"disable-cascade-attn", VLLM_FLAG},
    {"disable-chunked-mm-input", VLLM_FLAG},
    {"disable-custom-all-reduce", VLLM_FLAG},
    {"disable-fastapi-docs", VLLM_FLAG},
    {"disable-frontend-multiprocessing", VLLM_FLAG},
    {"disable-hybrid-kv-cache-manager", VLLM_FLAG},
    {"disable-log-requests", VLLM_FLAG},
    {"disable-log-stats", VLLM_FLAG},
    {"disable-sliding-window", VLLM_FLAG},
    {"disable-uvicorn-access-log", VLLM_FLAG},
    {"distributed-executor-backend", VLLM_TEXT},
    {"download-dir", VLLM_TEXT},
    {"dtype", VLLM_TEXT},
    {"enable-auto-tool-choice", VLLM_FLAG},
    {"enable-chunked-prefill", VLLM_FLAG},
    {"enable-eplb", VLLM_FLAG},
    {"enable-expert-parallel", VLLM_FLAG},
    {"enable-force-include-usage", VLLM_FLAG},
    {"enable-log-requests", VLLM_FLAG},
    {"enable-lora", VLLM_FLAG},
    {"enable-prefix-caching", VLLM_FLAG},
    {"enable-prompt-embeds", VLLM_FLAG},
    {"enable-prompt-tokens-details", VLLM_FLAG},
    {"enable-request-id-headers", VLLM_FLAG},
    {"enable-server-load-tracking", VLLM_FLAG},
    {"enable-sleep-mode", VLLM_FLAG},
    {"enable-tokenizer-info-endpoint", VLLM_FLAG},
    {"enforce-eager", VLLM_FLAG},
    {"exclude-tools-when-tool-choice-none", VLLM_FLAG},
    {"fully-sharded-loras", VLLM_FLAG},
    {"generation-config", VLLM_TEXT},
    {"gpu-memory-utilization", VLLM_NUMBER},
    {"headless", VLLM_FLAG},
    {"hf-config-path", VLLM_TEXT},
    {"hf-overrides", VLLM_JSON},
    {"hf-token", VLLM_TEXT},
    {"host", VLLM_TEXT},
    {"ignore-patterns", VLLM_LIST},
    {"kv-cache-dtype", VLLM_TEXT},
    {"kv-cache-memory-bytes", VLLM_TEXT},
    {"kv-events-config", VLLM_JSON},
    {"kv-transfer-config", VLLM_JSON},
    {"limit-mm-per-prompt", VLLM_JSON},
    {"load-format", VLLM_TEXT},
    {"logits-processors", VLLM_LIST},
    {"logprobs-mode", VLLM_TEXT},
    {"long-prefill-token-threshold", VLLM_INTEGER},
    {"lora-dtype", VLLM_TEXT},
    {"lora-modules", VLLM_LIST},
    {"max-cpu-loras", VLLM_INTEGER},
    {"max-log-len", VLLM_INTEGER},
    {"max-logprobs", VLLM_INTEGER},
    {"max-lora-rank", VLLM_INTEGER},
    {"max-loras", VLLM_INTEGER},
    {"max-model-len", VLLM_TEXT},
    {"max-num-batched-tokens", VLLM_INTEGER},
    {"max-num-partial-prefills", VLLM_INTEGER},
    {"max-num-seqs", VLLM_INTEGER},
    {"max-parallel-loading-workers", VLLM_INTEGER},
    {"max-seq-len-to-capture", VLLM_INTEGER},
    {"middleware", VLLM_TEXT},
    {"mm-processor-cache-gb", VLLM_NUMBER},
    {"mm-processor-kwargs", VLLM_JSON},
    {"model", VLLM_TEXT},
    {"model-impl", VLLM_TEXT},
    {"model-loader-extra-config", VLLM_JSON},
    {"num-gpu-blocks-override", VLLM_INTEGER},
    {"num-lookahead-slots", VLLM_INTEGER},
    {"otlp-traces-endpoint", VLLM_TEXT},
    {"override-generation-config", VLLM_JSON},
    {"override-neuron-config", VLLM_JSON},
    {"override-pooler-config", VLLM_JSON},
    {"pipeline-parallel-size", VLLM_INTEGER},
    {"port", VLLM_INTEGER},
    {"prefill-context-parallel-size", VLLM_INTEGER},
    {"prefix-caching-hash-algo", VLLM_TEXT},
    {"pt-load-map-location", VLLM_TEXT},
    {"quantization", VLLM_TEXT},
    {"ray-workers-use-nsight", VLLM_FLAG},
    {"reasoning-parser", VLLM_TEXT},
    {"response-role", VLLM_TEXT},
    {"return-tokens-as-token-ids", VLLM_FLAG},
    {"revision", VLLM_TEXT},
    {"root-path", VLLM_TEXT},
    {"rope-scaling", VLLM_JSON},
    {"rope-theta", VLLM_NUMBER},
    {"runner", VLLM_TEXT},
    {"safetensors-load-strategy", VLLM_TEXT},
    {"scheduler-cls", VLLM_TEXT},
    {"scheduler-reserve-full-isl", VLLM_FLAG},
    {"scheduling-policy", VLLM_TEXT},
    {"seed", VLLM_INTEGER},
    {"served-model-name", VLLM_LIST},
    {"show-hidden-metrics-for-version", VLLM_TEXT},
    {"skip-mm-profiling", VLLM_FLAG},
    {"skip-tokenizer-init", VLLM_FLAG},
    {"speculative-config", VLLM_JSON},
    {"ssl-ca-certs", VLLM_TEXT},
    {"ssl-cert-reqs", VLLM_INTEGER},
    {"ssl-certfile", VLLM_TEXT},
    {"ssl-keyfile", VLLM_TEXT},
    {"stream-interval", VLLM_INTEGER},
    {"structured-outputs-config", VLLM_JSON},
    {"swap-space", VLLM_NUMBER},
    {"task", VLLM_TEXT},
    {"tensor-parallel-size", VLLM_INTEGER},
    {"tokenizer", VLLM_TEXT},
    {"tokenizer-mode", VLLM_TEXT},
    {"tokenizer-revision", VLLM_TEXT},
    {"tool-call-parser", VLLM_TEXT},
    {"tool-parser-plugin", VLLM_TEXT},
    {"trust-remote-code", VLLM_FLAG},
    {"trust-request-chat-template", VLLM_FLAG},
    {"uds", VLLM_TEXT},
    {"use-tqdm-on-load", VLLM_FLAG},
    {"uvicorn-log-level", VLLM_TEXT},
    {"worker-cls", VLLM_TEXT},
    {"worker-extension-cls", VLLM_TEXT},
};

/* Short forms that `vllm serve` has. */
static const char *const short_forms[][2] = {
    {"-tp", "tensor-parallel-size"}, {"-pp", "pipeline-parallel-size"},
    {"-dp", "data-parallel-size"},   {"-O", "compilation-config"},
    {"-q", "quantization"},          {"-ep", "enable-expert-parallel"},
};

char *vllm_option_name(struct wva_arena *arena, const char *word)
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

const struct vllm_option *vllm_option_find(const char *name, bool *ret_negated)
{
    for (size_t i = 0; i < WVA_COUNT(options); i++) {
        *ret_negated = options[i].kind == VLLM_FLAG && strncmp(name, "no-", 3) == 0 &&
                       strcmp(name + 3, options[i].name) == 0;
        if (*ret_negated || strcmp(name, options[i].name) == 0)
            return &options[i];
    }
    /* --compilation-config.level=3 and the like */
    for (size_t i = 0; i < WVA_COUNT(options); i++)
        if (options[i].kind == VLLM_JSON && wva_str_has_prefix(name, options[i].name) &&
            name[strlen(options[i].name)] == '.')
            return &options[i];
    return NULL;
}
