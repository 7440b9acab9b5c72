// SPDX-License-Identifier: Apache-2.0
/*
 * What a pod's state means for someone who waits. The texts are those of a Kubernetes 1.35 node
 * with containerd, one case after another as they were seen there.
 */
#include "documents.h"

#include "run/trouble.h"

#include "wva/util/mem.h"

#include <stdio.h>

/* A pod whose container "guidellm" has this status. */
#define POD(status)                                                                                \
    "status: {phase: Pending, containerStatuses: [{name: other}, {name: guidellm, image: "         \
    "reg/g:1, "                                                                                    \
    "restartCount: 0, " status "}]}"
#define WAITING(reason, message)                                                                   \
    POD("state: {waiting: {reason: " reason ", message: '" message "'}}")
#define ENDED(fields) POD("state: {terminated: {" fields "}}")

static struct wva_pod_state diagnose(struct wva_arena *arena, const char *yaml)
{
    struct wva_pod_state state = {.outlook = (enum wva_outlook)99};
    wva_pod_diagnose(arena, document_of(arena, yaml), "guidellm", &state);
    return state;
}

struct row {
    const char *pod;
    enum wva_outlook outlook;
    const char *words;
};

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        wva_auto_arena arena = {0};
        struct wva_pod_state state = diagnose(&arena, rows[i].pod);
        check_str(state.words, rows[i].words);
        check_int(state.outlook, rows[i].outlook);
        check(!state.crashed);
    }
}

#define NEVER "Container image \"reg/g:1\" is not present with pull policy of Never"
#define PULL_404                                                                                   \
    "rpc error: code = NotFound desc = failed to pull and unpack image \"reg/g:1\": failed to "    \
    "resolve reference \"reg/g:1\": reg/g:1: not found"
#define PULL_401                                                                                   \
    "failed to pull and unpack image \"reg/g:1\": unexpected status from HEAD request to "         \
    "https://reg/v2/g/manifests/1: failed with status code [manifests v9]: 401 Unauthorized"
#define PULL_403                                                                                   \
    "failed to authorize: failed to fetch oauth token: unexpected status from GET request: 403 "   \
    "Forbidden"
#define PULL_DENIED                                                                                \
    "pull access denied, repository does not exist or may require authorization: server message: " \
    "insufficient_scope: authorization failed"
#define PULL_TIMEOUT                                                                               \
    "failed to do request: Head \"https://reg/v2/g/manifests/1\": dial tcp: lookup reg on "        \
    "10.0.0.10:53: read udp 10.0.0.1:40301->10.0.0.10:53: i/o timeout"
#define PULL_DIGEST                                                                                \
    "failed to pull \"reg/g@sha256:401403beef\": dial tcp 10.0.0.1:4013: connect: refused"

static void images_that_will_not_come(void **state)
{
    static const struct row rows[] = {
        {WAITING("ErrImageNeverPull", NEVER), WVA_OUTLOOK_HOPELESS, "ErrImageNeverPull: " NEVER},
        {WAITING("InvalidImageName", "couldn''t parse image name"), WVA_OUTLOOK_HOPELESS,
         "InvalidImageName: couldn't parse image name"},
        {WAITING("ErrImagePull", PULL_404), WVA_OUTLOOK_HOPELESS, "ErrImagePull: " PULL_404},
        {WAITING("ErrImagePull", PULL_401), WVA_OUTLOOK_HOPELESS, "ErrImagePull: " PULL_401},
        {WAITING("ErrImagePull", PULL_403), WVA_OUTLOOK_HOPELESS, "ErrImagePull: " PULL_403},
        {WAITING("ErrImagePull", PULL_DENIED), WVA_OUTLOOK_HOPELESS, "ErrImagePull: " PULL_DENIED},
        {WAITING("ImagePullBackOff", "Back-off pulling image \"reg/g:1\": ErrImagePull: " PULL_404),
         WVA_OUTLOOK_HOPELESS,
         "ImagePullBackOff: Back-off pulling image \"reg/g:1\": ErrImagePull: " PULL_404},
    };
    (void)state;
    check_rows(rows, WVA_COUNT(rows));
}

/* kubelet goes on trying, and a registry may come back. Figures in the text are no status codes. */
static void images_that_may_come(void **state)
{
    static const struct row rows[] = {
        {WAITING("ErrImagePull", PULL_TIMEOUT), WVA_OUTLOOK_STUCK, "ErrImagePull: " PULL_TIMEOUT},
        {WAITING("ErrImagePull", PULL_DIGEST), WVA_OUTLOOK_STUCK, "ErrImagePull: " PULL_DIGEST},
        {WAITING("ImagePullBackOff", "Back-off pulling image \"reg/g:1\""), WVA_OUTLOOK_STUCK,
         "ImagePullBackOff: Back-off pulling image \"reg/g:1\""},
        {POD("state: {waiting: {reason: ErrImagePull}}"), WVA_OUTLOOK_STUCK, "ErrImagePull: "},
    };
    (void)state;
    check_rows(rows, WVA_COUNT(rows));
}

static void containers_that_will_not_start(void **state)
{
    static const struct row rows[] = {
        {WAITING("CreateContainerConfigError", "secret \"hf\" not found"), WVA_OUTLOOK_HOPELESS,
         "CreateContainerConfigError: secret \"hf\" not found"},
        {WAITING("CreateContainerError", "context deadline exceeded"), WVA_OUTLOOK_HOPELESS,
         "CreateContainerError: context deadline exceeded"},
        {WAITING("RunContainerError", "exec: \"vllm\": executable file not found in $PATH"),
         WVA_OUTLOOK_HOPELESS,
         "RunContainerError: exec: \"vllm\": executable file not found in $PATH"},
    };
    (void)state;
    check_rows(rows, WVA_COUNT(rows));
}

#define SCHEDULED(status, more)                                                                    \
    "status: {phase: Pending, conditions: [{type: PodScheduled, status: '" status "'" more "}]}"

static void pods_without_a_node(void **state)
{
    static const struct row rows[] = {
        {SCHEDULED("False", ", reason: Unschedulable, message: '0/1 nodes are available: 1 "
                            "Insufficient nvidia.com/gpu.'"),
         WVA_OUTLOOK_STUCK,
         "unschedulable: 0/1 nodes are available: 1 Insufficient nvidia.com/gpu."},
        {SCHEDULED("False", ", reason: SchedulingGated"), WVA_OUTLOOK_GOING, "scheduling"},
        {SCHEDULED("True", ""), WVA_OUTLOOK_GOING, "starting"},
        {"status: {phase: Pending}", WVA_OUTLOOK_GOING, "scheduling"},
        {"metadata: {}", WVA_OUTLOOK_GOING, "scheduling"},
    };
    (void)state;
    check_rows(rows, WVA_COUNT(rows));
}

static void pods_on_their_way(void **state)
{
    static const struct row rows[] = {
        {POD("state: {waiting: {reason: ContainerCreating}}"), WVA_OUTLOOK_GOING,
         "pulling image reg/g:1"},
        {"status: {conditions: [{type: PodReadyToStartContainers, status: 'False'}], "
         "containerStatuses: [{name: guidellm, image: 'reg/g:1', state: {waiting: {reason: "
         "ContainerCreating}}}]}",
         WVA_OUTLOOK_GOING, "waiting for volumes, network and image reg/g:1"},
        {POD("ready: false, state: {running: {startedAt: x}}"), WVA_OUTLOOK_GOING, "loading"},
        {POD("ready: true, state: {running: {startedAt: x}}"), WVA_OUTLOOK_READY, "ready"},
    };
    (void)state;
    check_rows(rows, WVA_COUNT(rows));
}

static void evicted_pods(void **state)
{
    static const struct row rows[] = {
        {"status: {phase: Failed, reason: Evicted, message: 'The node was low on resource: "
         "memory.'}",
         WVA_OUTLOOK_HOPELESS, "Evicted: The node was low on resource: memory."},
    };
    (void)state;
    check_rows(rows, WVA_COUNT(rows));
}

struct ending {
    const char *pod;
    int64_t exit_status;
    const char *reason;
    const char *message; /* NULL: none */
    const char *words;
};

static void containers_that_ended(void **state)
{
    static const struct ending rows[] = {
        {ENDED("exitCode: 0, reason: Completed, message: '{\"digest\":1}'"), 0, "Completed",
         "{\"digest\":1}", "ended with exit status 0 (Completed)"},
        {ENDED("exitCode: 2, reason: Error, message: \"Error: No such option '--nonsense'. Did you "
               "mean '--seed'?\""),
         2, "Error", "Error: No such option '--nonsense'. Did you mean '--seed'?",
         "ended with exit status 2 (Error)"},
        {ENDED("exitCode: 1, reason: Error"), 1, "Error", NULL, "ended with exit status 1 (Error)"},
        {ENDED("exitCode: 137, reason: OOMKilled"), 137, "OOMKilled", NULL,
         "ended with exit status 137 (OOMKilled)"},
        /* A child was killed, the script ended well (cgroup v1). */
        {ENDED("exitCode: 0, reason: OOMKilled"), 0, "OOMKilled", NULL,
         "ended with exit status 0 (OOMKilled)"},
        /* The deadline deleted a pod that had never started. */
        {ENDED("exitCode: 137, reason: ContainerStatusUnknown, message: 'The container could not "
               "be located when the pod was terminated'"),
         137, "ContainerStatusUnknown",
         "The container could not be located when the pod was terminated",
         "ended with exit status 137 (ContainerStatusUnknown)"},
        {ENDED("reason: Error"), -1, "Error", NULL, "ended with exit status -1 (Error)"},
    };
    (void)state;
    for (size_t i = 0; i < WVA_COUNT(rows); i++) {
        wva_auto_arena arena = {0};
        struct wva_pod_state result = diagnose(&arena, rows[i].pod);
        check_int(result.outlook, WVA_OUTLOOK_ENDED);
        check_int(result.exit_status, rows[i].exit_status);
        check_str(result.reason, rows[i].reason);
        check_int(result.lacks_memory,
                  rows[i].exit_status == 137 || strcmp(rows[i].reason, "OOMKilled") == 0);
        check((result.message == NULL) == (rows[i].message == NULL));
        if (rows[i].message)
            check_str(result.message, rows[i].message);
        check_str(result.words, rows[i].words);
    }
}

/* The log of what ran before tells why. */
static void crashes(void **state)
{
    static const char *const pods[] = {
        WAITING("CrashLoopBackOff", "back-off 10s restarting failed container"),
        "status: {containerStatuses: [{name: guidellm, ready: false, restartCount: 2, "
        "state: {running: {}}}]}",
        "status: {containerStatuses: [{name: guidellm, restartCount: 1, state: {waiting: {reason: "
        "CrashLoopBackOff, message: back-off 10s}}, lastState: {terminated: {exitCode: 137, "
        "reason: "
        "OOMKilled}}}]}",
        "status: {containerStatuses: [{name: guidellm, ready: false, restartCount: 2, "
        "state: {running: {}}, lastState: {terminated: {exitCode: 1, reason: Error}}}]}",
    };
    static const bool lack_memory[] = {false, false, true, false};
    static const char *const words[] = {
        "CrashLoopBackOff: back-off 10s restarting failed container",
        "the container ended and was started again",
        "CrashLoopBackOff: ended with exit status 137 (OOMKilled)",
        "the container ended with exit status 1 (Error) and was started again",
    };
    (void)state;
    for (size_t i = 0; i < WVA_COUNT(pods); i++) {
        wva_auto_arena arena = {0};
        struct wva_pod_state result = diagnose(&arena, pods[i]);
        check_int(result.outlook, WVA_OUTLOOK_HOPELESS);
        check(result.crashed);
        check_str(result.words, words[i]);
        check_int(result.lacks_memory, lack_memory[i]);
    }
}

static void the_cause_of_a_pull_that_failed_is_kept(void **state)
{
    static const struct {
        const char *words, *told;
    } rows[] = {
        {"ImagePullBackOff: Back-off pulling image", "ImagePullBackOff: Back-off pulling image"},
        {"ErrImagePull: i/o timeout", "ErrImagePull: i/o timeout"},
        {"ImagePullBackOff: Back-off pulling image", "ErrImagePull: i/o timeout"},
        {"pulling image", "pulling image"},
        {"ErrImagePull: not found", "ErrImagePull: not found"},
        {"ImagePullBackOff: Back-off pulling image", "ErrImagePull: not found"},
    };
    struct wva_pull_failure last = {0};
    (void)state;
    for (size_t i = 0; i < WVA_COUNT(rows); i++) {
        struct wva_pod_state seen = {.words = rows[i].words};
        wva_pull_failure_recall(&last, &seen);
        check_str(seen.words, rows[i].told);
    }
}

static void the_last_lines_of_a_log(void **state)
{
    static const struct {
        const char *log, *last;
    } rows[] = {
        {"", ""},
        {"\n one\ntwo\n\n", "one\ntwo"},
        {"0123456789\nhere\n\x1b[1m!\n", "here\n?[1m!"},
        {"one\n0123456789abcdef", "456789abcdef"}, /* no line starts within */
    };
    (void)state;
    for (size_t i = 0; i < WVA_COUNT(rows); i++) {
        wva_auto_arena arena = {0};
        check_str(wva_last_lines(&arena, rows[i].log, strlen(rows[i].log), 12), rows[i].last);
    }
}

static void a_restart_that_became_ready_is_no_crash(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_pod_state result =
        diagnose(&arena, "status: {containerStatuses: [{name: guidellm, ready: true, "
                         "restartCount: 1, state: {running: {}}}]}");
    check_int(result.outlook, WVA_OUTLOOK_READY);
    check_int(result.restarts, 1);
    check(!result.crashed);
}

/* A server's text may hold anything; words go to a terminal. */
static void words_are_safe_and_short(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    char pod[4096];
    char filler[901];
    memset(filler, 'x', 900);
    filler[900] = '\0';
    snprintf(pod, sizeof(pod),
             POD("state: {waiting: {reason: ErrImagePull, message: \"\\e[31mred\\n%s\"}}"), filler);
    struct wva_pod_state result = diagnose(&arena, pod);
    check_int(strncmp(result.words, "ErrImagePull: ?[31mred?xxx", 26), 0);
    check(strlen(result.words) < 450);
}

static void objects_of_another_shape_are_survived(void **state)
{
    static const char *const pods[] = {
        "status: []",
        "status: {containerStatuses: {}}",
        "status: {containerStatuses: [1, null, {name: 2}]}",
        "status: {conditions: [1, {type: PodScheduled}]}",
        "[]",
    };
    (void)state;
    for (size_t i = 0; i < WVA_COUNT(pods); i++) {
        wva_auto_arena arena = {0};
        struct wva_pod_state result = diagnose(&arena, pods[i]);
        check_int(result.outlook, WVA_OUTLOOK_GOING);
        check_str(result.words, "scheduling");
    }
}

static void failures_to_create_pods(void **state)
{
    (void)state;
    check_int(wva_create_failure_outlook(
                  "Error creating: pods \"j-x\" is forbidden: exceeded quota: q, requested: "
                  "requests.cpu=100m, used: requests.cpu=1, limited: requests.cpu=1"),
              WVA_OUTLOOK_STUCK);
    check_int(wva_create_failure_outlook(
                  "Error creating: pods \"j-x\" is forbidden: violates PodSecurity "
                  "\"restricted:latest\": allowPrivilegeEscalation != false"),
              WVA_OUTLOOK_HOPELESS);
    check_int(wva_create_failure_outlook(
                  "pods \"d-x\" is forbidden: error looking up service account bench/default: "
                  "serviceaccount \"default\" not found"),
              WVA_OUTLOOK_STUCK);
    check_int(wva_create_failure_outlook("admission webhook \"policy.example\" denied the request: "
                                         "no"),
              WVA_OUTLOOK_HOPELESS);
    check_int(wva_create_failure_outlook(NULL), WVA_OUTLOOK_STUCK);
}

static void words_for_failures_to_create_pods(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    check_str(wva_create_failure_words(&arena, "Error creating: pods \"j-x\" is forbidden: "
                                               "exceeded quota: q, \033requested: pods=1"),
              "pod refused: exceeded quota: q, ?requested: pods=1");
    check_str(wva_create_failure_words(&arena, "Internal error occurred: failed calling webhook"),
              "Internal error occurred: failed calling webhook");
    check_str(wva_create_failure_words(&arena, NULL), "no pod can be created");
}

static void conditions_by_type_and_status(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_value *job = document_of(
        &arena, "status: {conditions: [{type: Failed, status: 'False'}, {type: FailureTarget, "
                "status: 'True', reason: DeadlineExceeded}]}");
    check_str(wva_get_str(wva_condition(job, "FailureTarget", "True"), "reason"),
              "DeadlineExceeded");
    check(wva_condition(job, "Failed", "True") == NULL);
    check(wva_condition(job, "Failed", "False") != NULL);
    check(wva_condition(NULL, "Failed", "True") == NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WVA_TEST(images_that_will_not_come),
        WVA_TEST(images_that_may_come),
        WVA_TEST(containers_that_will_not_start),
        WVA_TEST(pods_without_a_node),
        WVA_TEST(pods_on_their_way),
        WVA_TEST(evicted_pods),
        WVA_TEST(containers_that_ended),
        WVA_TEST(crashes),
        WVA_TEST(the_cause_of_a_pull_that_failed_is_kept),
        WVA_TEST(the_last_lines_of_a_log),
        WVA_TEST(a_restart_that_became_ready_is_no_crash),
        WVA_TEST(words_are_safe_and_short),
        WVA_TEST(objects_of_another_shape_are_survived),
        WVA_TEST(failures_to_create_pods),
        WVA_TEST(words_for_failures_to_create_pods),
        WVA_TEST(conditions_by_type_and_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
