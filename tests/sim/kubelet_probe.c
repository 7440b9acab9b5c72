// SPDX-License-Identifier: Apache-2.0
// Startup, readiness and liveness probes of vLLM containers, and readiness of all others. Only HTTP
// probes are looked at; others succeed.

#include "kubelet.h"

#include "wva/util/str.h"

struct probe {
    const struct wva_value *spec;
    const char *kind; /* "Startup", "Readiness", "Liveness" */
    int64_t period_ms;
    int64_t failure_threshold;
};

static struct probe probe_of(const struct sim_container *container, const char *field,
                             const char *kind)
{
    struct probe probe = {.spec = wva_get(container->spec, field), .kind = kind};
    probe.period_ms = sim_int(wva_get(probe.spec, "periodSeconds"), 10) * SIM_SECOND;
    probe.failure_threshold = sim_int(wva_get(probe.spec, "failureThreshold"), 3);
    return probe;
}

static int64_t probe_port(const struct sim_pod_run *run, const struct probe *probe)
{
    const struct wva_value *port = wva_get(probe->spec, "httpGet", "port");
    if (port == NULL)
        return 0;
    if (port->kind == WVA_NUMBER)
        return sim_int(port, 0);
    return sim_named_port(run->pod, wva_value_str(port));
}

/* NULL when the probe succeeds; else what the kubelet says. */
static const char *probe_failure(struct sim *sim, struct sim_pod_run *run,
                                 const struct sim_container *container, const struct probe *probe)
{
    if (container->vllm == NULL || wva_get(probe->spec, "httpGet") == NULL)
        return NULL;
    int64_t port = probe_port(run, probe);
    const char *path = wva_get_str(probe->spec, "httpGet", "path");
    if (path == NULL)
        path = "/";
    bool listening = container->vllm->listening && port == container->vllm->command.port;
    if (sim_fault_active(sim, "never-ready", run->name))
        listening = false;
    if (!listening)
        return wva_arena_printf(&run->arena,
                                "%s probe failed: Get \"http://%s:%lld%s\": dial tcp %s:%lld: "
                                "connect: connection refused",
                                probe->kind, run->address, (long long)port, path, run->address,
                                (long long)port);
    if (!wva_str_eq(path, "/health") && !wva_str_eq(path, "/v1/models"))
        return wva_arena_printf(
            &run->arena, "%s probe failed: HTTP probe failed with statuscode: 404", probe->kind);
    return NULL;
}

/* The probe whose turn it is: startup until it passed, then readiness, which stands for liveness
 * too (the two ask the same server). */
static struct probe current_probe(const struct sim_container *container)
{
    struct probe probe = probe_of(container, "startupProbe", "Startup");
    if (!container->startup_passed && probe.spec != NULL)
        return probe;
    probe = probe_of(container, "readinessProbe", "Readiness");
    if (probe.spec != NULL)
        return probe;
    return probe_of(container, "livenessProbe", "Liveness");
}

static void fail(struct sim *sim, struct sim_pod_run *run, struct sim_container *container,
                 const char *words)
{
    struct sim_object *pod = sim_pod_object(sim, run);
    container->probe_failures++;
    container->ready = false;
    if (pod != NULL)
        sim_event(sim, pod->value, "Warning", "Unhealthy", words);
}

static bool kills(struct sim *sim, struct sim_pod_run *run, const struct sim_container *container,
                  const struct probe *probe)
{
    bool startup = wva_str_eq(probe->kind, "Startup");
    struct probe liveness = probe_of(container, "livenessProbe", "Liveness");
    const struct probe *judge = startup ? probe : &liveness;
    if (judge->spec == NULL || container->probe_failures < judge->failure_threshold)
        return false;
    struct sim_object *pod = sim_pod_object(sim, run);
    if (pod != NULL)
        sim_event(sim, pod->value, "Normal", "Killing",
                  wva_arena_printf(&run->arena,
                                   startup
                                       ? "Container %s failed startup probe, will be restarted"
                                       : "Container %s failed liveness probe, will be restarted",
                                   container->name));
    return true;
}

static void succeed(struct sim_container *container, const struct probe *probe)
{
    container->probe_failures = 0;
    if (wva_str_eq(probe->kind, "Startup") && !container->startup_passed) {
        container->startup_passed = true;
        /* readiness is asked at once after the startup probe's success */
        container->ready = wva_get(container->spec, "readinessProbe") == NULL;
        container->next_probe = 0;
        return;
    }
    container->ready = true;
}

bool sim_probe(struct sim *sim, struct sim_pod_run *run, struct sim_container *container)
{
    struct probe probe = current_probe(container);
    if (probe.spec == NULL) {
        container->ready = true;
        return false;
    }
    int64_t now = sim_clock(sim);
    if (container->next_probe == 0) {
        int64_t delay = sim_int(wva_get(probe.spec, "initialDelaySeconds"), 0) * SIM_SECOND;
        bool again = container->startup_passed || container->ready;
        container->next_probe = again ? now : container->started + delay;
    }
    if (now < container->next_probe) {
        sim_due(sim, container->next_probe);
        return false;
    }
    container->next_probe = now + probe.period_ms;
    const char *words = probe_failure(sim, run, container, &probe);
    if (words == NULL)
        succeed(container, &probe);
    else
        fail(sim, run, container, words);
    sim_due(sim, container->next_probe == 0 ? now : container->next_probe);
    return words != NULL && kills(sim, run, container, &probe);
}
