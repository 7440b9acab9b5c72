// SPDX-License-Identifier: Apache-2.0
/*
 * Allocation that cannot fail. The one place below main that ends the process: by _Exit, so that
 * neither atexit handlers nor a core file (it would hold credentials) follow.
 */
#include "wva/util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void wva_fatal(const char *why)
{
    (void)fprintf(stderr, "error: %s\n", why);
    _Exit(EXIT_FAILURE);
}

static void *must(void *ptr)
{
    if (ptr == NULL)
        wva_fatal("out of memory");
    return ptr;
}

void *wva_xmalloc(size_t size)
{
    return must(malloc(size > 0 ? size : 1));
}

void *wva_xcalloc(size_t count, size_t size)
{
    size_t total;

    if (__builtin_mul_overflow(count, size, &total))
        wva_fatal("out of memory");
    return must(calloc(1, total > 0 ? total : 1));
}

void *wva_xrealloc(void *ptr, size_t size)
{
    return must(realloc(ptr, size > 0 ? size : 1));
}

char *wva_xstrdup(const char *s)
{
    return must(strdup(s));
}

char *wva_xstrndup(const char *s, size_t n)
{
    return must(strndup(s, n));
}

void wva_free_ptr(void *pointer_to_pointer)
{
    void *ptr;

    /* memcpy: a `char *` may not be read through a `void **` (C17 6.5p7). */
    memcpy(&ptr, pointer_to_pointer, sizeof(ptr));
    free(ptr);
    memset(pointer_to_pointer, 0, sizeof(ptr));
}
