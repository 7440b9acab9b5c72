// SPDX-License-Identifier: Apache-2.0
/*
 * Command line words to option structs, driven by the tables of command.h. Accepts what kubectl's
 * parser (pflag) accepts: --name value, --name=value, -n value, -nvalue, -n=value, options anywhere
 * among the arguments, "--".
 */
#include "wva/cmd/command.h"

#include "wva/util/mem.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <stdint.h>
#include <string.h>

/* Where one word's option was found and the struct its value goes to. */
struct found {
    const struct wva_option *option;
    char *base;
};

struct parser {
    struct wva_app *app;
    const struct wva_command *command;
    char *options;
    int argc;
    char **argv;
    int next; /* index of the next word */
};

static bool option_is(const struct wva_option *option, const char *name, size_t len, bool letter)
{
    if (letter)
        return option->letter == name[0] && option->letter != 0;
    return strlen(option->name) == len && memcmp(option->name, name, len) == 0;
}

static bool find_in(const struct wva_option *table, char *base, const char *name, size_t len,
                    bool letter, struct found *ret)
{
    for (const struct wva_option *option = table; option->name; option++) {
        if (!option_is(option, name, len, letter))
            continue;
        *ret = (struct found){option, base};
        return true;
    }
    return false;
}

static bool find_option(const struct parser *parser, const char *name, size_t len, bool letter,
                        struct found *ret)
{
    const struct wva_option_group *group = parser->command->groups;
    for (; group && group->options; group++)
        if (find_in(group->options, parser->options + group->offset, name, len, letter, ret))
            return true;
    return find_in(wva_connection_options, (char *)&parser->app->connection, name, len, letter,
                   ret);
}

/* All long names of a command, for "did you mean". */
static const char *nearest_option(struct parser *parser, const char *word)
{
    struct wva_list names = {0};
    const struct wva_option_group *group = parser->command->groups;
    for (; group && group->options; group++)
        for (const struct wva_option *option = group->options; option->name; option++)
            wva_list_add(&parser->app->arena, &names, option->name);
    for (const struct wva_option *option = wva_connection_options; option->name; option++)
        wva_list_add(&parser->app->arena, &names, option->name);
    return wva_str_nearest(word, names.items);
}

/* Before the command's name there is none to name. */
static const char *command_words(struct parser *parser, const char *before, const char *after)
{
    if (parser->command->name[0] == '\0')
        return "";
    return wva_arena_printf(&parser->app->arena, "%s%s%s", before, parser->command->name, after);
}

static int usage_hint(struct parser *parser, struct wva_error *err)
{
    return wva_error_hint(err, "%s%s --help", parser->app->program, command_words(parser, " ", ""));
}

static int unknown_option(struct parser *parser, const char *word, size_t dashes,
                          struct wva_error *err)
{
    const char *name =
        wva_arena_strndup(&parser->app->arena, word + dashes, strcspn(word + dashes, "="));
    wva_error_set(err, WVA_E_USAGE, "unknown option '%.*s%s'%s", (int)dashes, "--", name,
                  command_words(parser, " of '", "'"));
    const char *near = dashes == 2 ? nearest_option(parser, name) : NULL;
    if (near)
        return wva_error_hint(err, "did you mean --%s?", near);
    return usage_hint(parser, err);
}

static int bad_value(struct parser *parser, const struct wva_option *option, const char *text,
                     const char *wanted, struct wva_error *err)
{
    wva_error_set(err, WVA_E_USAGE, "option --%s: '%s' is not %s", option->name, text, wanted);
    return usage_hint(parser, err);
}

static int check_range(struct parser *parser, const struct wva_option *option, const char *text,
                       double number, struct wva_error *err)
{
    bool limited = option->low < option->high;
    if (!limited || (number >= option->low && number <= option->high))
        return 0;
    const char *wanted =
        wva_arena_printf(&parser->app->arena, "between %.15g and %.15g", option->low, option->high);
    return bad_value(parser, option, text, wanted, err);
}

static bool is_one_of(const char *text, const char *const *words)
{
    while (*words && !wva_str_eq(*words, text))
        words++;
    return *words != NULL;
}

static int set_flag(struct parser *parser, const struct wva_option *option, char *target,
                    const char *text, struct wva_error *err)
{
    /* Go's strconv.ParseBool, which kubectl's flags use. */
    static const char *const yes[] = {"true", "TRUE", "True", "t", "T", "1", NULL};
    static const char *const no[] = {"false", "FALSE", "False", "f", "F", "0", NULL};
    bool on = is_one_of(text, yes);
    if (!on && !is_one_of(text, no))
        return bad_value(parser, option, text, "true or false", err);
    memcpy(target, &on, sizeof(on));
    return 0;
}

static int set_text(struct parser *parser, const struct wva_option *option, char *target,
                    const char *text, struct wva_error *err)
{
    if (*text == '\0')
        return bad_value(parser, option, text, "a value: it is empty", err);
    memcpy(target, &text, sizeof(text));
    return 0;
}

static int set_int(struct parser *parser, const struct wva_option *option, char *target,
                   const char *text, struct wva_error *err)
{
    int64_t number;
    if (wva_parse_i64(text, strlen(text), &number) < 0)
        return bad_value(parser, option, text, "a whole number", err);
    if (check_range(parser, option, text, (double)number, err) < 0)
        return -1;
    memcpy(target, &number, sizeof(number));
    return 0;
}

static int set_number(struct parser *parser, const struct wva_option *option, char *target,
                      const char *text, struct wva_error *err)
{
    double number;
    if (wva_parse_double(text, strlen(text), &number) < 0)
        return bad_value(parser, option, text, "a finite number", err);
    if (check_range(parser, option, text, number, err) < 0)
        return -1;
    memcpy(target, &number, sizeof(number));
    return 0;
}

static int set_duration(struct parser *parser, const struct wva_option *option, char *target,
                        const char *text, struct wva_error *err)
{
    int64_t ms;
    if (wva_parse_duration_ms(text, &ms) < 0 || ms < 0)
        return bad_value(parser, option, text, "a duration such as 90s, 10m or 1h30m", err);
    memcpy(target, &ms, sizeof(ms));
    return 0;
}

static int set_choice(struct parser *parser, const struct wva_option *option, char *target,
                      const char *text, struct wva_error *err)
{
    struct wva_buf all = WVA_BUF(1024);
    for (const char *const *choice = option->choices; *choice; choice++) {
        if (wva_str_eq(*choice, text)) {
            wva_buf_done(&all);
            memcpy(target, choice, sizeof(*choice));
            return 0;
        }
        wva_buf_printf(&all, "%s%s", all.len ? ", " : "one of ", *choice);
    }
    int result = bad_value(parser, option, text, wva_buf_str(&all), err);
    wva_buf_done(&all);
    return result;
}

static int add_item(struct parser *parser, const struct wva_option *option, char *target,
                    const char *text, struct wva_error *err)
{
    (void)option;
    (void)err;
    struct wva_list list;
    memcpy(&list, target, sizeof(list));
    wva_list_add(&parser->app->arena, &list, text);
    memcpy(target, &list, sizeof(list));
    return 0;
}

typedef int (*setter)(struct parser *, const struct wva_option *, char *, const char *,
                      struct wva_error *);

static const setter setters[] = {
    [WVA_OPTION_FLAG] = set_flag,         [WVA_OPTION_TEXT] = set_text,
    [WVA_OPTION_INT] = set_int,           [WVA_OPTION_NUMBER] = set_number,
    [WVA_OPTION_DURATION] = set_duration, [WVA_OPTION_CHOICE] = set_choice,
    [WVA_OPTION_LIST] = add_item,
};

static int assign(struct parser *parser, struct found found, const char *text,
                  struct wva_error *err)
{
    if (found.base != (char *)&parser->app->connection)
        wva_list_add(&parser->app->arena, &parser->app->given, found.option->name);
    return setters[found.option->kind](parser, found.option, found.base + found.option->offset,
                                       text, err);
}

/* The value of an option without "=": the next word, or what the option means bare. */
static int assign_detached(struct parser *parser, struct found found, struct wva_error *err)
{
    if (found.option->kind == WVA_OPTION_FLAG)
        return assign(parser, found, "true", err);
    if (found.option->bare)
        return assign(parser, found, found.option->bare, err);
    if (parser->next >= parser->argc) {
        wva_error_set(err, WVA_E_USAGE, "option --%s needs a value: %s", found.option->name,
                      found.option->value ? found.option->value : "VALUE");
        return usage_hint(parser, err);
    }
    return assign(parser, found, parser->argv[parser->next++], err);
}

static int parse_long(struct parser *parser, const char *word, struct wva_error *err)
{
    const char *name = word + 2;
    size_t len = strcspn(name, "=");
    struct found found;
    if (!find_option(parser, name, len, false, &found))
        return unknown_option(parser, word, 2, err);
    if (name[len] == '=')
        return assign(parser, found, name + len + 1, err);
    return assign_detached(parser, found, err);
}

/* "-o json", "-ojson", "-o=json", "-qv6": letters of flags may be joined. */
static int parse_short(struct parser *parser, const char *word, struct wva_error *err)
{
    for (const char *letter = word + 1; *letter; letter++) {
        struct found found;
        if (!find_option(parser, letter, 1, true, &found))
            return unknown_option(parser, word, 1, err);
        bool flag = found.option->kind == WVA_OPTION_FLAG;
        if (letter[1] == '=')
            return assign(parser, found, letter + 2, err);
        if (!flag && letter[1] != '\0')
            return assign(parser, found, letter + 1, err);
        if (assign_detached(parser, found, err) < 0)
            return -1;
        if (!flag)
            return 0;
    }
    return 0;
}

static int check_count(struct parser *parser, const struct wva_list *arguments,
                       struct wva_error *err)
{
    const struct wva_command *command = parser->command;
    if (arguments->count < command->least)
        wva_error_set(err, WVA_E_USAGE, "'%s' needs %s", command->name, command->arguments);
    else if (arguments->count > command->most)
        wva_error_set(err, WVA_E_USAGE, "'%s' does not take the argument '%s'", command->name,
                      arguments->items[command->most]);
    else
        return 0;
    return usage_hint(parser, err);
}

void wva_list_add(struct wva_arena *arena, struct wva_list *list, const char *item)
{
    const char **items = wva_arena_calloc(arena, list->count + 2, sizeof(*items));
    if (list->count)
        memcpy(items, list->items, list->count * sizeof(*items));
    items[list->count] = item;
    list->items = items;
    list->count++;
}

static bool is_help(const char *word)
{
    return wva_str_eq(word, "-h") || wva_str_eq(word, "--help");
}

static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0';
}

/* A word that begins with '-' and, where the option takes one, its value. */
static int parse_option(struct parser *parser, const char *word, struct wva_error *err)
{
    return wva_str_has_prefix(word, "--") ? parse_long(parser, word, err)
                                          : parse_short(parser, word, err);
}

static void take_all(struct parser *parser, struct wva_list *list)
{
    while (parser->next < parser->argc)
        wva_list_add(&parser->app->arena, list, parser->argv[parser->next++]);
}

int wva_options_parse(struct wva_app *app, const struct wva_command *command, int argc, char **argv,
                      void *options, struct wva_list *ret_arguments, struct wva_list *ret_rest,
                      bool *ret_help, struct wva_error *err)
{
    struct parser parser = {app, command, options, argc, argv, 0};
    struct wva_list arguments = {0}, rest = {0};

    if (command->defaults)
        memcpy(options, command->defaults, command->options_size);
    while (parser.next < argc) {
        const char *word = argv[parser.next++];
        if (is_help(word)) {
            *ret_help = true;
            return 0;
        }
        if (wva_str_eq(word, "--"))
            take_all(&parser, command->takes_rest ? &rest : &arguments);
        else if (!is_option(word))
            wva_list_add(&app->arena, &arguments, word);
        else if (parse_option(&parser, word, err) < 0)
            return -1;
    }
    if (check_count(&parser, &arguments, err) < 0)
        return -1;
    *ret_help = false;
    *ret_arguments = arguments;
    *ret_rest = rest;
    return 0;
}

int wva_options_skip(struct wva_app *app, int argc, char **argv, int *ret_next,
                     struct wva_error *err)
{
    static const struct wva_command none = {.name = ""};
    struct parser parser = {app, &none, NULL, argc, argv, 1};

    while (parser.next < argc && is_option(argv[parser.next]) && !is_help(argv[parser.next]) &&
           !wva_str_eq(argv[parser.next], "--")) {
        const char *word = argv[parser.next++];
        if (parse_option(&parser, word, err) < 0)
            return -1;
    }
    *ret_next = parser.next;
    return 0;
}
