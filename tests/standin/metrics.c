// SPDX-License-Identifier: Apache-2.0
// GET /metrics: names, help and buckets are those of vllm/v1/metrics/loggers.py of vLLM 0.11, the
// layout that of Prometheus' Python client (labels sorted by name).

#include "metrics.h"

#include "wva/util/mem.h"
#include "wva/util/parse.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct buckets {
    size_t count;
    double bounds[STANDIN_BUCKETS_MAX - 1];
};

static const struct buckets ttft_buckets = {
    22, {0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1,  0.25,  0.5,   0.75,
         1.0,   2.5,   5.0,  7.5,  10.0, 20.0, 40.0, 80.0, 160.0, 640.0, 2560.0}};
static const struct buckets token_buckets = {19,
                                             {0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4,
                                              0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 20.0, 40.0,
                                              80.0}};
static const struct buckets request_buckets = {
    21, {0.3,  0.5,  0.8,  1.0,  1.5,   2.0,   2.5,   5.0,   10.0,   15.0,  20.0,
         30.0, 40.0, 50.0, 60.0, 120.0, 240.0, 480.0, 960.0, 1920.0, 7680.0}};
/* vLLM builds 1, 2, 5, 10, … up to max-model-len; this is its list for 131072. */
static const struct buckets count_buckets = {
    16, {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000}};

static const struct family {
    const char *name;
    const char *help;
    const struct buckets *buckets;
    enum standin_histogram_id id;
} families[] = {
    {"vllm:time_to_first_token_seconds", "Histogram of time to first token in seconds.",
     &ttft_buckets, STANDIN_TTFT},
    {"vllm:time_per_output_token_seconds",
     "Histogram of time per output token in seconds."
     "DEPRECATED: Use vllm:inter_token_latency_seconds instead.",
     &token_buckets, STANDIN_ITL},
    {"vllm:inter_token_latency_seconds", "Histogram of inter-token latency in seconds.",
     &token_buckets, STANDIN_ITL},
    {"vllm:request_time_per_output_token_seconds",
     "Histogram of time_per_output_token_seconds per request.", &token_buckets,
     STANDIN_REQUEST_TPOT},
    {"vllm:e2e_request_latency_seconds", "Histogram of e2e request latency in seconds.",
     &request_buckets, STANDIN_E2E},
    {"vllm:request_queue_time_seconds", "Histogram of time spent in WAITING phase for request.",
     &request_buckets, STANDIN_QUEUE},
    {"vllm:request_inference_time_seconds", "Histogram of time spent in RUNNING phase for request.",
     &request_buckets, STANDIN_INFERENCE},
    {"vllm:request_prefill_time_seconds", "Histogram of time spent in PREFILL phase for request.",
     &request_buckets, STANDIN_PREFILL_TIME},
    {"vllm:request_decode_time_seconds", "Histogram of time spent in DECODE phase for request.",
     &request_buckets, STANDIN_DECODE_TIME},
    {"vllm:request_prompt_tokens", "Number of prefill tokens processed.", &count_buckets,
     STANDIN_PROMPT_TOKENS},
    {"vllm:request_generation_tokens", "Number of generation tokens processed.", &count_buckets,
     STANDIN_GENERATION_TOKENS},
    {"vllm:request_params_max_tokens", "Histogram of the max_tokens request parameter.",
     &count_buckets, STANDIN_MAX_TOKENS},
};

static const struct buckets *buckets_of(enum standin_histogram_id id)
{
    for (size_t i = 0; i < WVA_COUNT(families); i++)
        if (families[i].id == id)
            return families[i].buckets;
    return &request_buckets;
}

void standin_metrics_observe(struct standin_metrics *metrics, enum standin_histogram_id id,
                             double value)
{
    struct standin_histogram *histogram = &metrics->histograms[id];
    const struct buckets *buckets = buckets_of(id);
    size_t i = 0;
    while (i < buckets->count && value > buckets->bounds[i])
        i++;
    histogram->buckets[i]++;
    histogram->sum += value;
    histogram->count++;
}

/* As Python writes a float: "3.0". */
static const char *number(char out[WVA_DOUBLE_TEXT_MAX], double value)
{
    if (value == floor(value) && fabs(value) < 1e15)
        (void)snprintf(out, WVA_DOUBLE_TEXT_MAX, "%.1f", value);
    else
        wva_format_double(out, value);
    return out;
}

/* A label's value, with the three characters escaped that must be. */
static void put_label(struct wva_buf *out, const char *name, const char *value)
{
    wva_buf_printf(out, "%s=\"", name);
    for (const char *c = value; *c != '\0'; c++) {
        if (*c == '\\' || *c == '"')
            wva_buf_putc(out, '\\');
        wva_buf_putc(out, *c == '\n' ? ' ' : *c);
    }
    wva_buf_putc(out, '"');
}

/* One sample; `extra` is a label whose name sorts between engine and model_name, or NULL. */
static void put_sample(const struct standin_metrics *metrics, struct wva_buf *out, const char *name,
                       const char *suffix, const char *extra, const char *value, double sample)
{
    char text[WVA_DOUBLE_TEXT_MAX];
    wva_buf_printf(out, "%s%s{engine=\"0\",", name, suffix);
    if (extra != NULL) {
        put_label(out, extra, value);
        wva_buf_putc(out, ',');
    }
    put_label(out, "model_name", metrics->command->served[0]);
    wva_buf_printf(out, "} %s\n", number(text, sample));
}

static void put_head(struct wva_buf *out, const char *name, const char *type, const char *help)
{
    wva_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_simple(const struct standin_metrics *metrics, struct wva_buf *out)
{
    const double total = 16.0 * 27546; /* tokens the KV cache holds: about 57 GiB for an 8B model */
    const double used = metrics->tokens_held / total;
    const struct {
        const char *name;
        const char *type;
        const char *help;
        double value;
    } simple[] = {
        {"vllm:num_requests_running", "gauge", "Number of requests in model execution batches.",
         metrics->running},
        {"vllm:num_requests_waiting", "gauge", "Number of requests waiting to be processed.",
         metrics->waiting},
        {"vllm:kv_cache_usage_perc", "gauge", "KV-cache usage. 1 means 100 percent usage.",
         used < 1 ? used : 1},
        {"vllm:prefix_cache_queries_total", "counter",
         "Prefix cache queries, in terms of number of queried tokens.", metrics->prefix_queries},
        {"vllm:prefix_cache_hits_total", "counter",
         "Prefix cache hits, in terms of number of cached tokens.", metrics->prefix_hits},
        {"vllm:num_preemptions_total", "counter",
         "Cumulative number of preemption from the engine.", 0},
        {"vllm:prompt_tokens_total", "counter", "Number of prefill tokens processed.",
         metrics->prompt_tokens},
        {"vllm:generation_tokens_total", "counter", "Number of generation tokens processed.",
         metrics->generation_tokens},
    };
    for (size_t i = 0; i < WVA_COUNT(simple); i++) {
        put_head(out, simple[i].name, simple[i].type, simple[i].help);
        put_sample(metrics, out, simple[i].name, "", NULL, NULL, simple[i].value);
    }
    static const char *const reasons[STANDIN_REASON_COUNT] = {"stop", "length", "abort"};
    put_head(out, "vllm:request_success_total", "counter",
             "Count of successfully processed requests.");
    for (size_t i = 0; i < STANDIN_REASON_COUNT; i++)
        put_sample(metrics, out, "vllm:request_success_total", "", "finished_reason", reasons[i],
                   metrics->success[i]);
}

static void put_histogram(const struct standin_metrics *metrics, struct wva_buf *out,
                          const struct family *family)
{
    const struct standin_histogram *histogram = &metrics->histograms[family->id];
    double cumulated = 0;
    put_head(out, family->name, "histogram", family->help);
    for (size_t i = 0; i <= family->buckets->count; i++) {
        char bound[WVA_DOUBLE_TEXT_MAX] = "+Inf";
        if (i < family->buckets->count)
            (void)number(bound, family->buckets->bounds[i]);
        cumulated += histogram->buckets[i];
        put_sample(metrics, out, family->name, "_bucket", "le", bound, cumulated);
    }
    put_sample(metrics, out, family->name, "_count", NULL, NULL, histogram->count);
    put_sample(metrics, out, family->name, "_sum", NULL, NULL, histogram->sum);
}

void standin_metrics_write(const struct standin_metrics *metrics, struct wva_buf *out)
{
    put_simple(metrics, out);
    for (size_t i = 0; i < WVA_COUNT(families); i++)
        put_histogram(metrics, out, &families[i]);
    put_head(out, "vllm:cache_config_info", "gauge", "Information of the LLMEngine CacheConfig");
    wva_buf_printf(out,
                   "vllm:cache_config_info{block_size=\"16\",cache_dtype=\"auto\","
                   "enable_prefix_caching=\"%s\",engine=\"0\",gpu_memory_utilization=\"0.9\","
                   "num_gpu_blocks=\"27546\",sliding_window=\"None\",swap_space=\"4\"} 1.0\n",
                   metrics->command->prefix_caching ? "True" : "False");
}
