// SPDX-License-Identifier: Apache-2.0
/* The schemas as OpenAPI, for /openapi/v3 and the CRD object. */
#ifndef WVA_TESTS_SIM_OPENAPI_H
#define WVA_TESTS_SIM_OPENAPI_H

#include "schema.h"

/* The document of one group version, with paths and components; NULL when nothing is served. */
struct wva_value *openapi_document(const struct sim *sim, struct wva_arena *arena,
                                   const char *group, const char *version);

/* The CustomResourceDefinition of the VariantAutoscaling as it is served, with structural schema.
 */
struct wva_value *openapi_crd(const struct sim *sim, struct wva_arena *arena);

#endif
