// SPDX-License-Identifier: Apache-2.0
// Label and field selectors, as the API's query parameters write them.

#include "store.h"

#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <string.h>

#define SELECTOR_DEPTH_MAX 8

/* Splits at the commas that are outside of parentheses. */
static char **requirements(struct wva_arena *arena, const char *selector, size_t *ret_count)
{
    char *text = wva_arena_strdup(arena, selector);
    bool inside = false;
    for (char *c = text; *c != '\0'; c++) {
        if (*c == '(' || *c == ')')
            inside = *c == '(';
        else if (*c == ',' && !inside)
            *c = '\n';
    }
    return wva_str_split(arena, text, '\n', ret_count);
}

/* "a in (x,y)": is `value` in the list after the parenthesis? */
static bool in_list(struct wva_arena *arena, const char *list, const char *value)
{
    size_t count = 0;
    const char *open = strchr(list, '(');
    if (open == NULL || value == NULL)
        return false;
    char *inner = wva_arena_strndup(arena, open + 1, strcspn(open + 1, ")"));
    char **words = wva_str_split(arena, inner, ',', &count);
    for (size_t i = 0; i < count; i++)
        if (wva_str_eq(wva_str_trim(arena, words[i]), value))
            return true;
    return false;
}

static const char *label(const struct wva_value *object, struct wva_arena *arena, const char *key,
                         size_t len)
{
    return wva_get_str(object, "metadata", "labels",
                       wva_str_trim(arena, wva_arena_strndup(arena, key, len)));
}

/* One requirement: "k=v", "k==v", "k!=v", "k in (…)", "k notin (…)", "k", "!k". */
static bool label_matches(struct wva_arena *arena, const struct wva_value *object, const char *text)
{
    const char *set = strstr(text, " in ");
    if (set != NULL)
        return in_list(arena, set, label(object, arena, text, (size_t)(set - text)));
    set = strstr(text, " notin ");
    if (set != NULL)
        return !in_list(arena, set, label(object, arena, text, (size_t)(set - text)));
    const char *equal = strchr(text, '=');
    if (equal == NULL && text[0] == '!')
        return label(object, arena, text + 1, strlen(text + 1)) == NULL;
    if (equal == NULL)
        return label(object, arena, text, strlen(text)) != NULL;
    bool negated = equal > text && equal[-1] == '!';
    const char *wanted = wva_str_trim(arena, equal[1] == '=' ? equal + 2 : equal + 1);
    const char *value = label(object, arena, text, (size_t)(equal - text) - (negated ? 1 : 0));
    return negated != wva_str_eq(value, wanted);
}

bool sim_match_labels(const struct wva_value *object, const char *selector)
{
    if (wva_str_empty(selector))
        return true;
    wva_auto_arena arena = {0};
    size_t count = 0;
    char **parts = requirements(&arena, selector, &count);
    for (size_t i = 0; i < count; i++)
        if (!label_matches(&arena, object, wva_str_trim(&arena, parts[i])))
            return false;
    return true;
}

/* "" for a field that is absent, as the API has it. */
static const char *field(const struct wva_value *object, struct wva_arena *arena, const char *path,
                         size_t len)
{
    const char *keys[SELECTOR_DEPTH_MAX + 1] = {0};
    size_t count = 0;
    char **parts = wva_str_split(arena, wva_arena_strndup(arena, path, len), '.', &count);
    for (size_t i = 0; i < count && i < SELECTOR_DEPTH_MAX; i++)
        keys[i] = parts[i];
    const struct wva_value *value = wva_value_at(object, keys);
    if (value == NULL)
        return "";
    if (value->kind == WVA_BOOL)
        return value->boolean ? "true" : "false";
    return value->text != NULL ? value->text : "";
}

static bool field_matches(struct wva_arena *arena, const struct wva_value *object, const char *text)
{
    const char *equal = strchr(text, '=');
    if (equal == NULL)
        return false;
    bool negated = equal > text && equal[-1] == '!';
    const char *wanted = equal[1] == '=' ? equal + 2 : equal + 1;
    const char *value = field(object, arena, text, (size_t)(equal - text) - (negated ? 1 : 0));
    return negated != (strcmp(value, wanted) == 0);
}

bool sim_match_fields(const struct wva_value *object, const char *selector)
{
    if (wva_str_empty(selector))
        return true;
    wva_auto_arena arena = {0};
    size_t count = 0;
    char **parts = wva_str_split(&arena, selector, ',', &count);
    for (size_t i = 0; i < count; i++)
        if (!field_matches(&arena, object, wva_str_trim(&arena, parts[i])))
            return false;
    return true;
}
