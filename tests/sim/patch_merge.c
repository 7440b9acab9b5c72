// SPDX-License-Identifier: Apache-2.0
// Merge patches: JSON's own, the strategic one, and server-side apply's.

#include "patch.h"

#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <string.h>

static struct wva_value *merged(struct wva_arena *arena, struct wva_value *target,
                                const struct wva_value *patch)
{
    if (patch->kind != WVA_OBJECT)
        return wva_clone(arena, patch);
    if (target == NULL || target->kind != WVA_OBJECT)
        target = wva_object(arena);
    for (size_t i = 0; i < patch->count; i++) {
        const struct wva_member *member = &patch->members[i];
        if (member->value->kind == WVA_NULL)
            (void)wva_object_remove(target, member->name);
        else
            wva_object_set(arena, target, member->name,
                           merged(arena, wva_object_get(target, member->name), member->value));
    }
    return target;
}

void patch_merge(struct wva_arena *arena, struct wva_value *target, const struct wva_value *patch)
{
    (void)merged(arena, target, patch);
}

static struct wva_value *strategic(struct wva_arena *arena, struct sim_place place,
                                   struct wva_value *target, const struct wva_value *patch);

static bool has_directive(const struct wva_value *value, const char *directive)
{
    return wva_str_eq(wva_get_str(value, "$patch"), directive);
}

/* The list's keys with only the first looked at: the strategic merge key. */
static struct wva_value *item_with_key(const struct wva_value *list, const char *key,
                                       const struct wva_value *item, size_t *ret_index)
{
    for (size_t i = 0; i < list->count; i++)
        if (wva_value_equal(wva_object_get(list->items[i], key), wva_object_get(item, key))) {
            *ret_index = i;
            return list->items[i];
        }
    return NULL;
}

static struct wva_value *strategic_items(struct wva_arena *arena, struct sim_place place,
                                         struct wva_value *target, const struct wva_value *patch)
{
    const char *key = place.field->keys[0];
    if (target == NULL || target->kind != WVA_ARRAY)
        target = wva_array(arena);
    for (size_t i = 0; i < patch->count; i++)
        if (has_directive(patch->items[i], "replace"))
            target = wva_array(arena);
    for (size_t i = 0; i < patch->count; i++) {
        const struct wva_value *item = patch->items[i];
        size_t index = 0;
        struct wva_value *old = item_with_key(target, key, item, &index);
        if (has_directive(item, "replace"))
            continue;
        if (has_directive(item, "delete")) {
            if (old != NULL)
                wva_array_remove(target, index);
            continue;
        }
        struct wva_value *fresh = strategic(arena, sim_place_element(place), old, item);
        if (old != NULL)
            target->items[index] = fresh;
        else
            wva_array_append(arena, target, fresh);
    }
    return target;
}

static struct wva_value *add_to_set(struct wva_arena *arena, struct wva_value *target,
                                    const struct wva_value *patch)
{
    if (target == NULL || target->kind != WVA_ARRAY)
        target = wva_array(arena);
    for (size_t i = 0; i < patch->count; i++) {
        bool present = false;
        for (size_t k = 0; k < target->count; k++)
            present = present || wva_value_equal(target->items[k], patch->items[i]);
        if (!present)
            wva_array_append(arena, target, wva_clone(arena, patch->items[i]));
    }
    return target;
}

static void retain_keys(struct wva_value *target, const struct wva_value *keys)
{
    for (size_t i = 0; i < target->count;) {
        bool kept = false;
        for (size_t k = 0; k < keys->count; k++)
            kept = kept || wva_str_eq(wva_value_str(keys->items[k]), target->members[i].name);
        if (kept)
            i++;
        else
            (void)wva_object_remove(target, target->members[i].name);
    }
}

static void delete_from_list(struct wva_value *list, const struct wva_value *gone)
{
    for (size_t i = 0; list != NULL && i < list->count;) {
        bool drop = false;
        for (size_t k = 0; k < gone->count; k++)
            drop = drop || wva_value_equal(list->items[i], gone->items[k]);
        if (drop)
            wva_array_remove(list, i);
        else
            i++;
    }
}

#define DELETE_PREFIX "$deleteFromPrimitiveList/"

static void strategic_member(struct wva_arena *arena, struct sim_place place,
                             struct wva_value *target, const struct wva_member *member)
{
    if (strcmp(member->name, "$retainKeys") == 0) {
        retain_keys(target, member->value);
    } else if (wva_str_has_prefix(member->name, DELETE_PREFIX)) {
        delete_from_list(wva_object_get(target, member->name + strlen(DELETE_PREFIX)),
                         member->value);
    } else if (member->name[0] != '$') {
        struct wva_value *old = wva_object_get(target, member->name);
        if (member->value->kind == WVA_NULL)
            (void)wva_object_remove(target, member->name);
        else
            wva_object_set(
                arena, target, member->name,
                strategic(arena, sim_place_member(place, member->name), old, member->value));
    }
}

static struct wva_value *strategic_members(struct wva_arena *arena, struct sim_place place,
                                           struct wva_value *target, const struct wva_value *patch)
{
    if (target == NULL || target->kind != WVA_OBJECT || has_directive(patch, "replace"))
        target = wva_object(arena);
    for (size_t i = 0; i < patch->count; i++)
        strategic_member(arena, place, target, &patch->members[i]);
    return target;
}

static struct wva_value *strategic(struct wva_arena *arena, struct sim_place place,
                                   struct wva_value *target, const struct wva_value *patch)
{
    if (patch->kind == WVA_OBJECT)
        return strategic_members(arena, place, target, patch);
    switch (sim_merge_of(place, patch)) {
    case SIM_ITEMS_BY_KEY:
        return strategic_items(arena, place, target, patch);
    case SIM_ITEMS_BY_VALUE:
        return add_to_set(arena, target, patch);
    case SIM_MEMBERS:
    case SIM_LEAF:
        break;
    }
    return wva_clone(arena, patch);
}

void patch_strategic(struct wva_arena *arena, struct sim_place place, struct wva_value *target,
                     const struct wva_value *patch)
{
    (void)strategic(arena, place, target, patch);
}

static struct wva_value *apply_members(struct wva_arena *arena, struct sim_place place,
                                       const struct wva_value *live,
                                       const struct wva_value *applied)
{
    struct wva_value *result =
        live != NULL && live->kind == WVA_OBJECT ? wva_clone(arena, live) : wva_object(arena);
    for (size_t i = 0; i < applied->count; i++) {
        const struct wva_member *member = &applied->members[i];
        wva_object_set(arena, result, member->name,
                       patch_apply(arena, sim_place_member(place, member->name),
                                   wva_object_get(result, member->name), member->value));
    }
    return result;
}

static struct wva_value *apply_items(struct wva_arena *arena, struct sim_place place,
                                     const struct wva_value *live, const struct wva_value *applied)
{
    struct wva_value *result =
        live != NULL && live->kind == WVA_ARRAY ? wva_clone(arena, live) : wva_array(arena);
    for (size_t i = 0; i < applied->count; i++) {
        size_t index = 0;
        const struct wva_value *old = sim_item_like(place, result, applied->items[i], &index);
        struct wva_value *item =
            patch_apply(arena, sim_place_element(place), old, applied->items[i]);
        if (old != NULL)
            result->items[index] = item;
        else
            wva_array_append(arena, result, item);
    }
    return result;
}

struct wva_value *patch_apply(struct wva_arena *arena, struct sim_place place,
                              const struct wva_value *live, const struct wva_value *applied)
{
    switch (sim_merge_of(place, applied)) {
    case SIM_MEMBERS:
        return apply_members(arena, place, live, applied);
    case SIM_ITEMS_BY_KEY:
        return apply_items(arena, place, live, applied);
    case SIM_ITEMS_BY_VALUE:
        return add_to_set(arena, live != NULL ? wva_clone(arena, live) : NULL, applied);
    case SIM_LEAF:
        break;
    }
    return wva_clone(arena, applied);
}
