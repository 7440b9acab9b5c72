// SPDX-License-Identifier: Apache-2.0
/*
 * Inside of the kubeconfig reader. Its steps, each a file:
 *
 *     kubeconfig.c           finds the files, picks context, cluster and user, asks the others
 *     kubeconfig_merge.c     files to one set of named entries, the first of a name wins
 *     kubeconfig_incluster.c the same set out of a pod's service account
 *     kubeconfig_field.c     one field of an entry, its type checked, its place named on error
 *     kubeconfig_pem.c       certificates and keys, inline or in files
 *     kubeconfig_cluster.c   one cluster entry and the flags to a server and how to trust it
 *     kubeconfig_proxy.c     ... and how to reach it
 *     kubeconfig_user.c      one user entry and the flags to an identity
 *     kubeconfig_exec.c      ... and the credential plugin of it
 *
 * Secrets: the set owns the parsed trees and overwrites every string of them when it ends, whether
 * they were asked for or not. What the parser left in its own buffers, and trees of files that
 * could not be parsed, it cannot reach.
 */
#ifndef WVA_KUBE_KUBECONFIG_PRIV_H
#define WVA_KUBE_KUBECONFIG_PRIV_H

#include "wva/codec/value.h"
#include "wva/kube/kubeconfig.h"

/* A cluster, user or context and where it was said. */
struct wva_kubeconfig_entry {
    const char *kind;               /* "cluster", "user", "context" */
    const char *name;               /* NULL: stands for an entry nobody named; it has no fields */
    const char *source;             /* "kubeconfig /home/me/.kube/config" */
    const char *directory;          /* relative paths in it start here */
    const char *prefix;             /* of field names, while inside a nested object: "exec." */
    const struct wva_value *fields; /* never NULL */
    struct wva_kubeconfig_entry *next;
};

enum wva_kubeconfig_kind {
    WVA_KUBECONFIG_CLUSTER,
    WVA_KUBECONFIG_USER,
    WVA_KUBECONFIG_CONTEXT,
    WVA_KUBECONFIG_KINDS,
};

struct wva_kubeconfig_tree;

/* All files merged. A zeroed struct is an empty set. */
struct wva_kubeconfig_set {
    struct wva_arena arena;
    struct wva_kubeconfig_tree *trees;                          /* to be cleansed */
    struct wva_kubeconfig_entry *entries[WVA_KUBECONFIG_KINDS]; /* first of a name first */
    const char *current_context;                                /* NULL: none says one */
    const char *files; /* what was read, for messages; NULL: none */
    bool in_cluster;   /* made of a service account */
};

void wva_kubeconfig_set_done(struct wva_kubeconfig_set *set);

/* Adds what `path` has and the set has not. Errors name file and line. */
int wva_kubeconfig_merge_file(struct wva_kubeconfig_set *set, const char *path,
                              struct wva_error *err) WVA_MUST_USE;

/* Adds one entry made by us; `fields` lives in the set's arena. */
void wva_kubeconfig_add(struct wva_kubeconfig_set *set, enum wva_kubeconfig_kind kind,
                        const struct wva_kubeconfig_entry *entry);

const struct wva_kubeconfig_entry *wva_kubeconfig_find(const struct wva_kubeconfig_set *set,
                                                       enum wva_kubeconfig_kind kind,
                                                       const char *name);

/* Hints at the entries there are: `clusters there: a, b`, and at the one that was meant by `wanted`
 * (may be NULL) when one is close. `lead` goes before it. Returns -1. */
int wva_kubeconfig_hint_names(const struct wva_kubeconfig_set *set, enum wva_kubeconfig_kind kind,
                              const char *wanted, const char *lead, struct wva_error *err);

/* When we are in a pod with a service account, the set becomes its entries. */
void wva_kubeconfig_use_service_account(struct wva_kubeconfig_set *set, const struct wva_env *env);

/* The namespace of the pod we are in, "default" when it is not known; lives in `arena`. */
const char *wva_kubeconfig_pod_namespace(struct wva_arena *arena, const struct wva_env *env);

/* Overwrites all strings and numbers of a tree. Its depth is what the parsers let through. */
void wva_kubeconfig_cleanse(struct wva_value *tree);

/* A field; absent, null and "" are one: NULL, nothing appended, false. Each fails when it is of
 * another type. The results live in `arena`, never in the set. */
int wva_kubeconfig_str(struct wva_arena *arena, const struct wva_kubeconfig_entry *entry,
                       const char *field, const char **ret, struct wva_error *err) WVA_MUST_USE;
int wva_kubeconfig_bool(const struct wva_kubeconfig_entry *entry, const char *field, bool *ret,
                        struct wva_error *err) WVA_MUST_USE;
int wva_kubeconfig_strings(struct wva_arena *arena, const struct wva_kubeconfig_entry *entry,
                           const char *field, const char *const **ret,
                           struct wva_error *err) WVA_MUST_USE;
int wva_kubeconfig_secret(const struct wva_kubeconfig_entry *entry, const char *field,
                          struct wva_secret *ret, struct wva_error *err) WVA_MUST_USE;

/* The field when it is of `kind`, NULL when absent or null. */
int wva_kubeconfig_of_kind(const struct wva_kubeconfig_entry *entry, const char *field,
                           enum wva_kind kind, const struct wva_value **ret,
                           struct wva_error *err) WVA_MUST_USE;

/* "a mapping", "true or false", …: as somebody who writes YAML calls them. */
const char *wva_kubeconfig_kind_words(enum wva_kind kind);

/* `cannot use kubeconfig F: line 12: user "jane": FIELD MESSAGE`, WVA_E_CONFIG; `field` may be
 * NULL. wrap puts the same place before an error that is already there. Both return -1. */
int wva_kubeconfig_fail(const struct wva_kubeconfig_entry *entry, const char *field,
                        struct wva_error *err, const char *fmt, ...) WVA_PRINTF(4, 5);
int wva_kubeconfig_wrap(const struct wva_kubeconfig_entry *entry, const char *field,
                        struct wva_error *err);

enum wva_kubeconfig_material {
    WVA_KUBECONFIG_CA,
    WVA_KUBECONFIG_CLIENT_CERT,
    WVA_KUBECONFIG_CLIENT_KEY,
};

/* PEM out of the flag's file, else out of the entry: base64 in "FIELD-data" or a file in "FIELD",
 * not both. `ret` stays empty when there is none of them. */
int wva_kubeconfig_pem(const struct wva_kubeconfig_entry *entry, enum wva_kubeconfig_material which,
                       const char *flag_path, struct wva_secret *ret,
                       struct wva_error *err) WVA_MUST_USE;

/* These fill their part of `config`. */
int wva_kubeconfig_cluster(struct wva_arena *arena, const struct wva_kubeconfig_entry *entry,
                           const struct wva_kube_flags *flags, const struct wva_env *env,
                           struct wva_kube_config *config, struct wva_error *err) WVA_MUST_USE;
int wva_kubeconfig_proxy(struct wva_arena *arena, const struct wva_kubeconfig_entry *entry,
                         const struct wva_env *env, struct wva_kube_config *config,
                         struct wva_error *err) WVA_MUST_USE;
int wva_kubeconfig_user(struct wva_arena *arena, const struct wva_kubeconfig_entry *entry,
                        const struct wva_kube_flags *flags, struct wva_kube_config *config,
                        struct wva_error *err) WVA_MUST_USE;
int wva_kubeconfig_exec(struct wva_arena *arena, const struct wva_kubeconfig_entry *user,
                        struct wva_exec_config **ret, struct wva_error *err) WVA_MUST_USE;

/* What the cluster entry wants its credential plugins to be told; a copy in `arena`, may be NULL.
 */
struct wva_value *wva_kubeconfig_exec_extension(struct wva_arena *arena,
                                                const struct wva_kubeconfig_entry *cluster);

#endif
