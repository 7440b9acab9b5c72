// SPDX-License-Identifier: Apache-2.0
/*
 * YAML to value trees, from libyaml's events (its document interface builds everything before
 * limits could be looked at).
 *
 * libyaml 0.2.5 has no limit of nesting, hands out aliases whose anchor does not exist, and does
 * not notice duplicate keys; all that is checked here. An alias becomes a copy, counted against the
 * limit of nodes, so that a few lines cannot become gigabytes. Messages name line and column from
 * 1; what they quote is left away for a secret document.
 */
#include "wva/codec/yaml.h"

#include "value_priv.h"
#include "wva/codec/json.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"
#include "yaml_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <yaml.h>

#define DEPTH_MAX       WVA_JSON_DEPTH_MAX
#define ANCHORS_MAX     1000
#define QUOTED_MAX      64 /* bytes of the input in a message */
#define TAG_PREFIX      "tag:yaml.org,2002:"
#define TOO_DEEP        "nested deeper than 64 levels"
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct anchor {
    const char *name;
    struct wva_value *value;
};

struct frame {
    struct wva_value *value;
    const char *key; /* of the member whose value comes next; NULL: a key comes next */
};

struct reader {
    struct wva_arena *arena;
    const struct wva_yaml_options *options;
    const char *text;
    yaml_parser_t *yaml;
    struct wva_error *err;

    struct wva_value *docs;
    struct wva_value *root; /* of the document under way; NULL when empty */
    struct frame frames[DEPTH_MAX];
    size_t depth;
    struct anchor anchors[ANCHORS_MAX]; /* of the document under way */
    size_t anchor_count;
    size_t nodes;  /* so far, of all documents */
    size_t copied; /* bytes of text copied for aliases */
};

static int fail_at(struct reader *reader, size_t line, size_t column, const char *what)
{
    return wva_error_set(reader->err, WVA_E_INPUT, "%s: line %zu, column %zu: %s",
                         reader->options->name, line + 1, column + 1, what);
}

static int fail(struct reader *reader, const yaml_event_t *event, const char *what)
{
    return fail_at(reader, event->start_mark.line, event->start_mark.column, what);
}

/* With the piece of the input it is about. */
static int fail_quoting(struct reader *reader, const yaml_event_t *event, const char *what,
                        const char *input)
{
    char text[256];
    if (reader->options->secret)
        return fail(reader, event, what);
    snprintf(text, sizeof(text), "%s \"%.*s\"", what, QUOTED_MAX, input);
    return fail(reader, event, text);
}

/* libyaml's problem: a fixed text, and a mark or, from its decoder, only a byte offset. */
static int fail_by_libyaml(struct reader *reader)
{
    const yaml_parser_t *yaml = reader->yaml;
    size_t line = yaml->problem_mark.line, column = yaml->problem_mark.column;
    if (yaml->error == YAML_READER_ERROR) {
        line = column = 0;
        for (size_t i = 0; i < yaml->problem_offset; i++) {
            bool newline = reader->text[i] == '\n';
            line += newline;
            column = newline ? 0 : column + 1;
        }
    }
    return fail_at(reader, line, column, yaml->problem ? yaml->problem : "out of memory");
}

static int count_node(struct reader *reader, const yaml_event_t *event)
{
    if (++reader->nodes > WVA_YAML_NODES_MAX)
        return fail(reader, event, "too many values in the document");
    return 0;
}

static struct frame *top(struct reader *reader)
{
    return reader->depth ? &reader->frames[reader->depth - 1] : NULL;
}

static bool expects_key(struct reader *reader)
{
    const struct frame *frame = top(reader);
    return frame && frame->value->kind == WVA_OBJECT && !frame->key;
}

static int add_value(struct reader *reader, struct wva_value *value, const yaml_event_t *event)
{
    struct frame *frame = top(reader);
    if (expects_key(reader))
        return fail(reader, event, "a key that is not a plain or quoted scalar");
    if (count_node(reader, event) < 0)
        return -1;
    if (!frame) {
        reader->root = value;
    } else if (frame->value->kind == WVA_ARRAY) {
        wva_array_append(reader->arena, frame->value, value);
    } else {
        wva_object_append(reader->arena, frame->value, frame->key, value);
        frame->key = NULL;
    }
    return 0;
}

static int add_anchor(struct reader *reader, const yaml_char_t *name, struct wva_value *value,
                      const yaml_event_t *event)
{
    if (!name)
        return 0;
    if (reader->anchor_count == ANCHORS_MAX)
        return fail(reader, event, "too many anchors");
    reader->anchors[reader->anchor_count++] = (struct anchor){
        .name = wva_arena_strdup(reader->arena, (const char *)name), .value = value};
    return 0;
}

/*
 * Scalars.
 */
static struct wva_value *make_scalar(struct wva_arena *arena, const struct wva_yaml_scalar *scalar,
                                     const char *text, size_t len)
{
    if (scalar->kind == WVA_NULL)
        return wva_null(arena);
    if (scalar->kind == WVA_BOOL)
        return wva_bool(arena, scalar->boolean);
    if (scalar->kind == WVA_NUMBER)
        return wva_number_text(arena, scalar->number, strlen(scalar->number));
    return wva_stringn(arena, text, len);
}

/* What an explicit tag ("!!int") makes of the scalar. */
static int apply_tag(struct reader *reader, const yaml_event_t *event, const char *tag,
                     struct wva_yaml_scalar *scalar)
{
    static const struct {
        const char *tag;
        enum wva_kind kind;
    } tags[] = {
        {"!", WVA_STRING},
        {TAG_PREFIX "str", WVA_STRING},
        {TAG_PREFIX "int", WVA_NUMBER},
        {TAG_PREFIX "float", WVA_NUMBER},
        {TAG_PREFIX "bool", WVA_BOOL},
        {TAG_PREFIX "null", WVA_NULL},
    };
    for (size_t i = 0; i < WVA_COUNT(tags); i++) {
        if (strcmp(tags[i].tag, tag) != 0)
            continue;
        if (tags[i].kind != WVA_STRING && tags[i].kind != scalar->kind)
            return fail(reader, event, "a value that is not what its tag says");
        if (tags[i].kind == WVA_STRING)
            *scalar = (struct wva_yaml_scalar){.kind = WVA_STRING};
        return 0;
    }
    return fail_quoting(reader, event, "unsupported tag", tag);
}

static int resolve_scalar(struct reader *reader, const yaml_event_t *event,
                          struct wva_yaml_scalar *ret)
{
    const char *text = (const char *)event->data.scalar.value;
    const char *tag = (const char *)event->data.scalar.tag;
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    struct wva_yaml_scalar scalar = {.kind = WVA_STRING};
    if (memchr(text, '\0', event->data.scalar.length))
        return fail(reader, event, "a string with a NUL character");
    if (plain || tag)
        scalar = wva_yaml_resolve(text, event->data.scalar.length);
    if (tag && apply_tag(reader, event, tag, &scalar) < 0)
        return -1;
    if (scalar.nonfinite)
        return fail(reader, event, "a number that is not finite");
    *ret = scalar;
    return 0;
}

static const char *key_text(struct reader *reader, const struct wva_value *value)
{
    if (value->kind == WVA_BOOL) /* as in Kubernetes: "on: x" has the key "true" */
        return wva_arena_strdup(reader->arena, value->boolean ? "true" : "false");
    return value->text;
}

static int add_key(struct reader *reader, const yaml_event_t *event, const struct wva_value *value)
{
    struct frame *frame = top(reader);
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    const char *key = key_text(reader, value);
    if (!key)
        return fail(reader, event, "a key that is null");
    if (plain && strcmp(key, "<<") == 0)
        return fail(reader, event, "merge keys are not supported");
    if (frame->value->count < WVA_OBJECT_SMALL && wva_object_get(frame->value, key))
        return fail_quoting(reader, event, "duplicate key", key);
    frame->key = key;
    return 0;
}

static int on_scalar(struct reader *reader, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    struct wva_yaml_scalar scalar;
    bool bare = event->data.scalar.plain_implicit && !event->data.scalar.anchor &&
                event->data.scalar.length == 0;
    if (reader->depth == 0 && bare) /* nothing between two "---" */
        return 0;
    if (resolve_scalar(reader, event, &scalar) < 0)
        return -1;
    struct wva_value *value = make_scalar(reader->arena, &scalar, text, event->data.scalar.length);
    value->line = (unsigned)event->start_mark.line + 1;
    if (add_anchor(reader, event->data.scalar.anchor, value, event) < 0)
        return -1;
    return expects_key(reader) ? add_key(reader, event, value) : add_value(reader, value, event);
}

/*
 * Aliases.
 */
struct extent {
    size_t nodes, bytes, height;
};

static struct extent measure(const struct wva_value *value)
{
    struct extent sum = {.nodes = 1, .bytes = value->len, .height = 0};
    for (size_t i = 0; i < value->count; i++) {
        bool array = value->kind == WVA_ARRAY;
        struct extent child = measure(array ? value->items[i] : value->members[i].value);
        sum.nodes += child.nodes;
        sum.bytes += child.bytes + (array ? 0 : strlen(value->members[i].name));
        if (child.height > sum.height)
            sum.height = child.height;
    }
    if (value->kind == WVA_ARRAY || value->kind == WVA_OBJECT)
        sum.height++;
    return sum;
}

static const struct wva_value *find_anchor(const struct reader *reader, const char *name)
{
    for (size_t i = reader->anchor_count; i > 0; i--) { /* the last of a name counts */
        if (strcmp(reader->anchors[i - 1].name, name) == 0)
            return reader->anchors[i - 1].value;
    }
    return NULL;
}

static bool is_open(const struct reader *reader, const struct wva_value *value)
{
    for (size_t i = 0; i < reader->depth; i++) {
        if (reader->frames[i].value == value)
            return true;
    }
    return false;
}

static int on_alias(struct reader *reader, const yaml_event_t *event)
{
    const char *name = (const char *)event->data.alias.anchor;
    const struct wva_value *value = find_anchor(reader, name);
    if (!value)
        return fail_quoting(reader, event, "unknown anchor", name);
    if (is_open(reader, value))
        return fail_quoting(reader, event, "a value that contains itself, by the alias", name);
    struct extent extent = measure(value);
    reader->nodes += extent.nodes - 1; /* add_value() counts the one */
    reader->copied += extent.bytes;
    if (reader->nodes >= WVA_YAML_NODES_MAX || reader->copied > WVA_YAML_TEXT_MAX)
        return fail(reader, event, "aliases that make the document too large");
    if (reader->depth + extent.height > DEPTH_MAX)
        return fail(reader, event, TOO_DEEP);
    return add_value(reader, wva_clone(reader->arena, value), event);
}

/*
 * Containers and documents.
 */
static int begin_container(struct reader *reader, const yaml_event_t *event,
                           struct wva_value *value, const yaml_char_t *anchor,
                           const yaml_char_t *tag, const char *core_tag)
{
    value->line = (unsigned)event->start_mark.line + 1;
    if (tag && strcmp((const char *)tag, core_tag) != 0 && strcmp((const char *)tag, "!") != 0)
        return fail_quoting(reader, event, "unsupported tag", (const char *)tag);
    if (reader->depth == DEPTH_MAX)
        return fail(reader, event, TOO_DEEP);
    if (add_value(reader, value, event) < 0 || add_anchor(reader, anchor, value, event) < 0)
        return -1;
    reader->frames[reader->depth++] = (struct frame){.value = value};
    return 0;
}

static int on_mapping_start(struct reader *reader, const yaml_event_t *event)
{
    return begin_container(reader, event, wva_object(reader->arena),
                           event->data.mapping_start.anchor, event->data.mapping_start.tag,
                           TAG_PREFIX "map");
}

static int on_sequence_start(struct reader *reader, const yaml_event_t *event)
{
    return begin_container(reader, event, wva_array(reader->arena),
                           event->data.sequence_start.anchor, event->data.sequence_start.tag,
                           TAG_PREFIX "seq");
}

static int on_container_end(struct reader *reader, const yaml_event_t *event)
{
    const struct wva_value *value = reader->frames[--reader->depth].value;
    bool large = value->kind == WVA_OBJECT && value->count > WVA_OBJECT_SMALL;
    const char *duplicate = large ? wva_object_duplicate(value) : NULL;
    return duplicate ? fail_quoting(reader, event, "the end of a mapping with the duplicate key",
                                    duplicate)
                     : 0;
}

static int on_document_start(struct reader *reader, const yaml_event_t *event)
{
    (void)event;
    reader->root = NULL;
    reader->anchor_count = 0;
    return 0;
}

static int on_document_end(struct reader *reader, const yaml_event_t *event)
{
    (void)event;
    if (reader->root)
        wva_array_append(reader->arena, reader->docs, reader->root);
    return 0;
}

static int on_event(struct reader *reader, const yaml_event_t *event)
{
    static int (*const handlers[])(struct reader *, const yaml_event_t *) = {
        [YAML_DOCUMENT_START_EVENT] = on_document_start,
        [YAML_DOCUMENT_END_EVENT] = on_document_end,
        [YAML_ALIAS_EVENT] = on_alias,
        [YAML_SCALAR_EVENT] = on_scalar,
        [YAML_SEQUENCE_START_EVENT] = on_sequence_start,
        [YAML_SEQUENCE_END_EVENT] = on_container_end,
        [YAML_MAPPING_START_EVENT] = on_mapping_start,
        [YAML_MAPPING_END_EVENT] = on_container_end,
    };
    return handlers[event->type] ? handlers[event->type](reader, event) : 0;
}

/* One event; *ret_last is set when it was the end of the stream. */
static int step(struct reader *reader, bool *ret_last)
{
    wva_cleanup(yaml_event_delete) yaml_event_t event;
    if (!yaml_parser_parse(reader->yaml, &event))
        return fail_by_libyaml(reader);
    *ret_last = event.type == YAML_STREAM_END_EVENT;
    return on_event(reader, &event);
}

static int read_stream(struct reader *reader, size_t len)
{
    wva_cleanup(yaml_parser_delete) yaml_parser_t yaml;
    if (!yaml_parser_initialize(&yaml))
        wva_fatal("out of memory");
    yaml_parser_set_encoding(&yaml, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&yaml, (const unsigned char *)reader->text, len);
    reader->yaml = &yaml;
    for (bool last = false; !last;) {
        if (step(reader, &last) < 0)
            return -1;
    }
    return 0;
}

/* JSON is YAML but for details libyaml minds: surrogate pairs, long keys. What is JSON is read as
 * such; what is not gets YAML's message. NULL when it is not. */
static struct wva_value *try_json(struct wva_arena *arena, const char *text, size_t len)
{
    size_t blanks = 0;
    while (blanks < len && memchr(" \t\r\n", text[blanks], 4))
        blanks++;
    if (blanks == len || (text[blanks] != '{' && text[blanks] != '['))
        return NULL;
    struct wva_json_options options = {.name = "JSON"};
    struct wva_error ignored = {0};
    struct wva_value *value;
    return wva_json_parse(arena, text, len, &options, &value, &ignored) == 0 ? value : NULL;
}

int wva_yaml_parse(struct wva_arena *arena, const char *text, size_t len,
                   const struct wva_yaml_options *options, struct wva_value ***ret_docs,
                   size_t *ret_count, struct wva_error *err)
{
    if (len > WVA_YAML_TEXT_MAX)
        return wva_error_set(err, WVA_E_INPUT, "%s: larger than %zu bytes", options->name,
                             WVA_YAML_TEXT_MAX);
    if (len >= strlen(BYTE_ORDER_MARK) && memcmp(text, BYTE_ORDER_MARK, 3) == 0)
        text += strlen(BYTE_ORDER_MARK), len -= strlen(BYTE_ORDER_MARK);

    struct reader reader = {.arena = arena, .options = options, .text = text, .err = err};
    reader.docs = wva_array(arena);
    struct wva_value *json = try_json(arena, text, len);
    if (json)
        wva_array_append(arena, reader.docs, json);
    else if (read_stream(&reader, len) < 0)
        return -1;
    *ret_docs = reader.docs->items;
    *ret_count = reader.docs->count;
    return 0;
}
