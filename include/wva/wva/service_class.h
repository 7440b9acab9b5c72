// SPDX-License-Identifier: Apache-2.0
/*
 * WVA's service classes (releases up to v0.4.2): what TTFT and ITL they demand of a model. Pure:
 * reads the ConfigMap's tree.
 */
#ifndef WVA_WVA_SERVICE_CLASS_H
#define WVA_WVA_SERVICE_CLASS_H

#include "wva/codec/value.h"

#define WVA_SERVICE_CLASSES      "service-classes-config" /* the ConfigMap */
#define WVA_CONTROLLER_NAMESPACE "workload-variant-autoscaler-system"

struct wva_service_class {
    const char *name;    /* safe for a terminal; the ConfigMap's key when it has none */
    int64_t priority;    /* 1 is the highest */
    double ttft_ms;      /* slo-ttft; 0: nothing demanded */
    double itl_ms;       /* slo-tpot */
    size_t others;       /* classes that name the model too: WVA takes any of them, at random */
    const char *skipped; /* the first key that is no service class; NULL: none. WVA stops at it */
};

/* The class that names `model_id`: the one of the highest priority and, of equals, the first by the
 * ConfigMap's order. False when none does. */
bool wva_service_class_find(struct wva_arena *arena, const struct wva_value *configmap,
                            const char *model_id, struct wva_service_class *ret);

#endif
