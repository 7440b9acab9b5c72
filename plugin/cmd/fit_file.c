// SPDX-License-Identifier: Apache-2.0
/* A Fit, JSON or YAML, as a file has it. */
#include "fit_file.h"

#include "wva/codec/yaml.h"
#include "wva/util/fs.h"
#include "wva/util/str.h"

#define FIT_FILE_MAX ((size_t)8 << 20)

static int read_text(struct wva_app *app, const char *path, const char *name, char **ret,
                     size_t *ret_len, struct wva_error *err)
{
    if (wva_str_eq(path, "-"))
        return wva_fs_read_fd(app->in, name, FIT_FILE_MAX, &app->arena, ret, ret_len, err);
    return wva_fs_read(path, FIT_FILE_MAX, &app->arena, ret, ret_len, err);
}

int wva_fit_file_read(struct wva_app *app, const char *path, const char *reader,
                      struct wva_fit_document *ret, struct wva_value **ret_value,
                      const char **ret_name, struct wva_error *err)
{
    const char *name = wva_str_eq(path, "-") ? "standard input" : path;
    char *text;
    size_t len;
    if (read_text(app, path, name, &text, &len, err) < 0)
        return -1;
    struct wva_value **docs;
    size_t count;
    struct wva_yaml_options yaml = {.name = name};
    if (wva_yaml_parse(&app->arena, text, len, &yaml, &docs, &count, err) < 0)
        return -1;
    if (count != 1) {
        wva_error_set(err, WVA_E_INPUT, "%s: %zu documents, wanted one Fit", name, count);
        return wva_error_hint(err, "%s fit … -o json | %s %s -f -", app->program, app->program,
                              reader);
    }
    if (wva_fit_from_value(&app->arena, docs[0], name, ret, err) < 0)
        return -1;
    if (ret_value)
        *ret_value = docs[0];
    if (ret_name)
        *ret_name = name;
    return 0;
}
