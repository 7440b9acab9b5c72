// SPDX-License-Identifier: Apache-2.0
/* Planning a change of one accelerator's entry: what is written, what stays to the byte, what is
 * refused. */
#include "support/wva_test.h"

#include "wva/codec/json.h"
#include "wva/util/mem.h"
#include "wva/wva/variantautoscaling.h"

#define OTHER                                                                                      \
    "{\"acc\":\"A100\",\"accCount\":1,\"maxBatchSize\":4,\"perfParms\":{\"decodeParms\":"          \
    "{\"alpha\":\"20.580\",\"beta\":\"0.41\"},\"prefillParms\":{\"gamma\":\"5.2\",\"delta\":"      \
    "\"0.1\"}},\"x\":1.50e0}"
#define H100(alpha)                                                                                \
    "{\"acc\":\"H100\",\"accCount\":2,\"maxBatchSize\":64,\"perfParms\":{\"decodeParms\":"         \
    "{\"note\":\"kept\",\"alpha\":\"" alpha "\",\"beta\":\"0.027\"},\"prefillParms\":{\"gamma\":"  \
    "\"14.825\",\"delta\":\"0.001364\"}}}"
#define VA(labels, list)                                                                           \
    "{\"metadata\":{\"name\":\"llama\",\"namespace\":\"llm\",\"resourceVersion\":\"42\"" labels    \
    "},\"spec\":{\"modelID\":\"m\",\"modelProfile\":{\"accelerators\":" list "}}}"
#define LABEL ",\"labels\":{\"inference.optimization/acceleratorName\":\"H100\"}"

static const struct wva_va_profile guide = {
    .accelerator = "H100",
    .parameters = {6.973, 0.027, 14.825, 0.001364},
};

static struct wva_value *parse(struct wva_arena *arena, const char *text)
{
    static const struct wva_json_options options = {.name = "va"};
    struct wva_error err = {0};
    struct wva_value *value = NULL;

    check_ok(wva_json_parse(arena, text, strlen(text), &options, &value, &err), &err);
    return value;
}

static void one_entry_changes_and_the_rest_stays(void **state)
{
    static const char before[] = VA(LABEL, "[" OTHER "," H100("7.1") "]");
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    struct wva_va_change change;
    (void)state;

    struct wva_value *va = parse(&arena, before);
    check_ok(wva_va_plan(&arena, va, &guide, &change, &err), &err);
    check(change.changed);
    check(!change.entry_added);
    check_str(change.before.alpha, "7.1");
    check_str(change.after.alpha, "6.973");
    check_str(change.after.beta, "0.027");
    check_str(change.after.gamma, "14.825");
    check_str(change.after.delta, "0.001364");
    check_int(change.before.max_batch_size, 64);
    check_int(change.after.max_batch_size, 64);
    check_str(wva_json_text(&arena, change.accelerators), "[" OTHER "," H100("6.973") "]");
    check_str(wva_json_text(&arena, va), before);
}

static void counts_are_set_when_given(void **state)
{
    struct wva_va_profile profile = guide;
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    struct wva_va_change change;
    (void)state;

    profile.max_batch_size = 256;
    profile.accelerator_count = 4;
    struct wva_value *va = parse(&arena, VA(LABEL, "[" H100("6.973") "]"));
    check_ok(wva_va_plan(&arena, va, &profile, &change, &err), &err);
    check(change.changed);
    check_int(change.before.max_batch_size, 64);
    check_int(change.after.max_batch_size, 256);
    const char *text = wva_json_text(&arena, change.accelerators);
    check_has(text, "\"acc\":\"H100\",\"accCount\":4,\"maxBatchSize\":256,\"perfParms\"");
}

/* WVA reads 32-bit floats: 6.97300005 is 6.973 to it, 6.9730005 is not. */
static void the_same_to_wva_is_unchanged(void **state)
{
    static const struct {
        const char *list;
        bool changed;
    } cases[] = {
        {"[" H100("6.973") "]", false},   {"[" H100("6.97300005") "]", false},
        {"[" H100("6973e-3") "]", false}, {"[" H100("6.9730005") "]", true},
        {"[" H100("+6.973") "]", true},   {"[" H100("") "]", true},
        {"[" H100("nan") "]", true},      {"[" H100("6.973 ") "]", true},
    };
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    struct wva_va_change change;
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        struct wva_value *va = parse(&arena, VA(LABEL, "[1]"));
        struct wva_value *list = parse(&arena, cases[i].list);
        wva_put(&arena, va, list, "spec", "modelProfile", "accelerators");
        check_ok(wva_va_plan(&arena, va, &guide, &change, &err), &err);
        check_int(change.changed, cases[i].changed);
        check_str(change.after.alpha, cases[i].changed ? "6.973" : change.before.alpha);
        if (!cases[i].changed)
            check_str(wva_json_text(&arena, change.accelerators), cases[i].list);
    }
}

static void numbers_where_texts_belong_become_texts(void **state)
{
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    struct wva_va_change change;
    (void)state;

    struct wva_value *va =
        parse(&arena, VA(LABEL, "[{\"acc\":\"H100\",\"perfParms\":{\"decodeParms\":"
                                "{\"alpha\":6.973},\"prefillParms\":null}}]"));
    check_ok(wva_va_plan(&arena, va, &guide, &change, &err), &err);
    check(change.changed);
    check(change.before.alpha == NULL && change.before.delta == NULL);
    check_str(wva_json_text(&arena, change.accelerators),
              "[{\"acc\":\"H100\",\"perfParms\":{\"decodeParms\":{\"alpha\":\"6.973\",\"beta\":"
              "\"0.027\"},\"prefillParms\":{\"gamma\":\"14.825\",\"delta\":\"0.001364\"}}}]");
}

static void a_missing_entry_is_added(void **state)
{
    static const char *const objects[] = {
        VA("", "[]"),
        VA("", "null"),
        "{\"metadata\":{\"name\":\"llama\",\"namespace\":\"llm\"},\"spec\":{\"modelID\":\"m\"}}",
    };
    struct wva_va_profile profile = guide;
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    struct wva_va_change change;
    (void)state;

    profile.max_batch_size = 64;
    for (size_t i = 0; i < WVA_COUNT(objects); i++) {
        struct wva_value *va = parse(&arena, objects[i]);
        check_ok(wva_va_plan(&arena, va, &profile, &change, &err), &err);
        check(change.changed);
        check(change.entry_added);
        check(change.before.alpha == NULL);
        check_int(change.before.max_batch_size, 0);
        check_int(change.after.max_batch_size, 64);
        check_str(wva_json_text(&arena, change.accelerators),
                  "[{\"acc\":\"H100\",\"accCount\":1,\"maxBatchSize\":64,\"perfParms\":{"
                  "\"decodeParms\":{\"alpha\":\"6.973\",\"beta\":\"0.027\"},"
                  "\"prefillParms\":{\"gamma\":\"14.825\",\"delta\":\"0.001364\"}}}]");
    }
    struct wva_value *va = parse(&arena, VA(LABEL, "[" OTHER "]"));
    check_ok(wva_va_plan(&arena, va, &profile, &change, &err), &err);
    check_int(change.accelerators->count, 2);
    check_str(wva_json_text(&arena, change.accelerators->items[0]), OTHER);
}

static void plans_are_refused_in_words(void **state)
{
    static const struct {
        const char *object;
        const char *words;
        const char *hint;
    } cases[] = {
        {VA(LABEL, "[" OTHER "]"),
         "VariantAutoscaling 'llm/llama' has no entry for accelerator 'H100' yet, and a new one "
         "needs "
         "the server's batch limit (vLLM's --max-num-seqs)",
         "kubectl wva apply llama --accelerator H100 --max-batch-size N"},
        {VA(LABEL, "[" H100("7") "," OTHER "," H100("8") "]"),
         "VariantAutoscaling 'llm/llama': spec.modelProfile.accelerators[0] and [2] are both for "
         "'H100', and nothing says which one WVA reads",
         "remove one of them: kubectl edit variantautoscaling llama -n llm"},
        {VA(LABEL, "\"x\""),
         "VariantAutoscaling 'llm/llama': spec.modelProfile.accelerators: array expected, string "
         "found",
         ""},
    };
    struct wva_va_change change = {.before = {.max_batch_size = 99}};
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        struct wva_value *va = parse(&arena, cases[i].object);
        check_int(wva_va_plan(&arena, va, &guide, &change, &err), -1);
        check_str(err.msg, cases[i].words);
        check_str(err.hint, cases[i].hint);
        check_int(err.code, WVA_E_INPUT);
        check_int(change.before.max_batch_size, 99);
        wva_error_clear(&err);
    }
}

static void bad_parameters_are_never_planned(void **state)
{
    struct wva_va_profile profile = guide;
    struct wva_va_change change = {.before = {.max_batch_size = 99}};
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    (void)state;

    profile.parameters.gamma = -190;
    struct wva_value *va = parse(&arena, VA(LABEL, "[" H100("7") "]"));
    check_fails(wva_va_plan(&arena, va, &profile, &change, &err), &err, WVA_E_QUALITY,
                "gamma is -190, not above 0");
    check_int(change.before.max_batch_size, 99);
}

static void which_accelerator(void **state)
{
    static const struct {
        const char *object;
        const char *wanted;
        const char *picked;
    } cases[] = {
        {VA(LABEL, "[" OTHER "]"), "L40S", "L40S"},
        {VA(LABEL, "[" OTHER "]"), NULL, "H100"},
        {VA("", "[" OTHER "]"), NULL, "A100"},
        {VA("", "[" OTHER "]"), "", "A100"},
    };
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        const char *picked = NULL;
        struct wva_value *va = parse(&arena, cases[i].object);
        check_ok(wva_va_pick_accelerator(va, cases[i].wanted, &picked, &err), &err);
        check_str(picked, cases[i].picked);
    }
}

static void no_accelerator_is_guessed(void **state)
{
    static const struct {
        const char *object;
        const char *words;
    } cases[] = {
        {VA("", "[" OTHER "," H100("7") ",{}]"),
         "VariantAutoscaling 'llm/llama' does not tell which accelerator is meant: it has no label "
         "inference.optimization/acceleratorName, and spec.modelProfile.accelerators has 3 "
         "entries: "
         "A100, H100, ?"},
        {VA("", "[]"), "spec.modelProfile.accelerators has 0 entries"},
    };
    const char *picked = "before";
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        struct wva_value *va = parse(&arena, cases[i].object);
        check_int(wva_va_pick_accelerator(va, NULL, &picked, &err), -1);
        check_str(err.hint, "kubectl wva apply llama --accelerator NAME");
        check_int(err.code, WVA_E_INPUT);
        check_has(err.msg, cases[i].words);
        check_str(picked, "before");
        wva_error_clear(&err);
    }
    check_fails(wva_va_pick_accelerator(parse(&arena, VA("", "{}")), "H100", &picked, &err), &err,
                WVA_E_INPUT, "spec.modelProfile.accelerators: array expected, object found");
}

static void the_patch_is_the_list_under_the_resource_version(void **state)
{
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    struct wva_va_change change;
    (void)state;

    struct wva_value *va = parse(&arena, VA(LABEL, "[" OTHER "," H100("7.1") "]"));
    check_ok(wva_va_plan(&arena, va, &guide, &change, &err), &err);
    check_str(wva_json_text(&arena, wva_va_patch(&arena, va, &change)),
              "{\"metadata\":{\"resourceVersion\":\"42\"},\"spec\":{\"modelProfile\":"
              "{\"accelerators\":[" OTHER "," H100("6.973") "]}}}");
}

static void a_new_object(void **state)
{
    struct wva_va_profile profile = guide;
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    struct wva_va_change change;
    (void)state;

    profile.accelerator_count = 2;
    profile.max_batch_size = 64;
    struct wva_value *va = wva_va_new(&arena, "llm", "llama", "org/Llama", &profile);
    check_str(wva_json_text(&arena, va),
              "{\"apiVersion\":\"llmd.ai/v1alpha1\",\"kind\":\"VariantAutoscaling\",\"metadata\":{"
              "\"name\":\"llama\",\"namespace\":\"llm\",\"labels\":{"
              "\"inference.optimization/acceleratorName\":\"H100\"}},\"spec\":{\"modelID\":"
              "\"org/Llama\",\"modelProfile\":{\"accelerators\":[{\"acc\":\"H100\",\"accCount\":2,"
              "\"maxBatchSize\":64,\"perfParms\":{\"decodeParms\":{\"alpha\":\"6.973\",\"beta\":"
              "\"0.027\"},\"prefillParms\":{\"gamma\":\"14.825\",\"delta\":\"0.001364\"}}}]}}}");
    check_ok(wva_va_plan(&arena, va, &profile, &change, &err), &err);
    check(!change.changed);
}

static void number_texts_keep_small_digits(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {6.973, "6.973"},
        {11.0 / (63 * 128), "0.0013640873"},
        {1.23456789e-6, "1.23456789e-06"},
        {14.825396825396826, "14.8253968"},
        {0, "0"},
    };
    wva_auto_arena arena = {0};
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        const char *text = wva_va_number(&arena, cases[i].value);
        check_str(text, cases[i].text);
        check((float)strtod(text, NULL) == (float)cases[i].value);
    }
}

static void an_entry_is_read_as_wva_does(void **state)
{
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    struct wva_va_profile profile;
    (void)state;

    const struct wva_value *va = parse(&arena, VA(LABEL, "[" OTHER "," H100("6.973") "]"));
    check_ok(wva_va_profile_get(va, "H100", &profile, &err), &err);
    check_str(profile.accelerator, "H100");
    check_int(profile.accelerator_count, 2);
    check_int(profile.max_batch_size, 64);
    check(profile.parameters.alpha == 6.973 && profile.parameters.beta == 0.027);
    check(profile.parameters.gamma == 14.825 && profile.parameters.delta == 0.001364);
    check_ok(wva_va_profile_get(va, "A100", &profile, &err), &err);
    check(profile.parameters.alpha == 20.58 && profile.max_batch_size == 4);
}

static void entries_that_cannot_be_read(void **state)
{
    static const struct {
        const char *va;
        enum wva_code code;
        const char *words;
    } cases[] = {
        {VA("", "[" OTHER "," OTHER "]"), WVA_E_INPUT,
         "VariantAutoscaling 'llm/llama' has no entry for accelerator 'H100': "
         "spec.modelProfile.accelerators has 2: A100, A100"},
        {"{\"spec\":{}}", WVA_E_INPUT, "spec.modelProfile.accelerators has 0"},
        {VA("", "3"), WVA_E_INPUT, "array expected, number found"},
        {VA("", "[" H100("1") "," H100("1") "]"), WVA_E_INPUT, "[0] and [1] are both for 'H100'"},
        {VA("", "[" H100("6,9") "]"), WVA_E_INPUT,
         "VariantAutoscaling 'llm/llama', accelerator 'H100': perfParms.decodeParms.alpha: '6,9' "
         "is not a finite number"},
        {VA("", "[" H100("inf") "]"), WVA_E_INPUT, "'inf' is not a finite number"},
        {VA("", "[{\"acc\":\"H100\"}]"), WVA_E_INPUT, "perfParms.decodeParms.alpha is missing"},
        {VA("", "[" H100("-1") "]"), WVA_E_QUALITY, "alpha is -1, not above 0"},
    };
    struct wva_va_profile profile = {.max_batch_size = 99};
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        const struct wva_value *va = parse(&arena, cases[i].va);

        check_fails(wva_va_profile_get(va, "H100", &profile, &err), &err, cases[i].code,
                    cases[i].words);
        check_int(profile.max_batch_size, 99);
    }
}

static void tokens_that_wva_saw(void **state)
{
    static const struct {
        const char *input, *output;
        double prompt_tokens, output_tokens;
    } cases[] = {{"129.80", "64", 129, 64},
                 {"0.00", "0.5", 0, 0},
                 {"NaN", "", 0, 0},
                 {"1e3", "-4", 1000, 0}};
    wva_auto_arena arena = {0};
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        struct wva_value *va = wva_object(&arena);

        wva_put(&arena, va, wva_string(&arena, cases[i].input), "status", "currentAlloc", "load",
                "avgInputTokens");
        wva_put(&arena, va, wva_string(&arena, cases[i].output), "status", "currentAlloc", "load",
                "avgOutputTokens");
        check(wva_va_tokens_get(va).prompt == cases[i].prompt_tokens);
        check(wva_va_tokens_get(va).output == cases[i].output_tokens);
    }
    check(wva_va_tokens_get(wva_object(&arena)).prompt == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WVA_TEST(one_entry_changes_and_the_rest_stays),
        WVA_TEST(counts_are_set_when_given),
        WVA_TEST(the_same_to_wva_is_unchanged),
        WVA_TEST(numbers_where_texts_belong_become_texts),
        WVA_TEST(a_missing_entry_is_added),
        WVA_TEST(plans_are_refused_in_words),
        WVA_TEST(bad_parameters_are_never_planned),
        WVA_TEST(which_accelerator),
        WVA_TEST(no_accelerator_is_guessed),
        WVA_TEST(the_patch_is_the_list_under_the_resource_version),
        WVA_TEST(a_new_object),
        WVA_TEST(number_texts_keep_small_digits),
        WVA_TEST(an_entry_is_read_as_wva_does),
        WVA_TEST(entries_that_cannot_be_read),
        WVA_TEST(tokens_that_wva_saw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
