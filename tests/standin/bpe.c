// SPDX-License-Identifier: Apache-2.0
// Byte-level byte pair encoding: a piece begins as its bytes; of all neighbours that have a rule
// the pair with the earliest is joined, until none is left.

#include "tokens.h"

#include "wva/codec/json.h"
#include "wva/util/buf.h"
#include "wva/util/str.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FILE_MAX ((size_t)32 << 20)

/* An open hash table from pairs of tokens to rules. */
struct rule {
    uint64_t pair; /* left << 32 | right */
    uint32_t rank; /* from 1; 0: empty slot */
    uint32_t joined;
};

struct standin_tokenizer {
    uint32_t bytes[256]; /* the token of each byte */
    struct rule *rules;
    size_t mask;
};

/* The vocabulary while rules are read: an open hash table of the model's own members. */
struct vocabulary {
    const struct wva_member **slots;
    size_t mask;
};

static uint64_t hash_text(const char *text)
{
    uint64_t hash = UINT64_C(1469598103934665603); /* FNV-1a */
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return hash;
}

static uint64_t hash_pair(uint64_t pair)
{
    pair *= UINT64_C(0x9E3779B97F4A7C15);
    return pair ^ (pair >> 32);
}

static size_t table_size(size_t count)
{
    size_t size = 16;
    while (size < 2 * count)
        size *= 2;
    return size;
}

static void index_vocabulary(struct wva_arena *arena, const struct wva_value *vocab,
                             struct vocabulary *ret)
{
    size_t size = table_size(vocab->count);
    ret->slots = wva_arena_calloc(arena, size, sizeof(*ret->slots));
    ret->mask = size - 1;
    for (size_t i = 0; i < vocab->count; i++) {
        size_t slot = hash_text(vocab->members[i].name) & ret->mask;
        while (ret->slots[slot] != NULL)
            slot = (slot + 1) & ret->mask;
        ret->slots[slot] = &vocab->members[i];
    }
}

/* The id of a token as the file spells it; -1: there is none. */
static int64_t find_token(const struct vocabulary *vocabulary, const char *text)
{
    int64_t id;
    size_t slot = hash_text(text) & vocabulary->mask;
    for (; vocabulary->slots[slot] != NULL; slot = (slot + 1) & vocabulary->mask)
        if (strcmp(vocabulary->slots[slot]->name, text) == 0)
            return wva_value_i64(vocabulary->slots[slot]->value, &id) ? id : -1;
    return -1;
}

/* GPT-2's spelling of a byte: itself when it can be seen, else a character from U+0100 on, in the
 * order of the bytes. */
static void spell_byte(unsigned byte, char out[3])
{
    unsigned character = byte;
    bool seen = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
    if (!seen)
        character = byte <= 0x20   ? 0x100 + byte
                    : byte <= 0xA0 ? 0x121 + (byte - 0x7F)
                                   : 0x143; /* 0xAD */
    if (character < 0x80) {
        memcpy(out, (const char[3]){(char)character}, 3);
        return;
    }
    out[0] = (char)(0xC0 | (character >> 6));
    out[1] = (char)(0x80 | (character & 0x3F));
    out[2] = '\0';
}

static int read_bytes(struct standin_tokenizer *tokenizer, const struct vocabulary *vocabulary,
                      const char *path, struct wva_error *err)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        char spelling[3];
        spell_byte(byte, spelling);
        int64_t id = find_token(vocabulary, spelling);
        if (id < 0 && byte > 0 && byte < 0x80) /* texts have no NUL: the JSON reader refuses it */
            return wva_error_set(err, WVA_E_INPUT, "%s: no token for byte %u: not byte-level", path,
                                 byte);
        tokenizer->bytes[byte] = (uint32_t)id;
    }
    return 0;
}

static void add_rule(struct standin_tokenizer *tokenizer, const struct rule *rule)
{
    size_t slot = hash_pair(rule->pair) & tokenizer->mask;
    while (tokenizer->rules[slot].rank != 0)
        slot = (slot + 1) & tokenizer->mask;
    tokenizer->rules[slot] = *rule;
}

/* A rule is "left right" or ["left", "right"]. */
static int read_rule(struct standin_tokenizer *tokenizer, const struct vocabulary *vocabulary,
                     const struct wva_value *value, size_t index, struct wva_error *err)
{
    wva_auto_arena arena = {0};
    const char *left = wva_get_str(value, "0"), *right = wva_get_str(value, "1");
    if (value->kind == WVA_STRING) {
        char **words = wva_str_split(&arena, value->text, ' ', NULL);
        left = words[0];
        right = words[1];
    }
    if (left == NULL || right == NULL)
        return wva_error_set(err, WVA_E_INPUT, "merge %zu is no pair", index);
    int64_t a = find_token(vocabulary, left), b = find_token(vocabulary, right);
    int64_t joined = find_token(vocabulary, wva_arena_printf(&arena, "%s%s", left, right));
    if (a < 0 || b < 0 || joined < 0)
        return wva_error_set(err, WVA_E_INPUT, "merge %zu is not in the vocabulary", index);
    add_rule(tokenizer, &(struct rule){.pair = (uint64_t)a << 32 | (uint64_t)b,
                                       .rank = (uint32_t)index + 1,
                                       .joined = (uint32_t)joined});
    return 0;
}

static int read_file(const char *path, struct wva_buf *ret, struct wva_error *err)
{
    static char bytes[65536]; /* one thread */
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return wva_error_set(err, WVA_E_IO, "%s: %s", path, strerror(errno));
    for (size_t count; (count = fread(bytes, 1, sizeof(bytes), file)) > 0;)
        wva_buf_append(ret, bytes, count);
    int failed = ferror(file);
    (void)fclose(file);
    if (failed != 0 || ret->overflowed)
        return wva_error_set(err, WVA_E_IO, "%s: cannot be read", path);
    return 0;
}

int standin_tokenizer_read(struct wva_arena *arena, const char *path,
                           struct standin_tokenizer **ret, struct wva_error *err)
{
    wva_auto_arena scratch = {0};
    struct wva_json_options options = {.name = path};
    struct wva_value *root = NULL;
    struct vocabulary vocabulary;
    wva_auto_buf text = WVA_BUF(FILE_MAX);
    if (read_file(path, &text, err) < 0 ||
        wva_json_parse(&scratch, wva_buf_str(&text), text.len, &options, &root, err) < 0)
        return -1;
    const struct wva_value *vocab = wva_get(root, "model", "vocab");
    const struct wva_value *merges = wva_get(root, "model", "merges");
    if (vocab == NULL || vocab->kind != WVA_OBJECT || merges == NULL || merges->kind != WVA_ARRAY)
        return wva_error_set(err, WVA_E_INPUT, "%s: no BPE model", path);
    index_vocabulary(&scratch, vocab, &vocabulary);
    struct standin_tokenizer *tokenizer = wva_arena_alloc(arena, sizeof(*tokenizer));
    size_t size = table_size(merges->count);
    tokenizer->rules = wva_arena_calloc(arena, size, sizeof(*tokenizer->rules));
    tokenizer->mask = size - 1;
    if (read_bytes(tokenizer, &vocabulary, path, err) < 0)
        return -1;
    for (size_t i = 0; i < merges->count; i++)
        if (read_rule(tokenizer, &vocabulary, merges->items[i], i, err) < 0)
            return wva_error_wrap(err, "%s", path);
    *ret = tokenizer;
    return 0;
}

static const struct rule *find_rule(const struct standin_tokenizer *tokenizer, uint32_t left,
                                    uint32_t right)
{
    uint64_t pair = (uint64_t)left << 32 | right;
    size_t slot = hash_pair(pair) & tokenizer->mask;
    for (; tokenizer->rules[slot].rank != 0; slot = (slot + 1) & tokenizer->mask)
        if (tokenizer->rules[slot].pair == pair)
            return &tokenizer->rules[slot];
    return NULL;
}

size_t standin_bpe(const struct standin_tokenizer *tokenizer, const char *piece, size_t len,
                   uint32_t *tokens)
{
    size_t count = len;
    for (size_t i = 0; i < len; i++)
        tokens[i] = tokenizer->bytes[(unsigned char)piece[i]];
    for (;;) {
        const struct rule *best = NULL;
        size_t where = 0;
        for (size_t i = 0; i + 1 < count; i++) {
            const struct rule *rule = find_rule(tokenizer, tokens[i], tokens[i + 1]);
            if (rule != NULL && (best == NULL || rule->rank < best->rank)) {
                best = rule;
                where = i;
            }
        }
        if (best == NULL)
            return count;
        tokens[where] = best->joined;
        memmove(tokens + where + 1, tokens + where + 2, (count - where - 2) * sizeof(*tokens));
        count--;
    }
}
