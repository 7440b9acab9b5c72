// SPDX-License-Identifier: Apache-2.0
/* The Fit document: four parameters, how good they are, and where they come from. */
#ifndef WVA_DOCUMENT_FIT_H
#define WVA_DOCUMENT_FIT_H

#include "wva/document/benchmark.h"
#include "wva/fit/fit.h"

struct wva_fit_document {
    struct wva_provenance provenance;
    struct wva_fit fit;
    const struct wva_fit_point *points; /* fit.points of them; may be NULL when read back */
    const double *output_tokens;        /* beside `points`; may be NULL */
    const char *const *warnings;        /* ends with NULL; may be NULL */
    bool batch_measured;                /* measured concurrency was used, not the requested */
};

struct wva_value *wva_fit_to_value(struct wva_arena *arena,
                                   const struct wva_fit_document *document);

/* Reads parameters and provenance back. No reader needs more: fit.points is 0 then, and uncertainty
 * and goodness are NAN. Refuses parameters that WVA would get wrong. Errors: WVA_E_INPUT naming
 * file and field, WVA_E_QUALITY. */
int wva_fit_from_value(struct wva_arena *arena, const struct wva_value *value, const char *name,
                       struct wva_fit_document *ret, struct wva_error *err) WVA_MUST_USE;

#endif
