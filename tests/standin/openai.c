// SPDX-License-Identifier: Apache-2.0
// Requests for text. The words of refusals are vLLM 0.11's; of pydantic's, the echo of the input is
// left out. Not served: several answers to one request (n), several prompts in one, logprobs,
// echo, tools, images.

#include "openai.h"

#include "wva/codec/json.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <stdarg.h>
#include <string.h>
#include <strings.h>

/* Tokens of the chat template, beyond any vocabulary. */
enum { IM_START = 0x7FFFFF00, IM_END, ASSISTANT, LINE_END };

struct reader {
    const struct standin_server *server;
    struct wva_arena *arena;
    const struct wva_value *body;
    struct standin_ask *ask;
    struct standin_refusal refusal;
};

struct standin_refusal standin_refuse(struct wva_arena *arena, int status, const char *type,
                                      const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *message = wva_arena_vprintf(arena, format, args);
    va_end(args);
    struct wva_value *answer = wva_object(arena);
    wva_put(arena, answer, wva_string(arena, message), "error", "message");
    wva_put(arena, answer, wva_string(arena, type), "error", "type");
    wva_put(arena, answer, wva_null(arena), "error", "param");
    wva_put(arena, answer, wva_int(arena, status), "error", "code");
    return (struct standin_refusal){.status = status, .body = wva_json_text(arena, answer)};
}

static void refuse(struct reader *reader, struct standin_refusal refusal)
{
    if (reader->refusal.status == 0)
        reader->refusal = refusal;
}

/* pydantic's words about a member. */
static void refuse_member(struct reader *reader, const char *name, const char *type,
                          const char *words)
{
    refuse(reader, standin_refuse(reader->arena, 400, "Bad Request",
                                  "[{'type': '%s', 'loc': ('body', '%s'), 'msg': '%s'}]", type,
                                  name, words));
}

/* A member that is absent or null stays as it was. */
static const struct wva_value *member(const struct reader *reader, const char *name)
{
    const struct wva_value *value = wva_object_get(reader->body, name);
    return value != NULL && value->kind != WVA_NULL ? value : NULL;
}

static bool take_bool(struct reader *reader, const char *name, bool *ret)
{
    const struct wva_value *value = member(reader, name);
    if (value == NULL)
        return false;
    if (value->kind != WVA_BOOL)
        refuse_member(reader, name, "bool_parsing",
                      "Input should be a valid boolean, unable to interpret input");
    *ret = wva_value_bool(value, false);
    return true;
}

/* True when the member is there. */
static bool take_count(struct reader *reader, const char *name, int64_t *ret)
{
    const struct wva_value *value = member(reader, name);
    if (value == NULL)
        return false;
    if (!wva_value_i64(value, ret))
        refuse_member(reader, name, "int_parsing",
                      "Input should be a valid integer, unable to parse string as an integer");
    return true;
}

static void take_stream(struct reader *reader)
{
    struct standin_ask *ask = reader->ask;
    (void)take_bool(reader, "stream", &ask->stream);
    ask->include_usage = reader->server->command.force_include_usage;
    const struct wva_value *options = member(reader, "stream_options");
    if (options == NULL)
        return;
    if (!ask->stream)
        refuse(reader,
               standin_refuse(reader->arena, 400, "Bad Request",
                              "[{'type': 'value_error', 'loc': ('body',), 'msg': 'Value error, "
                              "Stream options can only be defined when `stream=True`.'}]"));
    if (wva_value_bool(wva_object_get(options, "include_usage"), false))
        ask->include_usage = true;
    ask->continuous_usage =
        ask->include_usage &&
        wva_value_bool(wva_object_get(options, "continuous_usage_stats"), false);
}

static void take_stops(struct reader *reader)
{
    const struct wva_value *stop = member(reader, "stop");
    if (stop == NULL)
        return;
    size_t count = stop->kind == WVA_ARRAY ? stop->count : 1;
    for (size_t i = 0; i < count && reader->ask->stop_count < STANDIN_STOPS_MAX; i++) {
        const char *text = wva_value_str(stop->kind == WVA_ARRAY ? stop->items[i] : stop);
        if (text == NULL)
            refuse_member(reader, "stop", "string_type", "Input should be a valid string");
        else if (text[0] != '\0')
            reader->ask->stops[reader->ask->stop_count++] = text;
    }
}

static void take_model(struct reader *reader)
{
    const struct vllm_command *command = &reader->server->command;
    const char *model = wva_get_str(reader->body, "model");
    reader->ask->model = model != NULL ? model : command->served[0];
    for (size_t i = 0; i < command->served_count; i++)
        if (strcmp(command->served[i], reader->ask->model) == 0)
            return;
    refuse(reader, standin_refuse(reader->arena, 404, "NotFoundError",
                                  "The model `%s` does not exist.", reader->ask->model));
}

static void add_text(struct reader *reader, const char *text, size_t len)
{
    reader->ask->tokens = standin_tokens(reader->server->tokenizer, reader->arena, text, len,
                                         &reader->ask->prompt_tokens);
}

/* A prompt of token ids. */
static void take_ids(struct reader *reader, const struct wva_value *ids)
{
    uint32_t *tokens = wva_arena_calloc(reader->arena, ids->count + 1, sizeof(*tokens));
    for (size_t i = 0; i < ids->count; i++) {
        int64_t id;
        if (!wva_value_i64(ids->items[i], &id) || id < 0)
            refuse_member(reader, "prompt", "int_type", "Input should be a valid integer");
        else
            tokens[i] = (uint32_t)id;
    }
    reader->ask->tokens = tokens;
    reader->ask->prompt_tokens = ids->count;
}

/* The one prompt of a list of prompts; what is none as it is. */
static const struct wva_value *only_prompt(const struct wva_value *prompt)
{
    bool list = prompt != NULL && prompt->kind == WVA_ARRAY && prompt->count == 1 &&
                prompt->items[0]->kind != WVA_NUMBER;
    return list ? prompt->items[0] : prompt;
}

/* "text", ["text"], [1, 2, 3] or [[1, 2, 3]]. */
static void take_prompt(struct reader *reader)
{
    const struct wva_value *prompt = only_prompt(member(reader, "prompt"));
    if (prompt == NULL)
        refuse(reader, standin_refuse(reader->arena, 400, "Bad Request",
                                      "[{'type': 'value_error', 'loc': ('body',), 'msg': 'Value "
                                      "error, At least one of `prompt` or `prompt_embeds` must be "
                                      "set.'}]"));
    else if (prompt->kind == WVA_STRING)
        add_text(reader, prompt->text, prompt->len);
    else if (prompt->kind == WVA_ARRAY && prompt->count > 0 && prompt->items[0]->kind == WVA_NUMBER)
        take_ids(reader, prompt);
    else
        refuse_member(reader, "prompt", "string_type", "Input should be a valid string");
    if (reader->refusal.status == 0 && reader->ask->prompt_tokens == 0)
        refuse(reader, standin_refuse(reader->arena, 400, "BadRequestError",
                                      "The decoder prompt cannot be empty"));
}

/* A message's content: text, or a list of parts of which only text counts. */
static void put_content(struct wva_buf *out, const struct wva_value *content)
{
    if (content != NULL && content->kind == WVA_STRING)
        wva_buf_append(out, content->text, content->len);
    for (size_t i = 0; content != NULL && content->kind == WVA_ARRAY && i < content->count; i++) {
        const struct wva_value *text = wva_get(content->items[i], "text");
        if (text != NULL && text->kind == WVA_STRING)
            wva_buf_append(out, text->text, text->len);
    }
}

/* A special token of the template: one that no text has. */
static void put_special(struct wva_buf *tokens, uint32_t token)
{
    wva_buf_append(tokens, &token, sizeof(token));
}

static void put_text(struct reader *reader, struct wva_buf *tokens, const struct wva_buf *text)
{
    wva_auto_arena arena = {0};
    size_t count;
    const uint32_t *list =
        standin_tokens(reader->server->tokenizer, &arena, wva_buf_str(text), text->len, &count);
    wva_buf_append(tokens, list, count * sizeof(*list));
}

/* "<|im_start|>ROLE\nTEXT<|im_end|>\n" */
static void put_message(struct reader *reader, struct wva_buf *tokens,
                        const struct wva_value *message)
{
    wva_auto_buf text = WVA_BUF(2 * STANDIN_BODY_MAX);
    const char *role = wva_get_str(message, "role");
    if (role == NULL)
        refuse_member(reader, "messages", "missing", "Field required");
    put_special(tokens, IM_START);
    wva_buf_printf(&text, "%s\n", role != NULL ? role : "");
    put_content(&text, wva_get(message, "content"));
    put_text(reader, tokens, &text);
    put_special(tokens, IM_END);
    put_special(tokens, LINE_END);
}

/* The messages in the widespread ChatML template. */
static void take_messages(struct reader *reader)
{
    const struct wva_value *messages = member(reader, "messages");
    if (messages == NULL) {
        refuse_member(reader, "messages", "missing", "Field required");
        return;
    }
    if (messages->kind != WVA_ARRAY || messages->count == 0) {
        refuse_member(reader, "messages", "list_type", "Input should be a valid list");
        return;
    }
    wva_auto_buf tokens = WVA_BUF(16 * STANDIN_BODY_MAX);
    for (size_t i = 0; i < messages->count; i++)
        put_message(reader, &tokens, messages->items[i]);
    put_special(&tokens, IM_START); /* the answer's beginning: <|im_start|>assistant\n */
    put_special(&tokens, ASSISTANT);
    put_special(&tokens, LINE_END);
    uint32_t *list = wva_arena_alloc(reader->arena, tokens.len);
    memcpy(list, tokens.data, tokens.len);
    reader->ask->tokens = list;
    reader->ask->prompt_tokens = tokens.len / sizeof(*list);
}

/* The prompt and what is to follow against --max-model-len. `most`: 0 when it was not given. */
static void check_lengths(struct reader *reader, int64_t most)
{
    struct wva_arena *arena = reader->arena;
    size_t limit = standin_max_model_len(reader->server), tokens = reader->ask->prompt_tokens;
    if (tokens >= limit)
        refuse(reader, standin_refuse(arena, 400, "BadRequestError",
                                      "This model's maximum context length is %zu tokens. However, "
                                      "your request has %zu input tokens. Please reduce the length "
                                      "of the input messages.",
                                      limit, tokens));
    else if (most > 0 && (uint64_t)most > limit - tokens)
        refuse(reader,
               standin_refuse(arena, 400, "BadRequestError",
                              "'max_tokens' or 'max_completion_tokens' is too large: %lld. This "
                              "model's maximum context length is %zu tokens and your request has "
                              "%zu input tokens (%lld > %zu - %zu).",
                              (long long)most, limit, tokens, (long long)most, limit, tokens));
}

/* How long the answer may be, given the length of the prompt. */
static void take_lengths(struct reader *reader)
{
    struct standin_ask *ask = reader->ask;
    int64_t most = 0, least = 0, choices = 1;
    ask->max_tokens_given = take_count(reader, "max_tokens", &most);
    if (ask->chat && take_count(reader, "max_completion_tokens", &most))
        ask->max_tokens_given = true;
    (void)take_count(reader, "min_tokens", &least);
    (void)take_count(reader, "n", &choices);
    if (choices != 1)
        refuse(reader, standin_refuse(reader->arena, 400, "BadRequestError",
                                      "n must be 1 here, got %lld.", (long long)choices));
    if (ask->max_tokens_given && most < 1)
        refuse(reader, standin_refuse(reader->arena, 400, "BadRequestError",
                                      "max_tokens must be at least 1, got %lld.", (long long)most));
    check_lengths(reader, most);
    if (reader->refusal.status != 0)
        return;
    size_t room = standin_max_model_len(reader->server) - ask->prompt_tokens;
    if (!ask->chat && most == 0)
        most = 16;
    ask->max_tokens = most > 0 && (uint64_t)most < room ? (size_t)most : room;
    ask->min_tokens = least > 0 ? (size_t)least : 0;
}

static bool is_json_type(const char *content_type)
{
    static const char json[] = "application/json";
    return content_type != NULL && strncasecmp(content_type, json, sizeof(json) - 1) == 0;
}

static void parse_body(struct reader *reader, const struct standin_request *request)
{
    struct wva_json_options options = {.name = "the request"};
    struct wva_error err = {0};
    struct wva_value *body = NULL;
    if (!is_json_type(request->content_type)) {
        refuse(reader, standin_refuse(reader->arena, 400, "Bad Request",
                                      "[\"Unsupported Media Type: Only 'application/json' is "
                                      "allowed\"]"));
        return;
    }
    if (wva_json_parse(reader->arena, request->body, request->body_len, &options, &body, &err) < 0)
        refuse(reader, standin_refuse(reader->arena, 400, "Bad Request",
                                      "[{'type': 'json_invalid', 'loc': ('body', 0), 'msg': 'JSON "
                                      "decode error', 'input': {}, 'ctx': {'error': '%s'}}]",
                                      err.msg));
    else if (body->kind != WVA_OBJECT)
        refuse(reader, standin_refuse(reader->arena, 400, "Bad Request",
                                      "[{'type': 'model_attributes_type', 'loc': ('body',), 'msg': "
                                      "'Input should be a valid dictionary or object to extract "
                                      "fields from'}]"));
    reader->body = body;
}

struct standin_refusal standin_ask_read(const struct standin_server *server,
                                        struct wva_arena *arena,
                                        const struct standin_request *request, bool chat,
                                        struct standin_ask *ret)
{
    *ret = (struct standin_ask){.chat = chat};
    struct reader reader = {.server = server, .arena = arena, .ask = ret};
    parse_body(&reader, request);
    if (reader.refusal.status != 0)
        return reader.refusal;
    take_stream(&reader);
    (void)take_bool(&reader, "ignore_eos", &ret->ignore_eos);
    take_stops(&reader);
    if (reader.refusal.status == 0)
        take_model(&reader);
    if (reader.refusal.status == 0) {
        if (chat)
            take_messages(&reader);
        else
            take_prompt(&reader);
    }
    if (reader.refusal.status == 0)
        take_lengths(&reader);
    return reader.refusal;
}
