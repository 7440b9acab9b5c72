// SPDX-License-Identifier: Apache-2.0
// What a vLLM answers over HTTP, through the API server's proxy to Services and Pods. The counters
// of /metrics come from the ledger that the GuideLLM doubles write: they are the only clients.

#include "kubelet.h"

#include "wva/codec/json.h"
#include "wva/util/fs.h"
#include "wva/util/str.h"

#include <stdlib.h>
#include <string.h>

#define LEDGER_MAX ((size_t)32 << 20)

struct target {
    const struct sim_container *container;
    const struct wva_value *service; /* NULL for a pod */
    const char *name;                /* of the Service or Pod */
};

static const struct sim_container *pod_container(const struct sim_pod_run *run)
{
    for (size_t i = 0; i < run->container_count; i++)
        if (run->containers[i].vllm != NULL)
            return &run->containers[i];
    return NULL;
}

static const struct sim_container *ready_backend(struct sim *sim, const struct wva_value *service)
{
    for (struct sim_pod_run *run = sim->workload->pods; run != NULL; run = run->next) {
        struct sim_object *pod = sim_pod_object(sim, run);
        if (pod != NULL && sim_pod_ready(pod->value) && sim_service_selects(service, pod->value) &&
            pod_container(run) != NULL)
            return pod_container(run);
    }
    return NULL;
}

/* Does the Service have this port, by number or name ("" is any)? */
static bool has_port(const struct wva_value *service, const char *port)
{
    wva_auto_arena arena = {0};
    const struct wva_value *ports = wva_get(service, "spec", "ports");
    if (wva_str_empty(port))
        return true;
    for (size_t i = 0; ports != NULL && i < ports->count; i++) {
        int64_t number = sim_int(wva_get(ports->items[i], "port"), 0);
        if (wva_str_eq(wva_get_str(ports->items[i], "name"), port) ||
            strcmp(wva_arena_printf(&arena, "%lld", (long long)number), port) == 0)
            return true;
    }
    return false;
}

static const char *find_service(struct sim *sim, struct wva_arena *arena, const char *namespace_,
                                const char *name, const char *port, struct target *ret,
                                int *ret_status)
{
    struct sim_object *service = sim_store_find(sim, sim_type_of_kind("Service"), namespace_, name);
    if (service == NULL) {
        *ret_status = 404;
        return wva_arena_printf(arena, "services \"%s\" not found", name);
    }
    *ret_status = 503;
    if (!has_port(service->value, port))
        return wva_arena_printf(arena, "no service port %s found for service \"%s\"", port, name);
    ret->service = service->value;
    ret->container = ready_backend(sim, service->value);
    if (ret->container == NULL)
        return wva_arena_printf(arena, "no endpoints available for service \"%s\"", name);
    return NULL;
}

static const char *find_pod(struct sim *sim, struct wva_arena *arena, const char *namespace_,
                            const char *name, const char *port, struct target *ret, int *ret_status)
{
    struct sim_object *pod = sim_store_find(sim, sim_type_of_kind("Pod"), namespace_, name);
    if (pod == NULL) {
        *ret_status = 404;
        return wva_arena_printf(arena, "pods \"%s\" not found", name);
    }
    struct sim_pod_run *run = sim_pod_run_of(sim, sim_uid(pod->value));
    *ret_status = 503;
    if (run == NULL)
        return "address not allowed";
    ret->container = pod_container(run);
    int64_t number = sim_named_port(pod->value, port);
    if (number == 0)
        number = strtoll(port, NULL, 10);
    bool open = ret->container != NULL && ret->container->vllm->listening &&
                ret->container->stage == SIM_STAGE_RUNNING &&
                (number == 0 || number == ret->container->vllm->command.port);
    if (open)
        return NULL;
    return wva_arena_printf(arena,
                            "error trying to reach service: dial tcp %s:%lld: connect: connection "
                            "refused",
                            run->address, (long long)number);
}

static char *models(struct wva_arena *arena, const struct vllm_command *vllm)
{
    struct wva_value *answer = wva_object(arena);
    struct wva_value *list = wva_array(arena);
    for (size_t i = 0; i < vllm->served_count; i++) {
        struct wva_value *model = wva_object(arena);
        wva_put(arena, model, wva_string(arena, vllm->served[i]), "id");
        wva_put(arena, model, wva_string(arena, "model"), "object");
        wva_put(arena, model, wva_int(arena, 1795530000), "created");
        wva_put(arena, model, wva_string(arena, "vllm"), "owned_by");
        wva_put(arena, model, wva_string(arena, vllm->model), "root");
        wva_put(arena, model, wva_null(arena), "parent");
        int64_t length = vllm->max_model_len > 0 ? vllm->max_model_len : 131072;
        wva_put(arena, model, wva_int(arena, length), "max_model_len");
        wva_array_append(arena, list, model);
    }
    wva_put(arena, answer, wva_string(arena, "list"), "object");
    wva_put(arena, answer, list, "data");
    return wva_json_text(arena, answer);
}

struct counters {
    double ttft_sum, ttft_count, itl_sum, itl_count, prompt_tokens, output_tokens, requests,
        running;
};

static double number_of(const struct wva_value *line, const char *name)
{
    double number = 0;
    return wva_value_double(wva_get(line, name), &number) ? number : 0;
}

/* One ledger line: {"namespace":…,"service":…,"ttft_sum":…} */
static void add_line(struct counters *counters, const struct wva_value *line)
{
    counters->ttft_sum += number_of(line, "ttft_sum");
    counters->ttft_count += number_of(line, "ttft_count");
    counters->itl_sum += number_of(line, "itl_sum");
    counters->itl_count += number_of(line, "itl_count");
    counters->prompt_tokens += number_of(line, "prompt_tokens");
    counters->output_tokens += number_of(line, "output_tokens");
    counters->requests += number_of(line, "requests");
    counters->running += number_of(line, "running");
}

static void read_ledger(struct sim *sim, struct wva_arena *arena, const char *namespace_,
                        const char *service, struct counters *counters)
{
    char *text = NULL;
    size_t len = 0, count = 0;
    struct wva_error err = {0};
    if (wva_fs_read(sim->workload->ledger, LEDGER_MAX, arena, &text, &len, &err) < 0)
        return; /* no benchmark ran yet */
    char **lines = wva_str_split(arena, text, '\n', &count);
    struct wva_json_options options = {.name = "the ledger"};
    for (size_t i = 0; i < count; i++) {
        struct wva_value *line = NULL;
        wva_error_clear(&err);
        if (wva_json_parse(arena, lines[i], strlen(lines[i]), &options, &line, &err) == 0 &&
            wva_str_eq(wva_get_str(line, "namespace"), namespace_) &&
            wva_str_eq(wva_get_str(line, "service"), service))
            add_line(counters, line);
    }
}

static char *metrics(struct sim *sim, struct wva_arena *arena, const char *namespace_,
                     const struct target *target)
{
    struct counters c = {0};
    read_ledger(sim, arena, namespace_, target->name, &c);
    const struct vllm_command *vllm = &target->container->vllm->command;
    double running =
        c.running > (double)vllm->max_num_seqs ? (double)vllm->max_num_seqs : c.running;
    const struct {
        const char *name;
        const char *type;
        const char *suffixes[2];
        double values[2];
    } families[] = {
        {"vllm:num_requests_running", "gauge", {"", NULL}, {running, 0}},
        {"vllm:num_requests_waiting", "gauge", {"", NULL}, {c.running - running, 0}},
        {"vllm:kv_cache_usage_perc", "gauge", {"", NULL}, {running / 1000, 0}},
        {"vllm:prompt_tokens", "counter", {"_total", NULL}, {c.prompt_tokens, 0}},
        {"vllm:generation_tokens", "counter", {"_total", NULL}, {c.output_tokens, 0}},
        {"vllm:request_success", "counter", {"_total", NULL}, {c.requests, 0}},
        {"vllm:time_to_first_token_seconds",
         "histogram",
         {"_sum", "_count"},
         {c.ttft_sum, c.ttft_count}},
        {"vllm:inter_token_latency_seconds",
         "histogram",
         {"_sum", "_count"},
         {c.itl_sum, c.itl_count}},
    };
    wva_auto_buf text = WVA_BUF(65536);
    for (size_t i = 0; i < WVA_COUNT(families); i++) {
        wva_buf_printf(&text, "# HELP %s Simulated.\n# TYPE %s %s\n", families[i].name,
                       families[i].name, families[i].type);
        for (size_t k = 0; k < 2 && families[i].suffixes[k] != NULL; k++)
            wva_buf_printf(&text, "%s%s{engine=\"0\",model_name=\"%s\"} %.17g\n", families[i].name,
                           families[i].suffixes[k], vllm->served[0], families[i].values[k]);
    }
    return wva_arena_strdup(arena, wva_buf_str(&text));
}

char *sim_service_get(struct sim *sim, struct wva_arena *arena, const char *namespace_,
                      const char *name, bool pod, const char *port, const char *path,
                      int *ret_status, const char **ret_reason)
{
    struct target target = {.name = name};
    const char *words = pod ? find_pod(sim, arena, namespace_, name, port, &target, ret_status)
                            : find_service(sim, arena, namespace_, name, port, &target, ret_status);
    *ret_reason = words;
    if (words != NULL)
        return NULL;
    *ret_status = 200;
    if (path[0] == '/')
        path++;
    if (strcmp(path, "health") == 0)
        return wva_arena_strdup(arena, "");
    if (strcmp(path, "v1/models") == 0)
        return models(arena, &target.container->vllm->command);
    if (strcmp(path, "metrics") == 0)
        return metrics(sim, arena, namespace_, &target);
    if (strcmp(path, "version") == 0)
        return wva_arena_strdup(arena, "{\"version\":\"0.32.0\"}");
    *ret_status = 404;
    return wva_arena_strdup(arena, "{\"detail\":\"Not Found\"}");
}
