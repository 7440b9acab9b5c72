// SPDX-License-Identifier: Apache-2.0
// The warden of a simulated cluster: reads "+GROUP" and "-GROUP" lines from standard input and, when
// that ends (the cluster is gone, however it went), kills the process groups that are left.

#include "guidellm.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/types.h>

#define GROUPS_MAX 1024

static void forget(long *groups, size_t *count, long group)
{
    for (size_t i = 0; i < *count; i++)
        if (groups[i] == group)
            groups[i--] = groups[--*count];
}

int gl_warden(void)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP};
    long groups[GROUPS_MAX];
    size_t count = 0;
    char line[64];
    for (size_t i = 0; i < WVA_COUNT(ignored); i++)
        (void)signal(ignored[i], SIG_IGN);
    while (fgets(line, sizeof(line), stdin) != NULL) {
        long group = strtol(line + 1, NULL, 10);
        if (group <= 1)
            continue;
        if (line[0] == '-')
            forget(groups, &count, group);
        else if (count < GROUPS_MAX)
            groups[count++] = group;
    }
    for (size_t i = 0; i < count; i++)
        (void)kill((pid_t)-groups[i], SIGKILL);
    return 0;
}
