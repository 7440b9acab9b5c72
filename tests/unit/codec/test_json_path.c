// SPDX-License-Identifier: Apache-2.0
#include "support/wva_test.h"

#include "wva/codec/json.h"

/* benchmarks[3].metrics.percentiles[12].p99 */
static const struct wva_json_path path = {
    .depth = 6,
    .steps = {{.key = "benchmarks"},
              {.index = 3},
              {.key = "metrics"},
              {.key = "percentiles"},
              {.index = 12},
              {.key = "p99"}},
};

static void test_paths_have_a_text(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    const struct wva_json_path root = {.depth = 0};
    const struct wva_json_path in_array = {.depth = 2, .steps = {{.index = 0}, {.key = "a"}}};
    check_str(wva_json_path_text(&arena, &path), "benchmarks[3].metrics.percentiles[12].p99");
    check_str(wva_json_path_text(&arena, &in_array), "[0].a");
    check_str(wva_json_path_text(&arena, &root), "");
}

static void test_patterns_match_whole_paths(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        bool matches;
        size_t index;
    } cases[] = {
        {"benchmarks[*].metrics.percentiles[*].p99", true, 3},
        {"benchmarks[3].metrics.percentiles[*].p99", true, 12},
        {"benchmarks[3].metrics.percentiles[12].p99", true, 99},
        {"benchmarks[*].*.percentiles[*].*", true, 3},
        {"*[*].*.*[*].*", true, 3},
        {"benchmarks[*].metrics.percentiles[*]", false, 99},
        {"benchmarks[*].metrics.percentiles[*].p99.x", false, 99},
        {"benchmarks[*].metrics.percentiles[*].p9", false, 99},
        {"benchmarks[*].metrics.percentiles[*].p999", false, 99},
        {"benchmarks[4].metrics.percentiles[*].p99", false, 99},
        {"benchmarks[03].metrics.percentiles[*].p99", false, 99},
        {"benchmarks[].metrics.percentiles[*].p99", false, 99},
        {"benchmarks.*.metrics.percentiles[*].p99", false, 99},
        {"[*][*].metrics.percentiles[*].p99", false, 99},
        {"benchmarks[*", false, 99},
        {"benchmarks[3.metrics", false, 99},
        {"benchmarks[31", false, 99},
        {"", false, 99},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t index = 99;
        if (wva_json_path_match(&path, cases[i].pattern, &index) != cases[i].matches)
            fail_msg("\"%s\" should%s match", cases[i].pattern, cases[i].matches ? "" : " not");
        check_int(index, cases[i].index);
        check(wva_json_path_match(&path, cases[i].pattern, NULL) == cases[i].matches);
    }
}

static void test_the_root_matches_the_empty_pattern(void **state)
{
    (void)state;
    const struct wva_json_path root = {.depth = 0};
    check(wva_json_path_match(&root, "", NULL));
    check(!wva_json_path_match(&root, "*", NULL));
    check(!wva_json_path_match(&root, "[*]", NULL));
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(test_paths_have_a_text),
    WVA_TEST(test_patterns_match_whole_paths),
    WVA_TEST(test_the_root_matches_the_empty_pattern),
};

WVA_TEST_MAIN(tests)
