// SPDX-License-Identifier: Apache-2.0
/*
 * The verbs of the API as paths, queries and bodies; send.c gets them through. Writes name their
 * field manager and ask for strict validation, so that a misspelt field is an error and not a
 * warning nobody reads.
 */
#include "client_priv.h"

#include "wva/codec/json.h"
#include "wva/http/url.h"
#include "wva/util/buf.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#define PAGE_SIZE    "500"
#define PAGES_MAX    200 /* 100,000 objects */
#define RESTARTS_MAX 3

/*
 * Setting up.
 */

/* "kubectl-wva/0.1.0 (linux/amd64)": the server takes the part before '/' as default field manager.
 */
static const char *user_agent(struct wva_arena *arena)
{
    static const struct {
        const char *machine, *go;
    } names[] = {{"x86_64", "amd64"}, {"aarch64", "arm64"}, {"armv7l", "arm"}, {"i686", "386"}};
    struct utsname host;

    if (uname(&host) < 0)
        return WVA_FIELD_MANAGER "/" WVA_VERSION;
    for (char *c = host.sysname; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    const char *machine = host.machine;
    for (size_t i = 0; i < WVA_COUNT(names); i++)
        if (strcmp(host.machine, names[i].machine) == 0)
            machine = names[i].go;
    return wva_arena_printf(arena, WVA_FIELD_MANAGER "/" WVA_VERSION " (%s/%s)", host.sysname,
                            machine);
}

static size_t count_strings(const char *const *list)
{
    size_t count = 0;

    while (list != NULL && list[count] != NULL)
        count++;
    return count;
}

/* "key=value" as "Impersonate-Extra-<key>: value"; the key is escaped and lower case. */
static const char *extra_header(struct wva_arena *arena, const char *pair)
{
    const char *equals = strchr(pair, '=');
    const size_t len = equals != NULL ? (size_t)(equals - pair) : strlen(pair);
    char *key = wva_arena_strndup(arena, pair, len);

    for (char *c = key; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    return wva_arena_printf(arena, "Impersonate-Extra-%s: %s", wva_url_escape(arena, key),
                            equals != NULL ? equals + 1 : "");
}

static const char *const *identity_headers(struct wva_arena *arena,
                                           const struct wva_kube_config *config)
{
    const size_t groups = count_strings(config->as_groups);
    const size_t extras = count_strings(config->as_extra);
    const char **lines = wva_arena_calloc(arena, groups + extras + 3, sizeof(*lines));
    size_t at = 0;

    if (!wva_str_empty(config->as))
        lines[at++] = wva_arena_printf(arena, "Impersonate-User: %s", config->as);
    if (!wva_str_empty(config->as_uid))
        lines[at++] = wva_arena_printf(arena, "Impersonate-Uid: %s", config->as_uid);
    for (size_t i = 0; i < groups; i++)
        lines[at++] = wva_arena_printf(arena, "Impersonate-Group: %s", config->as_groups[i]);
    for (size_t i = 0; i < extras; i++)
        lines[at++] = extra_header(arena, config->as_extra[i]);
    return lines;
}

/* kubectl drops them without a word, and then wonders about "system:anonymous". */
static void warn_about_plain_http(const struct wva_kube *kube)
{
    if (kube->options.messages != NULL && kube->config->credentials_dropped)
        (void)fprintf(kube->options.messages,
                      "Warning: credentials are not sent: %s is not an https URL\n",
                      kube->config->server);
}

static struct wva_http_profile profile_of(struct wva_kube *kube, const struct wva_env *env)
{
    const struct wva_kube_config *config = kube->config;

    return (struct wva_http_profile){
        .base_url = config->server,
        .ca_pem = config->ca_pem,
        .ca_pem_len = config->ca_pem_len,
        .ca_file = env->get(env->ctx, "SSL_CERT_FILE"),
        .insecure = config->insecure,
        .tls_server_name = config->tls_server_name,
        .proxy = config->proxy,
        .user_agent = user_agent(&kube->arena),
        .disable_compression = config->disable_compression,
        .request_timeout_ms = config->request_timeout_ms,
        .verbosity = kube->options.verbosity,
        .trace = kube->options.messages,
    };
}

int wva_kube_new(const struct wva_kube_config *config, const struct wva_env *env,
                 const struct wva_kube_options *options, struct wva_kube **ret,
                 struct wva_error *err)
{
    struct wva_kube *kube = wva_xcalloc(1, sizeof(*kube));

    kube->config = config;
    kube->options = *options;
    kube->pace = (struct wva_kube_pace){.retry_ms = 1000,
                                        .backoff_ms = 800,
                                        .backoff_max_ms = 30000,
                                        .healthy_ms = 120000,
                                        .short_ms = 1000};
    kube->identity = identity_headers(&kube->arena, config);
    const struct wva_http_profile profile = profile_of(kube, env);
    if (wva_http_new(&profile, &kube->http, err) < 0) {
        wva_kube_free(kube);
        return -1;
    }
    if (wva_str_has_prefix(config->server, "https://"))
        kube->auth = wva_kube_auth_new(config, env, options->stdin_is_terminal);
    warn_about_plain_http(kube);
    *ret = kube;
    return 0;
}

void wva_kube_free(struct wva_kube *kube)
{
    if (kube == NULL)
        return;
    wva_kube_free_watches(kube);
    wva_http_free(kube->http);
    wva_kube_auth_free(kube->auth);
    wva_arena_done(&kube->arena);
    free(kube);
}

const struct wva_kube_config *wva_kube_config_of(const struct wva_kube *kube)
{
    return kube->config;
}

/*
 * Reading.
 */

int wva_kube_get_path(struct wva_kube *kube, struct wva_arena *arena, const char *path,
                      struct wva_value **ret, struct wva_error *err)
{
    return wva_kube_send_json(
        kube, arena, &(struct wva_kube_call){.method = "GET", .path = path, .repeatable = true},
        ret, err);
}

int wva_kube_get(struct wva_kube *kube, struct wva_arena *arena, const struct wva_kube_type *type,
                 const char *namespace_, const char *name, struct wva_value **ret,
                 struct wva_error *err)
{
    const char *path = wva_kube_path(arena, type, namespace_, name);

    return wva_kube_get_path(kube, arena, path, ret, err) < 0 ? wva_kube_name_api(type, err) : 0;
}

/* What one collection's pages add up to. */
struct listing {
    const struct wva_kube_type *type;
    const char *api_version;
    struct wva_value *items;
    const char *version;
    const char *next; /* continue token; "" after the last page */
};

/* Objects in a list come without apiVersion and kind. */
static int take_page(struct wva_arena *arena, struct listing *listing, struct wva_value *page,
                     struct wva_error *err)
{
    const struct wva_value *items = wva_get(page, "items");
    const char *next = wva_get_str(page, "metadata", "continue");

    if (items != NULL && items->kind != WVA_ARRAY && items->kind != WVA_NULL)
        return wva_error_set(err, WVA_E_PROTOCOL, "cannot read the list of %s: items is no array",
                             listing->type->resource);
    for (size_t i = 0; items != NULL && i < items->count; i++) {
        struct wva_value *item = items->items[i];
        if (item->kind != WVA_OBJECT)
            return wva_error_set(err, WVA_E_PROTOCOL,
                                 "cannot read the list of %s: items[%zu] is no object",
                                 listing->type->resource, i);
        wva_object_set(arena, item, "apiVersion", wva_string(arena, listing->api_version));
        wva_object_set(arena, item, "kind", wva_string(arena, listing->type->kind));
        wva_array_append(arena, listing->items, item);
    }
    listing->version = wva_get_str(page, "metadata", "resourceVersion");
    listing->next = next != NULL ? next : "";
    return 0;
}

static int list_pages(struct wva_kube *kube, struct wva_arena *arena, const char *path,
                      const char *selector, const char *field_selector, struct listing *listing,
                      struct wva_error *err)
{
    listing->items = wva_array(arena);
    listing->next = "";
    for (unsigned pages = 0; pages < PAGES_MAX; pages++) {
        struct wva_value *page;
        const char *query =
            wva_kube_query(arena, (const char *const[]){"limit", PAGE_SIZE, "labelSelector",
                                                        selector, "fieldSelector", field_selector,
                                                        "continue", listing->next, NULL});
        if (wva_kube_get_path(kube, arena, wva_arena_printf(arena, "%s%s", path, query), &page,
                              err) < 0 ||
            take_page(arena, listing, page, err) < 0)
            return -1;
        if (listing->next[0] == '\0')
            return 0;
    }
    return wva_error_set(err, WVA_E_PROTOCOL, "the list of %s does not end",
                         listing->type->resource);
}

int wva_kube_list(struct wva_kube *kube, struct wva_arena *arena, const struct wva_kube_type *type,
                  const char *namespace_, const char *selector, const char *field_selector,
                  struct wva_value **ret, const char **ret_version, struct wva_error *err)
{
    const char *path = wva_kube_path(arena, type, namespace_, NULL);
    struct listing listing = {.type = type, .api_version = wva_kube_api_version(arena, type)};

    for (unsigned restarts = 0;; restarts++) {
        if (list_pages(kube, arena, path, selector, field_selector, &listing, err) == 0)
            break;
        /* the continue token was too old: what was read so far cannot be completed */
        if (err->code != WVA_E_GONE || listing.next[0] == '\0' || restarts == RESTARTS_MAX)
            return wva_kube_name_api(type, err);
        wva_error_clear(err);
    }
    *ret = listing.items;
    if (ret_version != NULL)
        *ret_version = listing.version != NULL ? listing.version : "";
    return 0;
}

int wva_kube_logs(struct wva_kube *kube, struct wva_arena *arena, const char *namespace_,
                  const char *pod, const struct wva_log_options *options, char **ret,
                  size_t *ret_len, struct wva_error *err)
{
    const char *tail = options->tail_lines > 0
                           ? wva_arena_printf(arena, "%lld", (long long)options->tail_lines)
                           : NULL;
    const char *query = wva_kube_query(
        arena, (const char *const[]){"container", options->container, "previous",
                                     options->previous ? "true" : NULL, "tailLines", tail, NULL});
    const char *path = wva_arena_printf(
        arena, "%s/log%s", wva_kube_path(arena, &wva_type_pod, namespace_, pod), query);
    struct wva_http_response response;

    if (wva_kube_send(kube, arena,
                      &(struct wva_kube_call){.method = "GET",
                                              .path = path,
                                              .accept = "application/json, */*",
                                              .ceiling = options->ceiling,
                                              .repeatable = true},
                      &response, err) < 0)
        return -1;
    *ret = wva_arena_strndup(arena, response.body, response.body_len);
    *ret_len = response.body_len;
    return 0;
}

/*
 * Writing.
 */

/* The command that shows what became of a write nobody answered. */
static const char *look_command(struct wva_arena *arena, const struct wva_kube_type *type,
                                const char *namespace_, const char *name)
{
    const char *object = wva_kube_object_name(arena, type, name != NULL ? name : "");

    if (namespace_ == NULL)
        return wva_arena_printf(arena, "kubectl get %s", object);
    return wva_arena_printf(arena, "kubectl get %s -n %s", object, namespace_);
}

struct write {
    const char *method;
    const char *content_type;
    const char *namespace_;
    const char *name;        /* for messages */
    const char *target_name; /* in the path; NULL: the collection */
    const struct wva_value *body;
    enum wva_dry_run dry_run;
    bool repeatable;
};

static int write_object(struct wva_kube *kube, struct wva_arena *arena,
                        const struct wva_kube_type *type, const struct write *write,
                        struct wva_value **ret, struct wva_error *err)
{
    /* never a real write when any kind of dry run was asked for */
    const char *dry_run = write->dry_run != WVA_DRY_RUN_NONE ? "All" : NULL;
    const char *query = wva_kube_query(
        arena, (const char *const[]){"fieldManager", WVA_FIELD_MANAGER, "fieldValidation", "Strict",
                                     "dryRun", dry_run, NULL});
    const char *path = wva_kube_path(arena, type, write->namespace_, write->target_name);
    const struct wva_kube_call call = {
        .method = write->method,
        .path = wva_arena_printf(arena, "%s%s", path, query),
        .content_type = write->content_type,
        .body = wva_json_text(arena, write->body),
        .repeatable = write->repeatable,
        .look = look_command(arena, type, write->namespace_, write->name),
    };

    return wva_kube_send_json(kube, arena, &call, ret, err) < 0 ? wva_kube_name_api(type, err) : 0;
}

int wva_kube_create(struct wva_kube *kube, struct wva_arena *arena,
                    const struct wva_kube_type *type, const struct wva_value *object,
                    enum wva_dry_run dry_run, struct wva_value **ret, struct wva_error *err)
{
    const struct write write = {
        .method = "POST",
        .content_type = "application/json",
        .namespace_ = wva_get_str(object, "metadata", "namespace"),
        .name = wva_get_str(object, "metadata", "name"),
        .body = object,
        .dry_run = dry_run,
    };

    return write_object(kube, arena, type, &write, ret, err);
}

/* To apply what is not there takes the right to create it, too. Up to Kubernetes 1.30 at least the
 * API server refuses that without a reason. */
static int explain_refusal(const struct wva_kube_type *type, const char *namespace_,
                           struct wva_error *err)
{
    const size_t len = strlen(err->msg);

    if (err->code != WVA_E_FORBIDDEN || !wva_str_has_suffix(err->msg, "is forbidden: "))
        return -1;
    (void)snprintf(err->msg + len, sizeof(err->msg) - len, "it may be patched, but not created");
    return wva_error_hint(err, "kubectl auth can-i create %s%s%s -n %s", type->resource,
                          type->group[0] != '\0' ? "." : "", type->group, namespace_);
}

int wva_kube_apply(struct wva_kube *kube, struct wva_arena *arena, const struct wva_kube_type *type,
                   const struct wva_value *object, enum wva_dry_run dry_run, struct wva_value **ret,
                   struct wva_error *err)
{
    const char *name = wva_get_str(object, "metadata", "name");
    const struct write write = {
        .method = "PATCH",
        .content_type = "application/apply-patch+yaml", /* JSON is YAML */
        .namespace_ = wva_get_str(object, "metadata", "namespace"),
        .name = name,
        .target_name = name,
        .body = object,
        .dry_run = dry_run,
        .repeatable = true, /* applying twice says the same twice */
    };

    if (wva_str_empty(name))
        return wva_error_set(err, WVA_E_INVALID, "cannot apply a %s without metadata.name",
                             type->kind);
    if (write_object(kube, arena, type, &write, ret, err) < 0)
        return explain_refusal(type, write.namespace_, err);
    return 0;
}

int wva_kube_merge_patch(struct wva_kube *kube, struct wva_arena *arena,
                         const struct wva_kube_type *type, const char *namespace_, const char *name,
                         const struct wva_value *patch, enum wva_dry_run dry_run,
                         struct wva_value **ret, struct wva_error *err)
{
    const struct write write = {
        .method = "PATCH",
        .content_type = "application/merge-patch+json",
        .namespace_ = namespace_,
        .name = name,
        .target_name = name,
        .body = patch,
        .dry_run = dry_run,
    };

    return write_object(kube, arena, type, &write, ret, err);
}

/* An API server that gets a body looks for dryRun there, and not in the query. */
static const char *delete_options(struct wva_arena *arena, const char *uid, bool dry_run)
{
    struct wva_value *options = wva_object(arena);

    wva_put(arena, options, wva_string(arena, "v1"), "apiVersion");
    wva_put(arena, options, wva_string(arena, "DeleteOptions"), "kind");
    wva_put(arena, options, wva_string(arena, "Background"), "propagationPolicy");
    if (uid != NULL)
        wva_put(arena, options, wva_string(arena, uid), "preconditions", "uid");
    if (dry_run) {
        struct wva_value *stages = wva_array(arena);
        wva_array_append(arena, stages, wva_string(arena, "All"));
        wva_put(arena, options, stages, "dryRun");
    }
    return wva_json_text(arena, options);
}

/* Not there, or another object by that name: the one meant is gone. The two wordings are those of
 * apimachinery's storage and of its graceful deletion. */
static bool is_gone(const struct wva_error *err, const char *uid)
{
    if (err->code == WVA_E_NOT_FOUND)
        return true;
    return err->code == WVA_E_CONFLICT && uid != NULL &&
           (strstr(err->msg, "UID in precondition") != NULL ||
            strstr(err->msg, "UID in the precondition") != NULL);
}

static int delete_object(struct wva_kube *kube, const struct wva_kube_type *type,
                         const char *namespace_, const char *name, const char *uid, bool dry_run,
                         struct wva_error *err)
{
    wva_auto_arena arena = {0};
    const struct wva_kube_call call = {
        .method = "DELETE",
        .path = wva_kube_path(&arena, type, namespace_, name),
        .content_type = "application/json",
        .body = delete_options(&arena, uid, dry_run),
        .repeatable = uid != NULL, /* without it the second try may hit a successor */
        .look = look_command(&arena, type, namespace_, name),
    };

    if (wva_kube_send_json(kube, &arena, &call, NULL, err) == 0)
        return 0;
    if (!is_gone(err, uid))
        return wva_kube_name_api(type, err);
    wva_error_clear(err);
    return 0;
}

int wva_kube_delete(struct wva_kube *kube, const struct wva_kube_type *type, const char *namespace_,
                    const char *name, const char *uid, struct wva_error *err)
{
    return delete_object(kube, type, namespace_, name, uid, false, err);
}

int wva_kube_delete_check(struct wva_kube *kube, const struct wva_kube_type *type,
                          const char *namespace_, const char *name, const char *uid,
                          struct wva_error *err)
{
    return delete_object(kube, type, namespace_, name, uid, true, err);
}
