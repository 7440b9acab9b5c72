// SPDX-License-Identifier: Apache-2.0
//
// "k8s\0" and a runtime.Unknown {1: TypeMeta {1: apiVersion, 2: kind}, 2: raw}. The messages are
// described by strings of "NUMBER:NAME:TYPE" with TYPE s (string), b (bytes, base64 in JSON), ms
// and mb (maps of these), ls (list of strings), t (bool) or a message's name. Numbers from
// k8s.io/api's generated.proto files.

#include "protobuf.h"

#include "wva/util/encode.h"
#include "wva/util/mem.h"
#include "wva/util/str.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 8

static const char *const messages[][2] = {
    {"ObjectMeta", "1:name:s 2:generateName:s 3:namespace:s 11:labels:ms 12:annotations:ms"},
    {"Namespace", "1:metadata:ObjectMeta"},
    {"ConfigMap", "1:metadata:ObjectMeta 2:data:ms 3:binaryData:mb 4:immutable:t"},
    {"Secret", "1:metadata:ObjectMeta 2:data:mb 3:type:s 4:stringData:ms"},
    {"ServiceAccount", "1:metadata:ObjectMeta"},
    {"ResourceAttributes", "1:namespace:s 2:verb:s 3:group:s 4:version:s 5:resource:s "
                           "6:subresource:s 7:name:s"},
    {"NonResourceAttributes", "1:path:s 2:verb:s"},
    {"SelfSubjectAccessReviewSpec", "1:resourceAttributes:ResourceAttributes "
                                    "2:nonResourceAttributes:NonResourceAttributes"},
    {"SelfSubjectAccessReview", "1:metadata:ObjectMeta 2:spec:SelfSubjectAccessReviewSpec"},
    {"SelfSubjectReview", "1:metadata:ObjectMeta"},
};

struct bytes {
    const unsigned char *at, *end;
};

struct wire {
    uint64_t number; /* of the field */
    uint64_t value;  /* varint */
    struct bytes data;
    bool is_data;
};

static bool read_varint(struct bytes *in, uint64_t *ret)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && in->at < in->end; shift += 7) {
        unsigned char byte = *in->at++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) {
            *ret = value;
            return true;
        }
    }
    return false;
}

/* The next field; false at the end or at what these messages do not have. */
static bool read_field(struct bytes *in, struct wire *ret)
{
    uint64_t key = 0;
    uint64_t len = 0;
    if (!read_varint(in, &key))
        return false;
    *ret = (struct wire){.number = key >> 3, .is_data = (key & 7) == 2};
    if ((key & 7) == 0)
        return read_varint(in, &ret->value);
    if (!ret->is_data || !read_varint(in, &len) || len > (uint64_t)(in->end - in->at))
        return false;
    ret->data = (struct bytes){in->at, in->at + len};
    in->at += len;
    return true;
}

static struct wva_value *text_of(struct wva_arena *arena, struct bytes data)
{
    return wva_stringn(arena, (const char *)data.at, (size_t)(data.end - data.at));
}

static struct wva_value *base64_of(struct wva_arena *arena, struct bytes data)
{
    return wva_string(arena, wva_base64_encode(arena, data.at, (size_t)(data.end - data.at)));
}

static const char *message_text(const char *name)
{
    for (size_t i = 0; i < WVA_COUNT(messages); i++)
        if (strcmp(messages[i][0], name) == 0)
            return messages[i][1];
    return NULL;
}

static struct wva_value *read_message(struct wva_arena *arena, struct bytes in, const char *text,
                                      int depth);

static void put_map_entry(struct wva_arena *arena, struct wva_value *object, const char *name,
                          struct bytes entry, bool base64)
{
    const char *key = "";
    struct wva_value *value = wva_string(arena, "");
    struct wire field;
    while (read_field(&entry, &field)) {
        if (field.number == 1)
            key = text_of(arena, field.data)->text;
        else
            value = base64 ? base64_of(arena, field.data) : text_of(arena, field.data);
    }
    wva_put(arena, object, value, name, key);
}

static void put_field(struct wva_arena *arena, struct wva_value *object, const char *name,
                      const char *type, const struct wire *field, int depth)
{
    if (strcmp(type, "s") == 0)
        wva_put(arena, object, text_of(arena, field->data), name);
    else if (strcmp(type, "t") == 0)
        wva_put(arena, object, wva_bool(arena, field->value != 0), name);
    else if (type[0] == 'm' && type[1] != '\0' && type[2] == '\0')
        put_map_entry(arena, object, name, field->data, type[1] == 'b');
    else if (message_text(type) != NULL && depth < DEPTH_MAX)
        wva_put(arena, object, read_message(arena, field->data, message_text(type), depth + 1),
                name);
}

static struct wva_value *read_message(struct wva_arena *arena, struct bytes in, const char *text,
                                      int depth)
{
    struct wva_value *object = wva_object(arena);
    struct wire field;
    size_t count = 0;
    char **words = wva_str_split(arena, text, ' ', &count);
    while (read_field(&in, &field))
        for (size_t i = 0; i < count; i++) {
            size_t parts_count = 0;
            char **parts = wva_str_split(arena, words[i], ':', &parts_count);
            if (strtoull(parts[0], NULL, 10) != field.number)
                continue;
            /* Go writes empty strings too; JSON's omitempty would not. */
            bool empty =
                field.is_data && field.data.at == field.data.end && strcmp(parts[2], "s") == 0;
            if (!empty)
                put_field(arena, object, parts[1], parts[2], &field, depth);
        }
    return object;
}

int protobuf_parse(struct wva_arena *arena, const char *data, size_t len, struct wva_value **ret)
{
    static const char magic[4] = {'k', '8', 's', '\0'};
    struct bytes raw = {0};
    struct wire field;
    struct wva_value *type = wva_object(arena);
    if (len < sizeof(magic) || memcmp(data, magic, sizeof(magic)) != 0)
        return -1;
    const unsigned char *start = (const unsigned char *)data;
    struct bytes in = {start + sizeof(magic), start + len};
    while (read_field(&in, &field)) {
        if (field.number == 1)
            type = read_message(arena, field.data, "1:apiVersion:s 2:kind:s", 0);
        if (field.number == 2)
            raw = field.data;
    }
    const char *kind = wva_get_str(type, "kind");
    if (kind == NULL || message_text(kind) == NULL)
        return -1;
    struct wva_value *object = read_message(arena, raw, message_text(kind), 0);
    wva_put(arena, object, wva_string(arena, wva_get_str(type, "apiVersion")), "apiVersion");
    wva_put(arena, object, wva_string(arena, kind), "kind");
    *ret = object;
    return 0;
}
