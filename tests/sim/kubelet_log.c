// SPDX-License-Identifier: Apache-2.0
// Container logs: plain files, one a run of the container, and the log endpoint's words about them.

#include "kubelet.h"

#include "wva/util/fs.h"
#include "wva/util/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LOG_MAX ((size_t)64 << 20)

void sim_log_line(const struct sim_container *container, const char *format, ...)
{
    FILE *file = fopen(container->log_path, "a");
    if (file == NULL)
        return;
    va_list args;
    va_start(args, format);
    (void)vfprintf(file, format, args);
    va_end(args);
    (void)fputc('\n', file);
    (void)fclose(file);
}

static char *previous_path(struct wva_arena *arena, const struct sim_container *container)
{
    return wva_arena_printf(arena, "%s.1", container->log_path);
}

void sim_log_rotate(struct sim_container *container)
{
    wva_auto_arena arena = {0};
    (void)rename(container->log_path, previous_path(&arena, container));
    FILE *file = fopen(container->log_path, "a");
    if (file != NULL)
        (void)fclose(file);
}

char *sim_file_tail(struct wva_arena *arena, const char *path, size_t max)
{
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return wva_arena_strdup(arena, "");
    (void)fseek(file, 0, SEEK_END);
    long size = ftell(file);
    long from = size > (long)max ? size - (long)max : 0;
    (void)fseek(file, from, SEEK_SET);
    char *text = wva_arena_alloc(arena, max + 1);
    size_t len = fread(text, 1, max, file);
    text[len] = '\0';
    (void)fclose(file);
    if (wva_utf8_valid(text, len) && memchr(text, '\0', len) == NULL)
        return text;
    return wva_str_sanitize(arena, text, len, max, true);
}

static struct sim_pod_run *find_run(struct sim *sim, const char *namespace_, const char *pod)
{
    struct sim_object *object = sim_store_find(sim, sim_type_of_kind("Pod"), namespace_, pod);
    return object != NULL ? sim_pod_run_of(sim, sim_uid(object->value)) : NULL;
}

static struct sim_container *find_container(struct sim_pod_run *run, const char *name)
{
    for (size_t i = 0; i < run->container_count; i++)
        if (wva_str_empty(name) || wva_str_eq(run->containers[i].name, name))
            return &run->containers[i];
    return NULL;
}

static char *read_log(struct sim *sim, struct wva_arena *arena, struct sim_pod_run *run,
                      const char *path)
{
    char *text = NULL;
    size_t len = 0;
    struct wva_error err = {0};
    if (sim_fault_active(sim, "log-lost", run->name) ||
        wva_fs_read(path, LOG_MAX, arena, &text, &len, &err) < 0)
        return wva_arena_strdup(arena, "");
    double keep = 10000;
    if (sim_fault_number(sim, "log-rotate", run->name, &keep))
        return (double)len > keep ? text + len - (size_t)keep : text;
    return text;
}

char *sim_container_log(struct sim *sim, struct wva_arena *arena, const char *namespace_,
                        const char *pod, const char *container, bool previous,
                        const char **ret_reason)
{
    struct sim_pod_run *run = find_run(sim, namespace_, pod);
    *ret_reason = NULL;
    if (run == NULL)
        return NULL;
    struct sim_container *found = find_container(run, container);
    if (found == NULL) {
        *ret_reason =
            wva_arena_printf(arena, "container %s is not valid for pod %s", container, pod);
        return NULL;
    }
    if (previous && found->last.reason == NULL) {
        *ret_reason =
            wva_arena_printf(arena, "previous terminated container \"%s\" in pod \"%s\" not found",
                             found->name, pod);
        return NULL;
    }
    if (!found->ever_ran) {
        *ret_reason =
            wva_arena_printf(arena, "container \"%s\" in pod \"%s\" is waiting to start: %s",
                             found->name, pod, found->waiting_reason);
        return NULL;
    }
    return read_log(sim, arena, run, previous ? previous_path(arena, found) : found->log_path);
}
