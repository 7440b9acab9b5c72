// SPDX-License-Identifier: Apache-2.0
/*
 * What to measure, and what its objects tell about it: the vLLM container's arguments and
 * environment, the Service in front of it. A URL tells nothing but itself; flags supply the rest.
 */
#include "wva/run/target.h"

#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <string.h>

#define VLLM_DEFAULT_PORT 8000

/* The server's arguments in one list, whether given as command, args or one shell line. */
struct arguments {
    struct wva_arena *arena;
    const char **items;
    size_t count;
};

static void add_words(struct arguments *args, const char *text)
{
    size_t count;
    char **words = wva_str_split(args->arena, text, ' ', &count);
    const char **items = wva_arena_calloc(args->arena, args->count + count + 1, sizeof(*items));
    if (args->count)
        memcpy(items, args->items, args->count * sizeof(*items));
    for (size_t i = 0; i < count; i++)
        if (words[i][0] != '\0' && strcmp(words[i], "\\") != 0)
            items[args->count++] = wva_str_trim(args->arena, words[i]);
    args->items = items;
}

/* A shell line ("sh -c 'vllm serve …'") is one element with blanks; any other element has none that
 * matter to us. */
static void add_list(struct arguments *args, const struct wva_value *list)
{
    for (size_t i = 0; list && list->kind == WVA_ARRAY && i < list->count; i++) {
        const char *item = wva_value_str(list->items[i]);
        if (item)
            add_words(args, item);
    }
}

/* Value of "--name value" or "--name=value"; the last one counts, as in argparse. */
static const char *argument(const struct arguments *args, const char *name)
{
    const char *found = NULL;
    size_t len = strlen(name);
    for (size_t i = 0; i < args->count; i++) {
        const char *item = args->items[i];
        if (strncmp(item, name, len) != 0)
            continue;
        if (item[len] == '=')
            found = item + len + 1;
        else if (item[len] == '\0' && i + 1 < args->count)
            found = args->items[i + 1];
    }
    return found;
}

static bool has_argument(const struct arguments *args, const char *name)
{
    for (size_t i = 0; i < args->count; i++)
        if (wva_str_eq(args->items[i], name))
            return true;
    return false;
}

static int64_t number_argument(const struct arguments *args, const char *name)
{
    const char *text = argument(args, name);
    int64_t number = 0;
    if (!text || wva_parse_i64(text, strlen(text), &number) < 0)
        return 0;
    return number > 0 ? number : 0;
}

/* The model of `vllm serve MODEL …` is positional. */
static const char *served_positional(const struct arguments *args)
{
    for (size_t i = 0; i + 1 < args->count; i++)
        if (wva_str_eq(args->items[i], "serve") && args->items[i + 1][0] != '-')
            return args->items[i + 1];
    return NULL;
}

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
    const struct wva_value *env = wva_get(container, "env");
    for (size_t i = 0; env && env->kind == WVA_ARRAY && i < env->count; i++)
        if (wva_str_eq(wva_get_str(env->items[i], "name"), name))
            return env->items[i];
    return NULL;
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

/* GPUs of the container: any extended resource (with a '/') counts. */
static int64_t gpu_count(const struct wva_value *container)
{
    const struct wva_value *limits = wva_get(container, "resources", "limits");
    for (size_t i = 0; limits && limits->kind == WVA_OBJECT && i < limits->count; i++) {
        double pieces;
        const char *text = wva_value_str(limits->members[i].value);
        if (!strchr(limits->members[i].name, '/'))
            continue;
        if (text && wva_parse_quantity(text, &pieces) == 0 && pieces >= 1)
            return (int64_t)pieces;
        int64_t number;
        if (wva_value_i64(limits->members[i].value, &number))
            return number;
    }
    return 0;
}

static void read_container(struct wva_arena *arena, const struct wva_value *deployment,
                           struct wva_target *ret)
{
    const struct wva_value *pod_spec = wva_get(deployment, "spec", "template", "spec");
    const struct wva_value *container = server_container(pod_spec);
    struct arguments args = {.arena = arena};
    add_list(&args, wva_get(container, "command"));
    add_list(&args, wva_get(container, "args"));

    ret->model = argument(&args, "--model");
    if (!ret->model)
        ret->model = served_positional(&args);
    if (!ret->model && args.count > 0 && !wva_get(container, "command") && args.items[0][0] != '-')
        ret->model = args.items[0]; /* the image's entry point is `vllm serve` */
    ret->served_model = argument(&args, "--served-model-name");
    if (!ret->served_model)
        ret->served_model = ret->model;
    ret->max_batch_size = number_argument(&args, "--max-num-seqs");
    ret->prefix_caching = !has_argument(&args, "--no-enable-prefix-caching");
    ret->accelerator = wva_get_str(pod_spec, "nodeSelector", "nvidia.com/gpu.product");
    ret->accelerator_count = gpu_count(container);
    ret->vllm_image = wva_get_str(container, "image");
    read_token(container, ret);
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

static int64_t service_port(const struct wva_value *service)
{
    static const char *const preferred[] = {"http", "vllm", "http-vllm", "api"};
    const struct wva_value *ports = wva_get(service, "spec", "ports");
    int64_t port = VLLM_DEFAULT_PORT;
    if (!ports || ports->kind != WVA_ARRAY || ports->count == 0)
        return port;
    (void)wva_value_i64(wva_get(ports->items[0], "port"), &port);
    for (size_t p = 0; p < sizeof(preferred) / sizeof(preferred[0]); p++)
        for (size_t i = 0; i < ports->count; i++)
            if (wva_str_eq(wva_get_str(ports->items[i], "name"), preferred[p]) &&
                wva_value_i64(wva_get(ports->items[i], "port"), &port))
                return port;
    return port;
}

static const char *service_url(struct wva_arena *arena, const struct wva_value *service)
{
    return wva_arena_printf(
        arena, "http://%s.%s.svc:%lld", wva_get_str(service, "metadata", "name"),
        wva_get_str(service, "metadata", "namespace"), (long long)service_port(service));
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
    const struct wva_value *labels = wva_get(deployment, "spec", "template", "metadata", "labels");
    struct wva_target target = {0};
    for (size_t i = 0; i < services->count && !target.url; i++)
        if (selects(wva_get(services->items[i], "spec", "selector"), labels))
            target.url = service_url(arena, services->items[i]);
    if (!target.url) {
        wva_error_set(err, WVA_E_FAILED,
                      "no Service in namespace %s selects the pods of Deployment '%s'", namespace_,
                      name);
        return wva_error_hint(err, "kubectl expose deployment %s --port 8000 -n %s", name,
                              namespace_);
    }
    read_container(arena, deployment, &target);
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
    struct wva_target target = {.url = service_url(arena, service), .prefix_caching = true};
    const struct wva_value *selector = wva_get(service, "spec", "selector");
    if (wva_kube_list(kube, arena, &wva_type_deployment, namespace_, NULL, NULL, &deployments, NULL,
                      err) < 0)
        return -1;
    for (size_t i = 0; i < deployments->count; i++)
        if (selects(selector,
                    wva_get(deployments->items[i], "spec", "template", "metadata", "labels"))) {
            read_container(arena, deployments->items[i], &target);
            break;
        }
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
