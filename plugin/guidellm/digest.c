// SPDX-License-Identifier: Apache-2.0
/* The digest in a container's termination message. Written by the script in
 * manifests/guidellm-job.yaml. */
#include "wva/guidellm/digest.h"

#include "level_priv.h"
#include "log_priv.h"
#include "wva/codec/json.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#define DIGEST_VERSION 1
#define FAILURE_MAX    640

enum field_kind {
    FIELD_NUMBER, /* double */
    FIELD_COUNT,  /* int64_t */
    FIELD_TEXT,   /* char[size] */
};

struct field {
    const char *keys[3]; /* ends with NULL */
    enum field_kind kind;
    size_t offset; /* in struct wva_level */
    size_t size;
};

#define AT(member)     offsetof(struct wva_level, member), sizeof(((struct wva_level *)0)->member)
#define NUMBER(member) FIELD_NUMBER, AT(member)
#define COUNT(member)  FIELD_COUNT, AT(member)
#define TEXT(member)   FIELD_TEXT, AT(member)

static const struct field fields[] = {
    {{"guidellm"}, TEXT(guidellm_version)},
    {{"model"}, TEXT(model)},
    {{"target"}, TEXT(target)},
    {{"strategy"}, TEXT(strategy)},
    {{"streams"}, NUMBER(streams)},
    {{"successful"}, COUNT(successful)},
    {{"errored"}, COUNT(errored)},
    {{"incomplete"}, COUNT(incomplete)},
    {{"firstError"}, TEXT(first_error)},
    {{"duration"}, NUMBER(duration_s)},
    {{"concurrency"}, NUMBER(concurrency)},
    {{"promptTokens"}, NUMBER(prompt_tokens)},
    {{"outputTokens"}, NUMBER(output_tokens)},
    {{"itl", "mean"}, NUMBER(itl.mean)},
    {{"itl", "median"}, NUMBER(itl.median)},
    {{"itl", "stdDev"}, NUMBER(itl.std_dev)},
    {{"itl", "min"}, NUMBER(itl.min)},
    {{"itl", "count"}, COUNT(itl.count)},
    {{"ttft", "mean"}, NUMBER(ttft.mean)},
    {{"ttft", "median"}, NUMBER(ttft.median)},
    {{"ttft", "stdDev"}, NUMBER(ttft.std_dev)},
    {{"ttft", "min"}, NUMBER(ttft.min)},
    {{"ttft", "count"}, COUNT(ttft.count)},
};

static bool read_count(const struct wva_value *value, int64_t *ret)
{
    return wva_value_i64(value, ret) && *ret >= 0;
}

static bool read_text(const struct wva_value *value, char *out, size_t size)
{
    const char *text = wva_value_str(value);
    if (text)
        wva_level_set_text(out, size, text, strlen(text));
    return text != NULL;
}

static bool read_field(const struct wva_value *value, const struct field *field,
                       struct wva_level *level)
{
    void *where = (char *)level + field->offset;
    if (field->kind == FIELD_TEXT)
        return read_text(value, where, field->size);
    return field->kind == FIELD_NUMBER ? wva_value_double(value, where) : read_count(value, where);
}

/* A field may be absent or null: the report did not have it. */
static int read_fields(const struct wva_value *root, struct wva_level *level, struct wva_error *err)
{
    for (size_t i = 0; i < WVA_COUNT(fields); i++) {
        const char *const *keys = fields[i].keys;
        const struct wva_value *value = wva_value_at(root, keys);
        if (!value || value->kind == WVA_NULL || read_field(value, &fields[i], level))
            continue;
        return wva_error_set(err, WVA_E_INPUT, "the digest's field %s%s%s is not of its kind",
                             keys[0], keys[1] ? "." : "", keys[1] ? keys[1] : "");
    }
    return 0;
}

static int check_version(const struct wva_value *root, struct wva_error *err)
{
    int64_t version;
    const struct wva_value *value = wva_object_get(root, "digest");
    if (!value)
        return wva_error_set(err, WVA_E_INPUT,
                             "the container left no digest: its termination message is something "
                             "else");
    if (!wva_value_i64(value, &version) || version != DIGEST_VERSION)
        return wva_error_set(err, WVA_E_INPUT,
                             "the digest has another version than %d: it was written by another "
                             "release of this tool",
                             DIGEST_VERSION);
    return 0;
}

/* Of a long text the end stays, from the start of a line, as tracebacks end with the cause. */
static const char *end_of(const char *text)
{
    size_t len = strlen(text);
    if (len <= FAILURE_MAX)
        return text;
    const char *end = text + len - FAILURE_MAX;
    const char *newline = strchr(end, '\n');
    if (newline && newline[1])
        return newline + 1;
    while (((unsigned char)*end & 0xC0) == 0x80) /* within a character */
        end++;
    return end;
}

static int reported_failure(const struct wva_value *root, const char *text, struct wva_error *err)
{
    int64_t status = 0;
    text = end_of(text);
    if (wva_value_i64(wva_object_get(root, "exit"), &status) && status != 0)
        return wva_error_set(err, WVA_E_FAILED, "GuideLLM failed with exit status %" PRId64 ": %s",
                             status, text);
    return wva_error_set(err, WVA_E_FAILED, "GuideLLM failed: %s", text);
}

int wva_digest_parse(const char *text, size_t len, struct wva_level *ret, struct wva_error *err)
{
    static const struct wva_json_options options = {
        .name = "the digest in the termination message",
        .max_bytes = WVA_DIGEST_MAX,
    };
    wva_auto_arena arena = {0};
    struct wva_value *root;
    struct wva_level level;

    if (wva_json_parse(&arena, text, len, &options, &root, err) < 0)
        return -1;
    if (check_version(root, err) < 0)
        return -1;
    const char *failure = wva_get_str(root, "error");
    if (failure)
        return reported_failure(root, failure, err);
    wva_level_init(&level);
    if (read_fields(root, &level, err) < 0)
        return -1;
    *ret = level;
    return 0;
}

int wva_digest_extract_report(struct wva_arena *arena, const char *log, size_t len, char **ret,
                              size_t *ret_len, struct wva_error *err)
{
    struct wva_log lines;
    size_t at = 0;
    wva_log_read(arena, "the log", log, len, &lines);
    int found = wva_log_next_report(arena, &lines, &at, ret, ret_len, err);
    if (found == 0)
        return wva_error_set(err, WVA_E_INPUT,
                             "the log holds no report: its begin marker is "
                             "missing");
    return found < 0 ? -1 : 0;
}
