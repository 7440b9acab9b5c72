// SPDX-License-Identifier: Apache-2.0
/* The counters of GET /metrics, under vLLM 0.11's names (both the old and the new one where it has
 * two) and with its buckets. */
#ifndef WVA_TESTS_STANDIN_METRICS_H
#define WVA_TESTS_STANDIN_METRICS_H

#include "vllm/command.h"

#include "wva/util/buf.h"

#define STANDIN_BUCKETS_MAX 32

enum standin_histogram_id {
    STANDIN_TTFT,
    STANDIN_ITL,
    STANDIN_REQUEST_TPOT,
    STANDIN_E2E,
    STANDIN_QUEUE,
    STANDIN_INFERENCE,
    STANDIN_PREFILL_TIME,
    STANDIN_DECODE_TIME,
    STANDIN_PROMPT_TOKENS,
    STANDIN_GENERATION_TOKENS,
    STANDIN_MAX_TOKENS,
    STANDIN_HISTOGRAM_COUNT,
};

enum standin_reason { STANDIN_STOP, STANDIN_LENGTH, STANDIN_ABORT, STANDIN_REASON_COUNT };

struct standin_histogram {
    double buckets[STANDIN_BUCKETS_MAX]; /* not cumulated */
    double sum, count;
};

struct standin_metrics {
    const struct vllm_command *command;
    double running, waiting, tokens_held;
    double prompt_tokens, generation_tokens;
    double prefix_queries, prefix_hits;
    double success[STANDIN_REASON_COUNT];
    struct standin_histogram histograms[STANDIN_HISTOGRAM_COUNT];
};

void standin_metrics_observe(struct standin_metrics *metrics, enum standin_histogram_id id,
                             double value);

/* The exposition format's text. */
void standin_metrics_write(const struct standin_metrics *metrics, struct wva_buf *out);

#endif
