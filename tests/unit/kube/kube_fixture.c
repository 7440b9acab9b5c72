// SPDX-License-Identifier: Apache-2.0
#include "kube_fixture.h"

#include "support/wva_test.h"

static const char *no_environment(void *ctx, const char *name)
{
    (void)ctx;
    (void)name;
    return NULL;
}

static const char *const nothing[] = {NULL};
static const struct wva_env environment = {.get = no_environment, .all = nothing};

void kube_fixture_start(struct kube_fixture *f, const struct fakeapi_exchange *script, size_t count,
                        const struct fakeapi_tls *tls)
{
    *f = (struct kube_fixture){.api = fakeapi_start(script, count, tls)};
    f->config.server = fakeapi_url(f->api);
    f->config.namespace_ = "ns";
    f->messages = open_memstream(&f->text, &f->size);
}

void kube_fixture_connect(struct kube_fixture *f)
{
    const struct wva_kube_options options = {.messages = f->messages};

    check_ok(wva_kube_new(&f->config, &environment, &options, &f->kube, &f->err), &f->err);
    f->kube->pace = (struct wva_kube_pace){.retry_ms = 1,
                                           .backoff_ms = 2,
                                           .backoff_max_ms = 8,
                                           .healthy_ms = 60000,
                                           .short_ms = 60000};
}

const char *kube_fixture_messages(struct kube_fixture *f)
{
    (void)fflush(f->messages);
    return f->text;
}

void kube_fixture_stop(struct kube_fixture *f)
{
    wva_kube_free(f->kube);
    wva_arena_done(&f->arena);
    (void)fclose(f->messages);
    free(f->text);
    check_str(fakeapi_complaint(f->api), "");
    fakeapi_stop(f->api);
}
