// SPDX-License-Identifier: Apache-2.0
/* The Fit document: written whole, read back as far as anybody uses it. */
#include "wva/document/fit.h"

#include "document_priv.h"
#include "field_priv.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <math.h>

#define NUMBER(group, name, type, member) WVA_FIELD(group, name, WVA_FIELD_NUMBER, type, member)

#define PARAMETER(name) NUMBER("parameters", #name, struct wva_fit, parameters.name)

#define ERROR_OF(name, estimate) NUMBER("standardErrors", name, struct wva_fit, estimate.std_error)

#define GOODNESS(line)                                                                             \
    NUMBER(#line, "rSquared", struct wva_fit, line.r_squared),                                     \
        NUMBER(#line, "worstRelativeError", struct wva_fit, line.worst_relative),                  \
        NUMBER(#line, "meanRelativeError", struct wva_fit, line.mean_relative)

static const struct wva_field parameters[] = {
    PARAMETER(alpha),
    PARAMETER(beta),
    PARAMETER(gamma),
    PARAMETER(delta),
};

static const struct wva_field standard_errors[] = {
    ERROR_OF("alpha", itl.intercept),
    ERROR_OF("beta", itl.slope),
    ERROR_OF("gamma", ttft.intercept),
    ERROR_OF("delta", ttft.slope),
};

static const struct wva_field goodness[] = {GOODNESS(itl), GOODNESS(ttft)};

/* An observed figure beside the line's. */
struct comparison {
    double observed;
    double fitted;
    double residual;
};

/* A member of spec.levels. */
struct fitted_level {
    double batch;
    double prompt_tokens;
    double output_tokens;
    struct comparison itl;
    struct comparison ttft;
};

#define COMPARISON(what)                                                                           \
    NUMBER(#what, "observedMs", struct fitted_level, what.observed),                               \
        NUMBER(#what, "fittedMs", struct fitted_level, what.fitted),                               \
        NUMBER(#what, "residualMs", struct fitted_level, what.residual)

static const struct wva_field level_fields[] = {
    NUMBER(NULL, "batch", struct fitted_level, batch),
    NUMBER(NULL, "promptTokens", struct fitted_level, prompt_tokens),
    NUMBER(NULL, "outputTokens", struct fitted_level, output_tokens),
    COMPARISON(itl),
    COMPARISON(ttft),
};

static struct comparison compare(double observed, double fitted)
{
    return (struct comparison){observed, fitted, observed - fitted};
}

static struct wva_value *levels_to_value(struct wva_arena *arena,
                                         const struct wva_fit_document *document)
{
    const struct wva_parameters *p = &document->fit.parameters;
    struct wva_value *levels = wva_array(arena);

    for (size_t i = 0; document->points != NULL && i < document->fit.points; i++) {
        const struct wva_fit_point *point = &document->points[i];
        const double *output = document->output_tokens;
        const struct fitted_level level = {
            .batch = point->batch,
            .prompt_tokens = point->prompt_tokens,
            .output_tokens = output == NULL ? (double)NAN : output[i],
            .itl = compare(point->itl_ms, wva_model_itl_ms(p, point->batch)),
            .ttft =
                compare(point->ttft_ms, wva_model_ttft_ms(p, point->prompt_tokens, point->batch)),
        };
        struct wva_value *value = wva_object(arena);

        wva_fields_put(arena, value, level_fields, WVA_COUNT(level_fields), &level);
        wva_array_append(arena, levels, value);
    }
    return levels;
}

/* Two points leave no degree of freedom, and so no interval. */
static void put_interval(struct wva_arena *arena, struct wva_value *spec, const char *name,
                         const struct wva_estimate *estimate)
{
    struct wva_value *interval = wva_array(arena);

    if (!isfinite(estimate->low) || !isfinite(estimate->high))
        return;
    wva_array_append(arena, interval, wva_double(arena, estimate->low));
    wva_array_append(arena, interval, wva_double(arena, estimate->high));
    wva_put(arena, spec, interval, "intervals95", name);
}

static struct wva_value *warnings_to_value(struct wva_arena *arena, const char *const *warnings)
{
    struct wva_value *list = wva_array(arena);

    for (; warnings != NULL && *warnings != NULL; warnings++)
        wva_array_append(arena, list, wva_string(arena, *warnings));
    return list;
}

struct wva_value *wva_fit_to_value(struct wva_arena *arena, const struct wva_fit_document *document)
{
    const struct wva_fit *fit = &document->fit;
    const char *run_id = document->provenance.run_id;
    struct wva_value *quality = wva_object(arena);
    struct wva_value *spec;
    struct wva_value *value =
        wva_document_new(arena, WVA_KIND_FIT, run_id == NULL ? "fit" : run_id, &spec);

    wva_fields_put(arena, spec, parameters, WVA_COUNT(parameters), fit);
    wva_fields_put(arena, spec, standard_errors, WVA_COUNT(standard_errors), fit);
    put_interval(arena, spec, "alpha", &fit->itl.intercept);
    put_interval(arena, spec, "beta", &fit->itl.slope);
    put_interval(arena, spec, "gamma", &fit->ttft.intercept);
    put_interval(arena, spec, "delta", &fit->ttft.slope);
    wva_fields_put(arena, quality, goodness, WVA_COUNT(goodness), fit);
    wva_object_set(arena, spec, "goodness", quality);
    wva_object_set(arena, spec, "batch",
                   wva_string(arena, document->batch_measured ? "measured" : "nominal"));
    wva_object_set(arena, spec, "levels", levels_to_value(arena, document));
    wva_object_set(arena, spec, "warnings", warnings_to_value(arena, document->warnings));
    wva_provenance_put(arena, spec, &document->provenance);
    return value;
}

static int read_parameters(struct wva_arena *arena, const struct wva_value *spec, const char *name,
                           struct wva_fit *fit, struct wva_error *err)
{
    const char *where = wva_arena_printf(arena, "%s: spec", name);

    for (size_t i = 0; i < WVA_COUNT(parameters); i++) {
        const struct wva_field *field = &parameters[i];
        const struct wva_value *number = wva_get(spec, field->group, field->name);

        if (number == NULL || number->kind == WVA_NULL)
            return wva_error_set(err, WVA_E_INPUT, "%s.%s.%s: number expected, none found", where,
                                 field->group, field->name);
        if (wva_field_get(arena, spec, field, where, fit, err) < 0)
            return -1;
    }
    if (wva_parameters_check(&fit->parameters, err) < 0)
        return wva_error_wrap(err, "%s.parameters", where);
    return 0;
}

/* An estimate whose uncertainty was not read. */
static struct wva_estimate bare(double value)
{
    const double unknown = (double)NAN;

    return (struct wva_estimate){value, unknown, unknown, unknown};
}

static struct wva_line bare_line(double intercept, double slope)
{
    const double unknown = (double)NAN;

    return (struct wva_line){bare(intercept), bare(slope), unknown, unknown, unknown};
}

int wva_fit_from_value(struct wva_arena *arena, const struct wva_value *value, const char *name,
                       struct wva_fit_document *ret, struct wva_error *err)
{
    struct wva_fit_document document = {0};
    struct wva_fit *fit = &document.fit;
    const struct wva_value *spec;

    fit->parameters = (struct wva_parameters){NAN, NAN, NAN, NAN};
    if (wva_document_open(value, name, WVA_KIND_FIT, &spec, err) < 0 ||
        read_parameters(arena, spec, name, fit, err) < 0 ||
        wva_provenance_read(arena, spec, name, &document.provenance, err) < 0)
        return -1;
    fit->itl = bare_line(fit->parameters.alpha, fit->parameters.beta);
    fit->ttft = bare_line(fit->parameters.gamma, fit->parameters.delta);
    document.batch_measured = wva_str_eq(wva_get_str(spec, "batch"), "measured");
    *ret = document;
    return 0;
}
