// SPDX-License-Identifier: Apache-2.0
// A vocabulary for a model that has nothing to say.

#include "words.h"

#include "wva/util/mem.h"

static const char *const words[] = {
    "the",  "of",    "and",   "to",    "in",    "is",   "that", "for",   "it",   "as",    "was",
    "with", "be",    "by",    "on",    "not",   "he",   "this", "are",   "or",   "his",   "from",
    "at",   "which", "but",   "have",  "an",    "had",  "they", "you",   "were", "her",   "all",
    "she",  "there", "would", "their", "we",    "him",  "been", "has",   "when", "who",   "will",
    "more", "no",    "if",    "out",   "so",    "said", "what", "up",    "its",  "about", "into",
    "than", "them",  "can",   "only",  "other", "new",  "some", "could", "time", "these", "two",
};

const char *standin_word(uint64_t hash)
{
    hash = (hash ^ (hash >> 31)) * UINT64_C(0x9E3779B97F4A7C15);
    return words[(hash >> 33) % WVA_COUNT(words)];
}
