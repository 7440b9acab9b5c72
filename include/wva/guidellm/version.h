// SPDX-License-Identifier: Apache-2.0
/* GuideLLM releases, told by an image's tag. */
#ifndef WVA_GUIDELLM_VERSION_H
#define WVA_GUIDELLM_VERSION_H

#include "wva/util/error.h"

#include <stdbool.h>

/* The image used when none is asked for; pinned, because `latest` moves across breaking releases.
 */
#define WVA_GUIDELLM_DEFAULT_IMAGE "ghcr.io/vllm-project/guidellm:v0.7.3"

struct wva_guidellm_version {
    int major;
    int minor;
    int patch;
};

/* "0.6.1" or "v0.6.1"; suffixes after '-' or '+' are ignored. 0, or -1 with the output untouched.
 */
int wva_guidellm_version_parse(const char *text, struct wva_guidellm_version *ret) WVA_MUST_USE;

/* The version in an image reference's tag ("…/guidellm:v0.6.1", "…:v0.7.3-amd64@sha256:…"). -1 when
 * the tag does not tell ("latest", "stable", a digest alone, no tag). */
int wva_guidellm_version_of_image(const char *image, struct wva_guidellm_version *ret) WVA_MUST_USE;

/* <0, 0, >0 */
int wva_guidellm_version_compare(struct wva_guidellm_version a, struct wva_guidellm_version b);

#endif
