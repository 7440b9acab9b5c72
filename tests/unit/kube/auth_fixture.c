// SPDX-License-Identifier: Apache-2.0
/* See auth_fixture.h. */
#include "auth_fixture.h"

#include "wva/util/cancel.h"
#include "wva/util/fs.h"
#include "wva/util/mem.h"

const char *path_of(struct fixture *f, const char *name)
{
    return wva_fs_join(&f->arena, f->dir, name);
}

void set_var(struct fixture *f, const char *name, const char *value)
{
    size_t i = 0;

    while (f->vars[i] != NULL)
        i++;
    check(i < FIXTURE_VARS_MAX);
    f->vars[i] = wva_arena_printf(&f->arena, "%s=%s", name, value);
}

int fixture_set_up(void **state)
{
    struct fixture *f = wva_xcalloc(1, sizeof(*f));

    scratch_make(f->dir);
    f->env = (struct wva_env){.get = scratch_getenv, .ctx = f->vars, .all = f->vars};
    f->exec = (struct wva_exec_config){
        .api_version = "client.authentication.k8s.io/v1",
        .command = WVA_FAKE_PLUGIN,
        .args = f->args,
        .env = f->exec_env,
        .interactive_mode = "Never",
    };
    f->config = (struct wva_kube_config){
        .context = "here", .cluster = "k", .user = "jane", .server = "https://api"};
    *state = f;
    return 0;
}

int fixture_tear_down(void **state)
{
    struct fixture *f = *state;

    wva_cancel_reset_for_test();
    scratch_remove(f->dir);
    wva_kube_auth_free(f->auth);
    wva_kube_config_done(&f->config);
    wva_arena_done(&f->arena);
    free(f);
    return 0;
}

void begin(struct fixture *f, bool stdin_is_terminal)
{
    wva_kube_auth_free(f->auth);
    f->auth = wva_kube_auth_new(&f->config, &f->env, stdin_is_terminal);
}

void get_at(struct fixture *f, int64_t now_ms)
{
    check_ok(wva_kube_auth_get_at(f->auth, now_ms, &f->creds, &f->err), &f->err);
}

void get(struct fixture *f)
{
    check_ok(wva_kube_auth_get(f->auth, &f->creds, &f->err), &f->err);
}

void get_fails(struct fixture *f, enum wva_code code, const char *message, const char *hint)
{
    struct wva_http_credentials untouched;

    memset(&untouched, 0x5a, sizeof(untouched));
    struct wva_http_credentials creds = untouched;
    check(wva_kube_auth_get(f->auth, &creds, &f->err) < 0);
    check_str(f->err.msg, message);
    check_str(f->err.hint, hint);
    check_int(f->err.code, code);
    check(memcmp(&creds, &untouched, sizeof(creds)) == 0);
    wva_error_clear(&f->err);
}

void write_file(struct fixture *f, const char *name, const char *text)
{
    check_ok(wva_fs_write_atomic(path_of(f, name), text, strlen(text), 0600, &f->err), &f->err);
}

void check_secret(const struct wva_secret *secret, const char *wanted)
{
    assert_non_null(secret);
    check_str(secret->data, wanted);
}
