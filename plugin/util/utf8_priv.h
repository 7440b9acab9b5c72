// SPDX-License-Identifier: Apache-2.0
/* UTF-8 below the level of str.h; for the util layer only. */
#ifndef WVA_UTIL_UTF8_PRIV_H
#define WVA_UTIL_UTF8_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes the character at `s`. Returns its bytes (1-4), or 0 when malformed or cut short. */
size_t wva_utf8_decode(const char *s, size_t len, uint32_t *ret_char);

/* The largest n <= len at which no character is cut in two. */
size_t wva_utf8_cut(const char *s, size_t len);

/* Copies at most `room` bytes, whole characters only, into `out` without a NUL: control characters,
 * bidirectional overrides and bytes that are not UTF-8 become '?'. `out` may be `s`. Returns the
 * bytes written; *ret_used (may be NULL) are those of `s` that went in. */
size_t wva_utf8_clean(char *out, size_t room, const char *s, size_t len, bool keep_newlines,
                      size_t *ret_used);

#endif
