// SPDX-License-Identifier: Apache-2.0
// Who is in service, and when each of its tokens is due.

#include "engine.h"

#include <math.h>

static double random_unit(struct standin_engine *engine) /* (0, 1] */
{
    engine->random ^= engine->random >> 12; /* xorshift64* */
    engine->random ^= engine->random << 25;
    engine->random ^= engine->random >> 27;
    uint64_t bits = engine->random * UINT64_C(2685821657736338717);
    return ((double)(bits >> 11) + 1) / 9007199254740992.0;
}

/* Lognormal of mean 1, so that noise moves no mean. */
static double noise_factor(struct standin_engine *engine)
{
    double sigma = engine->settings->noise;
    if (!(sigma > 0))
        return 1;
    double radius = sqrt(-2 * log(random_unit(engine)));
    double normal = radius * cos(6.283185307179586 * random_unit(engine));
    return exp(sigma * normal - sigma * sigma / 2);
}

static int64_t to_ns(struct standin_engine *engine, double ms)
{
    return (int64_t)llround(ms * noise_factor(engine) * 1e6);
}

int64_t standin_engine_prefill_ns(struct standin_engine *engine, const struct standin_seq *seq)
{
    const struct standin_settings *s = engine->settings;
    double tokens = (double)(seq->prompt_tokens - seq->cached_tokens);
    double ms = s->gamma + s->delta * tokens * (double)seq->prefill_batch;
    if (!engine->served)
        ms += s->faults.slow_first * 1e3; /* kernels are compiled */
    engine->served = true;
    return to_ns(engine, ms);
}

int64_t standin_engine_step_ns(struct standin_engine *engine, size_t batch)
{
    return to_ns(engine, engine->settings->alpha + engine->settings->beta * (double)batch);
}

static void append(struct standin_list *list, struct standin_seq *seq)
{
    seq->next = NULL;
    seq->prev = list->last;
    if (list->last != NULL)
        list->last->next = seq;
    else
        list->first = seq;
    list->last = seq;
    list->count++;
}

static void unlink_from(struct standin_list *list, struct standin_seq *seq)
{
    if (seq->prev != NULL)
        seq->prev->next = seq->next;
    else
        list->first = seq->next;
    if (seq->next != NULL)
        seq->next->prev = seq->prev;
    else
        list->last = seq->prev;
    list->count--;
}

/* The next step of one that decodes begins at `at`. */
static void begin_step(struct standin_engine *engine, struct standin_seq *seq, int64_t at)
{
    seq->batch_sum += (double)engine->running.count;
    standin_timer_set(engine->loop, &seq->timer,
                      at + standin_engine_step_ns(engine, engine->running.count));
}

static void fire(void *owner, int64_t deadline)
{
    struct standin_seq *seq = owner;
    struct standin_engine *engine = seq->engine;
    if (standin_engine_token(engine, seq, deadline))
        standin_engine_admit(engine, deadline);
    else
        begin_step(engine, seq, deadline);
}

static void publish(struct standin_engine *engine)
{
    engine->metrics->running = (double)engine->running.count;
    engine->metrics->waiting = (double)engine->waiting.count;
    engine->metrics->tokens_held = (double)engine->tokens_held;
}

static void leave(struct standin_engine *engine, struct standin_seq *seq)
{
    standin_timer_unset(engine->loop, &seq->timer);
    if (seq->phase == STANDIN_WAITING) {
        unlink_from(&engine->waiting, seq);
    } else {
        unlink_from(&engine->running, seq);
        engine->tokens_held -= seq->prompt_tokens + seq->produced;
    }
    seq->phase = STANDIN_FINISHED;
    publish(engine);
}

bool standin_engine_token(struct standin_engine *engine, struct standin_seq *seq, int64_t deadline)
{
    seq->produced++;
    engine->tokens_held++;
    if (seq->produced == 1)
        seq->first = deadline;
    seq->last = deadline;
    seq->phase = STANDIN_DECODE;
    bool last = seq->produced >= seq->wanted;
    last = seq->token(seq->owner, last, deadline) || last;
    if (!last)
        return false;
    leave(engine, seq);
    seq->finished(seq->owner);
    return true;
}

static void enter(struct standin_engine *engine, struct standin_seq *seq, int64_t at)
{
    unlink_from(&engine->waiting, seq);
    append(&engine->running, seq);
    seq->phase = STANDIN_PREFILL;
    seq->admitted = at;
    seq->prefill_batch = engine->running.count;
    engine->tokens_held += seq->prompt_tokens;
    if (engine->prefix != NULL) {
        seq->cached_tokens =
            standin_prefix_use(engine->prefix, seq->blocks, seq->block_count, seq->prompt_tokens);
        engine->metrics->prefix_queries += (double)seq->prompt_tokens;
        engine->metrics->prefix_hits += (double)seq->cached_tokens;
    }
    if (engine->settings->chunked)
        seq->prefill_left = seq->prompt_tokens - seq->cached_tokens;
    else
        standin_timer_set(engine->loop, &seq->timer, at + standin_engine_prefill_ns(engine, seq));
}

void standin_engine_admit(struct standin_engine *engine, int64_t at)
{
    while (engine->waiting.first != NULL && engine->running.count < engine->max_num_seqs)
        enter(engine, engine->waiting.first,
              at > engine->waiting.first->arrived ? at : engine->waiting.first->arrived);
    publish(engine);
    if (engine->settings->chunked)
        standin_chunked_wake(engine, at);
}

void standin_engine_submit(struct standin_engine *engine, struct standin_seq *seq, int64_t arrived)
{
    seq->engine = engine;
    seq->phase = STANDIN_WAITING;
    seq->timer = (struct standin_timer){.fire = fire, .owner = seq};
    seq->arrived = arrived;
    append(&engine->waiting, seq);
    if (engine->settings->faults.hang)
        publish(engine);
    else
        standin_engine_admit(engine, arrived);
}

void standin_engine_abort(struct standin_engine *engine, struct standin_seq *seq)
{
    leave(engine, seq);
    if (!engine->settings->faults.hang)
        standin_engine_admit(engine, standin_now());
}

void standin_engine_init(struct standin_engine *engine)
{
    engine->random = engine->settings->seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    engine->step = (struct standin_timer){.fire = standin_chunked_fire, .owner = engine};
}
