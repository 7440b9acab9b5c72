// SPDX-License-Identifier: Apache-2.0
/*
 * Inside a pod without a kubeconfig: the service account becomes a cluster, a user and a context
 * like any other, so that flags and checks treat it as they treat a file.
 */
#include "kubeconfig_priv.h"

#include "wva/util/fs.h"
#include "wva/util/str.h"

#include <string.h>
#include <unistd.h>

#define NAME          "in-cluster"
#define SOURCE        "the pod's service account"
#define DIRECTORY     "/var/run/secrets/kubernetes.io/serviceaccount"
#define NAMESPACE_MAX 4096

static const char *directory_of(const struct wva_env *env)
{
    return env->service_account_dir ? env->service_account_dir : DIRECTORY;
}

static bool exists(struct wva_arena *arena, const char *directory, const char *name)
{
    return access(wva_fs_join(arena, directory, name), R_OK) == 0;
}

/* A mapping of up to two strings; a NULL value ends it early. */
static struct wva_value *mapping(struct wva_arena *arena, const char *name, const char *value,
                                 const char *name2, const char *value2)
{
    struct wva_value *object = wva_object(arena);

    wva_object_set(arena, object, name, wva_string(arena, value));
    if (value2 != NULL)
        wva_object_set(arena, object, name2, wva_string(arena, value2));
    return object;
}

void wva_kubeconfig_use_service_account(struct wva_kubeconfig_set *set, const struct wva_env *env)
{
    struct wva_arena *arena = &set->arena;
    const char *host = env->get(env->ctx, "KUBERNETES_SERVICE_HOST");
    const char *port = env->get(env->ctx, "KUBERNETES_SERVICE_PORT");
    const char *directory = directory_of(env);

    if (wva_str_empty(host) || wva_str_empty(port) || !exists(arena, directory, "token"))
        return;

    bool ipv6 = strchr(host, ':') != NULL && host[0] != '[';
    const char *server =
        wva_arena_printf(arena, "https://%s%s%s:%s", ipv6 ? "[" : "", host, ipv6 ? "]" : "", port);
    /* Without a CA of its own client-go, too, trusts the system's roots. */
    const char *ca = exists(arena, directory, "ca.crt") ? "ca.crt" : NULL;
    struct wva_value *fields[WVA_KUBECONFIG_KINDS] = {
        [WVA_KUBECONFIG_CLUSTER] = mapping(arena, "server", server, "certificate-authority", ca),
        [WVA_KUBECONFIG_USER] = mapping(arena, "tokenFile", "token", NULL, NULL),
        [WVA_KUBECONFIG_CONTEXT] = mapping(arena, "cluster", NAME, "user", NAME),
    };

    for (enum wva_kubeconfig_kind kind = 0; kind < WVA_KUBECONFIG_KINDS; kind++) {
        set->entries[kind] = NULL;
        wva_kubeconfig_add(
            set, kind,
            &(struct wva_kubeconfig_entry){
                .name = NAME, .source = SOURCE, .directory = directory, .fields = fields[kind]});
    }
    set->current_context = NAME;
    set->files = SOURCE;
    set->in_cluster = true;
}

const char *wva_kubeconfig_pod_namespace(struct wva_arena *arena, const struct wva_env *env)
{
    const char *name = env->get(env->ctx, "POD_NAMESPACE");
    struct wva_error ignored = {0};
    char *text = NULL;
    size_t len = 0;

    if (!wva_str_empty(name))
        return wva_arena_strdup(arena, name);
    if (wva_fs_read(wva_fs_join(arena, directory_of(env), "namespace"), NAMESPACE_MAX, arena, &text,
                    &len, &ignored) < 0)
        return "default";

    text = wva_str_trim(arena, text);
    return wva_str_empty(text) ? "default" : text;
}
