// SPDX-License-Identifier: Apache-2.0
/* Inside of watch: which objects a watcher was told of, so that a relist can say what vanished. */
#ifndef WVA_KUBE_WATCH_PRIV_H
#define WVA_KUBE_WATCH_PRIV_H

#include "wva/codec/value.h"

#include <stdbool.h>
#include <stddef.h>

struct wva_known_object {
    char *uid; /* of a server without uids: "namespace/name" */
    char *name;
    char *namespace_; /* may be NULL */
    char *version;
    bool listed; /* seen in the list being read */
};

struct wva_known {
    struct wva_known_object *objects;
    size_t count, cap;
};

/* Remembers `object`. False when it was known at this very resource version. */
bool wva_known_put(struct wva_known *known, const struct wva_value *object);
void wva_known_remove(struct wva_known *known, const struct wva_value *object);

/* Around reading a list: start, put each, then take those that were not in it, one by one. The
 * taken one is an object of metadata only, in `arena`; NULL when there is no more. */
void wva_known_start_list(struct wva_known *known);
struct wva_value *wva_known_take_vanished(struct wva_known *known, struct wva_arena *arena);

void wva_known_done(struct wva_known *known);

#endif
