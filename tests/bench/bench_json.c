// SPDX-License-Identifier: Apache-2.0
/*
 * How fast a GuideLLM report is read: as a stream that skips the per-request records (what `bench`
 * does), and as one that reads them.
 *
 *     cmake --build --preset release --target bench_json
 *     build/release/tests/bench_json FILE
 *
 * FILE is a report; compare with `python3 -c 'import json; json.load(open("FILE"))'`.
 */
#include "wva/codec/json.h"
#include "wva/util/clock.h"
#include "wva/util/mem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define CHUNK ((size_t)64 << 10)
#define TURNS 5

static int count_scalar(void *ctx, const struct wva_json_path *path, enum wva_kind kind,
                        const char *text, size_t len, struct wva_error *err)
{
    (void)path, (void)kind, (void)text, (void)len, (void)err;
    ++*(size_t *)ctx;
    return 0;
}

static int read_through(FILE *file, struct wva_json_stream *stream, size_t *ret_len,
                        struct wva_error *err)
{
    wva_autofree char *chunk = wva_xmalloc(CHUNK);
    size_t len, sum = 0;
    while ((len = fread(chunk, 1, CHUNK, file)) > 0) {
        if (wva_json_stream_feed(stream, chunk, len, err) < 0)
            return -1;
        sum += len;
    }
    *ret_len = sum;
    return wva_json_stream_finish(stream, err);
}

static int measure(FILE *file, const char *name, const char *skip_key)
{
    const struct wva_json_stream_options options = {
        .name = name, .skip_key = skip_key, .skip_depth = 3, .allow_nonfinite = true};
    const struct wva_json_handler handler = {.scalar = count_scalar};
    size_t scalars = 0, len = 0;
    struct wva_error err = {0};
    struct wva_json_stream *stream = wva_json_stream_new(&options, &handler, &scalars);
    rewind(file);
    int64_t start = wva_clock_monotonic_ms();
    int result = read_through(file, stream, &len, &err);
    int64_t took = wva_clock_monotonic_ms() - start;
    wva_json_stream_free(stream);
    if (result < 0) {
        fprintf(stderr, "%s\n", err.msg);
        return -1;
    }
    printf("%s %zu bytes in %lld ms, %.2f GB/s, %zu scalars\n",
           skip_key ? "skipping requests:" : "reading all:      ", len, (long long)took,
           (double)len / 1e6 / (double)(took > 0 ? took : 1), scalars);
    return 0;
}

int main(int argc, char **argv)
{
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (!file) {
        fprintf(stderr, "usage: bench_json FILE (%s)\n", argc == 2 ? strerror(errno) : "one");
        return 2;
    }
    int result = 0;
    for (int turn = 0; turn < TURNS && result == 0; turn++)
        result = measure(file, argv[1], "requests");
    if (result == 0)
        result = measure(file, argv[1], NULL);
    fclose(file);

    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("largest resident size: %ld (KiB on Linux)\n", usage.ru_maxrss);
    return result < 0 ? 1 : 0;
}
