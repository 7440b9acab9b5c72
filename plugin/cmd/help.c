// SPDX-License-Identifier: Apache-2.0
/* Help and reference pages, written from the same tables that parse the command line. */
#include "wva/cmd/command.h"

#include "wva/util/str.h"

#include <string.h>

#define HELP_WIDTH  100u
#define HELP_INDENT 30u

/* Words of `text` broken at HELP_WIDTH, each line after the first indented. `column` is where the
 * cursor is. */
static void put_wrapped(FILE *out, const char *text, unsigned indent, unsigned column)
{
    while (*text) {
        unsigned len = (unsigned)strcspn(text, " ");
        if (column > indent && column + 1 + len > HELP_WIDTH) {
            fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            fputc(' ', out);
            column++;
        }
        fprintf(out, "%.*s", (int)len, text);
        column += len;
        text += len;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

/* "-o, --output=FORMAT" */
static void option_label(char *out, size_t size, const struct wva_option *option)
{
    const char *value = option->value ? option->value : "VALUE";
    char head[8] = "    ";
    if (option->letter)
        snprintf(head, sizeof(head), "-%c, ", option->letter);
    if (option->kind == WVA_OPTION_FLAG)
        snprintf(out, size, "%s--%s", head, option->name);
    else if (option->bare)
        snprintf(out, size, "%s--%s[=%s]", head, option->name, value);
    else
        snprintf(out, size, "%s--%s=%s", head, option->name, value);
}

/* "Output format (table, json, yaml, name)" */
static void option_text(char *out, size_t size, const struct wva_option *option)
{
    size_t len = (size_t)snprintf(out, size, "%s", option->help);
    for (const char *const *choice = option->choices; choice && *choice && len < size; choice++)
        len += (size_t)snprintf(out + len, size - len, "%s%s",
                                choice == option->choices ? " (" : ", ", *choice);
    if (option->choices && len < size)
        len += (size_t)snprintf(out + len, size - len, ")");
    if (option->kind == WVA_OPTION_LIST && len < size)
        snprintf(out + len, size - len, "; may be repeated");
}

static void put_options(FILE *out, const char *title, const struct wva_option *options)
{
    fprintf(out, "\n%s:\n", title);
    for (const struct wva_option *option = options; option->name; option++) {
        char label[96], text[512];
        option_label(label, sizeof(label), option);
        option_text(text, sizeof(text), option);
        int printed = fprintf(out, "  %s", label);
        if (printed + 2 > (int)HELP_INDENT) {
            fputc('\n', out);
            printed = 0;
        }
        fprintf(out, "%*s", (int)HELP_INDENT - printed, "");
        put_wrapped(out, text, HELP_INDENT, HELP_INDENT);
    }
}

/* Each line of `text` behind an indent. */
static void put_indented(FILE *out, const char *text, const char *indent)
{
    while (*text) {
        int len = (int)strcspn(text, "\n");
        fprintf(out, "%s%.*s\n", len ? indent : "", len, text);
        text += len;
        if (*text == '\n')
            text++;
    }
}

void wva_help_all(FILE *out, const char *program)
{
    fprintf(out,
            "%s measures a model for llm-d's Workload Variant Autoscaler (WVA): it deploys\n"
            "the model, benchmarks it at several batch sizes, fits\n"
            "\n"
            "    ITL  = alpha + beta * batch                  (ms)\n"
            "    TTFT = gamma + delta * inputTokens * batch   (ms)\n"
            "\n"
            "and writes the four numbers into a VariantAutoscaling.\n"
            "\nUsage:\n  %s COMMAND [OPTIONS]\n\nCommands:\n",
            program, program);
    for (const struct wva_command *const *command = wva_commands; *command; command++)
        fprintf(out, "  %-10s %s\n", (*command)->name, (*command)->summary);
    fprintf(out,
            "\nExit status: 0 done, 1 failed, 2 usage, 3 the API server refused, 4 timed out,\n"
            "5 measured but not good enough, 130 interrupted.\n"
            "\n'%s COMMAND --help' explains a command and its options.\n",
            program);
}

/* Options come first: behind "--" there are none. */
static void put_usage(FILE *out, const struct wva_command *command)
{
    fprintf(out, "%s [OPTIONS]%s%s\n", command->name, command->arguments[0] ? " " : "",
            command->arguments);
}

void wva_help_command(FILE *out, const char *program, const struct wva_command *command)
{
    fprintf(out, "%s\n\nUsage:\n  %s ", command->description, program);
    put_usage(out, command);
    if (command->examples) {
        fprintf(out, "\nExamples:\n");
        put_indented(out, command->examples, "  ");
    }
    for (const struct wva_option_group *group = command->groups; group && group->options; group++)
        put_options(out, group->title, group->options);
    put_options(out, "Connection", wva_connection_options);
}

/* Text with a backslash before each of the characters that Markdown would take for its own. */
static void put_escaped(FILE *out, const char *text, const char *special)
{
    for (; *text; text++)
        fprintf(out, "%s%c", strchr(special, *text) ? "\\" : "", *text);
}

static void put_markdown_options(FILE *out, const char *title, const struct wva_option *options)
{
    fprintf(out, "\n### %s\n\n| option | meaning |\n|---|---|\n", title);
    for (const struct wva_option *option = options; option->name; option++) {
        char label[96], text[512];
        option_label(label, sizeof(label), option);
        option_text(text, sizeof(text), option);
        fputs("| `", out);
        put_escaped(out, label + strspn(label, " "), "|");
        fputs("` | ", out);
        put_escaped(out, text, "|*<");
        fputs(" |\n", out);
    }
}

void wva_help_markdown(FILE *out, const struct wva_command *command)
{
    fputs("<!-- Written by wva-reference from the option tables; lint.reference compares. -->\n",
          out);
    fprintf(out, "# kubectl wva %s\n\n%s.\n\n", command->name, command->summary);
    fputs("```\nkubectl wva ", out);
    put_usage(out, command);
    fputs("```\n\n", out);
    put_escaped(out, command->description, "*<");
    fputc('\n', out);
    if (command->examples)
        fprintf(out, "\n## Examples\n\n```sh\n%s```\n", command->examples);
    fprintf(out, "\n## Options\n");
    for (const struct wva_option_group *group = command->groups; group && group->options; group++)
        put_markdown_options(out, group->title, group->options);
    put_markdown_options(out, "Connection", wva_connection_options);
}
