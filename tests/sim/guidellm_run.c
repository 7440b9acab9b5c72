// SPDX-License-Identifier: Apache-2.0
// A whole run: the checks before it, one simulation a load (slept through at the world's speed),
// then files and tables in the release's order.

#include "guidellm_run.h"

#include "wva/util/clock.h"
#include "wva/util/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define START_SECONDS    3.0 /* imports, tokenizer, first workers */
#define BETWEEN_SECONDS  1.0 /* after each benchmark */
#define PROGRESS_SECONDS 10.0

struct session {
    struct wva_arena *arena;
    struct gl_release release;
    const struct gl_world *world;
    const struct gl_args *args;
    const struct gl_service *service; /* NULL: nobody answers */
    const char *model;
};

static void sleep_simulated(const struct session *session, double seconds)
{
    double real = seconds / session->world->speed;
    struct timespec left = {(time_t)real, (long)((real - floor(real)) * 1e9)};
    fflush(stdout);
    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        ;
}

static bool serves(const struct gl_service *service, const char *model)
{
    for (size_t i = 0; service->served != NULL && i < service->served->count; i++)
        if (wva_str_eq(wva_value_str(service->served->items[i]), model))
            return true;
    return false;
}

static const char *first_model(const struct gl_service *service)
{
    return wva_get_str(service->served, "0");
}

static void validate_legacy(const struct session *session)
{
    const char *model = session->args->model;
    if (session->service == NULL)
        gl_traceback("httpx.ConnectError: All connection attempts failed");
    if (model != NULL && !serves(session->service, model))
        gl_traceback("ValueError: Model %s not found in available models:{'%s'} for backend "
                     "openai_http.",
                     model, first_model(session->service));
    if (session->world->faults.errors >= 1) /* it probes the route with a request */
        gl_traceback(
            "httpx.HTTPStatusError: Server error '500 Internal Server Error' for url '%s%s'\n"
            "For more information check: "
            "https://developer.mozilla.org/en-US/docs/Web/HTTP/Status/500",
            session->args->target,
            session->args->chat ? "/v1/chat/completions" : "/v1/completions");
}

static void validate(struct session *session)
{
    if (session->release.minor == 3)
        validate_legacy(session);
    else if (session->args->validate_backend && session->service == NULL)
        gl_traceback("RuntimeError: Backend validation request failed. Could not connect to the "
                     "server or validate the backend configuration.");
    session->model = session->args->model;
    if (session->model == NULL && session->service != NULL)
        session->model = first_model(session->service);
    if (session->model == NULL)
        gl_traceback("httpx.ConnectError: All connection attempts failed");
}

/* The tokenizer comes from the hub, from a folder, or not at all. */
static void check_tokenizer(const struct session *session)
{
    const char *name = session->args->tokenizer != NULL ? session->args->tokenizer : session->model;
    struct stat status;
    if (strstr(name, "gated") != NULL && wva_str_empty(getenv("HF_TOKEN")))
        gl_traceback(
            "OSError: You are trying to access a gated repo.\nMake sure to have access to "
            "it at https://huggingface.co/%s.\n401 Client Error.\nCannot access gated repo "
            "for url https://huggingface.co/%s/resolve/main/config.json.\nAccess to model "
            "%s is restricted. You must have access to it and be authenticated to access "
            "it. Please log in.",
            name, name, name);
    bool absent_folder = name[0] == '/' && stat(name, &status) < 0;
    if (absent_folder || strstr(name, "missing") != NULL)
        gl_traceback(
            "OSError: %s is not a local folder and is not a valid model identifier listed "
            "on 'https://huggingface.co/models'\nIf this is a private repository, make sure "
            "to pass a token having permission to this repo either by logging in with `hf "
            "auth login` or by passing `token=<your_token>`",
            name);
}

static void update(const struct session *session, const char *icon, const char *text)
{
    wva_auto_arena arena = {0};
    if (session->args->console)
        gl_console_line(wva_arena_printf(&arena, "%s %s", icon, text));
}

#define DONE "\xE2\x9C\x94" /* ✔ */
#define MORE "\xE2\x80\xA6" /* … */

/* 0.3's lines before the first benchmark. */
static void introduce_progress(const struct session *session)
{
    wva_auto_arena arena = {0};
    gl_console_line("Creating backend...");
    gl_console_line(wva_arena_printf(&arena, "Backend openai_http connected to %s for model %s.",
                                     session->args->target, session->model));
    gl_console_line("Creating request loader...");
    gl_console_line(wva_arena_printf(&arena, "Created loader with 1000 unique requests from %s.",
                                     session->args->data));
    printf("\n\n");
}

size_t gl_sweep_size(const struct gl_args *args)
{
    return args->rate_count > 0 ? (size_t)args->rates[0] : 10;
}

static size_t plan(const struct gl_args *args, struct gl_load *loads)
{
    size_t count = 0;
    switch (args->kind) {
    case GL_SYNCHRONOUS:
        loads[count++] = (struct gl_load){GL_SYNCHRONOUS, 1, 0};
        break;
    case GL_THROUGHPUT:
        loads[count++] = (struct gl_load){GL_THROUGHPUT, args->max_concurrency, 0};
        break;
    case GL_CONCURRENT:
        for (size_t i = 0; i < args->rate_count; i++)
            loads[count++] = (struct gl_load){GL_CONCURRENT, (int64_t)args->rates[i], 0};
        break;
    case GL_CONSTANT:
    case GL_POISSON:
        for (size_t i = 0; i < args->rate_count; i++)
            loads[count++] = (struct gl_load){args->kind, 0, args->rates[i]};
        break;
    case GL_SWEEP:
        loads[count++] = (struct gl_load){GL_SYNCHRONOUS, 1, 0};
        loads[count++] = (struct gl_load){GL_THROUGHPUT, args->max_concurrency, 0};
        break;
    }
    return count;
}

size_t gl_plan_all(const struct gl_args *args, struct gl_load *loads)
{
    size_t count = plan(args, loads);
    size_t size = args->kind == GL_SWEEP ? gl_sweep_size(args) : count;
    while (count < size && count < GL_RATES_MAX)
        loads[count++] = (struct gl_load){GL_CONSTANT, 0, 0};
    return count;
}

/* The rest of a sweep: constant rates from above what its first benchmark reached up to what its
 * second did. */
static size_t plan_sweep(const struct gl_args *args, const struct gl_run *run,
                         struct gl_load *loads)
{
    size_t size = gl_sweep_size(args);
    double low = run->metrics[0].requests_per_second.by[GL_SUCCESSFUL].mean;
    double high = run->metrics[1].requests_per_second.by[GL_SUCCESSFUL].mean;
    if (low <= 0 || high <= 0)
        gl_traceback(
            "RuntimeError: Cannot build a sweep: no request succeeded in the synchronous or "
            "throughput benchmark");
    size_t count = 0;
    for (size_t i = 1; i + 1 < size && i < GL_RATES_MAX - 2; i++)
        loads[count++] =
            (struct gl_load){GL_CONSTANT, 0, low + (high - low) * (double)i / (double)(size - 2)};
    return count;
}

/* 0.8 logs to stderr. */
static void log_line(const char *where, const char *text)
{
    char stamp[32];
    time_t now = time(NULL);
    struct tm local;
    (void)localtime_r(&now, &local);
    (void)strftime(stamp, sizeof(stamp), "%Y-%m-%d %H:%M:%S", &local);
    fflush(stdout);
    fprintf(stderr, "%s|INFO     |guidellm.benchmark.%s - %s\n",
            stamp + 2 /* two digits of the year */, where, text);
}

/* How it goes, told about every ten seconds. */
static void log_progress(const struct session *session, size_t index,
                         const struct gl_benchmark *benchmark, double elapsed, const char *state)
{
    wva_auto_arena arena = {0};
    int64_t done = 0;
    for (size_t i = 0; i < benchmark->count; i++)
        done +=
            benchmark->requests[i].status == GL_SUCCESSFUL && benchmark->requests[i].end <= elapsed;
    log_line("progress:_log_update:420",
             wva_arena_printf(&arena,
                              "Benchmark %zu (%s): %s | elapsed=%.1fs | successful=%lld errored=0 "
                              "incomplete=0 | requests/s=%.2f output_tokens/s=%.2f",
                              index + 1, gl_strategy_text(&arena, &benchmark->load), state, elapsed,
                              (long long)done, elapsed > 0 ? (double)done / elapsed : 0.0,
                              elapsed > 0 ? (double)(done * session->args->output_tokens) / elapsed
                                          : 0.0));
}

static void live_through(const struct session *session, size_t index,
                         const struct gl_benchmark *benchmark)
{
    wva_auto_arena arena = {0};
    double left = benchmark->duration;
    bool logs = session->release.minor >= 8;
    if (logs) {
        log_line("benchmarker:run:116",
                 wva_arena_printf(&arena, "Starting benchmark for strategy: %s",
                                  gl_strategy_text(&arena, &benchmark->load)));
        log_progress(session, index, benchmark, 0, "started");
    }
    while (left > 0) {
        double step = logs && left > PROGRESS_SECONDS ? PROGRESS_SECONDS : left;
        sleep_simulated(session, step);
        left -= step;
        if (logs && left > 0)
            log_progress(session, index, benchmark, benchmark->duration - left, "active");
    }
    if (logs) {
        log_progress(session, index, benchmark, benchmark->duration, "compile");
        log_progress(session, index, benchmark, benchmark->duration, "completed");
    }
}

/* Faults that strike while a benchmark runs. */
static void misbehave(const struct session *session)
{
    const struct gl_faults *faults = &session->world->faults;
    double third = isnan(session->args->max_seconds) ? 1 : session->args->max_seconds / 3;
    if (!isnan(faults->hang))
        for (;;)
            (void)pause();
    if (isnan(faults->fail))
        return;
    sleep_simulated(session, third);
    gl_traceback("RuntimeError: Worker process group startup failed: error_event is set");
}

static void run_one(const struct session *session, struct gl_run *run, const struct gl_load *load)
{
    static const struct gl_service nobody = {.max_num_seqs = 1};
    struct gl_world world = *session->world;
    bool lost = session->service == NULL || !serves(session->service, session->model);
    if (lost)
        world.faults.errors = 1; /* 404 or no connection at all */
    struct gl_situation situation = {
        .world = &world,
        .service = session->service != NULL ? session->service : &nobody,
        .args = session->args,
    };
    if (session->service != NULL && session->service->prefix_caching)
        situation.prompts_seen = gl_ledger_seed_seen(session->arena, session->world,
                                                     session->service, session->args->seed);
    struct gl_benchmark *benchmark = &run->benchmarks[run->count];
    gl_simulate(session->arena, &situation, session->release, load, benchmark);
    benchmark->epoch = (double)wva_clock_unix_ms() / 1000;
    int64_t running = load->streams > 0 ? load->streams : 1;
    if (session->service != NULL)
        gl_ledger_add(session->arena, session->world, session->service, running, NULL, -1);
    misbehave(session);
    live_through(session, run->count, benchmark);
    if (session->service != NULL)
        gl_ledger_add(session->arena, session->world, session->service, -running, benchmark,
                      session->args->seed);
    gl_metrics_compute(session->release, benchmark, &run->metrics[run->count]);
    run->count++;
    sleep_simulated(session, BETWEEN_SECONDS);
}

static void check_measured(const struct session *session, const struct gl_benchmark *benchmark)
{
    bool finished = false;
    for (size_t i = 0; i < benchmark->count; i++)
        finished = finished || benchmark->requests[i].status != GL_INCOMPLETE;
    if (session->release.minor == 3 && !finished)
        gl_traceback("ValueError: min() iterable argument is empty");
}

static void write_output(const struct session *session, const struct gl_run *run,
                         const struct gl_output *output)
{
    if (strcmp(output->kind, "console") == 0)
        return;
    FILE *file = fopen(output->path, "w");
    if (file == NULL)
        gl_traceback("%s: [Errno %d] %s: '%s'",
                     errno == EACCES || errno == EROFS ? "PermissionError" : "FileNotFoundError",
                     errno, strerror(errno), output->path);
    if (strcmp(output->kind, "json") == 0 || strcmp(output->kind, "yaml") == 0) {
        if (gl_generation_of(session->release) == GL_R1)
            gl_report_r1(run, file);
        else
            gl_report_r2(run, file);
    } else if (strcmp(output->kind, "csv") == 0) {
        gl_report_csv(run, file);
    } else {
        fprintf(file, "<!doctype html><title>GuideLLM</title>\n");
    }
    if (fclose(file) != 0)
        gl_traceback("OSError: [Errno %d] %s: '%s'", errno, strerror(errno), output->path);
}

static void write_outputs(const struct session *session, const struct gl_run *run)
{
    for (size_t i = 0; i < session->args->output_count; i++)
        write_output(session, run, &session->args->outputs[i]);
}

/* 0.3 prints first and writes then, the others the other way round. */
static void conclude(const struct session *session, const struct gl_run *run)
{
    wva_auto_arena arena = {0};
    const struct gl_args *args = session->args;
    if (session->release.minor == 3) {
        if (args->console)
            gl_console_t1(run);
        write_outputs(session, run);
        if (args->progress)
            printf("\nSaving benchmarks report...\nBenchmarks report saved to %s\n\nBenchmarking "
                   "complete.\n",
                   args->outputs[0].path);
        return;
    }
    write_outputs(session, run);
    if (!args->console)
        return;
    gl_console_t2(run);
    printf("\n\n\n");
    update(
        session, DONE,
        wva_arena_printf(&arena, "Benchmarking complete, generated %zu benchmark(s)", run->count));
    for (size_t i = 0; i < args->output_count; i++)
        update(
            session, MORE,
            wva_arena_printf(&arena, "  %-8s: %s", args->outputs[i].kind, args->outputs[i].path));
}

/* Python's warning of what will go away. */
static void warn_of_lists(const struct gl_args *args)
{
    fflush(stdout);
    fputs("/opt/app-root/lib64/python3.13/site-packages/guidellm/benchmark/entrypoints.py:526: "
          "FutureWarning: One or more sub-benchmarks specified a list of profile.streams. This "
          "pattern is deprecated and will be removed in a future release. Please use `--override "
          "profile.streams ",
          stderr);
    for (size_t i = 0; i < args->rate_count; i++)
        fprintf(stderr, "%s%g", i > 0 ? "," : "", args->rates[i]);
    fputs("` on the CLI or sub-benchmarks in the config file instead.\n"
          "  benchmark_args = resolve_to_single_benchmark(args.get_benchmarks())\n",
          stderr);
}

void gl_run_benchmarks(struct wva_arena *arena, struct gl_release release,
                       const struct gl_world *world, const struct gl_args *args)
{
    struct session session = {
        .arena = arena,
        .release = release,
        .world = world,
        .args = args,
        .service = gl_world_find(world, args->target),
    };
    if (args->console)
        gl_console_variables(release);
    if (release.minor >= 8 && args->kind == GL_CONCURRENT && args->rate_count > 1)
        warn_of_lists(args);
    sleep_simulated(&session, START_SECONDS);
    validate(&session);
    check_tokenizer(&session);
    if (args->complaint != NULL)
        gl_traceback("%s", args->complaint);
    struct gl_load loads[GL_RATES_MAX];
    struct gl_run run = {
        .release = release,
        .args = args,
        .world = world,
        .service = session.service,
        .model = session.model,
        .benchmarks = wva_arena_calloc(arena, GL_RATES_MAX, sizeof(*run.benchmarks)),
        .metrics = wva_arena_calloc(arena, GL_RATES_MAX, sizeof(*run.metrics)),
    };
    if (release.minor == 3 && args->progress)
        introduce_progress(&session);
    else if (release.minor > 3 && args->console)
        gl_console_intro(&run);
    size_t count = plan(args, loads);
    for (size_t i = 0; i < count; i++) {
        run_one(&session, &run, &loads[i]);
        check_measured(&session, &run.benchmarks[i]);
    }
    if (args->kind == GL_SWEEP) {
        count = plan_sweep(args, &run, loads);
        for (size_t i = 0; i < count; i++)
            run_one(&session, &run, &loads[i]);
    }
    if (release.minor >= 8)
        log_line("benchmarker:run:199", "All benchmarks finalized");
    conclude(&session, &run);
    for (size_t i = 0; i < run.count; i++) {
        free(run.benchmarks[i].requests);
        free(run.benchmarks[i].measured);
    }
}
