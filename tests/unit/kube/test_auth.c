// SPDX-License-Identifier: Apache-2.0
/* Credentials: static ones, token files that change, and a real (fake) plugin that is run. */
#include "support/wva_test.h"

#include "kube/auth_priv.h"
#include "wva/util/cancel.h"
#include "wva/util/clock.h"
#include "wva/util/fs.h"
#include "wva/util/mem.h"

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#define API_V1      "client.authentication.k8s.io/v1"
#define API_V1BETA1 "client.authentication.k8s.io/v1beta1"
#define MINUTE_MS   60000
#define ENV_MAX     8

struct fixture {
    char dir[64];
    struct wva_arena arena;
    const char *vars[ENV_MAX + 1]; /* "NAME=value", also what plugins inherit */
    struct wva_env env;
    const char *args[4];
    const char *exec_env[4];
    struct wva_exec_config exec;
    struct wva_kube_config config;
    struct wva_kube_auth *auth;
    struct wva_http_credentials creds;
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

static const char *path_of(struct fixture *f, const char *name)
{
    return wva_fs_join(&f->arena, f->dir, name);
}

static void set_var(struct fixture *f, const char *name, const char *value)
{
    size_t i = 0;

    while (f->vars[i] != NULL)
        i++;
    check(i < ENV_MAX);
    f->vars[i] = wva_arena_printf(&f->arena, "%s=%s", name, value);
}

static int set_up(void **state)
{
    struct fixture *f = wva_xcalloc(1, sizeof(*f));

    snprintf(f->dir, sizeof(f->dir), "/tmp/wva-auth-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    f->env = (struct wva_env){.get = get_var, .ctx = f, .all = f->vars};
    f->exec = (struct wva_exec_config){
        .api_version = API_V1,
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

    wva_cancel_reset_for_test();
    nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    wva_kube_auth_free(f->auth);
    wva_kube_config_done(&f->config);
    wva_arena_done(&f->arena);
    free(f);
    return 0;
}

static void begin(struct fixture *f, bool stdin_is_terminal)
{
    wva_kube_auth_free(f->auth);
    f->auth = wva_kube_auth_new(&f->config, &f->env, stdin_is_terminal);
}

/* With the plugin in this mode. */
static void begin_plugin(struct fixture *f, const char *mode)
{
    f->args[0] = mode;
    f->config.exec = &f->exec;
    begin(f, false);
}

static void get_at(struct fixture *f, int64_t now_ms)
{
    check_ok(wva_kube_auth_get_at(f->auth, now_ms, &f->creds, &f->err), &f->err);
}

static void get(struct fixture *f)
{
    check_ok(wva_kube_auth_get(f->auth, &f->creds, &f->err), &f->err);
}

/* The whole message after the place; what was handed out before stays. */
static void get_fails(struct fixture *f, enum wva_code code, const char *message, const char *hint)
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

static void plugin_fails(struct fixture *f, const char *mode, const char *message, const char *hint)
{
    begin_plugin(f, mode);
    get_fails(f, WVA_E_AUTH,
              wva_arena_printf(&f->arena,
                               "cannot log in as user \"jane\": credential plugin %s: %s",
                               f->exec.command, message),
              hint);
}

static void write_file(struct fixture *f, const char *name, const char *text)
{
    check_ok(wva_fs_write_atomic(path_of(f, name), text, strlen(text), 0600, &f->err), &f->err);
}

static const char *read_file(struct fixture *f, const char *name)
{
    char *text = NULL;
    size_t len = 0;

    check_ok(wva_fs_read(path_of(f, name), 1 << 20, &f->arena, &text, &len, &f->err), &f->err);
    return text;
}

static void check_secret(const struct wva_secret *secret, const char *wanted)
{
    assert_non_null(secret);
    check_str(secret->data, wanted);
}

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
#define T(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)
    T(anonymous),
    T(static),
    T(token_must_fit_a_header),
    T(token_file),
    T(token_file_vanishes),
    T(token_file_falls_back_to_token),
    T(token_file_unusable),
    T(plugin_token_is_kept),
    T(plugin_certificate),
    T(plugin_answer_expires),
    T(plugin_failure_keeps_nothing),
    T(plugin_is_given),
    T(plugin_is_told_the_cluster),
    T(interactive_modes),
    T(plugin_answers),
    T(plugin_answers_in_another_version),
    T(plugin_ends_badly),
    T(plugin_answer_is_never_quoted),
    T(plugin_big_token),
    T(plugin_not_found),
    T(plugin_on_path),
    T(plugin_talks_to_the_person),
    T(plugin_leaves_a_grandchild),
    T(plugin_is_canceled),
#undef T
};

WVA_TEST_MAIN(tests)
