// SPDX-License-Identifier: Apache-2.0
/* encode.h: base64 both ways, SHA-256, random bytes. */
#include "support/wva_test.h"

#include "wva/util/encode.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* RFC 4648 section 10. */
static const struct {
    const char *plain;
    const char *text;
} vectors[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};

static void test_vectors(void **state)
{
    wva_auto_arena arena = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        wva_auto_secret plain = {0};
        size_t bad = 42;

        check_str(wva_base64_encode(&arena, vectors[i].plain, strlen(vectors[i].plain)),
                  vectors[i].text);
        check_int(wva_base64_decode(vectors[i].text, strlen(vectors[i].text), &plain, &bad), 0);
        check_int(plain.len, strlen(vectors[i].plain));
        assert_memory_equal(plain.len > 0 ? plain.data : "", vectors[i].plain, plain.len);
        check_int(bad, 42);
    }
}

static void test_all_bytes_and_long_texts(void **state)
{
    wva_auto_arena arena = {0};
    wva_auto_secret plain = {0};
    const size_t len = ((size_t)3 << 20) + 512; /* more than one piece */
    unsigned char *bytes = wva_arena_alloc(&arena, len);
    size_t bad = 42;
    char *text;

    (void)state;
    for (size_t i = 0; i < len; i++)
        bytes[i] = (unsigned char)(i * 7);
    text = wva_base64_encode(&arena, bytes, len);
    check_int(strlen(text), (len + 2) / 3 * 4);
    check_int(wva_base64_decode(text, strlen(text), &plain, &bad), 0);
    check_int(plain.len, len);
    assert_memory_equal(plain.data, bytes, len);
}

static void test_line_breaks_are_skipped(void **state)
{
    static const char text[] = "\nZ\r\ng\n=\n=\n";
    wva_auto_secret plain = {0};
    size_t bad = 42;

    (void)state;
    check_int(wva_base64_decode(text, sizeof(text) - 1, &plain, &bad), 0);
    check_str(plain.data, "f");
}

static void test_bad_texts(void **state)
{
    static const struct {
        const char *text;
        size_t offset;
    } bad[] = {
        {"Z", 1},        {"Zg", 2},
        {"Zg=", 3},      {"Zm8", 3},
        {"=", 0},        {"Z===", 1},
        {"Zg=a", 3},     {"Zg==Zg==", 4},
        {"Zm9v====", 4}, {"Zm 9v", 2},
        {"Zm9-", 3},     {"Zm9_", 3},
        {"Zm9v!", 4},    {"Zm9vYm\xC3\xA9", 6},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        wva_auto_secret plain = {0};
        size_t offset = 999;

        if (wva_base64_decode(bad[i].text, strlen(bad[i].text), &plain, &offset) != -1)
            fail_msg("\"%s\" was taken", bad[i].text);
        check_int(offset, bad[i].offset);
        check(wva_secret_empty(&plain));
        check(plain.data == NULL);
    }
}

static void test_nul_is_no_digit(void **state)
{
    wva_auto_secret plain = {0};
    size_t offset = 999;

    (void)state;
    check_int(wva_base64_decode("Zm9\0", 4, &plain, &offset), -1);
    check_int(offset, 3);
}

static void test_sha256(void **state)
{
    char hex[WVA_SHA256_HEX_MAX];

    (void)state; /* FIPS 180-2 appendix B, and the empty text */
    wva_sha256_hex(hex, "abc", 3);
    check_str(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    wva_sha256_hex(hex, "", 0);
    check_str(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void test_random_bytes(void **state)
{
    unsigned char a[1000] = {0}, b[1000] = {0};
    unsigned char untouched = 7;
    int zeros = 0;

    (void)state;
    wva_random_bytes(a, sizeof(a));
    wva_random_bytes(b, sizeof(b));
    check(memcmp(a, b, sizeof(a)) != 0);
    for (size_t i = 0; i < sizeof(a); i++)
        zeros += a[i] == 0;
    check(zeros < 100); /* all thousand were written: 4 zeros are to be expected */
    wva_random_bytes(&untouched, 0);
    check_int(untouched, 7);
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(test_vectors),
    WVA_TEST(test_all_bytes_and_long_texts),
    WVA_TEST(test_line_breaks_are_skipped),
    WVA_TEST(test_bad_texts),
    WVA_TEST(test_nul_is_no_digit),
    WVA_TEST(test_sha256),
    WVA_TEST(test_random_bytes),
};

WVA_TEST_MAIN(tests)
