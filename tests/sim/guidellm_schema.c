// SPDX-License-Identifier: Apache-2.0
// Tables of the arguments of `guidellm run`, after releases 0.7.0 to 0.8.1.

#include "guidellm_schema.h"

#include <stddef.h>

#define ROUTES                                                                                     \
    "{\"/health\":\"health\",\"/v1/models\":\"v1/models\",\"/v1/completions\":\"v1/completions\"," \
    "\"/v1/chat/completions\":\"v1/chat/completions\",\"/v1/embeddings\":\"v1/embeddings\","       \
    "\"/v1/responses\":\"v1/responses\",\"/v1/audio/transcriptions\":\"v1/audio/transcriptions\"," \
    "\"/v1/audio/translations\":\"v1/audio/translations\",\"/pooling\":\"pooling\"}"

static const struct gl_field none[] = {{0}};

static const struct gl_field openai_http[] = {
    {"target", GL_STR, GL_REQUIRED, 7},
    {"model", GL_STR, "\"\"", 7},
    {"request_format", GL_STR, "\"/v1/chat/completions\"", 7},
    {"api_key", GL_STR, "null", 7},
    {"api_routes", GL_ANY, ROUTES, 7},
    {"timeout", GL_REAL, "null", 7},
    {"timeout_connect", GL_REAL, "5.0", 7},
    {"http2", GL_LOGICAL, "true", 7},
    {"follow_redirects", GL_LOGICAL, "true", 7},
    {"verify", GL_LOGICAL, "false", 7},
    {"validate_backend", GL_LOGICAL, "true", 7},
    {"stream", GL_LOGICAL, "true", 7},
    {"extras", GL_ANY, "null", 7},
    {"max_tokens", GL_POSITIVE, "null", 7},
    {"server_history", GL_LOGICAL, "false", 7},
    {"tool_call_missing_behavior", GL_STR, "\"error_stop\"", 7},
    {"multiturn_reasoning", GL_ANY, "false", 7},
    {0},
};

static const struct gl_field profile[] = {
    {"rampup_duration", GL_REAL, "0.0", 7},
    {"warmup", GL_PHASE, "null", 7},
    {"cooldown", GL_PHASE, "null", 7},
    {0},
};
static const struct gl_field concurrent[] = {{"streams", GL_POSITIVES, GL_REQUIRED, 7}, {0}};
static const struct gl_field throughput[] = {{"max_concurrency", GL_POSITIVE, GL_REQUIRED, 7}, {0}};
static const struct gl_field open_loop[] = {
    {"rate", GL_POSITIVES, GL_REQUIRED, 7}, {"max_concurrency", GL_POSITIVE, "null", 7}, {0}};
static const struct gl_field sweep[] = {{"sweep_size", GL_POSITIVE, "10", 7},
                                        {"strategy_type", GL_STR, "\"constant\"", 7},
                                        {"max_concurrency", GL_POSITIVE, "512", 7},
                                        {0}};

static const struct gl_field scope[] = {{"stopping_scope", GL_STR, "\"current\"", 7}, {0}};
static const struct gl_field seconds[] = {{"seconds", GL_POSITIVES, GL_REQUIRED, 7}, {0}};
static const struct gl_field counted[] = {{"count", GL_POSITIVES, GL_REQUIRED, 7}, {0}};
static const struct gl_field error_rate[] = {
    {"rate", GL_POSITIVES, GL_REQUIRED, 7}, {"window", GL_POSITIVE, "30", 7}, {0}};
static const struct gl_field global_rate[] = {
    {"rate", GL_POSITIVES, GL_REQUIRED, 7}, {"minimum", GL_POSITIVE, "30", 7}, {0}};
static const struct gl_field saturation[] = {{"mode", GL_STR, "\"enforce\"", 7},
                                             {"min_seconds", GL_REAL, "30.0", 7},
                                             {"max_window_seconds", GL_REAL, "120.0", 7},
                                             {"moe_threshold", GL_REAL, "2.0", 7},
                                             {"minimum_ttft", GL_REAL, "2.5", 7},
                                             {"maximum_window_ratio", GL_REAL, "0.75", 7},
                                             {"minimum_window_size", GL_POSITIVE, "5", 7},
                                             {"confidence", GL_REAL, "0.95", 7},
                                             {0}};

static const struct gl_field tokenizer[] = {
    {"model", GL_STR, "null", 7}, {"load_kwargs", GL_ANY, "{}", 7}, {0}};

static const struct gl_field synthetic[] = {
    {"load_kwargs", GL_ANY, "{}", 7},
    {"prompt_tokens", GL_POSITIVE, GL_REQUIRED, 7},
    {"prompt_tokens_stdev", GL_POSITIVE, "null", 7},
    {"prompt_tokens_min", GL_POSITIVE, "null", 7},
    {"prompt_tokens_max", GL_POSITIVE, "null", 7},
    {"output_tokens", GL_POSITIVE, "null", 7},
    {"output_tokens_stdev", GL_POSITIVE, "null", 7},
    {"output_tokens_min", GL_POSITIVE, "null", 7},
    {"output_tokens_max", GL_POSITIVE, "null", 7},
    {"first_prompt_tokens", GL_POSITIVE, "null", 8},
    {"first_prompt_tokens_stdev", GL_POSITIVE, "null", 8},
    {"first_prompt_tokens_min", GL_POSITIVE, "null", 8},
    {"first_prompt_tokens_max", GL_POSITIVE, "null", 8},
    {"first_output_tokens", GL_POSITIVE, "null", 8},
    {"first_output_tokens_stdev", GL_POSITIVE, "null", 8},
    {"first_output_tokens_min", GL_POSITIVE, "null", 8},
    {"first_output_tokens_max", GL_POSITIVE, "null", 8},
    {"delay", GL_REAL, "null", 7},
    {"delay_stdev", GL_REAL, "null", 7},
    {"delay_min", GL_REAL, "null", 7},
    {"delay_max", GL_REAL, "null", 7},
    {"turns", GL_POSITIVE, "1", 7},
    {"tool_call_turns", GL_ANY, "[]", 7},
    {"tools", GL_ANY, "null", 7},
    {"tool_response_tokens", GL_POSITIVE, "null", 7},
    {"tool_response_tokens_stdev", GL_POSITIVE, "null", 7},
    {"tool_response_tokens_min", GL_POSITIVE, "null", 7},
    {"tool_response_tokens_max", GL_POSITIVE, "null", 7},
    {"server_tool_call_turns", GL_ANY, "[]", 7},
    {"branches", GL_ANY, "[]", 8},
    {"prefix_buckets", GL_ANY, "null", 7},
    {0},
};
static const struct gl_field source[] = {
    {"source", GL_STR, GL_REQUIRED, 7}, {"load_kwargs", GL_ANY, "{}", 7}, {0}};

static const struct gl_field mapper[] = {{"column_mappings", GL_ANY, "null", 7}, {0}};
static const struct gl_field media[] = {{"audio_kwargs", GL_ANY, "{}", 7},
                                        {"image_kwargs", GL_ANY, "{}", 7},
                                        {"video_kwargs", GL_ANY, "{}", 7},
                                        {0}};
static const struct gl_field finalizer[] = {{"tool_call_mode", GL_STR, "\"client\"", 7}, {0}};
static const struct gl_field loader[] = {{"samples", GL_WHOLE, "-1", 7},
                                         {"shuffle", GL_LOGICAL, "false", 7},
                                         {"num_workers", GL_WHOLE, "1", 7},
                                         {"prefetch_factor", GL_WHOLE, "4096", 8},
                                         {0}};
static const struct gl_field seed[] = {{"value", GL_WHOLE, "42", 7}, {0}};
static const struct gl_field path[] = {{"path", GL_STR, "null", 7}, {0}};
/* Rules of what the report remarks. */
#define RULE(code, metric, statistic, relative, threshold, note, when)                             \
    "{\"enabled\":true,\"code\":\"" code "\",\"metric\":{\"name\":\"" metric                       \
    "\",\"statistic\":\"" statistic "\",\"scale\":1.0},\"relative_to\":" relative                  \
    ",\"threshold\":" threshold ",\"note\":\"" note "\",\"when\":" when "}"
#define TTFT_SECONDS                                                                               \
    "{\"name\":\"time_to_first_token_ms.total\",\"statistic\":\"mean\",\"scale\":0.001}"
#define BOTTLENECK "This means that the benchmark was likely bottlenecked by the data generation."
#define LATE       "This means that conversations were loaded late."
#define PART                                                                                       \
    "The trace dataset was not fully loaded. This could result in late arrivals of trace "         \
    "conversations."
#define OF_TRACES "{\"name\":\"strategy_type\",\"equals\":\"trace\"}"

/* clang-format off */
static const char rules[] = "["
    RULE("generation_delay_ttft", "generation_delay", "mean", TTFT_SECONDS, "0.01", BOTTLENECK,
         "null") ","
    RULE("root_late", "root_dispatch_delay", "p95", "null", "0.2", LATE, "null") ","
    RULE("dataset_incomplete", "dataset_incomplete", "mean", "null", "0.0", PART, OF_TRACES) "]";
/* clang-format on */

static const struct gl_field metrics[] = {{"warnings", GL_ANY, rules, 8},
                                          {"sample_size", GL_WHOLE, "null", 7},
                                          {"prefer_response_metrics", GL_LOGICAL, "true", 7},
                                          {"confidence", GL_REAL, "0.95", 8},
                                          {"slo", GL_ANY, "null", 8},
                                          {0}};

static const struct gl_kind_schema backends[] = {
    {"openai_http", 7, {none, openai_http}}, {"vllm_python", 7, {none, openai_http}}, {0}};
static const struct gl_kind_schema profiles[] = {{"async", 7, {profile, open_loop}},
                                                 {"constant", 7, {profile, open_loop}},
                                                 {"poisson", 7, {profile, open_loop}},
                                                 {"concurrent", 7, {profile, concurrent}},
                                                 {"goodput", 8, {profile, sweep}},
                                                 {"knee", 8, {profile, sweep}},
                                                 {"replay", 7, {profile, open_loop}},
                                                 {"sweep", 7, {profile, sweep}},
                                                 {"synchronous", 7, {profile, none}},
                                                 {"throughput", 7, {profile, throughput}},
                                                 {0}};
static const struct gl_kind_schema constraints[] = {
    {"max_duration", 7, {scope, seconds}},       {"max_error_rate", 7, {scope, error_rate}},
    {"max_errors", 7, {scope, counted}},         {"max_global_error_rate", 7, {scope, global_rate}},
    {"max_requests", 7, {scope, counted}},       {"min_requests", 8, {scope, counted}},
    {"over_saturation", 7, {scope, saturation}}, {0}};
static const struct gl_kind_schema tokenizers[] = {{"huggingface_auto", 7, {none, tokenizer}}, {0}};
static const struct gl_kind_schema datas[] = {{"synthetic_text", 7, {none, synthetic}},
                                              {"huggingface", 7, {none, source}},
                                              {"json_file", 7, {none, source}},
                                              {0}};
static const struct gl_kind_schema mappers[] = {{"generative_column_mapper", 7, {none, mapper}},
                                                {0}};
static const struct gl_kind_schema preprocessors[] = {{"encode_media", 7, {none, media}}, {0}};
static const struct gl_kind_schema finalizers[] = {{"generative", 7, {none, finalizer}}, {0}};
static const struct gl_kind_schema loaders[] = {{"pytorch", 7, {none, loader}}, {0}};
static const struct gl_kind_schema seeds[] = {{"static", 7, {none, seed}}, {0}};
static const struct gl_kind_schema outputs[] = {{"console", 7, {none, none}},
                                                {"csv", 7, {none, path}},
                                                {"html", 7, {none, path}},
                                                {"json", 7, {none, path}},
                                                {"plot", 8, {none, path}},
                                                {"yaml", 7, {none, path}},
                                                {0}};
static const struct gl_kind_schema metricses[] = {{"generative", 7, {none, metrics}}, {0}};

const struct gl_registry gl_registries[] = {
    {"--backend", "backend", "openai_http", NULL, 0, 0, backends},
    {"--profile", "profile", "sweep", NULL, 7, 0, profiles},
    {"--constraint", "constraints", NULL, NULL, 0, 1, constraints},
    {"--tokenizer", "tokenizer", "huggingface_auto", NULL, 0, 0, tokenizers},
    {"--data", "data", NULL, NULL, 0, 1, datas},
    {"--data-column-mapper", "data_column_mapper", "generative_column_mapper", NULL, 0, 0, mappers},
    {"--data-preprocessor", "data_preprocessors", "encode_media", NULL, 0, 1, preprocessors},
    {"--data-finalizer", "data_finalizer", "generative", NULL, 0, 0, finalizers},
    {"--data-loader", "data_loader", "pytorch", NULL, 0, 0, loaders},
    {"--seed", "seed", "static", NULL, 0, 0, seeds},
    {"--output", "outputs", "json", "csv", 0, 1, outputs},
    {"--metrics", "metrics", "generative", NULL, 0, 0, metricses},
    {0},
};
