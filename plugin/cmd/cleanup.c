// SPDX-License-Identifier: Apache-2.0
/* kubectl wva cleanup: deletes what this tool made. */
#include "wva/cmd/output.h"

#include "wva/run/bench.h"

struct options {
    bool all;
    const char *dry_run;
};

static const struct wva_option table[] = {
    {.name = "all",
     .kind = WVA_OPTION_FLAG,
     .offset = offsetof(struct options, all),
     .help = "Everything kubectl-wva made in the namespace, also by 'deploy'"},
    WVA_DRY_RUN_OPTION(struct options, dry_run),
    {.name = NULL},
};

/* What was deleted is this command's result, so it goes to standard output. */
static void print_note(void *ctx, enum wva_note kind, const char *text)
{
    (void)kind;
    struct wva_app *app = ctx;
    fprintf(app->out.file, "%s\n", text);
}

static void ignore_step(void *ctx, const char *what, const char *detail)
{
    (void)ctx;
    (void)what;
    (void)detail;
}

static int check_arguments(struct wva_app *app, const struct options *opts,
                           const struct wva_list *arguments, struct wva_error *err)
{
    if (opts->all == (arguments->count == 0))
        return 0;
    wva_error_set(err, WVA_E_USAGE,
                  opts->all ? "either one run or --all" : "which run? give its id, or --all");
    return wva_error_hint(err, "%s runs", app->program);
}

static int run(struct wva_app *app, const void *opaque, const struct wva_list *arguments,
               const struct wva_list *rest, struct wva_error *err)
{
    (void)rest;
    const struct options *opts = opaque;
    if (check_arguments(app, opts, arguments, err) < 0)
        return -1;
    const char *id = opts->all ? NULL : arguments->items[0];
    if (id && !wva_run_id_valid(id))
        return wva_error_set(err, WVA_E_USAGE, "'%s' is no run id", id);
    if (wva_app_connect(app, err) < 0)
        return -1;
    const struct wva_observer observer = {ignore_step, print_note, app};
    const char *namespace_ = wva_app_namespace(app);
    size_t deleted;
    if (wva_cleanup(app->kube, &app->arena, namespace_, id, WVA_CLEANUP_ALL,
                    wva_dry_run_of(opts->dry_run), &observer, &deleted, err) < 0)
        return -1;
    if (deleted > 0)
        return 0;
    if (id) {
        wva_error_set(err, WVA_E_NOT_FOUND, "nothing of run %s in namespace %s", id, namespace_);
        return wva_error_hint(err, "%s runs -n %s", app->program, namespace_);
    }
    fprintf(app->err.file, "nothing to clean up in namespace %s\n", namespace_);
    return 0;
}

const struct wva_command wva_command_cleanup = {
    .name = "cleanup",
    .summary = "Delete what kubectl-wva made",
    .arguments = "ID|--all",
    .description = "Deletes the objects of a run, or of all: Jobs, Deployment, Service and the\n"
                   "ConfigMap with the results. They are found by kubectl-wva's labels and\n"
                   "deleted by uid, nothing else is. A VariantAutoscaling is never deleted.",
    .examples = "# one run\n"
                "kubectl wva cleanup k3x9qz7f2m\n"
                "# what would go\n"
                "kubectl wva cleanup --all --dry-run=client\n",
    .groups = (const struct wva_option_group[]){{"Options", table, 0}, {0}},
    .options_size = sizeof(struct options),
    .most = 1,
    .run = run,
};
