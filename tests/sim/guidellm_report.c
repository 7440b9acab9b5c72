// SPDX-License-Identifier: Apache-2.0
// What reports of all generations share: distribution objects, totals, identifiers, prompt texts,
// and the CSV beside them.

#include "guidellm.h"

#include <string.h>

static void interval(struct gl_json *json, const char *key, double lower, double upper)
{
    gl_json_begin(json, key, '{');
    gl_json_float(json, "lower", lower);
    gl_json_float(json, "upper", upper);
    gl_json_end(json, '}');
}

/* 0.8: of percentiles that the sample has values on either side of; of means of any sample. */
static void intervals(struct gl_json *json, const struct gl_dist *dist)
{
    double half = gl_mean_margin(dist);
    interval(json, "mean_ci", dist->mean - half, dist->mean + half);
    gl_json_begin(json, "percentile_cis", '{');
    for (size_t i = 0; i < GL_PERCENTILES; i++) {
        const char *name = gl_percentile_names[i];
        double below = dist->percentiles[i > 0 ? i - 1 : i];
        double above = dist->percentiles[i + 1 < GL_PERCENTILES ? i + 1 : i];
        if (gl_percentile_is_bounded(dist, i))
            interval(json, name, below, above);
        else
            gl_json_null(json, name);
    }
    gl_json_end(json, '}');
}

void gl_report_dist(struct gl_json *json, struct gl_release release, const char *key,
                    const struct gl_dist *dist, bool sampled)
{
    gl_json_begin(json, key, '{');
    gl_json_float(json, "mean", dist->mean);
    gl_json_float(json, "median", dist->median);
    gl_json_float(json, "mode", dist->mode);
    gl_json_float(json, "variance", dist->variance);
    gl_json_float(json, "std_dev", dist->std_dev);
    gl_json_float(json, "min", dist->min);
    gl_json_float(json, "max", dist->max);
    gl_json_int(json, "count", dist->count);
    gl_json_float(json, "total_sum", dist->total_sum);
    gl_json_begin(json, "percentiles", '{');
    for (size_t i = 0; i < GL_PERCENTILES; i++)
        gl_json_float(json, gl_percentile_names[i], dist->percentiles[i]);
    gl_json_end(json, '}');
    gl_json_null(json, release.minor == 3 ? "cumulative_distribution_function" : "pdf");
    if (release.minor >= 8 && sampled && dist->count > 1) {
        intervals(json, dist);
    } else if (release.minor >= 8) {
        gl_json_null(json, "mean_ci");
        gl_json_null(json, "percentile_cis");
    }
    gl_json_end(json, '}');
}

void gl_report_split(struct gl_json *json, struct gl_release release, const char *key,
                     const struct gl_split *split, bool sampled)
{
    static const char *const names[] = {"successful", "errored", "incomplete"};
    gl_json_begin(json, key, '{');
    for (size_t i = 0; i < GL_STATUSES; i++)
        gl_report_dist(json, release, names[i], &split->by[i], sampled);
    gl_report_dist(json, release, "total", &split->total, sampled);
    gl_json_end(json, '}');
}

void gl_report_totals(struct gl_json *json, const char *key, const int64_t totals[GL_STATUSES])
{
    gl_json_begin(json, key, '{');
    gl_json_int(json, "successful", totals[GL_SUCCESSFUL]);
    gl_json_int(json, "errored", totals[GL_ERRORED]);
    gl_json_int(json, "incomplete", totals[GL_INCOMPLETE]);
    gl_json_int(json, "total", totals[0] + totals[1] + totals[2]);
    gl_json_end(json, '}');
}

void gl_report_uuid(struct gl_json *json, const char *key, uint64_t seed)
{
    char text[40];
    uint64_t a = seed * 0x9E3779B97F4A7C15ULL, b = (seed ^ 0x55AA) * 0xBF58476D1CE4E5B9ULL;
    snprintf(text, sizeof(text), "%08llx-%04llx-4%03llx-a%03llx-%012llx",
             (unsigned long long)(a >> 32), (unsigned long long)(a >> 16 & 0xffff),
             (unsigned long long)(a & 0xfff), (unsigned long long)(b >> 52),
             (unsigned long long)(b & 0xffffffffffffULL));
    gl_json_string(json, key, text);
}

size_t gl_report_kept(const struct gl_run *run, size_t there)
{
    int64_t sample = run->args->sample;
    /* read and told, but it never reached the accumulators in these releases */
    bool ignored = run->release.minor == 4 || (run->release.minor == 5 && run->release.patch < 4);
    if (ignored || sample < 0 || (sample == 0 && run->release.minor > 3))
        return there; /* from 0.4 on, 0 only strips the texts */
    return there < (size_t)sample ? there : (size_t)sample;
}

char *gl_prompt_text(struct wva_arena *arena, const struct gl_args *args, size_t index)
{
    static const char *const words[] = {"the",  "room", "letter", "morning", "carriage", "sister",
                                        "walk", "fire", "garden", "evening", "colonel",  "ball"};
    wva_auto_buf text = WVA_BUF((size_t)1 << 20);
    wva_buf_printf(&text, "%zu", index);
    for (int64_t i = 1; i < args->prompt_tokens; i++)
        wva_buf_printf(&text, " %s",
                       words[(size_t)(args->seed + (int64_t)index * 7 + i * 5) % WVA_COUNT(words)]);
    return wva_arena_strdup(arena, wva_buf_str(&text));
}

/* Three header rows (group, name, statistic) as 0.4 and later write them; only the columns that
 * somebody could want. */
void gl_report_csv(const struct gl_run *run, FILE *file)
{
    fprintf(file, "Benchmark,Request Concurrency,Time to First Token,Inter Token Latency\n"
                  "Strategy,Total,Successful ms,Successful ms\n,Mean,Mean,Mean\n");
    for (size_t i = 0; i < run->count; i++)
        fprintf(file, "%s,%.17g,%.17g,%.17g\n", gl_strategy_name(&run->benchmarks[i].load),
                run->metrics[i].concurrency.total.mean, run->metrics[i].ttft.by[GL_SUCCESSFUL].mean,
                run->metrics[i].itl.by[GL_SUCCESSFUL].mean);
}
