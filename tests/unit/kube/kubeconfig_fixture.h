// SPDX-License-Identifier: Apache-2.0
/* Kubeconfig files in a folder of their own, and an environment made up by the test. */
#ifndef WVA_TESTS_KUBECONFIG_FIXTURE_H
#define WVA_TESTS_KUBECONFIG_FIXTURE_H

#include "scratch.h"
#include "support/wva_test.h"

#include "wva/kube/kubeconfig.h"

#define CERT "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"
#define KEY  "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n"

/* The same, in base64. */
#define CERT64 "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCkFBPT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo="
#define KEY64  "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCkFBPT0KLS0tLS1FTkQgUFJJVkFURSBLRVktLS0tLQo="

#define SERVER "server: 'https://api:6443'"

#define FIXTURE_VARS_MAX 8

struct fixture {
    char dir[SCRATCH_DIR_MAX];
    struct wva_arena arena;
    const char *vars[FIXTURE_VARS_MAX + 1]; /* "NAME=value" */
    struct wva_env env;
    struct wva_kube_flags flags;
    struct wva_kube_config config;
    struct wva_error err;
};

int fixture_set_up(void **state);
int fixture_tear_down(void **state);

#define FIXTURE_TEST(name)                                                                         \
    cmocka_unit_test_setup_teardown(test_##name, fixture_set_up, fixture_tear_down)

/* "DIR" in `text` becomes the test's folder. */
const char *in_dir(struct fixture *f, const char *text);

/* Both return the path; `name` may have one folder in it. */
const char *write_file(struct fixture *f, const char *name, const char *text);
const char *write_bytes(struct fixture *f, const char *name, const void *data, size_t len);

/* "NAME=value"; "DIR" as above. */
void set_var(struct fixture *f, const char *variable);

/* A config with one context "here" of cluster "k" (line 8) and user "jane" (line 11), whose fields
 * are given in flow style. */
const char *one(struct fixture *f, const char *cluster, const char *user);

/* Loads into `f->config`; from `text` as the file of --kubeconfig. */
void load(struct fixture *f);
void load_text(struct fixture *f, const char *text);

/* The whole message and hint, "DIR" as above, and that nothing was handed out. */
void load_fails(struct fixture *f, enum wva_code code, const char *message, const char *hint);
void load_text_fails(struct fixture *f, const char *text, const char *message, const char *hint);

#endif
