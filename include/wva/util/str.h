// SPDX-License-Identifier: Apache-2.0
/* Small questions about strings, and strings made fit for a terminal or a Kubernetes name. */
#ifndef WVA_UTIL_STR_H
#define WVA_UTIL_STR_H

#include "wva/util/arena.h"

#include <stdbool.h>
#include <stddef.h>

bool wva_str_eq(const char *a, const char *b); /* NULL equals only NULL */
bool wva_str_has_prefix(const char *s, const char *prefix);
bool wva_str_has_suffix(const char *s, const char *suffix);
bool wva_str_empty(const char *s); /* NULL or "" */

/* Splits at every `separator`; empty parts are kept ("" has one). The list lives in `arena` and
 * ends with NULL; `ret_count` may be NULL. */
char **wva_str_split(struct wva_arena *arena, const char *s, char separator, size_t *ret_count);

/* `s` without leading and trailing blanks (space, tab, CR, LF), copied into `arena`. */
char *wva_str_trim(struct wva_arena *arena, const char *s);

/* A copy safe for a terminal: every byte that is not UTF-8, every control character (C0 but '\n'
 * when `keep_newlines`, DEL, C1) and every bidirectional override shown as '?', cut to `max` bytes
 * on a character boundary with "…" (U+2026) after it. */
char *wva_str_sanitize(struct wva_arena *arena, const char *s, size_t len, size_t max,
                       bool keep_newlines);

/* The candidate a person most likely meant by `word` (Damerau-Levenshtein, at most 1 edit for
 * words up to 4 bytes, 2 up to 8, else 3, and fewer than the word has bytes), or NULL. The first of
 * equals wins. `candidates` ends with NULL. */
const char *wva_str_nearest(const char *word, const char *const *candidates);

/* RFC 1123 label: 1-63 of [a-z0-9-], no '-' at either end. */
bool wva_str_is_dns_label(const char *s);

/* Makes a DNS label out of any name ("Meta-Llama/Llama-3.1-8B" -> "meta-llama-llama-3-1-8b"), at
 * most `max` bytes (7 to 63). Names that had to be cut get 5 digits of their SHA-256, so that two
 * long names do not become one. Returns "x" for a name without any usable character. */
char *wva_str_to_dns_label(struct wva_arena *arena, const char *name, size_t max);

/* True when the `len` bytes are well-formed UTF-8: no overlong forms, no surrogates, nothing above
 * U+10FFFF. */
bool wva_utf8_valid(const char *s, size_t len);

/* Terminal columns of a UTF-8 string (wide characters count 2, combining ones 0). */
size_t wva_utf8_width(const char *s);

#endif
