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

double standin_engine_prefill_ns(const struct standin_engine *engine, const struct standin_seq *seq)
{
    const struct standin_settings *s = engine->settings;
    double tokens = (double)(seq->prompt_tokens - seq->cached_tokens);
    double ms = s->gamma + s->delta * tokens * (double)engine->running.count;
    return (ms * seq->factor + seq->extra_ms) * 1e6;
}

int64_t standin_engine_step_ns(struct standin_engine *engine, size_t batch)
{
    double ms = engine->settings->alpha + engine->settings->beta * (double)batch;
    return (int64_t)llround(ms * noise_factor(engine) * 1e6);
}

double standin_seq_prefill_batch(const struct standin_seq *seq)
{
    int64_t ns = seq->first - seq->admitted;
    return ns > 0 ? seq->prefill_area / (double)ns : 1;
}

double standin_seq_batch(const struct standin_seq *seq)
{
    return seq->produced > 1 ? seq->batch_sum / (double)(seq->produced - 1)
                             : standin_seq_prefill_batch(seq);
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

/* The prefills of all go on to `at` at the pace there is, ... */
static void advance_prefills(struct standin_engine *engine, int64_t at)
{
    for (struct standin_seq *seq = engine->running.first; seq != NULL; seq = seq->next) {
        if (seq->phase != STANDIN_PREFILL || at <= seq->mark)
            continue;
        double ns = (double)(at - seq->mark);
        seq->prefill_done += ns / standin_engine_prefill_ns(engine, seq);
        seq->prefill_area += ns * (double)engine->running.count;
        seq->mark = at;
    }
}

/* ... and from there, n having changed, to their ends at the new one. */
static void schedule_prefills(struct standin_engine *engine)
{
    for (struct standin_seq *seq = engine->running.first; seq != NULL; seq = seq->next) {
        if (seq->phase != STANDIN_PREFILL)
            continue;
        double left = seq->prefill_done < 1 ? 1 - seq->prefill_done : 0;
        int64_t ns = (int64_t)llround(left * standin_engine_prefill_ns(engine, seq));
        standin_timer_set(engine->loop, &seq->timer, seq->mark + ns);
    }
}

static void publish(struct standin_engine *engine)
{
    engine->metrics->running = (double)engine->running.count;
    engine->metrics->waiting = (double)engine->waiting.count;
    engine->metrics->tokens_held = (double)engine->tokens_held;
}

static void leave(struct standin_engine *engine, struct standin_seq *seq, int64_t at)
{
    standin_timer_unset(engine->loop, &seq->timer);
    if (seq->phase == STANDIN_WAITING) {
        unlink_from(&engine->waiting, seq);
    } else {
        advance_prefills(engine, at);
        unlink_from(&engine->running, seq);
        engine->tokens_held -= seq->prompt_tokens + seq->produced;
    }
    seq->phase = STANDIN_FINISHED;
    if (!engine->settings->chunked)
        schedule_prefills(engine);
    publish(engine);
}

bool standin_engine_token(struct standin_engine *engine, struct standin_seq *seq, int64_t deadline)
{
    seq->produced++;
    engine->tokens_held++;
    if (seq->produced == 1) {
        advance_prefills(engine, deadline);
        seq->first = deadline;
    }
    seq->last = deadline;
    seq->phase = STANDIN_DECODE;
    bool last = seq->produced >= seq->wanted;
    last = seq->token(seq->owner, last) || last;
    if (!last)
        return false;
    leave(engine, seq, deadline);
    seq->finished(seq->owner);
    return true;
}

static void enter(struct standin_engine *engine, struct standin_seq *seq, int64_t at)
{
    unlink_from(&engine->waiting, seq);
    advance_prefills(engine, at);
    append(&engine->running, seq);
    seq->phase = STANDIN_PREFILL;
    seq->admitted = seq->mark = at;
    seq->factor = noise_factor(engine);
    seq->extra_ms = engine->served ? 0 : engine->settings->faults.slow_first * 1e3;
    engine->served = true;
    engine->tokens_held += seq->prompt_tokens;
    if (engine->prefix != NULL) {
        seq->cached_tokens =
            standin_prefix_use(engine->prefix, seq->blocks, seq->block_count, seq->prompt_tokens);
        engine->metrics->prefix_queries += (double)seq->prompt_tokens;
        engine->metrics->prefix_hits += (double)seq->cached_tokens;
    }
    seq->prefill_left = seq->prompt_tokens - seq->cached_tokens;
    if (!engine->settings->chunked)
        schedule_prefills(engine);
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
    int64_t now = standin_now();
    leave(engine, seq, now);
    if (!engine->settings->faults.hang)
        standin_engine_admit(engine, now);
}

void standin_engine_init(struct standin_engine *engine)
{
    engine->random = engine->settings->seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    engine->step = (struct standin_timer){.fire = standin_chunked_fire, .owner = engine};
}
