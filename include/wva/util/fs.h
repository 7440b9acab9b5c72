// SPDX-License-Identifier: Apache-2.0
/*
 * Whole files: read under a ceiling, written atomically. Pipes and devices can be read (`<(…)` in a
 * shell), directories cannot; only regular files are replaced.
 */
#ifndef WVA_UTIL_FS_H
#define WVA_UTIL_FS_H

#include "wva/util/arena.h"
#include "wva/util/secret.h"

#include <stddef.h>

/* Reads all of `path` (at most `ceiling` bytes; more is an error) into `arena`, NUL-terminated.
 * Errors: WVA_E_IO naming the path; `*ret` and `*ret_len` are then untouched. */
int wva_fs_read(const char *path, size_t ceiling, struct wva_arena *arena, char **ret,
                size_t *ret_len, struct wva_error *err) WVA_MUST_USE;

/* The same for a file that holds a key or token: the bytes go into `secret` (empty before) and
 * nowhere else. */
int wva_fs_read_secret(const char *path, size_t ceiling, struct wva_secret *secret,
                       struct wva_error *err) WVA_MUST_USE;

/* wva_fs_read() from a descriptor that is open already, such as standard input: `name` is what
 * messages call it. Ctrl-C ends the wait for a pipe that nobody writes to: WVA_E_CANCELED. */
int wva_fs_read_fd(int fd, const char *name, size_t ceiling, struct wva_arena *arena, char **ret,
                   size_t *ret_len, struct wva_error *err) WVA_MUST_USE;

/* Waits until `fd` can be read (its end counts). Errors: WVA_E_CANCELED, WVA_E_IO, naming `name`.
 */
int wva_fs_wait_readable(int fd, const char *name, struct wva_error *err) WVA_MUST_USE;

/* Writes a new file beside `path`, syncs it and renames it over `path`. On failure the old file is
 * as it was and no other file is left. A `path` that is a link, device or directory is refused: the
 * rename would replace it. `mode` e.g. 0644, before umask. Errors: WVA_E_IO naming the path. */
int wva_fs_write_atomic(const char *path, const void *data, size_t len, unsigned mode,
                        struct wva_error *err) WVA_MUST_USE;

/* `name` if absolute (or `directory` is ""), else "directory/name"; lives in `arena`. */
char *wva_fs_join(struct wva_arena *arena, const char *directory, const char *name);

/* The directory part of `path` ("." when there is none); lives in `arena`. */
char *wva_fs_dirname(struct wva_arena *arena, const char *path);

#endif
