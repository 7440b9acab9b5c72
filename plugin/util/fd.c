// SPDX-License-Identifier: Apache-2.0
/* Descriptors that close themselves and do not leak into children. */
#include "fd_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Not pipe2(): macOS has none. Nothing here forks between pipe() and fcntl(). */
int wva_fd_pipe(int ret_ends[2])
{
    int ends[2];

    if (pipe(ends) < 0)
        return -1;
    if (fcntl(ends[0], F_SETFD, FD_CLOEXEC) < 0 || fcntl(ends[1], F_SETFD, FD_CLOEXEC) < 0) {
        wva_fd_close(&ends[0]);
        wva_fd_close(&ends[1]);
        return -1;
    }
    ret_ends[0] = ends[0];
    ret_ends[1] = ends[1];
    return 0;
}

int wva_fd_set_nonblocking(int fd)
{
    const int flags = fcntl(fd, F_GETFL);

    return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

ssize_t wva_fd_read(int fd, struct wva_secret *secret, size_t room)
{
    ssize_t n;

    wva_secret_reserve(secret, room);
    do {
        n = read(fd, secret->data + secret->len, room);
    } while (n < 0 && errno == EINTR);
    if (n > 0)
        secret->len += (size_t)n;
    secret->data[secret->len] = '\0';
    return n;
}

void wva_fd_close(int *fd)
{
    const int saved = errno;

    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
    errno = saved;
}
