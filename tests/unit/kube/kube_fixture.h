// SPDX-License-Identifier: Apache-2.0
/* A client of a scripted API server, impatient enough for tests. */
#ifndef WVA_TESTS_UNIT_KUBE_KUBE_FIXTURE_H
#define WVA_TESTS_UNIT_KUBE_KUBE_FIXTURE_H

#include "support/fakeapi.h"

#include "client_priv.h"

#include <stdio.h>

struct kube_fixture {
    struct fakeapi *api;
    struct wva_kube_config config;
    struct wva_kube *kube;
    FILE *messages;
    char *text; /* of `messages`, after kube_fixture_messages() */
    size_t size;
    struct wva_arena arena;
    struct wva_error err;
};

/* Starts the server; `config` has its URL then and may be changed before connecting. */
void kube_fixture_start(struct kube_fixture *f, const struct fakeapi_exchange *script, size_t count,
                        const struct fakeapi_tls *tls);
void kube_fixture_connect(struct kube_fixture *f);

/* What was printed so far. */
const char *kube_fixture_messages(struct kube_fixture *f);

/* Also checks that all went by the script. */
void kube_fixture_stop(struct kube_fixture *f);

/* An automatic `script`, and `f` connected to a server that plays it. */
#define KUBE_SCRIPT(...)                                                                           \
    const struct fakeapi_exchange script[] = {__VA_ARGS__};                                        \
    struct kube_fixture f;                                                                         \
    (void)state;                                                                                   \
    kube_fixture_start(&f, script, sizeof(script) / sizeof(script[0]), NULL);                      \
    kube_fixture_connect(&f)

#endif
