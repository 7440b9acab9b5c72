// SPDX-License-Identifier: Apache-2.0
/*
 * What is asked of whom: a profile and its requests checked, and turned into the URL, header lines
 * and credentials that go on the wire. Knows nothing of libcurl but what its options need.
 */
#include "http_priv.h"

#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <string.h>

/* A host as it stands in a URL. */
static const char *bracketed(struct wva_arena *arena, const char *host)
{
    return strchr(host, ':') != NULL ? wva_arena_printf(arena, "[%s]", host) : host;
}

/* Host and, unless it is the scheme's own, port. */
static const char *authority(struct wva_arena *arena, const struct wva_url *url)
{
    const unsigned usual = strcmp(url->scheme, "https") == 0 ? 443 : 80;
    const char *host = bracketed(arena, url->host);

    return url->port == usual ? host : wva_arena_printf(arena, "%s:%u", host, url->port);
}

/*
 * Server Name Indication and verification take the URL's host, so a tls-server-name goes there;
 * CONNECT_TO leads it to the real address and the Host header says who is meant.
 */
static void use_tls_server_name(struct wva_arena *arena, const struct wva_url *url,
                                const char *name, struct wva_http_target *target)
{
    const char *alias = bracketed(arena, name);

    target->host = name;
    target->curl_base =
        wva_arena_printf(arena, "%s://%s:%u%s", url->scheme, alias, url->port, url->path);
    target->connect_to = wva_arena_printf(arena, "%s:%u:%s:%u", alias, url->port,
                                          bracketed(arena, url->host), url->port);
    target->host_header = wva_arena_printf(arena, "Host: %s", authority(arena, url));
}

static int set_proxy(struct wva_arena *arena, const char *proxy, struct wva_http_target *target,
                     struct wva_error *err)
{
    static const char *const schemes[] = {"http", "https", "socks5", "socks5h"};
    struct wva_url url;

    target->proxy = "";
    if (wva_str_empty(proxy))
        return 0;
    if (wva_url_parse(arena, proxy, &url, err) < 0)
        return wva_error_wrap(err, "cannot use the proxy");
    for (size_t i = 0; i < WVA_COUNT(schemes); i++) {
        if (strcmp(url.scheme, schemes[i]) != 0)
            continue;
        target->proxy = proxy;
        target->proxy_port = url.port;
        return 0;
    }
    return wva_error_set(err, WVA_E_CONFIG,
                         "cannot use the proxy: unsupported scheme \"%s\", must be http, https or "
                         "socks5",
                         url.scheme);
}

static int check_ca(const struct wva_http_profile *profile, struct wva_error *err)
{
    static const char begin[] = "-----BEGIN ";

    if (profile->ca_pem == NULL ||
        memmem(profile->ca_pem, profile->ca_pem_len, begin, sizeof(begin) - 1) != NULL)
        return 0;
    return wva_error_set(err, WVA_E_CONFIG,
                         "cannot load the certificate authority: no PEM block in it");
}

int wva_http_target_init(struct wva_arena *arena, const struct wva_http_profile *profile,
                         struct wva_http_target *ret, struct wva_error *err)
{
    struct wva_http_target target = {0};
    struct wva_url url;

    if (wva_url_parse(arena, profile->base_url, &url, err) < 0)
        return -1;
    target.tls = strcmp(url.scheme, "https") == 0;
    if (!target.tls && strcmp(url.scheme, "http") != 0)
        return wva_error_set(err, WVA_E_CONFIG,
                             "cannot use the server URL: unsupported scheme \"%s\", must be http "
                             "or https",
                             url.scheme);
    if (url.has_user)
        return wva_error_set(err, WVA_E_CONFIG,
                             "cannot use the server URL: it has user information before the host");
    if (check_ca(profile, err) < 0 || set_proxy(arena, profile->proxy, &target, err) < 0)
        return -1;

    target.host = url.host;
    target.prefix = url.path;
    target.origin = wva_arena_printf(arena, "%s://%s", url.scheme, authority(arena, &url));
    target.curl_base = wva_arena_printf(arena, "%s%s", target.origin, url.path);
    if (target.tls && !wva_str_empty(profile->tls_server_name))
        use_tls_server_name(arena, &url, profile->tls_server_name, &target);
    *ret = target;
    return 0;
}

static bool has_control(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            return true;
    return false;
}

int wva_http_check_request(const struct wva_http_request *request, struct wva_error *err)
{
    if (request->path[0] != '/' || has_control(request->path, strlen(request->path)) ||
        strpbrk(request->path, " #") != NULL)
        return wva_error_set(err, WVA_E_CONFIG, "cannot send a request for the path \"%s\"",
                             request->path);
    for (size_t i = 0; request->headers != NULL && request->headers[i] != NULL; i++) {
        const char *header = request->headers[i];
        if (has_control(header, strlen(header)))
            return wva_error_set(err, WVA_E_CONFIG,
                                 "cannot send the header %.*s: control character in its value",
                                 (int)strcspn(header, ":"), header);
    }
    return 0;
}

int wva_http_authorization(const struct wva_http_credentials *credentials, struct wva_secret *ret,
                           struct wva_error *err)
{
    static const char start[] = "Authorization: Bearer ";

    if (credentials == NULL || credentials->bearer == NULL || wva_secret_empty(credentials->bearer))
        return 0;
    const struct wva_secret *token = credentials->bearer;
    if (has_control(token->data, token->len))
        return wva_error_set(err, WVA_E_AUTH,
                             "cannot send the bearer token: control character in it");
    wva_secret_append(ret, start, sizeof(start) - 1);
    wva_secret_append(ret, token->data, token->len);
    return 0;
}

bool wva_http_is_repeatable(const struct wva_http_request *request)
{
    static const char *const methods[] = {"GET", "HEAD", "DELETE"};

    for (size_t i = 0; i < WVA_COUNT(methods); i++)
        if (strcmp(request->method, methods[i]) == 0)
            return true;
    return false;
}
