// SPDX-License-Identifier: Apache-2.0
// Objects that are there from the start: through the same checks as a client's, and with a status.

#include "api_store.h"

#include "wva/util/str.h"

#define ANSWER_MAX ((size_t)32 << 20)

/* A status given with an object is set afterwards, as its controller would. */
static void put_status(struct api_request *r, const struct wva_value *given)
{
    const struct wva_value *status = wva_get(given, "status");
    struct sim_object *object =
        sim_store_find(r->sim, r->type, r->namespace_, wva_get_str(given, "metadata", "name"));
    if (object == NULL || status == NULL)
        return;
    struct wva_value *value = wva_clone(r->arena, object->value);
    wva_put(r->arena, value, wva_clone(r->arena, status), "status");
    sim_store_replace(r->sim, object, value);
}

static int store(struct api_request *r, const struct wva_value *given, struct wva_error *err)
{
    const struct body_duplicates none = {0};
    struct api_write write = {.value = wva_clone(r->arena, given), .manager = "wva-sim"};
    if (api_decode(r, write.value, &none, false) < 0 || api_store(r, &write) < 0)
        return wva_error_set(err, WVA_E_INVALID, "%s", wva_buf_str(&r->out));
    put_status(r, given);
    return 0;
}

static const char *namespace_for(const struct sim_type *type, const struct wva_value *value)
{
    const char *namespace_ = wva_get_str(value, "metadata", "namespace");
    if (!type->namespaced)
        return NULL;
    return namespace_ != NULL ? namespace_ : "default";
}

int api_store_given(struct sim *sim, const struct wva_value *value, struct wva_error *err)
{
    wva_auto_arena arena = {0};
    const char *kind = wva_get_str(value, "kind");
    const struct sim_type *type = kind != NULL ? sim_type_of_kind(kind) : NULL;
    if (type == NULL || !sim_type_served(sim, type))
        return wva_error_set(err, WVA_E_INPUT, "unknown kind \"%s\"", kind != NULL ? kind : "");
    struct api_request r = {
        .sim = sim,
        .arena = &arena,
        .type = type,
        .group = type->group,
        .resource = type->resource,
        .namespace_ = namespace_for(type, value),
        .body = wva_arena_strdup(&arena, ""),
        .head = WVA_BUF(ANSWER_MAX),
        .out = WVA_BUF(ANSWER_MAX),
        .fault = {.retry = -1},
    };
    pthread_mutex_lock(&sim->lock);
    int result = store(&r, value, err);
    pthread_mutex_unlock(&sim->lock);
    wva_buf_done(&r.head);
    wva_buf_done(&r.out);
    return result;
}
