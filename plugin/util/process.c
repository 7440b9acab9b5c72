// SPDX-License-Identifier: Apache-2.0
/*
 * One child, its standard output, its end.
 *
 * The end is noticed by asking for it every few milliseconds while the pipe is polled: it cannot be
 * read off the pipe, which a grandchild may hold open and the child may close early. (A pidfd would
 * do without the interval, on Linux only.) The child stays in our process group, so that the
 * terminal's Ctrl-C reaches it too.
 */
#include "wva/util/process.h"

#include "fd_priv.h"
#include "wva/util/cancel.h"
#include "wva/util/clock.h"
#include "wva/util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICK_MS    10   /* how late the child's end may be noticed */
#define GRACE_MS   2000 /* between SIGTERM and SIGKILL */
#define READ_PIECE ((size_t)16 * 1024)

struct child {
    const struct wva_process *process;
    const char *name; /* argv[0], for messages */
    pid_t pid;        /* 0 once reaped: the number may belong to another process then */
    int out;          /* read end of its standard output, non-blocking; -1 after end of file */
    int64_t deadline; /* monotonic; INT64_MAX for none */
};

/* 0 or an errno, like the calls it makes. */
static int set_files(posix_spawn_file_actions_t *files, bool inherit_stdin, int out)
{
    int rc = 0;

    if (!inherit_stdin)
        rc = posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(files, out, STDOUT_FILENO);
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 34)
    /* Ours are all close-on-exec; this is for those we were started with. */
    if (rc == 0)
        rc = posix_spawn_file_actions_addclosefrom_np(files, STDERR_FILENO + 1);
#endif
    return rc;
}

/* An ignored SIGPIPE would survive exec and let the child write into a closed pipe for ever. */
static int set_signals(posix_spawnattr_t *attributes)
{
    sigset_t all, none;
    int rc;

    (void)sigfillset(&all);
    (void)sigemptyset(&none);
    rc = posix_spawnattr_setsigdefault(attributes, &all);
    if (rc == 0)
        rc = posix_spawnattr_setsigmask(attributes, &none);
    if (rc == 0)
        rc = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    return rc;
}

static void destroy_files(posix_spawn_file_actions_t *files)
{
    (void)posix_spawn_file_actions_destroy(files);
}

static void destroy_attributes(posix_spawnattr_t *attributes)
{
    (void)posix_spawnattr_destroy(attributes);
}

/* posix_spawn takes the vectors as `char *const[]` but only reads the strings. */
static char *const *unconst(const char *const *vector)
{
    union {
        const char *const *in;
        char *const *out;
    } same = {.in = vector};

    return same.out;
}

/* 0 or an errno. */
static int spawn(const struct wva_process *process, int out, pid_t *ret_pid)
{
    wva_cleanup(destroy_files) posix_spawn_file_actions_t files;
    wva_cleanup(destroy_attributes) posix_spawnattr_t attributes;
    int rc;

    if (posix_spawn_file_actions_init(&files) != 0 || posix_spawnattr_init(&attributes) != 0)
        wva_fatal("out of memory"); /* the only way these fail */
    rc = set_files(&files, process->inherit_stdin, out);
    if (rc == 0)
        rc = set_signals(&attributes);
    if (rc == 0)
        rc = posix_spawnp(ret_pid, process->argv[0], &files, &attributes, unconst(process->argv),
                          unconst(process->envp));
    return rc;
}

static int64_t deadline_after(int64_t timeout_ms)
{
    int64_t deadline;

    if (timeout_ms <= 0 || __builtin_add_overflow(wva_clock_monotonic_ms(), timeout_ms, &deadline))
        return INT64_MAX;
    return deadline;
}

static int start(const struct wva_process *process, struct child *ret, struct wva_error *err)
{
    const char *name = process->argv[0];
    int ends[2];
    wva_auto_fd in = -1;
    wva_auto_fd out = -1;
    pid_t pid;
    int rc;

    if (wva_fd_pipe(ends) < 0)
        return wva_error_set(err, WVA_E_IO, "cannot run %s: %s", name, strerror(errno));
    in = ends[1];
    out = ends[0];
    if (wva_fd_set_nonblocking(out) < 0)
        return wva_error_set(err, WVA_E_IO, "cannot run %s: %s", name, strerror(errno));
    rc = spawn(process, in, &pid);
    if (rc != 0)
        return wva_error_set(err, WVA_E_IO, "cannot run %s: %s", name, strerror(rc));

    *ret = (struct child){
        .process = process,
        .name = name,
        .pid = pid,
        .out = out,
        .deadline = deadline_after(process->timeout_ms),
    };
    out = -1;
    return 0;
}

/* 1: reaped, *ret_status is set; 0: still running (with WNOHANG); -1: errno. */
static int reap(struct child *child, int options, int *ret_status)
{
    pid_t got;
    int status;

    do {
        got = waitpid(child->pid, &status, options);
    } while (got < 0 && errno == EINTR);
    if (got <= 0)
        return (int)got;
    child->pid = 0;
    *ret_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return 1;
}

/* Ends the child if it still runs. Closing the pipe first frees one that hangs in a write. */
static void stop(struct child *child)
{
    const int64_t deadline = wva_clock_monotonic_ms() + GRACE_MS;
    int unused;

    wva_fd_close(&child->out);
    if (child->pid == 0)
        return;
    (void)kill(child->pid, SIGTERM);
    while (reap(child, WNOHANG, &unused) == 0) {
        if (wva_clock_monotonic_ms() >= deadline) {
            (void)kill(child->pid, SIGKILL);
            (void)reap(child, 0, &unused);
            return;
        }
        (void)poll(NULL, 0, TICK_MS);
    }
}

/* Takes all that is in the pipe now. */
static int drain(struct child *child, struct wva_secret *output, struct wva_error *err)
{
    const size_t ceiling = child->process->output_ceiling;
    ssize_t n = 1;

    while (child->out >= 0 && n > 0) {
        n = wva_fd_read(child->out, output, READ_PIECE);
        if (n < 0 && errno != EAGAIN)
            return wva_error_set(err, WVA_E_IO, "cannot read the output of %s: %s", child->name,
                                 strerror(errno));
        if (output->len > ceiling)
            return wva_error_set(err, WVA_E_IO, "%s printed more than %zu bytes", child->name,
                                 ceiling);
        if (n == 0)
            wva_fd_close(&child->out);
    }
    return 0;
}

static int check_interruption(const struct child *child, struct wva_error *err)
{
    if (wva_cancel_requested())
        return wva_error_set(err, WVA_E_CANCELED, "canceled while %s was running", child->name);
    if (wva_clock_monotonic_ms() >= child->deadline)
        return wva_error_set(err, WVA_E_TIMEOUT, "%s did not end within %.6g seconds", child->name,
                             (double)child->process->timeout_ms / 1000);
    return 0;
}

/* Collects output until the child has ended. On failure it may still be running. */
static int follow(struct child *child, struct wva_secret *output, int *ret_status,
                  struct wva_error *err)
{
    int reaped = 0;

    while (reaped == 0) {
        struct pollfd polled[] = {
            {.fd = child->out, .events = POLLIN},
            {.fd = wva_cancel_fd(), .events = POLLIN},
        };

        if (check_interruption(child, err) < 0)
            return -1;
        (void)poll(polled, WVA_COUNT(polled), TICK_MS);
        /* In this order what the child wrote last is in the pipe when it is drained. */
        reaped = reap(child, WNOHANG, ret_status);
        if (reaped < 0)
            return wva_error_set(err, WVA_E_IO, "cannot wait for %s: %s", child->name,
                                 strerror(errno));
        if (drain(child, output, err) < 0)
            return -1;
    }
    return 0;
}

int wva_process_capture(const struct wva_process *process, struct wva_secret *output,
                        int *ret_status, struct wva_error *err)
{
    wva_auto_secret captured = {0};
    struct child child;
    int status = 0;

    if (start(process, &child, err) < 0)
        return -1;
    if (follow(&child, &captured, &status, err) < 0) {
        stop(&child);
        return -1;
    }
    wva_fd_close(&child.out);
    wva_secret_set(output, captured.data, captured.len);
    *ret_status = status;
    return 0;
}
