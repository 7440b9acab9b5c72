// SPDX-License-Identifier: Apache-2.0
/*
 * Native reports of every generation. The small ones here have the shape and key order of the
 * release named; those in ../shared/data are real, their figures were computed with python3's json.
 */
#include "levels.h"

#include "wva/util/mem.h"

/* A distribution; the last digits differ from field to field so that none is taken for another. */
#define D(mean, count)                                                                             \
    "{\"mean\":" #mean ",\"median\":" #mean "1,\"mode\":9,\"std_dev\":0.25,\"min\":0.5,"           \
    "\"count\":" #count ",\"percentiles\":{\"p50\":9},\"mean_ci\":{\"lower\":1}}"
#define EMPTY "{\"mean\":0.0,\"median\":0.0,\"std_dev\":0.0,\"min\":0.0,\"max\":0.0,\"count\":0}"
#define S(successful, total)                                                                       \
    "{\"successful\":" successful ",\"errored\":" EMPTY ",\"incomplete\":" EMPTY                   \
    ",\"total\":" total "}"

/* clang-format off */
#define METRICS_BODY                                                                               \
    "\"requests_per_second\":" S(D(1.0, 8), D(1.0, 8))                                             \
    ",\"request_concurrency\":" S(D(3.5, 8), D(3.75, 12))                                          \
    ",\"prompt_token_count\":" S(D(129.0, 8), D(129.0, 8))                                         \
    ",\"output_token_count\":" S(D(127.5, 8), D(127.5, 8))                                         \
    ",\"time_to_first_token_ms\":" S(D(26.0, 8), D(99.0, 9))                                       \
    ",\"time_per_output_token_ms\":" S(D(7.5, 8), D(7.5, 8))                                       \
    ",\"inter_token_latency_ms\":" S(D(6.9, 1016), D(99.0, 9))
/* clang-format on */

#define TOTALS    "{\"successful\":8,\"errored\":1,\"incomplete\":4,\"total\":13}"
#define SCHEDULER "\"scheduler_state\":{\"start_time\":1.5,\"successful_requests\":77}"

/* Records reuse the metrics' names as scalars and hold braces, quotes and any character in their
 * texts. */
#define RECORDS                                                                                    \
    "\"requests\":{\"successful\":[{\"output\":\"}]\\\"{[\\u0000\",\"inter_token_latency_ms\":1."  \
    "0,"                                                                                           \
    "\"metrics\":{\"inter_token_latency_ms\":{\"successful\":{\"mean\":1}}}}],"                    \
    "\"errored\":[],\"incomplete\":[],\"total\":null}"

#define R1_BENCHMARK                                                                               \
    "{\"type_\":\"generative_benchmark\",\"args\":{\"profile\":{\"type_\":\"sweep\","              \
    "\"streams\":[9]},\"strategy_index\":0,\"strategy\":{\"type_\":\"concurrent\","                \
    "\"streams\":4},\"max_duration\":360.0},\"run_stats\":{\"requests_made\":" TOTALS "},"         \
    "\"worker\":{\"backend_target\":\"http://vllm:8000\",\"backend_model\":\"M\"},"                \
    "\"extras\":{},\"metrics\":{" METRICS_BODY "},\"start_time\":0.0,\"end_time\":60.0,"           \
    "\"request_totals\":" TOTALS ",\"request_samples\":null," RECORDS ",\"duration\":59.5}"

#define R2_BENCHMARK                                                                               \
    "{\"type_\":\"generative_benchmark\",\"config\":{\"strategy\":{\"type_\":\"concurrent\","      \
    "\"worker_count\":4,\"max_concurrency\":4,\"streams\":4},\"requests\":{\"a\":1},"              \
    "\"backend\":{\"target\":\"http://vllm:8000\",\"model\":\"M\"}}," SCHEDULER ","                \
    "\"metrics\":{\"request_totals\":" TOTALS "," METRICS_BODY "}," RECORDS ","                    \
    "\"start_time\":0.0,\"duration\":59.5,\"warmup_duration\":0.0}"

/* 0.8: intervals, nulls in the place of objects, warnings, conclusions after the benchmarks. */
#define R3_BENCHMARK                                                                               \
    "{\"type_\":\"generative_benchmark\",\"config\":{\"strategy\":{\"type_\":\"concurrent\","      \
    "\"worker_count\":4,\"max_concurrency\":4,\"streams\":4},\"sample_size\":1,"                   \
    "\"confidence\":0.95,\"warnings\":{},\"backend\":{\"kind\":\"openai_http\","                   \
    "\"target\":\"http://vllm:8000\",\"model\":\"M\"}}," SCHEDULER ",\"metrics\":{"                \
    "\"request_totals\":" TOTALS ",\"turn_predecessor_delay\":null," METRICS_BODY ","              \
    "\"time_to_first_output_token_ms\":null,\"slo_attainment\":null}," RECORDS ","                 \
    "\"warnings\":[{\"code\":\"generation_delay_ttft\",\"observed\":0.02}],"                       \
    "\"start_time\":0.0,\"duration\":59.5}"

#define R1  "{\"benchmarks\":[" R1_BENCHMARK "]}"
#define R2A "{\"args\":{\"target\":\"http://x\",\"model\":\"X\"},\"benchmarks\":[" R2_BENCHMARK "]}"
#define R2B                                                                                        \
    "{\"metadata\":{\"version\":1,\"guidellm_version\":\"0.6.1\"},\"args\":{\"rate\":[4.0]},"      \
    "\"benchmarks\":[" R2_BENCHMARK "]}"
#define R3(version)                                                                                \
    "{\"metadata\":{\"version\":" version ",\"guidellm_version\":\"0.8.1\"},\"config\":{"          \
    "\"spec\":{\"backend\":{\"model\":\"X\"}},\"benchmarks\":[null]},\"benchmarks\":"              \
    "[" R3_BENCHMARK "],\"conclusions\":[{\"kind\":\"knee_detection\",\"final\":{\"x\":1}}]}"

/* Feeds `text` in pieces of `step` bytes. */
static int read_report(const char *text, size_t len, size_t step, struct levels *levels,
                       struct wva_error *err)
{
    struct wva_report *report = wva_report_new("r.json", collect_level, levels);
    int result = 0;
    for (size_t at = 0; at < len && result == 0; at += step)
        result = wva_report_feed(report, text + at, len - at < step ? len - at : step, err);
    if (result == 0)
        result = wva_report_finish(report, err);
    wva_report_free(report);
    return result;
}

static void check_fixture_level(const struct wva_level *level)
{
    check_str(level->strategy, "concurrent");
    check_str(level->model, "M");
    check_str(level->target, "http://vllm:8000");
    check(level->streams == 4);
    check(level->concurrency == 3.75); /* of all requests, not 3.5 of the successful */
    check(level->prompt_tokens == 129.0);
    check(level->output_tokens == 127.5);
    check(level->itl.mean == 6.9 && level->itl.median == 6.91);
    check(level->itl.std_dev == 0.25 && level->itl.min == 0.5);
    check_int(level->itl.count, 1016);
    check(level->ttft.mean == 26.0 && level->ttft.median == 26.01);
    check(level->ttft.std_dev == 0.25 && level->ttft.min == 0.5);
    check_int(level->ttft.count, 8);
    check_int(level->successful, 8);
    check_int(level->errored, 1);
    check_int(level->incomplete, 4);
    check(level->duration_s == 59.5);
    check(!level->median_only);
}

static void check_fixture(const char *text, const char *version)
{
    static const size_t steps[] = {1, 7, 4096, SIZE_MAX / 2};
    for (size_t i = 0; i < WVA_COUNT(steps); i++) {
        struct levels levels = {0};
        struct wva_error err = {0};
        check_ok(read_report(text, strlen(text), steps[i], &levels, &err), &err);
        check_int(levels.count, 1);
        check_fixture_level(&levels.items[0]);
        check_str(levels.items[0].guidellm_version, version);
    }
}

static void reads_every_generation(void **state)
{
    (void)state;
    check_fixture(R1, "");
    check_fixture(R2A, "");
    check_fixture(R2B, "0.6.1");
    check_fixture(R3("2"), "0.8.1");
}

static void reads_schema_versions_to_come(void **state)
{
    (void)state;
    check_fixture(R3("3"), "0.8.1");
}

static void takes_model_and_target_from_the_report_where_the_benchmark_lacks_them(void **state)
{
    (void)state;
    static const char *const heads[] = {
        "\"args\":{\"model\":\"M1\",\"target\":\"T1\"}",
        "\"args\":{\"backend_kwargs\":{\"model\":\"M1\",\"target\":\"T1\"}}",
        "\"config\":{\"spec\":{\"backend\":{\"model\":\"M1\",\"target\":\"T1\"}}}",
    };
    for (size_t i = 0; i < WVA_COUNT(heads); i++) {
        wva_auto_arena arena = {0};
        struct levels levels = {0};
        struct wva_error err = {0};
        const char *text = wva_arena_printf(
            &arena,
            "{%s,\"benchmarks\":[{\"config\":{\"backend\":{\"model\":null}},\"metrics\":{}}]}",
            heads[i]);
        check_ok(read_report(text, strlen(text), 64, &levels, &err), &err);
        check_str(levels.items[0].model, "M1");
        check_str(levels.items[0].target, "T1");
    }
}

static void reads_several_benchmarks_without_mixing_them(void **state)
{
    (void)state;
    struct levels levels = {0};
    struct wva_error err = {0};
    static const char text[] =
        "{\"benchmarks\":["
        "{\"args\":{\"strategy\":{\"type_\":\"synchronous\"}},\"metrics\":{},\"duration\":1},"
        "{\"args\":{\"strategy\":{\"type_\":\"throughput\",\"max_concurrency\":null}},"
        "\"metrics\":{}},"
        "{\"config\":{\"strategy\":{\"type_\":\"throughput\",\"max_concurrency\":64}},"
        "\"metrics\":{}},"
        "{\"config\":{\"strategy\":{\"type_\":\"constant\",\"max_concurrency\":512,\"rate\":2}},"
        "\"metrics\":{}}]}";
    check_ok(read_report(text, strlen(text), 10, &levels, &err), &err);
    check_int(levels.count, 4);
    check(levels.items[0].streams == 1);
    check(levels.items[0].duration_s == 1);
    check(isnan(levels.items[1].streams)); /* set through the environment: not in the report */
    check(isnan(levels.items[1].duration_s));
    check(levels.items[2].streams == 64);
    check(isnan(levels.items[3].streams)); /* the default limit of a rate is no batch */
    check_str(levels.items[3].strategy, "constant");
}

static void takes_the_median_of_the_concurrency_where_0_3_left_a_warmup_out(void **state)
{
    (void)state;
    static const struct {
        const char *warmup, *concurrency;
        double wanted;
    } cases[] = {
        {"5.0", D(3.75, 12), 3.751},
        {"null", D(3.75, 12), 3.75},
        {"0.0", D(3.75, 12), 3.75},
        {"5.0", EMPTY, NAN},
    };
    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        wva_auto_arena arena = {0};
        struct levels levels = {0};
        struct wva_error err = {0};
        const char *text =
            wva_arena_printf(&arena,
                             "{\"benchmarks\":[{\"args\":{\"warmup_duration\":%s},\"metrics\":{"
                             "\"request_concurrency\":{\"total\":%s}}}]}",
                             cases[i].warmup, cases[i].concurrency);
        check_ok(read_report(text, strlen(text), 64, &levels, &err), &err);
        check(isnan(cases[i].wanted) ? isnan(levels.items[0].concurrency)
                                     : levels.items[0].concurrency == cases[i].wanted);
    }
}

static void takes_zeros_of_nothing_for_no_data(void **state)
{
    (void)state;
    struct levels levels = {0};
    struct wva_error err = {0};
    static const char text[] =
        "{\"benchmarks\":[{\"metrics\":{\"request_totals\":{\"successful\":0,\"errored\":802,"
        "\"incomplete\":0},\"request_concurrency\":{\"total\":" EMPTY "},"
        "\"prompt_token_count\":{\"successful\":" EMPTY "},"
        "\"output_token_count\":{\"successful\":" EMPTY "},"
        "\"inter_token_latency_ms\":{\"successful\":" EMPTY "},"
        "\"time_to_first_token_ms\":{\"successful\":" EMPTY "}}}]}";
    check_ok(read_report(text, strlen(text), 64, &levels, &err), &err);
    const struct wva_level *level = &levels.items[0];
    check_int(level->successful, 0);
    check_int(level->errored, 802);
    check_int(level->itl.count, 0);
    check_int(level->ttft.count, 0);
    check(isnan(level->itl.mean) && isnan(level->itl.median) && isnan(level->itl.min));
    check(isnan(level->ttft.mean) && isnan(level->ttft.std_dev));
    check(isnan(level->concurrency));
    check(isnan(level->prompt_tokens) && isnan(level->output_tokens));
}

static void reports_the_old_mark_for_a_missing_first_token_as_read(void **state)
{
    (void)state;
    struct levels levels = {0};
    struct wva_error err = {0};
    static const char text[] =
        "{\"benchmarks\":[{\"metrics\":{\"time_to_first_token_ms\":" S(D(-1e8, 3), EMPTY) "}}]}";
    /* D() appends a digit to make the median: -1e81 */
    check_ok(read_report(text, strlen(text), 64, &levels, &err), &err);
    check(levels.items[0].ttft.mean == -1e8);
}

static void refuses_bad_figures_by_their_path(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *words;
    } cases[] = {
        {"{\"benchmarks\":[{\"metrics\":{}},{\"metrics\":{\"inter_token_latency_ms\":{"
         "\"successful\":{\"mean\":NaN}}}}]}",
         "r.json: benchmarks[1].metrics.inter_token_latency_ms.successful.mean is not a finite "
         "number"},
        {"{\"benchmarks\":[{\"metrics\":{\"time_to_first_token_ms\":{\"successful\":{"
         "\"median\":-Infinity}}}}]}",
         "benchmarks[0].metrics.time_to_first_token_ms.successful.median is not a finite number"},
        {"{\"benchmarks\":[{\"duration\":1e999,\"metrics\":{}}]}",
         "benchmarks[0].duration is not a finite number"},
        {"{\"benchmarks\":[{\"metrics\":{\"request_totals\":{\"errored\":-1}}}]}",
         "benchmarks[0].metrics.request_totals.errored is not a count"},
        {"{\"benchmarks\":[{\"metrics\":{\"request_totals\":{\"errored\":1.5}}}]}",
         "is not a count"},
        {"{\"benchmarks\":[{\"metrics\":{\"request_totals\":{\"errored\":1e30}}}]}",
         "is not a count"},
        {"{\"benchmarks\":[{\"metrics\":{\"request_totals\":{\"errored\":\"1\"}}}]}",
         "is not a number"},
        {"{\"benchmarks\":[{\"args\":{\"strategy\":{\"type_\":1}},\"metrics\":{}}]}",
         "benchmarks[0].args.strategy.type_ is not a string"},
    };
    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        struct levels levels = {0};
        struct wva_error err = {0};
        check_fails(read_report(cases[i].text, strlen(cases[i].text), 5, &levels, &err), &err,
                    WVA_E_INPUT, cases[i].words);
    }
}

static void accepts_non_finite_figures_that_nobody_needs(void **state)
{
    (void)state;
    struct levels levels = {0};
    struct wva_error err = {0};
    static const char text[] = "{\"benchmarks\":[{\"scheduler_state\":{\"slope\":NaN,"
                               "\"max\":Infinity},\"metrics\":{}}]}";
    check_ok(read_report(text, strlen(text), 3, &levels, &err), &err);
    check_int(levels.count, 1);
}

static void refuses_what_is_no_report(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *words;
    } cases[] = {
        {"{}", "r.json: no benchmark is in it"},
        {"[1,2]", "no benchmark is in it"},
        {"{\"benchmarks\":[]}", "no benchmark is in it"},
        {"{\"benchmarks\":[1,null]}", "no benchmark is in it"},
        {"{\"benchmarks\":[{\"name\":\"x\"}]}",
         "r.json: benchmarks[0] has no metrics: this is no report of GuideLLM"},
        {"{\"benchmarks\":[{\"benchmarks\":[{\"decode_times\":{}}]}]}",
         "r.json: this is a report of GuideLLM 0.1"},
        {"", "r.json"},
        {"\x7f"
         "ELF",
         "r.json"},
    };
    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        struct levels levels = {0};
        struct wva_error err = {0};
        check_fails(read_report(cases[i].text, strlen(cases[i].text), 5, &levels, &err), &err,
                    WVA_E_INPUT, cases[i].words);
        check_int(levels.count, 0);
    }
}

static void refuses_a_report_that_was_cut_anywhere(void **state)
{
    (void)state;
    static const char text[] = R3("2");
    for (size_t len = 0; len < sizeof(text) - 1; len += 37) {
        struct levels levels = {0};
        struct wva_error err = {0};
        if (read_report(text, len, 4096, &levels, &err) == 0)
            fail_msg("a report cut after %zu bytes was accepted", len);
        check_int(err.code, WVA_E_INPUT);
    }
}

static int refuse_level(void *ctx, const struct wva_level *level, struct wva_error *err)
{
    (void)ctx;
    (void)level;
    return wva_error_set(err, WVA_E_QUALITY, "not wanted");
}

static void stops_when_the_caller_refuses_a_level(void **state)
{
    (void)state;
    struct wva_error err = {0};
    struct wva_report *report = wva_report_new("r.json", refuse_level, NULL);
    check_fails(wva_report_feed(report, R1, sizeof(R1) - 1, &err), &err, WVA_E_QUALITY,
                "not wanted");
    wva_report_free(report);
}

static void makes_texts_fit_for_a_terminal(void **state)
{
    (void)state;
    struct levels levels = {0};
    struct wva_error err = {0};
    static const char text[] =
        "{\"benchmarks\":[{\"config\":{\"backend\":{\"model\":\"a\\u001b[31mb\"},\"strategy\":"
        "{\"type_\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}},"
        "\"metrics\":{}}]}";
    check_ok(read_report(text, strlen(text), 64, &levels, &err), &err);
    check_str(levels.items[0].model, "a?[31mb");
    check_int(strlen(levels.items[0].strategy), sizeof(levels.items[0].strategy) - 1);
}

/* What the report code of each release wrote for the same made-up requests. */
static void check_shape(const char *name, bool weighted)
{
    static const struct {
        const char *strategy;
        double streams, concurrency, itl, itl_median, ttft, ttft_median, itl_min, ttft_dev;
        int64_t requests, tokens;
    } wanted[] = {
        {"synchronous", 1, 0.9289622483795362, 6.94607749698669, 6.935393716406635,
         26.022672653198242, 25.990962982177734, 6.92008423992968, 0.47515312487596173, 4, 508},
        {"concurrent", 4, 3.7932492435940333, 6.930347737364881, 6.930017095851147,
         26.058077812194824, 25.890827178955078, 6.900165963360644, 0.7055429270399926, 8, 1016},
        {"throughput", 8, 7.591109942778587, 6.93746603380038, 6.936189696544737, 26.02478861808777,
         25.87580680847168, 6.901692217729223, 0.6228917454943125, 16, 2032},
    };
    wva_auto_arena arena = {0};
    struct levels levels = {0};
    struct wva_error err = {0};
    size_t len;
    const char *text = shared_data(&arena, name, &len);
    check_ok(read_report(text, len, 8192, &levels, &err), &err);
    check_int(levels.count, weighted ? 3 : 2);
    for (size_t i = 0; i < levels.count; i++) {
        const struct wva_level *level = &levels.items[i];
        check_str(level->strategy, wanted[i].strategy);
        check(level->streams == wanted[i].streams);
        check(level->concurrency == wanted[i].concurrency);
        check(level->prompt_tokens == 129 && level->output_tokens == 128);
        check(level->itl.mean == wanted[i].itl);
        check(level->itl.median == wanted[i].itl_median);
        check(level->itl.min == wanted[i].itl_min);
        check(level->ttft.mean == wanted[i].ttft);
        check(level->ttft.median == wanted[i].ttft_median);
        check(level->ttft.std_dev == wanted[i].ttft_dev);
        check_int(level->itl.count, weighted ? wanted[i].tokens : wanted[i].requests);
        check_int(level->successful, wanted[i].requests);
        check_int(level->errored, 0);
        check_str(level->model, "M");
        check_str(level->target, "http://vllm:8000");
    }
}

static void reads_the_shapes_of_all_releases(void **state)
{
    (void)state;
    check_shape("guidellm-shapes/report-v0.2.1.json", false);
    check_shape("guidellm-shapes/report-v0.3.1.json", false);
    check_shape("guidellm-shapes/report-v0.4.0.json", true);
    check_shape("guidellm-shapes/report-v0.5.4.json", true);
    check_shape("guidellm-shapes/report-v0.6.1.json", true);
    check_shape("guidellm-shapes/report-v0.7.3.json", true);
}

static void reads_a_real_sweep_of_0_3(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct levels levels = {0};
    struct wva_error err = {0};
    size_t len;
    const char *text =
        shared_data(&arena, "guidellm-real/guidellm-0.3-sweep-qwen2.5-0.5b.json", &len);
    check_ok(read_report(text, len, 65536, &levels, &err), &err);
    check_int(levels.count, 10);
    static const struct {
        double concurrency, prompt, output, itl, ttft, duration;
    } wanted[10] = {
        {0.9990578590569891, 512.0555555555555, 454.38888888888886, 2.1058421934838534,
         21.422240469190807, 17.588964223861694},
        {10.899890390679367, 425.77777777777777, 521.8888888888888, 8.012369376807492,
         2730.508367220561, 11.408098459243774},
        {1.7912944650722473, 564.3333333333333, 538.3333333333331, 2.498214012142841,
         341.10938178168396, 16.917296171188354},
        {2.9741215651218553, 537.9444444444443, 602.7222222222222, 3.1466003534547533,
         623.1533421410454, 15.230967283248901},
        {1.9016920277687375, 552.6666666666667, 465.83333333333326, 2.6468491773672596,
         323.70238833957245, 14.70998764038086},
        {2.450632724668498, 482.38888888888886, 568.8888888888888, 2.7938300768845328,
         361.3706429799398, 14.329822301864624},
        {2.291582403856599, 587.2222222222222, 524.7222222222222, 2.9492263919388835,
         418.59281063079834, 15.420814037322998},
        {2.423299938008215, 551.8888888888888, 521.7777777777777, 2.933642415062359,
         410.9738535351223, 14.401236772537231},
        {2.5479610790978318, 585.0555555555555, 468.88888888888886, 2.993509424635815,
         567.6133367750379, 13.905043125152588},
        {2.8241083988833413, 523.7222222222223, 534.2222222222222, 3.3263783575122767,
         614.2329507403904, 15.22032380104065},
    };
    for (size_t i = 0; i < 10; i++) {
        const struct wva_level *level = &levels.items[i];
        check(level->concurrency == wanted[i].concurrency);
        check(level->prompt_tokens == wanted[i].prompt);
        check(level->output_tokens == wanted[i].output);
        check(level->itl.mean == wanted[i].itl);
        check(level->ttft.mean == wanted[i].ttft);
        check(level->duration_s == wanted[i].duration);
        check_int(level->successful, 18);
        check_str(level->model, "Qwen/Qwen2.5-0.5B");
    }
    check_str(levels.items[0].strategy, "synchronous");
    check_str(levels.items[1].strategy, "throughput");
    check_str(levels.items[2].strategy, "constant");
    check(levels.items[0].streams == 1);
    check(isnan(levels.items[1].streams) && isnan(levels.items[2].streams));
}

static void reads_a_real_report_of_schema_2(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct levels levels = {0};
    struct wva_error err = {0};
    size_t len;
    const char *text = shared_data(&arena, "guidellm-real/guidellm_report_v2.json", &len);
    check_ok(read_report(text, len, 1000, &levels, &err), &err);
    check_int(levels.count, 2);
    const struct wva_level *level = &levels.items[0];
    check_str(level->guidellm_version, "0.8.0.dev18");
    check_str(level->model, "e2e-mock-model");
    check_str(level->target, "http://127.0.0.1:8765");
    check_str(level->strategy, "constant");
    check(isnan(level->streams));
    check(level->concurrency == 0.007884656213828013);
    check(level->prompt_tokens == 71.5 && level->output_tokens == 8);
    check(level->itl.mean == 1.1508464813232422 && level->itl.min == 1.0459763663155692);
    check_int(level->itl.count, 14);
    check(level->ttft.mean == 11.481165885925293);
    check(level->ttft.std_dev == 0.20515918731689453);
    check(levels.items[1].itl.mean == 1.0904414313180106);
    check(levels.items[1].ttft.median == 9.419918060302734);
    check(levels.items[1].prompt_tokens == 65.5);
    check_int(levels.items[1].successful, 2);
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(reads_every_generation),
    WVA_TEST(reads_schema_versions_to_come),
    WVA_TEST(takes_model_and_target_from_the_report_where_the_benchmark_lacks_them),
    WVA_TEST(reads_several_benchmarks_without_mixing_them),
    WVA_TEST(takes_the_median_of_the_concurrency_where_0_3_left_a_warmup_out),
    WVA_TEST(takes_zeros_of_nothing_for_no_data),
    WVA_TEST(reports_the_old_mark_for_a_missing_first_token_as_read),
    WVA_TEST(refuses_bad_figures_by_their_path),
    WVA_TEST(accepts_non_finite_figures_that_nobody_needs),
    WVA_TEST(refuses_what_is_no_report),
    WVA_TEST(refuses_a_report_that_was_cut_anywhere),
    WVA_TEST(stops_when_the_caller_refuses_a_level),
    WVA_TEST(makes_texts_fit_for_a_terminal),
    WVA_TEST(reads_the_shapes_of_all_releases),
    WVA_TEST(reads_a_real_sweep_of_0_3),
    WVA_TEST(reads_a_real_report_of_schema_2),
};

WVA_TEST_MAIN(tests)
