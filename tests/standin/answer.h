// SPDX-License-Identifier: Apache-2.0
/* One answer to a request for text, from its submission to the engine until its last byte has left
 * (or the client). */
#ifndef WVA_TESTS_STANDIN_ANSWER_H
#define WVA_TESTS_STANDIN_ANSWER_H

#include "openai.h"

/* Takes over: `arena`, which `ask` lives in, is emptied and released with the answer. */
void standin_answer_begin(struct standin_server *server, struct standin_conn *conn,
                          struct wva_arena *arena, const struct standin_ask *ask);

#endif
