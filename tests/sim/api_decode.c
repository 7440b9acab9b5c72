// SPDX-License-Identifier: Apache-2.0
// Request bodies to objects, and the refusals of the real server's decoders.

#include "api_store.h"
#include "protobuf.h"

#include "wva/codec/json.h"
#include "wva/codec/yaml.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <string.h>

static bool content_is(const struct api_request *r, const char *what)
{
    const char *type = api_header(r, "Content-Type");
    return type != NULL && strstr(type, what) != NULL;
}

static int parse_yaml(struct api_request *r, struct wva_value **ret, struct wva_error *err)
{
    const struct wva_yaml_options options = {.name = "the body"};
    struct wva_value **docs = NULL;
    size_t count = 0;
    if (wva_yaml_parse(r->arena, r->body, r->body_len, &options, &docs, &count, err) < 0)
        return -1;
    if (count != 1)
        return wva_error_set(err, WVA_E_INPUT, "%zu documents", count);
    *ret = docs[0];
    return 0;
}

static int refuse_format(struct api_request *r)
{
    return api_fail(r, 415, "UnsupportedMediaType", NULL,
                    "the body of the request was in an unknown format - accepted media types "
                    "include: application/json, application/yaml");
}

/* JSON is looked for in whatever calls itself YAML too: duplicates are then found, as by the real
 * server. */
static bool looks_like_json(const struct api_request *r)
{
    const char *first = r->body != NULL ? r->body + strspn(r->body, " \t\r\n") : "";
    return *first == '{' || *first == '[' || !content_is(r, "yaml");
}

int api_parse_body(struct api_request *r, struct wva_value **ret,
                   struct body_duplicates *duplicates)
{
    struct wva_error err = {0};
    duplicates->count = 0;
    if (content_is(r, "protobuf"))
        return protobuf_parse(r->arena, r->body, r->body_len, ret) == 0 ? 0 : refuse_format(r);
    if (content_is(r, "cbor"))
        return refuse_format(r);
    int result = looks_like_json(r)
                     ? body_parse_json(r->arena, r->body, r->body_len, ret, duplicates, &err)
                     : parse_yaml(r, ret, &err);
    if (result < 0)
        return api_fail(r, 400, "BadRequest", NULL,
                        "the object provided is unrecognized (must be of type %s): couldn't get "
                        "version/kind; json parse error: %s",
                        r->type != NULL ? r->type->kind : "object", err.msg);
    return 0;
}

/* What the strict decoder says, joined by ", "; NULL for nothing. */
static const char *strict_text(struct api_request *r, const struct sim_findings *unknown,
                               const struct body_duplicates *duplicates)
{
    const char *text = NULL;
    for (const struct sim_finding *one = unknown->first; one != NULL; one = one->next)
        text = text == NULL ? one->text : wva_arena_printf(r->arena, "%s, %s", text, one->text);
    for (size_t i = 0; i < duplicates->count; i++)
        text = wva_arena_printf(r->arena, "%s%sduplicate field \"%s\"", text != NULL ? text : "",
                                text != NULL ? ", " : "", duplicates->paths[i]);
    return text;
}

static void warn_all(struct api_request *r, const struct sim_findings *unknown,
                     const struct body_duplicates *duplicates)
{
    for (const struct sim_finding *one = unknown->first; one != NULL; one = one->next)
        api_add_warning(r, one->text);
    for (size_t i = 0; i < duplicates->count; i++)
        api_add_warning(r,
                        wva_arena_printf(r->arena, "duplicate field \"%s\"", duplicates->paths[i]));
}

/* 400 for a body; 422 about "patch" for what a patch made. */
static int refuse(struct api_request *r, const char *why, bool patched)
{
    const struct sim_type *type = r->type;
    if (!patched)
        return api_fail(r, 400, "BadRequest", NULL,
                        "%s in version \"%s\" cannot be handled as a %s: %s", type->kind,
                        type->version, type->kind, why);
    struct sim_findings invalid;
    sim_findings_init(&invalid, r->arena);
    struct wva_value *text = wva_stringn(r->arena, r->body, r->body_len);
    sim_findings_add(&invalid, "patch", "FieldValueInvalid", "Invalid value: %s: %s",
                     wva_json_text(r->arena, text), why);
    return api_fail_invalid(r, NULL, &invalid);
}

static int check_kind(struct api_request *r, const struct wva_value *value)
{
    const char *kind = wva_get_str(value, "kind");
    const char *version = wva_get_str(value, "apiVersion");
    const char *wanted = sim_type_api_version(r->arena, r->type);
    if (value->kind != WVA_OBJECT || (kind == NULL && version == NULL))
        return api_fail(r, 400, "BadRequest", NULL, "Object 'Kind' is missing in '%.200s'",
                        r->body);
    if (version != NULL && strcmp(version, wanted) != 0)
        return api_fail(r, 400, "BadRequest", NULL,
                        "the API version in the data (%s) does not match the expected API version "
                        "(%s)",
                        version, wanted);
    if (kind != NULL && strcmp(kind, r->type->kind) != 0)
        return api_fail(r, 400, "BadRequest", NULL,
                        "%s in version \"%s\" cannot be handled as a %s: converting (%s) to (%s): "
                        "unknown conversion",
                        kind, r->type->version, r->type->kind, kind, r->type->kind);
    return 0;
}

int api_decode(struct api_request *r, struct wva_value *value,
               const struct body_duplicates *duplicates, bool patched)
{
    const struct sim_struct *schema = sim_schema_of(r->sim, r->type);
    const char *mode = api_param(r, "fieldValidation");
    struct sim_findings unknown;
    sim_findings_init(&unknown, r->arena);
    if (!patched && check_kind(r, value) < 0)
        return -1;
    if (schema != NULL)
        sim_schema_prune(schema, value, &unknown);
    const char *strict = strict_text(r, &unknown, duplicates);
    const char *wrong = schema != NULL && strcmp(r->type->group, "llmd.ai") != 0
                            ? sim_schema_go_error(schema, value, r->arena)
                            : NULL;
    if (wrong != NULL)
        return refuse(r, wrong, patched);
    if (strict != NULL && wva_str_eq(mode, "Strict"))
        return refuse(r, wva_arena_printf(r->arena, "strict decoding error: %s", strict), patched);
    if (!wva_str_eq(mode, "Ignore"))
        warn_all(r, &unknown, duplicates);
    return 0;
}

static struct wva_value *causes_of(struct api_request *r, const struct sim_findings *invalid)
{
    struct wva_value *causes = wva_array(r->arena);
    for (const struct sim_finding *one = invalid->first; one != NULL; one = one->next) {
        struct wva_value *cause = wva_object(r->arena);
        wva_put(r->arena, cause, wva_string(r->arena, one->reason), "reason");
        wva_put(r->arena, cause, wva_string(r->arena, one->text), "message");
        wva_put(r->arena, cause, wva_string(r->arena, one->field), "field");
        wva_array_append(r->arena, causes, cause);
    }
    return causes;
}

int api_fail_invalid(struct api_request *r, const char *name, const struct sim_findings *invalid)
{
    const char *text = "";
    for (const struct sim_finding *one = invalid->first; one != NULL; one = one->next)
        text = wva_arena_printf(r->arena, "%s%s%s: %s", text, one == invalid->first ? "" : ", ",
                                one->field, one->text);
    if (invalid->count > 1)
        text = wva_arena_printf(r->arena, "[%s]", text);
    struct wva_value *details = wva_object(r->arena);
    if (name != NULL) {
        wva_put(r->arena, details, wva_string(r->arena, name), "name");
        if (r->type->group[0] != '\0')
            wva_put(r->arena, details, wva_string(r->arena, r->type->group), "group");
        wva_put(r->arena, details, wva_string(r->arena, r->type->kind), "kind");
    }
    wva_put(r->arena, details, causes_of(r, invalid), "causes");
    return api_fail(r, 422, "Invalid", details, "%s \"%s\" is invalid: %s",
                    name != NULL ? api_qualified_kind(r->arena, r->type) : "",
                    name != NULL ? name : "", text);
}
