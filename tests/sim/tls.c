// SPDX-License-Identifier: Apache-2.0
// P-256 keys and X.509 certificates through OpenSSL 3, as kubeadm would make them: CA, API server
// with its names and addresses, one administrator (O=system:masters).

#include "tls.h"

#include "wva/util/encode.h"
#include "wva/util/fs.h"
#include "wva/util/mem.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>

#define VALID_SECONDS (24L * 3600)
#define NAME_MAX_     128

struct pair {
    EVP_PKEY *key;
    X509 *cert;
};

struct extension {
    int nid;
    const char *text;
};

static void free_pair(struct pair *pair)
{
    EVP_PKEY_free(pair->key);
    X509_free(pair->cert);
}

static int add_name(X509 *cert, const char *organization, const char *common_name)
{
    X509_NAME *name = X509_get_subject_name(cert);
    if (organization != NULL &&
        !X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)organization,
                                    -1, -1, 0))
        return -1;
    return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name,
                                      -1, -1, 0)
               ? 0
               : -1;
}

static int add_extensions(X509 *cert, X509 *issuer, const struct extension *extensions)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    for (; extensions->text != NULL; extensions++) {
        X509_EXTENSION *extension =
            X509V3_EXT_conf_nid(NULL, &ctx, extensions->nid, extensions->text);
        if (extension == NULL || !X509_add_ext(cert, extension, -1)) {
            X509_EXTENSION_free(extension);
            return -1;
        }
        X509_EXTENSION_free(extension);
    }
    return 0;
}

static int set_serial(X509 *cert)
{
    long serial = 0;
    wva_random_bytes(&serial, sizeof(serial) - 1);
    return ASN1_INTEGER_set(X509_get_serialNumber(cert), serial & 0x7fffffffffffL) ? 0 : -1;
}

static bool set_dates(X509 *cert)
{
    return X509_gmtime_adj(X509_getm_notBefore(cert), -60) != NULL &&
           X509_gmtime_adj(X509_getm_notAfter(cert), VALID_SECONDS) != NULL;
}

/* A certificate signed by `issuer`, or by itself when that is NULL. */
static int make(const struct pair *issuer, const char *organization, const char *common_name,
                const struct extension *extensions, struct pair *ret, struct wva_error *err)
{
    struct pair made = {EVP_EC_gen("P-256"), X509_new()};
    const struct pair *by = issuer != NULL ? issuer : &made;
    bool good = made.key != NULL && made.cert != NULL && X509_set_version(made.cert, 2) &&
                set_serial(made.cert) == 0 && set_dates(made.cert) &&
                X509_set_pubkey(made.cert, made.key) &&
                add_name(made.cert, organization, common_name) == 0;
    good = good && X509_set_issuer_name(made.cert, X509_get_subject_name(by->cert)) &&
           add_extensions(made.cert, by->cert, extensions) == 0 &&
           X509_sign(made.cert, by->key, EVP_sha256()) != 0;
    if (!good) {
        free_pair(&made);
        return wva_error_set(err, WVA_E_INTERNAL, "cannot make the certificate of \"%s\"",
                             common_name);
    }
    *ret = made;
    return 0;
}

static int write_pem(const char *dir, const char *name, const X509 *cert, const EVP_PKEY *key,
                     struct wva_error *err)
{
    wva_auto_arena arena = {0};
    BIO *bio = BIO_new(BIO_s_mem());
    char *data = NULL;
    int made = cert != NULL ? PEM_write_bio_X509(bio, cert)
                            : PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
    long len = BIO_get_mem_data(bio, &data);
    int result = made ? wva_fs_write_atomic(wva_fs_join(&arena, dir, name), data, (size_t)len,
                                            cert != NULL ? 0644 : 0600, err)
                      : wva_error_set(err, WVA_E_INTERNAL, "cannot encode %s", name);
    BIO_free(bio);
    return result;
}

static const struct extension ca_extensions[] = {
    {NID_basic_constraints, "critical,CA:TRUE"},
    {NID_key_usage, "critical,keyCertSign,cRLSign,digitalSignature"},
    {NID_subject_key_identifier, "hash"},
    {0, NULL},
};

static const struct extension server_extensions[] = {
    {NID_basic_constraints, "critical,CA:FALSE"},
    {NID_key_usage, "critical,digitalSignature"},
    {NID_ext_key_usage, "serverAuth"},
    {NID_subject_alt_name,
     "DNS:localhost,DNS:kubernetes,DNS:kubernetes.default.svc,IP:127.0.0.1,IP:::1,IP:10.96.0.1"},
    {0, NULL},
};

static const struct extension client_extensions[] = {
    {NID_basic_constraints, "critical,CA:FALSE"},
    {NID_key_usage, "critical,digitalSignature"},
    {NID_ext_key_usage, "clientAuth"},
    {0, NULL},
};

static SSL_CTX *make_context(const struct pair *ca, const struct pair *server)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (ctx == NULL || !SSL_CTX_use_certificate(ctx, server->cert) ||
        !SSL_CTX_use_PrivateKey(ctx, server->key) ||
        !X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), ca->cert) ||
        !SSL_CTX_add_client_CA(ctx, ca->cert)) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    /* Clients that hang up without close_notify are normal here; a session id context is required
     * for resumption with client certificates. */
    SSL_CTX_set_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"wva-sim", 7);
    return ctx;
}

int sim_tls_make(const char *dir, SSL_CTX **ret, struct wva_error *err)
{
    wva_cleanup(free_pair) struct pair ca = {0};
    wva_cleanup(free_pair) struct pair other = {0};
    wva_cleanup(free_pair) struct pair server = {0};
    wva_cleanup(free_pair) struct pair client = {0};
    if (make(NULL, NULL, "kubernetes", ca_extensions, &ca, err) < 0 ||
        make(NULL, NULL, "another-authority", ca_extensions, &other, err) < 0 ||
        make(&ca, NULL, "kube-apiserver", server_extensions, &server, err) < 0 ||
        make(&ca, "system:masters", "sim-admin", client_extensions, &client, err) < 0)
        return -1;
    if (write_pem(dir, "ca.crt", ca.cert, NULL, err) < 0 ||
        write_pem(dir, "other-ca.crt", other.cert, NULL, err) < 0 ||
        write_pem(dir, "client.crt", client.cert, NULL, err) < 0 ||
        write_pem(dir, "client.key", NULL, client.key, err) < 0)
        return -1;
    SSL_CTX *ctx = make_context(&ca, &server);
    if (ctx == NULL)
        return wva_error_set(err, WVA_E_INTERNAL, "cannot make the server's TLS context");
    *ret = ctx;
    return 0;
}

static const char *name_part(X509 *cert, int nid, struct wva_arena *arena)
{
    char text[NAME_MAX_];
    int len = X509_NAME_get_text_by_NID(X509_get_subject_name(cert), nid, text, sizeof(text));
    return len > 0 ? wva_arena_strdup(arena, text) : NULL;
}

const char *sim_tls_peer(SSL *ssl, struct wva_arena *arena, const char **ret_organization)
{
    X509 *cert = SSL_get1_peer_certificate(ssl);
    if (cert == NULL)
        return NULL;
    const char *name = name_part(cert, NID_commonName, arena);
    *ret_organization = name_part(cert, NID_organizationName, arena);
    X509_free(cert);
    return name;
}
