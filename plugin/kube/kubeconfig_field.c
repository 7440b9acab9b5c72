// SPDX-License-Identifier: Apache-2.0
/*
 * One field of a kubeconfig entry: its type checked, copied out of the parsed tree (which is
 * overwritten later), its place named when something is wrong. Values are never quoted: what is in
 * the wrong field may be a secret.
 */
#include "kubeconfig_priv.h"

#include "wva/util/fs.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define PLACE_MAX 512

void wva_kubeconfig_cleanse(struct wva_value *tree)
{
    if (tree == NULL)
        return;

    if (tree->kind == WVA_STRING || tree->kind == WVA_NUMBER) {
        /* The tree says const to everybody else; volatile keeps the stores. */
        volatile char *bytes = (volatile char *)(uintptr_t)tree->text;
        for (size_t i = 0; i < tree->len; i++)
            bytes[i] = 0;
    }

    for (size_t i = 0; tree->kind == WVA_ARRAY && i < tree->count; i++)
        wva_kubeconfig_cleanse(tree->items[i]);
    for (size_t i = 0; tree->kind == WVA_OBJECT && i < tree->count; i++)
        wva_kubeconfig_cleanse(tree->members[i].value);
}

/* `kubeconfig F: line 12: user "jane": exec.command`, as far as these are known. */
static void place(char out[PLACE_MAX], const struct wva_kubeconfig_entry *entry, const char *field)
{
    const struct wva_value *value = field ? wva_object_get(entry->fields, field) : NULL;
    unsigned line = value ? value->line : entry->fields->line;
    char line_text[32] = "";

    if (line > 0)
        snprintf(line_text, sizeof(line_text), "line %u: ", line);
    if (entry->name == NULL) {
        snprintf(out, PLACE_MAX, "%s:", entry->source);
        return;
    }
    snprintf(out, PLACE_MAX, "%s: %s%s \"%s\":%s%s%s", entry->source, line_text, entry->kind,
             entry->name, field ? " " : "", field ? entry->prefix : "", field ? field : "");
}

int wva_kubeconfig_fail(const struct wva_kubeconfig_entry *entry, const char *field,
                        struct wva_error *err, const char *fmt, ...)
{
    char where[PLACE_MAX];
    char what[PLACE_MAX];
    va_list args;

    va_start(args, fmt);
    vsnprintf(what, sizeof(what), fmt, args);
    va_end(args);

    place(where, entry, field);
    return wva_error_set(err, WVA_E_CONFIG, "cannot use %s %s", where, what);
}

int wva_kubeconfig_wrap(const struct wva_kubeconfig_entry *entry, const char *field,
                        struct wva_error *err)
{
    char where[PLACE_MAX];

    place(where, entry, field);
    return wva_error_wrap(err, "cannot use %s", where);
}

const char *wva_kubeconfig_kind_words(enum wva_kind kind)
{
    static const char *const words[] = {
        [WVA_NULL] = "null",       [WVA_BOOL] = "true or false", [WVA_NUMBER] = "a number",
        [WVA_STRING] = "a string", [WVA_ARRAY] = "a list",       [WVA_OBJECT] = "a mapping",
    };

    return words[kind];
}

int wva_kubeconfig_of_kind(const struct wva_kubeconfig_entry *entry, const char *field,
                           enum wva_kind kind, const struct wva_value **ret, struct wva_error *err)
{
    const struct wva_value *value = wva_object_get(entry->fields, field);

    if (value != NULL && value->kind == WVA_NULL)
        value = NULL;
    if (value != NULL && value->kind != kind) {
        bool scalar = value->kind == WVA_NUMBER || value->kind == WVA_BOOL;
        return wva_kubeconfig_fail(entry, field, err, "must be %s, not %s%s",
                                   wva_kubeconfig_kind_words(kind),
                                   wva_kubeconfig_kind_words(value->kind),
                                   kind == WVA_STRING && scalar ? " (put it in quotes)" : "");
    }

    *ret = value;
    return 0;
}

int wva_kubeconfig_str(struct wva_arena *arena, const struct wva_kubeconfig_entry *entry,
                       const char *field, const char **ret, struct wva_error *err)
{
    const struct wva_value *value = NULL;

    if (wva_kubeconfig_of_kind(entry, field, WVA_STRING, &value, err) < 0)
        return -1;

    *ret =
        value != NULL && value->len > 0 ? wva_arena_strndup(arena, value->text, value->len) : NULL;
    return 0;
}

int wva_kubeconfig_bool(const struct wva_kubeconfig_entry *entry, const char *field, bool *ret,
                        struct wva_error *err)
{
    const struct wva_value *value = NULL;

    if (wva_kubeconfig_of_kind(entry, field, WVA_BOOL, &value, err) < 0)
        return -1;

    *ret = wva_value_bool(value, false);
    return 0;
}

int wva_kubeconfig_strings(struct wva_arena *arena, const struct wva_kubeconfig_entry *entry,
                           const char *field, const char *const **ret, struct wva_error *err)
{
    const struct wva_value *list = NULL;

    if (wva_kubeconfig_of_kind(entry, field, WVA_ARRAY, &list, err) < 0)
        return -1;
    size_t count = list != NULL ? list->count : 0;
    const char **strings = wva_arena_calloc(arena, count + 1, sizeof(*strings));
    for (size_t i = 0; i < count; i++) {
        const struct wva_value *item = list->items[i];
        if (item->kind != WVA_STRING)
            return wva_kubeconfig_fail(entry, field, err,
                                       "must be a list of strings, but item %zu is %s", i + 1,
                                       wva_kubeconfig_kind_words(item->kind));
        strings[i] = wva_arena_strndup(arena, item->text, item->len);
    }

    *ret = strings;
    return 0;
}

int wva_kubeconfig_secret(const struct wva_kubeconfig_entry *entry, const char *field,
                          struct wva_secret *ret, struct wva_error *err)
{
    const struct wva_value *value = NULL;

    if (wva_kubeconfig_of_kind(entry, field, WVA_STRING, &value, err) < 0)
        return -1;

    if (value != NULL)
        wva_secret_append(ret, value->text, value->len);
    return 0;
}
