// SPDX-License-Identifier: Apache-2.0
/*
 * The API server as functions: get, list, create, apply, patch, delete, logs.
 *
 * Every call adds credentials and impersonation, retries what is safe (429 and 5xx with
 * Retry-After; reads also on a broken connection), refreshes credentials once on 401, shows each
 * `Warning:` header text once, and turns a Status, or whatever came instead of one, into a struct
 * wva_error.
 */
#ifndef WVA_KUBE_CLIENT_H
#define WVA_KUBE_CLIENT_H

#include "wva/http/http.h"
#include "wva/kube/kubeconfig.h"
#include "wva/kube/type.h"

#define WVA_FIELD_MANAGER "kubectl-wva"

struct wva_kube;

struct wva_kube_options {
    int verbosity;  /* -v */
    FILE *messages; /* warnings and traces; stderr's stand-in in tests */
    bool stdin_is_terminal;
};

/* Takes over nothing: `config` and `env` are borrowed. Sends nothing yet. */
int wva_kube_new(const struct wva_kube_config *config, const struct wva_env *env,
                 const struct wva_kube_options *options, struct wva_kube **ret,
                 struct wva_error *err) WVA_MUST_USE;
void wva_kube_free(struct wva_kube *kube); /* accepts NULL */

const struct wva_kube_config *wva_kube_config_of(const struct wva_kube *kube);

enum wva_dry_run {
    WVA_DRY_RUN_NONE,
    WVA_DRY_RUN_CLIENT, /* callers decide before calling here, where it is sent as SERVER */
    WVA_DRY_RUN_SERVER, /* dryRun=All */
};

/* Reads one object. Missing object: WVA_E_NOT_FOUND; missing API: WVA_E_NO_API. */
int wva_kube_get(struct wva_kube *kube, struct wva_arena *arena, const struct wva_kube_type *type,
                 const char *namespace_, const char *name, struct wva_value **ret,
                 struct wva_error *err) WVA_MUST_USE;

/* Reads a collection, page by page; `selector` and `field_selector` may be NULL. `*ret` is an array
 * of objects, each with apiVersion and kind filled in; `*ret_version` (may be NULL) the list's
 * resource version. `namespace_` NULL: all namespaces. */
int wva_kube_list(struct wva_kube *kube, struct wva_arena *arena, const struct wva_kube_type *type,
                  const char *namespace_, const char *selector, const char *field_selector,
                  struct wva_value **ret, const char **ret_version,
                  struct wva_error *err) WVA_MUST_USE;

/* POST, strict field validation. `*ret` (may be NULL) is the stored object. Never sent twice: when
 * the connection broke, the hint says how to see whether it arrived. */
int wva_kube_create(struct wva_kube *kube, struct wva_arena *arena,
                    const struct wva_kube_type *type, const struct wva_value *object,
                    enum wva_dry_run dry_run, struct wva_value **ret,
                    struct wva_error *err) WVA_MUST_USE;

/* Server-side apply as WVA_FIELD_MANAGER, strict validation, not forced. */
int wva_kube_apply(struct wva_kube *kube, struct wva_arena *arena, const struct wva_kube_type *type,
                   const struct wva_value *object, enum wva_dry_run dry_run, struct wva_value **ret,
                   struct wva_error *err) WVA_MUST_USE;

/* Merge patch, strict validation. A metadata.resourceVersion in it makes a lost race a
 * WVA_E_CONFLICT. */
int wva_kube_merge_patch(struct wva_kube *kube, struct wva_arena *arena,
                         const struct wva_kube_type *type, const char *namespace_, const char *name,
                         const struct wva_value *patch, enum wva_dry_run dry_run,
                         struct wva_value **ret, struct wva_error *err) WVA_MUST_USE;

/* DELETE with propagationPolicy Background and, when `uid` is not NULL, a uid precondition. An
 * object already gone is success. */
int wva_kube_delete(struct wva_kube *kube, const struct wva_kube_type *type, const char *namespace_,
                    const char *name, const char *uid, struct wva_error *err) WVA_MUST_USE;

/* The same as a server-side dry run: would it be carried out? */
int wva_kube_delete_check(struct wva_kube *kube, const struct wva_kube_type *type,
                          const char *namespace_, const char *name, const char *uid,
                          struct wva_error *err) WVA_MUST_USE;

struct wva_log_options {
    const char *container;
    bool previous;
    int64_t tail_lines; /* 0: all */
    size_t ceiling;     /* most bytes; 0: 32 MiB */
};

/* A pod's log, whole; in `arena`, NUL-terminated. Not sanitized. */
int wva_kube_logs(struct wva_kube *kube, struct wva_arena *arena, const char *namespace_,
                  const char *pod, const struct wva_log_options *options, char **ret,
                  size_t *ret_len, struct wva_error *err) WVA_MUST_USE;

/* Any other GET; parses the answer as JSON. */
int wva_kube_get_path(struct wva_kube *kube, struct wva_arena *arena, const char *path,
                      struct wva_value **ret, struct wva_error *err) WVA_MUST_USE;

/* The OpenAPI v3 schema of one kind as served now (published under /openapi/v3), with the
 * group-version's `components` reachable from `*ret_root`. WVA_E_NO_API when the group-version or
 * kind is not served. */
int wva_kube_schema(struct wva_kube *kube, struct wva_arena *arena,
                    const struct wva_kube_type *type, struct wva_value **ret_schema,
                    struct wva_value **ret_root, struct wva_error *err) WVA_MUST_USE;

/* Serves watches (watch.h) and sleeps up to `timeout_ms`. WVA_E_CANCELED on Ctrl-C; otherwise
 * what a watch ended with. */
int wva_kube_step(struct wva_kube *kube, int64_t timeout_ms, struct wva_error *err) WVA_MUST_USE;

#endif
