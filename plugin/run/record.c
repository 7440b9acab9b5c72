// SPDX-License-Identifier: Apache-2.0
/* A run's memory in the cluster: one ConfigMap, written key by key. */
#include "wva/run/record.h"

#include "outage.h"

#include "wva/codec/json.h"
#include "wva/guidellm/job.h"
#include "wva/run/bench.h"
#include "wva/util/cancel.h"
#include "wva/util/encode.h"
#include "wva/util/str.h"

#include <stdlib.h>
#include <string.h>

#define RUN_ID_LENGTH 10

void wva_run_id_new(char out[WVA_RUN_ID_MAX])
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    unsigned char random[RUN_ID_LENGTH];
    wva_random_bytes(random, sizeof(random));
    for (size_t i = 0; i < RUN_ID_LENGTH; i++) {
        size_t letters = i == 0 ? 26 : sizeof(alphabet) - 1;
        out[i] = alphabet[random[i] % letters];
    }
    out[RUN_ID_LENGTH] = '\0';
}

bool wva_run_id_valid(const char *id)
{
    size_t len = strlen(id);
    return len > 0 && len < WVA_RUN_ID_MAX && wva_str_is_dns_label(id);
}

char *wva_record_name(struct wva_arena *arena, const char *run_id)
{
    return wva_arena_printf(arena, "wva-run-%s", run_id);
}

static int take(struct wva_arena *arena, struct wva_value *object, const char *run_id,
                struct wva_record *ret, struct wva_error *err)
{
    const char *text = wva_get_str(object, "data", "plan");
    if (!text)
        return wva_error_set(err, WVA_E_INPUT, "ConfigMap '%s' has no plan: it is no run's record",
                             wva_record_name(arena, run_id));
    struct wva_json_options options = {
        .name = wva_arena_printf(arena, "plan of run %s", run_id),
    };
    struct wva_value *plan;
    if (wva_json_parse(arena, text, strlen(text), &options, &plan, err) < 0)
        return -1;
    *ret = (struct wva_record){
        .run_id = wva_arena_strdup(arena, run_id),
        .namespace_ = wva_arena_strdup(arena, wva_get_str(object, "metadata", "namespace")),
        .object = object,
        .plan = plan,
    };
    return 0;
}

int wva_record_create(struct wva_kube *kube, struct wva_arena *arena, const char *namespace_,
                      const char *run_id, const struct wva_value *plan, struct wva_record *ret,
                      struct wva_error *err)
{
    char *name = wva_record_name(arena, run_id);
    struct wva_value *object = wva_kube_object(arena, &wva_type_configmap, namespace_, name);
    wva_put(arena, object, wva_string(arena, WVA_MANAGED_BY), "metadata", "labels",
            WVA_LABEL_MANAGED_BY);
    wva_put(arena, object, wva_string(arena, run_id), "metadata", "labels", WVA_LABEL_RUN);
    wva_put(arena, object, wva_string(arena, wva_json_text(arena, plan)), "data", "plan");
    wva_put(arena, object, wva_string(arena, "measuring"), "data", "state");

    struct wva_value *stored;
    struct wva_outage outage = {.kube = kube};
    if (wva_outage_create(&outage, arena, &wva_type_configmap, object, &stored, err) < 0)
        return wva_error_wrap(err, "cannot record the run in ConfigMap '%s/%s'", namespace_, name);
    return take(arena, stored, run_id, ret, err);
}

int wva_record_load(struct wva_kube *kube, struct wva_arena *arena, const char *namespace_,
                    const char *run_id, struct wva_record *ret, struct wva_error *err)
{
    if (!wva_run_id_valid(run_id))
        return wva_error_set(err, WVA_E_USAGE, "'%s' is no run id", run_id);
    struct wva_value *object;
    if (wva_kube_get(kube, arena, &wva_type_configmap, namespace_, wva_record_name(arena, run_id),
                     &object, err) < 0) {
        wva_error_wrap(err, "cannot find run %s in namespace %s", run_id, namespace_);
        return wva_error_hint(err, "kubectl wva runs -n %s", namespace_);
    }
    return take(arena, object, run_id, ret, err);
}

int wva_record_put(struct wva_kube *kube, struct wva_arena *arena, struct wva_record *record,
                   const char *key, const char *text, struct wva_error *err)
{
    struct wva_value *patch = wva_object(arena), *stored;
    wva_put(arena, patch, wva_string(arena, text), "data", key);
    const char *name = wva_get_str(record->object, "metadata", "name");
    struct wva_outage outage = {.kube = kube, .observer = &record->observer};
    while (wva_kube_merge_patch(kube, arena, &wva_type_configmap, record->namespace_, name, patch,
                                WVA_DRY_RUN_NONE, &stored, err) < 0)
        if (wva_outage_wait(&outage, err) < 0) {
            if (err->code == WVA_E_NOT_FOUND)
                record->gone = wva_arena_printf(
                    arena, "ConfigMap '%s/%s' was deleted, and the run's Jobs with it",
                    record->namespace_, name);
            return wva_error_wrap(err, "cannot record '%s' of run %s", key, record->run_id);
        }
    record->object = stored;
    return 0;
}

const char *wva_record_text(const struct wva_record *record, const char *key)
{
    return wva_get_str(record->object, "data", key);
}

const char *wva_record_command(const struct wva_record *record)
{
    return wva_get(record->plan, "run") ? "run" : "bench";
}

/* A namespace that is being deleted empties itself in no certain order. It takes nothing new, which
 * a dry run tells; one that stays says that the record is there. */
static bool namespace_goes(struct wva_kube *kube, struct wva_arena *arena,
                           const struct wva_record *record)
{
    char *name = wva_record_name(arena, record->run_id);
    struct wva_value *ignored,
        *again = wva_kube_object(arena, &wva_type_configmap, record->namespace_, name);
    struct wva_error err = {0};
    return wva_kube_create(kube, arena, &wva_type_configmap, again, WVA_DRY_RUN_SERVER, &ignored,
                           &err) < 0 &&
           err.code == WVA_E_FORBIDDEN && strstr(err.msg, "because it is being terminated");
}

int wva_record_stop(struct wva_kube *kube, struct wva_arena *arena, struct wva_record *record,
                    struct wva_error *err)
{
    const char *state = err->code == WVA_E_CANCELED ? "interrupted" : "failed";
    const struct wva_observer *observer = &record->observer;
    struct wva_error put_err = {0};
    wva_cancel_defer_begin();
    if (wva_record_put(kube, arena, record, "state", state, &put_err) < 0 && !record->gone &&
        observer->note)
        observer->note(observer->ctx, WVA_NOTE_WARNING, put_err.msg);
    if (!record->gone && (err->code == WVA_E_FAILED || err->code == WVA_E_FORBIDDEN) &&
        namespace_goes(kube, arena, record))
        record->gone =
            wva_arena_printf(arena, "namespace '%s' is being deleted", record->namespace_);
    wva_cancel_defer_end();
    return record->gone ? wva_error_wrap(err, "%s", record->gone) : -1;
}

static size_t count_levels(const struct wva_record *record, size_t *ret_wanted)
{
    const struct wva_value *levels = wva_get(record->plan, "levels");
    size_t done = 0;
    *ret_wanted = levels ? levels->count : 0;
    for (size_t i = 0; i < *ret_wanted; i++) {
        char key[32];
        snprintf(key, sizeof(key), "level-%zu", i + 1);
        done += wva_record_text(record, key) != NULL;
    }
    return done;
}

int wva_record_hint_resume(const struct wva_record *record, struct wva_error *err)
{
    const char *id = record->run_id, *namespace_ = record->namespace_;
    size_t wanted, done = count_levels(record, &wanted);
    if (record->gone)
        return wva_error_add_hint(
            err, "nothing is left to go on with; remove the rest: kubectl wva cleanup %s -n %s", id,
            namespace_);
    wva_error_add_hint(err,
                       "%zu of %zu levels are kept; go on with: kubectl wva %s --resume %s -n %s",
                       done, wanted, wva_record_command(record), id, namespace_);
    return wva_error_add_hint(err, "or remove all of it: kubectl wva cleanup %s -n %s", id,
                              namespace_);
}

int wva_record_benchmark(struct wva_arena *arena, const struct wva_record *record,
                         struct wva_benchmark *ret, struct wva_error *err)
{
    struct wva_plan plan;
    if (wva_plan_from_value(arena, record->plan, &plan, err) < 0)
        return -1;
    struct wva_level *levels = wva_arena_calloc(arena, plan.level_count + 1, sizeof(*levels));
    size_t count = 0;
    for (size_t i = 0; i < plan.level_count; i++) {
        const char *text = wva_record_text(record, wva_arena_printf(arena, "level-%zu", i + 1));
        if (!text)
            continue;
        char *name = wva_arena_printf(arena, "level %zu of run %s", i + 1, record->run_id);
        struct wva_json_options options = {.name = name};
        struct wva_value *value;
        if (wva_json_parse(arena, text, strlen(text), &options, &value, err) < 0 ||
            wva_level_from_value(value, name, i, &levels[count], err) < 0)
            return -1;
        count++;
    }
    if (count == 0) {
        wva_error_set(err, WVA_E_INPUT, "run %s has no finished level yet", record->run_id);
        return wva_error_hint(err, "kubectl wva %s --resume %s -n %s", wva_record_command(record),
                              record->run_id, record->namespace_);
    }
    *ret = (struct wva_benchmark){plan.provenance, levels, count};
    const char *finished = wva_record_text(record, "finishedAt");
    if (finished)
        ret->provenance.finished_at = finished;
    if (levels[0].guidellm_version[0])
        ret->provenance.guidellm_version = levels[0].guidellm_version;
    return 0;
}
