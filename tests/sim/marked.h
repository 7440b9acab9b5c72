// SPDX-License-Identifier: Apache-2.0
/*
 * A container's processes, told by a mark in their environment: they may leave its process group
 * and session, and there is no PID namespace that would end with the first one.
 */
#ifndef WVA_TESTS_SIM_MARKED_H
#define WVA_TESTS_SIM_MARKED_H

#define SIM_MARK "WVA_SIM_WORLD"

/* Kills every process whose environment has an entry that begins with `mark` ("NAME=/path"), but
 * not the caller. Needs /proc; does nothing where there is none. */
void sim_kill_marked(const char *mark);

#endif
