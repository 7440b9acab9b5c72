// SPDX-License-Identifier: Apache-2.0
/* From a Benchmark to a Fit: which figures of each level are used, and what is worth a warning. */
#include "fit_levels.h"

#include "wva/util/str.h"

#include <math.h>
#include <string.h>

/* What one level contributes, and where from. */
struct chosen {
    struct wva_fit_point point;
    bool measured;
};

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

/* Console tables print the concurrency of successful requests only, which misses those cut off at
 * the end (57.3 of 63.5 at 64 streams); a report has the right figure. So logs count as nominal
 * where that is known. */
static bool use_measured(const struct wva_level *level, double nominal, bool from_console,
                         enum wva_batch_choice choice)
{
    if (choice == WVA_BATCH_NOMINAL)
        return false;
    if (choice == WVA_BATCH_AUTO && from_console && nominal > 0)
        return false;
    return level->concurrency > 0 || choice == WVA_BATCH_MEASURED || !(nominal > 0);
}

static double first_known(double a, double b)
{
    return isnan(a) ? b : a;
}

static double known_count(int64_t count)
{
    return count > 0 ? (double)count : (double)NAN;
}

/* A level read from a console has no figure that only reports have. */
static bool is_from_console(const struct wva_level *level)
{
    return level->median_only || isnan(level->itl.std_dev);
}

static struct chosen choose(const struct wva_level *level, const struct wva_provenance *provenance,
                            enum wva_batch_choice choice)
{
    double nominal = nominal_batch(level, provenance);
    bool measured = use_measured(level, nominal, is_from_console(level), choice);
    double asked = known_count(provenance->prompt_tokens);
    bool own_prompt = measured || wva_str_eq(level->strategy, WVA_POINT_STRATEGY);
    return (struct chosen){
        .point =
            {
                .batch = measured ? level->concurrency : nominal,
                .prompt_tokens = own_prompt ? first_known(level->prompt_tokens, asked)
                                            : first_known(asked, level->prompt_tokens),
                .itl_ms = first_known(level->itl.mean, level->itl.median),
                .ttft_ms = first_known(level->ttft.mean, level->ttft.median),
            },
        .measured = measured,
    };
}

/* What a level lacks, in words with the flag that supplies it; NULL when nothing. */
static const char *missing(const struct chosen *chosen)
{
    if (isnan(chosen->point.batch))
        return chosen->measured
                   ? "its measured concurrency (--batch nominal uses the requested batch)"
                   : "its batch size (--max-batch-size says what limited a throughput run)";
    if (isnan(chosen->point.prompt_tokens))
        return "its prompt length (--prompt-tokens)";
    if (isnan(chosen->point.itl_ms))
        return "an inter-token latency (ITL)";
    if (isnan(chosen->point.ttft_ms))
        return "a time to first token (TTFT)";
    return NULL;
}

static int require_known(const struct chosen *chosen, const struct wva_level *level, size_t index,
                         struct wva_error *err)
{
    if (level->successful == 0)
        return wva_error_set(err, WVA_E_QUALITY, "level %zu (%s): no request succeeded", index + 1,
                             level->strategy);
    const char *what = missing(chosen);
    if (!what)
        return 0;
    return wva_error_set(err, WVA_E_QUALITY, "level %zu (%s): the input does not have %s",
                         index + 1, level->strategy[0] ? level->strategy : "unnamed", what);
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

static void warn_levels(struct warnings *warnings, const struct wva_benchmark *benchmark,
                        const struct wva_fit_point *points)
{
    bool medians = false;
    for (size_t i = 0; i < benchmark->level_count; i++) {
        const struct wva_level *level = &benchmark->levels[i];
        medians |= level->median_only;
        double limit = known_count(benchmark->provenance.max_batch_size);
        if (points[i].batch > limit * 1.02)
            warn(warnings, wva_arena_printf(warnings->arena,
                                            "level %zu ran at batch %.4g, above the server's limit "
                                            "of %.0f: requests queued, and the wait is in its TTFT",
                                            i + 1, points[i].batch, limit));
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

int wva_fit_benchmark(struct wva_arena *arena, const struct wva_benchmark *benchmark,
                      enum wva_batch_choice choice, struct wva_fit_document *ret,
                      struct wva_error *err)
{
    size_t count = benchmark->level_count;
    struct wva_fit_point *points = wva_arena_calloc(arena, count + 1, sizeof(*points));
    double *output_tokens = wva_arena_calloc(arena, count + 1, sizeof(*output_tokens));
    bool all_measured = true;

    for (size_t i = 0; i < count; i++) {
        const struct wva_level *level = &benchmark->levels[i];
        struct chosen chosen = choose(level, &benchmark->provenance, choice);
        if (require_known(&chosen, level, i, err) < 0)
            return -1;
        points[i] = chosen.point;
        all_measured &= chosen.measured;
        output_tokens[i] =
            first_known(level->output_tokens, known_count(benchmark->provenance.output_tokens));
    }

    struct wva_fit fit;
    if (wva_fit_solve(points, count, &fit, err) < 0)
        return -1;

    struct warnings warnings = {.arena = arena, .cap = count + 8};
    warnings.items = wva_arena_calloc(arena, warnings.cap, sizeof(*warnings.items));
    warn_levels(&warnings, benchmark, points);
    warn_fit(&warnings, &fit);
    *ret = (struct wva_fit_document){
        .provenance = benchmark->provenance,
        .fit = fit,
        .points = points,
        .output_tokens = output_tokens,
        .warnings = warnings.items,
        .batch_measured = all_measured,
    };
    return 0;
}
