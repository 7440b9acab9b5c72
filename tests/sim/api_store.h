// SPDX-License-Identifier: Apache-2.0
/* From a request's body to a stored object: decoding, field validation, defaults, validation,
 * admission, ownership of fields. */
#ifndef WVA_TESTS_SIM_API_STORE_H
#define WVA_TESTS_SIM_API_STORE_H

#include "api.h"
#include "body.h"
#include "schema.h"

/* Parses the body as JSON or YAML after its content type: 0, or -1 with the refusal answered. */
int api_parse_body(struct api_request *r, struct wva_value **ret,
                   struct body_duplicates *duplicates);

/* Unknown and duplicate fields after fieldValidation (removed, warned of, or refused), values of
 * wrong types. `patched`: the object is the result of a patch, refusals are worded for that. */
int api_decode(struct api_request *r, struct wva_value *value,
               const struct body_duplicates *duplicates, bool patched);

/* 422 with all findings. */
int api_fail_invalid(struct api_request *r, const char *name, const struct sim_findings *invalid);

struct api_write {
    struct sim_object *old;  /* NULL: create */
    struct wva_value *value; /* decoded */
    const char *manager;
    const struct wva_value *owners; /* managedFields already known (server-side apply), else NULL */
};

/* Stores (or, with dryRun, pretends to) and answers. Lock held. */
int api_store(struct api_request *r, struct api_write *write);

/* fieldManager, or the user agent's first part. */
const char *api_manager(const struct api_request *r);

/* api_given.c: an object given at start, by an administrator; with its status. */
int api_store_given(struct sim *sim, const struct wva_value *value, struct wva_error *err);

/* api_apply.c: server-side apply. */
void api_apply(struct api_request *r);

#endif
