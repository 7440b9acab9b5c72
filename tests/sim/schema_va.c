// SPDX-License-Identifier: Apache-2.0
// The VariantAutoscaling's CRD through the releases of WVA. The language is that of schema_types.c.

#include "schema.h"

#include "wva/util/mem.h"

#include <string.h>

#define VA_ROOT     "VariantAutoscaling metadata:ObjectMeta spec!:VariantAutoscalingSpec status:any"
#define ACCELERATOR "Accelerator acc!:string;minLength=1 accCount!:int64;min=1 "
#define MAX_BATCH   "maxBatchSize!:int64;min=1"
#define PROFILE     "ModelProfile accelerators!:[]Accelerator;minItems=1"
#define PERF_PARMS                                                                                 \
    "PerfParms decodeParms!:{}string;minProperties=1 prefillParms!:{}string;minProperties=1"
#define VARIANT_COST "variantCost:string;pattern=^\\d+(\\.\\d+)?$;default=\"10.0\""
#define TARGET                                                                                     \
    "CrossVersionObjectReference apiVersion:string kind!:string;minLength=1 "                      \
    "name!:string;minLength=1"

/* v0.0.1 to v0.0.4 */
static const char *const with_slo_class[] = {
    VA_ROOT,
    "VariantAutoscalingSpec modelID!:string;minLength=1 modelProfile!:ModelProfile "
    "sloClassRef!:ConfigMapKeyRef",
    "ConfigMapKeyRef name!:string;minLength=1 key!:string;minLength=1",
    PROFILE,
    ACCELERATOR "perfParms!:PerfParms " MAX_BATCH,
    PERF_PARMS,
    NULL,
};

/* v0.0.5 */
static const char *const with_cost[] = {
    VA_ROOT,
    "VariantAutoscalingSpec modelID!:string;minLength=1 modelProfile:ModelProfile "
    "sloClassRef:ConfigMapKeyRef " VARIANT_COST,
    "ConfigMapKeyRef name!:string;minLength=1 key!:string;minLength=1",
    PROFILE,
    ACCELERATOR "perfParms:PerfParms " MAX_BATCH,
    PERF_PARMS,
    NULL,
};

/* v0.4.1, v0.4.2 */
static const char *const with_profile[] = {
    VA_ROOT,
    "VariantAutoscalingSpec modelID!:string;minLength=1 modelProfile:ModelProfile " VARIANT_COST,
    PROFILE,
    ACCELERATOR "perfParms:PerfParms " MAX_BATCH,
    PERF_PARMS,
    NULL,
};

/* v0.5.0, v0.5.1 */
static const char *const with_target[] = {
    VA_ROOT,
    "VariantAutoscalingSpec modelID!:string;minLength=1 "
    "scaleTargetRef!:CrossVersionObjectReference@ " VARIANT_COST,
    TARGET,
    NULL,
};

/* v0.6.0 to v0.9.0-rc1 */
static const char *const with_limits[] = {
    VA_ROOT,
    "VariantAutoscalingSpec modelID!:string;minLength=1 "
    "scaleTargetRef!:CrossVersionObjectReference@ minReplicas:int32;min=0;default=1 "
    "maxReplicas!:int32;min=1;default=2 " VARIANT_COST,
    TARGET,
    NULL,
};

static const struct {
    const char *release;
    const char *const *text;
} releases[] = {
    {"v0.0.1", with_slo_class},  {"v0.0.2", with_slo_class}, {"v0.0.3", with_slo_class},
    {"v0.0.4", with_slo_class},  {"v0.0.5", with_cost},      {"v0.4.1", with_profile},
    {"v0.4.2", with_profile},    {"v0.5.0", with_target},    {"v0.5.1", with_target},
    {"v0.6.0", with_limits},     {"v0.7.0", with_limits},    {"v0.8.0", with_limits},
    {"v0.9.0-rc1", with_limits},
};

const char *const *sim_schema_va(const char *release)
{
    for (size_t i = 0; i < WVA_COUNT(releases); i++)
        if (strcmp(releases[i].release, release) == 0)
            return releases[i].text;
    return NULL;
}

const char *sim_schema_va_warning(const char *release)
{
    if (strcmp(release, "v0.8.0") != 0 && strcmp(release, "v0.9.0-rc1") != 0)
        return NULL;
    return "llmd.ai/v1alpha1 VariantAutoscaling is deprecated; annotate a HorizontalPodAutoscaler "
           "or "
           "ScaledObject instead";
}
