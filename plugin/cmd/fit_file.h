// SPDX-License-Identifier: Apache-2.0
/* One Fit document from a file or standard input; used by `apply` and `predict`. */
#ifndef WVA_PLUGIN_CMD_FIT_FILE_H
#define WVA_PLUGIN_CMD_FIT_FILE_H

#include "wva/cmd/app.h"
#include "wva/document/fit.h"

/* `path` "-" is standard input. `reader` is the command line that takes the Fit, for a hint
 * ("apply VA"). `*ret_value` (may be NULL) is the document's tree, `*ret_name` (may be NULL) what
 * messages call the file. */
int wva_fit_file_read(struct wva_app *app, const char *path, const char *reader,
                      struct wva_fit_document *ret, struct wva_value **ret_value,
                      const char **ret_name, struct wva_error *err) WVA_MUST_USE;

#endif
