// SPDX-License-Identifier: Apache-2.0
/* What the command left running ends with the cluster. Linux only; elsewhere these do nothing. */
#ifndef WVA_TESTS_SIM_ORPHANS_H
#define WVA_TESTS_SIM_ORPHANS_H

/* From now on, processes whose parents end become children of this one. */
void orphans_adopt(void);

/* Ends all children that are left, and theirs, and waits for them. After the kubelet has stopped:
 * it reaps its own. */
void orphans_end(void);

#endif
