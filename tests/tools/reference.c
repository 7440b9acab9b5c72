// SPDX-License-Identifier: Apache-2.0
/*
 * Writes the reference pages under docs/commands/ from the option tables.
 *
 *     wva-reference NAME               one command's page to standard output
 *     wva-reference --write FOLDER     every command's page to FOLDER/NAME.md
 */
#include "wva/cmd/command.h"
#include "wva/util/str.h"

#include <errno.h>
#include <string.h>

static int write_page(const char *folder, const struct wva_command *command)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s.md", folder, command->name);
    FILE *out = fopen(path, "w");
    if (!out) {
        fprintf(stderr, "cannot write %s: %s\n", path, strerror(errno));
        return -1;
    }
    wva_help_markdown(out, command);
    bool failed = ferror(out) != 0;
    if (fclose(out) == 0 && !failed)
        return 0;
    fprintf(stderr, "cannot write %s\n", path);
    return -1;
}

static int write_all(const char *folder)
{
    for (const struct wva_command *const *command = wva_commands; *command; command++)
        if (write_page(folder, *command) < 0)
            return 1;
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && wva_str_eq(argv[1], "--write"))
        return write_all(argv[2]);
    const struct wva_command *command = argc == 2 ? wva_command_find(argv[1]) : NULL;
    if (!command) {
        fprintf(stderr, "usage: %s NAME | --write FOLDER\n", argv[0]);
        return 2;
    }
    wva_help_markdown(stdout, command);
    return 0;
}
