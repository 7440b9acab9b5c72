// SPDX-License-Identifier: Apache-2.0
/* See kubeconfig_fixture.h. */
#include "kubeconfig_fixture.h"

#include "wva/util/buf.h"
#include "wva/util/fs.h"
#include "wva/util/mem.h"

#include <sys/stat.h>

int fixture_set_up(void **state)
{
    struct fixture *f = wva_xcalloc(1, sizeof(*f));

    scratch_make(f->dir);
    f->env = (struct wva_env){
        .get = scratch_getenv, .ctx = f->vars, .service_account_dir = "/nonexistent"};
    *state = f;
    return 0;
}

int fixture_tear_down(void **state)
{
    struct fixture *f = *state;

    scratch_remove(f->dir);
    wva_kube_config_done(&f->config);
    wva_arena_done(&f->arena);
    free(f);
    return 0;
}

const char *in_dir(struct fixture *f, const char *text)
{
    wva_auto_buf out = WVA_BUF(64 << 10);
    const char *at;

    while ((at = strstr(text, "DIR")) != NULL) {
        wva_buf_append(&out, text, (size_t)(at - text));
        wva_buf_puts(&out, f->dir);
        text = at + 3;
    }
    wva_buf_puts(&out, text);
    return wva_arena_strdup(&f->arena, wva_buf_str(&out));
}

const char *write_bytes(struct fixture *f, const char *name, const void *data, size_t len)
{
    const char *path = wva_fs_join(&f->arena, f->dir, name);
    char *slash = strrchr(name, '/');

    if (slash != NULL)
        mkdir(wva_fs_dirname(&f->arena, path), 0700);
    check_ok(wva_fs_write_atomic(path, data, len, 0600, &f->err), &f->err);
    return path;
}

const char *write_file(struct fixture *f, const char *name, const char *text)
{
    return write_bytes(f, name, text, strlen(text));
}

void set_var(struct fixture *f, const char *variable)
{
    size_t i = 0;

    while (f->vars[i] != NULL)
        i++;
    check(i < FIXTURE_VARS_MAX);
    f->vars[i] = in_dir(f, variable);
}

void load(struct fixture *f)
{
    wva_kube_config_done(&f->config);
    check_ok(wva_kube_config_load(&f->arena, &f->flags, &f->env, &f->config, &f->err), &f->err);
}

void load_text(struct fixture *f, const char *text)
{
    f->flags.kubeconfig = write_file(f, "config", text);
    load(f);
}

void load_fails(struct fixture *f, enum wva_code code, const char *message, const char *hint)
{
    struct wva_kube_config untouched;

    memset(&untouched, 0x5a, sizeof(untouched));
    struct wva_kube_config config = untouched;
    check(wva_kube_config_load(&f->arena, &f->flags, &f->env, &config, &f->err) < 0);
    check_str(f->err.msg, in_dir(f, message));
    check_str(f->err.hint, in_dir(f, hint));
    check_int(f->err.code, code);
    check(memcmp(&config, &untouched, sizeof(config)) == 0);
    wva_error_clear(&f->err);
}

void load_text_fails(struct fixture *f, const char *text, const char *message, const char *hint)
{
    f->flags.kubeconfig = write_file(f, "config", text);
    load_fails(f, WVA_E_CONFIG, message, hint);
}

const char *one(struct fixture *f, const char *cluster, const char *user)
{
    return wva_arena_printf(&f->arena,
                            "apiVersion: v1\n"
                            "kind: Config\n"
                            "current-context: here\n"
                            "contexts:\n"
                            "- {name: here, context: {cluster: k, user: jane}}\n"
                            "clusters:\n"
                            "- name: k\n"
                            "  cluster: {%s}\n"
                            "users:\n"
                            "- name: jane\n"
                            "  user: {%s}\n",
                            cluster, user);
}
