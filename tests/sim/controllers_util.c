// SPDX-License-Identifier: Apache-2.0
// Small readings of and writings to API objects.

#include "workload.h"

#include "wva/util/clock.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <string.h>

static const char *or_empty(const char *s)
{
    return s != NULL ? s : "";
}

const char *sim_name(const struct wva_value *object)
{
    return or_empty(wva_get_str(object, "metadata", "name"));
}

const char *sim_namespace(const struct wva_value *object)
{
    return or_empty(wva_get_str(object, "metadata", "namespace"));
}

const char *sim_uid(const struct wva_value *object)
{
    return or_empty(wva_get_str(object, "metadata", "uid"));
}

int64_t sim_int(const struct wva_value *value, int64_t fallback)
{
    int64_t number = fallback;
    return wva_value_i64(value, &number) ? number : fallback;
}

double sim_quantity(const struct wva_value *value)
{
    double number = 0;
    if (value != NULL && value->kind == WVA_NUMBER)
        return wva_value_double(value, &number) ? number : 0;
    const char *text = wva_value_str(value);
    return text != NULL && wva_parse_quantity(text, &number) == 0 ? number : 0;
}

bool sim_deleting(const struct wva_value *object)
{
    return wva_get_str(object, "metadata", "deletionTimestamp") != NULL;
}

const char *sim_controller_uid(const struct wva_value *object)
{
    const struct wva_value *owners = wva_get(object, "metadata", "ownerReferences");
    for (size_t i = 0; owners != NULL && i < owners->count; i++)
        if (wva_value_bool(wva_get(owners->items[i], "controller"), false))
            return wva_get_str(owners->items[i], "uid");
    return NULL;
}

struct wva_value *sim_owner_reference(struct wva_arena *arena, const struct wva_value *owner)
{
    struct wva_value *reference = wva_object(arena);
    wva_put(arena, reference, wva_string(arena, wva_get_str(owner, "apiVersion")), "apiVersion");
    wva_put(arena, reference, wva_string(arena, wva_get_str(owner, "kind")), "kind");
    wva_put(arena, reference, wva_string(arena, sim_name(owner)), "name");
    wva_put(arena, reference, wva_string(arena, sim_uid(owner)), "uid");
    wva_put(arena, reference, wva_bool(arena, true), "controller");
    wva_put(arena, reference, wva_bool(arena, true), "blockOwnerDeletion");
    return reference;
}

char *sim_timestamp(struct wva_arena *arena, int64_t unix_ms)
{
    char text[WVA_RFC3339_MAX];
    wva_format_rfc3339(text, unix_ms);
    return wva_arena_strdup(arena, text);
}

static size_t condition_index(const struct wva_value *conditions, const char *type)
{
    for (size_t i = 0; conditions != NULL && i < conditions->count; i++)
        if (wva_str_eq(wva_get_str(conditions->items[i], "type"), type))
            return i;
    return SIZE_MAX;
}

struct wva_value *sim_condition(const struct wva_value *object, const char *type)
{
    const struct wva_value *conditions = wva_get(object, "status", "conditions");
    size_t index = condition_index(conditions, type);
    return index != SIZE_MAX ? conditions->items[index] : NULL;
}

bool sim_condition_true(const struct wva_value *object, const char *type)
{
    return wva_str_eq(wva_get_str(sim_condition(object, type), "status"), "True");
}

static struct wva_value *conditions_of(struct wva_arena *arena, struct wva_value *object)
{
    if (wva_get(object, "status", "conditions") == NULL)
        wva_put(arena, object, wva_array(arena), "status", "conditions");
    return wva_get(object, "status", "conditions");
}

/* Which stamps a kind's conditions carry beside lastTransitionTime. */
static const char *second_stamp(const struct wva_value *object)
{
    const char *kind = or_empty(wva_get_str(object, "kind"));
    if (strcmp(kind, "Deployment") == 0)
        return "lastUpdateTime";
    if (strcmp(kind, "Job") == 0)
        return "lastProbeTime";
    return NULL;
}

void sim_set_condition(struct wva_arena *arena, struct wva_value *object,
                       const struct sim_condition_text *text)
{
    struct wva_value *conditions = conditions_of(arena, object);
    size_t index = condition_index(conditions, text->type);
    struct wva_value *condition = index != SIZE_MAX ? conditions->items[index] : wva_object(arena);
    bool same_status = wva_str_eq(wva_get_str(condition, "status"), text->status);
    bool same_words = wva_str_eq(wva_get_str(condition, "reason"), text->reason) &&
                      wva_str_eq(wva_get_str(condition, "message"), text->message);
    if (same_status && same_words)
        return;
    char *now = sim_timestamp(arena, wva_clock_unix_ms());
    wva_put(arena, condition, wva_string(arena, text->type), "type");
    wva_put(arena, condition, wva_string(arena, text->status), "status");
    if (second_stamp(object) != NULL)
        wva_put(arena, condition, wva_string(arena, now), second_stamp(object));
    if (!same_status)
        wva_put(arena, condition, wva_string(arena, now), "lastTransitionTime");
    if (text->reason != NULL)
        wva_put(arena, condition, wva_string(arena, text->reason), "reason");
    else
        wva_remove(condition, "reason");
    if (text->message != NULL)
        wva_put(arena, condition, wva_string(arena, text->message), "message");
    else
        wva_remove(condition, "message");
    if (index == SIZE_MAX)
        wva_array_append(arena, conditions, condition);
}

void sim_drop_condition(struct wva_value *object, const char *type)
{
    struct wva_value *conditions = wva_get(object, "status", "conditions");
    size_t index = condition_index(conditions, type);
    if (index != SIZE_MAX)
        wva_array_remove(conditions, index);
}
