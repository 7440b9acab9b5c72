// SPDX-License-Identifier: Apache-2.0
/* Levels, the plan as JSON and back, and the Job of a level. */
#include "documents.h"

#include "wva/guidellm/job.h"
#include "wva/run/bench.h"
#include "wva/run/vllm.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

static void check_levels(int64_t max_batch, size_t wanted, const int64_t *levels, size_t count)
{
    int64_t out[WVA_LEVELS_MAX];
    memset(out, 0x55, sizeof(out));
    check_int(wva_levels_geometric(max_batch, wanted, out), count);
    for (size_t i = 0; i < count; i++)
        check_int(out[i], levels[i]);
    check_int(out[count], 0x5555555555555555); /* nothing beyond */
}

#define levels_are(max_batch, wanted, ...)                                                         \
    check_levels((max_batch), (wanted), (const int64_t[]){__VA_ARGS__},                            \
                 sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

static void levels_in_geometric_steps(void **state)
{
    (void)state;
    levels_are(64, 4, 1, 4, 16, 64);
    levels_are(256, 5, 1, 4, 16, 64, 256);
    levels_are(100, 3, 1, 10, 100);
    levels_are(64, 2, 1, 64);
    levels_are(64, 1, 64);
}

static void small_servers_get_fewer_levels(void **state)
{
    (void)state;
    levels_are(1, 4, 1);
    levels_are(2, 4, 1, 2);
    levels_are(3, 4, 1, 2, 3);
    levels_are(4, 16, 1, 2, 3, 4);
}

static void the_largest_batch_is_always_the_last_level(void **state)
{
    (void)state;
    for (int64_t max_batch = 1; max_batch <= 1024; max_batch++) {
        int64_t out[WVA_LEVELS_MAX];
        size_t count = wva_levels_geometric(max_batch, 16, out);
        check(count >= 1 && count <= 16);
        check_int(out[0], 1);
        check_int(out[count - 1], max_batch);
        for (size_t i = 1; i < count; i++)
            check(out[i] > out[i - 1]);
    }
}

static void no_more_levels_than_fit(void **state)
{
    int64_t out[WVA_LEVELS_MAX + 1];
    (void)state;
    out[WVA_LEVELS_MAX] = 77;
    check_int(wva_levels_geometric(100000, 1000, out) <= WVA_LEVELS_MAX, 1);
    check_int(out[WVA_LEVELS_MAX], 77);
}

static const char *const selector[] = {"pool=cpu", NULL};
static const char *const tolerations[] = {"a=b:NoSchedule", "c", NULL};

/* A plan in which every member has a value of its own. */
static struct wva_plan full_plan(struct wva_arena *arena)
{
    return (struct wva_plan){
        .provenance =
            {
                .run_id = "k3x9qz7f2m",
                .namespace_ = "bench",
                .target = "http://vllm.bench.svc:8000",
                .model = "org/model",
                .served_model = "served",
                .accelerator = "H100",
                .accelerator_count = 2,
                .max_batch_size = 64,
                .prompt_tokens = 512,
                .output_tokens = 256,
                .method = "levels",
                .guidellm_image = "registry.example.com/guidellm:v0.6.1",
                .guidellm_version = "0.6.1",
                .vllm_image = "registry.example.com/vllm:v1",
                .tool_version = "0.1.0",
                .started_at = "2026-11-24T18:20:00Z",
            },
        .version = {0, 6, 1},
        .tokenizer = "org/tokenizer",
        .chat = true,
        .max_seconds = 60,
        .level_warmup_seconds = 5,
        .warmup_seconds = 15,
        .levels = {{WVA_PROFILE_SYNCHRONOUS, 1, 500},
                   {WVA_PROFILE_CONCURRENT, 16, 501},
                   {WVA_PROFILE_THROUGHPUT, 64, 502}},
        .level_count = 3,
        .wanted = {.prompt_tokens = 512,
                   .output_tokens = 256,
                   .max_error_share = 0.05,
                   .concurrency_margin = 0.25,
                   .allow_errors = true,
                   .allow_concurrency = true,
                   .allow_tokens = true},
        .hf_token_secret = "hf",
        .hf_token_key = "key",
        .service_account = "runner",
        .image_pull_secret = "pull",
        .cpu = "2",
        .memory = "3Gi",
        .node_selector = selector,
        .tolerations = tolerations,
        .template_ = document_of(arena, wva_manifest_guidellm_job),
        .patience_ms = 15000,
    };
}

/* To JSON text and back, as through a ConfigMap. */
static struct wva_plan through_text(struct wva_arena *arena, const struct wva_plan *plan)
{
    struct wva_json_options options = {.name = "plan"};
    struct wva_error err = {0};
    struct wva_value *value;
    struct wva_plan result;
    char *text = wva_json_text(arena, wva_plan_to_value(arena, plan));
    check_ok(wva_json_parse(arena, text, strlen(text), &options, &value, &err), &err);
    check_ok(wva_plan_from_value(arena, value, &result, &err), &err);
    return result;
}

static void check_same_list(const char *const *a, const char *const *b)
{
    check((a == NULL) == (b == NULL));
    for (; a && *a; a++, b++)
        check_str(*a, *b);
    check(b == NULL || *b == NULL);
}

static void a_plan_reads_back_as_it_was(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_plan plan = full_plan(&arena);
    struct wva_plan back = through_text(&arena, &plan);

    check_str(back.provenance.run_id, plan.provenance.run_id);
    check_str(back.provenance.namespace_, plan.provenance.namespace_);
    check_str(back.provenance.target, plan.provenance.target);
    check_str(back.provenance.model, plan.provenance.model);
    check_str(back.provenance.served_model, plan.provenance.served_model);
    check_str(back.provenance.accelerator, plan.provenance.accelerator);
    check_int(back.provenance.accelerator_count, plan.provenance.accelerator_count);
    check_int(back.provenance.max_batch_size, plan.provenance.max_batch_size);
    check_int(back.provenance.prompt_tokens, plan.provenance.prompt_tokens);
    check_int(back.provenance.output_tokens, plan.provenance.output_tokens);
    check_str(back.provenance.method, plan.provenance.method);
    check_str(back.provenance.guidellm_image, plan.provenance.guidellm_image);
    check_str(back.provenance.vllm_image, plan.provenance.vllm_image);
    check_str(back.provenance.started_at, plan.provenance.started_at);
    check_int(wva_guidellm_version_compare(back.version, plan.version), 0);
    check_str(back.tokenizer, plan.tokenizer);
    check(back.chat);
    check_int(back.max_seconds, 60);
    check_int(back.level_warmup_seconds, 5);
    check_int(back.warmup_seconds, 15);
    check_int(back.patience_ms, 15000);
    check_str(back.hf_token_secret, "hf");
    check_str(back.hf_token_key, "key");
    check_str(back.service_account, "runner");
    check_str(back.image_pull_secret, "pull");
    check_str(back.cpu, "2");
    check_str(back.memory, "3Gi");
    check_same_list(back.node_selector, selector);
    check_same_list(back.tolerations, tolerations);
    check(wva_value_equal(back.template_, plan.template_));
}

static void levels_and_wishes_read_back(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_plan plan = full_plan(&arena);
    struct wva_plan back = through_text(&arena, &plan);

    check_int(back.level_count, 3);
    for (size_t i = 0; i < 3; i++) {
        check_int(back.levels[i].profile, plan.levels[i].profile);
        check_int(back.levels[i].streams, plan.levels[i].streams);
        check_int(back.levels[i].seed, plan.levels[i].seed);
    }
    check_close(back.wanted.prompt_tokens, 512, 0);
    check_close(back.wanted.output_tokens, 256, 0);
    check_close(back.wanted.max_error_share, 0.05, 0);
    check_close(back.wanted.concurrency_margin, 0.25, 0);
    check(back.wanted.allow_errors && back.wanted.allow_concurrency && back.wanted.allow_tokens);
}

static void what_is_not_set_stays_unset(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_plan plan = full_plan(&arena);
    plan.tokenizer = NULL;
    plan.chat = false;
    plan.hf_token_secret = plan.hf_token_key = plan.service_account = NULL;
    plan.cpu = plan.memory = plan.image_pull_secret = NULL;
    plan.node_selector = plan.tolerations = NULL;
    plan.wanted.allow_errors = false;
    struct wva_plan back = through_text(&arena, &plan);
    check(back.tokenizer == NULL && back.hf_token_secret == NULL && back.hf_token_key == NULL);
    check(back.service_account == NULL && back.image_pull_secret == NULL);
    check(back.cpu == NULL && back.memory == NULL);
    check(back.node_selector == NULL && back.tolerations == NULL);
    check(!back.chat && !back.wanted.allow_errors && back.wanted.allow_tokens);
}

static void damaged(struct wva_arena *arena, const char *yaml, const char *msg)
{
    struct wva_error err = {0};
    struct wva_plan plan = {.level_count = 77};
    check_int(wva_plan_from_value(arena, document_of(arena, yaml), &plan, &err), -1);
    check_int(err.code, WVA_E_INPUT);
    check_str(err.msg, msg);
    check_int(plan.level_count, 77);
}

static void damaged_plans_are_refused(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    damaged(&arena, "{levels: []}", "the run's plan is damaged: levels or guidellmVersion");
    damaged(&arena, "{guidellmVersion: 0.6.1}",
            "the run's plan is damaged: levels or guidellmVersion");
    damaged(&arena, "{guidellmVersion: latest, levels: []}",
            "the run's plan is damaged: levels or guidellmVersion");
    damaged(&arena, "{guidellmVersion: 0.6.1, levels: {}}",
            "the run's plan is damaged: levels or guidellmVersion");
    damaged(&arena, "{guidellmVersion: 0.6.1, levels: [{profile: sweep, streams: 1, seed: 1}]}",
            "the run's plan: levels[0] is damaged");
    damaged(&arena,
            "{guidellmVersion: 0.6.1, levels: [{profile: concurrent, streams: 0, seed: 1}]}",
            "the run's plan: levels[0] is damaged");
    damaged(&arena, "{guidellmVersion: 0.6.1, levels: [{profile: concurrent, streams: 1}]}",
            "the run's plan: levels[0] is damaged");
    damaged(&arena,
            "{guidellmVersion: 0.6.1, levels: [{profile: concurrent, streams: 1, seed: 1}]}",
            "the run's plan is damaged: no template, run id or target");
    damaged(
        &arena,
        "{guidellmVersion: 0.6.1, levels: [], provenance: {runID: k3, target: x}, template: null}",
        "the run's plan is damaged: no template, run id or target");
}

static void too_many_levels_are_refused(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_plan plan = full_plan(&arena);
    struct wva_value *value = wva_plan_to_value(&arena, &plan);
    struct wva_value *levels = wva_get(value, "levels");
    struct wva_error err = {0};
    while (levels->count < WVA_LEVELS_MAX)
        wva_array_append(&arena, levels, levels->items[0]);
    check_ok(wva_plan_from_value(&arena, value, &plan, &err), &err);
    check_int(plan.level_count, WVA_LEVELS_MAX);
    wva_array_append(&arena, levels, levels->items[0]);
    check_fails(wva_plan_from_value(&arena, value, &plan, &err), &err, WVA_E_INPUT, "is damaged");
}

static struct wva_value *job_of(struct wva_arena *arena, const struct wva_plan *plan, size_t index,
                                unsigned attempt)
{
    struct wva_error err = {0};
    struct wva_value *job;
    check_ok(wva_plan_job(arena, plan, index, attempt, NULL, &job, &err), &err);
    return job;
}

/* The word after `name` in the container's args. */
static const char *argument(const struct wva_value *job, const char *name)
{
    const struct wva_value *args =
        wva_get(job, "spec", "template", "spec", "containers", "0", "args");
    for (size_t i = 0; i + 1 < args->count; i++)
        if (wva_str_eq(wva_value_str(args->items[i]), name))
            return wva_value_str(args->items[i + 1]);
    return NULL;
}

static void check_job(const struct wva_value *job, const char *name, const char *level,
                      const char *seed, int64_t deadline)
{
    int64_t seconds = 0;
    check_str(wva_get_str(job, "metadata", "name"), name);
    check(wva_str_is_dns_label(name));
    check_str(wva_get_str(job, "metadata", "namespace"), "bench");
    check_str(wva_get_str(job, "metadata", "labels", WVA_LABEL_RUN), "k3x9qz7f2m");
    check_str(wva_get_str(job, "metadata", "labels", WVA_LABEL_LEVEL), level);
    check_str(wva_get_str(job, "metadata", "labels", WVA_LABEL_MANAGED_BY), WVA_MANAGED_BY);
    check_str(argument(job, "--random-seed"), seed);
    check(wva_value_i64(wva_get(job, "spec", "activeDeadlineSeconds"), &seconds));
    check_int(seconds, deadline);
}

static void the_job_of_a_level(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_plan plan = full_plan(&arena);
    struct wva_value *job = job_of(&arena, &plan, 1, 1);
    check_job(job, "wva-k3x9qz7f2m-2", "2", "501", 60 + 1800);
    check_str(argument(job, "--rate-type"), "concurrent");
    check_str(argument(job, "--rate"), "16");
    check_str(argument(job, "--max-seconds"), "60");
    check_str(argument(job, "--target"), "http://vllm.bench.svc:8000");
    check_str(argument(job, "--model"), "served");
    check_str(argument(job, "--processor"), "org/tokenizer");
    check_str(wva_get_str(job, "spec", "template", "spec", "containers", "0", "image"),
              "registry.example.com/guidellm:v0.6.1");
    check_str(wva_get_str(job, "spec", "template", "spec", "serviceAccountName"), "runner");
}

/* Requests are made with the served name; the tokenizer is that of the model. */
static void the_tokenizer_is_the_models_by_default(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_plan plan = full_plan(&arena);
    plan.tokenizer = NULL;
    check_str(argument(job_of(&arena, &plan, 0, 1), "--processor"), "org/model");
}

static void the_warmup_runs_at_the_highest_load(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_plan plan = full_plan(&arena);
    struct wva_value *job = job_of(&arena, &plan, WVA_WARMUP, 1);
    check_job(job, "wva-k3x9qz7f2m-warmup", "warmup", "499", 15 + 1800);
    check_str(argument(job, "--rate-type"), "concurrent");
    check_str(argument(job, "--rate"), "64");
    check_str(argument(job, "--max-seconds"), "15");
    check(argument(job, "--warmup") == NULL);
}

/* The same prompts would come from the server's prefix cache, the same name from the last Job. */
static void another_attempt_has_another_name_and_seed(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_plan plan = full_plan(&arena);
    check_job(job_of(&arena, &plan, 1, 2), "wva-k3x9qz7f2m-2-try2", "2", "1501", 60 + 1800);
    check_job(job_of(&arena, &plan, 1, 3), "wva-k3x9qz7f2m-2-try3", "2", "2501", 60 + 1800);
    check_job(job_of(&arena, &plan, WVA_WARMUP, 2), "wva-k3x9qz7f2m-warmup-try2", "warmup", "1499",
              15 + 1800);
}

static void no_two_jobs_of_a_run_share_a_seed(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_plan plan = full_plan(&arena);
    const char *seeds[12];
    size_t count = 0;
    for (unsigned attempt = 1; attempt <= 3; attempt++) {
        seeds[count++] = argument(job_of(&arena, &plan, WVA_WARMUP, attempt), "--random-seed");
        for (size_t i = 0; i < plan.level_count; i++)
            seeds[count++] = argument(job_of(&arena, &plan, i, attempt), "--random-seed");
    }
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            check(!wva_str_eq(seeds[i], seeds[j]));
}

static void the_record_owns_the_job(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_plan plan = full_plan(&arena);
    struct wva_error err = {0};
    struct wva_value *owner = document_of(&arena, "{apiVersion: v1, kind: ConfigMap, metadata: "
                                                  "{name: wva-run-k3x9qz7f2m, uid: u-1}}");
    struct wva_value *job;
    check_ok(wva_plan_job(&arena, &plan, 0, 1, owner, &job, &err), &err);
    check_str(wva_get_str(job, "metadata", "ownerReferences", "0", "kind"), "ConfigMap");
    check_str(wva_get_str(job, "metadata", "ownerReferences", "0", "uid"), "u-1");
}

static void level_words(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_plan plan = full_plan(&arena);
    check_str(wva_plan_level_words(&arena, &plan, 0), "level 1 of 3: synchronous, 1 stream");
    check_str(wva_plan_level_words(&arena, &plan, 1), "level 2 of 3: concurrent, 16 streams");
    check_str(wva_plan_level_words(&arena, &plan, WVA_WARMUP), "warm-up (discarded)");
    check_str(wva_plan_level_id(&arena, 0), "1");
    check_str(wva_plan_level_id(&arena, WVA_WARMUP), "warmup");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WVA_TEST(levels_in_geometric_steps),
        WVA_TEST(small_servers_get_fewer_levels),
        WVA_TEST(the_largest_batch_is_always_the_last_level),
        WVA_TEST(no_more_levels_than_fit),
        WVA_TEST(a_plan_reads_back_as_it_was),
        WVA_TEST(levels_and_wishes_read_back),
        WVA_TEST(what_is_not_set_stays_unset),
        WVA_TEST(damaged_plans_are_refused),
        WVA_TEST(too_many_levels_are_refused),
        WVA_TEST(the_job_of_a_level),
        WVA_TEST(the_tokenizer_is_the_models_by_default),
        WVA_TEST(the_warmup_runs_at_the_highest_load),
        WVA_TEST(another_attempt_has_another_name_and_seed),
        WVA_TEST(no_two_jobs_of_a_run_share_a_seed),
        WVA_TEST(the_record_owns_the_job),
        WVA_TEST(level_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
