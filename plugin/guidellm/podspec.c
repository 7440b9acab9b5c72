// SPDX-License-Identifier: Apache-2.0
/* Fields of a pod spec that users set with flags. Checks their form; whether they exist is the
 * cluster's. */
#include "wva/guidellm/podspec.h"

#include "wva/util/buf.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <stdint.h>
#include <string.h>

static struct wva_value *member(struct wva_arena *arena, struct wva_value *object, const char *name,
                                struct wva_value *(*make)(struct wva_arena *), enum wva_kind kind)
{
    struct wva_value *value = wva_object_get(object, name);
    if (!value || value->kind != kind) {
        value = make(arena);
        wva_object_set(arena, object, name, value);
    }
    return value;
}

static struct wva_value *list_of(struct wva_arena *arena, struct wva_value *object,
                                 const char *name)
{
    return member(arena, object, name, wva_array, WVA_ARRAY);
}

struct wva_value *wva_podspec_container(const struct wva_value *pod_spec, const char *name)
{
    return wva_array_named(wva_object_get(pod_spec, "containers"), name);
}

static bool is_effect(const char *text)
{
    static const char *const effects[] = {"NoSchedule", "PreferNoSchedule", "NoExecute"};
    for (size_t i = 0; i < WVA_COUNT(effects); i++)
        if (wva_str_eq(text, effects[i]))
            return true;
    return false;
}

static struct wva_value *toleration(struct wva_arena *arena, const char *text)
{
    char *key = wva_arena_strdup(arena, text);
    char *effect = strchr(key, ':');
    if (effect)
        *effect++ = '\0';
    char *value = strchr(key, '=');
    if (value)
        *value++ = '\0';
    if (wva_str_empty(key) || (effect && !is_effect(effect)))
        return NULL;

    struct wva_value *result = wva_object(arena);
    wva_put(arena, result, wva_string(arena, key), "key");
    wva_put(arena, result, wva_string(arena, value ? "Equal" : "Exists"), "operator");
    if (value)
        wva_put(arena, result, wva_string(arena, value), "value");
    if (effect)
        wva_put(arena, result, wva_string(arena, effect), "effect");
    return result;
}

int wva_podspec_set_tolerations(struct wva_arena *arena, struct wva_value *pod_spec,
                                const char *const *list, struct wva_error *err)
{
    for (; list && *list; list++) {
        struct wva_value *value = toleration(arena, *list);
        if (!value)
            return wva_error_set(err, WVA_E_USAGE,
                                 "cannot use the toleration \"%s\": it must be "
                                 "key[=value][:effect] with the effect NoSchedule, "
                                 "PreferNoSchedule or NoExecute",
                                 *list);
        wva_array_append(arena, list_of(arena, pod_spec, "tolerations"), value);
    }
    return 0;
}

int wva_podspec_set_node_selector(struct wva_arena *arena, struct wva_value *pod_spec,
                                  const char *const *list, struct wva_error *err)
{
    for (; list && *list; list++) {
        const char *equals = strchr(*list, '=');
        if (!equals || equals == *list)
            return wva_error_set(err, WVA_E_USAGE,
                                 "cannot use the node selector \"%s\": it must be key=value",
                                 *list);
        const char *key = wva_arena_strndup(arena, *list, (size_t)(equals - *list));
        wva_put(arena, pod_spec, wva_string(arena, equals + 1), "nodeSelector", key);
    }
    return 0;
}

void wva_podspec_set_image_pull_secret(struct wva_arena *arena, struct wva_value *pod_spec,
                                       const char *name)
{
    if (!name)
        return;
    struct wva_value *list = list_of(arena, pod_spec, "imagePullSecrets");
    if (wva_array_named(list, name))
        return;
    struct wva_value *reference = wva_object(arena);
    wva_put(arena, reference, wva_string(arena, name), "name");
    wva_array_append(arena, list, reference);
}

void wva_podspec_set_service_account(struct wva_arena *arena, struct wva_value *pod_spec,
                                     const char *name)
{
    if (name)
        wva_put(arena, pod_spec, wva_string(arena, name), "serviceAccountName");
}

void wva_podspec_set_resources(struct wva_arena *arena, struct wva_value *container,
                               const char *cpu, const char *memory)
{
    if (cpu)
        wva_put(arena, container, wva_string(arena, cpu), "resources", "requests", "cpu");
    if (!memory)
        return;
    wva_put(arena, container, wva_string(arena, memory), "resources", "requests", "memory");
    wva_put(arena, container, wva_string(arena, memory), "resources", "limits", "memory");
}

/* A fresh entry of the container's `env` in the place of the old one of that name, or at the end.
 */
static struct wva_value *env_entry(struct wva_arena *arena, struct wva_value *container,
                                   const char *name)
{
    struct wva_value *list = list_of(arena, container, "env");
    struct wva_value *entry = wva_array_named(list, name);
    if (entry) {
        *entry = *wva_object(arena);
    } else {
        entry = wva_object(arena);
        wva_array_append(arena, list, entry);
    }
    wva_put(arena, entry, wva_string(arena, name), "name");
    return entry;
}

void wva_podspec_set_env(struct wva_arena *arena, struct wva_value *container, const char *name,
                         const char *value)
{
    struct wva_value *entry = env_entry(arena, container, name);
    wva_put(arena, entry, wva_string(arena, wva_podspec_literal(arena, value)), "value");
}

void wva_podspec_set_secret_env(struct wva_arena *arena, struct wva_value *container,
                                const char *name, const char *secret, const char *key)
{
    struct wva_value *entry = env_entry(arena, container, name);
    wva_put(arena, entry, wva_string(arena, secret), "valueFrom", "secretKeyRef", "name");
    wva_put(arena, entry, wva_string(arena, key), "valueFrom", "secretKeyRef", "key");
    wva_put(arena, entry, wva_bool(arena, true), "valueFrom", "secretKeyRef", "optional");
}

char *wva_podspec_literal(struct wva_arena *arena, const char *text)
{
    wva_auto_buf out = WVA_BUF(SIZE_MAX);
    for (; *text; text++) {
        if (*text == '$')
            wva_buf_putc(&out, '$');
        wva_buf_putc(&out, *text);
    }
    return wva_arena_strdup(arena, wva_buf_str(&out));
}
