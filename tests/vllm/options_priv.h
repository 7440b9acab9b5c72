// SPDX-License-Identifier: Apache-2.0
/* The table of vLLM's options, for command.c. */
#ifndef WVA_TESTS_VLLM_OPTIONS_PRIV_H
#define WVA_TESTS_VLLM_OPTIONS_PRIV_H

#include "wva/util/arena.h"

#include <stdbool.h>

enum vllm_kind { VLLM_FLAG, VLLM_TEXT, VLLM_INTEGER, VLLM_NUMBER, VLLM_LIST, VLLM_JSON };

struct vllm_option {
    const char *name;
    enum vllm_kind kind;
};

/* The name behind "--max_num_seqs=4" or "-tp", "" when it is none we know the form of. */
char *vllm_option_name(struct wva_arena *arena, const char *word);

/* The option of that name, or NULL. `*ret_negated`: it was spelt --no-NAME. */
const struct vllm_option *vllm_option_find(const char *name, bool *ret_negated);

#endif
