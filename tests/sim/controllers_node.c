// SPDX-License-Identifier: Apache-2.0
// The nodes: made at the start, and lost while the fault `node-lost` is set.

#include "workload.h"

#include "wva/util/clock.h"
#include "wva/util/str.h"

#define LOST_TO_EVICTION_MS (300 * SIM_SECOND) /* default toleration of unreachable:NoExecute */

static void put_labels(struct sim *sim, struct wva_arena *arena, struct wva_value *node,
                       const char *name)
{
    const char *labels[][2] = {
        {"kubernetes.io/arch", "amd64"},
        {"kubernetes.io/hostname", name},
        {"kubernetes.io/os", "linux"},
        {"node.kubernetes.io/instance-type", "wva-sim"},
        {"nvidia.com/gpu.present", "true"},
        {"nvidia.com/gpu.product", sim->options.gpu_product},
        {"nvidia.com/gpu.count",
         wva_arena_printf(arena, "%lld", (long long)sim->options.gpus_per_node)},
    };
    size_t count = sim->options.gpus_per_node > 0 ? WVA_COUNT(labels) : 4;
    for (size_t i = 0; i < count; i++)
        wva_put(arena, node, wva_string(arena, labels[i][1]), "metadata", "labels", labels[i][0]);
}

static void put_resources(struct sim *sim, struct wva_arena *arena, struct wva_value *node)
{
    static const char *const lists[] = {"capacity", "allocatable"};
    const char *gpus = wva_arena_printf(arena, "%lld", (long long)sim->options.gpus_per_node);
    for (size_t i = 0; i < WVA_COUNT(lists); i++) {
        wva_put(arena, node, wva_string(arena, "64"), "status", lists[i], "cpu");
        wva_put(arena, node, wva_string(arena, "527951532Ki"), "status", lists[i], "memory");
        wva_put(arena, node, wva_string(arena, "1844284980Ki"), "status", lists[i],
                "ephemeral-storage");
        wva_put(arena, node, wva_string(arena, "110"), "status", lists[i], "pods");
        if (sim->options.gpus_per_node > 0)
            wva_put(arena, node, wva_string(arena, gpus), "status", lists[i], "nvidia.com/gpu");
    }
}

static void put_ready(struct wva_arena *arena, struct wva_value *node)
{
    static const struct sim_condition_text conditions[] = {
        {"MemoryPressure", "False", "KubeletHasSufficientMemory",
         "kubelet has sufficient memory available"},
        {"DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"},
        {"PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"},
        {"Ready", "True", "KubeletReady", "kubelet is posting ready status"},
    };
    for (size_t i = 0; i < WVA_COUNT(conditions); i++)
        sim_set_condition(arena, node, &conditions[i]);
}

static void create_node(struct sim *sim, int64_t index)
{
    wva_auto_arena arena = {0};
    struct wva_value *node = wva_object(&arena);
    char *name = wva_arena_printf(&arena, "gpu-node-%lld", (long long)index + 1);
    wva_put(&arena, node, wva_string(&arena, "v1"), "apiVersion");
    wva_put(&arena, node, wva_string(&arena, "Node"), "kind");
    wva_put(&arena, node, wva_string(&arena, name), "metadata", "name");
    put_labels(sim, &arena, node, name);
    wva_put(&arena, node, wva_object(&arena), "spec");
    put_resources(sim, &arena, node);
    put_ready(&arena, node);
    wva_put(&arena, node, wva_string(&arena, "v1.35.4"), "status", "nodeInfo", "kubeletVersion");
    wva_put(&arena, node, wva_string(&arena, "amd64"), "status", "nodeInfo", "architecture");
    wva_put(&arena, node, wva_string(&arena, "linux"), "status", "nodeInfo", "operatingSystem");
    wva_put(&arena, node, wva_string(&arena, "containerd://1.7.27"), "status", "nodeInfo",
            "containerRuntimeVersion");
    (void)sim_store_add(sim, sim_type_of_kind("Node"), node);
}

void sim_nodes_create(struct sim *sim)
{
    for (int64_t i = 0; i < sim->options.nodes; i++)
        create_node(sim, i);
}

static void set_ready(struct sim *sim, struct sim_object *node, bool ready)
{
    static const struct sim_condition_text unknown = {"Ready", "Unknown", "NodeStatusUnknown",
                                                      "Kubelet stopped posting node status."};
    wva_auto_arena arena = {0};
    struct wva_value *value = wva_clone(&arena, node->value);
    if (ready)
        put_ready(&arena, value);
    else
        sim_set_condition(&arena, value, &unknown);
    sim_store_replace(sim, node, value);
    sim_memo_of(sim, node->value)->ended_at = ready ? 0 : sim_clock(sim);
    const char *reason = ready ? "NodeReady" : "NodeNotReady";
    sim_event(sim, node->value, "Normal", reason,
              wva_arena_printf(&arena, "Node %s status is now: %s", sim_name(value), reason));
}

bool sim_node_lost(struct sim *sim, const char *name)
{
    struct sim_object *node = sim_store_find(sim, sim_type_of_kind("Node"), NULL, name);
    return node == NULL || !sim_condition_true(node->value, "Ready");
}

static void mark_pods(struct sim *sim, const char *node, bool evict)
{
    static const struct sim_condition_text not_ready = {"Ready", "False", NULL, NULL};
    static const struct sim_condition_text disruption = {
        "DisruptionTarget", "True", "DeletionByTaintManager",
        "Taint manager: deleting due to NoExecute taint"};
    SIM_EACH(pod, sim, "Pod")
    {
        if (!wva_str_eq(wva_get_str(pod->value, "spec", "nodeName"), node) ||
            sim_pod_finished(pod->value) || sim_deleting(pod->value))
            continue;
        wva_auto_arena arena = {0};
        struct wva_value *value = wva_clone(&arena, pod->value);
        sim_set_condition(&arena, value, &not_ready);
        if (evict)
            sim_set_condition(&arena, value, &disruption);
        sim_store_replace(sim, pod, value);
        if (evict) {
            sim_event(sim, pod->value, "Normal", "TaintManagerEviction",
                      wva_arena_printf(&arena, "Marking for deletion Pod %s/%s",
                                       sim_namespace(value), sim_name(value)));
            (void)sim_delete_pod(sim, pod);
        }
    }
}

void sim_reconcile_nodes(struct sim *sim)
{
    SIM_EACH(node, sim, "Node")
    {
        struct sim_memo *memo = sim_memo_of(sim, node->value);
        bool lost = sim_fault_active(sim, "node-lost", sim_name(node->value));
        if (lost == sim_condition_true(node->value, "Ready"))
            set_ready(sim, node, !lost);
        if (memo->ended_at == 0)
            continue;
        int64_t eviction = memo->ended_at + LOST_TO_EVICTION_MS;
        mark_pods(sim, sim_name(node->value), sim_clock(sim) >= eviction);
        if (sim_clock(sim) < eviction)
            sim_due(sim, eviction);
    }
}
