// SPDX-License-Identifier: Apache-2.0
// Names, labels, immutable fields and what each type demands.

#include "validate.h"

#include "wva/codec/json.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <string.h>

#define CONFIG_MAP_MAX ((size_t)1 << 20)

static const char bad_subdomain[] =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', "
    "and must start and end with an alphanumeric character (e.g. 'example.com', regex used for "
    "validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

static const char bad_1035[] =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
    "alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', "
    "regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

static const char bad_label_value[] =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
    "and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or "
    "'12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

static const char bad_label_key[] =
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end "
    "with "
    "an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
    "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

static bool is_subdomain(const char *name)
{
    wva_auto_arena arena = {0};
    size_t count = 0;
    char **labels = wva_str_split(&arena, name, '.', &count);
    for (size_t i = 0; i < count; i++)
        if (!wva_str_is_dns_label(labels[i]))
            return false;
    return strlen(name) <= 253;
}

static bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_qualified_part(const char *text)
{
    size_t len = strlen(text);
    if (len == 0 || !is_alphanumeric(text[0]) || !is_alphanumeric(text[len - 1]))
        return false;
    for (size_t i = 0; i < len; i++)
        if (!is_alphanumeric(text[i]) && strchr("-_.", text[i]) == NULL)
            return false;
    return true;
}

void sim_validate_labels(const struct wva_value *labels, const char *path,
                         struct sim_findings *invalid)
{
    for (size_t i = 0; labels != NULL && labels->kind == WVA_OBJECT && i < labels->count; i++) {
        const char *key = labels->members[i].name;
        const char *value = wva_value_str(labels->members[i].value);
        const char *slash = strchr(key, '/');
        const char *name = slash != NULL ? slash + 1 : key;
        if (!is_qualified_part(name))
            sim_findings_add(invalid, path, "FieldValueInvalid", "Invalid value: \"%s\": %s", key,
                             bad_label_key);
        if (value == NULL)
            continue;
        if (strlen(value) > 63)
            sim_findings_add(invalid, path, "FieldValueInvalid",
                             "Invalid value: \"%s\": must be no more than 63 characters", value);
        else if (value[0] != '\0' && !is_qualified_part(value))
            sim_findings_add(invalid, path, "FieldValueInvalid", "Invalid value: \"%s\": %s", value,
                             bad_label_value);
    }
}

static void validate_name(const struct sim_type *type, const struct wva_value *value,
                          struct sim_findings *invalid)
{
    const char *name = wva_get_str(value, "metadata", "name");
    if (wva_str_empty(name)) {
        sim_findings_add(invalid, "metadata.name", "FieldValueRequired",
                         "Required value: name or generateName is required");
        return;
    }
    bool group_rbac = strcmp(type->group, "rbac.authorization.k8s.io") == 0;
    bool service = strcmp(type->kind, "Service") == 0;
    bool good =
        group_rbac || (service ? wva_str_is_dns_label(name) && name[0] >= 'a' : is_subdomain(name));
    if (!good)
        sim_findings_add(invalid, "metadata.name", "FieldValueInvalid", "Invalid value: \"%s\": %s",
                         name, service ? bad_1035 : bad_subdomain);
}

/* Are all of the selector's matchLabels among the labels? */
static bool selects(const struct wva_value *selector, const struct wva_value *labels)
{
    const struct wva_value *wanted = wva_get(selector, "matchLabels");
    for (size_t i = 0; wanted != NULL && i < wanted->count; i++)
        if (!wva_value_equal(wva_object_get(labels, wanted->members[i].name),
                             wanted->members[i].value))
            return false;
    return true;
}

static void immutable(const struct wva_value *value, const struct wva_value *old, const char *path,
                      const char *go_type, struct sim_findings *invalid)
{
    if (wva_value_equal(value, old))
        return;
    const char *text = value != NULL ? wva_json_text(invalid->arena, value) : "null";
    sim_findings_add(invalid, path, "FieldValueInvalid", "Invalid value: %s%s: field is immutable",
                     go_type, text);
}

static void validate_deployment(const struct wva_value *value, const struct wva_value *old,
                                struct sim_findings *invalid)
{
    const struct wva_value *spec = wva_get(value, "spec");
    const struct wva_value *selector = wva_get(spec, "selector");
    const struct wva_value *labels = wva_get(spec, "template", "metadata", "labels");
    int64_t replicas = 0;
    if (selector == NULL)
        sim_findings_add(invalid, "spec.selector", "FieldValueRequired", "Required value");
    else if (!selects(selector, labels))
        sim_findings_add(invalid, "spec.template.metadata.labels", "FieldValueInvalid",
                         "Invalid value: map[string]string%s: `selector` does not match template "
                         "`labels`",
                         labels != NULL ? wva_json_text(invalid->arena, labels) : "(nil)");
    if (wva_value_i64(wva_get(spec, "replicas"), &replicas) && replicas < 0)
        sim_findings_add(invalid, "spec.replicas", "FieldValueInvalid",
                         "Invalid value: %lld: must be greater than or equal to 0",
                         (long long)replicas);
    sim_validate_labels(labels, "spec.template.labels", invalid);
    sim_validate_pod_spec(wva_get(spec, "template", "spec"), "spec.template.spec", "\"Always\"",
                          invalid);
    if (old != NULL)
        immutable(selector, wva_get(old, "spec", "selector"), "spec.selector", "v1.LabelSelector",
                  invalid);
}

static void validate_job(const struct wva_value *value, const struct wva_value *old,
                         struct sim_findings *invalid)
{
    static const char *const fixed[] = {"completions", "completionMode", "selector"};
    const struct wva_value *spec = wva_get(value, "spec");
    const struct wva_value *template = wva_get(spec, "template");
    sim_validate_labels(wva_get(template, "metadata", "labels"), "spec.template.labels", invalid);
    sim_validate_pod_spec(wva_get(template, "spec"), "spec.template.spec",
                          "\"OnFailure\", \"Never\"", invalid);
    if (old == NULL)
        return;
    immutable(template, wva_get(old, "spec", "template"), "spec.template", "core.PodTemplateSpec",
              invalid);
    for (size_t i = 0; i < WVA_COUNT(fixed); i++)
        immutable(wva_get(spec, fixed[i]), wva_get(old, "spec", fixed[i]),
                  wva_arena_printf(invalid->arena, "spec.%s", fixed[i]), "", invalid);
}

static void validate_pod(const struct wva_value *value, const struct wva_value *old,
                         struct sim_findings *invalid)
{
    sim_validate_pod_spec(wva_get(value, "spec"), "spec", "\"Always\", \"OnFailure\", \"Never\"",
                          invalid);
    if (old != NULL &&
        !wva_value_equal(wva_get(value, "spec", "containers"), wva_get(old, "spec", "containers")))
        sim_findings_add(
            invalid, "spec", "FieldValueForbidden",
            "Forbidden: pod updates may not change fields other than "
            "`spec.containers[*].image`,`spec.initContainers[*].image`,"
            "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to "
            "existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be "
            "set to 1 if it was previously negative)");
}

static void validate_service(const struct wva_value *value, const struct wva_value *old,
                             struct sim_findings *invalid)
{
    const struct wva_value *ports = wva_get(value, "spec", "ports");
    if (ports == NULL || ports->count == 0)
        sim_findings_add(invalid, "spec.ports", "FieldValueRequired", "Required value");
    for (size_t i = 0; ports != NULL && i < ports->count; i++) {
        int64_t port = 0;
        if (!wva_value_i64(wva_get(ports->items[i], "port"), &port) || port < 1 || port > 65535)
            sim_findings_add(invalid, wva_arena_printf(invalid->arena, "spec.ports[%zu].port", i),
                             "FieldValueInvalid",
                             "Invalid value: %lld: must be between 1 and 65535, inclusive",
                             (long long)port);
        if (ports->count > 1 && wva_str_empty(wva_get_str(ports->items[i], "name")))
            sim_findings_add(invalid, wva_arena_printf(invalid->arena, "spec.ports[%zu].name", i),
                             "FieldValueRequired", "Required value");
    }
    if (old != NULL)
        immutable(wva_get(value, "spec", "clusterIP"), wva_get(old, "spec", "clusterIP"),
                  "spec.clusterIPs[0]", "", invalid);
}

static void validate_config_map(const struct wva_value *value, const struct wva_value *old,
                                struct sim_findings *invalid)
{
    static const char *const maps[] = {"data", "binaryData"};
    size_t total = 0;
    for (size_t m = 0; m < WVA_COUNT(maps); m++) {
        const struct wva_value *map = wva_get(value, maps[m]);
        for (size_t i = 0; map != NULL && i < map->count; i++) {
            const char *key = map->members[i].name;
            total += map->members[i].value->len;
            if (!is_qualified_part(key) && strspn(key, "._-") != 1)
                sim_findings_add(invalid, wva_arena_printf(invalid->arena, "%s[%s]", maps[m], key),
                                 "FieldValueInvalid",
                                 "Invalid value: \"%s\": a valid config key must consist of "
                                 "alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or "
                                 "'KEY_NAME',  or 'key-name', regex used for validation is "
                                 "'[-._a-zA-Z0-9]+')",
                                 key);
        }
    }
    if (total > CONFIG_MAP_MAX)
        sim_findings_add(invalid, "[]", "FieldValueTooLong",
                         "Too long: may not be more than %zu bytes", CONFIG_MAP_MAX);
    if (old != NULL && wva_value_bool(wva_get(old, "immutable"), false) &&
        !wva_value_equal(wva_get(value, "data"), wva_get(old, "data")))
        sim_findings_add(invalid, "data", "FieldValueForbidden",
                         "Forbidden: field is immutable when `immutable` is set");
}

static void validate_limits(const struct wva_value *value, struct sim_findings *invalid)
{
    int64_t low = 0;
    int64_t high = 0;
    if (wva_value_i64(wva_get(value, "spec", "minReplicas"), &low) &&
        wva_value_i64(wva_get(value, "spec", "maxReplicas"), &high) && low > high)
        sim_findings_add(invalid, "spec", "FieldValueInvalid",
                         "Invalid value: \"object\": minReplicas must be less than or equal to "
                         "maxReplicas");
}

void sim_validate(struct sim *sim, const struct sim_type *type, const struct wva_value *value,
                  const struct wva_value *old, struct sim_findings *invalid)
{
    static const struct {
        const char *kind;
        void (*validate)(const struct wva_value *value, const struct wva_value *old,
                         struct sim_findings *invalid);
    } validators[] = {
        {"Deployment", validate_deployment},
        {"Job", validate_job},
        {"Pod", validate_pod},
        {"Service", validate_service},
        {"ConfigMap", validate_config_map},
    };
    validate_name(type, value, invalid);
    sim_validate_labels(wva_get(value, "metadata", "labels"), "metadata.labels", invalid);
    for (size_t i = 0; i < WVA_COUNT(validators); i++)
        if (strcmp(validators[i].kind, type->kind) == 0)
            validators[i].validate(value, old, invalid);
    if (strcmp(type->group, "llmd.ai") != 0)
        return;
    const struct sim_struct *schema = sim_schema_of(sim, type);
    sim_schema_validate(schema, value, invalid);
    validate_limits(value, invalid);
}
