// SPDX-License-Identifier: Apache-2.0
/*
 * The tables that GuideLLM 0.2 to 0.8 prints, in a terminal's or a pod's log, wide or wrapped at 80
 * columns. The fallback for people who only kept a log: releases 0.4 to 0.7 print medians only.
 */
#ifndef WVA_GUIDELLM_CONSOLE_H
#define WVA_GUIDELLM_CONSOLE_H

#include "wva/guidellm/report.h"

#include <stddef.h>

/* Reads all tables in the log and reports one level for each benchmark, merged over the tables.
 * A log of our own Job that carries whole reports (digest.h) gives those instead; several reports
 * in one log give all their levels. Errors (WVA_E_INPUT): neither table nor report, a damaged
 * report, a table cut in the middle (naming the line). */
int wva_console_parse(const char *name, const char *log, size_t len, wva_level_fn fn, void *ctx,
                      struct wva_error *err) WVA_MUST_USE;

#endif
