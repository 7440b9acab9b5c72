// SPDX-License-Identifier: Apache-2.0
/*
 * Runs a command several times and says what it took: wall time, processor time, peak of resident
 * memory. Small itself, because a child's peak is no less than that of the process it was forked
 * from.
 *
 *     wva-measure RUNS COMMAND [ARG…]
 *
 * prints "MEDIAN MIN MAX CPU PEAK": the first three milliseconds of wall time, then the median of
 * user and system time in milliseconds, and the largest peak in KiB. The command's output is thrown
 * away; one that fails ends it with status 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RUNS_MAX 1000

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static double timeval_ms(const struct timeval *time)
{
    return (double)time->tv_sec * 1e3 + (double)time->tv_usec / 1e3;
}

static long peak_kib(const struct rusage *usage)
{
#ifdef __APPLE__
    return usage->ru_maxrss / 1024;
#else
    return usage->ru_maxrss;
#endif
}

static void become(char **argv)
{
    int null = open("/dev/null", O_RDWR);
    if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDOUT_FILENO) >= 0 &&
        dup2(null, STDERR_FILENO) >= 0)
        execvp(argv[0], argv);
    _exit(127);
}

/* Returns -1, having said why, when the command did not end well. */
static int run(char **argv, double *ret_wall, double *ret_cpu, long *peak)
{
    double start = now_ms();
    pid_t pid = fork();
    if (pid == 0)
        become(argv);

    int status;
    struct rusage usage;
    if (pid < 0 || wait4(pid, &status, 0, &usage) < 0) {
        fprintf(stderr, "cannot run %s: %s\n", argv[0], strerror(errno));
        return -1;
    }
    *ret_wall = now_ms() - start;
    *ret_cpu = timeval_ms(&usage.ru_utime) + timeval_ms(&usage.ru_stime);
    if (peak_kib(&usage) > *peak)
        *peak = peak_kib(&usage);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    fprintf(stderr, "%s failed: wait status %d\n", argv[0], status);
    return -1;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    static double wall[RUNS_MAX], cpu[RUNS_MAX];
    long runs = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
    long peak = 0;
    if (runs < 1 || runs > RUNS_MAX) {
        fprintf(stderr, "usage: wva-measure RUNS COMMAND [ARG…]\n");
        return 2;
    }
    for (long i = 0; i < runs; i++)
        if (run(argv + 2, &wall[i], &cpu[i], &peak) < 0)
            return 1;
    qsort(wall, (size_t)runs, sizeof(*wall), compare);
    qsort(cpu, (size_t)runs, sizeof(*cpu), compare);
    printf("%.3f %.3f %.3f %.3f %ld\n", wall[runs / 2], wall[0], wall[runs - 1], cpu[runs / 2],
           peak);
    return 0;
}
