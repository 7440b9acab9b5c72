# SPDX-License-Identifier: Apache-2.0
# Controllers, scheduler, kubelet and vLLM of the simulated cluster, and the GuideLLM double. The
# including CMakeLists.txt links wva-sim with SIM_WORKLOAD_SOURCES.
set(SIM_WORKLOAD_SOURCES
  admit.c
  admit_quota.c
  controllers.c
  controllers_deployment.c
  controllers_endpoints.c
  controllers_gc.c
  controllers_job.c
  controllers_node.c
  controllers_pod.c
  controllers_replicaset.c
  controllers_util.c
  kubelet.c
  kubelet_container.c
  kubelet_env.c
  kubelet_image.c
  kubelet_log.c
  kubelet_paths.c
  kubelet_probe.c
  kubelet_process.c
  kubelet_status.c
  kubelet_volume.c
  kubelet_world.c
  marked.c
  scheduler.c
  ../vllm/command.c
  ../vllm/options.c
  vllm.c
  vllm_http.c
  vllm_log.c)

add_executable(wva-sim-guidellm
  guidellm_big.c
  guidellm_cli_legacy.c
  guidellm_cli_run.c
  guidellm_click.c
  guidellm_console.c
  guidellm_console_t1.c
  guidellm_console_t2.c
  guidellm_field.c
  guidellm_info.c
  guidellm_intro.c
  guidellm_json.c
  guidellm_main.c
  guidellm_model.c
  guidellm_record.c
  guidellm_report.c
  guidellm_report_config.c
  guidellm_report_r1.c
  guidellm_report_r2.c
  guidellm_run.c
  guidellm_schema.c
  guidellm_spec.c
  guidellm_stats.c
  guidellm_warden.c
  guidellm_world.c
  marked.c)
wva_link_layers(wva-sim-guidellm codec util)
target_link_libraries(wva-sim-guidellm PRIVATE m)

find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
add_test(NAME sim.guidellm
  COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/check_guidellm.py)
add_test(NAME sim.workload
  COMMAND wva-sim --speed 30 --load-seconds 10 -- ${Python3_EXECUTABLE} -B
    ${CMAKE_CURRENT_SOURCE_DIR}/check_workload.py)
set_tests_properties(sim.guidellm sim.workload PROPERTIES LABELS simulated TIMEOUT 300
  ENVIRONMENT "${WVA_TEST_ENVIRONMENT};WVA_SIM_GUIDELLM=$<TARGET_FILE:wva-sim-guidellm>"
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
