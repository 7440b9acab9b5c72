// SPDX-License-Identifier: Apache-2.0
/* What can be told of a target without a cluster: a URL is itself, and what is no target. */
#include "support/wva_test.h"

#include "wva/run/target.h"

static void a_url_tells_nothing_but_itself(void **state)
{
    static const char *const urls[] = {"http://vllm.bench.svc:8000", "https://model.example.com/x"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        wva_auto_arena arena = {0};
        struct wva_error err = {0};
        struct wva_target target;
        check_ok(wva_target_find(NULL, &arena, "bench", urls[i], &target, &err), &err);
        check_str(target.url, urls[i]);
        check(target.model == NULL && target.served_model == NULL && target.accelerator == NULL);
        check(target.vllm_image == NULL && target.hf_token_secret == NULL);
        check_int(target.max_batch_size, 0);
        check_int(target.accelerator_count, 0);
        check(target.prefix_caching); /* not known to be off */
    }
}

static void other_kinds_cannot_be_measured(void **state)
{
    static const char *const words[] = {"pod/x", "statefulset/x", "a/b/c", "ftp://x"};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        wva_auto_arena arena = {0};
        struct wva_error err = {0};
        struct wva_target target = {.url = "untouched"};
        check_int(wva_target_find(NULL, &arena, "bench", words[i], &target, &err), -1);
        check_int(err.code, WVA_E_USAGE);
        check_str(err.msg, wva_arena_printf(&arena, "cannot measure '%s'", words[i]));
        check_str(err.hint, "give deployment/NAME, service/NAME or a URL");
        check_str(target.url, "untouched");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WVA_TEST(a_url_tells_nothing_but_itself),
        WVA_TEST(other_kinds_cannot_be_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
