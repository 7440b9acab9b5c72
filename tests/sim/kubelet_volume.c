// SPDX-License-Identifier: Apache-2.0
// A pod's volumes as folders: ConfigMaps and Secrets are written out, claims are kept between pods,
// anything else is an empty folder. Modes, subPath and items are not simulated.

#include "kubelet.h"

#include "wva/util/encode.h"
#include "wva/util/fs.h"
#include "wva/util/str.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define PATHS_MAX 32

static char *volume_dir(struct wva_arena *arena, const struct sim_pod_run *run, const char *name)
{
    return wva_arena_printf(arena, "%s/volume-%s", run->dir, name);
}

static void write_file(struct wva_arena *arena, const char *dir, const char *name, const char *data,
                       size_t len)
{
    struct wva_error err = {0};
    if (wva_fs_write_atomic(wva_fs_join(arena, dir, name), data, len, 0644, &err) < 0)
        fprintf(stderr, "wva-sim: %s\n", err.msg);
}

static void write_data(struct wva_arena *arena, const char *dir, const struct wva_value *object,
                       bool secret)
{
    const struct wva_value *data = wva_get(object, "data");
    for (size_t i = 0; data != NULL && i < data->count; i++) {
        const char *text = wva_value_str(data->members[i].value);
        wva_auto_secret bytes = {0};
        size_t bad = 0;
        if (secret && wva_base64_decode(text, strlen(text), &bytes, &bad) == 0)
            write_file(arena, dir, data->members[i].name, bytes.data != NULL ? bytes.data : "",
                       bytes.len);
        else
            write_file(arena, dir, data->members[i].name, text, strlen(text));
    }
}

/* A ConfigMap's or Secret's files. NULL, or kubelet's words when it is missing. */
static const char *write_object(struct sim *sim, struct sim_pod_run *run,
                                const struct wva_value *volume, bool secret)
{
    const struct wva_value *source = wva_get(volume, secret ? "secret" : "configMap");
    const char *name = wva_get_str(source, secret ? "secretName" : "name");
    const char *volume_name = wva_get_str(volume, "name");
    struct sim_object *object = sim_store_find(
        sim, sim_type_of_kind(secret ? "Secret" : "ConfigMap"), run->namespace_, name);
    if (object != NULL) {
        write_data(&run->arena, volume_dir(&run->arena, run, volume_name), object->value, secret);
        return NULL;
    }
    if (wva_value_bool(wva_get(source, "optional"), false))
        return NULL;
    return wva_arena_printf(&run->arena,
                            "MountVolume.SetUp failed for volume \"%s\" : %s \"%s\" not found",
                            volume_name, secret ? "secret" : "configmap", name);
}

const char *sim_mount_volumes(struct sim *sim, struct sim_pod_run *run)
{
    const struct wva_value *volumes = wva_get(run->pod, "spec", "volumes");
    for (size_t i = 0; volumes != NULL && i < volumes->count; i++) {
        const struct wva_value *volume = volumes->items[i];
        (void)mkdir(volume_dir(&run->arena, run, wva_get_str(volume, "name")), 0755);
        const char *words = NULL;
        if (wva_get(volume, "configMap") != NULL)
            words = write_object(sim, run, volume, false);
        else if (wva_get(volume, "secret") != NULL)
            words = write_object(sim, run, volume, true);
        if (words != NULL)
            return words;
    }
    return NULL;
}

static void add_path(struct sim_path_map *map, const char *from, const char *to)
{
    if (map->count == PATHS_MAX || wva_str_empty(from) || strcmp(from, "/") == 0)
        return;
    size_t at = map->count++;
    while (at > 0 && strlen(map->from[at - 1]) < strlen(from)) {
        map->from[at] = map->from[at - 1];
        map->to[at] = map->to[at - 1];
        at--;
    }
    map->from[at] = from;
    map->to[at] = to;
}

/* Folders that the images have, for containers that mount nothing over them. */
static void add_image_paths(struct sim_pod_run *run, struct sim_path_map *map)
{
    static const char *const folders[] = {"results", "home"};
    for (size_t i = 0; i < WVA_COUNT(folders); i++) {
        char *to = wva_arena_printf(&run->arena, "%s/%s", run->dir, folders[i]);
        (void)mkdir(to, 0755);
        add_path(map, wva_arena_printf(&run->arena, "/%s", folders[i]), to);
    }
    (void)mkdir(wva_arena_printf(&run->arena, "%s/home/guidellm", run->dir), 0755);
}

const struct sim_path_map *sim_path_map_of(struct sim *sim, struct sim_pod_run *run,
                                           const struct sim_container *container)
{
    (void)sim;
    struct wva_arena *arena = &run->arena;
    struct sim_path_map *map = wva_arena_alloc(arena, sizeof(*map));
    map->from = wva_arena_calloc(arena, PATHS_MAX, sizeof(*map->from));
    map->to = wva_arena_calloc(arena, PATHS_MAX, sizeof(*map->to));
    const char *message = wva_get_str(container->spec, "terminationMessagePath");
    add_path(map, message != NULL ? message : "/dev/termination-log", container->message_path);
    const struct wva_value *mounts = wva_get(container->spec, "volumeMounts");
    for (size_t i = 0; mounts != NULL && i < mounts->count; i++)
        add_path(map, wva_get_str(mounts->items[i], "mountPath"),
                 volume_dir(arena, run, wva_get_str(mounts->items[i], "name")));
    add_image_paths(run, map);
    return map;
}
