// SPDX-License-Identifier: Apache-2.0
/* A configuration that says nothing yet about who we are, and what is sent for it. */
#ifndef WVA_TESTS_AUTH_FIXTURE_H
#define WVA_TESTS_AUTH_FIXTURE_H

#include "scratch.h"
#include "support/wva_test.h"

#include "kube/auth_priv.h"

#define FIXTURE_VARS_MAX 8

struct fixture {
    char dir[SCRATCH_DIR_MAX];
    struct wva_arena arena;
    const char *vars[FIXTURE_VARS_MAX + 1]; /* "NAME=value", also what plugins inherit */
    struct wva_env env;
    const char *args[4];         /* of the plugin; the first is its mode */
    const char *exec_env[4];     /* "NAME=value" of the kubeconfig */
    struct wva_exec_config exec; /* the fake plugin; not part of `config` yet */
    struct wva_kube_config config;
    struct wva_kube_auth *auth;
    struct wva_http_credentials creds;
    struct wva_error err;
};

int fixture_set_up(void **state);
int fixture_tear_down(void **state);

#define FIXTURE_TEST(name)                                                                         \
    cmocka_unit_test_setup_teardown(test_##name, fixture_set_up, fixture_tear_down)

const char *path_of(struct fixture *f, const char *name);
void write_file(struct fixture *f, const char *name, const char *text);
void set_var(struct fixture *f, const char *name, const char *value);

/* Anew, with what `f->config` says now. */
void begin(struct fixture *f, bool stdin_is_terminal);

/* Fills `f->creds`, now or at a Unix time. */
void get(struct fixture *f);
void get_at(struct fixture *f, int64_t now_ms);

/* The whole message and hint, and that nothing was handed out. */
void get_fails(struct fixture *f, enum wva_code code, const char *message, const char *hint);

void check_secret(const struct wva_secret *secret, const char *wanted);

#endif
