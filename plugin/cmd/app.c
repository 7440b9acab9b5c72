// SPDX-License-Identifier: Apache-2.0
/* From a command line to a running command, and what all commands share: the cluster, progress,
 * errors. */
#include "wva/cmd/command.h"

#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <string.h>
#include <unistd.h>

#define TEXT(member, flag, value_, help_)                                                          \
    {                                                                                              \
        .name = (flag), .kind = WVA_OPTION_TEXT,                                                   \
        .offset = offsetof(struct wva_connection, member), .value = (value_), .help = (help_)      \
    }

const struct wva_option wva_connection_options[] = {
    TEXT(kube.kubeconfig, "kubeconfig", "FILE",
         "Kubeconfig file; else $KUBECONFIG, else ~/.kube/config"),
    TEXT(kube.context, "context", "NAME", "Context of the kubeconfig"),
    TEXT(kube.cluster, "cluster", "NAME", "Cluster entry of the kubeconfig"),
    TEXT(kube.user, "user", "NAME", "User entry of the kubeconfig"),
    {.name = "namespace",
     .letter = 'n',
     .kind = WVA_OPTION_TEXT,
     .offset = offsetof(struct wva_connection, kube.namespace_),
     .value = "NAME",
     .help = "Namespace; else the context's"},
    {.name = "server",
     .letter = 's',
     .kind = WVA_OPTION_TEXT,
     .offset = offsetof(struct wva_connection, kube.server),
     .value = "URL",
     .help = "Address of the API server"},
    TEXT(kube.token, "token", "TOKEN", "Bearer token"),
    TEXT(kube.as, "as", "USER", "User to impersonate"),
    {.name = "as-group",
     .kind = WVA_OPTION_LIST,
     .offset = offsetof(struct wva_connection, as_groups),
     .value = "GROUP",
     .help = "Group to impersonate"},
    TEXT(kube.as_uid, "as-uid", "UID", "UID to impersonate"),
    TEXT(kube.certificate_authority, "certificate-authority", "FILE",
         "Certificate authority of the API server"),
    TEXT(kube.client_certificate, "client-certificate", "FILE", "Client certificate"),
    TEXT(kube.client_key, "client-key", "FILE", "Key of the client certificate"),
    {.name = "insecure-skip-tls-verify",
     .kind = WVA_OPTION_FLAG,
     .offset = offsetof(struct wva_connection, kube.insecure_skip_tls_verify),
     .help = "Do not verify the API server's certificate"},
    TEXT(kube.tls_server_name, "tls-server-name", "NAME",
         "Name the API server's certificate is checked for"),
    TEXT(kube.request_timeout, "request-timeout", "TIME", "Longest time for one request; 0: none"),
    {.name = "disable-compression",
     .kind = WVA_OPTION_FLAG,
     .offset = offsetof(struct wva_connection, kube.disable_compression),
     .help = "Ask for uncompressed responses"},
    {.name = "v",
     .letter = 'v',
     .kind = WVA_OPTION_INT,
     .offset = offsetof(struct wva_connection, verbosity),
     .value = "LEVEL",
     .high = 10,
     .help = "Trace requests to standard error: 6 lines, 7 headers, 8 bodies (cut), 9 all; secrets "
             "are masked"},
    {.name = "quiet",
     .letter = 'q',
     .kind = WVA_OPTION_FLAG,
     .offset = offsetof(struct wva_connection, quiet),
     .help = "No progress, only errors"},
    {.name = NULL},
};

const struct wva_command *wva_command_find(const char *name)
{
    for (const struct wva_command *const *command = wva_commands; *command; command++)
        if (wva_str_eq((*command)->name, name))
            return *command;
    return NULL;
}

static int unknown_command(struct wva_app *app, const char *word, struct wva_error *err)
{
    struct wva_list names = {0};
    for (const struct wva_command *const *command = wva_commands; *command; command++)
        wva_list_add(&app->arena, &names, (*command)->name);
    wva_error_set(err, WVA_E_USAGE, "unknown command '%s'", word);
    const char *near = wva_str_nearest(word, names.items);
    if (near)
        return wva_error_hint(err, "did you mean '%s %s'?", app->program, near);
    return wva_error_hint(err, "%s --help", app->program);
}

static int run_command(struct wva_app *app, const struct wva_command *command, int argc,
                       char **argv, struct wva_error *err)
{
    void *options = wva_arena_alloc(&app->arena, command->options_size ? command->options_size : 1);
    struct wva_list arguments, rest;
    bool help;
    if (wva_options_parse(app, command, argc, argv, options, &arguments, &rest, &help, err) < 0)
        return -1;
    if (help) {
        wva_help_command(app->out.file, app->program, command);
        return 0;
    }
    wva_progress_init(&app->progress, &app->err, app->connection.quiet);
    int result = command->run(app, options, &arguments, &rest, err);
    wva_progress_end(&app->progress);
    return result;
}

int wva_app_run(struct wva_app *app, int argc, char **argv, struct wva_error *err)
{
    int at;
    if (wva_options_skip(app, argc, argv, &at, err) < 0)
        return -1;
    bool wants_help = at < argc && wva_str_eq(argv[at], "help");
    if (wants_help)
        at++;
    if (at >= argc || argv[at][0] == '-') {
        wva_help_all(app->out.file, app->program);
        return 0;
    }
    const struct wva_command *command = wva_command_find(argv[at]);
    if (!command)
        return unknown_command(app, argv[at], err);
    if (wants_help) {
        wva_help_command(app->out.file, app->program, command);
        return 0;
    }
    return run_command(app, command, argc - at - 1, argv + at + 1, err);
}

int wva_app_connect(struct wva_app *app, struct wva_error *err)
{
    if (app->kube)
        return 0;
    app->connection.kube.as_groups = app->connection.as_groups.items;
    if (wva_kube_config_load(&app->arena, &app->connection.kube, &app->env, &app->config, err) < 0)
        return -1;
    struct wva_kube_options options = {
        .verbosity = (int)app->connection.verbosity,
        .messages = app->err.file,
        .stdin_is_terminal = isatty(app->in) == 1,
    };
    return wva_kube_new(&app->config, &app->env, &options, &app->kube, err);
}

int wva_app_stay_offline(struct wva_app *app, struct wva_error *err)
{
    return wva_kube_config_namespace(&app->arena, &app->connection.kube, &app->env,
                                     &app->config.namespace_, err);
}

const char *wva_app_namespace(const struct wva_app *app)
{
    return app->config.namespace_;
}

void wva_app_done(struct wva_app *app)
{
    wva_kube_free(app->kube);
    wva_kube_config_done(&app->config);
    wva_arena_done(&app->arena);
    app->kube = NULL;
}

static void show_step(void *ctx, const char *what, const char *detail)
{
    struct wva_app *app = ctx;
    wva_progress_update(&app->progress, what, detail);
}

static void show_note(void *ctx, enum wva_note kind, const char *text)
{
    static const enum wva_style styles[] = {
        [WVA_NOTE_INFO] = WVA_STYLE_PLAIN,
        [WVA_NOTE_DONE] = WVA_STYLE_GREEN,
        [WVA_NOTE_WARNING] = WVA_STYLE_YELLOW,
    };
    struct wva_app *app = ctx;
    wva_progress_note(&app->progress, styles[kind], text);
}

struct wva_observer wva_app_observer(struct wva_app *app)
{
    return (struct wva_observer){show_step, show_note, app};
}

bool wva_app_given(const struct wva_app *app, const char *option)
{
    for (size_t i = 0; i < app->given.count; i++)
        if (wva_str_eq(app->given.items[i], option))
            return true;
    return false;
}

void wva_app_print_error(struct wva_app *app, const struct wva_error *err)
{
    wva_term_put(&app->err, WVA_STYLE_RED, "error:");
    fprintf(app->err.file, " %s\n", err->msg);
    for (const char *line = err->hint; *line;) {
        size_t len = strcspn(line, "\n");
        fprintf(app->err.file, "hint: %.*s\n", (int)len, line);
        line += len + (line[len] != '\0');
    }
}
