// SPDX-License-Identifier: Apache-2.0
// Which containers run vLLM.

#include "vllm.h"

#include "wva/util/str.h"

#include <string.h>

static bool names_vllm(const char *word)
{
    return word != NULL && (strcmp(word, "vllm") == 0 || strcmp(word, "--model") == 0 ||
                            wva_str_has_prefix(word, "--model=") ||
                            strcmp(word, "vllm.entrypoints.openai.api_server") == 0);
}

static bool list_names_vllm(const struct wva_value *list)
{
    for (size_t i = 0; list != NULL && i < list->count; i++)
        if (names_vllm(wva_value_str(list->items[i])))
            return true;
    return false;
}

bool sim_vllm_recognize(const struct wva_value *container)
{
    const char *image = wva_get_str(container, "image");
    if (image == NULL || strstr(image, "guidellm") != NULL)
        return false;
    return strstr(image, "vllm") != NULL || list_names_vllm(wva_get(container, "command")) ||
           list_names_vllm(wva_get(container, "args"));
}
