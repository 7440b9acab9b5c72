// SPDX-License-Identifier: Apache-2.0
/* The listener and its threads, and the record of requests. */
#ifndef WVA_TESTS_SIM_API_SERVER_H
#define WVA_TESTS_SIM_API_SERVER_H

#include "api.h"

/* One JSON line for the request that was just answered, in memory and in STATE_DIR/requests.jsonl.
 */
void api_record(struct api_request *r);

/* All lines so far; appended to `out`. */
void api_recorded(struct sim *sim, struct wva_buf *out);

#endif
