// SPDX-License-Identifier: Apache-2.0
/*
 * The command line of one benchmark level, in the words of each GuideLLM release from 0.3.1 on.
 *
 * Up to 0.6 `benchmark run --rate-type …` (0.3 takes some settings from the environment), from 0.7
 * `run --profile kind=…`. A release newer than all known is taken to speak as the newest does.
 */
#ifndef WVA_GUIDELLM_COMMAND_H
#define WVA_GUIDELLM_COMMAND_H

#include "wva/guidellm/version.h"
#include "wva/util/arena.h"

#include <stdint.h>

enum wva_profile {
    WVA_PROFILE_SYNCHRONOUS,
    WVA_PROFILE_CONCURRENT,
    WVA_PROFILE_THROUGHPUT,
};

const char *wva_profile_name(enum wva_profile profile); /* "synchronous", … */

struct wva_guidellm_run {
    enum wva_profile profile;
    int64_t streams;       /* concurrent: streams; throughput: most in flight; synchronous: 1 */
    const char *target;    /* "http://vllm:8000" */
    const char *model;     /* served model name */
    const char *tokenizer; /* Hugging Face id or directory; NULL: the model's name */
    bool chat;             /* chat completions instead of text completions */
    int64_t prompt_tokens;
    int64_t output_tokens;
    int64_t max_seconds;    /* of the whole level, warm-up included */
    int64_t warmup_seconds; /* cut from the start of the window; 0: none */
    int64_t seed;
    const char *report_path; /* where the JSON report goes */
};

/* Arguments after `guidellm`, ends with NULL, in `arena`. Errors: WVA_E_USAGE for a release before
 * 0.3.1 or a combination the release cannot do. */
int wva_guidellm_command(struct wva_arena *arena, struct wva_guidellm_version version,
                         const struct wva_guidellm_run *run, char ***ret_argv,
                         struct wva_error *err) WVA_MUST_USE;

/* Environment that the release needs besides ("NAME=value", ends with NULL, in `arena`): cancels
 * the image's own output settings, chooses the endpoint where only the environment can. */
char **wva_guidellm_environment(struct wva_arena *arena, struct wva_guidellm_version version,
                                const struct wva_guidellm_run *run);

#endif
