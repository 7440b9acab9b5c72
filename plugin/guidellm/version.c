// SPDX-License-Identifier: Apache-2.0
/* GuideLLM releases, told by an image's tag. Knows nothing of what a release can do. */
#include "wva/guidellm/version.h"

#include "wva/util/mem.h"
#include "wva/util/parse.h"

#include <limits.h>
#include <string.h>

#define DIGITS "0123456789"

/* Reads one number and moves `*text` behind it. */
static int read_part(const char **text, int *ret)
{
    size_t len = strspn(*text, DIGITS);
    int64_t number;
    if (wva_parse_i64(*text, len, &number) < 0 || number > INT_MAX)
        return -1;
    *text += len;
    *ret = (int)number;
    return 0;
}

int wva_guidellm_version_parse(const char *text, struct wva_guidellm_version *ret)
{
    struct wva_guidellm_version version;
    int *const parts[] = {&version.major, &version.minor, &version.patch};

    if (*text == 'v')
        text++;
    for (size_t i = 0; i < WVA_COUNT(parts); i++) {
        if (i > 0 && *text++ != '.')
            return -1;
        if (read_part(&text, parts[i]) < 0)
            return -1;
    }
    if (*text != '\0' && *text != '-' && *text != '+')
        return -1;
    *ret = version;
    return 0;
}

int wva_guidellm_version_of_image(const char *image, struct wva_guidellm_version *ret)
{
    /* [HOST[:PORT]/]PATH[:TAG][@DIGEST] */
    wva_autofree char *reference = wva_xstrndup(image, strcspn(image, "@"));
    const char *slash = strrchr(reference, '/');
    const char *tag = strchr(slash ? slash : reference, ':');
    return tag ? wva_guidellm_version_parse(tag + 1, ret) : -1;
}

int wva_guidellm_version_compare(struct wva_guidellm_version a, struct wva_guidellm_version b)
{
    if (a.major != b.major)
        return a.major < b.major ? -1 : 1;
    if (a.minor != b.minor)
        return a.minor < b.minor ? -1 : 1;
    return (a.patch > b.patch) - (a.patch < b.patch);
}
