// SPDX-License-Identifier: Apache-2.0
/* Releases out of tags and image references; what does not tell one, and that outputs stay
 * untouched. */
#include "support/wva_test.h"

#include "wva/guidellm/version.h"
#include "wva/util/mem.h"

static const struct wva_guidellm_version untouched = {7, 8, 9};

static void check_version(struct wva_guidellm_version version, int major, int minor, int patch)
{
    check_int(version.major, major);
    check_int(version.minor, minor);
    check_int(version.patch, patch);
}

static void parses_tags(void **state)
{
    (void)state;
    struct wva_guidellm_version version = untouched;
    check_int(wva_guidellm_version_parse("0.6.1", &version), 0);
    check_version(version, 0, 6, 1);
    check_int(wva_guidellm_version_parse("v0.7.3", &version), 0);
    check_version(version, 0, 7, 3);
    check_int(wva_guidellm_version_parse("v10.20.30-amd64", &version), 0);
    check_version(version, 10, 20, 30);
    check_int(wva_guidellm_version_parse("0.8.0+probe", &version), 0);
    check_version(version, 0, 8, 0);
}

static void refuses_what_is_no_version(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",       "latest",  "stable", "0",      "0.7",         "v",
        "0.7.",   "0.7.x",   "0.7.3x", "0..3",   "0.7.3.1",     "-1.0.0",
        "0.-7.3", "vv0.7.3", " 0.7.3", "0.7.3 ", "0.8.0.dev18", "99999999999.0.0",
    };
    for (size_t i = 0; i < WVA_COUNT(texts); i++) {
        struct wva_guidellm_version version = untouched;
        if (wva_guidellm_version_parse(texts[i], &version) != -1)
            fail_msg("\"%s\" was taken for a version", texts[i]);
        check_version(version, 7, 8, 9);
    }
}

static void finds_the_tag_of_an_image(void **state)
{
    (void)state;
    static const struct {
        const char *image;
        int minor, patch;
    } images[] = {
        {"ghcr.io/vllm-project/guidellm:v0.6.1", 6, 1},
        {"guidellm:0.7.3", 7, 3},
        {"registry:5000/mirror/guidellm:v0.8.1-arm64", 8, 1},
        {"ghcr.io/x/guidellm:v0.7.3@sha256:0123456789abcdef", 7, 3},
        {WVA_GUIDELLM_DEFAULT_IMAGE, 7, 3},
    };
    for (size_t i = 0; i < WVA_COUNT(images); i++) {
        struct wva_guidellm_version version = untouched;
        check_int(wva_guidellm_version_of_image(images[i].image, &version), 0);
        check_version(version, 0, images[i].minor, images[i].patch);
    }
}

static void admits_that_an_image_does_not_tell(void **state)
{
    (void)state;
    static const char *const images[] = {
        "",
        "guidellm",
        "ghcr.io/vllm-project/guidellm",
        "ghcr.io/vllm-project/guidellm:latest",
        "ghcr.io/vllm-project/guidellm:stable",
        "ghcr.io/vllm-project/guidellm@sha256:0123",
        "registry:5000/guidellm", /* a port is no tag */
        "0.7.3:5000/guidellm",
    };
    for (size_t i = 0; i < WVA_COUNT(images); i++) {
        struct wva_guidellm_version version = untouched;
        if (wva_guidellm_version_of_image(images[i], &version) != -1)
            fail_msg("\"%s\" was taken to tell its version", images[i]);
        check_version(version, 7, 8, 9);
    }
}

static void compares_part_by_part(void **state)
{
    (void)state;
    static const struct wva_guidellm_version ascending[] = {
        {0, 3, 1}, {0, 3, 2}, {0, 4, 0}, {0, 10, 0}, {1, 0, 0}, {1, 0, 1},
    };
    for (size_t i = 0; i < WVA_COUNT(ascending); i++)
        for (size_t j = 0; j < WVA_COUNT(ascending); j++) {
            int order = wva_guidellm_version_compare(ascending[i], ascending[j]);
            check_int((order > 0) - (order < 0), (i > j) - (i < j));
        }
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(parses_tags),
    WVA_TEST(refuses_what_is_no_version),
    WVA_TEST(finds_the_tag_of_an_image),
    WVA_TEST(admits_that_an_image_does_not_tell),
    WVA_TEST(compares_part_by_part),
};

WVA_TEST_MAIN(tests)
