// SPDX-License-Identifier: Apache-2.0
/*
 * What a pod's sandbox runs: waits for the signal to end, and reaps what is left to it where the
 * pod's containers share its process namespace.
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void end(int number)
{
    (void)number;
    _exit(0);
}

static void reap(int number)
{
    (void)number;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
}

int main(void)
{
    signal(SIGINT, end);
    signal(SIGTERM, end);
    signal(SIGCHLD, reap);
    for (;;)
        pause();
}
