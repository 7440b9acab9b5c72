// SPDX-License-Identifier: Apache-2.0
/* What is refused: the exact words, with file, line, entry and field, and never a secret. */
#include "kubeconfig_fixture.h"

#include "wva/util/buf.h"
#include "wva/util/mem.h"

/* What is wrong with a user entry, said in words. */
static const struct {
    const char *user;
    const char *message; /* after the place */
    const char *hint;
} user_cases[] = {
    {"token: 12345", " token must be a string, not a number (put it in quotes)", ""},
    {"token: [s3cret]", " token must be a string, not a list", ""},
    {"token: t, username: u", " both a token and a user name or password; keep one", ""},
    {"tokenFile: t, password: p", " both a token and a user name or password; keep one", ""},
    {"client-certificate-data: " CERT64, " a client certificate without a client key", ""},
    {"client-key-data: " KEY64, " a client key without a client certificate", ""},
    {"client-key-data: " KEY64 ", client-key: k", " both client-key and client-key-data; keep one",
     ""},
    {"client-certificate-data: '@@@@'", " client-certificate-data is not base64 (at byte 0)", ""},
    {"client-certificate-data: 'AAAA*AAA'", " client-certificate-data is not base64 (at byte 4)",
     ""},
    {"client-certificate-data: " KEY64, " client-certificate-data is not a PEM certificate", ""},
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
    {"as: bob, as-user-extra: {scopes: view}", " as-user-extra.scopes must be a list, not a string",
     ""},
};

static void test_refused_users(void **state)
{
    struct fixture *f = *state;

    write_file(f, "empty", "");
    write_file(f, "locked.key",
               "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n"
               "-----END ENCRYPTED PRIVATE KEY-----\n");
    for (size_t i = 0; i < WVA_COUNT(user_cases); i++) {
        bool io = strstr(user_cases[i].message, "cannot read") != NULL;
        f->flags.kubeconfig = write_file(f, "config", one(f, SERVER, user_cases[i].user));
        load_fails(f, io ? WVA_E_IO : WVA_E_CONFIG,
                   wva_arena_printf(&f->arena,
                                    "cannot use kubeconfig DIR/config: line 11: user \"jane\":%s",
                                    user_cases[i].message),
                   user_cases[i].hint);
    }
}

static const struct {
    const char *cluster;
    const char *message;
    const char *hint;
} cluster_cases[] = {
    {"", " no server", ""},
    {"server: ''", " no server", ""},
    {"server: 'api:6443'",
     " server: cannot use the URL \"api:6443\": it has no scheme such as https://",
     "write it as https://api:6443"},
    {"server: 'ftp://api'", " server: scheme \"ftp\" is neither https nor http", ""},
    {"server: 'https://me:s3cret@api'", " server: a user name or password has no place in the URL",
     ""},
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
    {SERVER ", proxy-url: 'proxy:3128'", " proxy-url has no scheme, must be http, https or socks5",
     ""},
};

static void test_refused_clusters(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < WVA_COUNT(cluster_cases); i++)
        load_text_fails(f, one(f, cluster_cases[i].cluster, ""),
                        wva_arena_printf(
                            &f->arena, "cannot use kubeconfig DIR/config: line 8: cluster \"k\":%s",
                            cluster_cases[i].message),
                        cluster_cases[i].hint);
}

static const struct {
    const char *text;
    const char *message;
    const char *hint;
} file_cases[] = {
    {"clusters: {}\n",
     "cannot use kubeconfig DIR/config: line 1: clusters must be a list, not a mapping", ""},
    {"users:\n- s3cret\n",
     "cannot use kubeconfig DIR/config: line 2: users must hold mappings, not a string", ""},
    {"users:\n- user: {}\n", "cannot use kubeconfig DIR/config: line 2: a user needs a name", ""},
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
    {"s3cret\n", "cannot use kubeconfig DIR/config: line 1: a mapping is wanted, not a string", ""},
    {"apiVersion: v1\nkind: Pod\n",
     "cannot use kubeconfig DIR/config: line 2: its kind is \"Pod\", not \"Config\"", ""},
    {"a: 1\n---\nb: 2\n", "cannot use kubeconfig DIR/config: it holds 2 YAML documents, not one",
     ""},
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

static void test_damaged_files(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < WVA_COUNT(file_cases); i++)
        load_text_fails(f, file_cases[i].text, file_cases[i].message, file_cases[i].hint);
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

    load_fails(f, WVA_E_CONFIG, "no kubeconfig found",
               "name one with --kubeconfig FILE or in KUBECONFIG");
    set_var(f, "HOME=DIR");
    load_fails(f, WVA_E_CONFIG, "no kubeconfig found: looked for DIR/.kube/config",
               "name one with --kubeconfig FILE or in KUBECONFIG");
    set_var(f, "KUBECONFIG=DIR/a:DIR/b");
    load_fails(f, WVA_E_CONFIG, "no kubeconfig found: looked for DIR/a:DIR/b",
               "name one with --kubeconfig FILE or in KUBECONFIG");
    f->flags.server = "https://api";
    f->flags.context = "x";
    load_fails(f, WVA_E_CONFIG, "no kubeconfig found: looked for DIR/a:DIR/b",
               "name one with --kubeconfig FILE or in KUBECONFIG");
    f->flags.kubeconfig = in_dir(f, "DIR/a");
    load_fails(f, WVA_E_CONFIG, "cannot use --kubeconfig: DIR/a does not exist", "");
    f->flags.kubeconfig = f->dir;
    load_fails(f, WVA_E_IO, "cannot use kubeconfig DIR: cannot read DIR: Is a directory", "");
}

static void test_unknown_names(void **state)
{
    struct fixture *f = *state;

    write_file(f, "b", "contexts: [{name: there}]\n");
    write_file(f, "a", one(f, SERVER, ""));
    set_var(f, "KUBECONFIG=DIR/a:DIR/b");

    f->flags.context = "her";
    load_fails(f, WVA_E_CONFIG, "cannot find context \"her\" in DIR/a, DIR/b",
               "did you mean \"here\"? contexts there: here, there");
    f->flags.context = NULL;
    f->flags.cluster = "zz";
    load_fails(f, WVA_E_CONFIG, "cannot find cluster \"zz\" in DIR/a, DIR/b", "clusters there: k");
    f->flags.cluster = NULL;
    f->flags.user = "zz";
    load_fails(f, WVA_E_CONFIG, "cannot find user \"zz\" in DIR/a, DIR/b", "users there: jane");
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
    load_fails(f, WVA_E_CONFIG,
               "cannot use --server: cannot use the URL \"api:6443\": it has no scheme such as "
               "https://",
               "write it as https://api:6443");
    f->flags.server = NULL;
    f->flags.request_timeout = "soon";
    load_fails(f, WVA_E_USAGE, "cannot read --request-timeout \"soon\"",
               "seconds or a duration: 30, 1m30s; 0 for none");
    f->flags.request_timeout = "-5";
    load_fails(f, WVA_E_USAGE, "cannot read --request-timeout \"-5\"",
               "seconds or a duration: 30, 1m30s; 0 for none");
    f->flags.request_timeout = NULL;
    f->flags.namespace_ = "a/../b";
    load_fails(f, WVA_E_CONFIG, "\"a/../b\" cannot be the name of a namespace", "");
    f->flags.namespace_ = NULL;
    const char *groups[] = {"g", NULL};
    f->flags.as_groups = groups;
    load_fails(f, WVA_E_CONFIG, "cannot impersonate a group, uid or extra value without a user",
               "add --as USER");
    f->flags.as_groups = NULL;
    f->flags.client_certificate = in_dir(f, "DIR/config");
    load_fails(f, WVA_E_CONFIG,
               "cannot use --client-certificate: it is not a PEM certificate: DIR/config", "");
    f->flags.client_certificate = in_dir(f, "DIR/nope");
    load_fails(f, WVA_E_IO,
               "cannot use --client-certificate: cannot read DIR/nope: No such file or directory",
               "");
    f->flags =
        (struct wva_kube_flags){.server = "https://api", .client_key = write_file(f, "key", KEY)};
    load_fails(f, WVA_E_CONFIG,
               "cannot use the command line: a client key without a client certificate", "");
}

static const struct CMUnitTest tests[] = {
    FIXTURE_TEST(refused_users),
    FIXTURE_TEST(refused_clusters),
    FIXTURE_TEST(damaged_files),
    FIXTURE_TEST(unreadable_yaml),
    FIXTURE_TEST(missing_files),
    FIXTURE_TEST(unknown_names),
    FIXTURE_TEST(long_list_of_names_is_cut),
    FIXTURE_TEST(bad_flags),
};

WVA_TEST_MAIN(tests)
