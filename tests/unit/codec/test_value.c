// SPDX-License-Identifier: Apache-2.0
#include "support/wva_test.h"

#include "wva/codec/json.h"

static struct wva_value *parse(struct wva_arena *arena, const char *text)
{
    struct wva_json_options options = {.name = "test"};
    struct wva_error err = {0};
    struct wva_value *value = NULL;
    check_ok(wva_json_parse(arena, text, strlen(text), &options, &value, &err), &err);
    return value;
}

static void test_nodes_hold_what_they_were_made_from(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    char text[] = "abc";
    struct wva_value *string = wva_string(&arena, text);
    text[0] = 'x';
    check_str(string->text, "abc");
    check_int(string->len, 3);
    check_int(wva_string(&arena, NULL)->kind, WVA_NULL);
    check_str(wva_stringn(&arena, "abcdef", 2)->text, "ab");
    check_str(wva_int(&arena, INT64_MIN)->text, "-9223372036854775808");
    check_str(wva_double(&arena, 0.1)->text, "0.1");
    check_int(wva_double(&arena, INFINITY)->kind, WVA_NULL);
    check_int(wva_double(&arena, NAN)->kind, WVA_NULL);
    check_str(wva_number_text(&arena, "1.500,", 5)->text, "1.500");
    check(wva_bool(&arena, true)->boolean);
    check_int(wva_object(&arena)->count, 0);
    check_str(wva_kind_name(WVA_BOOL), "boolean");
    check_str(wva_kind_name(WVA_OBJECT), "object");
}

static void test_objects_keep_order_and_replace_in_place(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_value *object = wva_object(&arena);
    char name[] = "n0";
    for (char c = '0'; c <= '9'; c++) {
        name[1] = c;
        wva_object_set(&arena, object, name, wva_int(&arena, c - '0'));
    }
    wva_object_set(&arena, object, "n3", wva_bool(&arena, false));
    check(wva_object_remove(object, "n0"));
    check(wva_object_remove(object, "n9"));
    check(!wva_object_remove(object, "n9"));
    check_str(wva_json_text(&arena, object),
              "{\"n1\":1,\"n2\":2,\"n3\":false,\"n4\":4,\"n5\":5,\"n6\":6,\"n7\":7,\"n8\":8}");
    check(wva_object_get(object, "n0") == NULL);
    check(wva_object_get(NULL, "n1") == NULL);
    check(wva_object_get(wva_int(&arena, 1), "n1") == NULL);
}

static void test_arrays_grow_and_shrink(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_value *array = wva_array(&arena);
    for (int i = 0; i < 9; i++)
        wva_array_append(&arena, array, wva_int(&arena, i));
    wva_array_remove(array, 8);
    wva_array_remove(array, 0);
    wva_array_remove(array, 3);
    check_str(wva_json_text(&arena, array), "[1,2,3,5,6,7]");
}

static void test_an_element_is_found_by_its_name(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_value *list =
        parse(&arena, "[1,{\"name\":2},{\"x\":1},{\"name\":\"a\",\"x\":2},{\"name\":\"a\"}]");
    check(wva_array_named(list, "a") == list->items[3]);
    check(wva_array_named(list, "b") == NULL);
    check(wva_array_named(list, NULL) == NULL);
    check(wva_array_named(list->items[3], "a") == NULL);
    check(wva_array_named(NULL, "a") == NULL);
}

static void test_keys_lead_through_objects_and_arrays(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_value *pod = parse(
        &arena, "{\"spec\":{\"containers\":[{\"image\":\"a\"},{\"image\":\"b\"}],\"0\":\"key\"}}");
    check_str(wva_get_str(pod, "spec", "containers", "1", "image"), "b");
    check_str(wva_get_str(pod, "spec", "0"), "key");
    check(wva_get(pod, "spec", "containers", "2") == NULL);
    check(wva_get(pod, "spec", "containers", "-1") == NULL);
    check(wva_get(pod, "spec", "containers", "x") == NULL);
    check(wva_get(pod, "spec", "containers", "18446744073709551616") == NULL);
    check(wva_get(pod, "spec", "containers", "0", "image", "deeper") == NULL);
    check(wva_get(NULL, "spec") == NULL);
    check(wva_get_str(pod, "spec", "containers") == NULL);
}

static void test_put_makes_the_objects_on_the_way(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_value *job = parse(&arena, "{\"a\":1,\"list\":[{\"x\":null},7],\"keep\":true}");
    wva_put(&arena, job, wva_string(&arena, "v"), "metadata", "labels", "l");
    wva_put(&arena, job, wva_int(&arena, 2), "a", "b");              /* a scalar in the way */
    wva_put(&arena, job, wva_int(&arena, 3), "list", "0", "x", "y"); /* and a null */
    wva_put(&arena, job, wva_int(&arena, 8), "list", "1");
    wva_put(&arena, job, wva_int(&arena, 9), "keep");
    check_str(wva_json_text(&arena, job),
              "{\"a\":{\"b\":2},\"list\":[{\"x\":{\"y\":3}},8],\"keep\":9,"
              "\"metadata\":{\"labels\":{\"l\":\"v\"}}}");
}

static void test_remove_takes_the_last_key(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    struct wva_value *value = parse(&arena, "{\"a\":{\"b\":1,\"c\":[1,2,{\"d\":1}]}}");
    check(!wva_remove(value, "x", "b"));
    check(!wva_remove(value, "a", "x"));
    check(!wva_remove(value, "a", "b", "x"));
    check(!wva_remove(value, "a", "c", "3"));
    check(wva_remove(value, "a", "c", "2", "d"));
    check(wva_remove(value, "a", "c", "0"));
    check(wva_remove(value, "a", "b"));
    check_str(wva_json_text(&arena, value), "{\"a\":{\"c\":[2,{}]}}");
}

static void test_scalars_are_read_by_kind(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    int64_t integer = 42;
    double number = 42;
    check(wva_value_str(wva_int(&arena, 1)) == NULL);
    check(wva_value_bool(wva_bool(&arena, true), false));
    check(wva_value_bool(wva_int(&arena, 0), true));
    check(wva_value_bool(NULL, true));
    check(!wva_value_i64(NULL, &integer));
    check(!wva_value_i64(wva_string(&arena, "1"), &integer));
    check(!wva_value_i64(parse(&arena, "1.5"), &integer));
    check(!wva_value_i64(parse(&arena, "9223372036854775808"), &integer));
    check(!wva_value_i64(parse(&arena, "1e999"), &integer));
    check_int(integer, 42);
    check(wva_value_i64(parse(&arena, "-9223372036854775808"), &integer));
    check(integer == INT64_MIN);
    check(wva_value_i64(parse(&arena, "1.0"), &integer) && integer == 1);
    check(wva_value_i64(parse(&arena, "-2e3"), &integer) && integer == -2000);
    check(!wva_value_double(parse(&arena, "1e999"), &number));
    check(!wva_value_double(wva_null(&arena), &number));
    check(number == 42);
    check(wva_value_double(parse(&arena, "1.25"), &number) && number == 1.25);
}

static const struct comparison {
    const char *whole, *part;
    bool equal, contains;
} comparisons[] = {
    {"1", "1.0", true, true},
    {"100", "1e2", true, true},
    {"9007199254740993", "9007199254740992", false, false}, /* the same double */
    {"9223372036854775808", "9223372036854775808.0", true, true},
    {"1e999", "1e999", true, true},
    {"1e999", "2e999", false, false},
    {"1", "\"1\"", false, false},
    {"null", "false", false, false},
    {"true", "false", false, false},
    {"\"a\"", "\"b\"", false, false},
    {"{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", true, true},
    {"{\"a\":1,\"b\":2}", "{\"a\":1}", false, true},
    {"{\"a\":1}", "{\"a\":1,\"b\":2}", false, false},
    {"{\"a\":1,\"c\":2}", "{\"a\":1,\"b\":2}", false, false},
    {"{\"a\":null}", "{\"b\":null}", false, false},
    {"{\"a\":{\"x\":1,\"y\":2}}", "{\"a\":{\"y\":2}}", false, true},
    {"[1,2]", "[1,2]", true, true},
    {"[1,2]", "[2,1]", false, false},
    {"[1,2,3]", "[1,2]", false, false},
    {"[{\"a\":1,\"b\":2}]", "[{\"a\":1}]", false, true},
    {"[]", "{}", false, false},
};

static void test_comparison_goes_by_value(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++) {
        const struct comparison *c = &comparisons[i];
        wva_auto_arena arena = {0};
        struct wva_value *whole = parse(&arena, c->whole), *part = parse(&arena, c->part);
        if (wva_value_equal(whole, part) != c->equal || wva_value_equal(part, whole) != c->equal)
            fail_msg("equal(%s, %s) is not %d", c->whole, c->part, c->equal);
        if (wva_value_contains(whole, part) != c->contains)
            fail_msg("contains(%s, %s) is not %d", c->whole, c->part, c->contains);
        check(wva_value_equal(whole, whole));
        check(!wva_value_equal(whole, NULL));
    }
    check(wva_value_equal(NULL, NULL));
    check(!wva_value_contains(NULL, &(struct wva_value){.kind = WVA_NULL}));
}

static void test_a_clone_outlives_its_original(void **state)
{
    (void)state;
    wva_auto_arena arena = {0};
    const char *text = "{\"a\":[1,\"x\",null,true,{}],\"b\":{\"c\":[]}}";
    struct wva_arena first = {0};
    struct wva_value *copy = wva_clone(&arena, parse(&first, text));
    wva_arena_done(&first);
    check_str(wva_json_text(&arena, copy), text);
    wva_put(&arena, copy, wva_int(&arena, 1), "b", "d");
    wva_array_append(&arena, wva_get(copy, "a"), wva_null(&arena));
    check_str(wva_json_text(&arena, copy),
              "{\"a\":[1,\"x\",null,true,{},null],\"b\":{\"c\":[],\"d\":1}}");
}

static const struct CMUnitTest tests[] = {
    WVA_TEST(test_nodes_hold_what_they_were_made_from),
    WVA_TEST(test_objects_keep_order_and_replace_in_place),
    WVA_TEST(test_arrays_grow_and_shrink),
    WVA_TEST(test_an_element_is_found_by_its_name),
    WVA_TEST(test_keys_lead_through_objects_and_arrays),
    WVA_TEST(test_put_makes_the_objects_on_the_way),
    WVA_TEST(test_remove_takes_the_last_key),
    WVA_TEST(test_scalars_are_read_by_kind),
    WVA_TEST(test_comparison_goes_by_value),
    WVA_TEST(test_a_clone_outlives_its_original),
};

WVA_TEST_MAIN(tests)
