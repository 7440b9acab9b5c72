// SPDX-License-Identifier: Apache-2.0
/* Places in a JSON document: as text for people, and matched against patterns. */
#include "json_priv.h"

#include "wva/util/buf.h"

#include <stdio.h>
#include <string.h>

void wva_json_path_append(struct wva_buf *buf, const struct wva_json_path *path)
{
    for (size_t i = 0; i < path->depth; i++) {
        const struct wva_json_step *step = &path->steps[i];
        if (step->key)
            wva_buf_printf(buf, "%s%s", i > 0 ? "." : "", step->key);
        else
            wva_buf_printf(buf, "[%zu]", step->index);
    }
}

char *wva_json_path_text(struct wva_arena *arena, const struct wva_json_path *path)
{
    wva_auto_buf buf = WVA_BUF(WVA_JSON_DEPTH_MAX * (WVA_JSON_KEY_MAX + 1));
    wva_json_path_append(&buf, path);
    return wva_arena_strndup(arena, wva_buf_str(&buf), buf.len);
}

/* Is "[7]", without its brackets, this index? */
static bool is_index(const char *digits, size_t len, size_t index)
{
    char text[24];
    int wanted = snprintf(text, sizeof(text), "%zu", index);
    return (size_t)wanted == len && memcmp(text, digits, len) == 0;
}

/* One piece of a pattern, "[…]" or a name, against one step; `*wild` is set at "[*]". */
static bool match_piece(const char *piece, size_t len, const struct wva_json_step *step, bool *wild)
{
    bool any = len == 1 && *piece == '*';
    if (step->key)
        return any || (strlen(step->key) == len && memcmp(step->key, piece, len) == 0);
    const char *inner = piece + 1;
    if (*piece != '[' || len < 3 || piece[len - 1] != ']')
        return false;
    *wild = len == 3 && *inner == '*';
    return *wild || is_index(inner, len - 2, step->index);
}

static size_t piece_len(const char *pattern)
{
    if (*pattern != '[')
        return strcspn(pattern, ".[");
    size_t inner = strcspn(pattern, "]");
    return inner + (pattern[inner] == ']');
}

bool wva_json_path_match(const struct wva_json_path *path, const char *pattern, size_t *ret_index)
{
    const struct wva_json_step *first_wild = NULL;
    size_t depth = 0;
    for (; *pattern && depth < path->depth; depth++) {
        size_t len = piece_len(pattern);
        bool wild = false;
        if (!match_piece(pattern, len, &path->steps[depth], &wild))
            return false;
        if (wild && !first_wild)
            first_wild = &path->steps[depth];
        pattern += len;
        pattern += *pattern == '.';
    }
    if (*pattern || depth < path->depth)
        return false;
    if (first_wild && ret_index)
        *ret_index = first_wild->index;
    return true;
}
