// SPDX-License-Identifier: Apache-2.0
/*
 * GuideLLM's command line of one level, by dialect: what a release's words are is in the table
 * `dialects`, how a dialect's options are written in the two writers below it.
 *
 * Only spellings that every release of a dialect accepts are used. Options that could be left out
 * are given where their default changed between releases (route, sampling, profile).
 */
#include "wva/guidellm/command.h"

#include "wva/codec/json.h"
#include "wva/util/mem.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <strings.h>

/* A list of texts that ends with NULL and grows. */
struct list {
    struct wva_arena *arena;
    char **items;
    size_t count;
    size_t cap;
};

struct dialect {
    struct wva_guidellm_version since;
    void (*write)(struct list *list, const struct dialect *dialect,
                  const struct wva_guidellm_run *run);
    const char *route_option;  /* NULL: the route is chosen elsewhere */
    const char *warmup_option; /* likewise */
    bool warmup_is_share;      /* of the whole time, not seconds */
    int64_t warmup_lead;       /* seconds before the first request at which the warm-up begins */
    bool settings_in_env;      /* route and throughput's limit are environment variables */
    bool cancel_outputs;       /* the image's GUIDELLM_OUTPUT_* compete with --output-path */
};

static void write_flags(struct list *list, const struct dialect *dialect,
                        const struct wva_guidellm_run *run);
static void write_kinds(struct list *list, const struct dialect *dialect,
                        const struct wva_guidellm_run *run);

/* Newest first: the first dialect that is not newer than the release is its own. */
static const struct dialect dialects[] = {
    {
        .since = {0, 7, 0},
        .write = write_kinds,
    },
    {
        .since = {0, 4, 0},
        .write = write_flags,
        .route_option = "--request-type",
        .warmup_option = "--warmup",
        .cancel_outputs = true,
    },
    {
        .since = {0, 3, 1},
        .write = write_flags,
        .warmup_option = "--warmup-percent",
        .warmup_is_share = true,
        .warmup_lead = 5, /* its scheduler_start_delay */
        .settings_in_env = true,
        .cancel_outputs = true,
    },
};

static const struct dialect *find_dialect(struct wva_guidellm_version version)
{
    for (size_t i = 0; i < WVA_COUNT(dialects); i++)
        if (wva_guidellm_version_compare(version, dialects[i].since) >= 0)
            return &dialects[i];
    return NULL;
}

const char *wva_profile_name(enum wva_profile profile)
{
    static const char *const names[] = {
        [WVA_PROFILE_SYNCHRONOUS] = "synchronous",
        [WVA_PROFILE_CONCURRENT] = "concurrent",
        [WVA_PROFILE_THROUGHPUT] = "throughput",
    };
    return names[profile];
}

static void add(struct list *list, char *text)
{
    if (list->count + 1 >= list->cap) {
        list->cap = list->cap ? 2 * list->cap : 32;
        char **items = wva_arena_calloc(list->arena, list->cap, sizeof(*items));
        if (list->count > 0)
            memcpy(items, list->items, list->count * sizeof(*items));
        list->items = items;
    }
    list->items[list->count++] = text;
    list->items[list->count] = NULL;
}

static void add_word(struct list *list, const char *word)
{
    add(list, wva_arena_strdup(list->arena, word));
}

static void add_option(struct list *list, const char *option, const char *value)
{
    add_word(list, option);
    add_word(list, value);
}

static void add_number(struct list *list, const char *option, int64_t value)
{
    add_word(list, option);
    add(list, wva_arena_printf(list->arena, "%" PRId64, value));
}

/*
 * Up to 0.6: one flag a setting. These spellings are aliases in the later of these releases and the
 * only ones in the earlier.
 */

static void add_warmup(struct list *list, const struct dialect *dialect,
                       const struct wva_guidellm_run *run)
{
    if (run->warmup_seconds == 0)
        return;
    if (!dialect->warmup_is_share) {
        add_number(list, dialect->warmup_option, run->warmup_seconds);
        return;
    }
    char share[WVA_DOUBLE_TEXT_MAX];
    double seconds = (double)(run->warmup_seconds + dialect->warmup_lead);
    wva_format_double(share, fmin(seconds / (double)run->max_seconds, 1)); /* more is refused */
    add_option(list, dialect->warmup_option, share);
}

/* "Rate does not apply" to synchronous, and to throughput where its limit is a setting. */
static bool takes_rate(const struct dialect *dialect, enum wva_profile profile)
{
    return profile == WVA_PROFILE_CONCURRENT ||
           (profile == WVA_PROFILE_THROUGHPUT && !dialect->settings_in_env);
}

static void write_flags(struct list *list, const struct dialect *dialect,
                        const struct wva_guidellm_run *run)
{
    add_option(list, "benchmark", "run");
    add_option(list, "--target", run->target);
    add_option(list, "--rate-type", wva_profile_name(run->profile));
    if (takes_rate(dialect, run->profile))
        add_number(list, "--rate", run->streams);
    add_option(list, "--model", run->model);
    add_option(list, "--processor", run->tokenizer ? run->tokenizer : run->model);
    if (dialect->route_option)
        add_option(list, dialect->route_option,
                   run->chat ? "chat_completions" : "text_completions");
    add_word(list, "--data");
    add(list, wva_arena_printf(list->arena, "prompt_tokens=%" PRId64 ",output_tokens=%" PRId64,
                               run->prompt_tokens, run->output_tokens));
    add_number(list, "--max-seconds", run->max_seconds);
    add_warmup(list, dialect, run);
    add_option(list, "--output-path", run->report_path);
    /* 0 would keep every record from 0.4 on. */
    add_option(list, "--output-sampling", "1");
    add_number(list, "--random-seed", run->seed);
    add_word(list, "--disable-progress");
}

/*
 * From 0.7: an option is a kind and its fields, "kind=K,field=value,…" or a JSON object.
 */

struct field {
    const char *name;
    const char *text; /* NULL: `number` */
    int64_t number;
};

/* The short form is read as YAML, cut at commas, and each value read as YAML again: "true", "1.5"
 * or a date would not stay text, "a: b" would become an object. True for what stays as it is. */
static bool is_plain(const char *text)
{
    static const char *const words[] = {"true", "false", "yes", "no", "on", "off", "null"};
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "0123456789./:_-";
    static const char starts[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/";

    size_t len = strspn(text, safe);
    if (len == 0 || text[len] != '\0' || !strchr(starts, text[0]) || text[len - 1] == ':')
        return false;
    for (size_t i = 0; i < WVA_COUNT(words); i++)
        if (strcasecmp(text, words[i]) == 0)
            return false;
    return true;
}

static bool all_plain(const struct field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (fields[i].text && !is_plain(fields[i].text))
            return false;
    return true;
}

static char *short_form(struct wva_arena *arena, const char *kind, const struct field *fields,
                        size_t count)
{
    char *text = wva_arena_printf(arena, "kind=%s", kind);
    for (size_t i = 0; i < count; i++) {
        if (fields[i].text)
            text = wva_arena_printf(arena, "%s,%s=%s", text, fields[i].name, fields[i].text);
        else
            text =
                wva_arena_printf(arena, "%s,%s=%" PRId64, text, fields[i].name, fields[i].number);
    }
    return text;
}

static char *json_form(struct wva_arena *arena, const char *kind, const struct field *fields,
                       size_t count)
{
    struct wva_value *object = wva_object(arena);
    wva_object_set(arena, object, "kind", wva_string(arena, kind));
    for (size_t i = 0; i < count; i++)
        wva_object_set(arena, object, fields[i].name,
                       fields[i].text ? wva_string(arena, fields[i].text)
                                      : wva_int(arena, fields[i].number));
    return wva_json_text(arena, object);
}

static void add_kind(struct list *list, const char *option, const char *kind,
                     const struct field *fields, size_t count)
{
    add_word(list, option);
    add(list, all_plain(fields, count) ? short_form(list->arena, kind, fields, count)
                                       : json_form(list->arena, kind, fields, count));
}

#define ADD_KIND(list, option, kind, ...)                                                          \
    add_kind((list), (option), (kind), (const struct field[]){__VA_ARGS__},                        \
             WVA_COUNT(((const struct field[]){__VA_ARGS__})))

static void add_profile(struct list *list, const struct wva_guidellm_run *run)
{
    static const char *const stream_fields[] = {
        [WVA_PROFILE_SYNCHRONOUS] = NULL,
        [WVA_PROFILE_CONCURRENT] = "streams",
        [WVA_PROFILE_THROUGHPUT] = "max_concurrency",
    };
    struct field fields[2];
    size_t count = 0;
    if (stream_fields[run->profile])
        fields[count++] =
            (struct field){.name = stream_fields[run->profile], .number = run->streams};
    if (run->warmup_seconds > 0)
        fields[count++] = (struct field){.name = "warmup", .number = run->warmup_seconds};
    add_kind(list, "--profile", wva_profile_name(run->profile), fields, count);
}

static void write_kinds(struct list *list, const struct dialect *dialect,
                        const struct wva_guidellm_run *run)
{
    (void)dialect;
    add_word(list, "run");
    ADD_KIND(
        list, "--backend", "openai_http", {.name = "target", .text = run->target},
        {.name = "model", .text = run->model},
        {.name = "request_format", .text = run->chat ? "/v1/chat/completions" : "/v1/completions"});
    add_profile(list, run);
    ADD_KIND(list, "--constraint", "max_duration", {.name = "seconds", .number = run->max_seconds});
    ADD_KIND(list, "--data", "synthetic_text",
             {.name = "prompt_tokens", .number = run->prompt_tokens},
             {.name = "output_tokens", .number = run->output_tokens});
    ADD_KIND(list, "--tokenizer", "huggingface_auto",
             {.name = "model", .text = run->tokenizer ? run->tokenizer : run->model});
    ADD_KIND(list, "--output", "json", {.name = "path", .text = run->report_path});
    ADD_KIND(list, "--metrics", "generative", {.name = "sample_size", .number = 1});
    ADD_KIND(list, "--seed", "static", {.name = "value", .number = run->seed});
    add_word(list, "--disable-progress");
}

/* What makes the run impossible in any release, or NULL. */
static const char *run_problem(const struct wva_guidellm_run *run)
{
    const struct {
        bool broken;
        const char *words;
    } demands[] = {
        {wva_str_empty(run->target), "no target is given"},
        {wva_str_empty(run->model), "no model is given"},
        {run->streams < 1, "at least one stream is needed"},
        {run->profile == WVA_PROFILE_SYNCHRONOUS && run->streams > 1,
         "the synchronous profile has one stream"},
        {run->prompt_tokens < 1, "the prompt needs at least one token"},
        {run->output_tokens < 1, "the output needs at least one token"},
        {run->max_seconds < 1, "the duration must be at least one second"},
        {run->warmup_seconds < 0, "the warm-up is negative"},
        {run->warmup_seconds >= run->max_seconds,
         "the warm-up must be shorter than the whole duration"},
    };
    for (size_t i = 0; i < WVA_COUNT(demands); i++)
        if (demands[i].broken)
            return demands[i].words;
    return NULL;
}

int wva_guidellm_command(struct wva_arena *arena, struct wva_guidellm_version version,
                         const struct wva_guidellm_run *run, char ***ret_argv,
                         struct wva_error *err)
{
    const struct dialect *dialect = find_dialect(version);
    if (!dialect) {
        wva_error_set(err, WVA_E_USAGE,
                      "cannot run GuideLLM %d.%d.%d: the oldest release supported is 0.3.1",
                      version.major, version.minor, version.patch);
        return wva_error_hint(err, "use another image, for example %s", WVA_GUIDELLM_DEFAULT_IMAGE);
    }
    const char *problem = run_problem(run);
    if (problem)
        return wva_error_set(err, WVA_E_USAGE, "cannot run this benchmark: %s", problem);

    struct list list = {.arena = arena};
    dialect->write(&list, dialect, run);
    *ret_argv = list.items;
    return 0;
}

char **wva_guidellm_environment(struct wva_arena *arena, struct wva_guidellm_version version,
                                const struct wva_guidellm_run *run)
{
    const struct dialect *dialect = find_dialect(version);
    struct list list = {.arena = arena, .items = wva_arena_calloc(arena, 1, sizeof(char *))};
    if (!dialect)
        return list.items;
    if (dialect->cancel_outputs) {
        /* The official images set one or the other; 0.6 refuses --output-path beside it, and empty
         * is unset. From 0.7 on GuideLLM warns of both, empty or not. */
        add_word(&list, "GUIDELLM_OUTPUT_DIR=");
        add_word(&list, "GUIDELLM_OUTPUT_PATH=");
    }
    if (dialect->settings_in_env) {
        add_word(&list, run->chat ? "GUIDELLM__PREFERRED_ROUTE=chat_completions"
                                  : "GUIDELLM__PREFERRED_ROUTE=text_completions");
        if (run->profile == WVA_PROFILE_THROUGHPUT)
            add(&list, wva_arena_printf(arena, "GUIDELLM__MAX_CONCURRENCY=%" PRId64, run->streams));
    }
    return list.items;
}
