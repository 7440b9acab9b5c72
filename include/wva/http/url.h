// SPDX-License-Identifier: Apache-2.0
/* URLs: taken apart, put together, escaped (libcurl's URL parser underneath). */
#ifndef WVA_HTTP_URL_H
#define WVA_HTTP_URL_H

#include "wva/util/arena.h"

#include <stdbool.h>
#include <stdint.h>

struct wva_url {
    const char *scheme; /* lower case */
    const char *host;   /* IPv6 without brackets */
    unsigned port;      /* the scheme's default when not given */
    const char *path;   /* "" or "/…" without a trailing '/' */
    bool has_user;      /* user information present (refused by most callers) */
};

/* Needs a scheme. Strings live in `arena`. Errors: WVA_E_CONFIG. */
int wva_url_parse(struct wva_arena *arena, const char *text, struct wva_url *ret,
                  struct wva_error *err) WVA_MUST_USE;

/* Percent-encodes everything but unreserved characters; lives in `arena`. */
char *wva_url_escape(struct wva_arena *arena, const char *text);

/* Should `host` be reached without a proxy, by NO_PROXY's rules as Go reads them: "*", exact
 * host, ".suffix", "suffix", host:port, IP, CIDR; localhost and loopback always. `no_proxy` may
 * be NULL. */
bool wva_url_bypasses_proxy(const char *host, unsigned port, const char *no_proxy);

#endif
