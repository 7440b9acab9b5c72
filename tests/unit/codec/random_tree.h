// SPDX-License-Identifier: Apache-2.0
/* Random value trees, the same from the same seed, rich in what JSON and YAML treat specially. */
#ifndef WVA_TESTS_UNIT_CODEC_RANDOM_TREE_H
#define WVA_TESTS_UNIT_CODEC_RANDOM_TREE_H

#include "wva/codec/value.h"

/* A number below `limit`; `*state` (never 0) moves on. */
unsigned random_below(uint64_t *state, unsigned limit);

struct wva_value *random_tree(struct wva_arena *arena, uint64_t *state, unsigned depth);

#endif
