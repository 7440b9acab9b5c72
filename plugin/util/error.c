// SPDX-License-Identifier: Apache-2.0
/*
 * Recording and wrapping of errors, and the table of exit statuses. Allocates nothing: an error
 * must be recordable whatever went wrong.
 */
#include "wva/util/error.h"

#include "utf8_priv.h"
#include "wva/util/mem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Formats into out[size], cut on a character boundary and fit for a terminal. */
static void format_clean(char *out, size_t size, const char *fmt, va_list args)
{
    const int wanted = vsnprintf(out, size, fmt, args);
    size_t len = strlen(out);

    if (wanted < 0 || (size_t)wanted > len)
        len = wva_utf8_cut(out, len);
    len = wva_utf8_clean(out, size - 1, out, len, true, NULL);
    out[len] = '\0';
}

int wva_error_set(struct wva_error *err, enum wva_code code, const char *fmt, ...)
{
    va_list args;

    assert(code != WVA_OK);
    assert(err->code == WVA_OK && "an error is recorded already");
    if (err->code != WVA_OK)
        return -1;
    err->code = code;
    va_start(args, fmt);
    format_clean(err->msg, sizeof(err->msg), fmt, args);
    va_end(args);
    return -1;
}

int wva_error_wrap(struct wva_error *err, const char *fmt, ...)
{
    char cause[sizeof(err->msg)];
    va_list args;
    size_t len;

    assert(err->code != WVA_OK && "no error to wrap");
    memcpy(cause, err->msg, sizeof(cause));
    va_start(args, fmt);
    format_clean(err->msg, sizeof(err->msg), fmt, args);
    va_end(args);

    len = strlen(err->msg);
    if ((size_t)snprintf(err->msg + len, sizeof(err->msg) - len, ": %s", cause) >=
        sizeof(err->msg) - len)
        err->msg[wva_utf8_cut(err->msg, strlen(err->msg))] = '\0';
    return -1;
}

int wva_error_hint(struct wva_error *err, const char *fmt, ...)
{
    va_list args;

    if (err->hint[0] != '\0')
        return -1;
    va_start(args, fmt);
    format_clean(err->hint, sizeof(err->hint), fmt, args);
    va_end(args);
    return -1;
}

int wva_error_add_hint(struct wva_error *err, const char *fmt, ...)
{
    const size_t len = strlen(err->hint);
    const size_t start = len > 0 ? len + 1 : 0;
    va_list args;

    if (start + 1 >= sizeof(err->hint))
        return -1;
    if (len > 0)
        err->hint[len] = '\n';
    va_start(args, fmt);
    format_clean(err->hint + start, sizeof(err->hint) - start, fmt, args);
    va_end(args);
    return -1;
}

void wva_error_clear(struct wva_error *err)
{
    *err = (struct wva_error){0};
}

int wva_code_exit_status(enum wva_code code)
{
    static const int status[] = {
        [WVA_OK] = 0,           [WVA_E_USAGE] = 2,    [WVA_E_CONFIG] = 1,
        [WVA_E_INPUT] = 1,      [WVA_E_IO] = 1,       [WVA_E_NETWORK] = 1,
        [WVA_E_TLS] = 1,        [WVA_E_PROTOCOL] = 1, [WVA_E_NOT_FOUND] = 1,
        [WVA_E_NO_API] = 1,     [WVA_E_GONE] = 1,     [WVA_E_UNAVAILABLE] = 1,
        [WVA_E_THROTTLED] = 1,  [WVA_E_FAILED] = 1,   [WVA_E_AUTH] = 3,
        [WVA_E_FORBIDDEN] = 3,  [WVA_E_CONFLICT] = 3, [WVA_E_EXISTS] = 3,
        [WVA_E_INVALID] = 3,    [WVA_E_TIMEOUT] = 4,  [WVA_E_QUALITY] = 5,
        [WVA_E_CANCELED] = 130, [WVA_E_INTERNAL] = 1,
    };
    _Static_assert(WVA_COUNT(status) == WVA_E_INTERNAL + 1, "one status for every code");

    return (size_t)code < WVA_COUNT(status) ? status[code] : 1;
}
