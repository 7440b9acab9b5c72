// SPDX-License-Identifier: Apache-2.0
/* Certificates for tests, made when they run: no key is kept in the repository, none expires. */
#ifndef WVA_TESTS_SUPPORT_TESTCERT_H
#define WVA_TESTS_SUPPORT_TESTCERT_H

struct testcert {
    char cert[4096]; /* PEM */
    char key[2048];  /* PEM */
};

/* `san` as OpenSSL writes it ("DNS:a.example,IP:127.0.0.1"), or NULL. `issuer` NULL: self-signed,
 * an authority. Valid from an hour ago for `days` (negative: expired). */
void testcert_make(struct testcert *ret, const char *name, const char *san,
                   const struct testcert *issuer, int days);

#endif
