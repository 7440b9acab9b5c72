// SPDX-License-Identifier: Apache-2.0
/*
 * A simulated vLLM server: its arguments checked as strictly as the real one does, the time it
 * takes to load, what it answers over HTTP. How fast it serves is the GuideLLM double's business,
 * which knows the true parameters.
 */
#ifndef WVA_TESTS_SIM_VLLM_H
#define WVA_TESTS_SIM_VLLM_H

#include "wva/codec/value.h"

#define SIM_SERVED_MAX 8

struct sim_vllm {
    const char *model;
    const char *served[SIM_SERVED_MAX];
    size_t served_count;
    int64_t port;
    int64_t max_num_seqs;
    int64_t max_model_len; /* 0: the model's own */
    int64_t tensor_parallel;
    bool prefix_caching;
    int64_t loaded_at; /* simulated; when /health begins to answer */
    bool listening;    /* loaded_at has passed and the log says so */
};

/* Does this container run vLLM? By its image or its command. */
bool sim_vllm_recognize(const struct wva_value *container);

/* Reads the container's command line (after `vllm serve`, expanded). NULL on success; else the
 * words that the process ends with, exit status in `*ret_exit`. Everything lives in `arena`. */
const char *sim_vllm_parse(struct wva_arena *arena, char *const *argv, struct sim_vllm *ret,
                           int *ret_exit);

/* What stops it after its arguments were read (environment, GPUs, a gated model): the last words of
 * the log, or NULL. `gpus` is what the container may use. */
const char *sim_vllm_refuse(struct wva_arena *arena, const struct sim_vllm *vllm, char *const *env,
                            int64_t gpus);

#endif
