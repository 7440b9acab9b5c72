// SPDX-License-Identifier: Apache-2.0
/*
 * Whole files. All reading goes through a secret, so that one loop serves keys and documents; what
 * is no secret is then copied into the caller's arena.
 */
#include "wva/util/fs.h"

#include "fd_priv.h"
#include "wva/util/cancel.h"
#include "wva/util/encode.h"
#include "wva/util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_PIECE ((size_t)64 * 1024)

static int read_error(struct wva_error *err, const char *path, int number)
{
    return wva_error_set(err, WVA_E_IO, "cannot read %s: %s", path, strerror(number));
}

int wva_fs_wait_readable(int fd, const char *name, struct wva_error *err)
{
    struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = wva_cancel_fd(), .events = POLLIN}};

    while (poll(fds, WVA_COUNT(fds), -1) < 0) {
        if (errno != EINTR)
            return read_error(err, name, errno);
    }
    if (wva_cancel_requested())
        return wva_error_set(err, WVA_E_CANCELED, "canceled while reading %s", name);
    return 0;
}

/* Reads to the end of `fd`. One byte beyond the ceiling is asked for, to notice that there is more.
 * `expected` sizes the buffer once for regular files; it may be wrong or 0. */
static int read_to_end(int fd, const char *path, size_t ceiling, size_t expected,
                       struct wva_secret *secret, struct wva_error *err)
{
    const size_t most = ceiling < SIZE_MAX ? ceiling + 1 : ceiling;

    wva_secret_reserve(secret, expected < most ? expected : most);
    while (secret->len <= ceiling) {
        const size_t left = most - secret->len;
        ssize_t n;

        if (wva_fs_wait_readable(fd, path, err) < 0)
            return -1;
        n = wva_fd_read(fd, secret, left < READ_PIECE ? left : READ_PIECE);
        if (n < 0)
            return read_error(err, path, errno);
        if (n == 0)
            return 0;
    }
    return wva_error_set(err, WVA_E_IO, "cannot read %s: longer than %zu bytes", path, ceiling);
}

int wva_fs_read_secret(const char *path, size_t ceiling, struct wva_secret *secret,
                       struct wva_error *err)
{
    wva_auto_fd fd = open(path, O_RDONLY | O_CLOEXEC);
    wva_auto_secret content = {0};
    struct stat status;

    if (fd < 0 || fstat(fd, &status) < 0)
        return read_error(err, path, errno);
    if (S_ISDIR(status.st_mode))
        return read_error(err, path, EISDIR);
    if (read_to_end(fd, path, ceiling, status.st_size > 0 ? (size_t)status.st_size : 0, &content,
                    err) < 0)
        return -1;
    wva_secret_done(secret);
    if (wva_secret_empty(&content))
        return 0;
    *secret = content;
    content = (struct wva_secret){0};
    return 0;
}

int wva_fs_read(const char *path, size_t ceiling, struct wva_arena *arena, char **ret,
                size_t *ret_len, struct wva_error *err)
{
    wva_auto_secret content = {0};

    if (wva_fs_read_secret(path, ceiling, &content, err) < 0)
        return -1;
    *ret = wva_arena_strndup(arena, content.data, content.len);
    *ret_len = content.len;
    return 0;
}

int wva_fs_read_fd(int fd, const char *name, size_t ceiling, struct wva_arena *arena, char **ret,
                   size_t *ret_len, struct wva_error *err)
{
    wva_auto_secret content = {0};

    if (read_to_end(fd, name, ceiling, 0, &content, err) < 0)
        return -1;
    *ret = wva_arena_strndup(arena, content.data, content.len);
    *ret_len = content.len;
    return 0;
}

/* Writes everything and makes it durable; closes `fd` in any case. 0, or -1 with errno set. */
static int write_and_close(int fd, const char *data, size_t len)
{
    wva_auto_fd owned = fd;

    while (len > 0) {
        const ssize_t n = write(fd, data, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        data += n;
        len -= (size_t)n;
    }
    if (fsync(fd) < 0)
        return -1;
    owned = -1;
    return close(fd); /* NFS reports a full disk only here */
}

/* Renaming over a device or a link would replace it, not write to it. */
static int check_replaceable(const char *path, struct wva_error *err)
{
    struct stat status;

    if (lstat(path, &status) < 0 || S_ISREG(status.st_mode))
        return 0;
    return wva_error_set(err, WVA_E_IO, "cannot write %s: it exists and is not a regular file",
                         path);
}

/* A name in the directory of `path`. Not derived from its last part, which may be as long as the
 * file system allows. */
static char *temporary_name(struct wva_arena *arena, const char *path)
{
    uint64_t random;

    wva_random_bytes(&random, sizeof(random));
    return wva_fs_join(arena, wva_fs_dirname(arena, path),
                       wva_arena_printf(arena, ".wva-%016" PRIx64 ".tmp", random));
}

int wva_fs_write_atomic(const char *path, const void *data, size_t len, unsigned mode,
                        struct wva_error *err)
{
    wva_auto_arena arena = {0};
    const char *temporary = temporary_name(&arena, path);
    int fd;
    int number;

    if (check_replaceable(path, err) < 0)
        return -1;
    fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, (mode_t)mode);
    if (fd < 0)
        return wva_error_set(err, WVA_E_IO, "cannot write %s: %s", path, strerror(errno));
    if (write_and_close(fd, data, len) == 0 && rename(temporary, path) == 0)
        return 0;
    number = errno;
    (void)unlink(temporary);
    return wva_error_set(err, WVA_E_IO, "cannot write %s: %s", path, strerror(number));
}

char *wva_fs_join(struct wva_arena *arena, const char *directory, const char *name)
{
    const size_t len = strlen(directory);

    if (name[0] == '/' || len == 0)
        return wva_arena_strdup(arena, name);
    return wva_arena_printf(arena, "%s%s%s", directory, directory[len - 1] == '/' ? "" : "/", name);
}

/* Length without slashes at the end; a leading one stays. */
static size_t drop_slashes(const char *path, size_t len)
{
    while (len > 1 && path[len - 1] == '/')
        len--;
    return len;
}

char *wva_fs_dirname(struct wva_arena *arena, const char *path)
{
    size_t len = drop_slashes(path, strlen(path));

    while (len > 0 && path[len - 1] != '/')
        len--;
    if (len == 0)
        return wva_arena_strdup(arena, ".");
    return wva_arena_strndup(arena, path, drop_slashes(path, len));
}
