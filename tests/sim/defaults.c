// SPDX-License-Identifier: Apache-2.0
// What the real API server fills in (pkg/apis/*/v1/defaults.go and the registries' strategies), as
// far as the types here have it: a stored object is never byte for byte what was sent.

#include "schema.h"

#include "wva/codec/json.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <stdlib.h>
#include <string.h>

/* A default as JSON text: set where the member is absent. */
struct fallback {
    const char *member;
    const char *json;
};

static void set_fallbacks(struct wva_arena *arena, struct wva_value *object,
                          const struct fallback *fallbacks)
{
    if (object == NULL || object->kind != WVA_OBJECT)
        return;
    for (; fallbacks->member != NULL; fallbacks++) {
        struct wva_error err = {0};
        struct wva_value *value = NULL;
        const struct wva_json_options options = {.name = "a default"};
        const struct wva_value *present = wva_object_get(object, fallbacks->member);
        if ((present == NULL || present->kind == WVA_NULL) &&
            wva_json_parse(arena, fallbacks->json, strlen(fallbacks->json), &options, &value,
                           &err) == 0)
            wva_object_set(arena, object, fallbacks->member, value);
    }
}

static const struct fallback pod_spec_fallbacks[] = {
    {"restartPolicy", "\"Always\""},
    {"terminationGracePeriodSeconds", "30"},
    {"dnsPolicy", "\"ClusterFirst\""},
    {"securityContext", "{}"},
    {"schedulerName", "\"default-scheduler\""},
    {NULL, NULL},
};

static const struct fallback container_fallbacks[] = {
    {"resources", "{}"},
    {"terminationMessagePath", "\"/dev/termination-log\""},
    {"terminationMessagePolicy", "\"File\""},
    {NULL, NULL},
};

static const struct fallback probe_fallbacks[] = {
    {"timeoutSeconds", "1"},
    {"periodSeconds", "10"},
    {"successThreshold", "1"},
    {"failureThreshold", "3"},
    {NULL, NULL},
};

static const struct fallback http_get_fallbacks[] = {
    {"path", "\"/\""}, {"scheme", "\"HTTP\""}, {NULL, NULL}};

static const struct fallback port_fallbacks[] = {{"protocol", "\"TCP\""}, {NULL, NULL}};

static const struct fallback field_ref_fallbacks[] = {{"apiVersion", "\"v1\""}, {NULL, NULL}};

static const struct fallback mode_fallbacks[] = {{"defaultMode", "420"}, {NULL, NULL}};

static const struct fallback deployment_fallbacks[] = {
    {"replicas", "1"},
    {"strategy", "{\"type\":\"RollingUpdate\",\"rollingUpdate\":{\"maxUnavailable\":\"25%\","
                 "\"maxSurge\":\"25%\"}}"},
    {"revisionHistoryLimit", "10"},
    {"progressDeadlineSeconds", "600"},
    {NULL, NULL},
};

static const struct fallback rolling_fallbacks[] = {
    {"maxUnavailable", "\"25%\""}, {"maxSurge", "\"25%\""}, {NULL, NULL}};

static const struct fallback job_fallbacks[] = {
    {"parallelism", "1"},  {"completions", "1"},
    {"backoffLimit", "6"}, {"completionMode", "\"NonIndexed\""},
    {"suspend", "false"},  {"podReplacementPolicy", "\"TerminatingOrFailed\""},
    {NULL, NULL},
};

static const struct fallback service_fallbacks[] = {
    {"type", "\"ClusterIP\""},
    {"sessionAffinity", "\"None\""},
    {"ipFamilies", "[\"IPv4\"]"},
    {"ipFamilyPolicy", "\"SingleStack\""},
    {"internalTrafficPolicy", "\"Cluster\""},
    {NULL, NULL},
};

/* Always for ":latest" or no tag, else IfNotPresent. */
static const char *pull_policy(const char *image)
{
    const char *slash = image != NULL ? strrchr(image, '/') : NULL;
    const char *tag = strchr(slash != NULL ? slash : image != NULL ? image : "", ':');
    bool digest = image != NULL && strchr(image, '@') != NULL;
    if (digest || (tag != NULL && strcmp(tag, ":latest") != 0))
        return "IfNotPresent";
    return "Always";
}

static void default_list(struct wva_arena *arena, struct wva_value *list,
                         const struct fallback *fallbacks)
{
    for (size_t i = 0; list != NULL && i < list->count; i++)
        set_fallbacks(arena, list->items[i], fallbacks);
}

static void default_container(struct wva_arena *arena, struct wva_value *container)
{
    static const char *const probes[] = {"livenessProbe", "readinessProbe", "startupProbe"};
    struct wva_value *env = wva_get(container, "env");
    set_fallbacks(arena, container, container_fallbacks);
    if (wva_get(container, "imagePullPolicy") == NULL)
        wva_put(arena, container, wva_string(arena, pull_policy(wva_get_str(container, "image"))),
                "imagePullPolicy");
    for (size_t i = 0; i < WVA_COUNT(probes); i++) {
        set_fallbacks(arena, wva_get(container, probes[i]), probe_fallbacks);
        set_fallbacks(arena, wva_get(container, probes[i], "httpGet"), http_get_fallbacks);
    }
    default_list(arena, wva_get(container, "ports"), port_fallbacks);
    for (size_t i = 0; env != NULL && i < env->count; i++)
        set_fallbacks(arena, wva_get(env->items[i], "valueFrom", "fieldRef"), field_ref_fallbacks);
}

static void default_volume(struct wva_arena *arena, struct wva_value *volume)
{
    static const char *const with_mode[] = {"configMap", "secret", "projected", "downwardAPI"};
    for (size_t i = 0; i < WVA_COUNT(with_mode); i++)
        set_fallbacks(arena, wva_get(volume, with_mode[i]), mode_fallbacks);
}

static void default_pod_spec(struct wva_arena *arena, struct wva_value *spec)
{
    static const char *const lists[] = {"containers", "initContainers"};
    struct wva_value *volumes = wva_get(spec, "volumes");
    set_fallbacks(arena, spec, pod_spec_fallbacks);
    for (size_t l = 0; l < WVA_COUNT(lists); l++) {
        struct wva_value *containers = wva_get(spec, lists[l]);
        for (size_t i = 0; containers != NULL && i < containers->count; i++)
            default_container(arena, containers->items[i]);
    }
    for (size_t i = 0; volumes != NULL && i < volumes->count; i++)
        default_volume(arena, volumes->items[i]);
    const char *account = wva_get_str(spec, "serviceAccountName");
    if (account != NULL && wva_get(spec, "serviceAccount") == NULL)
        wva_put(arena, spec, wva_string(arena, account), "serviceAccount");
}

/* Requests that are missing are the limits; only in Pods, not in templates. */
static void default_requests(struct wva_arena *arena, struct wva_value *spec)
{
    struct wva_value *containers = wva_get(spec, "containers");
    for (size_t i = 0; containers != NULL && i < containers->count; i++) {
        struct wva_value *resources = wva_get(containers->items[i], "resources");
        const struct wva_value *limits = wva_get(resources, "limits");
        for (size_t k = 0; limits != NULL && k < limits->count; k++)
            if (wva_get(resources, "requests", limits->members[k].name) == NULL)
                wva_put(arena, resources, wva_clone(arena, limits->members[k].value), "requests",
                        limits->members[k].name);
    }
}

static void default_pod(struct sim *sim, struct wva_arena *arena, struct wva_value *pod)
{
    static const struct fallback fallbacks[] = {
        {"enableServiceLinks", "true"},
        {"serviceAccountName", "\"default\""},
        {"preemptionPolicy", "\"PreemptLowerPriority\""},
        {"priority", "0"},
        {NULL, NULL},
    };
    (void)sim;
    struct wva_value *spec = wva_get(pod, "spec");
    if (spec == NULL)
        return;
    set_fallbacks(arena, spec, fallbacks);
    default_pod_spec(arena, spec);
    default_requests(arena, spec);
    if (wva_get(pod, "status") == NULL)
        wva_put(arena, pod, wva_string(arena, "Pending"), "status", "phase");
}

static void default_template(struct wva_arena *arena, struct wva_value *template)
{
    static const struct fallback fallbacks[] = {{"metadata", "{}"}, {NULL, NULL}};
    struct wva_value *spec = wva_get(template, "spec");
    if (spec == NULL)
        return;
    set_fallbacks(arena, template, fallbacks);
    default_pod_spec(arena, spec);
}

static void default_deployment(struct sim *sim, struct wva_arena *arena, struct wva_value *value)
{
    (void)sim;
    struct wva_value *spec = wva_get(value, "spec");
    const char *strategy = wva_get_str(spec, "strategy", "type");
    set_fallbacks(arena, spec, deployment_fallbacks);
    if (wva_str_eq(strategy, "RollingUpdate")) {
        if (wva_get(spec, "strategy", "rollingUpdate") == NULL)
            wva_put(arena, spec, wva_object(arena), "strategy", "rollingUpdate");
        set_fallbacks(arena, wva_get(spec, "strategy", "rollingUpdate"), rolling_fallbacks);
    }
    default_template(arena, wva_get(spec, "template"));
}

static void default_job(struct sim *sim, struct wva_arena *arena, struct wva_value *value)
{
    (void)sim;
    set_fallbacks(arena, wva_get(value, "spec"), job_fallbacks);
    default_template(arena, wva_get(value, "spec", "template"));
}

/* An address that no other Service has. */
static const char *free_cluster_ip(struct sim *sim, struct wva_arena *arena)
{
    const struct sim_type *services = sim_type_of_kind("Service");
    int64_t highest = 0;
    for (struct sim_object *object = sim->store.objects; object != NULL; object = object->next) {
        const char *ip = wva_get_str(object->value, "spec", "clusterIP");
        char **parts = NULL;
        size_t count = 0;
        if (object->type != services || ip == NULL)
            continue;
        parts = wva_str_split(arena, ip, '.', &count);
        int64_t host = 0;
        for (size_t i = 2; i < count; i++)
            host = host * 256 + (parts[i][0] != '\0' ? strtol(parts[i], NULL, 10) : 0);
        highest = host > highest ? host : highest;
    }
    highest = highest < 256 ? 256 : highest + 1;
    return wva_arena_printf(arena, "10.96.%lld.%lld", (long long)(highest / 256 % 256),
                            (long long)(highest % 256));
}

static void default_service(struct sim *sim, struct wva_arena *arena, struct wva_value *value)
{
    struct wva_value *spec = wva_get(value, "spec");
    if (spec == NULL)
        return;
    set_fallbacks(arena, spec, service_fallbacks);
    struct wva_value *ports = wva_get(spec, "ports");
    default_list(arena, ports, port_fallbacks);
    for (size_t i = 0; ports != NULL && i < ports->count; i++)
        if (wva_get(ports->items[i], "targetPort") == NULL &&
            wva_get(ports->items[i], "port") != NULL)
            wva_put(arena, ports->items[i], wva_clone(arena, wva_get(ports->items[i], "port")),
                    "targetPort");
    if (wva_get_str(spec, "clusterIP") == NULL &&
        !wva_str_eq(wva_get_str(spec, "type"), "ExternalName"))
        wva_put(arena, spec, wva_string(arena, free_cluster_ip(sim, arena)), "clusterIP");
    if (wva_get(spec, "clusterIPs") == NULL && wva_get_str(spec, "clusterIP") != NULL) {
        struct wva_value *ips = wva_array(arena);
        wva_array_append(arena, ips, wva_string(arena, wva_get_str(spec, "clusterIP")));
        wva_put(arena, spec, ips, "clusterIPs");
    }
    if (wva_get(value, "status") == NULL)
        wva_put(arena, value, wva_object(arena), "status", "loadBalancer");
}

static void default_namespace(struct sim *sim, struct wva_arena *arena, struct wva_value *value)
{
    (void)sim;
    const char *name = wva_get_str(value, "metadata", "name");
    struct wva_value *finalizers = wva_array(arena);
    wva_array_append(arena, finalizers, wva_string(arena, "kubernetes"));
    if (name != NULL)
        wva_put(arena, value, wva_string(arena, name), "metadata", "labels",
                "kubernetes.io/metadata.name");
    if (wva_get(value, "spec", "finalizers") == NULL)
        wva_put(arena, value, finalizers, "spec", "finalizers");
    if (wva_get(value, "status", "phase") == NULL)
        wva_put(arena, value, wva_string(arena, "Active"), "status", "phase");
}

static void default_claim(struct sim *sim, struct wva_arena *arena, struct wva_value *value)
{
    (void)sim;
    static const struct fallback fallbacks[] = {{"volumeMode", "\"Filesystem\""}, {NULL, NULL}};
    set_fallbacks(arena, wva_get(value, "spec"), fallbacks);
    if (wva_get(value, "status", "phase") == NULL)
        wva_put(arena, value, wva_string(arena, "Bound"), "status", "phase");
}

static void default_secret(struct sim *sim, struct wva_arena *arena, struct wva_value *value)
{
    (void)sim;
    static const struct fallback fallbacks[] = {{"type", "\"Opaque\""}, {NULL, NULL}};
    set_fallbacks(arena, value, fallbacks);
}

static void default_variant(struct sim *sim, struct wva_arena *arena, struct wva_value *value)
{
    const struct sim_struct *type = sim_schema_named(sim, "VariantAutoscaling");
    if (type != NULL)
        sim_schema_default(type, arena, value);
}

void sim_default_object(struct sim *sim, struct wva_arena *arena, const struct sim_type *type,
                        struct wva_value *value)
{
    static const struct {
        const char *kind;
        void (*fill)(struct sim *sim, struct wva_arena *arena, struct wva_value *value);
    } fillers[] = {
        {"Pod", default_pod},
        {"Deployment", default_deployment},
        {"Job", default_job},
        {"Service", default_service},
        {"Namespace", default_namespace},
        {"PersistentVolumeClaim", default_claim},
        {"Secret", default_secret},
        {"VariantAutoscaling", default_variant},
    };
    for (size_t i = 0; i < WVA_COUNT(fillers); i++)
        if (strcmp(fillers[i].kind, type->kind) == 0)
            fillers[i].fill(sim, arena, value);
}
