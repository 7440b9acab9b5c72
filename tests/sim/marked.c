// SPDX-License-Identifier: Apache-2.0
// Finds processes by their environment in /proc and kills them.

#include "marked.h"

#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PASSES_MAX 5     /* a process may fork while we look */
#define ENV_MAX    65536 /* bytes looked at of each environment */

static bool has_entry(const char *environment, size_t len, const char *mark)
{
    size_t mark_len = strlen(mark);
    for (size_t at = 0; at < len; at += strlen(environment + at) + 1)
        if (strncmp(environment + at, mark, mark_len) == 0)
            return true;
    return false;
}

static bool is_marked(const char *pid, const char *mark)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%.16s/environ", pid);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return false; /* gone, or another user's */
    static _Thread_local char environment[ENV_MAX + 1];
    size_t len = fread(environment, 1, ENV_MAX, file);
    environment[len] = '\0';
    (void)fclose(file);
    return has_entry(environment, len, mark);
}

static int kill_pass(const char *mark)
{
    int killed = 0;
    DIR *proc = opendir("/proc");
    if (proc == NULL)
        return 0;
    for (struct dirent *entry = readdir(proc); entry != NULL; entry = readdir(proc)) {
        long pid = strtol(entry->d_name, NULL, 10);
        if (pid <= 1 || pid == (long)getpid() || !is_marked(entry->d_name, mark))
            continue;
        killed += kill((pid_t)pid, SIGKILL) == 0;
    }
    (void)closedir(proc);
    return killed;
}

void sim_kill_marked(const char *mark)
{
    for (int pass = 0; pass < PASSES_MAX && kill_pass(mark) > 0; pass++)
        ;
}
