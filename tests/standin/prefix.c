// SPDX-License-Identifier: Apache-2.0
// The prefix cache, direct-mapped by hash.

#include "prefix.h"

#include <stdbool.h>

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ (hash >> 29);
}

const uint64_t *standin_prefix_blocks(struct wva_arena *arena, const uint32_t *tokens, size_t count,
                                      size_t *ret_count)
{
    size_t blocks = count / STANDIN_BLOCK_TOKENS;
    uint64_t *hashes = wva_arena_calloc(arena, blocks + 1, sizeof(*hashes));
    uint64_t hash = 1;
    for (size_t i = 0; i < blocks * STANDIN_BLOCK_TOKENS; i++) {
        hash = mix(hash, tokens[i] + UINT64_C(1));
        hashes[i / STANDIN_BLOCK_TOKENS] = hash | 1;
    }
    *ret_count = blocks;
    return hashes;
}

size_t standin_prefix_use(struct standin_prefix *prefix, const uint64_t *blocks, size_t count,
                          size_t prompt_tokens)
{
    size_t hits = 0;
    bool all = true;
    for (size_t i = 0; i < count; i++) {
        uint64_t *slot = &prefix->slots[(blocks[i] >> 1) % STANDIN_PREFIX_SLOTS];
        all = all && *slot == blocks[i];
        hits += all ? 1 : 0;
        *slot = blocks[i];
    }
    if (hits * STANDIN_BLOCK_TOKENS >= prompt_tokens)
        hits--;
    return hits * STANDIN_BLOCK_TOKENS;
}
