// SPDX-License-Identifier: Apache-2.0
/* Options given with --resume: refused, or taken into the plan that the run's record holds. */
#include "resuming.h"

#include "wva/codec/json.h"
#include "wva/guidellm/version.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <string.h>

#define SAME(name, member, of_plan)                                                                \
    {                                                                                              \
        (name), offsetof(struct wva_bench_options, member), offsetof(struct wva_plan, of_plan),    \
            sizeof(((struct wva_plan *)0)->of_plan)                                                \
    }

/* Options of the measurement that may change, and the plan's members that they are kept in. Lists
 * begin with their items, which is all that the plan keeps. */
static const struct {
    const char *name;
    size_t from, to, size;
} amendable[] = {
    SAME("allow-errors", allow_errors, wanted.allow_errors),
    SAME("allow-concurrency", allow_concurrency, wanted.allow_concurrency),
    SAME("allow-tokens", allow_tokens, wanted.allow_tokens),
    SAME("max-error-share", max_error_share, wanted.max_error_share),
    SAME("concurrency-margin", concurrency_margin, wanted.concurrency_margin),
    SAME("job-cpu", cpu, cpu),
    SAME("job-memory", memory, memory),
    SAME("job-node-selector", node_selector.items, node_selector),
    SAME("job-toleration", tolerations.items, tolerations),
    SAME("job-service-account", service_account, service_account),
    SAME("job-image-pull-secret", image_pull_secret, image_pull_secret),
    SAME("guidellm-image", image, provenance.guidellm_image),
};

/* Amended otherwise, or no matter of the plan. */
static const char *const others[] = {"guidellm-version", "patience", "resume", "output", NULL};

static bool is_among(const char *name, const char *const *names)
{
    while (*names && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

static bool may_change(const char *name, const char *const *more)
{
    for (size_t i = 0; i < WVA_COUNT(amendable); i++)
        if (strcmp(amendable[i].name, name) == 0)
            return true;
    return is_among(name, others) || is_among(name, more);
}

int wva_resume_check(const struct wva_app *app, const struct wva_list *rest,
                     const char *const *more, struct wva_error *err)
{
    for (size_t i = 0; i < app->given.count; i++)
        if (!may_change(app->given.items[i], more))
            return wva_error_set(err, WVA_E_USAGE,
                                 "--%s is settled when a run starts: it cannot be given with "
                                 "--resume",
                                 app->given.items[i]);
    if (rest->count > 0)
        return wva_error_set(err, WVA_E_USAGE,
                             "vLLM's arguments are settled when a run starts: they cannot be given "
                             "with --resume");
    return 0;
}

/* A new image's tag may tell another release; one that tells none leaves it as it was. */
static int amend_release(const struct wva_bench_options *options, struct wva_plan *plan,
                         struct wva_error *err)
{
    struct wva_guidellm_version version;
    if (options->guidellm_version &&
        wva_guidellm_version_parse(options->guidellm_version, &plan->version) < 0)
        return wva_error_set(err, WVA_E_USAGE,
                             "--guidellm-version: '%s' is no version such as 0.7.3",
                             options->guidellm_version);
    if (options->image && !options->guidellm_version &&
        wva_guidellm_version_of_image(options->image, &version) == 0)
        plan->version = version;
    return 0;
}

int wva_resume_amend(struct wva_app *app, const struct wva_bench_options *options,
                     int64_t patience_ms, struct wva_record *record, struct wva_error *err)
{
    struct wva_plan plan;
    if (wva_plan_from_value(&app->arena, record->plan, &plan, err) < 0)
        return wva_error_wrap(err, "run %s", record->run_id);
    for (size_t i = 0; i < WVA_COUNT(amendable); i++)
        if (wva_app_given(app, amendable[i].name))
            memcpy((char *)&plan + amendable[i].to, (const char *)options + amendable[i].from,
                   amendable[i].size);
    if (wva_app_given(app, "patience"))
        plan.patience_ms = patience_ms;
    if (amend_release(options, &plan, err) < 0)
        return -1;
    struct wva_value *value = wva_plan_to_value(&app->arena, &plan);
    const struct wva_value *run = wva_get(record->plan, "run");
    if (run)
        wva_put(&app->arena, value, wva_clone(&app->arena, run), "run");
    record->plan = value;
    return 0;
}

int wva_resume_store(struct wva_app *app, struct wva_record *record, struct wva_error *err)
{
    char *text = wva_json_text(&app->arena, record->plan);
    if (wva_str_eq(text, wva_record_text(record, "plan")))
        return 0;
    return wva_record_put(app->kube, &app->arena, record, "plan", text, err);
}
