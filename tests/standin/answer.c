// SPDX-License-Identifier: Apache-2.0
// Tokens into text, the times at which they left, and what becomes of an answer. The model says
// common words, the same for the same prompt; unless told to ignore its end token it ends after 32
// to 287 of them.

#include "answer_priv.h"

#include "words.h"

#include "wva/util/mem.h"

#include <stdlib.h>
#include <string.h>

static void answer_free(struct standin_answer *answer)
{
    answer->conn->watcher = (struct standin_watcher){0};
    wva_buf_done(&answer->text);
    struct wva_arena arena = answer->arena;
    wva_arena_done(&arena);
    free(answer);
}

static void count_request(struct standin_answer *answer, enum standin_reason reason)
{
    struct standin_metrics *m = &answer->server->metrics;
    const struct standin_seq *seq = &answer->seq;
    m->success[reason]++;
    if (reason == STANDIN_ABORT)
        return;
    standin_metrics_observe(m, STANDIN_E2E, (double)(answer->last - seq->arrived) / 1e9);
    standin_metrics_observe(m, STANDIN_QUEUE, (double)(seq->admitted - seq->arrived) / 1e9);
    standin_metrics_observe(m, STANDIN_INFERENCE, (double)(answer->last - seq->admitted) / 1e9);
    standin_metrics_observe(m, STANDIN_PREFILL_TIME, (double)(answer->first - seq->admitted) / 1e9);
    standin_metrics_observe(m, STANDIN_DECODE_TIME, (double)(answer->last - answer->first) / 1e9);
    standin_metrics_observe(m, STANDIN_PROMPT_TOKENS, (double)seq->prompt_tokens);
    standin_metrics_observe(m, STANDIN_GENERATION_TOKENS, (double)seq->produced);
    if (answer->ask.max_tokens_given)
        standin_metrics_observe(m, STANDIN_MAX_TOKENS, (double)answer->ask.max_tokens);
    if (seq->produced > 1)
        standin_metrics_observe(m, STANDIN_REQUEST_TPOT,
                                (double)(answer->last - answer->first) / 1e9 /
                                    (double)(seq->produced - 1));
}

/* It is whole and has left: into the books. */
static void complete(struct standin_answer *answer)
{
    const struct standin_seq *seq = &answer->seq;
    struct standin_delivery delivery = {
        .arrived = seq->arrived,
        .started = seq->admitted,
        .first = answer->first,
        .finished = answer->last,
        .first_due = seq->first,
        .last_due = seq->last,
        .prompt_tokens = (uint32_t)seq->prompt_tokens,
        .cached_tokens = (uint32_t)seq->cached_tokens,
        .output_tokens = (uint32_t)seq->produced,
        .prefill_batch = standin_seq_prefill_batch(seq),
        .batch = standin_seq_batch(seq),
    };
    standin_delivered_add(answer->server->delivered, &delivery);
    count_request(answer, strcmp(answer->reason, "stop") == 0 ? STANDIN_STOP : STANDIN_LENGTH);
    answer_free(answer);
}

static void drained(void *owner, int64_t now)
{
    struct standin_answer *answer = owner;
    if (answer->first_waits)
        answer->first = now;
    if (answer->last_waits)
        answer->last = now;
    answer->first_waits = answer->last_waits = false;
    if (answer->over)
        complete(answer);
}

static void gone(void *owner)
{
    struct standin_answer *answer = owner;
    if (answer->seq.phase != STANDIN_FINISHED) {
        standin_engine_abort(&answer->server->engine, &answer->seq);
        count_request(answer, STANDIN_ABORT);
    }
    answer_free(answer);
}

/* The token's text goes to answer->text; what of it is to be sent (a stop string never is). */
static size_t say(struct standin_answer *answer, bool end)
{
    size_t before = answer->text.len;
    if (!end)
        wva_buf_printf(&answer->text, " %s",
                       standin_word(answer->hash + answer->seq.produced * 2654435761U));
    for (size_t i = 0; i < answer->ask.stop_count; i++) {
        const char *text = wva_buf_str(&answer->text);
        size_t back = strlen(answer->ask.stops[i]);
        size_t from = before > back ? before - back : 0;
        const char *found = strstr(text + from, answer->ask.stops[i]);
        if (found == NULL)
            continue;
        answer->stopped = answer->ask.stops[i];
        size_t keep = (size_t)(found - text);
        answer->text.len = keep > before ? keep : before;
        answer->text.data[answer->text.len] = '\0';
        break;
    }
    return answer->text.len - before;
}

/* When the token left, or that it waits in the buffer. */
static void stamp(struct standin_answer *answer, bool left)
{
    struct standin_metrics *m = &answer->server->metrics;
    int64_t now = standin_now();
    m->generation_tokens++;
    if (answer->seq.produced == 1) {
        answer->first = now;
        answer->first_waits = !left;
        m->prompt_tokens += (double)answer->seq.prompt_tokens;
        standin_metrics_observe(m, STANDIN_TTFT, (double)(now - answer->seq.arrived) / 1e9);
    } else {
        standin_metrics_observe(m, STANDIN_ITL, (double)(now - answer->last) / 1e9);
    }
    answer->last = now;
    answer->last_waits = !left;
}

static bool token(void *owner, bool last)
{
    struct standin_answer *answer = owner;
    size_t len = say(answer, last && answer->eos);
    if (answer->stopped != NULL || last)
        answer->reason = answer->stopped != NULL || answer->eos ? "stop" : "length";
    bool left = true;
    if (answer->ask.stream) {
        standin_answer_send_token(answer, len);
        left = standin_conn_flush(answer->conn);
    }
    stamp(answer, left);
    return answer->stopped != NULL;
}

static void finished(void *owner)
{
    struct standin_answer *answer = owner;
    answer->over = true;
    if (answer->ask.stream)
        standin_answer_send_end(answer);
    else
        standin_answer_send_whole(answer);
    if (answer->conn->out.len == 0 && !answer->conn->broken)
        complete(answer);
}

/* How many tokens the model says, and why it ends. */
static size_t choose_length(struct standin_answer *answer)
{
    const struct standin_ask *ask = &answer->ask;
    size_t end = 32 + (size_t)(answer->hash >> 20) % 256;
    if (end < ask->min_tokens + 1)
        end = ask->min_tokens + 1;
    answer->eos = !ask->ignore_eos && end <= ask->max_tokens;
    return answer->eos ? end : ask->max_tokens;
}

void standin_answer_begin(struct standin_server *server, struct standin_conn *conn,
                          struct wva_arena *arena, const struct standin_ask *ask)
{
    struct standin_answer *answer = wva_xcalloc(1, sizeof(*answer));
    answer->server = server;
    answer->conn = conn;
    answer->ask = *ask;
    answer->arena = *arena;
    *arena = (struct wva_arena){0};
    answer->text = WVA_BUF(STANDIN_TEXT_MAX);
    answer->hash = UINT64_C(1469598103934665603);
    for (size_t i = 0; i < ask->prompt_tokens; i++)
        answer->hash = (answer->hash ^ ask->tokens[i]) * UINT64_C(1099511628211);
    struct standin_seq *seq = &answer->seq;
    seq->prompt_tokens = ask->prompt_tokens;
    seq->blocks =
        standin_prefix_blocks(&answer->arena, ask->tokens, ask->prompt_tokens, &seq->block_count);
    seq->wanted = choose_length(answer);
    seq->owner = answer;
    seq->token = token;
    seq->finished = finished;
    answer->head = standin_answer_head(answer);
    conn->watcher = (struct standin_watcher){.drained = drained, .gone = gone, .owner = answer};
    if (ask->stream)
        standin_stream_begin(conn, "text/event-stream; charset=utf-8");
    standin_engine_submit(&server->engine, seq, conn->arrived);
}
