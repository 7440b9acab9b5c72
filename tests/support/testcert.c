// SPDX-License-Identifier: Apache-2.0
/* X.509 through OpenSSL. Failures end the test program: there is nothing to test without. */
#include "support/testcert.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR 3600L
#define DAY  (24 * HOUR)

static void need(int ok, const char *what)
{
    if (ok)
        return;
    (void)fprintf(stderr, "testcert: %s failed\n", what);
    exit(99);
}

static void take_text(BIO *bio, char *out, size_t size)
{
    const int len = BIO_read(bio, out, (int)size - 1);

    need(len > 0 && BIO_pending(bio) == 0, "BIO_read");
    out[len] = '\0';
    BIO_free(bio);
}

static X509 *read_cert(const struct testcert *from)
{
    BIO *bio = BIO_new_mem_buf(from->cert, -1);
    X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);

    need(cert != NULL, "PEM_read_bio_X509");
    BIO_free(bio);
    return cert;
}

static EVP_PKEY *read_key(const struct testcert *from)
{
    BIO *bio = BIO_new_mem_buf(from->key, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

    need(key != NULL, "PEM_read_bio_PrivateKey");
    BIO_free(bio);
    return key;
}

static void add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);

    need(extension != NULL && X509_add_ext(cert, extension, -1), value);
    X509_EXTENSION_free(extension);
}

static void fill(X509 *cert, X509 *issuer, const char *name, const char *san, EVP_PKEY *key,
                 int days)
{
    unsigned char serial[8];
    const long end = days < 0 ? -HOUR / 2 : days * DAY;
    X509_NAME *subject = X509_get_subject_name(cert);

    need(RAND_bytes(serial, sizeof(serial)) == 1, "RAND_bytes");
    serial[0] &= 0x7f;
    BIGNUM *number = BN_bin2bn(serial, sizeof(serial), NULL);
    need(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) != NULL, "serial number");
    BN_free(number);
    need(X509_set_version(cert, X509_VERSION_3), "X509_set_version");
    need(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1,
                                    -1, 0),
         "X509_NAME_add_entry_by_txt");
    need(X509_set_issuer_name(cert, X509_get_subject_name(issuer)), "X509_set_issuer_name");
    need(X509_gmtime_adj(X509_getm_notBefore(cert), -HOUR) != NULL, "notBefore");
    need(X509_gmtime_adj(X509_getm_notAfter(cert), end) != NULL, "notAfter");
    need(X509_set_pubkey(cert, key), "X509_set_pubkey");
    if (issuer == cert)
        add_extension(cert, issuer, NID_basic_constraints, "critical,CA:TRUE");
    if (san != NULL)
        add_extension(cert, issuer, NID_subject_alt_name, san);
}

void testcert_make(struct testcert *ret, const char *name, const char *san,
                   const struct testcert *issuer, int days)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    X509 *issuer_cert = issuer != NULL ? read_cert(issuer) : cert;
    EVP_PKEY *issuer_key = issuer != NULL ? read_key(issuer) : key;
    BIO *out;

    need(key != NULL && cert != NULL, "key generation");
    fill(cert, issuer_cert, name, san, key, days);
    need(X509_sign(cert, issuer_key, EVP_sha256()) > 0, "X509_sign");

    out = BIO_new(BIO_s_mem());
    need(PEM_write_bio_X509(out, cert), "PEM_write_bio_X509");
    take_text(out, ret->cert, sizeof(ret->cert));
    out = BIO_new(BIO_s_mem());
    need(PEM_write_bio_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL), "PEM_write_bio_PrivateKey");
    take_text(out, ret->key, sizeof(ret->key));

    if (issuer != NULL) {
        X509_free(issuer_cert);
        EVP_PKEY_free(issuer_key);
    }
    X509_free(cert);
    EVP_PKEY_free(key);
}
