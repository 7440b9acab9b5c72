// SPDX-License-Identifier: Apache-2.0
/* kubectl wva version: this program's version; no cluster is asked. */
#include "wva/cmd/output.h"

#include "wva/util/str.h"

struct version_options {
    const char *output;
};

static const struct wva_option options[] = {
    WVA_OUTPUT_OPTION_OF(struct version_options, output, wva_document_choices),
    {.name = NULL},
};

static int run(struct wva_app *app, const void *opaque, const struct wva_list *arguments,
               const struct wva_list *rest, struct wva_error *err)
{
    (void)arguments;
    (void)rest;
    (void)err;
    const struct version_options *opts = opaque;
    if (!wva_output_is_document(opts->output)) {
        fprintf(app->out.file, "kubectl-wva %s\n", WVA_VERSION);
        return 0;
    }
    struct wva_value *version = wva_object(&app->arena);
    wva_put(&app->arena, version, wva_string(&app->arena, WVA_VERSION), "clientVersion", "version");
    wva_output_value(app, opts->output, version);
    return 0;
}

const struct wva_command wva_command_version = {
    .name = "version",
    .summary = "Print the version of this program",
    .arguments = "",
    .description = "Prints the version of kubectl-wva. No cluster is contacted.",
    .groups = (const struct wva_option_group[]){{"Options", options, 0}, {0}},
    .options_size = sizeof(struct version_options),
    .run = run,
};
