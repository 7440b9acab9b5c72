# SPDX-License-Identifier: Apache-2.0

# A credential plugin that misbehaves on demand.
add_executable(fake_plugin ${PROJECT_SOURCE_DIR}/tests/support/fake_plugin.c)
target_link_libraries(fake_plugin PRIVATE wva_options)

wva_unit_test(kube kubeconfig)
wva_unit_test(kube auth)
target_include_directories(test_kube_kubeconfig PRIVATE ${PROJECT_SOURCE_DIR}/plugin)
target_include_directories(test_kube_auth PRIVATE ${PROJECT_SOURCE_DIR}/plugin)
add_dependencies(test_kube_auth fake_plugin)
target_compile_definitions(test_kube_auth PRIVATE WVA_FAKE_PLUGIN="$<TARGET_FILE:fake_plugin>")
