// SPDX-License-Identifier: Apache-2.0
/* What a plain YAML scalar means: asked by the reader, and by the writer before it leaves quotes
 * away. */
#ifndef WVA_CODEC_YAML_PRIV_H
#define WVA_CODEC_YAML_PRIV_H

#include "wva/codec/json.h"

struct wva_yaml_scalar {
    enum wva_kind kind; /* WVA_NULL, WVA_BOOL, WVA_NUMBER or WVA_STRING */
    bool boolean;
    bool nonfinite;                       /* .inf or .nan; kind is WVA_NUMBER */
    char number[WVA_JSON_NUMBER_MAX + 1]; /* as JSON; "" when not finite */
};

struct wva_yaml_scalar wva_yaml_resolve(const char *text, size_t len);

/* True when no reader of YAML takes the text, written plain, for anything but a string. Says
 * nothing about indicators. */
bool wva_yaml_is_string(const char *text, size_t len);

#endif
