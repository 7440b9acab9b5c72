// SPDX-License-Identifier: Apache-2.0
/* Credential plugins: a real (fake) one is run in all its moods. */
#include "auth_fixture.h"

#include "wva/util/cancel.h"
#include "wva/util/clock.h"
#include "wva/util/fs.h"
#include "wva/util/mem.h"

#include <stdio.h>
#include <unistd.h>

#define API_V1      "client.authentication.k8s.io/v1"
#define API_V1BETA1 "client.authentication.k8s.io/v1beta1"
#define MINUTE_MS   60000

/* With the plugin in this mode. */
static void begin_plugin(struct fixture *f, const char *mode)
{
    f->args[0] = mode;
    f->config.exec = &f->exec;
    begin(f, false);
}

static void plugin_fails(struct fixture *f, const char *mode, const char *message, const char *hint)
{
    begin_plugin(f, mode);
    get_fails(f, WVA_E_AUTH,
              wva_arena_printf(&f->arena,
                               "cannot log in as user \"jane\": credential plugin %s: %s",
                               f->exec.command, message),
              hint);
}

static const char *read_file(struct fixture *f, const char *name)
{
    char *text = NULL;
    size_t len = 0;

    check_ok(wva_fs_read(path_of(f, name), 1 << 20, &f->arena, &text, &len, &f->err), &f->err);
    return text;
}

static void test_plugin_token_is_kept(void **state)
{
    struct fixture *f = *state;

    set_var(f, "FAKE_PLUGIN_RUNS", path_of(f, "runs"));
    begin_plugin(f, "ok");
    get(f);
    check_secret(f->creds.bearer, "plugin-token-1");
    check(f->creds.client_cert == NULL);
    get_at(f, INT64_MAX / 2);
    check_secret(f->creds.bearer, "plugin-token-1");

    check(wva_kube_auth_refresh(f->auth));
    get(f);
    check_secret(f->creds.bearer, "plugin-token-2");
    check_str(read_file(f, "runs"), "xx");
}

static void test_plugin_certificate(void **state)
{
    struct fixture *f = *state;

    begin_plugin(f, "ok-cert");
    get(f);
    check(f->creds.bearer == NULL);
    check_secret(f->creds.client_cert, "plugin cert");
    check_secret(f->creds.client_key, "plugin key");
}

static void test_plugin_answer_expires(void **state)
{
    struct fixture *f = *state;
    int64_t expiry = 0;

    check(wva_parse_rfc3339("2030-01-01T00:00:00Z", &expiry) == 0);
    set_var(f, "FAKE_PLUGIN_RUNS", path_of(f, "runs"));
    set_var(f, "FAKE_PLUGIN_EXPIRES", "2030-01-01T01:00:00+01:00");
    begin_plugin(f, "ok");
    get_at(f, expiry - MINUTE_MS);
    check_secret(f->creds.bearer, "plugin-token-1");
    get_at(f, expiry - 10001);
    check_secret(f->creds.bearer, "plugin-token-1");
    get_at(f, expiry - 10000);
    check_secret(f->creds.bearer, "plugin-token-2");

    /* Expired when it came: sent, but never kept. */
    get_at(f, expiry + 1);
    check_secret(f->creds.bearer, "plugin-token-3");
    get_at(f, expiry + 1);
    check_secret(f->creds.bearer, "plugin-token-4");
}

static void test_plugin_failure_keeps_nothing(void **state)
{
    struct fixture *f = *state;

    begin_plugin(f, "ok");
    get(f);
    f->args[0] = "silent";
    check(wva_kube_auth_refresh(f->auth));
    check_fails(wva_kube_auth_get(f->auth, &f->creds, &f->err), &f->err, WVA_E_AUTH,
                "it printed nothing");
}

static void test_plugin_is_given(void **state)
{
    struct fixture *f = *state;

    set_var(f, "EXTRA", "ours");
    set_var(f, "KUBERNETES_EXEC_INFO", "stale");
    set_var(f, "FAKE_PLUGIN_RECORD", path_of(f, "record"));
    f->exec_env[0] = "EXTRA=kubeconfig's";
    f->args[1] = "two words; $(touch x)";
    begin_plugin(f, "ok");
    get(f);
    check_str(read_file(f, "record"),
              "argument ok\n"
              "argument two words; $(touch x)\n"
              "stdin /dev/null\n"
              "info {\"apiVersion\":\"" API_V1 "\",\"kind\":\"ExecCredential\","
              "\"spec\":{\"interactive\":false}}\n"
              "extra kubeconfig's\n");
}

static void test_plugin_is_told_the_cluster(void **state)
{
    struct fixture *f = *state;

    set_var(f, "FAKE_PLUGIN_RECORD", path_of(f, "record"));
    set_var(f, "FAKE_PLUGIN_API", API_V1BETA1);
    f->exec.api_version = API_V1BETA1;
    f->exec.provide_cluster_info = true;
    f->exec.cluster_extension = wva_object(&f->arena);
    wva_put(&f->arena, f->exec.cluster_extension, wva_string(&f->arena, "me"), "audience");
    f->config.tls_server_name = "inner";
    f->config.ca_pem = "CA";
    f->config.ca_pem_len = 2;
    f->config.proxy_url = "socks5://p:1";
    f->config.proxy = "socks5h://p:1";
    f->config.disable_compression = true;
    begin_plugin(f, "ok");
    get(f);
    check_has(read_file(f, "record"),
              "info {\"apiVersion\":\"" API_V1BETA1 "\",\"kind\":\"ExecCredential\","
              "\"spec\":{\"interactive\":false,\"cluster\":{\"server\":\"https://api\","
              "\"tls-server-name\":\"inner\",\"certificate-authority-data\":\"Q0E=\","
              "\"proxy-url\":\"socks5://p:1\",\"disable-compression\":true,"
              "\"config\":{\"audience\":\"me\"}}}}\n");
}

static void test_interactive_modes(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *mode;
        bool terminal;
        const char *stdin_line; /* NULL: refused */
        const char *info;
    } cases[] = {
        {"Never", true, "stdin /dev/null\n", "\"interactive\":false"},
        {"IfAvailable", false, "stdin /dev/null\n", "\"interactive\":false"},
        {"IfAvailable", true, "stdin inherited\n", "\"interactive\":true"},
        {"Always", true, "stdin inherited\n", "\"interactive\":true"},
        {"Always", false, NULL, NULL},
    };
    int ours = dup(STDIN_FILENO);
    int pipe_ends[2];

    check(pipe(pipe_ends) == 0);
    dup2(pipe_ends[0], STDIN_FILENO);
    set_var(f, "FAKE_PLUGIN_RECORD", path_of(f, "record"));
    f->args[0] = "ok";
    f->config.exec = &f->exec;
    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        f->exec.interactive_mode = cases[i].mode;
        begin(f, cases[i].terminal);
        if (cases[i].stdin_line == NULL) {
            check_fails(wva_kube_auth_get(f->auth, &f->creds, &f->err), &f->err, WVA_E_AUTH,
                        "it needs a terminal (interactiveMode is Always), and standard input is "
                        "none");
            continue;
        }
        get(f);
        check_has(read_file(f, "record"), cases[i].stdin_line);
        check_has(read_file(f, "record"), cases[i].info);
    }
    dup2(ours, STDIN_FILENO);
    close(ours);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}

static void test_plugin_answers(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *mode;
        const char *message;
    } cases[] = {
        {"silent", "it printed nothing"},
        {"wrong-kind", "its answer is not of kind ExecCredential"},
        {"no-status", "its answer has no status"},
        {"nothing-useful", "its answer has neither a token nor a client certificate"},
        {"cert-without-key", "its answer has a client certificate without a client key"},
        {"numeric-token", "status.token of its answer is a number, not a string"},
    };

    for (size_t i = 0; i < WVA_COUNT(cases); i++)
        plugin_fails(f, cases[i].mode, cases[i].message, "");

    set_var(f, "FAKE_PLUGIN_EXPIRES", "tomorrow");
    plugin_fails(f, "ok", "status.expirationTimestamp of its answer is not an RFC 3339 time", "");
}

static void test_plugin_answers_in_another_version(void **state)
{
    struct fixture *f = *state;

    set_var(f, "FAKE_PLUGIN_API", API_V1BETA1);
    plugin_fails(f, "ok", "it answers in another version than " API_V1,
                 "set exec.apiVersion of user \"jane\" to the version that your " WVA_FAKE_PLUGIN
                 " speaks, or update it");
}

static void test_plugin_ends_badly(void **state)
{
    struct fixture *f = *state;
    const char *hint = "see whether kubectl can log in: kubectl --context here version";

    plugin_fails(f, "exit-3", "it failed with exit status 3", hint);
    plugin_fails(f, "killed", "it was ended by signal 9", hint);
    f->config.context = "";
    plugin_fails(f, "exit-3", "it failed with exit status 3", "");
}

/* Neither a broken nor an endless answer shows in the message. */
static void test_plugin_answer_is_never_quoted(void **state)
{
    struct fixture *f = *state;

    begin_plugin(f, "bad-json");
    check(wva_kube_auth_get(f->auth, &f->creds, &f->err) < 0);
    check_int(f->err.code, WVA_E_AUTH);
    check_has(f->err.msg, "credential plugin " WVA_FAKE_PLUGIN ": its answer: ");
    check(strstr(f->err.msg, "plugin-secret") == NULL);
    wva_error_clear(&f->err);

    begin_plugin(f, "huge");
    check(wva_kube_auth_get(f->auth, &f->creds, &f->err) < 0);
    check_int(f->err.code, WVA_E_AUTH);
    check_has(f->err.msg, "1048576");
    wva_error_clear(&f->err);
}

static void test_plugin_big_token(void **state)
{
    struct fixture *f = *state;

    begin_plugin(f, "big-token");
    get(f);
    check_int(f->creds.bearer->len, 16 * 1024 - 1);
}

static void test_plugin_not_found(void **state)
{
    struct fixture *f = *state;

    set_var(f, "PATH", ".:/nonexistent");
    f->exec.command = "wva-no-such-plugin";
    plugin_fails(f, "ok", "it cannot be found on PATH",
                 "install wva-no-such-plugin, which user \"jane\" of the kubeconfig logs in with");
    f->exec.install_hint = "get it\033[31m there";
    plugin_fails(f, "ok", "it cannot be found on PATH", "get it?[31m there");
    f->exec.install_hint = NULL;
    f->exec.command = "/nonexistent/plugin";
    plugin_fails(f, "ok", "it cannot be found or is not executable",
                 "install /nonexistent/plugin, which user \"jane\" of the kubeconfig logs in with");
}

static void test_plugin_on_path(void **state)
{
    struct fixture *f = *state;
    const char *slash = strrchr(WVA_FAKE_PLUGIN, '/');

    set_var(f, "PATH",
            wva_arena_printf(&f->arena, "/nonexistent::%.*s", (int)(slash - WVA_FAKE_PLUGIN),
                             WVA_FAKE_PLUGIN));
    f->exec.command = slash + 1;
    begin_plugin(f, "ok");
    get(f);
    check_secret(f->creds.bearer, "plugin-token-0");
}

/* Its standard error is ours, so that login prompts reach the person. */
static void test_plugin_talks_to_the_person(void **state)
{
    struct fixture *f = *state;
    int ours = dup(STDERR_FILENO);
    FILE *file = fopen(path_of(f, "stderr"), "we");

    assert_non_null(file);
    dup2(fileno(file), STDERR_FILENO);
    begin_plugin(f, "talks");
    int result = wva_kube_auth_get(f->auth, &f->creds, &f->err);
    dup2(ours, STDERR_FILENO);
    close(ours);
    fclose(file);
    check_int(result, 0);
    check_str(read_file(f, "stderr"), "go to https://login.example and enter ABC-DEF\n");
}

static void test_plugin_leaves_a_grandchild(void **state)
{
    struct fixture *f = *state;
    int64_t start = wva_clock_monotonic_ms();

    begin_plugin(f, "grandchild");
    get(f);
    check_secret(f->creds.bearer, "plugin-token-0");
    check(wva_clock_monotonic_ms() - start < 5000);
}

static void test_plugin_is_canceled(void **state)
{
    struct fixture *f = *state;
    int64_t start = wva_clock_monotonic_ms();

    begin_plugin(f, "slow");
    wva_cancel_raise_for_test(2);
    check(wva_kube_auth_get(f->auth, &f->creds, &f->err) < 0);
    check_int(f->err.code, WVA_E_CANCELED);
    wva_error_clear(&f->err);
    check(wva_clock_monotonic_ms() - start < 10000);
}

static const struct CMUnitTest tests[] = {
    FIXTURE_TEST(plugin_token_is_kept),
    FIXTURE_TEST(plugin_certificate),
    FIXTURE_TEST(plugin_answer_expires),
    FIXTURE_TEST(plugin_failure_keeps_nothing),
    FIXTURE_TEST(plugin_is_given),
    FIXTURE_TEST(plugin_is_told_the_cluster),
    FIXTURE_TEST(interactive_modes),
    FIXTURE_TEST(plugin_answers),
    FIXTURE_TEST(plugin_answers_in_another_version),
    FIXTURE_TEST(plugin_ends_badly),
    FIXTURE_TEST(plugin_answer_is_never_quoted),
    FIXTURE_TEST(plugin_big_token),
    FIXTURE_TEST(plugin_not_found),
    FIXTURE_TEST(plugin_on_path),
    FIXTURE_TEST(plugin_talks_to_the_person),
    FIXTURE_TEST(plugin_leaves_a_grandchild),
    FIXTURE_TEST(plugin_is_canceled),
};

WVA_TEST_MAIN(tests)
