// SPDX-License-Identifier: Apache-2.0
// ResourceQuota for pods: counts, requests and limits of cpu, memory and extended resources. Scopes
// are not simulated, and status.used is worked out anew each time instead of being kept.

#include "admit.h"

#include "wva/util/str.h"

#include <string.h>

/* The sum over the spec's containers of resources.KIND.NAME; false when a container has none. */
static bool spec_sum(const struct wva_value *spec, const char *kind, const char *name, double *ret)
{
    bool complete = true;
    double sum = 0;
    const struct wva_value *containers = wva_get(spec, "containers");
    for (size_t i = 0; containers != NULL && i < containers->count; i++) {
        const struct wva_value *value = wva_get(containers->items[i], "resources", kind, name);
        if (value == NULL && strcmp(kind, "requests") == 0)
            value = wva_get(containers->items[i], "resources", "limits", name);
        complete = complete && value != NULL;
        sum += sim_quantity(value);
    }
    *ret = sum;
    return complete;
}

/* A quota's key ("pods", "cpu", "requests.memory", "limits.cpu", "count/pods") to what it sums. */
static bool key_sum(const struct wva_value *spec, const char *key, double *ret)
{
    *ret = 1;
    if (strcmp(key, "pods") == 0 || strcmp(key, "count/pods") == 0)
        return true;
    if (wva_str_has_prefix(key, "limits."))
        return spec_sum(spec, "limits", key + strlen("limits."), ret);
    if (wva_str_has_prefix(key, "requests."))
        return spec_sum(spec, "requests", key + strlen("requests."), ret);
    return spec_sum(spec, "requests", key, ret);
}

static bool known_key(const char *key)
{
    static const char *const plain[] = {"pods", "count/pods", "cpu", "memory"};
    for (size_t i = 0; i < WVA_COUNT(plain); i++)
        if (strcmp(plain[i], key) == 0)
            return true;
    return wva_str_has_prefix(key, "requests.") || wva_str_has_prefix(key, "limits.");
}

/* cpu as "100m" or "2", bytes as "1Gi" where they divide, else a plain number. */
static char *quantity_text(struct wva_arena *arena, const char *key, double value)
{
    const double kibi = 1024;
    static const char *const units[] = {"", "Ki", "Mi", "Gi", "Ti"};
    if (wva_str_has_suffix(key, "cpu")) {
        long long milli = (long long)(value * 1000 + 0.5);
        return milli % 1000 == 0 ? wva_arena_printf(arena, "%lld", milli / 1000)
                                 : wva_arena_printf(arena, "%lldm", milli);
    }
    size_t unit = 0;
    long long number = (long long)(value + 0.5);
    while (wva_str_has_suffix(key, "memory") && unit < WVA_COUNT(units) - 1 && number > 0 &&
           number % (long long)kibi == 0) {
        number /= (long long)kibi;
        unit++;
    }
    return wva_arena_printf(arena, "%lld%s", number, units[unit]);
}

static double used(struct sim *sim, const char *namespace_, const char *key)
{
    double sum = 0;
    SIM_EACH(pod, sim, "Pod")
    {
        double number = 0;
        if (strcmp(sim_namespace(pod->value), namespace_) != 0 || sim_pod_finished(pod->value))
            continue;
        (void)key_sum(wva_get(pod->value, "spec"), key, &number);
        sum += number;
    }
    return sum;
}

struct lists {
    struct wva_buf missing, requested, used, limited;
};

static void add(struct wva_buf *list, const char *key, const char *text)
{
    wva_buf_printf(list, "%s%s=%s", list->len > 0 ? "," : "", key, text);
}

static void judge_key(struct sim *sim, struct wva_arena *arena, const char *namespace_,
                      const struct wva_value *spec, const struct wva_member *member,
                      struct lists *lists)
{
    const char *key = member->name;
    double wanted = 0;
    if (!known_key(key))
        return;
    if (!key_sum(spec, key, &wanted)) {
        bool compute = wva_str_has_suffix(key, "cpu") || wva_str_has_suffix(key, "memory");
        if (compute) {
            const char *container = wva_get_str(spec, "containers", "0", "name");
            wva_buf_printf(&lists->missing, "%s%s for: %s", lists->missing.len > 0 ? "; " : "", key,
                           container);
        }
        if (wanted == 0)
            return;
    }
    double there = sim_quantity(member->value), taken = used(sim, namespace_, key);
    if (wanted + taken <= there)
        return;
    add(&lists->requested, key, quantity_text(arena, key, wanted));
    add(&lists->used, key, quantity_text(arena, key, taken));
    add(&lists->limited, key, quantity_text(arena, key, there));
}

static char *quota_words(struct wva_arena *arena, const char *name, const struct lists *lists)
{
    if (lists->missing.len > 0)
        return wva_arena_printf(arena, "failed quota: %s: must specify %s", name,
                                wva_buf_str(&lists->missing));
    if (lists->requested.len > 0)
        return wva_arena_printf(arena, "exceeded quota: %s, requested: %s, used: %s, limited: %s",
                                name, wva_buf_str(&lists->requested), wva_buf_str(&lists->used),
                                wva_buf_str(&lists->limited));
    return NULL;
}

char *sim_quota_refusal(struct sim *sim, struct wva_arena *arena, const char *namespace_,
                        const struct wva_value *pod_spec)
{
    SIM_EACH(quota, sim, "ResourceQuota")
    {
        const struct wva_value *limits = wva_get(quota->value, "spec", "hard");
        if (strcmp(sim_namespace(quota->value), namespace_) != 0 || limits == NULL)
            continue;
        struct lists lists = {WVA_BUF(4096), WVA_BUF(4096), WVA_BUF(4096), WVA_BUF(4096)};
        for (size_t i = 0; i < limits->count; i++)
            judge_key(sim, arena, namespace_, pod_spec, &limits->members[i], &lists);
        char *words = quota_words(arena, sim_name(quota->value), &lists);
        wva_buf_done(&lists.missing);
        wva_buf_done(&lists.requested);
        wva_buf_done(&lists.used);
        wva_buf_done(&lists.limited);
        if (words != NULL)
            return words;
    }
    return NULL;
}
