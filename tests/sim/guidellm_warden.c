// SPDX-License-Identifier: Apache-2.0
// The warden of a simulated cluster: waits until standard input ends (the cluster is gone, however
// it went) and kills what is left of its containers.

#include "guidellm.h"
#include "marked.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

int gl_warden(const char *pods_dir)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP};
    wva_auto_arena arena = {0};
    char byte;
    ssize_t got;
    for (size_t i = 0; i < WVA_COUNT(ignored); i++)
        (void)signal(ignored[i], SIG_IGN);
    do
        got = read(STDIN_FILENO, &byte, 1);
    while (got > 0 || (got < 0 && errno == EINTR));
    sim_kill_marked(wva_arena_printf(&arena, "%s=%s/", SIM_MARK, pods_dir));
    return 0;
}
