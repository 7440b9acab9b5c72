// SPDX-License-Identifier: Apache-2.0
/*
 * Heap memory for a short-lived program: allocation failure ends the process with a message, so no
 * caller checks for NULL. Nothing a remote party sizes may reach these without a ceiling of its own
 * (see buf.h, arena.h).
 *
 * Locals are released with cleanup attributes; a function uses those or explicit release, never
 * both mixed:
 *
 *     wva_autofree char *line = wva_xstrdup(text);
 */
#ifndef WVA_UTIL_MEM_H
#define WVA_UTIL_MEM_H

#include <stddef.h>

/* Ends the process with "error: why": for the failures no caller could handle. */
_Noreturn void wva_fatal(const char *why);

void *wva_xmalloc(size_t size);
void *wva_xcalloc(size_t count, size_t size); /* checks count * size for overflow */
void *wva_xrealloc(void *ptr, size_t size);
char *wva_xstrdup(const char *s);
char *wva_xstrndup(const char *s, size_t n);

void wva_free_ptr(void *pointer_to_pointer);

#define wva_autofree __attribute__((cleanup(wva_free_ptr)))

/* Declares a local that `fn(&local)` releases at the end of its scope. */
#define wva_cleanup(fn) __attribute__((cleanup(fn)))

#define WVA_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
