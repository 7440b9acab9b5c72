// SPDX-License-Identifier: Apache-2.0
/* What commands print on standard output: -o table, json, yaml, name. */
#ifndef WVA_CMD_OUTPUT_H
#define WVA_CMD_OUTPUT_H

#include "wva/cmd/command.h"

extern const char *const wva_output_choices[];   /* table, json, yaml, name */
extern const char *const wva_document_choices[]; /* table, json, yaml: what has no object's name */
extern const char *const wva_dry_run_choices[];  /* none, client, server */

#define WVA_OUTPUT_OPTION(type, member) WVA_OUTPUT_OPTION_OF(type, member, wva_output_choices)
#define WVA_OUTPUT_OPTION_OF(type, member, formats)                                                \
    {                                                                                              \
        .name = "output", .letter = 'o', .kind = WVA_OPTION_CHOICE,                                \
        .offset = offsetof(type, member), .value = "FORMAT", .help = "Output format",              \
        .choices = (formats)                                                                       \
    }
#define WVA_DRY_RUN_OPTION(type, member)                                                           \
    {                                                                                              \
        .name = "dry-run", .kind = WVA_OPTION_CHOICE, .offset = offsetof(type, member),            \
        .value = "MODE", .bare = "client", .choices = wva_dry_run_choices,                         \
        .help =                                                                                    \
            "client: print what would be sent and send nothing; server: let the API server check " \
            "it and store nothing"                                                                 \
    }

/* `output` NULL means table. */
bool wva_output_is_document(const char *output); /* json or yaml */

enum wva_dry_run wva_dry_run_of(const char *choice); /* NULL: none */

/* "", " (dry run)", " (server dry run)": what kubectl puts behind a result. */
const char *wva_dry_run_suffix(enum wva_dry_run dry_run);

/* Prints one value as JSON or YAML (`output` json or yaml); several objects as a List or as YAML
 * documents. */
void wva_output_value(struct wva_app *app, const char *output, const struct wva_value *value);
void wva_output_values(struct wva_app *app, const char *output, struct wva_value *const *values,
                       size_t count);

#endif
