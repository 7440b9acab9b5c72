// SPDX-License-Identifier: Apache-2.0
/*
 * Text to numbers and back, strictly: no blanks, no '+', no octal, no locale, no trailing bytes.
 * Each returns 0, or -1 with the output untouched; callers say what the text was meant to be.
 */
#ifndef WVA_UTIL_PARSE_H
#define WVA_UTIL_PARSE_H

#include "wva/util/error.h"

#include <stddef.h>
#include <stdint.h>

/* Decimal integer, optional '-', no leading zeros. */
int wva_parse_i64(const char *s, size_t len, int64_t *ret) WVA_MUST_USE;

/* A number in JSON's grammar that is finite as a double. "1e999", "nan", "0x1" and "" fail. */
int wva_parse_double(const char *s, size_t len, double *ret) WVA_MUST_USE;

/* Go duration ("1h15m30.5s", "250ms") or a bare integer of seconds ("30"), without a sign; to
 * milliseconds, rounded up so that a short time does not become none. */
int wva_parse_duration_ms(const char *s, int64_t *ret_ms) WVA_MUST_USE;

/* Kubernetes quantity ("500m", "1Gi", "2e3", "4"), at most 64 bytes; only its form is checked. */
int wva_check_quantity(const char *s) WVA_MUST_USE;

/* The number of a Kubernetes quantity, as a double in its base unit (cores, bytes, pieces). */
int wva_parse_quantity(const char *s, double *ret) WVA_MUST_USE;

#define WVA_DOUBLE_TEXT_MAX 32

/* Shortest text that reads back as exactly `value` (finite): tries %.15g, %.16g, %.17g. The result
 * is valid JSON. */
void wva_format_double(char out[WVA_DOUBLE_TEXT_MAX], double value);

#endif
