// SPDX-License-Identifier: Apache-2.0
/*
 * One thread's event loop: descriptors by epoll, deadlines by one timerfd. Deadlines are absolute
 * nanoseconds of the monotonic clock and are handed to what they fire, so that a chain of them
 * (next = this + step) does not drift however late the machine is.
 */
#ifndef WVA_TESTS_STANDIN_LOOP_H
#define WVA_TESTS_STANDIN_LOOP_H

#include "wva/util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STANDIN_SECOND INT64_C(1000000000)

/* Embedded in what it wakes; zeroed but for `fire` and `owner` it is unset. */
struct standin_timer {
    void (*fire)(void *owner, int64_t deadline);
    void *owner;
    int64_t at;
    size_t place; /* in the heap, from 1; 0: unset */
};

/* Embedded in what has a descriptor. */
struct standin_source {
    void (*ready)(void *owner, uint32_t events);
    void *owner;
};

struct standin_loop {
    int epoll_fd;
    int timer_fd;
    int64_t armed; /* what timer_fd is set to; 0: nothing */
    struct standin_timer **heap;
    size_t count, cap;
    bool stopped;
    int status; /* that the process ends with */
    /* Called when all that was ready has been handled: what was closed may go now. */
    void (*settle)(void *owner);
    void *settle_owner;
};

int64_t standin_now(void); /* monotonic ns */

int standin_loop_init(struct standin_loop *loop, struct wva_error *err) WVA_MUST_USE;
void standin_loop_done(struct standin_loop *loop);

/* `events` as for epoll, level-triggered. -1 with errno set. */
int standin_loop_add(struct standin_loop *loop, int fd, uint32_t events,
                     struct standin_source *source) WVA_MUST_USE;
void standin_loop_change(struct standin_loop *loop, int fd, uint32_t events,
                         struct standin_source *source);
void standin_loop_remove(struct standin_loop *loop, int fd);

void standin_timer_set(struct standin_loop *loop, struct standin_timer *timer, int64_t at);
void standin_timer_unset(struct standin_loop *loop, struct standin_timer *timer);

/* Until stopped; the exit status. */
int standin_loop_run(struct standin_loop *loop);
void standin_loop_stop(struct standin_loop *loop, int status);

#endif
