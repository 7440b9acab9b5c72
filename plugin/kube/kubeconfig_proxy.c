// SPDX-License-Identifier: Apache-2.0
/*
 * Through which proxy, by Go's rules, which differ from libcurl's: proxy-url of the cluster wins
 * and asks nobody; else HTTPS_PROXY or HTTP_PROXY by the server's scheme, upper case before lower,
 * unless NO_PROXY has the host. ALL_PROXY is not looked at. A proxy's URL may hold a password, so
 * messages show its scheme and nothing else.
 */
#include "kubeconfig_priv.h"

#include "wva/http/url.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <string.h>
#include <strings.h>

/* Go lets a SOCKS5 proxy resolve the host name; libcurl calls that socks5h. */
static const struct {
    const char *scheme;
    const char *curl;
} schemes[] = {{"http", "http"}, {"https", "https"}, {"socks5", "socks5h"}};

/* The URL as libcurl is to have it, or NULL when the scheme is none of ours. */
static const char *for_curl(struct wva_arena *arena, const char *url)
{
    const char *rest = strstr(url, "://");

    if (rest == NULL)
        return NULL;
    for (size_t i = 0; i < WVA_COUNT(schemes); i++) {
        if (strlen(schemes[i].scheme) == (size_t)(rest - url) &&
            strncasecmp(url, schemes[i].scheme, (size_t)(rest - url)) == 0)
            return wva_arena_printf(arena, "%s%s", schemes[i].curl, rest);
    }
    return NULL;
}

/* `scheme "ftp"` or `no scheme`, for messages. */
static const char *scheme_of(struct wva_arena *arena, const char *url)
{
    const char *rest = strstr(url, "://");

    return rest ? wva_arena_printf(arena, "scheme \"%.*s\"", (int)(rest - url), url) : "no scheme";
}

static const char *either(const struct wva_env *env, const char *upper, const char *lower,
                          const char **ret_name)
{
    const char *value = env->get(env->ctx, upper);

    *ret_name = upper;
    if (!wva_str_empty(value))
        return value;
    *ret_name = lower;
    return env->get(env->ctx, lower);
}

static int from_environment(struct wva_arena *arena, const struct wva_env *env,
                            const struct wva_url *server, const char **ret, struct wva_error *err)
{
    bool https = strcmp(server->scheme, "https") == 0;
    const char *name = NULL, *ignored = NULL;
    const char *value = https ? either(env, "HTTPS_PROXY", "https_proxy", &name)
                              : either(env, "HTTP_PROXY", "http_proxy", &name);
    const char *no_proxy = either(env, "NO_PROXY", "no_proxy", &ignored);

    if (wva_str_empty(value) || wva_url_bypasses_proxy(server->host, server->port, no_proxy))
        return 0;

    if (strstr(value, "://") == NULL)
        value = wva_arena_printf(arena, "http://%s", value);
    const char *proxy = for_curl(arena, value);
    if (proxy == NULL)
        return wva_error_set(err, WVA_E_CONFIG,
                             "cannot use the proxy in %s: %s, must be http, https or socks5", name,
                             scheme_of(arena, value));
    *ret = proxy;
    return 0;
}

int wva_kubeconfig_proxy(struct wva_arena *arena, const struct wva_kubeconfig_entry *entry,
                         const struct wva_env *env, struct wva_kube_config *config,
                         struct wva_error *err)
{
    const char *given = NULL;
    struct wva_url server;

    if (wva_kubeconfig_str(arena, entry, "proxy-url", &given, err) < 0 ||
        wva_url_parse(arena, config->server, &server, err) < 0)
        return -1;
    if (given == NULL)
        return from_environment(arena, env, &server, &config->proxy, err);

    config->proxy_url = given;
    config->proxy = for_curl(arena, given);
    if (config->proxy == NULL)
        return wva_kubeconfig_fail(entry, "proxy-url", err, "has %s, must be http, https or socks5",
                                   scheme_of(arena, given));
    return 0;
}
