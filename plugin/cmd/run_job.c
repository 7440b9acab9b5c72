// SPDX-License-Identifier: Apache-2.0
/* A run's job as JSON, and back. */
#include "run_job.h"

#include "wva/util/str.h"

struct wva_value *wva_run_job_to_value(struct wva_arena *arena, const struct wva_run_job *job)
{
    struct wva_value *value = wva_object(arena);
    struct wva_value *objects = wva_array(arena);
    wva_array_append(arena, objects, job->objects[0]);
    wva_array_append(arena, objects, job->objects[1]);
    wva_put(arena, value, wva_string(arena, job->name), "name");
    wva_put(arena, value, wva_string(arena, job->va), "va");
    wva_put(arena, value, wva_string(arena, job->va_accelerator), "vaAccelerator");
    wva_put(arena, value, wva_bool(arena, job->keep), "keep");
    wva_put(arena, value, wva_int(arena, job->timeout_ms), "timeoutMs");
    wva_put(arena, value, wva_int(arena, job->patience_ms), "patienceMs");
    wva_put(arena, value, objects, "objects");
    return value;
}

int wva_run_job_from_record(const struct wva_record *record, struct wva_run_job *ret,
                            struct wva_error *err)
{
    const struct wva_value *value = wva_get(record->plan, "run");
    if (!wva_str_eq(wva_record_command(record), "run")) {
        wva_error_set(err, WVA_E_USAGE, "run %s was started with 'bench', not with 'run'",
                      record->run_id);
        return wva_error_hint(err, "kubectl wva bench --resume %s -n %s", record->run_id,
                              record->namespace_);
    }
    *ret = (struct wva_run_job){
        .name = wva_get_str(value, "name"),
        .va = wva_get_str(value, "va"),
        .va_accelerator = wva_get_str(value, "vaAccelerator"),
        .keep = wva_value_bool(wva_get(value, "keep"), false),
        .timeout_ms = 40 * 60 * 1000,
        .patience_ms = 15 * 1000,
        .objects = {wva_get(value, "objects", "0"), wva_get(value, "objects", "1")},
    };
    (void)wva_value_i64(wva_get(value, "timeoutMs"), &ret->timeout_ms);
    (void)wva_value_i64(wva_get(value, "patienceMs"), &ret->patience_ms);
    if (!ret->name || !ret->objects[0] || !ret->objects[1])
        return wva_error_set(err, WVA_E_INPUT,
                             "the plan of run %s is damaged: no objects to deploy", record->run_id);
    return 0;
}
