// SPDX-License-Identifier: Apache-2.0
/*
 * Over a JSON value at memory speed, without reading it: only strings and brackets are followed.
 *
 * Sixty-four bytes at a time become bit masks (bit i: byte i is a quote, is a bracket, …) and the
 * masks are worked on without a branch per byte, after Langdale and Lemire, "Parsing Gigabytes of
 * JSON per Second" (2019). Ordinary 64-bit words make the masks here, eight bytes each: portable,
 * and fast enough to be limited by reading the file.
 */
#include "json_priv.h"

#include <string.h>

#define BLOCK      64
#define EACH(byte) (0x0101010101010101u * (uint64_t)(byte)) /* the byte in all eight places */

struct block {
    uint64_t quotes, backslashes, opens, closes, commas;
};

/* Eight bytes, the first in the lowest bits. */
static uint64_t load(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* Bit i: byte i of `word` equals `byte`. */
static uint64_t match(uint64_t word, unsigned char byte)
{
    uint64_t differs = word ^ EACH(byte);
    uint64_t zero = ~(((differs & EACH(0x7f)) + EACH(0x7f)) | differs | EACH(0x7f)); /* 0x80 or 0 */
    return ((zero >> 7) * 0x0102040810204080u) >> 56; /* the eight bits side by side */
}

static struct block read_block(const char *bytes)
{
    struct block block = {0};
    for (unsigned i = 0; i < BLOCK; i += 8) {
        uint64_t word = load(bytes + i);
        uint64_t folded = word | EACH(0x20); /* makes '[' of '{' and ']' of '}', nothing else */
        block.quotes |= match(word, '"') << i;
        block.backslashes |= match(word, '\\') << i;
        block.opens |= match(folded, '{') << i;
        block.closes |= match(folded, '}') << i;
        block.commas |= match(word, ',') << i;
    }
    return block;
}

/* The bytes that a backslash makes ordinary; `*carry` is what reaches into and out of the block,
 * which is `len` bytes long. */
static uint64_t find_escaped(uint64_t backslashes, size_t len, bool *carry)
{
    uint64_t escaped = *carry ? 1 : 0;
    bool last = false;
    backslashes &= ~escaped;
    while (backslashes) {
        uint64_t first = backslashes & -backslashes;
        last = first >> (len - 1);
        escaped |= first << 1;
        backslashes &= ~(first | first << 1);
    }
    *carry = last;
    return escaped;
}

/* Bit i: an odd number of bits up to and including i is set. */
static uint64_t prefix_parity(uint64_t bits)
{
    for (unsigned shift = 1; shift < BLOCK; shift *= 2)
        bits ^= bits << shift;
    return bits;
}

/* The lowest of `stops` at which the value is over, counting brackets on the way; BLOCK when it
 * goes on. Stops are the brackets and commas outside strings. */
static unsigned find_end(struct wva_json_skip *skip, const struct block *block, uint64_t stops)
{
    for (; stops; stops &= stops - 1) {
        uint64_t stop = stops & -stops;
        if (skip->depth == 0 && !(stop & block->opens))
            return (unsigned)__builtin_ctzll(stop);
        if (stop & block->opens)
            skip->depth++;
        else if (stop & block->closes)
            skip->depth--;
    }
    return BLOCK;
}

/* Offset of the value's end in the block, or BLOCK. */
static unsigned skip_block(struct wva_json_skip *skip, const char *bytes, size_t len)
{
    struct block block = read_block(bytes);
    uint64_t quotes = block.quotes & ~find_escaped(block.backslashes, len, &skip->escaped);
    uint64_t strings = prefix_parity(quotes) ^ (skip->in_string ? UINT64_MAX : 0);
    skip->in_string = strings >> (BLOCK - 1);

    uint64_t opens = block.opens & ~strings, closes = block.closes & ~strings;
    size_t closing = (size_t)__builtin_popcountll(closes);
    if (skip->depth > closing) { /* cannot end here, in whatever order the brackets come */
        skip->depth += (size_t)__builtin_popcountll(opens) - closing;
        return BLOCK;
    }
    return find_end(skip, &block, opens | closes | (block.commas & ~strings));
}

const char *wva_json_skip(struct wva_json_skip *skip, const char *at, const char *end)
{
    while (at < end) {
        char padded[BLOCK];
        const char *bytes = at;
        size_t len = (size_t)(end - at);
        if (len >= BLOCK) {
            len = BLOCK;
        } else {
            memset(padded, ' ', sizeof(padded));
            bytes = memcpy(padded, at, len);
        }
        unsigned offset = skip_block(skip, bytes, len);
        if (offset < BLOCK)
            return at + offset;
        at += len;
    }
    return end;
}
