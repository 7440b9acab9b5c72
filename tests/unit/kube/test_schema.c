// SPDX-License-Identifier: Apache-2.0
/* Finding a kind's schema among what the server publishes. */
#include "kube_fixture.h"
#include "support/wva_test.h"

#define VA_KEY "apis/llmd.ai/v1alpha1"
#define VA_URL "/openapi/v3/apis/llmd.ai/v1alpha1?hash=ABC"
#define INDEX  "{\"paths\":{\"" VA_KEY "\":{\"serverRelativeURL\":\"" VA_URL "\"}}}"
/* As the API server sends it: without a type of its own, so Go's guess. */
#define INDEX_REPLY                                                                                \
    {                                                                                              \
        .status = 200, .headers = "Content-Type: text/plain; charset=utf-8\r\n", .body = INDEX     \
    }
#define GVK(group, version, kind)                                                                  \
    "\"x-kubernetes-group-version-kind\":[{\"group\":\"" group "\",\"version\":\"" version         \
    "\",\"kind\":\"" kind "\"}]"

static int look_up(struct kube_fixture *f, struct wva_value **schema, struct wva_value **root)
{
    return wva_kube_schema(f->kube, &f->arena, &wva_type_variantautoscaling, schema, root, &f->err);
}

static void finds_the_schema_by_kind(void **state)
{
    KUBE_SCRIPT(
        {.method = "GET", .path = "/openapi/v3", .reply = INDEX_REPLY},
        {.method = "GET",
         .path = VA_URL,
         .reply = {
             .status = 200,
             .body = "{\"components\":{\"schemas\":{\"a\":{" GVK(
                 "llmd.ai", "v1alpha1",
                 "VariantAutoscalingList") "},\"b\":{" GVK("llmd.ai", "v1alpha1",
                                                           "VariantAutoscaling") ",\"type\":"
                                                                                 "\"object\"},"
                                                                                 "\"c\":{}}}}"}});
    struct wva_value *schema, *root;

    check_ok(look_up(&f, &schema, &root), &f.err);
    check_str(wva_get_str(schema, "type"), "object");
    check(wva_get(root, "components", "schemas", "c") != NULL);
    kube_fixture_stop(&f);
}

static void names_the_core_group_as_the_index_does(void **state)
{
    KUBE_SCRIPT(
        {.method = "GET",
         .path = "/openapi/v3",
         .reply = {.status = 200,
                   .body = "{\"paths\":{\"api/v1\":{\"serverRelativeURL\":\"/openapi/v3/api/v1\"}"
                           "}}"}},
        {.method = "GET",
         .path = "/openapi/v3/api/v1",
         .reply = {.status = 200,
                   .body = "{\"components\":{\"schemas\":{\"Pod\":{" GVK("", "v1", "Pod") "}}}}"}});
    struct wva_value *schema, *root;

    check_ok(wva_kube_schema(f.kube, &f.arena, &wva_type_pod, &schema, &root, &f.err), &f.err);
    kube_fixture_stop(&f);
}

static void says_what_is_not_served(void **state)
{
    KUBE_SCRIPT({.method = "GET",
                 .path = "/openapi/v3",
                 .reply = {.status = 200, .body = "{\"paths\":{}}"}},
                {.method = "GET", .path = "/openapi/v3", .reply = {.status = 200, .body = "[]"}},
                {.method = "GET", .path = "/openapi/v3", .reply = INDEX_REPLY},
                {.method = "GET",
                 .path = VA_URL,
                 .reply = {.status = 200,
                           .body = "{\"components\":{\"schemas\":{\"a\":{" GVK(
                               "llmd.ai", "v1", "VariantAutoscaling") "}}}}"}});
    struct wva_value *schema = NULL, *root = NULL;

    for (int i = 0; i < 3; i++) {
        check_fails(look_up(&f, &schema, &root), &f.err, WVA_E_NO_API,
                    "the server does not have the resource type variantautoscalings.llmd.ai "
                    "(v1alpha1)");
        check(schema == NULL && root == NULL);
    }
    kube_fixture_stop(&f);
}

static void follows_no_foreign_url(void **state)
{
    KUBE_SCRIPT({.method = "GET",
                 .path = "/openapi/v3",
                 .reply = {.status = 200,
                           .body = "{\"paths\":{\"" VA_KEY
                                   "\":{\"serverRelativeURL\":\"@evil.example/x\"}}}"}},
                {.method = "GET",
                 .path = "/openapi/v3",
                 .reply = {.status = 200, .body = "{\"paths\":{\"" VA_KEY "\":{}}}"}});
    struct wva_value *schema, *root;

    for (int i = 0; i < 2; i++)
        check_fails(look_up(&f, &schema, &root), &f.err, WVA_E_PROTOCOL,
                    "cannot read the server's schemas: no serverRelativeURL for " VA_KEY);
    kube_fixture_stop(&f);
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(finds_the_schema_by_kind),
    WVA_TEST(names_the_core_group_as_the_index_does),
    WVA_TEST(says_what_is_not_served),
    WVA_TEST(follows_no_foreign_url),
};

WVA_TEST_MAIN(tests)
