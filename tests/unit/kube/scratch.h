// SPDX-License-Identifier: Apache-2.0
/* A folder that goes with the test, and variables that are nobody's environment. */
#ifndef WVA_TESTS_KUBE_SCRATCH_H
#define WVA_TESTS_KUBE_SCRATCH_H

#define SCRATCH_DIR_MAX 64

void scratch_make(char dir[SCRATCH_DIR_MAX]);
void scratch_remove(const char *dir); /* with all that is in it */

/* A wva_getenv_fn; `vars` is a list of "NAME=value" that ends with NULL. */
const char *scratch_getenv(void *vars, const char *name);

#endif
