// SPDX-License-Identifier: Apache-2.0
/* What `bench` and `run` share: the options of a measurement, its plan, and doing it. */
#include "benching.h"

#include "deploying.h"

#include "wva/guidellm/version.h"
#include "wva/run/vllm.h"
#include "wva/util/clock.h"
#include "wva/util/encode.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <string.h>

static const char *const methods[] = {"levels", "guide", NULL};
static const char *const request_formats[] = {"completions", "chat", NULL};

#define GUIDE_SECONDS        360
#define LEVEL_SECONDS        60
#define LEVEL_WARMUP_SECONDS 5

#define AT(member) offsetof(struct wva_bench_options, member)
#define TEXT(flag, member, value_, help_)                                                          \
    {                                                                                              \
        .name = (flag), .kind = WVA_OPTION_TEXT, .offset = AT(member), .value = (value_),          \
        .help = (help_)                                                                            \
    }
#define INT(flag, member, low_, high_, value_, help_)                                              \
    {                                                                                              \
        .name = (flag), .kind = WVA_OPTION_INT, .offset = AT(member), .low = (low_),               \
        .high = (high_), .value = (value_), .help = (help_)                                        \
    }

const struct wva_option wva_bench_table[] = {
    {.name = "levels",
     .kind = WVA_OPTION_LIST,
     .offset = AT(levels),
     .value = "N[,N…]",
     .help = "Batch sizes to measure; else --level-count of them from 1 to the largest batch"},
    INT("level-count", level_count, 2, 16, "N", "How many levels, in geometric steps (default 4)"),
    {.name = "method",
     .kind = WVA_OPTION_CHOICE,
     .offset = AT(method),
     .value = "METHOD",
     .choices = methods,
     .help = "levels: several batch sizes; guide: a synchronous and a throughput run of 360 s "
             "each, as WVA's guide does"},
    INT("prompt-tokens", prompt_tokens, 1, 1000000, "N", "Prompt length (default 128)"),
    INT("output-tokens", output_tokens, 2, 1000000, "N", "Output length (default 128)"),
    INT("max-seconds", max_seconds, 2, 86400, "N",
        "Duration of each level (default 60; 360 with --method guide)"),
    INT("warmup-seconds", warmup_seconds, 0, 3600, "N",
        "Duration of the warm-up run that is thrown away; 0: none (default 15)"),
    INT("level-warmup-seconds", level_warmup_seconds, 0, 3600, "N",
        "Left out at each level's start (default 5; 0 with --method guide)"),
    TEXT("guidellm-image", image, "IMAGE",
         "GuideLLM image (default " WVA_GUIDELLM_DEFAULT_IMAGE ")"),
    TEXT("guidellm-version", guidellm_version, "X.Y.Z",
         "GuideLLM release, where the image's tag does not tell"),
    TEXT("job-template", template_, "FILE", "YAML with a Job in place of the built-in one"),
    {.name = "request-format",
     .kind = WVA_OPTION_CHOICE,
     .offset = AT(request_format),
     .value = "FORMAT",
     .choices = request_formats,
     .help = "Endpoint to load; chat adds the chat template's tokens to each prompt (default "
             "completions)"},
    TEXT("tokenizer", tokenizer, "ID", "Tokenizer for synthetic prompts; else the model's id"),
    INT("seed", seed, 1, 1000000000, "N",
        "Seed of the first level's prompts; each level gets its own (default random)"),
    TEXT("job-cpu", cpu, "QUANTITY", "CPU to request for GuideLLM"),
    TEXT("job-memory", memory, "QUANTITY", "Memory for GuideLLM"),
    {.name = "job-node-selector",
     .kind = WVA_OPTION_LIST,
     .offset = AT(node_selector),
     .value = "KEY=VALUE",
     .help = "Node label to require for GuideLLM"},
    {.name = "job-toleration",
     .kind = WVA_OPTION_LIST,
     .offset = AT(tolerations),
     .value = "KEY[=VALUE][:EFFECT]",
     .help = "Taint to tolerate for GuideLLM"},
    TEXT("job-service-account", service_account, "NAME", "Service account of GuideLLM's pods"),
    TEXT("job-image-pull-secret", image_pull_secret, "NAME",
         "Secret to pull GuideLLM's image with"),
    {.name = "max-error-share",
     .kind = WVA_OPTION_NUMBER,
     .offset = AT(max_error_share),
     .value = "SHARE",
     .high = 1,
     .help = "Largest share of failed requests a level may have (default 0.02)"},
    {.name = "concurrency-margin",
     .kind = WVA_OPTION_NUMBER,
     .offset = AT(concurrency_margin),
     .value = "SHARE",
     .high = 1,
     .help = "How far the measured concurrency may be from the wanted one (default 0.15)"},
    {.name = "allow-errors",
     .kind = WVA_OPTION_FLAG,
     .offset = AT(allow_errors),
     .help = "Accept levels with more failed requests"},
    {.name = "allow-concurrency",
     .kind = WVA_OPTION_FLAG,
     .offset = AT(allow_concurrency),
     .help = "Accept levels whose concurrency is off"},
    {.name = "allow-tokens",
     .kind = WVA_OPTION_FLAG,
     .offset = AT(allow_tokens),
     .help = "Accept levels whose token counts are not as asked"},
    {.name = NULL},
};

static int parse_level(const char *text, struct wva_plan *plan, struct wva_error *err)
{
    int64_t streams;
    if (wva_parse_i64(text, strlen(text), &streams) < 0 || streams < 1 || streams > 100000) {
        wva_error_set(err, WVA_E_USAGE, "--levels: '%s' is no batch size", text);
        return wva_error_hint(err, "--levels 1,4,16,64");
    }
    if (plan->level_count == WVA_LEVELS_MAX)
        return wva_error_set(err, WVA_E_USAGE, "--levels: more than %d levels", WVA_LEVELS_MAX);
    plan->levels[plan->level_count++] =
        (struct wva_plan_level){.profile = WVA_PROFILE_CONCURRENT, .streams = streams};
    return 0;
}

static int levels_from_list(struct wva_arena *arena, const struct wva_list *list,
                            struct wva_plan *plan, struct wva_error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        size_t count;
        char **words = wva_str_split(arena, list->items[i], ',', &count);
        for (size_t w = 0; w < count; w++)
            if (parse_level(words[w], plan, err) < 0)
                return -1;
    }
    return 0;
}

static void levels_of_guide(int64_t max_batch, struct wva_plan *plan)
{
    plan->levels[0] = (struct wva_plan_level){.profile = WVA_PROFILE_SYNCHRONOUS, .streams = 1};
    plan->levels[1] =
        (struct wva_plan_level){.profile = WVA_PROFILE_THROUGHPUT, .streams = max_batch};
    plan->level_count = 2;
}

static void levels_geometric(int64_t max_batch, int64_t wanted, struct wva_plan *plan)
{
    int64_t streams[WVA_LEVELS_MAX];
    plan->level_count = wva_levels_geometric(max_batch, (size_t)wanted, streams);
    for (size_t i = 0; i < plan->level_count; i++)
        plan->levels[i] =
            (struct wva_plan_level){.profile = WVA_PROFILE_CONCURRENT, .streams = streams[i]};
}

/* Prompts depend on the seed alone: a seed used before would find its prompts in the server's
 * cache. */
static void set_seeds(const struct wva_bench_options *options, struct wva_plan *plan)
{
    uint32_t random;
    wva_random_bytes(&random, sizeof(random));
    int64_t first = options->seed > 0 ? options->seed : (int64_t)(random % 1000000000u) + 2;
    for (size_t i = 0; i < plan->level_count; i++)
        plan->levels[i].seed = first + (int64_t)i;
}

static int check_limit(const struct wva_plan *plan, struct wva_error *err)
{
    long long most = (long long)plan->provenance.max_batch_size;
    for (size_t i = 0; most > 0 && i < plan->level_count; i++) {
        if (plan->levels[i].streams <= most)
            continue;
        wva_error_set(
            err, WVA_E_USAGE,
            "level %lld is above the server's largest batch %lld: its requests would queue",
            (long long)plan->levels[i].streams, most);
        return wva_error_hint(err,
                              "measure levels up to %lld, or correct that with "
                              "--max-batch-size N (vLLM's --max-num-seqs)",
                              most);
    }
    return 0;
}

static int set_levels(struct wva_app *app, const struct wva_bench_options *options,
                      struct wva_plan *plan, struct wva_error *err)
{
    int64_t max_batch = plan->provenance.max_batch_size;
    if (options->levels.count > 0 && levels_from_list(&app->arena, &options->levels, plan, err) < 0)
        return -1;
    if (plan->level_count == 0 && max_batch <= 0) {
        wva_error_set(err, WVA_E_USAGE, "the server's largest batch is not known");
        return wva_error_hint(
            err, "add --max-batch-size N (vLLM's --max-num-seqs), or --levels 1,4,16,64");
    }
    if (plan->level_count == 0 && wva_str_eq(options->method, "guide"))
        levels_of_guide(max_batch, plan);
    else if (plan->level_count == 0)
        levels_geometric(max_batch, options->level_count, plan);
    if (check_limit(plan, err) < 0)
        return -1;
    set_seeds(options, plan);
    return 0;
}

static int set_release(const struct wva_bench_options *options, struct wva_plan *plan,
                       struct wva_error *err)
{
    const char *image = options->image ? options->image : WVA_GUIDELLM_DEFAULT_IMAGE;
    plan->provenance.guidellm_image = image;
    if (options->guidellm_version) {
        if (wva_guidellm_version_parse(options->guidellm_version, &plan->version) == 0)
            return 0;
        return wva_error_set(err, WVA_E_USAGE,
                             "--guidellm-version: '%s' is no version such as 0.7.3",
                             options->guidellm_version);
    }
    if (wva_guidellm_version_of_image(image, &plan->version) == 0)
        return 0;
    wva_error_set(err, WVA_E_USAGE,
                  "the tag of image '%s' does not tell GuideLLM's release, and its command line "
                  "depends on it",
                  image);
    return wva_error_hint(err, "add --guidellm-version X.Y.Z");
}

static const char *either(const char *a, const char *b)
{
    return a ? a : b;
}

static void set_provenance(struct wva_app *app, const struct wva_bench_options *options,
                           const struct wva_target *target,
                           const struct wva_bench_overrides *overrides, const char *run_id,
                           struct wva_provenance *ret)
{
    char now[WVA_RFC3339_MAX];
    wva_format_rfc3339(now, wva_clock_unix_ms());
    *ret = (struct wva_provenance){
        .run_id = wva_arena_strdup(&app->arena, run_id),
        .namespace_ = wva_app_namespace(app),
        .target = target->url,
        .model = either(overrides->model, target->model),
        .served_model =
            either(overrides->served_model, either(target->served_model, overrides->model)),
        .accelerator = either(overrides->accelerator, target->accelerator),
        .accelerator_count = overrides->accelerator_count > 0 ? overrides->accelerator_count
                                                              : target->accelerator_count,
        .max_batch_size =
            overrides->max_batch_size > 0 ? overrides->max_batch_size : target->max_batch_size,
        .prompt_tokens = options->prompt_tokens,
        .output_tokens = options->output_tokens,
        .method = either(options->method, "levels"),
        .vllm_image = target->vllm_image,
        .tool_version = WVA_VERSION,
        .started_at = wva_arena_strdup(&app->arena, now),
    };
}

static int read_job_template(struct wva_app *app, const struct wva_bench_options *options,
                             const struct wva_value **ret, struct wva_error *err)
{
    struct wva_value **docs;
    size_t count;
    if (wva_template_read(app, options->template_, wva_manifest_guidellm_job,
                          "manifests/guidellm-job.yaml", &docs, &count, err) < 0)
        return -1;
    if (count != 1)
        return wva_error_set(err, WVA_E_INPUT, "%s: %zu documents, wanted one Job",
                             either(options->template_, "manifests/guidellm-job.yaml"), count);
    *ret = docs[0];
    return 0;
}

/* The guide's two runs are 360 s each and leave nothing out. */
static void set_durations(const struct wva_bench_options *options, struct wva_plan *plan)
{
    bool guide = wva_str_eq(options->method, "guide");
    plan->max_seconds =
        options->max_seconds > 0 ? options->max_seconds : (guide ? GUIDE_SECONDS : LEVEL_SECONDS);
    plan->level_warmup_seconds = options->level_warmup_seconds;
    if (plan->level_warmup_seconds < 0) {
        int64_t most = plan->max_seconds / 4;
        plan->level_warmup_seconds = LEVEL_WARMUP_SECONDS < most ? LEVEL_WARMUP_SECONDS : most;
        if (guide)
            plan->level_warmup_seconds = 0;
    }
    plan->warmup_seconds = options->warmup_seconds;
}

int wva_bench_jobs(struct wva_app *app, const struct wva_plan *plan,
                   struct wva_value *jobs[WVA_LEVELS_MAX + 1], size_t *ret_count,
                   struct wva_error *err)
{
    size_t count = 0;
    if (plan->warmup_seconds > 0 &&
        wva_plan_job(&app->arena, plan, WVA_WARMUP, 1, NULL, &jobs[count++], err) < 0)
        return -1;
    for (size_t i = 0; i < plan->level_count; i++)
        if (wva_plan_job(&app->arena, plan, i, 1, NULL, &jobs[count++], err) < 0)
            return -1;
    *ret_count = count;
    return 0;
}

/* Nothing is recorded that could not be carried out: all Jobs are built once to see. */
static int check_jobs(struct wva_app *app, const struct wva_plan *plan, struct wva_error *err)
{
    struct wva_value *ignored[WVA_LEVELS_MAX + 1];
    size_t count;
    return wva_bench_jobs(app, plan, ignored, &count, err);
}

static int check_options(const struct wva_bench_options *options, const struct wva_plan *plan,
                         struct wva_error *err)
{
    if (options->levels.count > 0 && wva_str_eq(options->method, "guide"))
        return wva_error_set(err, WVA_E_USAGE,
                             "--method guide has its own two levels: --levels is not for it");
    if (plan->level_warmup_seconds >= plan->max_seconds)
        return wva_error_set(err, WVA_E_USAGE,
                             "--level-warmup-seconds: %lld leaves nothing of a level of %lld s",
                             (long long)plan->level_warmup_seconds, (long long)plan->max_seconds);
    if (wva_check_quantity_option("--job-cpu", options->cpu, err) < 0)
        return -1;
    return wva_check_quantity_option("--job-memory", options->memory, err);
}

/* What was given, or else the Secret that the server itself takes its token from. */
static int set_token(struct wva_app *app, const struct wva_target *target, const char *given,
                     struct wva_plan *plan, struct wva_error *err)
{
    if (wva_split_secret(&app->arena, given, &plan->hf_token_secret, &plan->hf_token_key, err) < 0)
        return -1;
    if (plan->hf_token_secret)
        return 0;
    plan->hf_token_secret = target->hf_token_secret;
    plan->hf_token_key = target->hf_token_key;
    return 0;
}

int wva_bench_plan(struct wva_app *app, const struct wva_bench_options *options,
                   const struct wva_target *target, const struct wva_bench_overrides *overrides,
                   const char *run_id, struct wva_plan *ret, struct wva_error *err)
{
    struct wva_plan plan = {
        .tokenizer = options->tokenizer,
        .chat = wva_str_eq(options->request_format, "chat"),
        .wanted =
            {
                .prompt_tokens = (double)options->prompt_tokens,
                .output_tokens = (double)options->output_tokens,
                .max_error_share = options->max_error_share,
                .concurrency_margin = options->concurrency_margin,
                .allow_errors = options->allow_errors,
                .allow_concurrency = options->allow_concurrency,
                .allow_tokens = options->allow_tokens,
            },
        .service_account = options->service_account,
        .image_pull_secret = options->image_pull_secret,
        .cpu = options->cpu,
        .memory = options->memory,
        .node_selector = options->node_selector.items,
        .tolerations = options->tolerations.items,
        .patience_ms = overrides->patience_ms,
    };
    set_provenance(app, options, target, overrides, run_id, &plan.provenance);
    if (!plan.provenance.served_model) {
        wva_error_set(err, WVA_E_USAGE, "the model that %s serves is not known", target->url);
        return wva_error_hint(
            err, "add --model ID (and --served-model-name NAME where requests use another name)");
    }
    set_durations(options, &plan);
    if (check_options(options, &plan, err) < 0 ||
        set_token(app, target, overrides->hf_token_secret, &plan, err) < 0 ||
        set_release(options, &plan, err) < 0 || set_levels(app, options, &plan, err) < 0 ||
        read_job_template(app, options, &plan.template_, err) < 0 ||
        check_jobs(app, &plan, err) < 0)
        return -1;
    *ret = plan;
    return 0;
}

int wva_bench_go_on(struct wva_app *app, struct wva_record *record, struct wva_benchmark *ret,
                    struct wva_error *err)
{
    struct wva_plan plan;
    if (wva_plan_from_value(&app->arena, record->plan, &plan, err) < 0)
        return wva_error_wrap(err, "run %s", record->run_id);
    struct wva_observer observer = wva_app_observer(app);
    if (wva_bench_measure(app->kube, &app->arena, &plan, record, &observer, err) < 0)
        return -1;
    return wva_record_benchmark(&app->arena, record, ret, err);
}

void wva_bench_print(struct wva_app *app, const struct wva_benchmark *benchmark)
{
    enum { COLUMNS = 8 };
    static const char *const headers[COLUMNS] = {"level",  "batch",   "prompt",   "output",
                                                 "itl ms", "ttft ms", "requests", "errors"};
    static const bool right[COLUMNS] = {false, true, true, true, true, true, true, true};
    struct wva_arena *arena = &app->arena;
    const char **cells =
        wva_arena_calloc(arena, benchmark->level_count * COLUMNS + 1, sizeof(*cells));
    for (size_t i = 0; i < benchmark->level_count; i++) {
        const struct wva_level *level = &benchmark->levels[i];
        const char **row = cells + i * COLUMNS;
        row[0] = wva_arena_printf(arena, "%s@%.4g", level->strategy, level->streams);
        row[1] = wva_arena_printf(arena, "%.4g", wva_level_batch(level));
        row[2] = wva_arena_printf(arena, "%.5g", level->prompt_tokens);
        row[3] = wva_arena_printf(arena, "%.5g", level->output_tokens);
        row[4] = wva_arena_printf(arena, "%.3f", level->itl.mean);
        row[5] = wva_arena_printf(arena, "%.2f", level->ttft.mean);
        row[6] = wva_arena_printf(arena, "%lld", (long long)level->successful);
        row[7] = wva_arena_printf(arena, "%lld", (long long)level->errored);
    }
    wva_table_print(app->out.file, headers, right, COLUMNS, cells, benchmark->level_count);
}
