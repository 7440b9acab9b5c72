// SPDX-License-Identifier: Apache-2.0
/*
 * One measured level: what a GuideLLM benchmark at one load says, whatever release said it.
 *
 * Figures that the source does not have are NAN (doubles) or -1 (counts), never 0: GuideLLM itself
 * writes 0 for "no data".
 */
#ifndef WVA_GUIDELLM_LEVEL_H
#define WVA_GUIDELLM_LEVEL_H

#include <stdbool.h>
#include <stdint.h>

/* A distribution over requests. */
struct wva_stat {
    double mean;
    double median;
    double std_dev;
    double min;
    int64_t count; /* ITL: requests (GuideLLM <= 0.3) or tokens (>= 0.4) */
};

struct wva_level {
    char strategy[32]; /* "synchronous", "concurrent", "throughput", "constant", … */
    double streams;    /* requested batch: streams, or the limit of throughput; 1 for synchronous */
    double concurrency;   /* measured: time-weighted mean of requests in flight, all requests */
    double prompt_tokens; /* mean a successful request, as the server counted */
    double output_tokens; /* mean a successful request */
    struct wva_stat itl;  /* inter-token latency, ms, token-weighted */
    struct wva_stat ttft; /* time to first token, ms */
    int64_t successful;   /* requests in the measured window */
    int64_t errored;
    int64_t incomplete;        /* cut off at the deadline; no failure */
    double duration_s;         /* of the measured window */
    bool median_only;          /* means are NAN: GuideLLM 0.4 to 0.7 print none */
    char guidellm_version[24]; /* "" when the source does not tell */
    char model[256];           /* likewise */
    char target[256];
    char first_error[256]; /* of the first request that failed; likewise */
};

/* All figures unknown, all texts empty. */
void wva_level_init(struct wva_level *level);

/* The batch a fit uses: measured concurrency where there is one, else the requested. */
double wva_level_batch(const struct wva_level *level);

#endif
