// SPDX-License-Identifier: Apache-2.0
// What GuideLLM prints before its first benchmark: which of its variables are set, and from 0.4 on
// each part of the run with a description under it.

#include "guidellm.h"

#include "wva/util/str.h"

#include <stdlib.h>
#include <string.h>

extern char **environ;

static void done(struct wva_arena *arena, const char *title, const char *details)
{
    gl_console_title(wva_arena_printf(arena, "\xE2\x9C\x94 %s", title));
    if (details != NULL)
        gl_console_details(details);
}

/* The names of the set variables that it takes for its own, those that it knows or the others. */
static char *variables(struct wva_arena *arena, struct gl_release release, bool known)
{
    wva_auto_buf names = WVA_BUF(4096);
    for (char **one = environ; *one != NULL; one++) {
        /* from 0.7 on no option has a variable, only settings have: GUIDELLM__… */
        bool knows = release.minor < 7 || wva_str_has_prefix(*one, "GUIDELLM__");
        if (wva_str_has_prefix(*one, "GUIDELLM_") && knows == known)
            wva_buf_printf(&names, "%s%.*s", names.len > 0 ? ", " : "", (int)strcspn(*one, "="),
                           *one);
    }
    return wva_arena_strdup(arena, wva_buf_str(&names));
}

void gl_console_variables(struct gl_release release)
{
    wva_auto_arena arena = {0};
    const char *known = variables(&arena, release, true);
    const char *others = variables(&arena, release, false);
    if (release.minor < 5)
        return;
    if (release.minor == 5) {
        if (wva_str_empty(known))
            return;
        gl_console_title("\xE2\x9A\xA0 Note: the following environment variables are set and "
                         "**may** affect configuration");
        gl_console_details(known);
        return;
    }
    if (!wva_str_empty(known)) {
        gl_console_title(
            "\xE2\x84\xB9 The following environment variables are set and will be used "
            "by GuideLLM (if not overridden by CLI arguments/config).");
        gl_console_details(known);
    }
    if (!wva_str_empty(others)) {
        gl_console_title("\xE2\x9A\xA0 The following environment variables are set but not "
                         "recognized by GuideLLM. Please verify that the benchmark is configured "
                         "correctly.");
        gl_console_details(others);
    }
}

static const char *profile_class(const struct gl_args *args)
{
    static const char *const names[] = {
        [GL_SYNCHRONOUS] = "SynchronousProfile", [GL_CONCURRENT] = "ConcurrentProfile",
        [GL_THROUGHPUT] = "ThroughputProfile",   [GL_CONSTANT] = "AsyncProfile",
        [GL_POISSON] = "AsyncProfile",           [GL_SWEEP] = "SweepProfile",
    };
    return names[args->kind];
}

/* A part with its validated argument under it. */
static void part(struct wva_arena *arena, const char *title, const struct wva_value *value)
{
    done(arena, title, gl_python_repr(arena, value));
}

static void introduce_specified(struct wva_arena *arena, const struct gl_run *run)
{
    const struct gl_args *args = run->args;
    struct wva_value *data = wva_get(args->spec, "data");
    struct wva_value *preprocessors = wva_get(args->spec, "data_preprocessors");
    struct wva_value *steps = wva_array(arena);
    wva_array_append(arena, steps, wva_clone(arena, wva_get(args->spec, "data_column_mapper")));
    for (size_t i = 0; i < preprocessors->count; i++)
        wva_array_append(arena, steps, wva_clone(arena, preprocessors->items[i]));

    if (args->tokenizer != NULL)
        done(arena,
             wva_arena_printf(arena, "Tokenizer resolved, Using tokenizer '%s' from arguments",
                              args->tokenizer),
             gl_python_repr(arena, wva_get(args->spec, "tokenizer")));
    else
        done(arena,
             wva_arena_printf(arena, "Tokenizer resolved, using model '%s' as tokenizer",
                              run->model),
             NULL);
    part(arena, wva_arena_printf(arena, "%zu datasets resolved", data->count), data);
    part(arena, wva_arena_printf(arena, "%zu preprocessors resolved", steps->count), steps);
    part(arena, "Finalizer resolved", wva_get(args->spec, "data_finalizer"));
    part(arena, "Request loader resolved with inf unique requests", gl_info_loader(arena, run));
    part(arena, wva_arena_printf(arena, "%s profile resolved", profile_class(args)),
         gl_info_profile(arena, run));
    part(arena, "Output formats resolved", wva_get(args->spec, "outputs"));
}

/* "percent=None value=3 mode='prefer_duration'" */
static char *phase_text(struct wva_arena *arena, struct gl_phase phase)
{
    const char *percent =
        isnan(phase.percent) ? "None" : wva_arena_printf(arena, "%g", phase.percent);
    const char *value = isnan(phase.value) ? "None" : wva_arena_printf(arena, "%g", phase.value);
    return wva_arena_printf(arena, "percent=%s value=%s mode='prefer_duration'", percent, value);
}

/* The profile as any object that describes itself: as text, by its class, by its attributes. */
static char *profile_text(struct wva_arena *arena, const struct gl_run *run)
{
    const char *class = profile_class(run->args);
    struct wva_value *attributes = gl_info_profile(arena, run),
                     *whole = wva_clone(arena, attributes);
    struct wva_value *strategies = wva_array(arena), *info = wva_object(arena);
    struct gl_load loads[GL_RATES_MAX];
    size_t count = gl_plan_all(run->args, loads);
    for (size_t i = 0; i < count; i++)
        wva_array_append(arena, strategies, wva_string(arena, gl_strategy_name(&loads[i])));
    wva_object_set(arena, whole, "strategy_types", strategies);
    if (run->args->kind == GL_SWEEP) /* what is no plain value is told as text */
        wva_object_set(arena, attributes, "max_concurrency", wva_string(arena, "None"));
    wva_object_set(arena, info, "str", wva_string(arena, gl_python_model(arena, whole)));
    wva_object_set(arena, info, "type", wva_string(arena, class));
    wva_object_set(arena, info, "class", wva_string(arena, class));
    wva_object_set(arena, info, "module", wva_string(arena, "guidellm.benchmark.profiles"));
    wva_object_set(arena, info, "attributes", attributes);
    return gl_python_repr(arena, info);
}

static char *outputs_text(struct wva_arena *arena, const struct gl_run *run)
{
    struct wva_value *outputs = wva_object(arena);
    for (size_t i = 0; i < run->args->output_count; i++) {
        const struct gl_output *output = &run->args->outputs[i];
        const char *more = run->release.minor < 6
                               ? ""
                               : wva_arena_printf(arena, " format_type='%s'", output->kind);
        wva_object_set(arena, outputs, output->kind,
                       wva_string(arena, wva_arena_printf(arena, "output_path=PosixPath('%s')%s",
                                                          output->path, more)));
    }
    return gl_python_repr(arena, outputs);
}

static void introduce_described(struct wva_arena *arena, const struct gl_run *run)
{
    const struct gl_args *args = run->args;
    bool named = args->tokenizer != NULL;
    done(arena, "Processor resolved",
         wva_arena_printf(arena, named ? "Using processor '%s'" : "Using model '%s' as processor",
                          named ? args->tokenizer : run->model));
    part(arena, "Request loader initialized with inf unique requests", gl_info_loader(arena, run));
    done(arena, "Resolved transient phase configurations", NULL);
    gl_console_details(wva_arena_printf(arena, "Warmup: %s", phase_text(arena, args->warmup)));
    gl_console_details(wva_arena_printf(arena, "Cooldown: %s", phase_text(arena, args->cooldown)));
    gl_console_details(
        wva_arena_printf(arena, "Rampup (Throughput/Concurrent): %.1f", args->rampup));
    done(arena, wva_arena_printf(arena, "%s profile resolved", profile_class(args)),
         profile_text(arena, run));
    done(arena, "Output formats resolved", outputs_text(arena, run));
}

void gl_console_intro(const struct gl_run *run)
{
    wva_auto_arena arena = {0};
    part(&arena,
         wva_arena_printf(&arena, "OpenAIHTTPBackend backend validated with model %s", run->model),
         gl_info_backend(&arena, run));
    if (run->args->spec != NULL)
        introduce_specified(&arena, run);
    else
        introduce_described(&arena, run);
    done(&arena, "Setup complete, starting benchmarks...", NULL);
    printf("\n\n\n");
}
