// SPDX-License-Identifier: Apache-2.0
/*
 * wva-sim: a whole cluster in one process, as far as this project needs one: an API server that is as strict as
 * the real one, controllers, a scheduler, a kubelet that runs Job containers as real processes, vLLM whose
 * latencies follow known parameters, and GuideLLM's command line and reports. It is our own idea of those; the
 * real ones are the next tier.
 */
#ifndef WVA_TESTS_SIM_SIM_H
#define WVA_TESTS_SIM_SIM_H

#include "store.h"

#include <stdatomic.h>

/* The true latencies of every simulated vLLM (ms, tokens). */
struct sim_truth {
    double alpha, beta, gamma, delta;
    double noise; /* relative standard deviation of each request's ITL and TTFT, e.g. 0.02 */
    uint64_t seed;
};

struct sim_options {
    struct sim_truth truth;
    double speed;           /* simulated seconds a real second; load, pull and benchmark times shrink by it */
    double load_seconds;    /* simulated time vLLM takes to load its model */
    int64_t nodes, gpus_per_node;
    const char *gpu_product; /* node label nvidia.com/gpu.product */
    const char *state_dir;   /* folder of this run: kubeconfigs, CA, pods' files */
    const char *guidellm;    /* path of the GuideLLM double's binary */
    const char *va_release;  /* which VariantAutoscaling CRD is served: "v0.4.2", "v0.5.0", "none", … */
    bool restricted;         /* enforce the restricted Pod Security level in all namespaces */
    bool drip;               /* write every response one byte at a time */
    bool verbose;            /* one line a request on stderr */
};

struct sim {
    struct sim_options options;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct sim_store store;
    atomic_bool stopping;
};

/* api_server.c: serves until sim->stopping; `*ret_port` is chosen by the kernel. TLS unless `plain`. */
int sim_api_start(struct sim *sim, unsigned *ret_port);
void sim_api_stop(struct sim *sim);

/* controllers.c: a thread that reconciles whenever `changed` fires or a simulated timer is due; the kubelet part
 * starts container processes and reaps them. */
void sim_controllers_start(struct sim *sim);
void sim_controllers_stop(struct sim *sim); /* kills what it started, by pid */

/* A container's log as the API's log endpoint returns it; in `arena`; NULL when there is none, with the reason
 * (kubelet's words) in `*ret_reason`. Lock held. */
char *sim_container_log(struct sim *sim, struct wva_arena *arena, const char *namespace_, const char *pod,
                        const char *container, bool previous, const char **ret_reason);

/* Admission of a pod template or pod: restricted Pod Security and ResourceQuota. NULL: admitted; else the words of
 * the refusal, in `arena`. Lock held. Used by the API server (warnings on Jobs and Deployments, 403 on pods) and by
 * the controllers (FailedCreate). */
char *sim_admit_pod(struct sim *sim, struct wva_arena *arena, const char *namespace_,
                    const struct wva_value *pod_spec);

/* faults.c: what misbehaves on demand. The text form is documented in docs and in faults.c. */
bool sim_fault_active(struct sim *sim, const char *name, const char *subject);

#endif
