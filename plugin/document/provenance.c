// SPDX-License-Identifier: Apache-2.0
/* Where figures come from: members of `spec`, the same in both documents. */
#include "document_priv.h"
#include "field_priv.h"

#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <string.h>

#define TEXT(group, name, member)                                                                  \
    WVA_FIELD(group, name, WVA_FIELD_TEXT, struct wva_provenance, member)
#define AMOUNT(name, member) WVA_FIELD(NULL, name, WVA_FIELD_AMOUNT, struct wva_provenance, member)

static const struct wva_field fields[] = {
    TEXT(NULL, "model", model),
    TEXT(NULL, "servedModel", served_model),
    TEXT(NULL, "accelerator", accelerator),
    AMOUNT("acceleratorCount", accelerator_count),
    AMOUNT("maxBatchSize", max_batch_size),
    AMOUNT("promptTokens", prompt_tokens),
    AMOUNT("outputTokens", output_tokens),
    TEXT(NULL, "method", method),
    TEXT(NULL, "runID", run_id),
    TEXT(NULL, "namespace", namespace_),
    TEXT(NULL, "target", target),
    TEXT("guidellm", "image", guidellm_image),
    TEXT("guidellm", "version", guidellm_version),
    TEXT("vllm", "image", vllm_image),
    TEXT(NULL, "toolVersion", tool_version),
    TEXT(NULL, "startedAt", started_at),
    TEXT(NULL, "finishedAt", finished_at),
};

void wva_provenance_put(struct wva_arena *arena, struct wva_value *spec,
                        const struct wva_provenance *provenance)
{
    wva_fields_put(arena, spec, fields, WVA_COUNT(fields), provenance);
}

void wva_provenance_get(struct wva_arena *arena, const struct wva_value *spec,
                        struct wva_provenance *ret)
{
    *ret = (struct wva_provenance){0};
    for (size_t i = 0; i < WVA_COUNT(fields); i++) {
        struct wva_error ignored = {0};

        (void)!wva_field_get(arena, spec, &fields[i], "spec", ret, &ignored);
    }
}

int wva_provenance_read(struct wva_arena *arena, const struct wva_value *spec, const char *file,
                        struct wva_provenance *ret, struct wva_error *err)
{
    const char *where = wva_arena_printf(arena, "%s: spec", file);
    struct wva_provenance provenance = {0};

    if (wva_fields_get(arena, spec, fields, WVA_COUNT(fields), where, &provenance, err) < 0)
        return -1;
    *ret = provenance;
    return 0;
}

/* Levels of two models, or of one model on two accelerators, lie on different lines. */
static int check_same(const char *what, const char *before, const char *now, const char *file,
                      struct wva_error *err)
{
    if (before == NULL || now == NULL || wva_str_eq(before, now))
        return 0;
    wva_error_set(err, WVA_E_INPUT,
                  "%s: %s is '%s' here and '%s' in what was read before: such levels cannot be "
                  "fitted together",
                  file, what, now, before);
    return wva_error_hint(err, "fit them one by one");
}

_Static_assert(sizeof(char *) <= sizeof(int64_t), "fill() compares either with zeros");

static void fill(const struct wva_field *field, struct wva_provenance *into,
                 const struct wva_provenance *from)
{
    static const char unknown[sizeof(int64_t)] = {0}; /* an amount of 0, a NULL */
    char *target = (char *)into + field->offset;

    if (memcmp(target, unknown, field->size) == 0)
        memcpy(target, (const char *)from + field->offset, field->size);
}

int wva_provenance_merge(struct wva_provenance *into, const struct wva_provenance *from,
                         const char *file, struct wva_error *err)
{
    if (check_same("the model", into->model, from->model, file, err) < 0 ||
        check_same("the served model", into->served_model, from->served_model, file, err) < 0 ||
        check_same("the accelerator", into->accelerator, from->accelerator, file, err) < 0)
        return -1;
    for (size_t i = 0; i < WVA_COUNT(fields); i++)
        fill(&fields[i], into, from);
    return 0;
}
