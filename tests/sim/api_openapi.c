// SPDX-License-Identifier: Apache-2.0
// /openapi/v3: the index with hashes, and a document per group version. /openapi/v2 says nothing:
// kubectl asks it about kinds that v3 does not have, and only wants an answer.

#include "api.h"
#include "openapi.h"

#include "wva/codec/json.h"
#include "wva/util/encode.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <string.h>

static void put_index_entry(struct api_request *r, struct wva_value *index,
                            const struct sim_type *type)
{
    const char *path = type->group[0] == '\0'
                           ? wva_arena_printf(r->arena, "api/%s", type->version)
                           : wva_arena_printf(r->arena, "apis/%s/%s", type->group, type->version);
    if (wva_get(index, "paths", path) != NULL || !sim_type_served(r->sim, type))
        return;
    const struct wva_value *document =
        openapi_document(r->sim, r->arena, type->group, type->version);
    const char *text = wva_json_text(r->arena, document);
    char hash[WVA_SHA256_HEX_MAX];
    wva_sha256_hex(hash, text, strlen(text));
    wva_put(r->arena, index,
            wva_string(r->arena, wva_arena_printf(r->arena, "/openapi/v3/%s?hash=%s", path, hash)),
            "paths", path, "serverRelativeURL");
}

/* Its type is what Go guesses: the API server names none here. */
static void reply_index(struct api_request *r)
{
    struct wva_value *index = wva_object(r->arena);
    for (const struct sim_type *type = sim_types; type->resource != NULL; type++)
        put_index_entry(r, index, type);
    api_reply_text(r, 200, "text/plain; charset=utf-8", wva_json_text(r->arena, index));
}

/* An empty document; as protobuf that is no byte at all. */
static void reply_v2(struct api_request *r)
{
    const char *accept = api_header(r, "Accept");
    if (accept != NULL && strstr(accept, "protobuf") != NULL)
        api_reply_text(r, 200, "application/com.github.proto-openapi.spec.v2.v1.0+protobuf", "");
    else
        api_reply_text(r, 200, "application/json",
                       "{\"swagger\":\"2.0\",\"info\":{\"title\":\"Kubernetes\"},\"paths\":{}}\n");
}

bool api_openapi(struct api_request *r)
{
    static const char prefix[] = "/openapi/v3/";
    size_t count = 0;
    if (strcmp(r->path, "/openapi/v2") == 0) {
        reply_v2(r);
        return true;
    }
    if (strcmp(r->path, "/openapi/v3") == 0) {
        reply_index(r);
        return true;
    }
    if (!wva_str_has_prefix(r->path, prefix))
        return false;
    char **parts = wva_str_split(r->arena, r->path + strlen(prefix), '/', &count);
    bool core = count == 2 && strcmp(parts[0], "api") == 0;
    bool grouped = count == 3 && strcmp(parts[0], "apis") == 0;
    const struct wva_value *document = NULL;
    if (core || grouped)
        document =
            openapi_document(r->sim, r->arena, core ? "" : parts[1], core ? parts[1] : parts[2]);
    if (document == NULL)
        return false;
    api_reply_value(r, 200, document);
    return true;
}
