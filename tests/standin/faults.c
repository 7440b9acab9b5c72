// SPDX-License-Identifier: Apache-2.0
// Crashes as vLLM's look in a log, and running out of memory for real.

#include "faults.h"

#include "log.h"

#include "wva/util/mem.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OOM_STEP ((size_t)32 << 20)
#define OOM_MOST ((size_t)2 << 30)

static const char cuda_words[] =
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.96 GiB. GPU 0 has a total "
    "capacity of 79.11 GiB of which 1.02 GiB is free. Including non-PyTorch memory, this process "
    "has 78.08 GiB memory in use.";

static const char engine_words[] =
    "RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): "
    "{}";

static void crash(void *owner, int64_t deadline)
{
    struct standin_server *server = owner;
    (void)deadline;
    standin_log_traceback(cuda_words);
    standin_loop_stop(&server->loop, EXIT_FAILURE);
}

/* Fills memory until the kernel ends it. Where no limit does, it ends itself at 2 GiB with the same
 * signal: the machine belongs to others too. */
static void fill_memory(void)
{
    for (size_t filled = 0; filled < OOM_MOST; filled += OOM_STEP) {
        char *block = malloc(OOM_STEP);
        if (block == NULL)
            break;
        memset(block, 1, OOM_STEP);
        (void)usleep(20000);
    }
    (void)raise(SIGKILL);
}

bool standin_faults_at_load(struct standin_server *server)
{
    static struct standin_timer timer; /* one server a process */
    const struct standin_faults *faults = &server->settings.faults;
    if (faults->oom)
        fill_memory();
    if (faults->crash_at_start) {
        standin_log_traceback(cuda_words);
        standin_log_traceback(engine_words);
        standin_loop_stop(&server->loop, EXIT_FAILURE);
        return true;
    }
    timer = (struct standin_timer){.fire = crash, .owner = server};
    if (faults->crash_after >= 0)
        standin_timer_set(&server->loop, &timer,
                          standin_now() + (int64_t)(faults->crash_after * 1e9));
    return false;
}
