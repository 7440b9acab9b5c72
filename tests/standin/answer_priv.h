// SPDX-License-Identifier: Apache-2.0
/* An answer on its way; between answer.c (its life) and answer_json.c (its looks). */
#ifndef WVA_TESTS_STANDIN_ANSWER_PRIV_H
#define WVA_TESTS_STANDIN_ANSWER_PRIV_H

#include "answer.h"

#define STANDIN_TEXT_MAX ((size_t)8 << 20)

struct standin_answer {
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

/* What every JSON of the answer begins with: {"id":"cmpl-…","object":"…","created":…,"model":"…"
 * without the closing brace; in the answer's arena. */
const char *standin_answer_head(struct standin_answer *answer);

/* Writes the event of a token, whose text is the last `len` bytes of what was said. */
void standin_answer_send_token(struct standin_answer *answer, size_t len);
/* What follows the last token of a stream; ends the exchange. */
void standin_answer_send_end(struct standin_answer *answer);
/* The whole answer at once; ends the exchange. */
void standin_answer_send_whole(struct standin_answer *answer);

#endif
