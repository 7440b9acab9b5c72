// SPDX-License-Identifier: Apache-2.0
/* Request bodies to value trees. */
#ifndef WVA_TESTS_SIM_BODY_H
#define WVA_TESTS_SIM_BODY_H

#include "wva/codec/value.h"
#include "wva/util/error.h"

/* Paths of the members that an object had twice. */
struct body_duplicates {
    const char *paths[64];
    size_t count;
};

/* One JSON document. Of duplicate members the last one stays, as in Go's decoder. */
int body_parse_json(struct wva_arena *arena, const char *text, size_t len, struct wva_value **ret,
                    struct body_duplicates *duplicates, struct wva_error *err) WVA_MUST_USE;

#endif
