// SPDX-License-Identifier: Apache-2.0
/* The Benchmark document: what was measured, how and where (fields: docs/files.md). */
#ifndef WVA_DOCUMENT_BENCHMARK_H
#define WVA_DOCUMENT_BENCHMARK_H

#include "wva/codec/value.h"
#include "wva/guidellm/level.h"

#define WVA_DOCUMENT_API_VERSION "kubectl-wva/v1alpha1"

/* Where figures come from; carried on from Benchmark to Fit. Texts may be NULL, counts 0: unknown.
 * All in the arena of whoever made the struct. */
struct wva_provenance {
    const char *run_id;
    const char *namespace_;
    const char *target;        /* URL that was measured */
    const char *model;         /* Hugging Face id */
    const char *served_model;  /* name in requests */
    const char *accelerator;   /* WVA's name, e.g. "H100" */
    int64_t accelerator_count; /* GPUs a replica */
    int64_t max_batch_size;    /* vLLM's --max-num-seqs */
    int64_t prompt_tokens;     /* asked for */
    int64_t output_tokens;
    const char *method; /* "levels" or "guide" */
    const char *guidellm_image;
    const char *guidellm_version;
    const char *vllm_image;
    const char *tool_version;
    const char *started_at; /* RFC 3339 */
    const char *finished_at;
};

struct wva_benchmark {
    struct wva_provenance provenance;
    struct wva_level *levels;
    size_t level_count;
};

/* One level as a member of spec.levels, and back. */
struct wva_value *wva_level_to_value(struct wva_arena *arena, const struct wva_level *level);
int wva_level_from_value(const struct wva_value *value, const char *name, size_t index,
                         struct wva_level *ret, struct wva_error *err) WVA_MUST_USE;

/* Members of `spec` that hold the provenance, shared by both documents. */
void wva_provenance_put(struct wva_arena *arena, struct wva_value *spec,
                        const struct wva_provenance *provenance);
void wva_provenance_get(struct wva_arena *arena, const struct wva_value *spec,
                        struct wva_provenance *ret);

struct wva_value *wva_benchmark_to_value(struct wva_arena *arena,
                                         const struct wva_benchmark *benchmark);

/* `name` is the file, for messages. Errors: WVA_E_INPUT naming file and field. */
int wva_benchmark_from_value(struct wva_arena *arena, const struct wva_value *value,
                             const char *name, struct wva_benchmark *ret,
                             struct wva_error *err) WVA_MUST_USE;

#endif
