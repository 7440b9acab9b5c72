// SPDX-License-Identifier: Apache-2.0
/*
 * Members of our documents as tables: which member of a struct is kept under which name, and what
 * of it means "unknown". Unknown members are left out when written, and stay as they were when
 * absent or null as read.
 */
#ifndef WVA_DOCUMENT_FIELD_PRIV_H
#define WVA_DOCUMENT_FIELD_PRIV_H

#include "wva/codec/value.h"

enum wva_field_kind {
    WVA_FIELD_NUMBER, /* double; NAN: unknown */
    WVA_FIELD_COUNT,  /* int64_t, from 0; -1: unknown */
    WVA_FIELD_AMOUNT, /* int64_t, from 1; 0: unknown */
    WVA_FIELD_TEXT,   /* const char *, in the arena; NULL: unknown */
    WVA_FIELD_CHARS,  /* char[size]; "": unknown */
    WVA_FIELD_FLAG,   /* bool; false is left out */
};

struct wva_field {
    const char *group; /* object around it; NULL: none */
    const char *name;
    enum wva_field_kind kind;
    size_t offset; /* in the struct */
    size_t size;   /* of the member */
};

#define WVA_FIELD(group, name, kind, type, member)                                                 \
    {                                                                                              \
        (group), (name), (kind), offsetof(type, member), sizeof(((type *)0)->member)               \
    }

void wva_fields_put(struct wva_arena *arena, struct wva_value *object,
                    const struct wva_field *fields, size_t count, const void *base);

/* `where` begins messages: "a.json: spec.levels[2]". Texts are made safe for a terminal. */
int wva_field_get(struct wva_arena *arena, const struct wva_value *object,
                  const struct wva_field *field, const char *where, void *base,
                  struct wva_error *err) WVA_MUST_USE;

/* All of them; stops at the first that is wrong, with those before it set. */
int wva_fields_get(struct wva_arena *arena, const struct wva_value *object,
                   const struct wva_field *fields, size_t count, const char *where, void *base,
                   struct wva_error *err) WVA_MUST_USE;

#endif
