// SPDX-License-Identifier: Apache-2.0
/* What was really delivered: the last requests that were answered whole, with the times at which
 * their tokens left this process, and how GET /standin/… tells of them. */
#ifndef WVA_TESTS_STANDIN_DELIVERED_H
#define WVA_TESTS_STANDIN_DELIVERED_H

#include "wva/util/buf.h"

#include <stdint.h>

#define STANDIN_DELIVERED_MAX ((size_t)1 << 15)

/* Times in ns of the monotonic clock. */
struct standin_delivery {
    int64_t arrived;             /* the request's last byte was read */
    int64_t started;             /* it was let into service */
    int64_t first;               /* its first token was written */
    int64_t finished;            /* its last */
    int64_t first_due, last_due; /* when that should have been */
    uint32_t prompt_tokens, cached_tokens, output_tokens;
    double prefill_batch; /* mean in service over its prefill, itself included */
    double batch;         /* the same over its decode steps */
};

struct standin_delivered {
    struct standin_delivery ring[STANDIN_DELIVERED_MAX];
    uint64_t count;   /* ever recorded */
    int64_t epoch_ns; /* what turns a monotonic time into one since 1970 */
};

void standin_delivered_init(struct standin_delivered *delivered);
void standin_delivered_add(struct standin_delivered *delivered,
                           const struct standin_delivery *delivery);

/* A JSON array of those that finished in [since, until), epoch seconds, oldest first. */
void standin_delivered_write(const struct standin_delivered *delivered, double since, double until,
                             struct wva_buf *out);

#endif
