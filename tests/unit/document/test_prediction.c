// SPDX-License-Identifier: Apache-2.0
/* Prediction documents, to the byte where figures are exact. */
#include "support/wva_test.h"

#include "wva/codec/json.h"
#include "wva/document/prediction.h"

#define UNKNOWN                                                                                    \
    {                                                                                              \
        (double)NAN, (double)NAN                                                                   \
    }

static const struct wva_queue queue = {
    .parameters = {7, 0.25, 15, 0.5},
    .max_batch_size = 64,
    .prompt_tokens = 128.5,
    .output_tokens = 64,
};

static const struct wva_queue_point point = {
    .rate = 10,
    .throughput = 9.5,
    .response_ms = 900,
    .wait_ms = 0.5,
    .ttft_ms = 16,
    .itl_ms = 7.5,
    .batch = 9,
    .in_service = 8,
    .utilization = 0.125,
};

#define POINT                                                                                      \
    "\"ratePerSecond\":10,\"throughputPerSecond\":9.5,\"ttftMs\":16,\"itlMs\":7.5,\"waitMs\":0.5," \
    "\"responseMs\":900,\"batch\":9,\"inService\":8,\"utilization\":0.125"

#define FRAME(name)                                                                                \
    "{\"apiVersion\":\"kubectl-wva/"                                                               \
    "v1alpha1\",\"kind\":\"Prediction\",\"metadata\":{\"name\":\"" name                            \
    "\"},\"spec\":{\"queueModel\":\"prefill-decode\",\"parameters\":{\"alpha\":7,"                 \
    "\"beta\":0.25,\"gamma\":15,\"delta\":0.5},\"shape\":{\"promptTokens\":128.5,"                 \
    "\"outputTokens\":64},\"minRatePerSecond\":0.5,\"maxRatePerSecond\":20,"                       \
    "\"least\":{\"ttftMs\":15.5,\"itlMs\":7.25}"

static void only_points(void **state)
{
    const struct wva_prediction_point points[] = {
        {point, (double)NAN, UNKNOWN, UNKNOWN},
        {point, 8, {1, 2}, UNKNOWN},
    };
    const struct wva_prediction prediction = {
        .queue = queue,
        .min_rate = 0.5,
        .max_rate = 20,
        .least_ttft_ms = 15.5,
        .least_itl_ms = 7.25,
        .points = points,
        .point_count = 2,
    };
    wva_auto_arena arena = {0};
    (void)state;

    check_str(wva_json_text(&arena, wva_prediction_to_value(&arena, &prediction)),
              FRAME("prediction") ",\"points\":[{" POINT "},{" POINT
                                  ",\"concurrency\":8}],\"warnings\":[]}}");
}

static void all_there_is(void **state)
{
    static const char *const warnings[] = {"first", NULL};
    const struct wva_prediction_point points[] = {
        {point, (double)NAN, {15, 17}, {(double)NAN, 8}},
    };
    const struct wva_prediction_slo slo = {
        .targets = {500, 24, 1000},
        .service_class = "Premium",
        .size = {.rate_by_ttft = 10,
                 .rate_by_itl = 20,
                 .rate_by_tps = 18,
                 .limit = WVA_QUEUE_LIMIT_TTFT,
                 .at = point},
        .rate = {9, 11},
    };
    const struct wva_prediction_load load = {40, 5, {4, 6}, point};
    const struct wva_prediction prediction = {
        .provenance = {.run_id = "k3x9", .model = "org/Llama", .max_batch_size = 64},
        .source = "fit.json",
        .queue = queue,
        .min_rate = 0.5,
        .max_rate = 20,
        .max_rate_interval = {19, 21},
        .least_ttft_ms = 15.5,
        .least_itl_ms = 7.25,
        .points = points,
        .point_count = 1,
        .slo = &slo,
        .load = &load,
        .has_intervals = true,
        .warnings = warnings,
    };
    wva_auto_arena arena = {0};
    (void)state;

    check_str(
        wva_json_text(&arena, wva_prediction_to_value(&arena, &prediction)),
        FRAME("k3x9") ",\"intervals95\":{\"maxRatePerSecond\":[19,21],\"replicas\":[4,6]},"
                      "\"uncertainty\":{\"method\":\"monte-carlo\",\"draws\":2000},"
                      "\"points\":[{" POINT ",\"intervals95\":{\"ttftMs\":[15,17]}}],"
                      "\"slo\":{\"ttftMs\":500,\"itlMs\":24,\"tokensPerSecond\":1000,"
                      "\"serviceClass\":\"Premium\",\"ratePerSecond\":10,\"limitedBy\":\"ttft\","
                      "\"ratesPerSecond\":{\"ttft\":10,\"itl\":20,\"tps\":18},"
                      "\"point\":{" POINT "},\"intervals95\":{\"ratePerSecond\":[9,11]}},"
                      "\"loadPerSecond\":40,\"replicas\":5,\"perReplica\":{" POINT "},"
                      "\"warnings\":[\"first\"],\"source\":\"fit.json\",\"model\":\"org/Llama\","
                      "\"maxBatchSize\":64,\"runID\":\"k3x9\"}}");
}

static void the_iteration_model_has_three_parameters(void **state)
{
    struct wva_prediction prediction = {.queue = queue};
    wva_auto_arena arena = {0};
    (void)state;

    prediction.queue.model = WVA_QUEUE_ITERATION;
    const struct wva_value *value = wva_prediction_to_value(&arena, &prediction);
    check_str(wva_get_str(value, "spec", "queueModel"), "iteration");
    check_int(wva_get(value, "spec", "parameters")->count, 3);
    check(wva_get(value, "spec", "parameters", "delta") == NULL);
}

static void only_what_is_demanded(void **state)
{
    const struct wva_prediction_slo slo = {.targets = {0, 24, 0},
                                           .size = {.limit = WVA_QUEUE_LIMIT_CAPACITY}};
    const struct wva_prediction prediction = {.queue = queue, .slo = &slo};
    wva_auto_arena arena = {0};
    (void)state;

    const struct wva_value *value = wva_prediction_to_value(&arena, &prediction);
    const struct wva_value *found = wva_get(value, "spec", "slo");
    check(wva_get(found, "ttftMs") == NULL && wva_get(found, "tokensPerSecond") == NULL);
    check(wva_get(found, "itlMs") != NULL && wva_get(found, "serviceClass") == NULL);
    check_int(wva_get(found, "ratesPerSecond")->count, 1);
    check_str(wva_get_str(found, "limitedBy"), "capacity");
    check(wva_get(found, "intervals95") == NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WVA_TEST(only_points),
        WVA_TEST(all_there_is),
        WVA_TEST(the_iteration_model_has_three_parameters),
        WVA_TEST(only_what_is_demanded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
