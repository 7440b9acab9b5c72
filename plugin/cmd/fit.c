// SPDX-License-Identifier: Apache-2.0
/* kubectl wva fit: measured levels in, alpha, beta, gamma, delta out. */
#include "fit_levels.h"

#include "wva/cmd/output.h"
#include "wva/document/input.h"
#include "wva/run/record.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

struct fit_options {
    struct wva_list points;
    const char *run;
    const char *batch;
    bool all_levels;
    int64_t prompt_tokens;
    int64_t output_tokens;
    int64_t max_batch_size;
    const char *accelerator;
    int64_t accelerator_count;
    const char *model;
    const char *output;
};

static const char *const batch_choices[] = {"auto", "measured", "nominal", NULL};

#define AT(member) offsetof(struct fit_options, member)

static const struct wva_option options[] = {
    {.name = "point",
     .kind = WVA_OPTION_LIST,
     .offset = AT(points),
     .value = "batch=B,itl=MS,ttft=MS",
     .help = "A level given by hand; prompt=TOKENS may be added"},
    {.name = "run",
     .kind = WVA_OPTION_TEXT,
     .offset = AT(run),
     .value = "ID",
     .help = "Levels of a run recorded in the cluster"},
    {.name = "batch",
     .kind = WVA_OPTION_CHOICE,
     .offset = AT(batch),
     .value = "WHICH",
     .choices = batch_choices,
     .help =
         "Batch and prompt length as measured or as requested; auto: measured, but requested "
         "for --method guide and for console logs, whose concurrency leaves out requests cut off "
         "at the end"},
    {.name = "all-levels",
     .kind = WVA_OPTION_FLAG,
     .offset = AT(all_levels),
     .help = "Use also levels that are no steady state: throughput, and those above the server's "
             "limit"},
    {.name = "prompt-tokens",
     .kind = WVA_OPTION_INT,
     .offset = AT(prompt_tokens),
     .value = "N",
     .low = 1,
     .high = 10000000,
     .help = "Prompt length where the input lacks it"},
    {.name = "output-tokens",
     .kind = WVA_OPTION_INT,
     .offset = AT(output_tokens),
     .value = "N",
     .low = 1,
     .high = 10000000,
     .help = "Output length where the input lacks it"},
    {.name = "max-batch-size",
     .kind = WVA_OPTION_INT,
     .offset = AT(max_batch_size),
     .value = "N",
     .low = 1,
     .high = 1000000,
     .help = "The server's --max-num-seqs where the input lacks it"},
    {.name = "accelerator",
     .kind = WVA_OPTION_TEXT,
     .offset = AT(accelerator),
     .value = "NAME",
     .help = "Accelerator to record, by WVA's name for it"},
    {.name = "accelerator-count",
     .kind = WVA_OPTION_INT,
     .offset = AT(accelerator_count),
     .value = "N",
     .low = 1,
     .high = 1024,
     .help = "Accelerators a replica"},
    {.name = "model",
     .kind = WVA_OPTION_TEXT,
     .offset = AT(model),
     .value = "ID",
     .help = "Model to record where the input lacks it"},
    WVA_OUTPUT_OPTION_OF(struct fit_options, output, wva_document_choices),
    {.name = NULL},
};

/* One "name=number" of --point. */
static int point_field(const char *field, struct wva_level *level, struct wva_error *err)
{
    const struct {
        const char *name;
        double *target;
    } known[] = {
        {"batch", &level->streams},
        {"itl", &level->itl.mean},
        {"ttft", &level->ttft.mean},
        {"prompt", &level->prompt_tokens},
    };
    size_t len = strcspn(field, "=");
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strlen(known[i].name) != len || memcmp(known[i].name, field, len) != 0 ||
            field[len] != '=')
            continue;
        const char *text = field + len + 1;
        if (!isnan(*known[i].target))
            return wva_error_set(err, WVA_E_USAGE, "%s is given twice", known[i].name);
        if (wva_parse_double(text, strlen(text), known[i].target) == 0)
            return 0;
        return wva_error_set(err, WVA_E_USAGE, "%s: '%s' is not a finite number", known[i].name,
                             text);
    }
    return wva_error_set(err, WVA_E_USAGE, "'%s' is none of batch=, itl=, ttft=, prompt=", field);
}

static int parse_point(struct wva_arena *arena, const char *text, struct wva_level *ret,
                       struct wva_error *err)
{
    struct wva_level level;
    wva_level_init(&level);
    snprintf(level.strategy, sizeof(level.strategy), WVA_POINT_STRATEGY);
    size_t count;
    char **fields = wva_str_split(arena, text, ',', &count);
    for (size_t i = 0; i < count; i++)
        if (point_field(fields[i], &level, err) < 0)
            return wva_error_wrap(err, "--point %s", text);
    if (isnan(level.streams) || isnan(level.itl.mean) || isnan(level.ttft.mean))
        return wva_error_set(err, WVA_E_USAGE, "--point %s: batch, itl and ttft are all needed",
                             text);
    if (level.streams <= 0)
        return wva_error_set(err, WVA_E_USAGE, "--point %s: batch must be above 0", text);
    *ret = level;
    return 0;
}

static int add_points(struct wva_app *app, const struct wva_list *points,
                      struct wva_benchmark *benchmark, struct wva_error *err)
{
    size_t total = benchmark->level_count + points->count;
    struct wva_level *levels = wva_arena_calloc(&app->arena, total + 1, sizeof(*levels));
    if (benchmark->level_count)
        memcpy(levels, benchmark->levels, benchmark->level_count * sizeof(*levels));
    for (size_t i = 0; i < points->count; i++)
        if (parse_point(&app->arena, points->items[i], &levels[benchmark->level_count + i], err) <
            0)
            return wva_error_hint(err, "--point batch=1,itl=7.0,ttft=15.0");
    benchmark->levels = levels;
    benchmark->level_count = total;
    return 0;
}

static int read_file(struct wva_app *app, const char *path, struct wva_benchmark *benchmark,
                     struct wva_error *err)
{
    enum wva_input_kind kind;
    if (wva_str_eq(path, "-"))
        return wva_input_read(&app->arena, app->in, "standard input", benchmark, &kind, err);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return wva_error_set(err, WVA_E_IO, "cannot read %s: %s", path, strerror(errno));
    int result = wva_input_read(&app->arena, fd, path, benchmark, &kind, err);
    close(fd);
    return result;
}

static int read_run(struct wva_app *app, const char *id, struct wva_benchmark *benchmark,
                    struct wva_error *err)
{
    struct wva_record record;
    if (wva_app_connect(app, err) < 0)
        return -1;
    if (wva_record_load(app->kube, &app->arena, wva_app_namespace(app), id, &record, err) < 0)
        return -1;
    return wva_record_benchmark(&app->arena, &record, benchmark, err);
}

static int read_inputs(struct wva_app *app, const struct fit_options *opts,
                       const struct wva_list *files, struct wva_benchmark *benchmark,
                       struct wva_error *err)
{
    if (files->count == 0 && opts->points.count == 0 && !opts->run) {
        wva_error_set(err, WVA_E_USAGE, "nothing to fit: no file, no --point and no --run");
        return wva_error_hint(err, "%s fit report.json", app->program);
    }
    if (opts->run && read_run(app, opts->run, benchmark, err) < 0)
        return -1;
    for (size_t i = 0; i < files->count; i++)
        if (read_file(app, files->items[i], benchmark, err) < 0)
            return -1;
    return add_points(app, &opts->points, benchmark, err);
}

static void fill_unknown(const struct fit_options *opts, struct wva_provenance *provenance)
{
    if (provenance->prompt_tokens <= 0)
        provenance->prompt_tokens = opts->prompt_tokens;
    if (provenance->output_tokens <= 0)
        provenance->output_tokens = opts->output_tokens;
    if (provenance->max_batch_size <= 0)
        provenance->max_batch_size = opts->max_batch_size;
    if (opts->accelerator)
        provenance->accelerator = opts->accelerator;
    if (opts->accelerator_count > 0)
        provenance->accelerator_count = opts->accelerator_count;
    if (!provenance->model)
        provenance->model = opts->model;
    provenance->tool_version = WVA_VERSION;
}

static enum wva_batch_choice batch_choice(const char *text)
{
    if (wva_str_eq(text, "measured"))
        return WVA_BATCH_MEASURED;
    return wva_str_eq(text, "nominal") ? WVA_BATCH_NOMINAL : WVA_BATCH_AUTO;
}

/* What was measured is worth to be seen when nothing can be made of it. */
static void show_refused(struct wva_app *app, const struct wva_fit_levels *levels)
{
    if (app->connection.quiet)
        return;
    wva_fit_print_levels(app, levels);
    wva_fit_print_warnings(app, wva_fit_levels_left_out(&app->arena, levels));
}

static int fit(struct wva_app *app, const struct fit_options *opts,
               const struct wva_benchmark *benchmark, struct wva_fit_document *ret,
               struct wva_error *err)
{
    struct wva_fit_levels levels;
    wva_fit_levels_choose(&app->arena, benchmark, batch_choice(opts->batch), &levels);
    if (!opts->all_levels)
        wva_fit_levels_leave_out(&app->arena, &levels);
    if (wva_fit_levels_solve(&app->arena, &levels, ret, err) == 0)
        return 0;
    if (err->code == WVA_E_QUALITY)
        show_refused(app, &levels);
    return wva_error_wrap(err, "cannot fit");
}

static void print(struct wva_app *app, const char *output, const struct wva_fit_document *document)
{
    if (!wva_output_is_document(output)) {
        wva_fit_print(app, document);
        return;
    }
    wva_output_value(app, output, wva_fit_to_value(&app->arena, document));
    wva_fit_print_warnings(app, document->warnings); /* who pipes it on does not see them in it */
}

static int run(struct wva_app *app, const void *opaque, const struct wva_list *arguments,
               const struct wva_list *rest, struct wva_error *err)
{
    (void)rest;
    const struct fit_options *opts = opaque;
    struct wva_benchmark benchmark = {0};
    if (read_inputs(app, opts, arguments, &benchmark, err) < 0)
        return -1;
    fill_unknown(opts, &benchmark.provenance);

    struct wva_fit_document document;
    if (fit(app, opts, &benchmark, &document, err) < 0)
        return -1;
    print(app, opts->output, &document);
    return 0;
}

const struct wva_command wva_command_fit = {
    .name = "fit",
    .summary = "Fit alpha, beta, gamma and delta to measured levels",
    .arguments = "[FILE…|-]",
    .description = "Fits ITL = alpha + beta*batch and TTFT = gamma + delta*inputTokens*batch by\n"
                   "least squares over the levels of its input. Reads Benchmark documents (from\n"
                   "'bench'), native reports of any GuideLLM release from 0.2 to 0.8, logs with\n"
                   "GuideLLM's tables, levels typed by hand, and recorded runs; several at once\n"
                   "if wanted. '-' is standard input.\n\n"
                   "Leaves out levels that cannot be a steady state, as long as two batch sizes\n"
                   "remain: throughput, whose requests start all at once, and batches above\n"
                   "--max-batch-size, which queue. A warning says so.\n\n"
                   "Refuses numbers that WVA would accept silently and get wrong: alpha or gamma\n"
                   "not above 0, beta or delta below 0, both slopes 0, levels all at one batch,\n"
                   "figures that are not finite (exit status 5). The levels are then shown on\n"
                   "standard error.",
    .examples = "# a report of any GuideLLM release\n"
                "kubectl wva fit benchmarks.json --max-batch-size 64\n"
                "# the two numbers of the guide, by hand\n"
                "kubectl wva fit --point batch=1,itl=7.0,ttft=15.0 \\\n"
                "    --point batch=64,itl=8.7,ttft=26.0 \\\n"
                "    --prompt-tokens 128 --max-batch-size 64 -o json\n"
                "# from a measurement to a VariantAutoscaling\n"
                "kubectl wva bench deployment/vllm -o json |\n"
                "    kubectl wva fit - -o json | kubectl wva apply vllm -f -\n",
    .groups = (const struct wva_option_group[]){{"Options", options, 0}, {0}},
    .options_size = sizeof(struct fit_options),
    .most = 1000,
    .run = run,
};
