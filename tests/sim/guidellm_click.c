// SPDX-License-Identifier: Apache-2.0
// Command lines parsed, and refused, as click 8.4 does, and the end of a Python program by an
// exception.

#include "guidellm.h"

#include "wva/util/mem.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define GIVEN_MAX    256
#define MATCH_CUTOFF 0.6 /* difflib's default */
#define SUGGESTIONS  3

_Noreturn void gl_usage_error(const char *usage, const char *format, ...)
{
    va_list args;
    const char *end = strstr(usage, " [");
    fflush(stdout);
    fprintf(stderr, "Usage: %s\nTry '%.*s --help' for help.\n\nError: ", usage,
            end != NULL ? (int)(end - usage) : (int)strlen(usage), usage);
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fputc('\n', stderr);
    exit(2);
}

_Noreturn void gl_traceback(const char *format, ...)
{
    static const char *const frames[][3] = {
        {"/opt/app-root/bin/guidellm", "7", "<module>"},
        {"/opt/app-root/lib64/python3.13/site-packages/click/core.py", "1442", "__call__"},
        {"/opt/app-root/lib64/python3.13/site-packages/click/core.py", "1830", "invoke"},
        {"/opt/app-root/lib64/python3.13/site-packages/guidellm/cli/run.py", "118", "run"},
        {"/usr/lib64/python3.13/asyncio/runners.py", "195", "run"},
        {"/opt/app-root/lib64/python3.13/site-packages/guidellm/benchmark/entrypoints.py", "412",
         "benchmark_generative_text"},
    };
    va_list args;
    fflush(stdout);
    fputs("Traceback (most recent call last):\n", stderr);
    for (size_t i = 0; i < WVA_COUNT(frames); i++)
        fprintf(stderr, "  File \"%s\", line %s, in %s\n", frames[i][0], frames[i][1],
                frames[i][2]);
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fputc('\n', stderr);
    exit(1);
}

/* Characters in common by Ratcliff and Obershelp: the longest common piece and, recursively, what
 * is left and right of it. */
static size_t common(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t best = 0, at_a = 0, at_b = 0;
    for (size_t i = 0; i < a_len; i++)
        for (size_t k = 0; k < b_len; k++) {
            size_t n = 0;
            while (i + n < a_len && k + n < b_len && a[i + n] == b[k + n])
                n++;
            if (n > best) {
                best = n;
                at_a = i;
                at_b = k;
            }
        }
    if (best == 0)
        return 0;
    return best + common(a, at_a, b, at_b) +
           common(a + at_a + best, a_len - at_a - best, b + at_b + best, b_len - at_b - best);
}

static double ratio(const char *a, const char *b)
{
    size_t a_len = strlen(a), b_len = strlen(b);
    return 2.0 * (double)common(a, a_len, b, b_len) / (double)(a_len + b_len);
}

struct suggestion {
    const char *text;
    double score;
};

static int best_first(const void *a, const void *b)
{
    double x = ((const struct suggestion *)a)->score, y = ((const struct suggestion *)b)->score;
    return (x < y) - (x > y);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(((const struct suggestion *)a)->text, ((const struct suggestion *)b)->text);
}

/* The candidates nearest to `word` as difflib finds them: " Did you mean 'x'?", or nothing. */
static char *did_you_mean(struct wva_arena *arena, bool quotes, const char *word,
                          const char *const *candidates)
{
    const char *quote = quotes ? "'" : "";
    struct suggestion near[GIVEN_MAX];
    size_t count = 0;
    for (size_t i = 0; candidates[i] != NULL && count < GIVEN_MAX; i++) {
        double score = ratio(candidates[i], word);
        if (score >= MATCH_CUTOFF)
            near[count++] = (struct suggestion){candidates[i], score};
    }
    qsort(near, count, sizeof(near[0]), best_first);
    count = count < SUGGESTIONS ? count : SUGGESTIONS;
    qsort(near, count, sizeof(near[0]), by_text);
    if (count == 0)
        return wva_arena_strdup(arena, "");
    if (count == 1)
        return wva_arena_printf(arena, " Did you mean %s%s%s?", quote, near[0].text, quote);
    wva_auto_buf text = WVA_BUF(1024);
    for (size_t i = 0; i < count; i++)
        wva_buf_printf(&text, "%s%s%s%s", i > 0 ? ", " : "", quote, near[i].text, quote);
    return wva_arena_printf(arena, " (Possible options: %s)", wva_buf_str(&text));
}

bool gl_quotes_options(struct gl_release release)
{
    return release.minor > 7 || (release.minor == 7 && release.patch >= 3); /* click 8.4 */
}

_Noreturn void gl_no_such_option(const char *usage, bool quotes, const char *word,
                                 const char *const *candidates)
{
    wva_auto_arena arena = {0};
    const char *more = did_you_mean(&arena, quotes, word, candidates);
    if (quotes)
        gl_usage_error(usage, "No such option '%s'.%s", word, more);
    gl_usage_error(usage, "No such option: %s%s", word, more);
}

static bool there(const struct gl_command_line *line, const struct gl_option *option)
{
    return line->minor >= option->since && (option->until == 0 || line->minor <= option->until);
}

/* Is `name` one of "a|b|c"? */
static bool in_list(const char *list, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = list; at != NULL && *at != '\0';) {
        size_t part = strcspn(at, "|");
        if (part == len && strncmp(at, name, len) == 0)
            return true;
        at += part + (at[part] == '|');
    }
    return false;
}

static const struct gl_option *find(const struct gl_command_line *line, const char *name)
{
    for (const struct gl_option *option = line->options; option->id != NULL; option++)
        if (there(line, option) && in_list(option->names, name))
            return option;
    return NULL;
}

static _Noreturn void no_such_option(struct wva_arena *arena, const struct gl_command_line *line,
                                     const char *name)
{
    const char *candidates[GIVEN_MAX] = {NULL};
    size_t count = 0;
    for (const struct gl_option *option = line->options; option->id != NULL; option++) {
        size_t parts = 0;
        char **names = wva_str_split(arena, option->names, '|', &parts);
        for (size_t i = 0; there(line, option) && i < parts && count < GIVEN_MAX - 2; i++)
            candidates[count++] = names[i];
    }
    candidates[count++] = "--help";
    gl_no_such_option(line->usage, line->quotes_options, name, candidates);
}

char *gl_hint(struct wva_arena *arena, const struct gl_command_line *line, const char *id)
{
    for (const struct gl_option *option = line->options; option->id != NULL; option++) {
        if (!there(line, option) || strcmp(option->id, id) != 0)
            continue;
        size_t count = 0;
        char **names = wva_str_split(arena, option->names, '|', &count);
        wva_auto_buf text = WVA_BUF(1024);
        for (size_t i = 0; i < count; i++)
            wva_buf_printf(&text, "%s'%s'", i > 0 ? " / " : "", names[i]);
        return wva_arena_strdup(arena, wva_buf_str(&text));
    }
    return wva_arena_strdup(arena, id);
}

static void check_choice(struct wva_arena *arena, const struct gl_command_line *line,
                         const struct gl_option *option, const char *value)
{
    if (in_list(option->choices, value))
        return;
    wva_auto_buf text = WVA_BUF(4096);
    size_t count = 0;
    char **choices = wva_str_split(arena, option->choices, '|', &count);
    for (size_t i = 0; i < count; i++)
        wva_buf_printf(&text, "%s'%s'", i > 0 ? ", " : "", choices[i]);
    gl_usage_error(line->usage, "Invalid value for %s: '%s' is not one of %s.",
                   gl_hint(arena, line, option->id), value, wva_buf_str(&text));
}

static void check(struct wva_arena *arena, const struct gl_command_line *line,
                  const struct gl_option *option, const char *value)
{
    int64_t integer;
    double number;
    if (option->kind == GL_INT && wva_parse_i64(value, strlen(value), &integer) < 0)
        gl_usage_error(line->usage, "Invalid value for %s: '%s' is not a valid integer.",
                       gl_hint(arena, line, option->id), value);
    if (option->kind == GL_FLOAT && wva_parse_double(value, strlen(value), &number) < 0)
        gl_usage_error(line->usage, "Invalid value for %s: '%s' is not a valid float.",
                       gl_hint(arena, line, option->id), value);
    if (option->kind == GL_CHOICE)
        check_choice(arena, line, option, value);
}

static void add(struct gl_parsed *parsed, const char *id, const char *value, const char *second)
{
    if (parsed->count < GIVEN_MAX)
        parsed->given[parsed->count++] = (struct gl_given){id, value, second};
}

/* click shows no usage where its parser, which knows none, finds the error. */
static _Noreturn WVA_PRINTF(1, 2) void bad_use(const char *format, ...)
{
    va_list args;
    fflush(stdout);
    fputs("Error: ", stderr);
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fputc('\n', stderr);
    exit(2);
}

static _Noreturn void needs_argument(const struct gl_option *option, const char *name)
{
    bad_use("Option '%s' requires %s.", name,
            option->kind == GL_PAIR ? "2 arguments" : "an argument");
}

/* What follows an option that takes something; returns how many words of `rest` it took. */
static size_t take_values(const struct gl_option *option, const char *name,
                          const char *inline_value, char **rest, struct gl_parsed *parsed)
{
    size_t used = 0;
    if (inline_value == NULL && rest[0] == NULL)
        needs_argument(option, name);
    const char *value = inline_value != NULL ? inline_value : rest[used++];
    const char *second = NULL;
    if (option->kind == GL_PAIR) {
        if (rest[used] == NULL)
            needs_argument(option, name);
        second = rest[used++];
    }
    add(parsed, option->id, value, second);
    return used;
}

/* The option at `argv[at]`; returns where the next one is. */
static size_t take(struct wva_arena *arena, const struct gl_command_line *line, char **argv,
                   size_t at, struct gl_parsed *parsed)
{
    char *word = argv[at++];
    size_t len = strncmp(word, "--", 2) == 0 ? strcspn(word, "=") : strlen(word);
    const char *inline_value = word[len] == '=' ? word + len + 1 : NULL;
    char *name = wva_arena_strndup(arena, word, len);
    if (strcmp(name, "--help") == 0) {
        printf("Usage: %s\n", line->usage);
        exit(0);
    }
    const struct gl_option *option = find(line, name);
    if (option == NULL)
        no_such_option(arena, line, name);
    if (option->kind != GL_FLAG)
        return at + take_values(option, name, inline_value, argv + at, parsed);
    if (inline_value != NULL)
        bad_use("Option '%s' does not take a value.", name);
    add(parsed, option->id, "", NULL);
    return at;
}

static void take_environment(struct wva_arena *arena, const struct gl_command_line *line,
                             struct gl_parsed *parsed)
{
    for (const struct gl_option *option = line->options; option->id != NULL; option++) {
        if (!there(line, option) || gl_get(parsed, option->id) != NULL)
            continue;
        char *name = wva_arena_printf(arena, "GUIDELLM_%s", option->id);
        for (char *c = name; *c != '\0'; c++)
            *c = (char)toupper((unsigned char)*c);
        const char *value = getenv(name);
        if (!wva_str_empty(value)) /* click takes an empty variable for an unset one */
            add(parsed, option->id, value, NULL);
    }
}

static void check_all(struct wva_arena *arena, const struct gl_command_line *line,
                      const struct gl_parsed *parsed)
{
    for (size_t i = 0; i < parsed->count; i++)
        for (const struct gl_option *option = line->options; option->id != NULL; option++)
            if (there(line, option) && strcmp(option->id, parsed->given[i].id) == 0)
                check(arena, line, option, parsed->given[i].value);
}

struct gl_parsed gl_parse(struct wva_arena *arena, const struct gl_command_line *line, char **argv)
{
    struct gl_parsed parsed = {wva_arena_calloc(arena, GIVEN_MAX, sizeof(struct gl_given)), 0};
    const char *extra = NULL;
    for (size_t at = 0; argv[at] != NULL;) {
        if (argv[at][0] == '-' && argv[at][1] != '\0') {
            at = take(arena, line, argv, at, &parsed);
        } else {
            extra = extra != NULL ? extra : argv[at];
            at++;
        }
    }
    if (line->env)
        take_environment(arena, line, &parsed);
    check_all(arena, line, &parsed);
    if (extra != NULL)
        gl_usage_error(line->usage, "Got unexpected extra argument (%s)", extra);
    return parsed;
}

const char *gl_get(const struct gl_parsed *parsed, const char *id)
{
    const char *value = NULL;
    for (size_t i = 0; i < parsed->count; i++)
        if (strcmp(parsed->given[i].id, id) == 0)
            value = parsed->given[i].value;
    return value;
}
