// SPDX-License-Identifier: Apache-2.0
/* A measurement's plan: which levels, how each becomes a Job, and the plan as JSON so that another
 * process can go on. */
#include "wva/run/bench.h"

#include "wva/guidellm/job.h"
#include "wva/util/str.h"

#include <math.h>
#include <string.h>

/* Beyond the load itself: image pull, tokenizer download, start and end of GuideLLM. */
#define JOB_ALLOWANCE_SECONDS 1800

size_t wva_levels_geometric(int64_t max_batch, size_t count, int64_t out[WVA_LEVELS_MAX])
{
    size_t written = 0;
    for (size_t i = 0; i < count && written < WVA_LEVELS_MAX; i++) {
        double share = count > 1 ? (double)i / (double)(count - 1) : 1.0;
        int64_t streams = llround(pow((double)max_batch, share));
        if (written == 0 || streams > out[written - 1])
            out[written++] = streams;
    }
    return written;
}

char *wva_plan_level_id(struct wva_arena *arena, size_t index)
{
    if (index == WVA_WARMUP)
        return wva_arena_strdup(arena, "warmup");
    return wva_arena_printf(arena, "%zu", index + 1);
}

char *wva_plan_level_words(struct wva_arena *arena, const struct wva_plan *plan, size_t index)
{
    if (index == WVA_WARMUP)
        return wva_arena_strdup(arena, "warm-up (discarded)");
    const struct wva_plan_level *level = &plan->levels[index];
    return wva_arena_printf(arena, "level %zu of %zu: %s, %lld stream%s", index + 1,
                            plan->level_count, wva_profile_name(level->profile),
                            (long long)level->streams, level->streams == 1 ? "" : "s");
}

/* A short run at the highest load: it pays for compilation and graph capture. */
static struct wva_plan_level warmup_level(const struct wva_plan *plan)
{
    struct wva_plan_level level = {.profile = WVA_PROFILE_CONCURRENT, .streams = 1, .seed = 1};
    if (plan->level_count == 0)
        return level;
    for (size_t i = 0; i < plan->level_count; i++)
        if (plan->levels[i].streams > level.streams)
            level.streams = plan->levels[i].streams;
    level.seed = plan->levels[0].seed - 1;
    return level;
}

static struct wva_guidellm_run level_run(const struct wva_plan *plan, size_t index,
                                         unsigned attempt)
{
    bool warmup = index == WVA_WARMUP;
    struct wva_plan_level level = warmup ? warmup_level(plan) : plan->levels[index];
    return (struct wva_guidellm_run){
        .profile = level.profile,
        .streams = level.streams,
        .target = plan->provenance.target,
        .model = plan->provenance.served_model,
        .tokenizer = plan->tokenizer ? plan->tokenizer : plan->provenance.model,
        .chat = plan->chat,
        .prompt_tokens = plan->provenance.prompt_tokens,
        .output_tokens = plan->provenance.output_tokens,
        .max_seconds = warmup ? plan->warmup_seconds : plan->max_seconds,
        .warmup_seconds = warmup ? 0 : plan->level_warmup_seconds,
        .seed = level.seed + 1000 * (int64_t)(attempt - 1),
        .report_path = WVA_GUIDELLM_REPORT_PATH,
    };
}

int wva_plan_job(struct wva_arena *arena, const struct wva_plan *plan, size_t index,
                 unsigned attempt, const struct wva_value *owner, struct wva_value **ret,
                 struct wva_error *err)
{
    struct wva_guidellm_run run = level_run(plan, index, attempt);
    char *level_id = wva_plan_level_id(arena, index);
    char *name =
        attempt > 1
            ? wva_arena_printf(arena, "wva-%s-%s-try%u", plan->provenance.run_id, level_id, attempt)
            : wva_arena_printf(arena, "wva-%s-%s", plan->provenance.run_id, level_id);
    struct wva_guidellm_job job = {
        .name = name,
        .namespace_ = plan->provenance.namespace_,
        .run_id = plan->provenance.run_id,
        .level_id = level_id,
        .image = plan->provenance.guidellm_image,
        .version = plan->version,
        .run = &run,
        .deadline_seconds = run.max_seconds + JOB_ALLOWANCE_SECONDS,
        .hf_token_secret = plan->hf_token_secret,
        .hf_token_key = plan->hf_token_key,
        .service_account = plan->service_account,
        .image_pull_secret = plan->image_pull_secret,
        .cpu = plan->cpu,
        .memory = plan->memory,
        .node_selector = plan->node_selector,
        .tolerations = plan->tolerations,
        .owner = owner,
    };
    return wva_guidellm_job_build(arena, plan->template_, &job, ret, err);
}

/*
 * The plan as JSON. One table names the members for both directions.
 */
enum field_kind { FIELD_TEXT, FIELD_INT, FIELD_NUMBER, FIELD_BOOL, FIELD_LIST };

struct field {
    const char *name;
    enum field_kind kind;
    size_t offset;
};

#define AT(member) offsetof(struct wva_plan, member)

static const struct field fields[] = {
    {"tokenizer", FIELD_TEXT, AT(tokenizer)},
    {"chat", FIELD_BOOL, AT(chat)},
    {"maxSeconds", FIELD_INT, AT(max_seconds)},
    {"levelWarmupSeconds", FIELD_INT, AT(level_warmup_seconds)},
    {"warmupSeconds", FIELD_INT, AT(warmup_seconds)},
    {"maxErrorShare", FIELD_NUMBER, AT(wanted.max_error_share)},
    {"concurrencyMargin", FIELD_NUMBER, AT(wanted.concurrency_margin)},
    {"allowErrors", FIELD_BOOL, AT(wanted.allow_errors)},
    {"allowConcurrency", FIELD_BOOL, AT(wanted.allow_concurrency)},
    {"allowTokens", FIELD_BOOL, AT(wanted.allow_tokens)},
    {"hfTokenSecret", FIELD_TEXT, AT(hf_token_secret)},
    {"hfTokenKey", FIELD_TEXT, AT(hf_token_key)},
    {"serviceAccount", FIELD_TEXT, AT(service_account)},
    {"imagePullSecret", FIELD_TEXT, AT(image_pull_secret)},
    {"cpu", FIELD_TEXT, AT(cpu)},
    {"memory", FIELD_TEXT, AT(memory)},
    {"nodeSelector", FIELD_LIST, AT(node_selector)},
    {"tolerations", FIELD_LIST, AT(tolerations)},
    {"patienceMs", FIELD_INT, AT(patience_ms)},
};

static struct wva_value *list_to_value(struct wva_arena *arena, const char *const *list)
{
    if (!list)
        return wva_null(arena);
    struct wva_value *array = wva_array(arena);
    for (; *list; list++)
        wva_array_append(arena, array, wva_string(arena, *list));
    return array;
}

static struct wva_value *field_to_value(struct wva_arena *arena, const struct field *field,
                                        const void *at)
{
    union {
        const char *text;
        int64_t integer;
        double number;
        bool boolean;
        const char *const *list;
    } v;
    static const size_t sizes[] = {
        [FIELD_TEXT] = sizeof(v.text),     [FIELD_INT] = sizeof(v.integer),
        [FIELD_NUMBER] = sizeof(v.number), [FIELD_BOOL] = sizeof(v.boolean),
        [FIELD_LIST] = sizeof(v.list),
    };
    memcpy(&v, at, sizes[field->kind]);
    switch (field->kind) {
    case FIELD_TEXT:
        return wva_string(arena, v.text);
    case FIELD_INT:
        return wva_int(arena, v.integer);
    case FIELD_NUMBER:
        return wva_double(arena, v.number);
    case FIELD_BOOL:
        return wva_bool(arena, v.boolean);
    case FIELD_LIST:
        return list_to_value(arena, v.list);
    }
    return NULL;
}

static const char *const *list_from_value(struct wva_arena *arena, const struct wva_value *value)
{
    if (!value || value->kind != WVA_ARRAY)
        return NULL;
    const char **list = wva_arena_calloc(arena, value->count + 1, sizeof(*list));
    for (size_t i = 0, n = 0; i < value->count; i++) {
        const char *item = wva_value_str(value->items[i]);
        if (item)
            list[n++] = item;
    }
    return list;
}

static void field_from_value(struct wva_arena *arena, const struct field *field,
                             const struct wva_value *value, void *at)
{
    const char *text = wva_value_str(value);
    const char *const *list = list_from_value(arena, value);
    int64_t integer;
    double number;
    bool boolean = wva_value_bool(value, false);
    if (field->kind == FIELD_TEXT)
        memcpy(at, &text, sizeof(text));
    else if (field->kind == FIELD_LIST)
        memcpy(at, &list, sizeof(list));
    else if (field->kind == FIELD_BOOL)
        memcpy(at, &boolean, sizeof(boolean));
    else if (field->kind == FIELD_INT && value && wva_value_i64(value, &integer))
        memcpy(at, &integer, sizeof(integer));
    else if (field->kind == FIELD_NUMBER && value && wva_value_double(value, &number))
        memcpy(at, &number, sizeof(number));
}

struct wva_value *wva_plan_to_value(struct wva_arena *arena, const struct wva_plan *plan)
{
    struct wva_value *root = wva_object(arena);
    struct wva_value *spec = wva_object(arena);
    wva_provenance_put(arena, spec, &plan->provenance);
    wva_put(arena, root, spec, "provenance");
    char *version = wva_arena_printf(arena, "%d.%d.%d", plan->version.major, plan->version.minor,
                                     plan->version.patch);
    wva_put(arena, root, wva_string(arena, version), "guidellmVersion");
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        struct wva_value *value =
            field_to_value(arena, &fields[i], (const char *)plan + fields[i].offset);
        if (value->kind != WVA_NULL)
            wva_put(arena, root, value, fields[i].name);
    }
    struct wva_value *levels = wva_array(arena);
    for (size_t i = 0; i < plan->level_count; i++) {
        struct wva_value *level = wva_object(arena);
        wva_put(arena, level, wva_string(arena, wva_profile_name(plan->levels[i].profile)),
                "profile");
        wva_put(arena, level, wva_int(arena, plan->levels[i].streams), "streams");
        wva_put(arena, level, wva_int(arena, plan->levels[i].seed), "seed");
        wva_array_append(arena, levels, level);
    }
    wva_put(arena, root, levels, "levels");
    wva_put(arena, root, wva_clone(arena, plan->template_), "template");
    return root;
}

static int level_from_value(const struct wva_value *value, size_t index, struct wva_plan_level *ret,
                            struct wva_error *err)
{
    const char *profile = wva_get_str(value, "profile");
    struct wva_plan_level level = {0};
    bool known = false;
    for (int p = WVA_PROFILE_SYNCHRONOUS; p <= WVA_PROFILE_THROUGHPUT; p++)
        if (wva_str_eq(wva_profile_name((enum wva_profile)p), profile)) {
            level.profile = (enum wva_profile)p;
            known = true;
        }
    if (!known || !wva_value_i64(wva_get(value, "streams"), &level.streams) || level.streams < 1 ||
        !wva_value_i64(wva_get(value, "seed"), &level.seed))
        return wva_error_set(err, WVA_E_INPUT, "the run's plan: levels[%zu] is damaged", index);
    *ret = level;
    return 0;
}

int wva_plan_from_value(struct wva_arena *arena, const struct wva_value *value,
                        struct wva_plan *ret, struct wva_error *err)
{
    struct wva_plan plan = {0};
    const struct wva_value *levels = wva_get(value, "levels");
    const char *version = wva_get_str(value, "guidellmVersion");
    if (!levels || levels->kind != WVA_ARRAY || levels->count > WVA_LEVELS_MAX || !version ||
        wva_guidellm_version_parse(version, &plan.version) < 0)
        return wva_error_set(err, WVA_E_INPUT,
                             "the run's plan is damaged: levels or guidellmVersion");
    for (size_t i = 0; i < levels->count; i++)
        if (level_from_value(levels->items[i], i, &plan.levels[i], err) < 0)
            return -1;
    plan.level_count = levels->count;
    wva_provenance_get(arena, wva_get(value, "provenance"), &plan.provenance);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        field_from_value(arena, &fields[i], wva_object_get(value, fields[i].name),
                         (char *)&plan + fields[i].offset);
    plan.wanted.prompt_tokens = (double)plan.provenance.prompt_tokens;
    plan.wanted.output_tokens = (double)plan.provenance.output_tokens;
    plan.template_ = wva_get(value, "template");
    if (!plan.template_ || plan.template_->kind != WVA_OBJECT || !plan.provenance.run_id ||
        !plan.provenance.target)
        return wva_error_set(err, WVA_E_INPUT,
                             "the run's plan is damaged: no template, run id or target");
    *ret = plan;
    return 0;
}
