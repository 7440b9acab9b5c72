// SPDX-License-Identifier: Apache-2.0
/* base64 and SHA-256 (OpenSSL underneath). */
#ifndef WVA_UTIL_ENCODE_H
#define WVA_UTIL_ENCODE_H

#include "wva/util/arena.h"
#include "wva/util/secret.h"

#include <stddef.h>

#define WVA_SHA256_HEX_MAX 65

/* Standard alphabet with padding; lives in `arena`. */
char *wva_base64_encode(struct wva_arena *arena, const void *data, size_t len);

/* Decodes into `secret` (empty before). Line breaks are skipped, padding is required. -1 with
 * *ret_bad_offset set to the first offending byte (`len` when the text is cut short), `secret` then
 * empty; on success it is untouched. */
int wva_base64_decode(const char *text, size_t len, struct wva_secret *secret,
                      size_t *ret_bad_offset) WVA_MUST_USE;

/* Lower-case hexadecimal SHA-256 of the bytes. */
void wva_sha256_hex(char out[WVA_SHA256_HEX_MAX], const void *data, size_t len);

/* `count` random bytes from the operating system. */
void wva_random_bytes(void *out, size_t count);

#endif
