// SPDX-License-Identifier: Apache-2.0
/* Pauses between attempts while the API server is away. */
#include "outage.h"

#include "wva/util/cancel.h"
#include "wva/util/clock.h"
#include "wva/util/mem.h"

#include <stdio.h>

#define LONGEST_MS   (5 * 60 * 1000)
#define PAUSE_MS     250
#define PAUSE_MAX_MS 5000

bool wva_outage_may_pass(const struct wva_error *err)
{
    static const enum wva_code passing[] = {WVA_E_NETWORK, WVA_E_TIMEOUT, WVA_E_UNAVAILABLE,
                                            WVA_E_THROTTLED, WVA_E_PROTOCOL};
    for (size_t i = 0; i < WVA_COUNT(passing); i++)
        if (passing[i] == err->code)
            return true;
    return false;
}

static void tell(const struct wva_outage *outage, const struct wva_error *err)
{
    char text[sizeof(err->msg) + 40];
    if (!outage->observer || !outage->observer->note)
        return;
    snprintf(text, sizeof(text), "trying again for 5 minutes: %s", err->msg);
    outage->observer->note(outage->observer->ctx, WVA_NOTE_WARNING, text);
}

static int sleep_for(struct wva_kube *kube, int64_t ms, struct wva_error *err)
{
    const int64_t until = wva_clock_monotonic_ms() + ms;
    for (int64_t left = ms; left > 0; left = until - wva_clock_monotonic_ms())
        if (wva_kube_step(kube, left, err) < 0)
            return -1;
    return 0;
}

int wva_outage_wait(struct wva_outage *outage, struct wva_error *err)
{
    const int64_t now = wva_clock_monotonic_ms();
    if (!wva_outage_may_pass(err) || wva_cancel_signal() != 0)
        return -1;
    if (outage->since_ms == 0) {
        outage->since_ms = now;
        tell(outage, err);
    }
    if (now - outage->since_ms >= LONGEST_MS)
        return -1;
    outage->pause_ms = outage->pause_ms == 0 ? PAUSE_MS : outage->pause_ms * 2;
    if (outage->pause_ms > PAUSE_MAX_MS)
        outage->pause_ms = PAUSE_MAX_MS;
    const int64_t told = err->retry_after_ms;
    wva_error_clear(err);
    return sleep_for(outage->kube, told > outage->pause_ms ? told : outage->pause_ms, err);
}

static int create_or_find(struct wva_kube *kube, struct wva_arena *arena,
                          const struct wva_kube_type *type, const struct wva_value *object,
                          struct wva_value **ret, struct wva_error *err)
{
    struct wva_error again = {0};
    if (wva_kube_create(kube, arena, type, object, WVA_DRY_RUN_NONE, ret, err) == 0)
        return 0;
    if (err->code != WVA_E_EXISTS && !wva_outage_may_pass(err))
        return -1;
    if (wva_kube_get(kube, arena, type, wva_get_str(object, "metadata", "namespace"),
                     wva_get_str(object, "metadata", "name"), ret, &again) < 0) {
        if (err->code == WVA_E_EXISTS && again.code == WVA_E_FORBIDDEN)
            *err = again; /* that a right is lacking says more than that somebody was first */
        return -1;
    }
    wva_error_clear(err);
    return 0;
}

int wva_outage_create(struct wva_outage *outage, struct wva_arena *arena,
                      const struct wva_kube_type *type, const struct wva_value *object,
                      struct wva_value **ret, struct wva_error *err)
{
    while (create_or_find(outage->kube, arena, type, object, ret, err) < 0)
        if (wva_outage_wait(outage, err) < 0)
            return -1;
    return 0;
}
