// SPDX-License-Identifier: Apache-2.0
//
// Faults. One is written
//
//     ACTION[=ARG] [retry=SECONDS] [on METHOD] [path SUBSTRING] [after N] [times N]
//
// and applies to every request (or, for a workload's fault, every pod or image) that it matches:
// the first N matches pass (after), then N are hit (times, default all). `path` is looked for in
// the path with its query; words with blanks are put in double quotes. Several faults may hit one
// request.
//
//     drop                 close without an answer         reset      the same by a TCP reset
//     cut=N                close after N bytes             hang=N     silence after N bytes
//     stall=SECONDS        late answer                     delay=MS   the same, shorter
//     drip                 one byte at a time              garbage    not HTTP
//     status=CODE          a Status; with retry=S a Retry-After header
//     html=CODE            a proxy's page                  gone       410
//     conflict             409                             conflict-write   a rival writes first
//     unauthorized         401                             forbidden  403
//     watch-close          the watch ends at once          watch-gone an ERROR event, 410
//     warning=TEXT         a Warning header
//
// A workload's faults (`path` is part of a pod's name, an image's for pull-*, a node's for
// node-lost):
//
//     pull-not-found, pull-denied, pull-timeout   the image cannot be pulled
//     pull-slow[=SECONDS]  it takes that long (120)       bad-image-name      InvalidImageName
//     unschedulable        no node has the GPUs           node-lost           as long as it is set
//     config-error         a Secret is missing            evict               low on memory
//     crash[=EXIT]         two seconds after its start    oom                 the same, OOMKilled
//     oom-child            OOMKilled though it ends with 0
//     never-ready          probes fail                    message-lost        no message at its end
//     log-lost             the log is empty               log-rotate[=BYTES]  only its end is there
//     guidellm-fail        a traceback in the middle      guidellm-hang       never ends
//     guidellm-errors=SHARE  so many requests fail        low-concurrency[=SHARE]  of the streams
//     zero-ttft, no-output, nan   in the report           client-overhead=MS  in every TTFT

#include "faults.h"

#include "wva/util/mem.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 16

enum argument { ARG_NONE, ARG_NUMBER, ARG_TEXT, ARG_OPTIONAL };

struct action {
    const char *name;
    enum argument argument;
    bool workload;
    size_t member;  /* offset in struct api_fault */
    int64_t factor; /* of a number: the member's unit */
};

#define FLAG(name, member)                                                                         \
    {                                                                                              \
        name, ARG_NONE, false, offsetof(struct api_fault, member), 0                               \
    }
#define NUMBER(name, member, factor)                                                               \
    {                                                                                              \
        name, ARG_NUMBER, false, offsetof(struct api_fault, member), factor                        \
    }
#define WORKLOAD(name, argument)                                                                   \
    {                                                                                              \
        name, argument, true, 0, 0                                                                 \
    }

static const struct action actions[] = {
    FLAG("drop", drop),
    FLAG("reset", reset),
    FLAG("garbage", garbage),
    FLAG("drip", drip),
    FLAG("gone", gone),
    FLAG("conflict", conflict),
    FLAG("conflict-write", conflict_write),
    FLAG("unauthorized", unauthorized),
    FLAG("forbidden", forbidden),
    FLAG("watch-close", watch_close),
    FLAG("watch-gone", watch_gone),
    NUMBER("cut", cut, 1),
    NUMBER("hang", hang, 1),
    NUMBER("stall", stall_ms, 1000),
    NUMBER("delay", stall_ms, 1),
    NUMBER("status", status, 1),
    NUMBER("html", html, 1),
    {"warning", ARG_TEXT, false, offsetof(struct api_fault, warning), 0},
    WORKLOAD("pull-not-found", ARG_NONE),
    WORKLOAD("pull-denied", ARG_NONE),
    WORKLOAD("pull-timeout", ARG_NONE),
    WORKLOAD("pull-slow", ARG_OPTIONAL),
    WORKLOAD("bad-image-name", ARG_NONE),
    WORKLOAD("unschedulable", ARG_NONE),
    WORKLOAD("crash", ARG_OPTIONAL),
    WORKLOAD("oom", ARG_NONE),
    WORKLOAD("oom-child", ARG_NONE),
    WORKLOAD("evict", ARG_NONE),
    WORKLOAD("node-lost", ARG_NONE),
    WORKLOAD("never-ready", ARG_NONE),
    WORKLOAD("config-error", ARG_NONE),
    WORKLOAD("log-lost", ARG_NONE),
    WORKLOAD("log-rotate", ARG_OPTIONAL),
    WORKLOAD("message-lost", ARG_NONE),
    WORKLOAD("guidellm-fail", ARG_OPTIONAL),
    WORKLOAD("guidellm-errors", ARG_NUMBER),
    WORKLOAD("guidellm-hang", ARG_NONE),
    WORKLOAD("low-concurrency", ARG_OPTIONAL),
    WORKLOAD("zero-ttft", ARG_NONE),
    WORKLOAD("no-output", ARG_NONE),
    WORKLOAD("nan", ARG_NONE),
    WORKLOAD("client-overhead", ARG_NUMBER),
};

struct fault {
    const struct action *action;
    char *spec; /* as it was given */
    char *text; /* ARG_TEXT */
    double number;
    bool has_number;
    char *method; /* NULL: any */
    char *path;   /* NULL: any */
    int64_t retry;
    int64_t after;
    int64_t times; /* -1: no end */
    struct fault *next;
};

struct sim_faults {
    pthread_mutex_t lock;
    struct fault *first;
};

void sim_faults_init(struct sim *sim)
{
    sim->faults = wva_xcalloc(1, sizeof(*sim->faults));
    pthread_mutex_init(&sim->faults->lock, NULL);
}

static void free_fault(struct fault *fault)
{
    free(fault->spec);
    free(fault->text);
    free(fault->method);
    free(fault->path);
    free(fault);
}

void sim_faults_clear(struct sim *sim)
{
    pthread_mutex_lock(&sim->faults->lock);
    struct fault *next;
    for (struct fault *fault = sim->faults->first; fault != NULL; fault = next) {
        next = fault->next;
        free_fault(fault);
    }
    sim->faults->first = NULL;
    pthread_mutex_unlock(&sim->faults->lock);
}

void sim_faults_done(struct sim *sim)
{
    if (sim->faults == NULL)
        return;
    sim_faults_clear(sim);
    pthread_mutex_destroy(&sim->faults->lock);
    free(sim->faults);
    sim->faults = NULL;
}

/* Splits at blanks; double quotes hold a word together and are dropped. */
static size_t split_words(char *text, char *words[WORDS_MAX])
{
    size_t count = 0;
    char *c = text;
    while (count < WORDS_MAX) {
        c += strspn(c, " \t");
        if (*c == '\0')
            break;
        words[count++] = c;
        bool quoted = false;
        char *out = c;
        for (; *c != '\0' && (quoted || (*c != ' ' && *c != '\t')); c++) {
            if (*c == '"')
                quoted = !quoted;
            else
                *out++ = *c;
        }
        if (*c != '\0')
            c++;
        *out = '\0';
    }
    return count;
}

static const struct action *find_action(const char *word, size_t len)
{
    for (size_t i = 0; i < WVA_COUNT(actions); i++)
        if (strlen(actions[i].name) == len && strncmp(actions[i].name, word, len) == 0)
            return &actions[i];
    return NULL;
}

static int read_action(struct fault *fault, const char *word, struct wva_error *err)
{
    size_t len = strcspn(word, "=");
    const char *argument = word[len] == '=' ? word + len + 1 : NULL;
    fault->action = find_action(word, len);
    if (fault->action == NULL)
        return wva_error_set(err, WVA_E_USAGE, "unknown fault \"%s\"", word);
    enum argument wanted = fault->action->argument;
    if ((argument == NULL && (wanted == ARG_NUMBER || wanted == ARG_TEXT)) ||
        (argument != NULL && wanted == ARG_NONE))
        return wva_error_set(err, WVA_E_USAGE, "fault \"%s\" wants %s argument", word,
                             wanted == ARG_NONE ? "no" : "an");
    if (argument == NULL)
        return 0;
    if (wanted == ARG_TEXT) {
        fault->text = wva_xstrdup(argument);
        return 0;
    }
    if (wva_parse_double(argument, strlen(argument), &fault->number) < 0)
        return wva_error_set(err, WVA_E_USAGE, "fault \"%s\" wants a number", word);
    fault->has_number = true;
    return 0;
}

static int read_count(const char *word, int64_t *ret, struct wva_error *err)
{
    if (wva_parse_i64(word, strlen(word), ret) < 0 || *ret < 0)
        return wva_error_set(err, WVA_E_USAGE, "not a count: \"%s\"", word);
    return 0;
}

/* "on GET", "path X", "after 2", "times 1": returns the words used, 0 on failure. */
static size_t read_condition(struct fault *fault, char **words, size_t count, struct wva_error *err)
{
    if (wva_str_has_prefix(words[0], "retry="))
        return read_count(words[0] + strlen("retry="), &fault->retry, err) < 0 ? 0 : 1;
    if (count < 2) {
        (void)wva_error_set(err, WVA_E_USAGE, "unknown word \"%s\" in a fault", words[0]);
        return 0;
    }
    if (wva_str_eq(words[0], "on") && fault->method == NULL)
        fault->method = wva_xstrdup(words[1]);
    else if (wva_str_eq(words[0], "path") && fault->path == NULL)
        fault->path = wva_xstrdup(words[1]);
    else if (wva_str_eq(words[0], "after"))
        return read_count(words[1], &fault->after, err) < 0 ? 0 : 2;
    else if (wva_str_eq(words[0], "times"))
        return read_count(words[1], &fault->times, err) < 0 ? 0 : 2;
    else {
        (void)wva_error_set(err, WVA_E_USAGE, "unknown word \"%s\" in a fault", words[0]);
        return 0;
    }
    return 2;
}

static int read_fault(struct fault *fault, const char *spec, struct wva_error *err)
{
    wva_autofree char *copy = wva_xstrdup(spec);
    char *words[WORDS_MAX];
    size_t count = split_words(copy, words);
    if (count == 0)
        return wva_error_set(err, WVA_E_USAGE, "empty fault");
    if (read_action(fault, words[0], err) < 0)
        return -1;
    for (size_t i = 1; i < count;) {
        size_t used = read_condition(fault, words + i, count - i, err);
        if (used == 0)
            return -1;
        i += used;
    }
    return 0;
}

int sim_faults_add(struct sim *sim, const char *spec, struct wva_error *err)
{
    struct fault *fault = wva_xcalloc(1, sizeof(*fault));
    fault->times = -1;
    fault->retry = -1;
    fault->spec = wva_xstrdup(spec);
    if (read_fault(fault, spec, err) < 0) {
        free_fault(fault);
        return -1;
    }
    pthread_mutex_lock(&sim->faults->lock);
    struct fault **link = &sim->faults->first;
    while (*link != NULL)
        link = &(*link)->next;
    *link = fault;
    pthread_mutex_unlock(&sim->faults->lock);
    return 0;
}

void sim_faults_list(struct sim *sim, struct wva_buf *out)
{
    pthread_mutex_lock(&sim->faults->lock);
    for (struct fault *fault = sim->faults->first; fault != NULL; fault = fault->next)
        wva_buf_printf(out, "%s\n", fault->spec);
    pthread_mutex_unlock(&sim->faults->lock);
}

/* Does it match, and is it its turn? Counts. */
static bool hits(struct fault *fault, const char *method, const char *subject)
{
    if (fault->method != NULL && !wva_str_eq(fault->method, method))
        return false;
    if (fault->path != NULL && (subject == NULL || strstr(subject, fault->path) == NULL))
        return false;
    if (fault->after > 0) {
        fault->after--;
        return false;
    }
    if (fault->times == 0)
        return false;
    if (fault->times > 0)
        fault->times--;
    return true;
}

static void apply(const struct fault *fault, struct wva_arena *arena, struct api_fault *ret)
{
    const struct action *action = fault->action;
    char *member = (char *)ret + action->member;
    if (fault->retry >= 0)
        ret->retry = fault->retry;
    if (action->argument == ARG_TEXT)
        ret->warning = wva_arena_strdup(arena, fault->text);
    else if (action->argument == ARG_NONE)
        *(bool *)member = true;
    else {
        int64_t number = (int64_t)(fault->number * (double)action->factor);
        memcpy(member, &number, sizeof(number));
    }
}

void sim_faults_match(struct sim *sim, struct wva_arena *arena, const char *method,
                      const char *target, struct api_fault *ret)
{
    *ret = (struct api_fault){.retry = -1, .drip = sim->options.drip};
    pthread_mutex_lock(&sim->faults->lock);
    for (struct fault *fault = sim->faults->first; fault != NULL; fault = fault->next)
        if (!fault->action->workload && hits(fault, method, target))
            apply(fault, arena, ret);
    pthread_mutex_unlock(&sim->faults->lock);
}

bool sim_fault_number(struct sim *sim, const char *name, const char *subject, double *ret)
{
    bool active = false;
    pthread_mutex_lock(&sim->faults->lock);
    for (struct fault *fault = sim->faults->first; fault != NULL && !active; fault = fault->next) {
        if (strcmp(fault->action->name, name) != 0 || !hits(fault, NULL, subject))
            continue;
        active = true;
        if (fault->has_number)
            *ret = fault->number;
    }
    pthread_mutex_unlock(&sim->faults->lock);
    return active;
}

bool sim_fault_active(struct sim *sim, const char *name, const char *subject)
{
    double ignored = 0;
    return sim_fault_number(sim, name, subject, &ignored);
}
