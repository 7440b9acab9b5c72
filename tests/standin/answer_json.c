// SPDX-License-Identifier: Apache-2.0
// vLLM's JSON of an answer, whole or as server-sent events.

#include "answer_priv.h"

#include "wva/codec/json.h"

#include <string.h>
#include <time.h>

const char *standin_answer_head(struct standin_answer *answer)
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

static void put_usage(struct standin_answer *answer, struct wva_buf *out)
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
static void put_stop_reason(struct standin_answer *answer, struct wva_buf *out)
{
    struct wva_value stopped = {.kind = answer->stopped != NULL ? WVA_STRING : WVA_NULL,
                                .text = answer->stopped,
                                .len = answer->stopped != NULL ? strlen(answer->stopped) : 0};
    wva_buf_puts(out, ",\"stop_reason\":");
    wva_json_write(out, &stopped, 0);
}

static void put_reason(struct standin_answer *answer, struct wva_buf *out)
{
    wva_buf_puts(out, ",\"logprobs\":null,\"finish_reason\":");
    if (answer->reason == NULL)
        wva_buf_puts(out, "null");
    else
        wva_buf_printf(out, "\"%s\"", answer->reason);
    if (!answer->ask.chat || answer->reason != NULL)
        put_stop_reason(answer, out);
}

static void send_event(struct standin_answer *answer, struct wva_buf *event)
{
    wva_buf_puts(event, "\n\n");
    standin_stream_add(answer->conn, event->data, event->len);
    wva_buf_clear(event);
}

/* Words need no escape. */
void standin_answer_send_token(struct standin_answer *answer, size_t len)
{
    const char *text = wva_buf_str(&answer->text) + (answer->text.len - len);
    wva_auto_buf event = WVA_BUF(STANDIN_TEXT_MAX);
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

void standin_answer_send_end(struct standin_answer *answer)
{
    wva_auto_buf event = WVA_BUF(STANDIN_TEXT_MAX);
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

void standin_answer_send_whole(struct standin_answer *answer)
{
    wva_auto_buf body = WVA_BUF(STANDIN_TEXT_MAX + 65536);
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
