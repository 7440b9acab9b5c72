// SPDX-License-Identifier: Apache-2.0
/*
 * The process as a value: streams, terminal facts, environment and the connection flags every
 * command takes. Tests make one of their own; nothing below main.c looks at the real environment.
 */
#ifndef WVA_CMD_APP_H
#define WVA_CMD_APP_H

#include "wva/kube/client.h"
#include "wva/run/observer.h"
#include "wva/ui/ui.h"
#include "wva/util/arena.h"

#include <stdbool.h>
#include <stdio.h>

/* A repeatable option. `items` ends with NULL; NULL when never given. */
struct wva_list {
    const char **items;
    size_t count;
};

/* kubectl's connection flags and what goes with them. */
struct wva_connection {
    struct wva_kube_flags kube; /* as_groups is taken from `as_groups` when connecting */
    struct wva_list as_groups;
    int64_t verbosity;
    bool quiet;
};

struct wva_app {
    const char *program; /* "kubectl wva" */
    int in;              /* descriptor of standard input */
    struct wva_term out; /* data */
    struct wva_term err; /* everything else */
    struct wva_env env;
    struct wva_arena arena; /* lives as long as the command */
    struct wva_connection connection;
    struct wva_progress progress;
    struct wva_list given; /* the command's options as they were given, by long name */

    /* The cluster, once a command asked for it (wva_app_connect). */
    struct wva_kube_config config;
    struct wva_kube *kube;
};

/* Runs a command line (argv[0] is the program). Data goes to app->out; an error is left in `err`,
 * for the caller to print. */
int wva_app_run(struct wva_app *app, int argc, char **argv, struct wva_error *err) WVA_MUST_USE;
void wva_app_done(struct wva_app *app);

/* Loads the kubeconfig and prepares the client; once. */
int wva_app_connect(struct wva_app *app, struct wva_error *err) WVA_MUST_USE;

/* In its place where nothing is sent (--dry-run=client): finds the namespace and no more, so that
 * no cluster, or even kubeconfig, is needed. */
int wva_app_stay_offline(struct wva_app *app, struct wva_error *err) WVA_MUST_USE;

/* The namespace flags and kubeconfig name; needs one of the two before. */
const char *wva_app_namespace(const struct wva_app *app);

/* An observer that shows work on app->progress. */
struct wva_observer wva_app_observer(struct wva_app *app);

/* Was this option of the command on the command line? */
bool wva_app_given(const struct wva_app *app, const char *option);

/* Prints "error: …" and "hint: …" to app->err, each line of the hint as one. */
void wva_app_print_error(struct wva_app *app, const struct wva_error *err);

#endif
