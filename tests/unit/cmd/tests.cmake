# SPDX-License-Identifier: Apache-2.0
foreach(module app apply benching deploying fit fit_levels help option output predict)
  wva_unit_test(cmd ${module} unit/cmd/app_fixture.c)
  target_include_directories(test_cmd_${module} PRIVATE ${PROJECT_SOURCE_DIR}/plugin)
endforeach()
