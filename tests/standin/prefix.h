// SPDX-License-Identifier: Apache-2.0
/*
 * The prefix cache: which blocks of 16 prompt tokens were seen before, each known by a hash of it
 * and all before it. It holds a fixed number; a new block takes the place of an older one.
 */
#ifndef WVA_TESTS_STANDIN_PREFIX_H
#define WVA_TESTS_STANDIN_PREFIX_H

#include "wva/util/arena.h"

#include <stdint.h>

#define STANDIN_BLOCK_TOKENS ((size_t)16)
#define STANDIN_PREFIX_SLOTS ((size_t)1 << 16)

struct standin_prefix {
    uint64_t slots[STANDIN_PREFIX_SLOTS]; /* 0: empty */
};

/* The hashes of the full blocks of a prompt's tokens; in `arena`. */
const uint64_t *standin_prefix_blocks(struct wva_arena *arena, const uint32_t *tokens, size_t count,
                                      size_t *ret_count);

/* How many tokens of the prompt are cached (at least one never is: its logits are needed), and
 * from now on all of its blocks are. */
size_t standin_prefix_use(struct standin_prefix *prefix, const uint64_t *blocks, size_t count,
                          size_t prompt_tokens);

#endif
