// SPDX-License-Identifier: Apache-2.0
/* The queue models as mathematics: against sums over every single state, and what must hold for any
 * parameters. */
#include "support/wva_test.h"

#include "wva/fit/queue.h"
#include "wva/util/mem.h"

/* Evenly spread over the decades between two ends; the same ones each time. */
static double draw(uint64_t *seed, double low, double high)
{
    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    const double share = (double)(*seed >> 11) / 0x1p53;

    return low * pow(high / low, share);
}

static struct wva_queue any_queue(uint64_t *seed)
{
    const enum wva_queue_model models[] = {WVA_QUEUE_PREFILL_DECODE, WVA_QUEUE_ITERATION};
    struct wva_queue queue = {.model = models[(*seed >> 40) % 2]};

    queue.parameters = (struct wva_parameters){draw(seed, 1e-3, 1e3), draw(seed, 1e-6, 10),
                                               draw(seed, 1e-6, 1e3), draw(seed, 1e-8, 0.1)};
    queue.max_batch_size = (int64_t)draw(seed, 4, 300);
    queue.prompt_tokens = round(draw(seed, 1, 1e4));
    queue.output_tokens = round(draw(seed, 2, 1e4));
    return queue;
}

/* Time in service, ms, with n in service: the formulas of the header once more. */
static double service_ms(const struct wva_queue *queue, double n)
{
    const struct wva_parameters *p = &queue->parameters;
    const double in = queue->prompt_tokens;
    const double out = queue->output_tokens;

    if (queue->model == WVA_QUEUE_PREFILL_DECODE)
        return p->gamma + p->delta * in * n + (out - 1) * (p->alpha + p->beta * n);
    const double iteration =
        p->alpha + n * (p->beta * (in + out) / (out + 1) + p->gamma * (in + out / 2));
    return iteration + (p->beta + p->gamma) * in +
           out * (iteration + p->beta + p->gamma * (in + out / 2));
}

struct sums {
    double total, in_system, in_service, last;
};

/* Every state's probability, as logarithms, so that none is lost. */
static struct sums sum_states(const struct wva_queue *queue, double rate)
{
    const int64_t room = queue->max_batch_size + wva_queue_room(queue);
    const double limit = (double)queue->max_batch_size;
    double *logs = wva_xcalloc((size_t)room + 1, sizeof(*logs));
    double most = 0;
    struct sums sums = {0};

    for (int64_t n = 1; n <= room; n++) {
        const double busy = fmin((double)n, limit);

        logs[n] = logs[n - 1] + log(rate / 1000) + log(service_ms(queue, busy) / busy);
        most = fmax(most, logs[n]);
    }
    for (int64_t n = 0; n <= room; n++) {
        const double weight = exp(logs[n] - most);

        sums.total += weight;
        sums.in_system += weight * (double)n;
        sums.in_service += weight * fmin((double)n, limit);
        sums.last = weight;
    }
    free(logs);
    return sums;
}

static void check_against_states(const struct wva_queue *queue, double rate, double tolerance)
{
    const struct sums sums = sum_states(queue, rate);
    struct wva_queue_point point;
    struct wva_error err = {0};

    check_ok(wva_queue_analyze(queue, rate, &point, &err), &err);
    const double throughput = rate * (1 - sums.last / sums.total);

    check_close(point.throughput, throughput, tolerance);
    check_close(point.in_service, sums.in_service / sums.total, tolerance);
    check_close(point.response_ms, sums.in_system / sums.total / throughput * 1000, tolerance);
    check_close(point.utilization, sums.in_service / sums.total / (double)queue->max_batch_size,
                tolerance);
    const double wait_ms = (sums.in_system - sums.in_service) / sums.total / throughput * 1000;

    if (!(fabs(point.wait_ms - wait_ms) <= tolerance * point.response_ms))
        fail_msg("waits %.17g ms, wanted %.17g", point.wait_ms, wait_ms);
}

static void every_state_counts(void **state)
{
    uint64_t seed = 1;
    (void)state;

    for (int i = 0; i < 300; i++) {
        const struct wva_queue queue = any_queue(&seed);
        const double max = wva_queue_max_rate(&queue);
        struct wva_error err = {0};

        check_ok(wva_queue_check(&queue, &err), &err);
        check_against_states(&queue, max, 1e-9);
        check_against_states(&queue, draw(&seed, max / 2, max), 1e-9);
        check_against_states(&queue, draw(&seed, max / 1e6, max), 1e-9);
    }
}

/* K = 11 N states with weights beyond a double's range. */
static void a_large_batch(void **state)
{
    const struct wva_queue queue = {
        .parameters = {7.47, 0.044, 15.415, 0.000337},
        .max_batch_size = 4096,
        .prompt_tokens = 128,
        .output_tokens = 128,
    };
    const double max = wva_queue_max_rate(&queue);
    (void)state;

    check_against_states(&queue, max, 1e-8);
    check_against_states(&queue, 0.9 * max, 1e-8);
    check_against_states(&queue, 0.1 * max, 1e-8);
}

/* A batch limit of 1 with equal service times is M/M/1/K, whose queue has a closed form. */
static void a_batch_of_one(void **state)
{
    const struct wva_queue queue = {
        .parameters = {1, 1, 1, 1}, .max_batch_size = 1, .prompt_tokens = 1, .output_tokens = 2};
    const double service = 1 + 1 + 1 + 1; /* ms */
    const double load = 0.7;              /* erlang */
    const double full = pow(load, 12);
    struct wva_queue_point point;
    struct wva_error err = {0};
    (void)state;

    check_ok(wva_queue_analyze(&queue, load * 1000 / service, &point, &err), &err);
    const double in_system = load / (1 - load) - 12 * full / (1 - full);
    const double throughput = load / service * (1 - pow(load, 11) * (1 - load) / (1 - full));

    check_close(point.throughput, throughput * 1000, 1e-13);
    check_close(point.response_ms, in_system / throughput, 1e-13);
    check_close(point.in_service, throughput * service, 1e-13);
    check_close(point.batch, 1, 1e-15);
    check_close(point.itl_ms, 2, 1e-15);
    check_close(point.ttft_ms, 2 + point.wait_ms, 1e-15);
}

static void latency_grows_with_the_rate(void **state)
{
    uint64_t seed = 2;
    (void)state;

    for (int i = 0; i < 100; i++) {
        const struct wva_queue queue = any_queue(&seed);
        const double max = wva_queue_max_rate(&queue);
        struct wva_queue_point before = {0};

        for (int share = 1; share <= 100; share++) {
            struct wva_queue_point point;
            struct wva_error err = {0};

            check_ok(wva_queue_analyze(&queue, max * share / 100, &point, &err), &err);
            check(point.ttft_ms >= before.ttft_ms * (1 - 1e-12));
            check(point.itl_ms >= before.itl_ms * (1 - 1e-12));
            check(point.throughput > before.throughput && point.throughput <= point.rate);
            check(point.in_service > before.in_service);
            check(point.utilization > 0 && point.utilization <= 1);
            check(point.wait_ms >= 0 && point.batch >= 1 - 1e-12);
            before = point;
        }
    }
}

/* What a rate's latencies demand gives that rate, as near as they tell it. */
static void sizing_undoes_analyzing(void **state)
{
    uint64_t seed = 3;
    (void)state;

    for (int i = 0; i < 100; i++) {
        const struct wva_queue queue = any_queue(&seed);
        const double rate = wva_queue_max_rate(&queue) * draw(&seed, 0.2, 0.99);
        struct wva_queue_point point;
        struct wva_queue_size size;
        struct wva_error err = {0};

        check_ok(wva_queue_analyze(&queue, rate, &point, &err), &err);
        check_ok(wva_queue_size(&queue, &(struct wva_queue_targets){point.ttft_ms, point.itl_ms, 0},
                                &size, &err),
                 &err);
        check(size.at.ttft_ms <= point.ttft_ms * (1 + 1e-6));
        check(size.at.itl_ms <= point.itl_ms * (1 + 1e-6));
        check_ok(
            wva_queue_size(&queue, &(struct wva_queue_targets){point.ttft_ms, 0, 0}, &size, &err),
            &err);
        check_close(size.at.ttft_ms, point.ttft_ms, 1.01e-6);
        check_ok(
            wva_queue_size(&queue, &(struct wva_queue_targets){0, point.itl_ms, 0}, &size, &err),
            &err);
        check_close(size.at.itl_ms, point.itl_ms, 1.01e-6);
    }
}

static void check_finite(const struct wva_queue_point *point)
{
    const double figures[] = {
        point->rate,   point->throughput, point->response_ms, point->wait_ms,     point->ttft_ms,
        point->itl_ms, point->batch,      point->in_service,  point->utilization,
    };

    for (size_t i = 0; i < WVA_COUNT(figures); i++)
        check(isfinite(figures[i]) && figures[i] >= 0);
}

static void check_all_finite(const struct wva_queue *queue)
{
    static const double shares[] = {1e-300, 1e-9, 0.5, 1};
    struct wva_queue_point point;
    struct wva_queue_size size;
    struct wva_error err = {0};

    check_ok(wva_queue_check(queue, &err), &err);
    for (size_t i = 0; i < WVA_COUNT(shares); i++) {
        const double rate = fmax(shares[i] * wva_queue_max_rate(queue), 5e-324);

        check_ok(wva_queue_analyze(queue, rate, &point, &err), &err);
        check_finite(&point);
    }
    check_ok(wva_queue_at_concurrency(queue, 1e9, &point, &err), &err);
    check_finite(&point);
    wva_queue_idle(queue, &point);
    check_finite(&point);
    check_ok(wva_queue_size(queue, &(struct wva_queue_targets){1e300, 1e300, 1}, &size, &err),
             &err);
    check_finite(&size.at);
}

static void nothing_is_ever_nan(void **state)
{
    static const double ends[] = {1e-44, 3e38};
    static const int64_t batches[] = {1, 4096, WVA_QUEUE_BATCH_MAX};
    static const double tokens[] = {1, WVA_QUEUE_TOKENS_MAX};
    (void)state;

    for (size_t i = 0; i < 2 * 16 * 3 * 4; i++) {
        const struct wva_queue queue = {
            .model = i % 2 == 0 ? WVA_QUEUE_PREFILL_DECODE : WVA_QUEUE_ITERATION,
            .parameters = {ends[i / 2 % 2], ends[i / 4 % 2], ends[i / 8 % 2], ends[i / 16 % 2]},
            .max_batch_size = batches[i / 32 % 3],
            .prompt_tokens = tokens[i / 96 % 2],
            .output_tokens = tokens[i / 192 % 2],
        };

        check_all_finite(&queue);
    }
}

/* With one request at a time the time of decoding is the same at any rate, but WVA takes away from
 * it the prefill at a batch that grows from 0 to 1. */
static void itl_that_falls(void **state)
{
    const struct wva_queue queue = {.model = WVA_QUEUE_ITERATION,
                                    .parameters = {5, 1, 0, 0},
                                    .max_batch_size = 1,
                                    .prompt_tokens = 2,
                                    .output_tokens = 2};
    const double slope = 4.0 / 3;
    struct wva_queue_size size;
    struct wva_error err = {0};
    (void)state;

    check_ok(wva_queue_size(&queue, &(struct wva_queue_targets){0, 8, 0}, &size, &err), &err);
    check_int(size.limit, WVA_QUEUE_LIMIT_CAPACITY);
    check(!size.itl_grows);
    check_close(size.at.itl_ms, 5 + slope + 1 + slope * (1 - size.at.in_service) / 2, 1e-14);
    check(size.least_itl_ms == size.at.itl_ms);
    check_fails(wva_queue_size(&queue, &(struct wva_queue_targets){0, 7, 0}, &size, &err), &err,
                WVA_E_QUALITY, "an ITL of 7 ms is out of reach at any rate: 7.34");
}

/* WVA's own search would call any target above such an ITL out of reach. */
static void itl_that_load_does_not_change(void **state)
{
    struct wva_queue queue = {.parameters = {6.973, 0, 14.825, 0.001364},
                              .max_batch_size = 64,
                              .prompt_tokens = 128,
                              .output_tokens = 128};
    struct wva_queue_size size;
    struct wva_error err = {0};
    (void)state;

    check_ok(wva_queue_size(&queue, &(struct wva_queue_targets){0, 8, 0}, &size, &err), &err);
    check(!size.itl_grows);
    check_int(size.limit, WVA_QUEUE_LIMIT_CAPACITY);
    check(size.at.itl_ms == 6.973);
    check_fails(wva_queue_size(&queue, &(struct wva_queue_targets){0, 6.9, 0}, &size, &err), &err,
                WVA_E_QUALITY, "an ITL of 6.9 ms is out of reach at any rate: 6.973 ms");
    queue.parameters.beta = 1e-3;
    check_ok(wva_queue_size(&queue, &(struct wva_queue_targets){0, 8, 0}, &size, &err), &err);
    check(size.itl_grows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WVA_TEST(every_state_counts),      WVA_TEST(a_large_batch),
        WVA_TEST(a_batch_of_one),          WVA_TEST(latency_grows_with_the_rate),
        WVA_TEST(sizing_undoes_analyzing), WVA_TEST(nothing_is_ever_nan),
        WVA_TEST(itl_that_falls),          WVA_TEST(itl_that_load_does_not_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
