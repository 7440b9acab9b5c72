// SPDX-License-Identifier: Apache-2.0
// Pulling images: time, pull policies, and every way it fails, in containerd's and kubelet's words.
// An image whose name contains "missing" or "denied" fails without a fault being set.

#include "kubelet.h"

#include "wva/util/str.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define PULL_MS           (4 * SIM_SECOND)
#define PULL_REFUSED_MS   300               /* a registry that answers */
#define PULL_TIMEOUT_MS   (10 * SIM_SECOND) /* a resolver that does not */
#define PULL_SLOW_SECONDS 120.0
#define TO_BACKOFF_MS     (2 * SIM_SECOND)
#define BACKOFF_FIRST_MS  (10 * SIM_SECOND)
#define BACKOFF_MAX_MS    (300 * SIM_SECOND)

/* Images that nodes have. */
struct sim_image {
    struct sim_image *next;
    char *node;
    char *name;
};

static bool present(const struct sim *sim, const char *node, const char *name)
{
    for (const struct sim_image *image = sim->workload->images; image != NULL; image = image->next)
        if (strcmp(image->node, node) == 0 && strcmp(image->name, name) == 0)
            return true;
    return false;
}

static void remember(struct sim *sim, const char *node, const char *name)
{
    if (present(sim, node, name))
        return;
    struct sim_image *image = wva_xcalloc(1, sizeof(*image));
    image->node = wva_xstrdup(node);
    image->name = wva_xstrdup(name);
    image->next = sim->workload->images;
    sim->workload->images = image;
}

void sim_images_free(struct sim *sim)
{
    struct sim_image *next;
    for (struct sim_image *image = sim->workload->images; image != NULL; image = next) {
        next = image->next;
        free(image->node);
        free(image->name);
        free(image);
    }
    sim->workload->images = NULL;
}

/* The tag with its colon, "" without one. */
static const char *tag_of(const char *image)
{
    const char *slash = strrchr(image, '/');
    const char *colon = strchr(slash != NULL ? slash : image, ':');
    return colon != NULL ? colon : "";
}

static const char *policy_of(const struct sim_container *container)
{
    const char *policy = wva_get_str(container->spec, "imagePullPolicy");
    if (policy != NULL)
        return policy;
    const char *tag = tag_of(container->image);
    return tag[0] == '\0' || strcmp(tag, ":latest") == 0 ? "Always" : "IfNotPresent";
}

static bool name_valid(const char *image)
{
    size_t name = strlen(image) - strlen(tag_of(image));
    if (name == 0)
        return false;
    for (size_t i = 0; image[i] != '\0'; i++) {
        unsigned char c = (unsigned char)image[i];
        if (isspace(c) || (i < name && isupper(c)) || strchr("{}$<>", c) != NULL)
            return false;
    }
    return true;
}

/* "ghcr.io" of "ghcr.io/a/b:c"; docker.io's registry for names without a host. */
static char *host_of(struct wva_arena *arena, const char *image)
{
    const char *slash = strchr(image, '/');
    if (slash == NULL || memchr(image, '.', (size_t)(slash - image)) == NULL)
        return wva_arena_strdup(arena, "registry-1.docker.io");
    return wva_arena_strndup(arena, image, (size_t)(slash - image));
}

struct failure {
    const char *fault;
    const char *part; /* of an image's name, or NULL */
    int64_t after_ms;
};

static const struct failure failures[] = {
    {"pull-not-found", "missing", PULL_REFUSED_MS},
    {"pull-denied", "denied", PULL_REFUSED_MS},
    {"pull-timeout", NULL, PULL_TIMEOUT_MS},
};

static const struct failure *failure_of(struct sim *sim, const struct sim_pod_run *run,
                                        const char *image)
{
    for (size_t i = 0; i < WVA_COUNT(failures); i++) {
        bool named = failures[i].part != NULL && strstr(image, failures[i].part) != NULL;
        if (named || sim_fault_active(sim, failures[i].fault, image) ||
            sim_fault_active(sim, failures[i].fault, run->name))
            return &failures[i];
    }
    return NULL;
}

static char *failure_text(struct wva_arena *arena, const struct failure *failure, const char *image)
{
    char *start = wva_arena_printf(arena,
                                   "failed to pull and unpack image \"%s\": failed to resolve "
                                   "reference \"%s\"",
                                   image, image);
    const char *tag = tag_of(image)[0] == ':' ? tag_of(image) + 1 : "latest";
    if (failure == &failures[0])
        return wva_arena_printf(arena, "rpc error: code = NotFound desc = %s: %s: not found", start,
                                image);
    if (failure == &failures[1])
        return wva_arena_printf(arena,
                                "rpc error: code = Unknown desc = %s: pulling from host %s failed "
                                "with status code [manifests %s]: 401 Unauthorized",
                                start, host_of(arena, image), tag);
    return wva_arena_printf(arena,
                            "rpc error: code = Unknown desc = %s: failed to do request: Head "
                            "\"https://%s/v2/%.*s/manifests/%s\": dial tcp: lookup %s: i/o timeout",
                            start, host_of(arena, image),
                            (int)(strlen(image) - strlen(tag_of(image))), image, tag,
                            host_of(arena, image));
}

static void wait_for(struct sim_container *container, enum sim_stage stage, const char *reason,
                     const char *message)
{
    container->stage = stage;
    container->waiting_reason = reason;
    container->waiting_message = message;
}

static void give_up(struct sim *sim, struct sim_pod_run *run, struct sim_container *container,
                    const struct wva_value *pod, const char *reason, const char *event_reason,
                    const char *message)
{
    wait_for(container, SIM_STAGE_HOPELESS, reason, message);
    container->due = SIM_NEVER;
    sim_event(sim, pod, "Warning", event_reason, message);
    sim_event(sim, pod, "Warning", "Failed", wva_arena_printf(&run->arena, "Error: %s", reason));
}

static void begin_pull(struct sim *sim, struct sim_pod_run *run, struct sim_container *container,
                       const struct wva_value *pod)
{
    double slow = PULL_SLOW_SECONDS;
    const struct failure *failure = failure_of(sim, run, container->image);
    container->stage = SIM_STAGE_PULLING;
    container->pull_started = sim_clock(sim);
    container->pull_fails = failure != NULL;
    container->pull_words =
        failure != NULL ? failure_text(&run->arena, failure, container->image) : NULL;
    int64_t length = failure != NULL ? failure->after_ms : PULL_MS;
    if (failure == NULL && present(sim, run->node, container->image))
        length = PULL_REFUSED_MS; /* policy Always: only the manifest is asked for */
    if (failure == NULL && sim_fault_number(sim, "pull-slow", container->image, &slow))
        length = (int64_t)(slow * SIM_SECOND);
    container->due = container->pull_started + length;
    sim_event(sim, pod, "Normal", "Pulling",
              wva_arena_printf(&run->arena, "Pulling image \"%s\"", container->image));
}

static void end_pull(struct sim *sim, struct sim_pod_run *run, struct sim_container *container,
                     const struct wva_value *pod)
{
    struct wva_arena *arena = &run->arena;
    if (!container->pull_fails) {
        double seconds = (double)(sim_clock(sim) - container->pull_started) / SIM_SECOND;
        remember(sim, run->node, container->image);
        sim_event(sim, pod, "Normal", "Pulled",
                  wva_arena_printf(arena,
                                   "Successfully pulled image \"%s\" in %.3gs (%.3gs including "
                                   "waiting). Image size: 224395264 bytes.",
                                   container->image, seconds, seconds));
        return;
    }
    wait_for(container, SIM_STAGE_PULL_FAILED, "ErrImagePull", container->pull_words);
    container->pull_failed = sim_clock(sim);
    container->pull_backoff =
        container->pull_backoff == 0 ? BACKOFF_FIRST_MS : 2 * container->pull_backoff;
    if (container->pull_backoff > BACKOFF_MAX_MS)
        container->pull_backoff = BACKOFF_MAX_MS;
    container->due = container->pull_failed + TO_BACKOFF_MS;
    sim_event(sim, pod, "Warning", "Failed",
              wva_arena_printf(arena, "Failed to pull image \"%s\": %s", container->image,
                               container->pull_words));
    sim_event(sim, pod, "Warning", "Failed", "Error: ErrImagePull");
}

static void back_off(struct sim *sim, struct sim_pod_run *run, struct sim_container *container,
                     const struct wva_value *pod)
{
    char *words = wva_arena_printf(&run->arena, "Back-off pulling image \"%s\"", container->image);
    wait_for(container, SIM_STAGE_PULL_BACKOFF, "ImagePullBackOff",
             wva_arena_printf(&run->arena, "%s: ErrImagePull: %s", words, container->pull_words));
    container->due = container->pull_failed + container->pull_backoff;
    sim_event(sim, pod, "Normal", "BackOff", words);
    sim_event(sim, pod, "Warning", "Failed", "Error: ImagePullBackOff");
}

/* First look at an image. True when no pull is needed. */
static bool first_look(struct sim *sim, struct sim_pod_run *run, struct sim_container *container,
                       const struct wva_value *pod)
{
    struct wva_arena *arena = &run->arena;
    const char *policy = policy_of(container);
    bool there = present(sim, run->node, container->image);
    if (!name_valid(container->image) || sim_fault_active(sim, "bad-image-name", run->name)) {
        give_up(sim, run, container, pod, "InvalidImageName", "InspectFailed",
                wva_arena_printf(arena,
                                 "Failed to apply default image tag \"%s\": couldn't parse image "
                                 "name \"%s\": invalid reference format",
                                 container->image, container->image));
        return false;
    }
    if (strcmp(policy, "Never") == 0 && !there) {
        give_up(sim, run, container, pod, "ErrImageNeverPull", "ErrImageNeverPull",
                wva_arena_printf(arena,
                                 "Container image \"%s\" is not present with pull policy of Never",
                                 container->image));
        return false;
    }
    if (there && strcmp(policy, "Always") != 0) {
        sim_event(sim, pod, "Normal", "Pulled",
                  wva_arena_printf(arena,
                                   "Container image \"%s\" already present on machine and can be "
                                   "accessed by the pod",
                                   container->image));
        return true;
    }
    begin_pull(sim, run, container, pod);
    return false;
}

bool sim_image_advance(struct sim *sim, struct sim_pod_run *run, struct sim_container *container,
                       const struct wva_value *pod)
{
    bool is_due = sim_clock(sim) >= container->due;
    bool there = false;
    if (container->stage == SIM_STAGE_NEW) {
        there = first_look(sim, run, container, pod);
    } else if (container->stage == SIM_STAGE_PULLING && is_due) {
        end_pull(sim, run, container, pod);
        there = !container->pull_fails;
    } else if (container->stage == SIM_STAGE_PULL_FAILED && is_due) {
        back_off(sim, run, container, pod);
    } else if (container->stage == SIM_STAGE_PULL_BACKOFF && is_due) {
        begin_pull(sim, run, container, pod);
    }
    if (!there)
        sim_due(sim, container->due);
    return there;
}
