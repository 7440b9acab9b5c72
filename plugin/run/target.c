// SPDX-License-Identifier: Apache-2.0
/*
 * What to measure, and what its objects tell about it: the vLLM container's arguments and
 * environment, the Service in front of it. A URL tells nothing but itself; flags supply the rest.
 */
#include "wva/run/target.h"

#include "server_args.h"

#include "wva/util/mem.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <string.h>

#define VLLM_DEFAULT_PORT 8000

/* A Deployment's vLLM container and what its command line says. */
struct server {
    const struct wva_value *deployment;
    const struct wva_value *pod_spec;
    const struct wva_value *container;
    struct wva_server_args args;
    int64_t port;
};

static const struct wva_value *server_container(const struct wva_value *pod_spec)
{
    const struct wva_value *containers = wva_get(pod_spec, "containers");
    if (!containers || containers->kind != WVA_ARRAY || containers->count == 0)
        return NULL;
    for (size_t i = 0; i < containers->count; i++) {
        const struct wva_value *container = containers->items[i];
        const char *image = wva_get_str(container, "image");
        if (wva_str_eq(wva_get_str(container, "name"), "vllm") || (image && strstr(image, "vllm")))
            return container;
    }
    return containers->items[0];
}

static const struct wva_value *environment(const struct wva_value *container, const char *name)
{
    return wva_array_named(wva_get(container, "env"), name);
}

static void read_token(const struct wva_value *container, struct wva_target *ret)
{
    static const char *const names[] = {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"};
    for (size_t i = 0; i < 2 && !ret->hf_token_secret; i++) {
        const struct wva_value *reference =
            wva_get(environment(container, names[i]), "valueFrom", "secretKeyRef");
        ret->hf_token_secret = wva_get_str(reference, "name");
        ret->hf_token_key = wva_get_str(reference, "key");
    }
}

static int64_t pieces_of(const struct wva_value *quantity)
{
    int64_t number = 0;
    double pieces;
    const char *text = wva_value_str(quantity);
    if (text && wva_parse_quantity(text, &pieces) == 0 && pieces >= 1 && pieces < 1e6)
        return (int64_t)pieces;
    (void)wva_value_i64(quantity, &number);
    return number > 0 ? number : 0;
}

/* GPUs of the container: the extended resource (with a '/') that is called so, else any. */
static int64_t gpu_count(const struct wva_value *container)
{
    static const char *const marks[] = {"gpu", "/"};
    const struct wva_value *limits = wva_get(container, "resources", "limits");
    for (size_t m = 0; m < WVA_COUNT(marks); m++)
        for (size_t i = 0; limits && limits->kind == WVA_OBJECT && i < limits->count; i++)
            if (strchr(limits->members[i].name, '/') && strstr(limits->members[i].name, marks[m]))
                return pieces_of(limits->members[i].value);
    return 0;
}

static void open_server(struct wva_arena *arena, const struct wva_value *deployment,
                        struct server *ret)
{
    struct server server = {
        .deployment = deployment,
        .pod_spec = wva_get(deployment, "spec", "template", "spec"),
    };
    server.container = server_container(server.pod_spec);
    wva_server_args_read(arena, server.container, &server.args);
    server.port = wva_server_args_number(&server.args, "--port");
    if (server.port == 0)
        server.port = VLLM_DEFAULT_PORT;
    *ret = server;
}

static void read_server(const struct server *server, struct wva_target *ret)
{
    const struct wva_server_args *args = &server->args;
    ret->model = wva_server_args_model(args);
    ret->served_model = wva_server_args_value(args, "--served-model-name");
    if (!ret->served_model)
        ret->served_model = ret->model;
    ret->max_batch_size = wva_server_args_number(args, "--max-num-seqs");
    ret->prefix_caching = !wva_server_args_has(args, "--no-enable-prefix-caching");
    ret->accelerator = wva_get_str(server->pod_spec, "nodeSelector", "nvidia.com/gpu.product");
    ret->accelerator_count = gpu_count(server->container);
    ret->vllm_image = wva_get_str(server->container, "image");
    ret->deployment = wva_get_str(server->deployment, "metadata", "name");
    read_token(server->container, ret);
}

/* Adds up, as a Service may lead to several Deployments. */
static void count_replicas(const struct wva_value *deployment, struct wva_target *ret)
{
    int64_t replicas = 1, ready = 0;
    (void)wva_value_i64(wva_get(deployment, "spec", "replicas"), &replicas);
    (void)wva_value_i64(wva_get(deployment, "status", "readyReplicas"), &ready);
    ret->replicas += replicas;
    ret->ready_replicas += ready;
}

/* Does every pair of a Service's selector stand in these labels? An empty one selects nothing. */
static bool selects(const struct wva_value *selector, const struct wva_value *labels)
{
    if (!selector || selector->kind != WVA_OBJECT || selector->count == 0)
        return false;
    for (size_t i = 0; i < selector->count; i++) {
        const char *wanted = wva_value_str(selector->members[i].value);
        if (!wva_str_eq(wanted, wva_value_str(wva_object_get(labels, selector->members[i].name))))
            return false;
    }
    return true;
}

static const struct wva_value *pod_labels(const struct wva_value *deployment)
{
    return wva_get(deployment, "spec", "template", "metadata", "labels");
}

/* The container's port that one of a Service leads to: its targetPort, which may be a name. */
static int64_t leads_to(const struct wva_value *service_port, const struct wva_value *container)
{
    const struct wva_value *target = wva_get(service_port, "targetPort");
    const struct wva_value *named =
        wva_array_named(wva_get(container, "ports"), wva_value_str(target));
    int64_t port = 0;
    if (!target)
        target = wva_get(service_port, "port");
    (void)wva_value_i64(named ? wva_get(named, "containerPort") : target, &port);
    return port;
}

/* A Service's port that leads to the server's, or NULL. */
static const struct wva_value *port_to_server(const struct wva_value *service,
                                              const struct server *server)
{
    const struct wva_value *ports = wva_get(service, "spec", "ports");
    for (size_t i = 0; server && ports && ports->kind == WVA_ARRAY && i < ports->count; i++)
        if (leads_to(ports->items[i], server->container) == server->port)
            return ports->items[i];
    return NULL;
}

static int64_t service_port(const struct wva_value *service, const struct server *server)
{
    static const char *const usual[] = {"http", "vllm", "http-vllm", "api"};
    const struct wva_value *ports = wva_get(service, "spec", "ports");
    const struct wva_value *chosen = port_to_server(service, server);
    int64_t port = VLLM_DEFAULT_PORT;
    for (size_t i = 0; !chosen && i < WVA_COUNT(usual); i++)
        chosen = wva_array_named(ports, usual[i]);
    if (!chosen)
        chosen = wva_get(ports, "0");
    (void)wva_value_i64(wva_get(chosen, "port"), &port);
    return port;
}

/* `server` is NULL where it is not known. */
static const char *service_url(struct wva_arena *arena, const struct wva_value *service,
                               const struct server *server)
{
    return wva_arena_printf(
        arena, "http://%s.%s.svc:%lld", wva_get_str(service, "metadata", "name"),
        wva_get_str(service, "metadata", "namespace"), (long long)service_port(service, server));
}

/* Of the Services in front of the Deployment the first with a port of the server's, else the
 * first. */
static const struct wva_value *service_of(const struct wva_value *services,
                                          const struct server *server)
{
    const struct wva_value *labels = pod_labels(server->deployment);
    const struct wva_value *first = NULL;
    for (size_t i = 0; i < services->count; i++) {
        const struct wva_value *service = services->items[i];
        if (!selects(wva_get(service, "spec", "selector"), labels))
            continue;
        if (port_to_server(service, server))
            return service;
        first = first ? first : service;
    }
    return first;
}

/* The names of a collection, for the hint of a name that does not exist. */
static int hint_names(struct wva_kube *kube, struct wva_arena *arena,
                      const struct wva_kube_type *type, const char *namespace_,
                      struct wva_error *err)
{
    struct wva_value *list;
    struct wva_error ignored = {0};
    if (wva_kube_list(kube, arena, type, namespace_, NULL, NULL, &list, NULL, &ignored) < 0 ||
        list->count == 0)
        return -1;
    struct wva_buf names = WVA_BUF(400);
    for (size_t i = 0; i < list->count && !names.overflowed; i++)
        wva_buf_printf(&names, "%s%s", i ? ", " : "",
                       wva_get_str(list->items[i], "metadata", "name"));
    wva_error_hint(err, "%s in namespace %s: %s", type->resource, namespace_, wva_buf_str(&names));
    wva_buf_done(&names);
    return -1;
}

static int from_deployment(struct wva_kube *kube, struct wva_arena *arena, const char *namespace_,
                           const char *name, struct wva_target *ret, struct wva_error *err)
{
    struct wva_value *deployment, *services;
    if (wva_kube_get(kube, arena, &wva_type_deployment, namespace_, name, &deployment, err) < 0)
        return err->code == WVA_E_NOT_FOUND
                   ? hint_names(kube, arena, &wva_type_deployment, namespace_, err)
                   : -1;
    if (wva_kube_list(kube, arena, &wva_type_service, namespace_, NULL, NULL, &services, NULL,
                      err) < 0)
        return -1;
    struct server server;
    open_server(arena, deployment, &server);
    const struct wva_value *service = service_of(services, &server);
    if (!service) {
        wva_error_set(err, WVA_E_FAILED,
                      "no Service in namespace %s selects the pods of Deployment '%s'", namespace_,
                      name);
        return wva_error_hint(err, "kubectl expose deployment %s --port %lld -n %s", name,
                              (long long)server.port, namespace_);
    }
    struct wva_target target = {.url = service_url(arena, service, &server)};
    read_server(&server, &target);
    count_replicas(deployment, &target);
    *ret = target;
    return 0;
}

static int from_service(struct wva_kube *kube, struct wva_arena *arena, const char *namespace_,
                        const char *name, struct wva_target *ret, struct wva_error *err)
{
    struct wva_value *service, *deployments;
    if (wva_kube_get(kube, arena, &wva_type_service, namespace_, name, &service, err) < 0)
        return err->code == WVA_E_NOT_FOUND
                   ? hint_names(kube, arena, &wva_type_service, namespace_, err)
                   : -1;
    if (wva_kube_list(kube, arena, &wva_type_deployment, namespace_, NULL, NULL, &deployments, NULL,
                      err) < 0)
        return -1;
    struct wva_target target = {.prefix_caching = true};
    struct server server = {0};
    for (size_t i = 0; i < deployments->count; i++) {
        const struct wva_value *deployment = deployments->items[i];
        if (!selects(wva_get(service, "spec", "selector"), pod_labels(deployment)))
            continue;
        count_replicas(deployment, &target);
        if (server.deployment)
            continue;
        open_server(arena, deployment, &server);
        read_server(&server, &target);
    }
    target.url = service_url(arena, service, server.deployment ? &server : NULL);
    *ret = target;
    return 0;
}

static const struct {
    const char *prefix;
    int (*find)(struct wva_kube *, struct wva_arena *, const char *, const char *,
                struct wva_target *, struct wva_error *);
} kinds[] = {
    {"deployment/", from_deployment}, {"deployments/", from_deployment},
    {"deploy/", from_deployment},     {"deployment.apps/", from_deployment},
    {"service/", from_service},       {"services/", from_service},
    {"svc/", from_service},
};

int wva_target_find(struct wva_kube *kube, struct wva_arena *arena, const char *namespace_,
                    const char *what, struct wva_target *ret, struct wva_error *err)
{
    if (wva_str_has_prefix(what, "http://") || wva_str_has_prefix(what, "https://")) {
        *ret = (struct wva_target){.url = wva_arena_strdup(arena, what), .prefix_caching = true};
        return 0;
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (wva_str_has_prefix(what, kinds[i].prefix))
            return kinds[i].find(kube, arena, namespace_, what + strlen(kinds[i].prefix), ret, err);
    if (strchr(what, '/')) {
        wva_error_set(err, WVA_E_USAGE, "cannot measure '%s'", what);
        return wva_error_hint(err, "give deployment/NAME, service/NAME or a URL");
    }
    return from_deployment(kube, arena, namespace_, what, ret, err);
}
