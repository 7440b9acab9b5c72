// SPDX-License-Identifier: Apache-2.0
// Endpoints of Services: the addresses of ready pods, and of those not ready beside them.

#include "workload.h"

#include "wva/util/str.h"

/* The selector map as text for sim_match_labels(); NULL when the Service has none. */
static char *selector_text(struct wva_arena *arena, const struct wva_value *service)
{
    const struct wva_value *selector = wva_get(service, "spec", "selector");
    if (selector == NULL || selector->count == 0)
        return NULL;
    wva_auto_buf text = WVA_BUF(4096);
    for (size_t i = 0; i < selector->count; i++)
        wva_buf_printf(&text, "%s%s=%s", i > 0 ? "," : "", selector->members[i].name,
                       wva_value_str(selector->members[i].value));
    return wva_arena_strdup(arena, wva_buf_str(&text));
}

bool sim_service_selects(const struct wva_value *service, const struct wva_value *pod)
{
    wva_auto_arena arena = {0};
    char *selector = selector_text(&arena, service);
    return selector != NULL && wva_str_eq(sim_namespace(service), sim_namespace(pod)) &&
           sim_match_labels(pod, selector);
}

static struct wva_value *address(struct wva_arena *arena, const struct wva_value *pod)
{
    struct wva_value *value = wva_object(arena);
    wva_put(arena, value, wva_string(arena, wva_get_str(pod, "status", "podIP")), "ip");
    wva_put(arena, value, wva_string(arena, wva_get_str(pod, "spec", "nodeName")), "nodeName");
    wva_put(arena, value, wva_string(arena, "Pod"), "targetRef", "kind");
    wva_put(arena, value, wva_string(arena, sim_name(pod)), "targetRef", "name");
    wva_put(arena, value, wva_string(arena, sim_namespace(pod)), "targetRef", "namespace");
    wva_put(arena, value, wva_string(arena, sim_uid(pod)), "targetRef", "uid");
    return value;
}

static struct wva_value *ports(struct wva_arena *arena, const struct wva_value *service,
                               const struct wva_value *pod)
{
    struct wva_value *list = wva_array(arena);
    const struct wva_value *wanted = wva_get(service, "spec", "ports");
    for (size_t i = 0; wanted != NULL && i < wanted->count; i++) {
        int64_t number = sim_target_port(wanted->items[i], pod);
        if (number <= 0)
            continue;
        struct wva_value *port = wva_object(arena);
        const char *name = wva_get_str(wanted->items[i], "name");
        if (name != NULL)
            wva_put(arena, port, wva_string(arena, name), "name");
        wva_put(arena, port, wva_int(arena, number), "port");
        wva_put(arena, port, wva_string(arena, "TCP"), "protocol");
        wva_array_append(arena, list, port);
    }
    return list;
}

int64_t sim_target_port(const struct wva_value *service_port, const struct wva_value *pod)
{
    const struct wva_value *target = wva_get(service_port, "targetPort");
    if (target == NULL)
        return sim_int(wva_get(service_port, "port"), 0);
    if (target->kind == WVA_NUMBER)
        return sim_int(target, 0);
    return sim_named_port(pod, wva_value_str(target));
}

int64_t sim_named_port(const struct wva_value *pod, const char *name)
{
    const struct wva_value *containers = wva_get(pod, "spec", "containers");
    for (size_t i = 0; containers != NULL && i < containers->count; i++) {
        const struct wva_value *list = wva_get(containers->items[i], "ports");
        for (size_t k = 0; list != NULL && k < list->count; k++)
            if (wva_str_eq(wva_get_str(list->items[k], "name"), name))
                return sim_int(wva_get(list->items[k], "containerPort"), 0);
    }
    return 0;
}

static struct wva_value *subsets(struct sim *sim, struct wva_arena *arena,
                                 const struct wva_value *service)
{
    struct wva_value *list = wva_array(arena);
    struct wva_value *ready = wva_array(arena);
    struct wva_value *not_ready = wva_array(arena);
    const struct wva_value *any = NULL;
    SIM_EACH(pod, sim, "Pod")
    {
        if (wva_get_str(pod->value, "status", "podIP") == NULL || sim_pod_finished(pod->value) ||
            !sim_service_selects(service, pod->value))
            continue;
        any = pod->value;
        wva_array_append(arena, sim_pod_ready(any) ? ready : not_ready, address(arena, any));
    }
    if (any == NULL)
        return list;
    struct wva_value *subset = wva_object(arena);
    if (ready->count > 0)
        wva_put(arena, subset, ready, "addresses");
    if (not_ready->count > 0)
        wva_put(arena, subset, not_ready, "notReadyAddresses");
    wva_put(arena, subset, ports(arena, service, any), "ports");
    wva_array_append(arena, list, subset);
    return list;
}

static void reconcile_service(struct sim *sim, const struct wva_value *service)
{
    wva_auto_arena arena = {0};
    const struct sim_type *type = sim_type_of_kind("Endpoints");
    struct sim_object *found = sim_store_find(sim, type, sim_namespace(service), sim_name(service));
    if (wva_get(service, "spec", "selector") == NULL)
        return;
    struct wva_value *endpoints = wva_object(&arena);
    if (found != NULL)
        endpoints = wva_clone(&arena, found->value);
    wva_put(&arena, endpoints, wva_string(&arena, sim_name(service)), "metadata", "name");
    wva_put(&arena, endpoints, wva_string(&arena, sim_namespace(service)), "metadata", "namespace");
    struct wva_value *owners = wva_array(&arena);
    struct wva_value *owner = sim_owner_reference(&arena, service);
    wva_remove(owner, "controller");
    wva_remove(owner, "blockOwnerDeletion");
    wva_array_append(&arena, owners, owner);
    wva_put(&arena, endpoints, owners, "metadata", "ownerReferences");
    wva_put(&arena, endpoints, subsets(sim, &arena, service), "subsets");
    if (found != NULL)
        sim_store_replace(sim, found, endpoints);
    else
        (void)sim_store_add(sim, type, endpoints);
}

void sim_reconcile_endpoints(struct sim *sim)
{
    SIM_EACH(service, sim, "Service")
    reconcile_service(sim, service->value);
}
