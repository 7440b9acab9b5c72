// SPDX-License-Identifier: Apache-2.0
// The event loop: a binary heap of deadlines over one timerfd, and epoll.

#include "loop.h"

#include "wva/util/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_MAX 64

int64_t standin_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * STANDIN_SECOND + now.tv_nsec;
}

int standin_loop_init(struct standin_loop *loop, struct wva_error *err)
{
    *loop = (struct standin_loop){.epoll_fd = epoll_create1(EPOLL_CLOEXEC), .timer_fd = -1};
    if (loop->epoll_fd >= 0)
        loop->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    if (loop->timer_fd < 0 || epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->timer_fd, &event) < 0)
        return wva_error_set(err, WVA_E_IO, "cannot make an event loop: %s", strerror(errno));
    return 0;
}

void standin_loop_done(struct standin_loop *loop)
{
    if (loop->timer_fd >= 0)
        (void)close(loop->timer_fd);
    if (loop->epoll_fd >= 0)
        (void)close(loop->epoll_fd);
    free(loop->heap);
    loop->heap = NULL;
}

int standin_loop_add(struct standin_loop *loop, int fd, uint32_t events,
                     struct standin_source *source)
{
    struct epoll_event event = {.events = events, .data.ptr = source};
    return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

void standin_loop_change(struct standin_loop *loop, int fd, uint32_t events,
                         struct standin_source *source)
{
    struct epoll_event event = {.events = events, .data.ptr = source};
    (void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, fd, &event);
}

void standin_loop_remove(struct standin_loop *loop, int fd)
{
    (void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

/* The heap: heap[0] is the earliest; timer->place is its index + 1. */
static void put(struct standin_loop *loop, size_t index, struct standin_timer *timer)
{
    loop->heap[index] = timer;
    timer->place = index + 1;
}

static void sift_up(struct standin_loop *loop, size_t index, struct standin_timer *timer)
{
    while (index > 0 && loop->heap[(index - 1) / 2]->at > timer->at) {
        put(loop, index, loop->heap[(index - 1) / 2]);
        index = (index - 1) / 2;
    }
    put(loop, index, timer);
}

static void sift_down(struct standin_loop *loop, size_t index, struct standin_timer *timer)
{
    for (;;) {
        size_t child = 2 * index + 1;
        if (child + 1 < loop->count && loop->heap[child + 1]->at < loop->heap[child]->at)
            child++;
        if (child >= loop->count || loop->heap[child]->at >= timer->at)
            break;
        put(loop, index, loop->heap[child]);
        index = child;
    }
    put(loop, index, timer);
}

void standin_timer_unset(struct standin_loop *loop, struct standin_timer *timer)
{
    if (timer->place == 0)
        return;
    size_t index = timer->place - 1;
    timer->place = 0;
    struct standin_timer *last = loop->heap[--loop->count];
    if (last == timer)
        return;
    if (last->at < timer->at)
        sift_up(loop, index, last);
    else
        sift_down(loop, index, last);
}

void standin_timer_set(struct standin_loop *loop, struct standin_timer *timer, int64_t at)
{
    standin_timer_unset(loop, timer);
    timer->at = at;
    if (loop->count == loop->cap) {
        loop->cap = loop->cap > 0 ? 2 * loop->cap : 64;
        loop->heap = wva_xrealloc(loop->heap, loop->cap * sizeof(struct standin_timer *));
    }
    sift_up(loop, loop->count++, timer);
}

static void arm(struct standin_loop *loop)
{
    int64_t at = loop->count > 0 ? loop->heap[0]->at : 0;
    if (at == loop->armed)
        return;
    struct itimerspec when = {.it_value = {.tv_sec = (time_t)(at / STANDIN_SECOND),
                                           .tv_nsec = (long)(at % STANDIN_SECOND)}};
    (void)timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
    loop->armed = at;
}

/* What is due now; a chain of deadlines that lies behind fires one after another, in order with
 * the others. */
static void fire_due(struct standin_loop *loop)
{
    int64_t now = standin_now();
    while (loop->count > 0 && loop->heap[0]->at <= now && !loop->stopped) {
        struct standin_timer *timer = loop->heap[0];
        standin_timer_unset(loop, timer);
        timer->fire(timer->owner, timer->at);
    }
}

static void handle(struct standin_loop *loop, const struct epoll_event *event)
{
    const struct standin_source *source = event->data.ptr;
    if (source != NULL) {
        source->ready(source->owner, event->events);
        return;
    }
    uint64_t expirations;
    (void)!read(loop->timer_fd, &expirations, sizeof(expirations));
    loop->armed = 0;
}

int standin_loop_run(struct standin_loop *loop)
{
    struct epoll_event events[EVENTS_MAX];
    while (!loop->stopped) {
        arm(loop);
        int count = epoll_wait(loop->epoll_fd, events, EVENTS_MAX, -1);
        fire_due(loop);
        for (int i = 0; i < count && !loop->stopped; i++)
            handle(loop, &events[i]);
        if (loop->settle != NULL)
            loop->settle(loop->settle_owner);
    }
    return loop->status;
}

void standin_loop_stop(struct standin_loop *loop, int status)
{
    loop->stopped = true;
    loop->status = status;
}
