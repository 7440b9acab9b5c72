// SPDX-License-Identifier: Apache-2.0
/* A table of objects by uid. Linear: watched collections are a Job's, or the Events of a namespace.
 */
#include "watch_priv.h"

#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *or_empty(const char *s)
{
    return s != NULL ? s : "";
}

/* The identity of an object, in fresh memory. */
static char *identity(const struct wva_value *object)
{
    const char *uid = wva_get_str(object, "metadata", "uid");
    wva_auto_arena arena = {0};

    if (!wva_str_empty(uid))
        return wva_xstrdup(uid);
    return wva_xstrdup(wva_arena_printf(&arena, "%s/%s",
                                        or_empty(wva_get_str(object, "metadata", "namespace")),
                                        or_empty(wva_get_str(object, "metadata", "name"))));
}

static struct wva_known_object *find(struct wva_known *known, const char *uid)
{
    for (size_t i = 0; i < known->count; i++)
        if (strcmp(known->objects[i].uid, uid) == 0)
            return &known->objects[i];
    return NULL;
}

static void release(struct wva_known_object *object)
{
    free(object->uid);
    free(object->name);
    free(object->namespace_);
    free(object->version);
}

static void remove_at(struct wva_known *known, size_t index)
{
    release(&known->objects[index]);
    known->objects[index] = known->objects[--known->count];
}

bool wva_known_put(struct wva_known *known, const struct wva_value *object)
{
    wva_autofree char *uid = identity(object);
    const char *version = or_empty(wva_get_str(object, "metadata", "resourceVersion"));
    const char *namespace_ = wva_get_str(object, "metadata", "namespace");
    struct wva_known_object *entry = find(known, uid);

    if (entry != NULL) {
        const bool news = version[0] == '\0' || strcmp(entry->version, version) != 0;
        entry->listed = true;
        free(entry->version);
        entry->version = wva_xstrdup(version);
        return news;
    }
    if (known->count == known->cap) {
        known->cap = known->cap > 0 ? known->cap * 2 : 16;
        known->objects = wva_xrealloc(known->objects, known->cap * sizeof(*known->objects));
    }
    known->objects[known->count++] = (struct wva_known_object){
        .uid = wva_xstrdup(uid),
        .name = wva_xstrdup(or_empty(wva_get_str(object, "metadata", "name"))),
        .namespace_ = namespace_ != NULL ? wva_xstrdup(namespace_) : NULL,
        .version = wva_xstrdup(version),
        .listed = true,
    };
    return true;
}

void wva_known_remove(struct wva_known *known, const struct wva_value *object)
{
    wva_autofree char *uid = identity(object);
    const struct wva_known_object *entry = find(known, uid);

    if (entry != NULL)
        remove_at(known, (size_t)(entry - known->objects));
}

void wva_known_start_list(struct wva_known *known)
{
    for (size_t i = 0; i < known->count; i++)
        known->objects[i].listed = false;
}

struct wva_value *wva_known_take_vanished(struct wva_known *known, struct wva_arena *arena)
{
    for (size_t i = 0; i < known->count; i++) {
        const struct wva_known_object *entry = &known->objects[i];
        if (entry->listed)
            continue;
        struct wva_value *object = wva_object(arena);
        wva_put(arena, object, wva_string(arena, entry->name), "metadata", "name");
        if (entry->namespace_ != NULL)
            wva_put(arena, object, wva_string(arena, entry->namespace_), "metadata", "namespace");
        if (strchr(entry->uid, '/') == NULL)
            wva_put(arena, object, wva_string(arena, entry->uid), "metadata", "uid");
        remove_at(known, i);
        return object;
    }
    return NULL;
}

void wva_known_done(struct wva_known *known)
{
    while (known->count > 0)
        remove_at(known, known->count - 1);
    free(known->objects);
    *known = (struct wva_known){0};
}
