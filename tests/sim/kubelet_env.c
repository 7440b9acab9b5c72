// SPDX-License-Identifier: Apache-2.0
// A container's environment: the image's, the cluster's, the Services' and the pod's own.

#include "kubelet.h"

#include "wva/util/encode.h"
#include "wva/util/str.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define ENV_MAX 512

struct env {
    struct sim *sim;
    struct sim_pod_run *run;
    const struct sim_container *container;
    struct wva_arena *arena;
    char **list;
    size_t count;
    const char *words; /* what is missing, or NULL */
};

static void set(struct env *env, const char *name, const char *value)
{
    size_t len = strlen(name);
    char *entry = wva_arena_printf(env->arena, "%s=%s", name, value);
    for (size_t i = 0; i < env->count; i++) {
        if (strncmp(env->list[i], name, len) == 0 && env->list[i][len] == '=') {
            env->list[i] = entry;
            return;
        }
    }
    if (env->count < ENV_MAX)
        env->list[env->count++] = entry;
}

const char *sim_env_get(char *const *env, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; env[i] != NULL; i++)
        if (strncmp(env[i], name, len) == 0 && env[i][len] == '=')
            return env[i] + len + 1;
    return NULL;
}

/* What the published GuideLLM images set, by release. */
static void set_image(struct env *env)
{
    set(env, "PATH", "/usr/local/bin:/usr/bin:/bin");
    set(env, "HOME", "/root");
    if (strstr(env->container->image, "guidellm") == NULL)
        return;
    set(env, "HOME", "/home/guidellm");
    int minor = 0, patch = 0;
    const char *release = sim_guidellm_release(env->arena, env->container->image);
    if (sscanf(release, "0.%d.%d", &minor, &patch) < 1)
        return;
    if (minor <= 4)
        set(env, "GUIDELLM_OUTPUT_PATH", "/results/benchmarks.json");
    else if (minor <= 6 || (minor == 7 && patch < 2))
        set(env, "GUIDELLM_OUTPUT_DIR", "/results");
    else
        set(env, "GUIDELLM__DEFAULT_RESULTS_DIR", "/results");
}

/* "my-vllm" to "MY_VLLM". */
static char *link_prefix(struct wva_arena *arena, const char *name)
{
    char *prefix = wva_arena_strdup(arena, name);
    for (char *c = prefix; *c != '\0'; c++)
        *c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
    return prefix;
}

static void set_link(struct env *env, const struct wva_value *service)
{
    const char *address = wva_get_str(service, "spec", "clusterIP");
    int64_t port = sim_int(wva_get(service, "spec", "ports", "0", "port"), 0);
    if (wva_str_empty(address) || strcmp(address, "None") == 0 || port == 0)
        return;
    char *prefix = link_prefix(env->arena, sim_name(service));
    char *port_text = wva_arena_printf(env->arena, "%lld", (long long)port);
    char *url = wva_arena_printf(env->arena, "tcp://%s:%s", address, port_text);
    set(env, wva_arena_printf(env->arena, "%s_SERVICE_HOST", prefix), address);
    set(env, wva_arena_printf(env->arena, "%s_SERVICE_PORT", prefix), port_text);
    set(env, wva_arena_printf(env->arena, "%s_PORT", prefix), url);
    set(env, wva_arena_printf(env->arena, "%s_PORT_%s_TCP", prefix, port_text), url);
}

static void set_cluster(struct env *env)
{
    set(env, "HOSTNAME", env->run->name);
    set(env, "KUBERNETES_SERVICE_HOST", "10.96.0.1");
    set(env, "KUBERNETES_SERVICE_PORT", "443");
    if (!wva_value_bool(wva_get(env->run->pod, "spec", "enableServiceLinks"), true))
        return;
    SIM_EACH(service, env->sim, "Service")
    if (strcmp(sim_namespace(service->value), env->run->namespace_) == 0)
        set_link(env, service->value);
}

/* A value of a Secret or ConfigMap; NULL when absent, `words` set unless optional. */
static const char *key_of(struct env *env, const struct wva_value *reference, bool secret)
{
    const char *name = wva_get_str(reference, "name");
    const char *key = wva_get_str(reference, "key");
    bool optional = wva_value_bool(wva_get(reference, "optional"), false);
    struct sim_object *object = sim_store_find(
        env->sim, sim_type_of_kind(secret ? "Secret" : "ConfigMap"), env->run->namespace_, name);
    const char *what = secret ? "secret" : "configmap";
    if (object == NULL) {
        if (!optional)
            env->words = wva_arena_printf(env->arena, "%s \"%s\" not found", what, name);
        return NULL;
    }
    const char *text = wva_get_str(object->value, "data", key);
    if (text == NULL && !optional)
        env->words = wva_arena_printf(env->arena, "couldn't find key %s in %s %s/%s", key,
                                      secret ? "Secret" : "ConfigMap", env->run->namespace_, name);
    return text;
}

static const char *decoded(struct env *env, const char *base64)
{
    wva_auto_secret secret = {0};
    size_t bad = 0;
    if (base64 == NULL || wva_base64_decode(base64, strlen(base64), &secret, &bad) < 0)
        return base64 == NULL ? NULL : "";
    return wva_arena_strdup(env->arena, secret.data != NULL ? secret.data : "");
}

static const char *field_of(struct env *env, const char *path)
{
    const struct {
        const char *path;
        const char *value;
    } fields[] = {
        {"metadata.name", env->run->name},
        {"metadata.namespace", env->run->namespace_},
        {"metadata.uid", env->run->uid},
        {"spec.nodeName", env->run->node},
        {"spec.serviceAccountName", wva_get_str(env->run->pod, "spec", "serviceAccountName")},
        {"status.podIP", env->run->address},
        {"status.hostIP", "192.168.0.10"},
    };
    for (size_t i = 0; i < WVA_COUNT(fields); i++)
        if (wva_str_eq(fields[i].path, path))
            return fields[i].value;
    return "";
}

static const char *value_from(struct env *env, const struct wva_value *source)
{
    const struct wva_value *reference = wva_get(source, "secretKeyRef");
    if (reference != NULL)
        return decoded(env, key_of(env, reference, true));
    reference = wva_get(source, "configMapKeyRef");
    if (reference != NULL)
        return key_of(env, reference, false);
    reference = wva_get(source, "fieldRef");
    return reference != NULL ? field_of(env, wva_get_str(reference, "fieldPath")) : "";
}

/* All keys of a ConfigMap or Secret. */
static void set_from(struct env *env, const struct wva_value *source)
{
    bool secret = wva_get(source, "secretRef") != NULL;
    const struct wva_value *reference = wva_get(source, secret ? "secretRef" : "configMapRef");
    const char *name = wva_get_str(reference, "name");
    struct sim_object *object = sim_store_find(
        env->sim, sim_type_of_kind(secret ? "Secret" : "ConfigMap"), env->run->namespace_, name);
    if (object == NULL) {
        if (!wva_value_bool(wva_get(reference, "optional"), false))
            env->words = wva_arena_printf(env->arena, "%s \"%s\" not found",
                                          secret ? "secret" : "configmap", name);
        return;
    }
    const struct wva_value *data = wva_get(object->value, "data");
    for (size_t i = 0; data != NULL && i < data->count; i++) {
        const char *text = wva_value_str(data->members[i].value);
        set(env, data->members[i].name, secret ? decoded(env, text) : text);
    }
}

static void set_own(struct env *env)
{
    const struct wva_value *from = wva_get(env->container->spec, "envFrom");
    for (size_t i = 0; from != NULL && i < from->count; i++)
        set_from(env, from->items[i]);
    const struct wva_value *list = wva_get(env->container->spec, "env");
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const char *name = wva_get_str(list->items[i], "name");
        const struct wva_value *source = wva_get(list->items[i], "valueFrom");
        const char *text = wva_get_str(list->items[i], "value");
        if (source != NULL)
            text = value_from(env, source);
        else
            text = sim_expand(env->arena, text != NULL ? text : "", env->list);
        if (text != NULL)
            set(env, name, text);
    }
}

char **sim_container_env(struct sim *sim, struct sim_pod_run *run,
                         const struct sim_container *container, const char **ret_words)
{
    struct env env = {.sim = sim, .run = run, .container = container, .arena = &run->arena};
    env.list = wva_arena_calloc(env.arena, ENV_MAX + 1, sizeof(*env.list));
    set_image(&env);
    set_cluster(&env);
    set_own(&env);
    if (env.words != NULL) {
        *ret_words = env.words;
        return NULL;
    }
    return env.list;
}

char *sim_expand(struct wva_arena *arena, const char *text, char *const *env)
{
    wva_auto_buf out = WVA_BUF((size_t)4 << 20);
    for (const char *c = text; *c != '\0';) {
        const char *end = c[0] == '$' && c[1] == '(' ? strchr(c, ')') : NULL;
        if (c[0] == '$' && c[1] == '$') {
            wva_buf_putc(&out, '$');
            c += 2;
        } else if (end != NULL) {
            char *name = wva_arena_strndup(arena, c + 2, (size_t)(end - c - 2));
            const char *value = sim_env_get(env, name);
            if (value != NULL)
                wva_buf_puts(&out, value);
            else /* unknown references stay as they are */
                wva_buf_append(&out, c, (size_t)(end - c + 1));
            c = end + 1;
        } else {
            wva_buf_putc(&out, *c++);
        }
    }
    return wva_arena_strdup(arena, wva_buf_str(&out));
}
