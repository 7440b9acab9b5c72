// SPDX-License-Identifier: Apache-2.0
/* Signals into a self-pipe. The only mutable globals of the program: a handler has no other way. */
#include "wva/util/cancel.h"

#include "fd_priv.h"
#include "wva/util/mem.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static const int canceling[] = {SIGINT, SIGTERM, SIGHUP};

static volatile sig_atomic_t first_signal;
static volatile sig_atomic_t deferred;
static volatile sig_atomic_t pipe_in = -1; /* written by the handler */
static int pipe_out = -1;

/* Calls async-signal-safe functions only. */
static void on_signal(int number)
{
    const int saved = errno;

    if (first_signal == 0 && !deferred) {
        first_signal = number;
        if (pipe_in >= 0)
            (void)!write((int)pipe_in, "", 1); /* an empty pipe takes a byte */
    } else {
        (void)signal(number, SIG_DFL);
        (void)raise(number); /* blocked in here; takes effect on return */
    }
    errno = saved;
}

static void open_pipe(void)
{
    int ends[2];

    if (pipe_out >= 0 || wva_fd_pipe(ends) < 0)
        return; /* without the pipe wva_cancel_requested() still tells */
    (void)wva_fd_set_nonblocking(ends[0]);
    (void)wva_fd_set_nonblocking(ends[1]);
    pipe_out = ends[0];
    pipe_in = ends[1];
}

void wva_cancel_install(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    struct sigaction old;

    open_pipe();
    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < WVA_COUNT(canceling); i++)
        (void)sigaddset(&action.sa_mask, canceling[i]);
    for (size_t i = 0; i < WVA_COUNT(canceling); i++) {
        /* nohup and the shell's `&` ignore signals on purpose */
        if (sigaction(canceling[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            (void)sigaction(canceling[i], &action, NULL);
    }
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGCHLD, SIG_DFL);
}

int wva_cancel_fd(void)
{
    return deferred ? -1 : pipe_out;
}

bool wva_cancel_requested(void)
{
    return first_signal != 0 && !deferred;
}

int wva_cancel_signal(void)
{
    return (int)first_signal;
}

void wva_cancel_defer_begin(void)
{
    deferred = 1;
}

void wva_cancel_defer_end(void)
{
    deferred = 0;
}

void wva_cancel_raise_for_test(int signal)
{
    open_pipe();
    on_signal(signal);
}

void wva_cancel_reset_for_test(void)
{
    char drained[16];

    first_signal = 0;
    deferred = 0;
    while (pipe_out >= 0 && read(pipe_out, drained, sizeof(drained)) > 0)
        continue;
}
