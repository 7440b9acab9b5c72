// SPDX-License-Identifier: Apache-2.0
// Objects, their versions and the history of their changes. Selectors are in store_match.c, what
// may be stored is decided elsewhere.

#include "sim.h"

#include "wva/codec/json.h"
#include "wva/util/buf.h"
#include "wva/util/clock.h"
#include "wva/util/encode.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX      ((size_t)8 << 20)
#define FIRST_VERSION 1000 /* a young cluster's; any number does */
#define UUID_MAX      37

void sim_store_init(struct sim *sim)
{
    sim->store = (struct sim_store){.version = FIRST_VERSION, .oldest_version = FIRST_VERSION};
}

static void free_object(struct sim_object *object)
{
    wva_arena_done(&object->arena);
    free(object);
}

static void free_change(struct sim_change *change)
{
    free(change->namespace_);
    free(change->name);
    free(change->text);
}

void sim_store_done(struct sim *sim)
{
    struct sim_object *next;
    for (struct sim_object *object = sim->store.objects; object != NULL; object = next) {
        next = object->next;
        free_object(object);
    }
    for (size_t i = 0; i < sim->store.history_count; i++)
        free_change(&sim->store.history[i]);
    free(sim->store.history);
    sim->store = (struct sim_store){0};
}

static const char *namespace_of(const struct wva_value *value)
{
    const char *namespace_ = wva_get_str(value, "metadata", "namespace");
    return namespace_ != NULL ? namespace_ : "";
}

struct sim_object *sim_store_find(struct sim *sim, const struct sim_type *type,
                                  const char *namespace_, const char *name)
{
    if (name == NULL)
        return NULL;
    const char *wanted = type->namespaced && namespace_ != NULL ? namespace_ : "";
    for (struct sim_object *object = sim->store.objects; object != NULL; object = object->next)
        if (object->type == type &&
            wva_str_eq(wva_get_str(object->value, "metadata", "name"), name) &&
            strcmp(namespace_of(object->value), wanted) == 0)
            return object;
    return NULL;
}

static void forget_oldest(struct sim_store *store)
{
    size_t drop = SIM_HISTORY_MAX / 4;
    for (size_t i = 0; i < drop; i++)
        free_change(&store->history[i]);
    store->oldest_version = store->history[drop - 1].version;
    store->history_count -= drop;
    memmove(store->history, store->history + drop, store->history_count * sizeof(*store->history));
}

/* Notes the object's present state as the newest change and wakes everybody up. */
static void record(struct sim *sim, const struct sim_object *object, const char *event,
                   int64_t previous)
{
    struct sim_store *store = &sim->store;
    if (store->history == NULL)
        store->history = wva_xcalloc(SIM_HISTORY_MAX, sizeof(*store->history));
    if (store->history_count == SIM_HISTORY_MAX)
        forget_oldest(store);
    wva_auto_buf text = WVA_BUF(TEXT_MAX);
    wva_json_write(&text, object->value, 0);
    struct sim_change *change = &store->history[store->history_count++];
    *change = (struct sim_change){
        .version = store->version,
        .previous = previous,
        .type = object->type,
        .namespace_ = wva_xstrdup(namespace_of(object->value)),
        .name = wva_xstrdup(wva_get_str(object->value, "metadata", "name")),
        .text = wva_xstrdup(wva_buf_str(&text)),
    };
    snprintf(change->event, sizeof(change->event), "%s", event);
    pthread_cond_broadcast(&sim->changed);
}

static void put_version(struct sim_object *object, int64_t version)
{
    struct wva_arena *arena = &object->arena;
    wva_put(arena, object->value,
            wva_string(arena, wva_arena_printf(arena, "%lld", (long long)version)), "metadata",
            "resourceVersion");
}

static int64_t version_of(const struct sim_object *object)
{
    const char *text = wva_get_str(object->value, "metadata", "resourceVersion");
    return text != NULL ? strtoll(text, NULL, 10) : 0;
}

static void make_uuid(char out[UUID_MAX])
{
    unsigned char b[16];
    wva_random_bytes(b, sizeof(b));
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    snprintf(out, UUID_MAX, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
             b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
             b[14], b[15]);
}

/* generateName and five characters, as apiserver's name generator does (no vowels, nothing that
 * looks like another; the base is cut to 58). */
static char *generated_name(struct wva_arena *arena, const char *base)
{
    static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
    unsigned char random[5];
    char suffix[sizeof(random) + 1] = {0};
    wva_random_bytes(random, sizeof(random));
    for (size_t i = 0; i < sizeof(random); i++)
        suffix[i] = letters[random[i] % (sizeof(letters) - 1)];
    return wva_arena_printf(arena, "%.58s%s", base, suffix);
}

static void put_metadata(struct sim_object *object)
{
    struct wva_arena *arena = &object->arena;
    struct wva_value *value = object->value;
    wva_put(arena, value, wva_string(arena, sim_type_api_version(arena, object->type)),
            "apiVersion");
    wva_put(arena, value, wva_string(arena, object->type->kind), "kind");
    if (wva_str_empty(wva_get_str(value, "metadata", "uid"))) {
        char uid[UUID_MAX];
        make_uuid(uid);
        wva_put(arena, value, wva_string(arena, uid), "metadata", "uid");
    }
    char now[WVA_RFC3339_MAX];
    wva_format_rfc3339(now, wva_clock_unix_ms());
    wva_put(arena, value, wva_string(arena, now), "metadata", "creationTimestamp");
    if (wva_get(value, "spec") != NULL)
        wva_put(arena, value, wva_int(arena, 1), "metadata", "generation");
}

struct sim_object *sim_store_add(struct sim *sim, const struct sim_type *type,
                                 const struct wva_value *value)
{
    struct sim_object *object = wva_xcalloc(1, sizeof(*object));
    object->type = type;
    object->value = wva_clone(&object->arena, value);
    const char *base = wva_get_str(value, "metadata", "generateName");
    if (wva_str_empty(wva_get_str(value, "metadata", "name")) && base != NULL)
        wva_put(&object->arena, object->value,
                wva_string(&object->arena, generated_name(&object->arena, base)), "metadata",
                "name");
    const char *name = wva_get_str(object->value, "metadata", "name");
    if (name == NULL || sim_store_find(sim, type, namespace_of(object->value), name) != NULL) {
        free_object(object);
        return NULL;
    }
    put_metadata(object);
    put_version(object, ++sim->store.version);
    object->next = sim->store.objects;
    sim->store.objects = object;
    record(sim, object, "ADDED", 0);
    return object;
}

/* Members of metadata that no writer may change. */
static void keep_identity(struct wva_arena *arena, struct wva_value *value,
                          const struct wva_value *old)
{
    static const char *const kept[] = {"name",       "namespace",         "uid",
                                       "generation", "creationTimestamp", "resourceVersion"};
    for (size_t i = 0; i < WVA_COUNT(kept); i++) {
        const struct wva_value *was = wva_get(old, "metadata", kept[i]);
        if (was != NULL)
            wva_put(arena, value, wva_clone(arena, was), "metadata", kept[i]);
        else
            wva_remove(value, "metadata", kept[i]);
    }
    wva_put(arena, value, wva_clone(arena, wva_get(old, "apiVersion")), "apiVersion");
    wva_put(arena, value, wva_clone(arena, wva_get(old, "kind")), "kind");
}

void sim_store_replace(struct sim *sim, struct sim_object *object, const struct wva_value *value)
{
    struct wva_arena arena = {0};
    struct wva_value *fresh = wva_clone(&arena, value);
    keep_identity(&arena, fresh, object->value);
    if (wva_value_equal(fresh, object->value)) {
        wva_arena_done(&arena);
        return;
    }
    int64_t generation = 0;
    if (!wva_value_equal(wva_get(fresh, "spec"), wva_get(object->value, "spec")) &&
        wva_value_i64(wva_get(fresh, "metadata", "generation"), &generation))
        wva_put(&arena, fresh, wva_int(&arena, generation + 1), "metadata", "generation");
    int64_t previous = version_of(object);
    wva_arena_done(&object->arena);
    object->arena = arena;
    object->value = fresh;
    put_version(object, ++sim->store.version);
    record(sim, object, "MODIFIED", previous);
}

void sim_store_remove(struct sim *sim, struct sim_object *object)
{
    struct sim_object **link = &sim->store.objects;
    while (*link != object)
        link = &(*link)->next;
    *link = object->next;
    int64_t previous = version_of(object);
    put_version(object, ++sim->store.version);
    record(sim, object, "DELETED", previous);
    free_object(object);
}

/* The Event that says the same already, or NULL. */
static struct sim_object *same_event(struct sim *sim, const struct wva_value *object,
                                     const char *reason, const char *message)
{
    const char *uid = wva_get_str(object, "metadata", "uid");
    const struct sim_type *type = sim_type_of_kind("Event");
    for (struct sim_object *event = sim->store.objects; event != NULL; event = event->next)
        if (event->type == type &&
            wva_str_eq(wva_get_str(event->value, "involvedObject", "uid"), uid) &&
            wva_str_eq(wva_get_str(event->value, "reason"), reason) &&
            wva_str_eq(wva_get_str(event->value, "message"), message))
            return event;
    return NULL;
}

static void count_up(struct sim *sim, struct sim_object *event, const char *now)
{
    wva_auto_arena arena = {0};
    struct wva_value *value = wva_clone(&arena, event->value);
    int64_t count = 1;
    (void)wva_value_i64(wva_get(value, "count"), &count);
    wva_put(&arena, value, wva_int(&arena, count + 1), "count");
    wva_put(&arena, value, wva_string(&arena, now), "lastTimestamp");
    sim_store_replace(sim, event, value);
}

static const char *component_of(const char *kind)
{
    static const char *const components[][2] = {
        {"Pod", "kubelet"},
        {"Job", "job-controller"},
        {"Deployment", "deployment-controller"},
        {"ReplicaSet", "replicaset-controller"},
    };
    for (size_t i = 0; kind != NULL && i < WVA_COUNT(components); i++)
        if (strcmp(components[i][0], kind) == 0)
            return components[i][1];
    return "wva-sim";
}

static struct wva_value *involved_object(struct wva_arena *arena, const struct wva_value *object)
{
    struct wva_value *involved = wva_object(arena);
    static const char *const top[] = {"apiVersion", "kind"};
    static const char *const meta[] = {"name", "namespace", "uid", "resourceVersion"};
    for (size_t i = 0; i < WVA_COUNT(top); i++)
        wva_put(arena, involved, wva_string(arena, wva_get_str(object, top[i])), top[i]);
    for (size_t i = 0; i < WVA_COUNT(meta); i++)
        if (wva_get_str(object, "metadata", meta[i]) != NULL)
            wva_put(arena, involved, wva_string(arena, wva_get_str(object, "metadata", meta[i])),
                    meta[i]);
    return involved;
}

void sim_event(struct sim *sim, const struct wva_value *object, const char *type,
               const char *reason, const char *message)
{
    char now[WVA_RFC3339_MAX];
    wva_format_rfc3339(now, wva_clock_unix_ms());
    struct sim_object *same = same_event(sim, object, reason, message);
    if (same != NULL) {
        count_up(sim, same, now);
        return;
    }
    wva_auto_arena arena = {0};
    struct wva_value *event = wva_object(&arena);
    const char *namespace_ = namespace_of(object);
    const char *component = component_of(wva_get_str(object, "kind"));
    wva_put(&arena, event,
            wva_string(&arena, wva_arena_printf(&arena, "%s.%016llx",
                                                wva_get_str(object, "metadata", "name"),
                                                (unsigned long long)sim->store.version + 1)),
            "metadata", "name");
    wva_put(&arena, event, wva_string(&arena, namespace_[0] != '\0' ? namespace_ : "default"),
            "metadata", "namespace");
    wva_put(&arena, event, involved_object(&arena, object), "involvedObject");
    wva_put(&arena, event, wva_string(&arena, type), "type");
    wva_put(&arena, event, wva_string(&arena, reason), "reason");
    wva_put(&arena, event, wva_string(&arena, message), "message");
    wva_put(&arena, event, wva_string(&arena, now), "firstTimestamp");
    wva_put(&arena, event, wva_string(&arena, now), "lastTimestamp");
    wva_put(&arena, event, wva_null(&arena), "eventTime");
    wva_put(&arena, event, wva_int(&arena, 1), "count");
    wva_put(&arena, event, wva_string(&arena, component), "source", "component");
    wva_put(&arena, event, wva_string(&arena, component), "reportingComponent");
    wva_put(&arena, event, wva_string(&arena, ""), "reportingInstance");
    (void)sim_store_add(sim, sim_type_of_kind("Event"), event);
}
