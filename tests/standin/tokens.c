// SPDX-License-Identifier: Apache-2.0
// Tokens by estimate.

#include "tokens.h"

#include <ctype.h>

enum class { LETTERS, DIGITS, BLANKS, OTHERS };

static enum class class_of(char c) {
    unsigned char byte = (unsigned char)c; if (isalpha(byte) || byte >= 0x80) return LETTERS;
    if (isdigit(byte)) return DIGITS;
    return isspace(byte) ? BLANKS : OTHERS;
}

#define PIECE_MAX ((size_t)4)

const uint32_t *standin_tokens(const struct standin_tokenizer *tokenizer, struct wva_arena *arena,
                               const char *text, size_t len, size_t *ret_count)
{
    (void)tokenizer;
    uint32_t *tokens = wva_arena_calloc(arena, len + 1, sizeof(*tokens));
    size_t count = 0;
    for (size_t at = 0; at < len;) {
        size_t blank = text[at] == ' ' && at + 1 < len ? 1 : 0; /* belongs to the word behind it */
        uint32_t hash = 2166136261U;
        enum class class = class_of(text[at + blank]);
        size_t end = at + blank;
        while (end < len && class_of(text[end]) == class && end < at + blank + PIECE_MAX)
            end++;
        for (; at < end; at++)
            hash = (hash ^ (unsigned char)text[at]) * 16777619U; /* FNV-1a */
        tokens[count++] = hash;
    }
    *ret_count = count;
    return tokens;
}
