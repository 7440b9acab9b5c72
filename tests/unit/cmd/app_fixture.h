// SPDX-License-Identifier: Apache-2.0
/* An app of a test's own: streams in memory, an empty environment, no cluster that answers. */
#ifndef WVA_TESTS_CMD_APP_FIXTURE_H
#define WVA_TESTS_CMD_APP_FIXTURE_H

#include "support/wva_test.h"

#include "wva/cmd/app.h"

struct app_fixture {
    struct wva_app app;
    struct wva_error err;
    char *out; /* what went to either stream; valid after run_app() */
    char *messages;
    size_t out_len, messages_len;
};

/* Group setup and teardown of cmocka: `*state` is a fixture. */
int app_setup(void **state);
int app_teardown(void **state);

/* Runs `kubectl wva WORD…` (the list ends with NULL) and gives its exit status. */
int run_app(struct app_fixture *f, const char *const *words);

#define run_words(f, ...) run_app((f), (const char *const[]){__VA_ARGS__, NULL})

/* Standard input is this text from now on. */
void feed_app(struct app_fixture *f, const char *text);

#define APP_TEST(name) cmocka_unit_test_setup_teardown(name, app_setup, app_teardown)

#endif
