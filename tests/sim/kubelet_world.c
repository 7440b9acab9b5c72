// SPDX-License-Identifier: Apache-2.0
// The world as a GuideLLM double needs to know it: which Services there are, what serves behind
// them, the truth it is to measure, and the faults that are meant for it.

#include "kubelet.h"

#include "wva/codec/json.h"
#include "wva/util/fs.h"
#include "wva/util/str.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define NEWEST_RELEASE "0.8.1"
#define WORLD_MAX      ((size_t)1 << 20)

const char *sim_guidellm_release(struct wva_arena *arena, const char *image)
{
    const char *slash = strrchr(image, '/');
    const char *colon = strchr(slash != NULL ? slash : image, ':');
    if (colon == NULL)
        return NEWEST_RELEASE;
    const char *tag = colon[1] == 'v' ? colon + 2 : colon + 1;
    size_t len = strspn(tag, "0123456789.");
    return len >= 5 ? wva_arena_strndup(arena, tag, len) : NEWEST_RELEASE;
}

/* The ready vLLM behind a Service, or any not ready one; NULL without one. */
static const struct sim_container *backend(struct sim *sim, const struct wva_value *service,
                                           size_t *ret_ready)
{
    const struct sim_container *found = NULL;
    *ret_ready = 0;
    for (struct sim_pod_run *run = sim->workload->pods; run != NULL; run = run->next) {
        struct sim_object *pod = sim_pod_object(sim, run);
        if (pod == NULL || !sim_service_selects(service, pod->value))
            continue;
        for (size_t i = 0; i < run->container_count; i++) {
            if (run->containers[i].vllm == NULL)
                continue;
            bool ready = sim_pod_ready(pod->value);
            *ret_ready += ready;
            if (found == NULL || (ready && *ret_ready == 1))
                found = &run->containers[i];
        }
    }
    return found;
}

static struct wva_value *service_world(struct sim *sim, struct wva_arena *arena,
                                       const struct wva_value *service)
{
    size_t ready = 0;
    const struct sim_container *container = backend(sim, service, &ready);
    struct wva_value *world = wva_object(arena);
    wva_put(arena, world, wva_string(arena, sim_namespace(service)), "namespace");
    wva_put(arena, world, wva_string(arena, sim_name(service)), "name");
    wva_put(arena, world, wva_string(arena, wva_get_str(service, "spec", "clusterIP")), "address");
    struct wva_value *ports = wva_array(arena);
    const struct wva_value *list = wva_get(service, "spec", "ports");
    for (size_t i = 0; list != NULL && i < list->count; i++)
        wva_array_append(arena, ports, wva_int(arena, sim_int(wva_get(list->items[i], "port"), 0)));
    wva_put(arena, world, ports, "ports");
    wva_put(arena, world, wva_int(arena, (int64_t)ready), "ready");
    if (container == NULL)
        return world;
    const struct vllm_command *vllm = &container->vllm->command;
    struct wva_value *served = wva_array(arena);
    for (size_t i = 0; i < vllm->served_count; i++)
        wva_array_append(arena, served, wva_string(arena, vllm->served[i]));
    wva_put(arena, world, wva_string(arena, vllm->model), "model");
    wva_put(arena, world, served, "served");
    wva_put(arena, world, wva_int(arena, vllm->max_num_seqs), "maxNumSeqs");
    wva_put(arena, world, wva_bool(arena, vllm->prefix_caching), "prefixCaching");
    return world;
}

/* Faults are used up by asking, so each is asked about once, for the pod whose turn it is. */
static struct wva_value *faults(struct sim *sim, struct wva_arena *arena, const char *pod)
{
    static const char *const names[] = {
        "guidellm-fail", "guidellm-errors", "guidellm-hang", "low-concurrency",
        "zero-ttft",     "no-output",       "nan",           "client-overhead"};
    struct wva_value *list = wva_object(arena);
    for (size_t i = 0; i < WVA_COUNT(names); i++) {
        double number = (double)NAN;
        if (!sim_fault_number(sim, names[i], pod, &number))
            continue;
        wva_put(arena, list, isnan(number) ? wva_bool(arena, true) : wva_double(arena, number),
                names[i]);
    }
    return list;
}

static struct wva_value *truth(struct wva_arena *arena, const struct sim_truth *truth_)
{
    struct wva_value *value = wva_object(arena);
    wva_put(arena, value, wva_double(arena, truth_->alpha), "alpha");
    wva_put(arena, value, wva_double(arena, truth_->beta), "beta");
    wva_put(arena, value, wva_double(arena, truth_->gamma), "gamma");
    wva_put(arena, value, wva_double(arena, truth_->delta), "delta");
    wva_put(arena, value, wva_double(arena, truth_->noise), "noise");
    wva_put(arena, value, wva_int(arena, (int64_t)(truth_->seed & INT64_MAX)), "seed");
    return value;
}

char *sim_write_world(struct sim *sim, struct sim_pod_run *run,
                      const struct sim_container *container)
{
    struct wva_arena *arena = &run->arena;
    struct wva_value *world = wva_object(arena);
    wva_put(arena, world, wva_string(arena, sim_guidellm_release(arena, container->image)),
            "release");
    wva_put(arena, world, wva_string(arena, run->namespace_), "namespace");
    wva_put(arena, world, wva_double(arena, sim->options.speed), "speed");
    wva_put(arena, world, truth(arena, &sim->options.truth), "truth");
    wva_put(arena, world, wva_string(arena, sim->workload->ledger), "ledger");
    struct wva_value *services = wva_array(arena);
    SIM_EACH(service, sim, "Service")
    wva_array_append(arena, services, service_world(sim, arena, service->value));
    wva_put(arena, world, services, "services");
    wva_put(arena, world, faults(sim, arena, run->name), "faults");

    char *path = wva_arena_printf(arena, "%s/%s.world.json", run->dir, container->name);
    wva_auto_buf text = WVA_BUF(WORLD_MAX);
    struct wva_error err = {0};
    wva_json_write(&text, world, 2);
    if (wva_fs_write_atomic(path, wva_buf_str(&text), text.len, 0644, &err) < 0)
        fprintf(stderr, "wva-sim: %s\n", err.msg);
    return path;
}
