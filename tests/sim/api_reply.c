// SPDX-License-Identifier: Apache-2.0
// Answers: objects, texts, and Status objects in the real server's words (apimachinery's
// api/errors/errors.go).

#include "api.h"

#include "wva/codec/json.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <string.h>

void api_reply_value(struct api_request *r, int status, const struct wva_value *value)
{
    r->status = status;
    r->content_type = "application/json";
    wva_buf_clear(&r->out);
    wva_json_write(&r->out, value, 0);
    wva_buf_putc(&r->out, '\n');
}

void api_reply_text(struct api_request *r, int status, const char *type, const char *text)
{
    r->status = status;
    r->content_type = type;
    wva_buf_clear(&r->out);
    wva_buf_puts(&r->out, text);
}

void api_add_warning(struct api_request *r, const char *text)
{
    wva_buf_puts(&r->head, "Warning: 299 - \"");
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            wva_buf_putc(&r->head, '\\');
        wva_buf_putc(&r->head, *text);
    }
    wva_buf_puts(&r->head, "\"\r\n");
}

struct wva_value *api_status_value(struct wva_arena *arena, int code, const char *reason,
                                   const char *message, struct wva_value *details)
{
    struct wva_value *status = wva_object(arena);
    wva_put(arena, status, wva_string(arena, "Status"), "kind");
    wva_put(arena, status, wva_string(arena, "v1"), "apiVersion");
    wva_put(arena, status, wva_object(arena), "metadata");
    wva_put(arena, status, wva_string(arena, code < 400 ? "Success" : "Failure"), "status");
    if (message != NULL)
        wva_put(arena, status, wva_string(arena, message), "message");
    if (!wva_str_empty(reason))
        wva_put(arena, status, wva_string(arena, reason), "reason");
    if (details != NULL)
        wva_put(arena, status, details, "details");
    if (code >= 400)
        wva_put(arena, status, wva_int(arena, code), "code");
    return status;
}

int api_fail(struct api_request *r, int code, const char *reason, struct wva_value *details,
             const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *message = wva_arena_vprintf(r->arena, fmt, args);
    va_end(args);
    api_reply_value(r, code, api_status_value(r->arena, code, reason, message, details));
    return -1;
}

const char *api_qualified_resource(struct wva_arena *arena, const struct sim_type *type)
{
    if (type->group[0] == '\0')
        return type->resource;
    return wva_arena_printf(arena, "%s.%s", type->resource, type->group);
}

const char *api_qualified_kind(struct wva_arena *arena, const struct sim_type *type)
{
    if (type->group[0] == '\0')
        return type->kind;
    return wva_arena_printf(arena, "%s.%s", type->kind, type->group);
}

struct wva_value *api_details(struct api_request *r, const char *name)
{
    struct wva_value *details = wva_object(r->arena);
    if (name != NULL)
        wva_put(r->arena, details, wva_string(r->arena, name), "name");
    if (r->group != NULL && r->group[0] != '\0')
        wva_put(r->arena, details, wva_string(r->arena, r->group), "group");
    if (r->resource != NULL)
        wva_put(r->arena, details, wva_string(r->arena, r->resource), "kind");
    return details;
}

int api_fail_not_found(struct api_request *r, const char *name)
{
    return api_fail(r, 404, "NotFound", api_details(r, name), "%s \"%s\" not found",
                    api_qualified_resource(r->arena, r->type), name);
}

int api_fail_conflict(struct api_request *r, const char *name, const char *why)
{
    if (why == NULL)
        why = "the object has been modified; please apply your changes to the latest version and "
              "try again";
    return api_fail(r, 409, "Conflict", api_details(r, name),
                    "Operation cannot be fulfilled on %s \"%s\": %s",
                    api_qualified_resource(r->arena, r->type), name, why);
}

int api_fail_page(struct api_request *r)
{
    api_reply_text(r, 404, "text/plain; charset=utf-8", "404 page not found\n");
    return -1;
}
