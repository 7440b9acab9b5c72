// SPDX-License-Identifier: Apache-2.0
/* From a command line that was understood to reports and tables. */
#ifndef WVA_TESTS_SIM_GUIDELLM_RUN_H
#define WVA_TESTS_SIM_GUIDELLM_RUN_H

#include "guidellm.h"

/* Exits with 1 where the real one ends by an exception. */
void gl_run_benchmarks(struct wva_arena *arena, struct gl_release release,
                       const struct gl_world *world, const struct gl_args *args);

#endif
