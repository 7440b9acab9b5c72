// SPDX-License-Identifier: Apache-2.0
/*
 * A growing byte buffer with a stated ceiling.
 *
 * `data` is always NUL-terminated once something was appended (the NUL is not counted in `len`).
 * An append that would pass the ceiling appends nothing and sets `overflowed`, which stays set and
 * turns away later appends too: what is there is the text's beginning, without a hole. Writers
 * append freely and check once at the end.
 *
 *     struct wva_buf buf = WVA_BUF(1 << 20);
 */
#ifndef WVA_UTIL_BUF_H
#define WVA_UTIL_BUF_H

#include "wva/util/error.h"

#include <stdbool.h>
#include <stddef.h>

struct wva_buf {
    char *data; /* NULL while nothing was appended */
    size_t len;
    size_t cap;
    size_t ceiling; /* most bytes `len` may reach */
    bool overflowed;
};

#define WVA_BUF(ceiling_bytes) ((struct wva_buf){.ceiling = (ceiling_bytes)})

void wva_buf_append(struct wva_buf *buf, const void *data, size_t len);
void wva_buf_puts(struct wva_buf *buf, const char *s);
void wva_buf_putc(struct wva_buf *buf, char c);
void wva_buf_printf(struct wva_buf *buf, const char *fmt, ...) WVA_PRINTF(2, 3);

/* The text so far, "" when nothing was appended. Valid until the next append. */
const char *wva_buf_str(const struct wva_buf *buf);

/* Drops the first `n` bytes (n <= len). */
void wva_buf_consume(struct wva_buf *buf, size_t n);

/* len = 0, overflowed = false; keeps the memory. */
void wva_buf_clear(struct wva_buf *buf);

/* Releases the memory; the ceiling stays. */
void wva_buf_done(struct wva_buf *buf);

#define wva_auto_buf __attribute__((cleanup(wva_buf_done))) struct wva_buf

#endif
