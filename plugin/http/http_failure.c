// SPDX-License-Identifier: Apache-2.0
/*
 * What went wrong with a request, in the words kubectl's users know (Go's, where they are good),
 * and what to do about it. libcurl's and OpenSSL's own words appear only where there is nothing
 * better.
 */
#include "http_priv.h"

#include "wva/util/mem.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* By errno after a failed connect, else by what libcurl's text contains. */
static const char *system_words(int os_errno, const char *detail)
{
    static const struct {
        int os_errno;
        const char *in_detail;
        const char *words;
    } known[] = {
        {ECONNREFUSED, "Connection refused", "connection refused"},
        {ECONNRESET, "Connection reset", "connection reset by peer"},
        {EPIPE, "Broken pipe", "connection reset by peer"},
        {EHOSTUNREACH, "No route to host", "no route to host"},
        {ENETUNREACH, "Network is unreachable", "network is unreachable"},
        {ETIMEDOUT, "timed out", "connection timed out"},
    };

    for (size_t i = 0; i < WVA_COUNT(known); i++)
        if (os_errno == known[i].os_errno || strstr(detail, known[i].in_detail) != NULL)
            return known[i].words;
    return detail[0] != '\0' ? detail : "unknown cause";
}

static int lookup(const struct wva_http_failure *f, struct wva_error *err)
{
    wva_error_set(err, WVA_E_NETWORK, "cannot connect to %s: no such host", f->origin);
    return wva_error_hint(err, "is the server's name right, and the network (VPN) up?");
}

static int proxy(const struct wva_http_failure *f, struct wva_error *err)
{
    wva_error_set(err, WVA_E_NETWORK, "cannot connect to %s through the proxy: %s", f->origin,
                  system_words(f->os_errno, f->detail));
    return wva_error_hint(err, "the proxy is the one in HTTPS_PROXY, HTTP_PROXY or the cluster's "
                               "proxy-url");
}

static int refused(const struct wva_http_failure *f, struct wva_error *err)
{
    return wva_error_set(err, WVA_E_NETWORK, "cannot connect to %s: %s", f->origin,
                         system_words(f->os_errno, f->detail));
}

static int timed_out(const struct wva_http_failure *f, struct wva_error *err)
{
    const double seconds = (double)f->elapsed_ms / 1000;

    if (!f->connected)
        return wva_error_set(err, WVA_E_TIMEOUT,
                             "cannot connect to %s: timed out after %.1f seconds", f->origin,
                             seconds);
    return wva_error_set(err, WVA_E_TIMEOUT, "%s %s: %s within %.1f seconds", f->method, f->origin,
                         f->answered ? "the answer did not end" : "no answer", seconds);
}

static int broken(const struct wva_http_failure *f, struct wva_error *err)
{
    return wva_error_set(err, WVA_E_NETWORK, "the connection to %s broke: %s", f->origin,
                         system_words(f->os_errno, f->detail));
}

static int no_answer(const struct wva_http_failure *f, struct wva_error *err)
{
    return wva_error_set(err, WVA_E_NETWORK, "%s closed the connection without an answer",
                         f->origin);
}

static int truncated(const struct wva_http_failure *f, struct wva_error *err)
{
    if (!f->answered) /* over HTTP/2 libcurl does not tell */
        return no_answer(f, err);
    return wva_error_set(err, WVA_E_NETWORK,
                         "the connection to %s broke in the middle of the answer", f->origin);
}

static int client_certificate(const struct wva_http_failure *f, struct wva_error *err)
{
    return wva_error_set(err, WVA_E_TLS, "cannot use the client certificate for %s: %s", f->origin,
                         f->detail);
}

static int handshake(const struct wva_http_failure *f, struct wva_error *err)
{
    /* OpenSSL's words for bytes that are no TLS record at all. */
    static const char *const not_tls[] = {"wrong version number", "packet length too long",
                                          "http request", "unexpected message"};

    for (size_t i = 0; i < WVA_COUNT(not_tls); i++) {
        if (strstr(f->detail, not_tls[i]) == NULL)
            continue;
        wva_error_set(err, WVA_E_TLS,
                      "cannot connect to %s: the answer does not look like a TLS handshake",
                      f->origin);
        return wva_error_hint(err, "is this a plain http port? then the server is "
                                   "http://…, not https://…");
    }
    return wva_error_set(err, WVA_E_TLS, "cannot connect to %s: TLS handshake failed: %s",
                         f->origin, f->detail[0] != '\0' ? f->detail : "unknown cause");
}

static int wrong_name(const struct wva_http_failure *f, struct wva_error *err)
{
    wva_error_set(err, WVA_E_TLS,
                  "cannot connect to %s: its certificate is valid for another name, not %s",
                  f->origin, f->host);
    return wva_error_hint(err, "if another name is right, give it with --tls-server-name");
}

static int certificate(const struct wva_http_failure *f, struct wva_error *err)
{
    static const char authority[] = "certificate signed by unknown authority";
    static const struct {
        long result; /* OpenSSL's X509_V_ERR_… (openssl/x509_vfy.h) */
        const char *words;
    } known[] = {
        {2, authority},
        {9, "its certificate is not valid yet (are the clocks right?)"},
        {10, "its certificate has expired"},
        {18, authority},
        {19, authority},
        {20, authority},
        {21, authority},
    };

    if (strstr(f->detail, "subject name") != NULL)
        return wrong_name(f, err);
    for (size_t i = 0; i < WVA_COUNT(known); i++) {
        if (known[i].result != f->verify_result)
            continue;
        wva_error_set(err, WVA_E_TLS, "cannot connect to %s: %s", f->origin, known[i].words);
        if (known[i].words != authority)
            return -1;
        return wva_error_hint(err, "the cluster's certificate authority is missing in the "
                                   "kubeconfig, or another one: --certificate-authority FILE");
    }
    return wva_error_set(err, WVA_E_TLS, "cannot connect to %s: cannot verify its certificate: %s",
                         f->origin, f->detail);
}

static int malformed(const struct wva_http_failure *f, struct wva_error *err)
{
    return wva_error_set(err, WVA_E_PROTOCOL, "the answer from %s is malformed: %s", f->origin,
                         f->detail);
}

/* A TLS 1.3 server refuses our certificate after the handshake, when the connection is used. */
static bool is_certificate_alert(const char *detail)
{
    return strstr(detail, "alert") != NULL &&
           (strstr(detail, "certificate") != NULL || strstr(detail, "unknown ca") != NULL);
}

int wva_http_failure_error(const struct wva_http_failure *failure, struct wva_error *err)
{
    static int (*const words[])(const struct wva_http_failure *, struct wva_error *) = {
        [WVA_FAULT_OTHER] = broken,
        [WVA_FAULT_LOOKUP] = lookup,
        [WVA_FAULT_PROXY_LOOKUP] = proxy,
        [WVA_FAULT_PROXY] = proxy,
        [WVA_FAULT_CONNECT] = refused,
        [WVA_FAULT_TIMEOUT] = timed_out,
        [WVA_FAULT_BROKEN] = broken,
        [WVA_FAULT_TRUNCATED] = truncated,
        [WVA_FAULT_NO_ANSWER] = no_answer,
        [WVA_FAULT_HANDSHAKE] = handshake,
        [WVA_FAULT_CERTIFICATE] = certificate,
        [WVA_FAULT_CLIENT_CERT] = client_certificate,
        [WVA_FAULT_MALFORMED] = malformed,
    };

    if (is_certificate_alert(failure->detail)) {
        wva_error_set(err, WVA_E_TLS, "%s does not accept the client certificate, or wants one",
                      failure->origin);
        return wva_error_hint(err, "kubectl config view --minify");
    }
    return words[failure->fault](failure, err);
}
