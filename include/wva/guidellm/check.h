// SPDX-License-Identifier: Apache-2.0
/* Is a measured level good enough to be used? */
#ifndef WVA_GUIDELLM_CHECK_H
#define WVA_GUIDELLM_CHECK_H

#include "wva/guidellm/level.h"
#include "wva/util/arena.h"
#include "wva/util/error.h"

struct wva_level_wanted {
    double streams;            /* 0: not checked */
    double prompt_tokens;      /* 0: not checked */
    double output_tokens;      /* 0: not checked */
    double max_error_share;    /* of finished requests; negative: 0.02 */
    double concurrency_margin; /* share by which measured may differ from wanted; negative: 0.15 */
    bool allow_errors;         /* --allow-errors */
    bool allow_concurrency;    /* --allow-concurrency */
    bool allow_tokens;         /* --allow-tokens */
};

/* Names what is wrong, one sentence each, in `*ret_problems` (ends with NULL, in `arena`; empty
 * list when good). Always checked: some request succeeded, ITL and TTFT present and above 0, no
 * first token at 0 ms or before (GuideLLM's marks for a missing one). Figures the level lacks are
 * not checked. Problems that the allow_* switches cover come as `*ret_tolerated` instead. Returns
 * the number of problems. */
size_t wva_level_check(struct wva_arena *arena, const struct wva_level *level,
                       const struct wva_level_wanted *wanted, char ***ret_problems,
                       char ***ret_tolerated);

#endif
