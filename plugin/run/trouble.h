// SPDX-License-Identifier: Apache-2.0
/*
 * What the state of a pod, or an Event, means for someone who waits: going on, may still recover,
 * will not. Pure reading of objects; the sources of the signals and their texts are listed in
 * docs/architecture.md.
 */
#ifndef WVA_PLUGIN_RUN_TROUBLE_H
#define WVA_PLUGIN_RUN_TROUBLE_H

#include "wva/codec/value.h"

enum wva_outlook {
    WVA_OUTLOOK_GOING,    /* on its way; `words` say where */
    WVA_OUTLOOK_STUCK,    /* may recover by itself (a node may come); worth some patience */
    WVA_OUTLOOK_HOPELESS, /* will not recover */
    WVA_OUTLOOK_READY,    /* the container is ready */
    WVA_OUTLOOK_ENDED,    /* the container has ended; exit status and message are known */
};

struct wva_pod_state {
    enum wva_outlook outlook;
    const char *words; /* "pulling image X", "0/1 nodes are available: …"; in the arena, safe for a
                          terminal */
    bool crashed;      /* HOPELESS because the process ended: its log tells why */
    bool lacks_memory; /* ENDED or crashed for that, or perhaps: not every runtime notices */
    int64_t restarts;
    int64_t exit_status; /* ENDED */
    const char *reason;  /* ENDED: "Completed", "Error", "OOMKilled", "DeadlineExceeded", … */
    const char *message; /* ENDED: termination message, raw; may be NULL */
};

/* The state of `container` in `pod`. */
void wva_pod_diagnose(struct wva_arena *arena, const struct wva_value *pod, const char *container,
                      struct wva_pod_state *ret);

/* What made the last pull of an image fail, in words; zeroed at first. */
struct wva_pull_failure {
    char words[600];
};

/* Keeps the words of a pull that failed, and puts them in place of those about the pause before the
 * next one, in which Kubernetes up to 1.31 does not repeat the cause. */
void wva_pull_failure_recall(struct wva_pull_failure *last, struct wva_pod_state *state);

/* A controller's failure to create pods, in its words: "exceeded quota", "violates PodSecurity". */
enum wva_outlook wva_create_failure_outlook(const char *message);

/* The same for a reader, without the pod's name: each try has another. In `arena`. */
const char *wva_create_failure_words(struct wva_arena *arena, const char *message);

/* The end of a log or a traceback, which names the cause, from the start of a line: at most `max`
 * bytes, without what is blank around it, and fit for a terminal. In `arena`. */
char *wva_last_lines(struct wva_arena *arena, const char *text, size_t len, size_t max);

/* Condition of `type` in status.conditions whose status is `status`; NULL when there is none. */
const struct wva_value *wva_condition(const struct wva_value *object, const char *type,
                                      const char *status);

#endif
