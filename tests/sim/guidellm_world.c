// SPDX-License-Identifier: Apache-2.0
// The world file, and the ledger in which doubles note what they did to each service.

#include "guidellm.h"

#include "wva/codec/json.h"
#include "wva/util/fs.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <stdlib.h>
#include <string.h>

#define WORLD_MAX  ((size_t)8 << 20)
#define LEDGER_MAX ((size_t)64 << 20)

enum gl_generation gl_generation_of(struct gl_release release)
{
    if (release.minor <= 3)
        return GL_R1;
    return release.minor <= 6 ? GL_R2 : GL_R3;
}

int gl_release_parse(struct wva_arena *arena, const char *text, struct gl_release *ret)
{
    size_t count = 0;
    int64_t minor = 0, patch = 0;
    char **parts = wva_str_split(arena, text[0] == 'v' ? text + 1 : text, '.', &count);
    if (count != 3 || strcmp(parts[0], "0") != 0 ||
        wva_parse_i64(parts[1], strlen(parts[1]), &minor) < 0 ||
        wva_parse_i64(parts[2], strlen(parts[2]), &patch) < 0 || minor < 3)
        return -1;
    *ret = (struct gl_release){(int)minor, (int)patch,
                               wva_arena_strdup(arena, text[0] == 'v' ? text + 1 : text)};
    return 0;
}

static double number_at(const struct wva_value *root, const char *a, const char *b, double fallback)
{
    double number = fallback;
    const struct wva_value *value = b != NULL ? wva_get(root, a, b) : wva_get(root, a);
    return wva_value_double(value, &number) ? number : fallback;
}

static void read_services(struct wva_arena *arena, const struct wva_value *list,
                          struct gl_world *world)
{
    world->service_count = list != NULL ? list->count : 0;
    world->services = wva_arena_calloc(arena, world->service_count + 1, sizeof(*world->services));
    for (size_t i = 0; i < world->service_count; i++) {
        const struct wva_value *value = list->items[i];
        world->services[i] = (struct gl_service){
            .namespace_ = wva_get_str(value, "namespace"),
            .name = wva_get_str(value, "name"),
            .address = wva_get_str(value, "address"),
            .ports = wva_get(value, "ports"),
            .served = wva_get(value, "served"),
            .model = wva_get_str(value, "model"),
            .max_num_seqs = (int64_t)number_at(value, "maxNumSeqs", NULL, 256),
            .ready = (int64_t)number_at(value, "ready", NULL, 0),
            .prefix_caching = wva_value_bool(wva_get(value, "prefixCaching"), true),
        };
    }
}

/* A fault's number; 1 for those set without one, GL_NONE for those not set. */
static double fault(const struct wva_value *faults, const char *name)
{
    const struct wva_value *value = wva_get(faults, name);
    double number = GL_NONE;
    if (value != NULL && value->kind == WVA_BOOL)
        return 1;
    return wva_value_double(value, &number) ? number : GL_NONE;
}

static void read_faults(const struct wva_value *faults, struct gl_faults *ret)
{
    ret->fail = fault(faults, "guidellm-fail");
    ret->errors = fault(faults, "guidellm-errors");
    ret->hang = fault(faults, "guidellm-hang");
    ret->low_concurrency = fault(faults, "low-concurrency");
    ret->zero_ttft = fault(faults, "zero-ttft");
    ret->no_output = fault(faults, "no-output");
    ret->nan = fault(faults, "nan");
    ret->overhead_ms = fault(faults, "client-overhead");
}

int gl_world_read(struct wva_arena *arena, const char *path, struct gl_world *ret,
                  struct gl_release *release, struct wva_error *err)
{
    char *text = NULL;
    size_t len = 0;
    struct wva_value *world = NULL;
    struct wva_json_options json = {.name = path};
    if (wva_fs_read(path, WORLD_MAX, arena, &text, &len, err) < 0 ||
        wva_json_parse(arena, text, len, &json, &world, err) < 0)
        return -1;
    const char *text_release = wva_get_str(world, "release");
    if (text_release != NULL && gl_release_parse(arena, text_release, release) < 0)
        return wva_error_set(err, WVA_E_INPUT, "no release \"%s\" is known", text_release);
    *ret = (struct gl_world){
        .namespace_ = wva_get_str(world, "namespace"),
        .speed = number_at(world, "speed", NULL, 1),
        .truth = {number_at(world, "truth", "alpha", 7), number_at(world, "truth", "beta", 0.03),
                  number_at(world, "truth", "gamma", 15), number_at(world, "truth", "delta", 0.001),
                  number_at(world, "truth", "noise", 0),
                  (int64_t)number_at(world, "truth", "seed", 1)},
        .ledger = wva_get_str(world, "ledger"),
    };
    read_services(arena, wva_get(world, "services"), ret);
    read_faults(wva_get(world, "faults"), &ret->faults);
    return 0;
}

/* Is `host` a name of the service, seen from the world's namespace? */
static bool names(const struct gl_world *world, const struct gl_service *service, const char *host)
{
    wva_auto_arena arena = {0};
    static const char *const suffixes[] = {"", ".svc", ".svc.cluster.local"};
    if (service->address != NULL && strcmp(service->address, host) == 0)
        return true;
    if (strcmp(service->name, host) == 0 && wva_str_eq(service->namespace_, world->namespace_))
        return true;
    for (size_t i = 0; i < WVA_COUNT(suffixes); i++)
        if (strcmp(wva_arena_printf(&arena, "%s.%s%s", service->name, service->namespace_,
                                    suffixes[i]),
                   host) == 0)
            return true;
    return false;
}

static bool has_port(const struct gl_service *service, int64_t port)
{
    for (size_t i = 0; service->ports != NULL && i < service->ports->count; i++) {
        int64_t number = 0;
        if (wva_value_i64(service->ports->items[i], &number) && number == port)
            return true;
    }
    return false;
}

const struct gl_service *gl_world_find(const struct gl_world *world, const char *target)
{
    wva_auto_arena arena = {0};
    const char *host = strstr(target, "://");
    if (host == NULL || strncmp(target, "http://", 7) != 0)
        return NULL;
    host += 3;
    size_t len = strcspn(host, ":/");
    char *name = wva_arena_strndup(&arena, host, len);
    int64_t port = host[len] == ':' ? strtoll(host + len + 1, NULL, 10) : 80;
    for (size_t i = 0; i < world->service_count; i++)
        if (names(world, &world->services[i], name) && has_port(&world->services[i], port))
            return world->services[i].ready > 0 && world->services[i].model != NULL
                       ? &world->services[i]
                       : NULL;
    return NULL;
}

bool gl_ledger_seed_seen(struct wva_arena *arena, const struct gl_world *world,
                         const struct gl_service *service, int64_t seed)
{
    char *text = NULL;
    size_t len = 0, count = 0;
    struct wva_error err = {0};
    if (world->ledger == NULL ||
        wva_fs_read(world->ledger, LEDGER_MAX, arena, &text, &len, &err) < 0)
        return false;
    char *mark = wva_arena_printf(arena, "\"service\":\"%s\",\"namespace\":\"%s\",\"seed\":%lld,",
                                  service->name, service->namespace_, (long long)seed);
    char **lines = wva_str_split(arena, text, '\n', &count);
    for (size_t i = 0; i < count; i++)
        if (strstr(lines[i], mark) != NULL)
            return true;
    return false;
}

void gl_ledger_add(struct wva_arena *arena, const struct gl_world *world,
                   const struct gl_service *service, int64_t running,
                   const struct gl_benchmark *benchmark, int64_t seed)
{
    if (world->ledger == NULL)
        return;
    double ttft = 0, itl = 0;
    int64_t ttft_count = 0, itl_count = 0, prompt = 0, output = 0, requests = 0;
    for (size_t i = 0; benchmark != NULL && i < benchmark->count; i++) {
        const struct gl_request *request = &benchmark->requests[i];
        if (request->status == GL_ERRORED || isnan(request->first_token))
            continue;
        ttft += request->first_token - request->start;
        ttft_count++;
        itl += request->last_token - request->first_token;
        itl_count += request->output_tokens > 0 ? request->output_tokens - 1 : 0;
        prompt += request->prompt_tokens;
        output += request->output_tokens;
        requests += request->status == GL_SUCCESSFUL;
    }
    char *line = wva_arena_printf(
        arena,
        "{\"service\":\"%s\",\"namespace\":\"%s\",\"seed\":%lld,\"running\":%lld,\"ttft_sum\":%."
        "17g,"
        "\"ttft_count\":%lld,\"itl_sum\":%.17g,\"itl_count\":%lld,\"prompt_tokens\":%lld,"
        "\"output_tokens\":%lld,\"requests\":%lld}\n",
        service->name, service->namespace_, (long long)seed, (long long)running, ttft,
        (long long)ttft_count, itl, (long long)itl_count, (long long)prompt, (long long)output,
        (long long)requests);
    FILE *file = fopen(world->ledger, "a");
    if (file == NULL)
        return;
    (void)fputs(line, file);
    (void)fclose(file);
}
