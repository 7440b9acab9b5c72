// SPDX-License-Identifier: Apache-2.0
/*
 * The levels and the uncertainty of a Fit, read back. Student's degrees of freedom are not a member
 * of the document: they are what makes the intervals as wide as they are beside the standard
 * errors, however the fit came by those.
 */
#include "wva/document/fit_basis.h"

#include "field_priv.h"
#include "wva/util/mem.h"

#include <math.h>

/* A member of spec.levels. */
struct level {
    double batch;
    double prompt_tokens;
    double output_tokens;
};

#define NUMBER(name, member) WVA_FIELD(NULL, name, WVA_FIELD_NUMBER, struct level, member)

static const struct wva_field level_fields[] = {
    NUMBER("batch", batch),
    NUMBER("promptTokens", prompt_tokens),
    NUMBER("outputTokens", output_tokens),
};

struct levels {
    struct level *items;
    size_t count;
};

static int read_levels(struct wva_arena *arena, const struct wva_value *spec, const char *name,
                       struct levels *ret, struct wva_error *err)
{
    const struct wva_value *list = wva_object_get(spec, "levels");
    const size_t count = list == NULL ? 0 : list->count;
    struct level *items = wva_arena_calloc(arena, count + 1, sizeof(*items));

    if (list != NULL && list->kind != WVA_ARRAY && list->kind != WVA_NULL)
        return wva_error_set(err, WVA_E_INPUT, "%s: spec.levels: array expected, %s found", name,
                             wva_kind_name(list->kind));
    for (size_t i = 0; i < count; i++) {
        const char *where = wva_arena_printf(arena, "%s: spec.levels[%zu]", name, i);

        items[i] = (struct level){NAN, NAN, NAN};
        if (wva_fields_get(arena, list->items[i], level_fields, WVA_COUNT(level_fields), where,
                           &items[i], err) < 0)
            return -1;
    }
    *ret = (struct levels){items, count};
    return 0;
}

static double mean_of(const struct levels *levels, size_t offset)
{
    double sum = 0.0;

    for (size_t i = 0; i < levels->count; i++)
        sum += *(const double *)((const char *)&levels->items[i] + offset);
    return sum / (double)levels->count; /* NAN without levels, or when one does not tell */
}

static double largest_batch(const struct levels *levels)
{
    double most = (double)NAN;

    for (size_t i = 0; i < levels->count; i++)
        most = fmax(most, levels->items[i].batch);
    return most;
}

/* Correlations of both lines, over batch and over batch * promptTokens; false when the levels do
 * not tell them. */
static bool correlate(struct wva_arena *arena, const struct levels *levels,
                      struct wva_spread *spread)
{
    double *batch = wva_arena_calloc(arena, levels->count + 1, sizeof(*batch));
    double *load = wva_arena_calloc(arena, levels->count + 1, sizeof(*load));

    for (size_t i = 0; i < levels->count; i++) {
        batch[i] = levels->items[i].batch;
        load[i] = levels->items[i].batch * levels->items[i].prompt_tokens;
        if (!isfinite(load[i]))
            return false;
    }
    spread->itl.correlation = wva_line_correlation(batch, levels->count);
    spread->ttft.correlation = wva_line_correlation(load, levels->count);
    return levels->count > 0;
}

/* An element of spec.intervals95.NAME; false when there is none. */
static bool read_end(const struct wva_value *spec, const char *name, const char *index, double *ret)
{
    return wva_value_double(wva_get(spec, "intervals95", name, index), ret);
}

/* Standard error of one parameter and, from its interval, the degrees of freedom. False when the
 * Fit does not have both. */
static bool read_error(const struct wva_value *spec, const char *name, double *ret_error,
                       size_t *ret_degrees)
{
    double error;
    double low;
    double high;

    if (!wva_value_double(wva_get(spec, "standardErrors", name), &error) || error < 0 ||
        !read_end(spec, name, "0", &low) || !read_end(spec, name, "1", &high) || low > high)
        return false;
    *ret_error = error;
    *ret_degrees = error > 0 ? wva_student_degrees((high - low) / 2 / error) : 1;
    return true;
}

static bool read_line(const struct wva_value *spec, const char *intercept, const char *slope,
                      struct wva_line_spread *ret)
{
    struct wva_line_spread line = {0};
    size_t degrees;

    if (!read_error(spec, intercept, &line.intercept_error, &degrees) ||
        !read_error(spec, slope, &line.slope_error, &line.degrees))
        return false;
    *ret = line;
    return true;
}

int wva_fit_basis_from_value(struct wva_arena *arena, const struct wva_value *value,
                             const char *name, struct wva_fit_basis *ret, struct wva_error *err)
{
    const struct wva_value *spec = wva_object_get(value, "spec");
    struct wva_fit_basis basis = {0};
    struct levels levels = {0};

    if (read_levels(arena, spec, name, &levels, err) < 0)
        return -1;
    basis.prompt_tokens = mean_of(&levels, offsetof(struct level, prompt_tokens));
    basis.output_tokens = mean_of(&levels, offsetof(struct level, output_tokens));
    basis.batch_max = largest_batch(&levels);
    basis.has_spread = read_line(spec, "alpha", "beta", &basis.spread.itl) &&
                       read_line(spec, "gamma", "delta", &basis.spread.ttft);
    basis.correlated = correlate(arena, &levels, &basis.spread);
    *ret = basis;
    return 0;
}
