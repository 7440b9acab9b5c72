// SPDX-License-Identifier: Apache-2.0
/* Files of every kind through a descriptor: told apart, read, appended, refused. */
#include "support/wva_test.h"

#include "wva/codec/json.h"
#include "wva/document/input.h"
#include "wva/util/cancel.h"
#include "wva/util/fs.h"
#include "wva/util/mem.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define HEAD           "\"apiVersion\":\"kubectl-wva/v1alpha1\",\"kind\":\"Benchmark\""
#define DOCUMENT(spec) "{" HEAD ",\"spec\":{" spec "}}"
#define YAML(spec)     "apiVersion: kubectl-wva/v1alpha1\nkind: Benchmark\nspec:\n" spec
#define BENCHMARK(strategy, itl)                                                                   \
    "{\"args\":{\"strategy\":{\"type_\":\"" strategy "\"}},\"metrics\":{"                          \
    "\"inter_token_latency_ms\":{\"successful\":{\"mean\":" itl ",\"count\":9}}}}"
#define REPORT(model)                                                                              \
    "{\"args\":{\"model\":\"" model "\",\"target\":\"http://x\"},\"benchmarks\":[" BENCHMARK(      \
        "synchronous", "7.0") "," BENCHMARK("throughput", "8.7") "]}"

/* A descriptor at the start of a file with these bytes. */
static int file_with(const char *bytes, size_t len)
{
    FILE *file = tmpfile();
    const int fd = dup(fileno(file));

    check(fd >= 0);
    fclose(file);
    check_int(write(fd, bytes, len), len);
    check_int(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static int read_bytes(struct wva_arena *arena, const char *bytes, size_t len,
                      struct wva_benchmark *benchmark, enum wva_input_kind *ret_kind,
                      struct wva_error *err)
{
    const int fd = file_with(bytes, len);
    const int result = wva_input_read(arena, fd, "in.txt", benchmark, ret_kind, err);

    close(fd);
    return result;
}

static int read_text(struct wva_arena *arena, const char *text, struct wva_benchmark *benchmark,
                     struct wva_error *err)
{
    enum wva_input_kind kind;

    return read_bytes(arena, text, strlen(text), benchmark, &kind, err);
}

static void benchmarks_are_told_by_their_first_key(void **state)
{
    static const char *const texts[] = {
        DOCUMENT("\"model\":\"m\",\"levels\":[{\"streams\":4}]"),
        " \r\n\t{ \n" HEAD ",\"spec\":{\"model\":\"m\",\"levels\":[{\"streams\":4}]}}\n",
        "{\"kind\":\"Benchmark\",\"apiVersion\":\"kubectl-wva/v1alpha1\","
        "\"spec\":{\"model\":\"m\",\"levels\":[{\"streams\":4}]}}",
        "\xEF\xBB\xBF" DOCUMENT("\"model\":\"m\",\"levels\":[{\"streams\":4}]"),
        YAML("  model: m\n  levels:\n  - streams: 4\n"),
        "# measured on Monday\n\n---\n" YAML("  model: m\n  levels: [{streams: 4}]\n"),
        "---\nspec:\n  model: m\n  levels:\n  - {streams: 4}\n"
        "kind: Benchmark\napiVersion: kubectl-wva/v1alpha1\n",
        "kind: Benchmark\r\napiVersion: kubectl-wva/v1alpha1\r\n"
        "spec: {model: m, levels: [{streams: 4}]}\r\n",
    };
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(texts); i++) {
        enum wva_input_kind kind = WVA_INPUT_CONSOLE;
        struct wva_benchmark benchmark = {0};
        wva_auto_arena arena = {0};
        struct wva_error err = {0};

        check_ok(read_bytes(&arena, texts[i], strlen(texts[i]), &benchmark, &kind, &err), &err);
        check_int(kind, WVA_INPUT_BENCHMARK);
        check_str(benchmark.provenance.model, "m");
        check_int(benchmark.level_count, 1);
        check(benchmark.levels[0].streams == 4);
    }
}

static void several_yaml_documents_append(void **state)
{
    struct wva_benchmark benchmark = {0};
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    (void)state;

    check_ok(read_text(&arena,
                       YAML("  levels: [{streams: 1}]\n") "---\n" YAML(
                           "  accelerator: H100\n  levels: [{streams: 4}, {streams: 16}]\n"),
                       &benchmark, &err),
             &err);
    check_int(benchmark.level_count, 3);
    check(benchmark.levels[0].streams == 1 && benchmark.levels[2].streams == 16);
    check_str(benchmark.provenance.accelerator, "H100");
}

static void reports_give_levels_and_provenance(void **state)
{
    static const char text[] = REPORT("llama");
    enum wva_input_kind kind = WVA_INPUT_CONSOLE;
    struct wva_benchmark benchmark = {0};
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    (void)state;

    check_ok(read_bytes(&arena, text, strlen(text), &benchmark, &kind, &err), &err);
    check_int(kind, WVA_INPUT_REPORT);
    check_int(benchmark.level_count, 2);
    check_str(benchmark.levels[0].strategy, "synchronous");
    check(benchmark.levels[0].itl.mean == 7.0);
    check_str(benchmark.levels[1].strategy, "throughput");
    check(benchmark.levels[1].itl.mean == 8.7);
    check_str(benchmark.provenance.served_model, "llama");
    check_str(benchmark.provenance.target, "http://x");
    check(benchmark.provenance.model == NULL);
}

/* 40 MiB: more than a document may have, and all of it records that nobody keeps. */
static void reports_are_streamed(void **state)
{
    enum { PIECE = 1 << 20, PIECES = 40 };
    static const char head[] = "{\"benchmarks\":[{\"requests\":[";
    static const char tail[] = "0],\"metrics\":{\"inter_token_latency_ms\":{\"successful\":"
                               "{\"mean\":7.0,\"count\":9}}}}]}";
    char *piece = malloc(PIECE);
    const int fd = file_with(head, strlen(head));
    struct wva_benchmark benchmark = {0};
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    enum wva_input_kind kind;
    (void)state;

    for (size_t i = 0; i < PIECE; i++)
        piece[i] = "1234567,"[i % 8];
    check_int(lseek(fd, 0, SEEK_END), strlen(head));
    for (int i = 0; i < PIECES; i++)
        check_int(write(fd, piece, PIECE), PIECE);
    free(piece);
    check_int(write(fd, tail, strlen(tail)), strlen(tail));
    check_int(lseek(fd, 0, SEEK_SET), 0);
    check_ok(wva_input_read(&arena, fd, "big.json", &benchmark, &kind, &err), &err);
    close(fd);
    check_int(benchmark.level_count, 1);
    check(benchmark.levels[0].itl.mean == 7.0);
    check(arena.used < 64 * 1024);
}

/* Pipes give what they have, a byte if need be, and the sniffing has to wait for more. */
static void a_dripping_pipe(void **state)
{
    static const char text[] = " " REPORT("llama") "\n";
    struct wva_benchmark benchmark = {0};
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    enum wva_input_kind kind;
    int ends[2];
    (void)state;

    check_int(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        for (size_t i = 0; i < strlen(text); i++) {
            if (write(ends[1], text + i, 1) != 1)
                _exit(1);
        }
        _exit(0);
    }
    close(ends[1]);
    check_ok(wva_input_read(&arena, ends[0], "standard input", &benchmark, &kind, &err), &err);
    close(ends[0]);
    check_int(waitpid(child, NULL, 0), child);
    check_int(benchmark.level_count, 2);
}

static void real_files(void **state)
{
    static const struct {
        const char *path;
        enum wva_input_kind kind;
        size_t levels;
    } files[] = {
        {"../shared/data/guidellm-real/guidellm-0.3-sweep-qwen2.5-0.5b.json", WVA_INPUT_REPORT, 10},
        {"../shared/data/guidellm-real/guidellm-0.2-sync-job-80col.log", WVA_INPUT_CONSOLE, 1},
        {"../shared/data/guidellm-real/guidellm-0.2-throughput-job-80col.log", WVA_INPUT_CONSOLE,
         1},
    };
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(files); i++) {
        const int fd = open(files[i].path, O_RDONLY);
        struct wva_benchmark benchmark = {0};
        enum wva_input_kind kind = WVA_INPUT_BENCHMARK;
        wva_auto_arena arena = {0};
        struct wva_error err = {0};

        if (fd < 0)
            skip();
        check_ok(wva_input_read(&arena, fd, files[i].path, &benchmark, &kind, &err), &err);
        close(fd);
        check_int(kind, files[i].kind);
        check_int(benchmark.level_count, files[i].levels);
        check(benchmark.levels[0].itl.mean > 0);
    }
}

static void inputs_append_and_fill_what_was_unknown(void **state)
{
    struct wva_benchmark benchmark = {0};
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    (void)state;

    check_ok(read_text(&arena, DOCUMENT("\"accelerator\":\"H100\",\"levels\":[{\"streams\":1}]"),
                       &benchmark, &err),
             &err);
    check_ok(read_text(&arena, REPORT("llama"), &benchmark, &err), &err);
    check_ok(read_text(&arena,
                       DOCUMENT("\"accelerator\":\"H100\",\"maxBatchSize\":64,\"servedModel\":"
                                "\"llama\",\"model\":\"org/Llama\",\"levels\":[{\"streams\":64}]"),
                       &benchmark, &err),
             &err);
    check_int(benchmark.level_count, 4);
    check(benchmark.levels[0].streams == 1 && benchmark.levels[3].streams == 64);
    check_str(benchmark.levels[1].model, "llama");
    check_str(benchmark.provenance.accelerator, "H100");
    check_str(benchmark.provenance.served_model, "llama");
    check_str(benchmark.provenance.model, "org/Llama");
    check_int(benchmark.provenance.max_batch_size, 64);
}

static void contradictions_are_refused(void **state)
{
    static const struct {
        const char *text;
        const char *words;
    } cases[] = {
        {DOCUMENT("\"model\":\"b\",\"levels\":[{}]"),
         "in.txt: the model is 'b' here and 'a' in what was read before: such levels cannot be "
         "fitted together"},
        {DOCUMENT("\"accelerator\":\"A100\",\"levels\":[{}]"),
         "in.txt: the accelerator is 'A100' here and 'H100' in what was read before"},
        {REPORT("other"), "in.txt: the served model is 'other' here and 'llama' in what was"},
        {"{\"benchmarks\":[{\"config\":{\"backend\":{\"model\":\"x\"}},\"metrics\":{}},"
         "{\"config\":{\"backend\":{\"model\":\"y\"}},\"metrics\":{}}]}",
         "in.txt: the served model is 'y' here and 'x' in what was read before"},
    };
    struct wva_benchmark benchmark = {0};
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    (void)state;

    check_ok(read_text(&arena,
                       DOCUMENT("\"model\":\"a\",\"servedModel\":\"llama\",\"accelerator\":"
                                "\"H100\",\"levels\":[{\"streams\":1}]"),
                       &benchmark, &err),
             &err);
    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        check_int(read_text(&arena, cases[i].text, &benchmark, &err), -1);
        check_has(err.msg, cases[i].words);
        check_str(err.hint, "fit them one by one");
        check_int(err.code, WVA_E_INPUT);
        check_int(benchmark.level_count, 1);
        check_str(benchmark.provenance.model, "a");
        check(benchmark.provenance.target == NULL);
        wva_error_clear(&err);
    }
}

static void bad_inputs_are_refused_in_words(void **state)
{
    static const struct {
        const char *text;
        const char *words;
        const char *hint;
    } cases[] = {
        {"", "in.txt: nothing in it", ""},
        {" \n\t\r\n", "in.txt: nothing in it", ""},
        {"\xEF\xBB\xBF", "in.txt: nothing in it", ""},
        {"{\"apiVersion\":\"kubectl-wva/v1alpha1\",\"kind\":\"Fit\",\"spec\":{}}",
         "in.txt: kind: Benchmark expected, Fit found",
         "a Fit is what apply reads: kubectl wva apply VA -f FILE"},
        {"apiVersion: kubectl-wva/v1alpha1\nkind: Fit\nspec: {}\n",
         "in.txt: kind: Benchmark expected, Fit found",
         "a Fit is what apply reads: kubectl wva apply VA -f FILE"},
        {"apiVersion: v1\nkind: Pod\n",
         "in.txt: apiVersion: kubectl-wva/v1alpha1 expected, v1 found", ""},
        {DOCUMENT("\"levels\":[{\"itl\":{\"meanMs\":\"x\"}}]"),
         "in.txt: spec.levels[0].itl.meanMs: number expected, string of 1 bytes found", ""},
        {"---\n", "in.txt: no document in it", ""},
        {"args:\n  target: http://x\nbenchmarks:\n- {}\n",
         "in.txt: YAML that is no Benchmark; GuideLLM's reports are read as JSON",
         "--output kind=json,path=report.json"},
        {"{\"a\":1}", "in.txt: no benchmark is in it", ""},
        {"-----\nsome other log\n", "in.txt", ""},
    };
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        enum wva_input_kind kind = WVA_INPUT_CONSOLE;
        struct wva_benchmark benchmark = {.level_count = 0};
        wva_auto_arena arena = {0};
        struct wva_error err = {0};

        check_int(read_bytes(&arena, cases[i].text, strlen(cases[i].text), &benchmark, &kind, &err),
                  -1);
        check_int(err.code, WVA_E_INPUT);
        check_has(err.msg, cases[i].words);
        check_has(err.hint, cases[i].hint);
        check_int(kind, WVA_INPUT_CONSOLE);
        check(benchmark.levels == NULL);
    }
}

static void binary_data_is_no_text(void **state)
{
    static const char gzip[] = "\x1F\x8B\x08\x00\x00\x00\x00\x00";
    struct wva_benchmark benchmark = {0};
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    enum wva_input_kind kind;
    (void)state;

    check_int(read_bytes(&arena, gzip, sizeof(gzip), &benchmark, &kind, &err), -1);
    check_str(err.hint, "unpack it, or save it as UTF-8, before");
    check_has(err.msg, "in.txt: binary data, neither JSON nor text");
    check_int(err.code, WVA_E_INPUT);
}

static void documents_and_levels_have_a_ceiling(void **state)
{
    const size_t len = ((size_t)32 << 20) + 1;
    char *text = malloc(len + 1);
    struct wva_benchmark benchmark = {0};
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    (void)state;

    memset(text, ' ', len);
    text[len] = '\0';
    memcpy(text, "{" HEAD, strlen("{" HEAD));
    check_fails(read_text(&arena, text, &benchmark, &err), &err, WVA_E_INPUT,
                "in.txt: larger than 32 MiB");

    size_t at = (size_t)snprintf(text, len, "{" HEAD ",\"spec\":{\"levels\":[{}");
    for (int i = 0; i < 1000; i++)
        at += (size_t)snprintf(text + at, len - at, ",{}");
    snprintf(text + at, len - at, "]}}");
    check_fails(read_text(&arena, text, &benchmark, &err), &err, WVA_E_INPUT,
                "in.txt: more than 1000 levels");
    free(text);
}

static void unreadable_descriptors(void **state)
{
    struct wva_benchmark benchmark = {0};
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    enum wva_input_kind kind;
    const int fd = open("/tmp", O_RDONLY);
    (void)state;

    check_fails(wva_input_read(&arena, fd, "/tmp", &benchmark, &kind, &err), &err, WVA_E_IO,
                "cannot read /tmp: Is a directory");
    close(fd);
}

static void cancel_ends_the_wait(void **state)
{
    struct wva_benchmark benchmark = {0};
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    enum wva_input_kind kind;
    int ends[2];
    (void)state;

    check_int(pipe(ends), 0);
    check_int(write(ends[1], "{", 1), 1);
    wva_cancel_raise_for_test(SIGINT);
    check_fails(wva_input_read(&arena, ends[0], "standard input", &benchmark, &kind, &err), &err,
                WVA_E_CANCELED, "canceled while reading standard input");
    wva_cancel_reset_for_test();
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WVA_TEST(benchmarks_are_told_by_their_first_key),
        WVA_TEST(several_yaml_documents_append),
        WVA_TEST(reports_give_levels_and_provenance),
        WVA_TEST(reports_are_streamed),
        WVA_TEST(a_dripping_pipe),
        WVA_TEST(real_files),
        WVA_TEST(inputs_append_and_fill_what_was_unknown),
        WVA_TEST(contradictions_are_refused),
        WVA_TEST(bad_inputs_are_refused_in_words),
        WVA_TEST(binary_data_is_no_text),
        WVA_TEST(documents_and_levels_have_a_ceiling),
        WVA_TEST(unreadable_descriptors),
        WVA_TEST(cancel_ends_the_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
