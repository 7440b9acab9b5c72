// SPDX-License-Identifier: Apache-2.0
/* See app_fixture.h. */
#include "unit/cmd/app_fixture.h"

#include "wva/util/mem.h"

#include <fcntl.h>
#include <unistd.h>

#define WORDS_MAX 64

static const char *no_variable(void *ctx, const char *name)
{
    (void)ctx;
    (void)name;
    return NULL;
}

int app_setup(void **state)
{
    static const char *const empty[] = {NULL};
    struct app_fixture *f = wva_xcalloc(1, sizeof(*f));
    f->app = (struct wva_app){
        .program = "kubectl wva",
        .in = open("/dev/null", O_RDONLY | O_CLOEXEC),
        .env = {.get = no_variable, .all = empty, .service_account_dir = "/nonexistent"},
    };
    wva_term_init(&f->app.out, open_memstream(&f->out, &f->out_len), NULL, NULL, NULL);
    wva_term_init(&f->app.err, open_memstream(&f->messages, &f->messages_len), NULL, NULL, NULL);
    *state = f;
    return 0;
}

int app_teardown(void **state)
{
    struct app_fixture *f = *state;
    wva_app_done(&f->app);
    fclose(f->app.out.file);
    fclose(f->app.err.file);
    close(f->app.in);
    free(f->out);
    free(f->messages);
    free(f);
    return 0;
}

/* The words live as long as the app, like a process's: options point into them. */
int run_app(struct app_fixture *f, const char *const *words)
{
    char *argv[WORDS_MAX] = {wva_arena_strdup(&f->app.arena, "kubectl-wva")};
    int argc = 1;
    for (; words[argc - 1]; argc++)
        argv[argc] = wva_arena_strdup(&f->app.arena, words[argc - 1]);

    int result = wva_app_run(&f->app, argc, argv, &f->err);
    check_int(result, f->err.code == WVA_OK ? 0 : -1);
    fflush(f->app.out.file);
    fflush(f->app.err.file);
    return wva_code_exit_status(f->err.code);
}

void feed_app(struct app_fixture *f, const char *text)
{
    int ends[2];
    check_int(pipe(ends), 0);
    check_int(write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
    close(ends[1]);
    close(f->app.in);
    f->app.in = ends[0];
}
