// SPDX-License-Identifier: Apache-2.0
/*
 * One user entry and the flags that override it: to an identity. Ways to authenticate that exclude
 * each other are refused; a credential plugin is only kept when nothing else was given, as kubectl
 * does.
 */
#include "kubeconfig_priv.h"

#include "wva/util/fs.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <string.h>

/* client-go's built-in providers and what replaced them. */
static const struct {
    const char *name;
    const char *hint;
} providers[] = {
    {"gcp", "install gke-gcloud-auth-plugin, then: gcloud container clusters get-credentials NAME"},
    {"azure", "install kubelogin, then: kubelogin convert-kubeconfig"},
    {"oidc", "install the exec plugin and let it write the user entry: kubectl krew install "
             "oidc-login && kubectl oidc-login setup --oidc-issuer-url=URL --oidc-client-id=ID"},
};

static const char *flag_or_null(const char *flag)
{
    return wva_str_empty(flag) ? NULL : flag;
}

static int certificate(const struct wva_kubeconfig_entry *entry, const struct wva_kube_flags *flags,
                       struct wva_kube_config *config, struct wva_error *err)
{
    if (wva_kubeconfig_pem(entry, WVA_KUBECONFIG_CLIENT_CERT,
                           flag_or_null(flags->client_certificate), &config->client_cert,
                           err) < 0 ||
        wva_kubeconfig_pem(entry, WVA_KUBECONFIG_CLIENT_KEY, flag_or_null(flags->client_key),
                           &config->client_key, err) < 0)
        return -1;

    bool has_cert = !wva_secret_empty(&config->client_cert);
    bool has_key = !wva_secret_empty(&config->client_key);
    if (has_cert != has_key)
        return wva_kubeconfig_fail(entry, NULL, err, "a client %s without a client %s",
                                   has_cert ? "certificate" : "key",
                                   has_cert ? "key" : "certificate");
    return 0;
}

/* "user:password" as RFC 7617 joins them. */
static int basic(struct wva_arena *arena, const struct wva_kubeconfig_entry *entry,
                 struct wva_kube_config *config, struct wva_error *err)
{
    wva_auto_secret password = {0};
    const char *name = NULL;

    if (wva_kubeconfig_str(arena, entry, "username", &name, err) < 0 ||
        wva_kubeconfig_secret(entry, "password", &password, err) < 0)
        return -1;
    if (name == NULL && wva_secret_empty(&password))
        return 0;

    if (name != NULL)
        wva_secret_append(&config->basic, name, strlen(name));
    wva_secret_append(&config->basic, ":", 1);
    if (!wva_secret_empty(&password))
        wva_secret_append(&config->basic, password.data, password.len);
    return 0;
}

static int token(struct wva_arena *arena, const struct wva_kubeconfig_entry *entry,
                 struct wva_kube_config *config, struct wva_error *err)
{
    const char *file = NULL;

    if (wva_kubeconfig_secret(entry, "token", &config->token, err) < 0 ||
        wva_kubeconfig_str(arena, entry, "tokenFile", &file, err) < 0)
        return -1;
    if (file != NULL)
        config->token_file = wva_fs_join(arena, entry->directory, file);

    bool has_token = file != NULL || !wva_secret_empty(&config->token);
    if (has_token && !wva_secret_empty(&config->basic))
        return wva_kubeconfig_fail(entry, NULL, err,
                                   "both a token and a user name or password; keep one");
    return 0;
}

static int refuse_provider(const struct wva_kubeconfig_entry *entry,
                           const struct wva_value *provider, struct wva_error *err)
{
    const char *name = wva_get_str(provider, "name");

    wva_kubeconfig_fail(entry, "auth-provider", err,
                        "\"%s\" is not supported; use a credential plugin (exec)",
                        name ? name : "");
    for (size_t i = 0; i < WVA_COUNT(providers); i++) {
        if (wva_str_eq(name, providers[i].name))
            return wva_error_hint(err, "%s", providers[i].hint);
    }
    return -1;
}

static int plugin(struct wva_arena *arena, const struct wva_kubeconfig_entry *entry,
                  struct wva_kube_config *config, struct wva_error *err)
{
    const struct wva_value *exec = NULL, *provider = NULL;

    if (wva_kubeconfig_of_kind(entry, "exec", WVA_OBJECT, &exec, err) < 0 ||
        wva_kubeconfig_of_kind(entry, "auth-provider", WVA_OBJECT, &provider, err) < 0)
        return -1;
    if (exec != NULL && provider != NULL)
        return wva_kubeconfig_fail(entry, NULL, err, "both exec and auth-provider; keep exec");
    if (provider != NULL)
        return refuse_provider(entry, provider, err);

    bool given = !wva_secret_empty(&config->token) || config->token_file != NULL ||
                 !wva_secret_empty(&config->basic) || !wva_secret_empty(&config->client_cert);
    if (exec == NULL || given)
        return 0;
    return wva_kubeconfig_exec(arena, entry, &config->exec, err);
}

/* --token is an answer to how we authenticate: what the entry says about that is not looked at.
 * (kubectl up to 1.32 let the entry's tokenFile win over the flag.) A client certificate stays. */
static int credentials(struct wva_arena *arena, const struct wva_kubeconfig_entry *entry,
                       const struct wva_kube_flags *flags, struct wva_kube_config *config,
                       struct wva_error *err)
{
    if (certificate(entry, flags, config, err) < 0)
        return -1;
    if (!wva_str_empty(flags->token)) {
        wva_secret_set(&config->token, flags->token, strlen(flags->token));
        return 0;
    }

    if (basic(arena, entry, config, err) < 0 || token(arena, entry, config, err) < 0)
        return -1;
    return plugin(arena, entry, config, err);
}

/* {"scopes": ["view", "dev"]} to "scopes=view", "scopes=dev". */
static int extra(struct wva_arena *arena, const struct wva_kubeconfig_entry *user,
                 struct wva_kube_config *config, struct wva_error *err)
{
    const struct wva_value *map = NULL;
    size_t count = 0, used = 0;

    if (wva_kubeconfig_of_kind(user, "as-user-extra", WVA_OBJECT, &map, err) < 0)
        return -1;
    if (map == NULL || map->count == 0)
        return 0;

    struct wva_kubeconfig_entry inside = *user;
    inside.prefix = "as-user-extra.";
    inside.fields = map;
    for (size_t i = 0; i < map->count; i++)
        count += map->members[i].value->count;
    const char **all = wva_arena_calloc(arena, count + 1, sizeof(*all));
    for (size_t i = 0; i < map->count; i++) {
        const char *key = map->members[i].name;
        const char *const *values = NULL;
        if (wva_kubeconfig_strings(arena, &inside, key, &values, err) < 0)
            return -1;
        for (size_t j = 0; values[j] != NULL; j++)
            all[used++] = wva_arena_printf(arena, "%s=%s", key, values[j]);
    }

    config->as_extra = all;
    return 0;
}

static const char *const *copy_list(struct wva_arena *arena, const char *const *list)
{
    size_t count = 0;

    while (list[count] != NULL)
        count++;
    const char **copy = wva_arena_calloc(arena, count + 1, sizeof(*copy));
    for (size_t i = 0; i < count; i++)
        copy[i] = wva_arena_strdup(arena, list[i]);
    return copy;
}

/* Each flag overrides its own field, as client-go merges them. */
static int impersonation(struct wva_arena *arena, const struct wva_kubeconfig_entry *entry,
                         const struct wva_kube_flags *flags, struct wva_kube_config *config,
                         struct wva_error *err)
{
    if (wva_kubeconfig_str(arena, entry, "as", &config->as, err) < 0 ||
        wva_kubeconfig_str(arena, entry, "as-uid", &config->as_uid, err) < 0 ||
        wva_kubeconfig_strings(arena, entry, "as-groups", &config->as_groups, err) < 0 ||
        extra(arena, entry, config, err) < 0)
        return -1;

    if (!wva_str_empty(flags->as))
        config->as = wva_arena_strdup(arena, flags->as);
    if (!wva_str_empty(flags->as_uid))
        config->as_uid = wva_arena_strdup(arena, flags->as_uid);
    if (flags->as_groups != NULL && flags->as_groups[0] != NULL)
        config->as_groups = copy_list(arena, flags->as_groups);
    if (config->as_groups[0] == NULL)
        config->as_groups = NULL;

    bool needs_user = config->as_uid || config->as_groups || config->as_extra;
    if (config->as == NULL && needs_user) {
        wva_error_set(err, WVA_E_CONFIG,
                      "cannot impersonate a group, uid or extra value without a user");
        return wva_error_hint(err, "add --as USER");
    }
    return 0;
}

int wva_kubeconfig_user(struct wva_arena *arena, const struct wva_kubeconfig_entry *entry,
                        const struct wva_kube_flags *flags, struct wva_kube_config *config,
                        struct wva_error *err)
{
    if (credentials(arena, entry, flags, config, err) < 0)
        return -1;
    return impersonation(arena, entry, flags, config, err);
}
