// SPDX-License-Identifier: Apache-2.0
/*
 * Writing a fit into a VariantAutoscaling: read, plan, write under the resource version, read back.
 * Knows the order of things and the words; what to change is worked out in wva/variantautoscaling.
 */
#include "apply_va.h"

#include "wva/util/str.h"

#include <string.h>

/* client-go's RetryOnConflict tries five times. */
#define CONFLICT_TRIES 5

static const struct wva_kube_type *const va = &wva_type_variantautoscaling;

static int check_served_schema(struct wva_app *app, struct wva_error *err)
{
    struct wva_value *schema, *root;
    if (wva_kube_schema(app->kube, &app->arena, va, &schema, &root, err) == 0)
        return wva_va_schema_check(schema, root, err);
    if (err->code != WVA_E_NO_API)
        return wva_error_wrap(err, "cannot read the schema of VariantAutoscaling");
    wva_error_clear(err);
    wva_error_set(err, WVA_E_NO_API,
                  "this cluster does not serve VariantAutoscaling (llmd.ai/v1alpha1): WVA is not "
                  "installed here, or is a release without that API");
    return wva_error_hint(err, "kubectl api-resources --api-group llmd.ai");
}

static void print_change(struct wva_app *app, const struct wva_va_profile *profile,
                         const struct wva_va_change *change)
{
    enum { COLUMNS = 3, ROWS = 5 };
    static const char *const headers[COLUMNS] = {"parameter", "before", "after"};
    struct wva_arena *arena = &app->arena;
    const struct wva_va_texts *before = &change->before, *after = &change->after;
    const char *max_before =
        before->max_batch_size ? wva_arena_printf(arena, "%lld", (long long)before->max_batch_size)
                               : NULL;
    const char *max_after = wva_arena_printf(arena, "%lld", (long long)after->max_batch_size);
    const char *cells[ROWS][COLUMNS] = {
        {"alpha", before->alpha, after->alpha},  {"beta", before->beta, after->beta},
        {"gamma", before->gamma, after->gamma},  {"delta", before->delta, after->delta},
        {"maxBatchSize", max_before, max_after},
    };
    fprintf(app->err.file, "accelerator %s%s\n", profile->accelerator,
            change->entry_added ? " (new entry)" : "");
    wva_table_print(app->err.file, headers, NULL, COLUMNS, cells[0], ROWS);
}

/* The VA with the planned list put in: what a dry run shows. */
static struct wva_value *preview(struct wva_app *app, const struct wva_value *object,
                                 const struct wva_va_change *change)
{
    struct wva_value *copy = wva_clone(&app->arena, object);
    wva_put(&app->arena, copy, wva_clone(&app->arena, change->accelerators), "spec", "modelProfile",
            "accelerators");
    return copy;
}

/* A server that prunes unknown fields answers 200 and stores nothing; only reading back tells. */
static int verify_stored(struct wva_app *app, const struct wva_apply *apply,
                         const struct wva_va_profile *profile, struct wva_value **ret,
                         struct wva_error *err)
{
    struct wva_value *stored;
    if (wva_kube_get(app->kube, &app->arena, va, apply->namespace_, apply->name, &stored, err) < 0)
        return wva_error_wrap(err, "cannot read back %s", apply->name);
    struct wva_va_change left;
    if (wva_va_plan(&app->arena, stored, profile, &left, err) < 0)
        return -1;
    if (left.changed)
        return wva_error_set(err, WVA_E_CONFLICT,
                             "%s/%s does not hold the new parameters after the write: another "
                             "writer or an admission webhook changed them",
                             apply->namespace_, apply->name);
    *ret = stored;
    return 0;
}

/* One try. Returns 1 when another writer was first and the whole must be done again. */
static int try_update(struct wva_app *app, const struct wva_apply *apply,
                      const struct wva_value *object, bool show, struct wva_apply_result *ret,
                      struct wva_error *err)
{
    struct wva_va_profile profile = apply->profile;
    if (wva_va_pick_accelerator(object, apply->profile.accelerator, &profile.accelerator, err) < 0)
        return -1;
    struct wva_va_change change;
    if (wva_va_plan(&app->arena, object, &profile, &change, err) < 0)
        return -1;
    if (show && !apply->quiet)
        print_change(app, &profile, &change);
    if (!change.changed) {
        *ret = (struct wva_apply_result){"unchanged", wva_clone(&app->arena, object)};
        return 0;
    }
    struct wva_value *stored = preview(app, object, &change);
    if (apply->dry_run != WVA_DRY_RUN_CLIENT) {
        struct wva_value *patch = wva_va_patch(&app->arena, object, &change);
        if (wva_kube_merge_patch(app->kube, &app->arena, va, apply->namespace_, apply->name, patch,
                                 apply->dry_run, &stored, err) < 0)
            return err->code == WVA_E_CONFLICT ? 1 : -1;
    }
    if (apply->dry_run == WVA_DRY_RUN_NONE && verify_stored(app, apply, &profile, &stored, err) < 0)
        return -1;
    *ret = (struct wva_apply_result){"configured", stored};
    return 0;
}

static int update(struct wva_app *app, const struct wva_apply *apply, struct wva_value *object,
                  struct wva_apply_result *ret, struct wva_error *err)
{
    for (int try = 0;; try++) {
        int result = try_update(app, apply, object, try == 0, ret, err);
        if (result <= 0)
            return result;
        if (try + 1 == CONFLICT_TRIES) {
            wva_error_wrap(err, "cannot update %s/%s after %d tries", apply->namespace_,
                           apply->name, CONFLICT_TRIES);
            return wva_error_hint(err,
                                  "who else writes it: kubectl get variantautoscaling %s -n %s -o "
                                  "yaml --show-managed-fields",
                                  apply->name, apply->namespace_);
        }
        wva_error_clear(err);
        if (wva_kube_step(app->kube, 10 << try, err) < 0)
            return -1;
        if (wva_kube_get(app->kube, &app->arena, va, apply->namespace_, apply->name, &object, err) <
            0)
            return -1;
    }
}

/* WVA up to v0.4.2 looks for the Deployment by the VA's name, and makes the VA its dependent. */
static int check_creatable(struct wva_app *app, const struct wva_apply *apply,
                           struct wva_error *err)
{
    if (!apply->deployment || !apply->profile.accelerator || !apply->model_id) {
        wva_error_set(err, WVA_E_USAGE,
                      "--create needs --deployment, --accelerator and a model (--model)");
        return wva_error_hint(
            err, "%s apply %s --create --deployment %s --accelerator H100 --model ID -f fit.json",
            app->program, apply->name, apply->name);
    }
    if (!wva_str_eq(apply->deployment, apply->name))
        return wva_error_set(err, WVA_E_USAGE,
                             "WVA up to v0.4.2 finds a VariantAutoscaling's Deployment by its "
                             "name: '%s' and '%s' must be equal",
                             apply->name, apply->deployment);
    struct wva_value *deployment;
    if (wva_kube_get(app->kube, &app->arena, &wva_type_deployment, apply->namespace_,
                     apply->deployment, &deployment, err) < 0)
        return wva_error_wrap(err, "cannot create VariantAutoscaling '%s/%s'", apply->namespace_,
                              apply->name);
    return 0;
}

static int create(struct wva_app *app, const struct wva_apply *apply, struct wva_apply_result *ret,
                  struct wva_error *err)
{
    if (check_creatable(app, apply, err) < 0)
        return -1;
    struct wva_va_profile profile = apply->profile;
    struct wva_value *object =
        wva_va_new(&app->arena, apply->namespace_, apply->name, apply->model_id, &profile);
    struct wva_va_change change;
    struct wva_value *without = wva_clone(&app->arena, object);
    wva_put(&app->arena, without, wva_array(&app->arena), "spec", "modelProfile", "accelerators");
    if (wva_va_plan(&app->arena, without, &profile, &change, err) < 0)
        return -1;
    if (!apply->quiet)
        print_change(app, &profile, &change);
    if (apply->dry_run != WVA_DRY_RUN_CLIENT &&
        wva_kube_create(app->kube, &app->arena, va, object, apply->dry_run, &object, err) < 0)
        return -1;
    if (apply->dry_run == WVA_DRY_RUN_NONE && verify_stored(app, apply, &profile, &object, err) < 0)
        return -1;
    *ret = (struct wva_apply_result){"created", object};
    return 0;
}

/* The VariantAutoscaling as it is; NULL when it is to be made. */
static int read_present(struct wva_app *app, const struct wva_apply *apply, struct wva_value **ret,
                        struct wva_error *err)
{
    if (check_served_schema(app, err) < 0)
        return -1;
    if (wva_kube_get(app->kube, &app->arena, va, apply->namespace_, apply->name, ret, err) == 0)
        return 0;
    if (err->code != WVA_E_NOT_FOUND)
        return -1;
    if (!apply->create)
        return wva_error_hint(err, "kubectl get variantautoscalings -n %s", apply->namespace_);
    wva_error_clear(err);
    *ret = NULL;
    return 0;
}

int wva_apply_check(struct wva_app *app, const struct wva_apply *apply, struct wva_error *err)
{
    struct wva_value *object;
    const char *accelerator;
    if (read_present(app, apply, &object, err) < 0)
        return -1;
    return object ? wva_va_pick_accelerator(object, apply->profile.accelerator, &accelerator, err)
                  : 0;
}

int wva_apply_parameters(struct wva_app *app, const struct wva_apply *apply,
                         struct wva_apply_result *ret, struct wva_error *err)
{
    struct wva_value *object;
    if (read_present(app, apply, &object, err) < 0)
        return err->code == WVA_E_NOT_FOUND
                   ? wva_error_add_hint(err, "or make it with --create --deployment %s",
                                        apply->name)
                   : -1;
    return object ? update(app, apply, object, ret, err) : create(app, apply, ret, err);
}
