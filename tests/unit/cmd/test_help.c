// SPDX-License-Identifier: Apache-2.0
/* Help and reference pages, to the byte for a command of the test's own; widths for the real ones.
 */
#include "unit/cmd/app_fixture.h"

#include "wva/cmd/command.h"
#include "wva/cmd/output.h"
#include "wva/util/str.h"

static const char *const modes[] = {"fast", "slow", NULL};

static const struct wva_option table[] = {
    {.name = "n", .letter = 'x', .kind = WVA_OPTION_INT, .value = "N", .help = "Exactly N"},
    {.name = "quick", .kind = WVA_OPTION_FLAG, .help = "No waiting"},
    {.name = "twenty-two-characters", .kind = WVA_OPTION_TEXT, .value = "T", .help = "Ends at 28"},
    {.name = "twenty-three-characters",
     .kind = WVA_OPTION_TEXT,
     .value = "T",
     .help = "On its own line"},
    {.name = "mode",
     .letter = 'm',
     .kind = WVA_OPTION_CHOICE,
     .value = "MODE",
     .choices = modes,
     .bare = "fast",
     .help =
         "How to go: whatever is said here | there * counts, and it is long enough to be broken "
         "once at least"},
    {.name = "item", .kind = WVA_OPTION_LIST, .help = "One of <these>"},
    {.name = NULL},
};

static const struct wva_option_group groups[] = {{"Things", table, 0}, {0}};

static const struct wva_command demo = {
    .name = "demo",
    .summary = "Show what help looks like",
    .arguments = "NAME [-- ARG…]",
    .description = "First line, y = a*x.\nSecond line.\n\nNext paragraph.",
    .examples = "# one\nkubectl wva demo a\n",
    .groups = groups,
};

/* What `print` writes. */
static char *printed(struct app_fixture *f, void (*print)(FILE *))
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    print(out);
    fclose(out);
    char *copy = wva_arena_strndup(&f->app.arena, text, len);
    free(text);
    return copy;
}

static void print_demo(FILE *out)
{
    wva_help_command(out, "kubectl wva", &demo);
}

static void print_page(FILE *out)
{
    wva_help_markdown(out, &demo);
}

/* The text up to where every command's connection options begin. */
static char *before_connection(char *text, const char *heading)
{
    char *end = strstr(text, heading);
    check(end != NULL);
    *end = '\0';
    return text;
}

static void help_of_a_command(void **state)
{
    check_str(
        before_connection(printed(*state, print_demo), "\nConnection:\n"),
        "First line, y = a*x.\n"
        "Second line.\n"
        "\n"
        "Next paragraph.\n"
        "\n"
        "Usage:\n"
        "  kubectl wva demo [OPTIONS] NAME [-- ARG…]\n"
        "\n"
        "Examples:\n"
        "  # one\n"
        "  kubectl wva demo a\n"
        "\n"
        "Things:\n"
        "  -x, --n=N                   Exactly N\n"
        "      --quick                 No waiting\n"
        "      --twenty-two-characters=T\n"
        "                              Ends at 28\n"
        "      --twenty-three-characters=T\n"
        "                              On its own line\n"
        "  -m, --mode[=MODE]           How to go: whatever is said here | there * counts, and "
        "it is long\n"
        "                              enough to be broken once at least (fast, slow)\n"
        "      --item=VALUE            One of <these>; may be repeated\n");
}

static void reference_page_of_a_command(void **state)
{
    check_str(
        before_connection(printed(*state, print_page), "\n### Connection\n"),
        "<!-- Written by wva-reference from the option tables; lint.reference compares. -->\n"
        "# kubectl wva demo\n"
        "\n"
        "Show what help looks like.\n"
        "\n"
        "```\n"
        "kubectl wva demo [OPTIONS] NAME [-- ARG…]\n"
        "```\n"
        "\n"
        "First line, y = a\\*x.\n"
        "Second line.\n"
        "\n"
        "Next paragraph.\n"
        "\n"
        "## Examples\n"
        "\n"
        "```sh\n"
        "# one\n"
        "kubectl wva demo a\n"
        "```\n"
        "\n"
        "## Options\n"
        "\n"
        "### Things\n"
        "\n"
        "| option | meaning |\n"
        "|---|---|\n"
        "| `-x, --n=N` | Exactly N |\n"
        "| `--quick` | No waiting |\n"
        "| `--twenty-two-characters=T` | Ends at 28 |\n"
        "| `--twenty-three-characters=T` | On its own line |\n"
        "| `-m, --mode[=MODE]` | How to go: whatever is said here \\| there \\* counts, and it "
        "is long enough to be broken once at least (fast, slow) |\n"
        "| `--item=VALUE` | One of \\<these>; may be repeated |\n");
}

/* Figures and blanks of kubectl's style; a terminal of 100 columns must not wrap again. */
static void help_of_every_command_fits(void **state)
{
    struct app_fixture *f = *state;
    for (const struct wva_command *const *command = wva_commands; *command; command++) {
        char *text = NULL;
        size_t len, count;
        FILE *out = open_memstream(&text, &len);
        wva_help_command(out, "kubectl wva", *command);
        fclose(out);
        char **lines = wva_str_split(&f->app.arena, text, '\n', &count);
        for (size_t i = 0; i < count; i++) {
            size_t width = wva_utf8_width(lines[i]);
            if (width > 100 || (width > 0 && wva_str_has_suffix(lines[i], " ")))
                fail_msg("%s, line %zu: \"%s\"", (*command)->name, i + 1, lines[i]);
        }
        check_has(text, "\nConnection:\n");
        check_has(text, "--kubeconfig=FILE");
        free(text);
    }
}

/* The tables themselves: what the parser and the pages rely on. */
static void check_option(const struct wva_command *command, const struct wva_option *option)
{
    size_t len = option->help ? strlen(option->help) : 0;
    if (len == 0 || option->help[len - 1] == '.')
        fail_msg("%s --%s: help is one sentence without a full stop", command->name, option->name);
    if (option->kind != WVA_OPTION_FLAG && !option->value)
        fail_msg("%s --%s: its value has no name", command->name, option->name);
    if ((option->kind == WVA_OPTION_CHOICE) != (option->choices != NULL))
        fail_msg("%s --%s: choices", command->name, option->name);
    if (wva_str_eq(option->name, "help") || option->letter == 'h')
        fail_msg("%s --%s: help is everywhere", command->name, option->name);
}

static bool named_before(const struct wva_command *command, const struct wva_option *option)
{
    for (const struct wva_option_group *group = command->groups; group->options; group++)
        for (const struct wva_option *other = group->options; other->name; other++) {
            if (other == option)
                return false;
            if (wva_str_eq(other->name, option->name) ||
                (option->letter && other->letter == option->letter))
                return true;
        }
    for (const struct wva_option *other = wva_connection_options; other != option; other++)
        if (wva_str_eq(other->name, option->name) ||
            (option->letter && other->letter == option->letter))
            return true;
    return false;
}

static void option_tables_are_sound(void **state)
{
    (void)state;
    for (const struct wva_command *const *command = wva_commands; *command; command++) {
        check((*command)->groups != NULL && (*command)->summary[0] && (*command)->description[0]);
        check((*command)->least <= (*command)->most);
        for (const struct wva_option_group *group = (*command)->groups; group->options; group++)
            for (const struct wva_option *option = group->options; option->name; option++) {
                check_option(*command, option);
                if (named_before(*command, option))
                    fail_msg("%s --%s: twice", (*command)->name, option->name);
            }
        for (const struct wva_option *option = wva_connection_options; option->name; option++)
            if (named_before(*command, option))
                fail_msg("%s --%s: hides a connection option", (*command)->name, option->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        APP_TEST(help_of_a_command),
        APP_TEST(reference_page_of_a_command),
        APP_TEST(help_of_every_command_fits),
        APP_TEST(option_tables_are_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
