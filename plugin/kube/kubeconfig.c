// SPDX-License-Identifier: Apache-2.0
/*
 * From files, flags and environment to one server and one identity, in the order a reader would do
 * it by hand: which files; which context; its cluster and user; what each of them says; which
 * namespace.
 *
 * Where kubectl quietly talks to localhost:8080 (no kubeconfig, no current context, a context that
 * names a missing cluster) this stops and says what is missing where.
 */
#include "kubeconfig_priv.h"

#include "wva/util/mem.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* What was picked. `context` is NULL when none is set and none is needed; the others are never. */
struct selection {
    const struct wva_kubeconfig_entry *context;
    const struct wva_kubeconfig_entry *cluster;
    const struct wva_kubeconfig_entry *user;
};

static bool is_missing(const char *path)
{
    struct stat info;

    return stat(path, &info) < 0 && errno == ENOENT;
}

static int explicit_file(struct wva_kubeconfig_set *set, const char *path, struct wva_error *err)
{
    if (is_missing(path))
        return wva_error_set(err, WVA_E_CONFIG, "cannot use --kubeconfig: %s does not exist", path);
    return wva_kubeconfig_merge_file(set, path, err);
}

static bool is_among_first(char *const *paths, size_t count, const char *path)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(paths[i], path) == 0)
            return true;
    }
    return false;
}

/* KUBECONFIG: empty parts, repetitions and files that do not exist are skipped without a word. */
static int listed_files(struct wva_kubeconfig_set *set, const char *list, struct wva_error *err)
{
    size_t count = 0;
    char **paths = wva_str_split(&set->arena, list, ':', &count);

    for (size_t i = 0; i < count; i++) {
        if (paths[i][0] == '\0' || is_among_first(paths, i, paths[i]) || is_missing(paths[i]))
            continue;
        if (wva_kubeconfig_merge_file(set, paths[i], err) < 0)
            return -1;
    }
    return 0;
}

/* The list of files that kubectl would look at; `~/.kube/config` when nothing names any. NULL when
 * there is not even a home directory. */
static const char *file_list(struct wva_arena *arena, const struct wva_env *env)
{
    const char *list = env->get(env->ctx, "KUBECONFIG");
    const char *home = env->get(env->ctx, "HOME");

    if (!wva_str_empty(list))
        return list;
    return wva_str_empty(home) ? NULL : wva_arena_printf(arena, "%s/.kube/config", home);
}

static int read_files(struct wva_kubeconfig_set *set, const struct wva_kube_flags *flags,
                      const struct wva_env *env, struct wva_error *err)
{
    if (!wva_str_empty(flags->kubeconfig))
        return explicit_file(set, flags->kubeconfig, err);

    const char *list = file_list(&set->arena, env);
    return list ? listed_files(set, list, err) : 0;
}

/* As client-go decides whether a pod's own service account is meant. */
static bool names_no_cluster(const struct wva_kubeconfig_set *set,
                             const struct wva_kube_flags *flags)
{
    return set->current_context == NULL && wva_str_empty(flags->context) &&
           wva_str_empty(flags->cluster) && wva_str_empty(flags->server);
}

/* With --server alone no file is needed. */
static int check_found(const struct wva_kubeconfig_set *set, const struct wva_kube_flags *flags,
                       const struct wva_env *env, struct wva_error *err)
{
    wva_auto_arena scratch = {0};
    const char *list = file_list(&scratch, env);
    bool needed = wva_str_empty(flags->server) || !wva_str_empty(flags->context) ||
                  !wva_str_empty(flags->cluster) || !wva_str_empty(flags->user);

    if (set->files != NULL || !needed)
        return 0;

    wva_error_set(err, WVA_E_CONFIG, "no kubeconfig found%s%s", list ? ": looked for " : "",
                  list ? list : "");
    return wva_error_hint(err, "name one with --kubeconfig FILE or in KUBECONFIG");
}

static int pick_context(const struct wva_kubeconfig_set *set, const struct wva_kube_flags *flags,
                        const struct wva_kubeconfig_entry **ret, struct wva_error *err)
{
    bool given = !wva_str_empty(flags->context);
    const char *name = given ? flags->context : set->current_context;

    if (name == NULL) {
        *ret = NULL;
        return 0;
    }
    const struct wva_kubeconfig_entry *context =
        wva_kubeconfig_find(set, WVA_KUBECONFIG_CONTEXT, name);
    if (context == NULL) {
        wva_error_set(err, WVA_E_CONFIG, "cannot find %s \"%s\" in %s",
                      given ? "context" : "the current context", name, set->files);
        return wva_kubeconfig_hint_names(set, WVA_KUBECONFIG_CONTEXT, name, "", err);
    }

    *ret = context;
    return 0;
}

/* Nothing says which cluster to talk to; why that is so decides what helps. */
static int no_cluster(const struct wva_kubeconfig_set *set,
                      const struct wva_kubeconfig_entry *context, struct wva_error *err)
{
    if (context != NULL)
        return wva_kubeconfig_fail(context, "cluster", err, "is missing");

    wva_error_set(err, WVA_E_CONFIG, "no current context is set in %s", set->files);
    return wva_kubeconfig_hint_names(
        set, WVA_KUBECONFIG_CONTEXT, NULL,
        "choose one with --context NAME or: kubectl config use-context NAME; ", err);
}

/* The entry a flag or else the context names; NULL when neither does. */
static int pick_entry(const struct wva_kubeconfig_set *set, enum wva_kubeconfig_kind kind,
                      const char *flag, const struct wva_kubeconfig_entry *context,
                      const struct wva_kubeconfig_entry **ret, struct wva_error *err)
{
    const char *field = kind == WVA_KUBECONFIG_CLUSTER ? "cluster" : "user";
    wva_auto_arena scratch = {0};
    const char *name = wva_str_empty(flag) ? NULL : flag;
    bool by_context = name == NULL && context != NULL;

    if (by_context && wva_kubeconfig_str(&scratch, context, field, &name, err) < 0)
        return -1;
    *ret = name != NULL ? wva_kubeconfig_find(set, kind, name) : NULL;
    if (name == NULL || *ret != NULL)
        return 0;

    if (by_context)
        wva_kubeconfig_fail(context, field, err, "\"%s\" is not in %s", name, set->files);
    else
        wva_error_set(err, WVA_E_CONFIG, "cannot find %s \"%s\" in %s", field, name, set->files);
    return wva_kubeconfig_hint_names(set, kind, name, "", err);
}

static int select_entries(const struct wva_kubeconfig_set *set, const struct wva_kube_flags *flags,
                          struct selection *ret, struct wva_error *err)
{
    static const struct wva_value nothing = {.kind = WVA_OBJECT};
    static const struct wva_kubeconfig_entry command_line = {
        .source = "the command line", .directory = ".", .prefix = "", .fields = &nothing};
    struct selection picked = {0};

    if (pick_context(set, flags, &picked.context, err) < 0 ||
        pick_entry(set, WVA_KUBECONFIG_CLUSTER, flags->cluster, picked.context, &picked.cluster,
                   err) < 0 ||
        pick_entry(set, WVA_KUBECONFIG_USER, flags->user, picked.context, &picked.user, err) < 0)
        return -1;
    if (picked.cluster == NULL && wva_str_empty(flags->server))
        return no_cluster(set, picked.context, err);

    if (picked.cluster == NULL)
        picked.cluster = &command_line;
    if (picked.user == NULL)
        picked.user = &command_line;
    *ret = picked;
    return 0;
}

static const char *name_of(struct wva_arena *arena, const struct wva_kubeconfig_set *set,
                           const struct wva_kubeconfig_entry *entry)
{
    bool named = entry != NULL && entry->name != NULL && !set->in_cluster;

    return wva_arena_strdup(arena, named ? entry->name : "");
}

static int resolve_namespace(struct wva_arena *arena, const struct wva_kubeconfig_set *set,
                             const struct wva_kubeconfig_entry *context,
                             const struct wva_kube_flags *flags, const struct wva_env *env,
                             struct wva_kube_config *config, struct wva_error *err)
{
    if (!wva_str_empty(flags->namespace_))
        config->namespace_ = wva_arena_strdup(arena, flags->namespace_);
    else if (context != NULL &&
             wva_kubeconfig_str(arena, context, "namespace", &config->namespace_, err) < 0)
        return -1;

    config->namespace_given = config->namespace_ != NULL;
    if (config->namespace_ == NULL)
        config->namespace_ = set->in_cluster ? wva_kubeconfig_pod_namespace(arena, env) : "default";
    if (!wva_str_is_dns_label(config->namespace_))
        return wva_error_set(err, WVA_E_CONFIG, "\"%s\" cannot be the name of a namespace",
                             config->namespace_);
    return 0;
}

static int resolve_timeout(const struct wva_kube_flags *flags, struct wva_kube_config *config,
                           struct wva_error *err)
{
    if (wva_str_empty(flags->request_timeout))
        return 0;
    if (wva_parse_duration_ms(flags->request_timeout, &config->request_timeout_ms) < 0 ||
        config->request_timeout_ms < 0) {
        wva_error_set(err, WVA_E_USAGE, "cannot read --request-timeout \"%s\"",
                      flags->request_timeout);
        return wva_error_hint(err, "seconds or a duration: 30, 1m30s; 0 for none");
    }
    return 0;
}

static bool has_credentials(const struct wva_kube_config *config)
{
    return !wva_secret_empty(&config->token) || !wva_secret_empty(&config->basic) ||
           !wva_secret_empty(&config->client_cert) || config->token_file != NULL ||
           config->exec != NULL;
}

/* Nothing that proves who we are goes over plain http, as with kubectl. */
static void drop_credentials_over_http(struct wva_kube_config *config)
{
    if (wva_str_has_prefix(config->server, "https://"))
        return;

    config->credentials_dropped = has_credentials(config);
    wva_secret_done(&config->token);
    wva_secret_done(&config->basic);
    wva_secret_done(&config->client_cert);
    wva_secret_done(&config->client_key);
    config->token_file = NULL;
    config->exec = NULL;
}

static int resolve(struct wva_arena *arena, const struct wva_kubeconfig_set *set,
                   const struct selection *picked, const struct wva_kube_flags *flags,
                   const struct wva_env *env, struct wva_kube_config *config, struct wva_error *err)
{
    config->context = name_of(arena, set, picked->context);
    config->cluster = name_of(arena, set, picked->cluster);
    config->user = name_of(arena, set, picked->user);

    if (wva_kubeconfig_cluster(arena, picked->cluster, flags, env, config, err) < 0 ||
        wva_kubeconfig_user(arena, picked->user, flags, config, err) < 0 ||
        resolve_namespace(arena, set, picked->context, flags, env, config, err) < 0 ||
        resolve_timeout(flags, config, err) < 0)
        return -1;

    if (config->exec != NULL && config->exec->provide_cluster_info)
        config->exec->cluster_extension = wva_kubeconfig_exec_extension(arena, picked->cluster);
    drop_credentials_over_http(config);
    return 0;
}

int wva_kube_config_load(struct wva_arena *arena, const struct wva_kube_flags *flags,
                         const struct wva_env *env, struct wva_kube_config *ret,
                         struct wva_error *err)
{
    wva_cleanup(wva_kubeconfig_set_done) struct wva_kubeconfig_set set = {0};
    wva_cleanup(wva_kube_config_done) struct wva_kube_config config = {0};
    struct selection picked = {0};

    if (read_files(&set, flags, env, err) < 0)
        return -1;
    if (names_no_cluster(&set, flags))
        wva_kubeconfig_use_service_account(&set, env);
    if (check_found(&set, flags, env, err) < 0 || select_entries(&set, flags, &picked, err) < 0 ||
        resolve(arena, &set, &picked, flags, env, &config, err) < 0)
        return -1;

    *ret = config;
    config = (struct wva_kube_config){0};
    return 0;
}

int wva_kube_config_namespace(struct wva_arena *arena, const struct wva_kube_flags *flags,
                              const struct wva_env *env, const char **ret, struct wva_error *err)
{
    wva_cleanup(wva_kubeconfig_set_done) struct wva_kubeconfig_set set = {0};
    const struct wva_kubeconfig_entry *context = NULL;
    struct wva_kube_config config = {0};

    if (read_files(&set, flags, env, err) < 0)
        return -1;
    if (names_no_cluster(&set, flags))
        wva_kubeconfig_use_service_account(&set, env);
    if (pick_context(&set, flags, &context, err) < 0 ||
        resolve_namespace(arena, &set, context, flags, env, &config, err) < 0)
        return -1;
    *ret = config.namespace_;
    return 0;
}

void wva_kube_config_done(struct wva_kube_config *config)
{
    wva_secret_done(&config->token);
    wva_secret_done(&config->basic);
    wva_secret_done(&config->client_cert);
    wva_secret_done(&config->client_key);
    *config = (struct wva_kube_config){0};
}
