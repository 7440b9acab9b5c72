// SPDX-License-Identifier: Apache-2.0
// Which path is answered by what.

#include "answer.h"

#include "wva/codec/json.h"
#include "wva/util/mem.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <math.h>
#include <string.h>
#include <time.h>

static void reply_text(struct standin_conn *conn, int status, const char *type, const char *text)
{
    standin_reply(conn, status, type, text, strlen(text));
}

static void reply_json(struct standin_conn *conn, int status, const char *text)
{
    reply_text(conn, status, "application/json", text);
}

size_t standin_max_model_len(const struct standin_server *server)
{
    return server->command.max_model_len > 0 ? (size_t)server->command.max_model_len
                                             : STANDIN_MAX_MODEL_LEN;
}

static void get_health(struct standin_server *server, struct standin_conn *conn)
{
    (void)server;
    standin_reply(conn, 200, NULL, "", 0);
}

static void get_version(struct standin_server *server, struct standin_conn *conn)
{
    (void)server;
    reply_json(conn, 200, "{\"version\":\"" STANDIN_VERSION "\"}");
}

static void get_models(struct standin_server *server, struct standin_conn *conn)
{
    wva_auto_arena arena = {0};
    struct wva_value *list = wva_array(&arena), *answer = wva_object(&arena);
    for (size_t i = 0; i < server->command.served_count; i++) {
        struct wva_value *model = wva_object(&arena);
        wva_put(&arena, model, wva_string(&arena, server->command.served[i]), "id");
        wva_put(&arena, model, wva_string(&arena, "model"), "object");
        wva_put(&arena, model, wva_int(&arena, (int64_t)time(NULL)), "created");
        wva_put(&arena, model, wva_string(&arena, "vllm"), "owned_by");
        wva_put(&arena, model, wva_string(&arena, server->command.model), "root");
        wva_put(&arena, model, wva_null(&arena), "parent");
        wva_put(&arena, model, wva_int(&arena, (int64_t)standin_max_model_len(server)),
                "max_model_len");
        wva_put(&arena, model, wva_array(&arena), "permission");
        wva_array_append(&arena, list, model);
    }
    wva_put(&arena, answer, wva_string(&arena, "list"), "object");
    wva_put(&arena, answer, list, "data");
    reply_json(conn, 200, wva_json_text(&arena, answer));
}

static void get_metrics(struct standin_server *server, struct standin_conn *conn)
{
    wva_auto_buf text = WVA_BUF(1 << 20);
    standin_metrics_write(&server->metrics, &text);
    standin_reply(conn, 200, "text/plain; version=0.0.4; charset=utf-8", text.data, text.len);
}

static void get_truth(struct standin_server *server, struct standin_conn *conn)
{
    wva_auto_arena arena = {0};
    const struct standin_settings *s = &server->settings;
    struct wva_value *truth = wva_object(&arena);
    wva_put(&arena, truth, wva_double(&arena, s->alpha), "alpha");
    wva_put(&arena, truth, wva_double(&arena, s->beta), "beta");
    wva_put(&arena, truth, wva_double(&arena, s->gamma), "gamma");
    wva_put(&arena, truth, wva_double(&arena, s->delta), "delta");
    wva_put(&arena, truth, wva_double(&arena, s->noise), "noise");
    wva_put(&arena, truth, wva_bool(&arena, s->chunked), "chunked");
    wva_put(&arena, truth, wva_bool(&arena, server->command.prefix_caching), "prefixCaching");
    wva_put(&arena, truth, wva_int(&arena, server->command.max_num_seqs), "maxNumSeqs");
    wva_put(&arena, truth, wva_bool(&arena, server->tokenizer != NULL), "tokenizer");
    reply_json(conn, 200, wva_json_text(&arena, truth));
}

/* "since" of "since=1.5&until=3"; `otherwise` when it is not there. False: it is no number. */
static bool query_number(const char *query, const char *name, double *ret)
{
    size_t len = strlen(name);
    for (const char *at = query; at != NULL; at = strchr(at, '&')) {
        at += *at == '&' ? 1 : 0;
        if (strncmp(at, name, len) == 0 && at[len] == '=')
            return wva_parse_double(at + len + 1, strcspn(at + len + 1, "&"), ret) == 0;
    }
    return true;
}

static void get_delivered(struct standin_server *server, struct standin_conn *conn)
{
    double since = 0, until = INFINITY;
    if (!query_number(conn->request.query, "since", &since) ||
        !query_number(conn->request.query, "until", &until)) {
        reply_json(conn, 400, "{\"detail\":\"since and until are epoch seconds\"}");
        return;
    }
    wva_auto_buf text = WVA_BUF(STANDIN_OUT_MAX - 65536);
    standin_delivered_write(server->delivered, since, until, &text);
    standin_reply(conn, 200, "application/json", text.data, text.len);
}

/* Is it this one's turn to fail, so that the share comes out exactly? */
static bool fails(struct standin_server *server)
{
    server->error_debt += server->settings.faults.error_share;
    if (server->error_debt < 1)
        return false;
    server->error_debt -= 1;
    return true;
}

static void generate(struct standin_server *server, struct standin_conn *conn, bool chat)
{
    wva_auto_arena arena = {0};
    struct standin_ask ask;
    struct standin_refusal refusal = standin_ask_read(server, &arena, &conn->request, chat, &ask);
    if (refusal.status == 0 && fails(server))
        refusal = standin_refuse(&arena, 500, "Internal Server Error",
                                 "EngineCore encountered an issue. See stack trace (above) for the "
                                 "root cause.");
    if (refusal.status != 0)
        reply_json(conn, refusal.status, refusal.body);
    else
        standin_answer_begin(server, conn, &arena, &ask);
}

static void post_completions(struct standin_server *server, struct standin_conn *conn)
{
    generate(server, conn, false);
}

static void post_chat(struct standin_server *server, struct standin_conn *conn)
{
    generate(server, conn, true);
}

static const struct route {
    const char *method;
    const char *path;
    void (*answer)(struct standin_server *server, struct standin_conn *conn);
} routes[] = {
    {"GET", "/health", get_health},
    {"GET", "/metrics", get_metrics},
    {"GET", "/metrics/", get_metrics},
    {"GET", "/ping", get_health},
    {"POST", "/ping", get_health},
    {"GET", "/standin/delivered", get_delivered},
    {"GET", "/standin/truth", get_truth},
    {"POST", "/v1/chat/completions", post_chat},
    {"POST", "/v1/completions", post_completions},
    {"GET", "/v1/models", get_models},
    {"GET", "/version", get_version},
};

/* As vLLM: only what begins with /v1 is guarded. */
static bool authorized(const struct standin_server *server, const struct standin_request *request)
{
    const struct vllm_command *command = &server->command;
    if (command->api_key_count == 0 || !wva_str_has_prefix(request->path, "/v1"))
        return true;
    if (request->authorization == NULL || !wva_str_has_prefix(request->authorization, "Bearer "))
        return false;
    for (size_t i = 0; i < command->api_key_count; i++)
        if (strcmp(command->api_keys[i], request->authorization + strlen("Bearer ")) == 0)
            return true;
    return false;
}

void standin_route(void *owner, struct standin_conn *conn)
{
    struct standin_server *server = owner;
    const struct standin_request *request = &conn->request;
    bool known = false;
    if (!authorized(server, request)) {
        reply_json(conn, 401, "{\"error\":\"Unauthorized\"}");
        return;
    }
    for (size_t i = 0; i < WVA_COUNT(routes); i++) {
        if (strcmp(routes[i].path, request->path) != 0)
            continue;
        known = true;
        if (strcmp(routes[i].method, request->method) == 0) {
            routes[i].answer(server, conn);
            return;
        }
    }
    reply_json(conn, known ? 405 : 404,
               known ? "{\"detail\":\"Method Not Allowed\"}" : "{\"detail\":\"Not Found\"}");
}
