// SPDX-License-Identifier: Apache-2.0
/* What a client asks for: bodies of POST /v1/completions and /v1/chat/completions, read and refused
 * as vLLM does. */
#ifndef WVA_TESTS_STANDIN_OPENAI_H
#define WVA_TESTS_STANDIN_OPENAI_H

#include "server.h"

#define STANDIN_STOPS_MAX 16

struct standin_ask {
    bool chat;
    bool stream;
    bool include_usage;
    bool continuous_usage;
    bool ignore_eos;
    const char *model; /* as the client called it */
    const char *stops[STANDIN_STOPS_MAX];
    size_t stop_count;
    const uint32_t *tokens; /* of the prompt */
    size_t prompt_tokens;
    size_t max_tokens; /* at least 1 */
    size_t min_tokens;
    bool max_tokens_given;
};

struct standin_refusal {
    int status; /* 0: none */
    const char *body;
};

/* Reads the body of `request`. Everything lives in `arena`. */
struct standin_refusal standin_ask_read(const struct standin_server *server,
                                        struct wva_arena *arena,
                                        const struct standin_request *request, bool chat,
                                        struct standin_ask *ret);

/* vLLM's {"error":{…}}. */
struct standin_refusal standin_refuse(struct wva_arena *arena, int status, const char *type,
                                      const char *format, ...) WVA_PRINTF(4, 5);

#endif
