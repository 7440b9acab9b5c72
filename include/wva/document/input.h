// SPDX-License-Identifier: Apache-2.0
/*
 * Any file that `fit` takes: a Benchmark document (JSON or YAML), a native GuideLLM report of any
 * release, or a log with GuideLLM's tables. What it is shows in its first bytes; large ones are
 * streamed.
 */
#ifndef WVA_DOCUMENT_INPUT_H
#define WVA_DOCUMENT_INPUT_H

#include "wva/document/benchmark.h"

enum wva_input_kind {
    WVA_INPUT_BENCHMARK,
    WVA_INPUT_REPORT,
    WVA_INPUT_CONSOLE,
};

/* Reads descriptor `fd` to its end and appends to `benchmark` (levels grow in `arena`; provenance
 * is filled where it was unknown, and refused where two inputs contradict in model or accelerator).
 * The model that GuideLLM names is the one in requests: served_model. `name` for messages: the
 * path, or "standard input". */
int wva_input_read(struct wva_arena *arena, int fd, const char *name,
                   struct wva_benchmark *benchmark, enum wva_input_kind *ret_kind,
                   struct wva_error *err) WVA_MUST_USE;

#endif
