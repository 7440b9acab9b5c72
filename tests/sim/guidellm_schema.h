// SPDX-License-Identifier: Apache-2.0
/*
 * The `kind=` arguments of GuideLLM 0.7 and later: which kinds an option has, which fields a kind,
 * with what defaults. Tables only; guidellm_cli_run.c reads them.
 */
#ifndef WVA_TESTS_SIM_GUIDELLM_SCHEMA_H
#define WVA_TESTS_SIM_GUIDELLM_SCHEMA_H

enum gl_field_type {
    GL_ANY,
    GL_STR,
    GL_POSITIVE,
    GL_WHOLE,
    GL_REAL,
    GL_LOGICAL,
    GL_POSITIVES,
    GL_PHASE
};

#define GL_REQUIRED "!"

struct gl_field {
    const char *name;
    enum gl_field_type type;
    const char *fallback; /* JSON, or GL_REQUIRED */
    int since;            /* minor release */
};

struct gl_kind_schema {
    const char *kind;
    int since;
    const struct gl_field *fields[2]; /* common ones, own ones; each ends with a NULL name */
};

struct gl_registry {
    const char *option;       /* "--constraint" */
    const char *field;        /* "constraints", as in messages and in the report's spec */
    const char *default_kind; /* NULL: none */
    const char *second_default;
    int default_until;                  /* last minor release that has the default; 0: all */
    int list;                           /* repeatable */
    const struct gl_kind_schema *kinds; /* ends with a NULL kind */
};

struct wva_value;

/* guidellm_field.c: what is wrong with the value, or NULL. */
const char *gl_field_problem(const struct gl_field *field, const struct wva_value *value);

extern const struct gl_registry gl_registries[]; /* ends with a NULL option */

#endif
