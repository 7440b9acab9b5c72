// SPDX-License-Identifier: Apache-2.0
/*
 * URLs taken apart by libcurl's parser, so that what is checked here is what libcurl connects to
 * later. A URL may hold a password: messages quote it only when it has no user information.
 */
#include "wva/http/url.h"

#include "libcurl.h"

#include "wva/util/mem.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <string.h>

static void free_handle(CURLU **handle)
{
    curl_url_cleanup(*handle);
}

/* A part as libcurl has it, copied into `arena`; "" when there is none. */
static char *part(struct wva_arena *arena, CURLU *handle, CURLUPart what, unsigned flags)
{
    char *text = NULL;
    char *copy;

    if (curl_url_get(handle, what, &text, flags) != CURLUE_OK)
        return wva_arena_strdup(arena, "");
    copy = wva_arena_strdup(arena, text);
    curl_free(text);
    return copy;
}

static char *host_without_brackets(struct wva_arena *arena, CURLU *handle)
{
    char *host = part(arena, handle, CURLUPART_HOST, 0);
    const size_t len = strlen(host);

    if (len < 2 || host[0] != '[' || host[len - 1] != ']')
        return host;
    return wva_arena_strndup(arena, host + 1, len - 2);
}

/* Ports that Go assumes; for an HTTP proxy libcurl would take 1080. */
static unsigned default_port(const char *scheme)
{
    static const struct {
        const char *scheme;
        unsigned port;
    } known[] = {{"http", 80}, {"https", 443}, {"socks5", 1080}, {"socks5h", 1080}};

    for (size_t i = 0; i < WVA_COUNT(known); i++)
        if (strcmp(known[i].scheme, scheme) == 0)
            return known[i].port;
    return 0;
}

static char *lower(char *text)
{
    for (char *c = text; *c != '\0'; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return text;
}

static int refuse(const char *text, const char *why, struct wva_error *err)
{
    if (strchr(text, '@') != NULL)
        return wva_error_set(err, WVA_E_CONFIG, "cannot use the URL: %s", why);
    return wva_error_set(err, WVA_E_CONFIG, "cannot use the URL \"%s\": %s", text, why);
}

int wva_url_parse(struct wva_arena *arena, const char *text, struct wva_url *ret,
                  struct wva_error *err)
{
    struct wva_url url = {0};
    CURLUcode rc;
    char *path;
    int64_t port;

    if (wva_libcurl_load(err) < 0)
        return -1;
    wva_cleanup(free_handle) CURLU *handle = curl_url();
    if (handle == NULL)
        wva_fatal("out of memory");
    if (strstr(text, "://") == NULL)
        return refuse(text, "it has no scheme such as https://", err);
    rc = curl_url_set(handle, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME);
    if (rc != CURLUE_OK)
        return refuse(text, curl_url_strerror(rc), err);

    url.scheme = lower(part(arena, handle, CURLUPART_SCHEME, 0));
    url.host = host_without_brackets(arena, handle);
    if (url.host[0] == '\0')
        return refuse(text, "it has no host", err);
    const char *port_text = part(arena, handle, CURLUPART_PORT, 0);
    url.port = default_port(url.scheme);
    if (wva_parse_i64(port_text, strlen(port_text), &port) == 0)
        url.port = (unsigned)port; /* libcurl refuses anything above 65535 */
    url.has_user = part(arena, handle, CURLUPART_USER, 0)[0] != '\0' ||
                   part(arena, handle, CURLUPART_PASSWORD, 0)[0] != '\0';

    path = part(arena, handle, CURLUPART_PATH, 0);
    for (size_t len = strlen(path); len > 0 && path[len - 1] == '/'; len--)
        path[len - 1] = '\0';
    url.path = path;
    *ret = url;
    return 0;
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~", c) != NULL);
}

char *wva_url_escape(struct wva_arena *arena, const char *text)
{
    static const char hex[] = "0123456789ABCDEF";
    char *out = wva_arena_calloc(arena, strlen(text) + 1, 3);
    char *at = out;

    for (const char *c = text; *c != '\0'; c++) {
        if (is_unreserved(*c)) {
            *at++ = *c;
            continue;
        }
        *at++ = '%';
        *at++ = hex[(unsigned char)*c >> 4];
        *at++ = hex[(unsigned char)*c & 15];
    }
    return out;
}
