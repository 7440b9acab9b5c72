// SPDX-License-Identifier: Apache-2.0
/* Descriptors; for the util layer only. */
#ifndef WVA_UTIL_FD_PRIV_H
#define WVA_UTIL_FD_PRIV_H

#include "wva/util/secret.h"

#include <stddef.h>
#include <sys/types.h>

/* A pipe whose ends do not survive exec. 0, or -1 with errno set. */
int wva_fd_pipe(int ret_ends[2]);

int wva_fd_set_nonblocking(int fd);

/* read(2) of at most `room` bytes onto the end of `secret`, again after EINTR. */
ssize_t wva_fd_read(int fd, struct wva_secret *secret, size_t room);

/* Closes *fd unless it is -1 and makes it -1; errno stays. */
void wva_fd_close(int *fd);

#define wva_auto_fd __attribute__((cleanup(wva_fd_close))) int

#endif
