// SPDX-License-Identifier: Apache-2.0
// The lines a vLLM server writes while it starts, about as the real one does.

#include "kubelet.h"

#include <time.h>

/* "INFO 11-24 18:20:00 [api_server.py:1896] …" */
static void info(const struct sim_container *container, const char *place, const char *text)
{
    char stamp[32];
    time_t now = time(NULL);
    struct tm utc;
    (void)gmtime_r(&now, &utc);
    (void)strftime(stamp, sizeof(stamp), "%m-%d %H:%M:%S", &utc);
    sim_log_line(container, "(APIServer pid=1) INFO %s [%s] %s", stamp, place, text);
}

void sim_vllm_log_start(const struct sim_container *container, const struct sim_vllm *vllm)
{
    wva_auto_arena arena = {0};
    if (vllm->command.model == NULL)
        return;
    info(container, "api_server.py:1351", "vLLM API server version 0.32.0");
    info(container, "model.py:1514",
         wva_arena_printf(&arena, "Using model %s, max_num_seqs %lld, tensor_parallel_size %lld",
                          vllm->command.model, (long long)vllm->command.max_num_seqs,
                          (long long)vllm->command.tensor_parallel));
    info(container, "gpu_model_runner.py:3341",
         wva_arena_printf(&arena, "Starting to load model %s...", vllm->command.model));
}

void sim_vllm_log_loaded(const struct sim_container *container, const struct sim_vllm *vllm)
{
    wva_auto_arena arena = {0};
    info(container, "gpu_worker.py:298", "Available KV cache memory: 57.41 GiB");
    info(container, "gpu_model_runner.py:4244", "Graph capturing finished in 6 secs");
    info(container, "api_server.py:1099",
         wva_arena_printf(&arena, "Starting vLLM server on http://0.0.0.0:%lld",
                          (long long)vllm->command.port));
    sim_log_line(container, "(APIServer pid=1) INFO:     Application startup complete.");
}
