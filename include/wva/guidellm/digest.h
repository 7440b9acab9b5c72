// SPDX-License-Identifier: Apache-2.0
/*
 * The digest that a level's container leaves as its termination message, and the markers between
 * which its log carries the whole report. Written by the script in manifests/guidellm-job.yaml.
 *
 * Digest: {"digest":1,"strategy":…,"itl":{"mean":…},…} or {"digest":1,"exit":2,"error":"…"}.
 * Log: the begin marker, "sha256=HEX bytes=N", lines of base64, the end marker, each on its own
 * line; time stamps and prefixes of `kubectl logs` before them do no harm.
 */
#ifndef WVA_GUIDELLM_DIGEST_H
#define WVA_GUIDELLM_DIGEST_H

#include "wva/guidellm/level.h"
#include "wva/util/arena.h"
#include "wva/util/error.h"

#include <stddef.h>

#define WVA_DIGEST_MAX          4096 /* a termination message's limit */
#define WVA_REPORT_BEGIN_MARKER "-----BEGIN KUBECTL-WVA REPORT-----"
#define WVA_REPORT_END_MARKER   "-----END KUBECTL-WVA REPORT-----"

/* Reads a digest. WVA_E_INPUT when it is none, is cut, or its version is unknown; WVA_E_FAILED with
 * the script's own words when the digest reports that GuideLLM failed. */
int wva_digest_parse(const char *text, size_t len, struct wva_level *ret,
                     struct wva_error *err) WVA_MUST_USE;

/* Finds the report in a pod's log, decodes and checks its SHA-256. `*ret` lives in `arena`. */
int wva_digest_extract_report(struct wva_arena *arena, const char *log, size_t len, char **ret,
                              size_t *ret_len, struct wva_error *err) WVA_MUST_USE;

#endif
