// SPDX-License-Identifier: Apache-2.0
// Text into the pieces that tokens never cross (GPT-2's pattern, with every byte beyond ASCII taken
// for a letter), and the estimate.

#include "tokens.h"

#include "wva/util/mem.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define ESTIMATE_BYTES ((size_t)4) /* of a token */

enum class { LETTER, DIGIT, BLANK, OTHER };

static enum class class_of(char c) {
    unsigned char byte = (unsigned char)c; if (isalpha(byte) || byte >= 0x80) return LETTER;
    if (isdigit(byte)) return DIGIT;
    return isspace(byte) ? BLANK : OTHER;
}

/* The length of "'s", "'re" and the like at the beginning of `text`, or 0. */
static size_t contraction(const char *text, size_t len)
{
    static const char *const endings[] = {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"};
    for (size_t i = 0; i < WVA_COUNT(endings); i++) {
        size_t size = strlen(endings[i]);
        if (size <= len && memcmp(text, endings[i], size) == 0)
            return size;
    }
    return 0;
}

static size_t run(const char *text, size_t len, size_t at)
{
    enum class class = class_of(text[at]);
    while (at < len && class_of(text[at]) == class)
        at++;
    return at;
}

/* The length of the first piece: a word with the one blank before it, or a run of blanks without
 * the one that belongs to the word behind it. */
static size_t piece_length(const char *text, size_t len)
{
    size_t end = contraction(text, len);
    if (end > 0)
        return end;
    bool blank = text[0] == ' ' && len > 1 && class_of(text[1]) != BLANK;
    end = run(text, len, blank ? 1 : 0);
    if (class_of(text[end - 1]) == BLANK && end < len && end > 1)
        end--;
    return end < STANDIN_PIECE_MAX ? end : STANDIN_PIECE_MAX;
}

static size_t estimate(const char *piece, size_t len, uint32_t *tokens)
{
    size_t count = 0, blank = piece[0] == ' ' ? 1 : 0;
    for (size_t at = 0; at < len; count++) {
        size_t end = at + ESTIMATE_BYTES + (at == 0 ? blank : 0);
        uint32_t hash = 2166136261U; /* FNV-1a */
        for (; at < end && at < len; at++)
            hash = (hash ^ (unsigned char)piece[at]) * 16777619U;
        tokens[count] = hash;
    }
    return count;
}

const uint32_t *standin_tokens(const struct standin_tokenizer *tokenizer, struct wva_arena *arena,
                               const char *text, size_t len, size_t *ret_count)
{
    uint32_t *tokens = wva_arena_calloc(arena, len + 1, sizeof(*tokens));
    size_t count = 0;
    for (size_t at = 0; at < len;) {
        size_t piece = piece_length(text + at, len - at);
        count += tokenizer != NULL ? standin_bpe(tokenizer, text + at, piece, tokens + count)
                                   : estimate(text + at, piece, tokens + count);
        at += piece;
    }
    *ret_count = count;
    return tokens;
}
