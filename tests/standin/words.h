// SPDX-License-Identifier: Apache-2.0
/* What the model says. */
#ifndef WVA_TESTS_STANDIN_WORDS_H
#define WVA_TESTS_STANDIN_WORDS_H

#include <stdint.h>

/* One of some common words, lower-case letters only. */
const char *standin_word(uint64_t hash);

#endif
