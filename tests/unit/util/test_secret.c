// SPDX-License-Identifier: Apache-2.0
/*
 * secret.h. OPENSSL_cleanse is replaced by one that records what it was given: a freed block cannot
 * be looked at.
 */
#include "support/wva_test.h"

#include "wva/util/secret.h"

#include <openssl/crypto.h>

static struct {
    const void *ptr;
    size_t len;
    int calls;
} cleansed;

void OPENSSL_cleanse(void *ptr, size_t len)
{
    memset(ptr, 0, len);
    cleansed.ptr = ptr;
    cleansed.len = len;
    cleansed.calls++;
}

static int forget_calls(void **state)
{
    (void)state;
    memset(&cleansed, 0, sizeof(cleansed));
    return 0;
}

static void test_empty(void **state)
{
    wva_auto_secret secret = {0};

    (void)state;
    check(wva_secret_empty(&secret));
    wva_secret_append(&secret, NULL, 0);
    wva_secret_set(&secret, "", 0);
    wva_secret_trim(&secret);
    check(wva_secret_empty(&secret));
    check(secret.data == NULL);
    check_int(cleansed.calls, 0);
}

static void test_append_and_set(void **state)
{
    wva_auto_secret secret = {0};

    (void)state;
    wva_secret_append(&secret, "to", 2);
    wva_secret_append(&secret, "k\0n", 3);
    check_int(secret.len, 5);
    assert_memory_equal(secret.data, "tok\0n", 6);
    wva_secret_set(&secret, "new", 3);
    check_str(secret.data, "new");
    check_int(secret.len, 3);
    check(!wva_secret_empty(&secret));
}

static void test_growth_cleanses_the_old_block(void **state)
{
    wva_auto_secret secret = {0};
    const void *old;
    size_t old_cap;

    (void)state;
    wva_secret_append(&secret, "token", 5);
    old = secret.data;
    old_cap = secret.cap;
    check_int(cleansed.calls, 0);
    wva_secret_reserve(&secret, old_cap);
    check_int(cleansed.calls, 1);
    check(cleansed.ptr == old);
    check_int(cleansed.len, old_cap);
    check_str(secret.data, "token");
    check(secret.cap > old_cap + 5);
}

static void test_reserve_allows_a_read_in_place(void **state)
{
    wva_auto_secret secret = {0};

    (void)state;
    wva_secret_reserve(&secret, 0);
    check_str(secret.data, "");
    wva_secret_reserve(&secret, 1000);
    check(wva_secret_empty(&secret));
    memset(secret.data, 'x', 1000);
    secret.len = 1000;
    secret.data[1000] = '\0';
    wva_secret_append(&secret, "y", 1);
    check_int(secret.data[1000], 'y');
}

static void test_done_cleanses_everything(void **state)
{
    struct wva_secret secret = {0};
    const void *data;
    size_t cap;

    (void)state;
    wva_secret_append(&secret, "token", 5);
    data = secret.data;
    cap = secret.cap;
    wva_secret_done(&secret);
    check(cleansed.ptr == data);
    check_int(cleansed.len, cap);
    check(secret.data == NULL);
    check_int(secret.len, 0);
    check_int(secret.cap, 0);
    wva_secret_done(&secret);
    check_int(cleansed.calls, 1);
}

static void test_trim(void **state)
{
    wva_auto_secret secret = {0};

    (void)state;
    wva_secret_append(&secret, " \t\r\ntok en\v\f\n", 13);
    wva_secret_trim(&secret);
    check_str(secret.data, "tok en");
    check_int(secret.len, 6);
    check(cleansed.ptr == secret.data + 6); /* where "n" was before the move */
    check_int(cleansed.len, 7);
    for (size_t i = 6; i < 13; i++)
        check_int(secret.data[i], 0);
    wva_secret_set(&secret, " \n ", 3);
    wva_secret_trim(&secret);
    check(wva_secret_empty(&secret));
    check(secret.data == NULL);
}

static void test_trim_keeps_nul_bytes(void **state)
{
    wva_auto_secret secret = {0};

    (void)state;
    wva_secret_append(&secret, "\0a\0", 3);
    wva_secret_trim(&secret);
    check_int(secret.len, 3);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(test_empty, forget_calls),
    cmocka_unit_test_setup(test_append_and_set, forget_calls),
    cmocka_unit_test_setup(test_growth_cleanses_the_old_block, forget_calls),
    cmocka_unit_test_setup(test_reserve_allows_a_read_in_place, forget_calls),
    cmocka_unit_test_setup(test_done_cleanses_everything, forget_calls),
    cmocka_unit_test_setup(test_trim, forget_calls),
    cmocka_unit_test_setup(test_trim_keeps_nul_bytes, forget_calls),
};

WVA_TEST_MAIN(tests)
