// SPDX-License-Identifier: Apache-2.0
/* Service classes as WVA's ConfigMap has them, and as people get them wrong. */
#include "support/wva_test.h"

#include "wva/wva/service_class.h"

struct class_text {
    const char *key;
    const char *yaml;
};

#define PREMIUM                                                                                    \
    "name: Premium\npriority: 1\ndata:\n- model: default/default\n  slo-tpot: 24\n  slo-ttft: "    \
    "500\n- model: llama0-70b\n  slo-tpot: 80\n  slo-ttft: 500\n"
#define FREEMIUM                                                                                   \
    "name: Freemium\npriority: 10\ndata:\n- model: granite-13b\n  slo-tpot: 200\n  slo-ttft: "     \
    "2000\n- model: llama0-70b\n  slo-tpot: 150\n  slo-ttft: 1500\n"

static struct wva_value *configmap(struct wva_arena *arena, const struct class_text *classes)
{
    struct wva_value *object = wva_object(arena);

    for (; classes->key != NULL; classes++)
        wva_put(arena, object, wva_string(arena, classes->yaml), "data", classes->key);
    return object;
}

static const struct class_text samples[] = {
    {"freemium.yaml", FREEMIUM}, {"premium.yaml", PREMIUM}, {NULL, NULL}};

static void the_only_class_of_a_model(void **state)
{
    struct wva_service_class found;
    wva_auto_arena arena = {0};
    (void)state;

    const struct wva_value *map = configmap(&arena, samples);
    check(wva_service_class_find(&arena, map, "default/default", &found));
    check_str(found.name, "Premium");
    check(found.priority == 1 && found.itl_ms == 24 && found.ttft_ms == 500);
    check(found.others == 0 && found.skipped == NULL);
    check(wva_service_class_find(&arena, map, "granite-13b", &found));
    check_str(found.name, "Freemium");
    check(found.itl_ms == 200 && found.ttft_ms == 2000);
}

static void the_highest_priority_of_several(void **state)
{
    static const struct class_text equals[] = {
        {"a", "data: [{model: m, slo-tpot: 1}]"},
        {"b", "name: B\npriority: 3\ndata: [{model: m, slo-tpot: 2}]"},
        {"c", "name: C\npriority: 3\ndata: [{model: m, slo-tpot: 3}]"},
        {NULL, NULL}};
    struct wva_service_class found;
    wva_auto_arena arena = {0};
    (void)state;

    check(wva_service_class_find(&arena, configmap(&arena, samples), "llama0-70b", &found));
    check_str(found.name, "Premium");
    check_int(found.others, 1);
    check(wva_service_class_find(&arena, configmap(&arena, equals), "m", &found));
    check_str(found.name, "B");
    check(found.priority == 3 && found.itl_ms == 2 && found.ttft_ms == 0);
    check_int(found.others, 2);
}

static void a_class_without_name_or_priority(void **state)
{
    static const struct class_text bare[] = {
        {"gold.yaml", "data: [{model: m, slo-tpot: 12.5, slo-ttft: -3}]"}, {NULL, NULL}};
    struct wva_service_class found;
    wva_auto_arena arena = {0};
    (void)state;

    check(wva_service_class_find(&arena, configmap(&arena, bare), "m", &found));
    check_str(found.name, "gold.yaml");
    check(found.priority == 100 && found.itl_ms == 12.5 && found.ttft_ms == 0);
}

static void what_is_no_class_is_passed_over(void **state)
{
    static const struct class_text odd[] = {
        {"broken", "name: [\n"}, {"text", "hello"},   {"two", "a: 1\n---\nb: 2\n"},
        {"list", "- 1\n"},       {"data", "data: 3"}, {"names", "data: [1, {}, {model: 2}]"},
        {"good", PREMIUM},       {NULL, NULL}};
    struct wva_service_class found;
    wva_auto_arena arena = {0};
    (void)state;

    struct wva_value *map = configmap(&arena, odd);
    wva_put(&arena, map, wva_int(&arena, 3), "data", "number");
    check(wva_service_class_find(&arena, map, "default/default", &found));
    check_str(found.name, "Premium");
    check_str(found.skipped, "broken");
}

static void no_class_names_the_model(void **state)
{
    struct wva_service_class found = {.others = 99};
    wva_auto_arena arena = {0};
    (void)state;

    check(!wva_service_class_find(&arena, configmap(&arena, samples), "other", &found));
    check(!wva_service_class_find(&arena, configmap(&arena, samples), NULL, &found));
    check(!wva_service_class_find(&arena, wva_object(&arena), "m", &found));
    check(!wva_service_class_find(&arena, NULL, "m", &found));
    check_int(found.others, 99);
}

static void names_are_safe_to_show(void **state)
{
    static const struct class_text hostile[] = {
        {"x", "name: \"a\\u001b[2Jb\"\ndata: [{model: m, slo-tpot: 1}]"}, {NULL, NULL}};
    struct wva_service_class found;
    wva_auto_arena arena = {0};
    (void)state;

    check(wva_service_class_find(&arena, configmap(&arena, hostile), "m", &found));
    check_str(found.name, "a?[2Jb");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WVA_TEST(the_only_class_of_a_model),        WVA_TEST(the_highest_priority_of_several),
        WVA_TEST(a_class_without_name_or_priority), WVA_TEST(what_is_no_class_is_passed_over),
        WVA_TEST(no_class_names_the_model),         WVA_TEST(names_are_safe_to_show),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
