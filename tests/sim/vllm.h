// SPDX-License-Identifier: Apache-2.0
/*
 * A simulated vLLM server: its arguments checked as strictly as the real one does, the time it
 * takes to load, what it answers over HTTP. How fast it serves is the GuideLLM double's business,
 * which knows the true parameters.
 */
#ifndef WVA_TESTS_SIM_VLLM_H
#define WVA_TESTS_SIM_VLLM_H

#include "vllm/command.h"

#include "wva/codec/value.h"

struct sim_vllm {
    struct vllm_command command;
    int64_t loaded_at; /* simulated; when /health begins to answer */
    bool listening;    /* loaded_at has passed and the log says so */
};

/* Does this container run vLLM? By its image or its command. */
bool sim_vllm_recognize(const struct wva_value *container);

#endif
