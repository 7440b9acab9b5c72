// SPDX-License-Identifier: Apache-2.0
/* Whole JSON documents to value trees, over the stream of json.c. Refuses duplicate keys. */
#include "json_priv.h"
#include "value_priv.h"

#include "wva/util/mem.h"

#include <string.h>

struct builder {
    struct wva_arena *arena;
    struct wva_json_stream *stream;
    struct wva_value *root;
    struct wva_value *open[WVA_JSON_DEPTH_MAX]; /* by depth of their path */
    size_t nodes;
};

static int add_member(struct builder *builder, struct wva_value *object, const char *key,
                      struct wva_value *value)
{
    if (object->count < WVA_OBJECT_SMALL && wva_object_get(object, key))
        return wva_json_stream_fail(builder->stream, "a duplicate key");
    wva_object_append(builder->arena, object, wva_arena_strdup(builder->arena, key), value);
    return 0;
}

static int add(struct builder *builder, const struct wva_json_path *path, struct wva_value *value)
{
    if (++builder->nodes > WVA_JSON_NODES_MAX)
        return wva_json_stream_fail(builder->stream, "more than %zu values", WVA_JSON_NODES_MAX);
    value->line = wva_json_stream_line(builder->stream);
    if (path->depth == 0) {
        builder->root = value;
        return 0;
    }
    const struct wva_json_step *step = &path->steps[path->depth - 1];
    struct wva_value *parent = builder->open[path->depth - 1];
    if (step->key)
        return add_member(builder, parent, step->key, value);
    wva_array_append(builder->arena, parent, value);
    return 0;
}

static int on_scalar(void *ctx, const struct wva_json_path *path, enum wva_kind kind,
                     const char *text, size_t len, struct wva_error *err)
{
    (void)err;
    struct builder *builder = ctx;
    struct wva_value *value;
    if (kind == WVA_STRING)
        value = wva_stringn(builder->arena, text, len);
    else if (kind == WVA_NUMBER)
        value = wva_number_text(builder->arena, text, len);
    else if (kind == WVA_BOOL)
        value = wva_bool(builder->arena, *text == 't');
    else
        value = wva_null(builder->arena);
    return add(builder, path, value);
}

static int on_begin(void *ctx, const struct wva_json_path *path, enum wva_kind kind,
                    struct wva_error *err)
{
    (void)err;
    struct builder *builder = ctx;
    struct wva_value *value =
        kind == WVA_OBJECT ? wva_object(builder->arena) : wva_array(builder->arena);
    builder->open[path->depth] = value;
    return add(builder, path, value);
}

static int on_end(void *ctx, const struct wva_json_path *path, enum wva_kind kind,
                  struct wva_error *err)
{
    (void)err;
    struct builder *builder = ctx;
    const struct wva_value *value = builder->open[path->depth];
    if (kind == WVA_OBJECT && value->count > WVA_OBJECT_SMALL && wva_object_duplicate(value))
        return wva_json_stream_fail(builder->stream, "an object with a duplicate key ends");
    return 0;
}

static void free_stream(struct wva_json_stream **stream)
{
    wva_json_stream_free(*stream);
}

int wva_json_parse(struct wva_arena *arena, const char *text, size_t len,
                   const struct wva_json_options *options, struct wva_value **ret,
                   struct wva_error *err)
{
    static const struct wva_json_handler handler = {on_scalar, on_begin, on_end};
    size_t max = options->max_bytes ? options->max_bytes : WVA_JSON_DOC_MAX;
    if (len > max)
        return wva_error_set(err, WVA_E_INPUT, "%s: larger than %zu bytes", options->name, max);

    struct builder builder = {.arena = arena};
    struct wva_json_stream_options stream_options = {.name = options->name};
    wva_cleanup(free_stream) struct wva_json_stream *stream =
        wva_json_stream_new(&stream_options, &handler, &builder);
    builder.stream = stream;
    if (wva_json_stream_feed(stream, text, len, err) < 0 || wva_json_stream_finish(stream, err) < 0)
        return -1;
    *ret = builder.root;
    return 0;
}
