// SPDX-License-Identifier: Apache-2.0
// Tokens into text, text into vLLM's JSON and events, and the times at which they left. The model
// says common words, the same for the same prompt; unless told to ignore its end token it ends
// after 32 to 287 of them.

#include "answer.h"

#include "words.h"

#include "wva/codec/json.h"
#include "wva/util/mem.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TEXT_MAX ((size_t)8 << 20)

struct answer {
    struct standin_server *server;
    struct standin_conn *conn;
    struct wva_arena arena;
    struct standin_ask ask;
    struct standin_seq seq;
    const char *head; /* of every JSON of this answer: {"id":…,"model":"…" */
    struct wva_buf text;
    uint64_t hash;                /* of the prompt */
    bool eos;                     /* ends by its end token, not by length */
    const char *reason;           /* finish_reason once it is known */
    const char *stopped;          /* the stop string that was met, or NULL */
    int64_t first, last;          /* when these tokens left */
    bool first_waits, last_waits; /* they are still in the connection's buffer */
    bool over;                    /* the answer is whole */
};

static void answer_free(struct answer *answer)
{
    answer->conn->watcher = (struct standin_watcher){0};
    wva_buf_done(&answer->text);
    struct wva_arena arena = answer->arena;
    wva_arena_done(&arena);
    free(answer);
}

static void count_request(struct answer *answer, enum standin_reason reason)
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
static void complete(struct answer *answer)
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
    struct answer *answer = owner;
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
    struct answer *answer = owner;
    if (answer->seq.phase != STANDIN_FINISHED) {
        standin_engine_abort(&answer->server->engine, &answer->seq);
        count_request(answer, STANDIN_ABORT);
    }
    answer_free(answer);
}

/* The token's text goes to answer->text; what of it is to be sent (a stop string never is). */
static size_t say(struct answer *answer, bool end)
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

static void put_usage(struct answer *answer, struct wva_buf *out)
{
    size_t prompt = answer->seq.prompt_tokens, completion = answer->seq.produced;
    wva_buf_printf(out,
                   ",\"usage\":{\"prompt_tokens\":%zu,\"total_tokens\":%zu,"
                   "\"completion_tokens\":%zu",
                   prompt, prompt + completion, completion);
    if (answer->server->command.prompt_tokens_details)
        wva_buf_printf(out, ",\"prompt_tokens_details\":{\"cached_tokens\":%zu}",
                       answer->seq.cached_tokens);
    wva_buf_putc(out, '}');
}

/* "stop_reason":null, or the stop string. */
static void put_stop_reason(struct answer *answer, struct wva_buf *out)
{
    struct wva_value stopped = {.kind = answer->stopped != NULL ? WVA_STRING : WVA_NULL,
                                .text = answer->stopped,
                                .len = answer->stopped != NULL ? strlen(answer->stopped) : 0};
    wva_buf_puts(out, ",\"stop_reason\":");
    wva_json_write(out, &stopped, 0);
}

static void put_reason(struct answer *answer, struct wva_buf *out)
{
    wva_buf_puts(out, ",\"logprobs\":null,\"finish_reason\":");
    if (answer->reason == NULL)
        wva_buf_puts(out, "null");
    else
        wva_buf_printf(out, "\"%s\"", answer->reason);
    if (!answer->ask.chat || answer->reason != NULL)
        put_stop_reason(answer, out);
}

static void send_event(struct answer *answer, struct wva_buf *event)
{
    wva_buf_puts(event, "\n\n");
    standin_stream_add(answer->conn, event->data, event->len);
    wva_buf_clear(event);
}

/* The event of a token whose text is the last `len` bytes of what was said: words need no escape.
 */
static void send_token(struct answer *answer, size_t len)
{
    const char *text = wva_buf_str(&answer->text) + (answer->text.len - len);
    wva_auto_buf event = WVA_BUF(TEXT_MAX);
    if (answer->ask.chat && answer->seq.produced == 1) {
        wva_buf_printf(&event,
                       "data: %s,\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\","
                       "\"content\":\"\"},\"logprobs\":null,\"finish_reason\":null}]}",
                       answer->head);
        send_event(answer, &event);
    }
    wva_buf_printf(&event,
                   answer->ask.chat
                       ? "data: %s,\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%s\"}"
                       : "data: %s,\"choices\":[{\"index\":0,\"text\":\"%s\"",
                   answer->head, text);
    put_reason(answer, &event);
    wva_buf_puts(&event, "}]");
    if (answer->ask.continuous_usage)
        put_usage(answer, &event);
    wva_buf_putc(&event, '}');
    send_event(answer, &event);
}

static void send_end(struct answer *answer)
{
    wva_auto_buf event = WVA_BUF(TEXT_MAX);
    if (answer->ask.include_usage) {
        wva_buf_printf(&event, "data: %s,\"choices\":[]", answer->head);
        put_usage(answer, &event);
        wva_buf_putc(&event, '}');
        send_event(answer, &event);
    }
    wva_buf_puts(&event, "data: [DONE]");
    send_event(answer, &event);
    standin_stream_end(answer->conn);
}

static void send_whole(struct answer *answer)
{
    wva_auto_buf body = WVA_BUF(TEXT_MAX + 65536);
    const char *text = wva_buf_str(&answer->text);
    wva_buf_printf(&body,
                   answer->ask.chat
                       ? "%s,\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
                         "\"content\":\"%s\",\"refusal\":null,\"annotations\":null,\"audio\":null,"
                         "\"function_call\":null,\"tool_calls\":[],\"reasoning_content\":null}"
                       : "%s,\"choices\":[{\"index\":0,\"text\":\"%s\"",
                   answer->head, text);
    put_reason(answer, &body);
    wva_buf_puts(&body, "}],\"service_tier\":null,\"system_fingerprint\":null");
    put_usage(answer, &body);
    wva_buf_puts(&body, ",\"prompt_logprobs\":null,\"kv_transfer_params\":null}");
    standin_reply(answer->conn, 200, "application/json", body.data, body.len);
}

/* When the token left, or that it waits in the buffer. */
static void stamp(struct answer *answer, bool left)
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

static bool token(void *owner, bool last, int64_t deadline)
{
    struct answer *answer = owner;
    (void)deadline;
    size_t len = say(answer, last && answer->eos);
    if (answer->stopped != NULL || last)
        answer->reason = answer->stopped != NULL || answer->eos ? "stop" : "length";
    bool left = true;
    if (answer->ask.stream) {
        send_token(answer, len);
        left = standin_conn_flush(answer->conn);
    }
    stamp(answer, left);
    return answer->stopped != NULL;
}

static void finished(void *owner)
{
    struct answer *answer = owner;
    answer->over = true;
    if (answer->ask.stream)
        send_end(answer);
    else
        send_whole(answer);
    if (answer->conn->out.len == 0 && !answer->conn->broken)
        complete(answer);
}

/* {"id":"cmpl-…","object":"…","created":…,"model":"…" without the closing brace. */
static const char *make_head(struct answer *answer)
{
    static const char *const objects[2][2] = {{"text_completion", "text_completion"},
                                              {"chat.completion", "chat.completion.chunk"}};
    struct wva_arena *arena = &answer->arena;
    struct wva_value *head = wva_object(arena);
    const char *id = wva_arena_printf(
        arena, "%s-%016llx%016llx", answer->ask.chat ? "chatcmpl" : "cmpl",
        (unsigned long long)answer->hash, (unsigned long long)++answer->server->answers);
    const char *object = objects[answer->ask.chat ? 1 : 0][answer->ask.stream ? 1 : 0];
    wva_put(arena, head, wva_string(arena, id), "id");
    wva_put(arena, head, wva_string(arena, object), "object");
    wva_put(arena, head, wva_int(arena, (int64_t)time(NULL)), "created");
    wva_put(arena, head, wva_string(arena, answer->ask.model), "model");
    char *text = wva_json_text(arena, head);
    text[strlen(text) - 1] = '\0';
    return text;
}

/* How many tokens the model says, and why it ends. */
static size_t choose_length(struct answer *answer)
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
    struct answer *answer = wva_xcalloc(1, sizeof(*answer));
    answer->server = server;
    answer->conn = conn;
    answer->ask = *ask;
    answer->arena = *arena;
    *arena = (struct wva_arena){0};
    answer->text = WVA_BUF(TEXT_MAX);
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
    answer->head = make_head(answer);
    conn->watcher = (struct standin_watcher){.drained = drained, .gone = gone, .owner = answer};
    if (ask->stream)
        standin_stream_begin(conn, "text/event-stream; charset=utf-8");
    standin_engine_submit(&server->engine, seq, conn->arrived);
}
