// SPDX-License-Identifier: Apache-2.0
/* kubectl wva predict: what WVA's queue model makes of parameters. */
#include "fit_levels.h"
#include "predicting.h"

#include "wva/cmd/output.h"

#include <math.h>

static const struct wva_predict_options defaults = {
    .alpha = (double)NAN,
    .beta = (double)NAN,
    .gamma = (double)NAN,
    .delta = (double)NAN,
    .prompt_tokens = (double)NAN,
    .output_tokens = (double)NAN,
    .slo_ttft = (double)NAN,
    .slo_itl = (double)NAN,
    .slo_tps = (double)NAN,
    .load = (double)NAN,
};

static const char *const models[] = {"prefill-decode", "iteration", NULL};

#define AT(member) offsetof(struct wva_predict_options, member)
#define TEXT(option, member, what, text)                                                           \
    {                                                                                              \
        .name = (option), .kind = WVA_OPTION_TEXT, .offset = AT(member), .value = (what),          \
        .help = (text)                                                                             \
    }
#define NUMBER(option, member, what, least, most, text)                                            \
    {                                                                                              \
        .name = (option), .kind = WVA_OPTION_NUMBER, .offset = AT(member), .value = (what),        \
        .low = (least), .high = (most), .help = (text)                                             \
    }
#define NUMBERS(option, member, what, text)                                                        \
    {                                                                                              \
        .name = (option), .kind = WVA_OPTION_LIST, .offset = AT(member), .value = (what),          \
        .help = (text)                                                                             \
    }

static const struct wva_option parameter_options[] = {
    {.name = "filename",
     .letter = 'f',
     .kind = WVA_OPTION_TEXT,
     .offset = AT(file),
     .value = "FILE",
     .help = "Fit document; '-' is standard input"},
    TEXT("va", va, "NAME", "VariantAutoscaling whose entry has the parameters"),
    TEXT("accelerator", accelerator, "NAME",
         "Entry to read; else the one the VariantAutoscaling's label names"),
    NUMBER("alpha", alpha, "MS", 0, 0, "alpha by hand"),
    NUMBER("beta", beta, "MS", 0, 0, "beta by hand"),
    NUMBER("gamma", gamma, "MS", 0, 0, "gamma by hand"),
    NUMBER("delta", delta, "MS", 0, 0, "delta by hand"),
    {.name = "model",
     .kind = WVA_OPTION_CHOICE,
     .offset = AT(model),
     .value = "WHICH",
     .choices = models,
     .help = "WVA's queue model: that of releases up to v0.5.1, with alpha, beta, gamma and delta "
             "(the default), or that of v0.6 to v0.9, with alpha, beta and gamma"},
    {.name = "max-batch-size",
     .kind = WVA_OPTION_INT,
     .offset = AT(max_batch_size),
     .value = "N",
     .low = 1,
     .high = (double)WVA_QUEUE_BATCH_MAX,
     .help = "The server's --max-num-seqs; else the Fit's or the entry's"},
    NUMBER("prompt-tokens", prompt_tokens, "N", 0, WVA_QUEUE_TOKENS_MAX,
           "Prompt tokens a request; else as the Fit's levels had, or as WVA saw last"),
    NUMBER("output-tokens", output_tokens, "N", 1, WVA_QUEUE_TOKENS_MAX,
           "Output tokens a request; else likewise"),
    {.name = NULL},
};

static const struct wva_option question_options[] = {
    NUMBERS("rate", rates, "R[,R…]",
            "Requests/s that arrive at random; without it, a table up to the highest rate"),
    NUMBERS("concurrency", concurrencies, "C[,C…]",
            "Requests in flight at any time, as in a level of 'bench'; the next one is sent when "
            "one is answered"),
    NUMBER("slo-ttft", slo_ttft, "MS", 0, 1e12, "Highest TTFT, queueing included; 0: none"),
    NUMBER("slo-itl", slo_itl, "MS", 0, 1e12, "Highest ITL; 0: none"),
    NUMBER("slo-tps", slo_tps, "N", 0, 1e12,
           "Output tokens/s that are wanted of all replicas together, in place of --load; WVA then "
           "keeps a tenth in reserve"),
    NUMBER("load", load, "R", 0, 1e12, "Requests/s of all replicas together: how many are needed"),
    {.name = "interval",
     .kind = WVA_OPTION_FLAG,
     .offset = AT(interval),
     .help = "95% intervals, from those of the Fit by Monte Carlo, always with the same draws"},
    TEXT("wva-namespace", wva_namespace, "NAME",
         "Namespace of WVA's service classes, for --va; else workload-variant-autoscaler-system"),
    WVA_OUTPUT_OPTION_OF(struct wva_predict_options, output, wva_document_choices),
    {.name = NULL},
};

static int check_load(const struct wva_predict_options *opts, struct wva_error *err)
{
    if (isnan(opts->load) || isnan(opts->slo_tps))
        return 0;
    return wva_error_set(
        err, WVA_E_USAGE,
        "--slo-tps is a load by itself: WVA does not look at another one (--load)");
}

static void print(struct wva_app *app, const char *output, const struct wva_prediction *prediction)
{
    if (wva_output_is_document(output))
        wva_output_value(app, output, wva_prediction_to_value(&app->arena, prediction));
    else
        wva_predict_print(app, prediction);
    wva_fit_print_warnings(app, prediction->warnings);
}

/* Nothing is printed before all of it is known: a pipe gets a whole document or none. */
static int run(struct wva_app *app, const void *opaque, const struct wva_list *arguments,
               const struct wva_list *rest, struct wva_error *err)
{
    (void)arguments;
    (void)rest;
    const struct wva_predict_options *opts = opaque;
    struct wva_predict_source source;
    struct wva_prediction_slo slo;
    struct wva_prediction prediction;
    struct wva_list warnings = {0};
    if (check_load(opts, err) < 0 || wva_predict_read(app, opts, &source, err) < 0 ||
        wva_predict_targets(app, opts, &source, &slo, &warnings, err) < 0 ||
        wva_predict_compute(app, opts, &source, &slo, &prediction, err) < 0)
        return -1;
    wva_predict_doubts(app, &source, &prediction, &warnings);
    if (opts->interval && wva_predict_intervals(app, &source, &prediction, &warnings, err) < 0)
        return -1;
    prediction.warnings = warnings.items;
    print(app, opts->output, &prediction);
    return 0;
}

const struct wva_command wva_command_predict = {
    .name = "predict",
    .summary = "Tell what WVA's queue model makes of the parameters",
    .arguments = "-f FIT | --va NAME | --alpha MS …",
    .description =
        "Computes what WVA computes from alpha, beta, gamma and delta: TTFT and ITL at a rate,\n"
        "the highest rate within a service level objective and what limits it, and the replicas\n"
        "that a load needs. Parameters come from a Fit, from a VariantAutoscaling in the cluster,\n"
        "or from flags; nothing but --va contacts a cluster.\n\n"
        "With --va, the SLO is that of WVA's service class for the model where it can be read\n"
        "(ConfigMap service-classes-config); flags take precedence. Where several classes name\n"
        "the model it is the one of the highest priority, and a warning says so.\n\n"
        "Exit status 5, with nothing on standard output, when what is asked for is out of reach:\n"
        "a rate that one replica cannot take, or a TTFT or ITL below the least there is. The\n"
        "message names the bound; without an SLO, spec.least of the document has it.",
    .examples =
        "# rates up to the highest\n"
        "kubectl wva predict -f fit.json\n"
        "# how many replicas for 200 requests/s, and what they are like\n"
        "kubectl wva predict -f fit.json --slo-ttft 500 --slo-itl 24 --load 200 --interval\n"
        "# what WVA makes of a VariantAutoscaling as it is\n"
        "kubectl wva predict --va llama --prompt-tokens 512 --output-tokens 128\n"
        "# by hand\n"
        "kubectl wva predict --alpha 6.973 --beta 0.027 --gamma 14.825 --delta 0.001364 \\\n"
        "    --max-batch-size 64 --prompt-tokens 128 --output-tokens 128 --rate 10,20,40\n",
    .groups = (const struct wva_option_group[]){{"Parameters and requests", parameter_options, 0},
                                                {"Questions", question_options, 0},
                                                {0}},
    .options_size = sizeof(struct wva_predict_options),
    .defaults = &defaults,
    .run = run,
};
