// SPDX-License-Identifier: Apache-2.0
/* error.h: first cause, context, truncation, what reaches a terminal, exit statuses. */
#include "fork_child.h"

#include <signal.h>

static void fill(char *out, size_t len, char c)
{
    memset(out, c, len);
    out[len] = '\0';
}

static void test_set(void **state)
{
    struct wva_error err = {.http_status = 404, .retry_after_ms = 5};

    (void)state;
    check_int(wva_error_set(&err, WVA_E_NOT_FOUND, "cannot find %s %d", "pod", 3), -1);
    check_int(err.code, WVA_E_NOT_FOUND);
    check_str(err.msg, "cannot find pod 3");
    check_str(err.hint, "");
    check_int(err.http_status, 404); /* set fills in code and message only */
    check_int(err.retry_after_ms, 5);
}

static int set_twice(void)
{
    struct wva_error err = {0};

    (void)wva_error_set(&err, WVA_E_IO, "first");
    (void)wva_error_set(&err, WVA_E_TIMEOUT, "second");
    return err.code == WVA_E_IO && strcmp(err.msg, "first") == 0 ? 0 : 77;
}

static void test_first_cause_stays(void **state)
{
    char printed[1024];
    int status = run_in_child(set_twice, printed, sizeof(printed));

    (void)state;
#ifdef NDEBUG
    check(WIFEXITED(status));
    check_int(WEXITSTATUS(status), 0);
#else
    check(WIFSIGNALED(status));
    check_int(WTERMSIG(status), SIGABRT);
    check_has(printed, "an error is recorded already");
#endif
}

static void test_wrap_prefixes(void **state)
{
    struct wva_error err = {0};

    (void)state;
    (void)wva_error_set(&err, WVA_E_IO, "no such file");
    check_int(wva_error_wrap(&err, "cannot read %s", "plan.json"), -1);
    check_int(wva_error_wrap(&err, "cannot resume"), -1);
    check_str(err.msg, "cannot resume: cannot read plan.json: no such file");
    check_int(err.code, WVA_E_IO);
}

static void test_long_messages_are_cut(void **state)
{
    struct wva_error err = {0};
    char text[sizeof(err.msg) + 1000];

    (void)state;
    fill(text, sizeof(text) - 1, 'x');
    (void)wva_error_set(&err, WVA_E_IO, "%s", text);
    check_int(strlen(err.msg), sizeof(err.msg) - 1);
    (void)wva_error_wrap(&err, "context");
    check_int(strlen(err.msg), sizeof(err.msg) - 1);
    check_int(strncmp(err.msg, "context: xxx", 12), 0);
    (void)wva_error_wrap(&err, "%s", text); /* leaves no room even for ": " */
    check_int(strlen(err.msg), sizeof(err.msg) - 1);
    (void)wva_error_hint(&err, "%s", text);
    check_int(strlen(err.hint), sizeof(err.hint) - 1);
}

static void test_a_cut_falls_between_characters(void **state)
{
    struct wva_error err = {0};
    char text[sizeof(err.msg) + 100];
    const size_t last = sizeof(err.msg) - 2; /* where one more byte fits */

    (void)state;
    fill(text, last, 'x');
    memcpy(text + last, "\xE2\x82\xAC and more", 13);
    (void)wva_error_set(&err, WVA_E_IO, "%s", text);
    check_int(strlen(err.msg), last);
    check_int(err.msg[last - 1], 'x');

    wva_error_clear(&err);
    fill(text, last - 11, 'x');
    memcpy(text + last - 11, "\xE2\x82\xAC", 4);
    (void)wva_error_set(&err, WVA_E_IO, "%s", text);
    check_int(strlen(err.msg), last - 8);
    (void)wva_error_wrap(&err, "12345678"); /* the euro sign would end one byte too late */
    check_int(strlen(err.msg), last - 1);
    check_int(err.msg[last - 2], 'x');
}

static void test_control_characters_are_replaced(void **state)
{
    struct wva_error err = {0};

    (void)state;
    (void)wva_error_set(&err, WVA_E_PROTOCOL, "%s",
                        "a\x1B[31mb\x7F\tc\nd\xC2\x9B"
                        "e\xFF\xE2\x80\xAE");
    check_str(err.msg, "a?[31mb??c\nd?e??");
    (void)wva_error_wrap(&err, "\r%s", "ctx");
    check_str(err.msg, "?ctx: a?[31mb??c\nd?e??");
    (void)wva_error_hint(&err, "run %s",
                         "\x07"
                         "caf\xC3\xA9");
    check_str(err.hint, "run ?caf\xC3\xA9");
}

static void test_hints_are_added_line_by_line(void **state)
{
    struct wva_error err = {0};
    char text[sizeof(err.hint)];

    (void)state;
    check_int(wva_error_add_hint(&err, "first"), -1);
    check_int(wva_error_add_hint(&err, "second %d\x1b", 2), -1);
    check_str(err.hint, "first\nsecond 2?");
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    (void)wva_error_add_hint(&err, "%s", text);
    check_int(strlen(err.hint), sizeof(err.hint) - 1);
    (void)wva_error_add_hint(&err, "no room");
    check_int(strlen(err.hint), sizeof(err.hint) - 1);
    check(strncmp(err.hint, "first\nsecond 2?\nxx", 18) == 0);
}

static void test_the_first_hint_stays(void **state)
{
    struct wva_error err = {0};

    (void)state;
    (void)wva_error_set(&err, WVA_E_AUTH, "no credentials");
    check_int(wva_error_hint(&err, "run `kubectl wva %s`", "deploy"), -1);
    check_int(wva_error_hint(&err, "other"), -1);
    check_str(err.hint, "run `kubectl wva deploy`");
}

static void test_clear(void **state)
{
    struct wva_error err = {0};
    const struct wva_error none = {0};

    (void)state;
    (void)wva_error_set(&err, WVA_E_AUTH, "no credentials");
    (void)wva_error_hint(&err, "log in");
    err.http_status = 401;
    wva_error_clear(&err);
    check_int(err.code, none.code);
    check_str(err.msg, "");
    check_str(err.hint, "");
    check_int(err.http_status, 0);
}

static void test_exit_statuses(void **state)
{
    static const struct {
        enum wva_code code;
        int status;
    } wanted[] = {
        {WVA_OK, 0},          {WVA_E_USAGE, 2},      {WVA_E_CONFIG, 1},   {WVA_E_INPUT, 1},
        {WVA_E_IO, 1},        {WVA_E_NETWORK, 1},    {WVA_E_TLS, 1},      {WVA_E_PROTOCOL, 1},
        {WVA_E_NOT_FOUND, 1}, {WVA_E_NO_API, 1},     {WVA_E_GONE, 1},     {WVA_E_UNAVAILABLE, 1},
        {WVA_E_THROTTLED, 1}, {WVA_E_FAILED, 1},     {WVA_E_AUTH, 3},     {WVA_E_FORBIDDEN, 3},
        {WVA_E_CONFLICT, 3},  {WVA_E_EXISTS, 3},     {WVA_E_INVALID, 3},  {WVA_E_TIMEOUT, 4},
        {WVA_E_QUALITY, 5},   {WVA_E_CANCELED, 130}, {WVA_E_INTERNAL, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        check_int(wva_code_exit_status(wanted[i].code), wanted[i].status);
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(test_set),
    WVA_TEST(test_first_cause_stays),
    WVA_TEST(test_wrap_prefixes),
    WVA_TEST(test_long_messages_are_cut),
    WVA_TEST(test_a_cut_falls_between_characters),
    WVA_TEST(test_control_characters_are_replaced),
    WVA_TEST(test_the_first_hint_stays),
    WVA_TEST(test_hints_are_added_line_by_line),
    WVA_TEST(test_clear),
    WVA_TEST(test_exit_statuses),
};

WVA_TEST_MAIN(tests)
