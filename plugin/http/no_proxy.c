// SPDX-License-Identifier: Apache-2.0
/*
 * NO_PROXY by the rules of Go's golang.org/x/net/http/httpproxy, which kubectl follows and libcurl
 * does not: CIDR blocks, ports, "suffix" also for the host itself, loopback never through a proxy.
 * Entries that make no sense are passed over, as there.
 */
#include "wva/http/url.h"

#include "wva/util/mem.h"
#include "wva/util/parse.h"
#include "wva/util/str.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define ENTRY_MAX 280 /* a DNS name of 253 bytes, brackets, a port */

/* An address of either family in 16 bytes (IPv4 as ::ffff:a.b.c.d). */
struct address {
    unsigned char bytes[16];
};

static bool parse_address(const char *text, struct address *ret)
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    struct address address;

    if (inet_pton(AF_INET6, text, address.bytes) != 1) {
        memcpy(address.bytes, mapped, sizeof(mapped));
        if (inet_pton(AF_INET, text, address.bytes + sizeof(mapped)) != 1)
            return false;
    }
    *ret = address;
    return true;
}

static bool same_prefix(const struct address *a, const struct address *b, unsigned bits)
{
    const unsigned whole = bits / 8;

    if (memcmp(a->bytes, b->bytes, whole) != 0)
        return false;
    if (bits % 8 == 0)
        return true;
    const unsigned mask = 0xffu << (8 - bits % 8) & 0xffu;
    return (a->bytes[whole] & mask) == (b->bytes[whole] & mask);
}

static bool is_loopback(const struct address *address)
{
    struct address four, six;

    return parse_address("127.0.0.0", &four) && parse_address("::1", &six) &&
           (same_prefix(address, &four, 96 + 8) || same_prefix(address, &six, 128));
}

/* "10.0.0.0/8" */
static bool parse_block(const char *entry, struct address *ret, unsigned *ret_bits)
{
    char text[ENTRY_MAX];
    const char *slash = strchr(entry, '/');
    int64_t bits;

    if (slash == NULL || wva_parse_i64(slash + 1, strlen(slash + 1), &bits) < 0)
        return false;
    (void)snprintf(text, sizeof(text), "%.*s", (int)(slash - entry), entry);
    const bool four = strchr(text, ':') == NULL;
    if (bits < 0 || bits > (four ? 32 : 128) || !parse_address(text, ret))
        return false;
    *ret_bits = (unsigned)bits + (four ? 96 : 0);
    return true;
}

/* Cuts ":PORT" and brackets off `entry`. An IPv6 address without brackets has no port. */
static const char *split_port(char *entry, const char **ret_port)
{
    char *colon = strrchr(entry, ':');

    *ret_port = NULL;
    if (colon == NULL || (entry[0] != '[' && strchr(entry, ':') != colon))
        return entry;
    if (entry[0] == '[') {
        char *bracket = strchr(entry, ']');
        if (bracket == NULL)
            return entry;
        if (bracket[1] == ':')
            *ret_port = bracket + 2;
        *bracket = '\0';
        return entry + 1;
    }
    *colon = '\0';
    *ret_port = colon + 1;
    return entry;
}

/* "example.com" is that host and all below it; ".example.com" and "*.example.com" only those. */
static bool matches_name(const char *entry, const char *host)
{
    if (wva_str_has_prefix(entry, "*."))
        entry++;
    const size_t len = strlen(entry), host_len = strlen(host);

    if (len == 0 || host_len < len)
        return false;
    if (strcasecmp(host + host_len - len, entry) != 0)
        return false;
    return entry[0] == '.' || host_len == len || host[host_len - len - 1] == '.';
}

static bool matches(char *entry, const char *host, const struct address *address, unsigned port)
{
    struct address wanted;
    unsigned bits;
    const char *wanted_port;
    int64_t number;

    if (strcmp(entry, "*") == 0)
        return true;
    if (parse_block(entry, &wanted, &bits))
        return address != NULL && same_prefix(address, &wanted, bits);

    const char *name = split_port(entry, &wanted_port);
    if (wanted_port != NULL &&
        (wva_parse_i64(wanted_port, strlen(wanted_port), &number) < 0 || number != (int64_t)port))
        return false;
    if (parse_address(name, &wanted))
        return address != NULL && same_prefix(address, &wanted, 128);
    return matches_name(name, host);
}

bool wva_url_bypasses_proxy(const char *host, unsigned port, const char *no_proxy)
{
    struct address storage;
    const struct address *address = parse_address(host, &storage) ? &storage : NULL;

    if (strcasecmp(host, "localhost") == 0 || (address != NULL && is_loopback(address)))
        return true;
    for (const char *at = no_proxy; at != NULL && *at != '\0';) {
        char entry[ENTRY_MAX];
        at += strspn(at, ", \t");
        const size_t len = strcspn(at, ", \t");
        if (len > 0 && len < sizeof(entry)) {
            memcpy(entry, at, len);
            entry[len] = '\0';
            if (matches(entry, host, address, port))
                return true;
        }
        at += len;
    }
    return false;
}
