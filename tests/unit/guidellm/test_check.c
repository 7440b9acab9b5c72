// SPDX-License-Identifier: Apache-2.0
/* Which measurements are refused, in which words, and what the allow switches turn a problem into.
 */
#include "support/wva_test.h"

#include "wva/guidellm/check.h"

#include <stdio.h>

static struct wva_level good_level(void)
{
    struct wva_level level;
    wva_level_init(&level);
    level.streams = 16;
    level.concurrency = 15.8;
    level.prompt_tokens = 129;
    level.output_tokens = 128;
    level.itl =
        (struct wva_stat){.mean = 26.4, .median = 26.3, .std_dev = 0.1, .min = 0, .count = 900};
    level.ttft =
        (struct wva_stat){.mean = 61.5, .median = 60, .std_dev = 3, .min = 55, .count = 96};
    level.successful = 96;
    level.errored = 0;
    level.incomplete = 16;
    return level;
}

static const struct wva_level_wanted wanted = {
    .streams = 16,
    .prompt_tokens = 128,
    .output_tokens = 128,
    .max_error_share = 0.02,
    .concurrency_margin = 0.15,
};

/* Exactly this one problem, and nothing tolerated. */
static void check_only(const struct wva_level *level, const struct wva_level_wanted *what,
                       const char *words)
{
    wva_auto_arena arena = {0};
    char **problems, **tolerated;
    size_t count = wva_level_check(&arena, level, what, &problems, &tolerated);
    if (count != 1)
        fail_msg("%zu problems, wanted only \"%s\"", count, words);
    check_str(problems[0], words);
    check(problems[1] == NULL);
    check(tolerated[0] == NULL);
}

static void check_good(const struct wva_level *level, const struct wva_level_wanted *what)
{
    wva_auto_arena arena = {0};
    char **problems, **tolerated;
    size_t count = wva_level_check(&arena, level, what, &problems, &tolerated);
    if (count != 0)
        fail_msg("a good level was refused: %s", problems[0]);
    check(problems[0] == NULL);
    check(tolerated[0] == NULL);
}

static void accepts_a_good_level(void **state)
{
    (void)state;
    struct wva_level level = good_level();
    check_good(&level, &wanted);
    level.prompt_tokens = 128 + 38; /* a chat template */
    level.errored = 1;
    level.concurrency = 16 * 1.149;
    check_good(&level, &wanted);
}

static void does_not_check_what_is_unknown(void **state)
{
    (void)state;
    struct wva_level level;
    wva_level_init(&level);
    level.itl.median = 7;
    level.ttft.median = 15;
    level.median_only = true;
    check_good(&level, &wanted);
    level = good_level();
    level.concurrency = 3;
    level.prompt_tokens = 3;
    level.output_tokens = 3;
    check_good(&level, &(struct wva_level_wanted){0});
}

static void refuses_a_level_without_success(void **state)
{
    (void)state;
    struct wva_level level;
    wva_level_init(&level);
    level.successful = 0;
    level.errored = 802;
    check_only(&level, &wanted, "no request succeeded: all 802 failed");
    level.concurrency = 0.5; /* of requests that failed nothing else is worth saying */
    snprintf(level.first_error, sizeof(level.first_error), "Server error '500'");
    check_only(&level, &wanted, "no request succeeded: all 802 failed: Server error '500'");
    level.errored = 0;
    check_only(&level, &wanted, "no request succeeded");
    level.incomplete = 64;
    check_only(&level, &wanted, "no request was done in time: all 64 were cut off at the end");
}

static void refuses_latencies_that_are_missing_or_impossible(void **state)
{
    (void)state;
    struct wva_level level = good_level();
    level.itl.mean = NAN;
    check_only(&level, &wanted, "no inter-token latency was measured");
    level.itl.mean = 0;
    check_only(&level, &wanted, "the inter-token latency is 0 ms, it must be above 0");

    level = good_level();
    level.ttft.mean = NAN;
    check_only(&level, &wanted, "no time to first token was measured");
    level.ttft.mean = -1e8;
    check_only(&level, &wanted, "the time to first token is -1e+08 ms, it must be above 0");
    level.ttft.mean = 50;
    level.ttft.min = 0;
    check_only(&level, &wanted,
               "the smallest time to first token is 0 ms: some answers were not streamed");

    level = good_level();
    level.median_only = true;
    level.ttft.median = 0;
    check_only(&level, &wanted, "the time to first token is 0 ms, it must be above 0");
}

static void refuses_too_many_failures(void **state)
{
    (void)state;
    struct wva_level level = good_level();
    level.errored = 4;
    check_only(&level, &wanted, "4 of 100 requests failed (4 %, at most 2 % may)");
    struct wva_level_wanted lenient = wanted;
    lenient.max_error_share = 0.05;
    check_good(&level, &lenient);
    lenient.max_error_share = -1; /* the default, again 2 % */
    check_only(&level, &lenient, "4 of 100 requests failed (4 %, at most 2 % may)");
    lenient.max_error_share = 0;
    check_only(&level, &lenient, "4 of 100 requests failed (4 %, at most 0 % may)");
    level.errored = 0;
    check_good(&level, &lenient);
}

static void refuses_another_load_than_wanted(void **state)
{
    (void)state;
    struct wva_level level = good_level();
    level.concurrency = 12.5;
    check_only(&level, &wanted,
               "12.5 requests were in flight on average, 16 were wanted (within 15 %)");
    level.concurrency = 18.5;
    check_only(&level, &wanted,
               "18.5 requests were in flight on average, 16 were wanted (within 15 %)");
}

static void refuses_other_tokens_than_asked(void **state)
{
    (void)state;
    struct wva_level level = good_level();
    level.prompt_tokens = 80;
    check_only(&level, &wanted, "the prompts had 80 tokens on average, 128 were asked for");
    level.prompt_tokens = 200;
    check_only(&level, &wanted, "the prompts had 200 tokens on average, 128 were asked for");
    level = good_level();
    level.output_tokens = 97.5;
    check_only(&level, &wanted, "the outputs had 97.5 tokens on average, 128 were asked for");
    level.output_tokens = 150;
    check_only(&level, &wanted, "the outputs had 150 tokens on average, 128 were asked for");
}

static void tolerates_what_is_allowed(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_level level = good_level();
    struct wva_level_wanted lenient = wanted;
    char **problems, **tolerated;
    level.errored = 50;
    level.concurrency = 3;
    level.prompt_tokens = 1;
    level.output_tokens = 1;
    check_int(wva_level_check(&arena, &level, &wanted, &problems, &tolerated), 4);
    check(tolerated[0] == NULL);

    lenient.allow_errors = lenient.allow_concurrency = lenient.allow_tokens = true;
    check_int(wva_level_check(&arena, &level, &lenient, &problems, &tolerated), 0);
    check(problems[0] == NULL);
    check_has(tolerated[0], "requests failed");
    check_has(tolerated[1], "in flight");
    check_has(tolerated[2], "prompts");
    check_has(tolerated[3], "outputs");
    check(tolerated[4] == NULL);
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(accepts_a_good_level),
    WVA_TEST(does_not_check_what_is_unknown),
    WVA_TEST(refuses_a_level_without_success),
    WVA_TEST(refuses_latencies_that_are_missing_or_impossible),
    WVA_TEST(refuses_too_many_failures),
    WVA_TEST(refuses_another_load_than_wanted),
    WVA_TEST(refuses_other_tokens_than_asked),
    WVA_TEST(tolerates_what_is_allowed),
};

WVA_TEST_MAIN(tests)
