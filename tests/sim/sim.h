// SPDX-License-Identifier: Apache-2.0
/*
 * wva-sim: a whole cluster in one process, as far as this project needs one: an API server that is
 * as strict as the real one, controllers, a scheduler, a kubelet that runs Job containers as real
 * processes, vLLM whose latencies follow known parameters, and GuideLLM's command line and reports.
 * It is our own idea of those; the real ones are the next tier.
 *
 * Who does what, where the two halves meet:
 * - main.c makes the namespaces default, kube-system, kube-public, the CRD object of `va_release`
 * and what `--object` names; controllers make the Nodes, Pods, ReplicaSets, Endpoints and Events.
 * - The API server fills in defaults (sim_default_object) for what users create. A controller that
 *   adds a Pod calls sim_default_object() on it first.
 * - Services get a clusterIP (10.96.x.y) from the API server; nothing listens there.
 * - DELETE of a Pod that has spec.nodeName and runs: the API server only sets
 *   metadata.deletionTimestamp and deletionGracePeriodSeconds; the kubelet ends the container and
 *   calls sim_store_remove(). With gracePeriodSeconds=0, or unscheduled, or finished, the Pod is
 *   removed at once: the kubelet then ends what it runs for a Pod that is no longer there.
 * - DELETE propagation: Background removes the object at once and the garbage collector removes
 *   whatever has an ownerReference to a uid that is gone (Pods as above). Orphan: the API server
 *   strips the ownerReferences first. Foreground: the API server sets deletionTimestamp and the
 *   finalizer "foregroundDeletion"; the garbage collector removes the dependents, then the object.
 * - DELETE of a Namespace removes everything in it at once.
 * - main.c blocks SIGINT, SIGTERM, SIGHUP, SIGCHLD in all threads and ignores SIGPIPE: give child
 *   processes an empty signal mask and SIGPIPE's default action; reap them by pid.
 * - `changed` counts in CLOCK_MONOTONIC (pthread_cond_timedwait).
 * - CMakeLists.txt includes workload.cmake (SIM_WORKLOAD_SOURCES, the target wva-sim-guidellm).
 * - options.guidellm is an absolute path.
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
    double speed; /* simulated seconds a real second; load, pull and benchmark times shrink by it */
    double load_seconds; /* simulated time vLLM takes to load its model */
    int64_t nodes, gpus_per_node;
    const char *gpu_product; /* node label nvidia.com/gpu.product */
    const char *state_dir;   /* folder of this run: kubeconfigs, CA, pods' files */
    const char *guidellm;    /* path of the GuideLLM double's binary */
    const char
        *va_release; /* which VariantAutoscaling CRD is served: "v0.4.2", "v0.5.0", "none", … */
    bool restricted; /* enforce the restricted Pod Security level in all namespaces */
    bool drip;       /* write every response one byte at a time */
    bool verbose;    /* one line a request on stderr */
    bool plain_http; /* no TLS */
};

struct sim_faults;
struct sim_schemas;
struct sim_api;
struct sim_workload;

struct sim {
    struct sim_options options;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct sim_store store;
    atomic_bool stopping;
    struct sim_faults *faults;     /* faults.c, has a lock of its own */
    struct sim_schemas *schemas;   /* schema.c, constant once made */
    struct sim_api *api;           /* api_server.c */
    struct sim_workload *workload; /* controllers.c; NULL until started */
};

/* False for the VariantAutoscaling (and its CRD) when va_release is "none". types.c */
bool sim_type_served(const struct sim *sim, const struct sim_type *type);

/* "v1" or "apps/v1", in `arena`. */
char *sim_type_api_version(struct wva_arena *arena, const struct sim_type *type);

/* api_server.c: serves until sim->stopping; `*ret_port` is chosen by the kernel. TLS unless
 * options.plain_http. */
int sim_api_start(struct sim *sim, unsigned *ret_port);
void sim_api_stop(struct sim *sim);

/* defaults.c: what a real API server fills in. `value` is changed in place. */
void sim_default_object(struct sim *sim, struct wva_arena *arena, const struct sim_type *type,
                        struct wva_value *value);

/* controllers.c: a thread that reconciles whenever `changed` fires or a simulated timer is due; the
 * kubelet part starts container processes and reaps them. */
void sim_controllers_start(struct sim *sim);
void sim_controllers_stop(struct sim *sim); /* kills what it started, by pid */

/* A container's log as the API's log endpoint returns it; in `arena`; NULL when there is none, with
 * the reason (kubelet's words) in `*ret_reason`, which is NULL for a pod without a node (the real
 * endpoint then answers 204). Lock held. */
char *sim_container_log(struct sim *sim, struct wva_arena *arena, const char *namespace_,
                        const char *pod, const char *container, bool previous,
                        const char **ret_reason);

/* What a Service's (or Pod's, see `pod`) HTTP port answers to GET, through the API server's proxy;
 * in `arena`. `port` is a number, a port's name or "" (the only port). NULL with `*ret_status` 404,
 * 502 or 503 when nothing answers there; the text is then in `*ret_reason`, e.g. "no endpoints
 * available for service \"x\"". Lock held. */
char *sim_service_get(struct sim *sim, struct wva_arena *arena, const char *namespace_,
                      const char *name, bool pod, const char *port, const char *path,
                      int *ret_status, const char **ret_reason);

/* Admission of a pod template or pod: restricted Pod Security and ResourceQuota. NULL: admitted;
 * else the words of the refusal, in `arena`. Lock held. Used by the API server (warnings on Jobs
 * and Deployments, 403 on pods) and by the controllers (FailedCreate). The words are what follows
 * `pods "x" is forbidden: `: `violates PodSecurity "restricted:latest": …` (a Warning header says
 * `would violate` instead), `exceeded quota: …` or `failed quota: …` (no Warning header). */
char *sim_admit_pod(struct sim *sim, struct wva_arena *arena, const char *namespace_,
                    const struct wva_value *pod_spec);

/* faults.c: what misbehaves on demand. The text form is documented in docs and in faults.c. True
 * when a fault of this name is set whose `path` text (if any) is part of `subject` (a pod's or
 * image's name) and whose count is not used up; asking counts as one use. Callable with or without
 * the lock. */
bool sim_fault_active(struct sim *sim, const char *name, const char *subject);

/* The same for a fault with a number ("guidellm-errors=0.5"): its number in `*ret` (untouched
 * without one). */
bool sim_fault_number(struct sim *sim, const char *name, const char *subject, double *ret);

#endif
