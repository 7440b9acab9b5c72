// SPDX-License-Identifier: Apache-2.0
/* The server: everything that there is one of. */
#ifndef WVA_TESTS_STANDIN_SERVER_H
#define WVA_TESTS_STANDIN_SERVER_H

#include "delivered.h"
#include "engine.h"
#include "http.h"
#include "metrics.h"
#include "settings.h"
#include "tokens.h"

#define STANDIN_VERSION       "0.11.0" /* the vLLM it poses as */
#define STANDIN_MAX_MODEL_LEN 131072   /* when --max-model-len does not say */

struct standin_server {
    struct standin_loop loop;
    struct standin_settings settings;
    struct vllm_command command;
    struct standin_http http;
    struct standin_engine engine;
    struct standin_metrics metrics;
    struct standin_tokenizer *tokenizer; /* NULL: tokens are estimated */
    struct standin_prefix *prefix;
    struct standin_delivered *delivered;
    double error_debt; /* of STANDIN_FAULT's error-share */
    uint64_t answers;  /* ever begun, for their names */
};

/* routes.c: answers conn->request; `server` is a struct standin_server. */
void standin_route(void *server, struct standin_conn *conn);

size_t standin_max_model_len(const struct standin_server *server);

#endif
