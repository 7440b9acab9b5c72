// SPDX-License-Identifier: Apache-2.0
/* What all readers of levels share. Private to the guidellm layer. */
#ifndef WVA_GUIDELLM_LEVEL_PRIV_H
#define WVA_GUIDELLM_LEVEL_PRIV_H

#include "wva/guidellm/level.h"

#include <stddef.h>

/* Copies text of foreign origin into a level's fixed array: control characters shown as '?', cut on
 * a character boundary when too long. */
void wva_level_set_text(char *out, size_t size, const char *text, size_t len);

/* Turns the figures of an empty distribution, which GuideLLM writes as 0, into unknown ones. */
void wva_stat_forget_if_empty(struct wva_stat *stat);

/* The requested batch of a strategy: 1 for synchronous, what the source gives for concurrent and
 * throughput, unknown for those that request a rate. */
double wva_level_requested(const char *strategy, double streams, double limit);

#endif
