// SPDX-License-Identifier: Apache-2.0
/*
 * Kubeconfig: found, merged, overridden by flags, checked; as kubectl does it, with better words
 * where it fails (facts and differences: docs/environment.md).
 */
#ifndef WVA_KUBE_KUBECONFIG_H
#define WVA_KUBE_KUBECONFIG_H

#include "wva/codec/value.h"
#include "wva/util/arena.h"
#include "wva/util/secret.h"

#include <stdbool.h>
#include <stdint.h>

/* kubectl's connection flags. NULL, empty list or false: not given. */
struct wva_kube_flags {
    const char *kubeconfig;
    const char *context;
    const char *cluster;
    const char *user;
    const char *namespace_;
    const char *server;
    const char *token;
    const char *as;
    const char *as_uid;
    const char *const *as_groups; /* ends with NULL; may be NULL */
    const char *certificate_authority;
    const char *client_certificate;
    const char *client_key;
    const char *tls_server_name;
    bool insecure_skip_tls_verify;
    bool disable_compression;
    const char *request_timeout; /* "0", "30", "1m30s" */
};

/* Where the process environment is looked up; a seam for tests. Returns NULL for unset. */
typedef const char *(*wva_getenv_fn)(void *ctx, const char *name);

struct wva_env {
    wva_getenv_fn get;
    void *ctx;
    const char *const *all; /* whole environment "K=V", ends with NULL, for child processes */
    const char *service_account_dir; /* NULL: /var/run/secrets/kubernetes.io/serviceaccount */
};

/* users[].user.exec */
struct wva_exec_config {
    const char *api_version;  /* client.authentication.k8s.io/v1 or v1beta1 */
    const char *command;      /* resolved against the kubeconfig's directory when it has a '/' */
    const char *const *args;  /* ends with NULL */
    const char *const *env;   /* "K=V", ends with NULL */
    const char *install_hint; /* may be NULL */
    const char *interactive_mode; /* "Never", "IfAvailable", "Always" */
    bool provide_cluster_info;
    struct wva_value
        *cluster_extension; /* `config` of ExecCredential's cluster info; may be NULL */
};

/* A resolved configuration: one cluster, one identity, one namespace. */
struct wva_kube_config {
    const char *context; /* name, "" when none */
    const char *cluster;
    const char *user;
    const char *namespace_; /* never NULL: flag, context, in-cluster, "default" */
    bool namespace_given;   /* by flag or context */

    const char *server; /* normalized URL without trailing '/' */
    const char *tls_server_name;
    bool insecure;
    const char *ca_pem; /* NULL: system roots */
    size_t ca_pem_len;
    const char *proxy;     /* resolved against proxy-url and *_PROXY/NO_PROXY; NULL: none */
    const char *proxy_url; /* as written in the cluster entry, for credential plugins; or NULL */
    bool disable_compression;
    int64_t request_timeout_ms;

    bool credentials_dropped;      /* there were some, but `server` is plain http */
    struct wva_secret token;       /* static bearer token */
    const char *token_file;        /* re-read once a minute and on 401 */
    struct wva_secret basic;       /* "user:password" */
    struct wva_secret client_cert; /* PEM */
    struct wva_secret client_key;  /* PEM */
    struct wva_exec_config *exec;  /* NULL: none */

    const char *as;
    const char *as_uid;
    const char *const *as_groups; /* ends with NULL; may be NULL */
    const char *const *as_extra;  /* "key=value", ends with NULL; may be NULL */
};

/* Finds, merges and resolves. Everything but the secrets lives in `arena`; release those with
 * wva_kube_config_done(). Errors: WVA_E_CONFIG, WVA_E_INPUT, WVA_E_IO naming file, context and
 * entry, with a hint that lists what exists; WVA_E_USAGE for a request timeout that is none. A
 * password in a proxy's URL and what a plugin's `env` holds are not treated as secrets. */
int wva_kube_config_load(struct wva_arena *arena, const struct wva_kube_flags *flags,
                         const struct wva_env *env, struct wva_kube_config *ret,
                         struct wva_error *err) WVA_MUST_USE;
void wva_kube_config_done(struct wva_kube_config *config);

/* The namespace alone, for what is never sent: no cluster, user or even kubeconfig is needed.
 * `*ret` is in `arena`. */
int wva_kube_config_namespace(struct wva_arena *arena, const struct wva_kube_flags *flags,
                              const struct wva_env *env, const char **ret,
                              struct wva_error *err) WVA_MUST_USE;

#endif
