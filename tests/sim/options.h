// SPDX-License-Identifier: Apache-2.0
/* wva-sim's command line. */
#ifndef WVA_TESTS_SIM_OPTIONS_H
#define WVA_TESTS_SIM_OPTIONS_H

#include "sim.h"

#define OPTION_LIST_MAX 64

struct option_list {
    const char *at[OPTION_LIST_MAX];
    size_t count;
};

struct command_line {
    struct sim_options options; /* state_dir NULL: to be made */
    struct option_list faults, objects, quotas, namespaces;
    char **command; /* after "--", ends with NULL; NULL: none */
    bool help;
};

int options_parse(int argc, char **argv, struct command_line *ret, struct wva_error *err);

extern const char options_help[];

#endif
