// SPDX-License-Identifier: Apache-2.0
/* Applying objects of ours: server-side, and never over somebody else's. */
#include "wva/run/deploy.h"

#include "wva/guidellm/job.h"
#include "wva/util/str.h"

const char *wva_applied_word(enum wva_applied applied)
{
    static const char *const words[] = {
        [WVA_APPLIED_CREATED] = "created",
        [WVA_APPLIED_CONFIGURED] = "configured",
        [WVA_APPLIED_UNCHANGED] = "unchanged",
    };
    return words[applied];
}

/* Refuses an object that exists and does not carry our label. `*ret_version` is NULL when it does
 * not exist. */
static int check_ownership(struct wva_kube *kube, struct wva_arena *arena,
                           const struct wva_kube_type *type, const char *namespace_,
                           const char *name, const char **ret_version, struct wva_error *err)
{
    struct wva_value *existing;
    if (wva_kube_get(kube, arena, type, namespace_, name, &existing, err) < 0) {
        if (err->code != WVA_E_NOT_FOUND)
            return -1;
        wva_error_clear(err);
        *ret_version = NULL;
        return 0;
    }
    if (!wva_str_eq(wva_get_str(existing, "metadata", "labels", WVA_LABEL_MANAGED_BY),
                    WVA_MANAGED_BY)) {
        wva_error_set(
            err, WVA_E_EXISTS,
            "%s in namespace %s exists and was not made by kubectl-wva: it is left as it is",
            wva_kube_object_name(arena, type, name), namespace_);
        return wva_error_hint(
            err,
            "choose another name, or measure what is there: kubectl wva bench deployment/%s -n %s",
            name, namespace_);
    }
    *ret_version = wva_get_str(existing, "metadata", "resourceVersion");
    return 0;
}

int wva_apply_owned(struct wva_kube *kube, struct wva_arena *arena,
                    const struct wva_kube_type *type, const struct wva_value *object,
                    enum wva_dry_run dry_run, enum wva_applied *ret_applied, struct wva_value **ret,
                    struct wva_error *err)
{
    const char *namespace_ = wva_get_str(object, "metadata", "namespace");
    const char *name = wva_get_str(object, "metadata", "name");
    const char *version_before = NULL;
    if (check_ownership(kube, arena, type, namespace_, name, &version_before, err) < 0)
        return -1;
    struct wva_value *stored;
    if (wva_kube_apply(kube, arena, type, object, dry_run, &stored, err) < 0)
        return wva_error_wrap(err, "cannot apply %s", wva_kube_object_name(arena, type, name));
    const char *version_after = wva_get_str(stored, "metadata", "resourceVersion");
    if (!version_before)
        *ret_applied = WVA_APPLIED_CREATED;
    else
        *ret_applied = wva_str_eq(version_before, version_after) ? WVA_APPLIED_UNCHANGED
                                                                 : WVA_APPLIED_CONFIGURED;
    if (ret)
        *ret = stored;
    return 0;
}
