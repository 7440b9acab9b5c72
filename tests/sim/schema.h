// SPDX-License-Identifier: Apache-2.0
/*
 * The shapes of the types that clients write: which fields there are, of what type, how lists
 * merge. One source for strict field validation, server-side apply, strategic merge patches,
 * defaults of the VariantAutoscaling and the OpenAPI documents.
 */
#ifndef WVA_TESTS_SIM_SCHEMA_H
#define WVA_TESTS_SIM_SCHEMA_H

#include "sim.h"

enum sim_shape {
    SIM_ANY, /* not described: maps merge member by member, lists are atomic */
    SIM_STRING,
    SIM_INT32,
    SIM_INT64,
    SIM_BOOL,
    SIM_NUMBER,
    SIM_QUANTITY,
    SIM_INT_OR_STRING,
    SIM_TIME,
    SIM_STRUCT,
};

enum sim_container {
    SIM_ONE,
    SIM_LIST,     /* atomic */
    SIM_LIST_MAP, /* by `keys` */
    SIM_LIST_SET,
    SIM_MAP,
};

#define SIM_KEYS_MAX 2

struct sim_struct;

struct sim_field {
    const char *name;
    enum sim_container container;
    enum sim_shape shape;               /* of the element, for a container */
    const struct sim_struct *type;      /* SIM_STRUCT */
    const char *keys[SIM_KEYS_MAX + 1]; /* SIM_LIST_MAP; the first is the strategic merge key */
    bool required;
    bool atomic; /* a struct that server-side apply takes as one value */
    bool has_min;
    int64_t min;
    int64_t min_length, min_items, min_properties; /* 0: none */
    const char *pattern;                           /* as the CRD has it, NULL: none */
    const char *default_text;                      /* JSON, NULL: none */
};

struct sim_struct {
    const char *name;
    struct sim_field *fields;
    size_t count;
    bool any;               /* fields that are not listed are fine */
    struct sim_field *root; /* the place of a whole one */
};

/* A place in an object: a field, or one element of its list or map. `field` NULL: not described. */
struct sim_place {
    const struct sim_field *field;
    bool element;
};

void sim_schemas_init(struct sim *sim);
void sim_schemas_done(struct sim *sim);

/* NULL for types without a schema. */
const struct sim_struct *sim_schema_of(const struct sim *sim, const struct sim_type *type);
const struct sim_struct *sim_schema_named(const struct sim *sim, const char *name);
const struct sim_field *sim_schema_field(const struct sim_struct *type, const char *name);

/* The place of a whole object of that type. */
struct sim_place sim_place_root(const struct sim *sim, const struct sim_type *type);
/* The place of a member of the struct or map at `place`; of an element of the list there. */
struct sim_place sim_place_member(struct sim_place place, const char *name);
struct sim_place sim_place_element(struct sim_place place);

/* What `value` is at that place, for merging. */
enum sim_merge { SIM_LEAF, SIM_MEMBERS, SIM_ITEMS_BY_KEY, SIM_ITEMS_BY_VALUE };
enum sim_merge sim_merge_of(struct sim_place place, const struct wva_value *value);

/* The item of `list` with the same keys as `item`; NULL when there is none. */
struct wva_value *sim_item_like(struct sim_place list_place, const struct wva_value *list,
                                const struct wva_value *item, size_t *ret_index);
/* A key of an item, with the default that a missing one has ("TCP" for protocol), or NULL. */
const struct wva_value *sim_item_key(const struct wva_value *item, const char *key);

/* schema_va.c: the text of the VariantAutoscaling's structs in that release; NULL for none. */
const char *const *sim_schema_va(const char *release);
/* The deprecation text that newer releases answer with, or NULL. */
const char *sim_schema_va_warning(const char *release);

/* schema_check.c */
struct sim_finding {
    const char *field;  /* "spec.template.spec.containers[0].foo" */
    const char *text;   /* for invalid ones: type and detail, `Required value` */
    const char *reason; /* cause: "FieldValueRequired", … */
    struct sim_finding *next;
};

struct sim_findings {
    struct wva_arena *arena;
    struct sim_finding *first, **last;
    size_t count;
    bool keyed; /* items of keyed lists as [name="x"], as server-side apply has them */
};

void sim_findings_init(struct sim_findings *findings, struct wva_arena *arena);
void sim_findings_add(struct sim_findings *findings, const char *field, const char *reason,
                      const char *fmt, ...) WVA_PRINTF(4, 5);

/* Removes the fields that the schema does not know and names them. */
void sim_schema_prune(const struct sim_struct *type, struct wva_value *value,
                      struct sim_findings *unknown);

/* The first value of a wrong type, in the words of Go's decoder; NULL when there is none. */
const char *sim_schema_go_error(const struct sim_struct *type, const struct wva_value *value,
                                struct wva_arena *arena);

/* All that a CRD's schema finds: types, required, minima, patterns. */
void sim_schema_validate(const struct sim_struct *type, const struct wva_value *value,
                         struct sim_findings *invalid);

/* Sets the defaults that the schema gives. */
void sim_schema_default(const struct sim_struct *type, struct wva_arena *arena,
                        struct wva_value *value);

#endif
