// SPDX-License-Identifier: Apache-2.0
/*
 * Service classes out of their ConfigMap. Each key of `data` is one class in YAML:
 *
 *     name: Premium
 *     priority: 1
 *     data:
 *     - {model: org/model, slo-tpot: 24, slo-ttft: 500}
 */
#include "wva/wva/service_class.h"

#include "wva/codec/yaml.h"
#include "wva/util/str.h"

#include <string.h>

#define NAME_MAX_BYTES 100

/* What WVA takes for a class without a priority: pkg/config, DefaultLowPriority. */
#define PRIORITY_LOWEST 100

/* A demand in ms; WVA reads whole numbers, and 0 for what is missing. */
static double target_of(const struct wva_value *entry, const char *name)
{
    double target;

    if (!wva_value_double(wva_get(entry, name), &target) || !(target > 0))
        return 0.0;
    return target;
}

/* The class's entry for the model; NULL when it has none. */
static const struct wva_value *entry_of(const struct wva_value *class, const char *model_id)
{
    const struct wva_value *list = wva_get(class, "data");

    for (size_t i = 0; list != NULL && list->kind == WVA_ARRAY && i < list->count; i++) {
        if (wva_str_eq(wva_get_str(list->items[i], "model"), model_id))
            return list->items[i];
    }
    return NULL;
}

/* NULL when the text is no class. */
static const struct wva_value *parse_class(struct wva_arena *arena, const struct wva_member *member)
{
    const struct wva_yaml_options options = {.name = member->name};
    const struct wva_value *text = member->value;
    struct wva_value **docs;
    struct wva_error ignored = {0};
    size_t count;

    if (text->kind != WVA_STRING ||
        wva_yaml_parse(arena, text->text, text->len, &options, &docs, &count, &ignored) < 0)
        return NULL;
    return count == 1 && docs[0]->kind == WVA_OBJECT ? docs[0] : NULL;
}

static const char *clean(struct wva_arena *arena, const char *text)
{
    return wva_str_sanitize(arena, text, strlen(text), NAME_MAX_BYTES, false);
}

static struct wva_service_class describe(struct wva_arena *arena, const char *key,
                                         const struct wva_value *class,
                                         const struct wva_value *entry)
{
    const char *name = wva_get_str(class, "name");
    struct wva_service_class result = {
        .name = clean(arena, wva_str_empty(name) ? key : name),
        .priority = PRIORITY_LOWEST,
        .ttft_ms = target_of(entry, "slo-ttft"),
        .itl_ms = target_of(entry, "slo-tpot"),
    };

    (void)wva_value_i64(wva_get(class, "priority"), &result.priority);
    return result;
}

bool wva_service_class_find(struct wva_arena *arena, const struct wva_value *configmap,
                            const char *model_id, struct wva_service_class *ret)
{
    const struct wva_value *data = wva_get(configmap, "data");
    struct wva_service_class best = {0};
    const char *skipped = NULL;
    size_t found = 0;

    for (size_t i = 0; data != NULL && data->kind == WVA_OBJECT && i < data->count; i++) {
        const struct wva_member *member = &data->members[i];
        const struct wva_value *class = parse_class(arena, member);
        const struct wva_value *entry = class == NULL ? NULL : entry_of(class, model_id);

        if (class == NULL && skipped == NULL)
            skipped = clean(arena, member->name);
        if (entry == NULL)
            continue;
        const struct wva_service_class one = describe(arena, member->name, class, entry);

        if (found++ == 0 || one.priority < best.priority)
            best = one;
    }
    if (found == 0)
        return false;
    best.others = found - 1;
    best.skipped = skipped;
    *ret = best;
    return true;
}
