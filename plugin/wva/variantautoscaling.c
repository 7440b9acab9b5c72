// SPDX-License-Identifier: Apache-2.0
/*
 * One accelerator's entry in spec.modelProfile: which one, what it says, what it should say. Talks
 * to nobody; the order of reading, writing and reading back is the caller's.
 */
#include "wva/wva/variantautoscaling.h"

#include "wva/util/buf.h"
#include "wva/util/mem.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NO_ENTRY  SIZE_MAX
#define NAMES_MAX ((size_t)400) /* bytes of accelerator names quoted in a message */

char *wva_va_number(struct wva_arena *arena, double value)
{
    return wva_arena_printf(arena, "%.9g", value);
}

/* spec.modelProfile.accelerators; NULL when there is none. */
static const struct wva_value *entries_of(const struct wva_value *va)
{
    const struct wva_value *list = wva_get(va, "spec", "modelProfile", "accelerators");

    return list != NULL && list->kind == WVA_NULL ? NULL : list;
}

static size_t count_of(const struct wva_value *list)
{
    return list == NULL ? 0 : list->count;
}

static const char *metadata(const struct wva_value *va, const char *key)
{
    const char *text = wva_get_str(va, "metadata", key);

    return text == NULL ? "?" : text;
}

static int check_entries(const struct wva_value *va, struct wva_error *err)
{
    const struct wva_value *list = entries_of(va);

    if (list == NULL || list->kind == WVA_ARRAY)
        return 0;
    return wva_error_set(err, WVA_E_INPUT,
                         "VariantAutoscaling '%s/%s': spec.modelProfile.accelerators: array "
                         "expected, %s found",
                         metadata(va, "namespace"), metadata(va, "name"),
                         wva_kind_name(list->kind));
}

/* The entries as a message quotes them. */
static void quote_names(const struct wva_value *list, struct wva_buf *names)
{
    for (size_t i = 0; i < count_of(list); i++) {
        const char *acc = wva_get_str(list->items[i], "acc");

        wva_buf_printf(names, "%s%s", i == 0 ? ": " : ", ", acc == NULL ? "?" : acc);
    }
}

static int refuse_to_guess(const struct wva_value *va, struct wva_error *err)
{
    const struct wva_value *list = entries_of(va);
    wva_auto_buf names = WVA_BUF(NAMES_MAX);

    quote_names(list, &names);
    wva_error_set(
        err, WVA_E_INPUT,
        "VariantAutoscaling '%s/%s' does not tell which accelerator is meant: it has no label "
        "%s, and spec.modelProfile.accelerators has %zu entries%s",
        metadata(va, "namespace"), metadata(va, "name"), WVA_ACCELERATOR_LABEL, count_of(list),
        wva_buf_str(&names));
    return wva_error_hint(err, "kubectl wva apply %s --accelerator NAME", metadata(va, "name"));
}

int wva_va_pick_accelerator(const struct wva_value *va, const char *wanted, const char **ret,
                            struct wva_error *err)
{
    if (check_entries(va, err) < 0)
        return -1;
    const struct wva_value *list = entries_of(va);
    const char *label = wva_get_str(va, "metadata", "labels", WVA_ACCELERATOR_LABEL);
    const char *only = count_of(list) == 1 ? wva_get_str(list->items[0], "acc") : NULL;
    const char *const candidates[] = {wanted, label, only};

    for (size_t i = 0; i < WVA_COUNT(candidates); i++) {
        if (wva_str_empty(candidates[i]))
            continue;
        *ret = candidates[i];
        return 0;
    }
    return refuse_to_guess(va, err);
}

/* The entry for `accelerator`, or NO_ENTRY. Two are refused: nothing says which one WVA keeps. */
static int find_entry(const struct wva_value *va, const char *accelerator, size_t *ret,
                      struct wva_error *err)
{
    const struct wva_value *list = entries_of(va);
    size_t found = NO_ENTRY;

    for (size_t i = 0; i < count_of(list); i++) {
        if (!wva_str_eq(wva_get_str(list->items[i], "acc"), accelerator))
            continue;
        if (found != NO_ENTRY) {
            wva_error_set(
                err, WVA_E_INPUT,
                "VariantAutoscaling '%s/%s': spec.modelProfile.accelerators[%zu] and [%zu] are "
                "both for '%s', and nothing says which one WVA reads",
                metadata(va, "namespace"), metadata(va, "name"), found, i, accelerator);
            return wva_error_hint(err,
                                  "remove one of them: kubectl edit variantautoscaling %s -n %s",
                                  metadata(va, "name"), metadata(va, "namespace"));
        }
        found = i;
    }
    *ret = found;
    return 0;
}

static int refuse_missing(const struct wva_value *va, const char *accelerator,
                          struct wva_error *err)
{
    const struct wva_value *list = entries_of(va);
    wva_auto_buf names = WVA_BUF(NAMES_MAX);

    quote_names(list, &names);
    return wva_error_set(err, WVA_E_INPUT,
                         "VariantAutoscaling '%s/%s' has no entry for accelerator '%s': "
                         "spec.modelProfile.accelerators has %zu%s",
                         metadata(va, "namespace"), metadata(va, "name"), accelerator,
                         count_of(list), wva_buf_str(&names));
}

/* WVA reads texts; a number where one belongs is none. */
static int read_parameter(const struct wva_value *entry, const char *group, const char *key,
                          double *ret, struct wva_error *err)
{
    const char *text = wva_get_str(entry, "perfParms", group, key);

    if (text == NULL)
        return wva_error_set(err, WVA_E_INPUT, "perfParms.%s.%s is missing", group, key);
    if (wva_parse_double(text, strlen(text), ret) == 0)
        return 0;
    return wva_error_set(err, WVA_E_INPUT, "perfParms.%s.%s: '%.40s' is not a finite number", group,
                         key, text);
}

static int read_entry(const struct wva_value *entry, struct wva_va_profile *ret,
                      struct wva_error *err)
{
    struct wva_parameters *p = &ret->parameters;

    if (read_parameter(entry, "decodeParms", "alpha", &p->alpha, err) < 0 ||
        read_parameter(entry, "decodeParms", "beta", &p->beta, err) < 0 ||
        read_parameter(entry, "prefillParms", "gamma", &p->gamma, err) < 0 ||
        read_parameter(entry, "prefillParms", "delta", &p->delta, err) < 0)
        return -1;
    (void)wva_value_i64(wva_get(entry, "accCount"), &ret->accelerator_count);
    (void)wva_value_i64(wva_get(entry, "maxBatchSize"), &ret->max_batch_size);
    return wva_parameters_check(p, err);
}

int wva_va_profile_get(const struct wva_value *va, const char *accelerator,
                       struct wva_va_profile *ret, struct wva_error *err)
{
    struct wva_va_profile profile = {.accelerator = accelerator};
    size_t index;

    if (check_entries(va, err) < 0 || find_entry(va, accelerator, &index, err) < 0)
        return -1;
    if (index == NO_ENTRY)
        return refuse_missing(va, accelerator, err);
    if (read_entry(entries_of(va)->items[index], &profile, err) < 0)
        return wva_error_wrap(err, "VariantAutoscaling '%s/%s', accelerator '%s'",
                              metadata(va, "namespace"), metadata(va, "name"), accelerator);
    *ret = profile;
    return 0;
}

static double read_tokens(const struct wva_value *va, const char *key)
{
    const char *text = wva_get_str(va, "status", "currentAlloc", "load", key);
    double tokens;

    if (text == NULL || wva_parse_double(text, strlen(text), &tokens) < 0 || tokens < 1)
        return 0.0;
    return floor(tokens);
}

struct wva_va_tokens wva_va_tokens_get(const struct wva_value *va)
{
    return (struct wva_va_tokens){
        .prompt = read_tokens(va, "avgInputTokens"),
        .output = read_tokens(va, "avgOutputTokens"),
    };
}

/* Whether WVA reads `value` from `text`. It parses to 32 bits in one rounding, as strtof does. */
static bool says_same(const char *text, const char *value)
{
    double ignored;

    if (text == NULL || wva_parse_double(text, strlen(text), &ignored) < 0)
        return false;
    return strtof(text, NULL) == strtof(value, NULL);
}

static bool put_number(struct wva_arena *arena, struct wva_value *entry, const char *group,
                       const char *key, double number)
{
    const char *text = wva_va_number(arena, number);

    if (says_same(wva_get_str(entry, "perfParms", group, key), text))
        return false;
    wva_put(arena, entry, wva_string(arena, text), "perfParms", group, key);
    return true;
}

/* `count` 0: keeps what is there. */
static bool put_count(struct wva_arena *arena, struct wva_value *entry, const char *key,
                      int64_t count)
{
    int64_t present;

    if (count == 0 || (wva_value_i64(wva_get(entry, key), &present) && present == count))
        return false;
    wva_object_set(arena, entry, key, wva_int(arena, count));
    return true;
}

static bool edit_entry(struct wva_arena *arena, struct wva_value *entry,
                       const struct wva_va_profile *profile)
{
    const struct wva_parameters *p = &profile->parameters;
    bool changed = false;

    changed |= put_count(arena, entry, "accCount", profile->accelerator_count);
    changed |= put_count(arena, entry, "maxBatchSize", profile->max_batch_size);
    changed |= put_number(arena, entry, "decodeParms", "alpha", p->alpha);
    changed |= put_number(arena, entry, "decodeParms", "beta", p->beta);
    changed |= put_number(arena, entry, "prefillParms", "gamma", p->gamma);
    changed |= put_number(arena, entry, "prefillParms", "delta", p->delta);
    return changed;
}

static struct wva_value *new_entry(struct wva_arena *arena, const struct wva_va_profile *profile)
{
    struct wva_value *entry = wva_object(arena);

    wva_object_set(arena, entry, "acc", wva_string(arena, profile->accelerator));
    wva_object_set(arena, entry, "accCount", wva_int(arena, 1));
    (void)edit_entry(arena, entry, profile);
    return entry;
}

static struct wva_va_texts texts_of(const struct wva_value *entry)
{
    struct wva_va_texts texts = {
        .alpha = wva_get_str(entry, "perfParms", "decodeParms", "alpha"),
        .beta = wva_get_str(entry, "perfParms", "decodeParms", "beta"),
        .gamma = wva_get_str(entry, "perfParms", "prefillParms", "gamma"),
        .delta = wva_get_str(entry, "perfParms", "prefillParms", "delta"),
    };

    (void)wva_value_i64(wva_get(entry, "maxBatchSize"), &texts.max_batch_size);
    return texts;
}

static int check_new_entry(const struct wva_value *va, const struct wva_va_profile *profile,
                           struct wva_error *err)
{
    if (profile->max_batch_size > 0)
        return 0;
    wva_error_set(
        err, WVA_E_INPUT,
        "VariantAutoscaling '%s/%s' has no entry for accelerator '%s' yet, and a new one needs "
        "the server's batch limit (vLLM's --max-num-seqs)",
        metadata(va, "namespace"), metadata(va, "name"), profile->accelerator);
    return wva_error_hint(err, "kubectl wva apply %s --accelerator %s --max-batch-size N",
                          metadata(va, "name"), profile->accelerator);
}

int wva_va_plan(struct wva_arena *arena, const struct wva_value *va,
                const struct wva_va_profile *profile, struct wva_va_change *ret,
                struct wva_error *err)
{
    const struct wva_value *list = entries_of(va);
    struct wva_va_change change = {0};
    struct wva_value *entry;
    size_t index = NO_ENTRY;

    if (wva_parameters_check(&profile->parameters, err) < 0 || check_entries(va, err) < 0 ||
        find_entry(va, profile->accelerator, &index, err) < 0)
        return -1;
    if (index == NO_ENTRY && check_new_entry(va, profile, err) < 0)
        return -1;

    change.accelerators = list == NULL ? wva_array(arena) : wva_clone(arena, list);
    change.entry_added = index == NO_ENTRY;
    if (change.entry_added) {
        entry = new_entry(arena, profile);
        wva_array_append(arena, change.accelerators, entry);
        change.changed = true;
    } else {
        entry = change.accelerators->items[index];
        change.before = texts_of(list->items[index]);
        change.changed = edit_entry(arena, entry, profile);
    }
    change.after = texts_of(entry);
    *ret = change;
    return 0;
}

struct wva_value *wva_va_patch(struct wva_arena *arena, const struct wva_value *va,
                               const struct wva_va_change *change)
{
    struct wva_value *patch = wva_object(arena);
    const char *version = wva_get_str(va, "metadata", "resourceVersion");

    if (version != NULL)
        wva_put(arena, patch, wva_string(arena, version), "metadata", "resourceVersion");
    wva_put(arena, patch, wva_clone(arena, change->accelerators), "spec", "modelProfile",
            "accelerators");
    return patch;
}

struct wva_value *wva_va_new(struct wva_arena *arena, const char *namespace_, const char *name,
                             const char *model_id, const struct wva_va_profile *profile)
{
    struct wva_value *va = wva_object(arena);
    struct wva_value *list = wva_array(arena);

    wva_array_append(arena, list, new_entry(arena, profile));
    wva_put(arena, va, wva_string(arena, "llmd.ai/v1alpha1"), "apiVersion");
    wva_put(arena, va, wva_string(arena, "VariantAutoscaling"), "kind");
    wva_put(arena, va, wva_string(arena, name), "metadata", "name");
    wva_put(arena, va, wva_string(arena, namespace_), "metadata", "namespace");
    wva_put(arena, va, wva_string(arena, profile->accelerator), "metadata", "labels",
            WVA_ACCELERATOR_LABEL);
    wva_put(arena, va, wva_string(arena, model_id), "spec", "modelID");
    wva_put(arena, va, list, "spec", "modelProfile", "accelerators");
    return va;
}
