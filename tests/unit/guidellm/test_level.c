// SPDX-License-Identifier: Apache-2.0
/* Unknown figures are NAN and -1, never 0; which batch a fit uses. */
#include "support/wva_test.h"

#include "wva/guidellm/level.h"

static void begins_with_everything_unknown(void **state)
{
    (void)state;
    struct wva_level level;
    memset(&level, 0x55, sizeof(level));
    wva_level_init(&level);
    check(isnan(level.streams) && isnan(level.concurrency));
    check(isnan(level.prompt_tokens) && isnan(level.output_tokens));
    check(isnan(level.duration_s));
    const struct wva_stat *stats[] = {&level.itl, &level.ttft};
    for (size_t i = 0; i < 2; i++) {
        check(isnan(stats[i]->mean) && isnan(stats[i]->median));
        check(isnan(stats[i]->std_dev) && isnan(stats[i]->min));
        check_int(stats[i]->count, -1);
    }
    check_int(level.successful, -1);
    check_int(level.errored, -1);
    check_int(level.incomplete, -1);
    check(!level.median_only);
    check_str(level.strategy, "");
    check_str(level.guidellm_version, "");
    check_str(level.model, "");
    check_str(level.target, "");
}

static void prefers_the_measured_batch(void **state)
{
    (void)state;
    struct wva_level level;
    wva_level_init(&level);
    check(isnan(wva_level_batch(&level)));
    level.streams = 64;
    check(wva_level_batch(&level) == 64);
    level.concurrency = 63.5;
    check(wva_level_batch(&level) == 63.5);
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(begins_with_everything_unknown),
    WVA_TEST(prefers_the_measured_batch),
};

WVA_TEST_MAIN(tests)
