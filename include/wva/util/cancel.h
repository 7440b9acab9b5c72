// SPDX-License-Identifier: Apache-2.0
/*
 * Ctrl-C, SIGTERM and SIGHUP as something that waits can see.
 *
 * A handler counts the signal and writes a byte to a non-blocking self-pipe whose read end every
 * wait polls, so no signal falls between a check and a poll. The first signal asks for an orderly
 * end (stop what runs, clean up); any after it, deferred or not, ends the process at once by the
 * signal's default action.
 */
#ifndef WVA_UTIL_CANCEL_H
#define WVA_UTIL_CANCEL_H

#include <stdbool.h>

/* Installs the handlers, ignores SIGPIPE and gives SIGCHLD its default (ignored, children could not
 * be waited for). A signal that was ignored at the start (nohup) stays ignored. Once, from main. */
void wva_cancel_install(void);

/* Read end of the self-pipe, to be polled for input and never read: it stays readable once a signal
 * came. -1, which poll(2) passes over, before wva_cancel_install() and while deferred. Ask anew
 * before every wait. */
int wva_cancel_fd(void);

/* True from the first signal on, unless deferred. */
bool wva_cancel_requested(void);

/* The first signal's number; 0 for none. */
int wva_cancel_signal(void);

/* Between begin and end wva_cancel_requested() answers false and wva_cancel_fd() is -1, so that
 * cleanup can talk to the API server. A signal that arrives meanwhile, be it the first, kills the
 * process. Afterwards a former request is seen again. Does not nest. */
void wva_cancel_defer_begin(void);
void wva_cancel_defer_end(void);

/* For tests: as if the signal had arrived; works without wva_cancel_install(). */
void wva_cancel_raise_for_test(int signal);
void wva_cancel_reset_for_test(void);

#endif
