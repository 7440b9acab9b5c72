// SPDX-License-Identifier: Apache-2.0
/*
 * The Kubernetes Job of one level: a parsed template with fields set in the tree.
 *
 * What the container does with GuideLLM's report is the template's script; here only the fields
 * that differ from level to level are filled in.
 */
#include "wva/guidellm/job.h"

#include "wva/guidellm/podspec.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <string.h>

#define REPORT_VARIABLE "KUBECTL_WVA_REPORT"

static int check_template(const struct wva_value *template_, struct wva_error *err)
{
    const char *api_version = wva_get_str(template_, "apiVersion");
    const char *kind = wva_get_str(template_, "kind");
    if (!wva_str_eq(api_version, "batch/v1") || !wva_str_eq(kind, "Job"))
        return wva_error_set(err, WVA_E_INPUT,
                             "cannot use the Job template: it must be one batch/v1 Job, this is %s "
                             "%s",
                             api_version ? api_version : "without apiVersion",
                             kind ? kind : "without kind");
    const struct wva_value *pod_spec = wva_get(template_, "spec", "template", "spec");
    if (!wva_podspec_container(pod_spec, WVA_GUIDELLM_CONTAINER))
        return wva_error_set(err, WVA_E_INPUT,
                             "cannot use the Job template: spec.template.spec.containers has no "
                             "container named \"%s\"",
                             WVA_GUIDELLM_CONTAINER);
    return 0;
}

static void set_labels(struct wva_arena *arena, struct wva_value *metadata,
                       const struct wva_guidellm_job *job)
{
    wva_put(arena, metadata, wva_string(arena, WVA_MANAGED_BY), "labels", WVA_LABEL_MANAGED_BY);
    wva_put(arena, metadata, wva_string(arena, job->run_id), "labels", WVA_LABEL_RUN);
    wva_put(arena, metadata, wva_string(arena, job->level_id), "labels", WVA_LABEL_LEVEL);
}

/* The garbage collector deletes the Job with its owner; it must not hold up the owner's deletion.
 */
static int set_owner(struct wva_arena *arena, struct wva_value *metadata,
                     const struct wva_value *owner, struct wva_error *err)
{
    if (!owner)
        return 0;
    const struct {
        const char *field;
        const char *text;
    } parts[] = {
        {"apiVersion", wva_get_str(owner, "apiVersion")},
        {"kind", wva_get_str(owner, "kind")},
        {"name", wva_get_str(owner, "metadata", "name")},
        {"uid", wva_get_str(owner, "metadata", "uid")},
    };
    struct wva_value *reference = wva_object(arena);
    for (size_t i = 0; i < WVA_COUNT(parts); i++) {
        if (!parts[i].text)
            return wva_error_set(err, WVA_E_INPUT, "cannot own the Job \"%s\": the owner has no %s",
                                 wva_get_str(metadata, "name"), parts[i].field);
        wva_object_set(arena, reference, parts[i].field, wva_string(arena, parts[i].text));
    }
    wva_object_set(arena, reference, "controller", wva_bool(arena, false));
    wva_object_set(arena, reference, "blockOwnerDeletion", wva_bool(arena, false));

    struct wva_value *references = wva_array(arena);
    wva_array_append(arena, references, reference);
    wva_object_set(arena, metadata, "ownerReferences", references);
    return 0;
}

static int set_metadata(struct wva_arena *arena, struct wva_value *object,
                        const struct wva_guidellm_job *job, struct wva_error *err)
{
    wva_put(arena, object, wva_string(arena, job->name), "metadata", "name");
    wva_put(arena, object, wva_string(arena, job->namespace_), "metadata", "namespace");
    struct wva_value *metadata = wva_get(object, "metadata");
    set_labels(arena, metadata, job);
    if (!wva_get(object, "spec", "template", "metadata"))
        wva_put(arena, object, wva_object(arena), "spec", "template", "metadata");
    set_labels(arena, wva_get(object, "spec", "template", "metadata"), job);
    return set_owner(arena, metadata, job->owner, err);
}

static int set_pod(struct wva_arena *arena, struct wva_value *pod_spec,
                   const struct wva_guidellm_job *job, struct wva_error *err)
{
    wva_podspec_set_service_account(arena, pod_spec, job->service_account);
    wva_podspec_set_image_pull_secret(arena, pod_spec, job->image_pull_secret);
    if (wva_podspec_set_node_selector(arena, pod_spec, job->node_selector, err) < 0)
        return -1;
    return wva_podspec_set_tolerations(arena, pod_spec, job->tolerations, err);
}

static void set_environment(struct wva_arena *arena, struct wva_value *container,
                            const struct wva_guidellm_job *job)
{
    char **variables = wva_guidellm_environment(arena, job->version, job->run);
    for (; *variables; variables++) {
        const char *equals = strchr(*variables, '=');
        const char *name = wva_arena_strndup(arena, *variables, (size_t)(equals - *variables));
        wva_podspec_set_env(arena, container, name, equals + 1);
    }
    wva_podspec_set_env(arena, container, REPORT_VARIABLE, job->run->report_path);
    if (job->hf_token_secret)
        wva_podspec_set_secret_env(arena, container, "HF_TOKEN", job->hf_token_secret,
                                   job->hf_token_key ? job->hf_token_key : "token");
}

static int set_container(struct wva_arena *arena, struct wva_value *container,
                         const struct wva_guidellm_job *job, struct wva_error *err)
{
    char **argv;
    if (wva_guidellm_command(arena, job->version, job->run, &argv, err) < 0)
        return -1;
    struct wva_value *args = wva_array(arena);
    for (; *argv; argv++)
        wva_array_append(arena, args, wva_string(arena, wva_podspec_literal(arena, *argv)));

    wva_object_set(arena, container, "image", wva_string(arena, job->image));
    wva_object_set(arena, container, "args", args);
    wva_podspec_set_resources(arena, container, job->cpu, job->memory);
    set_environment(arena, container, job);
    return 0;
}

/* One pod, once, whatever the template says: a second one would load the server beside the first,
 * or find its caches warm. */
static void set_single_pod(struct wva_arena *arena, struct wva_value *object)
{
    wva_put(arena, object, wva_int(arena, 1), "spec", "parallelism");
    wva_put(arena, object, wva_int(arena, 1), "spec", "completions");
    wva_put(arena, object, wva_int(arena, 0), "spec", "backoffLimit");
    wva_put(arena, object, wva_string(arena, "Never"), "spec", "template", "spec", "restartPolicy");
}

int wva_guidellm_job_build(struct wva_arena *arena, const struct wva_value *template_,
                           const struct wva_guidellm_job *job, struct wva_value **ret,
                           struct wva_error *err)
{
    if (check_template(template_, err) < 0)
        return -1;
    struct wva_value *object = wva_clone(arena, template_);
    wva_object_remove(object, "status");
    if (set_metadata(arena, object, job, err) < 0)
        return -1;
    wva_put(arena, object, wva_int(arena, job->deadline_seconds), "spec", "activeDeadlineSeconds");
    set_single_pod(arena, object);

    struct wva_value *pod_spec = wva_get(object, "spec", "template", "spec");
    if (set_pod(arena, pod_spec, job, err) < 0)
        return -1;
    struct wva_value *container = wva_podspec_container(pod_spec, WVA_GUIDELLM_CONTAINER);
    if (set_container(arena, container, job, err) < 0)
        return -1;
    *ret = object;
    return 0;
}
