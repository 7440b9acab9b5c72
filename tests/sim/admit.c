// SPDX-License-Identifier: Apache-2.0
// Admission of pods: the restricted Pod Security level in the real admission plugin's words and
// order. Quota is in admit_quota.c.

#include "admit.h"

#include "wva/util/str.h"

#include <string.h>

#define LEVEL_LABEL "pod-security.kubernetes.io/enforce"

/* Is one of the container's own settings, or failing that the pod's, as it must be? */
typedef bool (*container_check)(const struct wva_value *pod, const struct wva_value *container);

static bool escalates(const struct wva_value *pod, const struct wva_value *container)
{
    (void)pod;
    return wva_value_bool(wva_get(container, "securityContext", "allowPrivilegeEscalation"), true);
}

static bool keeps_capabilities(const struct wva_value *pod, const struct wva_value *container)
{
    (void)pod;
    const struct wva_value *drop = wva_get(container, "securityContext", "capabilities", "drop");
    for (size_t i = 0; drop != NULL && i < drop->count; i++)
        if (wva_str_eq(wva_value_str(drop->items[i]), "ALL"))
            return false;
    return true;
}

static bool may_be_root(const struct wva_value *pod, const struct wva_value *container)
{
    const struct wva_value *own = wva_get(container, "securityContext", "runAsNonRoot");
    if (own != NULL)
        return !wva_value_bool(own, false);
    return !wva_value_bool(wva_get(pod, "securityContext", "runAsNonRoot"), false);
}

static bool profile_ok(const char *type)
{
    return wva_str_eq(type, "RuntimeDefault") || wva_str_eq(type, "Localhost");
}

static bool lacks_seccomp(const struct wva_value *pod, const struct wva_value *container)
{
    const char *own = wva_get_str(container, "securityContext", "seccompProfile", "type");
    if (own != NULL)
        return !profile_ok(own);
    return !profile_ok(wva_get_str(pod, "securityContext", "seccompProfile", "type"));
}

static bool is_root(const struct wva_value *pod, const struct wva_value *container)
{
    int64_t user = -1;
    if (wva_value_i64(wva_get(container, "securityContext", "runAsUser"), &user))
        return user == 0;
    return wva_value_i64(wva_get(pod, "securityContext", "runAsUser"), &user) && user == 0;
}

static bool is_privileged(const struct wva_value *pod, const struct wva_value *container)
{
    (void)pod;
    return wva_value_bool(wva_get(container, "securityContext", "privileged"), false);
}

struct rule {
    const char *name;
    container_check check;
    const char *demand;
    bool pod_too; /* the pod's own setting may serve */
};

/* In the order in which the real plugin names them. */
static const struct rule rules[] = {
    {"privileged", is_privileged, "must not set securityContext.privileged=true", false},
    {"allowPrivilegeEscalation != false", escalates,
     "must set securityContext.allowPrivilegeEscalation=false", false},
    {"unrestricted capabilities", keeps_capabilities,
     "must set securityContext.capabilities.drop=[\"ALL\"]", false},
    {"runAsNonRoot != true", may_be_root, "must set securityContext.runAsNonRoot=true", true},
    {"runAsUser=0", is_root, "must not set runAsUser=0", false},
    {"seccompProfile", lacks_seccomp,
     "must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"", true},
};
#define RULES_BEFORE_VOLUMES 3

static void add_problem(struct wva_buf *words, const struct rule *rule, const struct wva_value *pod)
{
    static const char *const lists[] = {"initContainers", "containers"};
    wva_auto_buf names = WVA_BUF(4096);
    size_t count = 0;
    for (size_t k = 0; k < WVA_COUNT(lists); k++) {
        const struct wva_value *containers = wva_get(pod, lists[k]);
        for (size_t i = 0; containers != NULL && i < containers->count; i++) {
            if (!rule->check(pod, containers->items[i]))
                continue;
            wva_buf_printf(&names, "%s\"%s\"", count++ > 0 ? ", " : "",
                           wva_get_str(containers->items[i], "name"));
        }
    }
    if (count == 0)
        return;
    wva_buf_printf(words, "%s%s (%s%s %s %s)", words->len > 0 ? ", " : "", rule->name,
                   rule->pod_too ? "pod or " : "", count == 1 ? "container" : "containers",
                   wva_buf_str(&names), rule->demand);
}

/* Volumes that the level does not know. */
static void add_volumes(struct wva_buf *words, const struct wva_value *pod)
{
    static const char *const forbidden[] = {"hostPath", "nfs", "iscsi", "glusterfs", "rbd"};
    const struct wva_value *volumes = wva_get(pod, "volumes");
    for (size_t i = 0; volumes != NULL && i < volumes->count; i++)
        for (size_t k = 0; k < WVA_COUNT(forbidden); k++)
            if (wva_get(volumes->items[i], forbidden[k]) != NULL)
                wva_buf_printf(words,
                               "%srestricted volume types (volume \"%s\" uses restricted volume "
                               "type \"%s\")",
                               words->len > 0 ? ", " : "", wva_get_str(volumes->items[i], "name"),
                               forbidden[k]);
}

static void add_host(struct wva_buf *words, const struct wva_value *pod)
{
    static const char *const fields[] = {"hostNetwork", "hostPID", "hostIPC"};
    for (size_t i = 0; i < WVA_COUNT(fields); i++)
        if (wva_value_bool(wva_get(pod, fields[i]), false))
            wva_buf_printf(words, "%shost namespaces (%s=true)", words->len > 0 ? ", " : "",
                           fields[i]);
}

static bool restricted(struct sim *sim, const char *namespace_)
{
    struct sim_object *object =
        sim_store_find(sim, sim_type_of_kind("Namespace"), NULL, namespace_);
    if (sim->options.restricted)
        return true;
    return object != NULL &&
           wva_str_eq(wva_get_str(object->value, "metadata", "labels", LEVEL_LABEL), "restricted");
}

static char *security_refusal(struct sim *sim, struct wva_arena *arena, const char *namespace_,
                              const struct wva_value *pod)
{
    if (!restricted(sim, namespace_))
        return NULL;
    wva_auto_buf words = WVA_BUF(8192);
    add_host(&words, pod);
    for (size_t i = 0; i < RULES_BEFORE_VOLUMES; i++)
        add_problem(&words, &rules[i], pod);
    add_volumes(&words, pod);
    for (size_t i = RULES_BEFORE_VOLUMES; i < WVA_COUNT(rules); i++)
        add_problem(&words, &rules[i], pod);
    if (words.len == 0)
        return NULL;
    return wva_arena_printf(arena, "violates PodSecurity \"restricted:latest\": %s",
                            wva_buf_str(&words));
}

char *sim_admit_pod(struct sim *sim, struct wva_arena *arena, const char *namespace_,
                    const struct wva_value *pod_spec)
{
    const char *account = wva_get_str(pod_spec, "serviceAccountName");
    if (!wva_str_empty(account) && strcmp(account, "default") != 0 &&
        sim_store_find(sim, sim_type_of_kind("ServiceAccount"), namespace_, account) == NULL)
        return wva_arena_printf(arena,
                                "error looking up service account %s/%s: serviceaccount \"%s\" not "
                                "found",
                                namespace_, account, account);
    char *refusal = security_refusal(sim, arena, namespace_, pod_spec);
    return refusal != NULL ? refusal : sim_quota_refusal(sim, arena, namespace_, pod_spec);
}
