#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Deployments, Jobs and pods of the simulated cluster: signals, words and their order, as seen on a real node.

Runs inside wva-sim (WVA_SIM_URL, WVA_SIM_DIR) at a speed of 20 or more.
"""

import json
import os
import re
import ssl
import time
import unittest
import urllib.error
import urllib.request

URL = os.environ["WVA_SIM_URL"]
CONTEXT = ssl.create_default_context(cafile=os.environ["WVA_SIM_DIR"] + "/ca.crt")
GUIDELLM = "ghcr.io/vllm-project/guidellm:v0.7.3"
VLLM = "docker.io/vllm/vllm-openai:v0.11.0"
CORE, APPS, BATCH = "/api/v1", "/apis/apps/v1", "/apis/batch/v1"


def call(method, path, body=None, content="application/json"):
    data = body.encode() if isinstance(body, str) else json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(URL + path, data, method=method)
    request.add_header("Authorization", "Bearer sim-admin-token-4f1c")
    request.add_header("Content-Type", content)
    try:
        with urllib.request.urlopen(request, context=CONTEXT, timeout=20) as response:
            status, text, headers = response.status, response.read().decode(), response.headers
    except urllib.error.HTTPError as error:
        status, text, headers = error.code, error.read().decode(), error.headers
    try:
        return status, json.loads(text), headers
    except ValueError:
        return status, text, headers


def container(**more):
    return {"name": "guidellm", "image": GUIDELLM, "imagePullPolicy": "IfNotPresent", **more}


def job(script=None, spec=None, pod=None, **more):
    command = {"command": ["/bin/sh", "-c", script]} if script else {}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "level"},
            "spec": {"backoffLimit": 0, **(spec or {}), "template": {"spec": {
                "restartPolicy": "Never", "terminationGracePeriodSeconds": 5, **(pod or {}),
                "containers": [container(**{**command, **more})]}}}}


def deployment(args=("org/model",), strategy="Recreate", image=VLLM, pod=None, **more):
    probe = {"httpGet": {"path": "/health", "port": "http"}, "periodSeconds": 2, "failureThreshold": 100}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "vllm"},
            "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "vllm"}}, "strategy": {"type": strategy},
                     "template": {"metadata": {"labels": {"app": "vllm"}}, "spec": {**(pod or {}), "containers": [{
                         "name": "vllm", "image": image, "command": ["vllm", "serve"], "args": list(args),
                         "ports": [{"name": "http", "containerPort": 8000}],
                         "startupProbe": probe, "readinessProbe": probe,
                         "resources": {"limits": {"nvidia.com/gpu": "1"}}, **more}]}}}}


SERVICE = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "vllm"},
           "spec": {"selector": {"app": "vllm"}, "ports": [{"name": "http", "port": 8000, "targetPort": "http"}]}}


class Workload(unittest.TestCase):
    maxDiff = None
    made = 0

    def setUp(self):
        Workload.made += 1
        self.namespace = f"test-{Workload.made}"
        self.labels = {}
        call("POST", CORE + "/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {
            "name": self.namespace, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}
            if "restricted" in self._testMethodName else {}}})

    def tearDown(self):
        call("DELETE", "/sim/faults")
        call("DELETE", f"{CORE}/namespaces/{self.namespace}")

    def path(self, api, resource, name=""):
        return f"{api}/namespaces/{self.namespace}/{resource}" + (f"/{name}" if name else "")

    def create(self, api, resource, value):
        status, stored, headers = call("POST", self.path(api, resource), value)
        self.assertEqual(status, 201, stored)
        return stored, headers

    def get(self, api, resource, name=""):
        status, value, _ = call("GET", self.path(api, resource, name))
        return value if status == 200 else None

    def fault(self, spec):
        call("POST", "/sim/faults", spec, "text/plain")

    def pod(self):
        pods = self.get(CORE, "pods")["items"]
        return pods[0] if pods else None

    def state(self):
        """The first container's state: ("waiting", {...})."""
        statuses = ((self.pod() or {}).get("status") or {}).get("containerStatuses") or [{"state": {"none": {}}}]
        return next(iter(statuses[0]["state"].items()))

    def events(self, reason=None):
        return [event["message"] for event in self.get(CORE, "events")["items"] if reason in (None, event["reason"])]

    def conditions(self, api, resource, name):
        status = (self.get(api, resource, name) or {}).get("status") or {}
        return {condition["type"]: condition for condition in status.get("conditions", [])}

    def wait(self, what, seconds=15):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            value = what()
            if value:
                return value
            time.sleep(0.02)
        self.fail(f"nothing after {seconds} s: {self.pod()} {self.events()}")

    def end(self, kind):
        return self.wait(lambda: self.conditions(BATCH, "jobs", "level").get(kind))

    def run_job(self, *args, kind="Complete", **more):
        self.create(BATCH, "jobs", job(*args, **more))
        condition = self.end(kind)
        self.assertEqual(condition["status"], "True")
        return condition

    def history(self, api, resource, version):
        """The objects since a resource version, as a watch sees them."""
        lines = call("GET", self.path(api, resource) + f"?watch=1&timeoutSeconds=1&resourceVersion={version}")[1]
        return [json.loads(line)["object"] for line in lines.splitlines()]

    def last_states(self, version):
        """The first container's states since a resource version."""
        return [pod["status"]["containerStatuses"][0]["state"] for pod in self.history(CORE, "pods", version)]

    def log(self):
        return call("GET", self.path(CORE, "pods", self.pod()["metadata"]["name"]) + "/log")

    # Jobs.

    def test_job_completes(self):
        condition = self.run_job("echo to the log; echo as its message > /dev/termination-log", image="org/new:v1")
        self.assertEqual((condition["reason"], condition["message"]),
                         ("CompletionsReached", "Reached expected number of succeeded pods"))
        kind, state = self.state()
        self.assertEqual((kind, state["exitCode"], state["reason"]), ("terminated", 0, "Completed"))
        self.assertEqual(state["message"], "as its message\n")
        self.assertEqual(self.log()[1], "to the log\n")
        status = self.get(BATCH, "jobs", "level")["status"]
        self.assertEqual((status["succeeded"], "active" in status, status["ready"]), (1, False, 0))
        self.assertEqual([c["type"] for c in status["conditions"]], ["SuccessCriteriaMet", "Complete"])
        labels = self.pod()["metadata"]["labels"]
        uid = self.get(BATCH, "jobs", "level")["metadata"]["uid"]
        self.assertEqual((labels["batch.kubernetes.io/controller-uid"], labels["job-name"]), (uid, "level"))
        for reason in ("Scheduled", "Pulling", "Pulled", "Created", "Started", "SuccessfulCreate", "Completed"):
            self.assertEqual(len(self.events(reason)), 1, reason)

    def test_message_comes_before_the_end(self):
        stored, _ = self.create(BATCH, "jobs", job("echo x > /dev/termination-log"))
        version = stored["metadata"]["resourceVersion"]
        self.end("Complete")
        ended = next(pod for pod in self.history(CORE, "pods", version)
                     if "terminated" in (pod["status"].get("containerStatuses") or [{"state": {}}])[0]["state"])
        self.assertEqual(ended["status"]["phase"], "Pending")  # too short to be seen running
        first = next(job for job in self.history(BATCH, "jobs", version) if job["status"].get("conditions"))
        self.assertLess(int(ended["metadata"]["resourceVersion"]), int(first["metadata"]["resourceVersion"]))

    def test_exit_code_and_log_as_message(self):
        condition = self.run_job("echo no; echo such thing >&2; exit 3", kind="Failed",
                                 terminationMessagePolicy="FallbackToLogsOnError")
        self.assertEqual((condition["reason"], condition["message"]),
                         ("BackoffLimitExceeded", "Job has reached the specified backoff limit"))
        state = self.state()[1]
        self.assertEqual((state["exitCode"], state["reason"], state["message"]), (3, "Error", "no\nsuch thing\n"))
        self.assertEqual(self.get(BATCH, "jobs", "level")["status"]["failed"], 1)

    def test_last_bytes_of_a_long_message_stay(self):
        self.run_job("i=0; while [ $i -lt 600 ]; do echo line-$i; i=$((i+1)); done > /dev/termination-log")
        message = self.state()[1]["message"]
        self.assertEqual(len(message), 4096)
        self.assertTrue(message.endswith("line-599\n"))

    def test_backoff_limit(self):
        self.create(BATCH, "jobs", job("exit 1", spec={"backoffLimit": 1}))
        self.end("Failed")
        self.assertEqual(len(self.get(CORE, "pods")["items"]), 2)

    def test_program_that_is_not_there(self):
        self.run_job(kind="Failed", command=["no-such-program"])
        state = self.state()[1]
        self.assertEqual((state["exitCode"], state["reason"]), (128, "StartError"))
        self.assertIn('exec: "no-such-program": executable file not found in $PATH', state["message"])

    def test_environment(self):
        self.create(CORE, "secrets", {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "hf"},
                                      "data": {"token": "aGZfeA=="}})
        reference = {"secretKeyRef": {"name": "hf", "key": "token"}}
        absent = {"secretKeyRef": {"name": "none", "key": "token", "optional": True}}
        self.run_job('echo "$TOKEN,${ABSENT-unset},$WHERE,$BOTH,$HOME,${GUIDELLM_OUTPUT_DIR-none}"; command -v guidellm',
                     env=[{"name": "TOKEN", "valueFrom": reference}, {"name": "ABSENT", "valueFrom": absent},
                          {"name": "WHERE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
                          {"name": "BOTH", "value": "$(WHERE)-$(NONE)-$$(WHERE)"}])
        values, program = self.log()[1].splitlines()
        values = values.split(",")
        self.assertEqual(values[:4], ["hf_x", "unset", self.namespace, f"{self.namespace}-$(NONE)-$(WHERE)"])
        self.assertTrue(values[4].endswith("/home/guidellm"))
        self.assertTrue(program.endswith("/bin/guidellm"))

    def test_paths_are_the_pods_own(self):
        self.create(CORE, "configmaps", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "files"},
                                         "data": {"a.txt": "from the map"}})
        self.run_job('echo hello > /scratch/x; cat /scratch/x /etc/files/a.txt; echo "$REPORT" "$JSON" /scratchpad',
                     pod={"volumes": [{"name": "work", "emptyDir": {}}, {"name": "f", "configMap": {"name": "files"}}]},
                     volumeMounts=[{"name": "work", "mountPath": "/scratch"}, {"name": "f", "mountPath": "/etc/files"}],
                     env=[{"name": "REPORT", "value": "kind=json,path=/scratch/r.json"},
                          {"name": "JSON", "value": '{"p":"/scratch"}'}])
        text = self.log()[1]
        self.assertTrue(text.startswith("hello\nfrom the map"), text)
        self.assertIn("/volume-work/r.json {\"p\":\"/", text)
        self.assertIn("/volume-work\"} /scratchpad", text)

    def test_missing_secret(self):
        self.create(BATCH, "jobs", job("true", env=[{"name": "T", "valueFrom": {"secretKeyRef": {"name": "no", "key": "k"}}}]))
        kind, state = self.wait(lambda: self.state() if self.state()[1].get("reason") == "CreateContainerConfigError" else None)
        self.assertEqual((kind, state["message"]), ("waiting", 'secret "no" not found'))
        self.assertIn('Error: secret "no" not found', self.events("Failed"))

    def test_deadline(self):
        self.create(BATCH, "jobs", job("sleep 1000", spec={"activeDeadlineSeconds": 20}))
        target = self.end("FailureTarget")
        self.assertEqual((target["reason"], target["message"]),
                         ("DeadlineExceeded", "Job was active longer than specified deadline"))
        self.assertEqual(len(self.events("SuccessfulDelete")), 1)
        self.end("Failed")
        self.assertIsNone(self.pod())

    def test_deleted_pod_fails_the_job(self):
        self.create(BATCH, "jobs", job("sleep 1000"))
        self.wait(lambda: self.state()[0] == "running")
        call("DELETE", self.path(CORE, "pods", self.pod()["metadata"]["name"]))
        self.assertEqual(self.end("Failed")["reason"], "BackoffLimitExceeded")
        self.assertIsNone(self.pod())

    def test_first_process_handles_sigterm_or_is_killed(self):
        for script, code in (("trap 'echo bye > /dev/termination-log; exit 143' TERM; sleep 1000 & wait", 143),
                             ("sleep 1000; true", 137)):
            with self.subTest(code=code):
                self.create(BATCH, "jobs", job(script, pod={"terminationGracePeriodSeconds": 60}))
                self.wait(lambda: self.state()[0] == "running")
                version = self.get(CORE, "pods")["metadata"]["resourceVersion"]
                started = time.monotonic()
                call("DELETE", self.path(CORE, "pods", self.pod()["metadata"]["name"]))
                self.wait(lambda: self.pod() is None)
                self.assertEqual(time.monotonic() - started < 1, code == 143)  # 60 s of grace are three
                state = self.last_states(version)[-1]["terminated"]
                self.assertEqual((state["exitCode"], state.get("message")), (code, "bye\n" if code == 143 else None))
                call("DELETE", self.path(BATCH, "jobs", "level") + "?propagationPolicy=Background")

    def test_deleting_a_job_takes_its_pods(self):
        for policy in ("Background", "Foreground"):
            with self.subTest(policy=policy):
                self.create(BATCH, "jobs", job("sleep 1000"))
                self.wait(lambda: self.state()[0] == "running")
                call("DELETE", self.path(BATCH, "jobs", "level") + f"?propagationPolicy={policy}")
                self.wait(lambda: self.pod() is None and self.get(BATCH, "jobs", "level") is None)

    def test_time_to_live(self):
        self.run_job("true", spec={"ttlSecondsAfterFinished": 20})
        self.assertIsNotNone(self.pod())
        self.wait(lambda: self.pod() is None and self.get(BATCH, "jobs", "level") is None)

    # What keeps pods from running.

    def test_pull_failures(self):
        for image, fault, words in (
                ("ghcr.io/org/missing:v1", None, "rpc error: code = NotFound desc = failed to pull and unpack image "
                 '"ghcr.io/org/missing:v1": failed to resolve reference "ghcr.io/org/missing:v1": '
                 "ghcr.io/org/missing:v1: not found"),
                ("ghcr.io/org/denied:v9", None, "pulling from host ghcr.io failed with status code [manifests v9]: 401 "
                 "Unauthorized"),
                ("ghcr.io/org/any:v1", "pull-timeout path ghcr.io/org/any", "dial tcp: lookup ghcr.io: i/o timeout")):
            with self.subTest(image=image):
                if fault:
                    self.fault(fault)
                self.create(BATCH, "jobs", job("true", image=image))
                state = self.wait(lambda: self.state()[1] if self.state()[1].get("reason") == "ErrImagePull" else None)
                self.assertIn(words, state["message"])
                state = self.wait(lambda: self.state()[1] if self.state()[1].get("reason") == "ImagePullBackOff" else None)
                self.assertTrue(state["message"].startswith(f'Back-off pulling image "{image}": ErrImagePull: rpc error'))
                self.assertIn("Error: ErrImagePull", self.events("Failed"))
                self.assertTrue(any(text.startswith(f'Failed to pull image "{image}": rpc') for text in self.events("Failed")))
                self.assertEqual(self.conditions(BATCH, "jobs", "level"), {})
                status, answer, _ = self.log()
                self.assertEqual(status, 400)
                self.assertIn("is waiting to start: ", answer["message"])
                call("DELETE", self.path(BATCH, "jobs", "level") + "?propagationPolicy=Background")
                self.wait(lambda: self.pod() is None)

    def test_hopeless_images(self):
        self.create(BATCH, "jobs", job("true", image="org/absent:v1", imagePullPolicy="Never"))
        state = self.wait(lambda: self.state()[1] if self.state()[1].get("reason") == "ErrImageNeverPull" else None)
        self.assertEqual(state["message"], 'Container image "org/absent:v1" is not present with pull policy of Never')
        call("DELETE", self.path(BATCH, "jobs", "level") + "?propagationPolicy=Background")
        self.wait(lambda: self.pod() is None)
        self.create(BATCH, "jobs", job("true", image="org/UPPER:v1"))
        self.wait(lambda: self.state()[1].get("reason") == "InvalidImageName")
        self.assertIn("Error: InvalidImageName", self.events("Failed"))

    def test_second_pod_finds_the_image(self):
        self.run_job("true", spec={}, image="org/once:v1")
        call("DELETE", self.path(BATCH, "jobs", "level") + "?propagationPolicy=Background")
        self.wait(lambda: self.pod() is None)
        self.run_job("true", image="org/once:v1")
        self.assertEqual(len(self.events("Pulling")), 1)
        self.assertTrue(any("already present on machine" in text for text in self.events("Pulled")))

    def test_restricted_refuses(self):
        _, headers = self.create(BATCH, "jobs", job("true"))
        words = ('"restricted:latest": allowPrivilegeEscalation != false (container "guidellm" must set '
                 "securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container \"guidellm\" must "
                 'set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "guidellm" must '
                 'set securityContext.runAsNonRoot=true), seccompProfile (pod or container "guidellm" must set '
                 'securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")')
        self.assertIn("would violate PodSecurity " + words.replace('"', '\\"'), headers["Warning"])
        message = self.wait(lambda: self.events("FailedCreate"))[0]
        self.assertRegex(message, '^Error creating: pods "level-[a-z0-9]{5}" is forbidden: violates PodSecurity ')
        self.assertIn(words, message)
        self.wait(lambda: len(self.events("FailedCreate")) >= 3)  # tried again
        self.assertIsNone(self.pod())
        self.assertEqual(self.conditions(BATCH, "jobs", "level"), {})

    def test_restricted_admits(self):
        self.run_job("true", pod={"securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}},
                     securityContext={"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}})

    def test_quota(self):
        self.create(CORE, "resourcequotas", {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"},
                                             "spec": {"hard": {"pods": "0"}}})
        self.create(BATCH, "jobs", job("true"))
        message = self.wait(lambda: self.events("FailedCreate"))[0]
        self.assertIn("is forbidden: exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0", message)
        call("DELETE", self.path(CORE, "resourcequotas", "q"))
        self.end("Complete")

    def test_quota_of_a_deployment(self):
        self.create(CORE, "resourcequotas", {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "gpus"},
                                             "spec": {"hard": {"requests.nvidia.com/gpu": "0"}}})
        self.create(APPS, "deployments", deployment())
        failure = self.wait(lambda: self.conditions(APPS, "deployments", "vllm").get("ReplicaFailure"))
        self.assertEqual(failure["reason"], "FailedCreate")
        self.assertIn("exceeded quota: gpus, requested: requests.nvidia.com/gpu=1, used: requests.nvidia.com/gpu=0, "
                      "limited: requests.nvidia.com/gpu=0", failure["message"])

    def test_unschedulable(self):
        self.create(BATCH, "jobs", job("true", resources={"limits": {"nvidia.com/gpu": "100"}}))
        self.wait(self.pod)
        condition = self.wait(lambda: {c["type"]: c for c in self.pod()["status"].get("conditions", [])}.get("PodScheduled"))
        words = ("0/1 nodes are available: 1 Insufficient nvidia.com/gpu. no new claims to deallocate, preemption: 0/1 nodes "
                 "are available: 1 Preemption is not helpful for scheduling.")
        self.assertEqual((condition["status"], condition["reason"], condition["message"]), ("False", "Unschedulable", words))
        self.assertEqual(self.events("FailedScheduling"), [words])

    def test_node_selector_and_claim(self):
        self.create(BATCH, "jobs", job("true", pod={"nodeSelector": {"disk": "ssd"}}))
        self.wait(lambda: any("1 node(s) didn't match Pod's node affinity/selector" in text
                              for text in self.events("FailedScheduling")))
        call("DELETE", self.path(BATCH, "jobs", "level") + "?propagationPolicy=Background")
        self.wait(lambda: self.pod() is None)
        self.create(BATCH, "jobs", job("true", pod={"volumes": [{"name": "c", "persistentVolumeClaim": {"claimName": "no"}}]}))
        self.wait(lambda: any('persistentvolumeclaim "no" not found' in text for text in self.events("FailedScheduling")))

    # Faults.

    def test_out_of_memory(self):
        self.fault("oom path level")
        self.run_job("sleep 1000", kind="Failed")
        state = self.state()[1]
        self.assertEqual((state["reason"], state["exitCode"]), ("OOMKilled", 137))

    def test_eviction(self):
        self.fault("evict path level")
        self.run_job("sleep 1000", kind="Failed")
        status = self.pod()["status"]
        self.assertEqual((status["phase"], status["reason"]), ("Failed", "Evicted"))
        self.assertTrue(status["message"].startswith("The node was low on resource: memory."))

    def test_child_out_of_memory(self):
        self.fault("oom-child path level")
        self.run_job("true")
        state = self.state()[1]
        self.assertEqual((state["reason"], state["exitCode"]), ("OOMKilled", 0))

    def test_lost_message_and_log(self):
        self.fault("message-lost path level")
        self.fault("log-rotate=4 path level")
        self.run_job("echo hello; echo message > /dev/termination-log")
        self.assertNotIn("message", self.state()[1])
        self.assertEqual(self.log()[1], "llo\n")
        self.fault("log-lost path level")
        self.assertEqual(self.log()[1], "")

    def test_lost_node(self):
        self.create(BATCH, "jobs", job("sleep 1000"))
        self.wait(lambda: self.state()[0] == "running")
        self.fault("node-lost path gpu-node-1")
        self.wait(lambda: call("GET", CORE + "/nodes/gpu-node-1")[1]["status"]["conditions"][3]["status"] == "Unknown")
        marked = self.wait(lambda: self.pod()["metadata"].get("deletionTimestamp"), 30)  # after 300 s
        self.assertTrue(marked)
        reasons = {c["type"]: c.get("reason") for c in self.pod()["status"]["conditions"]}
        self.assertEqual(reasons["DisruptionTarget"], "DeletionByTaintManager")
        time.sleep(0.5)
        self.assertIsNotNone(self.pod())  # nobody is there to confirm its end
        call("DELETE", "/sim/faults")
        self.wait(lambda: self.pod() is None)

    # vLLM.

    def test_crashing_vllm(self):
        self.fault("crash=7 path vllm")
        self.create(APPS, "deployments", deployment(pod={"enableServiceLinks": False}))
        self.wait(lambda: self.pod() and self.pod()["status"].get("containerStatuses", [{}])[0].get("restartCount"))
        self.wait(lambda: (self.pod()["status"]["containerStatuses"][0]["lastState"].get("terminated") or {}).get("exitCode") == 7)

    def deploy(self, *args):
        self.create(CORE, "services", SERVICE)
        self.create(APPS, "deployments", deployment(*args, pod={"enableServiceLinks": False}))

    def proxy(self, path, port="8000"):
        return call("GET", self.path(CORE, "services", f"vllm:{port}/proxy/{path}"))

    def test_rollout(self):
        self.deploy(["org/model", "--max-num-seqs", "16", "--served-model-name", "m", "other"])
        self.wait(lambda: self.conditions(APPS, "deployments", "vllm").get("Progressing", {}).get("reason") ==
                  "ReplicaSetUpdated")
        self.assertEqual(self.proxy("health")[0], 503)
        self.assertIn('no endpoints available for service "vllm"', self.proxy("health")[1]["message"])
        self.wait(lambda: self.conditions(APPS, "deployments", "vllm").get("Available", {}).get("status") == "True")
        value = self.get(APPS, "deployments", "vllm")
        status = value["status"]
        self.assertEqual([status[name] for name in ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas",
                                                    "observedGeneration")], [1, 1, 1, 1, value["metadata"]["generation"]])
        self.assertEqual(self.conditions(APPS, "deployments", "vllm")["Progressing"]["reason"], "NewReplicaSetAvailable")
        self.assertTrue(any("Startup probe failed: Get" in text for text in self.events("Unhealthy")))
        self.assertEqual(self.proxy("health")[:2], (200, ""))
        self.assertEqual([model["id"] for model in self.proxy("v1/models", "http")[1]["data"]], ["m", "other"])
        self.assertIn("no service port 9 found for service", self.proxy("health", "9")[1]["message"])
        self.assertIn("Application startup complete.", self.log()[1])
        (subset,) = self.get(CORE, "endpoints", "vllm")["subsets"]
        self.assertEqual(subset["addresses"][0]["targetRef"]["name"], self.pod()["metadata"]["name"])

    def test_benchmark_of_a_deployment(self):
        self.deploy(["org/model", "--max-num-seqs=16", "--no-enable-prefix-caching"])
        self.wait(lambda: self.proxy("health")[0] == 200)
        self.run_job('guidellm run --disable-progress --backend kind=openai_http,target=http://vllm:8000,model=org/model '
                     "--profile kind=concurrent,streams=4 --data kind=synthetic_text,prompt_tokens=128,output_tokens=64 "
                     "--constraint kind=max_duration,seconds=20 --output kind=json,path=/scratch/r.json && wc -c < /scratch/r.json",
                     pod={"volumes": [{"name": "w", "emptyDir": {}}]}, volumeMounts=[{"name": "w", "mountPath": "/scratch"}])
        self.assertGreater(int(self.log()[1].splitlines()[-1]), 100000)
        metrics = dict(line.rsplit(" ", 1) for line in self.proxy("metrics")[1].splitlines() if line[0] != "#")
        name = '{engine="0",model_name="org/model"}'
        self.assertGreater(float(metrics["vllm:request_success_total" + name]), 50)
        self.assertEqual(float(metrics["vllm:num_requests_running" + name]), 0)
        ttft = [float(metrics["vllm:time_to_first_token_seconds_" + part + name]) for part in ("sum", "count")]
        self.assertTrue(0 < ttft[0] / ttft[1] < 1)

    def test_crash_loop(self):
        self.deploy(["org/model", "--no-such-option"])
        state = self.wait(lambda: self.state()[1] if self.state()[1].get("reason") == "CrashLoopBackOff" else None)
        self.assertRegex(state["message"], r"^back-off 10s restarting failed container=vllm pod=vllm-")
        status = self.pod()["status"]["containerStatuses"][0]
        self.assertGreaterEqual(status["restartCount"], 1)
        self.assertEqual(status["lastState"]["terminated"]["exitCode"], 2)
        self.assertIn("vllm serve: error: unrecognized arguments: --no-such-option", self.log()[1])
        self.assertTrue(self.events("BackOff"))

    def test_what_vllm_refuses(self):
        for args, more, words in (
                (["org/model", "--max-num-seqs", "many"], {}, "argument --max-num-seqs: invalid int value: 'many'"),
                (["org/model", "--tensor-parallel-size", "2"], {}, "World size (2) is larger than the number of available"),
                (["org/gated-model"], {}, "OSError: You are trying to access a gated repo."),
                (["org/model"], {"env": [{"name": "VLLM_PORT", "value": "tcp://10.96.0.1:8000"}]},
                 "ValueError: VLLM_PORT 'tcp://10.96.0.1:8000' appears to be a URI.")):
            with self.subTest(words=words):
                self.create(APPS, "deployments", deployment(args, **more))
                self.wait(lambda: words in self.log()[1])  # it is started again and again
                call("DELETE", self.path(APPS, "deployments", "vllm"))
                self.wait(lambda: self.pod() is None)

    def test_service_links_set_the_port(self):
        """A Service called vllm and a pod with service links: the classic."""
        self.create(CORE, "services", SERVICE)
        self.create(APPS, "deployments", deployment())
        refusal = re.compile(r"ValueError: VLLM_PORT 'tcp://10\.96\.[0-9.]+:8000' appears to be a URI")
        self.wait(lambda: refusal.search(self.log()[1]))

    def test_root_image_needs_a_user(self):
        self.create(APPS, "deployments", deployment(pod={"securityContext": {"runAsNonRoot": True}}))
        state = self.wait(lambda: self.state()[1] if self.state()[1].get("reason") == "CreateContainerConfigError" else None)
        self.assertIn("container has runAsNonRoot and image will run as root", state["message"])

    def test_startup_probe_that_is_too_short(self):
        probe = {"httpGet": {"path": "/health", "port": "http"}, "periodSeconds": 1, "failureThreshold": 2}
        self.create(APPS, "deployments", deployment(startupProbe=probe))
        self.wait(lambda: self.events("Killing"))
        self.assertEqual(self.events("Killing"), ["Container vllm failed startup probe, will be restarted"])
        self.wait(lambda: self.pod()["status"]["containerStatuses"][0]["restartCount"] >= 1)

    def test_new_template(self):
        for strategy in ("Recreate", "RollingUpdate"):
            with self.subTest(strategy=strategy):
                self.create(APPS, "deployments", deployment(strategy=strategy))
                self.wait(lambda: self.state()[0] == "running")
                first = self.pod()["metadata"]["name"]
                status, _, _ = call("PUT", self.path(APPS, "deployments", "vllm"),
                                    deployment(["org/model", "--max-num-seqs", "8"], strategy=strategy))
                self.assertEqual(status, 200)
                self.wait(lambda: len(self.get(CORE, "pods")["items"]) == 1 and self.pod()["metadata"]["name"] != first and
                          self.conditions(APPS, "deployments", "vllm")["Available"]["status"] == "True", 30)
                self.assertEqual(len(self.get(APPS, "replicasets")["items"]), 2)
                call("DELETE", self.path(APPS, "deployments", "vllm"))
                self.wait(lambda: self.pod() is None and not self.get(APPS, "replicasets")["items"])

    def test_progress_deadline(self):
        value = deployment()
        value["spec"]["progressDeadlineSeconds"] = 5
        self.fault("never-ready path vllm")
        self.create(APPS, "deployments", value)
        condition = self.wait(lambda: (lambda c: c if c.get("reason") == "ProgressDeadlineExceeded" else None)(
            self.conditions(APPS, "deployments", "vllm").get("Progressing", {})))
        self.assertEqual(condition["status"], "False")
        self.assertRegex(condition["message"], r'^ReplicaSet "vllm-[a-z0-9]+" has timed out progressing\.$')


if __name__ == "__main__":
    unittest.main()
