// SPDX-License-Identifier: Apache-2.0
// vLLM under load, as a discrete-event simulation. A request in service decodes one token every
// alpha + beta * batch milliseconds, its first token comes gamma + delta * prompt * batch after it
// is admitted, batch being the requests in service; what exceeds max_num_seqs waits. All requests
// decode at the same pace, so one virtual clock (tokens decoded by a request that was always there)
// orders their ends however the batch changes meanwhile.

#include "guidellm.h"

#include <stdlib.h>
#include <string.h>

#define SECONDS       1e-3  /* of a millisecond */
#define BURST_STRETCH 1.0   /* last first token of a burst: twice the usual time */
#define CACHED_TTFT   0.25  /* prefix cache: what is left of the prefill */
#define ERROR_SECONDS 0.004 /* an HTTP 500 comes quickly */
#define CHAT_TOKENS   36    /* a chat template's */
#define OLD_LEAD      5     /* seconds before the first request at which 0.3's warm-up begins */
#define ERRORS_MAX    4000
#define REQUESTS_MAX  400000

enum phase { WAITING, PREFILL, DECODE };

struct flight {
    struct gl_request request;
    enum phase phase;
    double due;       /* PREFILL: time of the first token; errored: of the answer */
    double clock_due; /* DECODE: virtual clock of the last token */
    bool fails;
};

struct model {
    const struct gl_situation *situation;
    const struct gl_load *load;
    struct wva_arena *arena;
    struct gl_benchmark *out;
    size_t cap;
    struct flight *flights;
    size_t flight_count, flight_cap;
    double now, clock; /* seconds; tokens */
    double deadline;
    double next_arrival; /* open loop */
    int64_t started, streams;
    size_t failures;
    uint64_t random;
    bool first_wave;
};

/* xorshift64*; good enough for noise and the same on every machine. */
static double uniform(struct model *model)
{
    uint64_t x = model->random;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    model->random = x;
    return (double)((x * 0x2545F4914F6CDD1DULL) >> 11) / 9007199254740992.0;
}

static double gauss(struct model *model)
{
    double u = uniform(model), v = uniform(model);
    return sqrt(-2 * log(u > 0 ? u : 1e-12)) * cos(2 * M_PI * v);
}

/* A factor around 1 with the truth's relative standard deviation, never far out. */
static double noise(struct model *model)
{
    double factor = 1 + model->situation->world->truth.noise * gauss(model);
    return factor > 0.1 ? factor : 0.1;
}

static size_t in_service(const struct model *model)
{
    size_t count = 0;
    for (size_t i = 0; i < model->flight_count; i++)
        count += model->flights[i].phase != WAITING && !model->flights[i].fails;
    return count;
}

static double token_seconds(const struct model *model)
{
    const struct gl_truth *truth = &model->situation->world->truth;
    return (truth->alpha + truth->beta * (double)in_service(model)) * SECONDS;
}

static void start_request(struct model *model)
{
    const struct gl_args *args = model->situation->args;
    if (model->flight_count == model->flight_cap) {
        model->flight_cap = model->flight_cap == 0 ? 64 : 2 * model->flight_cap;
        model->flights = wva_xrealloc(model->flights, model->flight_cap * sizeof(*model->flights));
    }
    double errors = model->situation->world->faults.errors;
    struct flight *flight = &model->flights[model->flight_count++];
    *flight = (struct flight){
        .request = {.start = model->now,
                    .first_token = GL_NONE,
                    .last_token = GL_NONE,
                    .end = GL_NONE,
                    .prompt_tokens = args->prompt_tokens + (args->chat ? CHAT_TOKENS : 1)},
        .phase = WAITING,
    };
    flight->fails = !isnan(errors) && uniform(model) < errors;
    if (flight->fails)
        flight->due = model->now + ERROR_SECONDS * (1 + uniform(model));
    model->started++;
}

/* Admits what waits while there are slots; returns how many, and how many are in service then. */
static size_t take_slots(struct model *model, size_t *ret_used)
{
    size_t slots = (size_t)model->situation->service->max_num_seqs;
    size_t used = in_service(model), fresh = 0;
    for (size_t i = 0; i < model->flight_count && used < slots; i++) {
        if (model->flights[i].phase != WAITING || model->flights[i].fails)
            continue;
        model->flights[i].phase = PREFILL;
        model->flights[i].due = GL_ENDLESS;
        used++;
        fresh++;
    }
    *ret_used = used;
    return fresh;
}

/* A first token's time depends on all that are admitted together. */
static void admit(struct model *model)
{
    const struct gl_truth *truth = &model->situation->world->truth;
    size_t used = 0, index = 0, fresh = take_slots(model, &used);
    bool burst = model->load->kind == GL_THROUGHPUT && model->first_wave;
    if (fresh == 0)
        return;
    for (size_t i = 0; i < model->flight_count; i++) {
        struct flight *flight = &model->flights[i];
        if (flight->phase != PREFILL || !isinf(flight->due))
            continue;
        double prompt = (double)flight->request.prompt_tokens;
        double ms = truth->gamma + truth->delta * prompt * (double)used;
        if (model->situation->prompts_seen)
            ms *= CACHED_TTFT;
        if (burst)
            ms *= 1 + BURST_STRETCH * (double)index++ / (double)fresh;
        flight->due = model->now + ms * noise(model) * SECONDS;
    }
    model->first_wave = false;
}

static void keep(struct model *model, const struct gl_request *request)
{
    struct gl_benchmark *out = model->out;
    if (out->count == model->cap) {
        model->cap = model->cap == 0 ? 256 : 2 * model->cap;
        out->requests = wva_xrealloc(out->requests, model->cap * sizeof(*out->requests));
    }
    out->requests[out->count++] = *request;
}

static void drop(struct model *model, size_t index)
{
    memmove(model->flights + index, model->flights + index + 1,
            (model->flight_count - index - 1) * sizeof(*model->flights));
    model->flight_count--;
}

static bool may_start(const struct model *model)
{
    int64_t most = model->situation->args->max_requests;
    return model->now < model->deadline && (most == 0 || model->started < most) &&
           model->out->count < REQUESTS_MAX;
}

/* A closed loop starts the next request when one ends. */
static void refill(struct model *model)
{
    if (model->load->kind == GL_CONSTANT || model->load->kind == GL_POISSON)
        return;
    while ((int64_t)model->flight_count < model->streams && may_start(model))
        start_request(model);
}

static void arrive(struct model *model)
{
    double gap = 1 / model->load->rate;
    if (model->load->kind == GL_POISSON)
        gap *= -log(1 - uniform(model));
    if ((int64_t)model->flight_count < model->situation->args->max_concurrency && may_start(model))
        start_request(model);
    model->next_arrival += gap;
}

/* When flight `i`'s next event is. */
static double event_of(const struct model *model, size_t i, double pace)
{
    const struct flight *flight = &model->flights[i];
    if (flight->fails)
        return flight->due;
    if (flight->phase == PREFILL)
        return flight->due;
    if (flight->phase == DECODE)
        return model->now + (flight->clock_due - model->clock) * pace;
    return GL_ENDLESS;
}

static void first_token(struct model *model, struct flight *flight)
{
    const struct gl_situation *situation = model->situation;
    double overhead =
        isnan(situation->world->faults.overhead_ms) ? 0 : situation->world->faults.overhead_ms;
    flight->request.first_token = model->now + overhead * SECONDS;
    flight->phase = DECODE;
    flight->request.output_tokens = situation->args->output_tokens;
    flight->clock_due = model->clock + (double)(situation->args->output_tokens - 1) * noise(model);
}

static void end_request(struct model *model, size_t index)
{
    struct flight *flight = &model->flights[index];
    flight->request.status = flight->fails ? GL_ERRORED : GL_SUCCESSFUL;
    flight->request.end = model->now;
    if (!flight->fails)
        flight->request.last_token = model->now;
    if (!isnan(model->situation->world->faults.no_output) && !flight->fails)
        flight->request.output_tokens = 0;
    if (!isnan(model->situation->world->faults.zero_ttft) && !flight->fails)
        flight->request.first_token = flight->request.start;
    keep(model, &flight->request);
    drop(model, index);
}

/* Requests in flight at the deadline: cut, with as many tokens as they got. */
static void cut(struct model *model, double pace)
{
    for (size_t i = 0; i < model->flight_count; i++) {
        struct flight *flight = &model->flights[i];
        flight->request.status = GL_INCOMPLETE;
        flight->request.end = model->now;
        if (flight->phase == DECODE) {
            double left = flight->clock_due - model->clock;
            int64_t got = flight->request.output_tokens - (int64_t)ceil(left);
            flight->request.output_tokens = got > 1 ? got : 1;
            flight->request.last_token = model->now - fmod(left, 1) * pace;
            if (flight->request.output_tokens == 1 ||
                flight->request.last_token < flight->request.first_token)
                flight->request.last_token = flight->request.first_token;
        }
        keep(model, &flight->request);
    }
    model->flight_count = 0;
}

struct event {
    double at;
    size_t flight; /* SIZE_MAX: a request arrives */
};

static struct event next_event(const struct model *model, double pace)
{
    struct event event = {may_start(model) ? model->next_arrival : GL_ENDLESS, SIZE_MAX};
    for (size_t i = 0; i < model->flight_count; i++) {
        double at = event_of(model, i, pace);
        if (at < event.at)
            event = (struct event){at, i};
    }
    return event;
}

static void advance(struct model *model, double to, double pace)
{
    model->clock += (to - model->now) / pace;
    model->now = to;
}

/* A first token, or the end of a request. */
static void progress(struct model *model, size_t index)
{
    struct flight *flight = &model->flights[index];
    bool prefilled = !flight->fails && flight->phase == PREFILL;
    if (prefilled)
        first_token(model, flight);
    if (prefilled && flight->request.output_tokens > 1)
        return;
    model->failures += flight->fails;
    end_request(model, index);
    if (model->failures >= ERRORS_MAX) /* enough of them; the real client would go on */
        model->deadline = model->now;
    refill(model);
}

static void simulate(struct model *model)
{
    bool open = model->load->kind == GL_CONSTANT || model->load->kind == GL_POISSON;
    model->next_arrival = open ? 0 : GL_ENDLESS;
    refill(model);
    for (;;) {
        admit(model);
        double pace = token_seconds(model);
        struct event event = next_event(model, pace);
        if (event.at > model->deadline || isinf(event.at)) {
            advance(model, isinf(model->deadline) ? model->now : model->deadline, pace);
            cut(model, pace);
            return;
        }
        advance(model, event.at, pace);
        if (event.flight == SIZE_MAX)
            arrive(model);
        else
            progress(model, event.flight);
    }
}

static double phase_seconds(struct gl_phase phase, double duration)
{
    if (!isnan(phase.percent))
        return phase.percent * duration;
    return isnan(phase.value) ? 0 : phase.value;
}

/* Does the release count the request? */
static bool counts(struct gl_release release, const struct gl_benchmark *benchmark,
                   const struct gl_request *request)
{
    bool whole = benchmark->window_start <= 0 && benchmark->window_end >= benchmark->duration;
    if (whole)
        return true;
    if (release.minor == 3) /* by its start, also in the concurrency */
        return request->start > benchmark->window_start && request->start <= benchmark->window_end;
    return request->end >= benchmark->window_start && request->start <= benchmark->window_end;
}

static void set_window(const struct gl_args *args, struct gl_release release,
                       struct gl_benchmark *benchmark)
{
    double duration = isnan(args->max_seconds) ? benchmark->duration : args->max_seconds;
    benchmark->window_start = phase_seconds(args->warmup, duration);
    if (release.minor == 3)
        benchmark->window_start = fmax(benchmark->window_start - OLD_LEAD, 0);
    benchmark->window_end = benchmark->duration;
    double cooldown = phase_seconds(args->cooldown, duration);
    if (cooldown > 0 && duration - cooldown < benchmark->window_end)
        benchmark->window_end = duration - cooldown;
    benchmark->measured = wva_xcalloc(benchmark->count + 1, sizeof(*benchmark->measured));
    for (size_t i = 0; i < benchmark->count; i++)
        if (counts(release, benchmark, &benchmark->requests[i]))
            benchmark->measured[benchmark->measured_count++] = benchmark->requests[i];
}

void gl_simulate(struct wva_arena *arena, const struct gl_situation *situation,
                 struct gl_release release, const struct gl_load *load, struct gl_benchmark *ret)
{
    const struct gl_args *args = situation->args;
    struct model model = {
        .situation = situation,
        .load = load,
        .arena = arena,
        .out = ret,
        .deadline = isnan(args->max_seconds) ? GL_ENDLESS : args->max_seconds,
        .streams = load->streams,
        .random = ((uint64_t)situation->world->truth.seed * 0x9E3779B97F4A7C15ULL) ^
                  ((uint64_t)args->seed * 0xBF58476D1CE4E5B9ULL) ^
                  ((uint64_t)load->streams * 0x94D049BB133111EBULL) ^ 0x1234567887654321ULL,
        .first_wave = true,
    };
    double low = situation->world->faults.low_concurrency;
    if (!isnan(low) && load->streams > 1) {
        double share = low < 1 ? low : 0.5;
        model.streams = (int64_t)ceil((double)load->streams * share);
    }
    *ret = (struct gl_benchmark){.load = *load};
    for (int i = 0; i < 8; i++)
        (void)uniform(&model); /* seeds that differ in few bits part only after a few rounds */
    simulate(&model);
    free(model.flights);
    ret->duration = model.now;
    set_window(args, release, ret);
}
