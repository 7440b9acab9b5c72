// SPDX-License-Identifier: Apache-2.0
// The distribution objects of GuideLLM's reports: weighted values, rates and concurrency over time.
// Rates of tokens are made from a few events a request instead of one a token: nobody reads more of
// them than the mean.

#include "guidellm.h"

#include <stdlib.h>
#include <string.h>

#define TOKEN_EVENTS 4

/* A small tokenizer's: prompts are English, outputs one short word a token. */
#define WORDS_A_PROMPT_TOKEN      0.23
#define CHARACTERS_A_PROMPT_TOKEN 1.45
#define WORDS_A_TOKEN             1.0
#define CHARACTERS_A_TOKEN        4.2

const char *const gl_percentile_names[GL_PERCENTILES] = {"p001", "p01", "p05", "p10", "p25", "p50",
                                                         "p75",  "p90", "p95", "p99", "p999"};

static const double shares[GL_PERCENTILES] = {0.001, 0.01, 0.05, 0.1,  0.25, 0.5,
                                              0.75,  0.9,  0.95, 0.99, 0.999};

double gl_mean_margin(const struct gl_dist *dist)
{
    return dist->count > 1 ? 1.96 * dist->std_dev / sqrt((double)dist->count - 1) : 0;
}

/* The extremes of the sample enclose the percentile with 95 % confidence. */
bool gl_percentile_is_bounded(const struct gl_dist *dist, size_t percentile)
{
    double share = fmax(shares[percentile], 1 - shares[percentile]);
    return pow(share, (double)dist->count) <= 0.025;
}

struct gl_dist gl_delays(const struct gl_metrics *metrics)
{
    int64_t count = metrics->latency.total.count;
    struct gl_dist dist = {
        .mean = 0.002, .median = 0.002, .mode = 0.002, .min = 0.002, .max = 0.002, .count = count};
    dist.total_sum = dist.mean * (double)count;
    for (size_t i = 0; i < GL_PERCENTILES; i++)
        dist.percentiles[i] = dist.median;
    return dist;
}

bool gl_has_output(const struct gl_metrics *metrics)
{
    return metrics->output_tokens.total.total_sum > 0;
}

struct gl_warning gl_warning_of(const struct gl_metrics *metrics)
{
    if (metrics->ttft.total.count == 0)
        return (struct gl_warning){0};
    return (struct gl_warning){
        .code = "generation_delay_ttft",
        .message = "mean generation delay was 5% of mean time to first token ms.total "
                   "(0.002s / 0.045s; threshold 1%).",
        .note = "This means that the benchmark was likely bottlenecked by the data generation.",
    };
}

struct samples {
    struct gl_sample *list;
    size_t count, cap;
};

static void add(struct samples *samples, double value, double weight)
{
    if (samples->count == samples->cap) {
        samples->cap = samples->cap == 0 ? 256 : 2 * samples->cap;
        samples->list = wva_xrealloc(samples->list, samples->cap * sizeof(*samples->list));
    }
    samples->list[samples->count++] = (struct gl_sample){value, weight};
}

static int by_value(const void *a, const void *b)
{
    double x = ((const struct gl_sample *)a)->value, y = ((const struct gl_sample *)b)->value;
    return (x > y) - (x < y);
}

/* Sums the weights of equal values. */
static void merge_equal(struct samples *samples)
{
    size_t n = 0;
    for (size_t i = 0; i < samples->count; i++) {
        if (n > 0 && samples->list[n - 1].value == samples->list[i].value)
            samples->list[n - 1].weight += samples->list[i].weight;
        else
            samples->list[n++] = samples->list[i];
    }
    samples->count = n;
}

static void fill_percentiles(const struct samples *samples, double total, struct gl_dist *dist)
{
    size_t at = 0;
    double sum = samples->list[0].weight;
    for (size_t p = 0; p < GL_PERCENTILES; p++) {
        while (at + 1 < samples->count && sum / total < shares[p])
            sum += samples->list[++at].weight;
        dist->percentiles[p] = samples->list[at].value;
    }
    dist->median = dist->percentiles[5];
}

/* Statistics of weighted values; sorts them. `count` < 0: the rounded sum of weights. */
static struct gl_dist summarize(struct samples *samples, int64_t count)
{
    struct gl_dist dist = {0};
    double total = 0, best = -1;
    if (samples->count == 0)
        return dist;
    qsort(samples->list, samples->count, sizeof(*samples->list), by_value);
    merge_equal(samples);
    for (size_t i = 0; i < samples->count; i++)
        total += samples->list[i].weight;
    if (total <= 0) { /* no weights: all the same */
        for (size_t i = 0; i < samples->count; i++)
            samples->list[i].weight = 1;
        total = (double)samples->count;
        count = count < 0 ? 0 : count;
    }
    for (size_t i = 0; i < samples->count; i++) {
        dist.mean += samples->list[i].value * samples->list[i].weight / total;
        if (samples->list[i].weight > best) {
            best = samples->list[i].weight;
            dist.mode = samples->list[i].value;
        }
    }
    for (size_t i = 0; i < samples->count; i++) {
        double off = samples->list[i].value - dist.mean;
        dist.variance += off * off * samples->list[i].weight / total;
    }
    dist.std_dev = sqrt(dist.variance);
    dist.min = samples->list[0].value;
    dist.max = samples->list[samples->count - 1].value;
    dist.count = count >= 0 ? count : (int64_t)llround(total);
    dist.total_sum = dist.mean * (double)dist.count;
    fill_percentiles(samples, total, &dist);
    return dist;
}

struct context {
    struct gl_release release;
    const struct gl_benchmark *benchmark;
};

typedef struct gl_dist (*dist_fn)(const struct context *context, gl_value_fn function,
                                  int status /* GL_STATUSES: all */);

static bool of_status(const struct gl_request *request, int status)
{
    return status == GL_STATUSES || (int)request->status == status;
}

static struct gl_dist values(const struct context *context, gl_value_fn function, int status)
{
    struct samples samples = {0};
    int64_t requests = 0;
    for (size_t i = 0; i < context->benchmark->measured_count; i++) {
        const struct gl_request *request = &context->benchmark->measured[i];
        struct gl_sample sample = {0, 1};
        if (!of_status(request, status) || !function(context->benchmark, request, &sample))
            continue;
        requests++;
        add(&samples, sample.value, sample.weight);
    }
    /* 0.3 counts requests, later releases sum the weights */
    struct gl_dist dist = summarize(&samples, context->release.minor == 3 ? requests : -1);
    free(samples.list);
    return dist;
}

/* Starts (+1) and ends (-1) of requests, from 0.4 on within the window; how many requests. */
static int64_t add_intervals(const struct context *context, int status, struct samples *events)
{
    const struct gl_benchmark *benchmark = context->benchmark;
    bool clip = context->release.minor > 3;
    int64_t requests = 0;
    for (size_t i = 0; i < benchmark->measured_count; i++) {
        const struct gl_request *request = &benchmark->measured[i];
        if (!of_status(request, status))
            continue;
        add(events, clip ? fmax(request->start, benchmark->window_start) : request->start, 1);
        add(events, clip ? fmin(request->end, benchmark->window_end) : request->end, -1);
        requests++;
    }
    if (clip && requests > 0) {
        add(events, benchmark->window_start, 0);
        add(events, benchmark->window_end, 0);
    }
    return requests;
}

static struct gl_dist concurrency(const struct context *context, gl_value_fn function, int status)
{
    (void)function;
    struct samples events = {0}, samples = {0};
    int64_t requests = add_intervals(context, status, &events);
    if (events.count == 0)
        return (struct gl_dist){0};
    qsort(events.list, events.count, sizeof(*events.list), by_value);
    merge_equal(&events);
    double level = 0;
    for (size_t i = 0; i + 1 < events.count; i++) {
        level += events.list[i].weight;
        add(&samples, level < 0 ? 0 : level, events.list[i + 1].value - events.list[i].value);
    }
    struct gl_dist dist = summarize(&samples, requests);
    free(events.list);
    free(samples.list);
    return dist;
}

/* Rates between events: weight of each over the time around it. */
static struct gl_dist rates_of(struct samples *events, double start, double end)
{
    struct samples samples = {0};
    add(events, start, 0);
    add(events, end, 0);
    qsort(events->list, events->count, sizeof(*events->list), by_value);
    merge_equal(events);
    double total = 0;
    for (size_t i = 0; i < events->count; i++) {
        double before =
            i > 0 ? (events->list[i - 1].value + events->list[i].value) / 2 : events->list[i].value;
        double after = i + 1 < events->count
                           ? (events->list[i].value + events->list[i + 1].value) / 2
                           : events->list[i].value;
        double length = after - before > 1e-6 ? after - before : 1e-6;
        total += events->list[i].weight;
        add(&samples, events->list[i].weight / length, length);
    }
    struct gl_dist dist =
        total > 0 ? summarize(&samples, (int64_t)llround(total)) : (struct gl_dist){0};
    free(samples.list);
    return dist;
}

static struct gl_dist request_rate(const struct context *context, gl_value_fn function, int status)
{
    (void)function;
    struct samples events = {0};
    const struct gl_benchmark *benchmark = context->benchmark;
    for (size_t i = 0; i < benchmark->measured_count; i++)
        if (of_status(&benchmark->measured[i], status))
            add(&events, benchmark->measured[i].end, 1);
    struct gl_dist dist = {0};
    if (events.count > 0)
        dist = rates_of(&events, benchmark->window_start, benchmark->window_end);
    free(events.list);
    return dist;
}

/* The tokens that `function` tells, spread over the request's life. */
static struct gl_dist token_rate(const struct context *context, gl_value_fn function, int status)
{
    struct samples events = {0};
    const struct gl_benchmark *benchmark = context->benchmark;
    for (size_t i = 0; i < benchmark->measured_count; i++) {
        const struct gl_request *request = &benchmark->measured[i];
        struct gl_sample sample = {0, 1};
        if (!of_status(request, status) || !function(benchmark, request, &sample))
            continue;
        bool streamed = !isnan(request->first_token) && !isnan(request->last_token);
        for (int k = 0; k < TOKEN_EVENTS; k++) {
            double at = request->end;
            if (streamed)
                at = request->first_token +
                     (request->last_token - request->first_token) * k / (TOKEN_EVENTS - 1);
            add(&events, at, sample.value / TOKEN_EVENTS);
        }
    }
    struct gl_dist dist = {0};
    if (events.count > 0)
        dist = rates_of(&events, benchmark->window_start, benchmark->window_end);
    free(events.list);
    return dist;
}

static struct gl_split split(const struct context *context, dist_fn fn, gl_value_fn function)
{
    struct gl_split out = {0};
    for (int status = 0; status < GL_STATUSES; status++)
        out.by[status] = fn(context, function, status);
    out.total = fn(context, function, GL_STATUSES);
    return out;
}

static struct gl_split samples(const struct context *context, gl_value_fn function)
{
    struct gl_split out = split(context, values, function);
    out.sampled = true;
    return out;
}

static struct gl_dist scale_dist(struct gl_dist dist, double factor)
{
    double *const lengths[] = {&dist.mean, &dist.median, &dist.mode,     &dist.std_dev,
                               &dist.min,  &dist.max,    &dist.total_sum};
    for (size_t i = 0; i < WVA_COUNT(lengths); i++)
        *lengths[i] *= factor;
    for (size_t i = 0; i < GL_PERCENTILES; i++)
        dist.percentiles[i] *= factor;
    dist.variance *= factor * factor;
    return dist;
}

static struct gl_split scale(const struct gl_split *split, double factor)
{
    struct gl_split out = *split;
    for (int status = 0; status < GL_STATUSES; status++)
        out.by[status] = scale_dist(split->by[status], factor);
    out.total = scale_dist(split->total, factor);
    return out;
}

/* Words and characters, as if every token had the same share of them. */
static struct gl_lengths lengths(const struct gl_metrics *m, double input, double output)
{
    return (struct gl_lengths){
        .input = scale(&m->prompt_tokens, input),
        .output = scale(&m->output_tokens, output),
        .total = scale(&m->total_tokens, input),
        .input_rate = scale(&m->prompt_rate, input),
        .output_rate = scale(&m->output_rate, output),
        .total_rate = scale(&m->total_rate, input),
    };
}

/* Values of a request. In 0.3 requests without the thing are left out, later they count as 0. */

static bool latency(const struct gl_benchmark *b, const struct gl_request *r, struct gl_sample *ret)
{
    (void)b;
    ret->value = r->end - r->start;
    return true;
}

static bool iterations(const struct gl_benchmark *b, const struct gl_request *r,
                       struct gl_sample *ret)
{
    (void)b;
    ret->value = r->output_tokens > 0 ? (double)r->output_tokens + GL_ITERATIONS_MORE : 0;
    return true;
}

static bool prompt_tokens(const struct gl_benchmark *b, const struct gl_request *r,
                          struct gl_sample *ret)
{
    (void)b;
    ret->value = (double)r->prompt_tokens;
    return true;
}

static bool output_tokens(const struct gl_benchmark *b, const struct gl_request *r,
                          struct gl_sample *ret)
{
    (void)b;
    ret->value = (double)r->output_tokens;
    return true;
}

static bool total_tokens(const struct gl_benchmark *b, const struct gl_request *r,
                         struct gl_sample *ret)
{
    (void)b;
    ret->value = (double)(r->prompt_tokens + r->output_tokens);
    return true;
}

static bool ttft(const struct gl_benchmark *b, const struct gl_request *r, struct gl_sample *ret)
{
    (void)b;
    ret->value = isnan(r->first_token) ? 0 : 1000 * (r->first_token - r->start);
    return true;
}

static bool itl(const struct gl_benchmark *b, const struct gl_request *r, struct gl_sample *ret)
{
    (void)b;
    bool has = r->output_tokens > 1 && !isnan(r->first_token);
    ret->value = has ? 1000 * (r->last_token - r->first_token) / (double)(r->output_tokens - 1) : 0;
    ret->weight = has ? (double)(r->output_tokens - 1) : 0;
    return true;
}

static bool tpot(const struct gl_benchmark *b, const struct gl_request *r, struct gl_sample *ret)
{
    (void)b;
    bool has = r->output_tokens > 0 && !isnan(r->last_token);
    ret->value = has ? 1000 * (r->last_token - r->start) / (double)r->output_tokens : 0;
    ret->weight = (double)r->output_tokens;
    return true;
}

/* 0.3: without the time to the first token. */
static bool old_tpot(const struct gl_benchmark *b, const struct gl_request *r,
                     struct gl_sample *ret)
{
    (void)b;
    if (r->output_tokens < 1 || isnan(r->first_token))
        return false;
    ret->value = 1000 * (r->last_token - r->first_token) / (double)r->output_tokens;
    ret->weight = (double)r->output_tokens;
    return true;
}

static bool old_itl(const struct gl_benchmark *b, const struct gl_request *r, struct gl_sample *ret)
{
    return itl(b, r, ret) && ret->weight > 0;
}

static bool with_tokens_ttft(const struct gl_benchmark *b, const struct gl_request *r,
                             struct gl_sample *ret)
{
    return ttft(b, r, ret) && r->output_tokens > 0;
}

/* 0.8 counts by event: a first token before the window's start does not count. */
static bool windowed_ttft(const struct gl_benchmark *b, const struct gl_request *r,
                          struct gl_sample *ret)
{
    bool counts = r->first_token >= b->window_start && r->first_token <= b->window_end;
    return counts && ttft(b, r, ret);
}

static bool windowed_itl(const struct gl_benchmark *b, const struct gl_request *r,
                         struct gl_sample *ret)
{
    return (isnan(r->first_token) || r->first_token >= b->window_start) && itl(b, r, ret);
}

static bool one(const struct gl_benchmark *b, const struct gl_request *r, struct gl_sample *ret)
{
    (void)b;
    *ret = (struct gl_sample){1, (double)r->output_tokens};
    return r->output_tokens > 0;
}

static void count(const struct gl_benchmark *benchmark, struct gl_metrics *metrics)
{
    for (size_t i = 0; i < benchmark->measured_count; i++)
        metrics->totals[benchmark->measured[i].status]++;
    for (size_t i = 0; i < benchmark->count; i++)
        metrics->made[benchmark->requests[i].status]++;
}

void gl_metrics_compute(struct gl_release release, const struct gl_benchmark *benchmark,
                        struct gl_metrics *ret)
{
    struct context context = {release, benchmark};
    bool old = release.minor == 3, by_event = release.minor >= 8;
    *ret = (struct gl_metrics){0};
    count(benchmark, ret);
    ret->requests_per_second = split(&context, request_rate, NULL);
    ret->concurrency = split(&context, concurrency, NULL);
    ret->latency = samples(&context, latency);
    ret->iterations = samples(&context, iterations);
    ret->prompt_tokens = samples(&context, prompt_tokens);
    ret->output_tokens = samples(&context, output_tokens);
    ret->total_tokens = samples(&context, total_tokens);
    ret->ttft = samples(&context, old ? with_tokens_ttft : by_event ? windowed_ttft : ttft);
    ret->ttfot = ret->ttft;
    ret->itl = split(&context, values, old ? old_itl : by_event ? windowed_itl : itl);
    ret->tpot = split(&context, values, old ? old_tpot : tpot);
    ret->prompt_rate = split(&context, token_rate, prompt_tokens);
    ret->output_rate = split(&context, token_rate, output_tokens);
    ret->total_rate = split(&context, token_rate, total_tokens);
    ret->tokens_per_iteration = split(&context, values, one);
    ret->words = lengths(ret, WORDS_A_PROMPT_TOKEN, WORDS_A_TOKEN);
    ret->characters = lengths(ret, CHARACTERS_A_PROMPT_TOKEN, CHARACTERS_A_TOKEN);
}
