// SPDX-License-Identifier: Apache-2.0
// STANDIN_… variables. A word that is not understood stops the start: a test that runs with other
// settings than it believes proves nothing.

#include "settings.h"

#include "wva/util/mem.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <stdlib.h>
#include <string.h>

static int read_number(const char *name, const char *text, double least, double *ret,
                       struct wva_error *err)
{
    double number;
    if (wva_str_empty(text))
        return 0;
    if (wva_parse_double(text, strlen(text), &number) < 0 || number < least)
        return wva_error_set(err, WVA_E_CONFIG, "%s: \"%s\" is not a number of %g or more", name,
                             text, least);
    *ret = number;
    return 0;
}

static int read_numbers(struct standin_settings *settings, struct wva_error *err)
{
    const struct {
        const char *name;
        double *place;
    } numbers[] = {
        {"STANDIN_ALPHA", &settings->alpha}, {"STANDIN_BETA", &settings->beta},
        {"STANDIN_GAMMA", &settings->gamma}, {"STANDIN_DELTA", &settings->delta},
        {"STANDIN_NOISE", &settings->noise}, {"STANDIN_LOAD_SECONDS", &settings->load_seconds},
    };
    for (size_t i = 0; i < WVA_COUNT(numbers); i++)
        if (read_number(numbers[i].name, getenv(numbers[i].name), 0, numbers[i].place, err) < 0)
            return -1;
    return 0;
}

/* One word of STANDIN_FAULT: "hang", "slow-first", "crash-after=5". */
static int read_fault(struct standin_faults *faults, char *word, struct wva_error *err)
{
    const struct {
        const char *name;
        bool *flag;
        double *number;
        double by_default; /* negative: a value is needed */
    } known[] = {
        {"crash-after", NULL, &faults->crash_after, -1},
        {"crash-at-start", &faults->crash_at_start, NULL, 0},
        {"error-share", NULL, &faults->error_share, 1},
        {"hang", &faults->hang, NULL, 0},
        {"oom", &faults->oom, NULL, 0},
        {"slow-first", NULL, &faults->slow_first, 5},
    };
    char *value = strchr(word, '=');
    if (value != NULL)
        *value++ = '\0';
    for (size_t i = 0; i < WVA_COUNT(known); i++) {
        if (strcmp(known[i].name, word) != 0)
            continue;
        if (known[i].flag != NULL)
            *known[i].flag = true;
        if (known[i].flag != NULL)
            return 0;
        if (value == NULL && known[i].by_default < 0)
            return wva_error_set(err, WVA_E_CONFIG, "STANDIN_FAULT: %s wants =NUMBER", word);
        *known[i].number = known[i].by_default;
        return read_number("STANDIN_FAULT", value, 0, known[i].number, err);
    }
    return wva_error_set(err, WVA_E_CONFIG, "STANDIN_FAULT: \"%s\" is not known", word);
}

static int read_faults(struct wva_arena *arena, struct standin_faults *faults,
                       struct wva_error *err)
{
    const char *text = getenv("STANDIN_FAULT");
    *faults = (struct standin_faults){.crash_after = -1};
    if (wva_str_empty(text))
        return 0;
    char **words = wva_str_split(arena, text, ',', NULL);
    for (size_t i = 0; words[i] != NULL; i++)
        if (read_fault(faults, wva_str_trim(arena, words[i]), err) < 0)
            return -1;
    return 0;
}

int standin_settings_read(struct wva_arena *arena, struct standin_settings *ret,
                          struct wva_error *err)
{
    struct standin_settings settings = {
        .alpha = 20, .beta = 0.4, .gamma = 40, .delta = 0.01, .load_seconds = 2, .seed = 1};
    double seed = 1;
    const char *chunked = getenv("STANDIN_CHUNKED");
    if (read_numbers(&settings, err) < 0 ||
        read_number("STANDIN_SEED", getenv("STANDIN_SEED"), 0, &seed, err) < 0 ||
        read_faults(arena, &settings.faults, err) < 0)
        return -1;
    settings.seed = (uint64_t)seed;
    settings.chunked = wva_str_eq(chunked, "1");
    if (!wva_str_empty(getenv("STANDIN_TOKENIZER")))
        settings.tokenizer = wva_arena_strdup(arena, getenv("STANDIN_TOKENIZER"));
    *ret = settings;
    return 0;
}
