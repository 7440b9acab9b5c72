// SPDX-License-Identifier: Apache-2.0
/* Checks before a run: reads and dry runs. */
#include "run_check.h"

#include "apply_va.h"

#include "wva/guidellm/job.h"
#include "wva/util/str.h"

#include <string.h>

/* WVA makes a VariantAutoscaling the dependent of the Deployment of its name: deleting that one at
 * the end would delete the VariantAutoscaling with it. */
int wva_run_check_names(const struct wva_run_job *job, struct wva_error *err)
{
    if (!job->va || job->keep || !wva_str_eq(job->va, job->name))
        return 0;
    wva_error_set(
        err, WVA_E_USAGE,
        "the benchmark Deployment must not have the VariantAutoscaling's name '%s': WVA ties the "
        "two together, and deleting the Deployment at the end would delete the VariantAutoscaling",
        job->name);
    return wva_error_hint(err, "choose another name (kubectl wva run %s-bench …), or --keep it",
                          job->name);
}

/* What this run did not make is never touched, not even what `deploy` made. */
static int check_absent(struct wva_app *app, const struct wva_kube_type *type, const char *name,
                        const char *run_id, struct wva_error *err)
{
    const char *namespace_ = wva_app_namespace(app);
    struct wva_value *existing;
    if (wva_kube_get(app->kube, &app->arena, type, namespace_, name, &existing, err) < 0) {
        if (err->code != WVA_E_NOT_FOUND)
            return -1;
        wva_error_clear(err);
        return 0;
    }
    if (wva_str_eq(wva_get_str(existing, "metadata", "labels", WVA_LABEL_RUN), run_id))
        return 0;
    wva_error_set(err, WVA_E_EXISTS, "%s '%s/%s' exists and is not this run's: it is left as it is",
                  type->kind, namespace_, name);
    return wva_error_hint(
        err, "measure it as it is: kubectl wva bench %s/%s -n %s; or choose another name",
        type == &wva_type_service ? "service" : "deployment", name, namespace_);
}

int wva_run_check_absent(struct wva_app *app, const char *name, const char *run_id,
                         struct wva_error *err)
{
    return check_absent(app, &wva_type_deployment, name, run_id, err) < 0
               ? -1
               : check_absent(app, &wva_type_service, name, run_id, err);
}

/* What a dry run failed of; but a webhook that knows no dry run tells nothing. */
static int judge_dry_run(struct wva_error *err)
{
    if (!strstr(err->msg, "does not support dry run"))
        return -1;
    wva_error_clear(err);
    return 0;
}

int wva_run_check_va(struct wva_app *app, const struct wva_run_job *job, struct wva_error *err)
{
    const char *namespace_ = wva_app_namespace(app);
    if (!job->va)
        return 0;
    const struct wva_apply apply = {
        .namespace_ = namespace_,
        .name = job->va,
        .profile = {.accelerator = job->va_accelerator},
    };
    if (wva_apply_check(app, &apply, err) < 0)
        return -1;
    if (wva_kube_merge_patch(app->kube, &app->arena, &wva_type_variantautoscaling, namespace_,
                             job->va, wva_object(&app->arena), WVA_DRY_RUN_SERVER, NULL, err) < 0 &&
        judge_dry_run(err) < 0)
        return wva_error_wrap(err, "cannot write VariantAutoscaling '%s/%s'", namespace_, job->va);
    return 0;
}

int wva_run_check_job(struct wva_app *app, const struct wva_plan *plan, struct wva_error *err)
{
    struct wva_value *first;
    if (wva_plan_job(&app->arena, plan, 0, 1, NULL, &first, err) < 0)
        return -1;
    if (wva_kube_create(app->kube, &app->arena, &wva_type_job, first, WVA_DRY_RUN_SERVER, NULL,
                        err) < 0 &&
        judge_dry_run(err) < 0)
        return wva_error_wrap(err, "cannot create Jobs in namespace %s", wva_app_namespace(app));
    return 0;
}
