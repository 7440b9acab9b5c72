// SPDX-License-Identifier: Apache-2.0
/*
 * Formats are told by how they begin, never by a file's name: input also comes through pipes. A
 * JSON object is ours when its first key is one that Kubernetes objects begin with; GuideLLM's
 * reports begin with "benchmarks", "args" or "metadata".
 */
#include "sniff_priv.h"

#include "wva/util/mem.h"

#include <stdbool.h>
#include <string.h>

/* What is left of the bytes. */
struct text {
    const char *at;
    const char *end;
};

static size_t left(const struct text *text)
{
    return (size_t)(text->end - text->at);
}

static bool begins_with(const struct text *text, const char *word)
{
    const size_t len = strlen(word);

    return left(text) >= len && memcmp(text->at, word, len) == 0;
}

static void skip_blanks(struct text *text)
{
    while (text->at < text->end && strchr(" \t\r\n", *text->at) != NULL)
        text->at++;
}

static void skip_line(struct text *text)
{
    const char *newline = memchr(text->at, '\n', left(text));

    text->at = newline == NULL ? text->end : newline + 1;
}

static enum wva_format sniff_json(struct text text)
{
    text.at++;
    skip_blanks(&text);
    if (begins_with(&text, "\"apiVersion\"") || begins_with(&text, "\"kind\""))
        return WVA_FORMAT_JSON_DOCUMENT;
    return WVA_FORMAT_REPORT;
}

/* A line of dashes is a log's; "---" alone begins a YAML document. */
static bool is_document_start(const struct text *text)
{
    return begins_with(text, "---") && (left(text) == 3 || strchr(" \t\r\n", text->at[3]) != NULL);
}

static enum wva_format sniff_text(struct text text)
{
    static const struct {
        const char *key;
        enum wva_format format;
    } first_keys[] = {
        {"apiVersion:", WVA_FORMAT_YAML_DOCUMENT}, {"kind:", WVA_FORMAT_YAML_DOCUMENT},
        {"metadata:", WVA_FORMAT_YAML_REPORT},     {"args:", WVA_FORMAT_YAML_REPORT},
        {"config:", WVA_FORMAT_YAML_REPORT},       {"benchmarks:", WVA_FORMAT_YAML_REPORT},
    };
    enum wva_format otherwise = WVA_FORMAT_LOG;

    while (begins_with(&text, "#") || is_document_start(&text)) {
        if (*text.at == '-')
            otherwise = WVA_FORMAT_YAML_DOCUMENT;
        skip_line(&text);
        skip_blanks(&text);
    }
    for (size_t i = 0; i < WVA_COUNT(first_keys); i++) {
        if (begins_with(&text, first_keys[i].key))
            return first_keys[i].format;
    }
    return otherwise;
}

enum wva_format wva_sniff(const char *head, size_t len)
{
    struct text text = {head, head + len};

    if (len > 0 && memchr(head, '\0', len) != NULL)
        return WVA_FORMAT_BINARY;
    skip_blanks(&text);
    if (left(&text) == 0)
        return WVA_FORMAT_EMPTY;
    return *text.at == '{' ? sniff_json(text) : sniff_text(text);
}
