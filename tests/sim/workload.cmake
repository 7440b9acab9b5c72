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
  scheduler.c
  vllm.c
  vllm_http.c
  vllm_log.c)
