// SPDX-License-Identifier: Apache-2.0
// The program that Job containers find as `guidellm`. Options that begin with --sim- are ours.

#include "guidellm_run.h"

#include "wva/util/str.h"

#include <stdlib.h>
#include <string.h>

#define NEWEST "0.8.1"
#define USAGE  "guidellm [OPTIONS] COMMAND [ARGS]..."

static _Noreturn void no_such_command(struct gl_release release, const char *usage,
                                      const char *name)
{
    static const char *const none[] = {NULL};
    if (name[0] == '-' && strcmp(usage, USAGE) == 0)
        gl_no_such_option(usage, gl_quotes_options(release), name, none);
    gl_usage_error(usage, "No such command '%s'.", name);
}

/* What ends at once: help and the version. */
static void answer(struct gl_release release, const char *word)
{
    if (word == NULL || strcmp(word, "--help") == 0) {
        printf("Usage: %s\n", USAGE);
        exit(word == NULL ? 2 : 0);
    }
    if (strcmp(word, "--version") == 0) {
        printf("guidellm version: %s\n", release.text);
        exit(0);
    }
}

/* Up to 0.6 `benchmark`, whose default subcommand is `run`; from 0.7 on `run`. Returns the
 * arguments of the run. */
static char **dispatch(struct gl_release release, char **argv)
{
    answer(release, argv[0]);
    bool is_benchmark = strcmp(argv[0], "benchmark") == 0;
    if (release.minor <= 6 && is_benchmark)
        return wva_str_eq(argv[1], "run") ? argv + 2 : argv + 1;
    if (release.minor >= 7 && strcmp(argv[0], "run") == 0)
        return argv + 1;
    /* 0.7.0 and 0.7.1 still have the group, with nothing in it but from-file */
    if (is_benchmark && release.minor == 7 && release.patch < 2)
        no_such_command(release, "guidellm benchmark [OPTIONS] COMMAND [ARGS]...",
                        argv[1] != NULL ? argv[1] : "");
    no_such_command(release, USAGE, argv[0]);
}

struct setting {
    const char *world;   /* --sim-world or WVA_SIM_WORLD */
    const char *release; /* --sim-release; else the world's */
};

/* Takes our own options off the front. */
static char **take_settings(char **argv, struct setting *ret)
{
    ret->world = getenv("WVA_SIM_WORLD");
    while (argv[0] != NULL && argv[1] != NULL && wva_str_has_prefix(argv[0], "--sim-")) {
        if (strcmp(argv[0], "--sim-world") == 0)
            ret->world = argv[1];
        else if (strcmp(argv[0], "--sim-release") == 0)
            ret->release = argv[1];
        else
            break;
        argv += 2;
    }
    return argv;
}

static struct gl_world empty_world(void)
{
    return (struct gl_world){
        .namespace_ = "default",
        .speed = 1,
        .faults = {GL_NONE, GL_NONE, GL_NONE, GL_NONE, GL_NONE, GL_NONE, GL_NONE, GL_NONE},
    };
}

int main(int argc, char **argv)
{
    wva_auto_arena arena = {0};
    struct setting setting = {0};
    struct wva_error err = {0};
    struct gl_world world = empty_world();
    struct gl_release release;
    struct gl_args args = {0};
    if (argc == 3 && strcmp(argv[1], "--sim-warden") == 0)
        return gl_warden(argv[2]);
    if (argc == 4 && strcmp(argv[1], "--sim-big-report") == 0)
        return gl_big_report(argv[2], argv[3]);
    argv = take_settings(argv + 1, &setting);
    (void)gl_release_parse(&arena, NEWEST, &release);
    if (setting.world != NULL && gl_world_read(&arena, setting.world, &world, &release, &err) < 0) {
        fprintf(stderr, "wva-sim-guidellm: %s\n", err.msg);
        return 70;
    }
    if (setting.release != NULL && gl_release_parse(&arena, setting.release, &release) < 0) {
        fprintf(stderr, "wva-sim-guidellm: no release \"%s\" is known\n", setting.release);
        return 70;
    }
    argv = dispatch(release, argv);
    if (release.minor <= 6)
        gl_cli_legacy(&arena, release, argv, &args);
    else
        gl_cli_run(&arena, release, argv, &args);
    gl_run_benchmarks(&arena, release, &world, &args);
    return 0;
}
