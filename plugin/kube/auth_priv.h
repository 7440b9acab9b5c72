// SPDX-License-Identifier: Apache-2.0
/* Inside of auth: auth.c decides what to send, auth_exec.c runs a credential plugin for it. */
#ifndef WVA_KUBE_AUTH_PRIV_H
#define WVA_KUBE_AUTH_PRIV_H

#include "wva/kube/auth.h"

/* What a plugin answered. */
struct wva_exec_credential {
    struct wva_secret token;
    struct wva_secret client_cert; /* with client_key or not at all */
    struct wva_secret client_key;
    int64_t expires_ms; /* Unix time; INT64_MAX: when the server says so */
};

/* Runs the plugin of `config` (which has one) and checks its answer; `ret` is empty before. Errors:
 * WVA_E_AUTH, WVA_E_CANCELED. What the plugin printed is in none of them. */
int wva_exec_credential_run(const struct wva_kube_config *config, const struct wva_env *env,
                            bool stdin_is_terminal, struct wva_exec_credential *ret,
                            struct wva_error *err) WVA_MUST_USE;
void wva_exec_credential_done(struct wva_exec_credential *credential);

/* wva_kube_auth_get() at a given Unix time. */
int wva_kube_auth_get_at(struct wva_kube_auth *auth, int64_t now_ms,
                         struct wva_http_credentials *ret, struct wva_error *err) WVA_MUST_USE;

#endif
