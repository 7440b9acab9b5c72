// SPDX-License-Identifier: Apache-2.0
/* Static credentials, and token files that change. */
#include "auth_fixture.h"

#include <unistd.h>

#define MINUTE_MS 60000

static void test_anonymous(void **state)
{
    struct fixture *f = *state;

    begin(f, false);
    get(f);
    check(f->creds.bearer == NULL);
    check(f->creds.basic == NULL);
    check(f->creds.client_cert == NULL);
    check(f->creds.client_key == NULL);
    check(!wva_kube_auth_refresh(f->auth));
    wva_kube_auth_free(NULL);
}

static void test_static(void **state)
{
    struct fixture *f = *state;

    wva_secret_set(&f->config.token, "tok", 3);
    wva_secret_set(&f->config.basic, "u:p", 3);
    wva_secret_set(&f->config.client_cert, "cert", 4);
    wva_secret_set(&f->config.client_key, "key", 3);
    begin(f, false);
    get(f);
    check_secret(f->creds.bearer, "tok");
    check_secret(f->creds.basic, "u:p");
    check_secret(f->creds.client_cert, "cert");
    check_secret(f->creds.client_key, "key");
    check(!wva_kube_auth_refresh(f->auth));
}

static void test_token_must_fit_a_header(void **state)
{
    struct fixture *f = *state;

    wva_secret_set(&f->config.token, "tok\r\nX-Evil: 1", 14);
    begin(f, false);
    get_fails(f, WVA_E_AUTH, "cannot use the bearer token: byte 3 has no place in a header", "");
}

static void test_token_file(void **state)
{
    struct fixture *f = *state;

    write_file(f, "token", "\n one \n");
    f->config.token_file = path_of(f, "token");
    begin(f, false);
    get_at(f, 1000);
    check_secret(f->creds.bearer, "one");

    write_file(f, "token", "two");
    get_at(f, 1000 + MINUTE_MS - 1);
    check_secret(f->creds.bearer, "one");
    get_at(f, 1000 + MINUTE_MS);
    check_secret(f->creds.bearer, "two");

    write_file(f, "token", "three");
    check(wva_kube_auth_refresh(f->auth));
    get_at(f, 1001 + MINUTE_MS);
    check_secret(f->creds.bearer, "three");

    write_file(f, "token", "four");
    get_at(f, 0); /* the clock was set back */
    check_secret(f->creds.bearer, "four");
}

/* In the middle of its rotation, or gone: what we had is still worth a try. */
static void test_token_file_vanishes(void **state)
{
    struct fixture *f = *state;

    write_file(f, "token", "one");
    f->config.token_file = path_of(f, "token");
    begin(f, false);
    get_at(f, 0);
    unlink(f->config.token_file);
    get_at(f, MINUTE_MS);
    check_secret(f->creds.bearer, "one");
}

static void test_token_file_falls_back_to_token(void **state)
{
    struct fixture *f = *state;

    wva_secret_set(&f->config.token, "inline", 6);
    f->config.token_file = path_of(f, "token");
    begin(f, false);
    get_at(f, 0);
    check_secret(f->creds.bearer, "inline");

    write_file(f, "token", "from-file");
    get_at(f, 1);
    check_secret(f->creds.bearer, "from-file");
}

static void test_token_file_unusable(void **state)
{
    struct fixture *f = *state;
    const char *path = path_of(f, "token");

    f->config.token_file = path;
    begin(f, false);
    get_fails(f, WVA_E_AUTH,
              wva_arena_printf(
                  &f->arena,
                  "cannot read the token file: cannot read %s: No such file or directory", path),
              "");
    write_file(f, "token", " \n");
    get_fails(f, WVA_E_AUTH,
              wva_arena_printf(&f->arena, "cannot use the token file %s: it is empty", path), "");
}

static const struct CMUnitTest tests[] = {
    FIXTURE_TEST(anonymous),
    FIXTURE_TEST(static),
    FIXTURE_TEST(token_must_fit_a_header),
    FIXTURE_TEST(token_file),
    FIXTURE_TEST(token_file_vanishes),
    FIXTURE_TEST(token_file_falls_back_to_token),
    FIXTURE_TEST(token_file_unusable),
};

WVA_TEST_MAIN(tests)
