// SPDX-License-Identifier: Apache-2.0
/*
 * Text to tokens: by a byte-level BPE read from a tokenizer.json, the kind most models of today
 * have, or by estimate. The server counts, prefills and caches by one list and reports its length,
 * so an estimate is as consistent as the real thing; only the client may count otherwise.
 */
#ifndef WVA_TESTS_STANDIN_TOKENS_H
#define WVA_TESTS_STANDIN_TOKENS_H

#include "wva/util/arena.h"

#include <stdint.h>

/* What BPE works on at once; longer pieces (no language has them) are cut. */
#define STANDIN_PIECE_MAX ((size_t)256)

struct standin_tokenizer;

/* Reads a tokenizer.json with a byte-level BPE model. It lives in `arena`. */
int standin_tokenizer_read(struct wva_arena *arena, const char *path,
                           struct standin_tokenizer **ret, struct wva_error *err) WVA_MUST_USE;

/* The tokens of a piece of at most STANDIN_PIECE_MAX bytes, at least one, at most `len`. */
size_t standin_bpe(const struct standin_tokenizer *tokenizer, const char *piece, size_t len,
                   uint32_t *tokens);

/* The tokens of `text`; in `arena`. `tokenizer` NULL: an estimate, words cut every four bytes. */
const uint32_t *standin_tokens(const struct standin_tokenizer *tokenizer, struct wva_arena *arena,
                               const char *text, size_t len, size_t *ret_count);

#endif
