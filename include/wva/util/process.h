// SPDX-License-Identifier: Apache-2.0
/*
 * Runs another program and takes its standard output: credential plugins.
 *
 * No shell: `argv` goes to posix_spawnp as it is. The child gets /dev/null (or our standard input),
 * a pipe as standard output, our standard error, no other descriptor, default signal dispositions.
 */
#ifndef WVA_UTIL_PROCESS_H
#define WVA_UTIL_PROCESS_H

#include "wva/util/error.h"
#include "wva/util/secret.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wva_process {
    const char *const *argv; /* ends with NULL; argv[0] is looked up on PATH without a '/' */
    const char *const *envp; /* ends with NULL; the whole environment of the child */
    bool inherit_stdin;
    int64_t timeout_ms;    /* 0: none. On timeout SIGTERM, two seconds later SIGKILL */
    size_t output_ceiling; /* most bytes of standard output accepted */
};

/* Runs to the end, reaps the child always, also when canceled (cancel.h). Standard output goes to
 * `output` (empty before; untouched on failure). Reading ends when the child ends, even if a
 * grandchild keeps the pipe open. `*ret_status` is the exit status, or 128 + signal. Errors:
 * WVA_E_IO (not startable, output too long; hint untouched), WVA_E_TIMEOUT, WVA_E_CANCELED. A
 * non-zero exit status is no error here. */
int wva_process_capture(const struct wva_process *process, struct wva_secret *output,
                        int *ret_status, struct wva_error *err) WVA_MUST_USE;

#endif
