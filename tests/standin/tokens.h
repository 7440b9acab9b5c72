// SPDX-License-Identifier: Apache-2.0
/* Text to tokens. */
#ifndef WVA_TESTS_STANDIN_TOKENS_H
#define WVA_TESTS_STANDIN_TOKENS_H

#include "wva/util/arena.h"

#include <stdint.h>

struct standin_tokenizer;

/* The tokens of `text`; in `arena`. Without a tokenizer they are estimated: runs of letters,
 * digits and other bytes, cut every four. The server counts, prefills and caches by this same list
 * and reports its length, so an estimate is as consistent as the real thing. */
const uint32_t *standin_tokens(const struct standin_tokenizer *tokenizer, struct wva_arena *arena,
                               const char *text, size_t len, size_t *ret_count);

#endif
