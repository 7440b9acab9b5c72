// SPDX-License-Identifier: Apache-2.0
/* The Job template as it is in the project, parsed. */
#ifndef WVA_TESTS_GUIDELLM_MANIFEST_H
#define WVA_TESTS_GUIDELLM_MANIFEST_H

#include "support/wva_test.h"

#include "wva/codec/yaml.h"
#include "wva/util/fs.h"

static inline struct wva_value *read_manifest(struct wva_arena *arena)
{
    static const struct wva_yaml_options options = {.name = "manifests/guidellm-job.yaml"};
    struct wva_error err = {0};
    struct wva_value **documents;
    size_t count, len;
    char *text;
    check_ok(wva_fs_read(options.name, 1 << 20, arena, &text, &len, &err), &err);
    check_ok(wva_yaml_parse(arena, text, len, &options, &documents, &count, &err), &err);
    check_int(count, 1);
    return documents[0];
}

#endif
