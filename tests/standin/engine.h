// SPDX-License-Identifier: Apache-2.0
/*
 * The engine: continuous batching with known times, after WVA's model of a server (its queue model
 * of v0.4.2). With n requests in service (admitted and not finished, in whichever phase),
 *
 *     a prefill lasts    gamma + delta * tokens * n    ms,
 *     a decode step      alpha + beta * n              ms, n at the step's beginning,
 *
 * `tokens` being those of the prompt that the prefix cache does not hold. When n changes in the
 * middle of a prefill, what is left of it goes on at the new n's pace: n is then the mean over it.
 * At most max-num-seqs are in service; the others wait, first come, first served. As in that model,
 * a prefill disturbs nobody's decoding and starts at once. Each request has its own chain of
 * deadlines, every one counted from the one before (a late machine makes a token late, not the next
 * ones), and a freed place is taken as of the deadline that freed it.
 *
 * With STANDIN_CHUNKED=1 all requests share one chain of steps instead (engine_chunked.c): a step
 * lasts alpha + beta * n for the n that decode in it (nothing for none), plus the prefill work it
 * does; a prompt is worked on by up to --max-num-batched-tokens a step.
 */
#ifndef WVA_TESTS_STANDIN_ENGINE_H
#define WVA_TESTS_STANDIN_ENGINE_H

#include "loop.h"
#include "metrics.h"
#include "prefix.h"
#include "settings.h"

enum standin_phase { STANDIN_WAITING, STANDIN_PREFILL, STANDIN_DECODE, STANDIN_FINISHED };

/* A request in the engine. The caller fills the first part and keeps it where it is until
 * `finished` was called or it was aborted. */
struct standin_seq {
    size_t prompt_tokens;
    const uint64_t *blocks; /* hashes of the prompt's full blocks, for the prefix cache */
    size_t block_count;
    size_t wanted; /* tokens to produce */
    void *owner;
    bool (*token)(void *owner, bool last); /* a token is there; true: it shall be the last */
    void (*finished)(void *owner);

    /* the engine's */
    struct standin_engine *engine;
    struct standin_seq *next, *prev;
    enum standin_phase phase;
    struct standin_timer timer;
    size_t cached_tokens;
    size_t produced;
    int64_t arrived, admitted, first, last; /* ns; first and last are deadlines */
    double factor, extra_ms; /* noise of the prefill; what the first request pays on top */
    double prefill_done;     /* share of it, 0 to 1, at `mark` */
    int64_t mark;
    double prefill_area; /* n times ns of the prefill, to `mark` */
    double batch_sum;    /* of n over the decode steps */
    size_t prefill_left; /* chunked: tokens still to work on */
    size_t taking;       /* chunked: of them in this step */
    bool decoding;       /* chunked: decodes in this step */
};

struct standin_list {
    struct standin_seq *first, *last;
    size_t count;
};

struct standin_engine {
    struct standin_loop *loop;
    const struct standin_settings *settings;
    struct standin_metrics *metrics;
    struct standin_prefix *prefix; /* NULL: no prefix cache */
    size_t max_num_seqs;
    size_t max_batched_tokens;
    uint64_t random;
    bool served; /* the first request has come */
    struct standin_list waiting, running;
    size_t tokens_held;        /* prompt and output tokens of the running */
    struct standin_timer step; /* chunked */
};

void standin_engine_init(struct standin_engine *engine);
void standin_engine_submit(struct standin_engine *engine, struct standin_seq *seq, int64_t arrived);
/* The client is gone. Not for a request that has finished. */
void standin_engine_abort(struct standin_engine *engine, struct standin_seq *seq);

/* The mean n of its prefill, and of its decode steps. */
double standin_seq_prefill_batch(const struct standin_seq *seq);
double standin_seq_batch(const struct standin_seq *seq);

/* For engine_chunked.c. */
double standin_engine_prefill_ns(const struct standin_engine *engine,
                                 const struct standin_seq *seq); /* all of it, at today's n */
int64_t standin_engine_step_ns(struct standin_engine *engine, size_t batch);
/* Counts and hands out a token; true: the request is finished and out of the lists. */
bool standin_engine_token(struct standin_engine *engine, struct standin_seq *seq, int64_t deadline);
/* Lets in those that wait, as of `at`. */
void standin_engine_admit(struct standin_engine *engine, int64_t at);
void standin_chunked_wake(struct standin_engine *engine, int64_t at);
void standin_chunked_fire(void *engine, int64_t deadline);

#endif
