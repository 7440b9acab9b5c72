// SPDX-License-Identifier: Apache-2.0
/* What the parsers need beyond codec/value.h: objects of any size, filled in linear time. */
#ifndef WVA_CODEC_VALUE_PRIV_H
#define WVA_CODEC_VALUE_PRIV_H

#include "wva/codec/value.h"

/* Up to this many members a parser looks for a duplicate at each new key, and so can name its
 * place; beyond, it asks wva_object_duplicate() once at the end. */
#define WVA_OBJECT_SMALL 32

/* Appends without looking for `name`, which must live as long as `object`. */
void wva_object_append(struct wva_arena *arena, struct wva_value *object, const char *name,
                       struct wva_value *value);

/* A name that occurs twice, or NULL. In O(n log n): a hostile object has a million members. */
const char *wva_object_duplicate(const struct wva_value *object);

#endif
