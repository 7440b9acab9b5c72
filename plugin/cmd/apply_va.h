// SPDX-License-Identifier: Apache-2.0
/* Writing a fit into a VariantAutoscaling; used by `apply` and `run`. */
#ifndef WVA_PLUGIN_CMD_APPLY_VA_H
#define WVA_PLUGIN_CMD_APPLY_VA_H

#include "wva/cmd/app.h"
#include "wva/wva/variantautoscaling.h"

struct wva_apply {
    const char *namespace_;
    const char *name;              /* of the VariantAutoscaling */
    struct wva_va_profile profile; /* accelerator NULL: the VA's own */
    bool create;                   /* make the VA when it is missing */
    const char *deployment;        /* for create: must exist, and be the VA's name */
    const char *model_id;          /* for create */
    enum wva_dry_run dry_run;
    bool quiet; /* do not show before and after */
};

struct wva_apply_result {
    const char *word;         /* "created", "configured", "unchanged" */
    struct wva_value *object; /* as stored, or as it would be */
};

/* Could parameters be written there? The served schema, the VariantAutoscaling and its entry are
 * looked at; nothing is written. Errors as from wva_apply_parameters(). */
int wva_apply_check(struct wva_app *app, const struct wva_apply *apply,
                    struct wva_error *err) WVA_MUST_USE;

/* Checks the served schema, plans, shows before and after (on app->err), writes under the resource
 * version (again on conflict), reads back and compares. With dry_run CLIENT nothing is sent but
 * reads. */
int wva_apply_parameters(struct wva_app *app, const struct wva_apply *apply,
                         struct wva_apply_result *ret, struct wva_error *err) WVA_MUST_USE;

#endif
