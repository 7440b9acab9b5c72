// SPDX-License-Identifier: Apache-2.0
// A process group would do too, but takes the terminal away from the command; so this process
// becomes the "child subreaper" and looks its children up in /proc.

#include "orphans.h"

#include "wva/util/arena.h"

#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#define ROUNDS     40
#define TERM_UNTIL 20 /* rounds of SIGTERM before SIGKILL */
#define ROUND_NS   50000000L

void orphans_adopt(void)
{
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* Sends `signal_` to the children listed in one /proc/self/task/TID/children. */
static bool signal_listed(const char *path, int signal_)
{
    FILE *file = fopen(path, "re");
    long child = 0;
    bool any = false;
    if (file == NULL)
        return false;
    while (fscanf(file, "%ld", &child) == 1) {
        any = true;
        (void)kill((pid_t)child, signal_);
    }
    fclose(file);
    return any;
}

/* True when there were children. */
static bool signal_children(int signal_)
{
    wva_auto_arena arena = {0};
    DIR *tasks = opendir("/proc/self/task");
    bool any = false;
    if (tasks == NULL)
        return false;
    for (struct dirent *task = readdir(tasks); task != NULL; task = readdir(tasks))
        if (task->d_name[0] != '.')
            any =
                signal_listed(wva_arena_printf(&arena, "/proc/self/task/%s/children", task->d_name),
                              signal_) ||
                any;
    closedir(tasks);
    return any;
}

void orphans_end(void)
{
    for (int round = 0; round < ROUNDS; round++) {
        while (waitpid(-1, NULL, WNOHANG) > 0)
            continue;
        if (!signal_children(round < TERM_UNTIL ? SIGTERM : SIGKILL))
            return;
        nanosleep(&(struct timespec){.tv_nsec = ROUND_NS}, NULL);
    }
}
