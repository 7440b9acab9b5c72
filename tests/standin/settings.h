// SPDX-License-Identifier: Apache-2.0
/* What the environment says about the stand-in itself: STANDIN_… variables. See README.md. */
#ifndef WVA_TESTS_STANDIN_SETTINGS_H
#define WVA_TESTS_STANDIN_SETTINGS_H

#include "wva/util/arena.h"

#include <stdbool.h>
#include <stdint.h>

/* What STANDIN_FAULT asks for; seconds are negative when it does not. */
struct standin_faults {
    bool crash_at_start;
    bool oom;
    bool hang;
    double crash_after; /* seconds after the port was opened */
    double slow_first;  /* seconds more for the first request */
    double error_share; /* of the requests for text, answered 500 */
};

struct standin_settings {
    double alpha, beta, gamma, delta; /* ms */
    double load_seconds;
    double noise; /* sigma of a lognormal factor of mean 1 on every step and prefill */
    uint64_t seed;
    bool chunked;          /* prefill shares the steps with decoding */
    const char *tokenizer; /* a tokenizer.json, or NULL */
    struct standin_faults faults;
};

/* Errors: WVA_E_CONFIG, naming the variable. Strings live in `arena`. */
int standin_settings_read(struct wva_arena *arena, struct standin_settings *ret,
                          struct wva_error *err) WVA_MUST_USE;

#endif
