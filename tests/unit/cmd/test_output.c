// SPDX-License-Identifier: Apache-2.0
/* -o: one value, several objects, and the words around a dry run. */
#include "unit/cmd/app_fixture.h"

#include "wva/cmd/output.h"

static struct wva_value *object(struct wva_arena *arena, const char *name)
{
    struct wva_value *value = wva_object(arena);
    wva_put(arena, value, wva_string(arena, "v1"), "apiVersion");
    wva_put(arena, value, wva_string(arena, name), "metadata", "name");
    wva_put(arena, value, wva_number_text(arena, "1.50", 4), "spec", "size");
    return value;
}

static const char *text_of(struct app_fixture *f)
{
    fflush(f->app.out.file);
    return f->out;
}

static void one_value_as_json(void **state)
{
    struct app_fixture *f = *state;
    wva_output_value(&f->app, "json", object(&f->app.arena, "a"));
    check_str(text_of(f), "{\n"
                          "    \"apiVersion\": \"v1\",\n"
                          "    \"metadata\": {\n"
                          "        \"name\": \"a\"\n"
                          "    },\n"
                          "    \"spec\": {\n"
                          "        \"size\": 1.50\n"
                          "    }\n"
                          "}\n");
}

static void one_value_as_yaml(void **state)
{
    struct app_fixture *f = *state;
    wva_output_value(&f->app, "yaml", object(&f->app.arena, "a"));
    check_str(text_of(f), "apiVersion: v1\nmetadata:\n  name: a\nspec:\n  size: 1.50\n");
}

static void several_objects_as_yaml_documents(void **state)
{
    struct app_fixture *f = *state;
    struct wva_value *both[] = {object(&f->app.arena, "a"), object(&f->app.arena, "b")};
    wva_output_values(&f->app, "yaml", both, 2);
    check_str(text_of(f), "apiVersion: v1\nmetadata:\n  name: a\nspec:\n  size: 1.50\n"
                          "---\n"
                          "apiVersion: v1\nmetadata:\n  name: b\nspec:\n  size: 1.50\n");
}

/* kubectl apply -f - takes a List. */
static void several_objects_as_a_json_list(void **state)
{
    struct app_fixture *f = *state;
    struct wva_value *both[] = {wva_object(&f->app.arena), wva_object(&f->app.arena)};
    wva_output_values(&f->app, "json", both, 2);
    check_str(text_of(f), "{\n"
                          "    \"apiVersion\": \"v1\",\n"
                          "    \"kind\": \"List\",\n"
                          "    \"items\": [\n"
                          "        {},\n"
                          "        {}\n"
                          "    ]\n"
                          "}\n");
}

static void a_single_object_is_no_list(void **state)
{
    struct app_fixture *f = *state;
    struct wva_value *one[] = {wva_object(&f->app.arena)};
    wva_output_values(&f->app, "json", one, 1);
    check_str(text_of(f), "{}\n");
}

static void what_is_a_document(void **state)
{
    (void)state;
    check(wva_output_is_document("json"));
    check(wva_output_is_document("yaml"));
    check(!wva_output_is_document("name"));
    check(!wva_output_is_document("table"));
    check(!wva_output_is_document(NULL));
}

static void dry_runs(void **state)
{
    (void)state;
    check_int(wva_dry_run_of(NULL), WVA_DRY_RUN_NONE);
    check_int(wva_dry_run_of("none"), WVA_DRY_RUN_NONE);
    check_int(wva_dry_run_of("client"), WVA_DRY_RUN_CLIENT);
    check_int(wva_dry_run_of("server"), WVA_DRY_RUN_SERVER);
    check_str(wva_dry_run_suffix(WVA_DRY_RUN_NONE), "");
    check_str(wva_dry_run_suffix(WVA_DRY_RUN_CLIENT), " (dry run)");
    check_str(wva_dry_run_suffix(WVA_DRY_RUN_SERVER), " (server dry run)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        APP_TEST(one_value_as_json),
        APP_TEST(one_value_as_yaml),
        APP_TEST(several_objects_as_yaml_documents),
        APP_TEST(several_objects_as_a_json_list),
        APP_TEST(a_single_object_is_no_list),
        WVA_TEST(what_is_a_document),
        WVA_TEST(dry_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
