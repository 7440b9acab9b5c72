// SPDX-License-Identifier: Apache-2.0
/* What -v prints, and that it prints no secret at any level. */
#include "support/fakeapi.h"
#include "support/wva_test.h"

#include "wva/http/http.h"
#include "wva/util/mem.h"

#include <ctype.h>
#include <stdio.h>

#define TOKEN "s3cr3t-t0ken"

/* Sends one POST with everything secret in it; returns the trace, with "N" for times and ports. */
static char *trace_of(int verbosity, const char *path, const char *body, const char *answer)
{
    const struct fakeapi_exchange script = {
        .method = "POST",
        .path = path,
        .reply = {.status = 201,
                  .headers = "Content-Type: application/json\r\nSet-Cookie: " TOKEN "\r\n",
                  .body = answer}};
    struct fakeapi *api = fakeapi_start(&script, 1, NULL);
    wva_auto_arena arena = {0};
    wva_auto_secret token = {0};
    struct wva_error err = {0};
    struct wva_http_response response;
    struct wva_http *http;
    char *text = NULL;
    size_t size = 0;
    FILE *trace = open_memstream(&text, &size);

    wva_secret_set(&token, TOKEN, strlen(TOKEN));
    const struct wva_http_profile profile = {.base_url = fakeapi_url(api),
                                             .verbosity = verbosity,
                                             .trace = trace,
                                             .user_agent = "kubectl-wva/test"};
    check_ok(wva_http_new(&profile, &http, &err), &err);
    check_ok(wva_http_perform(
                 http,
                 &(struct wva_http_request){
                     .method = "POST",
                     .path = path,
                     .headers = (const char *[]){"Cookie: " TOKEN, "Impersonate-User: " TOKEN,
                                                 "Impersonate-Extra-scopes: " TOKEN,
                                                 "Content-Type: application/json", NULL},
                     .credentials = &(struct wva_http_credentials){.bearer = &token},
                     .body = body,
                     .body_len = strlen(body)},
                 &arena, &response, &err),
             &err);
    wva_http_free(http);
    fakeapi_stop(api);
    (void)fclose(trace);
    check(strstr(text, TOKEN) == NULL);

    char *out = text;
    for (const char *in = text; *in != '\0'; in++) {
        const bool number = isdigit((unsigned char)*in) && in > text &&
                            (in[-1] == ':' || strncmp(in - 3, "in ", 3) == 0);
        *out++ = number ? 'N' : *in;
        while (number && isdigit((unsigned char)in[1]))
            in++;
    }
    *out = '\0';
    return text;
}

static void prints_nothing_below_six(void **state)
{
    wva_autofree char *text = trace_of(5, "/x", "{}", "{}");

    (void)state;
    check_str(text, "");
}

static void prints_a_line_a_request_at_six(void **state)
{
    wva_autofree char *text = trace_of(6, "/x?y=z", "{}", "{}");

    (void)state;
    check_str(text, "POST http://127.0.0.1:N/x?y=z 201 Created in N milliseconds\n");
}

static void prints_request_headers_at_seven(void **state)
{
    wva_autofree char *text = trace_of(7, "/x", "{}", "{}");

    (void)state;
    check_str(text, "POST http://127.0.0.1:N/x\n"
                    "Request Headers:\n"
                    "    Host: 127.0.0.1:N\n"
                    "    User-Agent: kubectl-wva/test\n"
                    "    Accept: */*\n"
                    "    Accept-Encoding: gzip\n"
                    "    Cookie: <masked>\n"
                    "    Impersonate-User: <masked>\n"
                    "    Impersonate-Extra-scopes: <masked>\n"
                    "    Content-Type: application/json\n"
                    "    Authorization: <masked>\n"
                    "    Content-Length: 2\n"
                    "POST http://127.0.0.1:N/x 201 Created in N milliseconds\n");
}

static void prints_bodies_cut_at_eight(void **state)
{
    char body[1031];
    memset(body, 'b', sizeof(body) - 1);
    body[sizeof(body) - 1] = '\0';
    wva_autofree char *text = trace_of(8, "/x", "{\"a\":true}", body);

    (void)state;
    check_has(text, "Request Body: {\"a\":true}\n");
    check_has(text, "Response Headers:\n    Content-Type: application/json\n"
                    "    Set-Cookie: <masked>\n    Content-Length: 1030\n");
    check_has(text, "bbb [truncated 6 bytes]\n");
}

static void prints_whole_bodies_from_nine(void **state)
{
    char body[1031];
    char wanted[1100];
    memset(body, 'b', sizeof(body) - 1);
    body[sizeof(body) - 1] = '\0';
    (void)snprintf(wanted, sizeof(wanted), "Response Body: %s\n", body);
    wva_autofree char *text = trace_of(9, "/x", "{}", body);

    (void)state;
    check_has(text, wanted);
}

static void masks_bodies_that_are_credentials(void **state)
{
    static const char *const paths[] = {
        "/api/v1/namespaces/n/secrets",
        "/api/v1/namespaces/n/secrets/hf",
        "/api/v1/namespaces/n/serviceaccounts/s/token",
        "/apis/authentication.k8s.io/v1/tokenreviews",
    };

    (void)state;
    for (size_t i = 0; i < WVA_COUNT(paths); i++) {
        wva_autofree char *text = trace_of(10, paths[i], "{\"data\":\"" TOKEN "\"}", TOKEN);
        check_has(text, "Request Body: <masked>\n");
        check_has(text, "Response Body: <masked>\n");
    }
}

static void lets_no_server_drive_the_terminal(void **state)
{
    wva_autofree char *text = trace_of(9, "/x", "{}", "a\033[2Jb\xff");

    (void)state;
    check(strchr(text, '\033') == NULL);
    check_has(text, "Response Body: a?[2Jb");
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(prints_nothing_below_six),          WVA_TEST(prints_a_line_a_request_at_six),
    WVA_TEST(prints_request_headers_at_seven),   WVA_TEST(prints_bodies_cut_at_eight),
    WVA_TEST(prints_whole_bodies_from_nine),     WVA_TEST(masks_bodies_that_are_credentials),
    WVA_TEST(lets_no_server_drive_the_terminal),
};

WVA_TEST_MAIN(tests)
