// SPDX-License-Identifier: Apache-2.0
/*
 * The vLLM Deployment and Service: what each option sets, that the rest of the template stays, and
 * the traps of the guide's own template that ours must not have.
 */
#include "documents.h"

#include "wva/guidellm/job.h"
#include "wva/guidellm/podspec.h"
#include "wva/run/vllm.h"
#include "wva/util/fs.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

struct fixture {
    struct wva_arena arena;
    struct wva_error err;
    struct wva_vllm_options options;
    struct wva_value *deployment, *service;
    struct wva_value *pod_spec, *container; /* of `deployment`, after build() */
};

static int setup(void **state)
{
    struct fixture *f = wva_xcalloc(1, sizeof(*f));
    f->options = (struct wva_vllm_options){
        .name = "llama",
        .namespace_ = "bench",
        .model = "org/Model-8B",
        .gpus = 1,
        .max_batch_size = 64,
        .port = 8000,
    };
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    wva_arena_done(&f->arena);
    free(f);
    return 0;
}

static int build_from(struct fixture *f, const char *yaml)
{
    size_t count;
    struct wva_value **documents = documents_of(&f->arena, yaml, &count);
    return wva_vllm_build(&f->arena, documents, count, &f->options, &f->deployment, &f->service,
                          &f->err);
}

static void build(struct fixture *f)
{
    check_ok(build_from(f, wva_manifest_vllm), &f->err);
    f->pod_spec = wva_get(f->deployment, "spec", "template", "spec");
    f->container = wva_podspec_container(f->pod_spec, "vllm");
    check(f->container != NULL);
}

static void check_args(struct fixture *f, const char *wanted)
{
    build(f);
    check_json(&f->arena, wva_get(f->container, "args"), wanted);
}

static const char *env(struct fixture *f, const char *name)
{
    const struct wva_value *list = wva_get(f->container, "env");
    for (size_t i = 0; i < list->count; i++)
        if (wva_str_eq(wva_get_str(list->items[i], "name"), name))
            return wva_get_str(list->items[i], "value");
    return NULL;
}

static int64_t number_at(const struct wva_value *value, const char *const *keys)
{
    int64_t number = -1;
    check(wva_value_i64(wva_value_at(value, keys), &number));
    return number;
}

#define number(value, ...) number_at((value), WVA_KEYS(__VA_ARGS__))

static void the_embedded_manifest_is_the_file(void **state)
{
    struct fixture *f = *state;
    char *text;
    size_t len;
    check_ok(wva_fs_read("manifests/vllm.yaml", 1 << 20, &f->arena, &text, &len, &f->err), &f->err);
    check_str(wva_manifest_vllm, text);
    check_ok(wva_fs_read("manifests/guidellm-job.yaml", 1 << 20, &f->arena, &text, &len, &f->err),
             &f->err);
    check_str(wva_manifest_guidellm_job, text);
}

static const char *template_mark(const struct fixture *f)
{
    return wva_get_str(f->deployment, "spec", "template", "metadata", "annotations",
                       WVA_TEMPLATE_ANNOTATION);
}

static void pods_tell_their_template(void **state)
{
    struct fixture *f = *state;
    build(f);
    const char *first = template_mark(f);
    check_int(strspn(first, "0123456789abcdef"), 16);
    build(f);
    check_str(template_mark(f), first);
    f->options.max_batch_size++;
    build(f);
    check(strcmp(template_mark(f), first) != 0);
}

static void names_and_labels(void **state)
{
    struct fixture *f = *state;
    f->options.run_id = "k3x9qz7f2m";
    build(f);
    const struct wva_value *const both[] = {f->deployment, f->service};
    for (size_t i = 0; i < 2; i++) {
        check_str(wva_get_str(both[i], "metadata", "name"), "llama");
        check_str(wva_get_str(both[i], "metadata", "namespace"), "bench");
        check_str(wva_get_str(both[i], "metadata", "annotations", "kubectl-wva/model"),
                  "org/Model-8B");
        check_json(&f->arena, wva_get(both[i], "metadata", "labels"),
                   "{\"app.kubernetes.io/managed-by\":\"kubectl-wva\","
                   "\"app.kubernetes.io/name\":\"llama\",\"kubectl-wva/run\":\"k3x9qz7f2m\"}");
    }
    check_json(&f->arena, wva_get(f->deployment, "spec", "template", "metadata", "labels"),
               "{\"app.kubernetes.io/managed-by\":\"kubectl-wva\","
               "\"app.kubernetes.io/name\":\"llama\",\"kubectl-wva/run\":\"k3x9qz7f2m\"}");
    /* The selector is immutable: nothing in it may differ from run to run. */
    check_json(&f->arena, wva_get(f->deployment, "spec", "selector"),
               "{\"matchLabels\":{\"app.kubernetes.io/name\":\"llama\"}}");
    check_json(&f->arena, wva_get(f->service, "spec", "selector"),
               "{\"app.kubernetes.io/name\":\"llama\"}");
}

static void without_a_run_there_is_no_run_label(void **state)
{
    struct fixture *f = *state;
    build(f);
    check(wva_get(f->deployment, "metadata", "labels", WVA_LABEL_RUN) == NULL);
    check(wva_get(f->service, "metadata", "labels", WVA_LABEL_RUN) == NULL);
}

static void arguments_of_a_plain_server(void **state)
{
    check_args(*state, "[\"org/Model-8B\",\"--host=0.0.0.0\",\"--port=8000\",\"--max-num-seqs=64\","
                       "\"--no-enable-prefix-caching\"]");
}

static void arguments_with_everything(void **state)
{
    static const char *const extra[] = {"--dtype", "bfloat16", NULL};
    struct fixture *f = *state;
    f->options.served_model = "llama";
    f->options.port = 9000;
    f->options.max_batch_size = 256;
    f->options.gpus = 4;
    f->options.extra_args = extra;
    check_args(f, "[\"org/Model-8B\",\"--served-model-name=llama\",\"--host=0.0.0.0\","
                  "\"--port=9000\",\"--max-num-seqs=256\",\"--tensor-parallel-size=4\","
                  "\"--no-enable-prefix-caching\",\"--dtype\",\"bfloat16\"]");
}

/* Kubernetes replaces $(NAME) in args. */
static void dollars_are_what_was_typed(void **state)
{
    static const char *const extra[] = {"--x=$(HOME)", NULL};
    struct fixture *f = *state;
    f->options.model = "$(HOME)/m";
    f->options.served_model = "$(USER)";
    f->options.extra_args = extra;
    check_args(f, "[\"$$(HOME)/m\",\"--served-model-name=$$(USER)\",\"--host=0.0.0.0\","
                  "\"--port=8000\",\"--max-num-seqs=64\",\"--no-enable-prefix-caching\","
                  "\"--x=$$(HOME)\"]");
}

static void the_port_is_set_in_all_its_places(void **state)
{
    struct fixture *f = *state;
    f->options.port = 9000;
    build(f);
    check_int(number(f->container, "ports", "0", "containerPort"), 9000);
    check_int(number(f->service, "spec", "ports", "0", "port"), 9000);
    check_str(wva_get_str(f->service, "spec", "ports", "0", "targetPort"), "http");
    check_str(wva_get_str(f->container, "startupProbe", "httpGet", "port"), "http");
    check_str(wva_get_str(f->container, "readinessProbe", "httpGet", "port"), "http");
}

static void the_image_is_the_templates_or_the_given_one(void **state)
{
    struct fixture *f = *state;
    build(f);
    check(wva_str_has_prefix(wva_get_str(f->container, "image"), "docker.io/vllm/vllm-openai:v"));
    f->options.image = "registry.example.com/vllm:v1";
    build(f);
    check_str(wva_get_str(f->container, "image"), "registry.example.com/vllm:v1");
}

static void gpus_are_limits(void **state)
{
    struct fixture *f = *state;
    f->options.gpus = 2;
    build(f);
    check_str(wva_get_str(f->container, "resources", "limits", "nvidia.com/gpu"), "2");
    f->options.gpu_resource = "amd.com/gpu";
    build(f);
    check_json(&f->arena, wva_get(f->container, "resources", "limits"), "{\"amd.com/gpu\":\"2\"}");
}

static void without_gpus_there_is_no_limit(void **state)
{
    struct fixture *f = *state;
    f->options.gpus = 0;
    build(f);
    check(wva_get(f->container, "resources", "limits") == NULL);
    check_json(&f->arena, wva_get(f->container, "resources", "requests"),
               "{\"cpu\":\"2\",\"memory\":\"8Gi\"}");
}

static void cpu_and_memory(void **state)
{
    struct fixture *f = *state;
    f->options.cpu = "6";
    f->options.memory = "40Gi";
    build(f);
    check_json(&f->arena, wva_get(f->container, "resources"),
               "{\"requests\":{\"cpu\":\"6\",\"memory\":\"40Gi\"},"
               "\"limits\":{\"memory\":\"40Gi\",\"nvidia.com/gpu\":\"1\"}}");
}

static void scheduling(void **state)
{
    static const char *const selector[] = {"pool=gpu", NULL};
    static const char *const tolerations[] = {"nvidia.com/gpu:NoSchedule", NULL};
    struct fixture *f = *state;
    f->options.accelerator = "NVIDIA-H100-80GB-HBM3";
    f->options.node_selector = selector;
    f->options.tolerations = tolerations;
    f->options.service_account = "runner";
    f->options.image_pull_secret = "pull";
    build(f);
    check_json(&f->arena, wva_get(f->pod_spec, "nodeSelector"),
               "{\"nvidia.com/gpu.product\":\"NVIDIA-H100-80GB-HBM3\",\"pool\":\"gpu\"}");
    check_json(&f->arena, wva_get(f->pod_spec, "tolerations"),
               "[{\"key\":\"nvidia.com/gpu\",\"operator\":\"Exists\",\"effect\":\"NoSchedule\"}]");
    check_str(wva_get_str(f->pod_spec, "serviceAccountName"), "runner");
    check_json(&f->arena, wva_get(f->pod_spec, "imagePullSecrets"), "[{\"name\":\"pull\"}]");
}

static void another_accelerator_label(void **state)
{
    struct fixture *f = *state;
    f->options.accelerator = "MI300X";
    f->options.accelerator_label = "amd.com/gpu.product-name";
    build(f);
    check_json(&f->arena, wva_get(f->pod_spec, "nodeSelector"),
               "{\"amd.com/gpu.product-name\":\"MI300X\"}");
}

static void by_default_any_node_will_do(void **state)
{
    struct fixture *f = *state;
    build(f);
    check(wva_get(f->pod_spec, "nodeSelector") == NULL);
    check(wva_get(f->pod_spec, "tolerations") == NULL);
    check(wva_get(f->pod_spec, "serviceAccountName") == NULL);
    check(wva_get(f->pod_spec, "imagePullSecrets") == NULL);
}

static void the_cache_is_a_folder_or_a_claim(void **state)
{
    struct fixture *f = *state;
    build(f);
    check_json(&f->arena, wva_get(f->pod_spec, "volumes", "0"),
               "{\"name\":\"cache\",\"emptyDir\":{}}");
    f->options.cache_pvc = "models";
    build(f);
    check_json(&f->arena, wva_get(f->pod_spec, "volumes", "0"),
               "{\"name\":\"cache\",\"persistentVolumeClaim\":{\"claimName\":\"models\"}}");
}

static void check_token(struct fixture *f, const char *wanted)
{
    build(f);
    const struct wva_value *list = wva_get(f->container, "env");
    check_json(&f->arena, list->items[list->count - 1], wanted);
}

/* An open model needs no token: the reference is optional, or the pod would not start. */
static void the_token_is_an_optional_reference(void **state)
{
    struct fixture *f = *state;
    f->options.hf_token_secret = "hf";
    check_token(f, "{\"name\":\"HF_TOKEN\",\"valueFrom\":{\"secretKeyRef\":"
                   "{\"name\":\"hf\",\"key\":\"token\",\"optional\":true}}}");
    f->options.hf_token_key = "HF_TOKEN";
    check_token(f, "{\"name\":\"HF_TOKEN\",\"valueFrom\":{\"secretKeyRef\":"
                   "{\"name\":\"hf\",\"key\":\"HF_TOKEN\",\"optional\":true}}}");
}

static void no_token_is_asked_for_unless_named(void **state)
{
    struct fixture *f = *state;
    build(f);
    char *text = wva_json_text(&f->arena, f->deployment);
    check(strstr(text, "HF_TOKEN") == NULL);
    check(strstr(text, "secretKeyRef") == NULL);
}

/* vllm/vllm-openai runs as root, which runAsNonRoot refuses (CreateContainerConfigError). */
static void a_user_is_fixed_where_nobody_else_does(void **state)
{
    struct fixture *f = *state;
    build(f);
    check_json(&f->arena, wva_get(f->pod_spec, "securityContext"),
               "{\"runAsNonRoot\":true,\"runAsUser\":2000,\"runAsGroup\":2000,\"fsGroup\":2000,"
               "\"seccompProfile\":{\"type\":\"RuntimeDefault\"}}");
}

/* OpenShift's admission refuses a uid outside the namespace's range. */
static void on_openshift_no_user_is_fixed(void **state)
{
    struct fixture *f = *state;
    f->options.no_fixed_user = true;
    build(f);
    check_json(&f->arena, wva_get(f->pod_spec, "securityContext"),
               "{\"runAsNonRoot\":true,\"seccompProfile\":{\"type\":\"RuntimeDefault\"}}");
}

static void restricted_pod_security_admits_it(void **state)
{
    struct fixture *f = *state;
    build(f);
    check_json(&f->arena, wva_get(f->container, "securityContext"),
               "{\"allowPrivilegeEscalation\":false,\"capabilities\":{\"drop\":[\"ALL\"]}}");
    check_int(wva_get(f->pod_spec, "containers")->count, 1);
    check(wva_get(f->pod_spec, "initContainers") == NULL);
    check(wva_get(f->pod_spec, "hostNetwork") == NULL);
    check(!wva_value_bool(wva_get(f->pod_spec, "automountServiceAccountToken"), true));
}

/* A Service called vllm would inject VLLM_PORT=tcp://…, with which vLLM does not start. */
static void service_links_are_off(void **state)
{
    struct fixture *f = *state;
    build(f);
    check(!wva_value_bool(wva_get(f->pod_spec, "enableServiceLinks"), true));
    check(env(f, "VLLM_PORT") == NULL);
}

/* A random uid has no passwd entry and no home: everything written goes to the volume. */
static void caches_are_on_the_volume(void **state)
{
    static const char *const folders[] = {"HOME",
                                          "HF_HOME",
                                          "XDG_CACHE_HOME",
                                          "TRITON_CACHE_DIR",
                                          "TORCHINDUCTOR_CACHE_DIR",
                                          "VLLM_CACHE_ROOT"};
    struct fixture *f = *state;
    build(f);
    for (size_t i = 0; i < WVA_COUNT(folders); i++)
        check(wva_str_has_prefix(env(f, folders[i]), "/cache"));
    check(!wva_str_empty(env(f, "USER")));
    check_json(&f->arena, wva_get(f->container, "volumeMounts"),
               "[{\"name\":\"cache\",\"mountPath\":\"/cache\"},"
               "{\"name\":\"shm\",\"mountPath\":\"/dev/shm\"}]");
    check_str(wva_get_str(f->pod_spec, "volumes", "1", "emptyDir", "medium"), "Memory");
}

/* The guide's 12 minutes kill a download of 15 to 35; the rollout must not fail before. */
static void slow_downloads_are_waited_for(void **state)
{
    struct fixture *f = *state;
    build(f);
    int64_t seconds = number(f->container, "startupProbe", "periodSeconds") *
                      number(f->container, "startupProbe", "failureThreshold");
    check(seconds >= 60 * 60);
    check(number(f->deployment, "spec", "progressDeadlineSeconds") >= seconds);
    check(wva_get(f->container, "livenessProbe") == NULL);
}

static void one_replica_is_replaced_not_joined(void **state)
{
    struct fixture *f = *state;
    build(f);
    check_int(number(f->deployment, "spec", "replicas"), 1);
    check_str(wva_get_str(f->deployment, "spec", "strategy", "type"), "Recreate");
}

/* `latest` moves; Always asks the registry at each start. */
static void the_image_is_pinned(void **state)
{
    struct fixture *f = *state;
    build(f);
    check(!wva_str_has_suffix(wva_get_str(f->container, "image"), ":latest"));
    check_str(wva_get_str(f->container, "imagePullPolicy"), "IfNotPresent");
    check_str(wva_get_str(f->container, "terminationMessagePolicy"), "FallbackToLogsOnError");
}

/* Applied again, nothing changes; and a template serves for many. */
static void the_template_is_not_touched(void **state)
{
    struct fixture *f = *state;
    size_t count;
    struct wva_value **documents = documents_of(&f->arena, wva_manifest_vllm, &count);
    char *before = wva_json_text(&f->arena, documents[0]);
    f->options.cache_pvc = "models";
    f->options.hf_token_secret = "hf";
    for (int i = 0; i < 2; i++) {
        struct wva_value *deployment, *service;
        check_ok(wva_vllm_build(&f->arena, documents, count, &f->options, &deployment, &service,
                                &f->err),
                 &f->err);
        check(i == 0 || wva_value_equal(deployment, f->deployment));
        f->deployment = deployment;
    }
    check_str(wva_json_text(&f->arena, documents[0]), before);
}

#define DEPLOYMENT(containers, volumes)                                                            \
    "kind: Deployment\nspec: {template: {spec: {containers: [" containers "]" volumes "}}}\n"
#define VLLM    "{name: vllm, ports: [{name: http, containerPort: 80}]}"
#define SERVICE "---\nkind: Service\nspec: {ports: [{name: http, port: 80}], selector: {a: b}}\n"

static void a_users_template_keeps_what_is_its_own(void **state)
{
    struct fixture *f = *state;
    check_ok(build_from(f, SERVICE "---\n" DEPLOYMENT("{name: side}, " VLLM, "")), &f->err);
    const struct wva_value *containers =
        wva_get(f->deployment, "spec", "template", "spec", "containers");
    check_json(&f->arena, containers->items[0], "{\"name\":\"side\"}");
    check_str(wva_get_str(containers->items[1], "args", "0"), "org/Model-8B");
    check_json(&f->arena, wva_get(f->service, "spec", "selector"),
               "{\"a\":\"b\",\"app.kubernetes.io/name\":\"llama\"}");
}

static void refused(struct fixture *f, const char *yaml, enum wva_code code, const char *msg)
{
    check_int(build_from(f, yaml), -1);
    check_int(f->err.code, code);
    check_str(f->err.msg, msg);
    check(f->deployment == NULL && f->service == NULL);
    wva_error_clear(&f->err);
}

static void templates_that_lack_something(void **state)
{
    struct fixture *f = *state;
    refused(f, SERVICE, WVA_E_INPUT, "the template has no Deployment");
    refused(f, DEPLOYMENT(VLLM, ""), WVA_E_INPUT, "the template has no Service");
    refused(f, DEPLOYMENT(VLLM, "") "---\n" DEPLOYMENT(VLLM, "") SERVICE, WVA_E_INPUT,
            "the template has more than one Deployment");
    refused(f, DEPLOYMENT(VLLM, "") SERVICE SERVICE, WVA_E_INPUT,
            "the template has more than one Service");
    refused(f, DEPLOYMENT("{name: server}", "") SERVICE, WVA_E_INPUT,
            "the template's Deployment has no container named \"vllm\"");
    refused(f, "kind: Deployment\nspec: x\n" SERVICE, WVA_E_INPUT,
            "the template's Deployment has no container named \"vllm\"");
    refused(f, DEPLOYMENT("{name: vllm}", "") SERVICE, WVA_E_INPUT,
            "the template's container and Service must both have a port named \"http\"");
    refused(f, DEPLOYMENT(VLLM, "") "---\nkind: Service\nspec: {ports: [{port: 80}]}\n",
            WVA_E_INPUT,
            "the template's container and Service must both have a port named \"http\"");
}

static void a_claim_needs_the_cache_volume(void **state)
{
    struct fixture *f = *state;
    f->options.cache_pvc = "models";
    refused(f, DEPLOYMENT(VLLM, ", volumes: [{name: other}]") SERVICE, WVA_E_INPUT,
            "the template has no volume named \"cache\" for the PersistentVolumeClaim 'models'");
}

static void bad_words_of_the_user(void **state)
{
    static const char *const bad[] = {"nonsense", NULL};
    struct fixture *f = *state;
    f->options.node_selector = bad;
    refused(f, wva_manifest_vllm, WVA_E_USAGE,
            "cannot use the node selector \"nonsense\": it must be key=value");
    static const char *const worse[] = {"a:b", NULL};
    f->options.node_selector = NULL;
    f->options.tolerations = worse;
    refused(f, wva_manifest_vllm, WVA_E_USAGE,
            "cannot use the toleration \"a:b\": it must be key[=value][:effect] with the effect "
            "NoSchedule, PreferNoSchedule or NoExecute");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_embedded_manifest_is_the_file),
        TEST(pods_tell_their_template),
        TEST(names_and_labels),
        TEST(without_a_run_there_is_no_run_label),
        TEST(arguments_of_a_plain_server),
        TEST(arguments_with_everything),
        TEST(dollars_are_what_was_typed),
        TEST(the_port_is_set_in_all_its_places),
        TEST(the_image_is_the_templates_or_the_given_one),
        TEST(gpus_are_limits),
        TEST(without_gpus_there_is_no_limit),
        TEST(cpu_and_memory),
        TEST(scheduling),
        TEST(another_accelerator_label),
        TEST(by_default_any_node_will_do),
        TEST(the_cache_is_a_folder_or_a_claim),
        TEST(the_token_is_an_optional_reference),
        TEST(no_token_is_asked_for_unless_named),
        TEST(a_user_is_fixed_where_nobody_else_does),
        TEST(on_openshift_no_user_is_fixed),
        TEST(restricted_pod_security_admits_it),
        TEST(service_links_are_off),
        TEST(caches_are_on_the_volume),
        TEST(slow_downloads_are_waited_for),
        TEST(one_replica_is_replaced_not_joined),
        TEST(the_image_is_pinned),
        TEST(the_template_is_not_touched),
        TEST(a_users_template_keeps_what_is_its_own),
        TEST(templates_that_lack_something),
        TEST(a_claim_needs_the_cache_volume),
        TEST(bad_words_of_the_user),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
