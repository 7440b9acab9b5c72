// SPDX-License-Identifier: Apache-2.0
/* What to measure: a Deployment, a Service or a URL, and what can be found out about it. */
#ifndef WVA_RUN_TARGET_H
#define WVA_RUN_TARGET_H

#include "wva/kube/client.h"

struct wva_target {
    const char *url;             /* "http://vllm.bench.svc:8000", reachable from a pod */
    const char *model;           /* Hugging Face id (also the tokenizer's); NULL: unknown */
    const char *served_model;    /* NULL: unknown */
    int64_t max_batch_size;      /* --max-num-seqs; 0: unknown */
    const char *accelerator;     /* GPU product of the node selector; NULL: unknown */
    int64_t accelerator_count;   /* GPUs a replica; 0: unknown */
    const char *vllm_image;      /* NULL: unknown */
    bool prefix_caching;         /* on, or not known to be off */
    const char *hf_token_secret; /* Secret the server uses; NULL: none */
    const char *hf_token_key;
    const char *deployment; /* the server's; NULL: unknown */
    int64_t replicas;       /* that are wanted; 0 with `deployment` NULL: unknown */
    int64_t ready_replicas;
};

/* `what` is "deployment/NAME", "deploy/NAME", "service/NAME", "svc/NAME", a bare NAME (Deployment)
 * or a URL. Reads arguments and environment of the vLLM container, ports and labels of the matching
 * Service. In `arena`. Errors: WVA_E_USAGE, WVA_E_NOT_FOUND with what exists instead, WVA_E_FAILED
 * (no Service). */
int wva_target_find(struct wva_kube *kube, struct wva_arena *arena, const char *namespace_,
                    const char *what, struct wva_target *ret, struct wva_error *err) WVA_MUST_USE;

#endif
