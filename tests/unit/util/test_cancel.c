// SPDX-License-Identifier: Apache-2.0
/* cancel.h. What changes signal dispositions or ends the process runs in a child. */
#include "fork_child.h"

#include "wva/util/cancel.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>

/* In a child: the step that went wrong is its exit status. */
#define NEED(step, condition)                                                                      \
    do {                                                                                           \
        if (!(condition))                                                                          \
            return (step);                                                                         \
    } while (0)

static void check_exits_0(int (*body)(void))
{
    char printed[256];
    const int status = run_in_child(body, printed, sizeof(printed));

    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("wait status 0x%x", (unsigned)status);
}

static void check_killed_by(int (*body)(void), int number)
{
    char printed[256];
    const int status = run_in_child(body, printed, sizeof(printed));

    check(WIFSIGNALED(status));
    check_int(WTERMSIG(status), number);
}

static bool is_readable(int fd)
{
    struct pollfd polled = {.fd = fd, .events = POLLIN};

    return poll(&polled, 1, 0) == 1;
}

static int before_install(void)
{
    NEED(1, wva_cancel_fd() == -1);
    NEED(2, !wva_cancel_requested());
    NEED(3, wva_cancel_signal() == 0);
    wva_cancel_defer_begin();
    wva_cancel_defer_end();
    wva_cancel_reset_for_test();
    return 0;
}

static int first_signal(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

    wva_cancel_install();
    for (size_t i = 0; i < 3; i++) {
        wva_cancel_reset_for_test();
        NEED(1, !is_readable(wva_cancel_fd()));
        errno = EXDEV;
        NEED(2, raise(numbers[i]) == 0);
        NEED(3, errno == EXDEV);
        NEED(4, wva_cancel_requested());
        NEED(5, wva_cancel_signal() == numbers[i]);
        NEED(6, is_readable(wva_cancel_fd()));
        NEED(7, is_readable(wva_cancel_fd()));
    }
    return 0;
}

static int descriptor_flags(void)
{
    wva_cancel_install();
    NEED(1, fcntl(wva_cancel_fd(), F_GETFD) & FD_CLOEXEC);
    NEED(2, fcntl(wva_cancel_fd(), F_GETFL) & O_NONBLOCK);
    return 0;
}

static int second_signal(void)
{
    wva_cancel_install();
    (void)raise(SIGINT);
    (void)raise(SIGTERM);
    return 77;
}

static int second_signal_while_deferred(void)
{
    wva_cancel_install();
    (void)raise(SIGTERM);
    wva_cancel_defer_begin();
    (void)raise(SIGINT);
    return 77;
}

static int first_signal_while_deferred(void)
{
    wva_cancel_install();
    wva_cancel_defer_begin();
    (void)raise(SIGHUP);
    return 77;
}

static int deferral(void)
{
    int fd;

    wva_cancel_install();
    fd = wva_cancel_fd();
    (void)raise(SIGINT);
    wva_cancel_defer_begin();
    NEED(1, !wva_cancel_requested());
    NEED(2, wva_cancel_signal() == SIGINT);
    NEED(3, wva_cancel_fd() == -1);
    NEED(4, !is_readable(wva_cancel_fd())); /* a poll does not spin */
    wva_cancel_defer_end();
    NEED(5, wva_cancel_requested());
    NEED(6, wva_cancel_fd() == fd && is_readable(fd));
    return 0;
}

static int dispositions(void)
{
    struct sigaction action;

    (void)signal(SIGHUP, SIG_IGN); /* as under nohup */
    (void)signal(SIGCHLD, SIG_IGN);
    wva_cancel_install();
    (void)raise(SIGHUP);
    NEED(1, !wva_cancel_requested());
    NEED(2, sigaction(SIGHUP, NULL, &action) == 0 && action.sa_handler == SIG_IGN);
    NEED(3, sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_IGN);
    NEED(4, sigaction(SIGCHLD, NULL, &action) == 0 && action.sa_handler == SIG_DFL);
    NEED(5, sigaction(SIGINT, NULL, &action) == 0 && (action.sa_flags & SA_RESTART) != 0);
    return 0;
}

static int raise_for_test(void)
{
    wva_cancel_raise_for_test(SIGTERM);
    NEED(1, wva_cancel_requested());
    NEED(2, wva_cancel_signal() == SIGTERM);
    NEED(3, is_readable(wva_cancel_fd()));
    wva_cancel_reset_for_test();
    NEED(4, !wva_cancel_requested());
    NEED(5, wva_cancel_signal() == 0);
    NEED(6, wva_cancel_fd() >= 0 && !is_readable(wva_cancel_fd()));
    wva_cancel_raise_for_test(SIGINT);
    NEED(7, wva_cancel_signal() == SIGINT && is_readable(wva_cancel_fd()));
    return 0;
}

static void test_before_install(void **state)
{
    (void)state;
    check_exits_0(before_install);
}

static void test_first_signal_is_seen(void **state)
{
    (void)state;
    check_exits_0(first_signal);
}

static void test_descriptor_flags(void **state)
{
    (void)state;
    check_exits_0(descriptor_flags);
}

static void test_later_signals_kill(void **state)
{
    (void)state;
    check_killed_by(second_signal, SIGTERM);
    check_killed_by(second_signal_while_deferred, SIGINT);
    check_killed_by(first_signal_while_deferred, SIGHUP);
}

static void test_deferral(void **state)
{
    (void)state;
    check_exits_0(deferral);
}

static void test_dispositions(void **state)
{
    (void)state;
    check_exits_0(dispositions);
}

static void test_raise_for_test(void **state)
{
    (void)state;
    check_exits_0(raise_for_test);
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(test_before_install),   WVA_TEST(test_first_signal_is_seen),
    WVA_TEST(test_descriptor_flags), WVA_TEST(test_later_signals_kill),
    WVA_TEST(test_deferral),         WVA_TEST(test_dispositions),
    WVA_TEST(test_raise_for_test),
};

WVA_TEST_MAIN(tests)
