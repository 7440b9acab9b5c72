// SPDX-License-Identifier: Apache-2.0
// One container from its image to its end and, where the pod's restart policy says so, again.

#include "kubelet.h"

#include "wva/util/clock.h"
#include "wva/util/str.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MESSAGE_MAX      4096 /* termination message; the last bytes stay */
#define LOG_MESSAGE_MAX  2048 /* of FallbackToLogsOnError */
#define CONFIG_RETRY_MS  (5 * SIM_SECOND)
#define FIRST_RESTART_MS (1 * SIM_SECOND)
#define RESTART_MS       (10 * SIM_SECOND)
#define RESTART_MAX_MS   (300 * SIM_SECOND)
#define FAULT_AFTER_MS   (2 * SIM_SECOND)
#define VLLM_CRASH_MS    (3 * SIM_SECOND)

static const struct wva_value *pod_value(struct sim *sim, const struct sim_pod_run *run)
{
    struct sim_object *pod = sim_pod_object(sim, run);
    return pod != NULL ? pod->value : run->pod;
}

static int64_t seconds(double value)
{
    return (int64_t)(value * SIM_SECOND);
}

/* Why the kubelet would not even create it: kubelet's words, or NULL. */
static const char *config_error(struct sim *sim, struct sim_pod_run *run,
                                const struct sim_container *container)
{
    if (sim_fault_active(sim, "config-error", run->name))
        return "secret \"hf-token\" not found";
    const struct wva_value *flag = wva_get(container->spec, "securityContext", "runAsNonRoot");
    if (flag == NULL)
        flag = wva_get(run->pod, "spec", "securityContext", "runAsNonRoot");
    bool has_user = wva_get(container->spec, "securityContext", "runAsUser") != NULL ||
                    wva_get(run->pod, "spec", "securityContext", "runAsUser") != NULL;
    /* vllm/vllm-openai runs as root; the GuideLLM image has the user 1001 */
    if (wva_value_bool(flag, false) && !has_user && container->vllm != NULL &&
        strstr(container->image, "vllm-openai") != NULL)
        return wva_arena_printf(&run->arena,
                                "container has runAsNonRoot and image will run as root (pod: "
                                "\"%s_%s(%s)\", container: %s)",
                                run->name, run->namespace_, run->uid, container->name);
    return NULL;
}

static void refuse_config(struct sim *sim, struct sim_pod_run *run, struct sim_container *container,
                          const char *words)
{
    container->stage = SIM_STAGE_CONFIG_ERROR;
    container->waiting_reason = "CreateContainerConfigError";
    container->waiting_message = words;
    container->due = sim_clock(sim) + CONFIG_RETRY_MS;
    sim_due(sim, container->due);
    sim_event(sim, pod_value(sim, run), "Warning", "Failed",
              wva_arena_printf(&run->arena, "Error: %s", words));
}

/* The command line as the image's entrypoint would get it. */
static char **command_line(struct sim_pod_run *run, const struct sim_container *container,
                           char *const *env)
{
    const struct wva_value *command = wva_get(container->spec, "command");
    const struct wva_value *args = wva_get(container->spec, "args");
    size_t count = (command != NULL ? command->count : 0) + (args != NULL ? args->count : 0);
    char **argv = wva_arena_calloc(&run->arena, count + 3, sizeof(*argv));
    size_t n = 0;
    for (size_t i = 0; command != NULL && i < command->count; i++)
        argv[n++] = sim_expand(&run->arena, wva_value_str(command->items[i]), env);
    if (command == NULL && strstr(container->image, "guidellm") != NULL)
        argv[n++] = wva_arena_strdup(&run->arena, "guidellm");
    for (size_t i = 0; args != NULL && i < args->count; i++)
        argv[n++] = sim_expand(&run->arena, wva_value_str(args->items[i]), env);
    return argv;
}

static int64_t gpus_of(const struct sim_container *container)
{
    const struct wva_value *limits = wva_get(container->spec, "resources", "limits");
    for (size_t i = 0; limits != NULL && i < limits->count; i++) {
        const struct wva_value *value = limits->members[i].value;
        if (strstr(limits->members[i].name, "gpu") == NULL)
            continue;
        const char *text = value->text;
        return text != NULL ? strtoll(text, NULL, 10) : 0;
    }
    return 0;
}

static void start_vllm(struct sim *sim, struct sim_pod_run *run, struct sim_container *container,
                       char **env)
{
    struct sim_vllm *vllm = container->vllm;
    int exit_code = 1;
    *vllm = (struct sim_vllm){0};
    char **argv = command_line(run, container, env);
    const char *words = vllm_command_parse(&run->arena, argv, &vllm->command, &exit_code);
    if (words == NULL)
        words = vllm_command_refuse(&run->arena, &vllm->command, env, gpus_of(container));
    vllm->loaded_at = sim_clock(sim) + seconds(sim->options.load_seconds);
    sim_vllm_log_start(container, vllm);
    if (words == NULL)
        return;
    container->crash_words = words;
    container->fault_reason = "Error";
    container->fault_exit = exit_code;
    container->fault_at = sim_clock(sim) + VLLM_CRASH_MS;
}

static void plan_faults(struct sim *sim, const struct sim_pod_run *run,
                        struct sim_container *container)
{
    container->fault_at = 0;
    container->crash_words = NULL;
    double exit_code = 1;
    if (sim_fault_number(sim, "crash", run->name, &exit_code)) {
        container->fault_at = sim_clock(sim) + FAULT_AFTER_MS;
        container->fault_reason = "Error";
        container->fault_exit = (int)exit_code;
    }
    if (sim_fault_active(sim, "oom", run->name)) {
        container->fault_at = sim_clock(sim) + FAULT_AFTER_MS;
        container->fault_reason = "OOMKilled";
        container->fault_exit = 137;
    }
}

static void set_running(struct sim *sim, struct sim_container *container)
{
    container->stage = SIM_STAGE_RUNNING;
    container->started = sim_clock(sim);
    container->started_unix = wva_clock_unix_ms();
    container->due = SIM_NEVER;
    container->ready = false;
    container->ever_ran = true;
    container->startup_passed = false;
    container->probe_failures = 0;
    container->next_probe = 0;
}

static void empty_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd >= 0)
        close(fd);
}

/* Creates and starts the container, its image being there. */
static void start(struct sim *sim, struct sim_pod_run *run, struct sim_container *container)
{
    const struct wva_value *pod = pod_value(sim, run);
    const char *words = config_error(sim, run, container);
    char **env = words == NULL ? sim_container_env(sim, run, container, &words) : NULL;
    if (env == NULL) {
        refuse_config(sim, run, container, words);
        return;
    }
    sim_log_rotate(container);
    empty_file(container->message_path);
    set_running(sim, container);
    sim_event(sim, pod, "Normal", "Created",
              wva_arena_printf(&run->arena, "Created container: %s", container->name));
    plan_faults(sim, run, container);
    if (container->vllm != NULL) {
        start_vllm(sim, run, container, env);
    } else if (container->is_process) {
        char **argv = command_line(run, container, env);
        if (sim_process_start(sim, run, container, argv, env, &words) < 0) {
            sim_event(sim, pod, "Warning", "Failed",
                      wva_arena_printf(&run->arena, "Error: %s", words));
            sim_container_end(sim, run, container, 128, "StartError");
            container->ending.message = words;
            return;
        }
    }
    sim_event(sim, pod, "Normal", "Started",
              wva_arena_printf(&run->arena, "Started container %s", container->name));
}

/* Volumes first; then the container. */
static void mount_and_start(struct sim *sim, struct sim_pod_run *run,
                            struct sim_container *container)
{
    if (!run->mounted) {
        const char *words = sim_mount_volumes(sim, run);
        if (words != NULL) {
            container->stage = SIM_STAGE_CONFIG_ERROR;
            container->waiting_reason = NULL;
            container->due = sim_clock(sim) + CONFIG_RETRY_MS;
            sim_due(sim, container->due);
            sim_event(sim, pod_value(sim, run), "Warning", "FailedMount", words);
            return;
        }
        run->mounted = true;
    }
    start(sim, run, container);
}

/* The termination message: the file's last bytes, or the log's where the policy says so. */
static const char *termination_message(struct sim *sim, struct sim_pod_run *run,
                                       const struct sim_container *container, int exit_code)
{
    if (sim_fault_active(sim, "message-lost", run->name))
        return NULL;
    const char *text = sim_file_tail(&run->arena, container->message_path, MESSAGE_MAX);
    const char *policy = wva_get_str(container->spec, "terminationMessagePolicy");
    if (text[0] == '\0' && exit_code != 0 && wva_str_eq(policy, "FallbackToLogsOnError"))
        text = sim_file_tail(&run->arena, container->log_path, LOG_MESSAGE_MAX);
    return text[0] != '\0' ? text : NULL;
}

static bool restarts(const struct sim_pod_run *run, int exit_code)
{
    const char *policy = wva_get_str(run->pod, "spec", "restartPolicy");
    if (run->kill_at != 0 || wva_str_eq(policy, "Never"))
        return false;
    return !wva_str_eq(policy, "OnFailure") || exit_code != 0;
}

static void plan_restart(struct sim *sim, struct sim_pod_run *run, struct sim_container *container)
{
    int64_t delay = FIRST_RESTART_MS;
    container->stage = SIM_STAGE_CRASH_BACKOFF;
    container->waiting_reason = NULL;
    if (container->restarts > 0) {
        int doublings = container->restarts < 6 ? container->restarts - 1 : 5;
        delay = RESTART_MS << doublings;
        if (delay > RESTART_MAX_MS)
            delay = RESTART_MAX_MS;
        container->waiting_reason = "CrashLoopBackOff";
        container->waiting_message = wva_arena_printf(
            &run->arena, "back-off %llds restarting failed container=%s pod=%s_%s(%s)",
            (long long)(delay / SIM_SECOND), container->name, run->name, run->namespace_, run->uid);
        sim_event(sim, pod_value(sim, run), "Warning", "BackOff",
                  wva_arena_printf(&run->arena,
                                   "Back-off restarting failed container %s in pod %s_%s(%s)",
                                   container->name, run->name, run->namespace_, run->uid));
    }
    container->due = sim_clock(sim) + delay;
    sim_due(sim, container->due);
}

void sim_container_end(struct sim *sim, struct sim_pod_run *run, struct sim_container *container,
                       int exit_code, const char *reason)
{
    container->pid = 0;
    container->ready = false;
    container->ending = (struct sim_ending){
        .exit_code = exit_code,
        .reason = reason,
        .message = termination_message(sim, run, container, exit_code),
        .started_unix = container->started_unix,
        .finished_unix = wva_clock_unix_ms(),
    };
    container->stage = SIM_STAGE_ENDED;
    if (restarts(run, exit_code))
        plan_restart(sim, run, container);
}

static void strike(struct sim *sim, struct sim_pod_run *run, struct sim_container *container)
{
    int ignored;
    if (container->pid != 0) {
        sim_process_kill(container);
        while (!sim_process_ended(container, &ignored))
            usleep(200);
    }
    if (container->crash_words != NULL)
        sim_log_line(container, "%s", container->crash_words);
    sim_container_end(sim, run, container, container->fault_exit, container->fault_reason);
}

static void advance_vllm(struct sim *sim, struct sim_container *container)
{
    struct sim_vllm *vllm = container->vllm;
    if (vllm->listening || container->crash_words != NULL)
        return;
    if (sim_clock(sim) < vllm->loaded_at) {
        sim_due(sim, vllm->loaded_at);
        return;
    }
    vllm->listening = true;
    sim_vllm_log_loaded(container, vllm);
}

static void end_by_itself(struct sim *sim, struct sim_pod_run *run, struct sim_container *container,
                          int exit_code)
{
    const char *reason = exit_code == 0 ? "Completed" : "Error";
    if (sim_fault_active(sim, "oom-child", run->name))
        reason = "OOMKilled"; /* as cgroup v1 tells of a child, whatever the exit code */
    sim_container_end(sim, run, container, exit_code, reason);
}

static void advance_running(struct sim *sim, struct sim_pod_run *run,
                            struct sim_container *container)
{
    int exit_code = 0;
    if (container->pid != 0 && sim_process_ended(container, &exit_code)) {
        end_by_itself(sim, run, container, exit_code);
        return;
    }
    if (container->fault_at != 0 && sim_clock(sim) >= container->fault_at) {
        strike(sim, run, container);
        return;
    }
    if (container->fault_at != 0)
        sim_due(sim, container->fault_at);
    if (container->vllm != NULL)
        advance_vllm(sim, container);
    if (sim_probe(sim, run, container))
        sim_container_end(sim, run, container, 137, "Error");
}

static void restart(struct sim *sim, struct sim_pod_run *run, struct sim_container *container)
{
    if (sim_clock(sim) < container->due) {
        sim_due(sim, container->due);
        return;
    }
    container->restarts++;
    container->last = container->ending;
    container->ending = (struct sim_ending){0};
    start(sim, run, container);
}

void sim_container_advance(struct sim *sim, struct sim_pod_run *run,
                           struct sim_container *container)
{
    switch (container->stage) {
    case SIM_STAGE_NEW:
    case SIM_STAGE_PULLING:
    case SIM_STAGE_PULL_FAILED:
    case SIM_STAGE_PULL_BACKOFF:
        if (sim_image_advance(sim, run, container, pod_value(sim, run)))
            mount_and_start(sim, run, container);
        return;
    case SIM_STAGE_CONFIG_ERROR:
        if (sim_clock(sim) >= container->due)
            mount_and_start(sim, run, container);
        else
            sim_due(sim, container->due);
        return;
    case SIM_STAGE_RUNNING:
        advance_running(sim, run, container);
        return;
    case SIM_STAGE_CRASH_BACKOFF:
        restart(sim, run, container);
        return;
    case SIM_STAGE_HOPELESS:
    case SIM_STAGE_ENDED:
        return;
    }
}
