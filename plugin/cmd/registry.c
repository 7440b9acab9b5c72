// SPDX-License-Identifier: Apache-2.0
/* The list of commands; each is defined in the file of its name. */
#include "wva/cmd/command.h"

extern const struct wva_command wva_command_run;
extern const struct wva_command wva_command_deploy;
extern const struct wva_command wva_command_bench;
extern const struct wva_command wva_command_fit;
extern const struct wva_command wva_command_apply;
extern const struct wva_command wva_command_predict;
extern const struct wva_command wva_command_runs;
extern const struct wva_command wva_command_cleanup;
extern const struct wva_command wva_command_version;

const struct wva_command *const wva_commands[] = {
    &wva_command_run,     &wva_command_deploy,
    &wva_command_bench,   &wva_command_fit,
    &wva_command_apply,   &wva_command_predict,
    &wva_command_runs,    &wva_command_cleanup,
    &wva_command_version, NULL,
};
