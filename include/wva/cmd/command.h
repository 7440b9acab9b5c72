// SPDX-License-Identifier: Apache-2.0
/*
 * A command introduces itself: name, help, options and what it does, in one file. Parsing, help,
 * the reference pages under docs/commands/ and suggestions for mistyped words all read the same
 * tables.
 */
#ifndef WVA_CMD_COMMAND_H
#define WVA_CMD_COMMAND_H

#include "wva/cmd/app.h"

#include <stddef.h>

enum wva_option_kind {
    WVA_OPTION_FLAG,     /* bool */
    WVA_OPTION_TEXT,     /* const char *; not empty */
    WVA_OPTION_INT,      /* int64_t, between `low` and `high` */
    WVA_OPTION_NUMBER,   /* double, between `low` and `high` */
    WVA_OPTION_DURATION, /* int64_t, ms */
    WVA_OPTION_CHOICE,   /* const char *; one of `choices` */
    WVA_OPTION_LIST,     /* struct wva_list; each use adds one */
};

struct wva_option {
    const char *name; /* without dashes; NULL ends a table */
    char letter;      /* 0: none */
    enum wva_option_kind kind;
    size_t offset;              /* of the destination in the group's struct */
    const char *value;          /* name of the value in help, e.g. "NAME" */
    const char *help;           /* one sentence without full stop */
    const char *const *choices; /* ends with NULL */
    const char *bare; /* value when given without one ("--dry-run"); NULL: a value is needed */
    double low, high; /* INT, NUMBER; both 0: no limit */
};

/* Options that several commands share, filled into a struct that stands at `offset` in theirs. */
struct wva_option_group {
    const char *title;
    const struct wva_option *options; /* NULL ends the list */
    size_t offset;
};

struct wva_command {
    const char *name;
    const char *summary;     /* one line, for the list of commands */
    const char *arguments;   /* "NAME --model ID", for the usage line */
    const char *description; /* paragraphs */
    const char *examples;    /* command lines, each after a "# comment" line */
    const struct wva_option_group *groups;
    size_t options_size;
    const void *defaults; /* options_size bytes; NULL: zeroes */
    size_t least, most;   /* positional arguments */
    bool takes_rest;      /* accepts "-- ARG…" */
    int (*run)(struct wva_app *app, const void *options, const struct wva_list *arguments,
               const struct wva_list *rest, struct wva_error *err);
};

/* All commands, in the order of help; ends with NULL. */
extern const struct wva_command *const wva_commands[];

/* The connection flags, accepted by every command. */
extern const struct wva_option wva_connection_options[];

const struct wva_command *wva_command_find(const char *name);

/* Parses the words after the command's name. `options` has options_size bytes and gets the defaults
 * first. Sets `*ret_help` and stops when -h or --help is met. Errors: WVA_E_USAGE with a hint. */
int wva_options_parse(struct wva_app *app, const struct wva_command *command, int argc, char **argv,
                      void *options, struct wva_list *ret_arguments, struct wva_list *ret_rest,
                      bool *ret_help, struct wva_error *err) WVA_MUST_USE;

/* Takes the connection options before the command's name: kubectl users write `kubectl wva -n bench
 * deploy …`. argv[*ret_next] is the first other word; *ret_next is `argc` when there is none. */
int wva_options_skip(struct wva_app *app, int argc, char **argv, int *ret_next,
                     struct wva_error *err) WVA_MUST_USE;

void wva_list_add(struct wva_arena *arena, struct wva_list *list, const char *item);

/* Help texts. */
void wva_help_all(FILE *out, const char *program);
void wva_help_command(FILE *out, const char *program, const struct wva_command *command);

/* The reference page of a command, in Markdown (docs/commands/NAME.md). */
void wva_help_markdown(FILE *out, const struct wva_command *command);

#endif
