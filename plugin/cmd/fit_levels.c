// SPDX-License-Identifier: Apache-2.0
/* From a Benchmark to a Fit: which figures of each level are used, and what is worth a warning.
 * Which levels are used is fit_leave_out.c's. */
#include "fit_levels.h"

#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <math.h>
#include <string.h>

/* Requested batch of a level; throughput without a recorded limit was limited by the server's. NAN:
 * unknown. */
static double nominal_batch(const struct wva_level *level, const struct wva_provenance *provenance)
{
    if (level->streams > 0)
        return level->streams;
    if (wva_str_eq(level->strategy, "throughput") && provenance->max_batch_size > 0)
        return (double)provenance->max_batch_size;
    return (double)NAN;
}

/* A level read from a console has no figure that only reports have. */
static bool is_from_console(const struct wva_level *level)
{
    return level->median_only || isnan(level->itl.std_dev);
}

/* Console tables print the concurrency of successful requests only, which misses those cut off at
 * the end (57.3 of 63.5 at 64 streams); a report has the right figure. The guide's equations are in
 * batch sizes 1 and N. So both count as requested, where that is known. */
static bool prefers_nominal(const struct wva_level *level, const struct wva_provenance *provenance)
{
    return is_from_console(level) || wva_str_eq(provenance->method, "guide");
}

static bool use_measured(const struct wva_level *level, const struct wva_provenance *provenance,
                         enum wva_batch_choice choice)
{
    bool nominal_known = nominal_batch(level, provenance) > 0;
    if (choice == WVA_BATCH_NOMINAL)
        return false;
    if (choice == WVA_BATCH_AUTO && nominal_known && prefers_nominal(level, provenance))
        return false;
    return level->concurrency > 0 || choice == WVA_BATCH_MEASURED || !nominal_known;
}

static double first_known(double a, double b)
{
    return isnan(a) ? b : a;
}

static double known_count(int64_t count)
{
    return count > 0 ? (double)count : (double)NAN;
}

static struct wva_fit_level choose(const struct wva_level *level,
                                   const struct wva_provenance *provenance,
                                   enum wva_batch_choice choice)
{
    bool measured = use_measured(level, provenance, choice);
    double asked = known_count(provenance->prompt_tokens);
    bool own_prompt = measured || wva_str_eq(level->strategy, WVA_POINT_STRATEGY);
    return (struct wva_fit_level){
        .level = level,
        .point =
            {
                .batch = measured ? level->concurrency : nominal_batch(level, provenance),
                .prompt_tokens = own_prompt ? first_known(level->prompt_tokens, asked)
                                            : first_known(asked, level->prompt_tokens),
                .itl_ms = first_known(level->itl.mean, level->itl.median),
                .ttft_ms = first_known(level->ttft.mean, level->ttft.median),
            },
        .measured = measured,
    };
}

void wva_fit_levels_choose(struct wva_arena *arena, const struct wva_benchmark *benchmark,
                           enum wva_batch_choice choice, struct wva_fit_levels *ret)
{
    const size_t count = benchmark->level_count;
    struct wva_fit_level *items = wva_arena_calloc(arena, count, sizeof(*items));
    for (size_t i = 0; i < count; i++)
        items[i] = choose(&benchmark->levels[i], &benchmark->provenance, choice);
    *ret = (struct wva_fit_levels){benchmark, items, count};
}

/* Whose batch size is asked for. */
static const char *lacking_batch(const struct wva_fit_level *item)
{
    if (item->measured)
        return "its measured concurrency (--batch nominal uses the requested batch)";
    if (wva_str_eq(item->level->strategy, "throughput"))
        return "its batch size (--max-batch-size says what limited a throughput run)";
    return "a requested batch size (--batch measured uses the measured concurrency)";
}

/* Refuses a level that lacks a figure; what an option can supply is a matter of usage. */
static int require_known(const struct wva_fit_level *item, size_t number, struct wva_error *err)
{
    const struct {
        double value;
        enum wva_code code;
        const char *what;
    } needed[] = {
        {item->point.batch, WVA_E_USAGE, lacking_batch(item)},
        {item->point.prompt_tokens, WVA_E_USAGE, "its prompt length (--prompt-tokens)"},
        {item->point.itl_ms, WVA_E_QUALITY, "an inter-token latency (ITL)"},
        {item->point.ttft_ms, WVA_E_QUALITY, "a time to first token (TTFT)"},
    };
    const char *strategy = item->level->strategy[0] ? item->level->strategy : "unnamed";
    if (item->level->successful == 0)
        return wva_error_set(err, WVA_E_QUALITY, "level %zu (%s): no request succeeded", number,
                             strategy);
    for (size_t i = 0; i < WVA_COUNT(needed); i++)
        if (isnan(needed[i].value))
            return wva_error_set(err, needed[i].code, "level %zu (%s): the input does not have %s",
                                 number, strategy, needed[i].what);
    return 0;
}

struct warnings {
    struct wva_arena *arena;
    const char **items;
    size_t count, cap;
};

static void warn(struct warnings *warnings, const char *text)
{
    if (warnings->count + 1 < warnings->cap)
        warnings->items[warnings->count++] = text;
}

static void warn_left_out(struct warnings *warnings, const struct wva_fit_levels *levels)
{
    const char *const *sentence = wva_fit_levels_left_out(warnings->arena, levels);
    for (; *sentence; sentence++)
        warn(warnings, *sentence);
}

static void warn_levels(struct warnings *warnings, const struct wva_fit_levels *levels)
{
    double limit = known_count(levels->benchmark->provenance.max_batch_size);
    bool medians = false;
    size_t number = 0;
    for (size_t i = 0; i < levels->count; i++) {
        const struct wva_fit_level *item = &levels->items[i];
        if (item->left_out)
            continue;
        number++;
        medians |= item->level->median_only;
        if (item->point.batch > limit * (1 + WVA_BATCH_MARGIN))
            warn(warnings, wva_arena_printf(warnings->arena,
                                            "level %zu ran at batch %.4g, above the server's limit "
                                            "of %.0f: requests queued, and the wait is in its TTFT",
                                            number, item->point.batch, limit));
    }
    if (medians)
        warn(warnings, "the log has medians only (GuideLLM 0.4 to 0.7 print no means); its JSON "
                       "report is better");
}

static void warn_fit(struct warnings *warnings, const struct wva_fit *fit)
{
    if (fit->points == 2)
        warn(warnings, "two levels fix the two lines exactly: nothing tells how good they are "
                       "between and beyond (a third level does)");
    if (fit->itl.worst_relative > 0.05)
        warn(warnings,
             wva_arena_printf(
                 warnings->arena,
                 "the ITL line misses a level by %.1f %%: the relation is not straight there",
                 100 * fit->itl.worst_relative));
    if (fit->ttft.worst_relative > 0.15)
        warn(warnings, wva_arena_printf(warnings->arena,
                                        "the TTFT line misses a level by %.1f %%: queueing, cache "
                                        "hits or start-up cost may be in it",
                                        100 * fit->ttft.worst_relative));
}

static const char *const *all_warnings(struct wva_arena *arena, const struct wva_fit_levels *levels,
                                       const struct wva_fit *fit)
{
    struct warnings warnings = {.arena = arena, .cap = levels->count + 8};
    warnings.items = wva_arena_calloc(arena, warnings.cap, sizeof(*warnings.items));
    warn_left_out(&warnings, levels);
    warn_levels(&warnings, levels);
    warn_fit(&warnings, fit);
    return warnings.items;
}

int wva_fit_levels_solve(struct wva_arena *arena, const struct wva_fit_levels *levels,
                         struct wva_fit_document *ret, struct wva_error *err)
{
    const struct wva_provenance *provenance = &levels->benchmark->provenance;
    struct wva_fit_point *points = wva_arena_calloc(arena, levels->count, sizeof(*points));
    double *output_tokens = wva_arena_calloc(arena, levels->count, sizeof(*output_tokens));
    bool all_measured = true;
    size_t count = 0;

    for (size_t i = 0; i < levels->count; i++) {
        const struct wva_fit_level *item = &levels->items[i];
        if (item->left_out)
            continue;
        if (require_known(item, count + 1, err) < 0)
            return -1;
        output_tokens[count] =
            first_known(item->level->output_tokens, known_count(provenance->output_tokens));
        all_measured &= item->measured;
        points[count++] = item->point;
    }

    struct wva_fit fit;
    if (wva_fit_solve(points, count, &fit, err) < 0)
        return -1;
    *ret = (struct wva_fit_document){
        .provenance = *provenance,
        .fit = fit,
        .points = points,
        .output_tokens = output_tokens,
        .warnings = all_warnings(arena, levels, &fit),
        .batch_measured = all_measured,
    };
    return 0;
}

int wva_fit_benchmark(struct wva_arena *arena, const struct wva_benchmark *benchmark,
                      enum wva_batch_choice choice, struct wva_fit_document *ret,
                      struct wva_error *err)
{
    struct wva_fit_levels levels;
    wva_fit_levels_choose(arena, benchmark, choice, &levels);
    wva_fit_levels_leave_out(arena, &levels);
    return wva_fit_levels_solve(arena, &levels, ret, err);
}
