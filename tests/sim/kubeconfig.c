// SPDX-License-Identifier: Apache-2.0
// The kubeconfig, written as text: a test of the client's YAML reader should not depend on its
// writer.

#include "kubeconfig.h"
#include "api_users.h"

#include "wva/util/buf.h"
#include "wva/util/encode.h"
#include "wva/util/fs.h"
#include "wva/util/mem.h"

#include <string.h>

#define FILE_MAX_BYTES ((size_t)64 << 10)
#define TEXT_MAX       ((size_t)256 << 10)

struct login {
    const char *name; /* of the context and the user */
    const char *cluster;
    const char *namespace_;
    const char *user; /* YAML, indented by four */
};

static const struct login logins[] = {
    {"token", "sim", "default", "    token: " SIM_TOKEN_ADMIN "\n"},
    {"tokenfile", "sim", "default", "    tokenFile: token\n"},
    {"basic", "sim", "default",
     "    username: " SIM_BASIC_USER "\n    password: " SIM_BASIC_PASSWORD "\n"},
    {"exec", "sim", "default",
     "    exec:\n"
     "      apiVersion: client.authentication.k8s.io/v1\n"
     "      command: ./exec-credential\n"
     "      interactiveMode: Never\n"},
    {"user", "sim", SIM_USER_NAMESPACE, "    token: " SIM_TOKEN_USER "\n"},
    {"viewer", "sim", SIM_USER_NAMESPACE, "    token: " SIM_TOKEN_VIEWER "\n"},
    {"nobody", "sim", SIM_USER_NAMESPACE, "    token: " SIM_TOKEN_NOBODY "\n"},
    {"badtoken", "sim", "default", "    token: expired-token\n"},
    {"anonymous", "sim", "default", NULL},
    {"untrusted", "untrusted", "default", "    token: " SIM_TOKEN_ADMIN "\n"},
    {"insecure", "insecure", "default", "    token: " SIM_TOKEN_ADMIN "\n"},
};

static const char exec_script[] =
    "#!/bin/sh\n"
    "printf '%s' '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\","
    "\"status\":{\"token\":\"" SIM_TOKEN_EXEC "\"}}'\n";

static int read_base64(struct wva_arena *arena, const char *dir, const char *name, const char **ret,
                       struct wva_error *err)
{
    char *text = NULL;
    size_t len = 0;
    if (wva_fs_read(wva_fs_join(arena, dir, name), FILE_MAX_BYTES, arena, &text, &len, err) < 0)
        return -1;
    *ret = wva_base64_encode(arena, text, len);
    return 0;
}

static void put_clusters(struct wva_buf *out, const char *server, const char *ca)
{
    wva_buf_puts(out, "clusters:\n");
    wva_buf_printf(out,
                   "- name: sim\n  cluster:\n    server: %s\n"
                   "    certificate-authority-data: %s\n",
                   server, ca);
    wva_buf_printf(out,
                   "- name: untrusted\n  cluster:\n    server: %s\n"
                   "    certificate-authority: other-ca.crt\n",
                   server);
    wva_buf_printf(out,
                   "- name: insecure\n  cluster:\n    server: %s\n"
                   "    insecure-skip-tls-verify: true\n",
                   server);
}

static void put_contexts(struct wva_buf *out)
{
    wva_buf_puts(out, "contexts:\n- name: admin\n  context:\n    cluster: sim\n    user: admin\n"
                      "    namespace: default\n");
    for (size_t i = 0; i < WVA_COUNT(logins); i++)
        wva_buf_printf(out,
                       "- name: %s\n  context:\n    cluster: %s\n    user: %s\n"
                       "    namespace: %s\n",
                       logins[i].name, logins[i].cluster, logins[i].name, logins[i].namespace_);
}

static void put_users(struct wva_buf *out, const char *certificate, const char *key)
{
    wva_buf_printf(out,
                   "users:\n- name: admin\n  user:\n    client-certificate-data: %s\n"
                   "    client-key-data: %s\n",
                   certificate, key);
    for (size_t i = 0; i < WVA_COUNT(logins); i++)
        wva_buf_printf(out, "- name: %s\n  user:%s%s", logins[i].name,
                       logins[i].user != NULL ? "\n" : " {}\n",
                       logins[i].user != NULL ? logins[i].user : "");
}

static int write_file(struct wva_arena *arena, const char *dir, const char *name, const char *text,
                      unsigned mode, struct wva_error *err)
{
    return wva_fs_write_atomic(wva_fs_join(arena, dir, name), text, strlen(text), mode, err);
}

int sim_kubeconfig_write(const struct sim *sim, unsigned port, struct wva_error *err)
{
    wva_auto_arena arena = {0};
    const char *dir = sim->options.state_dir;
    const char *ca = NULL;
    const char *certificate = NULL;
    const char *key = NULL;
    if (read_base64(&arena, dir, "ca.crt", &ca, err) < 0 ||
        read_base64(&arena, dir, "client.crt", &certificate, err) < 0 ||
        read_base64(&arena, dir, "client.key", &key, err) < 0)
        return -1;
    const char *server = wva_arena_printf(&arena, "%s://127.0.0.1:%u",
                                          sim->options.plain_http ? "http" : "https", port);
    wva_auto_buf out = WVA_BUF(TEXT_MAX);
    wva_buf_puts(&out, "apiVersion: v1\nkind: Config\ncurrent-context: admin\n");
    put_clusters(&out, server, ca);
    put_contexts(&out);
    put_users(&out, certificate, key);
    if (write_file(&arena, dir, "kubeconfig", wva_buf_str(&out), 0600, err) < 0 ||
        write_file(&arena, dir, "token", SIM_TOKEN_ADMIN "\n", 0600, err) < 0 ||
        write_file(&arena, dir, "exec-credential", exec_script, 0755, err) < 0)
        return -1;
    return write_file(&arena, dir, "server", server, 0644, err);
}
