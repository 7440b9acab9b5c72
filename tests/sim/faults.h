// SPDX-License-Identifier: Apache-2.0
/* Misbehaviour on demand; the text form is described in faults.c. */
#ifndef WVA_TESTS_SIM_FAULTS_H
#define WVA_TESTS_SIM_FAULTS_H

#include "sim.h"

#include "wva/util/buf.h"

/* Everything that is to go wrong with one request. */
struct api_fault {
    bool drop;           /* close instead of answering */
    bool reset;          /* the same with a TCP reset */
    bool garbage;        /* answer with something that is not HTTP */
    bool drip;           /* one byte at a time */
    bool gone;           /* 410 */
    bool conflict;       /* 409 Conflict */
    bool conflict_write; /* another writer changes the object first */
    bool unauthorized;   /* 401 */
    bool forbidden;      /* 403 */
    bool watch_close;    /* end the watch at once, in good order */
    bool watch_gone;     /* an ERROR event with 410 in the watch */
    int64_t cut;         /* close after so many bytes of the answer; 0: no */
    int64_t hang;        /* fall silent after so many bytes, connection open; 0: no */
    int64_t stall_ms;    /* wait before answering */
    int64_t status;      /* answer with this code and a Status */
    int64_t html;        /* answer with this code and a proxy's page */
    int64_t retry;       /* Retry-After in seconds; -1: none */
    const char *warning; /* a Warning header's text, NULL: none */
};

void sim_faults_init(struct sim *sim);
void sim_faults_done(struct sim *sim);

int sim_faults_add(struct sim *sim, const char *spec, struct wva_error *err) WVA_MUST_USE;
void sim_faults_clear(struct sim *sim);

/* The faults that are set, one a line. */
void sim_faults_list(struct sim *sim, struct wva_buf *out);

/* Collects what applies to this request and counts it as used. `target` is the path with the query.
 */
void sim_faults_match(struct sim *sim, struct wva_arena *arena, const char *method,
                      const char *target, struct api_fault *ret);

#endif
