// SPDX-License-Identifier: Apache-2.0
/*
 * What the controllers, the scheduler and the kubelet of the simulated cluster share: their clock,
 * their memory beside the store, and small helpers on objects.
 *
 * One thread runs them all with sim.lock held. Every reconciler looks at the whole store, writes
 * what should be different and says with sim_due() when it wants to look again; the thread goes
 * round until a round writes nothing. Times are simulated milliseconds since the start
 * (sim_clock()), unless named unix.
 */
#ifndef WVA_TESTS_SIM_WORKLOAD_H
#define WVA_TESTS_SIM_WORKLOAD_H

#include "sim.h"

#include "wva/util/buf.h"
#include "wva/util/mem.h"

#include <sys/types.h>

#define SIM_NEVER  INT64_MAX
#define SIM_SECOND 1000

struct sim_pod_run;
struct sim_image;

/* What a controller remembers of one object (by uid) between rounds. */
struct sim_memo {
    struct sim_memo *next;
    char uid[40];
    int64_t seen_at;     /* first round that saw it */
    int64_t retry_at;    /* no new pod before this */
    int64_t retry_delay; /* doubles with each refusal */
    int64_t ended_at;    /* Job: first round that saw its pod's end; 0: not yet */
    int64_t progress_at; /* Deployment: last progress */
    int64_t progress;    /* Deployment: a sum that changes with progress; Job: failures seen */
    int64_t created;     /* Job: pods made so far */
};

struct sim_workload {
    pthread_t thread;
    int64_t epoch_ms; /* monotonic clock at the start */
    int64_t due;      /* earliest simulated time somebody asked for */
    struct sim_memo *memos;
    struct sim_pod_run *pods;
    struct sim_image *images;
    char *bin_dir;  /* holds the link `guidellm` */
    char *pods_dir; /* one folder a pod */
    char *ledger;   /* what the GuideLLM doubles did to each service, a line each */
    pid_t warden;   /* kills our process groups when we die without notice */
    int warden_fd;
    unsigned next_address;
};

/* controllers.c */
int64_t sim_clock(const struct sim *sim);
void sim_due(struct sim *sim, int64_t at);
struct sim_memo *sim_memo_of(struct sim *sim, const struct wva_value *object);

/* Objects of one type in store order. Adding is fine meanwhile; whoever removes starts over. */
struct sim_object *sim_next(struct sim *sim, const char *kind, struct sim_object *after);
#define SIM_EACH(object, sim, kind)                                                                \
    for (struct sim_object *object = sim_next((sim), (kind), NULL); object != NULL;                \
         object = sim_next((sim), (kind), object))

/* controllers_util.c: reading and writing objects. */
const char *sim_name(const struct wva_value *object);      /* "" when absent */
const char *sim_namespace(const struct wva_value *object); /* "" when absent */
const char *sim_uid(const struct wva_value *object);       /* "" when absent */
int64_t sim_int(const struct wva_value *value, int64_t fallback);
double sim_quantity(const struct wva_value *value); /* 0 when absent or no quantity */
bool sim_deleting(const struct wva_value *object);
const char *sim_controller_uid(const struct wva_value *object); /* NULL without a controller */
struct wva_value *sim_owner_reference(struct wva_arena *arena, const struct wva_value *owner);
char *sim_timestamp(struct wva_arena *arena, int64_t unix_ms);

/* status.conditions[type]: NULL when absent. */
struct wva_value *sim_condition(const struct wva_value *object, const char *type);
bool sim_condition_true(const struct wva_value *object, const char *type);

/* Sets a condition of `object` (a tree of its own); its lastTransitionTime moves when `status`
 * does. */
struct sim_condition_text {
    const char *type;
    const char *status; /* "True", "False", "Unknown" */
    const char *reason;
    const char *message;
};
void sim_set_condition(struct wva_arena *arena, struct wva_value *object,
                       const struct sim_condition_text *condition);
void sim_drop_condition(struct wva_value *object, const char *type);

/* controllers_pod.c */
bool sim_pod_finished(const struct wva_value *pod); /* phase Succeeded or Failed */
bool sim_pod_active(const struct wva_value *pod);   /* neither finished nor being deleted */
bool sim_pod_ready(const struct wva_value *pod);

struct sim_pod_counts {
    int64_t total, active, ready, terminating, succeeded, failed;
};
struct sim_pod_counts sim_count_pods(struct sim *sim, const char *controller_uid);

/* Makes a pod from `owner`'s template. When it is refused, makes the Event FailedCreate, plans the
 * next try in the owner's memo (1, 2, 4 … 60 s) and returns the refusal in `arena`; NULL otherwise.
 */
char *sim_create_pod(struct sim *sim, struct wva_arena *arena, const struct wva_value *owner,
                     const struct wva_value *labels);

/* As the API server's DELETE: a running pod gets a deletion timestamp, others vanish. True when it
 * vanished. */
bool sim_delete_pod(struct sim *sim, struct sim_object *pod);

/* controllers_endpoints.c. Ports are 0 when there is none of the name. */
bool sim_service_selects(const struct wva_value *service, const struct wva_value *pod);
int64_t sim_target_port(const struct wva_value *service_port, const struct wva_value *pod);
int64_t sim_named_port(const struct wva_value *pod, const char *name);

/* controllers_node.c: the node is gone or does not report any more. */
bool sim_node_lost(struct sim *sim, const char *name);

/* The reconcilers, one a file. */
void sim_nodes_create(struct sim *sim);
void sim_reconcile_nodes(struct sim *sim);
void sim_reconcile_deployments(struct sim *sim);
void sim_reconcile_replicasets(struct sim *sim);
void sim_reconcile_jobs(struct sim *sim);
void sim_reconcile_endpoints(struct sim *sim);
void sim_collect_garbage(struct sim *sim);
void sim_schedule(struct sim *sim);
void sim_kubelet(struct sim *sim);
void sim_kubelet_start(struct sim *sim);
void sim_kubelet_stop(struct sim *sim);
bool sim_kubelet_has_children(const struct sim *sim);

#endif
