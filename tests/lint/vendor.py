# SPDX-License-Identifier: Apache-2.0
"""lint.vendor: each foreign library has the few files that see it, so that another can take its place."""
import fnmatch

import tree

HOMES = {
    "yajl/": ["plugin/codec/json.c"],
    "yaml.h": ["plugin/codec/yaml.c"],
    "curl/": ["plugin/http/libcurl.h"],
    "openssl/": ["plugin/util/*.c"],
}
# The files that see libcurl through its header.
CURL_USERS = ["plugin/http/http_curl*", "plugin/http/libcurl.c", "plugin/http/url.c"]


def problems_of(name):
    for line, what in tree.includes(name):
        for prefix, homes in HOMES.items():
            if what.startswith("<" + prefix) and not any(fnmatch.fnmatchcase(name, home) for home in homes):
                yield f"{name}:{line}: {what} is for {', '.join(homes)} only"
        if what in ('"http_curl_priv.h"', '"libcurl.h"') and not any(
                fnmatch.fnmatchcase(name, user) for user in CURL_USERS):
            yield f"{name}:{line}: {what} is for {', '.join(CURL_USERS)} only"


sources = tree.files("plugin/*.[ch]", "include/*.h")
tree.finish((problem for name in sources for problem in problems_of(name)), sources)
