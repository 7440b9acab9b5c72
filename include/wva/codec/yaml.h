// SPDX-License-Identifier: Apache-2.0
/*
 * YAML to and from value trees, for what people write and read: kubeconfigs, manifests, -o yaml.
 *
 * Plain scalars are typed as Kubernetes does (YAML to JSON with YAML 1.1 booleans: yes/no/on/off/
 * y/n too); quoted ones are strings. Aliases are resolved within the node limit; merge keys ("<<"),
 * tags other than the core ones and duplicate keys are errors. Nesting and sizes are capped.
 */
#ifndef WVA_CODEC_YAML_H
#define WVA_CODEC_YAML_H

#include "wva/codec/value.h"
#include "wva/util/buf.h"

#define WVA_YAML_TEXT_MAX  ((size_t)8 << 20) /* bytes of input, and of what aliases copy */
#define WVA_YAML_NODES_MAX ((size_t)200000)  /* values of all documents, copies included */

struct wva_yaml_options {
    const char *name; /* what is read, for messages */
    bool secret;      /* never quote the input in messages */
};

/* Parses all documents of the text; empty ones are left out. `*ret_docs` is an array in `arena`.
 * JSON is accepted too. Errors are WVA_E_INPUT, "NAME: line L, column C: …". */
int wva_yaml_parse(struct wva_arena *arena, const char *text, size_t len,
                   const struct wva_yaml_options *options, struct wva_value ***ret_docs,
                   size_t *ret_count, struct wva_error *err) WVA_MUST_USE;

/* Appends one document in block style, sequences indented like kubectl's ("- " at the parent's
 * column), strings quoted exactly where they would read back as something else, multi-line strings
 * as literal blocks. Ends with a newline. */
void wva_yaml_write(struct wva_buf *buf, const struct wva_value *value);

#endif
