// SPDX-License-Identifier: Apache-2.0
/* Kubeconfig files written into a folder of their own, read with an environment made up here. */
#include "support/wva_test.h"

#include "kube/kubeconfig_priv.h"
#include "wva/util/buf.h"
#include "wva/util/encode.h"
#include "wva/util/fs.h"
#include "wva/util/mem.h"

#include <ftw.h>
#include <stdio.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define CERT "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"
#define KEY  "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n"

/* The same, in base64. */
#define CERT64 "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCkFBPT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo="
#define KEY64  "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCkFBPT0KLS0tLS1FTkQgUFJJVkFURSBLRVktLS0tLQo="

#define ENV_MAX 8

struct fixture {
    char dir[64];
    struct wva_arena arena;
    const char *vars[ENV_MAX + 1]; /* "NAME=value" */
    struct wva_env env;
    struct wva_kube_flags flags;
    struct wva_kube_config config;
    struct wva_error err;
};

static const char *get_var(void *ctx, const char *name)
{
    struct fixture *f = ctx;
    size_t len = strlen(name);

    for (size_t i = 0; f->vars[i] != NULL; i++) {
        if (strncmp(f->vars[i], name, len) == 0 && f->vars[i][len] == '=')
            return f->vars[i] + len + 1;
    }
    return NULL;
}

static int set_up(void **state)
{
    struct fixture *f = wva_xcalloc(1, sizeof(*f));

    snprintf(f->dir, sizeof(f->dir), "/tmp/wva-kubeconfig-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    f->env = (struct wva_env){.get = get_var, .ctx = f, .service_account_dir = "/nonexistent"};
    *state = f;
    return 0;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info;
    (void)type;
    (void)walk;
    return remove(path);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    wva_kube_config_done(&f->config);
    wva_arena_done(&f->arena);
    free(f);
    return 0;
}

/* "DIR" in `text` becomes the test's folder. */
static const char *in_dir(struct fixture *f, const char *text)
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

static const char *write_bytes(struct fixture *f, const char *name, const void *data, size_t len)
{
    const char *path = wva_fs_join(&f->arena, f->dir, name);
    char *slash = strrchr(name, '/');

    if (slash != NULL)
        mkdir(wva_fs_dirname(&f->arena, path), 0700);
    check_ok(wva_fs_write_atomic(path, data, len, 0600, &f->err), &f->err);
    return path;
}

static const char *write_file(struct fixture *f, const char *name, const char *text)
{
    return write_bytes(f, name, text, strlen(text));
}

static void set_var(struct fixture *f, const char *variable)
{
    size_t i = 0;

    while (f->vars[i] != NULL)
        i++;
    check(i < ENV_MAX);
    f->vars[i] = in_dir(f, variable);
}

static void load(struct fixture *f)
{
    wva_kube_config_done(&f->config);
    check_ok(wva_kube_config_load(&f->arena, &f->flags, &f->env, &f->config, &f->err), &f->err);
}

static void load_text(struct fixture *f, const char *text)
{
    f->flags.kubeconfig = write_file(f, "config", text);
    load(f);
}

/* The whole message, and that nothing was handed out. */
static void fails(struct fixture *f, enum wva_code code, const char *message, const char *hint)
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

static void text_fails(struct fixture *f, const char *text, const char *message, const char *hint)
{
    f->flags.kubeconfig = write_file(f, "config", text);
    fails(f, WVA_E_CONFIG, message, hint);
}

static void check_secret(const struct wva_secret *secret, const char *wanted)
{
    if (wanted[0] == '\0') {
        check(secret->data == NULL || secret->len == 0);
        return;
    }
    check_int(secret->len, strlen(wanted));
    check_str(secret->data, wanted);
}

/* A config with one context "here" of cluster "k" and user "jane", whose fields are given in flow
 * style. */
static const char *one(struct fixture *f, const char *cluster, const char *user)
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

#define SERVER "server: 'https://api:6443'"

static void test_reads_all_fields(void **state)
{
    struct fixture *f = *state;

    write_file(f, "pki/ca.crt", CERT);
    load_text(f, "apiVersion: v1\n"
                 "kind: Config\n"
                 "preferences: {}\n"
                 "current-context: here\n"
                 "contexts:\n"
                 "- name: here\n"
                 "  context: {cluster: k, user: jane, namespace: team-a}\n"
                 "clusters:\n"
                 "- name: k\n"
                 "  cluster:\n"
                 "    server: https://api.example:6443/k8s/clusters/c-1/\n"
                 "    certificate-authority: pki/ca.crt\n"
                 "    tls-server-name: api.internal\n"
                 "    disable-compression: true\n"
                 "users:\n"
                 "- name: jane\n"
                 "  user:\n"
                 "    client-certificate-data: " CERT64 "\n"
                 "    client-key-data: " KEY64 "\n"
                 "    token: s3cret\n"
                 "    as: bob\n"
                 "    as-uid: '42'\n"
                 "    as-groups: [dev, ops]\n"
                 "    as-user-extra: {scopes: [view, edit], why: [because]}\n");

    check_str(f->config.context, "here");
    check_str(f->config.cluster, "k");
    check_str(f->config.user, "jane");
    check_str(f->config.namespace_, "team-a");
    check(f->config.namespace_given);
    check_str(f->config.server, "https://api.example:6443/k8s/clusters/c-1");
    check_str(f->config.tls_server_name, "api.internal");
    check_str(f->config.ca_pem, CERT);
    check_int(f->config.ca_pem_len, strlen(CERT));
    check(!f->config.insecure);
    check(f->config.disable_compression);
    check_int(f->config.request_timeout_ms, 0);
    check(f->config.proxy == NULL);
    check_secret(&f->config.token, "s3cret");
    check_secret(&f->config.client_cert, CERT);
    check_secret(&f->config.client_key, KEY);
    check_secret(&f->config.basic, "");
    check(f->config.exec == NULL);
    check_str(f->config.as, "bob");
    check_str(f->config.as_uid, "42");
    check_str(f->config.as_groups[0], "dev");
    check_str(f->config.as_groups[1], "ops");
    check(f->config.as_groups[2] == NULL);
    check_str(f->config.as_extra[0], "scopes=view");
    check_str(f->config.as_extra[1], "scopes=edit");
    check_str(f->config.as_extra[2], "why=because");
    check(f->config.as_extra[3] == NULL);
}

static void test_home_is_the_default(void **state)
{
    struct fixture *f = *state;

    set_var(f, "HOME=DIR");
    write_file(f, ".kube/config", one(f, SERVER, ""));
    load(f);
    check_str(f->config.server, "https://api:6443");
    check_str(f->config.namespace_, "default");
    check(!f->config.namespace_given);
    check(f->config.as_groups == NULL);
    check(f->config.as_extra == NULL);
}

static void test_first_file_wins_whole_entry(void **state)
{
    struct fixture *f = *state;

    write_file(f, "a",
               "current-context: ''\n"
               "clusters:\n"
               "- {name: k, cluster: {server: 'https://a'}}\n");
    write_file(f, "b",
               "current-context: from-b\n"
               "clusters:\n"
               "- {name: k, cluster: {server: 'https://b', tls-server-name: b}}\n"
               "contexts:\n"
               "- {name: from-b, context: {cluster: k, user: u}}\n"
               "users:\n"
               "- {name: u, user: {token: tb}}\n");
    write_file(f, "c", "current-context: from-c\n");
    set_var(f, "KUBECONFIG=:DIR/missing:DIR/a:DIR/b::DIR/a:DIR/c");
    set_var(f, "HOME=/nonexistent");
    load(f);

    check_str(f->config.context, "from-b");
    check_str(f->config.server, "https://a");
    check(f->config.tls_server_name == NULL);
    check_secret(&f->config.token, "tb");
}

static void test_paths_start_at_the_file(void **state)
{
    struct fixture *f = *state;

    write_file(f, "one/ca.crt", CERT);
    write_file(f, "one/config",
               "clusters:\n"
               "- {name: k, cluster: {server: 'https://a', certificate-authority: ca.crt}}\n");
    write_file(f, "two/me.crt", CERT);
    write_file(f, "two/me.key", KEY);
    write_file(f, "two/config",
               "current-context: x\n"
               "contexts: [{name: x, context: {cluster: k, user: u}}]\n"
               "users:\n"
               "- name: u\n"
               "  user: {client-certificate: me.crt, client-key: ../two/me.key, tokenFile: tok}\n");
    set_var(f, "KUBECONFIG=DIR/one/config:DIR/two/config");
    load(f);

    check_str(f->config.ca_pem, CERT);
    check_secret(&f->config.client_cert, CERT);
    check_secret(&f->config.client_key, KEY);
    check_str(f->config.token_file, in_dir(f, "DIR/two/tok"));
}

static void test_flags_override(void **state)
{
    struct fixture *f = *state;
    const char *groups[] = {"admins", NULL};

    write_file(f, "flag.crt", CERT);
    write_file(f, "flag.key", KEY);
    f->flags = (struct wva_kube_flags){
        .server = "https://[::1]:8443/",
        .token = "flag-token",
        .namespace_ = "flag-ns",
        .as = "alice",
        .as_groups = groups,
        .client_certificate = in_dir(f, "DIR/flag.crt"),
        .client_key = in_dir(f, "DIR/flag.key"),
        .insecure_skip_tls_verify = true,
        .disable_compression = true,
        .request_timeout = "1m30s",
    };
    load_text(f, one(f, SERVER ", tls-server-name: old, certificate-authority: missing.crt",
                     "tokenFile: missing, username: u, as-groups: [g], exec: {}"));

    check_str(f->config.server, "https://[::1]:8443");
    check(f->config.tls_server_name == NULL);
    check(f->config.insecure);
    check(f->config.ca_pem == NULL);
    check_secret(&f->config.token, "flag-token");
    check(f->config.token_file == NULL);
    check_secret(&f->config.basic, "");
    check(f->config.exec == NULL);
    check_secret(&f->config.client_cert, CERT);
    check_secret(&f->config.client_key, KEY);
    check_str(f->config.namespace_, "flag-ns");
    check_str(f->config.as, "alice");
    check_str(f->config.as_groups[0], "admins");
    check(f->config.as_groups[1] == NULL);
    check(f->config.disable_compression);
    check_int(f->config.request_timeout_ms, 90000);
}

static void test_ca_flag_replaces_trust(void **state)
{
    struct fixture *f = *state;

    f->flags.certificate_authority = write_file(f, "flag.crt", "x" CERT);
    f->flags.tls_server_name = "other";
    load_text(f, one(f, SERVER ", insecure-skip-tls-verify: true", ""));
    check(!f->config.insecure);
    check_str(f->config.ca_pem, "x" CERT);
    check_str(f->config.tls_server_name, "other");

    f->flags.insecure_skip_tls_verify = true;
    fails(f, WVA_E_CONFIG,
          "cannot use --certificate-authority together with --insecure-skip-tls-verify: one trusts "
          "what the other does not look at",
          "");
}

static void test_flags_pick_entries(void **state)
{
    struct fixture *f = *state;
    const char *text = "contexts:\n"
                       "- {name: dev, context: {cluster: k1, user: u1}}\n"
                       "clusters:\n"
                       "- {name: k1, cluster: {server: 'https://one'}}\n"
                       "- {name: k2, cluster: {server: 'https://two'}}\n"
                       "users:\n"
                       "- {name: u1, user: {token: t1}}\n"
                       "- {name: u2, user: {username: u, password: p}}\n";

    f->flags.context = "dev";
    load_text(f, text);
    check_str(f->config.server, "https://one");

    f->flags.cluster = "k2";
    f->flags.user = "u2";
    load_text(f, text);
    check_str(f->config.context, "dev");
    check_str(f->config.cluster, "k2");
    check_str(f->config.server, "https://two");
    check_secret(&f->config.token, "");
    check_secret(&f->config.basic, "u:p");

    f->flags.context = NULL;
    f->flags.user = NULL;
    load_text(f, text);
    check_str(f->config.context, "");
    check_str(f->config.user, "");
    check_str(f->config.server, "https://two");
}

static void test_server_flag_needs_no_file(void **state)
{
    struct fixture *f = *state;

    f->flags.server = "https://api";
    f->flags.token = "t";
    load(f);
    check_str(f->config.server, "https://api");
    check_str(f->config.cluster, "");
    check_secret(&f->config.token, "t");
}

static void test_nothing_secret_over_http(void **state)
{
    struct fixture *f = *state;

    load_text(f, one(f, "server: 'http://127.0.0.1:8001'", "token: t, as: bob"));
    check_str(f->config.server, "http://127.0.0.1:8001");
    check_secret(&f->config.token, "");
    check_str(f->config.as, "bob");

    load_text(f, one(f, "server: 'http://127.0.0.1:8001'", "tokenFile: t"));
    check(f->config.token_file == NULL);
}

static void test_exec(void **state)
{
    struct fixture *f = *state;

    load_text(f, "current-context: x\n"
                 "contexts: [{name: x, context: {cluster: k, user: u}}]\n"
                 "clusters:\n"
                 "- name: k\n"
                 "  cluster:\n"
                 "    server: https://api\n"
                 "    extensions:\n"
                 "    - {name: other, extension: {no: no}}\n"
                 "    - {name: client.authentication.k8s.io/exec, extension: {audience: me}}\n"
                 "users:\n"
                 "- name: u\n"
                 "  user:\n"
                 "    exec:\n"
                 "      apiVersion: client.authentication.k8s.io/v1\n"
                 "      command: bin/login\n"
                 "      args: [get-token, --cluster, 'a b']\n"
                 "      env: [{name: A, value: '1'}, {name: B}]\n"
                 "      installHint: get it there\n"
                 "      interactiveMode: Never\n"
                 "      provideClusterInfo: true\n");

    const struct wva_exec_config *exec = f->config.exec;
    check_str(exec->api_version, "client.authentication.k8s.io/v1");
    check_str(exec->command, in_dir(f, "DIR/bin/login"));
    check_str(exec->args[2], "a b");
    check(exec->args[3] == NULL);
    check_str(exec->env[0], "A=1");
    check_str(exec->env[1], "B=");
    check(exec->env[2] == NULL);
    check_str(exec->install_hint, "get it there");
    check_str(exec->interactive_mode, "Never");
    check(exec->provide_cluster_info);
    check_str(wva_get_str(exec->cluster_extension, "audience"), "me");
}

static void test_exec_defaults(void **state)
{
    struct fixture *f = *state;

    load_text(f, one(f, SERVER,
                     "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: aws}"));
    check_str(f->config.exec->command, "aws");
    check_str(f->config.exec->interactive_mode, "IfAvailable");
    check(f->config.exec->args[0] == NULL);
    check(f->config.exec->env[0] == NULL);
    check(f->config.exec->install_hint == NULL);
    check(!f->config.exec->provide_cluster_info);
    check(f->config.exec->cluster_extension == NULL);
}

static void test_exec_only_without_static_credentials(void **state)
{
    struct fixture *f = *state;
    const char *others[] = {
        "token: t",
        "tokenFile: t",
        "username: u",
        "client-certificate-data: " CERT64 ", client-key-data: " KEY64,
    };

    for (size_t i = 0; i < WVA_COUNT(others); i++) {
        load_text(f,
                  one(f, SERVER, wva_arena_printf(&f->arena, "%s, exec: {command: x}", others[i])));
        check(f->config.exec == NULL);
    }
}

/* What is wrong with a user entry, said in words. */
static void test_refused_users(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *user;
        const char *message; /* after the place */
        const char *hint;
    } cases[] = {
        {"token: 12345", " token must be a string, not a number (put it in quotes)", ""},
        {"token: [s3cret]", " token must be a string, not a list", ""},
        {"token: t, username: u", " both a token and a user name or password; keep one", ""},
        {"tokenFile: t, password: p", " both a token and a user name or password; keep one", ""},
        {"client-certificate-data: " CERT64, " a client certificate without a client key", ""},
        {"client-key-data: " KEY64, " a client key without a client certificate", ""},
        {"client-key-data: " KEY64 ", client-key: k",
         " both client-key and client-key-data; keep one", ""},
        {"client-certificate-data: '@@@@'", " client-certificate-data is not base64 (at byte 0)",
         ""},
        {"client-certificate-data: 'AAAA*AAA'",
         " client-certificate-data is not base64 (at byte 4)", ""},
        {"client-certificate-data: " KEY64, " client-certificate-data is not a PEM certificate",
         ""},
        {"client-certificate-data: AAAA", " client-certificate-data is not a PEM certificate", ""},
        {"client-certificate-data: " CERT64 ", client-key-data: " CERT64,
         " client-key-data is not a PEM private key", ""},
        {"client-key: nowhere.key",
         " client-key: cannot read DIR/nowhere.key: No such file or directory", ""},
        {"client-certificate: empty", " client-certificate is empty: DIR/empty", ""},
        {"client-certificate-data: " CERT64 ", client-key: locked.key",
         " client-key is encrypted with a passphrase, which is not supported: DIR/locked.key", ""},
        {"auth-provider: {name: gcp}",
         " auth-provider \"gcp\" is not supported; use a credential plugin (exec)",
         "install gke-gcloud-auth-plugin, then: gcloud container clusters get-credentials NAME"},
        {"auth-provider: {name: azure}",
         " auth-provider \"azure\" is not supported; use a credential plugin (exec)",
         "install kubelogin, then: kubelogin convert-kubeconfig"},
        {"auth-provider: {name: oidc}",
         " auth-provider \"oidc\" is not supported; use a credential plugin (exec)",
         "install the exec plugin and let it write the user entry: kubectl krew install "
         "oidc-login && kubectl oidc-login setup --oidc-issuer-url=URL --oidc-client-id=ID"},
        {"auth-provider: {name: openstack}",
         " auth-provider \"openstack\" is not supported; use a credential plugin (exec)", ""},
        {"auth-provider: {name: oidc}, exec: {}", " both exec and auth-provider; keep exec", ""},
        {"exec: yes", " exec must be a mapping, not true or false", ""},
        {"exec: {command: x}", " exec.apiVersion is missing; client.authentication.k8s.io/v1", ""},
        {"exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}",
         " exec.apiVersion \"client.authentication.k8s.io/v1alpha1\" is not supported; "
         "client.authentication.k8s.io/v1 or v1beta1",
         ""},
        {"exec: {apiVersion: client.authentication.k8s.io/v1}", " exec.command is missing", ""},
        {"exec: {apiVersion: client.authentication.k8s.io/v1, command: x}",
         " exec.interactiveMode is missing; v1 wants Never, IfAvailable or Always", ""},
        {"exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: never}",
         " exec.interactiveMode \"never\" is none of Never, IfAvailable, Always", ""},
        {"exec: {apiVersion: client.authentication.k8s.io/v1, command: x, args: [a, 8080]}",
         " exec.args must be a list of strings, but item 2 is a number", ""},
        {"exec: {apiVersion: client.authentication.k8s.io/v1, command: x, env: [A=b]}",
         " exec.env must hold mappings, not a string", ""},
        {"exec: {apiVersion: client.authentication.k8s.io/v1, command: x, env: [{value: b}]}",
         " exec.env.name must be the name of a variable", ""},
        {"as: bob, as-groups: dev", " as-groups must be a list, not a string", ""},
        {"as: bob, as-user-extra: {scopes: view}",
         " as-user-extra.scopes must be a list, not a string", ""},
    };

    write_file(f, "empty", "");
    write_file(f, "locked.key",
               "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n"
               "-----END ENCRYPTED PRIVATE KEY-----\n");
    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        bool io = strstr(cases[i].message, "cannot read") != NULL;
        f->flags.kubeconfig = write_file(f, "config", one(f, SERVER, cases[i].user));
        fails(f, io ? WVA_E_IO : WVA_E_CONFIG,
              wva_arena_printf(&f->arena,
                               "cannot use kubeconfig DIR/config: line 11: user \"jane\":%s",
                               cases[i].message),
              cases[i].hint);
    }
}

static void test_refused_clusters(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *cluster;
        const char *message;
        const char *hint;
    } cases[] = {
        {"", " no server", ""},
        {"server: ''", " no server", ""},
        {"server: 'api:6443'",
         " server: cannot use the URL \"api:6443\": it has no scheme such as https://",
         "write it as https://api:6443"},
        {"server: 'ftp://api'", " server: scheme \"ftp\" is neither https nor http", ""},
        {"server: 'https://me:s3cret@api'",
         " server: a user name or password has no place in the URL", ""},
        {SERVER ", insecure-skip-tls-verify: 'true'",
         " insecure-skip-tls-verify must be true or false, not a string", ""},
        {SERVER ", insecure-skip-tls-verify: true, certificate-authority-data: " CERT64,
         " both insecure-skip-tls-verify and a certificate authority; keep one", ""},
        {SERVER ", certificate-authority: a, certificate-authority-data: " CERT64,
         " both certificate-authority and certificate-authority-data; keep one", ""},
        {SERVER ", certificate-authority-data: 'LS0t LS0t'",
         " certificate-authority-data is not base64 (at byte 4)", ""},
        {SERVER ", certificate-authority-data: " KEY64,
         " certificate-authority-data is not a PEM certificate", ""},
        {SERVER ", proxy-url: 'ftp://me:s3cret@x'",
         " proxy-url has scheme \"ftp\", must be http, https or socks5", ""},
        {SERVER ", proxy-url: 'proxy:3128'",
         " proxy-url has no scheme, must be http, https or socks5", ""},
    };

    for (size_t i = 0; i < WVA_COUNT(cases); i++)
        text_fails(f, one(f, cases[i].cluster, ""),
                   wva_arena_printf(&f->arena,
                                    "cannot use kubeconfig DIR/config: line 8: cluster \"k\":%s",
                                    cases[i].message),
                   cases[i].hint);
}

static void test_damaged_files(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *text;
        const char *message;
        const char *hint;
    } cases[] = {
        {"clusters: {}\n",
         "cannot use kubeconfig DIR/config: line 1: clusters must be a list, not a mapping", ""},
        {"users:\n- s3cret\n",
         "cannot use kubeconfig DIR/config: line 2: users must hold mappings, not a string", ""},
        {"users:\n- user: {}\n", "cannot use kubeconfig DIR/config: line 2: a user needs a name",
         ""},
        {"contexts:\n- context: {}\n  name: 7\n",
         "cannot use kubeconfig DIR/config: line 3: a context needs a name that is a string (put "
         "it in quotes)",
         ""},
        {"clusters:\n- {name: a}\n- {name: a}\n",
         "cannot use kubeconfig DIR/config: line 3: a second cluster \"a\"", ""},
        {"clusters:\n- {name: a, cluster: x}\n",
         "cannot use kubeconfig DIR/config: line 2: cluster of cluster \"a\" must be a mapping, "
         "not a string",
         ""},
        {"current-context: 5\n",
         "cannot use kubeconfig DIR/config: line 1: current-context must be a string, not a number "
         "(put it in quotes)",
         ""},
        {"- a\n", "cannot use kubeconfig DIR/config: line 1: a mapping is wanted, not a list", ""},
        {"s3cret\n", "cannot use kubeconfig DIR/config: line 1: a mapping is wanted, not a string",
         ""},
        {"apiVersion: v1\nkind: Pod\n",
         "cannot use kubeconfig DIR/config: line 2: its kind is \"Pod\", not \"Config\"", ""},
        {"a: 1\n---\nb: 2\n",
         "cannot use kubeconfig DIR/config: it holds 2 YAML documents, not one", ""},
        {"", "no current context is set in DIR/config",
         "choose one with --context NAME or: kubectl config use-context NAME; there are no "
         "contexts"},
        {"# nothing\n", "no current context is set in DIR/config",
         "choose one with --context NAME or: kubectl config use-context NAME; there are no "
         "contexts"},
        {"contexts: [{name: a}, {name: b}]\n", "no current context is set in DIR/config",
         "choose one with --context NAME or: kubectl config use-context NAME; contexts there: a, "
         "b"},
        {"current-context: prud\ncontexts: [{name: dev}, {name: prod}]\n",
         "cannot find the current context \"prud\" in DIR/config",
         "did you mean \"prod\"? contexts there: dev, prod"},
        {"current-context: a\ncontexts:\n- {name: a}\n",
         "cannot use kubeconfig DIR/config: line 3: context \"a\": cluster is missing", ""},
        {"current-context: a\ncontexts:\n- name: a\n  context: {cluster: k, user: u}\n"
         "clusters: [{name: other}]\n",
         "cannot use kubeconfig DIR/config: line 4: context \"a\": cluster \"k\" is not in "
         "DIR/config",
         "clusters there: other"},
        {"current-context: a\ncontexts:\n- name: a\n  context: {cluster: k, user: u}\n"
         "clusters: [{name: k}]\n",
         "cannot use kubeconfig DIR/config: line 4: context \"a\": user \"u\" is not in DIR/config",
         "there are no users"},
    };

    for (size_t i = 0; i < WVA_COUNT(cases); i++)
        text_fails(f, cases[i].text, cases[i].message, cases[i].hint);
}

/* What the YAML reader refuses carries the file and line, and never the text. */
static void test_unreadable_yaml(void **state)
{
    struct fixture *f = *state;
    static const char *const texts[] = {
        "users:\n- name: jane\n  user: {token: s3cret\n",
        "users:\n- name: jane\n  user: {token: s3cret, token: s3cret}\n",
        "users:\n- name: jane\n  user: {token: \"s3cret}\n",
        "users:\n  - a\n s3cret: b\n",
    };

    for (size_t i = 0; i < WVA_COUNT(texts); i++) {
        f->flags.kubeconfig = write_file(f, "config", texts[i]);
        check_fails(wva_kube_config_load(&f->arena, &f->flags, &f->env, &f->config, &f->err),
                    &f->err, WVA_E_INPUT, in_dir(f, "cannot use kubeconfig DIR/config: line "));
        check(strstr(f->err.msg, "s3cret") == NULL);
    }

    f->flags.kubeconfig = write_bytes(f, "config",
                                      "\x7f"
                                      "ELF\x02\x01\x00\xff\xfe",
                                      9);
    check_fails(wva_kube_config_load(&f->arena, &f->flags, &f->env, &f->config, &f->err), &f->err,
                WVA_E_INPUT, in_dir(f, "cannot use kubeconfig DIR/config: "));
}

static void test_missing_files(void **state)
{
    struct fixture *f = *state;

    fails(f, WVA_E_CONFIG, "no kubeconfig found",
          "name one with --kubeconfig FILE or in KUBECONFIG");
    set_var(f, "HOME=DIR");
    fails(f, WVA_E_CONFIG, "no kubeconfig found: looked for DIR/.kube/config",
          "name one with --kubeconfig FILE or in KUBECONFIG");
    set_var(f, "KUBECONFIG=DIR/a:DIR/b");
    fails(f, WVA_E_CONFIG, "no kubeconfig found: looked for DIR/a:DIR/b",
          "name one with --kubeconfig FILE or in KUBECONFIG");
    f->flags.server = "https://api";
    f->flags.context = "x";
    fails(f, WVA_E_CONFIG, "no kubeconfig found: looked for DIR/a:DIR/b",
          "name one with --kubeconfig FILE or in KUBECONFIG");
    f->flags.kubeconfig = in_dir(f, "DIR/a");
    fails(f, WVA_E_CONFIG, "cannot use --kubeconfig: DIR/a does not exist", "");
    f->flags.kubeconfig = f->dir;
    fails(f, WVA_E_IO, "cannot use kubeconfig DIR: cannot read DIR: Is a directory", "");
}

static void test_unknown_names(void **state)
{
    struct fixture *f = *state;

    write_file(f, "b", "contexts: [{name: there}]\n");
    write_file(f, "a", one(f, SERVER, ""));
    set_var(f, "KUBECONFIG=DIR/a:DIR/b");

    f->flags.context = "her";
    fails(f, WVA_E_CONFIG, "cannot find context \"her\" in DIR/a, DIR/b",
          "did you mean \"here\"? contexts there: here, there");
    f->flags.context = NULL;
    f->flags.cluster = "zz";
    fails(f, WVA_E_CONFIG, "cannot find cluster \"zz\" in DIR/a, DIR/b", "clusters there: k");
    f->flags.cluster = NULL;
    f->flags.user = "zz";
    fails(f, WVA_E_CONFIG, "cannot find user \"zz\" in DIR/a, DIR/b", "users there: jane");
}

static void test_long_list_of_names_is_cut(void **state)
{
    struct fixture *f = *state;
    wva_auto_buf text = WVA_BUF(64 << 10);

    wva_buf_puts(&text, "contexts:\n");
    for (int i = 0; i < 100; i++)
        wva_buf_printf(&text, "- {name: context-number-%02d}\n", i);
    f->flags.kubeconfig = write_file(f, "config", wva_buf_str(&text));
    f->flags.context = "something else";
    check_fails(wva_kube_config_load(&f->arena, &f->flags, &f->env, &f->config, &f->err), &f->err,
                WVA_E_CONFIG, "cannot find context \"something else\"");

    check(wva_kube_config_load(&f->arena, &f->flags, &f->env, &f->config, &f->err) < 0);
    check_has(f->err.hint, "contexts there: context-number-00, context-number-01, ");
    check_has(f->err.hint, " and 85 more");
    wva_error_clear(&f->err);
}

static void test_bad_flags(void **state)
{
    struct fixture *f = *state;

    f->flags.kubeconfig = write_file(f, "config", one(f, SERVER, ""));
    f->flags.server = "api:6443";
    fails(f, WVA_E_CONFIG,
          "cannot use --server: cannot use the URL \"api:6443\": it has no scheme such as "
          "https://",
          "write it as https://api:6443");
    f->flags.server = NULL;
    f->flags.request_timeout = "soon";
    fails(f, WVA_E_USAGE, "cannot read --request-timeout \"soon\"",
          "seconds or a duration: 30, 1m30s; 0 for none");
    f->flags.request_timeout = "-5";
    fails(f, WVA_E_USAGE, "cannot read --request-timeout \"-5\"",
          "seconds or a duration: 30, 1m30s; 0 for none");
    f->flags.request_timeout = NULL;
    f->flags.namespace_ = "a/../b";
    fails(f, WVA_E_CONFIG, "\"a/../b\" cannot be the name of a namespace", "");
    f->flags.namespace_ = NULL;
    const char *groups[] = {"g", NULL};
    f->flags.as_groups = groups;
    fails(f, WVA_E_CONFIG, "cannot impersonate a group, uid or extra value without a user",
          "add --as USER");
    f->flags.as_groups = NULL;
    f->flags.client_certificate = in_dir(f, "DIR/config");
    fails(f, WVA_E_CONFIG,
          "cannot use --client-certificate: it is not a PEM certificate: DIR/config", "");
    f->flags.client_certificate = in_dir(f, "DIR/nope");
    fails(f, WVA_E_IO,
          "cannot use --client-certificate: cannot read DIR/nope: No such file or directory", "");
    f->flags =
        (struct wva_kube_flags){.server = "https://api", .client_key = write_file(f, "key", KEY)};
    fails(f, WVA_E_CONFIG, "cannot use the command line: a client key without a client certificate",
          "");
}

static void test_timeouts(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {{"0", 0}, {"30", 30000}, {"1m30s", 90000}, {"250ms", 250}, {"", 0}};

    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        f->flags.request_timeout = cases[i].text;
        load_text(f, one(f, SERVER, ""));
        check_int(f->config.request_timeout_ms, cases[i].ms);
    }
}

static void test_proxies(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *cluster;
        const char *vars[3];
        const char *proxy; /* NULL: none */
    } cases[] = {
        {SERVER ", proxy-url: 'http://p:1'", {"HTTPS_PROXY=http://q:2"}, "http://p:1"},
        {SERVER ", proxy-url: 'http://p:1'", {"NO_PROXY=api"}, "http://p:1"},
        {SERVER ", proxy-url: 'socks5://p:1'", {NULL}, "socks5h://p:1"},
        {SERVER, {"HTTPS_PROXY=http://q:2", "https_proxy=http://r:3"}, "http://q:2"},
        {SERVER, {"HTTPS_PROXY=", "https_proxy=http://r:3"}, "http://r:3"},
        {SERVER, {"HTTPS_PROXY=q:2"}, "http://q:2"},
        {SERVER, {"HTTPS_PROXY=http://q:2", "no_proxy=example.com,api"}, NULL},
        {SERVER, {"HTTP_PROXY=http://q:2", "ALL_PROXY=http://r:3"}, NULL},
        {"server: 'http://api'", {"HTTP_PROXY=http://q:2"}, "http://q:2"},
        {"server: 'https://127.0.0.1:6443'", {"HTTPS_PROXY=http://q:2"}, NULL},
    };

    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        memset(f->vars, 0, sizeof(f->vars));
        for (size_t j = 0; cases[i].vars[j] != NULL; j++)
            set_var(f, cases[i].vars[j]);
        load_text(f, one(f, cases[i].cluster, ""));
        if (cases[i].proxy == NULL)
            check(f->config.proxy == NULL);
        else
            check_str(f->config.proxy, cases[i].proxy);
    }

    memset(f->vars, 0, sizeof(f->vars));
    set_var(f, "https_proxy=ftp://me:s3cret@x");
    f->flags.kubeconfig = write_file(f, "config", one(f, SERVER, ""));
    fails(f, WVA_E_CONFIG,
          "cannot use the proxy in https_proxy: scheme \"ftp\", must be http, https or socks5", "");
}

static void test_in_cluster(void **state)
{
    struct fixture *f = *state;

    write_file(f, "sa/token", "pod-token\n");
    write_file(f, "sa/namespace", "pod-ns\n");
    f->env.service_account_dir = in_dir(f, "DIR/sa");
    fails(f, WVA_E_CONFIG, "no kubeconfig found",
          "name one with --kubeconfig FILE or in KUBECONFIG");

    set_var(f, "KUBERNETES_SERVICE_HOST=fd00::1");
    set_var(f, "KUBERNETES_SERVICE_PORT=443");
    load(f);
    check_str(f->config.server, "https://[fd00::1]");
    check_str(f->config.context, "");
    check_str(f->config.cluster, "");
    check_str(f->config.user, "");
    check_str(f->config.namespace_, "pod-ns");
    check(!f->config.namespace_given);
    check_str(f->config.token_file, in_dir(f, "DIR/sa/token"));
    check(f->config.ca_pem == NULL);

    f->flags.user = "jane";
    fails(f, WVA_E_CONFIG, "cannot find user \"jane\" in the pod's service account",
          "users there: in-cluster");
    f->flags.user = NULL;

    write_file(f, "sa/ca.crt", CERT);
    set_var(f, "POD_NAMESPACE=other");
    f->flags.kubeconfig = write_file(f, "config", "contexts: []\n");
    load(f);
    check_str(f->config.ca_pem, CERT);
    check_str(f->config.namespace_, "other");

    f->flags.namespace_ = "mine";
    load(f);
    check_str(f->config.namespace_, "mine");
    check(f->config.namespace_given);

    load_text(f, one(f, SERVER, ""));
    check_str(f->config.server, "https://api:6443");
}

/* Keys stay, for they are no secrets; all else is gone, also where nobody would expect a secret. */
static void test_cleanse(void **state)
{
    struct fixture *f = *state;
    struct wva_value *tree = wva_object(&f->arena);
    struct wva_value *list = wva_array(&f->arena);
    struct wva_value *texts[] = {wva_string(&f->arena, "s3cret"), wva_int(&f->arena, 12345),
                                 wva_string(&f->arena, "deep"), wva_string(&f->arena, "")};

    wva_object_set(&f->arena, tree, "token", texts[0]);
    wva_object_set(&f->arena, tree, "number", texts[1]);
    wva_object_set(&f->arena, tree, "list", list);
    wva_object_set(&f->arena, tree, "nothing", wva_null(&f->arena));
    wva_array_append(&f->arena, list, texts[2]);
    wva_array_append(&f->arena, list, texts[3]);

    wva_kubeconfig_cleanse(tree);
    wva_kubeconfig_cleanse(NULL);
    for (size_t i = 0; i < WVA_COUNT(texts); i++) {
        for (size_t j = 0; j < texts[i]->len; j++)
            check_int(texts[i]->text[j], 0);
    }
    check_int(texts[0]->len, 6);
    check(wva_object_get(tree, "token") == texts[0]);
}

/* The server's port is kept unless it is the scheme's own, the path without its last '/'. */
static void test_server_is_normalized(void **state)
{
    struct fixture *f = *state;
    static const char *const cases[][2] = {
        {"https://API.example", "https://api.example"},
        {"https://api:443/", "https://api"},
        {"http://api:443", "http://api:443"},
        {"https://api:6443/p/q/", "https://api:6443/p/q"},
        {"https://[fd00::1]:6443", "https://[fd00::1]:6443"},
    };

    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        f->flags.server = cases[i][0];
        load(f);
        if (strcasecmp(f->config.server, cases[i][1]) != 0)
            fail_msg("%s became %s", cases[i][0], f->config.server);
    }
}

static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)
    T(reads_all_fields),
    T(home_is_the_default),
    T(first_file_wins_whole_entry),
    T(paths_start_at_the_file),
    T(flags_override),
    T(ca_flag_replaces_trust),
    T(flags_pick_entries),
    T(server_flag_needs_no_file),
    T(nothing_secret_over_http),
    T(exec),
    T(exec_defaults),
    T(exec_only_without_static_credentials),
    T(refused_users),
    T(refused_clusters),
    T(damaged_files),
    T(unreadable_yaml),
    T(missing_files),
    T(unknown_names),
    T(long_list_of_names_is_cut),
    T(bad_flags),
    T(timeouts),
    T(proxies),
    T(in_cluster),
    T(server_is_normalized),
    T(cleanse),
#undef T
};

WVA_TEST_MAIN(tests)
