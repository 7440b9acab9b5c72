// SPDX-License-Identifier: Apache-2.0
/*
 * The one door to libcurl.
 *
 * A distribution's libcurl brings some thirty libraries along (GnuTLS, LDAP, Kerberos, SSH);
 * loading them costs more than everything `version`, `help` and `fit` do. So with WVA_LATE_LIBCURL
 * it is loaded when the first connection or URL needs it, and the functions below are reached
 * through a table. Without (static builds) this header is <curl/curl.h> and nothing else.
 */
#ifndef WVA_PLUGIN_HTTP_LIBCURL_H
#define WVA_PLUGIN_HTTP_LIBCURL_H

#include "wva/util/error.h"

#ifdef WVA_LATE_LIBCURL
#define CURL_DISABLE_TYPECHECK /* its macros would call the functions by their own names */
#endif
#include <curl/curl.h>

/* Before anything else of libcurl; costs nothing when it was done before. WVA_E_IO when the library
 * or a function of it is not there. */
int wva_libcurl_load(struct wva_error *err) WVA_MUST_USE;

#ifdef WVA_LATE_LIBCURL

#undef curl_easy_setopt
#undef curl_easy_getinfo

#define WVA_LIBCURL_FUNCTIONS(X)                                                                   \
    X(easy_cleanup)                                                                                \
    X(easy_getinfo)                                                                                \
    X(easy_init)                                                                                   \
    X(easy_pause)                                                                                  \
    X(easy_reset)                                                                                  \
    X(easy_setopt)                                                                                 \
    X(easy_strerror)                                                                               \
    X(free)                                                                                        \
    X(global_cleanup)                                                                              \
    X(global_init)                                                                                 \
    X(multi_add_handle)                                                                            \
    X(multi_cleanup)                                                                               \
    X(multi_info_read)                                                                             \
    X(multi_init)                                                                                  \
    X(multi_perform)                                                                               \
    X(multi_poll)                                                                                  \
    X(multi_remove_handle)                                                                         \
    X(multi_strerror)                                                                              \
    X(url)                                                                                         \
    X(url_cleanup)                                                                                 \
    X(url_get)                                                                                     \
    X(url_set)                                                                                     \
    X(url_strerror)

#define WVA_LIBCURL_MEMBER(name) __typeof__(curl_##name) *name;

struct wva_libcurl {
    WVA_LIBCURL_FUNCTIONS(WVA_LIBCURL_MEMBER)
};

extern struct wva_libcurl wva_libcurl; /* filled once, by wva_libcurl_load() */

#define curl_easy_cleanup        wva_libcurl.easy_cleanup
#define curl_easy_getinfo        wva_libcurl.easy_getinfo
#define curl_easy_init           wva_libcurl.easy_init
#define curl_easy_pause          wva_libcurl.easy_pause
#define curl_easy_reset          wva_libcurl.easy_reset
#define curl_easy_setopt         wva_libcurl.easy_setopt
#define curl_easy_strerror       wva_libcurl.easy_strerror
#define curl_free                wva_libcurl.free
#define curl_global_cleanup      wva_libcurl.global_cleanup
#define curl_global_init         wva_libcurl.global_init
#define curl_multi_add_handle    wva_libcurl.multi_add_handle
#define curl_multi_cleanup       wva_libcurl.multi_cleanup
#define curl_multi_info_read     wva_libcurl.multi_info_read
#define curl_multi_init          wva_libcurl.multi_init
#define curl_multi_perform       wva_libcurl.multi_perform
#define curl_multi_poll          wva_libcurl.multi_poll
#define curl_multi_remove_handle wva_libcurl.multi_remove_handle
#define curl_multi_strerror      wva_libcurl.multi_strerror
#define curl_url                 wva_libcurl.url
#define curl_url_cleanup         wva_libcurl.url_cleanup
#define curl_url_get             wva_libcurl.url_get
#define curl_url_set             wva_libcurl.url_set
#define curl_url_strerror        wva_libcurl.url_strerror

#endif /* WVA_LATE_LIBCURL */

#endif
