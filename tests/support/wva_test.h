// SPDX-License-Identifier: Apache-2.0
/*
 * cmocka with our own assertion names, so that another cmocka release (2.0 renames its macros)
 * touches one file. Assertions longjmp: never use one inside a callback of libcurl or yajl.
 */
#ifndef WVA_TESTS_SUPPORT_WVA_TEST_H
#define WVA_TESTS_SUPPORT_WVA_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define CMOCKA_NO_DEPRECATION_WARNINGS
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "wva/util/error.h"

#define WVA_TEST(name) cmocka_unit_test(name)

#define check(condition) assert_true(condition)
#define check_int(a, b)  assert_int_equal((a), (b))
#define check_str(a, b)  assert_string_equal((a), (b))

/* |a - b| <= relative * |b| */
#define check_close(a, b, relative)                                                                \
    do {                                                                                           \
        double check_a_ = (a), check_b_ = (b);                                                     \
        if (!(fabs(check_a_ - check_b_) <= (relative)*fabs(check_b_)))                             \
            fail_msg("%s is %.17g, wanted %.17g", #a, check_a_, check_b_);                         \
    } while (0)

/* The text must contain the piece. */
#define check_has(text, piece)                                                                     \
    do {                                                                                           \
        const char *check_t_ = (text), *check_p_ = (piece);                                        \
        if (strstr(check_t_, check_p_) == NULL)                                                    \
            fail_msg("\"%s\" does not contain \"%s\"", check_t_, check_p_);                        \
    } while (0)

/* A call that must succeed, and one that must fail with this code and words. */
#define check_ok(call, err)                                                                        \
    do {                                                                                           \
        if ((call) != 0)                                                                           \
            fail_msg("%s failed: %s", #call, (err)->msg);                                          \
    } while (0)
#define check_fails(call, err, wanted_code, words)                                                 \
    do {                                                                                           \
        if ((call) == 0)                                                                           \
            fail_msg("%s succeeded, wanted failure \"%s\"", #call, (words));                       \
        check_int((err)->code, (wanted_code));                                                     \
        check_has((err)->msg, (words));                                                            \
        wva_error_clear(err);                                                                      \
    } while (0)

/* Runs a NULL-free array of tests; WVA_TEST_FILTER picks by name pattern. */
#define WVA_TEST_MAIN(tests)                                                                       \
    int main(void)                                                                                 \
    {                                                                                              \
        if (getenv("WVA_TEST_FILTER"))                                                             \
            cmocka_set_test_filter(getenv("WVA_TEST_FILTER"));                                     \
        return cmocka_run_group_tests((tests), NULL, NULL);                                        \
    }

#endif
