// SPDX-License-Identifier: Apache-2.0
/* Benchmark documents: every member there and back, unknown figures left out, wrong types named. */
#include "support/wva_test.h"

#include "wva/codec/json.h"
#include "wva/document/benchmark.h"
#include "wva/util/mem.h"

#include <stdio.h>

#define DOCUMENT(spec)                                                                             \
    "{\"apiVersion\":\"kubectl-wva/"                                                               \
    "v1alpha1\",\"kind\":\"Benchmark\",\"metadata\":{\"name\":\"r\"},"                             \
    "\"spec\":" spec "}"

static struct wva_value *parse(struct wva_arena *arena, const char *text)
{
    static const struct wva_json_options options = {.name = "test"};
    struct wva_error err = {0};
    struct wva_value *value = NULL;

    check_ok(wva_json_parse(arena, text, strlen(text), &options, &value, &err), &err);
    return value;
}

static struct wva_level full_level(void)
{
    struct wva_level level = {
        .strategy = "concurrent",
        .streams = 64,
        .concurrency = 63.94,
        .prompt_tokens = 129.1,
        .output_tokens = 128,
        .itl = {8.7, 8.5, 0.25, 7.125, 16384},
        .ttft = {26, 25.5, 1.5, 20, 128},
        .successful = 128,
        .errored = 0,
        .incomplete = 63,
        .duration_s = 60.5,
        .median_only = true,
        .guidellm_version = "0.7.3",
        .model = "llama",
        .target = "http://vllm:8000",
    };
    return level;
}

#define FULL_LEVEL                                                                                 \
    "{\"strategy\":\"concurrent\",\"streams\":64,\"batch\":63.94,\"promptTokens\":129.1,"          \
    "\"outputTokens\":128,\"itl\":{\"meanMs\":8.7,\"medianMs\":8.5,\"stdDevMs\":0.25,\"minMs\":"   \
    "7.125,\"count\":16384},\"ttft\":{\"meanMs\":26,\"medianMs\":25.5,\"stdDevMs\":1.5,\"minMs\":" \
    "20,\"count\":128},\"requests\":{\"successful\":128,\"errored\":0,\"incomplete\":63},"         \
    "\"durationSeconds\":60.5,\"medianOnly\":true,\"guidellmVersion\":\"0.7.3\",\"model\":"        \
    "\"llama\",\"target\":\"http://vllm:8000\"}"

static void a_level_there_and_back(void **state)
{
    const struct wva_level level = full_level();
    struct wva_level back;
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    (void)state;

    struct wva_value *value = wva_level_to_value(&arena, &level);
    check_str(wva_json_text(&arena, value), FULL_LEVEL);
    check_ok(wva_level_from_value(value, "a.json", 0, &back, &err), &err);
    check_str(back.strategy, "concurrent");
    check(back.streams == 64 && back.concurrency == 63.94 && back.prompt_tokens == 129.1);
    check(back.output_tokens == 128 && back.duration_s == 60.5 && back.median_only);
    check(back.itl.mean == 8.7 && back.itl.median == 8.5 && back.itl.std_dev == 0.25);
    check(back.itl.min == 7.125 && back.itl.count == 16384);
    check(back.ttft.mean == 26 && back.ttft.median == 25.5 && back.ttft.std_dev == 1.5);
    check(back.ttft.min == 20 && back.ttft.count == 128);
    check_int(back.successful, 128);
    check_int(back.errored, 0);
    check_int(back.incomplete, 63);
    check_str(back.guidellm_version, "0.7.3");
    check_str(back.model, "llama");
    check_str(back.target, "http://vllm:8000");
}

static void unknown_figures_are_left_out(void **state)
{
    struct wva_level level;
    struct wva_level back;
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    (void)state;

    wva_level_init(&level);
    struct wva_value *value = wva_level_to_value(&arena, &level);
    check_str(wva_json_text(&arena, value), "{}");
    check_ok(wva_level_from_value(value, "a.json", 0, &back, &err), &err);
    check(isnan(back.streams) && isnan(back.concurrency) && isnan(back.itl.mean));
    check(isnan(back.ttft.std_dev) && isnan(back.duration_s));
    check_int(back.successful, -1);
    check_int(back.ttft.count, -1);
    check_str(back.strategy, "");
    check(!back.median_only);

    level.errored = 0; /* none is not unknown */
    level.itl.mean = 0.1 + 0.2;
    value = wva_level_to_value(&arena, &level);
    check_str(wva_json_text(&arena, value),
              "{\"itl\":{\"meanMs\":0.30000000000000004},\"requests\":{\"errored\":0}}");
    check_ok(wva_level_from_value(parse(&arena, "{\"batch\":null,\"itl\":null}"), "a.json", 0,
                                  &back, &err),
             &err);
    check(isnan(back.concurrency) && isnan(back.itl.mean));
}

static void wrong_members_of_a_level_are_named(void **state)
{
    static const struct {
        const char *level;
        const char *words;
    } cases[] = {
        {"7", "a.json: spec.levels[2]: object expected, 7 found"},
        {"{\"itl\":{\"meanMs\":\"7.0\"}}",
         "a.json: spec.levels[2].itl.meanMs: number expected, string of 3 bytes found"},
        {"{\"itl\":[]}", "a.json: spec.levels[2].itl: object expected, array found"},
        {"{\"batch\":true}", "a.json: spec.levels[2].batch: number expected, boolean found"},
        {"{\"batch\":1e999}", "a.json: spec.levels[2].batch: number expected, 1e999 found"},
        {"{\"requests\":{\"errored\":-1}}",
         "a.json: spec.levels[2].requests.errored: whole number from 0 on expected, -1 found"},
        {"{\"requests\":{\"errored\":0.5}}",
         "a.json: spec.levels[2].requests.errored: whole number from 0 on expected, 0.5 found"},
        {"{\"strategy\":{}}", "a.json: spec.levels[2].strategy: string expected, object found"},
        {"{\"medianOnly\":1}", "a.json: spec.levels[2].medianOnly: boolean expected, 1 found"},
    };
    struct wva_level level = {.successful = 99};
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        struct wva_value *value = parse(&arena, cases[i].level);
        check_int(wva_level_from_value(value, "a.json", 2, &level, &err), -1);
        check_int(err.code, WVA_E_INPUT);
        check_str(err.msg, cases[i].words);
        check_int(level.successful, 99);
        wva_error_clear(&err);
    }
}

static void texts_are_made_safe_and_fit(void **state)
{
    char text[400] = "{\"strategy\":\"a\\u001b[2Jb\",\"guidellmVersion\":\"";
    struct wva_level level;
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    (void)state;

    memset(text + strlen(text), 'v', 300);
    memcpy(text + strlen(text), "\"}", 3);
    check_ok(wva_level_from_value(parse(&arena, text), "a.json", 0, &level, &err), &err);
    check_str(level.strategy, "a?[2Jb");
    check_str(level.guidellm_version, "vvvvvvvvvvvvvvvvvvvv\xE2\x80\xA6");
}

static const struct wva_provenance full_provenance = {
    .run_id = "k3x9",
    .namespace_ = "llm",
    .target = "http://vllm.llm:8000",
    .model = "org/Llama",
    .served_model = "llama",
    .accelerator = "H100",
    .accelerator_count = 2,
    .max_batch_size = 64,
    .prompt_tokens = 128,
    .output_tokens = 256,
    .method = "levels",
    .guidellm_image = "ghcr.io/vllm-project/guidellm:v0.7.3",
    .guidellm_version = "0.7.3",
    .vllm_image = "vllm/vllm-openai:v0.11.0",
    .tool_version = "0.1.0",
    .started_at = "2026-11-24T18:20:00Z",
    .finished_at = "2026-11-24T18:30:00Z",
};

#define FULL_PROVENANCE                                                                            \
    "\"model\":\"org/Llama\",\"servedModel\":\"llama\",\"accelerator\":\"H100\","                  \
    "\"acceleratorCount\":2,\"maxBatchSize\":64,\"promptTokens\":128,\"outputTokens\":256,"        \
    "\"method\":\"levels\",\"runID\":\"k3x9\",\"namespace\":\"llm\",\"target\":"                   \
    "\"http://vllm.llm:8000\",\"guidellm\":{\"image\":\"ghcr.io/vllm-project/guidellm:v0.7.3\","   \
    "\"version\":\"0.7.3\"},\"vllm\":{\"image\":\"vllm/vllm-openai:v0.11.0\"},\"toolVersion\":"    \
    "\"0.1.0\",\"startedAt\":\"2026-11-24T18:20:00Z\",\"finishedAt\":\"2026-11-24T18:30:00Z\""

static void check_provenance(const struct wva_provenance *p)
{
    check_str(p->run_id, "k3x9");
    check_str(p->namespace_, "llm");
    check_str(p->target, "http://vllm.llm:8000");
    check_str(p->model, "org/Llama");
    check_str(p->served_model, "llama");
    check_str(p->accelerator, "H100");
    check_int(p->accelerator_count, 2);
    check_int(p->max_batch_size, 64);
    check_int(p->prompt_tokens, 128);
    check_int(p->output_tokens, 256);
    check_str(p->method, "levels");
    check_str(p->guidellm_image, "ghcr.io/vllm-project/guidellm:v0.7.3");
    check_str(p->guidellm_version, "0.7.3");
    check_str(p->vllm_image, "vllm/vllm-openai:v0.11.0");
    check_str(p->tool_version, "0.1.0");
    check_str(p->started_at, "2026-11-24T18:20:00Z");
    check_str(p->finished_at, "2026-11-24T18:30:00Z");
}

static void a_document_there_and_back(void **state)
{
    struct wva_level levels[] = {full_level(), full_level()};
    const struct wva_benchmark benchmark = {full_provenance, levels, 2};
    struct wva_benchmark back;
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    (void)state;

    levels[0].streams = 1;
    struct wva_value *value = wva_benchmark_to_value(&arena, &benchmark);
    const char *text = wva_json_text(&arena, value);
    check_has(text, "{\"apiVersion\":\"kubectl-wva/v1alpha1\",\"kind\":\"Benchmark\","
                    "\"metadata\":{\"name\":\"k3x9\"},\"spec\":{" FULL_PROVENANCE ",\"levels\":[{");
    check_has(text, "," FULL_LEVEL "]}}");
    check_ok(wva_benchmark_from_value(&arena, value, "a.json", &back, &err), &err);
    check_provenance(&back.provenance);
    check_int(back.level_count, 2);
    check(back.levels[0].streams == 1);
    check(back.levels[1].streams == 64);
}

static void an_empty_document(void **state)
{
    const struct wva_benchmark benchmark = {0};
    struct wva_benchmark back = {.level_count = 9};
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    (void)state;

    struct wva_value *value = wva_benchmark_to_value(&arena, &benchmark);
    check_str(wva_json_text(&arena, value),
              "{\"apiVersion\":\"kubectl-wva/v1alpha1\",\"kind\":\"Benchmark\",\"metadata\":"
              "{\"name\":\"benchmark\"},\"spec\":{\"levels\":[]}}");
    check_ok(wva_benchmark_from_value(&arena, value, "a.json", &back, &err), &err);
    check_int(back.level_count, 0);
    check(back.provenance.model == NULL);
    check_int(back.provenance.max_batch_size, 0);
}

static void documents_are_refused_in_words(void **state)
{
    static const struct {
        const char *document;
        const char *words;
        const char *hint;
    } cases[] = {
        {"[]", "a.json: a Benchmark document expected, array found", ""},
        {"{\"kind\":\"Benchmark\"}",
         "a.json: apiVersion: kubectl-wva/v1alpha1 expected, none found", ""},
        {"{\"apiVersion\":\"v1\",\"kind\":\"Pod\"}",
         "a.json: apiVersion: kubectl-wva/v1alpha1 expected, v1 found", ""},
        {"{\"apiVersion\":\"kubectl-wva/v1alpha1\"}",
         "a.json: kind: Benchmark expected, none found", ""},
        {"{\"apiVersion\":\"kubectl-wva/v1alpha1\",\"kind\":\"Prediction\"}",
         "a.json: kind: Benchmark expected, Prediction found", ""},
        {"{\"apiVersion\":\"kubectl-wva/v1alpha1\",\"kind\":\"Fit\",\"spec\":{}}",
         "a.json: kind: Benchmark expected, Fit found",
         "a Fit is what apply reads: kubectl wva apply VA -f FILE"},
        {"{\"apiVersion\":\"kubectl-wva/v1alpha1\",\"kind\":\"Benchmark\"}",
         "a.json: spec: object expected, none found", ""},
        {DOCUMENT("7"), "a.json: spec: object expected, number found", ""},
        {DOCUMENT("{}"), "a.json: spec.levels: array expected, none found", ""},
        {DOCUMENT("{\"levels\":{}}"), "a.json: spec.levels: array expected, object found", ""},
        {DOCUMENT("{\"levels\":[{},{\"ttft\":{\"minMs\":[]}}]}"),
         "a.json: spec.levels[1].ttft.minMs: number expected, array found", ""},
        {DOCUMENT("{\"levels\":[],\"maxBatchSize\":\"64\"}"),
         "a.json: spec.maxBatchSize: whole number from 1 on expected, string of 2 bytes found", ""},
        {DOCUMENT("{\"levels\":[],\"maxBatchSize\":0}"),
         "a.json: spec.maxBatchSize: whole number from 1 on expected, 0 found", ""},
        {DOCUMENT("{\"levels\":[],\"guidellm\":{\"image\":3}}"),
         "a.json: spec.guidellm.image: string expected, 3 found", ""},
    };
    struct wva_benchmark back = {.level_count = 9};
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        struct wva_value *value = parse(&arena, cases[i].document);
        check_int(wva_benchmark_from_value(&arena, value, "a.json", &back, &err), -1);
        check_str(err.msg, cases[i].words);
        check_str(err.hint, cases[i].hint);
        check_int(err.code, WVA_E_INPUT);
        check_int(back.level_count, 9);
        wva_error_clear(&err);
    }
}

/* Records of a run are read leniently: one odd member must not cost the others. */
static void lenient_provenance(void **state)
{
    struct wva_provenance provenance = {.method = "stale"};
    wva_auto_arena arena = {0};
    (void)state;

    struct wva_value *spec = parse(&arena, "{\"model\":7,\"accelerator\":\"H100\",\"guidellm\":3}");
    wva_provenance_get(&arena, spec, &provenance);
    check(provenance.model == NULL && provenance.method == NULL);
    check_str(provenance.accelerator, "H100");
    wva_provenance_get(&arena, NULL, &provenance);
    check(provenance.accelerator == NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WVA_TEST(a_level_there_and_back),
        WVA_TEST(unknown_figures_are_left_out),
        WVA_TEST(wrong_members_of_a_level_are_named),
        WVA_TEST(texts_are_made_safe_and_fit),
        WVA_TEST(a_document_there_and_back),
        WVA_TEST(an_empty_document),
        WVA_TEST(documents_are_refused_in_words),
        WVA_TEST(lenient_provenance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
