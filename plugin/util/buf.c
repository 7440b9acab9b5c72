// SPDX-License-Identifier: Apache-2.0
/* The growing byte buffer. All size arithmetic is in make_room(). */
#include "wva/util/buf.h"

#include "wva/util/mem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 256

/* Makes room for `more` bytes and a NUL; false when that would pass the ceiling or a former append
 * did. */
static bool make_room(struct wva_buf *buf, size_t more)
{
    size_t len;
    size_t need;
    size_t cap;

    if (buf->overflowed)
        return false;
    if (__builtin_add_overflow(buf->len, more, &len) || len > buf->ceiling ||
        __builtin_add_overflow(len, 1, &need)) {
        buf->overflowed = true;
        return false;
    }
    if (need <= buf->cap)
        return true;
    if (__builtin_mul_overflow(buf->cap, 2, &cap) || cap < need)
        cap = need;
    buf->cap = cap > FIRST_CAP ? cap : FIRST_CAP;
    buf->data = wva_xrealloc(buf->data, buf->cap);
    return true;
}

void wva_buf_append(struct wva_buf *buf, const void *data, size_t len)
{
    if (!make_room(buf, len))
        return;
    if (len > 0)
        memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void wva_buf_puts(struct wva_buf *buf, const char *s)
{
    wva_buf_append(buf, s, strlen(s));
}

void wva_buf_putc(struct wva_buf *buf, char c)
{
    wva_buf_append(buf, &c, 1);
}

void wva_buf_printf(struct wva_buf *buf, const char *fmt, ...)
{
    va_list args;
    int len;

    va_start(args, fmt);
    len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (len < 0) { /* longer than INT_MAX */
        buf->overflowed = true;
        return;
    }
    if (!make_room(buf, (size_t)len))
        return;
    va_start(args, fmt);
    (void)vsnprintf(buf->data + buf->len, (size_t)len + 1, fmt, args);
    va_end(args);
    buf->len += (size_t)len;
}

const char *wva_buf_str(const struct wva_buf *buf)
{
    return buf->data != NULL ? buf->data : "";
}

void wva_buf_consume(struct wva_buf *buf, size_t n)
{
    assert(n <= buf->len);
    if (n == 0)
        return;
    buf->len -= n;
    memmove(buf->data, buf->data + n, buf->len + 1);
}

void wva_buf_clear(struct wva_buf *buf)
{
    buf->len = 0;
    buf->overflowed = false;
    if (buf->data != NULL)
        buf->data[0] = '\0';
}

void wva_buf_done(struct wva_buf *buf)
{
    free(buf->data);
    *buf = WVA_BUF(buf->ceiling);
}
