// SPDX-License-Identifier: Apache-2.0
/* What is demanded: by flags, else by the service class that WVA has for the model. */
#include "predicting.h"

#include "wva/util/str.h"
#include "wva/wva/service_class.h"

#include <math.h>

static void note(struct wva_app *app, const char *text)
{
    wva_progress_note(&app->progress, WVA_STYLE_DIM, text);
}

static void tell_class(struct wva_app *app, const struct wva_service_class *class,
                       const char *namespace_, struct wva_list *warnings)
{
    struct wva_arena *arena = &app->arena;
    note(app, wva_arena_printf(arena, "SLO of service class %s (%s/%s)", class->name, namespace_,
                               WVA_SERVICE_CLASSES));
    if (class->others > 0)
        wva_list_add(arena, warnings,
                     wva_arena_printf(arena,
                                      "%zu service classes name the model and WVA takes any of "
                                      "them; here it is %s, with priority %lld the first",
                                      class->others + 1, class->name, (long long)class->priority));
    if (class->skipped)
        wva_list_add(arena, warnings,
                     wva_arena_printf(arena,
                                      "%s of %s/%s is no service class, and WVA reads none "
                                      "because of it",
                                      class->skipped, namespace_, WVA_SERVICE_CLASSES));
}

/* False when there is no class, for whatever reason. */
static bool read_class(struct wva_app *app, const char *namespace_, const char *model_id,
                       struct wva_service_class *ret, struct wva_error *err)
{
    struct wva_value *configmap;
    if (wva_kube_get(app->kube, &app->arena, &wva_type_configmap, namespace_, WVA_SERVICE_CLASSES,
                     &configmap, err) < 0) {
        if (err->code != WVA_E_CANCELED)
            note(app, wva_arena_printf(&app->arena, "no service class: %s", err->msg));
        return false;
    }
    if (wva_service_class_find(&app->arena, configmap, model_id, ret))
        return true;
    note(app, wva_arena_printf(&app->arena, "no service class: none in %s/%s names %s", namespace_,
                               WVA_SERVICE_CLASSES, model_id ? model_id : "a model"));
    return false;
}

static double either(double given, double fallback)
{
    return isnan(given) ? fallback : given;
}

int wva_predict_targets(struct wva_app *app, const struct wva_predict_options *opts,
                        const struct wva_predict_source *source, struct wva_prediction_slo *ret,
                        struct wva_list *warnings, struct wva_error *err)
{
    const char *namespace_ = opts->wva_namespace ? opts->wva_namespace : WVA_CONTROLLER_NAMESPACE;
    bool wanted = opts->va && (isnan(opts->slo_ttft) || isnan(opts->slo_itl));
    struct wva_service_class class = {0};
    struct wva_error why = {0};
    if (wanted && read_class(app, namespace_, source->model_id, &class, &why))
        tell_class(app, &class, namespace_, warnings);
    if (why.code == WVA_E_CANCELED) {
        *err = why;
        return -1;
    }
    *ret = (struct wva_prediction_slo){
        .targets = {either(opts->slo_ttft, class.ttft_ms), either(opts->slo_itl, class.itl_ms),
                    either(opts->slo_tps, 0)},
        .service_class = class.name,
    };
    return 0;
}
