// SPDX-License-Identifier: Apache-2.0
/* Loading libcurl when it is first needed (see libcurl.h for why), or finding it linked. */
#include "libcurl.h"

#ifdef WVA_LATE_LIBCURL

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

struct wva_libcurl wva_libcurl;

#define ENTRY(name) {"curl_" #name, offsetof(struct wva_libcurl, name)},

static const struct {
    const char *name;
    size_t offset;
} functions[] = {WVA_LIBCURL_FUNCTIONS(ENTRY)};

static int take_functions(void *library, struct wva_libcurl *ret, struct wva_error *err)
{
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        void *function = dlsym(library, functions[i].name);
        if (function == NULL)
            return wva_error_set(err, WVA_E_IO, "%s is too old: it has no %s", WVA_LATE_LIBCURL,
                                 functions[i].name);
        memcpy((char *)ret + functions[i].offset, &function, sizeof(function));
    }
    return 0;
}

int wva_libcurl_load(struct wva_error *err)
{
    struct wva_libcurl loaded;

    if (wva_libcurl.url != NULL)
        return 0;
    void *library = dlopen(WVA_LATE_LIBCURL, RTLD_LAZY | RTLD_LOCAL);
    if (library == NULL) {
        wva_error_set(err, WVA_E_IO, "cannot load libcurl: %s", dlerror());
        return wva_error_hint(err, "install the package that has %s (Debian: libcurl4)",
                              WVA_LATE_LIBCURL);
    }
    if (take_functions(library, &loaded, err) < 0)
        return -1;
    wva_libcurl = loaded;
    return 0;
}

#else

int wva_libcurl_load(struct wva_error *err)
{
    (void)err;
    return 0;
}

#endif
