// SPDX-License-Identifier: Apache-2.0
/*
 * `vllm serve …` as the tests' two servers read it: the one of the simulated cluster and the
 * stand-in that really serves.
 */
#ifndef WVA_TESTS_VLLM_COMMAND_H
#define WVA_TESTS_VLLM_COMMAND_H

#include "wva/util/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VLLM_SERVED_MAX   8
#define VLLM_API_KEYS_MAX 8

struct vllm_command {
    const char *model;
    const char *served[VLLM_SERVED_MAX];
    size_t served_count;
    int64_t port;
    int64_t max_num_seqs;
    int64_t max_model_len; /* 0: the model's own */
    int64_t tensor_parallel;
    int64_t max_num_batched_tokens;
    const char *host; /* NULL: all addresses */
    const char *api_keys[VLLM_API_KEYS_MAX];
    size_t api_key_count;
    bool prefix_caching;
    bool prompt_tokens_details; /* usage tells of cached tokens */
    bool force_include_usage;
    bool no_access_log;
    bool no_log_stats;
};

/* Reads the command line (after `vllm serve`, expanded). NULL on success; else the words that the
 * process ends with, exit status in `*ret_exit`. Everything lives in `arena`. */
const char *vllm_command_parse(struct wva_arena *arena, char *const *argv, struct vllm_command *ret,
                               int *ret_exit);

/* What stops it after its arguments were read (environment, GPUs, a gated model): the last words of
 * the log, or NULL. `gpus` is what the container may use, 0: unknown. */
const char *vllm_command_refuse(struct wva_arena *arena, const struct vllm_command *command,
                                char *const *env, int64_t gpus);

#endif
