// SPDX-License-Identifier: Apache-2.0
// The address to serve on. Names are not resolved (a static glibc cannot): addresses and
// "localhost" are what servers are given.

#include "http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static int read_address(const char *host, in_port_t port, union address *ret)
{
    memset(ret, 0, sizeof(*ret));
    ret->v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
    if (host == NULL || host[0] == '\0')
        return 0; /* 0.0.0.0 */
    if (strcmp(host, "localhost") == 0)
        host = "127.0.0.1";
    if (inet_pton(AF_INET, host, &ret->v4.sin_addr) == 1)
        return 0;
    ret->v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port)};
    return inet_pton(AF_INET6, host, &ret->v6.sin6_addr) == 1 ? 0 : -1;
}

int standin_http_bind(struct standin_http *http, const char *host, int64_t port, int64_t *ret_port,
                      struct wva_error *err)
{
    union address address;
    http->fd = -1;
    if (port < 0 || port > 65535)
        return wva_error_set(err, WVA_E_NETWORK, "OverflowError: bind(): port must be 0-65535.");
    if (read_address(host, (in_port_t)port, &address) < 0)
        return wva_error_set(err, WVA_E_NETWORK,
                             "socket.gaierror: [Errno -2] Name or service not known");
    bool v6 = address.any.sa_family == AF_INET6;
    socklen_t len = v6 ? sizeof(address.v6) : sizeof(address.v4);
    http->fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int one = 1;
    (void)setsockopt(http->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (http->fd < 0 || bind(http->fd, &address.any, len) < 0 ||
        getsockname(http->fd, &address.any, &len) < 0)
        return wva_error_set(err, WVA_E_NETWORK, "OSError: [Errno %d] %s", errno, strerror(errno));
    *ret_port = ntohs(v6 ? address.v6.sin6_port : address.v4.sin_port);
    return 0;
}
