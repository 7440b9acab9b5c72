// SPDX-License-Identifier: Apache-2.0
/* Levels: unknown figures, and the few rules that hold whatever release a level came from. */
#include "wva/guidellm/level.h"

#include "level_priv.h"
#include "wva/util/arena.h"
#include "wva/util/str.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct wva_stat unknown_stat = {
    .mean = NAN,
    .median = NAN,
    .std_dev = NAN,
    .min = NAN,
    .count = -1,
};

void wva_level_init(struct wva_level *level)
{
    *level = (struct wva_level){
        .streams = NAN,
        .concurrency = NAN,
        .prompt_tokens = NAN,
        .output_tokens = NAN,
        .itl = unknown_stat,
        .ttft = unknown_stat,
        .successful = -1,
        .errored = -1,
        .incomplete = -1,
        .duration_s = NAN,
    };
}

double wva_level_batch(const struct wva_level *level)
{
    return isfinite(level->concurrency) ? level->concurrency : level->streams;
}

void wva_level_set_text(char *out, size_t size, const char *text, size_t len)
{
    /* wva_str_sanitize() may add the three bytes of an ellipsis after the cut. */
    wva_auto_arena arena = {0};
    const char *clean = wva_str_sanitize(&arena, text, len, size - 4, false);
    snprintf(out, size, "%s", clean);
}

void wva_stat_forget_if_empty(struct wva_stat *stat)
{
    if (stat->count == 0) {
        *stat = unknown_stat;
        stat->count = 0;
    }
}

double wva_level_requested(const char *strategy, double streams, double limit)
{
    if (wva_str_eq(strategy, "synchronous"))
        return 1;
    if (wva_str_eq(strategy, "concurrent"))
        return streams;
    if (wva_str_eq(strategy, "throughput"))
        return limit;
    return NAN;
}
