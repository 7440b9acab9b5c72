// SPDX-License-Identifier: Apache-2.0
/*
 * What a JSON stream reports, as text: one event a line, "PATH KIND TEXT" for a scalar, "PATH {" or
 * "PATH [" for a beginning, "PATH }" or "PATH ]" for an end; the root's path is "$".
 */
#ifndef WVA_TESTS_UNIT_CODEC_EVENTS_H
#define WVA_TESTS_UNIT_CODEC_EVENTS_H

#include "wva/codec/json.h"

/* Feeds `text` in pieces: `first` bytes, then `piece` bytes each, and finishes. The events before a
 * failure are kept in `events` too. */
int record_events(const char *text, size_t len, size_t first, size_t piece,
                  const struct wva_json_stream_options *options, struct wva_buf *events,
                  struct wva_error *err);

#endif
