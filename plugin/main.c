// SPDX-License-Identifier: Apache-2.0
/* The process: fills in the real streams and environment, runs the command line, prints an error
 * once. */
#include "wva/cmd/app.h"
#include "wva/util/cancel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static const char *environment_get(void *ctx, const char *name)
{
    (void)ctx;
    return getenv(name);
}

/* A closed descriptor 0, 1 or 2 would be taken by the next socket, and messages end up in it. The
 * wrong direction makes its use fail: a result that nobody gets must not look like success. */
static void open_standard_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)!open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
}

/* A full disk shows only when the last bytes are written; "done" must not be claimed before. */
static int flush_output(struct wva_app *app, struct wva_error *err)
{
    if (fflush(app->out.file) == 0 && !ferror(app->out.file))
        return 0;
    if (errno == EPIPE) /* the reader has had enough (`| head`): not our failure */
        return 0;
    return wva_error_set(err, WVA_E_IO, "cannot write to standard output: %s", strerror(errno));
}

static int run(int argc, char **argv)
{
    struct wva_app app = {
        .program = "kubectl wva",
        .in = STDIN_FILENO,
        .env = {.get = environment_get, .all = (const char *const *)environ},
    };
    wva_term_init(&app.out, stdout, getenv("NO_COLOR"), getenv("TERM"), getenv("COLUMNS"));
    wva_term_init(&app.err, stderr, getenv("NO_COLOR"), getenv("TERM"), getenv("COLUMNS"));

    struct wva_error err = {0};
    if (wva_app_run(&app, argc, argv, &err) == 0)
        (void)flush_output(&app, &err);
    else
        (void)fflush(app.out.file);
    if (err.code != WVA_OK)
        wva_app_print_error(&app, &err);
    wva_app_done(&app);
    return wva_code_exit_status(err.code);
}

int main(int argc, char **argv)
{
    open_standard_descriptors();
    unsetenv("SSLKEYLOGFILE"); /* libcurl would write the keys of our TLS sessions there */
    wva_cancel_install();

    return run(argc, argv);
}
