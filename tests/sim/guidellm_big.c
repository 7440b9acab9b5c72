// SPDX-License-Identifier: Apache-2.0
// A large report for the benchmark of the report reader: a 0.7.3 run at 64 streams whose records
// are repeated until the file has the wanted size.

#include "guidellm.h"

#include "wva/codec/json.h"
#include "wva/util/parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS 20

static const char spec_text[] =
    "{\"backend\":{\"kind\":\"openai_http\",\"target\":\"http://vllm:8000\",\"model\":\"M\"},"
    "\"profile\":{\"kind\":\"concurrent\",\"streams\":[64]}}";

/* How many times each record must be written for the file to have about `bytes`. */
static size_t repetitions(const struct gl_benchmark *benchmark, int64_t bytes)
{
    const int64_t record = 4200; /* one at 128/128 tokens */
    int64_t once = (int64_t)benchmark->measured_count * record;
    return bytes > once && once > 0 ? (size_t)(bytes / once) + 1 : 1;
}

static void multiply(struct gl_benchmark *benchmark, size_t times)
{
    size_t once = benchmark->measured_count;
    benchmark->measured =
        wva_xrealloc(benchmark->measured, (once * times + 1) * sizeof(*benchmark->measured));
    for (size_t i = once; i < once * times; i++)
        benchmark->measured[i] = benchmark->measured[i % once];
    benchmark->measured_count = once * times;
}

int gl_big_report(const char *bytes, const char *path)
{
    int64_t size = 0;
    wva_auto_arena arena = {0};
    struct wva_value *spec = NULL;
    struct wva_error err = {0};
    struct wva_json_options json = {.name = "spec"};
    if (wva_parse_i64(bytes, strlen(bytes), &size) < 0 ||
        wva_json_parse(&arena, spec_text, strlen(spec_text), &json, &spec, &err) < 0)
        return 2;
    struct gl_world world = {
        .speed = 1,
        .truth = {7, 0.027, 15, 0.0014, 0.02, 1},
        .faults = {GL_NONE, GL_NONE, GL_NONE, GL_NONE, GL_NONE, GL_NONE, GL_NONE, GL_NONE}};
    struct gl_service service = {.max_num_seqs = 64};
    struct gl_args args = {.target = "http://vllm:8000",
                           .model = "M",
                           .kind = GL_CONCURRENT,
                           .kind_name = "concurrent",
                           .max_seconds = SECONDS,
                           .prompt_tokens = 128,
                           .output_tokens = 128,
                           .seed = 42,
                           .sample = -1,
                           .warmup = {GL_NONE, GL_NONE},
                           .cooldown = {GL_NONE, GL_NONE},
                           .spec = spec};
    struct gl_release release = {7, 3, "0.7.3"};
    struct gl_situation situation = {&world, &service, &args, false};
    struct gl_load load = {GL_CONCURRENT, 64, 0};
    struct gl_benchmark benchmark;
    struct gl_metrics metrics;
    gl_simulate(&arena, &situation, release, &load, &benchmark);
    multiply(&benchmark, repetitions(&benchmark, size));
    gl_metrics_compute(release, &benchmark, &metrics);
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        fprintf(stderr, "cannot write %s: %s\n", path, strerror(errno));
        return 1;
    }
    benchmark.epoch = 1795530000;
    struct gl_run run = {release, &args, &world, &service, "M", &benchmark, &metrics, 1};
    gl_report_r2(&run, file);
    free(benchmark.requests);
    free(benchmark.measured);
    return fclose(file) == 0 ? 0 : 1;
}
