// SPDX-License-Identifier: Apache-2.0
/*
 * base64 (RFC 4648 section 4), SHA-256, random bytes. Decoding is our own: EVP_DecodeBlock neither
 * says where the text is wrong nor how many bytes the padding stands for.
 */
#include "wva/util/encode.h"

#include "wva/util/mem.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdint.h>
#include <sys/random.h>
#include <unistd.h>

#define ENTROPY_CALL_MAX 256 /* getentropy(3) */

char *wva_base64_encode(struct wva_arena *arena, const void *data, size_t len)
{
    const unsigned char *bytes = data;
    char *text;
    size_t at = 0;

    if (len > SIZE_MAX / 2)
        wva_fatal("out of memory");
    text = wva_arena_alloc(arena, (len + 2) / 3 * 4 + 1);
    /* EVP_EncodeBlock takes an int: pieces of a multiple of three join without padding between. */
    for (size_t done = 0; done < len;) {
        const size_t piece = len - done < 3 << 20 ? len - done : 3 << 20;

        at += (size_t)EVP_EncodeBlock((unsigned char *)text + at, bytes + done, (int)piece);
        done += piece;
    }
    return text;
}

static int digit_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : -1;
}

/* Four characters at a time; `padding` counts the '=' that stand for the last of them. */
struct quantum {
    uint32_t bits;
    unsigned chars;
    unsigned padding;
};

/* Takes one character; false when it cannot stand there. Once padded, the text has ended: further
 * digits are refused, as is '=' for the first or second of four. */
static bool take_char(struct quantum *quantum, char c)
{
    const int value = c == '=' ? 0 : digit_value(c);

    if (value < 0 || (c != '=' && quantum->padding > 0) || (c == '=' && quantum->chars < 2))
        return false;
    quantum->padding += c == '=';
    quantum->bits = quantum->bits << 6 | (uint32_t)value;
    quantum->chars++;
    return true;
}

static void emit_quantum(struct quantum *quantum, struct wva_secret *secret)
{
    unsigned char bytes[3] = {
        (unsigned char)(quantum->bits >> 16),
        (unsigned char)(quantum->bits >> 8),
        (unsigned char)quantum->bits,
    };

    wva_secret_append(secret, bytes, 3 - quantum->padding);
    OPENSSL_cleanse(bytes, sizeof(bytes));
    quantum->bits = 0;
    quantum->chars = 0; /* padding stays: it ends the text */
}

int wva_base64_decode(const char *text, size_t len, struct wva_secret *secret,
                      size_t *ret_bad_offset)
{
    struct quantum quantum = {0};
    size_t at;

    for (at = 0; at < len; at++) {
        if (text[at] == '\n' || text[at] == '\r')
            continue;
        if (!take_char(&quantum, text[at]))
            break;
        if (quantum.chars == 4)
            emit_quantum(&quantum, secret);
    }
    if (at == len && quantum.chars == 0)
        return 0;
    wva_secret_done(secret);
    OPENSSL_cleanse(&quantum, sizeof(quantum));
    *ret_bad_offset = at;
    return -1;
}

void wva_sha256_hex(char out[WVA_SHA256_HEX_MAX], const void *data, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char hash[SHA256_DIGEST_LENGTH];

    if (SHA256(data, len, hash) == NULL)
        wva_fatal("cannot compute SHA-256");
    for (size_t i = 0; i < sizeof(hash); i++) {
        out[2 * i] = digits[hash[i] >> 4];
        out[2 * i + 1] = digits[hash[i] & 0x0F];
    }
    out[2 * sizeof(hash)] = '\0';
}

void wva_random_bytes(void *out, size_t count)
{
    unsigned char *bytes = out;

    while (count > 0) {
        const size_t piece = count < ENTROPY_CALL_MAX ? count : ENTROPY_CALL_MAX;

        if (getentropy(bytes, piece) != 0)
            wva_fatal("cannot get random bytes from the operating system");
        bytes += piece;
        count -= piece;
    }
}
