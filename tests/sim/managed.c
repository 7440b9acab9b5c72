// SPDX-License-Identifier: Apache-2.0
// Sets of fields and their arithmetic, after structured-merge-diff. An empty object in a set is a
// leaf.

#include "managed.h"

#include "wva/codec/json.h"
#include "wva/util/clock.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <string.h>

bool managed_empty(const struct wva_value *set)
{
    return set == NULL || set->count == 0;
}

/* "k:{\"name\":\"x\"}" */
static char *item_element(struct wva_arena *arena, struct sim_place list_place,
                          const struct wva_value *item)
{
    struct wva_value *keys = wva_object(arena);
    for (const char *const *key = list_place.field->keys; *key != NULL; key++) {
        const struct wva_value *value = sim_item_key(item, *key);
        if (value != NULL)
            wva_object_set(arena, keys, *key, wva_clone(arena, value));
    }
    return wva_arena_printf(arena, "k:%s", wva_json_text(arena, keys));
}

static char *value_element(struct wva_arena *arena, const struct wva_value *value)
{
    return wva_arena_printf(arena, "v:%s", wva_json_text(arena, value));
}

/* Members that the server sets or that name the object: nobody's. */
static bool is_nobodys(const char *path, const char *name)
{
    static const char *const top[] = {"apiVersion", "kind"};
    static const char *const meta[] = {"name",
                                       "namespace",
                                       "uid",
                                       "resourceVersion",
                                       "generation",
                                       "creationTimestamp",
                                       "managedFields",
                                       "selfLink",
                                       "deletionTimestamp",
                                       "deletionGracePeriodSeconds"};
    for (size_t i = 0; path[0] == '\0' && i < WVA_COUNT(top); i++)
        if (strcmp(name, top[i]) == 0)
            return true;
    for (size_t i = 0; strcmp(path, "metadata") == 0 && i < WVA_COUNT(meta); i++)
        if (strcmp(name, meta[i]) == 0)
            return true;
    return false;
}

/* The value of `before` at the same place as an item of `after`. */
static struct wva_value *before_item(struct sim_place place, const struct wva_value *before,
                                     const struct wva_value *item)
{
    size_t index = 0;
    if (before == NULL || before->kind != WVA_ARRAY)
        return NULL;
    return sim_item_like(place, before, item, &index);
}

static bool list_has(const struct wva_value *list, const struct wva_value *item)
{
    for (size_t i = 0; list != NULL && list->kind == WVA_ARRAY && i < list->count; i++)
        if (wva_value_equal(list->items[i], item))
            return true;
    return false;
}

struct differ {
    struct wva_arena *arena;
    bool all; /* every leaf, whether it differs or not */
};

static struct wva_value *leaves(const struct differ *differ, struct sim_place place,
                                const struct wva_value *before, const struct wva_value *after,
                                const char *path);

static struct wva_value *member_leaves(const struct differ *differ, struct sim_place place,
                                       const struct wva_value *before,
                                       const struct wva_value *after, const char *path)
{
    struct wva_value *set = wva_object(differ->arena);
    for (size_t i = 0; i < after->count; i++) {
        const char *name = after->members[i].name;
        if (is_nobodys(path, name))
            continue;
        /* Only the path's first two steps matter, see is_nobodys(). */
        const char *below = path[0] == '\0' ? name : "…";
        struct wva_value *below_set =
            leaves(differ, sim_place_member(place, name), wva_object_get(before, name),
                   after->members[i].value, below);
        if (below_set != NULL)
            wva_object_set(differ->arena, set, wva_arena_printf(differ->arena, "f:%s", name),
                           below_set);
    }
    return set;
}

static struct wva_value *item_leaves(const struct differ *differ, struct sim_place place,
                                     const struct wva_value *before, const struct wva_value *after)
{
    struct wva_value *set = wva_object(differ->arena);
    for (size_t i = 0; i < after->count; i++) {
        const struct wva_value *old = before_item(place, before, after->items[i]);
        struct wva_value *below =
            leaves(differ, sim_place_element(place), old, after->items[i], "…");
        if (below == NULL)
            continue;
        if (differ->all || old == NULL)
            wva_object_set(differ->arena, below, ".", wva_object(differ->arena));
        wva_object_set(differ->arena, set, item_element(differ->arena, place, after->items[i]),
                       below);
    }
    return set;
}

static struct wva_value *value_leaves(const struct differ *differ, const struct wva_value *before,
                                      const struct wva_value *after)
{
    struct wva_value *set = wva_object(differ->arena);
    for (size_t i = 0; i < after->count; i++)
        if (differ->all || !list_has(before, after->items[i]))
            wva_object_set(differ->arena, set, value_element(differ->arena, after->items[i]),
                           wva_object(differ->arena));
    return set;
}

/* NULL when nothing is different below; an empty set stands for a leaf. */
static struct wva_value *leaves(const struct differ *differ, struct sim_place place,
                                const struct wva_value *before, const struct wva_value *after,
                                const char *path)
{
    if (!differ->all && wva_value_equal(before, after))
        return NULL;
    struct wva_value *set = NULL;
    switch (sim_merge_of(place, after)) {
    case SIM_MEMBERS:
        set = member_leaves(differ, place, before, after, path);
        break;
    case SIM_ITEMS_BY_KEY:
        set = item_leaves(differ, place, before, after);
        break;
    case SIM_ITEMS_BY_VALUE:
        set = value_leaves(differ, before, after);
        break;
    case SIM_LEAF:
        return wva_object(differ->arena);
    }
    /* Only removals below: no leaf of `after` is new. */
    if (set->count == 0 && after->count > 0)
        return NULL;
    return set;
}

struct wva_value *managed_fields_of(struct wva_arena *arena, struct sim_place place,
                                    const struct wva_value *value)
{
    const struct differ differ = {arena, true};
    struct wva_value *set = leaves(&differ, place, NULL, value, "");
    return set != NULL ? set : wva_object(arena);
}

struct wva_value *managed_changed(struct wva_arena *arena, struct sim_place place,
                                  const struct wva_value *before, const struct wva_value *after)
{
    const struct differ differ = {arena, false};
    struct wva_value *set = leaves(&differ, place, before, after, "");
    return set != NULL ? set : wva_object(arena);
}

struct wva_value *managed_union(struct wva_arena *arena, const struct wva_value *a,
                                const struct wva_value *b)
{
    struct wva_value *set = a != NULL ? wva_clone(arena, a) : wva_object(arena);
    for (size_t i = 0; b != NULL && i < b->count; i++) {
        const char *name = b->members[i].name;
        wva_object_set(arena, set, name,
                       managed_union(arena, wva_object_get(set, name), b->members[i].value));
    }
    return set;
}

struct wva_value *managed_without(struct wva_arena *arena, const struct wva_value *a,
                                  const struct wva_value *b)
{
    struct wva_value *set = wva_object(arena);
    for (size_t i = 0; a != NULL && i < a->count; i++) {
        const char *name = a->members[i].name;
        const struct wva_value *below = a->members[i].value;
        const struct wva_value *other = wva_object_get(b, name);
        if (other == NULL) {
            wva_object_set(arena, set, name, wva_clone(arena, below));
            continue;
        }
        struct wva_value *rest = managed_without(arena, below, other);
        if (rest->count > 0)
            wva_object_set(arena, set, name, rest);
    }
    return set;
}

struct wva_value *managed_common(struct wva_arena *arena, const struct wva_value *a,
                                 const struct wva_value *b)
{
    struct wva_value *set = wva_object(arena);
    for (size_t i = 0; a != NULL && i < a->count; i++) {
        const char *name = a->members[i].name;
        const struct wva_value *below = a->members[i].value;
        const struct wva_value *other = wva_object_get(b, name);
        if (other == NULL)
            continue;
        struct wva_value *both = managed_common(arena, below, other);
        if (both->count > 0 || (below->count == 0 && other->count == 0))
            wva_object_set(arena, set, name, both);
    }
    return set;
}

static struct wva_value *find_item(struct sim_place place, const struct wva_value *list,
                                   const char *element)
{
    wva_auto_arena arena = {0};
    for (size_t i = 0; list != NULL && list->kind == WVA_ARRAY && i < list->count; i++) {
        bool by_key =
            element[0] == 'k' && place.field != NULL && list->items[i]->kind == WVA_OBJECT;
        const char *text = by_key ? item_element(&arena, place, list->items[i])
                                  : value_element(&arena, list->items[i]);
        if (strcmp(text, element) == 0)
            return list->items[i];
    }
    return NULL;
}

struct wva_value *managed_child(struct sim_place place, const struct wva_value *value,
                                const char *element, struct sim_place *ret_place)
{
    if (wva_str_has_prefix(element, "f:")) {
        *ret_place = sim_place_member(place, element + 2);
        return wva_object_get(value, element + 2);
    }
    *ret_place = sim_place_element(place);
    return find_item(place, value, element);
}

struct wva_value *managed_present(struct wva_arena *arena, struct sim_place place,
                                  const struct wva_value *set, const struct wva_value *value)
{
    struct wva_value *present = wva_object(arena);
    for (size_t i = 0; set != NULL && i < set->count; i++) {
        const char *element = set->members[i].name;
        const struct wva_value *below = set->members[i].value;
        struct sim_place below_place = {0};
        if (strcmp(element, ".") == 0) {
            wva_object_set(arena, present, element, wva_object(arena));
            continue;
        }
        const struct wva_value *child = managed_child(place, value, element, &below_place);
        if (child == NULL)
            continue;
        struct wva_value *rest = managed_present(arena, below_place, below, child);
        if (rest->count > 0 || below->count == 0)
            wva_object_set(arena, present, element, rest);
    }
    return present;
}

static void remove_element(struct wva_value *value, const char *element,
                           const struct wva_value *child)
{
    if (element[0] == 'f') {
        (void)wva_object_remove(value, element + 2);
        return;
    }
    for (size_t i = 0; i < value->count; i++)
        if (value->items[i] == child) {
            wva_array_remove(value, i);
            return;
        }
}

void managed_remove(struct wva_arena *arena, struct sim_place place, struct wva_value *value,
                    const struct wva_value *set)
{
    for (size_t i = 0; i < set->count; i++) {
        const char *element = set->members[i].name;
        const struct wva_value *below = set->members[i].value;
        struct sim_place below_place = {0};
        if (strcmp(element, ".") == 0)
            continue;
        struct wva_value *child = managed_child(place, value, element, &below_place);
        if (child == NULL)
            continue;
        bool whole = below->count == 0 || wva_object_get(below, ".") != NULL;
        if (!whole)
            managed_remove(arena, below_place, child, below);
        bool hollow = (child->kind == WVA_OBJECT || child->kind == WVA_ARRAY) && child->count == 0;
        if (whole || hollow)
            remove_element(value, element, child);
    }
}

/* ".name", "[name=\"x\"]", "[=\"x\"]" */
static const char *step_text(struct wva_arena *arena, const char *element)
{
    if (element[0] == 'f')
        return wva_arena_printf(arena, ".%s", element + 2);
    if (element[0] == 'v')
        return wva_arena_printf(arena, "[=%s]", element + 2);
    struct wva_error err = {0};
    struct wva_value *keys = NULL;
    const char *text = "";
    if (wva_json_parse(arena, element + 2, strlen(element + 2),
                       &(struct wva_json_options){.name = "a key"}, &keys, &err) < 0)
        return element;
    for (size_t i = 0; i < keys->count; i++)
        text = wva_arena_printf(arena, "%s%s%s=%s", text, i > 0 ? "," : "", keys->members[i].name,
                                wva_json_text(arena, keys->members[i].value));
    return wva_arena_printf(arena, "[%s]", text);
}

void managed_each(struct wva_arena *arena, const struct wva_value *set, const char *path,
                  void (*call)(void *ctx, const char *path), void *ctx)
{
    if (set->count == 0) {
        call(ctx, path);
        return;
    }
    for (size_t i = 0; i < set->count; i++) {
        if (strcmp(set->members[i].name, ".") == 0)
            call(ctx, path);
        else
            managed_each(
                arena, set->members[i].value,
                wva_arena_printf(arena, "%s%s", path, step_text(arena, set->members[i].name)), call,
                ctx);
    }
}

struct wva_value *managed_entry(struct wva_arena *arena, const char *manager, const char *operation,
                                const char *api_version, const char *subresource,
                                struct wva_value *fields)
{
    char now[WVA_RFC3339_MAX];
    wva_format_rfc3339(now, wva_clock_unix_ms());
    struct wva_value *entry = wva_object(arena);
    wva_put(arena, entry, wva_string(arena, manager), "manager");
    wva_put(arena, entry, wva_string(arena, operation), "operation");
    wva_put(arena, entry, wva_string(arena, api_version), "apiVersion");
    wva_put(arena, entry, wva_string(arena, now), "time");
    wva_put(arena, entry, wva_string(arena, "FieldsV1"), "fieldsType");
    wva_put(arena, entry, fields, "fieldsV1");
    if (subresource != NULL)
        wva_put(arena, entry, wva_string(arena, subresource), "subresource");
    return entry;
}

static bool is_entry_of(const struct wva_value *entry, const char *manager, const char *subresource)
{
    return wva_str_eq(wva_get_str(entry, "manager"), manager) &&
           wva_str_eq(wva_get_str(entry, "operation"), "Update") &&
           wva_str_eq(wva_get_str(entry, "subresource"), subresource);
}

void managed_track_update(struct wva_arena *arena, struct sim_place place,
                          const struct wva_value *before, struct wva_value *after,
                          const char *manager, const char *subresource)
{
    const struct wva_value *old = wva_get(before, "metadata", "managedFields");
    struct wva_value *changed = managed_changed(arena, place, before, after);
    struct wva_value *entries = wva_array(arena);
    struct wva_value *own = changed;
    for (size_t i = 0; old != NULL && i < old->count; i++) {
        const struct wva_value *fields = wva_get(old->items[i], "fieldsV1");
        if (is_entry_of(old->items[i], manager, subresource)) {
            own = managed_union(arena, managed_present(arena, place, fields, after), changed);
            continue;
        }
        struct wva_value *rest =
            managed_present(arena, place, managed_without(arena, fields, changed), after);
        if (rest->count == 0)
            continue;
        struct wva_value *entry = wva_clone(arena, old->items[i]);
        wva_put(arena, entry, rest, "fieldsV1");
        wva_array_append(arena, entries, entry);
    }
    if (own->count > 0)
        wva_array_append(arena, entries,
                         managed_entry(arena, manager, "Update", wva_get_str(after, "apiVersion"),
                                       subresource, own));
    wva_put(arena, after, entries, "metadata", "managedFields");
}
