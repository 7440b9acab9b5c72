// SPDX-License-Identifier: Apache-2.0
/* See scratch.h. */
#include "scratch.h"

#include "support/wva_test.h"

#include <ftw.h>
#include <stdio.h>

void scratch_make(char dir[SCRATCH_DIR_MAX])
{
    snprintf(dir, SCRATCH_DIR_MAX, "/tmp/wva-test-XXXXXX");
    assert_non_null(mkdtemp(dir));
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info;
    (void)type;
    (void)walk;
    return remove(path);
}

void scratch_remove(const char *dir)
{
    nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *scratch_getenv(void *vars, const char *name)
{
    size_t len = strlen(name);

    for (const char *const *var = vars; *var != NULL; var++) {
        if (strncmp(*var, name, len) == 0 && (*var)[len] == '=')
            return *var + len + 1;
    }
    return NULL;
}
