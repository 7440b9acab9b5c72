// SPDX-License-Identifier: Apache-2.0
// wva-sim: starts the parts in order, runs a command or waits for a signal, stops the parts in
// reverse.

#include "api_store.h"
#include "api_users.h"
#include "kubeconfig.h"
#include "openapi.h"
#include "options.h"
#include "orphans.h"
#include "schema.h"

#include "wva/codec/yaml.h"
#include "wva/util/fs.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define OBJECTS_MAX  ((size_t)16 << 20)
#define CHILD_END_MS 10000
#define STEP_MS      50

/* Signals that main waits for; blocked in every thread. */
static void block_signals(sigset_t *set)
{
    static const int waited[] = {SIGINT, SIGTERM, SIGHUP, SIGCHLD};
    sigemptyset(set);
    for (size_t i = 0; i < WVA_COUNT(waited); i++)
        sigaddset(set, waited[i]);
    pthread_sigmask(SIG_BLOCK, set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void init_locks(struct sim *sim)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&sim->lock, NULL);
    pthread_cond_init(&sim->changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

/* "/…/wva-sim-guidellm", beside this program. */
static const char *beside_self(struct wva_arena *arena)
{
    char path[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);
    path[len > 0 ? len : 0] = '\0';
    return wva_fs_join(arena, wva_fs_dirname(arena, path), "wva-sim-guidellm");
}

static int prepare_state_dir(struct sim *sim, struct wva_arena *arena, bool *ret_made)
{
    const char *given = sim->options.state_dir;
    const char *base = getenv("TMPDIR");
    char *dir = given != NULL ? wva_arena_strdup(arena, given)
                              : wva_fs_join(arena, base != NULL ? base : "/tmp", "wva-sim-XXXXXX");
    char absolute[PATH_MAX];
    if (given == NULL && mkdtemp(dir) == NULL)
        return -1;
    if (given != NULL && mkdir(dir, 0700) < 0 && errno != EEXIST)
        return -1;
    if (realpath(dir, absolute) == NULL)
        return -1;
    sim->options.state_dir = wva_arena_strdup(arena, absolute);
    *ret_made = given == NULL;
    return 0;
}

/* Removes what is in the open folder, and the folders in it; follows no links. */
static void remove_inside(int fd)
{
    DIR *dir = fdopendir(fd);
    if (dir == NULL) {
        close(fd);
        return;
    }
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        int below =
            openat(dirfd(dir), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (below >= 0)
            remove_inside(below);
        (void)unlinkat(dirfd(dir), entry->d_name, below >= 0 ? AT_REMOVEDIR : 0);
    }
    closedir(dir);
}

static void remove_tree(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        remove_inside(fd);
    (void)rmdir(path);
}

static int create_namespace(struct sim *sim, const char *name, struct wva_error *err)
{
    wva_auto_arena arena = {0};
    struct wva_value *namespace_ = wva_object(&arena);
    wva_put(&arena, namespace_, wva_string(&arena, "v1"), "apiVersion");
    wva_put(&arena, namespace_, wva_string(&arena, "Namespace"), "kind");
    wva_put(&arena, namespace_, wva_string(&arena, name), "metadata", "name");
    return api_store_given(sim, namespace_, err);
}

static int create_objects_of(struct sim *sim, const char *path, struct wva_error *err)
{
    wva_auto_arena arena = {0};
    const struct wva_yaml_options options = {.name = path};
    struct wva_value **docs = NULL;
    char *text = NULL;
    size_t len = 0;
    size_t count = 0;
    if (wva_fs_read(path, OBJECTS_MAX, &arena, &text, &len, err) < 0 ||
        wva_yaml_parse(&arena, text, len, &options, &docs, &count, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (api_store_given(sim, docs[i], err) < 0)
            return wva_error_wrap(err, "%s", path);
    return 0;
}

/* "NAMESPACE:KEY=VALUE,KEY=VALUE" */
static int create_quota(struct sim *sim, const char *spec, struct wva_error *err)
{
    wva_auto_arena arena = {0};
    const char *colon = strchr(spec, ':');
    size_t count = 0;
    if (colon == NULL)
        return wva_error_set(err, WVA_E_USAGE, "--quota wants NAMESPACE:KEY=VALUE, not \"%s\"",
                             spec);
    char **limits = wva_str_split(&arena, colon + 1, ',', &count);
    struct wva_value *quota = wva_object(&arena);
    wva_put(&arena, quota, wva_string(&arena, "v1"), "apiVersion");
    wva_put(&arena, quota, wva_string(&arena, "ResourceQuota"), "kind");
    wva_put(&arena, quota, wva_string(&arena, "quota"), "metadata", "name");
    wva_put(&arena, quota, wva_stringn(&arena, spec, (size_t)(colon - spec)), "metadata",
            "namespace");
    for (size_t i = 0; i < count; i++) {
        size_t key = strcspn(limits[i], "=");
        const char *value = limits[i][key] == '=' ? limits[i] + key + 1 : "0";
        wva_put(&arena, quota, wva_string(&arena, value), "spec", "hard",
                wva_arena_strndup(&arena, limits[i], key));
    }
    return api_store_given(sim, quota, err);
}

static int create_crd(struct sim *sim, struct wva_error *err)
{
    wva_auto_arena arena = {0};
    if (strcmp(sim->options.va_release, "none") == 0)
        return 0;
    return api_store_given(sim, openapi_crd(sim, &arena), err);
}

static int for_each(struct sim *sim, const struct option_list *list,
                    int (*create)(struct sim *sim, const char *text, struct wva_error *err),
                    struct wva_error *err)
{
    for (size_t i = 0; i < list->count; i++)
        if (create(sim, list->at[i], err) < 0)
            return -1;
    return 0;
}

static int fill(struct sim *sim, const struct command_line *line, struct wva_error *err)
{
    static const struct option_list standard = {
        .at = {"default", "kube-system", "kube-public", SIM_USER_NAMESPACE}, .count = 4};
    if (for_each(sim, &standard, create_namespace, err) < 0 ||
        for_each(sim, &line->namespaces, create_namespace, err) < 0 || create_crd(sim, err) < 0 ||
        for_each(sim, &line->objects, create_objects_of, err) < 0 ||
        for_each(sim, &line->quotas, create_quota, err) < 0)
        return -1;
    return for_each(sim, &line->faults, sim_faults_add, err);
}

/* In the child: between fork and exec only what is safe after fork in a process with threads. */
static _Noreturn void become(char **command)
{
    sigset_t none;
    sigemptyset(&none);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execvp(command[0], command);
    _exit(errno == ENOENT ? 127 : 126);
}

/* Ends the child: SIGTERM, and SIGKILL when that does not do. */
static int end_child(pid_t child)
{
    int status = 0;
    kill(child, SIGTERM);
    for (int waited = 0; waited < CHILD_END_MS; waited += STEP_MS) {
        if (waitpid(child, &status, WNOHANG) == child)
            return status;
        usleep(STEP_MS * 1000);
    }
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return status;
}

static int exit_status(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Waits for the child's end or a signal. Other children are the kubelet's: reaped there, by pid. */
static int run_command(char **command, const sigset_t *signals)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        become(command);
    for (;;) {
        const struct timespec step = {.tv_nsec = STEP_MS * 1000000L};
        int status = 0;
        int got = sigtimedwait(signals, NULL, &step);
        if (waitpid(child, &status, WNOHANG) == child)
            return exit_status(status);
        if (got > 0 && got != SIGCHLD)
            return exit_status(end_child(child));
    }
}

static int wait_for_signal(const sigset_t *signals)
{
    int got = 0;
    do
        (void)sigwait(signals, &got);
    while (got == SIGCHLD);
    return 0;
}

static int serve(struct sim *sim, const struct command_line *line, const sigset_t *signals)
{
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    unsigned port = 0;
    if (fill(sim, line, &err) < 0 || sim_api_start(sim, &port) < 0 ||
        sim_kubeconfig_write(sim, port, &err) < 0) {
        fprintf(stderr, "wva-sim: %s\n", err.msg);
        return 1;
    }
    sim_controllers_start(sim);
    const char *kubeconfig = wva_fs_join(&arena, sim->options.state_dir, "kubeconfig");
    const char *scheme = sim->options.plain_http ? "http" : "https";
    setenv("KUBECONFIG", kubeconfig, 1);
    setenv("WVA_SIM_DIR", sim->options.state_dir, 1);
    setenv("WVA_SIM_URL", wva_arena_printf(&arena, "%s://127.0.0.1:%u", scheme, port), 1);
    if (line->command != NULL && line->command[0] != NULL)
        return run_command(line->command, signals);
    printf("wva-sim: ready KUBECONFIG=%s\n", kubeconfig);
    fflush(stdout);
    return wait_for_signal(signals);
}

static void stop(struct sim *sim, bool remove_dir)
{
    atomic_store(&sim->stopping, true);
    if (sim->workload != NULL)
        sim_controllers_stop(sim);
    orphans_end();
    sim_api_stop(sim);
    sim_store_done(sim);
    sim_schemas_done(sim);
    sim_faults_done(sim);
    pthread_cond_destroy(&sim->changed);
    pthread_mutex_destroy(&sim->lock);
    if (remove_dir)
        remove_tree(sim->options.state_dir);
}

int main(int argc, char **argv)
{
    wva_auto_arena arena = {0};
    struct command_line line;
    struct wva_error err = {0};
    struct sim sim = {0};
    sigset_t signals;
    bool made = false;
    if (options_parse(argc, argv, &line, &err) < 0) {
        fprintf(stderr, "wva-sim: %s\n", err.msg);
        return 2;
    }
    if (line.help) {
        fputs(options_help, stdout);
        return 0;
    }
    sim.options = line.options;
    if (sim.options.guidellm == NULL)
        sim.options.guidellm = beside_self(&arena);
    if (prepare_state_dir(&sim, &arena, &made) < 0) {
        fprintf(stderr, "wva-sim: cannot make the state folder: %s\n", strerror(errno));
        return 1;
    }
    orphans_adopt();
    block_signals(&signals);
    init_locks(&sim);
    sim_store_init(&sim);
    sim_schemas_init(&sim);
    sim_faults_init(&sim);
    int status = serve(&sim, &line, &signals);
    stop(&sim, made);
    return status;
}
