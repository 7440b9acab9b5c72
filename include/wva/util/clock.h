// SPDX-License-Identifier: Apache-2.0
/* Time: a monotonic clock for waits, the wall clock for records, and RFC 3339 text. */
#ifndef WVA_UTIL_CLOCK_H
#define WVA_UTIL_CLOCK_H

#include "wva/util/error.h"

#include <stdint.h>

#define WVA_RFC3339_MAX  32
#define WVA_DURATION_MAX 32

int64_t wva_clock_monotonic_ms(void);
int64_t wva_clock_unix_ms(void);

/* "2026-11-24T18:20:00Z" (whole seconds, UTC). */
void wva_format_rfc3339(char out[WVA_RFC3339_MAX], int64_t unix_ms);

/* Accepts fractional seconds and numeric offsets. 0, or -1 with the output untouched. */
int wva_parse_rfc3339(const char *s, int64_t *ret_unix_ms) WVA_MUST_USE;

/* A duration as kubectl shows ages: "95s", "4m5s", "57m", "5h12m", "31h", "3d4h", "200d", "2y40d".
 * Below zero (clocks differ): "0s". */
void wva_format_age(char out[WVA_DURATION_MAX], int64_t ms);

#endif
