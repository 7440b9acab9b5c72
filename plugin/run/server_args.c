// SPDX-License-Identifier: Apache-2.0
/*
 * A vLLM server's command line, as people write it: one word an element, or a line for a shell,
 * with variables of the container in it. Deliberately no shell: quotes, blanks and plain variables
 * are understood, and what else a line does is not.
 */
#include "server_args.h"

#include "wva/util/buf.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <string.h>

#define LINE_MAX_BYTES 65536
#define BLANKS         " \t\r\n;&|" /* and what ends a command */
#define NAME_BYTES     "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

struct reader {
    struct wva_arena *arena;
    const struct wva_value *env;
    struct wva_server_args *out;
    size_t cap; /* of out->words */
};

static const char *variable(const struct reader *reader, const char *name, size_t len)
{
    const struct wva_value *env = reader->env;
    for (size_t i = 0; env && env->kind == WVA_ARRAY && i < env->count; i++) {
        const char *candidate = wva_get_str(env->items[i], "name");
        if (candidate && strlen(candidate) == len && memcmp(candidate, name, len) == 0)
            return wva_get_str(env->items[i], "value"); /* NULL: from a Secret or the like */
    }
    return NULL;
}

/* The variable at `at`, which is a '$': "$(NAME)" as Kubernetes has it, "${NAME}" or "$NAME" as a
 * shell has it. NULL when its value is not known. */
static const char *expand_one(const struct reader *reader, const char **at)
{
    char open = (*at)[1];
    char close = (char)(open == '(' ? ')' : open == '{' ? '}' : '\0');
    const char *name = *at + (close ? 2 : 1);
    size_t len = strspn(name, NAME_BYTES);
    if (len == 0 || (close && name[len] != close))
        return NULL;
    *at = name + len + (close ? 1 : 0);
    return variable(reader, name, len);
}

/* `word` with its variables put in; "" when one of them is not known. */
static const char *expand(const struct reader *reader, const char *word)
{
    struct wva_buf text = WVA_BUF(LINE_MAX_BYTES);
    bool known = true;
    while (*word && known) {
        if (word[0] == '$' && word[1] == '$') { /* Kubernetes' way to write a '$' */
            wva_buf_putc(&text, '$');
            word += 2;
        } else if (*word == '$') {
            const char *value = expand_one(reader, &word);
            known = value != NULL;
            wva_buf_puts(&text, known ? value : "");
        } else {
            wva_buf_putc(&text, *word++);
        }
    }
    const char *result = wva_arena_strdup(reader->arena, known ? wva_buf_str(&text) : "");
    wva_buf_done(&text);
    return result;
}

static void add_word(struct reader *reader, const char *word)
{
    struct wva_server_args *out = reader->out;
    if (out->count == reader->cap) {
        reader->cap = reader->cap > 0 ? 2 * reader->cap : 32;
        const char **words = wva_arena_calloc(reader->arena, reader->cap, sizeof(*words));
        if (out->count > 0)
            memcpy(words, out->words, out->count * sizeof(*words));
        out->words = words;
    }
    out->words[out->count++] = expand(reader, word);
}

/* Copies one word of a line, without its quotes; returns what follows it. */
static const char *take_word(const char *at, struct wva_buf *word)
{
    char quote = '\0';
    for (; *at && (quote || !strchr(BLANKS, *at)); at++) {
        if (quote ? *at == quote : (*at == '\'' || *at == '"'))
            quote = quote ? '\0' : *at;
        else if (*at == '\\' && quote != '\'' && at[1])
            wva_buf_putc(word, *++at);
        else
            wva_buf_putc(word, *at);
    }
    return at;
}

static void add_line(struct reader *reader, const char *at)
{
    for (;;) {
        at += strspn(at, BLANKS);
        if (at[0] == '\\' && at[1] == '\n') { /* goes on in the next line */
            at += 2;
            continue;
        }
        if (!*at)
            return;
        struct wva_buf word = WVA_BUF(LINE_MAX_BYTES);
        at = take_word(at, &word);
        add_word(reader, wva_buf_str(&word));
        wva_buf_done(&word);
    }
}

/* An element with blanks is a line for a shell ("sh -c 'vllm serve …'"); others are words. */
static void add_list(struct reader *reader, const struct wva_value *list)
{
    for (size_t i = 0; list && list->kind == WVA_ARRAY && i < list->count; i++) {
        const char *item = wva_value_str(list->items[i]);
        if (item && strpbrk(item, " \t\n"))
            add_line(reader, item);
        else if (item)
            add_word(reader, item);
    }
}

void wva_server_args_read(struct wva_arena *arena, const struct wva_value *container,
                          struct wva_server_args *ret)
{
    *ret = (struct wva_server_args){.has_command = wva_get(container, "command") != NULL};
    struct reader reader = {.arena = arena, .env = wva_get(container, "env"), .out = ret};
    add_list(&reader, wva_get(container, "command"));
    add_list(&reader, wva_get(container, "args"));
}

/* Does `word` begin with the option? vLLM takes "_" for "-" in their names. */
static bool names_option(const char *word, const char *name)
{
    for (; *name; word++, name++)
        if (*word != *name && !(*word == '_' && *name == '-'))
            return false;
    return *word == '\0' || *word == '=';
}

const char *wva_server_args_value(const struct wva_server_args *args, const char *name)
{
    const char *found = NULL;
    for (size_t i = 0; i < args->count; i++) {
        if (!names_option(args->words[i], name))
            continue;
        const char *equals = strchr(args->words[i], '=');
        if (equals)
            found = equals + 1;
        else if (i + 1 < args->count)
            found = args->words[i + 1];
    }
    return wva_str_empty(found) ? NULL : found;
}

bool wva_server_args_has(const struct wva_server_args *args, const char *name)
{
    for (size_t i = 0; i < args->count; i++)
        if (names_option(args->words[i], name))
            return true;
    return false;
}

int64_t wva_server_args_number(const struct wva_server_args *args, const char *name)
{
    const char *text = wva_server_args_value(args, name);
    int64_t number;
    if (!text || wva_parse_i64(text, strlen(text), &number) < 0 || number < 0)
        return 0;
    return number;
}

static bool is_operand(const char *word)
{
    return word[0] != '-' && word[0] != '\0';
}

const char *wva_server_args_model(const struct wva_server_args *args)
{
    const char *model = wva_server_args_value(args, "--model");
    if (model)
        return model;
    for (size_t i = 0; i + 1 < args->count; i++)
        if (wva_str_eq(args->words[i], "serve") && is_operand(args->words[i + 1]))
            return args->words[i + 1];
    if (args->count > 0 && !args->has_command && is_operand(args->words[0]))
        return args->words[0]; /* the image's entry point is `vllm serve` */
    return NULL;
}
