// SPDX-License-Identifier: Apache-2.0
/* URLs and NO_PROXY. The NO_PROXY table follows the cases of Go's httpproxy package. */
#include "support/wva_test.h"

#include "wva/http/url.h"
#include "wva/util/mem.h"

static void takes_urls_apart(void **state)
{
    static const struct {
        const char *text;
        struct wva_url url;
    } cases[] = {
        {"https://k8s.example:6443", {"https", "k8s.example", 6443, "", false}},
        {"HTTPS://k8s.example", {"https", "k8s.example", 443, "", false}},
        {"http://10.0.0.1/", {"http", "10.0.0.1", 80, "", false}},
        {"https://[fd00::1]:6443/k8s/clusters/c-1/",
         {"https", "fd00::1", 6443, "/k8s/clusters/c-1", false}},
        {"https://h/p?q=1#f", {"https", "h", 443, "/p", false}},
        {"https://h//", {"https", "h", 443, "", false}},
        {"socks5://proxy.example", {"socks5", "proxy.example", 1080, "", false}},
        {"http://u:p@proxy.example:3128", {"http", "proxy.example", 3128, "", true}},
        {"gopher+x://h", {"gopher+x", "h", 0, "", false}},
    };

    (void)state;
    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        wva_auto_arena arena = {0};
        struct wva_error err = {0};
        struct wva_url url;
        check_ok(wva_url_parse(&arena, cases[i].text, &url, &err), &err);
        check_str(url.scheme, cases[i].url.scheme);
        check_str(url.host, cases[i].url.host);
        check_int(url.port, cases[i].url.port);
        check_str(url.path, cases[i].url.path);
        check_int(url.has_user, cases[i].url.has_user);
    }
}

static void refuses_what_is_no_url(void **state)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"k8s.example:6443", "cannot use the URL \"k8s.example:6443\": it has no scheme"},
        {"", "it has no scheme such as https://"},
        {"https://", "cannot use the URL \"https://\": "},
        {"https://h:66000", "Port number"},
        {"https://a b", "cannot use the URL \"https://a b\": "},
        {"https://h\n.example", "cannot use the URL"},
    };

    (void)state;
    for (size_t i = 0; i < WVA_COUNT(cases); i++) {
        wva_auto_arena arena = {0};
        struct wva_error err = {0};
        struct wva_url url = {.scheme = "untouched"};
        check_fails(wva_url_parse(&arena, cases[i].text, &url, &err), &err, WVA_E_CONFIG,
                    cases[i].words);
        check_str(url.scheme, "untouched");
    }
}

static void never_shows_a_password(void **state)
{
    wva_auto_arena arena = {0};
    struct wva_error err = {0};
    struct wva_url url;

    (void)state;
    check_int(wva_url_parse(&arena, "http://user:hunter2@h:99999", &url, &err), -1);
    check(strstr(err.msg, "hunter2") == NULL);
    check_has(err.msg, "cannot use the URL: ");
}

static void escapes_all_but_unreserved(void **state)
{
    wva_auto_arena arena = {0};

    (void)state;
    check_str(wva_url_escape(&arena, "aZ09-._~"), "aZ09-._~");
    check_str(wva_url_escape(&arena, "a/b c?d=e&f%g+\"\\"), "a%2Fb%20c%3Fd%3De%26f%25g%2B%22%5C");
    check_str(wva_url_escape(&arena, "\xc3\xa9\n"), "%C3%A9%0A");
    check_str(wva_url_escape(&arena, ""), "");
}

static void follows_no_proxy_as_go_does(void **state)
{
    static const struct {
        const char *host;
        unsigned port;
        const char *no_proxy;
        bool bypasses;
    } cases[] = {
        {"k8s.example", 443, NULL, false},
        {"k8s.example", 443, "", false},
        {"localhost", 443, NULL, true},
        {"LOCALHOST", 443, "", true},
        {"127.0.0.53", 443, NULL, true},
        {"::1", 443, NULL, true},
        {"128.0.0.1", 443, NULL, false},
        {"any.example", 443, "*", true},
        {"k8s.example", 443, "k8s.example", true},
        {"K8S.example", 443, "k8s.EXAMPLE", true},
        {"api.k8s.example", 443, "k8s.example", true},
        {"apik8s.example", 443, "k8s.example", false},
        {"k8s.example", 443, ".k8s.example", false},
        {"api.k8s.example", 443, ".k8s.example", true},
        {"api.k8s.example", 443, "*.k8s.example", true},
        {"k8s.example", 443, "*.k8s.example", false},
        {"k8s.example", 443, "other, k8s.example ,x", true},
        {"k8s.example", 6443, "k8s.example:6443", true},
        {"k8s.example", 443, "k8s.example:6443", false},
        {"k8s.example", 443, "k8s.example:https", false},
        {"10.1.2.3", 443, "10.0.0.0/8", true},
        {"11.1.2.3", 443, "10.0.0.0/8", false},
        {"10.1.2.3", 443, "10.1.2.0/23", true},
        {"10.1.4.3", 443, "10.1.2.0/23", false},
        {"10.1.2.3", 443, "0.0.0.0/0", true},
        {"fd00::5", 443, "0.0.0.0/0", false},
        {"fd00::5", 443, "fd00::/8", true},
        {"fe00::5", 443, "fd00::/8", false},
        {"10.1.2.3", 443, "10.0.0.0/33", false},
        {"10.1.2.3", 443, "10.0.0.0/x", false},
        {"10.1.2.3", 443, "10.1.2.3", true},
        {"10.1.2.3", 443, "10.1.2.3:443", true},
        {"10.1.2.3", 80, "10.1.2.3:443", false},
        {"fd00::5", 443, "[fd00::5]:443", true},
        {"fd00::5", 80, "[fd00::5]:443", false},
        {"fd00::5", 443, "FD00:0::5", true},
        {"fd00::5", 443, "[fd00::5", false},
        {"k8s.example", 443, ",,:443,", false},
    };

    (void)state;
    for (size_t i = 0; i < WVA_COUNT(cases); i++)
        if (wva_url_bypasses_proxy(cases[i].host, cases[i].port, cases[i].no_proxy) !=
            cases[i].bypasses)
            fail_msg("case %zu: %s with NO_PROXY=%s", i, cases[i].host, cases[i].no_proxy);
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(takes_urls_apart),
    WVA_TEST(refuses_what_is_no_url),
    WVA_TEST(never_shows_a_password),
    WVA_TEST(escapes_all_but_unreserved),
    WVA_TEST(follows_no_proxy_as_go_does),
};

WVA_TEST_MAIN(tests)
