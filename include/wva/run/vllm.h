// SPDX-License-Identifier: Apache-2.0
/* The vLLM Deployment and Service to measure: manifests/vllm.yaml with fields set in the tree.
 * Pure. */
#ifndef WVA_RUN_VLLM_H
#define WVA_RUN_VLLM_H

#include "wva/codec/value.h"
#include "wva/util/error.h"

struct wva_vllm_options {
    const char *name; /* of Deployment and Service; DNS label */
    const char *namespace_;
    const char *run_id;            /* label of a run; NULL: none */
    const char *model;             /* Hugging Face id */
    const char *served_model;      /* NULL: the model's id */
    const char *image;             /* NULL: the template's */
    const char *accelerator;       /* value of the GPU product node label; NULL: any node */
    const char *accelerator_label; /* NULL: "nvidia.com/gpu.product" */
    const char *gpu_resource;      /* NULL: "nvidia.com/gpu" */
    int64_t gpus;                  /* a replica = tensor parallel size; 0: no GPU (CPU) */
    int64_t max_batch_size;        /* --max-num-seqs */
    int64_t port;
    const char *hf_token_secret; /* NULL: none */
    const char *hf_token_key;    /* NULL: "token" */
    const char *cache_pvc;       /* NULL: an emptyDir */
    const char *cpu;             /* NULL: the template's */
    const char *memory;
    const char *service_account;
    const char *image_pull_secret;
    const char *const *node_selector; /* "key=value", ends with NULL */
    const char *const *tolerations;   /* "key[=value][:effect]" */
    const char *const *extra_args;    /* for vLLM, after ours */
    bool no_fixed_user;               /* OpenShift gives the uid itself */
};

/* On the pod template: a digest of it, which tells its pods from those of the template before. */
#define WVA_TEMPLATE_ANNOTATION "kubectl-wva/template"

/* `*ret_deployment` and `*ret_service` live in `arena`. `documents` is the parsed template: exactly
 * one Deployment and one Service. Errors: WVA_E_INPUT, WVA_E_USAGE. */
int wva_vllm_build(struct wva_arena *arena, struct wva_value *const *documents, size_t count,
                   const struct wva_vllm_options *options, struct wva_value **ret_deployment,
                   struct wva_value **ret_service, struct wva_error *err) WVA_MUST_USE;

/* The embedded manifests/vllm.yaml and manifests/guidellm-job.yaml (generated at build time). */
extern const char wva_manifest_vllm[];
extern const char wva_manifest_guidellm_job[];

#endif
