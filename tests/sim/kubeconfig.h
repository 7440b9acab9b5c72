// SPDX-License-Identifier: Apache-2.0
/* What a client needs to reach the simulated cluster. */
#ifndef WVA_TESTS_SIM_KUBECONFIG_H
#define WVA_TESTS_SIM_KUBECONFIG_H

#include "sim.h"

/* Writes DIR/kubeconfig with one context per way to log in (admin, token, tokenfile, basic, exec,
 * user, viewer, nobody, badtoken, anonymous, untrusted, insecure), DIR/token, DIR/exec-credential
 * and DIR/server (the URL). */
int sim_kubeconfig_write(const struct sim *sim, unsigned port, struct wva_error *err) WVA_MUST_USE;

#endif
