// SPDX-License-Identifier: Apache-2.0
#include "random_tree.h"

#include "wva/util/buf.h"
#include "wva/util/mem.h"

#include <string.h>

unsigned random_below(uint64_t *state, unsigned limit)
{
    *state ^= *state << 13; /* Marsaglia's xorshift64 */
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (unsigned)((*state >> 32) % limit);
}

static const char *random_text(struct wva_arena *arena, uint64_t *state)
{
    static const char *const pieces[] = {
        "a",    "word",     " ",        "  ",         "\n",     "\n\n",   "\t",  ":",
        ": ",   "#",        " #",       "-",          "- ",     "?",      "? ",  "'",
        "\"",   "\\",       "|",        ">",          "{",      "}",      "[",   "]",
        ",",    "&",        "*",        "!",          "%",      "@",      "`",   "~",
        "<<",   "=",        "é",        "\u20ac",     "😀",      "\u00a0", "\r",  "\x1b",
        "\x7f", "\xc2\x85", "\xc2\x9b", "\u2028",     "\ufeff", "\uffff", "yes", "No",
        "null", "true",     "1",        "0x1f",       "010",    "1e3",    ".5",  "1_0",
        "1:30", "---",      "...",      "2026-11-24", ".inf",   "/",      "\\n", "\x01",
    };
    wva_auto_buf text = WVA_BUF(4096);
    for (unsigned left = random_below(state, 8); left > 0; left--)
        wva_buf_puts(&text, pieces[random_below(state, WVA_COUNT(pieces))]);
    if (random_below(state, 50) == 0) { /* too long for a simple key of YAML */
        while (text.len < 2000)
            wva_buf_puts(&text, pieces[random_below(state, WVA_COUNT(pieces))]);
    }
    return wva_arena_strdup(arena, wva_buf_str(&text));
}

static struct wva_value *random_number(struct wva_arena *arena, uint64_t *state)
{
    static const char *const texts[] = {
        "0",
        "-0",
        "1e5",
        "1E-7",
        "0.1",
        "-2.50",
        "9223372036854775807",
        "-9223372036854775808",
        "123456789012345678901234567890",
        "1.7976931348623157e308",
        "5e-324",
    };
    const char *text = texts[random_below(state, WVA_COUNT(texts))];
    if (random_below(state, 2))
        return wva_int(arena, (int64_t)random_below(state, UINT32_MAX) - INT32_MAX);
    return wva_number_text(arena, text, strlen(text));
}

static struct wva_value *random_scalar(struct wva_arena *arena, uint64_t *state)
{
    unsigned choice = random_below(state, 8);
    if (choice == 0)
        return wva_null(arena);
    if (choice == 1)
        return wva_bool(arena, random_below(state, 2));
    if (choice == 2)
        return random_number(arena, state);
    return wva_string(arena, random_text(arena, state));
}

struct wva_value *random_tree(struct wva_arena *arena, uint64_t *state, unsigned depth)
{
    unsigned choice = random_below(state, 3), children = random_below(state, 5);
    if (depth == 0 || choice == 0)
        return random_scalar(arena, state);
    struct wva_value *value = choice == 1 ? wva_array(arena) : wva_object(arena);
    for (; children > 0; children--) {
        struct wva_value *child = random_tree(arena, state, depth - 1);
        if (choice == 1)
            wva_array_append(arena, value, child);
        else
            wva_object_set(arena, value, random_text(arena, state), child);
    }
    return value;
}
