// SPDX-License-Identifier: Apache-2.0
/* Run ids, and a record's ConfigMap read as what it holds. No cluster is asked. */
#include "documents.h"

#include "wva/run/bench.h"
#include "wva/run/record.h"
#include "wva/run/vllm.h"
#include "wva/util/str.h"

static void ids_are_labels(void **state)
{
    (void)state;
    for (int i = 0; i < 2000; i++) {
        char id[WVA_RUN_ID_MAX];
        memset(id, '-', sizeof(id));
        wva_run_id_new(id);
        check_int(strlen(id), 10);
        check(id[0] >= 'a' && id[0] <= 'z');
        check_int(strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789"), 10);
        check(wva_run_id_valid(id));
    }
}

static void ids_differ(void **state)
{
    char a[WVA_RUN_ID_MAX], b[WVA_RUN_ID_MAX];
    (void)state;
    wva_run_id_new(a);
    wva_run_id_new(b);
    check(strcmp(a, b) != 0);
}

static void what_is_an_id(void **state)
{
    (void)state;
    check(wva_run_id_valid("a"));
    check(wva_run_id_valid("k3x9qz7f2m"));
    check(wva_run_id_valid("fifteen-letters"));
    check(!wva_run_id_valid("sixteen-letters-"));
    check(!wva_run_id_valid("sixteen-letters2"));
    check(!wva_run_id_valid(""));
    check(!wva_run_id_valid("K3"));
    check(!wva_run_id_valid("a/b"));
    check(!wva_run_id_valid("a,b=c")); /* would be another label selector */
    check(!wva_run_id_valid("-a"));
}

static void the_name_of_a_record(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    check_str(wva_record_name(&arena, "k3x9qz7f2m"), "wva-run-k3x9qz7f2m");
}

/* A ConfigMap with two planned levels; `data` adds keys. */
static struct wva_record record_of(struct wva_arena *arena, const char *data)
{
    struct wva_plan plan = {
        .provenance = {.run_id = "k3",
                       .target = "http://x",
                       .served_model = "m",
                       .prompt_tokens = 128},
        .version = {0, 7, 3},
        .levels = {{WVA_PROFILE_CONCURRENT, 1, 1}, {WVA_PROFILE_CONCURRENT, 8, 2}},
        .level_count = 2,
        .template_ = document_of(arena, wva_manifest_guidellm_job),
    };
    char *text = wva_arena_printf(arena, "{metadata: {name: wva-run-k3}, data: {%s}}", data);
    return (struct wva_record){
        .run_id = "k3",
        .namespace_ = "bench",
        .object = document_of(arena, text),
        .plan = wva_plan_to_value(arena, &plan),
    };
}

#define LEVEL(n, batch)                                                                            \
    "level-" n ": '{\"strategy\":\"concurrent\",\"streams\":" batch ",\"itl\":{\"meanMs\":7},"     \
    "\"guidellmVersion\":\"0.7.4\"}'"

static void the_benchmark_of_finished_levels(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    struct wva_benchmark benchmark;
    struct wva_record record = record_of(
        &arena, LEVEL("1", "1") ", " LEVEL("2", "8") ", finishedAt: '2026-11-24T18:20:00Z'");
    check(wva_bench_complete(&arena, &record));
    check_ok(wva_record_benchmark(&arena, &record, &benchmark, &err), &err);
    check_int(benchmark.level_count, 2);
    check_close(benchmark.levels[0].streams, 1, 0);
    check_close(benchmark.levels[1].streams, 8, 0);
    check_str(benchmark.provenance.run_id, "k3");
    check_str(benchmark.provenance.finished_at, "2026-11-24T18:20:00Z");
    check_str(benchmark.provenance.guidellm_version, "0.7.4");
}

static void the_benchmark_of_a_part(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    struct wva_benchmark benchmark;
    struct wva_record record =
        record_of(&arena, LEVEL("2", "8") ", failed-level-1: '{}', level-3: '{}'");
    check(!wva_bench_complete(&arena, &record));
    check_ok(wva_record_benchmark(&arena, &record, &benchmark, &err), &err);
    check_int(benchmark.level_count, 1);
    check_close(benchmark.levels[0].streams, 8, 0);
    check(benchmark.provenance.finished_at == NULL);
}

static void a_record_without_levels(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    struct wva_benchmark benchmark = {.level_count = 77};
    struct wva_record record = record_of(&arena, "state: measuring");
    check(!wva_bench_complete(&arena, &record));
    check_int(wva_record_benchmark(&arena, &record, &benchmark, &err), -1);
    check_int(err.code, WVA_E_INPUT);
    check_str(err.msg, "run k3 has no finished level yet");
    check_str(err.hint, "kubectl wva bench --resume k3 -n bench");
    check_int(benchmark.level_count, 77);
}

/* Anybody may edit a ConfigMap. */
static void a_damaged_level_is_named(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    struct wva_benchmark benchmark;
    struct wva_record record = record_of(&arena, "level-2: '{\"streams\":'");
    check_fails(wva_record_benchmark(&arena, &record, &benchmark, &err), &err, WVA_E_INPUT,
                "level 2 of run k3");
    record = record_of(&arena, "level-1: '{\"strategy\": 7}'");
    check_fails(wva_record_benchmark(&arena, &record, &benchmark, &err), &err, WVA_E_INPUT,
                "level 1 of run k3");
    record = record_of(&arena, "x: y");
    record.plan = wva_object(&arena);
    check_fails(wva_record_benchmark(&arena, &record, &benchmark, &err), &err, WVA_E_INPUT,
                "plan is damaged");
}

static void texts_of_a_record(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_record record = record_of(&arena, "state: measured");
    check_str(wva_record_text(&record, "state"), "measured");
    check(wva_record_text(&record, "result") == NULL);
}

static void how_to_go_on_with_a_record(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_record record = record_of(&arena, LEVEL("1", "1") ", failed-level-2: '{}'");
    struct wva_error err = {.code = WVA_E_FAILED, .hint = "look"};
    check_str(wva_record_command(&record), "bench");
    check_int(wva_record_hint_resume(&record, &err), -1);
    check_str(err.hint,
              "look\n"
              "1 of 2 levels are kept; go on with: kubectl wva bench --resume k3 -n bench\n"
              "or remove all of it: kubectl wva cleanup k3 -n bench");

    wva_put(&arena, record.plan, wva_object(&arena), "run");
    record.gone = "ConfigMap was deleted";
    check_str(wva_record_command(&record), "run");
    err.hint[0] = '\0';
    check_int(wva_record_hint_resume(&record, &err), -1);
    check_str(err.hint,
              "nothing is left to go on with; remove the rest: kubectl wva cleanup k3 -n bench");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WVA_TEST(ids_are_labels),
        WVA_TEST(ids_differ),
        WVA_TEST(what_is_an_id),
        WVA_TEST(the_name_of_a_record),
        WVA_TEST(the_benchmark_of_finished_levels),
        WVA_TEST(the_benchmark_of_a_part),
        WVA_TEST(a_record_without_levels),
        WVA_TEST(a_damaged_level_is_named),
        WVA_TEST(texts_of_a_record),
        WVA_TEST(how_to_go_on_with_a_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
