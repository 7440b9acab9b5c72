// SPDX-License-Identifier: Apache-2.0
/* The schemas that releases of WVA publish, and what is said about each. */
#include "support/wva_test.h"

#include "wva/codec/json.h"
#include "wva/util/mem.h"
#include "wva/wva/variantautoscaling.h"

#define TEXT_MAP                                                                                   \
    "{\"type\":\"object\",\"minProperties\":1,\"additionalProperties\":{\"type\":\"string\"}}"
#define PARMS                                                                                      \
    "{\"type\":\"object\",\"required\":[\"decodeParms\",\"prefillParms\"],\"properties\":{"        \
    "\"decodeParms\":" TEXT_MAP ",\"prefillParms\":" TEXT_MAP "}}"
#define ENTRY(parms)                                                                               \
    "{\"type\":\"object\",\"properties\":{\"acc\":{\"type\":\"string\",\"minLength\":1},"          \
    "\"accCount\":{\"type\":\"integer\"},\"maxBatchSize\":{\"type\":\"integer\"}" parms "}}"
#define PROFILE(entry)                                                                             \
    "{\"type\":\"object\",\"properties\":{\"accelerators\":{\"type\":\"array\",\"items\":" entry   \
    "}}}"
#define KIND(spec)                                                                                 \
    "{\"type\":\"object\",\"properties\":{\"metadata\":{\"allOf\":[{\"$ref\":\"#/components/"      \
    "schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta\"}]},\"spec\":{\"type\":\"object\","  \
    "\"properties\":{\"modelID\":{\"type\":\"string\"}" spec "}}}}"

#define SLO          ",\"sloClassRef\":{\"type\":\"object\"}"
#define COST         ",\"variantCost\":{\"type\":\"string\",\"default\":\"10.0\"}"
#define FULL_PROFILE ",\"modelProfile\":" PROFILE(ENTRY(",\"perfParms\":" PARMS))

static struct wva_value *parse(struct wva_arena *arena, const char *text)
{
    static const struct wva_json_options options = {.name = "schema"};
    struct wva_error err = {0};
    struct wva_value *value = NULL;

    check_ok(wva_json_parse(arena, text, strlen(text), &options, &value, &err), &err);
    return value;
}

static void releases_that_have_the_profile(void **state)
{
    static const char *const schemas[] = {
        KIND(FULL_PROFILE SLO),      /* v0.0.1 to v0.0.4 */
        KIND(FULL_PROFILE SLO COST), /* v0.0.5 */
        KIND(FULL_PROFILE COST),     /* v0.4.1, v0.4.2 */
    };
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(schemas); i++) {
        struct wva_value *schema = parse(&arena, schemas[i]);
        check_ok(wva_va_schema_check(schema, schema, &err), &err);
    }
}

struct schema_case {
    const char *schema;
    const char *words;
};

static void what_is_missing_is_said(void **state)
{
    static const struct schema_case cases[] = {
        {KIND(",\"scaleTargetRef\":{\"type\":\"object\"}" COST),
         "has no spec.modelProfile, where alpha, beta, gamma and delta go: WVA v0.0.1 to v0.4.2 "
         "have "
         "it, and this cluster serves spec with modelID, scaleTargetRef, variantCost (v0.5.0 or "
         "v0.5.1)"},
        {KIND(",\"scaleTargetRef\":{},\"minReplicas\":{},\"maxReplicas\":{}" COST),
         "serves spec with modelID, scaleTargetRef, minReplicas, maxReplicas, variantCost (v0.6.0 "
         "or "
         "later)"},
        {"{\"type\":\"object\"}",
         "serves spec with no property (no release known to this program)"},
        {"{\"properties\":{\"spec\":{\"properties\":[1,2]}}}", "serves spec with no property"},
        {KIND(",\"modelProfile\":" PROFILE(ENTRY(",\"alpha\":{},\"beta\":{}"))),
         "its accelerators have alpha and beta directly, as before v0.0.1; WVA v0.0.1 to v0.4.2 "
         "have "
         "perfParms.decodeParms and perfParms.prefillParms there, maps of texts"},
        {KIND(",\"modelProfile\":" PROFILE(ENTRY(""))), "but its accelerators have no perfParms;"},
        {KIND(",\"modelProfile\":" PROFILE(
             ENTRY(",\"perfParms\":{\"type\":\"object\",\"properties\":{\"decodeParms\":"
                   "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"number\"}},"
                   "\"prefillParms\":" TEXT_MAP "}}"))),
         "but perfParms.decodeParms is no map of texts;"},
        {KIND(",\"modelProfile\":" PROFILE(
             ENTRY(",\"perfParms\":{\"type\":\"object\",\"properties\":{\"decodeParms\":" TEXT_MAP
                   "}}"))),
         "but perfParms.prefillParms is no map of texts;"},
    };
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        struct wva_value *schema = parse(&arena, cases[i].schema);
        check_int(wva_va_schema_check(schema, schema, &err), -1);
        check_has(err.hint, "kubectl explain variantautoscalings.spec");
        check_int(err.code, WVA_E_INVALID);
        check_has(err.msg, cases[i].words);
        wva_error_clear(&err);
    }
}

static void references_are_followed(void **state)
{
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    (void)state;

    struct wva_value *root = parse(
        &arena,
        "{\"components\":{\"schemas\":{"
        "\"ai.llmd.v1alpha1.Spec\":{\"properties\":{\"modelProfile\":{\"description\":\"d\","
        "\"allOf\":[{\"$ref\":\"#/components/schemas/ai.llmd.v1alpha1.Profile\"}]}}},"
        "\"ai.llmd.v1alpha1.Profile\":" PROFILE(
            "{\"$ref\":\"#/components/schemas/ai.llmd.v1alpha1.Entry\"}") ","
                                                                          "\"ai.llmd.v1alpha1."
                                                                          "Entry\":" ENTRY(
                                                                              ",\"perfParms\""
                                                                              ":" PARMS) "}}}");
    struct wva_value *schema = parse(&arena, "{\"properties\":{\"spec\":{\"$ref\":"
                                             "\"#/components/schemas/ai.llmd.v1alpha1.Spec\"}}}");
    check_ok(wva_va_schema_check(schema, root, &err), &err);
    check_fails(wva_va_schema_check(schema, schema, &err), &err, WVA_E_INVALID,
                "has no spec.modelProfile");
}

static void circles_and_foreign_references_end(void **state)
{
    static const char *const schemas[] = {
        "{\"$ref\":\"#/components/schemas/a\",\"components\":{\"schemas\":{"
        "\"a\":{\"$ref\":\"#/components/schemas/b\"},\"b\":{\"$ref\":\"#/components/schemas/"
        "a\"}}}}",
        "{\"$ref\":\"other.json#/a\"}",
    };
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(schemas); i++) {
        struct wva_value *schema = parse(&arena, schemas[i]);
        check_fails(wva_va_schema_check(schema, schema, &err), &err, WVA_E_INVALID,
                    "has no spec.modelProfile");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WVA_TEST(releases_that_have_the_profile),
        WVA_TEST(what_is_missing_is_said),
        WVA_TEST(references_are_followed),
        WVA_TEST(circles_and_foreign_references_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
