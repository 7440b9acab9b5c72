// SPDX-License-Identifier: Apache-2.0
/* The Job of one level: what the template must have, what is set in it, and that the rest stays. */
#include "manifest.h"

#include "wva/codec/json.h"
#include "wva/guidellm/digest.h"
#include "wva/guidellm/job.h"
#include "wva/guidellm/podspec.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

static const struct wva_guidellm_run run = {
    .profile = WVA_PROFILE_CONCURRENT,
    .streams = 8,
    .target = "http://vllm:8000",
    .model = "org/$(HOME)",
    .prompt_tokens = 128,
    .output_tokens = 128,
    .max_seconds = 60,
    .seed = 7,
    .report_path = WVA_GUIDELLM_REPORT_PATH,
};

static const struct wva_guidellm_job job = {
    .name = "wva-abc-2",
    .namespace_ = "bench",
    .run_id = "abc",
    .level_id = "2",
    .image = "registry.example.com/guidellm:v0.6.1",
    .version = {0, 6, 1},
    .run = &run,
    .deadline_seconds = 600,
};

static struct wva_value *build(struct wva_arena *arena, const struct wva_guidellm_job *what)
{
    struct wva_error err = {0};
    struct wva_value *result;
    check_ok(wva_guidellm_job_build(arena, read_manifest(arena), what, &result, &err), &err);
    return result;
}

static struct wva_value *container_of(const struct wva_value *object)
{
    return wva_podspec_container(wva_get(object, "spec", "template", "spec"), "guidellm");
}

/* The entry of env with that name. */
static struct wva_value *env_of(const struct wva_value *object, const char *name)
{
    const struct wva_value *env = wva_get(container_of(object), "env");
    struct wva_value *found = NULL;
    for (size_t i = 0; i < env->count; i++)
        if (wva_str_eq(wva_get_str(env->items[i], "name"), name)) {
            check(found == NULL); /* once */
            found = env->items[i];
        }
    return found;
}

static void fills_in_names_labels_and_deadline(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_value *object = build(&arena, &job);
    int64_t deadline = 0;
    check_str(wva_get_str(object, "metadata", "name"), "wva-abc-2");
    check_str(wva_get_str(object, "metadata", "namespace"), "bench");
    check(wva_value_i64(wva_get(object, "spec", "activeDeadlineSeconds"), &deadline));
    check_int(deadline, 600);
    static const char labels[] = "{\"app.kubernetes.io/managed-by\":\"kubectl-wva\","
                                 "\"kubectl-wva/run\":\"abc\",\"kubectl-wva/level\":\"2\"}";
    check_str(wva_json_text(&arena, wva_get(object, "metadata", "labels")), labels);
    check_str(wva_json_text(&arena, wva_get(object, "spec", "template", "metadata", "labels")),
              labels);
    check(wva_get(object, "metadata", "ownerReferences") == NULL);
}

static void fills_in_image_arguments_and_environment(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_value *object = build(&arena, &job);
    const struct wva_value *args = wva_get(container_of(object), "args");
    check_str(wva_get_str(container_of(object), "image"), job.image);
    check_str(args->items[0]->text, "benchmark");
    check_str(args->items[1]->text, "run");
    /* Kubernetes would replace $(HOME) */
    check_has(wva_json_text(&arena, args), "\"--model\",\"org/$$(HOME)\"");
    check_has(wva_json_text(&arena, args), "\"--output-path\",\"/scratch/report.json\"");
    check_str(wva_get_str(env_of(object, "GUIDELLM_OUTPUT_DIR"), "value"), "");
    check_str(wva_get_str(env_of(object, "GUIDELLM_OUTPUT_PATH"), "value"), "");
    check_str(wva_get_str(env_of(object, "KUBECTL_WVA_REPORT"), "value"), "/scratch/report.json");
    check_str(wva_get_str(env_of(object, "COLUMNS"), "value"), "400");
    check(env_of(object, "HF_TOKEN") == NULL);
}

/* It warns of variables that begin with GUIDELLM and that it does not know. */
static void sets_nothing_that_a_new_release_would_warn_of(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_guidellm_job with = job;
    with.image = "registry.example.com/guidellm:v0.8.1";
    with.version = (struct wva_guidellm_version){0, 8, 1};
    const struct wva_value *env = wva_get(container_of(build(&arena, &with)), "env");
    check(env->count > 0);
    for (size_t i = 0; i < env->count; i++)
        check(!wva_str_has_prefix(wva_get_str(env->items[i], "name"), "GUIDELLM"));
}

static void refers_to_the_token_without_requiring_it(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_guidellm_job with = job;
    with.hf_token_secret = "hf";
    struct wva_value *object = build(&arena, &with);
    check_str(wva_json_text(&arena, wva_get(env_of(object, "HF_TOKEN"), "valueFrom")),
              "{\"secretKeyRef\":{\"name\":\"hf\",\"key\":\"token\",\"optional\":true}}");
    with.hf_token_key = "HF_KEY";
    object = build(&arena, &with);
    check_str(wva_get_str(env_of(object, "HF_TOKEN"), "valueFrom", "secretKeyRef", "key"),
              "HF_KEY");
}

static void fills_in_what_the_cluster_demands(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    static const char *const selector[] = {"pool=bench", NULL}, *const tolerations[] = {"gpu",
                                                                                        NULL};
    struct wva_guidellm_job with = job;
    with.service_account = "sa";
    with.image_pull_secret = "pull";
    with.cpu = "4";
    with.memory = "8Gi";
    with.node_selector = selector;
    with.tolerations = tolerations;
    struct wva_value *object = build(&arena, &with);
    const struct wva_value *spec = wva_get(object, "spec", "template", "spec");
    check_str(wva_get_str(spec, "serviceAccountName"), "sa");
    check_str(wva_get_str(spec, "imagePullSecrets", "0", "name"), "pull");
    check_str(wva_get_str(spec, "nodeSelector", "pool"), "bench");
    check_str(wva_get_str(spec, "tolerations", "0", "key"), "gpu");
    check_str(wva_json_text(&arena, wva_get(container_of(object), "resources")),
              "{\"requests\":{\"cpu\":\"4\",\"memory\":\"8Gi\"},\"limits\":{\"memory\":\"8Gi\"}}");
}

static void belongs_to_its_owner(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    struct wva_value *owner = wva_object(&arena), *object = NULL;
    struct wva_guidellm_job with = job;
    with.owner = owner;
    wva_put(&arena, owner, wva_string(&arena, "v1"), "apiVersion");
    wva_put(&arena, owner, wva_string(&arena, "ConfigMap"), "kind");
    wva_put(&arena, owner, wva_string(&arena, "wva-run-abc"), "metadata", "name");
    check_fails(wva_guidellm_job_build(&arena, read_manifest(&arena), &with, &object, &err), &err,
                WVA_E_INPUT, "cannot own the Job \"wva-abc-2\": the owner has no uid");
    check(object == NULL);

    wva_put(&arena, owner, wva_string(&arena, "1-2-3"), "metadata", "uid");
    object = build(&arena, &with);
    check_str(wva_json_text(&arena, wva_get(object, "metadata", "ownerReferences")),
              "[{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"name\":\"wva-run-abc\","
              "\"uid\":\"1-2-3\",\"controller\":false,\"blockOwnerDeletion\":false}]");
}

static void leaves_the_template_and_its_other_fields_alone(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    struct wva_value *template_ = read_manifest(&arena), *object;
    wva_put(&arena, template_, wva_string(&arena, "x"), "metadata", "labels", "team");
    wva_put(&arena, template_, wva_int(&arena, 1), "status", "active");
    wva_remove(template_, "spec", "template", "metadata");
    struct wva_value *before = wva_clone(&arena, template_);
    check_ok(wva_guidellm_job_build(&arena, template_, &job, &object, &err), &err);
    check(wva_value_equal(template_, before));
    check_str(wva_get_str(object, "metadata", "labels", "team"), "x");
    check(wva_get(object, "status") == NULL);
    check_str(wva_get_str(object, "spec", "template", "metadata", "labels", WVA_LABEL_RUN), "abc");
    check(wva_value_equal(wva_get(container_of(object), "command"),
                          wva_get(container_of(before), "command")));
    check(wva_value_equal(wva_get(container_of(object), "resources"),
                          wva_get(container_of(before), "resources")));
}

static void refuses_templates_of_another_kind(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *words;
    } cases[] = {
        {"{}", "it must be one batch/v1 Job, this is without apiVersion without kind"},
        {"{\"apiVersion\":\"v1\",\"kind\":\"Pod\"}", "this is v1 Pod"},
        {"{\"apiVersion\":\"batch/v1\",\"kind\":\"CronJob\"}", "this is batch/v1 CronJob"},
        {"{\"apiVersion\":\"batch/v1\",\"kind\":\"Job\"}", "has no container named \"guidellm\""},
        {"{\"apiVersion\":\"batch/v1\",\"kind\":\"Job\",\"spec\":{\"template\":{\"spec\":{"
         "\"containers\":[{\"name\":\"main\"}]}}}}",
         "has no container named \"guidellm\""},
    };
    static const struct wva_json_options options = {.name = "template"};
    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        wva_auto_arena arena = {0};
        struct wva_error err = {0};
        struct wva_value *template_, *object = NULL;
        check_ok(wva_json_parse(&arena, cases[i].json, strlen(cases[i].json), &options, &template_,
                                &err),
                 &err);
        check_fails(wva_guidellm_job_build(&arena, template_, &job, &object, &err), &err,
                    WVA_E_INPUT, cases[i].words);
        check(object == NULL);
    }
}

static void passes_on_what_the_command_line_refuses(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    struct wva_value *object = NULL;
    struct wva_guidellm_job bad = job;
    static const char *const tolerations[] = {"gpu:Never", NULL};
    bad.version = (struct wva_guidellm_version){0, 2, 1};
    check_fails(wva_guidellm_job_build(&arena, read_manifest(&arena), &bad, &object, &err), &err,
                WVA_E_USAGE, "cannot run GuideLLM 0.2.1");
    bad = job;
    bad.tolerations = tolerations;
    check_fails(wva_guidellm_job_build(&arena, read_manifest(&arena), &bad, &object, &err), &err,
                WVA_E_USAGE, "\"gpu:Never\"");
    check(object == NULL);
}

/* A template may come from anywhere; a second pod would load the server beside the first. */
static void runs_one_pod_whatever_the_template_says(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    struct wva_value *object, *template_ = read_manifest(&arena);
    static const struct {
        const char *name;
        int64_t wanted;
    } counts[] = {{"parallelism", 1}, {"completions", 1}, {"backoffLimit", 0}};
    for (size_t i = 0; i < WVA_COUNT(counts); i++)
        wva_put(&arena, template_, wva_int(&arena, 6), "spec", counts[i].name);
    wva_put(&arena, template_, wva_string(&arena, "OnFailure"), "spec", "template", "spec",
            "restartPolicy");
    check_ok(wva_guidellm_job_build(&arena, template_, &job, &object, &err), &err);
    for (size_t i = 0; i < WVA_COUNT(counts); i++) {
        int64_t count = -1;
        check(wva_value_i64(wva_get(object, "spec", counts[i].name), &count));
        check_int(count, counts[i].wanted);
    }
    check_str(wva_get_str(object, "spec", "template", "spec", "restartPolicy"), "Never");
}

/* What the restricted Pod Security level asks for, and what a benchmark must not do. */
static void the_template_runs_restricted_and_once(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_value *object = read_manifest(&arena);
    const struct wva_value *spec = wva_get(object, "spec", "template", "spec");
    const struct wva_value *container = container_of(object);
    check_str(wva_json_text(&arena, wva_get(spec, "securityContext")),
              "{\"runAsNonRoot\":true,\"seccompProfile\":{\"type\":\"RuntimeDefault\"}}");
    check_str(wva_json_text(&arena, wva_get(container, "securityContext")),
              "{\"allowPrivilegeEscalation\":false,\"readOnlyRootFilesystem\":true,"
              "\"capabilities\":{\"drop\":[\"ALL\"]}}");
    check(!wva_value_bool(wva_get(spec, "automountServiceAccountToken"), true));
    check(!wva_value_bool(wva_get(spec, "enableServiceLinks"), true));
    check_str(wva_get_str(spec, "restartPolicy"), "Never");
    int64_t limit = -1;
    check(wva_value_i64(wva_get(object, "spec", "backoffLimit"), &limit));
    check_int(limit, 0);
    check_str(wva_get_str(container, "image"), WVA_GUIDELLM_DEFAULT_IMAGE);
    check_str(wva_get_str(container, "terminationMessagePath"),
              wva_get_str(env_of(object, "KUBECTL_WVA_RESULT"), "value"));
    check_str(wva_get_str(env_of(object, "KUBECTL_WVA_REPORT"), "value"), WVA_GUIDELLM_REPORT_PATH);
    check_has(wva_get_str(container, "command", "2"), WVA_REPORT_BEGIN_MARKER);
    check_has(wva_get_str(container, "command", "2"), WVA_REPORT_END_MARKER);
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(fills_in_names_labels_and_deadline),
    WVA_TEST(fills_in_image_arguments_and_environment),
    WVA_TEST(sets_nothing_that_a_new_release_would_warn_of),
    WVA_TEST(refers_to_the_token_without_requiring_it),
    WVA_TEST(fills_in_what_the_cluster_demands),
    WVA_TEST(belongs_to_its_owner),
    WVA_TEST(leaves_the_template_and_its_other_fields_alone),
    WVA_TEST(refuses_templates_of_another_kind),
    WVA_TEST(passes_on_what_the_command_line_refuses),
    WVA_TEST(runs_one_pod_whatever_the_template_says),
    WVA_TEST(the_template_runs_restricted_and_once),
};

WVA_TEST_MAIN(tests)
