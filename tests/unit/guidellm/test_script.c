// SPDX-License-Identifier: Apache-2.0
/*
 * The script of manifests/guidellm-job.yaml, run for real under sh with a stand-in for GuideLLM:
 * what it leaves is read back with the code that reads it from a cluster. Needs python3, as the
 * script does.
 */
#include "fixtures.h"
#include "manifest.h"

#include "wva/codec/json.h"
#include "wva/guidellm/digest.h"
#include "wva/guidellm/podspec.h"
#include "wva/util/buf.h"
#include "wva/util/mem.h"
#include "wva/util/process.h"
#include "wva/util/str.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* One container: a folder with a `guidellm`, and where the script's files go. */
struct container {
    struct wva_arena arena;
    char folder[64];
    char *log;
    size_t log_len;
    int status;
};

static char *in_folder(struct container *container, const char *name)
{
    return wva_fs_join(&container->arena, container->folder, name);
}

static void write_file(struct container *container, const char *name, const char *text,
                       unsigned mode)
{
    struct wva_error err = {0};
    const char *path = in_folder(container, name);
    check_ok(wva_fs_write_atomic(path, text, strlen(text), mode, &err), &err);
    check_int(chmod(path, mode), 0);
}

static int set_up(void **state)
{
    struct container *container = wva_xcalloc(1, sizeof(*container));
    snprintf(container->folder, sizeof(container->folder), "/tmp/wva-script-XXXXXX");
    if (!mkdtemp(container->folder))
        return -1;
    *state = container;
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"guidellm", "report.json", "result", "source.json"};
    struct container *container = *state;
    for (size_t i = 0; i < WVA_COUNT(names); i++)
        (void)unlink(in_folder(container, names[i]));
    int result = rmdir(container->folder);
    wva_arena_done(&container->arena);
    free(container);
    return result;
}

static bool has_python(void)
{
    static const char *const argv[] = {"python3", "-c", "", NULL};
    extern char **environ;
    const struct wva_process process = {
        .argv = argv,
        .envp = (const char *const *)environ,
        .timeout_ms = 20000,
        .output_ceiling = 1024,
    };
    wva_auto_secret output = {0};
    struct wva_error err = {0};
    int status;
    return wva_process_capture(&process, &output, &status, &err) == 0 && status == 0;
}

/* Runs the template's script with `guidellm` as the body of GuideLLM's stand-in. */
static int run_script(struct container *container, const char *guidellm, int64_t timeout_ms,
                      struct wva_error *err)
{
    struct wva_arena *arena = &container->arena;
    if (!has_python())
        skip();
    write_file(container, "guidellm", wva_arena_printf(arena, "#!/bin/sh\n%s\n", guidellm), 0755);
    const struct wva_value *spec = wva_get(read_manifest(arena), "spec", "template", "spec");
    const struct wva_value *command = wva_get(wva_podspec_container(spec, "guidellm"), "command");
    check_int(command->count, 4);
    const char *const argv[] = {
        command->items[0]->text,
        command->items[1]->text,
        command->items[2]->text,
        command->items[3]->text,
        "--model",
        "a 'b' \"c\" $d",
        NULL,
    };
    const char *const envp[] = {
        wva_arena_printf(arena, "PATH=%s:%s", container->folder, getenv("PATH")),
        wva_arena_printf(arena, "KUBECTL_WVA_REPORT=%s", in_folder(container, "report.json")),
        wva_arena_printf(arena, "KUBECTL_WVA_RESULT=%s", in_folder(container, "result")),
        wva_arena_printf(arena, "SOURCE=%s", in_folder(container, "source.json")),
        NULL,
    };
    const struct wva_process process = {
        .argv = argv,
        .envp = envp,
        .timeout_ms = timeout_ms,
        .output_ceiling = 1 << 20,
    };
    wva_auto_secret output = {0};
    if (wva_process_capture(&process, &output, &container->status, err) < 0)
        return -1;
    container->log = wva_arena_strndup(arena, output.data ? output.data : "", output.len);
    container->log_len = output.len;
    return 0;
}

static char *read_result(struct container *container, size_t *ret_len)
{
    struct wva_error err = {0};
    char *text;
    check_ok(wva_fs_read(in_folder(container, "result"), WVA_DIGEST_MAX, &container->arena, &text,
                         ret_len, &err),
             &err);
    return text;
}

static void check_failure(struct container *container, int status, const char *words)
{
    struct wva_error err = {0};
    struct wva_level level;
    size_t len;
    const char *text = read_result(container, &len);
    check_fails(wva_digest_parse(text, len, &level, &err), &err, WVA_E_FAILED, words);
    if (status >= 0)
        check_int(container->status, status);
}

#define STAT(mean, count)                                                                          \
    "{\"mean\":" mean ",\"median\":6.123456789012345,\"std_dev\":0.5,\"min\":5.0,\"count\":" count \
    "}"
#define ZERO "{\"mean\":0.0,\"median\":0.0,\"std_dev\":0.0,\"min\":0.0,\"count\":0}"

/* clang-format off */
#define METRICS(itl, ttft)                                                                         \
    "\"request_concurrency\":{\"successful\":" ZERO ",\"total\":" STAT("3.75", "12") "},"          \
    "\"prompt_token_count\":{\"successful\":" STAT("129.0", "8") "},"                              \
    "\"output_token_count\":{\"successful\":" STAT("127.5", "8") "},"                              \
    "\"inter_token_latency_ms\":{\"successful\":" itl "},"                                         \
    "\"time_to_first_token_ms\":{\"successful\":" ttft "}"
#define TOTALS  "{\"successful\":8,\"errored\":1,\"incomplete\":4,\"total\":13}"
#define RECORDS                                                                                    \
    "\"requests\":{\"successful\":[{\"output\":\"SECRET RECORD\"}],\"errored\":[{\"info\":"        \
    "{\"error\":\"HTTPStatusError(\\\"Server error '500'\\\\nFor more see\\\")\"}},{}]}"

static const char r1[] =
    "{\"benchmarks\":[{\"args\":{\"strategy\":{\"type_\":\"synchronous\"},"
    "\"warmup_duration\":5.0},\"worker\":{"
    "\"backend_model\":\"M\",\"backend_target\":\"T\"},\"metrics\":{"
    METRICS(STAT("6.9", "8"), STAT("26.0", "8"))
    "},\"request_totals\":" TOTALS ",\"requests\":{\"errored\":["
    "{\"error\":\"Server error '500'\\nFor more see\"}]},\"duration\":59.5}]}";
static const char r2[] =
    "{\"metadata\":{\"version\":1,\"guidellm_version\":\"0.6.1\"},\"args\":{"
    "\"backend_kwargs\":{\"model\":\"M\",\"target\":\"T\"}},\"benchmarks\":[{\"config\":{"
    "\"strategy\":{\"type_\":\"concurrent\",\"streams\":4,\"max_concurrency\":4},\"backend\":{}},"
    "\"metrics\":{\"request_totals\":" TOTALS ","
    METRICS(STAT("6.123456789012345", "1016.0"), ZERO)
    "}," RECORDS ",\"duration\":59.5}]}";
static const char r3[] =
    "{\"metadata\":{\"version\":2,\"guidellm_version\":\"0.8.1\"},\"config\":{\"spec\":{}},"
    "\"benchmarks\":[{\"config\":{\"strategy\":{\"type_\":\"throughput\",\"max_concurrency\":64},"
    "\"backend\":{\"model\":\"M\",\"target\":\"T\"}},\"scheduler_state\":{\"slope\":NaN},"
    "\"metrics\":{\"request_totals\":" TOTALS ",\"slo_attainment\":null,"
    METRICS(STAT("6.9", "1016"), STAT("-1e8", "8"))
    "}," RECORDS ",\"warnings\":[],\"duration\":59.5}],\"conclusions\":[]}";
/* clang-format on */

static bool same_number(double a, double b)
{
    return (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-9 * fabs(b);
}

static void check_same_stat(const struct wva_stat *a, const struct wva_stat *b)
{
    check(same_number(a->mean, b->mean) && same_number(a->median, b->median));
    check(same_number(a->std_dev, b->std_dev) && same_number(a->min, b->min));
    check_int(a->count, b->count);
}

static void check_same_level(const struct wva_level *a, const struct wva_level *b)
{
    check_str(a->strategy, b->strategy);
    check_str(a->guidellm_version, b->guidellm_version);
    check_str(a->model, b->model);
    check_str(a->target, b->target);
    check(same_number(a->streams, b->streams));
    check(same_number(a->concurrency, b->concurrency));
    check(same_number(a->prompt_tokens, b->prompt_tokens));
    check(same_number(a->output_tokens, b->output_tokens));
    check(same_number(a->duration_s, b->duration_s));
    check_same_stat(&a->itl, &b->itl);
    check_same_stat(&a->ttft, &b->ttft);
    check_int(a->successful, b->successful);
    check_int(a->errored, b->errored);
    check_int(a->incomplete, b->incomplete);
}

static struct wva_level level_of(const char *report, size_t len)
{
    struct levels levels = {0};
    struct wva_error err = {0};
    struct wva_report *reader = wva_report_new("report", collect_level, &levels);
    check_ok(wva_report_feed(reader, report, len, &err), &err);
    check_ok(wva_report_finish(reader, &err), &err);
    wva_report_free(reader);
    check_int(levels.count, 1);
    return levels.items[0];
}

/* The digest, the report in the log and the report itself say the same. `first_error`: of the
 * records, the first line. */
static void check_handed_over(struct container *container, const char *report,
                              const char *first_error)
{
    struct wva_error err = {0};
    struct wva_level direct = level_of(report, strlen(report)), digest, embedded;
    write_file(container, "source.json", report, 0644);
    check_ok(
        run_script(container, "echo working; cp \"$SOURCE\" \"$KUBECTL_WVA_REPORT\"", 30000, &err),
        &err);
    check_int(container->status, 0);
    check_has(container->log, "working\n" WVA_REPORT_BEGIN_MARKER "\n");

    size_t len;
    char *text = read_result(container, &len);
    check_ok(wva_digest_parse(text, len, &digest, &err), &err);
    check_same_level(&digest, &direct);
    check(digest.concurrency > 0);
    check_str(digest.first_error, first_error);

    check_ok(wva_digest_extract_report(&container->arena, container->log, container->log_len, &text,
                                       &len, &err),
             &err);
    embedded = level_of(text, len);
    check_same_level(&embedded, &direct);
    check(strstr(text, "SECRET RECORD") == NULL);
}

static void hands_over_a_report_of_0_3(void **state)
{
    check_handed_over(*state, r1, "Server error '500'");
}

static void hands_over_a_report_of_0_6(void **state)
{
    check_handed_over(*state, r2, "HTTPStatusError: Server error '500'");
}

static void hands_over_a_report_of_0_8(void **state)
{
    check_handed_over(*state, r3, "HTTPStatusError: Server error '500'");
}

/* Real reports, and the digest that this script made of them when they were. */
static void hands_over_reports_of_real_releases(void **state)
{
    static const char *const releases[] = {"0.3.1", "0.6.1", "0.7.3", "0.8.1"};
    struct container *container = *state;
    for (size_t i = 0; i < WVA_COUNT(releases); i++) {
        struct wva_arena *arena = &container->arena;
        struct wva_level digest, made;
        struct wva_error err = {0};
        size_t len;
        check_handed_over(container, fixture(arena, releases[i], "level.json", &len), "");
        const char *text = read_result(container, &len);
        check_ok(wva_digest_parse(text, len, &digest, &err), &err);
        text = fixture(arena, releases[i], "level.digest", &len);
        check_ok(wva_digest_parse(text, len, &made, &err), &err);
        check_same_level(&digest, &made);
    }
}

static void rounds_to_ten_digits_and_stays_small(void **state)
{
    struct container *container = *state;
    struct wva_error err = {0};
    size_t len;
    write_file(container, "source.json", r2, 0644);
    check_ok(run_script(container, "cp \"$SOURCE\" \"$KUBECTL_WVA_REPORT\"", 30000, &err), &err);
    const char *text = read_result(container, &len);
    check_has(text, "\"itl\":{\"mean\":6.123456789,\"median\":6.123456789,");
    check_has(text, "\"count\":1016}");
    check_has(text, "\"ttft\":{\"mean\":null,");
    check(len < 730);
}

static void keeps_log_lines_short(void **state)
{
    struct container *container = *state;
    struct wva_error err = {0};
    wva_auto_buf report = WVA_BUF(1 << 16);
    wva_buf_puts(&report, "{\"benchmarks\":[{\"metrics\":{}}],\"padding\":\"");
    for (size_t i = 0; i < 20000; i++)
        wva_buf_putc(&report, 'a');
    wva_buf_puts(&report, "\"}");
    write_file(container, "source.json", wva_buf_str(&report), 0644);
    check_ok(run_script(container, "cp \"$SOURCE\" \"$KUBECTL_WVA_REPORT\"", 30000, &err), &err);
    size_t longest = 0;
    for (const char *line = container->log; *line;) {
        size_t len = strcspn(line, "\n");
        longest = len > longest ? len : longest;
        line += len + (line[len] == '\n');
    }
    check_int(longest, 4000);
    char *text;
    size_t len;
    check_ok(wva_digest_extract_report(&container->arena, container->log, container->log_len, &text,
                                       &len, &err),
             &err);
    check(len > 20000);
}

static void passes_arguments_unchanged(void **state)
{
    struct container *container = *state;
    struct wva_error err = {0};
    check_ok(run_script(container, "printf '[%s]' \"$@\"; exit 3", 30000, &err), &err);
    check_str(container->log, "[--model][a 'b' \"c\" $d]");
    check_int(container->status, 3);
}

static void keeps_the_exit_status_and_tells_the_end_of_the_output(void **state)
{
    struct container *container = *state;
    struct wva_error err = {0};
    check_ok(
        run_script(container,
                   "i=0; while [ $i -lt 40 ]; do echo \"line $i          \"; i=$((i + 1)); done\n"
                   "echo; echo \"Error: No such option '--nonsense'.   \" >&2; exit 2",
                   30000, &err),
        &err);
    check_has(container->log, "line 0 ");
    check_has(container->log, "--nonsense");
    check_failure(container, 2, "GuideLLM failed with exit status 2: line 29\nline 30\n");
    check_failure(container, 2, "line 39\nError: No such option '--nonsense'.");
}

static void cuts_long_output_at_its_front(void **state)
{
    struct container *container = *state;
    struct wva_error err = {0};
    check_ok(run_script(container,
                        "head -c 20000 /dev/zero | tr '\\0' '\\001'; echo the cause; exit 1", 30000,
                        &err),
             &err);
    check_failure(container, 1, "the cause");
}

static void fails_without_a_report(void **state)
{
    struct container *container = *state;
    struct wva_error err = {0};
    check_ok(run_script(container, "exit 0", 30000, &err), &err);
    check_failure(container, 1, "it ended well but left no usable report: FileNotFoundError");
    check_ok(
        run_script(container, "echo '{\"benchmarks\":[' > \"$KUBECTL_WVA_REPORT\"", 30000, &err),
        &err);
    check_failure(container, 1, "no usable report: JSONDecodeError");
    check_ok(
        run_script(container, "echo '{\"benchmarks\":[]}' > \"$KUBECTL_WVA_REPORT\"", 30000, &err),
        &err);
    check_failure(container, 1, "no usable report: ValueError");
}

static void tells_a_signal_that_killed_guidellm(void **state)
{
    struct container *container = *state;
    struct wva_error err = {0};
    check_ok(run_script(container, "kill -KILL $$", 30000, &err), &err);
    check_failure(container, 137, "GuideLLM failed with exit status 137: it printed nothing");
}

static void passes_the_pod_s_end_on(void **state)
{
    struct container *container = *state;
    struct wva_error err = {0};
    /* the time-out sends SIGTERM, and SIGKILL two seconds later: the message must be there before
     */
    check_fails(run_script(container, "sleep 60", 3000, &err), &err, WVA_E_TIMEOUT, "");
    check_failure(container, -1,
                  "GuideLLM failed with exit status 143: stopped by signal 15 before it ended");
}

#define SCRIPT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static const struct CMUnitTest tests[] = {
    SCRIPT_TEST(hands_over_a_report_of_0_3),
    SCRIPT_TEST(hands_over_a_report_of_0_6),
    SCRIPT_TEST(hands_over_a_report_of_0_8),
    SCRIPT_TEST(hands_over_reports_of_real_releases),
    SCRIPT_TEST(rounds_to_ten_digits_and_stays_small),
    SCRIPT_TEST(keeps_log_lines_short),
    SCRIPT_TEST(passes_arguments_unchanged),
    SCRIPT_TEST(keeps_the_exit_status_and_tells_the_end_of_the_output),
    SCRIPT_TEST(cuts_long_output_at_its_front),
    SCRIPT_TEST(fails_without_a_report),
    SCRIPT_TEST(tells_a_signal_that_killed_guidellm),
    SCRIPT_TEST(passes_the_pod_s_end_on),
};

WVA_TEST_MAIN(tests)
