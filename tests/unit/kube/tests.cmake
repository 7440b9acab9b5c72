# SPDX-License-Identifier: Apache-2.0

# A credential plugin that misbehaves on demand.
add_executable(fake_plugin ${PROJECT_SOURCE_DIR}/tests/support/fake_plugin.c)
target_link_libraries(fake_plugin PRIVATE wva_options)

foreach(module kubeconfig kubeconfig_errors)
  wva_unit_test(kube ${module} unit/kube/kubeconfig_fixture.c unit/kube/scratch.c)
  target_include_directories(test_kube_${module} PRIVATE ${PROJECT_SOURCE_DIR}/plugin)
endforeach()
foreach(module auth auth_exec)
  wva_unit_test(kube ${module} unit/kube/auth_fixture.c unit/kube/scratch.c)
  target_include_directories(test_kube_${module} PRIVATE ${PROJECT_SOURCE_DIR}/plugin)
  target_compile_definitions(test_kube_${module} PRIVATE WVA_FAKE_PLUGIN="$<TARGET_FILE:fake_plugin>")
  add_dependencies(test_kube_${module} fake_plugin)
endforeach()

wva_unit_test(kube type)
wva_unit_test(kube status)
foreach(module client schema watch)
  wva_unit_test(kube ${module} unit/kube/kube_fixture.c)
  target_include_directories(test_kube_${module} PRIVATE ${PROJECT_SOURCE_DIR}/plugin/kube)
  target_link_libraries(test_kube_${module} PRIVATE wva_fakeapi)
endforeach()
