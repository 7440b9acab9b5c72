// SPDX-License-Identifier: Apache-2.0
/*
 * The measurement itself: what the record lacks is measured level by level, each stored as it ends.
 * Everything needed to go on is in the cluster at any moment: the plan and finished levels in the
 * ConfigMap, the running level as its Job.
 */
#include "bench_priv.h"

#include "wva/codec/json.h"
#include "wva/util/clock.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <math.h>
#include <string.h>

static const char *level_key(const struct wva_bench *b, size_t index)
{
    return wva_arena_printf(b->arena, "level-%zu", index + 1);
}

static const char *failed_key(const struct wva_bench *b, size_t index)
{
    return wva_arena_printf(b->arena, "failed-level-%zu", index + 1);
}

static int put(const struct wva_bench *b, const char *key, const char *text, struct wva_error *err)
{
    return wva_record_put(b->kube, b->arena, b->record, key, text, err);
}

void wva_bench_remember(const struct wva_bench *b, const char *key, const char *text)
{
    struct wva_error err = {0};
    if (put(b, key, text, &err) < 0 && err.code != WVA_E_CANCELED && !b->record->gone)
        b->observer->note(b->observer->ctx, WVA_NOTE_WARNING, err.msg);
}

static struct wva_value *level_value(const struct wva_bench *b, size_t index,
                                     const struct wva_level *level)
{
    struct wva_level stored = *level;
    if (!stored.guidellm_version[0]) /* reports up to 0.3 do not tell; the image did */
        snprintf(stored.guidellm_version, sizeof(stored.guidellm_version), "%d.%d.%d",
                 b->plan->version.major, b->plan->version.minor, b->plan->version.patch);
    if (isnan(stored.streams)) /* nor the limit that throughput has from the environment */
        stored.streams = (double)b->plan->levels[index].streams;
    return wva_level_to_value(b->arena, &stored);
}

static void note_level(const struct wva_bench *b, size_t index, const struct wva_level *level)
{
    b->observer->note(
        b->observer->ctx, WVA_NOTE_DONE,
        wva_arena_printf(b->arena,
                         "level %zu of %zu: batch %.4g, ITL %.3f ms, TTFT %.2f ms, %lld requests",
                         index + 1, b->plan->level_count, wva_level_batch(level), level->itl.mean,
                         level->ttft.mean, (long long)level->successful));
}

/* No request was done, or (0.8 counts by first tokens) none that began after the warm-up. */
static bool is_too_short(const struct wva_level *level)
{
    return level->errored <= 0 &&
           (level->successful == 0 || level->itl.count == 0 || level->ttft.count == 0);
}

static void note_tolerated(const struct wva_bench *b, size_t index, char *const *sentences)
{
    for (; *sentences; sentences++)
        b->observer->note(
            b->observer->ctx, WVA_NOTE_WARNING,
            wva_arena_printf(b->arena, "level %zu: %s (allowed)", index + 1, *sentences));
}

static bool is_good(const struct wva_bench *b, const struct wva_level *level,
                    const struct wva_level_wanted *wanted)
{
    char **problems, **tolerated;
    return wva_level_check(b->arena, level, wanted, &problems, &tolerated) == 0;
}

/* Names the options that would accept a level, if there are such. */
static void hint_allowed(const struct wva_bench *b, const struct wva_level *level,
                         const struct wva_level_wanted *wanted, struct wva_error *err)
{
    struct wva_level_wanted all = *wanted;
    const struct {
        bool *flag;
        const char *option;
    } flags[] = {{&all.allow_errors, "--allow-errors"},
                 {&all.allow_concurrency, "--allow-concurrency"},
                 {&all.allow_tokens, "--allow-tokens"}};
    struct wva_buf options = WVA_BUF(128);
    all.allow_errors = all.allow_concurrency = all.allow_tokens = true;
    if (!is_good(b, level, &all))
        return;
    for (size_t i = 0; i < WVA_COUNT(flags); i++) {
        *flags[i].flag = false;
        if (!is_good(b, level, &all))
            wva_buf_printf(&options, " %s", flags[i].option);
        *flags[i].flag = true;
    }
    wva_error_hint(err, "accept it as it is: --resume with%s", wva_buf_str(&options));
    wva_buf_done(&options);
}

/* Is the level good enough? Otherwise WVA_E_QUALITY with every problem. */
static int check_level(const struct wva_bench *b, size_t index, const struct wva_level *level,
                       struct wva_error *err)
{
    struct wva_level_wanted wanted = b->plan->wanted;
    wanted.streams = (double)b->plan->levels[index].streams;
    if (b->plan->levels[index].profile == WVA_PROFILE_THROUGHPUT)
        wanted.streams = 0; /* the guide's run: whatever the limit lets through */
    char **problems, **tolerated;
    if (wva_level_check(b->arena, level, &wanted, &problems, &tolerated) == 0) {
        note_tolerated(b, index, tolerated);
        return 0;
    }
    struct wva_buf all = WVA_BUF(900);
    for (char **problem = problems; *problem; problem++)
        wva_buf_printf(&all, "%s%s", all.len ? "; " : "", *problem);
    wva_error_set(err, WVA_E_QUALITY, "%s is not good enough: %s",
                  wva_plan_level_words(b->arena, b->plan, index), wva_buf_str(&all));
    wva_buf_done(&all);
    if (is_too_short(level))
        wva_error_hint(err,
                       "a request may take longer than a level: measure anew with a larger "
                       "--max-seconds (it was %lld)",
                       (long long)b->plan->max_seconds);
    hint_allowed(b, level, &wanted, err);
    return -1;
}

/* A level that failed its check is kept for a look, and in case the demands are eased. */
static void keep_failed(const struct wva_bench *b, size_t index, const struct wva_level *level,
                        unsigned number)
{
    struct wva_value *value = level_value(b, index, level);
    wva_put(b->arena, value, wva_int(b->arena, number), "try");
    wva_bench_remember(b, failed_key(b, index), wva_json_text(b->arena, value));
}

/* The level as it failed its check before, and the number of that try. False: there is none. */
static bool read_failed(const struct wva_bench *b, size_t index, struct wva_level *ret,
                        unsigned *ret_try)
{
    const char *text = wva_record_text(b->record, failed_key(b, index));
    struct wva_json_options options = {.name = failed_key(b, index)};
    struct wva_value *value = NULL;
    struct wva_error ignored = {0};
    int64_t number = 0;
    if (!text)
        return false;
    *ret_try = INT32_MAX; /* of no Job when it is damaged */
    if (wva_json_parse(b->arena, text, strlen(text), &options, &value, &ignored) < 0 ||
        !wva_value_i64(wva_get(value, "try"), &number) || number < 1 || number > INT32_MAX ||
        wva_level_from_value(value, options.name, index, ret, &ignored) < 0)
        return false;
    *ret_try = (unsigned)number;
    return true;
}

static int keep_level(const struct wva_bench *b, size_t index, const struct wva_level *level,
                      struct wva_error *err)
{
    if (put(b, level_key(b, index), wva_json_text(b->arena, level_value(b, index, level)), err) < 0)
        return -1;
    note_level(b, index, level);
    return 0;
}

static int do_level(const struct wva_bench *b, size_t index, struct wva_error *err)
{
    struct wva_level level;
    struct wva_level_job job;
    struct wva_error still = {0};
    unsigned spent = 0;
    if (read_failed(b, index, &level, &spent) && check_level(b, index, &level, &still) == 0)
        return keep_level(b, index, &level, err);
    if (wva_level_job_measure(b, index, spent, &level, &job, err) < 0)
        return wva_error_wrap(err, "%s", wva_plan_level_words(b->arena, b->plan, index));
    if (check_level(b, index, &level, err) < 0) {
        keep_failed(b, index, &level, job.number);
        return -1;
    }
    return keep_level(b, index, &level, err);
}

/* GuideLLM 0.3 fails when no request is done in time, for which a warm-up may well be too short;
 * later releases report it. What is really wrong fails the first level, too. */
static bool may_be_too_short(const struct wva_bench *b)
{
    static const struct wva_guidellm_version reports_it = {0, 4, 0};
    return wva_guidellm_version_compare(b->plan->version, reports_it) < 0;
}

static int do_warmup(const struct wva_bench *b, struct wva_error *err)
{
    struct wva_level discarded;
    struct wva_level_job job;
    if (b->plan->warmup_seconds <= 0 || wva_record_text(b->record, "warmup"))
        return 0;
    if (wva_level_job_measure(b, WVA_WARMUP, 0, &discarded, &job, err) < 0) {
        if (job.end != WVA_JOB_FAILED || !may_be_too_short(b))
            return wva_error_wrap(err, "warm-up");
        wva_error_clear(err);
        b->observer->note(
            b->observer->ctx, WVA_NOTE_WARNING,
            wva_arena_printf(
                b->arena, "warm-up: GuideLLM failed, as it does when no request is done in %lld s",
                (long long)b->plan->warmup_seconds));
    }
    return put(b, "warmup", "done", err);
}

static int do_levels(const struct wva_bench *b, struct wva_error *err)
{
    if (!wva_bench_complete(b->arena, b->record) && do_warmup(b, err) < 0)
        return -1;
    for (size_t i = 0; i < b->plan->level_count; i++) {
        if (wva_record_text(b->record, level_key(b, i)))
            continue;
        if (do_level(b, i, err) < 0)
            return -1;
    }
    char now[WVA_RFC3339_MAX];
    wva_format_rfc3339(now, wva_clock_unix_ms());
    if (put(b, "finishedAt", now, err) < 0)
        return -1;
    return put(b, "state", "measured", err);
}

bool wva_bench_complete(struct wva_arena *arena, const struct wva_record *record)
{
    const struct wva_value *levels = wva_get(record->plan, "levels");
    for (size_t i = 0; levels && i < levels->count; i++)
        if (!wva_record_text(record, wva_arena_printf(arena, "level-%zu", i + 1)))
            return false;
    return levels != NULL;
}

int wva_bench_measure(struct wva_kube *kube, struct wva_arena *arena, const struct wva_plan *plan,
                      struct wva_record *record, const struct wva_observer *observer,
                      struct wva_error *err)
{
    const struct wva_bench b = {kube, arena, plan, record, observer};
    record->observer = *observer;
    if (wva_bench_complete(arena, record) && wva_record_text(record, "finishedAt"))
        return 0; /* what came after is not for us to take back */
    if (!wva_str_eq(wva_record_text(record, "state"), "measuring"))
        wva_bench_remember(&b, "state", "measuring");
    if (do_levels(&b, err) == 0)
        return 0;
    return wva_record_stop(kube, arena, record, err);
}
