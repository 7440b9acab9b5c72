// SPDX-License-Identifier: Apache-2.0
/*
 * Certificates and keys: a flag's file, base64 in the entry, or a file beside the kubeconfig.
 * Looked at only as far as needed to say in which field the wrong thing is; the TLS library judges
 * the rest.
 */
#include "kubeconfig_priv.h"

#include "wva/util/encode.h"
#include "wva/util/fs.h"
#include "wva/util/mem.h"

#include <string.h>

#define PEM_MAX ((size_t)4 << 20) /* a bundle of all public roots is about 250 KiB */

static const struct material {
    const char *field;
    const char *data_field;
    const char *block; /* a PEM text that must occur */
    const char *wrong; /* said when it does not */
} materials[] = {
    [WVA_KUBECONFIG_CA] = {"certificate-authority", "certificate-authority-data",
                           "-----BEGIN CERTIFICATE-----", "is not a PEM certificate"},
    [WVA_KUBECONFIG_CLIENT_CERT] = {"client-certificate", "client-certificate-data",
                                    "-----BEGIN CERTIFICATE-----", "is not a PEM certificate"},
    [WVA_KUBECONFIG_CLIENT_KEY] = {"client-key", "client-key-data", "PRIVATE KEY-----",
                                   "is not a PEM private key"},
};

/* What is wrong with the PEM, or NULL. */
static const char *complaint(const struct material *material, const struct wva_secret *pem)
{
    if (wva_secret_empty(pem))
        return "is empty";
    if (strlen(pem->data) != pem->len || strstr(pem->data, material->block) == NULL)
        return material->wrong;
    /* OpenSSL would ask for a passphrase at the terminal in the middle of a request. */
    if (strstr(pem->data, "-----BEGIN ENCRYPTED PRIVATE KEY-----") != NULL ||
        strstr(pem->data, "Proc-Type: 4,ENCRYPTED") != NULL)
        return "is encrypted with a passphrase, which is not supported";
    return NULL;
}

static int from_data(const struct wva_kubeconfig_entry *entry, const struct material *material,
                     struct wva_secret *pem, struct wva_error *err)
{
    const struct wva_value *data = wva_object_get(entry->fields, material->data_field);
    size_t bad = 0;

    if (wva_base64_decode(data->text, data->len, pem, &bad) < 0)
        return wva_kubeconfig_fail(entry, material->data_field, err, "is not base64 (at byte %zu)",
                                   bad);

    const char *wrong = complaint(material, pem);
    if (wrong != NULL)
        return wva_kubeconfig_fail(entry, material->data_field, err, "%s", wrong);
    return 0;
}

static int from_file(const struct wva_kubeconfig_entry *entry, const struct material *material,
                     const char *name, struct wva_secret *pem, struct wva_error *err)
{
    wva_auto_arena scratch = {0};
    const char *path = wva_fs_join(&scratch, entry->directory, name);

    if (wva_fs_read_secret(path, PEM_MAX, pem, err) < 0)
        return wva_kubeconfig_wrap(entry, material->field, err);

    const char *wrong = complaint(material, pem);
    if (wrong != NULL)
        return wva_kubeconfig_fail(entry, material->field, err, "%s: %s", wrong, path);
    return 0;
}

static int from_flag(const struct material *material, const char *path, struct wva_secret *pem,
                     struct wva_error *err)
{
    if (wva_fs_read_secret(path, PEM_MAX, pem, err) < 0)
        return wva_error_wrap(err, "cannot use --%s", material->field);

    const char *wrong = complaint(material, pem);
    if (wrong != NULL)
        return wva_error_set(err, WVA_E_CONFIG, "cannot use --%s: it %s: %s", material->field,
                             wrong, path);
    return 0;
}

/* Where it is to come from is decided before anything is read. */
static int from_entry(const struct wva_kubeconfig_entry *entry, const struct material *material,
                      struct wva_secret *pem, struct wva_error *err)
{
    wva_auto_arena scratch = {0};
    const struct wva_value *data = NULL;
    const char *file = NULL;

    if (wva_kubeconfig_of_kind(entry, material->data_field, WVA_STRING, &data, err) < 0 ||
        wva_kubeconfig_str(&scratch, entry, material->field, &file, err) < 0)
        return -1;

    bool has_data = data != NULL && data->len > 0;
    if (has_data && file != NULL)
        return wva_kubeconfig_fail(entry, NULL, err, "both %s and %s; keep one", material->field,
                                   material->data_field);
    if (has_data)
        return from_data(entry, material, pem, err);
    if (file != NULL)
        return from_file(entry, material, file, pem, err);
    return 0;
}

int wva_kubeconfig_pem(const struct wva_kubeconfig_entry *entry, enum wva_kubeconfig_material which,
                       const char *flag_path, struct wva_secret *ret, struct wva_error *err)
{
    const struct material *material = &materials[which];
    wva_auto_secret pem = {0};

    int result = flag_path != NULL ? from_flag(material, flag_path, &pem, err)
                                   : from_entry(entry, material, &pem, err);
    if (result == 0 && !wva_secret_empty(&pem))
        wva_secret_append(ret, pem.data, pem.len);
    return result;
}
