// SPDX-License-Identifier: Apache-2.0
/* How a transfer ended, out of libcurl's codes and measurements. */
#include "http_curl_priv.h"

#include "wva/util/clock.h"
#include "wva/util/mem.h"

/* libcurl's result as one of ours. */
static enum wva_http_fault fault_of(CURLcode code)
{
    static const struct {
        CURLcode code;
        enum wva_http_fault fault;
    } known[] = {
        {CURLE_COULDNT_RESOLVE_HOST, WVA_FAULT_LOOKUP},
        {CURLE_COULDNT_RESOLVE_PROXY, WVA_FAULT_PROXY},
        {CURLE_PROXY, WVA_FAULT_PROXY},
        {CURLE_COULDNT_CONNECT, WVA_FAULT_CONNECT},
        {CURLE_OPERATION_TIMEDOUT, WVA_FAULT_TIMEOUT},
        {CURLE_SEND_ERROR, WVA_FAULT_BROKEN},
        {CURLE_RECV_ERROR, WVA_FAULT_BROKEN},
        {CURLE_HTTP2, WVA_FAULT_BROKEN},
        {CURLE_HTTP2_STREAM, WVA_FAULT_BROKEN},
        {CURLE_PARTIAL_FILE, WVA_FAULT_TRUNCATED},
        {CURLE_GOT_NOTHING, WVA_FAULT_NO_ANSWER},
        {CURLE_SSL_CONNECT_ERROR, WVA_FAULT_HANDSHAKE},
        {CURLE_SSL_CIPHER, WVA_FAULT_HANDSHAKE},
        {CURLE_PEER_FAILED_VERIFICATION, WVA_FAULT_CERTIFICATE},
        {CURLE_SSL_CACERT_BADFILE, WVA_FAULT_CERTIFICATE},
        {CURLE_SSL_ISSUER_ERROR, WVA_FAULT_CERTIFICATE},
        {CURLE_SSL_CERTPROBLEM, WVA_FAULT_CLIENT_CERT},
        {CURLE_SSL_CLIENTCERT, WVA_FAULT_CLIENT_CERT},
        {CURLE_UNSUPPORTED_PROTOCOL, WVA_FAULT_MALFORMED}, /* HTTP/0.9 */
        {CURLE_WEIRD_SERVER_REPLY, WVA_FAULT_MALFORMED},
        {CURLE_BAD_CONTENT_ENCODING, WVA_FAULT_MALFORMED},
        {CURLE_WRITE_ERROR, WVA_FAULT_MALFORMED}, /* also: gzip that cannot be unpacked */
    };

    for (size_t i = 0; i < WVA_COUNT(known); i++)
        if (known[i].code == code)
            return known[i].fault;
    return WVA_FAULT_OTHER;
}

bool wva_http_curl_was_sent(CURL *easy)
{
    curl_off_t pretransfer = 0;
    long size = 0;

    (void)curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &pretransfer);
    (void)curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &size);
    return pretransfer > 0 && size > 0;
}

/* With a proxy it is the proxy that is connected to, and that may refuse to go further. */
static enum wva_http_fault fault_through(CURL *easy, const struct wva_http_target *target,
                                         CURLcode code)
{
    long answer = 0;

    (void)curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &answer);
    if (target->proxy[0] != '\0' && (code == CURLE_COULDNT_CONNECT || answer >= 300))
        return WVA_FAULT_PROXY;
    return fault_of(code);
}

void wva_http_curl_explain(struct wva_http_stream *stream, CURLcode code)
{
    const struct wva_http_target *target = &stream->http->target;
    struct wva_http_failure failure = {
        .fault = fault_through(stream->easy, target, code),
        .origin = target->origin,
        .host = target->host,
        .method = stream->method,
        .detail = stream->detail[0] != '\0' ? stream->detail : curl_easy_strerror(code),
        .connected = stream->response.sent,
        .answered = stream->head.complete,
        .elapsed_ms = wva_clock_monotonic_ms() - stream->started_ms,
    };
    long os_errno = 0;

    (void)curl_easy_getinfo(stream->easy, CURLINFO_OS_ERRNO, &os_errno);
    (void)curl_easy_getinfo(stream->easy, CURLINFO_SSL_VERIFYRESULT, &failure.verify_result);
    failure.os_errno = (int)os_errno;
    (void)wva_http_failure_error(&failure, &stream->err);
}
