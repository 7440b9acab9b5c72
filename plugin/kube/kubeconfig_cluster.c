// SPDX-License-Identifier: Apache-2.0
/* One cluster entry and the flags that override it: to a server, how to trust it and how to reach
 * it. */
#include "kubeconfig_priv.h"

#include "wva/http/url.h"
#include "wva/util/str.h"

#include <string.h>

/* Without a trailing '/', and without the port where it is the scheme's own. */
static const char *normalize(struct wva_arena *arena, const struct wva_url *url)
{
    bool ipv6 = strchr(url->host, ':') != NULL;
    bool common = url->port == (strcmp(url->scheme, "https") == 0 ? 443 : 80);
    const char *port = common ? "" : wva_arena_printf(arena, ":%u", url->port);

    return wva_arena_printf(arena, "%s://%s%s%s%s%s", url->scheme, ipv6 ? "[" : "", url->host,
                            ipv6 ? "]" : "", port, url->path);
}

/* client-go takes a server without scheme for plain http and then sends no credentials to it; that
 * surprise is refused. */
static int read_server(struct wva_arena *arena, const char *text, const char **ret,
                       struct wva_error *err)
{
    struct wva_url url;

    if (wva_url_parse(arena, text, &url, err) < 0) {
        bool quotable = strchr(text, '@') == NULL; /* what is before it may be a password */
        return strstr(text, "://") == NULL && quotable
                   ? wva_error_hint(err, "write it as https://%s", text)
                   : -1;
    }
    if (strcmp(url.scheme, "https") != 0 && strcmp(url.scheme, "http") != 0)
        return wva_error_set(err, WVA_E_CONFIG, "scheme \"%s\" is neither https nor http",
                             url.scheme);
    if (url.has_user)
        return wva_error_set(err, WVA_E_CONFIG, "a user name or password has no place in the URL");

    *ret = normalize(arena, &url);
    return 0;
}

static int server_from_entry(struct wva_arena *arena, const struct wva_kubeconfig_entry *entry,
                             struct wva_kube_config *config, struct wva_error *err)
{
    const char *text = NULL;

    if (wva_kubeconfig_str(arena, entry, "server", &text, err) < 0 ||
        wva_kubeconfig_str(arena, entry, "tls-server-name", &config->tls_server_name, err) < 0)
        return -1;
    if (text == NULL)
        return wva_kubeconfig_fail(entry, NULL, err, "no server");
    if (read_server(arena, text, &config->server, err) < 0)
        return wva_kubeconfig_wrap(entry, "server", err);
    return 0;
}

/* A tls-server-name belongs to the server it was written for: --server drops it. */
static int server(struct wva_arena *arena, const struct wva_kubeconfig_entry *entry,
                  const struct wva_kube_flags *flags, struct wva_kube_config *config,
                  struct wva_error *err)
{
    if (wva_str_empty(flags->server)) {
        if (server_from_entry(arena, entry, config, err) < 0)
            return -1;
    } else if (read_server(arena, flags->server, &config->server, err) < 0) {
        return wva_error_wrap(err, "cannot use --server");
    }

    if (!wva_str_empty(flags->tls_server_name))
        config->tls_server_name = wva_arena_strdup(arena, flags->tls_server_name);
    return 0;
}

/* Either trust flag replaces all the entry says about trust. */
static int trust(struct wva_arena *arena, const struct wva_kubeconfig_entry *entry,
                 const struct wva_kube_flags *flags, struct wva_kube_config *config,
                 struct wva_error *err)
{
    const char *flag =
        wva_str_empty(flags->certificate_authority) ? NULL : flags->certificate_authority;
    wva_auto_secret ca = {0};

    if (flag != NULL && flags->insecure_skip_tls_verify)
        return wva_error_set(err, WVA_E_CONFIG,
                             "cannot use --certificate-authority together with "
                             "--insecure-skip-tls-verify: one trusts what the "
                             "other does not look at");
    config->insecure = flags->insecure_skip_tls_verify;
    if (config->insecure)
        return 0;

    if (flag == NULL &&
        wva_kubeconfig_bool(entry, "insecure-skip-tls-verify", &config->insecure, err) < 0)
        return -1;
    if (wva_kubeconfig_pem(entry, WVA_KUBECONFIG_CA, flag, &ca, err) < 0)
        return -1;
    if (config->insecure && !wva_secret_empty(&ca))
        return wva_kubeconfig_fail(entry, NULL, err,
                                   "both insecure-skip-tls-verify and a certificate authority; "
                                   "keep one");

    if (!wva_secret_empty(&ca)) {
        config->ca_pem = wva_arena_strndup(arena, ca.data, ca.len);
        config->ca_pem_len = ca.len;
    }
    return 0;
}

int wva_kubeconfig_cluster(struct wva_arena *arena, const struct wva_kubeconfig_entry *entry,
                           const struct wva_kube_flags *flags, const struct wva_env *env,
                           struct wva_kube_config *config, struct wva_error *err)
{
    if (server(arena, entry, flags, config, err) < 0 ||
        trust(arena, entry, flags, config, err) < 0 ||
        wva_kubeconfig_proxy(arena, entry, env, config, err) < 0 ||
        wva_kubeconfig_bool(entry, "disable-compression", &config->disable_compression, err) < 0)
        return -1;

    config->disable_compression |= flags->disable_compression;
    return 0;
}

struct wva_value *wva_kubeconfig_exec_extension(struct wva_arena *arena,
                                                const struct wva_kubeconfig_entry *cluster)
{
    const struct wva_value *list = wva_object_get(cluster->fields, "extensions");

    for (size_t i = 0; list != NULL && list->kind == WVA_ARRAY && i < list->count; i++) {
        const char *name = wva_get_str(list->items[i], "name");
        const struct wva_value *extension = wva_object_get(list->items[i], "extension");
        if (wva_str_eq(name, "client.authentication.k8s.io/exec") && extension != NULL)
            return wva_clone(arena, extension);
    }
    return NULL;
}
