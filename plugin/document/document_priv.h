// SPDX-License-Identifier: Apache-2.0
/* What the documents share; for the document layer only. */
#ifndef WVA_DOCUMENT_DOCUMENT_PRIV_H
#define WVA_DOCUMENT_DOCUMENT_PRIV_H

#include "wva/document/benchmark.h"

#define WVA_KIND_BENCHMARK  "Benchmark"
#define WVA_KIND_FIT        "Fit"
#define WVA_KIND_PREDICTION "Prediction"

/* apiVersion, kind, metadata.name and the `spec` to fill. */
struct wva_value *wva_document_new(struct wva_arena *arena, const char *kind, const char *name,
                                   struct wva_value **ret_spec);

/* Refuses what is no document of ours or of another kind, with a hint where that one belongs. */
int wva_document_open(const struct wva_value *value, const char *name, const char *kind,
                      const struct wva_value **ret_spec, struct wva_error *err) WVA_MUST_USE;

/* As wva_provenance_get(), but what is of the wrong kind is an error that names `file`. */
int wva_provenance_read(struct wva_arena *arena, const struct wva_value *spec, const char *file,
                        struct wva_provenance *ret, struct wva_error *err) WVA_MUST_USE;

/* Fills what `into` does not know from `from`. Refuses, with `into` untouched, when both tell a
 * model, a served name or an accelerator, and not the same. `file` is where `from` was read. */
int wva_provenance_merge(struct wva_provenance *into, const struct wva_provenance *from,
                         const char *file, struct wva_error *err) WVA_MUST_USE;

#endif
