// SPDX-License-Identifier: Apache-2.0
/*
 * One value tree for JSON and YAML: Kubernetes objects, kubeconfigs, our own documents.
 *
 * Nodes and strings live in the arena they were made in; nobody frees one singly. Objects keep the
 * order of their members. Numbers keep their text, so that what we do not understand goes back to
 * the server digit for digit.
 *
 * Places in a tree are named by a list of keys; a number in decimal picks an array's element:
 *
 *     const char *image = wva_get_str(pod, "spec", "containers", "0", "image");
 *     wva_put(arena, job, wva_string(arena, name), "metadata", "labels", WVA_LABEL_RUN);
 */
#ifndef WVA_CODEC_VALUE_H
#define WVA_CODEC_VALUE_H

#include "wva/util/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wva_kind {
    WVA_NULL,
    WVA_BOOL,
    WVA_NUMBER,
    WVA_STRING,
    WVA_ARRAY,
    WVA_OBJECT,
};

struct wva_member;

struct wva_value {
    enum wva_kind kind;
    bool boolean;     /* WVA_BOOL */
    const char *text; /* WVA_STRING: the bytes; WVA_NUMBER: JSON number text. NUL-terminated */
    size_t len;       /* of `text` */
    size_t count;     /* children */
    size_t cap;
    struct wva_value **items;   /* WVA_ARRAY */
    struct wva_member *members; /* WVA_OBJECT */
    unsigned line;              /* in the source it was parsed from, from 1; 0 when made by us */
};

struct wva_member {
    const char *name;
    struct wva_value *value;
};

const char *wva_kind_name(enum wva_kind kind); /* "null", "boolean", "number", … */

/* Making nodes. */
struct wva_value *wva_null(struct wva_arena *arena);
struct wva_value *wva_bool(struct wva_arena *arena, bool boolean);
struct wva_value *wva_int(struct wva_arena *arena, int64_t number);
struct wva_value *wva_double(struct wva_arena *arena, double number); /* null when not finite */
struct wva_value *wva_string(struct wva_arena *arena, const char *s); /* copies; NULL gives null */
struct wva_value *wva_stringn(struct wva_arena *arena, const char *s, size_t len);
struct wva_value *wva_number_text(struct wva_arena *arena, const char *text, size_t len);
struct wva_value *wva_array(struct wva_arena *arena);
struct wva_value *wva_object(struct wva_arena *arena);
struct wva_value *wva_clone(struct wva_arena *arena, const struct wva_value *value);

/* One level. get: NULL when absent or not an object. set: replaces in place or appends. */
struct wva_value *wva_object_get(const struct wva_value *object, const char *name);
void wva_object_set(struct wva_arena *arena, struct wva_value *object, const char *name,
                    struct wva_value *value);
bool wva_object_remove(struct wva_value *object, const char *name);
void wva_array_append(struct wva_arena *arena, struct wva_value *array, struct wva_value *value);
void wva_array_remove(struct wva_value *array, size_t index);

/* The first element whose member "name" is `name`, as Kubernetes' lists of containers, ports or
 * variables are looked up. NULL: there is none, `name` is NULL, or `array` is no array. */
struct wva_value *wva_array_named(const struct wva_value *array, const char *name);

/* Deep. `keys` ends with NULL. get: NULL when any step is absent. put: makes missing objects on the
 * way (never array elements); the step before must be an object or an existing array element. A
 * scalar in the way is replaced by an object. */
struct wva_value *wva_value_at(const struct wva_value *root, const char *const *keys);
void wva_value_put(struct wva_arena *arena, struct wva_value *root, struct wva_value *value,
                   const char *const *keys);
bool wva_value_remove_at(struct wva_value *root, const char *const *keys);

#define WVA_KEYS(...)      ((const char *const[]){__VA_ARGS__, NULL})
#define wva_get(root, ...) wva_value_at((root), WVA_KEYS(__VA_ARGS__))
#define wva_put(arena, root, value, ...)                                                           \
    wva_value_put((arena), (root), (value), WVA_KEYS(__VA_ARGS__))
#define wva_remove(root, ...) wva_value_remove_at((root), WVA_KEYS(__VA_ARGS__))

/* Reading scalars. NULL / false / fallback when absent or of another kind. */
const char *wva_value_str(const struct wva_value *value);
bool wva_value_bool(const struct wva_value *value, bool fallback);
bool wva_value_i64(const struct wva_value *value, int64_t *ret);   /* number that is an integer */
bool wva_value_double(const struct wva_value *value, double *ret); /* number that is finite */

#define wva_get_str(root, ...) wva_value_str(wva_get((root), __VA_ARGS__))

/* Same kind and content; numbers by value, objects regardless of order. NULL equals only NULL. */
bool wva_value_equal(const struct wva_value *a, const struct wva_value *b);

/* True when everything in `part` is in `whole` with the same value: objects member by member,
 * arrays element by element and of equal length. Tells whether a stored object (with the server's
 * defaults added) still says what was asked for. */
bool wva_value_contains(const struct wva_value *whole, const struct wva_value *part);

#endif
