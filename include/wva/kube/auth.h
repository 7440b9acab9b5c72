// SPDX-License-Identifier: Apache-2.0
/*
 * Who we are to the API server: static credentials, token files that rotate, exec credential
 * plugins that are run when needed, cached for the process, refreshed on expiry and on 401.
 */
#ifndef WVA_KUBE_AUTH_H
#define WVA_KUBE_AUTH_H

#include "wva/http/http.h"
#include "wva/kube/kubeconfig.h"

struct wva_kube_auth;

/* `config` and `env` are borrowed and must outlive the result. Runs nothing yet. */
struct wva_kube_auth *wva_kube_auth_new(const struct wva_kube_config *config,
                                        const struct wva_env *env, bool stdin_is_terminal);
void wva_kube_auth_free(struct wva_kube_auth *auth); /* accepts NULL */

/* The credentials to send now; reads the token file or runs the plugin when there is none or it has
 * expired. The result is borrowed and valid until the next call. Errors: WVA_E_AUTH. */
int wva_kube_auth_get(struct wva_kube_auth *auth, struct wva_http_credentials *ret,
                      struct wva_error *err) WVA_MUST_USE;

/* After a 401: forgets what can be had anew. True when another try makes sense. */
bool wva_kube_auth_refresh(struct wva_kube_auth *auth);

#endif
