# SPDX-License-Identifier: Apache-2.0
wva_unit_test(codec json unit/codec/random_tree.c)
wva_unit_test(codec json_path)
wva_unit_test(codec json_skip unit/codec/events.c unit/codec/random_tree.c)
wva_unit_test(codec json_stream unit/codec/events.c)
wva_unit_test(codec value)
wva_unit_test(codec yaml)
wva_unit_test(codec yaml_write unit/codec/random_tree.c)

# Not a test and not built by default: tests/bench/bench_json.c says how to run it.
add_executable(bench_json EXCLUDE_FROM_ALL bench/bench_json.c)
wva_link_layers(bench_json codec)
