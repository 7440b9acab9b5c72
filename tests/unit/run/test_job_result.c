// SPDX-License-Identifier: Apache-2.0
/* What a pod that has ended is worth. No cluster is asked: that the log makes up for a lost message
 * is for the simulated tier. */
#include "documents.h"

#include "run/job_result.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#define DIGEST                                                                                     \
    "{\"digest\":1,\"strategy\":\"concurrent\",\"streams\":4,\"successful\":9,\"itl\":{\"mean\":"  \
    "7}}"

static int result_of(const struct wva_pod_state *state, struct wva_level *ret,
                     struct wva_error *err)
{
    wva_auto_arena arena = {0};
    struct wva_pod_state ended = *state;
    ended.outlook = WVA_OUTLOOK_ENDED;
    ended.words = "ended with exit status 137 (OOMKilled)";
    return wva_job_result(NULL, &arena, NULL, &ended, ret, err);
}

static void a_digest_counts_however_the_container_ended(void **state)
{
    (void)state;
    static const int64_t statuses[] = {0, 1, 137, 143};
    for (size_t i = 0; i < WVA_COUNT(statuses); i++) {
        struct wva_error err = {0};
        struct wva_level level;
        const struct wva_pod_state ended = {.exit_status = statuses[i], .message = DIGEST};
        check_ok(result_of(&ended, &level, &err), &err);
        check_int(level.successful, 9);
        check_close(level.itl.mean, 7, 0);
    }
}

/* One of GuideLLM's processes was killed, and it went on without (cgroup v1). */
static void a_digest_does_not_count_where_memory_was_short(void **state)
{
    (void)state;
    static const char *const messages[] = {
        DIGEST, "{\"digest\":1,\"exit\":137,\"error\":\"Setup complete\"}", "log", NULL};
    for (size_t i = 0; i < WVA_COUNT(messages); i++) {
        struct wva_error err = {0};
        struct wva_level level;
        const struct wva_pod_state ended = {.reason = "OOMKilled", .message = messages[i]};
        check_int(result_of(&ended, &level, &err), -1);
        check_int(err.code, WVA_E_FAILED);
        check_str(err.msg, "ended with exit status 137 (OOMKilled)");
    }
}

static void the_script_s_words_come_first(void **state)
{
    (void)state;
    struct wva_level level;
    const struct wva_pod_state ended = {
        .exit_status = 2,
        .message = "{\"digest\":1,\"exit\":2,\"error\":\"No such option\"}",
    };
    struct wva_error err = {0};
    check_int(result_of(&ended, &level, &err), -1);
    check_int(err.code, WVA_E_FAILED);
    check_str(err.msg, "GuideLLM failed with exit status 2: No such option");
}

static void without_a_message_the_status_tells(void **state)
{
    (void)state;
    struct wva_level level;
    const struct wva_pod_state ended = {.exit_status = 137};
    struct wva_error err = {0};
    check_int(result_of(&ended, &level, &err), -1);
    check_int(err.code, WVA_E_FAILED);
    check_str(err.msg, "ended with exit status 137 (OOMKilled)");
}

/* FallbackToLogsOnError: what died before the script could say why. */
static void of_a_log_the_end_is_told(void **state)
{
    (void)state;
    struct wva_level level;
    struct wva_error err = {0};
    wva_auto_arena arena = {0};
    char noise[700] = {0};
    memset(noise, 'x', sizeof(noise) - 1);
    char *message = wva_arena_printf(&arena, "%s\nlast but one\n\x1b[31mlast", noise);
    const struct wva_pod_state ended = {.exit_status = 137, .message = message};
    check_int(result_of(&ended, &level, &err), -1);
    check_str(err.msg, "ended with exit status 137 (OOMKilled)\nlast but one\n?[31mlast");
}

static void who_ended_a_pod(void **state)
{
    (void)state;
    static const struct {
        const char *pod, *words;
    } cases[] = {
        {"status: {phase: Failed, reason: Evicted, message: 'low on memory. '}",
         "Evicted: low on memory."},
        {"status: {conditions: [{type: DisruptionTarget, status: 'True', reason: "
         "EvictionByEvictionAPI, message: 'Eviction API: evicting'}]}",
         "its pod was ended: Eviction API: evicting (EvictionByEvictionAPI)"},
        {"status: {conditions: [{type: DisruptionTarget, status: 'False'}]}", "nobody"},
        {"{metadata: {deletionTimestamp: x}, status: {phase: Failed}}", "nobody"},
        {"status: {}", "nobody"},
    };
    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        wva_auto_arena arena = {0};
        const char *words = wva_job_disruption(&arena, document_of(&arena, cases[i].pod));
        check_str(words ? words : "nobody", cases[i].words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WVA_TEST(a_digest_counts_however_the_container_ended),
        WVA_TEST(a_digest_does_not_count_where_memory_was_short),
        WVA_TEST(the_script_s_words_come_first),
        WVA_TEST(without_a_message_the_status_tells),
        WVA_TEST(of_a_log_the_end_is_told),
        WVA_TEST(who_ended_a_pod),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
