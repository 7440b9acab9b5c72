// SPDX-License-Identifier: Apache-2.0
/* deploy's options to objects, by a client-side dry run: nothing is asked of a cluster. */
#include "unit/cmd/app_fixture.h"

#include "cmd/deploying.h"

#include "wva/codec/yaml.h"

/* No request may go there. */
#define NOWHERE "--server=http://127.0.0.1:1", "-n", "bench"

static struct wva_value *printed(struct app_fixture *f, size_t index)
{
    struct wva_yaml_options options = {.name = "output"};
    struct wva_error err = {0};
    struct wva_value **documents;
    size_t count;
    check_ok(wva_yaml_parse(&f->app.arena, f->out, f->out_len, &options, &documents, &count, &err),
             &err);
    check_int(count, 2);
    return documents[index];
}

static void the_manifests_are_printed(void **state)
{
    struct app_fixture *f = *state;
    int status =
        run_words(f, "deploy", "llama", "--model=org/m", "--dry-run=client", "-oyaml", NOWHERE);
    check_str(f->err.msg, "");
    check_int(status, 0);
    check_str(f->messages, "");
    check_str(wva_get_str(printed(f, 0), "kind"), "Deployment");
    check_str(wva_get_str(printed(f, 0), "metadata", "name"), "llama");
    check_str(wva_get_str(printed(f, 0), "metadata", "namespace"), "bench");
    check_str(wva_get_str(printed(f, 1), "kind"), "Service");
}

static void a_bare_dry_run_is_the_clients(void **state)
{
    struct app_fixture *f = *state;
    check_int(run_words(f, "deploy", "llama", "--model=org/m", "--dry-run", NOWHERE), 0);
    check_str(f->out, "deployment.apps/llama created (dry run)\n"
                      "service/llama created (dry run)\n");
}

static void a_clients_dry_run_needs_no_kubeconfig(void **state)
{
    struct app_fixture *f = *state;
    check_int(run_words(f, "deploy", "llama", "--model=m", "--dry-run", "-oyaml"), 0);
    check_str(wva_get_str(printed(f, 0), "metadata", "namespace"), "default");
    check_str(f->messages, "");
}

static void names_only(void **state)
{
    struct app_fixture *f = *state;
    check_int(run_words(f, "deploy", "llama", "--model=m", "--dry-run", "-o", "name", NOWHERE), 0);
    check_str(f->out, "deployment.apps/llama\nservice/llama\n");
}

static void what_follows_two_dashes_goes_to_vllm(void **state)
{
    struct app_fixture *f = *state;
    check_int(run_words(f, "deploy", "llama", "--model=org/m", "--vllm-arg=--seed=1", "--dry-run",
                        "-oyaml", NOWHERE, "--", "--dtype", "half"),
              0);
    const struct wva_value *args =
        wva_get(printed(f, 0), "spec", "template", "spec", "containers", "0", "args");
    check_int(args->count, 8);
    check_str(wva_value_str(args->items[5]), "--seed=1");
    check_str(wva_value_str(args->items[6]), "--dtype");
    check_str(wva_value_str(args->items[7]), "half");
}

static void check_usage(struct app_fixture *f, int status, const char *msg)
{
    check_int(status, 2);
    check_str(f->err.msg, msg);
    check_str(f->out, "");
}

static void a_model_is_needed(void **state)
{
    check_usage(*state, run_words(*state, "deploy", "llama", "--dry-run", NOWHERE),
                "no model: --model ID is needed");
}

static void a_name_is_needed(void **state)
{
    check_usage(*state, run_words(*state, "deploy", "--model=m", "--dry-run", NOWHERE),
                "'deploy' needs NAME --model ID [-- VLLM-ARG…]");
}

static void a_name_must_be_a_label(void **state)
{
    check_usage(*state,
                run_words(*state, "deploy", "Meta/Llama", "--model=m", "--dry-run", NOWHERE),
                "'Meta/Llama' is no name for a Deployment and a Service: 1 to 63 of a-z, 0-9 and "
                "'-', no '-' at either end");
}

static void quantities_must_be_some(void **state)
{
    check_usage(
        *state,
        run_words(*state, "deploy", "x", "--model=m", "--memory=16GB", "--dry-run", NOWHERE),
        "--memory: '16GB' is no quantity such as 500m or 16Gi");
}

static void a_template_that_is_not_there(void **state)
{
    struct app_fixture *f = *state;
    check_int(run_words(f, "deploy", "x", "--model=m", "--template=/nonexistent.yaml", "--dry-run",
                        NOWHERE),
              1);
    check_has(f->err.msg, "/nonexistent.yaml");
}

static void secrets_with_and_without_a_key(void **state)
{
    struct app_fixture *f = *state;
    const char *name = "x", *key = "x";
    check_ok(wva_split_secret(&f->app.arena, "hf", &name, &key, &f->err), &f->err);
    check_str(name, "hf");
    check(key == NULL);
    check_ok(wva_split_secret(&f->app.arena, "hf:token.txt", &name, &key, &f->err), &f->err);
    check_str(name, "hf");
    check_str(key, "token.txt");
    static const char *const broken[] = {":token", "hf:", ":"};
    for (size_t i = 0; i < 3; i++)
        check_fails(wva_split_secret(&f->app.arena, broken[i], &name, &key, &f->err), &f->err,
                    WVA_E_USAGE, "is not NAME or NAME:KEY");
    check_str(name, "hf");
    check_str(key, "token.txt");
    check_ok(wva_split_secret(&f->app.arena, NULL, &name, &key, &f->err), &f->err);
    check(name == NULL && key == NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        APP_TEST(the_manifests_are_printed),
        APP_TEST(a_bare_dry_run_is_the_clients),
        APP_TEST(a_clients_dry_run_needs_no_kubeconfig),
        APP_TEST(names_only),
        APP_TEST(what_follows_two_dashes_goes_to_vllm),
        APP_TEST(a_model_is_needed),
        APP_TEST(a_name_is_needed),
        APP_TEST(a_name_must_be_a_label),
        APP_TEST(quantities_must_be_some),
        APP_TEST(a_template_that_is_not_there),
        APP_TEST(secrets_with_and_without_a_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
