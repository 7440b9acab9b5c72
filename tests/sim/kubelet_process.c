// SPDX-License-Identifier: Apache-2.0
// Containers that are processes: started in a process group of their own, stopped as a container's
// first process is, reaped by pid.

#include "kubelet.h"
#include "marked.h"

#include "wva/util/str.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ENV_EXTRA 4

/* Does the process handle SIGTERM? The first process of a container is PID 1 of its namespace: the
 * kernel keeps signals from it that it has no handler for. Unknown (no /proc): yes. */
static bool handles_sigterm(pid_t pid)
{
    char path[64], line[256];
    snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return true;
    unsigned long long caught = ~0ULL;
    while (fgets(line, sizeof(line), file) != NULL)
        if (strncmp(line, "SigCgt:", 7) == 0)
            caught = strtoull(line + 7, NULL, 16);
    (void)fclose(file);
    return (caught >> (SIGTERM - 1) & 1) != 0;
}

void sim_process_terminate(const struct sim_container *container)
{
    if (container->pid > 0 && handles_sigterm(container->pid))
        (void)kill(container->pid, SIGTERM);
}

void sim_process_kill(const struct sim_container *container)
{
    if (container->pid > 0)
        (void)kill(-container->pid, SIGKILL);
}

bool sim_process_ended(struct sim_container *container, int *ret_exit)
{
    int status = 0;
    if (waitpid(container->pid, &status, WNOHANG) != container->pid)
        return false;
    /* the container's other processes go with the first one */
    (void)kill(-container->pid, SIGKILL);
    sim_kill_marked(container->mark);
    container->pid = 0;
    *ret_exit = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return true;
}

/* The program's path as execvp in the container would find it, or NULL. */
static char *find_program(struct wva_arena *arena, const char *name, const char *path)
{
    if (strchr(name, '/') != NULL)
        return wva_arena_strdup(arena, name);
    size_t count = 0;
    char **dirs = wva_str_split(arena, path, ':', &count);
    for (size_t i = 0; i < count; i++) {
        char *candidate = wva_arena_printf(arena, "%s/%s", dirs[i], name);
        if (access(candidate, X_OK) == 0)
            return candidate;
    }
    return NULL;
}

/* The environment with paths mapped, our bin folder first on PATH, and the double's world. */
static char **process_env(struct sim *sim, struct sim_pod_run *run, struct sim_container *container,
                          const struct sim_path_map *map, char *const *env)
{
    size_t count = 0;
    while (env[count] != NULL)
        count++;
    char **out = wva_arena_calloc(&run->arena, count + ENV_EXTRA, sizeof(*out));
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        out[n++] = wva_str_has_prefix(env[i], "PATH=")
                       ? wva_arena_printf(&run->arena, "PATH=%s:%s", sim->workload->bin_dir,
                                          env[i] + strlen("PATH="))
                       : sim_map_paths(&run->arena, map, env[i]);
    container->mark =
        wva_arena_printf(&run->arena, "%s=%s", SIM_MARK, sim_write_world(sim, run, container));
    out[n++] = container->mark;
    return out;
}

static int spawn(const char *program, char *const *argv, char *const *env, const char *dir,
                 const char *log_path, pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log_path,
                                     O_WRONLY | O_CREAT | O_APPEND, 0644);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    posix_spawn_file_actions_addchdir_np(&actions, dir);
#if defined(__GLIBC__)
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
#endif
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETSIGDEF);
    int result = posix_spawn(ret_pid, program, &actions, &attributes, argv, env);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return result;
}

static const char *start_error(struct wva_arena *arena, const char *name, const char *why)
{
    return wva_arena_printf(arena,
                            "failed to create containerd task: failed to create shim task: OCI "
                            "runtime create failed: runc create failed: unable to start container "
                            "process: error during container init: exec: \"%s\": %s",
                            name, why);
}

int sim_process_start(struct sim *sim, struct sim_pod_run *run, struct sim_container *container,
                      char **argv, char **env, const char **ret_words)
{
    struct wva_arena *arena = &run->arena;
    const struct sim_path_map *map = sim_path_map_of(sim, run, container);
    if (argv[0] == NULL) {
        *ret_words = start_error(arena, "", "no command specified");
        return -1;
    }
    for (size_t i = 0; argv[i] != NULL; i++)
        argv[i] = sim_map_paths(arena, map, argv[i]);
    char **mapped = process_env(sim, run, container, map, env);
    char *program = find_program(arena, argv[0], sim_env_get(mapped, "PATH"));
    if (program == NULL) {
        *ret_words = start_error(arena, argv[0], "executable file not found in $PATH");
        return -1;
    }
    const char *dir = wva_get_str(container->spec, "workingDir");
    dir = sim_map_paths(arena, map, dir != NULL ? dir : "/home/guidellm");
    int result = spawn(program, argv, mapped, dir, container->log_path, &container->pid);
    if (result != 0) {
        container->pid = 0;
        *ret_words = start_error(arena, argv[0], strerror(result));
        return -1;
    }
    return 0;
}

void sim_warden_start(struct sim *sim)
{
    int fds[2];
    sim->workload->warden_fd = -1;
    if (pipe2(fds, O_CLOEXEC) < 0)
        return;
    char *argv[] = {(char[]){"wva-sim-warden"}, (char[]){"--sim-warden"}, sim->workload->pods_dir,
                    NULL};
    char *env[] = {NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fds[0], STDIN_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    if (posix_spawn(&sim->workload->warden, sim->options.guidellm, &actions, &attributes, argv,
                    env) == 0)
        sim->workload->warden_fd = fds[1];
    else
        close(fds[1]);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    close(fds[0]);
}

void sim_warden_stop(struct sim *sim)
{
    if (sim->workload->warden_fd < 0)
        return;
    close(sim->workload->warden_fd);
    (void)waitpid(sim->workload->warden, NULL, 0);
}
