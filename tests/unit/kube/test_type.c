// SPDX-License-Identifier: Apache-2.0
/* Names and paths of resource types. */
#include "support/wva_test.h"

#include "wva/codec/json.h"
#include "wva/kube/type.h"

static const struct wva_kube_type odd = {"a/b", "v 1", "c?d", "Odd", true};

static void makes_paths(void **state)
{
    wva_auto_arena a = {0};

    (void)state;
    check_str(wva_kube_path(&a, &wva_type_pod, "ns", NULL), "/api/v1/namespaces/ns/pods");
    check_str(wva_kube_path(&a, &wva_type_pod, NULL, NULL), "/api/v1/pods");
    check_str(wva_kube_path(&a, &wva_type_deployment, "x", "y"),
              "/apis/apps/v1/namespaces/x/deployments/y");
    check_str(wva_kube_path(&a, &wva_type_variantautoscaling, "x", "y"),
              "/apis/llmd.ai/v1alpha1/namespaces/x/variantautoscalings/y");
    check_str(wva_kube_path(&a, &wva_type_namespace, "ignored", "x"), "/api/v1/namespaces/x");
}

static void escapes_every_segment(void **state)
{
    wva_auto_arena a = {0};

    (void)state;
    check_str(wva_kube_path(&a, &wva_type_pod, "../kube-system", "a/b?c=d#e"),
              "/api/v1/namespaces/..%2Fkube-system/pods/a%2Fb%3Fc%3Dd%23e");
    check_str(wva_kube_path(&a, &odd, "n", NULL), "/apis/a%2Fb/v%201/namespaces/n/c%3Fd");
}

static void names_objects_as_kubectl_does(void **state)
{
    wva_auto_arena a = {0};

    (void)state;
    check_str(wva_kube_object_name(&a, &wva_type_deployment, "vllm"), "deployment.apps/vllm");
    check_str(wva_kube_object_name(&a, &wva_type_configmap, "c"), "configmap/c");
    check_str(wva_kube_object_name(&a, &wva_type_variantautoscaling, "v"),
              "variantautoscaling.llmd.ai/v");
    check_str(wva_kube_api_version(&a, &wva_type_job), "batch/v1");
    check_str(wva_kube_api_version(&a, &wva_type_event), "v1");
}

static void starts_objects(void **state)
{
    wva_auto_arena a = {0};

    (void)state;
    check_str(wva_json_text(&a, wva_kube_object(&a, &wva_type_job, "n", "j")),
              "{\"apiVersion\":\"batch/v1\",\"kind\":\"Job\","
              "\"metadata\":{\"name\":\"j\",\"namespace\":\"n\"}}");
    check_str(wva_json_text(&a, wva_kube_object(&a, &wva_type_namespace, "n", "x")),
              "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"x\"}}");
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(makes_paths),
    WVA_TEST(escapes_every_segment),
    WVA_TEST(names_objects_as_kubectl_does),
    WVA_TEST(starts_objects),
};

WVA_TEST_MAIN(tests)
