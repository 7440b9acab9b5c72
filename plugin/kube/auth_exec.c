// SPDX-License-Identifier: Apache-2.0
/*
 * Runs a credential plugin as client-go does (client.authentication.k8s.io v1 and v1beta1): no
 * shell, its own environment, our standard error, and standard input only when it may talk to a
 * person. Beyond client-go: a deadline, a ceiling for the answer, and no word of the answer in any
 * message.
 */
#include "auth_priv.h"
#include "kubeconfig_priv.h"

#include "wva/codec/json.h"
#include "wva/util/clock.h"
#include "wva/util/encode.h"
#include "wva/util/fs.h"
#include "wva/util/mem.h"
#include "wva/util/process.h"
#include "wva/util/str.h"

#include <string.h>
#include <unistd.h>

#define ANSWER_MAX             ((size_t)1 << 20)
#define TIMEOUT_MS             60000
#define INTERACTIVE_TIMEOUT_MS 600000 /* somebody is looking for a phone */

/* One run: what every step needs, released together. */
struct run {
    const struct wva_kube_config *config;
    const struct wva_exec_config *exec;
    const struct wva_env *env;
    struct wva_arena arena;
    bool interactive;
};

static void run_done(struct run *run)
{
    wva_arena_done(&run->arena);
}

static int decide_interactive(struct run *run, bool stdin_is_terminal, struct wva_error *err)
{
    const char *mode = run->exec->interactive_mode;

    if (strcmp(mode, "Always") == 0 && !stdin_is_terminal)
        return wva_error_set(err, WVA_E_AUTH,
                             "it needs a terminal (interactiveMode is Always), and standard input "
                             "is none");
    run->interactive = stdin_is_terminal && strcmp(mode, "Never") != 0;
    return 0;
}

/* The program, found as a shell would, but never through a relative part of PATH (Go refuses those,
 * too: a program in the current directory would run). NULL when there is none. */
static const char *find_program(struct run *run)
{
    const char *command = run->exec->command;
    const char *path = run->env->get(run->env->ctx, "PATH");
    size_t count = 0;

    if (strchr(command, '/') != NULL)
        return access(command, X_OK) == 0 ? command : NULL;

    char **directories = wva_str_split(&run->arena, path ? path : "", ':', &count);
    for (size_t i = 0; i < count; i++) {
        const char *candidate = wva_fs_join(&run->arena, directories[i], command);
        if (directories[i][0] == '/' && access(candidate, X_OK) == 0)
            return candidate;
    }
    return NULL;
}

static int not_found(const struct run *run, struct wva_error *err)
{
    bool bare = strchr(run->exec->command, '/') == NULL;

    wva_error_set(err, WVA_E_AUTH, "it cannot be found%s",
                  bare ? " on PATH" : " or is not executable");
    if (run->exec->install_hint != NULL)
        return wva_error_hint(err, "%s", run->exec->install_hint);
    return wva_error_hint(err, "install %s, which user \"%s\" of the kubeconfig logs in with",
                          run->exec->command, run->config->user);
}

/* The cluster as plugins are told of it; a CA that came from a file is inlined. */
static struct wva_value *cluster_info(struct run *run)
{
    const struct wva_kube_config *config = run->config;
    struct wva_arena *arena = &run->arena;
    struct wva_value *cluster = wva_object(arena);

    wva_object_set(arena, cluster, "server", wva_string(arena, config->server));
    if (config->tls_server_name != NULL)
        wva_object_set(arena, cluster, "tls-server-name",
                       wva_string(arena, config->tls_server_name));
    if (config->insecure)
        wva_object_set(arena, cluster, "insecure-skip-tls-verify", wva_bool(arena, true));
    if (config->ca_pem != NULL)
        wva_object_set(
            arena, cluster, "certificate-authority-data",
            wva_string(arena, wva_base64_encode(arena, config->ca_pem, config->ca_pem_len)));
    if (config->proxy_url != NULL)
        wva_object_set(arena, cluster, "proxy-url", wva_string(arena, config->proxy_url));
    if (config->disable_compression)
        wva_object_set(arena, cluster, "disable-compression", wva_bool(arena, true));
    if (run->exec->cluster_extension != NULL)
        wva_object_set(arena, cluster, "config", wva_clone(arena, run->exec->cluster_extension));
    return cluster;
}

/* KUBERNETES_EXEC_INFO, one line of JSON. */
static const char *exec_info(struct run *run)
{
    struct wva_arena *arena = &run->arena;
    struct wva_value *info = wva_object(arena);

    wva_put(arena, info, wva_string(arena, run->exec->api_version), "apiVersion");
    wva_put(arena, info, wva_string(arena, "ExecCredential"), "kind");
    wva_put(arena, info, wva_bool(arena, run->interactive), "spec", "interactive");
    if (run->exec->provide_cluster_info)
        wva_put(arena, info, cluster_info(run), "spec", "cluster");
    return wva_arena_printf(arena, "KUBERNETES_EXEC_INFO=%s", wva_json_text(arena, info));
}

static size_t count_of(const char *const *list)
{
    size_t count = 0;

    while (list != NULL && list[count] != NULL)
        count++;
    return count;
}

/* Sets "K=V" in a vector with room for one more, in place of an earlier value: getenv() takes the
 * first it finds, and the last said is meant. */
static void put_variable(const char **vector, const char *variable)
{
    size_t name_len = strcspn(variable, "=") + 1;
    size_t i = 0;

    while (vector[i] != NULL && strncmp(vector[i], variable, name_len) != 0)
        i++;
    vector[i] = variable;
}

static const char *const *environment(struct run *run)
{
    size_t ours = count_of(run->env->all), added = count_of(run->exec->env);
    const char **vector = wva_arena_calloc(&run->arena, ours + added + 2, sizeof(*vector));

    for (size_t i = 0; i < ours; i++)
        vector[i] = run->env->all[i];
    for (size_t i = 0; i < added; i++)
        put_variable(vector, run->exec->env[i]);
    put_variable(vector, exec_info(run));
    return vector;
}

static const char *const *arguments(struct run *run, const char *program)
{
    size_t count = count_of(run->exec->args);
    const char **argv = wva_arena_calloc(&run->arena, count + 2, sizeof(*argv));

    argv[0] = program;
    for (size_t i = 0; i < count; i++)
        argv[i + 1] = run->exec->args[i];
    return argv;
}

static int ended_badly(const struct run *run, int status, struct wva_error *err)
{
    if (status > 128)
        wva_error_set(err, WVA_E_AUTH, "it was ended by signal %d", status - 128);
    else
        wva_error_set(err, WVA_E_AUTH, "it failed with exit status %d", status);

    if (wva_str_empty(run->config->context))
        return -1;
    return wva_error_hint(err, "see whether kubectl can log in: kubectl --context %s version",
                          run->config->context);
}

static int call(struct run *run, struct wva_secret *answer, struct wva_error *err)
{
    const char *program = find_program(run);
    int status = 0;

    if (program == NULL)
        return not_found(run, err);

    struct wva_process process = {
        .argv = arguments(run, program),
        .envp = environment(run),
        .inherit_stdin = run->interactive,
        .timeout_ms = run->interactive ? INTERACTIVE_TIMEOUT_MS : TIMEOUT_MS,
        .output_ceiling = ANSWER_MAX,
    };
    if (wva_process_capture(&process, answer, &status, err) < 0) {
        if (err->code != WVA_E_CANCELED)
            err->code = WVA_E_AUTH;
        return -1;
    }
    return status == 0 ? 0 : ended_badly(run, status, err);
}

/* A string of the answer's status; absent and null leave `ret` empty. */
static int take(const struct wva_value *status, const char *field, struct wva_secret *ret,
                struct wva_error *err)
{
    const struct wva_value *value = wva_object_get(status, field);

    if (value == NULL || value->kind == WVA_NULL)
        return 0;
    if (value->kind != WVA_STRING)
        return wva_error_set(err, WVA_E_AUTH, "status.%s of its answer is a %s, not a string",
                             field, wva_kind_name(value->kind));
    wva_secret_append(ret, value->text, value->len);
    return 0;
}

static int take_expiry(const struct wva_value *status, int64_t *ret_ms, struct wva_error *err)
{
    const struct wva_value *value = wva_object_get(status, "expirationTimestamp");
    const char *text = wva_value_str(value);

    *ret_ms = INT64_MAX;
    if (value == NULL || value->kind == WVA_NULL)
        return 0;
    if (text == NULL || wva_parse_rfc3339(text, ret_ms) < 0)
        return wva_error_set(err, WVA_E_AUTH,
                             "status.expirationTimestamp of its answer is not an RFC 3339 time");
    return 0;
}

static int take_status(const struct wva_value *status, struct wva_exec_credential *ret,
                       struct wva_error *err)
{
    if (status == NULL || status->kind != WVA_OBJECT)
        return wva_error_set(err, WVA_E_AUTH, "its answer has no status");
    if (take(status, "token", &ret->token, err) < 0 ||
        take(status, "clientCertificateData", &ret->client_cert, err) < 0 ||
        take(status, "clientKeyData", &ret->client_key, err) < 0 ||
        take_expiry(status, &ret->expires_ms, err) < 0)
        return -1;

    bool has_cert = !wva_secret_empty(&ret->client_cert);
    bool has_key = !wva_secret_empty(&ret->client_key);
    if (has_cert != has_key)
        return wva_error_set(err, WVA_E_AUTH, "its answer has a client %s without a client %s",
                             has_cert ? "certificate" : "key", has_cert ? "key" : "certificate");
    if (!has_cert && wva_secret_empty(&ret->token))
        return wva_error_set(err, WVA_E_AUTH,
                             "its answer has neither a token nor a client certificate");
    return 0;
}

/* The version must be the one asked for: its fields are only known then. */
static int check_version(const struct run *run, const struct wva_value *answer,
                         struct wva_error *err)
{
    const char *version = wva_get_str(answer, "apiVersion");
    const char *kind = wva_get_str(answer, "kind");

    if (!wva_str_eq(kind, "ExecCredential"))
        return wva_error_set(err, WVA_E_AUTH, "its answer is not of kind ExecCredential");
    if (!wva_str_eq(version, run->exec->api_version)) {
        wva_error_set(err, WVA_E_AUTH, "it answers in another version than %s",
                      run->exec->api_version);
        return wva_error_hint(err,
                              "set exec.apiVersion of user \"%s\" to the version that your %s "
                              "speaks, or update it",
                              run->config->user, run->exec->command);
    }
    return 0;
}

static int read_answer(struct run *run, const struct wva_secret *text,
                       struct wva_exec_credential *ret, struct wva_error *err)
{
    struct wva_json_options options = {
        .name = "its answer", .secret = true, .max_bytes = ANSWER_MAX};
    struct wva_value *answer = NULL;

    if (wva_secret_empty(text))
        return wva_error_set(err, WVA_E_AUTH, "it printed nothing");
    if (wva_json_parse(&run->arena, text->data, text->len, &options, &answer, err) < 0) {
        err->code = WVA_E_AUTH;
        return -1;
    }

    int result = check_version(run, answer, err);
    if (result == 0)
        result = take_status(wva_object_get(answer, "status"), ret, err);
    wva_kubeconfig_cleanse(answer);
    return result;
}

static int run_plugin(struct run *run, bool stdin_is_terminal, struct wva_exec_credential *ret,
                      struct wva_error *err)
{
    wva_auto_secret answer = {0};

    if (decide_interactive(run, stdin_is_terminal, err) < 0 || call(run, &answer, err) < 0)
        return -1;
    return read_answer(run, &answer, ret, err);
}

int wva_exec_credential_run(const struct wva_kube_config *config, const struct wva_env *env,
                            bool stdin_is_terminal, struct wva_exec_credential *ret,
                            struct wva_error *err)
{
    wva_cleanup(run_done) struct run run = {.config = config, .exec = config->exec, .env = env};
    wva_cleanup(wva_exec_credential_done) struct wva_exec_credential credential = {0};

    if (run_plugin(&run, stdin_is_terminal, &credential, err) < 0)
        return wva_error_wrap(err, "cannot log in as user \"%s\": credential plugin %s",
                              config->user, config->exec->command);

    *ret = credential;
    credential = (struct wva_exec_credential){0};
    return 0;
}

void wva_exec_credential_done(struct wva_exec_credential *credential)
{
    wva_secret_done(&credential->token);
    wva_secret_done(&credential->client_cert);
    wva_secret_done(&credential->client_key);
    *credential = (struct wva_exec_credential){0};
}
