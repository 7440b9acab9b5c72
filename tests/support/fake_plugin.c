// SPDX-License-Identifier: Apache-2.0
/*
 * A credential plugin that behaves, or misbehaves, as its first argument says (see `modes` below).
 *
 *     FAKE_PLUGIN_API      apiVersion of the answer; else .../v1
 *     FAKE_PLUGIN_EXPIRES  expirationTimestamp of the answer; else none
 *     FAKE_PLUGIN_RUNS     a file that each run adds a byte to; the token then ends with their
 * number FAKE_PLUGIN_RECORD   a file that gets what this program was given: arguments, what
 * standard input is, KUBERNETES_EXEC_INFO, EXTRA
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_API "client.authentication.k8s.io/v1"

static const char *env_or(const char *name, const char *fallback)
{
    const char *value = getenv(name);

    return value != NULL ? value : fallback;
}

/* Counts this run in FAKE_PLUGIN_RUNS. 0 when nobody counts. */
static long count_run(void)
{
    const char *path = getenv("FAKE_PLUGIN_RUNS");
    FILE *file = path != NULL ? fopen(path, "ae") : NULL;
    long runs;

    if (file == NULL)
        return 0;
    fputc('x', file);
    runs = ftell(file);
    fclose(file);
    return runs;
}

static const char *stdin_kind(void)
{
    struct stat ours, null;

    if (fstat(STDIN_FILENO, &ours) < 0)
        return "closed";
    if (stat("/dev/null", &null) == 0 && S_ISCHR(ours.st_mode) && ours.st_rdev == null.st_rdev)
        return "/dev/null";
    return "inherited";
}

static void record(int argc, char **argv)
{
    const char *path = getenv("FAKE_PLUGIN_RECORD");
    FILE *file = path != NULL ? fopen(path, "we") : NULL;

    if (file == NULL)
        return;
    for (int i = 1; i < argc; i++)
        fprintf(file, "argument %s\n", argv[i]);
    fprintf(file, "stdin %s\n", stdin_kind());
    fprintf(file, "info %s\n", env_or("KUBERNETES_EXEC_INFO", "(unset)"));
    fprintf(file, "extra %s\n", env_or("EXTRA", "(unset)"));
    fclose(file);
}

static void answer(const char *kind, const char *status)
{
    const char *expires = getenv("FAKE_PLUGIN_EXPIRES");

    printf("{\"apiVersion\": \"%s\", \"kind\": \"%s\", \"status\": {%s",
           env_or("FAKE_PLUGIN_API", DEFAULT_API), kind, status);
    if (expires != NULL)
        printf(", \"expirationTimestamp\": \"%s\"", expires);
    printf("}}\n");
}

static int ok_token(long runs)
{
    char status[64];

    snprintf(status, sizeof(status), "\"token\": \"plugin-token-%ld\"", runs);
    answer("ExecCredential", status);
    return 0;
}

static int ok_cert(long runs)
{
    (void)runs;
    answer("ExecCredential",
           "\"clientCertificateData\": \"plugin cert\", \"clientKeyData\": \"plugin key\"");
    return 0;
}

static int cert_without_key(long runs)
{
    (void)runs;
    answer("ExecCredential", "\"clientCertificateData\": \"plugin cert\"");
    return 0;
}

static int nothing_useful(long runs)
{
    (void)runs;
    answer("ExecCredential", "\"token\": \"\"");
    return 0;
}

static int wrong_kind(long runs)
{
    (void)runs;
    answer("TokenReview", "\"token\": \"plugin-secret\"");
    return 0;
}

static int numeric_token(long runs)
{
    (void)runs;
    answer("ExecCredential", "\"token\": 12345");
    return 0;
}

static int no_status(long runs)
{
    (void)runs;
    puts("{\"apiVersion\": \"" DEFAULT_API "\", \"kind\": \"ExecCredential\"}");
    return 0;
}

static int bad_json(long runs)
{
    (void)runs;
    puts("{\"token\": \"plugin-secret\" oops");
    return 0;
}

static int silent(long runs)
{
    (void)runs;
    return 0;
}

static int big_token(long runs)
{
    static char token[16 * 1024];

    (void)runs;
    memset(token, 'a', sizeof(token) - 1);
    printf(
        "{\"apiVersion\": \"%s\", \"kind\": \"ExecCredential\", \"status\": {\"token\": \"%s\"}}\n",
        DEFAULT_API, token);
    return 0;
}

static int huge(long runs)
{
    static char piece[64 * 1024];

    (void)runs;
    memset(piece, ' ', sizeof(piece));
    for (int i = 0; i < 64; i++)
        fwrite(piece, 1, sizeof(piece), stdout);
    return 0;
}

static int slow(long runs)
{
    sleep(30);
    return ok_token(runs);
}

static int exit_3(long runs)
{
    (void)runs;
    puts("plugin-secret");
    return 3;
}

static int killed(long runs)
{
    (void)runs;
    raise(SIGKILL);
    return 0;
}

static int talks(long runs)
{
    fputs("go to https://login.example and enter ABC-DEF\n", stderr);
    return ok_token(runs);
}

/* Ends at once, while a grandchild keeps the pipe open (and nothing else of ours: a test runner
 * waits for the end of its standard error). */
static int grandchild(long runs)
{
    ok_token(runs);
    fflush(stdout);
    if (fork() == 0) {
        close(STDERR_FILENO);
        sleep(10);
        _exit(0);
    }
    return 0;
}

static const struct {
    const char *name;
    int (*run)(long runs);
} modes[] = {
    {"ok", ok_token},
    {"ok-cert", ok_cert},
    {"cert-without-key", cert_without_key},
    {"nothing-useful", nothing_useful},
    {"wrong-kind", wrong_kind},
    {"numeric-token", numeric_token},
    {"no-status", no_status},
    {"bad-json", bad_json},
    {"silent", silent},
    {"big-token", big_token},
    {"huge", huge},
    {"slow", slow},
    {"exit-3", exit_3},
    {"killed", killed},
    {"talks", talks},
    {"grandchild", grandchild},
};

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "ok";

    record(argc, argv);
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (strcmp(modes[i].name, mode) == 0)
            return modes[i].run(count_run());
    }
    fprintf(stderr, "fake_plugin: no mode %s\n", mode);
    return 2;
}
