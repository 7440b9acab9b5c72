// SPDX-License-Identifier: Apache-2.0
/* Flags put into a pod spec: tolerations, node selectors, environment, resources. */
#include "support/wva_test.h"

#include "wva/codec/json.h"
#include "wva/guidellm/podspec.h"
#include "wva/util/mem.h"

static struct wva_value *parse(struct wva_arena *arena, const char *json)
{
    static const struct wva_json_options options = {.name = "fixture"};
    struct wva_error err = {0};
    struct wva_value *value;
    check_ok(wva_json_parse(arena, json, strlen(json), &options, &value, &err), &err);
    return value;
}

static void finds_containers_by_name(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_value *spec =
        parse(&arena, "{\"containers\":[{\"name\":\"a\"},{\"name\":\"b\",\"image\":\"i\"}]}");
    check_str(wva_get_str(wva_podspec_container(spec, "b"), "image"), "i");
    check(wva_podspec_container(spec, "c") == NULL);
    check(wva_podspec_container(parse(&arena, "{\"containers\":{}}"), "a") == NULL);
    check(wva_podspec_container(NULL, "a") == NULL);
}

static void reads_tolerations_as_kubectl_taint_writes_them(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    struct wva_value *spec = parse(&arena, "{\"tolerations\":[{\"key\":\"old\"}]}");
    static const char *const list[] = {"gpu", "gpu=a100", "gpu:NoSchedule",
                                       "example.com/gpu=:NoExecute", NULL};
    check_ok(wva_podspec_set_tolerations(&arena, spec, list, &err), &err);
    check_str(wva_json_text(&arena, wva_get(spec, "tolerations")),
              "[{\"key\":\"old\"},"
              "{\"key\":\"gpu\",\"operator\":\"Exists\"},"
              "{\"key\":\"gpu\",\"operator\":\"Equal\",\"value\":\"a100\"},"
              "{\"key\":\"gpu\",\"operator\":\"Exists\",\"effect\":\"NoSchedule\"},"
              "{\"key\":\"example.com/gpu\",\"operator\":\"Equal\",\"value\":\"\","
              "\"effect\":\"NoExecute\"}]");
}

static void refuses_tolerations_of_another_form(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "=v", ":NoSchedule", "gpu:", "gpu:noschedule", "a:b:c"};
    for (size_t i = 0; i < WVA_COUNT(bad); i++) {
        wva_auto_arena arena = {0};
        struct wva_error err = {0};
        struct wva_value *spec = wva_object(&arena);
        const char *const list[] = {bad[i], NULL};
        check_fails(wva_podspec_set_tolerations(&arena, spec, list, &err), &err, WVA_E_USAGE,
                    "key[=value][:effect]");
        check_int(spec->count, 0);
    }
}

static void adds_node_selectors(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    struct wva_value *spec = parse(&arena, "{\"nodeSelector\":{\"a\":\"1\",\"b\":\"2\"}}");
    static const char *const list[] = {"b=3", "nvidia.com/gpu.product=NVIDIA-H100=x", "c=", NULL};
    check_ok(wva_podspec_set_node_selector(&arena, spec, list, &err), &err);
    check_str(wva_json_text(&arena, spec),
              "{\"nodeSelector\":{\"a\":\"1\",\"b\":\"3\","
              "\"nvidia.com/gpu.product\":\"NVIDIA-H100=x\",\"c\":\"\"}}");
    static const char *const bad[] = {"gpu", NULL}, *const empty[] = {"=x", NULL};
    check_fails(wva_podspec_set_node_selector(&arena, spec, bad, &err), &err, WVA_E_USAGE,
                "\"gpu\": it must be key=value");
    check_fails(wva_podspec_set_node_selector(&arena, spec, empty, &err), &err, WVA_E_USAGE,
                "\"=x\"");
}

static void leaves_the_template_alone_without_flags(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    struct wva_value *spec = wva_object(&arena);
    check_ok(wva_podspec_set_tolerations(&arena, spec, NULL, &err), &err);
    check_ok(wva_podspec_set_node_selector(&arena, spec, NULL, &err), &err);
    wva_podspec_set_image_pull_secret(&arena, spec, NULL);
    wva_podspec_set_service_account(&arena, spec, NULL);
    wva_podspec_set_resources(&arena, spec, NULL, NULL);
    check_str(wva_json_text(&arena, spec), "{}");
}

static void sets_account_and_pull_secret_once(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_value *spec = parse(&arena, "{\"imagePullSecrets\":[{\"name\":\"a\"}]}");
    wva_podspec_set_service_account(&arena, spec, "bench");
    wva_podspec_set_image_pull_secret(&arena, spec, "a");
    wva_podspec_set_image_pull_secret(&arena, spec, "b");
    check_str(wva_json_text(&arena, spec),
              "{\"imagePullSecrets\":[{\"name\":\"a\"},{\"name\":\"b\"}],"
              "\"serviceAccountName\":\"bench\"}");
}

static void limits_memory_but_not_cpu(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_value *container =
        parse(&arena, "{\"resources\":{\"requests\":{\"cpu\":\"1\",\"x\":\"1\"}}}");
    wva_podspec_set_resources(&arena, container, "4", "8Gi");
    check_str(wva_json_text(&arena, container),
              "{\"resources\":{\"requests\":{\"cpu\":\"4\",\"x\":\"1\",\"memory\":\"8Gi\"},"
              "\"limits\":{\"memory\":\"8Gi\"}}}");
}

static void replaces_variables_of_the_same_name(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_value *container = parse(
        &arena, "{\"env\":[{\"name\":\"A\",\"valueFrom\":{}},{\"name\":\"B\",\"value\":\"b\"}]}");
    wva_podspec_set_env(&arena, container, "A", "$(B) costs 5$");
    wva_podspec_set_secret_env(&arena, container, "HF_TOKEN", "hf", "token");
    check_str(wva_json_text(&arena, wva_get(container, "env")),
              "[{\"name\":\"A\",\"value\":\"$$(B) costs 5$$\"},{\"name\":\"B\",\"value\":\"b\"},"
              "{\"name\":\"HF_TOKEN\",\"valueFrom\":{\"secretKeyRef\":{\"name\":\"hf\","
              "\"key\":\"token\",\"optional\":true}}}]");
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(finds_containers_by_name),
    WVA_TEST(reads_tolerations_as_kubectl_taint_writes_them),
    WVA_TEST(refuses_tolerations_of_another_form),
    WVA_TEST(adds_node_selectors),
    WVA_TEST(leaves_the_template_alone_without_flags),
    WVA_TEST(sets_account_and_pull_secret_once),
    WVA_TEST(limits_memory_but_not_cpu),
    WVA_TEST(replaces_variables_of_the_same_name),
};

WVA_TEST_MAIN(tests)
