// SPDX-License-Identifier: Apache-2.0
/* What is read out of kubeconfigs, flags and environment. */
#include "kubeconfig_fixture.h"

#include "kube/kubeconfig_priv.h"
#include "wva/util/mem.h"

#include <strings.h>

static void check_secret(const struct wva_secret *secret, const char *wanted)
{
    if (wanted[0] == '\0') {
        check(secret->data == NULL || secret->len == 0);
        return;
    }
    check_int(secret->len, strlen(wanted));
    check_str(secret->data, wanted);
}

static const char all_fields[] = "apiVersion: v1\n"
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
                                 "    as-user-extra: {scopes: [view, edit], why: [because]}\n";

static void test_reads_all_fields(void **state)
{
    struct fixture *f = *state;

    write_file(f, "pki/ca.crt", CERT);
    load_text(f, all_fields);

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
    load_fails(
        f, WVA_E_CONFIG,
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
    check(f->config.credentials_dropped);
    check_str(f->config.as, "bob");

    load_text(f, one(f, "server: 'http://127.0.0.1:8001'", "tokenFile: t"));
    check(f->config.token_file == NULL);
    check(f->config.credentials_dropped);

    load_text(f, one(f, "server: 'http://127.0.0.1:8001'", "as: bob"));
    check(!f->config.credentials_dropped);
    load_text(f, one(f, "server: 'https://127.0.0.1:8001'", "token: t"));
    check(!f->config.credentials_dropped);
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
    load_fails(f, WVA_E_CONFIG,
               "cannot use the proxy in https_proxy: scheme \"ftp\", must be http, https or socks5",
               "");
}

static void test_in_cluster(void **state)
{
    struct fixture *f = *state;

    write_file(f, "sa/token", "pod-token\n");
    write_file(f, "sa/namespace", "pod-ns\n");
    f->env.service_account_dir = in_dir(f, "DIR/sa");
    load_fails(f, WVA_E_CONFIG, "no kubeconfig found",
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
    load_fails(f, WVA_E_CONFIG, "cannot find user \"jane\" in the pod's service account",
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

static void check_namespace(struct fixture *f, const char *wanted)
{
    const char *got = NULL;

    check_ok(wva_kube_config_namespace(&f->arena, &f->flags, &f->env, &got, &f->err), &f->err);
    check_str(got, wanted);
}

/* Clusters and users are not looked at: there are none. */
static void test_namespace_alone(void **state)
{
    struct fixture *f = *state;
    const char *untouched = "untouched";

    check_namespace(f, "default");
    f->flags.kubeconfig = write_file(f, "config",
                                     "current-context: a\n"
                                     "contexts:\n"
                                     "- {name: a, context: {cluster: none, namespace: bench}}\n"
                                     "- {name: b, context: {cluster: none, user: none}}\n");
    check_namespace(f, "bench");
    f->flags.context = "b";
    check_namespace(f, "default");
    f->flags.namespace_ = "given";
    check_namespace(f, "given");
    f->flags.context = "c";
    check_fails(wva_kube_config_namespace(&f->arena, &f->flags, &f->env, &untouched, &f->err),
                &f->err, WVA_E_CONFIG, "cannot find context \"c\"");
    check_str(untouched, "untouched");
}

static const struct CMUnitTest tests[] = {
    FIXTURE_TEST(reads_all_fields),
    FIXTURE_TEST(home_is_the_default),
    FIXTURE_TEST(first_file_wins_whole_entry),
    FIXTURE_TEST(paths_start_at_the_file),
    FIXTURE_TEST(flags_override),
    FIXTURE_TEST(ca_flag_replaces_trust),
    FIXTURE_TEST(flags_pick_entries),
    FIXTURE_TEST(server_flag_needs_no_file),
    FIXTURE_TEST(nothing_secret_over_http),
    FIXTURE_TEST(exec),
    FIXTURE_TEST(exec_defaults),
    FIXTURE_TEST(exec_only_without_static_credentials),
    FIXTURE_TEST(timeouts),
    FIXTURE_TEST(proxies),
    FIXTURE_TEST(in_cluster),
    FIXTURE_TEST(namespace_alone),
    FIXTURE_TEST(cleanse),
    FIXTURE_TEST(server_is_normalized),
};

WVA_TEST_MAIN(tests)
