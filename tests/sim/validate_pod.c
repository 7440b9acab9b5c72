// SPDX-License-Identifier: Apache-2.0
// Pod specs and templates, after pkg/apis/core/validation: the rules that a wrong template of ours
// is most likely to break.

#include "validate.h"

#include "wva/util/mem.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <string.h>

static const char *below(struct sim_findings *invalid, const char *path, const char *name)
{
    return wva_arena_printf(invalid->arena, "%s.%s", path, name);
}

static const char *at(struct sim_findings *invalid, const char *path, const char *list, size_t i)
{
    return wva_arena_printf(invalid->arena, "%s.%s[%zu]", path, list, i);
}

static void check_label_name(const char *name, const char *path, struct sim_findings *invalid)
{
    if (wva_str_empty(name))
        sim_findings_add(invalid, path, "FieldValueRequired", "Required value");
    else if (!wva_str_is_dns_label(name))
        sim_findings_add(
            invalid, path, "FieldValueInvalid",
            "Invalid value: \"%s\": a lowercase RFC 1123 label must consist of lower case "
            "alphanumeric characters or '-', and must start and end with an alphanumeric character "
            "(e.g. 'my-name',  or '123-abc', regex used for validation is "
            "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
            name);
}

static void check_unique(const struct wva_value *list, size_t i, const char *key, const char *path,
                         struct sim_findings *invalid)
{
    const char *name = wva_get_str(list->items[i], key);
    for (size_t k = 0; name != NULL && k < i; k++)
        if (wva_str_eq(wva_get_str(list->items[k], key), name)) {
            sim_findings_add(invalid, below(invalid, path, key), "FieldValueDuplicate",
                             "Duplicate value: \"%s\"", name);
            return;
        }
}

static void check_port(const struct wva_value *port, const char *path, const char *member,
                       struct sim_findings *invalid)
{
    int64_t number = 0;
    const struct wva_value *value = wva_get(port, member);
    const char *where = below(invalid, path, member);
    if (value == NULL)
        sim_findings_add(invalid, where, "FieldValueRequired", "Required value");
    else if (wva_value_i64(value, &number) && (number < 1 || number > 65535))
        sim_findings_add(invalid, where, "FieldValueInvalid",
                         "Invalid value: %lld: must be between 1 and 65535, inclusive",
                         (long long)number);
}

static void check_ports(const struct wva_value *container, const char *path,
                        struct sim_findings *invalid)
{
    const struct wva_value *ports = wva_get(container, "ports");
    for (size_t i = 0; ports != NULL && i < ports->count; i++) {
        const char *where = at(invalid, path, "ports", i);
        const char *name = wva_get_str(ports->items[i], "name");
        check_port(ports->items[i], where, "containerPort", invalid);
        if (name != NULL && strlen(name) > 15)
            sim_findings_add(invalid, below(invalid, where, "name"), "FieldValueInvalid",
                             "Invalid value: \"%s\": must be no more than 15 characters", name);
    }
}

static void check_env(const struct wva_value *container, const char *path,
                      struct sim_findings *invalid)
{
    const struct wva_value *env = wva_get(container, "env");
    for (size_t i = 0; env != NULL && i < env->count; i++) {
        const char *where = at(invalid, path, "env", i);
        const char *name = wva_get_str(env->items[i], "name");
        if (wva_str_empty(name))
            sim_findings_add(invalid, below(invalid, where, "name"), "FieldValueRequired",
                             "Required value");
        if (!wva_str_empty(wva_get_str(env->items[i], "value")) &&
            wva_get(env->items[i], "valueFrom") != NULL)
            sim_findings_add(invalid, below(invalid, where, "valueFrom"), "FieldValueInvalid",
                             "Invalid value: \"\": may not be specified when `value` is not empty");
    }
}

static double quantity(const struct wva_value *value)
{
    double number = 0;
    if (value != NULL && value->text != NULL)
        (void)!wva_parse_quantity(value->text, &number);
    return number;
}

static bool extended(const char *resource)
{
    return strchr(resource, '/') != NULL && !wva_str_has_prefix(resource, "kubernetes.io/");
}

static void check_resources(const struct wva_value *container, const char *path,
                            struct sim_findings *invalid)
{
    const struct wva_value *requests = wva_get(container, "resources", "requests");
    const char *where = below(invalid, path, "resources.requests");
    for (size_t i = 0; requests != NULL && i < requests->count; i++) {
        const char *name = requests->members[i].name;
        const struct wva_value *request = requests->members[i].value;
        const struct wva_value *limit = wva_get(container, "resources", "limits", name);
        if (extended(name) && limit == NULL)
            sim_findings_add(invalid, below(invalid, path, "resources.limits"),
                             "FieldValueRequired",
                             "Required value: Limit must be set for non overcommitable resources");
        else if (limit != NULL && quantity(request) > quantity(limit))
            sim_findings_add(invalid, where, "FieldValueInvalid",
                             "Invalid value: \"%s\": must be less than or equal to %s limit of %s",
                             request->text, name, limit->text);
        else if (extended(name) && limit != NULL && quantity(request) < quantity(limit))
            sim_findings_add(invalid, where, "FieldValueInvalid",
                             "Invalid value: \"%s\": must be equal to %s limit of %s",
                             request->text, name, limit->text);
    }
}

static bool has_volume(const struct wva_value *spec, const char *name)
{
    const struct wva_value *volumes = wva_get(spec, "volumes");
    for (size_t i = 0; volumes != NULL && i < volumes->count; i++)
        if (wva_str_eq(wva_get_str(volumes->items[i], "name"), name))
            return true;
    return false;
}

static void check_mounts(const struct wva_value *spec, const struct wva_value *container,
                         const char *path, struct sim_findings *invalid)
{
    const struct wva_value *mounts = wva_get(container, "volumeMounts");
    for (size_t i = 0; mounts != NULL && i < mounts->count; i++) {
        const char *where = at(invalid, path, "volumeMounts", i);
        const char *name = wva_get_str(mounts->items[i], "name");
        if (wva_str_empty(name))
            sim_findings_add(invalid, below(invalid, where, "name"), "FieldValueRequired",
                             "Required value");
        else if (!has_volume(spec, name))
            sim_findings_add(invalid, below(invalid, where, "name"), "FieldValueNotFound",
                             "Not found: \"%s\"", name);
        if (wva_str_empty(wva_get_str(mounts->items[i], "mountPath")))
            sim_findings_add(invalid, below(invalid, where, "mountPath"), "FieldValueRequired",
                             "Required value");
        for (size_t k = 0; k < i; k++)
            if (wva_str_eq(wva_get_str(mounts->items[k], "mountPath"),
                           wva_get_str(mounts->items[i], "mountPath")))
                sim_findings_add(invalid, below(invalid, where, "mountPath"), "FieldValueInvalid",
                                 "Invalid value: \"%s\": must be unique",
                                 wva_get_str(mounts->items[i], "mountPath"));
    }
}

static void check_probe(const struct wva_value *container, const char *name, const char *path,
                        struct sim_findings *invalid)
{
    static const char *const handlers[] = {"exec", "httpGet", "tcpSocket", "grpc"};
    const struct wva_value *probe = wva_get(container, name);
    int found = 0;
    if (probe == NULL)
        return;
    for (size_t i = 0; i < WVA_COUNT(handlers); i++)
        found += wva_get(probe, handlers[i]) != NULL;
    if (found == 0)
        sim_findings_add(invalid, below(invalid, path, name), "FieldValueRequired",
                         "Required value: must specify a handler type");
    if (found > 1)
        sim_findings_add(invalid, below(invalid, path, name), "FieldValueForbidden",
                         "Forbidden: may not specify more than 1 handler type");
}

static void check_policy(const struct wva_value *container, const char *path,
                         struct sim_findings *invalid)
{
    const char *pull = wva_get_str(container, "imagePullPolicy");
    const char *message = wva_get_str(container, "terminationMessagePolicy");
    const char *word = wva_arena_printf(invalid->arena, " %s ", pull != NULL ? pull : "Always");
    if (strstr(" Always IfNotPresent Never ", word) == NULL)
        sim_findings_add(invalid, below(invalid, path, "imagePullPolicy"), "FieldValueNotSupported",
                         "Unsupported value: \"%s\": supported values: \"Always\", "
                         "\"IfNotPresent\", \"Never\"",
                         pull);
    if (message != NULL && strcmp(message, "File") != 0 &&
        strcmp(message, "FallbackToLogsOnError") != 0)
        sim_findings_add(
            invalid, below(invalid, path, "terminationMessagePolicy"), "FieldValueInvalid",
            "Invalid value: \"%s\": must be 'File' or 'FallbackToLogsOnError'", message);
}

static void check_container(const struct wva_value *spec, const struct wva_value *list, size_t i,
                            const char *path, struct sim_findings *invalid)
{
    const struct wva_value *container = list->items[i];
    check_label_name(wva_get_str(container, "name"), below(invalid, path, "name"), invalid);
    check_unique(list, i, "name", path, invalid);
    if (wva_str_empty(wva_get_str(container, "image")))
        sim_findings_add(invalid, below(invalid, path, "image"), "FieldValueRequired",
                         "Required value");
    check_ports(container, path, invalid);
    check_env(container, path, invalid);
    check_resources(container, path, invalid);
    check_mounts(spec, container, path, invalid);
    check_probe(container, "livenessProbe", path, invalid);
    check_probe(container, "readinessProbe", path, invalid);
    check_probe(container, "startupProbe", path, invalid);
    check_policy(container, path, invalid);
}

static void check_volumes(const struct wva_value *spec, const char *path,
                          struct sim_findings *invalid)
{
    const struct wva_value *volumes = wva_get(spec, "volumes");
    for (size_t i = 0; volumes != NULL && i < volumes->count; i++) {
        const char *where = at(invalid, path, "volumes", i);
        check_label_name(wva_get_str(volumes->items[i], "name"), below(invalid, where, "name"),
                         invalid);
        check_unique(volumes, i, "name", where, invalid);
        if (volumes->items[i]->count < 2)
            sim_findings_add(invalid, where, "FieldValueRequired",
                             "Required value: must specify a volume type");
    }
}

/* `policies` as in the message: "\"OnFailure\", \"Never\"". */
static void check_restart_policy(const struct wva_value *spec, const char *path,
                                 const char *policies, struct sim_findings *invalid)
{
    const char *policy = wva_get_str(spec, "restartPolicy");
    const char *quoted = wva_arena_printf(invalid->arena, "\"%s\"", policy != NULL ? policy : "");
    if (strstr(policies, quoted) == NULL)
        sim_findings_add(invalid, below(invalid, path, "restartPolicy"), "FieldValueNotSupported",
                         "Unsupported value: %s: supported values: %s", quoted, policies);
}

void sim_validate_pod_spec(const struct wva_value *spec, const char *path, const char *policies,
                           struct sim_findings *invalid)
{
    const struct wva_value *containers = wva_get(spec, "containers");
    const struct wva_value *init = wva_get(spec, "initContainers");
    if (containers == NULL || containers->count == 0)
        sim_findings_add(invalid, below(invalid, path, "containers"), "FieldValueRequired",
                         "Required value");
    for (size_t i = 0; containers != NULL && i < containers->count; i++)
        check_container(spec, containers, i, at(invalid, path, "containers", i), invalid);
    for (size_t i = 0; init != NULL && i < init->count; i++)
        check_container(spec, init, i, at(invalid, path, "initContainers", i), invalid);
    check_volumes(spec, path, invalid);
    check_restart_policy(spec, path, policies, invalid);
    sim_validate_labels(wva_get(spec, "nodeSelector"), below(invalid, path, "nodeSelector"),
                        invalid);
}
