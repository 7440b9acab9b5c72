// SPDX-License-Identifier: Apache-2.0
// The ring of delivered requests.

#include "delivered.h"

#include "loop.h"

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

/* Milliseconds a token between two times, or null. */
static void write_itl(const char *name, int64_t first, int64_t last, uint32_t tokens,
                      struct wva_buf *out)
{
    if (tokens > 1)
        wva_buf_printf(out, ",\"%s\":%.6f", name,
                       (double)(last - first) / 1e6 / (double)(tokens - 1));
    else
        wva_buf_printf(out, ",\"%s\":null", name);
}

static void write_one(const struct standin_delivered *delivered, const struct standin_delivery *d,
                      struct wva_buf *out)
{
    wva_buf_printf(out, "{\"arrived\":%.6f,\"started\":%.6f,\"firstToken\":%.6f,\"finished\":%.6f",
                   epoch(delivered, d->arrived), epoch(delivered, d->started),
                   epoch(delivered, d->first), epoch(delivered, d->finished));
    wva_buf_printf(out, ",\"promptTokens\":%u,\"cachedTokens\":%u,\"outputTokens\":%u",
                   d->prompt_tokens, d->cached_tokens, d->output_tokens);
    wva_buf_printf(out, ",\"prefillBatch\":%.6f,\"batch\":%.6f", d->prefill_batch, d->batch);
    wva_buf_printf(out, ",\"ttftMs\":%.6f,\"dueTtftMs\":%.6f",
                   (double)(d->first - d->arrived) / 1e6,
                   (double)(d->first_due - d->arrived) / 1e6);
    write_itl("itlMs", d->first, d->finished, d->output_tokens, out);
    write_itl("dueItlMs", d->first_due, d->last_due, d->output_tokens, out);
    wva_buf_putc(out, '}');
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
