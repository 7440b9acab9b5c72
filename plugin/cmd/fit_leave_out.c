// SPDX-License-Identifier: Apache-2.0
/*
 * Levels that are no steady state, and that a fit is better without. WVA's model adds the wait for
 * a place in the batch by itself, so a TTFT with that wait in it is counted twice: on measured
 * sweeps of Llama-3.1-8B the throughput level alone put TTFT off by up to 6835 %.
 *
 * The guide's own pair, synchronous and throughput, stays a pair: a level is only left out when two
 * batch sizes remain.
 */
#include "fit_levels.h"

#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <math.h>

struct rule {
    bool (*applies)(const struct wva_fit_level *level, double limit);
    const char *why;
};

static bool starts_in_a_burst(const struct wva_fit_level *level, double limit)
{
    (void)limit;
    return wva_str_eq(level->level->strategy, "throughput");
}

/* Never when either is not known. */
static bool is_above_limit(const struct wva_fit_level *level, double limit)
{
    return level->point.batch > limit * (1 + WVA_BATCH_MARGIN);
}

static const struct rule rules[] = {
    {starts_in_a_burst,
     "all its requests start at once, and the wait for each other is in its TTFT"},
    {is_above_limit,
     "that is more than the server takes at a time (--max-batch-size), and the wait "
     "for a place is in its TTFT"},
};

static double limit_of(const struct wva_fit_levels *levels)
{
    const int64_t limit = levels->benchmark->provenance.max_batch_size;
    return limit > 0 ? (double)limit : (double)NAN;
}

static bool two_batches_remain(const struct wva_fit_levels *levels, const struct rule *rule)
{
    double least = (double)NAN, most = (double)NAN; /* fmin() and fmax() take the other one */
    for (size_t i = 0; i < levels->count; i++) {
        const struct wva_fit_level *level = &levels->items[i];
        if (level->left_out || rule->applies(level, limit_of(levels)))
            continue;
        least = fmin(least, level->point.batch);
        most = fmax(most, level->point.batch);
    }
    return most - least > WVA_FIT_SAME_BATCH * most;
}

static const char *sentence(struct wva_arena *arena, const struct wva_fit_level *level,
                            const char *why)
{
    const char *strategy = level->level->strategy[0] ? level->level->strategy : "a level";
    return wva_arena_printf(arena, "left out: %s at batch %.4g: %s (--all-levels keeps it)",
                            strategy, level->point.batch, why);
}

void wva_fit_levels_leave_out(struct wva_arena *arena, struct wva_fit_levels *levels)
{
    for (size_t r = 0; r < WVA_COUNT(rules); r++) {
        if (!two_batches_remain(levels, &rules[r]))
            continue;
        for (size_t i = 0; i < levels->count; i++) {
            struct wva_fit_level *level = &levels->items[i];
            if (!level->left_out && rules[r].applies(level, limit_of(levels)))
                level->left_out = sentence(arena, level, rules[r].why);
        }
    }
}

const char *const *wva_fit_levels_left_out(struct wva_arena *arena,
                                           const struct wva_fit_levels *levels)
{
    const char **sentences = wva_arena_calloc(arena, levels->count + 1, sizeof(*sentences));
    size_t count = 0;
    for (size_t i = 0; i < levels->count; i++)
        if (levels->items[i].left_out)
            sentences[count++] = levels->items[i].left_out;
    return sentences;
}
