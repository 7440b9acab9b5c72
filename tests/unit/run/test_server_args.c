// SPDX-License-Identifier: Apache-2.0
/* The ways in which people write a vLLM server's command line. */
#include "documents.h"

#include "run/server_args.h"

#include "wva/util/mem.h"

static void read_container(struct wva_arena *arena, const char *yaml, struct wva_server_args *ret)
{
    wva_server_args_read(arena, document_of(arena, yaml), ret);
}

static void reads_every_style(void **state)
{
    (void)state;
    static const char *const styles[] = {
        "args: [a/b, --max-num-seqs, '32', --served-model-name, llama, other, --port=9000]",
        "args: [--model, a/b, --max-num-seqs=32, --served-model-name=llama, --port, '9000']",
        "args: [--model=a/b, --max_num_seqs=32, --served_model_name, llama, --port, '9000']",
        "args: [a/b, --max-num-seqs=1, --max-num-seqs=32, --served-model-name=llama, --port=9000]",
        "{command: [vllm, serve], args: [a/b, --max-num-seqs, '32', --served-model-name, llama, "
        "--port, '9000']}",
        "{command: [python3, -m, vllm.entrypoints.openai.api_server], args: [--model, a/b, "
        "--max-num-seqs, '32', --served-model-name, llama, --port, '9000']}",
        "{command: [sh, -c], args: [vllm serve a/b --max-num-seqs 32 --served-model-name llama "
        "--port 9000]}",
        "command:\n- /bin/bash\n- -c\n- |\n  set -e; export X=1\n  exec vllm serve 'a/b' \\\n"
        "    --max-num-seqs=\"32\" --served-model-name 'lla'\"m\"a \\\n    \t--port 9000 2>&1 | "
        "tee "
        "l\n",
        "{env: [{name: M, value: a}, {name: X, value: '32'}], args: [$(M)/b, --max-num-seqs, $(X), "
        "--served-model-name=llama, --port=9000]}",
        "{env: [{name: M, value: a/b}, {name: X, value: '32'}], command: [sh, -c, 'vllm serve "
        "\"$M\" --max-num-seqs ${X} --served-model-name llama --port=9000; echo done']}",
    };
    for (size_t i = 0; i < WVA_COUNT(styles); i++) {
        wva_auto_arena arena = {0};
        struct wva_server_args args;
        read_container(&arena, styles[i], &args);
        check_str(wva_server_args_model(&args), "a/b");
        check_str(wva_server_args_value(&args, "--served-model-name"), "llama");
        check_int(wva_server_args_number(&args, "--max-num-seqs"), 32);
        check_int(wva_server_args_number(&args, "--port"), 9000);
        check(!wva_server_args_has(&args, "--no-enable-prefix-caching"));
    }
}

static void does_not_make_up_what_it_does_not_know(void **state)
{
    (void)state;
    static const char *const styles[] = {
        "{}",
        "args: [--tensor-parallel-size, '2']",
        "command: [/entrypoint.sh, a/b]",
        "args: [$(M), --max-num-seqs, $(N)]",
        "{env: [{name: M, valueFrom: {configMapKeyRef: {name: c, key: k}}}], args: [--model, $(M), "
        "--max-num-seqs=$N]}",
        "command: [sh, -c, 'vllm serve ${M:-a/b} --max-num-seqs $(nproc)']",
        "args: [--model]",
        "args: [--model=, --max-num-seqs, many]",
        "args: [--max-num-seqs, '-4', --model-impl, auto]",
        "{command: 7, args: {a: b}, env: x}",
    };
    for (size_t i = 0; i < WVA_COUNT(styles); i++) {
        wva_auto_arena arena = {0};
        struct wva_server_args args;
        read_container(&arena, styles[i], &args);
        check(wva_server_args_model(&args) == NULL);
        check(wva_server_args_value(&args, "--served-model-name") == NULL);
        check_int(wva_server_args_number(&args, "--max-num-seqs"), 0);
    }
}

static void finds_flags_in_both_spellings(void **state)
{
    (void)state;
    static const char *const styles[] = {
        "args: [a/b, --no-enable-prefix-caching]",
        "args: [a/b, --no_enable_prefix_caching]",
        "command: [sh, -c, \"vllm serve a/b \\\\\\n --no-enable-prefix-caching\"]",
    };
    for (size_t i = 0; i < WVA_COUNT(styles); i++) {
        wva_auto_arena arena = {0};
        struct wva_server_args args;
        read_container(&arena, styles[i], &args);
        check(wva_server_args_has(&args, "--no-enable-prefix-caching"));
        check(!wva_server_args_has(&args, "--no-enable"));
        check_str(wva_server_args_model(&args), "a/b");
    }
}

static void keeps_a_dollar_that_is_written_twice(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_server_args args;
    read_container(&arena, "{env: [{name: M, value: x}], args: ['--model=a/$$(M)']}", &args);
    check_str(wva_server_args_model(&args), "a/$(M)");
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(reads_every_style),
    WVA_TEST(does_not_make_up_what_it_does_not_know),
    WVA_TEST(finds_flags_in_both_spellings),
    WVA_TEST(keeps_a_dollar_that_is_written_twice),
};

WVA_TEST_MAIN(tests)
