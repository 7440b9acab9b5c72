// SPDX-License-Identifier: Apache-2.0
/* The credential plugin of a user entry, checked. auth_exec.c runs it. */
#include "kubeconfig_priv.h"

#include "wva/util/fs.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <string.h>

#define GROUP "client.authentication.k8s.io/"

static int version(struct wva_arena *arena, const struct wva_kubeconfig_entry *exec,
                   struct wva_exec_config *config, struct wva_error *err)
{
    if (wva_kubeconfig_str(arena, exec, "apiVersion", &config->api_version, err) < 0)
        return -1;
    if (config->api_version == NULL)
        return wva_kubeconfig_fail(exec, "apiVersion", err, "is missing; %s", GROUP "v1");
    if (!wva_str_eq(config->api_version, GROUP "v1") &&
        !wva_str_eq(config->api_version, GROUP "v1beta1"))
        return wva_kubeconfig_fail(exec, "apiVersion", err, "\"%s\" is not supported; %s",
                                   config->api_version, GROUP "v1 or v1beta1");
    return 0;
}

/* v1 wants it said, v1beta1 has a default. */
static int interactive_mode(struct wva_arena *arena, const struct wva_kubeconfig_entry *exec,
                            struct wva_exec_config *config, struct wva_error *err)
{
    static const char *const modes[] = {"Never", "IfAvailable", "Always"};
    const char *mode = NULL;

    if (wva_kubeconfig_str(arena, exec, "interactiveMode", &mode, err) < 0)
        return -1;
    if (mode == NULL && wva_str_eq(config->api_version, GROUP "v1beta1"))
        mode = "IfAvailable";
    if (mode == NULL)
        return wva_kubeconfig_fail(exec, "interactiveMode", err,
                                   "is missing; v1 wants Never, IfAvailable or Always");

    for (size_t i = 0; i < WVA_COUNT(modes); i++) {
        if (strcmp(mode, modes[i]) == 0) {
            config->interactive_mode = modes[i];
            return 0;
        }
    }
    return wva_kubeconfig_fail(exec, "interactiveMode", err,
                               "\"%s\" is none of Never, IfAvailable, Always", mode);
}

static int command(struct wva_arena *arena, const struct wva_kubeconfig_entry *exec,
                   struct wva_exec_config *config, struct wva_error *err)
{
    const char *name = NULL;

    if (wva_kubeconfig_str(arena, exec, "command", &name, err) < 0)
        return -1;
    if (name == NULL)
        return wva_kubeconfig_fail(exec, "command", err, "is missing");

    config->command = strchr(name, '/') ? wva_fs_join(arena, exec->directory, name) : name;
    return wva_kubeconfig_strings(arena, exec, "args", &config->args, err);
}

/* One of [{name: K, value: V}, …] as "K=V". */
static int variable(struct wva_arena *arena, const struct wva_kubeconfig_entry *exec,
                    const struct wva_value *item, const char **ret, struct wva_error *err)
{
    struct wva_kubeconfig_entry inside = *exec;
    const char *name = NULL, *value = NULL;

    inside.prefix = "exec.env.";
    inside.fields = item;
    if (item->kind != WVA_OBJECT)
        return wva_kubeconfig_fail(exec, "env", err, "must hold mappings, not %s",
                                   wva_kubeconfig_kind_words(item->kind));
    if (wva_kubeconfig_str(arena, &inside, "name", &name, err) < 0 ||
        wva_kubeconfig_str(arena, &inside, "value", &value, err) < 0)
        return -1;
    if (name == NULL || strchr(name, '=') != NULL)
        return wva_kubeconfig_fail(&inside, "name", err, "must be the name of a variable");

    *ret = wva_arena_printf(arena, "%s=%s", name, value ? value : "");
    return 0;
}

static int environment(struct wva_arena *arena, const struct wva_kubeconfig_entry *exec,
                       struct wva_exec_config *config, struct wva_error *err)
{
    const struct wva_value *list = NULL;

    if (wva_kubeconfig_of_kind(exec, "env", WVA_ARRAY, &list, err) < 0)
        return -1;
    size_t count = list != NULL ? list->count : 0;
    const char **env = wva_arena_calloc(arena, count + 1, sizeof(*env));
    for (size_t i = 0; i < count; i++) {
        if (variable(arena, exec, list->items[i], &env[i], err) < 0)
            return -1;
    }

    config->env = env;
    return 0;
}

int wva_kubeconfig_exec(struct wva_arena *arena, const struct wva_kubeconfig_entry *user,
                        struct wva_exec_config **ret, struct wva_error *err)
{
    struct wva_kubeconfig_entry exec = *user;
    struct wva_exec_config *config = wva_arena_alloc(arena, sizeof(*config));

    exec.prefix = "exec.";
    exec.fields = wva_object_get(user->fields, "exec");
    if (version(arena, &exec, config, err) < 0 || command(arena, &exec, config, err) < 0 ||
        environment(arena, &exec, config, err) < 0 ||
        interactive_mode(arena, &exec, config, err) < 0 ||
        wva_kubeconfig_str(arena, &exec, "installHint", &config->install_hint, err) < 0 ||
        wva_kubeconfig_bool(&exec, "provideClusterInfo", &config->provide_cluster_info, err) < 0)
        return -1;

    *ret = config;
    return 0;
}
