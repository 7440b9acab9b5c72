// SPDX-License-Identifier: Apache-2.0
/* Value trees on standard output. */
#include "wva/cmd/output.h"

#include "wva/codec/json.h"
#include "wva/codec/yaml.h"
#include "wva/util/str.h"

const char *const wva_output_choices[] = {"table", "json", "yaml", "name", NULL};
const char *const wva_document_choices[] = {"table", "json", "yaml", NULL};
const char *const wva_dry_run_choices[] = {"none", "client", "server", NULL};

#define OUTPUT_MAX ((size_t)64 << 20)

bool wva_output_is_document(const char *output)
{
    return wva_str_eq(output, "json") || wva_str_eq(output, "yaml");
}

enum wva_dry_run wva_dry_run_of(const char *choice)
{
    if (wva_str_eq(choice, "client"))
        return WVA_DRY_RUN_CLIENT;
    if (wva_str_eq(choice, "server"))
        return WVA_DRY_RUN_SERVER;
    return WVA_DRY_RUN_NONE;
}

const char *wva_dry_run_suffix(enum wva_dry_run dry_run)
{
    static const char *const suffixes[] = {
        [WVA_DRY_RUN_NONE] = "",
        [WVA_DRY_RUN_CLIENT] = " (dry run)",
        [WVA_DRY_RUN_SERVER] = " (server dry run)",
    };
    return suffixes[dry_run];
}

void wva_output_value(struct wva_app *app, const char *output, const struct wva_value *value)
{
    wva_auto_buf buf = WVA_BUF(OUTPUT_MAX);
    if (wva_str_eq(output, "yaml")) {
        wva_yaml_write(&buf, value);
    } else {
        wva_json_write(&buf, value, 4);
        wva_buf_putc(&buf, '\n');
    }
    fwrite(wva_buf_str(&buf), 1, buf.len, app->out.file);
}

void wva_output_values(struct wva_app *app, const char *output, struct wva_value *const *values,
                       size_t count)
{
    if (count == 1 || wva_str_eq(output, "yaml")) {
        for (size_t i = 0; i < count; i++) {
            if (i > 0)
                fputs("---\n", app->out.file);
            wva_output_value(app, output, values[i]);
        }
        return;
    }
    struct wva_value *list = wva_object(&app->arena);
    struct wva_value *items = wva_array(&app->arena);
    wva_put(&app->arena, list, wva_string(&app->arena, "v1"), "apiVersion");
    wva_put(&app->arena, list, wva_string(&app->arena, "List"), "kind");
    wva_put(&app->arena, list, items, "items");
    for (size_t i = 0; i < count; i++)
        wva_array_append(&app->arena, items, values[i]);
    wva_output_value(app, output, list);
}
