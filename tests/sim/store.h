// SPDX-License-Identifier: Apache-2.0
/*
 * The simulated cluster's memory: objects by type, namespace and name, with resource versions and a
 * history that watches read. The API server writes here for users, the controllers write here
 * directly.
 *
 * One lock (sim.lock) guards everything; every function below expects it held. `changed` is
 * broadcast after each write, so that watches and controllers wake up.
 */
#ifndef WVA_TESTS_SIM_STORE_H
#define WVA_TESTS_SIM_STORE_H

#include "wva/codec/value.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct sim_type {
    const char *group; /* "" for core */
    const char *version;
    const char *resource; /* plural */
    const char *kind;
    bool namespaced;
    bool has_status;         /* status subresource */
    const char *short_names; /* comma-separated, may be NULL */
    const char *categories;  /* the same */
};

/* All types known, ends with a NULL resource (types.c). Which are served depends on the options,
 * see sim_type_served(). */
extern const struct sim_type sim_types[];

const struct sim_type *sim_type_find(const char *group, const char *version, const char *resource);
const struct sim_type *sim_type_of_kind(const char *kind);

struct sim_object {
    const struct sim_type *type;
    struct wva_arena arena; /* holds `value` */
    struct wva_value
        *value; /* with apiVersion, kind, metadata.{uid,resourceVersion,creationTimestamp} */
    struct sim_object *next;
};

/* One change, kept for watches. `text` is the object's JSON at that version. */
struct sim_change {
    int64_t version;
    int64_t previous; /* version of the same object's change before this one; 0 when it was added */
    const struct sim_type *type;
    char *namespace_;
    char *name;
    char event[10]; /* "ADDED", "MODIFIED", "DELETED" */
    char *text;
};

struct sim_store {
    struct sim_object *objects;
    int64_t version;            /* of the newest write */
    struct sim_change *history; /* oldest first, at most SIM_HISTORY_MAX */
    size_t history_count;
    int64_t oldest_version; /* watches from before get 410 Gone */
};

#define SIM_HISTORY_MAX 20000

struct sim;

void sim_store_init(struct sim *sim);
void sim_store_done(struct sim *sim);

struct sim_object *sim_store_find(struct sim *sim, const struct sim_type *type,
                                  const char *namespace_, const char *name);

/* Adds a copy of `value`, giving it apiVersion, kind, uid (unless it has one), resourceVersion,
 * creationTimestamp, generation 1 (and a name from generateName). NULL when the name exists. */
struct sim_object *sim_store_add(struct sim *sim, const struct sim_type *type,
                                 const struct wva_value *value);

/* Replaces an object's tree by a copy of `value`, bumping resourceVersion, and generation when
 * `spec` differs. Without any difference nothing happens. `object` stays valid, its old `value`
 * does not. `value` must be a tree of its own (wva_clone), not object->value changed in place: the
 * two are compared. */
void sim_store_replace(struct sim *sim, struct sim_object *object, const struct wva_value *value);

/* Removes at once (no finalizers here); dependents by ownerReferences are the garbage collector's.
 */
void sim_store_remove(struct sim *sim, struct sim_object *object);

/* Label selector "a=b,c!=d,e,!f, g in (x,y)" against metadata.labels; field selector on any path of
 * the object ("metadata.name=x,status.phase!=Running"). NULL or "" match all. */
bool sim_match_labels(const struct wva_value *object, const char *selector);
bool sim_match_fields(const struct wva_value *object, const char *selector);

/* Makes or counts up a core/v1 Event about `object`. */
void sim_event(struct sim *sim, const struct wva_value *object, const char *type,
               const char *reason, const char *message);

#endif
