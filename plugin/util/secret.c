// SPDX-License-Identifier: Apache-2.0
/* Secret bytes: every block is cleansed before it is freed, so realloc is out of the question. */
#include "wva/util/secret.h"

#include "wva/util/mem.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 256
#define BLANKS    " \t\r\n\v\f"

void wva_secret_reserve(struct wva_secret *secret, size_t more)
{
    struct wva_secret grown = {.len = secret->len};
    size_t need;

    if (__builtin_add_overflow(secret->len, more, &need) || __builtin_add_overflow(need, 1, &need))
        wva_fatal("out of memory");
    if (need <= secret->cap)
        return;
    if (__builtin_mul_overflow(secret->cap, 2, &grown.cap) || grown.cap < need)
        grown.cap = need;
    if (grown.cap < FIRST_CAP)
        grown.cap = FIRST_CAP;
    grown.data = wva_xmalloc(grown.cap);
    if (secret->len > 0)
        memcpy(grown.data, secret->data, secret->len);
    grown.data[grown.len] = '\0';
    wva_secret_done(secret);
    *secret = grown;
}

void wva_secret_append(struct wva_secret *secret, const void *data, size_t len)
{
    if (len == 0)
        return;
    wva_secret_reserve(secret, len);
    memcpy(secret->data + secret->len, data, len);
    secret->len += len;
    secret->data[secret->len] = '\0';
}

void wva_secret_set(struct wva_secret *secret, const void *data, size_t len)
{
    wva_secret_done(secret);
    wva_secret_append(secret, data, len);
}

void wva_secret_trim(struct wva_secret *secret)
{
    size_t start = 0;
    size_t end = secret->len;

    while (end > 0 && memchr(BLANKS, secret->data[end - 1], sizeof(BLANKS) - 1) != NULL)
        end--;
    while (start < end && memchr(BLANKS, secret->data[start], sizeof(BLANKS) - 1) != NULL)
        start++;
    if (start == end) {
        wva_secret_done(secret);
        return;
    }
    memmove(secret->data, secret->data + start, end - start);
    OPENSSL_cleanse(secret->data + (end - start), secret->len - (end - start));
    secret->len = end - start;
    secret->data[secret->len] = '\0';
}

bool wva_secret_empty(const struct wva_secret *secret)
{
    return secret->len == 0;
}

void wva_secret_done(struct wva_secret *secret)
{
    if (secret->data != NULL)
        OPENSSL_cleanse(secret->data, secret->cap);
    free(secret->data);
    *secret = (struct wva_secret){0};
}
