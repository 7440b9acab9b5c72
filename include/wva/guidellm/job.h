// SPDX-License-Identifier: Apache-2.0
/*
 * The Kubernetes Job of one level: manifests/guidellm-job.yaml (or the user's template) with fields
 * set in the tree. Applies nothing.
 */
#ifndef WVA_GUIDELLM_JOB_H
#define WVA_GUIDELLM_JOB_H

#include "wva/codec/value.h"
#include "wva/guidellm/command.h"

#define WVA_LABEL_MANAGED_BY "app.kubernetes.io/managed-by"
#define WVA_LABEL_RUN        "kubectl-wva/run"
#define WVA_LABEL_LEVEL      "kubectl-wva/level"
#define WVA_MANAGED_BY       "kubectl-wva"

/* Container name, and where things are inside it; the template and the code agree on these. */
#define WVA_GUIDELLM_CONTAINER   "guidellm"
#define WVA_GUIDELLM_REPORT_PATH "/scratch/report.json"

struct wva_guidellm_job {
    const char *name; /* DNS label */
    const char *namespace_;
    const char *run_id;
    const char *level_id; /* "warmup", "1", "2", … */
    const char *image;
    struct wva_guidellm_version version;
    const struct wva_guidellm_run *run;
    int64_t deadline_seconds;      /* activeDeadlineSeconds */
    const char *hf_token_secret;   /* NULL: none. Referenced as optional */
    const char *hf_token_key;      /* NULL: "token" */
    const char *service_account;   /* NULL: the namespace's default */
    const char *image_pull_secret; /* NULL: none */
    const char *cpu;               /* NULL: the template's */
    const char *memory;
    const char *const *node_selector; /* "key=value", ends with NULL; NULL: none */
    const char *const *tolerations;   /* "key[=value][:effect]", ends with NULL; NULL: none */
    const struct wva_value *owner;    /* ConfigMap that owns the Job; NULL: none */
};

/* `template_` is one Job document (see manifests/guidellm-job.yaml for what it must have). `*ret`
 * lives in `arena`. Errors: WVA_E_INPUT naming the missing part of a template. */
int wva_guidellm_job_build(struct wva_arena *arena, const struct wva_value *template_,
                           const struct wva_guidellm_job *job, struct wva_value **ret,
                           struct wva_error *err) WVA_MUST_USE;

#endif
