// SPDX-License-Identifier: Apache-2.0
/* The log as vLLM writes it, on standard output (tracebacks on standard error). */
#ifndef WVA_TESTS_STANDIN_LOG_H
#define WVA_TESTS_STANDIN_LOG_H

#include "wva/util/error.h"

#include <stdbool.h>
#include <stddef.h>

struct sockaddr_storage;

/* "(APIServer pid=1) INFO 11-24 18:20:00 [launcher.py:42] …"; `place` "" for uvicorn's own lines
 * ("(APIServer pid=1) INFO:     …"). */
void standin_log(const char *place, const char *format, ...) WVA_PRINTF(2, 3);
/* The same of the engine's process. */
void standin_log_engine(const char *place, const char *format, ...) WVA_PRINTF(2, 3);
void standin_log_warning(const char *words);

/* `127.0.0.1:40312 - "POST /v1/completions HTTP/1.1" 200 OK` */
void standin_log_access(const char *peer, const char *method, const char *path, bool http10,
                        int status);
/* "127.0.0.1:40312" */
void standin_log_peer(char *out, size_t size, const struct sockaddr_storage *address);

/* A Python traceback that ends with `words`, on standard error. */
void standin_log_traceback(const char *words);

#endif
