// SPDX-License-Identifier: Apache-2.0
/* An HTTP answer that is not 2xx, as an error in kubectl's words. Pure: no I/O. */
#ifndef WVA_KUBE_STATUS_H
#define WVA_KUBE_STATUS_H

#include "wva/http/http.h"

/* Sets `err` from the response: a Status document's message, reason, causes and retryAfterSeconds;
 * otherwise the HTTP status and the first line of what a proxy sent. Tells a missing object
 * (WVA_E_NOT_FOUND) from a missing API (WVA_E_NO_API). Always returns -1. */
int wva_kube_status_error(const struct wva_http_response *response, struct wva_error *err);

/* The same for a Status that came as a watch's ERROR event. */
struct wva_value;
int wva_kube_status_object_error(const struct wva_value *status, struct wva_error *err);

#endif
