// SPDX-License-Identifier: Apache-2.0
// The ring of delivered requests.

#include "delivered.h"

#include "loop.h"

#include "wva/util/parse.h"

#include <time.h>

void standin_delivered_init(struct standin_delivered *delivered)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    delivered->epoch_ns = (int64_t)now.tv_sec * STANDIN_SECOND + now.tv_nsec - standin_now();
}

void standin_delivered_add(struct standin_delivered *delivered,
                           const struct standin_delivery *delivery)
{
    delivered->ring[delivered->count++ % STANDIN_DELIVERED_MAX] = *delivery;
}

static double epoch(const struct standin_delivered *delivered, int64_t at)
{
    return (double)(at + delivered->epoch_ns) / 1e9;
}

static void write_one(const struct standin_delivered *delivered, const struct standin_delivery *d,
                      struct wva_buf *out)
{
    char batch[WVA_DOUBLE_TEXT_MAX];
    wva_format_double(batch, d->batch);
    wva_buf_printf(out,
                   "{\"arrived\":%.6f,\"started\":%.6f,\"firstToken\":%.6f,\"finished\":%.6f,"
                   "\"promptTokens\":%u,\"cachedTokens\":%u,\"outputTokens\":%u,"
                   "\"prefillBatch\":%u,\"batch\":%s,\"ttftMs\":%.6f,",
                   epoch(delivered, d->arrived), epoch(delivered, d->started),
                   epoch(delivered, d->first), epoch(delivered, d->finished), d->prompt_tokens,
                   d->cached_tokens, d->output_tokens, d->prefill_batch, batch,
                   (double)(d->first - d->arrived) / 1e6);
    if (d->output_tokens > 1)
        wva_buf_printf(out, "\"itlMs\":%.6f}",
                       (double)(d->finished - d->first) / 1e6 / (double)(d->output_tokens - 1));
    else
        wva_buf_puts(out, "\"itlMs\":null}");
}

void standin_delivered_write(const struct standin_delivered *delivered, double since, double until,
                             struct wva_buf *out)
{
    uint64_t first =
        delivered->count > STANDIN_DELIVERED_MAX ? delivered->count - STANDIN_DELIVERED_MAX : 0;
    const char *separator = "";
    wva_buf_putc(out, '[');
    for (uint64_t i = first; i < delivered->count; i++) {
        const struct standin_delivery *d = &delivered->ring[i % STANDIN_DELIVERED_MAX];
        double finished = epoch(delivered, d->finished);
        if (finished < since || finished >= until)
            continue;
        wva_buf_puts(out, separator);
        write_one(delivered, d, out);
        separator = ",\n";
    }
    wva_buf_puts(out, "]\n");
}
