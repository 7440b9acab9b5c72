// SPDX-License-Identifier: Apache-2.0
/*
 * The VariantAutoscaling of llm-d's WVA (llmd.ai/v1alpha1), releases v0.0.5 to v0.4.2: reading and
 * changing spec.modelProfile. Pure: trees in, trees out.
 *
 * `accelerators` is an atomic list, so a change is always the whole list with one entry edited and
 * everything else as the server sent it.
 */
#ifndef WVA_WVA_VARIANTAUTOSCALING_H
#define WVA_WVA_VARIANTAUTOSCALING_H

#include "wva/codec/value.h"
#include "wva/fit/fit.h"

#define WVA_ACCELERATOR_LABEL "inference.optimization/acceleratorName"

struct wva_va_profile {
    const char *accelerator;   /* `acc` */
    int64_t accelerator_count; /* `accCount`; 0: keep, or 1 for a new entry */
    int64_t max_batch_size;    /* `maxBatchSize`; 0: keep (an error for a new entry) */
    struct wva_parameters parameters;
};

/* The four texts as they stand in an entry; NULL where absent. */
struct wva_va_texts {
    const char *alpha;
    const char *beta;
    const char *gamma;
    const char *delta;
    int64_t max_batch_size; /* 0: no entry */
};

struct wva_va_change {
    bool entry_added;
    bool changed; /* false: everything already says so */
    struct wva_va_texts before;
    struct wva_va_texts after;
    struct wva_value *accelerators; /* the whole new list */
};

/* Does the served schema (wva_kube_schema) have spec.modelProfile with perfParms as we write them?
 * When not, WVA_E_INVALID in words: which releases have it, what this cluster serves instead. */
int wva_va_schema_check(const struct wva_value *schema, const struct wva_value *root,
                        struct wva_error *err) WVA_MUST_USE;

/* Accelerator to edit: `wanted`, else the VA's label, else the only entry. WVA_E_INPUT listing the
 * entries when that leaves a doubt. The result is borrowed from the arguments. */
int wva_va_pick_accelerator(const struct wva_value *va, const char *wanted, const char **ret,
                            struct wva_error *err) WVA_MUST_USE;

/* What WVA reads from the entry for `accelerator`, which is borrowed; counts that the entry lacks
 * are 0. Errors: WVA_E_INPUT (no modelProfile, no such entry or two of them, a parameter missing or
 * not a number), WVA_E_QUALITY for parameters that WVA gets wrong. */
int wva_va_profile_get(const struct wva_value *va, const char *accelerator,
                       struct wva_va_profile *ret, struct wva_error *err) WVA_MUST_USE;

/* Tokens of a request that WVA saw last, whole ones as WVA counts; 0: it saw none. */
struct wva_va_tokens {
    double prompt;
    double output;
};

struct wva_va_tokens wva_va_tokens_get(const struct wva_value *va);

/* Works out the change; nothing in `va` is modified. Extra keys of decodeParms and prefillParms
 * stay. An entry whose four numbers already parse to the same float32 values, which is what WVA
 * reads, and whose maxBatchSize and accCount are the same counts as unchanged. Errors: WVA_E_INPUT
 * (two entries for the accelerator; a new one without max_batch_size), WVA_E_QUALITY for parameters
 * that WVA would get wrong. */
int wva_va_plan(struct wva_arena *arena, const struct wva_value *va,
                const struct wva_va_profile *profile, struct wva_va_change *ret,
                struct wva_error *err) WVA_MUST_USE;

/* The merge patch for a planned change, tied to the VA's resource version. */
struct wva_value *wva_va_patch(struct wva_arena *arena, const struct wva_value *va,
                               const struct wva_va_change *change);

/* A new VA for an existing Deployment (WVA <= v0.4.2 wants equal names and the label). */
struct wva_value *wva_va_new(struct wva_arena *arena, const char *namespace_, const char *name,
                             const char *model_id, const struct wva_va_profile *profile);

/* "%.9g": reads back as the same float32 and keeps delta's digits. In `arena`. */
char *wva_va_number(struct wva_arena *arena, double value);

#endif
