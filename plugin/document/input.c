// SPDX-License-Identifier: Apache-2.0
/*
 * A descriptor of unknown content to levels. Reports are streamed as they come; the other formats
 * are read whole under a ceiling. What was there before is only touched when all of the input was
 * good.
 */
#include "wva/document/input.h"

#include "document_priv.h"
#include "sniff_priv.h"
#include "wva/codec/json.h"
#include "wva/codec/yaml.h"
#include "wva/guidellm/console.h"
#include "wva/util/fs.h"
#include "wva/util/mem.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PIECE_BYTES ((size_t)256 * 1024)
#define LOG_MAX     ((size_t)64 << 20)
#define LEVELS_MAX  1000 /* a level takes a GPU a minute: more are no measurement */
#define UTF8_BOM    "\xEF\xBB\xBF"

/* The descriptor and the piece of it that was read last. */
struct source {
    int fd;
    const char *name;
    char *piece; /* PIECE_BYTES */
    size_t len;
};

/* What one input yields. */
struct intake {
    struct wva_arena *arena;
    const char *name;
    struct wva_benchmark benchmark;
    size_t cap;
    enum wva_input_kind kind;
};

/* Reads behind what is in the piece already; up to `most` bytes are in it then. No more bytes: the
 * input's end. */
static int read_more(struct source *source, size_t most, struct wva_error *err)
{
    ssize_t got;

    do {
        if (wva_fs_wait_readable(source->fd, source->name, err) < 0)
            return -1;
        got = read(source->fd, source->piece + source->len, most - source->len);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return wva_error_set(err, WVA_E_IO, "cannot read %s: %s", source->name, strerror(errno));
    source->len += (size_t)got;
    return 0;
}

static int read_head(struct source *source, struct wva_error *err)
{
    const size_t bom = strlen(UTF8_BOM);
    size_t before;

    do {
        before = source->len;
        if (read_more(source, WVA_SNIFF_BYTES, err) < 0)
            return -1;
    } while (source->len > before && source->len < WVA_SNIFF_BYTES);
    if (source->len >= bom && memcmp(source->piece, UTF8_BOM, bom) == 0) {
        source->len -= bom;
        memmove(source->piece, source->piece + bom, source->len);
    }
    return 0;
}

static int next_piece(struct source *source, struct wva_error *err)
{
    source->len = 0;
    return read_more(source, PIECE_BYTES, err);
}

static int read_rest(struct source *source, struct wva_buf *buf, struct wva_error *err)
{
    while (source->len > 0) {
        wva_buf_append(buf, source->piece, source->len);
        if (buf->overflowed)
            return wva_error_set(err, WVA_E_INPUT, "%s: larger than %zu MiB", source->name,
                                 buf->ceiling >> 20);
        if (next_piece(source, err) < 0)
            return -1;
    }
    return 0;
}

static int append_level(struct intake *intake, const struct wva_level *level, struct wva_error *err)
{
    struct wva_benchmark *benchmark = &intake->benchmark;

    if (benchmark->level_count == LEVELS_MAX)
        return wva_error_set(err, WVA_E_INPUT, "%s: more than %d levels", intake->name, LEVELS_MAX);
    if (benchmark->level_count == intake->cap) {
        const size_t cap = intake->cap == 0 ? 8 : intake->cap * 2;
        struct wva_level *grown = wva_arena_calloc(intake->arena, cap, sizeof(*grown));

        if (benchmark->level_count > 0)
            memcpy(grown, benchmark->levels, benchmark->level_count * sizeof(*grown));
        benchmark->levels = grown;
        intake->cap = cap;
    }
    benchmark->levels[benchmark->level_count++] = *level;
    return 0;
}

static const char *copy_known(struct wva_arena *arena, const char *text)
{
    return text[0] == '\0' ? NULL : wva_arena_strdup(arena, text);
}

/* A level of GuideLLM's own; the model it names is the one that requests named. */
static int on_level(void *ctx, const struct wva_level *level, struct wva_error *err)
{
    struct intake *intake = ctx;
    const struct wva_provenance told = {
        .served_model = copy_known(intake->arena, level->model),
        .target = copy_known(intake->arena, level->target),
        .guidellm_version = copy_known(intake->arena, level->guidellm_version),
    };

    if (wva_provenance_merge(&intake->benchmark.provenance, &told, intake->name, err) < 0)
        return -1;
    return append_level(intake, level, err);
}

static int take_document(struct intake *intake, const struct wva_value *value,
                         struct wva_error *err)
{
    struct wva_benchmark read;

    if (wva_benchmark_from_value(intake->arena, value, intake->name, &read, err) < 0 ||
        wva_provenance_merge(&intake->benchmark.provenance, &read.provenance, intake->name, err) <
            0)
        return -1;
    for (size_t i = 0; i < read.level_count; i++) {
        if (append_level(intake, &read.levels[i], err) < 0)
            return -1;
    }
    return 0;
}

static int read_json(struct source *source, struct intake *intake, struct wva_error *err)
{
    const struct wva_json_options options = {.name = source->name};
    wva_auto_buf text = WVA_BUF(WVA_JSON_DOC_MAX);
    struct wva_value *value;

    intake->kind = WVA_INPUT_BENCHMARK;
    if (read_rest(source, &text, err) < 0 ||
        wva_json_parse(intake->arena, text.data, text.len, &options, &value, err) < 0)
        return -1;
    return take_document(intake, value, err);
}

static int read_yaml(struct source *source, struct intake *intake, struct wva_error *err)
{
    const struct wva_yaml_options options = {.name = source->name};
    wva_auto_buf text = WVA_BUF(WVA_JSON_DOC_MAX);
    struct wva_value **documents;
    size_t count;

    intake->kind = WVA_INPUT_BENCHMARK;
    if (read_rest(source, &text, err) < 0 ||
        wva_yaml_parse(intake->arena, text.data, text.len, &options, &documents, &count, err) < 0)
        return -1;
    if (count == 0)
        return wva_error_set(err, WVA_E_INPUT, "%s: no document in it", source->name);
    for (size_t i = 0; i < count; i++) {
        if (take_document(intake, documents[i], err) < 0)
            return -1;
    }
    return 0;
}

static void free_report(struct wva_report **report)
{
    wva_report_free(*report);
}

static int read_report(struct source *source, struct intake *intake, struct wva_error *err)
{
    wva_cleanup(free_report) struct wva_report *report =
        wva_report_new(source->name, on_level, intake);

    intake->kind = WVA_INPUT_REPORT;
    while (source->len > 0) {
        if (wva_report_feed(report, source->piece, source->len, err) < 0 ||
            next_piece(source, err) < 0)
            return -1;
    }
    return wva_report_finish(report, err);
}

/* GuideLLM's tables, or reports embedded by our own Jobs. */
static int read_log(struct source *source, struct intake *intake, struct wva_error *err)
{
    wva_auto_buf log = WVA_BUF(LOG_MAX);

    intake->kind = WVA_INPUT_CONSOLE;
    if (read_rest(source, &log, err) < 0)
        return -1;
    return wva_console_parse(source->name, log.data, log.len, on_level, intake, err);
}

static int refuse_empty(struct source *source, struct intake *intake, struct wva_error *err)
{
    (void)intake;
    return wva_error_set(err, WVA_E_INPUT, "%s: nothing in it", source->name);
}

static int refuse_binary(struct source *source, struct intake *intake, struct wva_error *err)
{
    (void)intake;
    wva_error_set(err, WVA_E_INPUT, "%s: binary data, neither JSON nor text", source->name);
    return wva_error_hint(err, "unpack it, or save it as UTF-8, before");
}

static int refuse_yaml_report(struct source *source, struct intake *intake, struct wva_error *err)
{
    (void)intake;
    wva_error_set(err, WVA_E_INPUT,
                  "%s: YAML that is no Benchmark; GuideLLM's reports are read as JSON",
                  source->name);
    return wva_error_hint(err,
                          "have GuideLLM write it as JSON: --output-path report.json, or from 0.7 "
                          "on --output kind=json,path=report.json");
}

static int (*const readers[])(struct source *source, struct intake *intake,
                              struct wva_error *err) = {
    [WVA_FORMAT_EMPTY] = refuse_empty,
    [WVA_FORMAT_BINARY] = refuse_binary,
    [WVA_FORMAT_JSON_DOCUMENT] = read_json,
    [WVA_FORMAT_YAML_DOCUMENT] = read_yaml,
    [WVA_FORMAT_REPORT] = read_report,
    [WVA_FORMAT_YAML_REPORT] = refuse_yaml_report,
    [WVA_FORMAT_LOG] = read_log,
};

static int join(struct wva_arena *arena, const struct intake *intake,
                struct wva_benchmark *benchmark, struct wva_error *err)
{
    const struct wva_benchmark *new = &intake->benchmark;
    const size_t before = benchmark->level_count;
    const size_t total = before + new->level_count;

    if (wva_provenance_merge(&benchmark->provenance, &new->provenance, intake->name, err) < 0)
        return -1;
    struct wva_level *levels = wva_arena_calloc(arena, total, sizeof(*levels));

    if (before > 0)
        memcpy(levels, benchmark->levels, before * sizeof(*levels));
    if (new->level_count > 0)
        memcpy(levels + before, new->levels, new->level_count * sizeof(*levels));
    benchmark->levels = levels;
    benchmark->level_count = total;
    return 0;
}

int wva_input_read(struct wva_arena *arena, int fd, const char *name,
                   struct wva_benchmark *benchmark, enum wva_input_kind *ret_kind,
                   struct wva_error *err)
{
    wva_autofree char *piece = wva_xmalloc(PIECE_BYTES);
    struct source source = {.fd = fd, .name = name, .piece = piece};
    struct intake intake = {.arena = arena, .name = name};

    if (read_head(&source, err) < 0)
        return -1;
    const enum wva_format format = wva_sniff(source.piece, source.len);

    if (readers[format](&source, &intake, err) < 0 || join(arena, &intake, benchmark, err) < 0)
        return -1;
    *ret_kind = intake.kind;
    return 0;
}
