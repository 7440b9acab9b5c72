// SPDX-License-Identifier: Apache-2.0
/* What a container's command line says of the vLLM server in it. */
#ifndef WVA_PLUGIN_RUN_SERVER_ARGS_H
#define WVA_PLUGIN_RUN_SERVER_ARGS_H

#include "wva/codec/value.h"

#include <stdbool.h>
#include <stddef.h>

struct wva_server_args {
    const char **words; /* of command and args; "" where a variable's value is not known */
    size_t count;
    bool has_command; /* else the image's entry point is in front of them */
};

/* Reads `container`'s command and args, given word by word or as a shell's line, with its
 * variables put in. In `arena`. */
void wva_server_args_read(struct wva_arena *arena, const struct wva_value *container,
                          struct wva_server_args *ret);

/* Value of "--name value", "--name=value" or "--na_me value", of which the last counts, as in
 * argparse. NULL: not given, or not known. `name` is written "--max-num-seqs". */
const char *wva_server_args_value(const struct wva_server_args *args, const char *name);
int64_t wva_server_args_number(const struct wva_server_args *args, const char *name); /* or 0 */
bool wva_server_args_has(const struct wva_server_args *args, const char *name);

/* --model, or the word after "serve". */
const char *wva_server_args_model(const struct wva_server_args *args);

#endif
