// SPDX-License-Identifier: Apache-2.0
// Steps that all requests share: those that decode get a token each, and what is left of the
// token budget goes to prompts, which makes the step longer for everybody (chunked prefill).

#include "engine.h"

/* Gives this step's tokens to prompts, first come, first served; the time their work takes. */
static int64_t take_prefill(struct standin_engine *engine, size_t budget)
{
    double work = 0;
    for (struct standin_seq *seq = engine->running.first; seq != NULL; seq = seq->next) {
        seq->taking = 0;
        if (seq->phase != STANDIN_PREFILL || budget == 0)
            continue;
        seq->taking = seq->prefill_left < budget ? seq->prefill_left : budget;
        budget -= seq->taking;
        double share = (double)seq->taking / (double)(seq->prompt_tokens - seq->cached_tokens);
        work += share * standin_engine_prefill_ns(engine, seq);
    }
    return (int64_t)work;
}

void standin_chunked_wake(struct standin_engine *engine, int64_t at)
{
    if (engine->step.place != 0 || engine->running.count == 0)
        return; /* in the middle of a step, or idle */
    size_t decoding = 0;
    for (struct standin_seq *seq = engine->running.first; seq != NULL; seq = seq->next) {
        seq->decoding = seq->phase == STANDIN_DECODE;
        decoding += seq->decoding ? 1 : 0;
    }
    for (struct standin_seq *seq = engine->running.first; seq != NULL; seq = seq->next)
        seq->batch_sum += seq->decoding ? (double)decoding : 0;
    size_t budget =
        engine->max_batched_tokens > decoding ? engine->max_batched_tokens - decoding : 1;
    int64_t length = decoding > 0 ? standin_engine_step_ns(engine, decoding) : 0;
    length += take_prefill(engine, budget);
    standin_timer_set(engine->loop, &engine->step, at + length);
}

void standin_chunked_fire(void *owner, int64_t deadline)
{
    struct standin_engine *engine = owner;
    for (struct standin_seq *seq = engine->running.first, *next; seq != NULL; seq = next) {
        next = seq->next;
        bool prefilled =
            seq->phase == STANDIN_PREFILL && seq->taking > 0 && seq->taking == seq->prefill_left;
        seq->prefill_left -= seq->taking;
        seq->taking = 0;
        if (prefilled || seq->decoding)
            (void)standin_engine_token(engine, seq, deadline);
    }
    standin_engine_admit(engine, deadline);
}
