// SPDX-License-Identifier: Apache-2.0
/* The exact command line and environment for each release, and what cannot be run. */
#include "support/wva_test.h"

#include "wva/guidellm/command.h"
#include "wva/util/mem.h"

#include <stdio.h>

static const struct wva_guidellm_version v031 = {0, 3, 1}, v040 = {0, 4, 0}, v061 = {0, 6, 1},
                                         v070 = {0, 7, 0}, v081 = {0, 8, 1}, v120 = {1, 2, 0};

static const struct wva_guidellm_run concurrent = {
    .profile = WVA_PROFILE_CONCURRENT,
    .streams = 8,
    .target = "http://vllm:8000",
    .model = "meta-llama/Llama-3.1-8B",
    .prompt_tokens = 128,
    .output_tokens = 64,
    .max_seconds = 60,
    .warmup_seconds = 15,
    .seed = 7,
    .report_path = "/scratch/report.json",
};

/* Joins the list with one blank; no argument here has one of its own unless a test says so. */
static const char *joined(char **list)
{
    static char text[4096];
    text[0] = '\0';
    size_t used = 0;
    for (; *list; list++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", used ? " " : "", *list);
    return text;
}

static const char *command(struct wva_guidellm_version version, const struct wva_guidellm_run *run)
{
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    char **argv;
    check_ok(wva_guidellm_command(&arena, version, run, &argv, &err), &err);
    return joined(argv);
}

static const char *environment(struct wva_guidellm_version version,
                               const struct wva_guidellm_run *run)
{
    wva_auto_arena arena = {0};
    return joined(wva_guidellm_environment(&arena, version, run));
}

static void writes_the_flags_of_0_3(void **state)
{
    (void)state;
    check_str(command(v031, &concurrent),
              "benchmark run --target http://vllm:8000 --rate-type concurrent --rate 8"
              " --model meta-llama/Llama-3.1-8B --processor meta-llama/Llama-3.1-8B"
              " --data prompt_tokens=128,output_tokens=64 --max-seconds 60 --warmup-percent "
              "0.3333333333333333"
              " --output-path /scratch/report.json --output-sampling 1 --random-seed 7"
              " --disable-progress");
    check_str(environment(v031, &concurrent), "GUIDELLM_OUTPUT_DIR= GUIDELLM_OUTPUT_PATH="
                                              " GUIDELLM__PREFERRED_ROUTE=text_completions");
}

/* 0.3 counts the warm-up from five seconds before its first request, and takes no more than all. */
static void adds_what_0_3_takes_from_a_warmup(void **state)
{
    (void)state;
    struct wva_guidellm_run run = concurrent;
    run.warmup_seconds = 25;
    check_has(command(v031, &run), " --warmup-percent 0.5 ");
    run.warmup_seconds = 58;
    check_has(command(v031, &run), " --warmup-percent 1 ");
    run.warmup_seconds = 0;
    check(strstr(command(v031, &run), "--warmup") == NULL);
}

static void writes_the_flags_of_0_4_to_0_6(void **state)
{
    (void)state;
    static const char wanted[] =
        "benchmark run --target http://vllm:8000 --rate-type concurrent --rate 8"
        " --model meta-llama/Llama-3.1-8B --processor meta-llama/Llama-3.1-8B"
        " --request-type text_completions --data prompt_tokens=128,output_tokens=64"
        " --max-seconds 60 --warmup 15 --output-path /scratch/report.json --output-sampling 1"
        " --random-seed 7 --disable-progress";
    check_str(command(v040, &concurrent), wanted);
    check_str(command(v061, &concurrent), wanted);
    check_str(environment(v061, &concurrent), "GUIDELLM_OUTPUT_DIR= GUIDELLM_OUTPUT_PATH=");
}

static void writes_the_kinds_from_0_7_on(void **state)
{
    (void)state;
    static const char wanted[] =
        "run --backend kind=openai_http,target=http://vllm:8000,model=meta-llama/Llama-3.1-8B,"
        "request_format=/v1/completions --profile kind=concurrent,streams=8,warmup=15"
        " --constraint kind=max_duration,seconds=60"
        " --data kind=synthetic_text,prompt_tokens=128,output_tokens=64"
        " --tokenizer kind=huggingface_auto,model=meta-llama/Llama-3.1-8B"
        " --output kind=json,path=/scratch/report.json --metrics kind=generative,sample_size=1"
        " --seed kind=static,value=7 --disable-progress";
    check_str(command(v070, &concurrent), wanted);
    check_str(command(v081, &concurrent), wanted);
    check_str(command(v120, &concurrent), wanted);
    check_str(environment(v070, &concurrent), "");
}

static void writes_the_synchronous_profile(void **state)
{
    (void)state;
    struct wva_guidellm_run run = concurrent;
    run.profile = WVA_PROFILE_SYNCHRONOUS;
    run.streams = 1;
    run.warmup_seconds = 0;
    check(strstr(command(v061, &run), "--rate-type synchronous --model ") != NULL);
    check(strstr(command(v061, &run), "--warmup") == NULL);
    check_has(command(v070, &run), " --profile kind=synchronous --constraint ");
}

static void limits_throughput_where_the_release_wants_it(void **state)
{
    (void)state;
    struct wva_guidellm_run run = concurrent;
    run.profile = WVA_PROFILE_THROUGHPUT;
    run.streams = 64;
    run.warmup_seconds = 0;
    check_has(command(v031, &run), "--rate-type throughput --model ");
    check_has(environment(v031, &run), " GUIDELLM__MAX_CONCURRENCY=64");
    check_has(command(v040, &run), "--rate-type throughput --rate 64 ");
    check(strstr(environment(v040, &run), "MAX_CONCURRENCY") == NULL);
    check_has(command(v070, &run), " --profile kind=throughput,max_concurrency=64 ");
}

static void chooses_the_chat_route(void **state)
{
    (void)state;
    struct wva_guidellm_run run = concurrent;
    run.chat = true;
    check(strstr(command(v031, &run), "chat") == NULL);
    check_has(environment(v031, &run), "GUIDELLM__PREFERRED_ROUTE=chat_completions");
    check_has(command(v040, &run), " --request-type chat_completions ");
    check_has(command(v070, &run), ",request_format=/v1/chat/completions ");
}

static void takes_a_tokenizer_of_its_own(void **state)
{
    (void)state;
    struct wva_guidellm_run run = concurrent;
    run.tokenizer = "/models/tokenizer";
    check_has(command(v061, &run), " --processor /models/tokenizer ");
    check_has(command(v070, &run), " --tokenizer kind=huggingface_auto,model=/models/tokenizer ");
}

/* The short form is read as YAML, so these values would change their meaning or kind in it. */
static void writes_json_where_the_short_form_is_not_safe(void **state)
{
    (void)state;
    static const struct {
        const char *model;
        const char *json;
    } models[] = {
        {"a,streams=9", "\"a,streams=9\""},
        {"a=b", "\"a=b\""},
        {"a b", "\"a b\""},
        {"a: b", "\"a: b\""},
        {"123", "\"123\""},
        {"1.5", "\"1.5\""},
        {"true", "\"true\""},
        {"Null", "\"Null\""},
        {"2026-11-24", "\"2026-11-24\""},
        {"a:", "\"a:\""},
        {"a#b", "\"a#b\""},
        {"a\"b", "\"a\\\"b\""},
        {"a'b", "\"a'b\""},
        {"{a}", "\"{a}\""},
        {"-a", "\"-a\""},
        {"mod\xc3\xa8le", "\"mod\xc3\xa8le\""},
    };
    for (size_t i = 0; i < WVA_COUNT(models); i++) {
        struct wva_guidellm_run run = concurrent;
        char wanted[256];
        run.model = models[i].model;
        snprintf(wanted, sizeof(wanted),
                 "run --backend {\"kind\":\"openai_http\",\"target\":\"http://vllm:8000\","
                 "\"model\":%s,\"request_format\":\"/v1/completions\"} --profile kind=",
                 models[i].json);
        check_has(command(v070, &run), wanted);
        snprintf(wanted, sizeof(wanted),
                 " --tokenizer {\"kind\":\"huggingface_auto\",\"model\":%s} ", models[i].json);
        check_has(command(v070, &run), wanted);
    }
}

static void passes_any_value_as_one_argument(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    struct wva_guidellm_run run = concurrent;
    char **argv;
    run.model = "a b; rm -rf $HOME";
    check_ok(wva_guidellm_command(&arena, v061, &run, &argv, &err), &err);
    size_t i = 0;
    while (argv[i] && strcmp(argv[i], "--model") != 0)
        i++;
    check_str(argv[i + 1], "a b; rm -rf $HOME");
}

static void refuses_releases_before_0_3_1(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    char **argv = NULL;
    const struct wva_guidellm_version old = {0, 3, 0};
    check_int(wva_guidellm_command(&arena, old, &concurrent, &argv, &err), -1);
    check_int(err.code, WVA_E_USAGE);
    check_str(err.msg, "cannot run GuideLLM 0.3.0: the oldest release supported is 0.3.1");
    check_has(err.hint, WVA_GUIDELLM_DEFAULT_IMAGE);
    check(argv == NULL);
    check_str(environment(old, &concurrent), "");
}

static void refuses_impossible_runs(void **state)
{
    (void)state;
    struct wva_guidellm_run runs[8];
    static const char *const words[WVA_COUNT(runs)] = {
        "no target",
        "no model",
        "at least one stream",
        "has one stream",
        "output needs at least one token",
        "at least one second",
        "warm-up must be shorter",
        "warm-up is negative",
    };
    for (size_t i = 0; i < WVA_COUNT(runs); i++)
        runs[i] = concurrent;
    runs[0].target = "";
    runs[1].model = NULL;
    runs[2].streams = 0;
    runs[3].profile = WVA_PROFILE_SYNCHRONOUS;
    runs[4].output_tokens = 0;
    runs[5].max_seconds = 0;
    runs[6].warmup_seconds = 60;
    runs[7].warmup_seconds = -1;
    for (size_t i = 0; i < WVA_COUNT(runs); i++) {
        wva_auto_arena arena = {0};
        struct wva_error err = {0};
        char **argv = NULL;
        check_fails(wva_guidellm_command(&arena, v070, &runs[i], &argv, &err), &err, WVA_E_USAGE,
                    words[i]);
        check(argv == NULL);
    }
}

static void names_profiles(void **state)
{
    (void)state;
    check_str(wva_profile_name(WVA_PROFILE_SYNCHRONOUS), "synchronous");
    check_str(wva_profile_name(WVA_PROFILE_CONCURRENT), "concurrent");
    check_str(wva_profile_name(WVA_PROFILE_THROUGHPUT), "throughput");
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(writes_the_flags_of_0_3),
    WVA_TEST(adds_what_0_3_takes_from_a_warmup),
    WVA_TEST(writes_the_flags_of_0_4_to_0_6),
    WVA_TEST(writes_the_kinds_from_0_7_on),
    WVA_TEST(writes_the_synchronous_profile),
    WVA_TEST(limits_throughput_where_the_release_wants_it),
    WVA_TEST(chooses_the_chat_route),
    WVA_TEST(takes_a_tokenizer_of_its_own),
    WVA_TEST(writes_json_where_the_short_form_is_not_safe),
    WVA_TEST(passes_any_value_as_one_argument),
    WVA_TEST(refuses_releases_before_0_3_1),
    WVA_TEST(refuses_impossible_runs),
    WVA_TEST(names_profiles),
};

WVA_TEST_MAIN(tests)
