// SPDX-License-Identifier: Apache-2.0
/*
 * Who owns which field. A set of fields is a tree as metadata.managedFields[].fieldsV1 has it:
 * {"f:spec":{"f:replicas":{}}}, list items as "k:{…}" or "v:…", an item itself as ".".
 */
#ifndef WVA_TESTS_SIM_MANAGED_H
#define WVA_TESTS_SIM_MANAGED_H

#include "schema.h"

/* All leaves of an object, without apiVersion, kind and what the server sets in metadata. */
struct wva_value *managed_fields_of(struct wva_arena *arena, struct sim_place place,
                                    const struct wva_value *value);

/* The leaves of `after` that `before` lacks or has with another value. */
struct wva_value *managed_changed(struct wva_arena *arena, struct sim_place place,
                                  const struct wva_value *before, const struct wva_value *after);

/* Set operations; results in `arena`. */
struct wva_value *managed_union(struct wva_arena *arena, const struct wva_value *a,
                                const struct wva_value *b);
struct wva_value *managed_without(struct wva_arena *arena, const struct wva_value *a,
                                  const struct wva_value *b);
struct wva_value *managed_common(struct wva_arena *arena, const struct wva_value *a,
                                 const struct wva_value *b);
/* Those fields of the set that `value` still has. */
struct wva_value *managed_present(struct wva_arena *arena, struct sim_place place,
                                  const struct wva_value *set, const struct wva_value *value);
bool managed_empty(const struct wva_value *set);

/* What an element of a path ("f:name", "k:{…}") leads to; NULL when absent. */
struct wva_value *managed_child(struct sim_place place, const struct wva_value *value,
                                const char *element, struct sim_place *ret_place);

/* Removes the fields of the set from `value`, and what is empty thereafter. */
void managed_remove(struct wva_arena *arena, struct sim_place place, struct wva_value *value,
                    const struct wva_value *set);

/* ".spec.containers[name=\"x\"].image" for every leaf; calls back with each. */
void managed_each(struct wva_arena *arena, const struct wva_value *set, const char *path,
                  void (*call)(void *ctx, const char *path), void *ctx);

/* Notes in `after`.metadata.managedFields what `manager` changed by an update (old may be NULL). */
void managed_track_update(struct wva_arena *arena, struct sim_place place,
                          const struct wva_value *before, struct wva_value *after,
                          const char *manager, const char *subresource);

/* One entry {manager, operation, apiVersion, time, fieldsType, fieldsV1[, subresource]}. */
struct wva_value *managed_entry(struct wva_arena *arena, const char *manager, const char *operation,
                                const char *api_version, const char *subresource,
                                struct wva_value *fields);

#endif
