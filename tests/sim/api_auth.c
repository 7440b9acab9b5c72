// SPDX-License-Identifier: Apache-2.0
// Who asks, and may they: an administrator by certificate, token or password, users with few rights
// by token, and whom an administrator impersonates.

#include "api.h"
#include "api_users.h"
#include "tls.h"

#include "wva/util/encode.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <string.h>
#include <strings.h>

struct api_rule {
    const char *resource; /* "jobs", "pods/log"; "*" any */
    const char *verbs;    /* " get list " with blanks around each */
};

/* What docs tell an administrator to grant for benchmarks in one namespace. */
static const struct api_rule user_rules[] = {
    {"jobs", " get list watch create delete patch "},
    {"pods", " get list watch "},
    {"pods/log", " get "},
    {"events", " get list watch "},
    {"configmaps", " get list watch create update patch delete "},
    {"deployments", " get list watch create patch delete "},
    {"replicasets", " get list watch "},
    {"services", " get list watch create patch delete "},
    {"services/proxy", " get "},
    {"endpoints", " get "},
    {"persistentvolumeclaims", " get "},
    {"resourcequotas", " get list "},
    {"variantautoscalings", " get list watch update patch "},
    {NULL, NULL},
};

static const struct api_rule viewer_rules[] = {
    {"*", " get list watch "},
    {NULL, NULL},
};

static const struct api_rule no_rules[] = {{NULL, NULL}};

static const char *const masters[] = {"system:masters", "system:authenticated", NULL};
static const char *const authenticated[] = {"system:authenticated", NULL};
static const char *const unauthenticated[] = {"system:unauthenticated", NULL};

static const struct {
    const char *token;
    struct api_user user;
} tokens[] = {
    {SIM_TOKEN_ADMIN, {"token-admin", masters, NULL, NULL}},
    {SIM_TOKEN_EXEC, {"exec-admin", masters, NULL, NULL}},
    {SIM_TOKEN_USER, {"jane", authenticated, SIM_USER_NAMESPACE, user_rules}},
    {SIM_TOKEN_VIEWER, {"victor", authenticated, SIM_USER_NAMESPACE, viewer_rules}},
    {SIM_TOKEN_NOBODY, {"nobody", authenticated, "", no_rules}},
};

static int unauthorized(struct api_request *r)
{
    return api_fail(r, 401, "Unauthorized", NULL, "Unauthorized");
}

static int by_token(struct api_request *r, const char *token)
{
    for (size_t i = 0; i < WVA_COUNT(tokens); i++)
        if (strcmp(tokens[i].token, token) == 0) {
            r->user = tokens[i].user;
            return 0;
        }
    return unauthorized(r);
}

static int by_password(struct api_request *r, const char *encoded)
{
    wva_auto_secret pair = {0};
    size_t bad = 0;
    if (wva_base64_decode(encoded, strlen(encoded), &pair, &bad) < 0 ||
        !wva_str_eq(pair.data, SIM_BASIC_USER ":" SIM_BASIC_PASSWORD))
        return unauthorized(r);
    r->user = (struct api_user){SIM_BASIC_USER, masters, NULL, NULL};
    return 0;
}

/* Sets who it is, before impersonation. */
static int identify(struct api_request *r)
{
    const char *authorization = api_header(r, "Authorization");
    const char *organization = NULL;
    const char *name =
        r->conn->ssl != NULL ? sim_tls_peer(r->conn->ssl, r->arena, &organization) : NULL;
    if (name != NULL) {
        r->user = (struct api_user){
            name, wva_str_eq(organization, masters[0]) ? masters : authenticated, NULL, NULL};
        return 0;
    }
    if (authorization != NULL && strncasecmp(authorization, "Bearer ", 7) == 0)
        return by_token(r, authorization + 7);
    if (authorization != NULL && strncasecmp(authorization, "Basic ", 6) == 0)
        return by_password(r, authorization + 6);
    if (r->sim->options.plain_http)
        r->user = (struct api_user){"proxy", masters, NULL, NULL};
    else
        r->user = (struct api_user){"system:anonymous", unauthenticated, "", no_rules};
    return 0;
}

/* Groups asked for by Impersonate-Group, which may be repeated. */
static const char *const *impersonated_groups(struct api_request *r)
{
    const char **groups = wva_arena_calloc(r->arena, r->header_count + 2, sizeof(*groups));
    size_t count = 0;
    for (size_t i = 0; i < r->header_count; i++)
        if (strcasecmp(r->headers[i].name, "Impersonate-Group") == 0)
            groups[count++] = r->headers[i].value;
    groups[count] = "system:authenticated";
    return groups;
}

static int impersonate(struct api_request *r)
{
    const char *name = api_header(r, "Impersonate-User");
    if (name == NULL)
        return 0;
    if (r->user.rules != NULL)
        return api_fail(r, 403, "Forbidden", NULL,
                        "users \"%s\" is forbidden: User \"%s\" cannot impersonate resource "
                        "\"users\" in API group \"\" at the cluster scope",
                        name, r->user.name);
    struct api_user as = {name, impersonated_groups(r), "", no_rules};
    for (size_t i = 0; i < WVA_COUNT(tokens); i++)
        if (strcmp(tokens[i].user.name, name) == 0) {
            as.rules = tokens[i].user.rules;
            as.namespace_ = tokens[i].user.namespace_;
        }
    for (size_t i = 0; as.groups[i] != NULL; i++)
        if (strcmp(as.groups[i], masters[0]) == 0) {
            as.rules = NULL;
            as.namespace_ = NULL;
        }
    r->user = as;
    return 0;
}

int api_authenticate(struct api_request *r)
{
    if (r->fault.unauthorized)
        return unauthorized(r);
    if (identify(r) < 0)
        return -1;
    return impersonate(r);
}

static bool rule_allows(const struct api_rule *rule, const char *resource, const char *verb)
{
    wva_auto_arena arena = {0};
    if (strcmp(rule->resource, "*") != 0 && strcmp(rule->resource, resource) != 0)
        return false;
    return strstr(rule->verbs, wva_arena_printf(&arena, " %s ", verb)) != NULL;
}

bool api_may(const struct api_user *user, const char *namespace_, const char *verb,
             const char *group, const char *resource, const char *subresource)
{
    wva_auto_arena arena = {0};
    if (user->rules == NULL)
        return true;
    if (wva_str_eq(group, "authorization.k8s.io") || wva_str_eq(group, "authentication.k8s.io"))
        return !wva_str_has_prefix(user->name, "system:anonymous");
    if (!wva_str_eq(namespace_ != NULL ? namespace_ : "", user->namespace_) ||
        wva_str_empty(namespace_))
        return false;
    const char *full = wva_str_empty(subresource)
                           ? resource
                           : wva_arena_printf(&arena, "%s/%s", resource, subresource);
    for (const struct api_rule *rule = user->rules; rule->resource != NULL; rule++)
        if (rule_allows(rule, full, verb))
            return true;
    return false;
}

static int forbidden_resource(struct api_request *r)
{
    const char *subject = r->group[0] == '\0'
                              ? r->resource
                              : wva_arena_printf(r->arena, "%s.%s", r->resource, r->group);
    const char *full = r->subresource == NULL
                           ? r->resource
                           : wva_arena_printf(r->arena, "%s/%s", r->resource, r->subresource);
    const char *object =
        r->name != NULL ? wva_arena_printf(r->arena, "%s \"%s\"", subject, r->name) : subject;
    const char *scope = r->namespace_ != NULL
                            ? wva_arena_printf(r->arena, "in the namespace \"%s\"", r->namespace_)
                            : "at the cluster scope";
    return api_fail(r, 403, "Forbidden", api_details(r, r->name),
                    "%s is forbidden: User \"%s\" cannot %s resource \"%s\" in API group \"%s\" %s",
                    object, r->user.name, r->verb, full, r->group, scope);
}

/* Paths that system:public-info-viewer and system:discovery open. */
static bool open_path(const struct api_request *r)
{
    static const char *const anybody[] = {"/version", "/livez", "/readyz", "/healthz"};
    static const char *const known[] = {"/api", "/openapi"};
    for (size_t i = 0; i < WVA_COUNT(anybody); i++)
        if (wva_str_has_prefix(r->path, anybody[i]))
            return true;
    if (r->user.groups == unauthenticated)
        return false;
    for (size_t i = 0; i < WVA_COUNT(known); i++)
        if (wva_str_has_prefix(r->path, known[i]))
            return true;
    return r->user.rules == NULL;
}

static const char *path_verb(const char *method)
{
    static const char *const verbs[][2] = {
        {"GET", "get"}, {"POST", "post"}, {"PUT", "put"}, {"PATCH", "patch"}, {"DELETE", "delete"}};
    for (size_t i = 0; i < WVA_COUNT(verbs); i++)
        if (strcmp(verbs[i][0], method) == 0)
            return verbs[i][1];
    return "get";
}

int api_authorize(struct api_request *r)
{
    if (r->resource != NULL && r->fault.forbidden)
        return forbidden_resource(r);
    if (r->resource != NULL)
        return api_may(&r->user, r->namespace_, r->verb, r->group, r->resource, r->subresource)
                   ? 0
                   : forbidden_resource(r);
    if (open_path(r) && !r->fault.forbidden)
        return 0;
    return api_fail(r, 403, "Forbidden", NULL, "forbidden: User \"%s\" cannot %s path \"%s\"",
                    r->user.name, path_verb(r->method), r->path);
}
