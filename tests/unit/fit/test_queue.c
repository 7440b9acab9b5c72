// SPDX-License-Identifier: Apache-2.0
/*
 * The queue models against WVA: worked examples that were computed with WVA's own analyzer (v0.4.2
 * and v0.6.0), every figure to the digits it is known to.
 */
#include "support/wva_test.h"

#include "wva/fit/queue.h"
#include "wva/util/mem.h"

#define SIX 5e-6 /* six digits, rounded */

/* The parameters of WVA's guide at 128 prompt and 128 output tokens. */
static const struct wva_queue guide = {
    .model = WVA_QUEUE_PREFILL_DECODE,
    .parameters = {.alpha = 6.973, .beta = 0.027, .gamma = 14.825, .delta = 0.001364},
    .max_batch_size = 64,
    .prompt_tokens = 128,
    .output_tokens = 128,
};

/* Llama-3.1-8B of the paper that introduced the second model. */
static const struct wva_queue paper = {
    .model = WVA_QUEUE_ITERATION,
    .parameters = {.alpha = 6.58, .beta = 0.0193, .gamma = 5.46e-5},
    .max_batch_size = 256,
    .prompt_tokens = 128,
    .output_tokens = 128,
};

static struct wva_queue_point analyze(const struct wva_queue *queue, double rate)
{
    struct wva_queue_point point = {0};
    struct wva_error err = {0};

    check_ok(wva_queue_check(queue, &err), &err);
    check_ok(wva_queue_analyze(queue, rate, &point, &err), &err);
    return point;
}

static struct wva_queue_size size(const struct wva_queue *queue, double ttft, double itl,
                                  double tps)
{
    const struct wva_queue_targets targets = {ttft, itl, tps};
    struct wva_queue_size result = {0};
    struct wva_error err = {0};

    check_ok(wva_queue_size(queue, &targets, &result, &err), &err);
    return result;
}

static void the_guides_rates(void **state)
{
    static const struct {
        double rate, response, wait, in_service, ttft, itl, utilization;
    } known[] = {
        {0.5, 905.631, 0, 0.452816, 15.0786, 7.01223, 0.00707525},
        {1, 907.269, 0, 0.907269, 15.1580, 7.02450, 0.0141761},
        {5, 920.587, 0, 4.60293, 15.8032, 7.12428, 0.0719208},
        {10, 937.794, 0, 9.37794, 16.6369, 7.25320, 0.146530},
        {20, 974.213, 0, 19.4843, 18.4014, 7.52608, 0.304442},
        {30, 1013.57, 0, 30.4072, 20.3085, 7.82100, 0.475113},
        /* WVA says 0.160767, a difference of 32-bit floats near 1056 */
        {40, 1056.40, 0.160856, 42.2496, 22.5363, 8.14067, 0.660150},
        {50, 1133.14, 31.3651, 55.0886, 55.9467, 8.48182, 0.860759},
        {54, 1346.10, 226.299, 60.4690, 251.754, 8.61686, 0.944828},
        {55, 1583.22, 459.031, 61.8303, 484.698, 8.64977, 0.966098},
        {56, 2639.37, 1510.86, 63.1961, 1536.73, 8.68219, 0.98744},
    };
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(known); i++) {
        const struct wva_queue_point point = analyze(&guide, known[i].rate);

        check(point.rate == known[i].rate);
        check_close(point.response_ms, known[i].response, SIX);
        check_close(point.in_service, known[i].in_service, SIX);
        check_close(point.ttft_ms, known[i].ttft, 1e-5);
        check_close(point.itl_ms, known[i].itl, SIX);
        check_close(point.utilization, known[i].utilization, SIX);
        if (known[i].wait > 0)
            check_close(point.wait_ms, known[i].wait, SIX);
        else
            check(point.wait_ms >= 0 && point.wait_ms < 1e-4);
    }
    check_close(analyze(&guide, 55).throughput, 55, 1e-6);
    check_close(analyze(&guide, 56).throughput, 55.9993, SIX);
}

static void the_guides_range(void **state)
{
    (void)state;
    check_close(wva_queue_min_rate(&guide), 0.001106195, 1e-6);
    check_close(wva_queue_min_rate(&guide) * 1000, 1.106195, 1e-6);
    check_close(wva_queue_max_rate(&guide), 56.529213, 1e-7);
    check_close(wva_queue_max_rate(&guide) / 0.999, 56.585796, 1e-7);
    check_int(wva_queue_room(&guide), 640);
    check_int(wva_queue_room(&paper), 100);
}

struct sized {
    double ttft, itl, tps;  /* targets */
    double by_ttft, by_itl; /* requests/s */
    double at_ttft, at_itl; /* ms, at the chosen rate; 0: not known */
    enum wva_queue_limit limit;
};

static void check_sized(const struct wva_queue *queue, const struct sized *known, size_t count,
                        double tolerance)
{
    for (size_t i = 0; i < count; i++) {
        const struct sized *row = &known[i];
        const struct wva_queue_size result = size(queue, row->ttft, row->itl, row->tps);

        check_close(result.rate_by_ttft, row->by_ttft, tolerance);
        check_close(result.rate_by_itl, row->by_itl, tolerance);
        check_int(result.limit, row->limit);
        check(result.at.rate ==
              fmin(fmin(result.rate_by_ttft, result.rate_by_itl), result.rate_by_tps));
        if (row->at_ttft > 0)
            check_close(result.at.ttft_ms, row->at_ttft, tolerance);
        check_close(result.at.itl_ms, row->at_itl, tolerance);
    }
}

static void the_guides_targets(void **state)
{
    static const struct sized known[] = {
        {500, 24, 0, 55.039, 56.529, 500.0, 8.651, WVA_QUEUE_LIMIT_TTFT},
        {1000, 10, 0, 55.720, 56.529, 1000, 8.673, WVA_QUEUE_LIMIT_TTFT},
        {20, 24, 0, 28.436, 56.529, 20.0, 7.773, WVA_QUEUE_LIMIT_TTFT},
        {1000, 8, 0, 55.720, 35.699, 21.472, 8.000, WVA_QUEUE_LIMIT_ITL},
        {500, 7.2, 0, 55.039, 7.959, 16.293, 7.200, WVA_QUEUE_LIMIT_ITL},
        {15.2, 0, 0, 1.264, 56.529, 15.2, 7.031, WVA_QUEUE_LIMIT_TTFT},
    };
    (void)state;

    check_sized(&guide, known, WVA_COUNT(known), 1e-4);
    check_close(size(&guide, 500, 24, 0).at.throughput * 128, 7044.9, 1e-5);
    check_close(size(&guide, 500, 24, 0).rate_by_ttft, 55.038593, 1e-7);
}

static void a_throughput_keeps_a_tenth_in_reserve(void **state)
{
    (void)state;
    const struct wva_queue_size result = size(&guide, 0, 0, 1000);

    check_close(result.rate_by_tps, 50.87629, 1e-6);
    check_close(result.at.ttft_ms, 71.40546, SIX);
    check_close(result.at.itl_ms, 8.511763, 1e-6);
    check_close(result.at.throughput * 128, 6512.165, 1e-6);
    check_int(result.limit, WVA_QUEUE_LIMIT_TPS);
    check_int(size(&guide, 20, 0, 1000).limit, WVA_QUEUE_LIMIT_TTFT);
}

static void no_target_is_the_highest_rate(void **state)
{
    (void)state;
    const struct wva_queue_size none = size(&guide, 0, 0, 0);
    const struct wva_queue_size lax = size(&guide, 1e6, 1e6, 0);

    check(none.at.rate == wva_queue_max_rate(&guide) && lax.at.rate == none.at.rate);
    check_int(none.limit, WVA_QUEUE_LIMIT_CAPACITY);
    check_int(lax.limit, WVA_QUEUE_LIMIT_CAPACITY);
    check_close(none.at.throughput, 56.467674, 1e-6);
    check_close(none.at.ttft_ms, 4977.179, 1e-5);
    check_close(none.at.itl_ms, 8.697225, 1e-6);
    check_close(none.least_ttft_ms, 14.9998, SIX);
    check_close(none.least_itl_ms, 7.00003, SIX);
}

static void targets_out_of_reach(void **state)
{
    static const struct {
        struct wva_queue_targets targets;
        const char *words;
    } cases[] = {
        {{1000, 7.0, 0}, "an ITL of 7 ms is out of reach at any rate: 7.000027 ms is the least"},
        {{14, 24, 0}, "a TTFT of 14 ms is out of reach at any rate: 14.9997666 ms is the least"},
        {{14, 7, 0},
         "a TTFT of 14 ms and an ITL of 7 ms are out of reach at any rate: 14.9997666 ms and "
         "7.000027 ms are the least"},
    };
    struct wva_queue_size result = {.rate_by_ttft = 99};
    struct wva_error err = {0};
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        check_fails(wva_queue_size(&guide, &cases[i].targets, &result, &err), &err, WVA_E_QUALITY,
                    cases[i].words);
        check(result.rate_by_ttft == 99);
    }
}

static void targets_that_are_none(void **state)
{
    static const struct wva_queue_targets cases[] = {
        {-1, 0, 0}, {0, -1, 0}, {0, 0, -1}, {(double)NAN, 0, 0}, {0, (double)INFINITY, 0}};
    struct wva_queue_size result;
    struct wva_error err = {0};
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(cases); i++)
        check_fails(wva_queue_size(&guide, &cases[i], &result, &err), &err, WVA_E_USAGE,
                    ": none, or one above 0, wanted");
}

static struct wva_queue with(double alpha, double beta, double gamma, double delta, int64_t batch)
{
    struct wva_queue queue = guide;

    queue.parameters = (struct wva_parameters){alpha, beta, gamma, delta};
    queue.max_batch_size = batch;
    return queue;
}

static void other_sets_of_parameters(void **state)
{
    const struct wva_queue h100 = with(7.470, 0.044, 15.415, 0.000337, 512);
    const struct wva_queue l40s = with(22.619, 0.181, 226.19, 0.018, 512);
    const struct wva_queue a100 = with(20.58, 0.41, 5.2, 0.1, 4);
    const struct wva_queue_targets freemium = {1000, 10, 0};
    struct wva_queue_size result;
    struct wva_error err = {0};
    (void)state;

    check_close(wva_queue_max_rate(&h100), 132.949, 1e-5);
    check_close(size(&h100, 1000, 10, 0).at.rate, 43.870, 2e-5);
    check_close(size(&h100, 500, 24, 0).at.rate, 121.665, 1e-5);
    check_close(wva_queue_max_rate(&l40s), 31.873, 2e-5);
    check_close(size(&l40s, 500, 24, 0).at.rate, 2.0141, 3e-5);
    check_fails(wva_queue_size(&l40s, &freemium, &result, &err), &err, WVA_E_QUALITY,
                "an ITL of 10 ms is out of reach at any rate: 22.80");
    check_close(wva_queue_max_rate(&a100), 1.3883, 3e-5);
    check_close(size(&a100, 500, 24, 0).at.rate, 0.8156, 5e-5);
    check_fails(wva_queue_size(&a100, &freemium, &result, &err), &err, WVA_E_QUALITY,
                "an ITL of 10 ms is out of reach at any rate: 20.99");
}

static void rates_that_are_refused(void **state)
{
    static const double none[] = {0, -0.5, (double)NAN, (double)INFINITY, (double)-INFINITY};
    struct wva_queue_point point = {.rate = 99};
    struct wva_error err = {0};
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(none); i++)
        check_fails(wva_queue_analyze(&guide, none[i], &point, &err), &err, WVA_E_USAGE,
                    ": one above 0 wanted");
    check_fails(wva_queue_analyze(&guide, 56.53, &point, &err), &err, WVA_E_QUALITY,
                "56.53 requests/s are more than one replica can take: 56.5292101 at most");
    check(point.rate == 99);
    check_ok(wva_queue_analyze(&guide, wva_queue_max_rate(&guide), &point, &err), &err);
    check_ok(wva_queue_analyze(&guide, 56.529213, &point, &err), &err); /* the same 32-bit float */
}

static void the_iteration_models_rates(void **state)
{
    static const struct {
        double rate, ttft, itl;
    } known[] = {
        {1, 15.8009, 6.70124},  {10, 16.6132, 7.1074}, {30, 18.8245, 8.21303},
        {60, 23.8182, 10.7099}, {90, 33.1816, 15.381},
    };
    (void)state;

    check_close(wva_queue_min_rate(&paper), 0.0011608971, SIX);
    check_close(wva_queue_max_rate(&paper), 103.70166, SIX);
    for (size_t i = 0; i < WVA_COUNT(known); i++) {
        const struct wva_queue_point point = analyze(&paper, known[i].rate);

        check_close(point.ttft_ms, known[i].ttft, 1e-5);
        check_close(point.itl_ms, known[i].itl, SIX);
    }
}

static void the_iteration_models_targets(void **state)
{
    static const struct sized known[] = {
        {100, 12, 0, 100.131, 70.616, 26.398418, 12, WVA_QUEUE_LIMIT_ITL},
        {500, 24, 0, 103.702, 103.702, 394.94, 18.846, WVA_QUEUE_LIMIT_CAPACITY},
    };
    struct wva_queue_size result;
    struct wva_error err = {0};
    (void)state;

    check_sized(&paper, known, WVA_COUNT(known), 5e-5);
    check_fails(wva_queue_size(&paper, &(struct wva_queue_targets){10, 24, 0}, &result, &err), &err,
                WVA_E_QUALITY, "a TTFT of 10 ms is out of reach");
    check_fails(wva_queue_size(&paper, &(struct wva_queue_targets){500, 6, 0}, &result, &err), &err,
                WVA_E_QUALITY, "an ITL of 6 ms is out of reach");
}

static void the_iteration_models_defaults(void **state)
{
    const struct wva_queue defaults = {
        .model = WVA_QUEUE_ITERATION,
        .parameters = {.alpha = 5, .beta = 0.05, .gamma = 5e-5},
        .max_batch_size = 256,
        .prompt_tokens = 1024,
        .output_tokens = 256,
    };
    (void)state;

    check_close(analyze(&defaults, 1).ttft_ms, 62.627, 1e-5);
    check_close(analyze(&defaults, 1).itl_ms, 5.8956, 1e-5);
    check_close(analyze(&defaults, 3).ttft_ms, 65.142, 1e-5);
    check_close(analyze(&defaults, 3).itl_ms, 7.1533, 1e-5);
    check_close(analyze(&defaults, 5).ttft_ms, 68.96616, 1e-6);
    check_close(analyze(&defaults, 5).itl_ms, 9.065196, 1e-6);
    check_close(wva_queue_max_rate(&defaults), 11.874404, 1e-6);
}

/* WVA on requests without a prompt or with one output token, as its own code has it. */
static void odd_requests(void **state)
{
    struct wva_queue queue = with(7, 0.03, 15, 0.001, 64);
    (void)state;

    queue.prompt_tokens = 0;
    queue.output_tokens = 1;
    check_close(wva_queue_max_rate(&queue), 7167.713, 1e-6);
    check_close(analyze(&queue, 1000).itl_ms, 7, 1e-15);
    check(analyze(&queue, 1000).ttft_ms < 1e-9);
    check_close(analyze(&queue, 1000).response_ms, 7.2474227, 1e-6);
    queue.parameters.gamma = 1; /* below a decode step: 7.03 - 1 over nothing */
    check_close(analyze(&queue, 1).itl_ms, 7 + 0.03 * 64, 1e-15);
    queue.parameters.gamma = 15;
    queue.output_tokens = 10;
    check_close(wva_queue_max_rate(&queue), 796.4126, 1e-6);
    check_close(analyze(&queue, 10).itl_ms, 7, 1e-15);
    check_close(analyze(&queue, 10).response_ms, 63.441296, 1e-6);
    queue.prompt_tokens = 100;
    queue.output_tokens = 1;
    check_close(wva_queue_max_rate(&queue), 2987.6636, 1e-6);
    check_close(analyze(&queue, 10).ttft_ms, 15.115115, 1e-6);
    check_close(analyze(&queue, 10).itl_ms, 7.0345345, 1e-6);
}

/* A benchmark's level: the lines themselves, and what is above the batch limit waits. */
static void at_a_concurrency(void **state)
{
    struct wva_queue_point point;
    struct wva_error err = {0};
    (void)state;

    check_ok(wva_queue_at_concurrency(&guide, 16, &point, &err), &err);
    check_close(point.itl_ms, 6.973 + 0.027 * 16, 1e-15);
    check_close(point.ttft_ms, 14.825 + 0.001364 * 128 * 16, 1e-15);
    check_close(point.throughput, 16000 / (point.ttft_ms + 127 * point.itl_ms), 1e-14);
    check(point.wait_ms == 0 && point.in_service == 16 && point.batch == 16);
    check_close(point.utilization, 0.25, 1e-15);
    check_close(point.response_ms, point.ttft_ms + 127 * point.itl_ms, 1e-14);

    check_ok(wva_queue_at_concurrency(&guide, 100, &point, &err), &err);
    check_close(point.throughput, 56.585796, 1e-7);
    check_close(point.wait_ms, 36 * 1000 / 56.585796, 1e-7);
    check_close(point.ttft_ms, point.wait_ms + 14.825 + 0.001364 * 128 * 64, 1e-14);
    check_close(point.itl_ms, 6.973 + 0.027 * 64, 1e-15);
    check(point.in_service == 64 && point.utilization == 1);

    check_ok(wva_queue_at_concurrency(&paper, 1, &point, &err), &err);
    check_close(point.response_ms, point.ttft_ms + 127 * point.itl_ms, 1e-14);

    point.rate = 99;
    check_fails(wva_queue_at_concurrency(&guide, 0.5, &point, &err), &err, WVA_E_USAGE,
                "a concurrency of 0.5: one from 1 on wanted");
    check_fails(wva_queue_at_concurrency(&guide, (double)NAN, &point, &err), &err, WVA_E_USAGE,
                "one from 1 on wanted");
    check(point.rate == 99);
}

static void without_load(void **state)
{
    struct wva_queue_point point;
    (void)state;

    wva_queue_idle(&guide, &point);
    check_close(point.itl_ms, 7.0, 1e-15);
    check_close(point.ttft_ms, 14.826364, 1e-15); /* sic: delta without the tokens */
    check(point.rate == 0 && point.in_service == 0 && point.wait_ms == 0);
    wva_queue_idle(&paper, &point);
    check_close(point.itl_ms, analyze(&paper, 1e-9).itl_ms, 1e-9);
    check_close(point.ttft_ms, analyze(&paper, 1e-9).ttft_ms, 1e-9);
}

static void replicas_are_rounded_up(void **state)
{
    (void)state;
    check_int(wva_queue_replicas(200, 55.038), 4);
    check_int(wva_queue_replicas(110, 55), 2);
    check_int(wva_queue_replicas(110.0001, 55), 3);
    check_int(wva_queue_replicas(0, 55), 1);
    check_int(wva_queue_replicas(1e300, 1e-3), INT64_MAX);
}

static void queues_that_are_refused(void **state)
{
    static const struct {
        struct wva_queue queue;
        enum wva_code code;
        const char *words;
    } cases[] = {
        {{WVA_QUEUE_PREFILL_DECODE, {-1, 1, 1, 1}, 1, 1, 1}, WVA_E_QUALITY, "alpha is -1"},
        {{WVA_QUEUE_PREFILL_DECODE, {1, -1, 1, 1}, 1, 1, 1}, WVA_E_QUALITY, "beta is -1"},
        {{WVA_QUEUE_PREFILL_DECODE, {1, 1, -2, 1}, 1, 1, 1}, WVA_E_QUALITY, "gamma is -2"},
        {{WVA_QUEUE_PREFILL_DECODE, {1, 0, 1, 0}, 1, 1, 1}, WVA_E_QUALITY, "are both 0"},
        {{WVA_QUEUE_PREFILL_DECODE, {1, 1, 1, 0}, 1, 1, 1}, WVA_E_QUALITY, "divides 0 by 0"},
        {{WVA_QUEUE_ITERATION, {0, 1, 1, 0}, 1, 1, 1}, WVA_E_QUALITY, "alpha is 0, not above 0"},
        {{WVA_QUEUE_ITERATION, {1, -1, 1, 0}, 1, 1, 1}, WVA_E_QUALITY, "beta is -1, below 0"},
        {{WVA_QUEUE_ITERATION, {1, 1, -1, 0}, 1, 1, 1}, WVA_E_QUALITY, "gamma is -1, below 0"},
        {{WVA_QUEUE_ITERATION, {1, (double)NAN, 1, 0}, 1, 1, 1}, WVA_E_QUALITY, "beta is nan"},
        {{WVA_QUEUE_ITERATION, {1e300, 1, 1, 0}, 1, 1, 1}, WVA_E_QUALITY, "no finite 32-bit"},
        {{WVA_QUEUE_ITERATION, {1, 0, 1e-60, 0}, 1, 1, 1}, WVA_E_QUALITY, "are both 0"},
        {{WVA_QUEUE_ITERATION, {1, 1, 1, 0}, 0, 1, 1},
         WVA_E_USAGE,
         "a batch limit of 0: 1 to 1000000 wanted"},
        {{WVA_QUEUE_ITERATION, {1, 1, 1, 0}, 1000001, 1, 1}, WVA_E_USAGE, "a batch limit of"},
        {{WVA_QUEUE_ITERATION, {1, 1, 1, 0}, 1, -1, 1},
         WVA_E_USAGE,
         "-1 prompt tokens a request: 0 to 1e+07 wanted"},
        {{WVA_QUEUE_ITERATION, {1, 1, 1, 0}, 1, 1, 0.5},
         WVA_E_USAGE,
         "0.5 output tokens a request: 1 to 1e+07 wanted"},
        {{WVA_QUEUE_ITERATION, {1, 1, 1, 0}, 1, (double)NAN, 1}, WVA_E_USAGE, "prompt tokens"},
        {{WVA_QUEUE_ITERATION, {1, 1, 1, 0}, 1, 1, (double)INFINITY}, WVA_E_USAGE, "output tokens"},
    };
    struct wva_error err = {0};
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(cases); i++)
        check_fails(wva_queue_check(&cases[i].queue, &err), &err, cases[i].code, cases[i].words);
}

static void names(void **state)
{
    (void)state;
    check_str(wva_queue_model_name(WVA_QUEUE_PREFILL_DECODE), "prefill-decode");
    check_str(wva_queue_model_name(WVA_QUEUE_ITERATION), "iteration");
    check_str(wva_queue_limit_name(WVA_QUEUE_LIMIT_CAPACITY), "capacity");
    check_str(wva_queue_limit_name(WVA_QUEUE_LIMIT_TTFT), "ttft");
    check_str(wva_queue_limit_name(WVA_QUEUE_LIMIT_ITL), "itl");
    check_str(wva_queue_limit_name(WVA_QUEUE_LIMIT_TPS), "tps");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WVA_TEST(the_guides_rates),
        WVA_TEST(the_guides_range),
        WVA_TEST(the_guides_targets),
        WVA_TEST(a_throughput_keeps_a_tenth_in_reserve),
        WVA_TEST(no_target_is_the_highest_rate),
        WVA_TEST(targets_out_of_reach),
        WVA_TEST(targets_that_are_none),
        WVA_TEST(other_sets_of_parameters),
        WVA_TEST(rates_that_are_refused),
        WVA_TEST(the_iteration_models_rates),
        WVA_TEST(the_iteration_models_targets),
        WVA_TEST(the_iteration_models_defaults),
        WVA_TEST(odd_requests),
        WVA_TEST(at_a_concurrency),
        WVA_TEST(without_load),
        WVA_TEST(replicas_are_rounded_up),
        WVA_TEST(queues_that_are_refused),
        WVA_TEST(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
