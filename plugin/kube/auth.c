// SPDX-License-Identifier: Apache-2.0
/*
 * What to send now. Static credentials are handed on as they are; a token file is read again once a
 * minute (bound service account tokens rotate); a plugin's answer is kept until shortly before
 * it expires. After a 401 the last two are had anew, once each time the client asks.
 */
#include "auth_priv.h"

#include "wva/util/clock.h"
#include "wva/util/fs.h"
#include "wva/util/mem.h"

#define TOKEN_FILE_MAX    ((size_t)1 << 20)
#define TOKEN_FILE_AGE_MS 60000 /* client-go's period */
#define EXPIRY_MARGIN_MS  10000 /* a request takes a while to arrive */

struct wva_kube_auth {
    const struct wva_kube_config *config;
    const struct wva_env *env;
    bool stdin_is_terminal;

    bool have; /* one of these is filled and not to be had anew */
    struct wva_secret file_token;
    int64_t file_read_ms;
    struct wva_exec_credential plugin;
};

struct wva_kube_auth *wva_kube_auth_new(const struct wva_kube_config *config,
                                        const struct wva_env *env, bool stdin_is_terminal)
{
    struct wva_kube_auth *auth = wva_xcalloc(1, sizeof(*auth));

    auth->config = config;
    auth->env = env;
    auth->stdin_is_terminal = stdin_is_terminal;
    return auth;
}

static void forget(struct wva_kube_auth *auth)
{
    auth->have = false;
    wva_secret_done(&auth->file_token);
    wva_exec_credential_done(&auth->plugin);
}

void wva_kube_auth_free(struct wva_kube_auth *auth)
{
    if (auth == NULL)
        return;

    forget(auth);
    wva_free_ptr(&auth);
}

/* The clock may be set back; then what we have is of unknown age. */
static bool file_is_fresh(const struct wva_kube_auth *auth, int64_t now_ms)
{
    return auth->have && now_ms >= auth->file_read_ms &&
           now_ms - auth->file_read_ms < TOKEN_FILE_AGE_MS;
}

static int read_token(const char *path, struct wva_secret *ret, struct wva_error *err)
{
    if (wva_fs_read_secret(path, TOKEN_FILE_MAX, ret, err) < 0) {
        err->code = WVA_E_AUTH;
        return wva_error_wrap(err, "cannot read the token file");
    }

    wva_secret_trim(ret);
    if (wva_secret_empty(ret))
        return wva_error_set(err, WVA_E_AUTH, "cannot use the token file %s: it is empty", path);
    return 0;
}

/* A file that cannot be read now leaves the token we had (it may be in the middle of its rotation)
 * or the one written beside it in the kubeconfig, as in client-go. */
static int get_from_file(struct wva_kube_auth *auth, int64_t now_ms, struct wva_error *err)
{
    wva_auto_secret token = {0};
    struct wva_error failure = {0};

    if (file_is_fresh(auth, now_ms))
        return 0;
    if (read_token(auth->config->token_file, &token, &failure) < 0) {
        bool other =
            !wva_secret_empty(&auth->file_token) || !wva_secret_empty(&auth->config->token);
        if (!other)
            *err = failure;
        return other ? 0 : -1;
    }

    wva_secret_set(&auth->file_token, token.data, token.len);
    auth->have = true;
    auth->file_read_ms = now_ms;
    return 0;
}

static bool plugin_is_fresh(const struct wva_kube_auth *auth, int64_t now_ms)
{
    return auth->have && now_ms < auth->plugin.expires_ms - EXPIRY_MARGIN_MS;
}

/* An answer that has expired already is still sent once: our clock may be the one that is wrong. */
static int get_from_plugin(struct wva_kube_auth *auth, int64_t now_ms, struct wva_error *err)
{
    struct wva_exec_credential credential = {0};

    if (plugin_is_fresh(auth, now_ms))
        return 0;
    if (wva_exec_credential_run(auth->config, auth->env, auth->stdin_is_terminal, &credential,
                                err) < 0)
        return -1;

    forget(auth);
    auth->plugin = credential;
    auth->have = true;
    return 0;
}

static const struct wva_secret *or_null(const struct wva_secret *secret)
{
    return wva_secret_empty(secret) ? NULL : secret;
}

static const struct wva_secret *first_of(const struct wva_secret *a, const struct wva_secret *b)
{
    return wva_secret_empty(a) ? or_null(b) : a;
}

/* A line break in it would write headers of its own. */
static int check_token(const struct wva_secret *token, struct wva_error *err)
{
    for (size_t i = 0; token != NULL && i < token->len; i++) {
        unsigned char c = (unsigned char)token->data[i];
        if (c <= ' ' || c >= 0x7f)
            return wva_error_set(err, WVA_E_AUTH,
                                 "cannot use the bearer token: byte %zu has no place in a header",
                                 i);
    }
    return 0;
}

int wva_kube_auth_get_at(struct wva_kube_auth *auth, int64_t now_ms,
                         struct wva_http_credentials *ret, struct wva_error *err)
{
    const struct wva_kube_config *config = auth->config;

    if (config->token_file != NULL && get_from_file(auth, now_ms, err) < 0)
        return -1;
    if (config->exec != NULL && get_from_plugin(auth, now_ms, err) < 0)
        return -1;

    const struct wva_secret *had = config->exec ? &auth->plugin.token : &auth->file_token;
    const struct wva_secret *bearer = first_of(had, &config->token);
    if (check_token(bearer, err) < 0)
        return -1;

    *ret = (struct wva_http_credentials){
        .bearer = bearer,
        .basic = or_null(&config->basic),
        .client_cert = first_of(&auth->plugin.client_cert, &config->client_cert),
        .client_key = first_of(&auth->plugin.client_key, &config->client_key),
    };
    return 0;
}

int wva_kube_auth_get(struct wva_kube_auth *auth, struct wva_http_credentials *ret,
                      struct wva_error *err)
{
    return wva_kube_auth_get_at(auth, wva_clock_unix_ms(), ret, err);
}

bool wva_kube_auth_refresh(struct wva_kube_auth *auth)
{
    bool renewable = auth->config->exec != NULL || auth->config->token_file != NULL;

    if (renewable)
        auth->have = false;
    return renewable;
}
