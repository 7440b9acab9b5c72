// SPDX-License-Identifier: Apache-2.0
/* From bench's options and what the target tells to a plan: levels, durations, release, names. */
#include "unit/cmd/app_fixture.h"

#include "cmd/benching.h"

struct wishes {
    struct wva_bench_options options;
    struct wva_target target;
    struct wva_bench_overrides overrides;
};

static struct wishes usual(struct app_fixture *f)
{
    f->app.config.namespace_ = "bench";
    return (struct wishes){
        .options = WVA_BENCH_DEFAULTS,
        .target = {.url = "http://vllm.bench.svc:8000",
                   .model = "org/model",
                   .served_model = "served",
                   .max_batch_size = 64,
                   .accelerator = "NVIDIA-H100-80GB-HBM3",
                   .accelerator_count = 2,
                   .vllm_image = "vllm:v1",
                   .hf_token_secret = "hf",
                   .hf_token_key = "key"},
        .overrides = {.patience_ms = 15000},
    };
}

static struct wva_plan plan_of(struct app_fixture *f, const struct wishes *w)
{
    struct wva_plan plan;
    check_ok(wva_bench_plan(&f->app, &w->options, &w->target, &w->overrides, "k3", &plan, &f->err),
             &f->err);
    return plan;
}

static void refused(struct app_fixture *f, const struct wishes *w, enum wva_code code,
                    const char *msg, const char *hint)
{
    struct wva_plan plan = {.level_count = 77};
    check_int(wva_bench_plan(&f->app, &w->options, &w->target, &w->overrides, "k3", &plan, &f->err),
              -1);
    check_int(f->err.code, code);
    check_str(f->err.msg, msg);
    check_str(f->err.hint, hint);
    check_int(plan.level_count, 77);
    wva_error_clear(&f->err);
}

static void check_streams(const struct wva_plan *plan, const int64_t *streams, size_t count)
{
    check_int(plan->level_count, count);
    for (size_t i = 0; i < count; i++) {
        check_int(plan->levels[i].streams, streams[i]);
        check_int(plan->levels[i].profile, WVA_PROFILE_CONCURRENT);
    }
}

#define streams_are(plan, ...)                                                                     \
    check_streams((plan), (const int64_t[]){__VA_ARGS__},                                          \
                  sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

static void four_levels_up_to_the_servers_limit(void **state)
{
    struct wishes w = usual(*state);
    struct wva_plan plan = plan_of(*state, &w);
    streams_are(&plan, 1, 4, 16, 64);
    check_int(plan.max_seconds, 60);
    check_int(plan.level_warmup_seconds, 5);
    check_int(plan.warmup_seconds, 15);
    check_str(plan.provenance.method, "levels");
    check(plan.template_ != NULL);
    check(!plan.chat);
    check_int(plan.patience_ms, 15000);
}

static void fewer_or_other_levels(void **state)
{
    struct wishes w = usual(*state);
    w.options.level_count = 2;
    struct wva_plan plan = plan_of(*state, &w);
    streams_are(&plan, 1, 64);

    w = usual(*state);
    w.overrides.max_batch_size = 100;
    w.options.level_count = 3;
    plan = plan_of(*state, &w);
    streams_are(&plan, 1, 10, 100);
    check_int(plan.provenance.max_batch_size, 100);
}

static void levels_by_hand_in_the_given_order(void **state)
{
    struct app_fixture *f = *state;
    struct wishes w = usual(f);
    wva_list_add(&f->app.arena, &w.options.levels, "32,1");
    wva_list_add(&f->app.arena, &w.options.levels, "8");
    struct wva_plan plan = plan_of(f, &w);
    streams_are(&plan, 32, 1, 8);

    w.target.max_batch_size = 0; /* then nothing limits them */
    plan = plan_of(f, &w);
    streams_are(&plan, 32, 1, 8);
}

static void bad_levels(void **state)
{
    static const char example[] = "--levels 1,4,16,64";
    static const char *const bad[][3] = {
        {"1,x", "--levels: 'x' is no batch size", example},
        {"0", "--levels: '0' is no batch size", example},
        {"-1", "--levels: '-1' is no batch size", example},
        {"1,,2", "--levels: '' is no batch size", example},
        {"100001", "--levels: '100001' is no batch size", example},
        {"1,65", "level 65 is above the server's largest batch 64: its requests would queue",
         "measure levels up to 64, or correct that with --max-batch-size N (vLLM's "
         "--max-num-seqs)"},
    };
    struct app_fixture *f = *state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct wishes w = usual(f);
        wva_list_add(&f->app.arena, &w.options.levels, bad[i][0]);
        refused(f, &w, WVA_E_USAGE, bad[i][1], bad[i][2]);
    }
}

static void levels_for_the_guide(void **state)
{
    struct app_fixture *f = *state;
    struct wishes w = usual(f);
    w.options.method = "guide";
    wva_list_add(&f->app.arena, &w.options.levels, "1,8");
    refused(f, &w, WVA_E_USAGE, "--method guide has its own two levels: --levels is not for it",
            "");
}

static void too_many_levels(void **state)
{
    struct app_fixture *f = *state;
    struct wishes w = usual(f);
    for (int i = 0; i <= WVA_LEVELS_MAX; i++)
        wva_list_add(&f->app.arena, &w.options.levels, "1");
    refused(f, &w, WVA_E_USAGE, "--levels: more than 64 levels", "");
}

static void the_guides_two_runs(void **state)
{
    struct wishes w = usual(*state);
    w.options.method = "guide";
    struct wva_plan plan = plan_of(*state, &w);
    check_int(plan.level_count, 2);
    check_int(plan.levels[0].profile, WVA_PROFILE_SYNCHRONOUS);
    check_int(plan.levels[0].streams, 1);
    check_int(plan.levels[1].profile, WVA_PROFILE_THROUGHPUT);
    check_int(plan.levels[1].streams, 64);
    check_int(plan.max_seconds, 360);
    check_int(plan.level_warmup_seconds, 0);
    check_str(plan.provenance.method, "guide");
}

static void durations_by_hand(void **state)
{
    struct wishes w = usual(*state);
    w.options.max_seconds = 30;
    w.options.level_warmup_seconds = 0;
    w.options.warmup_seconds = 0;
    struct wva_plan plan = plan_of(*state, &w);
    check_int(plan.max_seconds, 30);
    check_int(plan.level_warmup_seconds, 0);
    check_int(plan.warmup_seconds, 0);
}

/* The warm-up lies within the duration: of a short level something must be left to measure. */
static void a_level_is_never_all_warmup(void **state)
{
    struct wishes w = usual(*state);
    w.options.max_seconds = 8;
    check_int(plan_of(*state, &w).level_warmup_seconds, 2);
    w.options.level_warmup_seconds = 7; /* who says so, gets it */
    check_int(plan_of(*state, &w).level_warmup_seconds, 7);
    w.options.level_warmup_seconds = 8;
    refused(*state, &w, WVA_E_USAGE, "--level-warmup-seconds: 8 leaves nothing of a level of 8 s",
            "");
}

static void quantities_are_checked_at_once(void **state)
{
    struct wishes w = usual(*state);
    w.options.cpu = "lots";
    refused(*state, &w, WVA_E_USAGE, "--job-cpu: 'lots' is no quantity such as 500m or 16Gi", "");
    w = usual(*state);
    w.options.memory = "1Q";
    refused(*state, &w, WVA_E_USAGE, "--job-memory: '1Q' is no quantity such as 500m or 16Gi", "");
}

static void every_level_has_its_seed(void **state)
{
    struct wishes w = usual(*state);
    w.options.seed = 500;
    struct wva_plan plan = plan_of(*state, &w);
    for (size_t i = 0; i < plan.level_count; i++)
        check_int(plan.levels[i].seed, 500 + i);
}

/* A server that was measured before has yesterday's prompts in its cache. */
static void seeds_differ_from_run_to_run(void **state)
{
    struct wishes w = usual(*state);
    int64_t a = plan_of(*state, &w).levels[0].seed;
    int64_t b = plan_of(*state, &w).levels[0].seed;
    check(a > 1 && b > 1);
    check(a != b);
}

static void the_target_tells_and_options_override(void **state)
{
    struct wishes w = usual(*state);
    struct wva_plan plan = plan_of(*state, &w);
    check_str(plan.provenance.run_id, "k3");
    check_str(plan.provenance.namespace_, "bench");
    check_str(plan.provenance.target, "http://vllm.bench.svc:8000");
    check_str(plan.provenance.model, "org/model");
    check_str(plan.provenance.served_model, "served");
    check_str(plan.provenance.accelerator, "NVIDIA-H100-80GB-HBM3");
    check_int(plan.provenance.accelerator_count, 2);
    check_str(plan.provenance.vllm_image, "vllm:v1");
    check_str(plan.provenance.tool_version, WVA_VERSION);
    check_str(plan.hf_token_secret, "hf");
    check_str(plan.hf_token_key, "key");

    w.overrides = (struct wva_bench_overrides){.model = "org/other",
                                               .served_model = "other",
                                               .accelerator = "H100",
                                               .accelerator_count = 4,
                                               .hf_token_secret = "mine"};
    plan = plan_of(*state, &w);
    check_str(plan.provenance.model, "org/other");
    check_str(plan.provenance.served_model, "other");
    check_str(plan.provenance.accelerator, "H100");
    check_int(plan.provenance.accelerator_count, 4);
    check_str(plan.hf_token_secret, "mine");
    check(plan.hf_token_key == NULL); /* not that of another Secret */
}

static void a_url_needs_a_model_and_a_limit(void **state)
{
    struct wishes w = usual(*state);
    w.target = (struct wva_target){.url = "http://x"};
    refused(*state, &w, WVA_E_USAGE, "the model that http://x serves is not known",
            "add --model ID (and --served-model-name NAME where requests use another name)");
    w.overrides.model = "org/model";
    refused(*state, &w, WVA_E_USAGE, "the server's largest batch is not known",
            "add --max-batch-size N (vLLM's --max-num-seqs), or --levels 1,4,16,64");
    w.overrides.max_batch_size = 16;
    check_str(plan_of(*state, &w).provenance.served_model, "org/model");
}

static void the_release_is_in_the_tag_or_said(void **state)
{
    struct wishes w = usual(*state);
    struct wva_plan plan = plan_of(*state, &w);
    check_str(plan.provenance.guidellm_image, WVA_GUIDELLM_DEFAULT_IMAGE);
    check_int(plan.version.major, 0);
    check(plan.version.minor >= 7);

    w.options.image = "mirror.example.com/guidellm:v0.3.1";
    check_int(plan_of(*state, &w).version.minor, 3);
    w.options.image = "mirror.example.com/guidellm:latest";
    refused(*state, &w, WVA_E_USAGE,
            "the tag of image 'mirror.example.com/guidellm:latest' does not tell GuideLLM's "
            "release, and its command line depends on it",
            "add --guidellm-version X.Y.Z");
    w.options.guidellm_version = "0.6.1";
    check_int(plan_of(*state, &w).version.minor, 6);
    w.options.guidellm_version = "0.6";
    refused(*state, &w, WVA_E_USAGE, "--guidellm-version: '0.6' is no version such as 0.7.3", "");
}

static void what_each_level_must_meet(void **state)
{
    struct wishes w = usual(*state);
    w.options.prompt_tokens = 512;
    w.options.output_tokens = 64;
    w.options.max_error_share = 0.1;
    w.options.concurrency_margin = 0.3;
    w.options.allow_tokens = true;
    struct wva_plan plan = plan_of(*state, &w);
    check_int(plan.provenance.prompt_tokens, 512);
    check_int(plan.provenance.output_tokens, 64);
    check_close(plan.wanted.prompt_tokens, 512, 0);
    check_close(plan.wanted.output_tokens, 64, 0);
    check_close(plan.wanted.max_error_share, 0.1, 0);
    check_close(plan.wanted.concurrency_margin, 0.3, 0);
    check(plan.wanted.allow_tokens && !plan.wanted.allow_errors && !plan.wanted.allow_concurrency);
}

static void a_template_must_be_one_job(void **state)
{
    struct app_fixture *f = *state;
    struct wishes w = usual(f);
    w.options.template_ = "manifests/vllm.yaml";
    refused(f, &w, WVA_E_INPUT, "manifests/vllm.yaml: 2 documents, wanted one Job", "");
    w.options.template_ = "/nonexistent.yaml";
    struct wva_plan plan;
    check_fails(wva_bench_plan(&f->app, &w.options, &w.target, &w.overrides, "k3", &plan, &f->err),
                &f->err, WVA_E_IO, "/nonexistent.yaml");
}

static void levels_as_a_table(void **state)
{
    struct app_fixture *f = *state;
    struct wva_level level;
    wva_level_init(&level);
    snprintf(level.strategy, sizeof(level.strategy), "concurrent");
    level.streams = 16;
    level.concurrency = 15.87;
    level.prompt_tokens = 128.4;
    level.output_tokens = 128;
    level.itl.mean = 7.5;
    level.ttft.mean = 18.25;
    level.successful = 210;
    level.errored = 1;
    struct wva_benchmark benchmark = {.levels = &level, .level_count = 1};
    wva_bench_print(&f->app, &benchmark);
    fflush(f->app.out.file);
    check_str(f->out,
              "LEVEL           BATCH   PROMPT   OUTPUT   ITL MS   TTFT MS   REQUESTS   ERRORS\n"
              "concurrent@16   15.87    128.4      128    7.500     18.25        210        1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        APP_TEST(four_levels_up_to_the_servers_limit),
        APP_TEST(fewer_or_other_levels),
        APP_TEST(levels_by_hand_in_the_given_order),
        APP_TEST(bad_levels),
        APP_TEST(levels_for_the_guide),
        APP_TEST(too_many_levels),
        APP_TEST(the_guides_two_runs),
        APP_TEST(durations_by_hand),
        APP_TEST(a_level_is_never_all_warmup),
        APP_TEST(quantities_are_checked_at_once),
        APP_TEST(every_level_has_its_seed),
        APP_TEST(seeds_differ_from_run_to_run),
        APP_TEST(the_target_tells_and_options_override),
        APP_TEST(a_url_needs_a_model_and_a_limit),
        APP_TEST(the_release_is_in_the_tag_or_said),
        APP_TEST(what_each_level_must_meet),
        APP_TEST(a_template_must_be_one_job),
        APP_TEST(levels_as_a_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
