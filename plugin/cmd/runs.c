// SPDX-License-Identifier: Apache-2.0
/* kubectl wva runs: the runs recorded in the cluster, or one of them with its levels and result. */
#include "benching.h"

#include "wva/cmd/output.h"
#include "wva/codec/json.h"
#include "wva/guidellm/job.h"
#include "wva/util/clock.h"
#include "wva/util/str.h"

#include <string.h>

struct options {
    const char *output;
};

static const struct wva_option table[] = {
    WVA_OUTPUT_OPTION(struct options, output),
    {.name = NULL},
};

/* One run, as a row and as a document. */
struct row {
    const char *id, *state, *model, *levels, *age;
    struct wva_value *parameters; /* of its Fit; NULL: none yet */
};

static struct wva_value *parse_data(struct wva_arena *arena, const struct wva_value *configmap,
                                    const char *key)
{
    const char *text = wva_get_str(configmap, "data", key);
    struct wva_json_options options = {.name = key};
    struct wva_value *value = NULL;
    struct wva_error ignored = {0};
    if (!text || wva_json_parse(arena, text, strlen(text), &options, &value, &ignored) < 0)
        return NULL;
    return value;
}

static const char *level_count(struct wva_arena *arena, const struct wva_value *configmap,
                               const struct wva_value *plan)
{
    const struct wva_value *levels = wva_get(plan, "levels");
    size_t total = levels ? levels->count : 0, done = 0;
    for (size_t i = 0; i < total; i++)
        done += wva_get_str(configmap, "data", wva_arena_printf(arena, "level-%zu", i + 1)) != NULL;
    return wva_arena_printf(arena, "%zu/%zu", done, total);
}

static const char *age_of(struct wva_arena *arena, const struct wva_value *object)
{
    const char *created = wva_get_str(object, "metadata", "creationTimestamp");
    int64_t then;
    if (!created || wva_parse_rfc3339(created, &then) < 0)
        return NULL;
    char age[WVA_DURATION_MAX];
    wva_format_age(age, wva_clock_unix_ms() - then);
    return wva_arena_strdup(arena, age);
}

static void read_row(struct wva_arena *arena, const struct wva_value *configmap, struct row *ret)
{
    struct wva_value *plan = parse_data(arena, configmap, "plan");
    const char *state = wva_get_str(configmap, "data", "state");
    const char *model = wva_get_str(plan, "provenance", "servedModel");
    *ret = (struct row){
        .id = wva_get_str(configmap, "metadata", "labels", WVA_LABEL_RUN),
        .state = state ? wva_str_sanitize(arena, state, strlen(state), 60, false) : NULL,
        .model = model ? wva_str_sanitize(arena, model, strlen(model), 60, false) : NULL,
        .levels = level_count(arena, configmap, plan),
        .age = age_of(arena, configmap),
        .parameters = wva_get(parse_data(arena, configmap, "result"), "spec", "parameters"),
    };
}

static const char *parameter_text(struct wva_arena *arena, const struct row *row, const char *name)
{
    double number;
    const struct wva_value *value = wva_object_get(row->parameters, name);
    if (!value || !wva_value_double(value, &number))
        return NULL;
    return wva_arena_printf(arena, "%.6g", number);
}

static void print_rows(struct wva_app *app, const struct row *rows, size_t count)
{
    enum { COLUMNS = 9 };
    static const char *const headers[COLUMNS] = {"run",  "state", "model", "levels", "alpha",
                                                 "beta", "gamma", "delta", "age"};
    static const char *const parameters[] = {"alpha", "beta", "gamma", "delta"};
    const char **cells = wva_arena_calloc(&app->arena, count * COLUMNS, sizeof(*cells));
    for (size_t i = 0; i < count; i++) {
        const char **cell = cells + i * COLUMNS;
        cell[0] = rows[i].id;
        cell[1] = rows[i].state;
        cell[2] = rows[i].model;
        cell[3] = rows[i].levels;
        for (size_t p = 0; p < 4; p++)
            cell[4 + p] = parameter_text(&app->arena, &rows[i], parameters[p]);
        cell[8] = rows[i].age;
    }
    wva_table_print(app->out.file, headers, NULL, COLUMNS, cells, count);
}

static struct wva_value *row_value(struct wva_arena *arena, const struct row *row)
{
    struct wva_value *value = wva_object(arena);
    wva_put(arena, value, wva_string(arena, row->id), "run");
    wva_put(arena, value, wva_string(arena, row->state), "state");
    wva_put(arena, value, wva_string(arena, row->model), "model");
    wva_put(arena, value, wva_string(arena, row->levels), "levels");
    if (row->parameters)
        wva_put(arena, value, row->parameters, "parameters");
    return value;
}

static int list_runs(struct wva_app *app, const struct options *opts, struct wva_error *err)
{
    struct wva_value *configmaps;
    char *selector = wva_arena_printf(&app->arena, "%s=%s,%s", WVA_LABEL_MANAGED_BY, WVA_MANAGED_BY,
                                      WVA_LABEL_RUN);
    if (wva_kube_list(app->kube, &app->arena, &wva_type_configmap, wva_app_namespace(app), selector,
                      NULL, &configmaps, NULL, err) < 0)
        return -1;
    struct row *rows = wva_arena_calloc(&app->arena, configmaps->count + 1, sizeof(*rows));
    for (size_t i = 0; i < configmaps->count; i++)
        read_row(&app->arena, configmaps->items[i], &rows[i]);
    if (wva_output_is_document(opts->output)) {
        struct wva_value *list = wva_array(&app->arena);
        for (size_t i = 0; i < configmaps->count; i++)
            wva_array_append(&app->arena, list, row_value(&app->arena, &rows[i]));
        wva_output_value(app, opts->output, list);
    } else if (wva_str_eq(opts->output, "name")) {
        for (size_t i = 0; i < configmaps->count; i++)
            fprintf(app->out.file, "%s\n", rows[i].id);
    } else if (configmaps->count == 0) {
        fprintf(app->err.file, "No runs found in %s namespace.\n", wva_app_namespace(app));
    } else {
        print_rows(app, rows, configmaps->count);
    }
    return 0;
}

static int show_run(struct wva_app *app, const struct options *opts, const char *id,
                    struct wva_error *err)
{
    struct wva_record record;
    struct wva_benchmark benchmark;
    if (wva_record_load(app->kube, &app->arena, wva_app_namespace(app), id, &record, err) < 0)
        return -1;
    if (!wva_output_is_document(opts->output)) {
        struct row row;
        read_row(&app->arena, record.object, &row);
        print_rows(app, &row, 1);
    }
    struct wva_error none = {0};
    if (wva_record_benchmark(&app->arena, &record, &benchmark, &none) < 0)
        return wva_output_is_document(opts->output) ? wva_error_set(err, none.code, "%s", none.msg)
                                                    : 0;
    if (wva_output_is_document(opts->output)) {
        wva_output_value(app, opts->output, wva_benchmark_to_value(&app->arena, &benchmark));
        return 0;
    }
    fputc('\n', app->out.file);
    wva_bench_print(app, &benchmark);
    return 0;
}

static int run(struct wva_app *app, const void *opaque, const struct wva_list *arguments,
               const struct wva_list *rest, struct wva_error *err)
{
    (void)rest;
    const struct options *opts = opaque;
    if (wva_app_connect(app, err) < 0)
        return -1;
    return arguments->count ? show_run(app, opts, arguments->items[0], err)
                            : list_runs(app, opts, err);
}

const struct wva_command wva_command_runs = {
    .name = "runs",
    .summary = "List the runs recorded in the cluster",
    .arguments = "[ID]",
    .description = "Lists the runs of the namespace with their state and parameters, or shows\n"
                   "one with its levels. With -o json or yaml one run prints as a Benchmark\n"
                   "document.",
    .examples = "# all\n"
                "kubectl wva runs\n"
                "# the levels of one\n"
                "kubectl wva runs k3x9qz7f2m\n",
    .groups = (const struct wva_option_group[]){{"Options", table, 0}, {0}},
    .options_size = sizeof(struct options),
    .most = 1,
    .run = run,
};
