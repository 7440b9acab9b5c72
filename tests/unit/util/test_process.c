// SPDX-License-Identifier: Apache-2.0
/* process.h, with small scripts for sh as the other program. */
#include "support/wva_test.h"

#include "wva/util/cancel.h"
#include "wva/util/clock.h"
#include "wva/util/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const environment[] = {"PATH=/usr/bin:/bin", "WVA_MARK=mark one", NULL};

struct result {
    struct wva_secret output;
    struct wva_error err;
    int rc;
    int status;
    int64_t ms;
};

static void done(struct result *result)
{
    wva_secret_done(&result->output);
}

#define auto_result __attribute__((cleanup(done))) struct result

/* No child, running or dead, may be left. */
static void check_no_child(void)
{
    check_int(waitpid(-1, NULL, WNOHANG), -1);
    check_int(errno, ECHILD);
}

static struct result run(struct wva_process process)
{
    struct result result = {.status = 99};
    const int64_t start = wva_clock_monotonic_ms();

    process.envp = environment;
    result.rc = wva_process_capture(&process, &result.output, &result.status, &result.err);
    result.ms = wva_clock_monotonic_ms() - start;
    check_no_child();
    return result;
}

static struct result run_script(const char *script, int64_t timeout_ms, size_t ceiling)
{
    const char *const argv[] = {"sh", "-c", script, NULL};

    return run(
        (struct wva_process){.argv = argv, .timeout_ms = timeout_ms, .output_ceiling = ceiling});
}

static void check_untouched(const struct result *result)
{
    check_int(result->status, 99);
    check(result->output.data == NULL);
    check_str(result->err.hint, "");
}

static void test_output_and_status(void **state)
{
    auto_result ok = run_script("printf 'a\\000b\\n'", 0, 100);
    auto_result silent = run_script("exit 3", 0, 100);
    auto_result both = run_script("echo out; exit 255", 10000, 100);

    (void)state;
    check_int(ok.rc, 0);
    check_int(ok.status, 0);
    check_int(ok.output.len, 4);
    assert_memory_equal(ok.output.data, "a\0b\n", 5);
    check_int(silent.rc, 0);
    check_int(silent.status, 3);
    check(silent.output.data == NULL);
    check_int(both.status, 255);
    check_str(both.output.data, "out\n");
}

static void test_arguments_reach_no_shell(void **state)
{
    const char *const argv[] = {"printf", "%s|", "a b", "$HOME", "*;echo", "", NULL};
    auto_result result = run((struct wva_process){.argv = argv, .output_ceiling = 100});

    (void)state;
    check_int(result.rc, 0);
    check_str(result.output.data, "a b|$HOME|*;echo||");
}

static void test_environment_is_what_was_given(void **state)
{
    auto_result result;

    (void)state;
    check_int(setenv("WVA_LEAK", "leak", 1), 0);
    result = run_script("echo \"$WVA_MARK,$WVA_LEAK\"", 0, 100);
    check_int(unsetenv("WVA_LEAK"), 0);
    check_str(result.output.data, "mark one,\n");
}

static void test_killed_by_signal(void **state)
{
    auto_result result = run_script("echo before; kill -KILL $$", 0, 100);

    (void)state;
    check_int(result.rc, 0);
    check_int(result.status, 128 + SIGKILL);
    check_str(result.output.data, "before\n");
}

static void test_missing_program(void **state)
{
    const char *const bare[] = {"wva-no-such-program", NULL};
    const char *const path[] = {"/etc/passwd", NULL};
    auto_result missing = run((struct wva_process){.argv = bare, .output_ceiling = 100});
    auto_result no_program = run((struct wva_process){.argv = path, .output_ceiling = 100});

    (void)state;
    check_untouched(&missing);
    check_untouched(&no_program);
    check_fails(missing.rc, &missing.err, WVA_E_IO,
                "cannot run wva-no-such-program: No such file or directory");
    check_fails(no_program.rc, &no_program.err, WVA_E_IO,
                "cannot run /etc/passwd: Permission denied");
}

static void test_timeout(void **state)
{
    auto_result result = run_script("echo some; exec sleep 60", 200, 100);

    (void)state;
    check_untouched(&result);
    check_fails(result.rc, &result.err, WVA_E_TIMEOUT, "sh did not end within 0.2 seconds");
    check(result.ms >= 200 && result.ms < 1900); /* SIGTERM was enough */
}

static void test_timeout_of_a_stubborn_program(void **state)
{
    auto_result result = run_script("trap '' TERM; while :; do sleep 0.05; done", 100, 100);

    (void)state;
    check_untouched(&result);
    check_fails(result.rc, &result.err, WVA_E_TIMEOUT, "sh did not end within 0.1 seconds");
    check(result.ms >= 2100 && result.ms < 10000); /* SIGKILL after two seconds */
}

static void test_slow_but_in_time(void **state)
{
    auto_result result = run_script("echo a; sleep 0.2; echo b", 20000, 100);

    (void)state;
    check_int(result.rc, 0);
    check_str(result.output.data, "a\nb\n");
}

static void test_output_ceiling(void **state)
{
    auto_result exact = run_script("printf 12345", 0, 5);
    auto_result over = run_script("printf 123456", 0, 5);
    auto_result endless = run_script("exec cat /dev/zero", 0, 1 << 20);
    auto_result ended = run_script("head -c 70000 /dev/zero; exit 0", 0, 69999);

    (void)state;
    check_int(exact.rc, 0);
    check_str(exact.output.data, "12345");
    check_untouched(&over);
    check_fails(over.rc, &over.err, WVA_E_IO, "sh printed more than 5 bytes");
    check_untouched(&endless);
    check_fails(endless.rc, &endless.err, WVA_E_IO, "sh printed more than 1048576 bytes");
    check_fails(ended.rc, &ended.err, WVA_E_IO, "sh printed more than 69999 bytes");
}

static void test_large_output_is_complete(void **state)
{
    auto_result result = run_script("head -c 1000000 /dev/zero | tr '\\0' x", 0, 1 << 20);

    (void)state;
    check_int(result.rc, 0);
    check_int(result.output.len, 1000000);
    check_int(result.output.data[0], 'x');
    check_int(result.output.data[999999], 'x');
}

static void test_grandchild_holds_the_pipe(void **state)
{
    auto_result result = run_script("sleep 5 2>/dev/null & echo out; exit 4", 0, 100);

    (void)state;
    check_int(result.rc, 0);
    check_int(result.status, 4);
    check_str(result.output.data, "out\n");
    check(result.ms < 3000);
}

static void test_output_closed_early(void **state)
{
    auto_result result = run_script("echo out; exec >&-; sleep 0.3; exit 5", 0, 100);

    (void)state;
    check_int(result.rc, 0);
    check_int(result.status, 5);
    check_str(result.output.data, "out\n");
    check(result.ms >= 300);
}

static void test_standard_input(void **state)
{
    const char *const argv[] = {"cat", NULL};
    struct wva_process process = {.argv = argv, .output_ceiling = 100};
    const int saved = dup(STDIN_FILENO);
    auto_result empty = {0};
    auto_result inherited = {0};
    int ends[2];

    (void)state;
    check_int(pipe(ends), 0);
    check_int(write(ends[1], "typed", 5), 5);
    check_int(close(ends[1]), 0);
    check_int(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    check_int(close(ends[0]), 0);
    empty = run(process);
    process.inherit_stdin = true;
    inherited = run(process);
    check_int(dup2(saved, STDIN_FILENO), STDIN_FILENO);
    check_int(close(saved), 0);
    check_int(empty.rc, 0);
    check(wva_secret_empty(&empty.output));
    check_int(inherited.rc, 0);
    check_str(inherited.output.data, "typed");
}

static void test_no_other_descriptor(void **state)
{
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 34)
    auto_result result;

    (void)state;
    check_int(dup2(STDERR_FILENO, 9), 9); /* not close-on-exec */
    result = run_script("if (: >&9) 2>/dev/null; then echo open; else echo closed; fi", 0, 100);
    check_int(close(9), 0);
    check_str(result.output.data, "closed\n");
#else
    (void)state;
    skip();
#endif
}

static void test_signals_are_default_in_the_child(void **state)
{
    auto_result ignored = {0};
    auto_result blocked = {0};
    sigset_t term, before;

    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    ignored = run_script("kill -PIPE $$; echo survived", 0, 100);
    (void)signal(SIGPIPE, SIG_DFL);
    check_int(ignored.status, 128 + SIGPIPE);

    (void)sigemptyset(&term);
    (void)sigaddset(&term, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &term, &before);
    blocked = run_script("kill -TERM $$; echo survived", 0, 100);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    check_int(blocked.status, 128 + SIGTERM);
}

static void on_alarm(int number)
{
    (void)number;
    wva_cancel_raise_for_test(SIGINT);
}

static void test_cancellation_ends_the_child(void **state)
{
    const struct itimerval soon = {.it_value = {.tv_usec = 100 * 1000}};
    auto_result result = {0};

    (void)state;
    wva_cancel_raise_for_test(SIGINT); /* opens the pipe here rather than in the handler */
    wva_cancel_reset_for_test();
    (void)signal(SIGALRM, on_alarm);
    check_int(setitimer(ITIMER_REAL, &soon, NULL), 0);
    result = run_script("exec sleep 60", 0, 100);
    wva_cancel_reset_for_test();
    (void)signal(SIGALRM, SIG_DFL);
    check_untouched(&result);
    check_fails(result.rc, &result.err, WVA_E_CANCELED, "canceled while sh was running");
    check(result.ms < 1900);
}

static void test_deferred_cancellation_does_not(void **state)
{
    auto_result result = {0};

    (void)state;
    wva_cancel_raise_for_test(SIGINT);
    wva_cancel_defer_begin();
    result = run_script("sleep 0.1; echo out", 0, 100);
    wva_cancel_defer_end();
    wva_cancel_reset_for_test();
    check_int(result.rc, 0);
    check_str(result.output.data, "out\n");
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(test_output_and_status),
    WVA_TEST(test_arguments_reach_no_shell),
    WVA_TEST(test_environment_is_what_was_given),
    WVA_TEST(test_killed_by_signal),
    WVA_TEST(test_missing_program),
    WVA_TEST(test_timeout),
    WVA_TEST(test_timeout_of_a_stubborn_program),
    WVA_TEST(test_slow_but_in_time),
    WVA_TEST(test_output_ceiling),
    WVA_TEST(test_large_output_is_complete),
    WVA_TEST(test_grandchild_holds_the_pipe),
    WVA_TEST(test_output_closed_early),
    WVA_TEST(test_standard_input),
    WVA_TEST(test_no_other_descriptor),
    WVA_TEST(test_signals_are_default_in_the_child),
    WVA_TEST(test_cancellation_ends_the_child),
    WVA_TEST(test_deferred_cancellation_does_not),
};

WVA_TEST_MAIN(tests)
