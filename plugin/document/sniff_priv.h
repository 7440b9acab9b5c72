// SPDX-License-Identifier: Apache-2.0
/* What a file is, by its first bytes; for the document layer only. */
#ifndef WVA_DOCUMENT_SNIFF_PRIV_H
#define WVA_DOCUMENT_SNIFF_PRIV_H

#include <stddef.h>

#define WVA_SNIFF_BYTES ((size_t)64 * 1024) /* as many as are looked at */

enum wva_format {
    WVA_FORMAT_EMPTY,
    WVA_FORMAT_BINARY,
    WVA_FORMAT_JSON_DOCUMENT, /* ours */
    WVA_FORMAT_YAML_DOCUMENT,
    WVA_FORMAT_REPORT, /* any other JSON object: GuideLLM's */
    WVA_FORMAT_YAML_REPORT,
    WVA_FORMAT_LOG, /* any other text */
};

enum wva_format wva_sniff(const char *head, size_t len);

#endif
