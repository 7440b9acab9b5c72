// SPDX-License-Identifier: Apache-2.0
/*
 * The JSON reader: yajl 2.1 as the tokenizer, the places and limits it does not know around it.
 *
 * The only file that sees yajl. What yajl lets through is stopped in its callbacks: nesting, sizes,
 * ill-formed UTF-8 (it checks the structure only), NUL in strings. Numbers are taken as text; its
 * own conversions obey the locale and overflow. Its error text is asked for without the input
 * (verbose 0), which may hold a token. Duplicate keys are not noticed here: a stream has no memory
 * of them; json_tree.c refuses them.
 */
#include "json_priv.h"

#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_parse.h>

#define MESSAGE_MAX    256
#define PLACE_MAX      512 /* bytes of a key path in a message */
#define TOKEN_TOO_LONG "a token longer than 4 MiB"
#define NO_BLANK       "two documents without a blank between them"

/* yajl looks at an unfinished token from its start again with each chunk. So what may lie between
 * two events is limited to a string of WVA_JSON_STRING_MAX and some blanks. */
#define STALL_MAX (WVA_JSON_STRING_MAX + 4096)

struct level {
    enum wva_kind kind;
    size_t next_index;  /* of an array */
    struct wva_buf key; /* of an object: the current member's name */
};

struct wva_json_stream {
    char *name, *skip_key; /* copies */
    struct wva_json_handler handler;
    void *ctx;
    bool multiple;
    bool failed;
    yajl_handle yajl;
    struct wva_json_filter filter;

    struct level levels[WVA_JSON_DEPTH_MAX]; /* the open containers, outermost first */
    size_t open;
    struct wva_json_path path; /* of the last value begun */
    size_t documents;          /* complete ones */
    bool needs_blank;          /* a document has ended: the next byte must be a blank */

    size_t consumed;   /* input bytes before `chunk` */
    size_t passed;     /* bytes given to yajl before `run` */
    size_t last_event; /* the same count at the last event */
    struct wva_json_chunk chunk;
    struct wva_json_run run; /* of the chunk, for yajl */
    bool parsing;            /* yajl is at work on `run` */
    size_t lines;            /* newlines in the input before `counted_to` */
    const char *counted_to;  /* in `chunk` */
    struct wva_error *err;   /* of the call under way */
};

static void *allocate(void *ctx, size_t size)
{
    (void)ctx;
    return wva_xmalloc(size);
}

static void *reallocate(void *ctx, void *ptr, size_t size)
{
    (void)ctx;
    return wva_xrealloc(ptr, size);
}

static void release(void *ctx, void *ptr)
{
    (void)ctx;
    free(ptr);
}

/* Where yajl has got to in the chunk: behind the token of the event under way. */
static const char *position(const struct wva_json_stream *stream)
{
    const struct wva_json_run *run = &stream->run;
    if (!run->source)
        return stream->chunk.at;
    bool within = stream->parsing && !run->substitute;
    return run->source + (within ? yajl_get_bytes_consumed(stream->yajl) : 0);
}

static void count_lines(struct wva_json_stream *stream, const char *to)
{
    const char *at = stream->counted_to;
    while (at < to && (at = memchr(at, '\n', (size_t)(to - at))) != NULL) {
        stream->lines++;
        at++;
    }
    stream->counted_to = to;
}

unsigned wva_json_stream_line(struct wva_json_stream *stream)
{
    count_lines(stream, position(stream));
    return (unsigned)stream->lines + 1;
}

int wva_json_stream_fail(struct wva_json_stream *stream, const char *fmt, ...)
{
    char what[MESSAGE_MAX];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof(what), fmt, args);
    va_end(args);

    wva_auto_buf place = WVA_BUF(PLACE_MAX);
    wva_json_path_append(&place, &stream->path);
    size_t offset = stream->consumed + (size_t)(position(stream) - stream->chunk.begin);
    stream->failed = true;
    return wva_error_set(stream->err, WVA_E_INPUT, "%s: %s at byte %zu (line %u)%s%s%s",
                         stream->name, what, offset, wva_json_stream_line(stream),
                         stream->path.depth ? ", in " : "", wva_buf_str(&place),
                         place.overflowed ? "…" : "");
}

/* yajl's own words, which are fixed texts: "parse error: premature EOF\n" without the wrapping. */
static void fail_by_yajl(struct wva_json_stream *stream)
{
    unsigned char *text = yajl_get_error(stream->yajl, 0, NULL, 0);
    const char *colon = strstr((const char *)text, ": ");
    const char *reason = colon ? colon + 2 : (const char *)text;
    wva_json_stream_fail(stream, "not JSON (%.*s)", (int)strcspn(reason, ".\n"), reason);
    yajl_free_error(stream->yajl, text);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Every event begins here. */
static int note_event(struct wva_json_stream *stream)
{
    size_t seen = stream->passed + yajl_get_bytes_consumed(stream->yajl);
    size_t distance = seen - stream->last_event;
    stream->last_event = seen;
    return distance > STALL_MAX ? wva_json_stream_fail(stream, TOKEN_TOO_LONG) : 0;
}

static int check_text(struct wva_json_stream *stream, const char *what, const char *text,
                      size_t len, size_t max)
{
    if (len > max)
        return wva_json_stream_fail(stream, "%s longer than %zu bytes", what, max);
    if (!wva_utf8_valid(text, len))
        return wva_json_stream_fail(stream, "%s that is not UTF-8", what);
    if (memchr(text, '\0', len))
        return wva_json_stream_fail(stream, "%s with a NUL character", what);
    return 0;
}

static void begin_value(struct wva_json_stream *stream)
{
    stream->path.depth = stream->open;
    if (stream->open == 0)
        return;
    struct level *level = &stream->levels[stream->open - 1];
    if (level->kind == WVA_ARRAY)
        stream->path.steps[stream->open - 1] = (struct wva_json_step){.index = level->next_index++};
}

static int end_value(struct wva_json_stream *stream)
{
    if (stream->open > 0)
        return 0;
    stream->documents++;
    size_t taken = yajl_get_bytes_consumed(stream->yajl);
    stream->needs_blank = stream->multiple && taken >= stream->run.len;
    if (stream->multiple && taken < stream->run.len && !is_blank(stream->run.data[taken]))
        return wva_json_stream_fail(stream, NO_BLANK);
    return 0;
}

static int add_scalar(struct wva_json_stream *stream, enum wva_kind kind, const char *text,
                      size_t len)
{
    const struct wva_json_handler *handler = &stream->handler;
    if (handler->scalar(stream->ctx, &stream->path, kind, text, len, stream->err) < 0)
        return -1;
    return end_value(stream);
}

/* What a yajl callback returns: 0 stops the parser for good. */
static int go_on(struct wva_json_stream *stream, int result)
{
    stream->failed = result < 0;
    return result == 0;
}

static int on_literal(struct wva_json_stream *stream, enum wva_kind kind, const char *text)
{
    if (note_event(stream) < 0)
        return go_on(stream, -1);
    begin_value(stream);
    return go_on(stream, add_scalar(stream, kind, text, strlen(text)));
}

static int on_null(void *ctx)
{
    return on_literal(ctx, WVA_NULL, "null");
}

static int on_boolean(void *ctx, int boolean)
{
    return on_literal(ctx, WVA_BOOL, boolean ? "true" : "false");
}

static int on_text(struct wva_json_stream *stream, enum wva_kind kind, const char *text, size_t len)
{
    bool number = kind == WVA_NUMBER;
    if (note_event(stream) < 0)
        return go_on(stream, -1);
    begin_value(stream);
    if (check_text(stream, number ? "a number" : "a string", text, len,
                   number ? WVA_JSON_NUMBER_MAX : WVA_JSON_STRING_MAX) < 0)
        return go_on(stream, -1);
    return go_on(stream, add_scalar(stream, kind, text, len));
}

static int on_number(void *ctx, const char *text, size_t len)
{
    return on_text(ctx, WVA_NUMBER, text, len);
}

static int on_string(void *ctx, const unsigned char *text, size_t len)
{
    return on_text(ctx, WVA_STRING, (const char *)text, len);
}

static int on_key(void *ctx, const unsigned char *bytes, size_t len)
{
    struct wva_json_stream *stream = ctx;
    const char *text = (const char *)bytes;
    if (note_event(stream) < 0 || check_text(stream, "a key", text, len, WVA_JSON_KEY_MAX) < 0)
        return go_on(stream, -1);
    struct wva_buf *key = &stream->levels[stream->open - 1].key;
    wva_buf_clear(key);
    wva_buf_append(key, text, len);
    stream->path.depth = stream->open;
    stream->path.steps[stream->open - 1] = (struct wva_json_step){.key = wva_buf_str(key)};
    return 1;
}

static int begin_container(struct wva_json_stream *stream, enum wva_kind kind)
{
    const struct wva_json_handler *handler = &stream->handler;
    if (note_event(stream) < 0)
        return -1;
    begin_value(stream);
    if (stream->open == WVA_JSON_DEPTH_MAX)
        return wva_json_stream_fail(stream, "nested deeper than %d levels", WVA_JSON_DEPTH_MAX);
    if (handler->begin && handler->begin(stream->ctx, &stream->path, kind, stream->err) < 0)
        return -1;
    struct level *level = &stream->levels[stream->open++];
    level->kind = kind;
    level->next_index = 0;
    return 0;
}

static int end_container(struct wva_json_stream *stream)
{
    const struct wva_json_handler *handler = &stream->handler;
    if (note_event(stream) < 0)
        return -1;
    stream->path.depth = --stream->open;
    enum wva_kind kind = stream->levels[stream->open].kind;
    if (handler->end && handler->end(stream->ctx, &stream->path, kind, stream->err) < 0)
        return -1;
    return end_value(stream);
}

static int on_start_map(void *ctx)
{
    return go_on(ctx, begin_container(ctx, WVA_OBJECT));
}

static int on_start_array(void *ctx)
{
    return go_on(ctx, begin_container(ctx, WVA_ARRAY));
}

static int on_end(void *ctx)
{
    return go_on(ctx, end_container(ctx));
}

struct wva_json_stream *wva_json_stream_new(const struct wva_json_stream_options *options,
                                            const struct wva_json_handler *handler, void *ctx)
{
    static const yajl_callbacks callbacks = {
        .yajl_null = on_null,
        .yajl_boolean = on_boolean,
        .yajl_number = on_number,
        .yajl_string = on_string,
        .yajl_start_map = on_start_map,
        .yajl_map_key = on_key,
        .yajl_end_map = on_end,
        .yajl_start_array = on_start_array,
        .yajl_end_array = on_end,
    };
    yajl_alloc_funcs memory = {.malloc = allocate, .realloc = reallocate, .free = release};

    struct wva_json_stream *stream = wva_xcalloc(1, sizeof(*stream));
    stream->name = wva_xstrdup(options->name);
    stream->skip_key = options->skip_key ? wva_xstrdup(options->skip_key) : NULL;
    stream->handler = *handler;
    stream->ctx = ctx;
    stream->multiple = options->multiple;
    stream->filter = wva_json_filter_make(options);
    stream->filter.skip_key = stream->skip_key;
    for (size_t i = 0; i < WVA_JSON_DEPTH_MAX; i++)
        stream->levels[i].key = WVA_BUF(WVA_JSON_KEY_MAX);
    stream->yajl = yajl_alloc(&callbacks, &memory, stream);
    yajl_config(stream->yajl, yajl_dont_validate_strings, 1); /* check_text() does */
    yajl_config(stream->yajl, yajl_allow_multiple_values, (int)options->multiple);
    return stream;
}

static void parse_run(struct wva_json_stream *stream)
{
    const struct wva_json_run *run = &stream->run;
    if (stream->needs_blank && !is_blank(run->data[0])) {
        wva_json_stream_fail(stream, NO_BLANK);
        return;
    }
    stream->needs_blank = false;
    stream->parsing = true;
    yajl_status status = yajl_parse(stream->yajl, (const unsigned char *)run->data, run->len);
    if (status != yajl_status_ok && !stream->failed)
        fail_by_yajl(stream);
    stream->parsing = false;
    stream->passed += run->len;
    stream->run = (struct wva_json_run){0};
    if (!stream->failed && stream->passed - stream->last_event > STALL_MAX)
        wva_json_stream_fail(stream, TOKEN_TOO_LONG);
}

static int refuse_reuse(const struct wva_json_stream *stream, struct wva_error *err)
{
    return wva_error_set(err, WVA_E_INTERNAL, "%s: read on after a failure", stream->name);
}

int wva_json_stream_feed(struct wva_json_stream *stream, const char *data, size_t len,
                         struct wva_error *err)
{
    if (stream->failed)
        return refuse_reuse(stream, err);
    stream->err = err;
    stream->chunk = (struct wva_json_chunk){data, data, data + len};
    stream->counted_to = data;
    while (!stream->failed && wva_json_filter_next(&stream->filter, &stream->chunk, &stream->run))
        parse_run(stream);
    if (stream->filter.problem && !stream->failed)
        wva_json_stream_fail(stream, "%s", stream->filter.problem);
    count_lines(stream, data + len);
    stream->consumed += len;
    stream->chunk = (struct wva_json_chunk){0};
    stream->counted_to = NULL;
    return stream->failed ? -1 : 0;
}

int wva_json_stream_finish(struct wva_json_stream *stream, struct wva_error *err)
{
    if (stream->failed)
        return refuse_reuse(stream, err);
    stream->err = err;
    bool between = stream->filter.state == WVA_JSON_TEXT; /* not in a string or a skipped value */
    bool complete = between && yajl_complete_parse(stream->yajl) == yajl_status_ok;
    if (!complete && !stream->failed)
        wva_json_stream_fail(stream, stream->documents || stream->open
                                         ? "ends in the middle of a document"
                                         : "holds no complete document");
    return stream->failed ? -1 : 0;
}

void wva_json_stream_free(struct wva_json_stream *stream)
{
    if (!stream)
        return;
    for (size_t i = 0; i < WVA_JSON_DEPTH_MAX; i++)
        wva_buf_done(&stream->levels[i].key);
    yajl_free(stream->yajl);
    free(stream->skip_key);
    free(stream->name);
    free(stream);
}
