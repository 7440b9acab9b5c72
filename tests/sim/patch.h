// SPDX-License-Identifier: Apache-2.0
/* The four kinds of patches, on value trees. Each changes `target` in place. */
#ifndef WVA_TESTS_SIM_PATCH_H
#define WVA_TESTS_SIM_PATCH_H

#include "schema.h"

/* RFC 7386. */
void patch_merge(struct wva_arena *arena, struct wva_value *target, const struct wva_value *patch);

/* Kubernetes' strategic merge patch: lists with a key merge item by item, $patch, $retainKeys,
 * $setElementOrder (ignored) and $deleteFromPrimitiveList. */
void patch_strategic(struct wva_arena *arena, struct sim_place place, struct wva_value *target,
                     const struct wva_value *patch);

/* RFC 6902: all six operations. On failure `target` may be half changed. `*ret` is the result (the
 * root itself may be replaced). */
int patch_json(struct wva_arena *arena, struct wva_value *target, const struct wva_value *patch,
               struct wva_value **ret, struct wva_error *err) WVA_MUST_USE;

/* Server-side apply's merge: everything `applied` says, lists by key. */
struct wva_value *patch_apply(struct wva_arena *arena, struct sim_place place,
                              const struct wva_value *live, const struct wva_value *applied);

#endif
