// SPDX-License-Identifier: Apache-2.0
/*
 * Is a measured level good enough to be used? Says what is wrong with the measurement itself;
 * whether levels fit together is for the fit.
 */
#include "wva/guidellm/check.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>

#define ERROR_SHARE        0.02
#define CONCURRENCY_MARGIN 0.15

/* Tokens may differ by this share; a chat template adds some dozens to a prompt. */
#define TOKEN_MARGIN   0.1
#define TEMPLATE_SLACK 40

/* Sentences of one kind, ends with NULL. At most one a rule: no rule list is longer than `items`.
 */
struct sentences {
    struct wva_arena *arena;
    char **items;
    size_t count;
};

#define SENTENCES_MAX 16

static struct sentences sentences_new(struct wva_arena *arena)
{
    return (struct sentences){
        .arena = arena,
        .items = wva_arena_calloc(arena, SENTENCES_MAX, sizeof(char *)),
    };
}

static void say(struct sentences *list, const char *fmt, ...) WVA_PRINTF(2, 3);

static void say(struct sentences *list, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    list->items[list->count++] = wva_arena_vprintf(list->arena, fmt, args);
    va_end(args);
}

static void check_requests(const struct wva_level *level, struct sentences *problems)
{
    if (level->successful != 0)
        return;
    if (level->errored > 0)
        say(problems, "no request succeeded: all %" PRId64 " failed%s%s", level->errored,
            level->first_error[0] ? ": " : "", level->first_error);
    else if (level->incomplete > 0)
        say(problems, "no request was done in time: all %" PRId64 " were cut off at the end",
            level->incomplete);
    else
        say(problems, "no request succeeded");
}

static void check_latency(const struct wva_level *level, const struct wva_stat *stat,
                          const char *what, struct sentences *problems)
{
    double value = level->median_only ? stat->median : stat->mean;
    if (!isfinite(value))
        say(problems, "no %s was measured", what);
    else if (value <= 0)
        say(problems, "the %s is %.6g ms, it must be above 0", what, value);
}

/* GuideLLM marks a missing first token with a large negative time (<= 0.3) or 0 (later), which
 * spoils the mean. ITL has no such rule: requests of one token count with 0 ms and no weight. */
static void check_first_tokens(const struct wva_level *level, struct sentences *problems)
{
    if (level->ttft.mean > 0 && level->ttft.min <= 0)
        say(problems, "the smallest time to first token is %.6g ms: some answers were not streamed",
            level->ttft.min);
}

static void check_errors(const struct wva_level *level, const struct wva_level_wanted *wanted,
                         struct sentences *list)
{
    if (level->errored <= 0)
        return;
    double most = wanted->max_error_share >= 0 ? wanted->max_error_share : ERROR_SHARE;
    double share = (double)level->errored / (double)(level->errored + level->successful);
    if (share > most)
        say(list, "%" PRId64 " of %" PRId64 " requests failed (%.3g %%, at most %.3g %% may)%s%s",
            level->errored, level->errored + level->successful, 100 * share, 100 * most,
            level->first_error[0] ? ": " : "", level->first_error);
}

static void check_concurrency(const struct wva_level *level, const struct wva_level_wanted *wanted,
                              struct sentences *list)
{
    if (wanted->streams <= 0 || !isfinite(level->concurrency))
        return;
    double margin =
        wanted->concurrency_margin >= 0 ? wanted->concurrency_margin : CONCURRENCY_MARGIN;
    if (fabs(level->concurrency - wanted->streams) > margin * wanted->streams)
        say(list, "%.4g requests were in flight on average, %.4g were wanted (within %.3g %%)",
            level->concurrency, wanted->streams, 100 * margin);
}

static void check_tokens(double measured, double wanted, double slack, const char *what,
                         struct sentences *list)
{
    if (wanted <= 0 || !isfinite(measured))
        return;
    if (measured < wanted * (1 - TOKEN_MARGIN) || measured > wanted * (1 + TOKEN_MARGIN) + slack)
        say(list, "the %s had %.4g tokens on average, %.4g were asked for", what, measured, wanted);
}

/* What is said of requests that succeeded. */
static void check_figures(const struct wva_level *level, const struct wva_level_wanted *wanted,
                          struct sentences *problems, struct sentences *tolerated)
{
    struct sentences *tokens = wanted->allow_tokens ? tolerated : problems;

    check_latency(level, &level->itl, "inter-token latency", problems);
    check_latency(level, &level->ttft, "time to first token", problems);
    check_first_tokens(level, problems);
    check_errors(level, wanted, wanted->allow_errors ? tolerated : problems);
    check_concurrency(level, wanted, wanted->allow_concurrency ? tolerated : problems);
    check_tokens(level->prompt_tokens, wanted->prompt_tokens, TEMPLATE_SLACK, "prompts", tokens);
    check_tokens(level->output_tokens, wanted->output_tokens, 0, "outputs", tokens);
}

size_t wva_level_check(struct wva_arena *arena, const struct wva_level *level,
                       const struct wva_level_wanted *wanted, char ***ret_problems,
                       char ***ret_tolerated)
{
    struct sentences problems = sentences_new(arena);
    struct sentences tolerated = sentences_new(arena);

    check_requests(level, &problems);
    if (level->successful != 0)
        check_figures(level, wanted, &problems, &tolerated);

    *ret_problems = problems.items;
    *ret_tolerated = tolerated.items;
    return problems.count;
}
