// SPDX-License-Identifier: Apache-2.0
/* apiVersion, kind, metadata: around every document, and the first thing checked of one. */
#include "document_priv.h"

#include "wva/util/mem.h"
#include "wva/util/str.h"

struct wva_value *wva_document_new(struct wva_arena *arena, const char *kind, const char *name,
                                   struct wva_value **ret_spec)
{
    struct wva_value *document = wva_object(arena);
    struct wva_value *spec = wva_object(arena);

    wva_put(arena, document, wva_string(arena, WVA_DOCUMENT_API_VERSION), "apiVersion");
    wva_put(arena, document, wva_string(arena, kind), "kind");
    wva_put(arena, document, wva_string(arena, name), "metadata", "name");
    wva_put(arena, document, spec, "spec");
    *ret_spec = spec;
    return document;
}

static int refuse_kind(const char *name, const char *wanted, const char *found,
                       struct wva_error *err)
{
    static const struct {
        const char *kind;
        const char *hint;
    } readers[] = {
        {WVA_KIND_BENCHMARK, "kubectl wva fit FILE -o json makes a Fit of it"},
        {WVA_KIND_FIT, "a Fit is what apply reads: kubectl wva apply VA -f FILE"},
    };

    wva_error_set(err, WVA_E_INPUT, "%s: kind: %s expected, %s found", name, wanted,
                  found == NULL ? "none" : found);
    for (size_t i = 0; i < WVA_COUNT(readers); i++) {
        if (wva_str_eq(found, readers[i].kind))
            return wva_error_hint(err, "%s", readers[i].hint);
    }
    return -1;
}

int wva_document_open(const struct wva_value *value, const char *name, const char *kind,
                      const struct wva_value **ret_spec, struct wva_error *err)
{
    const char *version = wva_get_str(value, "apiVersion");
    const char *found = wva_get_str(value, "kind");
    const struct wva_value *spec = wva_get(value, "spec");

    if (value->kind != WVA_OBJECT)
        return wva_error_set(err, WVA_E_INPUT, "%s: a %s document expected, %s found", name, kind,
                             wva_kind_name(value->kind));
    if (!wva_str_eq(version, WVA_DOCUMENT_API_VERSION))
        return wva_error_set(err, WVA_E_INPUT, "%s: apiVersion: %s expected, %s found", name,
                             WVA_DOCUMENT_API_VERSION, version == NULL ? "none" : version);
    if (!wva_str_eq(found, kind))
        return refuse_kind(name, kind, found, err);
    if (spec == NULL || spec->kind != WVA_OBJECT)
        return wva_error_set(err, WVA_E_INPUT, "%s: spec: object expected, %s found", name,
                             spec == NULL ? "none" : wva_kind_name(spec->kind));
    *ret_spec = spec;
    return 0;
}
