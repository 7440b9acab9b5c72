// SPDX-License-Identifier: Apache-2.0
/*
 * Over a JSON value at memory speed, without reading it: only strings and brackets are followed.
 *
 * Sixty-four bytes at a time become bit masks (bit i: byte i is a quote, is a bracket, …) and the
 * masks are worked on without a branch per byte, after Langdale and Lemire, "Parsing Gigabytes of
 * JSON per Second" (2019).
 */
#include "json_priv.h"

#include <string.h>
#if defined(__SSE2__) /* every x86-64 */
#include <emmintrin.h>
#endif

#define BLOCK 64

/* Bit i: byte i of the block is … */
struct block {
    uint64_t quotes, backslashes, opens, closes;
};

#if defined(__SSE2__)
/* Bit i: byte i of the block equals `byte`. */
static uint64_t match(const char *bytes, char byte)
{
    const __m128i wanted = _mm_set1_epi8(byte);
    uint64_t mask = 0;
    for (unsigned i = 0; i < BLOCK; i += 16) {
        __m128i piece = _mm_loadu_si128((const void *)(bytes + i));
        mask |= (uint64_t)_mm_movemask_epi8(_mm_cmpeq_epi8(piece, wanted)) << i;
    }
    return mask;
}
#else
/* The same in a form that compilers make vector instructions of where there are any. Of eight bytes
 * each then keeps another bit, and a multiplication sums them up to one byte. */
static uint64_t match(const char *bytes, char byte)
{
    static const unsigned char bits[8] = {1, 2, 4, 8, 16, 32, 64, 128};
    unsigned char equal[BLOCK];
    for (unsigned i = 0; i < BLOCK; i++)
        equal[i] = bytes[i] == byte ? UINT8_MAX : 0;

    uint64_t mask = 0, places, eight;
    memcpy(&places, bits, sizeof(places));
    for (unsigned i = 0; i < BLOCK; i += 8) {
        memcpy(&eight, equal + i, sizeof(eight));
        mask |= (eight & places) * 0x0101010101010101u >> 56 << i;
    }
    return mask;
}
#endif

static struct block read_block(const char *bytes)
{
    char folded[BLOCK];
    for (unsigned i = 0; i < BLOCK; i++)
        folded[i] = bytes[i] | 0x20; /* makes '{' of '[' and '}' of ']', nothing else */
    return (struct block){
        .quotes = match(bytes, '"'),
        .backslashes = match(bytes, '\\'),
        .opens = match(folded, '{'),
        .closes = match(folded, '}'),
    };
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
    if (skip->depth > 0 && (opens | closes) == 0)
        return BLOCK;
    size_t closing = (size_t)__builtin_popcountll(closes);
    if (skip->depth > closing) { /* cannot end here, in whatever order the brackets come */
        skip->depth += (size_t)__builtin_popcountll(opens) - closing;
        return BLOCK;
    }
    uint64_t commas = match(bytes, ',') & ~strings;
    return find_end(skip, &block, opens | closes | commas);
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
