// SPDX-License-Identifier: Apache-2.0
/*
 * The one way errors travel: a `struct wva_error *` as the last parameter, never NULL.
 *
 * A function that can fail returns 0 or -1 and, on -1, has set the error and left its other outputs
 * untouched. Callers add context with wva_error_wrap() on the way up; main.c prints the result
 * once. The message lives inside the struct, so recording an error never allocates and never leaks:
 *
 *     struct wva_error err = {0};
 *     if (wva_fs_read(path, ceiling, arena, &text, &len, &err) < 0)
 *         return wva_error_wrap(&err, "cannot read the run's plan");
 */
#ifndef WVA_UTIL_ERROR_H
#define WVA_UTIL_ERROR_H

#include <stdint.h>

#define WVA_MUST_USE     __attribute__((warn_unused_result))
#define WVA_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* The closed set of failures that callers tell apart. wva_code_exit_status() maps each to an exit
 * status of the command line's contract. */
enum wva_code {
    WVA_OK = 0,
    WVA_E_USAGE,       /* command line                                   exit 2 */
    WVA_E_CONFIG,      /* kubeconfig or a local setting                  exit 1 */
    WVA_E_INPUT,       /* a document, report or log that cannot be read  exit 1 */
    WVA_E_IO,          /* local file, pipe or process                    exit 1 */
    WVA_E_NETWORK,     /* could not connect, or the connection broke     exit 1 */
    WVA_E_TLS,         /* handshake or certificate                       exit 1 */
    WVA_E_PROTOCOL,    /* the answer is not what an API server sends     exit 1 */
    WVA_E_NOT_FOUND,   /* 404 on an object                               exit 1 */
    WVA_E_NO_API,      /* 404 on the resource itself: CRD not installed  exit 1 */
    WVA_E_GONE,        /* 410: a resource version that is too old        exit 1 */
    WVA_E_UNAVAILABLE, /* 5xx after all retries                          exit 1 */
    WVA_E_THROTTLED,   /* 429 after all retries                          exit 1 */
    WVA_E_FAILED,      /* the work itself failed (a pod, a Job)          exit 1 */
    WVA_E_AUTH,        /* 401, or no credentials could be had            exit 3 */
    WVA_E_FORBIDDEN,   /* 403                                            exit 3 */
    WVA_E_CONFLICT,    /* 409 on update or apply                         exit 3 */
    WVA_E_EXISTS,      /* 409 AlreadyExists, or an object not ours       exit 3 */
    WVA_E_INVALID,     /* 400/422: the API server refused the object     exit 3 */
    WVA_E_TIMEOUT,     /* a wait or request ran out of time              exit 4 */
    WVA_E_QUALITY,     /* measured, but not good enough                  exit 5 */
    WVA_E_CANCELED,    /* SIGINT, SIGTERM, SIGHUP                        exit 130 */
    WVA_E_INTERNAL,    /* a bug of ours                                  exit 1 */
};

struct wva_error {
    enum wva_code code;
    int http_status;        /* 0 when no HTTP response was involved */
    int64_t retry_after_ms; /* server's Retry-After; 0 when it gave none */
    char reason[64];        /* Kubernetes Status.reason, e.g. "AlreadyExists"; may be empty */
    char msg[3072];         /* some lines (a log's last), no trailing newline; cut when longer */
    char hint[512];         /* a command to paste or a next step; may be empty */
};

/* Records an error. Asserts that none is recorded yet and, without assertions, keeps that one: to
 * overwrite is to hide the first cause. In messages, context and hints control characters and bytes
 * that are not UTF-8 become '?', newlines stay, and a cut falls between characters. Always returns
 * -1. */
int wva_error_set(struct wva_error *err, enum wva_code code, const char *fmt, ...) WVA_PRINTF(3, 4);

/* Prefixes "context: " to the message. Always returns -1. */
int wva_error_wrap(struct wva_error *err, const char *fmt, ...) WVA_PRINTF(2, 3);

/* Sets the hint, unless one closer to the cause is already there. Always returns -1, so that
 * `return wva_error_hint(err, …)` may end a failing branch. */
int wva_error_hint(struct wva_error *err, const char *fmt, ...) WVA_PRINTF(2, 3);

/* Adds a hint on a line of its own after those there are; each is shown as one. Always returns -1.
 */
int wva_error_add_hint(struct wva_error *err, const char *fmt, ...) WVA_PRINTF(2, 3);

/* Forgets a recorded error (after it was handled). */
void wva_error_clear(struct wva_error *err);

/* Exit status of the command line's contract for `code`. */
int wva_code_exit_status(enum wva_code code);

#endif
