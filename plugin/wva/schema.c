// SPDX-License-Identifier: Apache-2.0
/*
 * Whether the VariantAutoscaling a cluster serves still has a place for the four parameters. Told
 * from the published schema, because an API server prunes what it does not know and answers 200.
 */
#include "wva/wva/variantautoscaling.h"

#include "wva/util/buf.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <string.h>

#define REF_PREFIX "#/components/schemas/"
#define REF_STEPS  16            /* no schema refers further; a circle ends here */
#define NAMES_MAX  ((size_t)400) /* bytes of property names quoted in a message */

/* The schema that `schema` stands for: what its $ref names, also when wrapped into an allOf, which
 * is how API servers give a reference a description of its own. */
static const struct wva_value *resolve(const struct wva_value *root, const struct wva_value *schema)
{
    for (int step = 0; schema != NULL && step < REF_STEPS; step++) {
        const char *ref = wva_get_str(schema, "$ref");

        if (ref != NULL && !wva_str_has_prefix(ref, REF_PREFIX))
            return NULL;
        if (ref != NULL)
            schema = wva_get(root, "components", "schemas", ref + strlen(REF_PREFIX));
        else if (wva_get(schema, "properties") == NULL && wva_get(schema, "allOf", "0") != NULL)
            schema = wva_get(schema, "allOf", "0");
        else
            return schema;
    }
    return NULL;
}

static const struct wva_value *property(const struct wva_value *root,
                                        const struct wva_value *schema, const char *name)
{
    return resolve(root, wva_get(schema, "properties", name));
}

/* An object of free keys with text values. */
static bool is_text_map(const struct wva_value *root, const struct wva_value *schema)
{
    const struct wva_value *values = resolve(root, wva_get(schema, "additionalProperties"));

    return wva_str_eq(wva_get_str(schema, "type"), "object") &&
           wva_str_eq(wva_get_str(values, "type"), "string");
}

/* Properties that came with a release and stayed, newest first. */
static const char *release_of(const struct wva_value *spec)
{
    static const struct {
        const char *property;
        const char *releases;
    } since[] = {
        {"maxReplicas", "v0.6.0 or later"},
        {"scaleTargetRef", "v0.5.0 or v0.5.1"},
    };

    for (size_t i = 0; i < WVA_COUNT(since); i++) {
        if (wva_get(spec, "properties", since[i].property) != NULL)
            return since[i].releases;
    }
    return "no release known to this program";
}

static int refuse_without_profile(const struct wva_value *spec, struct wva_error *err)
{
    wva_auto_buf names = WVA_BUF(NAMES_MAX);
    const struct wva_value *served = wva_get(spec, "properties");

    for (size_t i = 0; served != NULL && served->kind == WVA_OBJECT && i < served->count; i++)
        wva_buf_printf(&names, "%s%s", i == 0 ? "" : ", ", served->members[i].name);
    wva_error_set(
        err, WVA_E_INVALID,
        "the VariantAutoscaling of this cluster has no spec.modelProfile, where alpha, beta, "
        "gamma and delta go: WVA v0.0.1 to v0.4.2 have it, and this cluster serves spec with "
        "%s (%s)",
        names.len == 0 ? "no property" : wva_buf_str(&names), release_of(spec));
    return wva_error_hint(err,
                          "WVA v0.5.0 and later read none of the four parameters; what is served: "
                          "kubectl explain variantautoscalings.spec");
}

static int refuse_profile(const char *what, struct wva_error *err)
{
    wva_error_set(err, WVA_E_INVALID,
                  "the VariantAutoscaling of this cluster has a spec.modelProfile, "
                  "but %s; WVA v0.0.1 to v0.4.2 have perfParms.decodeParms and "
                  "perfParms.prefillParms there, maps of texts",
                  what);
    return wva_error_hint(err, "kubectl explain variantautoscalings.spec.modelProfile --recursive");
}

int wva_va_schema_check(const struct wva_value *schema, const struct wva_value *root,
                        struct wva_error *err)
{
    const struct wva_value *spec = property(root, resolve(root, schema), "spec");
    const struct wva_value *profile = property(root, spec, "modelProfile");

    if (profile == NULL)
        return refuse_without_profile(spec, err);
    const struct wva_value *list = property(root, profile, "accelerators");
    const struct wva_value *entry = resolve(root, wva_get(list, "items"));
    const struct wva_value *parms = property(root, entry, "perfParms");

    if (parms == NULL && property(root, entry, "alpha") != NULL)
        return refuse_profile("its accelerators have alpha and beta directly, as before v0.0.1",
                              err);
    if (parms == NULL)
        return refuse_profile("its accelerators have no perfParms", err);
    if (!is_text_map(root, property(root, parms, "decodeParms")))
        return refuse_profile("perfParms.decodeParms is no map of texts", err);
    if (!is_text_map(root, property(root, parms, "prefillParms")))
        return refuse_profile("perfParms.prefillParms is no map of texts", err);
    return 0;
}
