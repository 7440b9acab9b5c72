# SPDX-License-Identifier: Apache-2.0
"""lint.vendor: each foreign library has the few files that see it, so that another can take its place."""
import fnmatch

import tree

HOMES = {
    "yajl/": ["plugin/codec/json.c"],
    "yaml.h": ["plugin/codec/yaml.c"],
    "curl/": ["plugin/http/http_curl_priv.h", "plugin/http/url.c"],
    "openssl/": ["plugin/util/*.c"],
}
# The files that see libcurl through the private header.
CURL_USERS = "plugin/http/http_curl*"


def problems_of(name):
    for line, what in tree.includes(name):
        for prefix, homes in HOMES.items():
            if what.startswith("<" + prefix) and not any(fnmatch.fnmatchcase(name, home) for home in homes):
                yield f"{name}:{line}: {what} is for {', '.join(homes)} only"
        if what == '"http_curl_priv.h"' and not fnmatch.fnmatchcase(name, CURL_USERS):
            yield f"{name}:{line}: {what} is for {CURL_USERS} only"


sources = tree.files("plugin/*.[ch]", "include/*.h")
tree.finish((problem for name in sources for problem in problems_of(name)), sources)
