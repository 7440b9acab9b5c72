// SPDX-License-Identifier: Apache-2.0
/* Text to trees, for tests that write objects down as a person would. */
#ifndef WVA_TESTS_RUN_DOCUMENTS_H
#define WVA_TESTS_RUN_DOCUMENTS_H

#include "support/wva_test.h"

#include "wva/codec/json.h"
#include "wva/codec/yaml.h"

static inline struct wva_value **documents_of(struct wva_arena *arena, const char *yaml,
                                              size_t *ret_count)
{
    static const struct wva_yaml_options options = {.name = "fixture"};
    struct wva_error err = {0};
    struct wva_value **documents;
    check_ok(wva_yaml_parse(arena, yaml, strlen(yaml), &options, &documents, ret_count, &err),
             &err);
    return documents;
}

static inline struct wva_value *document_of(struct wva_arena *arena, const char *yaml)
{
    size_t count;
    struct wva_value **documents = documents_of(arena, yaml, &count);
    check_int(count, 1);
    return documents[0];
}

/* `value` (NULL: absent) is exactly this JSON. */
#define check_json(arena, value, wanted)                                                           \
    do {                                                                                           \
        const struct wva_value *check_v_ = (value);                                                \
        check_str(check_v_ ? wva_json_text((arena), check_v_) : "absent", (wanted));               \
    } while (0)

#endif
