// SPDX-License-Identifier: Apache-2.0
/*
 * The measurement itself: what the record lacks is measured level by level, each stored as it ends.
 * Everything needed to go on is in the cluster at any moment: the plan and finished levels in the
 * ConfigMap, the running level as its Job.
 */
#include "wva/run/bench.h"

#include "job_wait.h"

#include "wva/codec/json.h"
#include "wva/guidellm/job.h"
#include "wva/util/cancel.h"
#include "wva/util/clock.h"
#include "wva/util/str.h"

#include <math.h>
#include <string.h>

/* Beyond the Job's own deadline, for the API server to notice. */
#define WAIT_ALLOWANCE_MS (120 * 1000)

struct bench {
    struct wva_kube *kube;
    struct wva_arena *arena;
    const struct wva_plan *plan;
    struct wva_record *record;
    const struct wva_observer *observer;
};

static const char *level_key(const struct bench *b, size_t index)
{
    return wva_arena_printf(b->arena, "level-%zu", index + 1);
}

static bool job_failed(const struct wva_value *job)
{
    int64_t failed = 0;
    (void)wva_value_i64(wva_get(job, "status", "failed"), &failed);
    return failed > 0 || wva_get_str(job, "metadata", "deletionTimestamp") != NULL;
}

/* Jobs of this level made so far: the newest one that has not failed (NULL if none), and how many
 * there were. */
static int find_jobs(const struct bench *b, size_t index, struct wva_value **ret_job,
                     unsigned *ret_count, struct wva_error *err)
{
    char *selector = wva_arena_printf(b->arena, "%s=%s,%s=%s", WVA_LABEL_RUN, b->record->run_id,
                                      WVA_LABEL_LEVEL, wva_plan_level_id(b->arena, index));
    struct wva_value *jobs;
    if (wva_kube_list(b->kube, b->arena, &wva_type_job, b->record->namespace_, selector, NULL,
                      &jobs, NULL, err) < 0)
        return wva_error_wrap(err, "cannot look for Jobs of run %s", b->record->run_id);
    *ret_job = NULL;
    *ret_count = (unsigned)jobs->count;
    for (size_t i = 0; i < jobs->count; i++)
        if (!job_failed(jobs->items[i]))
            *ret_job = jobs->items[i];
    return 0;
}

/* A POST whose answer was lost may have been carried out: the name is ours alone, so "exists" means
 * it was. */
static int create_job(const struct bench *b, size_t index, unsigned attempt, struct wva_value **ret,
                      struct wva_error *err)
{
    struct wva_value *job = NULL;
    if (wva_plan_job(b->arena, b->plan, index, attempt, b->record->object, &job, err) < 0)
        return -1;
    const char *name = wva_get_str(job, "metadata", "name");
    if (wva_kube_create(b->kube, b->arena, &wva_type_job, job, WVA_DRY_RUN_NONE, ret, err) == 0)
        return 0;
    if (err->code != WVA_E_EXISTS && err->code != WVA_E_NETWORK)
        return wva_error_wrap(err, "cannot create Job '%s/%s'", b->record->namespace_, name);
    struct wva_error again = {0};
    if (wva_kube_get(b->kube, b->arena, &wva_type_job, b->record->namespace_, name, ret, &again) <
        0)
        return wva_error_wrap(err, "cannot create Job '%s/%s'", b->record->namespace_, name);
    wva_error_clear(err);
    return 0;
}

/* The Job to wait for: one that is still there from before, or a new one. */
static int start_job(const struct bench *b, size_t index, bool repeat, struct wva_value **ret,
                     struct wva_error *err)
{
    unsigned earlier = 0;
    struct wva_value *job = NULL;
    if (find_jobs(b, index, &job, &earlier, err) < 0)
        return -1;
    if (job && !repeat) {
        *ret = job;
        return 0;
    }
    return create_job(b, index, earlier + 1, ret, err);
}

/* What still runs is stopped: it would load the server for nothing. Best effort, and not
 * interrupted by the signal that led here. */
static void stop_job(const struct bench *b, const struct wva_value *job)
{
    const char *name = wva_get_str(job, "metadata", "name");
    struct wva_error err = {0};
    wva_cancel_defer_begin();
    b->observer->step(b->observer->ctx, wva_arena_printf(b->arena, "stopping Job %s", name), NULL);
    if (wva_kube_delete(b->kube, &wva_type_job, b->record->namespace_, name,
                        wva_get_str(job, "metadata", "uid"), &err) < 0)
        b->observer->note(b->observer->ctx, WVA_NOTE_WARNING,
                          wva_arena_printf(b->arena, "Job %s is still there: %s", name, err.msg));
    wva_cancel_defer_end();
}

/* Best effort, as the failure that led here is what matters. */
static void record_state(const struct bench *b, const char *state)
{
    struct wva_error err = {0};
    wva_cancel_defer_begin();
    if (wva_record_put(b->kube, b->arena, b->record, "state", state, &err) < 0)
        b->observer->note(b->observer->ctx, WVA_NOTE_WARNING, err.msg);
    wva_cancel_defer_end();
}

/* Runs one level's Job to its digest. `*ret_ended`, also on failure: its pod has ended. */
static int measure_level(const struct bench *b, size_t index, bool repeat, struct wva_level *ret,
                         bool *ret_ended, struct wva_error *err)
{
    *ret_ended = false;
    struct wva_value *job = NULL;
    if (start_job(b, index, repeat, &job, err) < 0)
        return -1;
    int64_t seconds = index == WVA_WARMUP ? b->plan->warmup_seconds : b->plan->max_seconds;
    int64_t deadline = seconds;
    (void)wva_value_i64(wva_get(job, "spec", "activeDeadlineSeconds"), &deadline);
    struct wva_job_wait wait = {
        .kube = b->kube,
        .namespace_ = b->record->namespace_,
        .name = wva_get_str(job, "metadata", "name"),
        .words = wva_plan_level_words(b->arena, b->plan, index),
        .load_seconds = seconds,
        .timeout_ms = deadline * 1000 + WAIT_ALLOWANCE_MS,
        .patience_ms = b->plan->patience_ms,
        .observer = b->observer,
    };
    int result = wva_job_wait(&wait, ret, ret_ended, err);
    if (result < 0 && !*ret_ended)
        stop_job(b, job);
    return result;
}

/* A level that failed its check is kept under another key, to be looked at and measured again. */
static int store_level(const struct bench *b, size_t index, const struct wva_level *level,
                       bool good, struct wva_error *err)
{
    struct wva_level stored = *level;
    if (!stored.guidellm_version[0]) /* reports up to 0.3 do not tell; the image did */
        snprintf(stored.guidellm_version, sizeof(stored.guidellm_version), "%d.%d.%d",
                 b->plan->version.major, b->plan->version.minor, b->plan->version.patch);
    if (isnan(stored.streams)) /* nor the limit that throughput has from the environment */
        stored.streams = (double)b->plan->levels[index].streams;
    struct wva_value *value = wva_level_to_value(b->arena, &stored);
    const char *key =
        wva_arena_printf(b->arena, "%s-%zu", good ? "level" : "failed-level", index + 1);
    return wva_record_put(b->kube, b->arena, b->record, key, wva_json_text(b->arena, value), err);
}

static void note_level(const struct bench *b, size_t index, const struct wva_level *level)
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

/* Is the level good enough? Otherwise WVA_E_QUALITY with every problem. */
static int check_level(const struct bench *b, size_t index, const struct wva_level *level,
                       struct wva_error *err)
{
    struct wva_level_wanted wanted = b->plan->wanted;
    wanted.streams = (double)b->plan->levels[index].streams;
    if (b->plan->levels[index].profile == WVA_PROFILE_THROUGHPUT)
        wanted.streams = 0; /* the guide's run: whatever the limit lets through */
    char **problems, **tolerated;
    size_t count = wva_level_check(b->arena, level, &wanted, &problems, &tolerated);
    for (char **problem = tolerated; *problem; problem++)
        b->observer->note(
            b->observer->ctx, WVA_NOTE_WARNING,
            wva_arena_printf(b->arena, "level %zu: %s (allowed)", index + 1, *problem));
    if (count == 0)
        return 0;
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
    return -1;
}

static int do_level(const struct bench *b, size_t index, struct wva_error *err)
{
    struct wva_level level;
    bool ended;
    bool repeat = wva_record_text(
                      b->record, wva_arena_printf(b->arena, "failed-level-%zu", index + 1)) != NULL;
    if (measure_level(b, index, repeat, &level, &ended, err) < 0)
        return wva_error_wrap(err, "%s", wva_plan_level_words(b->arena, b->plan, index));
    if (check_level(b, index, &level, err) < 0) {
        struct wva_error ignored = {0};
        (void)store_level(b, index, &level, false, &ignored);
        return -1;
    }
    if (store_level(b, index, &level, true, err) < 0)
        return -1;
    note_level(b, index, &level);
    return 0;
}

/* GuideLLM 0.3 fails when no request is done in time, for which a warm-up may well be too short;
 * later releases report it. What is really wrong fails the first level, too. */
static bool may_be_too_short(const struct bench *b)
{
    static const struct wva_guidellm_version reports_it = {0, 4, 0};
    return wva_guidellm_version_compare(b->plan->version, reports_it) < 0;
}

static int do_warmup(const struct bench *b, struct wva_error *err)
{
    if (b->plan->warmup_seconds <= 0 || wva_record_text(b->record, "warmup"))
        return 0;
    struct wva_level discarded;
    bool ended;
    if (measure_level(b, WVA_WARMUP, false, &discarded, &ended, err) < 0) {
        if (!ended || !may_be_too_short(b))
            return wva_error_wrap(err, "warm-up");
        wva_error_clear(err);
        b->observer->note(
            b->observer->ctx, WVA_NOTE_WARNING,
            wva_arena_printf(
                b->arena, "warm-up: GuideLLM failed, as it does when no request is done in %lld s",
                (long long)b->plan->warmup_seconds));
    }
    return wva_record_put(b->kube, b->arena, b->record, "warmup", "done", err);
}

static int do_levels(const struct bench *b, struct wva_error *err)
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
    if (wva_record_put(b->kube, b->arena, b->record, "finishedAt", now, err) < 0)
        return -1;
    return wva_record_put(b->kube, b->arena, b->record, "state", "measured", err);
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
    struct bench b = {kube, arena, plan, record, observer};
    if (do_levels(&b, err) == 0)
        return 0;
    record_state(&b, err->code == WVA_E_CANCELED ? "interrupted" : "failed");
    return -1;
}
