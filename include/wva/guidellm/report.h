// SPDX-License-Identifier: Apache-2.0
/*
 * Native GuideLLM reports (JSON) of any release from 0.2 to 0.8, read as a stream: per-request
 * records are skipped as they pass, so memory does not depend on the report's size.
 *
 * Figures are those of the file, but zeros of an empty distribution (count 0) become unknown ones.
 * Odd ones, such as old releases' time to first token of -1e8 ms, are reported as read: judging
 * them is for wva_level_check() and the fit. NaN or Infinity in a figure of struct wva_level is an
 * error naming its path.
 */
#ifndef WVA_GUIDELLM_REPORT_H
#define WVA_GUIDELLM_REPORT_H

#include "wva/guidellm/level.h"
#include "wva/util/error.h"

#include <stddef.h>

/* Called for each benchmark of the report, in order, when all of it was read. */
typedef int (*wva_level_fn)(void *ctx, const struct wva_level *level, struct wva_error *err);

struct wva_report;

/* `name` is the file's name for messages; copied. */
struct wva_report *wva_report_new(const char *name, wva_level_fn fn, void *ctx);
int wva_report_feed(struct wva_report *report, const char *data, size_t len,
                    struct wva_error *err) WVA_MUST_USE;
/* Fails when the input was cut, held no benchmark, or is a report of GuideLLM 0.1. */
int wva_report_finish(struct wva_report *report, struct wva_error *err) WVA_MUST_USE;
void wva_report_free(struct wva_report *report); /* accepts NULL */

#endif
