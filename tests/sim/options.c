// SPDX-License-Identifier: Apache-2.0
// The command line: "--name value" or "--name=value", and a command after "--".

#include "options.h"
#include "schema.h"

#include "wva/util/mem.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <stddef.h>
#include <string.h>

const char options_help[] =
    "usage: wva-sim [OPTION…] [-- COMMAND ARG…]\n"
    "\n"
    "A simulated Kubernetes cluster with GPUs, vLLM and GuideLLM on a loopback port. Prints\n"
    "\"wva-sim: ready KUBECONFIG=FILE\" and runs until SIGTERM, or runs COMMAND with KUBECONFIG,\n"
    "WVA_SIM_DIR and WVA_SIM_URL set and ends with its exit status.\n"
    "\n"
    "  --alpha N --beta N --gamma N --delta N   true latencies (ms; ITL = alpha + beta * batch,\n"
    "                                           TTFT = gamma + delta * tokens * batch)\n"
    "  --noise SHARE        relative standard deviation of a request's latencies (0.02)\n"
    "  --seed N             of everything random (1)\n"
    "  --speed N            simulated seconds a second (20)\n"
    "  --load-seconds N     simulated time vLLM takes to load (60)\n"
    "  --nodes N            (1)\n"
    "  --gpus-per-node N    (8)\n"
    "  --gpu-product NAME   node label nvidia.com/gpu.product\n"
    "  --va-release V       VariantAutoscaling CRD of that release of WVA, or none (v0.4.2)\n"
    "  --namespace NAME     one more namespace (repeatable; default, bench, kube-* exist)\n"
    "  --object FILE        create what the YAML or JSON file holds (repeatable)\n"
    "  --quota NS:K=V,…     a ResourceQuota, e.g. bench:requests.nvidia.com/gpu=1,pods=2\n"
    "  --restricted         enforce Pod Security \"restricted\" in all namespaces\n"
    "  --fault SPEC         misbehave, see tests/sim/faults.c (repeatable)\n"
    "  --drip               write every answer one byte at a time\n"
    "  --plain-http         no TLS\n"
    "  --state-dir DIR      keep everything in DIR (default: a temporary folder, removed at the "
    "end)\n"
    "  --guidellm FILE      the GuideLLM double (default: beside wva-sim)\n"
    "  --verbose            a line per request on standard error\n"
    "  --help\n";

enum kind { KIND_DOUBLE, KIND_INT, KIND_UINT, KIND_TEXT, KIND_LIST, KIND_FLAG };

struct option {
    const char *name;
    enum kind kind;
    size_t member; /* offset in struct command_line */
};

#define OPTION(name, kind, member)                                                                 \
    {                                                                                              \
        name, kind, offsetof(struct command_line, member)                                          \
    }

static const struct option known[] = {
    OPTION("alpha", KIND_DOUBLE, options.truth.alpha),
    OPTION("beta", KIND_DOUBLE, options.truth.beta),
    OPTION("gamma", KIND_DOUBLE, options.truth.gamma),
    OPTION("delta", KIND_DOUBLE, options.truth.delta),
    OPTION("noise", KIND_DOUBLE, options.truth.noise),
    OPTION("seed", KIND_UINT, options.truth.seed),
    OPTION("speed", KIND_DOUBLE, options.speed),
    OPTION("load-seconds", KIND_DOUBLE, options.load_seconds),
    OPTION("nodes", KIND_INT, options.nodes),
    OPTION("gpus-per-node", KIND_INT, options.gpus_per_node),
    OPTION("gpu-product", KIND_TEXT, options.gpu_product),
    OPTION("va-release", KIND_TEXT, options.va_release),
    OPTION("state-dir", KIND_TEXT, options.state_dir),
    OPTION("guidellm", KIND_TEXT, options.guidellm),
    OPTION("restricted", KIND_FLAG, options.restricted),
    OPTION("drip", KIND_FLAG, options.drip),
    OPTION("plain-http", KIND_FLAG, options.plain_http),
    OPTION("verbose", KIND_FLAG, options.verbose),
    OPTION("fault", KIND_LIST, faults),
    OPTION("object", KIND_LIST, objects),
    OPTION("quota", KIND_LIST, quotas),
    OPTION("namespace", KIND_LIST, namespaces),
    OPTION("help", KIND_FLAG, help),
};

static const struct option *find(const char *name, size_t len)
{
    for (size_t i = 0; i < WVA_COUNT(known); i++)
        if (strlen(known[i].name) == len && strncmp(known[i].name, name, len) == 0)
            return &known[i];
    return NULL;
}

static int set_number(const struct option *option, char *member, const char *value,
                      struct wva_error *err)
{
    double number = 0;
    int64_t integer = 0;
    size_t len = strlen(value);
    if (option->kind == KIND_DOUBLE && wva_parse_double(value, len, &number) == 0) {
        memcpy(member, &number, sizeof(number));
        return 0;
    }
    if (option->kind != KIND_DOUBLE && wva_parse_i64(value, len, &integer) == 0 && integer >= 0) {
        memcpy(member, &integer, sizeof(integer));
        return 0;
    }
    return wva_error_set(err, WVA_E_USAGE, "--%s wants a number, not \"%s\"", option->name, value);
}

static int set_value(const struct option *option, struct command_line *line, const char *value,
                     struct wva_error *err)
{
    char *member = (char *)line + option->member;
    struct option_list *list = (struct option_list *)(void *)member;
    switch (option->kind) {
    case KIND_TEXT:
        memcpy(member, &value, sizeof(value));
        return 0;
    case KIND_LIST:
        if (list->count == OPTION_LIST_MAX)
            return wva_error_set(err, WVA_E_USAGE, "too many --%s", option->name);
        list->at[list->count++] = value;
        return 0;
    case KIND_DOUBLE:
    case KIND_INT:
    case KIND_UINT:
        return set_number(option, member, value, err);
    case KIND_FLAG:
        break;
    }
    *(bool *)member = true;
    return 0;
}

static int check(const struct command_line *line, struct wva_error *err)
{
    const char *release = line->options.va_release;
    if (strcmp(release, "none") != 0 && sim_schema_va(release) == NULL)
        return wva_error_set(err, WVA_E_USAGE, "unknown release of WVA: \"%s\"", release);
    if (line->options.speed <= 0)
        return wva_error_set(err, WVA_E_USAGE, "--speed must be above 0");
    return 0;
}

/* The option at argv[*i], with its value, which may be the next word. argv ends with NULL. */
static int read_option(struct command_line *line, char **argv, int *i, struct wva_error *err)
{
    const char *word = argv[*i];
    size_t len = strcspn(word, "=");
    const struct option *option = wva_str_has_prefix(word, "--") ? find(word + 2, len - 2) : NULL;
    if (option == NULL)
        return wva_error_set(err, WVA_E_USAGE, "unknown option %s", word);
    const char *value = word[len] == '=' ? word + len + 1 : NULL;
    if (value == NULL && option->kind != KIND_FLAG)
        value = argv[*i + 1];
    if (value == NULL && option->kind != KIND_FLAG)
        return wva_error_set(err, WVA_E_USAGE, "--%s wants a value", option->name);
    if (value == argv[*i + 1] && value != NULL)
        ++*i;
    return set_value(option, line, value, err);
}

int options_parse(int argc, char **argv, struct command_line *ret, struct wva_error *err)
{
    struct command_line line = {
        .options = {.truth = {.alpha = 7,
                              .beta = 0.03,
                              .gamma = 15,
                              .delta = 0.0014,
                              .noise = 0.02,
                              .seed = 1},
                    .speed = 20,
                    .load_seconds = 60,
                    .nodes = 1,
                    .gpus_per_node = 8,
                    .gpu_product = "NVIDIA-H100-80GB-HBM3",
                    .va_release = "v0.4.2"},
    };
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            line.command = argv + i + 1;
            break;
        }
        if (read_option(&line, argv, &i, err) < 0)
            return -1;
    }
    if (check(&line, err) < 0)
        return -1;
    *ret = line;
    return 0;
}
