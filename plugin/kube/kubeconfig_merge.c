// SPDX-License-Identifier: Apache-2.0
/*
 * Kubeconfig files to one set of named entries, as client-go merges them: of each name the first
 * file's entry wins as a whole, fields are never mixed. Only the frame is checked here (lists,
 * names); what is inside an entry is judged when it is used, so that a broken entry nobody asks for
 * does no harm.
 *
 * Stricter than client-go, which reads the first of several YAML documents and forgets the rest.
 */
#include "kubeconfig_priv.h"

#include "wva/codec/yaml.h"
#include "wva/util/buf.h"
#include "wva/util/fs.h"
#include "wva/util/str.h"

#include <string.h>

#define FILE_MAX    ((size_t)16 << 20)
#define ENTRIES_MAX 10000 /* of one list; duplicates are looked for in square time */
#define NAMES_MAX   300   /* bytes of names in a hint */

struct wva_kubeconfig_tree {
    struct wva_value *root;
    struct wva_kubeconfig_tree *next;
};

static const struct {
    const char *list;
    const char *item;
} kinds[WVA_KUBECONFIG_KINDS] = {
    [WVA_KUBECONFIG_CLUSTER] = {"clusters", "cluster"},
    [WVA_KUBECONFIG_USER] = {"users", "user"},
    [WVA_KUBECONFIG_CONTEXT] = {"contexts", "context"},
};

void wva_kubeconfig_set_done(struct wva_kubeconfig_set *set)
{
    for (struct wva_kubeconfig_tree *tree = set->trees; tree != NULL; tree = tree->next)
        wva_kubeconfig_cleanse(tree->root);
    wva_arena_done(&set->arena);
    *set = (struct wva_kubeconfig_set){0};
}

const struct wva_kubeconfig_entry *wva_kubeconfig_find(const struct wva_kubeconfig_set *set,
                                                       enum wva_kubeconfig_kind kind,
                                                       const char *name)
{
    for (const struct wva_kubeconfig_entry *entry = set->entries[kind]; entry;
         entry = entry->next) {
        if (strcmp(entry->name, name) == 0)
            return entry;
    }
    return NULL;
}

void wva_kubeconfig_add(struct wva_kubeconfig_set *set, enum wva_kubeconfig_kind kind,
                        const struct wva_kubeconfig_entry *entry)
{
    struct wva_kubeconfig_entry **end = &set->entries[kind];
    struct wva_kubeconfig_entry *added = wva_arena_alloc(&set->arena, sizeof(*added));

    while (*end != NULL)
        end = &(*end)->next;
    *added = *entry;
    added->kind = kinds[kind].item;
    added->prefix = "";
    added->next = NULL;
    *end = added;
}

/* One file while it is read. */
struct file {
    const char *source;
    const char *directory;
    const struct wva_value *root;
};

static int frame_error(const struct file *file, unsigned line, struct wva_error *err,
                       const char *fmt, ...) WVA_PRINTF(4, 5);

static int frame_error(const struct file *file, unsigned line, struct wva_error *err,
                       const char *fmt, ...)
{
    wva_auto_arena scratch = {0};
    va_list args;

    va_start(args, fmt);
    const char *what = wva_arena_vprintf(&scratch, fmt, args);
    va_end(args);
    return wva_error_set(err, WVA_E_CONFIG, "cannot use %s: line %u: %s", file->source, line, what);
}

static const struct wva_value *empty_at(struct wva_arena *arena, unsigned line)
{
    struct wva_value *object = wva_object(arena);

    object->line = line;
    return object;
}

/* The name of a list's item and what it holds, in a new entry. */
static int read_item(struct wva_kubeconfig_set *set, const struct file *file,
                     enum wva_kubeconfig_kind kind, const struct wva_value *item,
                     struct wva_kubeconfig_entry *ret, struct wva_error *err)
{
    if (item->kind != WVA_OBJECT)
        return frame_error(file, item->line, err, "%s must hold mappings, not %s", kinds[kind].list,
                           wva_kubeconfig_kind_words(item->kind));

    const struct wva_value *name = wva_object_get(item, "name");
    if (name == NULL || name->kind != WVA_STRING)
        return frame_error(file, name ? name->line : item->line, err, "a %s needs a name%s",
                           kinds[kind].item, name ? " that is a string (put it in quotes)" : "");

    const struct wva_value *fields = wva_object_get(item, kinds[kind].item);
    if (fields == NULL || fields->kind == WVA_NULL)
        fields = empty_at(&set->arena, item->line);
    if (fields->kind != WVA_OBJECT)
        return frame_error(file, fields->line, err, "%s of %s \"%s\" must be a mapping, not %s",
                           kinds[kind].item, kinds[kind].item, name->text,
                           wva_kubeconfig_kind_words(fields->kind));

    *ret = (struct wva_kubeconfig_entry){
        .name = wva_arena_strndup(&set->arena, name->text, name->len),
        .source = file->source,
        .directory = file->directory,
        .fields = fields,
    };
    return 0;
}

static const struct wva_kubeconfig_entry *same_name(const struct wva_kubeconfig_entry *entries,
                                                    size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(entries[i].name, name) == 0)
            return &entries[i];
    }
    return NULL;
}

static int merge_list(struct wva_kubeconfig_set *set, const struct file *file,
                      enum wva_kubeconfig_kind kind, struct wva_error *err)
{
    const struct wva_value *list = wva_object_get(file->root, kinds[kind].list);

    if (list == NULL || list->kind == WVA_NULL)
        return 0;
    if (list->kind != WVA_ARRAY)
        return frame_error(file, list->line, err, "%s must be a list, not %s", kinds[kind].list,
                           wva_kubeconfig_kind_words(list->kind));
    if (list->count > ENTRIES_MAX)
        return frame_error(file, list->line, err, "more than %d %s", ENTRIES_MAX, kinds[kind].list);

    struct wva_kubeconfig_entry *items = wva_arena_calloc(&set->arena, list->count, sizeof(*items));
    for (size_t i = 0; i < list->count; i++) {
        if (read_item(set, file, kind, list->items[i], &items[i], err) < 0)
            return -1;
        const struct wva_kubeconfig_entry *twin = same_name(items, i, items[i].name);
        if (twin != NULL)
            return frame_error(file, list->items[i]->line, err, "a second %s \"%s\"",
                               kinds[kind].item, twin->name);
    }

    for (size_t i = 0; i < list->count; i++) {
        if (wva_kubeconfig_find(set, kind, items[i].name) == NULL)
            wva_kubeconfig_add(set, kind, &items[i]);
    }
    return 0;
}

static int merge_current_context(struct wva_kubeconfig_set *set, const struct file *file,
                                 struct wva_error *err)
{
    const struct wva_value *current = wva_object_get(file->root, "current-context");

    if (current == NULL || current->kind == WVA_NULL)
        return 0;
    if (current->kind != WVA_STRING)
        return frame_error(file, current->line, err,
                           "current-context must be a string, not %s (put it in quotes)",
                           wva_kubeconfig_kind_words(current->kind));

    if (set->current_context == NULL && current->len > 0)
        set->current_context = wva_arena_strndup(&set->arena, current->text, current->len);
    return 0;
}

/* Is it a kubeconfig at all? A manifest given by mistake would pass as one without entries. */
static int check_kind(const struct file *file, struct wva_error *err)
{
    if (file->root->kind != WVA_OBJECT)
        return frame_error(file, file->root->line, err, "a mapping is wanted, not %s",
                           wva_kubeconfig_kind_words(file->root->kind));

    const struct wva_value *kind = wva_object_get(file->root, "kind");
    if (kind != NULL && kind->kind == WVA_STRING && kind->len > 0 &&
        strcmp(kind->text, "Config") != 0)
        return frame_error(file, kind->line, err, "its kind is \"%s\", not \"Config\"", kind->text);
    return 0;
}

static void keep_tree(struct wva_kubeconfig_set *set, struct wva_value *root)
{
    struct wva_kubeconfig_tree *tree = wva_arena_alloc(&set->arena, sizeof(*tree));

    *tree = (struct wva_kubeconfig_tree){.root = root, .next = set->trees};
    set->trees = tree;
}

/* The one document of the file; NULL when it is empty. */
static int parse(struct wva_kubeconfig_set *set, const char *source, const char *path,
                 struct wva_value **ret, struct wva_error *err)
{
    wva_auto_secret text = {0};
    struct wva_value **docs = NULL;
    size_t count = 0;

    if (wva_fs_read_secret(path, FILE_MAX, &text, err) < 0)
        return wva_error_wrap(err, "cannot use %s", source);
    if (wva_secret_empty(&text)) {
        *ret = NULL;
        return 0;
    }

    struct wva_yaml_options options = {
        .name = wva_arena_printf(&set->arena, "cannot use %s", source), .secret = true};
    if (wva_yaml_parse(&set->arena, text.data, text.len, &options, &docs, &count, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        keep_tree(set, docs[i]);
    if (count > 1)
        return wva_error_set(err, WVA_E_CONFIG,
                             "cannot use %s: it holds %zu YAML documents, not one", source, count);

    *ret = count == 1 ? docs[0] : NULL;
    return 0;
}

int wva_kubeconfig_merge_file(struct wva_kubeconfig_set *set, const char *path,
                              struct wva_error *err)
{
    struct wva_value *root = NULL;
    struct file file = {
        .source = wva_arena_printf(&set->arena, "kubeconfig %s", path),
        .directory = wva_fs_dirname(&set->arena, path),
    };

    if (parse(set, file.source, path, &root, err) < 0)
        return -1;
    set->files = set->files ? wva_arena_printf(&set->arena, "%s, %s", set->files, path)
                            : wva_arena_strdup(&set->arena, path);
    if (root == NULL)
        return 0;

    file.root = root;
    if (check_kind(&file, err) < 0)
        return -1;
    for (enum wva_kubeconfig_kind kind = 0; kind < WVA_KUBECONFIG_KINDS; kind++) {
        if (merge_list(set, &file, kind, err) < 0)
            return -1;
    }
    return merge_current_context(set, &file, err);
}

/* All names of a list, NULL at the end. */
static const char **names_of(struct wva_arena *arena, const struct wva_kubeconfig_entry *entries,
                             size_t *ret_count)
{
    size_t count = 0;

    for (const struct wva_kubeconfig_entry *entry = entries; entry != NULL; entry = entry->next)
        count++;
    const char **names = wva_arena_calloc(arena, count + 1, sizeof(*names));
    count = 0;
    for (const struct wva_kubeconfig_entry *entry = entries; entry != NULL; entry = entry->next)
        names[count++] = entry->name;

    *ret_count = count;
    return names;
}

/* "a, b, c", or "a, b and 17 more" where all would not fit a hint. */
static const char *join(struct wva_arena *arena, const char *const *names, size_t count)
{
    wva_auto_buf text = WVA_BUF(NAMES_MAX);

    for (size_t i = 0; i < count; i++) {
        wva_buf_printf(&text, "%s%s", i > 0 ? ", " : "", names[i]);
        if (text.overflowed)
            return wva_arena_printf(arena, "%s and %zu more", wva_buf_str(&text), count - i);
    }
    return wva_arena_strdup(arena, wva_buf_str(&text));
}

int wva_kubeconfig_hint_names(const struct wva_kubeconfig_set *set, enum wva_kubeconfig_kind kind,
                              const char *wanted, const char *lead, struct wva_error *err)
{
    wva_auto_arena scratch = {0};
    size_t count = 0;
    const char **names = names_of(&scratch, set->entries[kind], &count);

    if (count == 0)
        return wva_error_hint(err, "%sthere are no %s", lead, kinds[kind].list);

    const char *meant = wanted ? wva_str_nearest(wanted, names) : NULL;
    const char *guess = meant ? wva_arena_printf(&scratch, "did you mean \"%s\"? ", meant) : "";
    return wva_error_hint(err, "%s%s%s there: %s", lead, guess, kinds[kind].list,
                          join(&scratch, names, count));
}
