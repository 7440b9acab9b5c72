// SPDX-License-Identifier: Apache-2.0
/* What a Fit document rests on, and how far it can be trusted: for those who reckon with it. */
#ifndef WVA_DOCUMENT_FIT_BASIS_H
#define WVA_DOCUMENT_FIT_BASIS_H

#include "wva/codec/value.h"
#include "wva/fit/uncertainty.h"

struct wva_fit_basis {
    double prompt_tokens; /* mean over the levels; NAN: they do not tell */
    double output_tokens;
    double batch_max; /* the largest level's; NAN: there are no levels */
    bool has_spread;  /* false: the Fit has no intervals, as one of two levels */
    bool correlated;  /* false: without levels, intercept and slope count as independent */
    struct wva_spread spread;
};

/* `value` is a Fit that wva_fit_from_value() took; `name` the file, for messages. Errors:
 * WVA_E_INPUT naming file and field. */
int wva_fit_basis_from_value(struct wva_arena *arena, const struct wva_value *value,
                             const char *name, struct wva_fit_basis *ret,
                             struct wva_error *err) WVA_MUST_USE;

#endif
