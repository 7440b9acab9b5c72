# SPDX-License-Identifier: Apache-2.0
foreach(module job_result plan record server_args target trouble vllm)
  wva_unit_test(run ${module})
  target_include_directories(test_run_${module} PRIVATE ${PROJECT_SOURCE_DIR}/plugin)
endforeach()
