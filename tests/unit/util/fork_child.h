// SPDX-License-Identifier: Apache-2.0
/* Runs a piece of test in a child process: for what ends the process or changes its signals. */
#ifndef WVA_TESTS_UNIT_UTIL_FORK_CHILD_H
#define WVA_TESTS_UNIT_UTIL_FORK_CHILD_H

#include "support/wva_test.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

/* The wait status of a child that runs `body` and exits with its result. What it prints on standard
 * error goes into `printed` (size bytes, NUL-terminated). */
static inline int run_in_child(int (*body)(void), char *printed, size_t size)
{
    size_t len = 0;
    int status = 0;
    int ends[2];
    ssize_t n;
    pid_t pid;

    check_int(pipe(ends), 0);
    pid = fork();
    check(pid >= 0);
    if (pid == 0) {
        (void)dup2(ends[1], STDERR_FILENO);
        (void)close(ends[0]);
        (void)close(ends[1]);
        _exit(body());
    }
    (void)close(ends[1]);
    while (len + 1 < size && (n = read(ends[0], printed + len, size - 1 - len)) > 0)
        len += (size_t)n;
    printed[len] = '\0';
    (void)close(ends[0]);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

#endif
