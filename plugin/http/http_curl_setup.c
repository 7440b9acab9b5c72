// SPDX-License-Identifier: Apache-2.0
/*
 * A request as libcurl's options. Each call is checked: an option that this libcurl lacks must not
 * be lost silently, since most of them are about whom we trust and what we show.
 */
#include "http_curl_priv.h"

#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <limits.h>
#include <string.h>

#define CONNECT_TIMEOUT_MS 30000L /* Go's dialer */
#define SILENCE_SECONDS    120L   /* API servers end ordinary requests after 60 s by themselves */

#define SET(option, value)                                                                         \
    do {                                                                                           \
        if (rc == CURLE_OK)                                                                        \
            rc = curl_easy_setopt(easy, (option), (value));                                        \
    } while (0)

static CURLcode set_constants(CURL *easy)
{
    static const struct {
        CURLoption option;
        long value;
    } constants[] = {
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_FOLLOWLOCATION, 0}, /* would carry the token elsewhere; API servers never do it */
        {CURLOPT_NETRC, CURL_NETRC_IGNORED},
        {CURLOPT_HTTP09_ALLOWED, 0},
        {CURLOPT_PATH_AS_IS, 1},
        {CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS},
        {CURLOPT_TCP_KEEPALIVE, 1},
        {CURLOPT_TCP_KEEPIDLE, 30},
        {CURLOPT_TCP_KEEPINTVL, 15},
        {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS},
        {CURLOPT_PIPEWAIT, 1}, /* several watches at start share one HTTP/2 connection */
        {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
        {CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
    };
    CURLcode rc = CURLE_OK;

    for (size_t i = 0; i < WVA_COUNT(constants); i++)
        SET(constants[i].option, constants[i].value);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    return rc;
}

static CURLcode set_blob(CURL *easy, CURLoption option, const char *data, size_t len)
{
    /* libcurl only reads it, but has no const in the struct */
    struct curl_blob blob = {.data = (void *)(uintptr_t)data, .len = len, .flags = CURL_BLOB_COPY};

    return curl_easy_setopt(easy, option, &blob);
}

static CURLcode set_trust(CURL *easy, const struct wva_http_profile *profile)
{
    CURLcode rc = CURLE_OK;

    SET(CURLOPT_SSL_VERIFYPEER, profile->insecure ? 0L : 1L);
    SET(CURLOPT_SSL_VERIFYHOST, profile->insecure ? 0L : 2L);
    if (profile->ca_pem != NULL) {
        /* the only trust root: without this the system's directory would count too */
        SET(CURLOPT_CAINFO, NULL);
        SET(CURLOPT_CAPATH, NULL);
        if (rc == CURLE_OK)
            rc = set_blob(easy, CURLOPT_CAINFO_BLOB, profile->ca_pem, profile->ca_pem_len);
    } else if (!wva_str_empty(profile->ca_file)) {
        SET(CURLOPT_CAPATH, NULL);
        SET(CURLOPT_CAINFO, profile->ca_file);
    }
    return rc;
}

static bool given(const struct wva_secret *secret)
{
    return secret != NULL && !wva_secret_empty(secret);
}

static CURLcode set_secret_blob(CURL *easy, CURLoption option, const struct wva_secret *secret)
{
    return set_blob(easy, option, secret->data, secret->len);
}

static CURLcode set_credentials(CURL *easy, const struct wva_http_credentials *credentials)
{
    CURLcode rc = CURLE_OK;

    if (credentials == NULL)
        return CURLE_OK;
    if (given(credentials->basic) && !given(credentials->bearer)) {
        SET(CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
        SET(CURLOPT_USERPWD, credentials->basic->data);
    }
    if (!given(credentials->client_cert))
        return rc;
    SET(CURLOPT_SSLCERTTYPE, "PEM");
    SET(CURLOPT_SSLKEYTYPE, "PEM");
    if (rc == CURLE_OK)
        rc = set_secret_blob(easy, CURLOPT_SSLCERT_BLOB, credentials->client_cert);
    if (rc == CURLE_OK && given(credentials->client_key))
        rc = set_secret_blob(easy, CURLOPT_SSLKEY_BLOB, credentials->client_key);
    return rc;
}

/* libcurl does not copy the list: its nodes and texts are ours, and so is wiping the token. */
static struct curl_slist *prepend(struct wva_http_stream *stream, char *line,
                                  struct curl_slist *list)
{
    struct curl_slist *node = wva_arena_alloc(&stream->arena, sizeof(*node));

    *node = (struct curl_slist){.data = line, .next = list};
    return node;
}

static struct curl_slist *header_list(struct wva_http_stream *stream,
                                      const struct wva_http_request *request)
{
    const struct wva_http_target *target = &stream->http->target;
    struct curl_slist *list = NULL;
    size_t count = 0;

    if (!wva_secret_empty(&stream->authorization))
        list = prepend(stream, stream->authorization.data, list);
    while (request->headers != NULL && request->headers[count] != NULL)
        count++;
    while (count > 0)
        list = prepend(stream, wva_arena_strdup(&stream->arena, request->headers[--count]), list);
    if (target->host_header != NULL)
        list = prepend(stream, wva_arena_strdup(&stream->arena, target->host_header), list);
    /* no "Expect: 100-continue" before large bodies: API servers and proxies may not answer it */
    return prepend(stream, wva_arena_strdup(&stream->arena, "Expect:"), list);
}

static CURLcode set_route(CURL *easy, struct wva_http_stream *stream)
{
    const struct wva_http_target *target = &stream->http->target;
    CURLcode rc = CURLE_OK;

    SET(CURLOPT_URL, wva_arena_printf(&stream->arena, "%s%s", target->curl_base, stream->path));
    SET(CURLOPT_PROXY, target->proxy);
    SET(CURLOPT_NOPROXY, "");
    SET(CURLOPT_PROXYPORT, (long)target->proxy_port);
    if (target->connect_to != NULL) {
        char *route = wva_arena_strdup(&stream->arena, target->connect_to);
        SET(CURLOPT_CONNECT_TO, prepend(stream, route, NULL));
    }
    return rc;
}

static CURLcode set_method(CURL *easy, const struct wva_http_request *request)
{
    CURLcode rc = CURLE_OK;

    if (request->body != NULL || strcmp(request->method, "POST") == 0) {
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len);
        SET(CURLOPT_POSTFIELDS, request->body != NULL ? request->body : "");
    }
    SET(CURLOPT_CUSTOMREQUEST, request->method);
    return rc;
}

/*
 * On a connection that was idle libcurl sends again what got no answer, whatever the method; and
 * connections older than the credentials are left alone, by their age in whole seconds.
 */
static CURLcode set_reuse(CURL *easy, const struct wva_http_stream *stream,
                          const struct wva_http_request *request)
{
    const int64_t forgot_ms = stream->http->forgot_ms;
    const int64_t age = forgot_ms == 0 ? 0 : (stream->started_ms - forgot_ms) / 1000 - 1;
    CURLcode rc = CURLE_OK;

    if (!wva_http_is_repeatable(request) || (forgot_ms != 0 && age < 1))
        SET(CURLOPT_FRESH_CONNECT, 1L);
    else if (forgot_ms != 0)
        SET(CURLOPT_MAXLIFETIME_CONN, age < LONG_MAX ? (long)age : LONG_MAX);
    return rc;
}

static CURLcode set_limits(CURL *easy, const struct wva_http_stream *stream,
                           const struct wva_http_request *request)
{
    const struct wva_http_profile *profile = &stream->http->profile;
    int64_t timeout_ms = request->timeout_ms;
    CURLcode rc = CURLE_OK;

    if (timeout_ms == 0 && !stream->has_sink)
        timeout_ms = profile->request_timeout_ms;
    SET(CURLOPT_TIMEOUT_MS, timeout_ms < LONG_MAX ? (long)timeout_ms : LONG_MAX);
    if (!stream->has_sink) {
        SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
        SET(CURLOPT_LOW_SPEED_TIME, SILENCE_SECONDS);
        if (!profile->disable_compression)
            SET(CURLOPT_ACCEPT_ENCODING, "gzip");
    }
    return rc;
}

CURLcode wva_http_curl_setup(struct wva_http_stream *stream, const struct wva_http_request *request)
{
    CURL *easy = stream->easy;
    const char *user_agent = stream->http->profile.user_agent;
    CURLcode rc = set_constants(easy);

    if (rc == CURLE_OK)
        rc = set_trust(easy, &stream->http->profile);
    if (rc == CURLE_OK)
        rc = set_credentials(easy, request->credentials);
    if (rc == CURLE_OK)
        rc = set_route(easy, stream);
    if (rc == CURLE_OK)
        rc = set_method(easy, request);
    if (rc == CURLE_OK)
        rc = set_limits(easy, stream, request);
    if (rc == CURLE_OK)
        rc = set_reuse(easy, stream, request);
    SET(CURLOPT_HTTPHEADER, header_list(stream, request));
    if (!wva_str_empty(user_agent))
        SET(CURLOPT_USERAGENT, user_agent);
    return rc;
}
