// SPDX-License-Identifier: Apache-2.0
#include "events.h"

#include "wva/util/mem.h"

#include <stdlib.h>
#include <string.h>

static void add_path(struct wva_buf *events, const struct wva_json_path *path)
{
    wva_auto_arena arena = {0};
    wva_buf_puts(events, path->depth ? wva_json_path_text(&arena, path) : "$");
}

static int on_scalar(void *ctx, const struct wva_json_path *path, enum wva_kind kind,
                     const char *text, size_t len, struct wva_error *err)
{
    if (kind == WVA_STRING && len == 4 && memcmp(text, "stop", len) == 0)
        return wva_error_set(err, WVA_E_FAILED, "the handler says stop");
    add_path(ctx, path);
    wva_buf_printf(ctx, " %s ", wva_kind_name(kind));
    wva_buf_append(ctx, text, len);
    wva_buf_putc(ctx, '\n');
    return 0;
}

static int on_begin(void *ctx, const struct wva_json_path *path, enum wva_kind kind,
                    struct wva_error *err)
{
    (void)err;
    add_path(ctx, path);
    wva_buf_puts(ctx, kind == WVA_OBJECT ? " {\n" : " [\n");
    return 0;
}

static int on_end(void *ctx, const struct wva_json_path *path, enum wva_kind kind,
                  struct wva_error *err)
{
    (void)err;
    add_path(ctx, path);
    wva_buf_puts(ctx, kind == WVA_OBJECT ? " }\n" : " ]\n");
    return 0;
}

static void free_stream(struct wva_json_stream **stream)
{
    wva_json_stream_free(*stream);
}

/* From memory of its own, so that the sanitizer sees a read past the piece. */
static int feed_copy(struct wva_json_stream *stream, const char *data, size_t len,
                     struct wva_error *err)
{
    wva_autofree char *copy = wva_xmalloc(len);
    memcpy(copy, data, len);
    return wva_json_stream_feed(stream, copy, len, err);
}

int record_events(const char *text, size_t len, size_t first, size_t piece,
                  const struct wva_json_stream_options *options, struct wva_buf *events,
                  struct wva_error *err)
{
    static const struct wva_json_handler handler = {on_scalar, on_begin, on_end};
    wva_cleanup(free_stream) struct wva_json_stream *stream =
        wva_json_stream_new(options, &handler, events);
    size_t next = first;
    for (size_t at = 0; at < len; at += next, next = piece) {
        if (next > len - at)
            next = len - at;
        if (next > 0 && feed_copy(stream, text + at, next, err) < 0)
            return -1;
    }
    return wva_json_stream_finish(stream, err);
}
