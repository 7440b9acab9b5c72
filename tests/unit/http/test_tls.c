// SPDX-License-Identifier: Apache-2.0
/* Whom we trust and who we are: certificates made on the spot, none touching a file. */
#include "support/fakeapi.h"
#include "support/wva_test.h"

#include "wva/http/http.h"
#include "wva/util/fs.h"
#include "wva/util/mem.h"

#include <stdio.h>
#include <unistd.h>

static struct testcert ca, other_ca, local, elsewhere, expired, client, stranger;

static int make_certificates(void **state)
{
    (void)state;
    testcert_make(&ca, "test authority", NULL, NULL, 1);
    testcert_make(&other_ca, "another authority", NULL, NULL, 1);
    testcert_make(&local, "local", "IP:127.0.0.1", &ca, 1);
    testcert_make(&elsewhere, "elsewhere", "DNS:api.elsewhere.example", &ca, 1);
    testcert_make(&expired, "expired", "IP:127.0.0.1", &ca, -1);
    testcert_make(&client, "jane", NULL, &ca, 1);
    testcert_make(&stranger, "stranger", NULL, &other_ca, 1);
    return 0;
}

/* One GET of /x with `profile` (its URL filled in) from a server with `tls`. */
struct outcome {
    int rc;
    struct wva_error err;
    int status;
    char head[1024]; /* of the request the server saw; "" for none */
    unsigned port;
};

static struct outcome get(const struct fakeapi_tls *tls, struct wva_http_profile profile,
                          const struct testcert *identity)
{
    static const struct fakeapi_exchange script = {
        .method = "GET", .path = "/x", .reply = {.status = 200, .body = "{}"}};
    struct fakeapi *api = fakeapi_start(&script, 1, tls);
    wva_auto_arena arena = {0};
    wva_auto_secret cert = {0};
    wva_auto_secret key = {0};
    struct wva_http_credentials credentials = {.client_cert = &cert, .client_key = &key};
    struct wva_http_response response = {0};
    struct wva_http *http;
    struct outcome outcome = {.port = fakeapi_port(api)};

    if (identity != NULL) {
        wva_secret_set(&cert, identity->cert, strlen(identity->cert));
        wva_secret_set(&key, identity->key, strlen(identity->key));
    }
    profile.base_url = wva_arena_printf(&arena, "https://127.0.0.1:%u", outcome.port);
    check_ok(wva_http_new(&profile, &http, &outcome.err), &outcome.err);
    outcome.rc = wva_http_perform(
        http,
        &(struct wva_http_request){.method = "GET", .path = "/x", .credentials = &credentials},
        &arena, &response, &outcome.err);
    outcome.status = response.status;
    if (fakeapi_requests(api) > 0)
        (void)snprintf(outcome.head, sizeof(outcome.head), "%s", fakeapi_request(api, 0)->head);
    wva_http_free(http);
    fakeapi_stop(api);
    return outcome;
}

static struct wva_http_profile trusting(const struct testcert *authority)
{
    return (struct wva_http_profile){.ca_pem = authority->cert,
                                     .ca_pem_len = strlen(authority->cert)};
}

/* The message is `before`, the server's URL, `after`. */
static void check_refused(const struct outcome *outcome, const char *before, const char *after)
{
    char wanted[256];

    (void)snprintf(wanted, sizeof(wanted), "%shttps://127.0.0.1:%u%s", before, outcome->port,
                   after);
    check_int(outcome->rc, -1);
    check_int(outcome->err.code, WVA_E_TLS);
    check_str(outcome->err.msg, wanted);
    check_str(outcome->head, "");
}

static void trusts_the_given_authority(void **state)
{
    const struct outcome outcome =
        get(&(struct fakeapi_tls){.identity = &local}, trusting(&ca), NULL);

    (void)state;
    check_int(outcome.rc, 0);
    check_int(outcome.status, 200);
}

static void trusts_any_of_several_authorities(void **state)
{
    char bundle[sizeof(ca.cert) * 2];
    struct wva_http_profile profile = {.ca_pem = bundle};

    (void)state;
    (void)snprintf(bundle, sizeof(bundle), "%s%s", other_ca.cert, ca.cert);
    profile.ca_pem_len = strlen(bundle);
    check_int(get(&(struct fakeapi_tls){.identity = &local}, profile, NULL).rc, 0);
}

static void refuses_an_unknown_authority(void **state)
{
    const struct outcome another =
        get(&(struct fakeapi_tls){.identity = &local}, trusting(&other_ca), NULL);
    const struct outcome system =
        get(&(struct fakeapi_tls){.identity = &local}, (struct wva_http_profile){0}, NULL);

    (void)state;
    check_refused(&another, "cannot connect to ",
                  ": certificate signed by unknown "
                  "authority");
    check_has(another.err.hint, "--certificate-authority FILE");
    check_refused(&system, "cannot connect to ",
                  ": certificate signed by unknown "
                  "authority");
}

static void refuses_another_name(void **state)
{
    const struct outcome outcome =
        get(&(struct fakeapi_tls){.identity = &elsewhere}, trusting(&ca), NULL);

    (void)state;
    check_refused(&outcome, "cannot connect to ",
                  ": its certificate is valid for "
                  "another name, not 127.0.0.1");
    check_has(outcome.err.hint, "--tls-server-name");
}

static void accepts_the_tls_server_name(void **state)
{
    struct wva_http_profile profile = trusting(&ca);
    char host[64];

    (void)state;
    profile.tls_server_name = "api.elsewhere.example";
    const struct outcome outcome =
        get(&(struct fakeapi_tls){.identity = &elsewhere}, profile, NULL);
    check_int(outcome.rc, 0);
    (void)snprintf(host, sizeof(host), "\r\nHost: 127.0.0.1:%u\r\n", outcome.port);
    check_has(outcome.head, host);

    profile.tls_server_name = "api.nowhere.example";
    const struct outcome wrong = get(&(struct fakeapi_tls){.identity = &elsewhere}, profile, NULL);
    check_refused(&wrong, "cannot connect to ",
                  ": its certificate is valid for "
                  "another name, not api.nowhere.example");
}

static void refuses_an_expired_certificate(void **state)
{
    const struct outcome outcome =
        get(&(struct fakeapi_tls){.identity = &expired}, trusting(&ca), NULL);

    (void)state;
    check_refused(&outcome, "cannot connect to ", ": its certificate has expired");
}

static void verifies_nothing_when_insecure(void **state)
{
    const struct wva_http_profile profile = {.insecure = true};

    (void)state;
    check_int(get(&(struct fakeapi_tls){.identity = &elsewhere}, profile, NULL).rc, 0);
}

static void reads_system_roots_from_a_file(void **state)
{
    char path[] = "/tmp/wva-test-ca-XXXXXX";
    const int fd = mkstemp(path);
    const struct wva_http_profile profile = {.ca_file = path};

    (void)state;
    check(fd >= 0);
    check_int(write(fd, ca.cert, strlen(ca.cert)), strlen(ca.cert));
    (void)close(fd);
    const struct outcome outcome = get(&(struct fakeapi_tls){.identity = &local}, profile, NULL);
    (void)unlink(path);
    check_int(outcome.rc, 0);
}

static void shows_a_client_certificate(void **state)
{
    const struct fakeapi_tls tls = {.identity = &local, .client_ca = &ca};
    const struct outcome known = get(&tls, trusting(&ca), &client);
    const struct outcome unknown = get(&tls, trusting(&ca), &stranger);
    const struct outcome nobody = get(&tls, trusting(&ca), NULL);

    (void)state;
    check_int(known.rc, 0);
    check_refused(&unknown, "", " does not accept the client certificate, or wants one");
    check_refused(&nobody, "", " does not accept the client certificate, or wants one");
}

static void names_a_client_certificate_that_is_none(void **state)
{
    struct testcert broken = {.cert = "-----BEGIN CERTIFICATE-----\nnonsense\n", .key = "nonsense"};
    const struct outcome outcome =
        get(&(struct fakeapi_tls){.identity = &local}, trusting(&ca), &broken);

    (void)state;
    check_int(outcome.rc, -1);
    check_int(outcome.err.code, WVA_E_TLS);
    check_has(outcome.err.msg, "cannot use the client certificate for https://127.0.0.1:");
}

static void tells_plain_http_from_tls(void **state)
{
    const struct outcome outcome = get(NULL, trusting(&ca), NULL);

    (void)state;
    check_int(outcome.rc, -1);
    check_int(outcome.err.code, WVA_E_TLS);
    check_has(outcome.err.msg, "the answer does not look like a TLS handshake");
    check_has(outcome.err.hint, "plain http");
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(trusts_the_given_authority),     WVA_TEST(trusts_any_of_several_authorities),
    WVA_TEST(refuses_an_unknown_authority),   WVA_TEST(refuses_another_name),
    WVA_TEST(accepts_the_tls_server_name),    WVA_TEST(refuses_an_expired_certificate),
    WVA_TEST(verifies_nothing_when_insecure), WVA_TEST(reads_system_roots_from_a_file),
    WVA_TEST(shows_a_client_certificate),     WVA_TEST(names_a_client_certificate_that_is_none),
    WVA_TEST(tells_plain_http_from_tls),
};

int main(void)
{
    return cmocka_run_group_tests(tests, make_certificates, NULL);
}
