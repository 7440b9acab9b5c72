// SPDX-License-Identifier: Apache-2.0
/* What real releases of GuideLLM left, as tests/fixtures/make collected it. */
#ifndef WVA_TESTS_GUIDELLM_FIXTURES_H
#define WVA_TESTS_GUIDELLM_FIXTURES_H

#include "levels.h"

#include "wva/codec/json.h"
#include "wva/codec/value.h"

/* The file tests/fixtures/guidellm-VERSION/NAME. */
static inline char *fixture(struct wva_arena *arena, const char *version, const char *name,
                            size_t *ret_len)
{
    struct wva_error err = {0};
    char *text = NULL;
    const char *path = wva_arena_printf(arena, "tests/fixtures/guidellm-%s/%s", version, name);
    check_ok(wva_fs_read(path, (size_t)1 << 20, arena, &text, ret_len, &err), &err);
    return text;
}

static inline struct wva_value *fixture_json(struct wva_arena *arena, const char *version,
                                             const char *name)
{
    const struct wva_json_options options = {.name = name, .max_bytes = (size_t)1 << 20};
    struct wva_error err = {0};
    struct wva_value *value = NULL;
    size_t len;
    const char *text = fixture(arena, version, name, &len);
    check_ok(wva_json_parse(arena, text, len, &options, &value, &err), &err);
    return value;
}

/* What delivered.json says of a run: argv, env, exit, target, levels. */
static inline const struct wva_value *fixture_run(struct wva_arena *arena, const char *version,
                                                  const char *run)
{
    const struct wva_value *record =
        wva_get(fixture_json(arena, version, "delivered.json"), "runs", run);
    check(record != NULL);
    return record;
}

#endif
