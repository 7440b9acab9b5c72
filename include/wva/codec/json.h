// SPDX-License-Identifier: Apache-2.0
/*
 * JSON: whole documents to value trees, large ones as a stream of scalars with their paths, and
 * trees back to text.
 *
 * yajl is the tokenizer and stays inside codec/json.c. Everything it lets through and we do not
 * want is caught there: nesting, sizes, ill-formed UTF-8, embedded NUL, duplicate keys, one endless
 * token.
 */
#ifndef WVA_CODEC_JSON_H
#define WVA_CODEC_JSON_H

#include "wva/codec/value.h"
#include "wva/util/buf.h"

#define WVA_JSON_DEPTH_MAX  64
#define WVA_JSON_STRING_MAX ((size_t)4 << 20)  /* bytes of one string, also of one token */
#define WVA_JSON_KEY_MAX    ((size_t)64 << 10) /* bytes of a member's name */
#define WVA_JSON_NUMBER_MAX 64                 /* characters of a number */
#define WVA_JSON_NODES_MAX  ((size_t)1 << 20)  /* values of one tree */
#define WVA_JSON_DOC_MAX    ((size_t)32 << 20)

struct wva_json_options {
    const char *name; /* what is read, for messages: "report.json", "the kubeconfig" */
    bool secret;      /* messages never quote input (they never do more than a key path anyway) */
    size_t max_bytes; /* 0: WVA_JSON_DOC_MAX */
};

/* Parses exactly one document. Errors are WVA_E_INPUT, "NAME: … at byte N (line L), in a.b[3]".
 * Duplicate keys are an error. `*ret` lives in `arena`. */
int wva_json_parse(struct wva_arena *arena, const char *text, size_t len,
                   const struct wva_json_options *options, struct wva_value **ret,
                   struct wva_error *err) WVA_MUST_USE;

/* Appends `value` as JSON. indent 0: one line; else that many blanks a level, kubectl's way,
 * without a final newline. Strings that are not UTF-8 cannot occur in a tree. */
void wva_json_write(struct wva_buf *buf, const struct wva_value *value, unsigned indent);

/* The compact text, in `arena`. */
char *wva_json_text(struct wva_arena *arena, const struct wva_value *value);

/*
 * Streaming. Memory does not depend on the size of the input.
 */
struct wva_json_step {
    const char *key; /* object member; NULL inside an array */
    size_t index;    /* array element */
};

/* Valid until the handler returns. */
struct wva_json_path {
    size_t depth;
    struct wva_json_step steps[WVA_JSON_DEPTH_MAX];
};

/* Does `path` match a pattern such as "benchmarks[*].metrics.request_totals.successful"?
 * "[*]" is any element, "*" any member. On a match, `*ret_index` (may be NULL) is the index at
 * the first "[*]". */
bool wva_json_path_match(const struct wva_json_path *path, const char *pattern, size_t *ret_index);

/* "benchmarks[0].metrics.x", in `arena`. */
char *wva_json_path_text(struct wva_arena *arena, const struct wva_json_path *path);

struct wva_json_handler {
    /* A scalar (never WVA_ARRAY/WVA_OBJECT). `text` is not NUL-terminated; for WVA_BOOL it is
     * "true"/"false". Return -1 with `err` set to stop. */
    int (*scalar)(void *ctx, const struct wva_json_path *path, enum wva_kind kind, const char *text,
                  size_t len, struct wva_error *err);
    /* An object or array begins / ends; may be NULL. */
    int (*begin)(void *ctx, const struct wva_json_path *path, enum wva_kind kind,
                 struct wva_error *err);
    int (*end)(void *ctx, const struct wva_json_path *path, enum wva_kind kind,
               struct wva_error *err);
};

struct wva_json_stream_options {
    const char *name;
    /* Members that are skipped unread at memory speed: `skip_key` directly inside an object at
     * nesting `skip_depth` (the root object is 1). Their value reaches the handler as null. What is
     * skipped is checked for balance and string ends only. NULL: nothing is skipped. */
    const char *skip_key;
    size_t skip_depth;
    /* Python's json writes NaN, Infinity and -Infinity bare. When set they reach the handler as the
     * number text "1e999" / "-1e999", which wva_parse_double() refuses; else they are an error. */
    bool allow_nonfinite;
    /* Several documents one after another (watch streams, JSON lines); between them only
     * whitespace. `end` with depth 0 marks each. */
    bool multiple;
};

struct wva_json_stream;

struct wva_json_stream *wva_json_stream_new(const struct wva_json_stream_options *options,
                                            const struct wva_json_handler *handler, void *ctx);

/* Feeds the next bytes, cut anywhere. After a failure the stream only accepts being freed. */
int wva_json_stream_feed(struct wva_json_stream *stream, const char *data, size_t len,
                         struct wva_error *err) WVA_MUST_USE;

/* End of input: fails when a document is unfinished or there was none. */
int wva_json_stream_finish(struct wva_json_stream *stream, struct wva_error *err) WVA_MUST_USE;

void wva_json_stream_free(struct wva_json_stream *stream); /* accepts NULL */

#endif
