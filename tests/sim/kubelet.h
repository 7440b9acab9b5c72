// SPDX-License-Identifier: Apache-2.0
/*
 * The kubelet of all simulated nodes: what it remembers of each pod and container, and the pieces
 * it is made of. Containers of Jobs are processes on this machine; vLLM and everything else is only
 * bookkeeping. Init containers, sidecars and ephemeral containers are not simulated.
 */
#ifndef WVA_TESTS_SIM_KUBELET_H
#define WVA_TESTS_SIM_KUBELET_H

#include "vllm.h"
#include "workload.h"

enum sim_stage {
    SIM_STAGE_NEW,           /* nothing done yet */
    SIM_STAGE_PULLING,       /* due: when the pull ends */
    SIM_STAGE_PULL_FAILED,   /* ErrImagePull; due: when it turns into ImagePullBackOff */
    SIM_STAGE_PULL_BACKOFF,  /* ImagePullBackOff; due: next pull */
    SIM_STAGE_HOPELESS,      /* ErrImageNeverPull, InvalidImageName */
    SIM_STAGE_CONFIG_ERROR,  /* CreateContainerConfigError; due: next look */
    SIM_STAGE_RUNNING,       /* process or bookkeeping; due: its end or next event, when known */
    SIM_STAGE_CRASH_BACKOFF, /* CrashLoopBackOff; due: restart */
    SIM_STAGE_ENDED,
};

/* How a container ended. */
struct sim_ending {
    int exit_code;
    const char *reason;                  /* "Completed", "Error", "OOMKilled", … */
    const char *message;                 /* termination message or NULL */
    int64_t started_unix, finished_unix; /* 0: never */
};

struct sim_container {
    const char *name;
    const char *image;
    const struct wva_value *spec; /* in the pod's arena */
    enum sim_stage stage;
    int64_t due;
    int64_t pull_started;
    int64_t pull_failed;
    int64_t pull_backoff;
    bool pull_fails; /* the pull under way will */
    const char *pull_words;
    const char *waiting_reason;
    const char *waiting_message;
    int restarts;
    int64_t started; /* simulated */
    int64_t started_unix;
    bool ready;
    bool ever_ran;
    bool is_process;
    pid_t pid;                /* leader of its process group; 0 when none runs */
    char *mark;               /* by which its processes are known, see marked.h */
    int64_t fault_at;         /* when the fault `crash` or `oom` strikes; 0: never */
    const char *fault_reason; /* "Error" or "OOMKilled" */
    int fault_exit;
    const char *crash_words; /* last words in the log of a vLLM that refuses to start */
    struct sim_vllm *vllm;   /* bookkeeping of a vLLM container, NULL for others */
    int64_t next_probe;
    int probe_failures;
    bool startup_passed;
    struct sim_ending ending; /* stage ENDED or CRASH_BACKOFF */
    struct sim_ending last;   /* of the run before this one; reason NULL: none */
    char *log_path;           /* previous run: the same with ".1" */
    char *message_path;
};

struct sim_pod_run {
    struct sim_pod_run *next;
    struct wva_arena arena;
    char uid[40];
    const char *namespace_;
    const char *name;
    const char *node;
    char *dir;
    char *address;
    const struct wva_value *pod; /* a copy from when it was taken on */
    struct sim_container *containers;
    size_t container_count;
    int64_t taken_at;
    int64_t started_unix;
    int64_t ended_at;    /* when the last container ended; 0: not yet */
    int64_t kill_at;     /* SIGKILL after the grace period; 0: not asked to stop */
    int64_t remove_at;   /* stopped and deleted: when the pod vanishes */
    const char *evicted; /* message of an eviction, or NULL */
    bool mounted;
};

/* kubelet_image.c: advances NEW and PULL_* stages. True when the image is there. */
bool sim_image_advance(struct sim *sim, struct sim_pod_run *run, struct sim_container *container,
                       const struct wva_value *pod);
void sim_images_free(struct sim *sim);

/* kubelet_paths.c */
struct sim_path_map {
    const char **from; /* absolute paths in the container, longest first */
    const char **to;
    size_t count;
};
/* `text` with every path of the map replaced where it stands as a path; in `arena`. */
char *sim_map_paths(struct wva_arena *arena, const struct sim_path_map *map, const char *text);

/* kubelet_env.c: the container's environment as "NAME=value", ends with NULL. NULL with kubelet's
 * words in
 * `*ret_words` when a Secret or ConfigMap is missing. */
char **sim_container_env(struct sim *sim, struct sim_pod_run *run,
                         const struct sim_container *container, const char **ret_words);
const char *sim_env_get(char *const *env, const char *name);

/* `text` with $(NAME) replaced from `env`. */
char *sim_expand(struct wva_arena *arena, const char *text, char *const *env);

/* kubelet_volume.c: folders and files of the pod's volumes. NULL on success, else kubelet's words.
 */
const char *sim_mount_volumes(struct sim *sim, struct sim_pod_run *run);
/* Where this container's paths are on this machine; lives in the run's arena. */
const struct sim_path_map *sim_path_map_of(struct sim *sim, struct sim_pod_run *run,
                                           const struct sim_container *container);

/* kubelet_world.c: the file that tells a GuideLLM double what cluster it is in; its path. */
char *sim_write_world(struct sim *sim, struct sim_pod_run *run,
                      const struct sim_container *container);

/* "0.7.3" of an image's tag; the newest release for tags that tell none. */
const char *sim_guidellm_release(struct wva_arena *arena, const char *image);

/* kubelet_process.c */
/* Starts `argv` with `env`. -1 with the runtime's words when it cannot be started. */
int sim_process_start(struct sim *sim, struct sim_pod_run *run, struct sim_container *container,
                      char **argv, char **env, const char **ret_words);
/* True when it ended; then `*ret_exit` is the exit code, 128 + signal for a signal. */
bool sim_process_ended(struct sim_container *container, int *ret_exit);
void sim_process_terminate(const struct sim_container *container);
void sim_process_kill(const struct sim_container *container);
void sim_warden_start(struct sim *sim);
void sim_warden_stop(struct sim *sim);

/* kubelet_log.c */
void sim_log_line(const struct sim_container *container, const char *format, ...) WVA_PRINTF(2, 3);
/* Cuts a new log; the old one becomes the previous run's. */
void sim_log_rotate(struct sim_container *container);
/* The last `max` bytes of a file as valid UTF-8; "" when there is none. */
char *sim_file_tail(struct wva_arena *arena, const char *path, size_t max);

/* kubelet_container.c */
void sim_container_advance(struct sim *sim, struct sim_pod_run *run,
                           struct sim_container *container);
void sim_container_end(struct sim *sim, struct sim_pod_run *run, struct sim_container *container,
                       int exit_code, const char *reason);

/* vllm_log.c */
void sim_vllm_log_start(const struct sim_container *container, const struct sim_vllm *vllm);
void sim_vllm_log_loaded(const struct sim_container *container, const struct sim_vllm *vllm);

/* kubelet_probe.c: runs the probes that are due. True when the container must be restarted. */
bool sim_probe(struct sim *sim, struct sim_pod_run *run, struct sim_container *container);

/* kubelet_status.c */
void sim_pod_publish(struct sim *sim, struct sim_pod_run *run, struct sim_object *pod);

/* kubelet.c */
struct sim_pod_run *sim_pod_run_of(struct sim *sim, const char *uid);
struct sim_object *sim_pod_object(struct sim *sim, const struct sim_pod_run *run);

#endif
