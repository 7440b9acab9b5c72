// SPDX-License-Identifier: Apache-2.0
/* Kubernetes' protobuf for the few types that kubectl's typed clients send in it (create namespace,
 * create configmap, auth can-i, auth whoami). Answers are JSON, which those clients accept. */
#ifndef WVA_TESTS_SIM_PROTOBUF_H
#define WVA_TESTS_SIM_PROTOBUF_H

#include "wva/codec/value.h"

/* -1 when it is not such a message or of a type not known here; `*ret` is then untouched. */
int protobuf_parse(struct wva_arena *arena, const char *data, size_t len, struct wva_value **ret);

#endif
