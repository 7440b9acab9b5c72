// SPDX-License-Identifier: Apache-2.0
// `vllm serve MODEL …`: start, loading, serving, the end.

#include "faults.h"
#include "log.h"
#include "server.h"

#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define STATS_SECONDS 10

struct program {
    struct standin_server server;
    struct standin_timer loaded;
    struct standin_timer stats;
    double stats_prompt, stats_generation; /* the counters at the last line */
    struct standin_source signals;
    int signal_fd;
    struct wva_arena arena;
};

/* Every 10 s, as vLLM: what went through, unless nothing did. */
static void log_stats(void *owner, int64_t deadline)
{
    struct program *program = owner;
    const struct standin_metrics *m = &program->server.metrics;
    double prompt = m->prompt_tokens - program->stats_prompt;
    double generation = m->generation_tokens - program->stats_generation;
    if (prompt + generation > 0)
        standin_log("loggers.py:127",
                    "Engine 000: Avg prompt throughput: %.1f tokens/s, Avg generation throughput: "
                    "%.1f tokens/s, Running: %.0f reqs, Waiting: %.0f reqs, GPU KV cache usage: "
                    "%.1f%%, Prefix cache hit rate: %.1f%%",
                    prompt / STATS_SECONDS, generation / STATS_SECONDS, m->running, m->waiting,
                    m->tokens_held / (16.0 * 27546) * 100,
                    m->prefix_queries > 0 ? m->prefix_hits / m->prefix_queries * 100 : 0);
    program->stats_prompt = m->prompt_tokens;
    program->stats_generation = m->generation_tokens;
    standin_timer_set(&program->server.loop, &program->stats,
                      deadline + STATS_SECONDS * STANDIN_SECOND);
}

static void log_start(const struct vllm_command *command)
{
    standin_log("api_server.py:1839", "vLLM API server version " STANDIN_VERSION);
    standin_log("__init__.py:742", "Resolved architecture: LlamaForCausalLM");
    standin_log(
        "__init__.py:1815", "Using max model len %lld",
        (long long)(command->max_model_len > 0 ? command->max_model_len : STANDIN_MAX_MODEL_LEN));
    standin_log("scheduler.py:222", "Chunked prefill is enabled with max_num_batched_tokens=%lld.",
                (long long)command->max_num_batched_tokens);
    standin_log_engine("core.py:76",
                       "Initializing a V1 LLM engine (v" STANDIN_VERSION
                       ") with config: model='%s', tensor_parallel_size=%lld, "
                       "enable_prefix_caching=%s, max_num_seqs=%lld",
                       command->model, (long long)command->tensor_parallel,
                       command->prefix_caching ? "True" : "False",
                       (long long)command->max_num_seqs);
    standin_log_engine("gpu_model_runner.py:2338", "Starting to load model %s...", command->model);
}

static void log_loaded(const struct vllm_command *command, double seconds)
{
    standin_log_engine("gpu_model_runner.py:2392",
                       "Model loading took 14.9889 GiB and %.6f seconds", seconds);
    standin_log_engine("gpu_worker.py:298", "Available KV cache memory: 57.41 GiB");
    standin_log_engine("kv_cache_utils.py:1087", "GPU KV cache size: 440,736 tokens");
    standin_log_engine("gpu_model_runner.py:3118", "Graph capturing finished in 1 secs, took 0.58 "
                                                   "GiB");
    standin_log("api_server.py:1912", "Starting vLLM API server 0 on http://%s:%lld",
                command->host != NULL ? command->host : "0.0.0.0", (long long)command->port);
    standin_log("", "Started server process [%d]", (int)getpid());
    standin_log("", "Waiting for application startup.");
    standin_log("", "Application startup complete.");
}

static void loaded(void *owner, int64_t deadline)
{
    struct program *program = owner;
    struct standin_server *server = &program->server;
    struct wva_error err = {0};
    if (standin_faults_at_load(server))
        return;
    if (standin_http_listen(&server->http, &err) < 0) {
        standin_log_traceback(err.msg);
        standin_loop_stop(&server->loop, EXIT_FAILURE);
        return;
    }
    log_loaded(&server->command, server->settings.load_seconds);
    if (!server->command.no_log_stats)
        standin_timer_set(&server->loop, &program->stats,
                          deadline + STATS_SECONDS * STANDIN_SECOND);
}

static void signaled(void *owner, uint32_t events)
{
    struct program *program = owner;
    struct signalfd_siginfo info;
    (void)events;
    if (read(program->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
        return;
    standin_log("launcher.py:99", "Shutting down FastAPI HTTP server.");
    standin_log("", "Shutting down");
    standin_log("", "Waiting for application shutdown.");
    standin_log("", "Application shutdown complete.");
    standin_loop_stop(&program->server.loop, EXIT_SUCCESS);
}

/* As process 1 of a container too: a signal without a handler would be ignored there. */
static int watch_signals(struct program *program, struct wva_error *err)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    program->signals = (struct standin_source){.ready = signaled, .owner = program};
    program->signal_fd = signalfd(-1, &set, SFD_CLOEXEC);
    if (program->signal_fd < 0 ||
        standin_loop_add(&program->server.loop, program->signal_fd, EPOLLIN, &program->signals) < 0)
        return wva_error_set(err, WVA_E_IO, "cannot watch signals: %s", strerror(errno));
    return 0;
}

static void wire(struct standin_server *server)
{
    const struct vllm_command *command = &server->command;
    server->metrics.command = command;
    server->delivered = wva_xcalloc(1, sizeof(*server->delivered));
    standin_delivered_init(server->delivered);
    if (command->prefix_caching)
        server->prefix = wva_xcalloc(1, sizeof(*server->prefix));
    server->engine = (struct standin_engine){
        .loop = &server->loop,
        .settings = &server->settings,
        .metrics = &server->metrics,
        .prefix = server->prefix,
        .max_num_seqs = (size_t)command->max_num_seqs,
        .max_batched_tokens = (size_t)command->max_num_batched_tokens,
    };
    standin_engine_init(&server->engine);
    server->http.loop = &server->loop;
    server->http.access_log = !command->no_access_log;
    server->http.handler = standin_route;
    server->http.owner = server;
}

static int start(struct program *program, struct wva_error *err)
{
    struct standin_server *server = &program->server;
    if (standin_settings_read(&program->arena, &server->settings, err) < 0)
        return -1;
    if (server->settings.tokenizer != NULL &&
        standin_tokenizer_read(&program->arena, server->settings.tokenizer, &server->tokenizer,
                               err) < 0)
        return -1;
    if (standin_loop_init(&server->loop, err) < 0 || watch_signals(program, err) < 0 ||
        standin_http_bind(&server->http, server->command.host, server->command.port,
                          &server->command.port, err) < 0)
        return -1;
    wire(server);
    log_start(&server->command);
    program->loaded = (struct standin_timer){.fire = loaded, .owner = program};
    program->stats = (struct standin_timer){.fire = log_stats, .owner = program};
    standin_timer_set(&server->loop, &program->loaded,
                      standin_now() + (int64_t)(server->settings.load_seconds * 1e9));
    return 0;
}

static void finish(struct program *program)
{
    struct standin_server *server = &program->server;
    standin_http_done(&server->http);
    if (program->signal_fd > 0)
        (void)close(program->signal_fd);
    standin_loop_done(&server->loop);
    free(server->delivered);
    free(server->prefix);
    wva_arena_done(&program->arena);
}

/* `vllm` without `serve`: 0 to go on, else the exit status + 1. */
static int check_subcommand(int argc, char *const *argv)
{
    if (argc > 1 && (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-v") == 0)) {
        (void)puts(STANDIN_VERSION);
        return EXIT_SUCCESS + 1;
    }
    if (argc > 1 && strcmp(argv[1], "serve") == 0)
        return 0;
    (void)fprintf(stderr,
                  "usage: vllm [-h] [-v] {chat,complete,serve,bench,collect-env,run-batch} ...\n"
                  "vllm: error: argument subparser: invalid choice: '%s' (choose from chat, "
                  "complete, serve, bench, collect-env, run-batch)\n",
                  argc > 1 ? argv[1] : "");
    return 2 + 1;
}

int main(int argc, char **argv)
{
    static struct program program;
    struct wva_error err = {0};
    int status = check_subcommand(argc, argv);
    if (status > 0)
        return status - 1;
    const char *words = vllm_command_parse(&program.arena, argv, &program.server.command, &status);
    if (words != NULL) {
        (void)fprintf(stderr, "%s\n", words);
        wva_arena_done(&program.arena);
        return status;
    }
    words = vllm_command_refuse(&program.arena, &program.server.command, environ, 0);
    status = EXIT_FAILURE;
    if (words != NULL)
        standin_log_traceback(words);
    else if (start(&program, &err) < 0)
        standin_log_traceback(err.msg);
    else
        status = standin_loop_run(&program.server.loop);
    finish(&program);
    return status;
}
