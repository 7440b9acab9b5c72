// SPDX-License-Identifier: Apache-2.0
/* The built-in types' fields as text; see schema_types.c for the language. */
#ifndef WVA_TESTS_SIM_SCHEMA_TEXT_H
#define WVA_TESTS_SIM_SCHEMA_TEXT_H

extern const char *const sim_schema_builtin[]; /* ends with NULL */

#endif
