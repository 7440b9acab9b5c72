// SPDX-License-Identifier: Apache-2.0
/* Certificates of one simulated cluster, made at start. */
#ifndef WVA_TESTS_SIM_TLS_H
#define WVA_TESTS_SIM_TLS_H

#include "wva/util/arena.h"

#include <openssl/ssl.h>

/* Makes a CA, a server's and a client's certificate (P-256), and a second CA that signed nothing.
 * Writes ca.crt, other-ca.crt, client.crt and client.key to `dir`. The context asks clients for a
 * certificate of this CA and accepts those without. */
int sim_tls_make(const char *dir, SSL_CTX **ret, struct wva_error *err) WVA_MUST_USE;

/* Common name and organization of the client's certificate, in `arena`; NULL when it sent none. */
const char *sim_tls_peer(SSL *ssl, struct wva_arena *arena, const char **ret_organization);

#endif
