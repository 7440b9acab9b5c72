// SPDX-License-Identifier: Apache-2.0
// The scheduler: node selector, taints, cpu, memory, pods and extended resources. Affinity,
// priorities and preemption are not simulated; the words of a refusal are those of Kubernetes 1.35.

#include "workload.h"

#include "wva/util/clock.h"
#include "wva/util/str.h"

#include <stdio.h>
#include <string.h>

#define REASONS_MAX 8

/* Why nodes do not fit, counted by reason. */
struct refusal {
    struct {
        char text[160];
        int64_t nodes;
    } reasons[REASONS_MAX];
    size_t count;
    int64_t unhelpful; /* nodes that would not fit even without other pods */
    int64_t full;      /* nodes that would, but nobody of lower priority is there */
    int64_t nodes;
};

static void add_reason(struct refusal *refusal, const char *text)
{
    for (size_t i = 0; i < refusal->count; i++) {
        if (strcmp(refusal->reasons[i].text, text) == 0) {
            refusal->reasons[i].nodes++;
            return;
        }
    }
    if (refusal->count == REASONS_MAX)
        return;
    snprintf(refusal->reasons[refusal->count].text, sizeof(refusal->reasons[0].text), "%s", text);
    refusal->reasons[refusal->count++].nodes = 1;
}

/* What a pod asks for of one resource; extended resources are requested by their limits. */
static double requested(const struct wva_value *pod, const char *resource)
{
    double sum = 0;
    const struct wva_value *containers = wva_get(pod, "spec", "containers");
    for (size_t i = 0; containers != NULL && i < containers->count; i++) {
        const struct wva_value *request =
            wva_get(containers->items[i], "resources", "requests", resource);
        const struct wva_value *limit =
            wva_get(containers->items[i], "resources", "limits", resource);
        sum += sim_quantity(request != NULL ? request : limit);
    }
    return sum;
}

static double used(struct sim *sim, const char *node, const char *resource)
{
    double sum = 0;
    SIM_EACH(pod, sim, "Pod")
    if (wva_str_eq(wva_get_str(pod->value, "spec", "nodeName"), node) &&
        !sim_pod_finished(pod->value))
        sum += requested(pod->value, resource);
    return sum;
}

static bool selector_matches(const struct wva_value *pod, const struct wva_value *node)
{
    const struct wva_value *selector = wva_get(pod, "spec", "nodeSelector");
    for (size_t i = 0; selector != NULL && i < selector->count; i++)
        if (!wva_str_eq(wva_get_str(node, "metadata", "labels", selector->members[i].name),
                        wva_value_str(selector->members[i].value)))
            return false;
    return true;
}

static bool tolerates(const struct wva_value *toleration, const struct wva_value *taint)
{
    const char *key = wva_get_str(toleration, "key");
    const char *effect = wva_get_str(toleration, "effect");
    if (!wva_str_empty(effect) && !wva_str_eq(effect, wva_get_str(taint, "effect")))
        return false;
    if (wva_str_empty(key))
        return wva_str_eq(wva_get_str(toleration, "operator"), "Exists");
    if (!wva_str_eq(key, wva_get_str(taint, "key")))
        return false;
    if (wva_str_eq(wva_get_str(toleration, "operator"), "Exists"))
        return true;
    const char *value = wva_get_str(taint, "value");
    const char *wanted = wva_get_str(toleration, "value");
    return wva_str_eq(wanted != NULL ? wanted : "", value != NULL ? value : "");
}

/* The first taint that keeps the pod away, or NULL. */
static const struct wva_value *untolerated(const struct wva_value *pod,
                                           const struct wva_value *node)
{
    const struct wva_value *taints = wva_get(node, "spec", "taints");
    const struct wva_value *tolerations = wva_get(pod, "spec", "tolerations");
    for (size_t i = 0; taints != NULL && i < taints->count; i++) {
        bool tolerated = wva_str_eq(wva_get_str(taints->items[i], "effect"), "PreferNoSchedule");
        for (size_t k = 0; !tolerated && tolerations != NULL && k < tolerations->count; k++)
            tolerated = tolerates(tolerations->items[k], taints->items[i]);
        if (!tolerated)
            return taints->items[i];
    }
    return NULL;
}

/* cpu, memory, disk and the extended resources that the pod names. */
static size_t resource_names(const struct wva_value *pod, const char *names[REASONS_MAX])
{
    static const char *const native[] = {"cpu", "memory", "ephemeral-storage"};
    size_t count = 0;
    for (; count < WVA_COUNT(native); count++)
        names[count] = native[count];
    const struct wva_value *containers = wva_get(pod, "spec", "containers");
    for (size_t i = 0; containers != NULL && i < containers->count; i++) {
        const struct wva_value *limits = wva_get(containers->items[i], "resources", "limits");
        for (size_t k = 0; limits != NULL && k < limits->count && count < REASONS_MAX; k++)
            if (strchr(limits->members[k].name, '/') != NULL)
                names[count++] = limits->members[k].name;
    }
    return count;
}

/* Names every resource that does not suffice. */
static bool resources_fit(struct sim *sim, const struct wva_value *pod,
                          const struct wva_value *node, struct refusal *refusal)
{
    bool fit = true, hopeless = false;
    const char *names[REASONS_MAX];
    size_t count = resource_names(pod, names);
    for (size_t i = 0; i < count; i++) {
        double wanted = requested(pod, names[i]);
        double there = sim_quantity(wva_get(node, "status", "allocatable", names[i]));
        if (wanted == 0 || wanted + used(sim, sim_name(node), names[i]) <= there)
            continue;
        char text[160];
        snprintf(text, sizeof(text), "Insufficient %s", names[i]);
        add_reason(refusal, text);
        fit = false;
        hopeless |= wanted > there;
    }
    if (!fit)
        *(hopeless ? &refusal->unhelpful : &refusal->full) += 1;
    return fit;
}

static bool fits(struct sim *sim, const struct wva_value *pod, const struct wva_value *node,
                 struct refusal *refusal)
{
    refusal->nodes++;
    if (sim_fault_active(sim, "unschedulable", sim_name(pod))) {
        add_reason(refusal, "Insufficient nvidia.com/gpu");
        refusal->unhelpful++;
        return false;
    }
    if (!sim_condition_true(node, "Ready")) {
        add_reason(refusal, "node(s) had untolerated taint {node.kubernetes.io/unreachable: }");
        refusal->unhelpful++;
        return false;
    }
    if (wva_value_bool(wva_get(node, "spec", "unschedulable"), false)) {
        add_reason(refusal, "node(s) were unschedulable");
        refusal->unhelpful++;
        return false;
    }
    const struct wva_value *taint = untolerated(pod, node);
    if (taint != NULL) {
        char text[160];
        const char *value = wva_get_str(taint, "value");
        snprintf(text, sizeof(text), "node(s) had untolerated taint {%s: %s}",
                 wva_get_str(taint, "key"), value != NULL ? value : "");
        add_reason(refusal, text);
        refusal->unhelpful++;
        return false;
    }
    if (!selector_matches(pod, node)) {
        add_reason(refusal, "node(s) didn't match Pod's node affinity/selector");
        refusal->unhelpful++;
        return false;
    }
    return resources_fit(sim, pod, node, refusal);
}

static char *refusal_text(struct wva_arena *arena, const struct refusal *refusal)
{
    wva_auto_buf text = WVA_BUF(4096);
    if (refusal->nodes == 0)
        return wva_arena_strdup(arena, "no nodes available to schedule pods");
    wva_buf_printf(&text, "0/%lld nodes are available:", (long long)refusal->nodes);
    for (size_t i = 0; i < refusal->count; i++)
        wva_buf_printf(&text, "%s %lld %s", i > 0 ? "," : "", (long long)refusal->reasons[i].nodes,
                       refusal->reasons[i].text);
    wva_buf_printf(&text, ". no new claims to deallocate, preemption: 0/%lld nodes are available:",
                   (long long)refusal->nodes);
    if (refusal->full > 0)
        wva_buf_printf(&text, " %lld No preemption victims found for incoming pod",
                       (long long)refusal->full);
    if (refusal->unhelpful > 0)
        wva_buf_printf(&text, "%s %lld Preemption is not helpful for scheduling",
                       refusal->full > 0 ? "," : "", (long long)refusal->unhelpful);
    wva_buf_putc(&text, '.');
    return wva_arena_strdup(arena, wva_buf_str(&text));
}

/* A claim that the pod names and that is not there; NULL when all are. */
static const char *missing_claim(struct sim *sim, const struct wva_value *pod)
{
    const struct wva_value *volumes = wva_get(pod, "spec", "volumes");
    for (size_t i = 0; volumes != NULL && i < volumes->count; i++) {
        const char *claim = wva_get_str(volumes->items[i], "persistentVolumeClaim", "claimName");
        if (claim != NULL && sim_store_find(sim, sim_type_of_kind("PersistentVolumeClaim"),
                                            sim_namespace(pod), claim) == NULL)
            return claim;
    }
    return NULL;
}

static void bind(struct sim *sim, struct sim_object *pod, const char *node)
{
    static const struct sim_condition_text scheduled = {"PodScheduled", "True", NULL, NULL};
    wva_auto_arena arena = {0};
    struct wva_value *value = wva_clone(&arena, pod->value);
    wva_put(&arena, value, wva_string(&arena, node), "spec", "nodeName");
    sim_set_condition(&arena, value, &scheduled);
    sim_store_replace(sim, pod, value);
    sim_event(sim, pod->value, "Normal", "Scheduled",
              wva_arena_printf(&arena, "Successfully assigned %s/%s to %s", sim_namespace(value),
                               sim_name(value), node));
}

static void refuse(struct sim *sim, struct sim_object *pod, const char *words)
{
    wva_auto_arena arena = {0};
    struct wva_value *value = wva_clone(&arena, pod->value);
    struct sim_condition_text text = {"PodScheduled", "False", "Unschedulable", words};
    bool said = wva_str_eq(wva_get_str(sim_condition(value, "PodScheduled"), "message"), words);
    wva_put(&arena, value, wva_string(&arena, "Pending"), "status", "phase");
    sim_set_condition(&arena, value, &text);
    sim_store_replace(sim, pod, value);
    if (!said)
        sim_event(sim, pod->value, "Warning", "FailedScheduling", words);
}

static void schedule(struct sim *sim, struct sim_object *pod)
{
    wva_auto_arena arena = {0};
    struct refusal refusal = {0};
    const char *claim = missing_claim(sim, pod->value);
    SIM_EACH(node, sim, "Node")
    {
        if (claim != NULL) {
            refusal.nodes++;
            refusal.unhelpful++;
        } else if (fits(sim, pod->value, node->value, &refusal)) {
            bind(sim, pod, sim_name(node->value));
            return;
        }
    }
    char *words = refusal_text(&arena, &refusal);
    if (claim != NULL)
        words = wva_arena_printf(
            &arena,
            "0/%lld nodes are available: persistentvolumeclaim \"%s\" not found. no new claims to "
            "deallocate, preemption: 0/%lld nodes are available: %lld Preemption is not helpful "
            "for scheduling.",
            (long long)refusal.nodes, claim, (long long)refusal.nodes, (long long)refusal.nodes);
    refuse(sim, pod, words);
}

void sim_schedule(struct sim *sim)
{
    SIM_EACH(pod, sim, "Pod")
    if (wva_get_str(pod->value, "spec", "nodeName") == NULL && sim_pod_active(pod->value))
        schedule(sim, pod);
}
