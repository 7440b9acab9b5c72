// SPDX-License-Identifier: Apache-2.0
// Paths of a container on this machine. There is no mount namespace: wherever a path of a volume
// stands in an argument, a script or an environment value, the path of its folder is put.

#include "kubelet.h"

#include <ctype.h>
#include <string.h>

/* May `c` come before or be part of a path, so that what follows is not the beginning of one? */
static bool joins(char c)
{
    return isalnum((unsigned char)c) || strchr("_.-/})", c) != NULL;
}

/* The map's entry that begins at `text[at]`, or SIZE_MAX. */
static size_t entry_at(const struct sim_path_map *map, const char *text, size_t at)
{
    if (text[at] != '/' || (at > 0 && joins(text[at - 1])))
        return SIZE_MAX;
    for (size_t i = 0; i < map->count; i++) {
        size_t len = strlen(map->from[i]);
        char after = text[at + (strncmp(text + at, map->from[i], len) == 0 ? len : 0)];
        if (strncmp(text + at, map->from[i], len) == 0 &&
            (after == '\0' || after == '/' || !joins(after)))
            return i;
    }
    return SIZE_MAX;
}

char *sim_map_paths(struct wva_arena *arena, const struct sim_path_map *map, const char *text)
{
    wva_auto_buf out = WVA_BUF((size_t)4 << 20);
    size_t at = 0;
    while (text[at] != '\0') {
        size_t entry = entry_at(map, text, at);
        if (entry == SIZE_MAX) {
            wva_buf_putc(&out, text[at++]);
            continue;
        }
        wva_buf_puts(&out, map->to[entry]);
        at += strlen(map->from[entry]);
    }
    return wva_arena_strdup(arena, wva_buf_str(&out));
}
