// SPDX-License-Identifier: Apache-2.0
/*
 * Inside of the client: client.c has the verbs, send.c gets one of them through, watch.c keeps
 * watches going.
 */
#ifndef WVA_KUBE_CLIENT_PRIV_H
#define WVA_KUBE_CLIENT_PRIV_H

#include "wva/codec/value.h"
#include "wva/kube/auth.h"
#include "wva/kube/client.h"
#include "wva/kube/watch.h"

/* How patient we are; tests are less so. */
struct wva_kube_pace {
    int64_t retry_ms;   /* between tries of a request whose connection broke */
    int64_t backoff_ms; /* before a broken watch is opened again; doubles */
    int64_t backoff_max_ms;
    int64_t healthy_ms; /* a watch that held this long starts over with backoff_ms */
    int64_t short_ms;   /* one that ended sooner, with nothing said, counts as broken */
};

struct wva_kube {
    const struct wva_kube_config *config;
    struct wva_kube_options options;
    struct wva_kube_auth *auth; /* NULL over plain http: no credentials then */
    struct wva_http *http;
    struct wva_arena arena;
    const char *const *identity; /* Impersonate-… headers, ends with NULL */
    char **warnings;             /* shown already, in `arena` */
    size_t warning_count;
    bool reached; /* the server has answered before: a failure now is a passing one */
    struct wva_kube_pace pace;
    struct wva_watch *watches;
    unsigned depth; /* of wva_kube_step() on the stack */
};

struct wva_kube_call {
    const char *method;
    const char *path;
    const char *accept;       /* NULL: application/json */
    const char *content_type; /* of the body */
    const char *body;         /* NULL: none */
    size_t ceiling;           /* of the answer; 0: the http layer's */
    bool repeatable;          /* may be sent again after it may have arrived */
    const char *look;         /* command that shows whether it did; NULL: none */
};

/* Sends until it got through: credentials, impersonation, retries, warnings. Only 2xx is success.
 */
int wva_kube_send(struct wva_kube *kube, struct wva_arena *arena, const struct wva_kube_call *call,
                  struct wva_http_response *ret, struct wva_error *err) WVA_MUST_USE;

/* The same, and the answer must be JSON. `ret` may be NULL. */
int wva_kube_send_json(struct wva_kube *kube, struct wva_arena *arena,
                       const struct wva_kube_call *call, struct wva_value **ret,
                       struct wva_error *err) WVA_MUST_USE;

/* A stream, tried once. */
int wva_kube_open(struct wva_kube *kube, const char *path, int64_t timeout_ms,
                  const struct wva_http_sink *sink, struct wva_http_stream **ret,
                  struct wva_error *err) WVA_MUST_USE;

/* After a 401: true when another try with fresh credentials makes sense; once for each `refreshed`.
 */
bool wva_kube_refresh(struct wva_kube *kube, bool *refreshed);

/* Shows warnings that were not shown before. */
void wva_kube_show_warnings(struct wva_kube *kube, const struct wva_http_response *response);

/* Makes a missing API's error name the type. Always returns -1. */
int wva_kube_name_api(const struct wva_kube_type *type, struct wva_error *err);

/* "?a=b&c=d" from "a", "b", "c", "d", NULL, values escaped, those that are NULL or "" left out. */
char *wva_kube_query(struct wva_arena *arena, const char *const *pairs);

/* watch.c, for client.c */
void wva_kube_free_watches(struct wva_kube *kube);

#endif
