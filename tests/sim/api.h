// SPDX-License-Identifier: Apache-2.0
/*
 * The API server's inside: one request from bytes to answer. Handlers fill in the answer by the
 * api_reply_* functions and return; watches and followed logs write to the connection themselves.
 */
#ifndef WVA_TESTS_SIM_API_H
#define WVA_TESTS_SIM_API_H

#include "api_conn.h"

struct api_pair {
    const char *name;
    const char *value;
};

struct api_user {
    const char *name;
    const char *const *groups; /* ends with NULL */
    const char *namespace_;    /* where `rules` hold; NULL: everything is allowed */
    const struct api_rule *rules;
};

struct api_request {
    struct sim *sim;
    struct api_conn *conn;
    struct wva_arena *arena;

    const char *method;
    const char *target; /* as received, with the query */
    const char *path;   /* decoded */
    struct api_pair *params;
    size_t param_count;
    struct api_pair *headers;
    size_t header_count;
    char *body;
    size_t body_len;
    bool keep_alive;
    struct api_user user;
    struct api_fault fault;

    /* What is addressed, from the path; `type` NULL for anything but a resource. */
    const char *verb;                       /* "get", "list", "watch", "create", … */
    const char *group, *version, *resource; /* as in the path, also of types not known */
    const struct sim_type *type;
    const char *namespace_;  /* NULL: none in the path */
    const char *name;        /* NULL: the collection */
    const char *subresource; /* NULL: none */
    const char *rest;        /* after services/NAME/proxy, with the slash */

    /* The answer. */
    int status;
    const char *content_type;
    struct wva_buf head; /* more header lines */
    struct wva_buf out;
    bool streamed; /* written to the connection already */
};

/* First query parameter or header of that name; NULL when absent. */
const char *api_param(const struct api_request *r, const char *name);
const char *api_header(const struct api_request *r, const char *name);
bool api_param_is(const struct api_request *r, const char *name, const char *value);
bool api_dry_run(const struct api_request *r);

/* api_http.c: reads one request from the connection: 1, 0 at the connection's orderly end, -1 when
 * what came is no HTTP (answered already). */
int api_read_request(struct api_request *r);

/* Writes the answer that is in `r`. */
void api_write_response(struct api_request *r);

/* Starts an answer of unknown length; then pieces; then the end. -1: the connection is gone. */
int api_stream_begin(struct api_request *r, const char *content_type);
int api_stream_write(struct api_request *r, const char *data, size_t len);
void api_stream_end(struct api_request *r);

/* api_reply.c: answers. Those for failures return -1, so that a handler may end with them. */
void api_reply_value(struct api_request *r, int status, const struct wva_value *value);
void api_reply_text(struct api_request *r, int status, const char *type, const char *text);
void api_add_warning(struct api_request *r, const char *text);

/* A Status object. `details` may be NULL. */
struct wva_value *api_status_value(struct wva_arena *arena, int code, const char *reason,
                                   const char *message, struct wva_value *details);
int api_fail(struct api_request *r, int code, const char *reason, struct wva_value *details,
             const char *fmt, ...) WVA_PRINTF(5, 6);

/* details{name, group, kind: plural} of what the request addresses. */
struct wva_value *api_details(struct api_request *r, const char *name);

/* "pods" or "deployments.apps"; "Pod" or "Deployment.apps". In the arena. */
const char *api_qualified_resource(struct wva_arena *arena, const struct sim_type *type);
const char *api_qualified_kind(struct wva_arena *arena, const struct sim_type *type);

int api_fail_not_found(struct api_request *r, const char *name);
int api_fail_conflict(struct api_request *r, const char *name, const char *why);
int api_fail_page(struct api_request *r); /* "404 page not found" */

/* api_auth.c: who is it (0, or -1 with 401 answered), and may they (0, or -1 with 403 answered). */
int api_authenticate(struct api_request *r);
int api_authorize(struct api_request *r);
bool api_may(const struct api_user *user, const char *namespace_, const char *verb,
             const char *group, const char *resource, const char *subresource);

/* api_route.c: splits the path and calls the handler. */
void api_handle(struct api_request *r);

/* Handlers. Those of objects expect the lock to be held, except watch and log, which take it. */
void api_get(struct api_request *r);
void api_list(struct api_request *r);
void api_watch(struct api_request *r);
void api_create(struct api_request *r);
void api_update(struct api_request *r);
void api_patch(struct api_request *r);
void api_delete(struct api_request *r);
void api_delete_collection(struct api_request *r);
void api_log(struct api_request *r);
void api_proxy(struct api_request *r);
void api_scale(struct api_request *r);
void api_review(struct api_request *r, const char *resource);
bool api_discovery(struct api_request *r); /* false: not one of its paths */
bool api_openapi(struct api_request *r);
bool api_control(struct api_request *r); /* /sim/… */

/* api_table.c: `object` (or every item of a List) as the Table that kubectl get asks for. */
bool api_wants_table(const struct api_request *r);
struct wva_value *api_table(struct api_request *r, const struct wva_value *object,
                            bool with_columns);

#endif
