// SPDX-License-Identifier: Apache-2.0
/*
 * Bytes that must not linger or be printed: tokens, passwords, private keys.
 *
 * Memory is cleansed when it is released or moved to grow. There is no formatting of a secret:
 * whoever must hand it to a library reads `data` and `len` and nothing else does. libcurl, OpenSSL
 * and the kernel keep copies of their own; docs/architecture.md says so too.
 */
#ifndef WVA_UTIL_SECRET_H
#define WVA_UTIL_SECRET_H

#include <stdbool.h>
#include <stddef.h>

struct wva_secret {
    char *data; /* NUL-terminated (not counted); NULL while empty */
    size_t len;
    size_t cap;
};

/* Makes room for `more` bytes behind `len`, and a NUL, for a read straight into `data`. */
void wva_secret_reserve(struct wva_secret *secret, size_t more);

void wva_secret_append(struct wva_secret *secret, const void *data, size_t len);
void wva_secret_set(struct wva_secret *secret, const void *data, size_t len);

/* Removes leading and trailing whitespace. */
void wva_secret_trim(struct wva_secret *secret);

bool wva_secret_empty(const struct wva_secret *secret);
void wva_secret_done(struct wva_secret *secret);

#define wva_auto_secret __attribute__((cleanup(wva_secret_done))) struct wva_secret

#endif
