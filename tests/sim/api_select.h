// SPDX-License-Identifier: Apache-2.0
/* What list and watch have in common. */
#ifndef WVA_TESTS_SIM_API_SELECT_H
#define WVA_TESTS_SIM_API_SELECT_H

#include "api.h"

/* The resourceVersion asked for, 0 for none; one from the future is refused. Lock held. */
int api_check_version(struct api_request *r, int64_t *ret);

/* Refuses field selectors that the type does not support. */
int api_check_selectors(struct api_request *r);

/* Is the object in the namespace and selected by labelSelector and fieldSelector? */
bool api_selected(const struct api_request *r, const struct wva_value *object);

#endif
