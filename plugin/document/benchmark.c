// SPDX-License-Identifier: Apache-2.0
/* The Benchmark document to and from a value tree. */
#include "wva/document/benchmark.h"

#include "document_priv.h"
#include "field_priv.h"
#include "wva/util/mem.h"

#define NUMBER(group, name, member)                                                                \
    WVA_FIELD(group, name, WVA_FIELD_NUMBER, struct wva_level, member)
#define COUNT(group, name, member) WVA_FIELD(group, name, WVA_FIELD_COUNT, struct wva_level, member)
#define CHARS(name, member)        WVA_FIELD(NULL, name, WVA_FIELD_CHARS, struct wva_level, member)
#define STAT(group, member)                                                                        \
    NUMBER(group, "meanMs", member.mean), NUMBER(group, "medianMs", member.median),                \
        NUMBER(group, "stdDevMs", member.std_dev), NUMBER(group, "minMs", member.min),             \
        COUNT(group, "count", member.count)

static const struct wva_field fields[] = {
    CHARS("strategy", strategy),
    NUMBER(NULL, "streams", streams),
    NUMBER(NULL, "batch", concurrency),
    NUMBER(NULL, "promptTokens", prompt_tokens),
    NUMBER(NULL, "outputTokens", output_tokens),
    STAT("itl", itl),
    STAT("ttft", ttft),
    COUNT("requests", "successful", successful),
    COUNT("requests", "errored", errored),
    COUNT("requests", "incomplete", incomplete),
    NUMBER(NULL, "durationSeconds", duration_s),
    WVA_FIELD(NULL, "medianOnly", WVA_FIELD_FLAG, struct wva_level, median_only),
    CHARS("guidellmVersion", guidellm_version),
    CHARS("model", model),
    CHARS("target", target),
};

struct wva_value *wva_level_to_value(struct wva_arena *arena, const struct wva_level *level)
{
    struct wva_value *value = wva_object(arena);

    wva_fields_put(arena, value, fields, WVA_COUNT(fields), level);
    return value;
}

int wva_level_from_value(const struct wva_value *value, const char *name, size_t index,
                         struct wva_level *ret, struct wva_error *err)
{
    wva_auto_arena scratch = {0};
    const char *where = wva_arena_printf(&scratch, "%s: spec.levels[%zu]", name, index);
    struct wva_level level;

    wva_level_init(&level);
    if (wva_fields_get(&scratch, value, fields, WVA_COUNT(fields), where, &level, err) < 0)
        return -1;
    *ret = level;
    return 0;
}

struct wva_value *wva_benchmark_to_value(struct wva_arena *arena,
                                         const struct wva_benchmark *benchmark)
{
    const char *run_id = benchmark->provenance.run_id;
    struct wva_value *levels = wva_array(arena);
    struct wva_value *spec;
    struct wva_value *document =
        wva_document_new(arena, WVA_KIND_BENCHMARK, run_id == NULL ? "benchmark" : run_id, &spec);

    wva_provenance_put(arena, spec, &benchmark->provenance);
    for (size_t i = 0; i < benchmark->level_count; i++)
        wva_array_append(arena, levels, wva_level_to_value(arena, &benchmark->levels[i]));
    wva_object_set(arena, spec, "levels", levels);
    return document;
}

int wva_benchmark_from_value(struct wva_arena *arena, const struct wva_value *value,
                             const char *name, struct wva_benchmark *ret, struct wva_error *err)
{
    struct wva_benchmark benchmark = {0};
    const struct wva_value *spec;

    if (wva_document_open(value, name, WVA_KIND_BENCHMARK, &spec, err) < 0 ||
        wva_provenance_read(arena, spec, name, &benchmark.provenance, err) < 0)
        return -1;
    const struct wva_value *levels = wva_object_get(spec, "levels");

    if (levels == NULL || levels->kind != WVA_ARRAY)
        return wva_error_set(err, WVA_E_INPUT, "%s: spec.levels: array expected, %s found", name,
                             levels == NULL ? "none" : wva_kind_name(levels->kind));
    benchmark.level_count = levels->count;
    benchmark.levels = wva_arena_calloc(arena, levels->count, sizeof(*benchmark.levels));
    for (size_t i = 0; i < levels->count; i++) {
        if (wva_level_from_value(levels->items[i], name, i, &benchmark.levels[i], err) < 0)
            return -1;
    }
    *ret = benchmark;
    return 0;
}
