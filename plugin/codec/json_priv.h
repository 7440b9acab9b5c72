// SPDX-License-Identifier: Apache-2.0
/* What the JSON reader's parts know of each other. */
#ifndef WVA_CODEC_JSON_PRIV_H
#define WVA_CODEC_JSON_PRIV_H

#include "wva/codec/json.h"

/*
 * json_skip.c: over a value without reading it. A zeroed struct stands before the value.
 */
struct wva_json_skip {
    size_t depth;   /* open brackets */
    bool in_string; /* the next byte is inside a string */
    bool escaped;   /* the next byte follows a backslash */
};

/* The ',' or closing bracket in front of which the value ends, or `end` when it goes on. */
const char *wva_json_skip(struct wva_json_skip *skip, const char *at, const char *end);

/*
 * json_filter.c: the input before the tokenizer sees it.
 */
enum wva_json_filter_state {
    WVA_JSON_TEXT,       /* outside strings */
    WVA_JSON_STRING,     /* inside one */
    WVA_JSON_ESCAPE,     /* inside one, after a backslash */
    WVA_JSON_NAMED,      /* after the name of the member to be skipped */
    WVA_JSON_VALUE,      /* after its ':' */
    WVA_JSON_SKIP_BEGIN, /* before the first byte of its value */
    WVA_JSON_SKIP,       /* somewhere in its value */
    WVA_JSON_WORD,       /* in NaN or Infinity */
    WVA_JSON_BROKEN,     /* `problem` is set */
};

struct wva_json_filter {
    const char *skip_key;
    size_t skip_key_len;
    size_t skip_depth;
    bool allow_nonfinite;

    enum wva_json_filter_state state;
    const char *problem; /* what the tokenizer would not have noticed; NULL: nothing so far */
    char last;           /* last byte of the chunk before */

    size_t depth;   /* open brackets */
    bool in_object; /* the bracket at `skip_depth` is an object */
    bool at_name;   /* a string that starts now is a member's name in that object */
    size_t matched; /* bytes of `skip_key` the name has matched so far, of the word in WORD */

    unsigned escape_len;  /* bytes of the escape read, after the backslash */
    unsigned escape_unit; /* UTF-16 code unit of a \u escape so far */
    bool high_surrogate;  /* a low one must follow at once */

    const char *word;
    struct wva_json_skip skip;
};

struct wva_json_chunk {
    const char *begin;
    const char *at; /* the next byte */
    const char *end;
};

/* Bytes for the tokenizer. */
struct wva_json_run {
    const char *data;
    size_t len;
    const char *source; /* where in the chunk that is */
    bool substitute;    /* `data` stands for the bytes at `source`, it is not they */
};

struct wva_json_filter wva_json_filter_make(const struct wva_json_stream_options *options);

/* False when the chunk is used up or `problem` is set. */
bool wva_json_filter_next(struct wva_json_filter *filter, struct wva_json_chunk *chunk,
                          struct wva_json_run *ret_run);

/*
 * json.c
 */

/* Line of the last token, from 1. */
unsigned wva_json_stream_line(struct wva_json_stream *stream);

/* Fails the call under way from inside a handler: "NAME: WHAT at byte N (line L), in PATH". */
int wva_json_stream_fail(struct wva_json_stream *stream, const char *fmt, ...) WVA_PRINTF(2, 3);

/*
 * json_path.c
 */
void wva_json_path_append(struct wva_buf *buf, const struct wva_json_path *path);

#endif
